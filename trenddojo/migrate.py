"""`python -m trenddojo.migrate`: bring the configured database to the newest migration, if it is not there yet."""

from flask_migrate import Migrate, upgrade

from trenddojo.factory import create_app
from trenddojo.store.database import db
from trenddojo.store.schema import MIGRATIONS, StaleSchema, require_current


def main() -> None:
    """Upgrade when needed."""
    app = create_app()
    with app.app_context():
        try:
            require_current(db.engine)
        except StaleSchema:
            Migrate(app, db, directory=str(MIGRATIONS))
            upgrade()


if __name__ == "__main__":
    main()
