"""Queries about pictures of trades and days."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select

from trenddojo.store.database import db
from trenddojo.store.models import Attachment, User
from trenddojo.store.seats import Seat

_A = Attachment
_CHUNK = 400
"""Ids named in one query: below what SQLite takes as parameters."""


def attachment_at(
    seats: Iterable[Seat], attachment_id: UUID, *, deleted: bool = False
) -> tuple[Seat, Attachment] | None:
    """A picture and the seat at its account; None where none of `seats` may see it. Deleted ones only if asked for."""
    by_account = {seat.account.id: seat for seat in seats}
    found = db.session.scalar(select(_A).where(_A.id == attachment_id, _A.account_id.in_(by_account)))
    if found is None or (found.deleted_at is not None and not deleted):
        return None
    return by_account[found.account_id], found


def of_trade(account_id: UUID, trade_id: UUID) -> Sequence[tuple[Attachment, str]]:
    """A trade's pictures with the names of who attached them, oldest first."""
    return _with_names(_A.account_id == account_id, _A.trade_id == trade_id)


def of_day(account_id: UUID, on: date) -> Sequence[tuple[Attachment, str]]:
    """A day's pictures with the names of who attached them, oldest first."""
    return _with_names(_A.account_id == account_id, _A.on == on)


def _with_names(*where: object) -> Sequence[tuple[Attachment, str]]:
    query = select(_A, User.name).join(User, User.id == _A.created_by).where(*where, _A.deleted_at.is_(None))  # type: ignore[arg-type]
    return [(found, name) for found, name in db.session.execute(query.order_by(_A.created_at, _A.id))]


def same_at(like: Attachment) -> Attachment | None:
    """A picture of the same content on the same trade or day, not deleted."""
    query = select(_A).where(
        _A.account_id == like.account_id,
        _A.trade_id.is_not_distinct_from(like.trade_id),
        _A.on.is_not_distinct_from(like.on),
        _A.sha256 == like.sha256,
        _A.deleted_at.is_(None),
    )
    return db.session.scalars(query.limit(1)).first()


def bytes_of(account_id: UUID) -> int:
    """The bytes of all pictures of an account whose files are there, deleted ones too."""
    return int(db.session.scalar(select(func.coalesce(func.sum(_A.size), 0)).where(_A.account_id == account_id)) or 0)


def deleted_before(moment: datetime, limit: int) -> Sequence[Attachment]:
    """At most `limit` pictures that were deleted before a moment."""
    return db.session.scalars(select(_A).where(_A.deleted_at < moment).limit(limit)).all()


def known(ids: Collection[UUID]) -> set[UUID]:
    """Which of some ids are pictures', deleted ones too."""
    ordered, found = list(ids), set[UUID]()
    for start in range(0, len(ordered), _CHUNK):
        found.update(db.session.scalars(select(_A.id).where(_A.id.in_(ordered[start : start + _CHUNK]))))
    return found


def present() -> Sequence[UUID]:
    """The ids of all pictures that are not deleted."""
    return db.session.scalars(select(_A.id).where(_A.deleted_at.is_(None))).all()
