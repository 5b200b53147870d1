"""How Alembic reaches the database: through the running application (`flask --app app db ...`)."""

from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import Connection, MetaData, text

from trenddojo.services.rebuild import rebuild_missing
from trenddojo.store import types
from trenddojo.store.schema import MIGRATIONS

_VERSION = "SELECT version_num FROM alembic_version"


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | bool:
    """Write our own column types into migrations by the call that makes them."""
    if kind == "type" and isinstance(item, types.Scaled | types.Utc):
        autogen.imports.add("from trenddojo.store import types")
        return f"types.Scaled({item.places})" if isinstance(item, types.Scaled) else "types.Utc()"
    return False


def main() -> None:
    """Run the migrations in one transaction.

    SQLite changes a table by making it anew: with its foreign keys on, dropping the old one would delete what hangs on
    its rows (https://www.sqlite.org/lang_altertable.html#otheralter). They are off meanwhile, and checked at the end.
    """
    db = current_app.extensions["migrate"].db
    is_sqlite = db.engine.dialect.name == "sqlite"
    with db.engine.connect() as connection:
        if is_sqlite:
            connection.connection.execute("PRAGMA foreign_keys=OFF")
        try:
            _run(connection, db.metadata, is_sqlite)
            is_current = connection.execute(text(_VERSION)).scalar() in ScriptDirectory(str(MIGRATIONS)).get_heads()
        finally:
            if is_sqlite:
                connection.invalidate()  # nobody gets it from the pool as it is now; the next one checks keys again
    if is_current:
        rebuild_missing()  # what a migration emptied because it follows from the records


def _run(connection: Connection, metadata: MetaData, is_sqlite: bool) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_item=render_item,
        render_as_batch=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        if is_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
            raise RuntimeError(f"The migration left rows without what they refer to: {broken[:5]}")


main()
