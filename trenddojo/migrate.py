"""`python -m trenddojo.migrate`: bring the configured database to the newest migration, if it is not there yet.

An upgrade commits before the days that it emptied are written anew: one that was stopped in between is finished here.
"""

from flask_migrate import Migrate, upgrade

from trenddojo.factory import create_app
from trenddojo.services.rebuild import rebuild_missing
from trenddojo.store.database import db
from trenddojo.store.schema import MIGRATIONS, StaleSchema, require_current


def main() -> None:
    """Upgrade when needed, and finish one that was stopped."""
    app = create_app()
    with app.app_context():
        try:
            require_current(db.engine)
        except StaleSchema:
            Migrate(app, db, directory=str(MIGRATIONS))
            upgrade()
        else:
            rebuild_missing()


if __name__ == "__main__":
    main()
