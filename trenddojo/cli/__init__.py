"""Commands: `flask --app app ...`."""

from flask import Flask

from trenddojo.cli import system
from trenddojo.store.database import db
from trenddojo.store.schema import MIGRATIONS
from trenddojo.web import deps


def init(app: Flask) -> None:
    """Register the commands on `app`."""
    app.cli.add_command(system.doctor)
    app.cli.add_command(system.books)
    with app.app_context():
        if deps.config().command_line:
            # Alembic takes a third of a second to import, and only commands migrate.
            from flask_migrate import Migrate  # noqa: PLC0415

            Migrate(app, db, directory=str(MIGRATIONS))
