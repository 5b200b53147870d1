"""The audit log's rows: put at the end one by one, and found again for those who may see them."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import Select, insert, or_, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session, object_session

from trenddojo.store.areas import Area
from trenddojo.store.database import Base, db
from trenddojo.store.models import AuditEntry

_T = TypeVar("_T", bound=Base)
_LOCK = 0x7464_6175
"""PostgreSQL's advisory lock of whoever writes at the end; any number that nothing else locks."""
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Filters:
    """Which entries are asked for. `since` is the first moment, `until` the first one after."""

    person: UUID | None = None
    account: UUID | None = None
    area: Area | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose acts may be seen: one's own, and those on accounts where one has a seat; an admin sees all."""

    user_id: UUID
    accounts: tuple[UUID, ...]
    everything: bool


_END = select(AuditEntry.seq, AuditEntry.hash).order_by(AuditEntry.seq.desc()).limit(1)
_PUT = insert(AuditEntry)


def end(session: Session) -> tuple[int, str] | None:
    """Number and hash of the last entry; until the transaction ends nobody else puts one after it.

    SQLite's writers wait for each other anyway. PostgreSQL's wait here, as the last thing before they commit, so that
    nobody who waits is waited for.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    row = connection.execute(_END).first()
    return (row.seq, row.hash) if row else None


def put(session: Session, **columns: Any) -> None:
    """Write an entry after the end."""
    session.connection().execute(_PUT, columns)


def entries(sight: Sight, filters: Filters, before: int | None, limit: int) -> Sequence[AuditEntry]:
    """The newest entries with a number below `before`."""
    query = _seen(sight).order_by(AuditEntry.seq.desc()).limit(limit)
    wanted: tuple[tuple[InstrumentedAttribute[Any], Any], ...] = (
        (AuditEntry.actor_id, filters.person),
        (AuditEntry.account_id, filters.account),
        (AuditEntry.area, filters.area),
    )
    query = query.where(*(column == value for column, value in wanted if value is not None))
    if before is not None:
        query = query.where(AuditEntry.seq < before)
    if filters.since is not None:
        query = query.where(AuditEntry.at >= filters.since)
    if filters.until is not None:
        query = query.where(AuditEntry.at < filters.until)
    return db.session.scalars(query).all()


def _seen(sight: Sight) -> Select[Any]:
    query = select(AuditEntry)
    if sight.everything:
        return query
    return query.where(or_(AuditEntry.actor_id == sight.user_id, AuditEntry.account_id.in_(sight.accounts)))


def whole() -> Generator[AuditEntry, None, None]:
    """Every entry from the first on, a thousand at a time."""
    query = select(AuditEntry).order_by(AuditEntry.seq).execution_options(yield_per=_AT_ONCE)
    with db.session.scalars(query) as found:
        yield from found


# ---- what a changed row is about


def related(row: Base, model: type[_T], key: UUID) -> _T:
    """A row that `row` belongs to, read where `row` was written."""
    return cast(Session, object_session(row)).get_one(model, key)
