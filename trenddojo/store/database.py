"""The database session, and how SQLite is made fit for a server with threads."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Date, Engine, MetaData, Text, Uuid, event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, registry

from trenddojo.store import types
from trenddojo.store.areas import Area

Unavailable = OperationalError
"""What a query raises when the database is locked for too long, or gone."""

BUSY_TIMEOUT_MS = 10_000
"""How long a writer waits for another one before SQLite reports that the database is locked."""


class Base(DeclarativeBase):
    """Base of every table. Constraint names are fixed, so that migrations can name them on both databases.

    Each table says in `__audit__` under which area the audit log tells its changes; None keeps them out of it, because
    they are derived or technical. A column's `info` may hold {"audit": "skip"} for the same reason, or
    {"audit": "secret"}: then a change is noted without its values.
    """

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(column_0_N_label)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={Decimal: types.Money, UUID: Uuid, datetime: types.Utc, date: Date, str: Text},
    )
    __audit__: ClassVar[Area | None]

    def __init_subclass__(cls, **options: Any) -> None:
        """Refuse a table that does not say what becomes of its changes. Raises TypeError."""
        if "__tablename__" in cls.__dict__ and "__audit__" not in cls.__dict__:
            raise TypeError(f"{cls.__name__} must say in __audit__ whether the audit log tells its changes")
        super().__init_subclass__(**options)


db = SQLAlchemy(model_class=Base)

_reading: ContextVar[bool] = ContextVar("reading", default=False)


@contextmanager
def reading() -> Iterator[None]:
    """Transactions begun inside take no write lock on SQLite: for what only looks.

    Everywhere else a transaction takes the write lock at once, because one that reads first and writes later
    fails when another wrote in between (https://www.sqlite.org/isolation.html).
    """
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


def read_only(on: bool) -> None:
    """The same as `reading`, set for all that this thread does until it is set again (once a request)."""
    _reading.set(on)


def is_writing() -> bool:
    """Whether the session is within a transaction that may write."""
    return db.session().in_transaction() and not _reading.get()


@contextmanager
def apart() -> Iterator[Connection]:
    """A connection whose transaction writes beside that of the session, and is committed at the end.

    Only while the session writes nothing: on SQLite there is one writer.
    """
    token = _reading.set(False)
    try:
        with db.engine.begin() as connection:
            yield connection
    finally:
        _reading.reset(token)


def discard() -> None:
    """Forget what the session changed and end its transaction."""
    db.session.rollback()


def prepare(engine: Engine) -> None:
    """Attach the SQLite settings to `engine`; does nothing on other databases."""
    if engine.dialect.name != "sqlite":
        return
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "connect", _add_functions)
    event.listen(engine, "begin", _begin)


UNICODE_LOWER = "unicode_lower"
"""The function that SQLite gets for small letters of every alphabet."""


def _set_pragmas(connection: Any, _record: Any) -> None:
    # The driver's own BEGIN is switched off; _begin sends the one that fits. An order's intent must outlive a loss of
    # power: with less than FULL, what was committed last may not (https://www.sqlite.org/pragma.html#pragma_synchronous).
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _add_functions(connection: Any, _record: Any) -> None:
    connection.create_function(UNICODE_LOWER, 1, str.lower, deterministic=True)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN" if _reading.get() else "BEGIN IMMEDIATE")


def is_reachable() -> bool:
    """Whether the database answers a query."""
    try:
        db.session.execute(text("SELECT 1"))
    except DBAPIError:
        db.session.rollback()
        return False
    return True
