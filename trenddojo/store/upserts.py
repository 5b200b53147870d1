"""INSERT ... ON CONFLICT, which SQLite and PostgreSQL spell alike and SQLAlchemy keeps apart."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from trenddojo.store.database import Base, db

Insert = sqlite.Insert | postgresql.Insert


def insert(table: type[Base] | Table) -> Insert:
    """An INSERT of the database in use, whose conflicts can be told what to do."""
    return sqlite.insert(table) if db.engine.dialect.name == "sqlite" else postgresql.insert(table)


def put(table: type[Base], keys: tuple[str, ...], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows, each in place of the one with the same `keys` where there is one. All rows name the same columns."""
    if rows:
        statement = _put(db.engine.dialect.name, table, keys, tuple(rows[0]))
        db.session.execute(statement, [dict(row) for row in rows])


@cache
def _put(dialect: str, table: type[Base], keys: tuple[str, ...], columns: tuple[str, ...]) -> Insert:
    """Written once for each kind of database: every order and every pass say what changed."""
    into = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = into(cast(Table, table.__table__))
    changed = {name: statement.excluded[name] for name in columns if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)
