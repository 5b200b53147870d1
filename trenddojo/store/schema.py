"""Whether the database has the tables that this version of the program expects."""

from pathlib import Path

from sqlalchemy import Engine, inspect, text

from trenddojo.store.database import reading

MIGRATIONS = Path(__file__).parents[2] / "migrations"
REMEDY = "flask --app app db upgrade"


class StaleSchema(Exception):
    """The database is not at the newest migration; the message names the command that mends it."""


def require_current(engine: Engine) -> None:
    """Raises StaleSchema unless the database stands at the newest migration."""
    # Alembic costs 12 MB and is needed only at the start of a server and by commands.
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    newest = set(ScriptDirectory(str(MIGRATIONS)).get_heads())
    with reading(), engine.connect() as connection:
        found = set(MigrationContext.configure(connection).get_current_heads())
    if found != newest:
        state = f"is at {', '.join(sorted(found))}" if found else "has no tables yet"
        raise StaleSchema(f"The database {state}; this version needs {', '.join(sorted(newest))}. Run: {REMEDY}")


def revision(engine: Engine) -> str:
    """The migration that the database stands at; empty where its tables were made without one."""
    with reading(), engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")
