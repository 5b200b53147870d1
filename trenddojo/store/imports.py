"""Queries about statements that were brought in."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select, tuple_, update

from trenddojo.domain.terms import ImportStatus
from trenddojo.store.audit import UNAUDITED
from trenddojo.store.database import apart, db, is_writing
from trenddojo.store.models import CashMovement, Execution, Import, ImportMapping, Trade, User
from trenddojo.store.seats import Seat

_I = Import
_BROUGHT = (Execution, Trade, CashMovement)
AT_WORK = (ImportStatus.READING, ImportStatus.BOOKING, ImportStatus.UNDOING)
"""Those that the job goes on with."""
_FORGOTTEN = (ImportStatus.FAILED, ImportStatus.UNDONE)
_WAITING = (ImportStatus.RECEIVED, ImportStatus.READY, ImportStatus.FAILED)
_CHUNK = 400
"""Ids named in one query: below what SQLite takes as parameters."""


def import_at(seats: Iterable[Seat], import_id: UUID) -> tuple[Seat, Import] | None:
    """An import and the seat at its account; None where none of `seats` may see it."""
    by_account = {seat.account.id: seat for seat in seats}
    found = db.session.scalar(select(_I).where(_I.id == import_id, _I.account_id.in_(by_account)))
    return None if found is None else (by_account[found.account_id], found)


def named(account_id: UUID, name: str) -> Sequence[Import]:
    """The imports of an account that are called so, or have that id."""
    found = db.session.scalars(select(_I).where(_I.account_id == account_id).order_by(_I.created_at, _I.id)).all()
    return [one for one in found if name in (one.name, str(one.id))]


def by_id(import_id: UUID) -> Import | None:
    """An import, whoever may see it."""
    return db.session.get(_I, import_id, populate_existing=True)


def lock(import_id: UUID) -> Import | None:
    """An import as it is now, which nobody else changes before this transaction has ended."""
    return db.session.get(_I, import_id, with_for_update=True, populate_existing=True)


def listed(seats: Iterable[Seat], before: Import | None, limit: int) -> Sequence[tuple[Import, str]]:
    """The imports of some accounts from `before` (None: the latest) backwards, with the names of who brought them."""
    query = select(_I, User.name).join(User, User.id == _I.created_by)
    query = query.where(_I.account_id.in_([seat.account.id for seat in seats]))
    if before is not None:
        query = query.where(tuple_(_I.created_at, _I.id) < tuple_(before.created_at, before.id))
    rows = db.session.execute(query.order_by(_I.created_at.desc(), _I.id.desc()).limit(limit))
    return [(found, name) for found, name in rows]


def waiting() -> Sequence[UUID]:
    """What there is to work on, the first brought first."""
    query = select(_I.id).where(_I.status.in_(AT_WORK)).order_by(_I.created_at, _I.id)
    return db.session.scalars(query).all()


def same_as(like: Import) -> Import | None:
    """The latest other import of the same file into the same account that was not taken out again."""
    query = select(_I).where(_I.account_id == like.account_id, _I.sha256 == like.sha256, _I.id != like.id)
    query = query.where(_I.status.not_in(_FORGOTTEN), _I.sha256 != "")
    return db.session.scalars(query.order_by(_I.created_at.desc()).limit(1)).first()


def has_brought(import_id: UUID, *, deleted: bool = False) -> bool:
    """Whether anything in the books is from an import; with `deleted`, also what was taken out again."""
    return any(db.session.scalar(_one_of(table, import_id, deleted)) for table in _BROUGHT)


def _one_of(table: type[Execution] | type[Trade] | type[CashMovement], import_id: UUID, deleted: bool):  # type: ignore[no-untyped-def]
    query = select(table.id).where(table.import_id == import_id)
    return (query if deleted else query.where(table.deleted_at.is_(None))).limit(1)


def advance(import_id: UUID, status: ImportStatus, done: int, total: int) -> bool:
    """Say how far an import is, if it still is in `status`; whether it was.

    In the session's transaction where that writes, else in one of its own, which ends at once.
    """
    still: ColumnElement[bool] = (_I.id == import_id) & (_I.status == status)
    change = update(_I).where(still).values(done=done, total=total).returning(_I.id)
    if is_writing():
        return db.session.scalar(change.execution_options(**{UNAUDITED: True})) is not None
    with apart() as connection:
        return connection.scalar(change) is not None


def needing_files(ids: Collection[UUID], done_before: datetime) -> set[UUID]:
    """Which of some ids are of imports whose files are still needed: all but those undone, or done before a time."""
    over = (_I.status == ImportStatus.UNDONE) | ((_I.status == ImportStatus.DONE) & (_I.finished_at < done_before))
    ordered, found = list(ids), set[UUID]()
    for start in range(0, len(ordered), _CHUNK):
        query = select(_I.id).where(_I.id.in_(ordered[start : start + _CHUNK]), ~over)
        found.update(db.session.scalars(query))
    return found


def left_alone(before: datetime, limit: int) -> Sequence[Import]:
    """Imports of before a time that nobody went on with, and of which nothing ever was in the books."""
    waiting = _I.status.in_(_WAITING) & (_I.created_at < before)
    brought = [exists().where(table.import_id == _I.id) for table in _BROUGHT]
    query = select(_I).where(waiting, *(~one for one in brought)).order_by(_I.created_at, _I.id)
    return db.session.scalars(query.limit(limit)).all()


def mapping(user_id: UUID, fingerprint: str) -> ImportMapping | None:
    """How a person told us to read files with a certain header."""
    query = select(ImportMapping).where(ImportMapping.user_id == user_id, ImportMapping.fingerprint == fingerprint)
    return db.session.scalar(query)


def remember(user_id: UUID, fingerprint: str, options: dict[str, object], now: datetime) -> None:
    """Keep how a person told us to read such files; the caller commits."""
    row = mapping(user_id, fingerprint)
    if row is None:
        row = ImportMapping(user_id=user_id, fingerprint=fingerprint)
        db.session.add(row)
    row.options, row.updated_at = options, now
