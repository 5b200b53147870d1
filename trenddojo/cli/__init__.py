"""Commands: `flask --app app ...`."""

from flask import Flask


def init(app: Flask) -> None:
    """Register the commands on `app`. They are imported here because a server never needs them."""
    from flask_migrate import Migrate  # noqa: PLC0415

    from trenddojo.cli import (  # noqa: PLC0415
        archive,
        attachments,
        audit,
        bars,
        credentials,
        demo,
        imports,
        orders,
        people,
        rates,
        system,
    )
    from trenddojo.store.database import db  # noqa: PLC0415
    from trenddojo.store.schema import MIGRATIONS  # noqa: PLC0415

    for command in (
        archive.export,
        archive.import_archive,
        attachments.attachments,
        audit.audit,
        bars.bars,
        people.user,
        demo.demo,
        system.doctor,
        system.books,
        credentials.credentials,
        imports.import_statement,
        orders.sync,
        orders.reconcile,
        rates.rates,
    ):
        app.cli.add_command(command)
    Migrate(app, db, directory=str(MIGRATIONS))
