"""How Alembic reaches the database: through the running application (`flask --app app db ...`)."""

from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app

from trenddojo.store import types


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | bool:
    """Write our own column types into migrations by the call that makes them."""
    if kind == "type" and isinstance(item, types.Scaled | types.Utc):
        autogen.imports.add("from trenddojo.store import types")
        return f"types.Scaled({item.places})" if isinstance(item, types.Scaled) else "types.Utc()"
    return False


def main() -> None:
    """Run the migrations in one transaction."""
    db = current_app.extensions["migrate"].db
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_item=render_item,
            render_as_batch=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


main()
