"""Queries about the daily journal."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, or_, select, union

from trenddojo.domain.terms import TradeStatus
from trenddojo.store.database import db
from trenddojo.store.models import AccountDay, Attachment, JournalNote, Trade, User


def note_at(account_id: UUID, note_id: UUID) -> JournalNote | None:
    """One note of an account, deleted or not."""
    return db.session.scalar(select(JournalNote).where(JournalNote.id == note_id, JournalNote.account_id == account_id))


def days_with_matter(account_id: UUID, until: date, limit: int) -> Sequence[date]:
    """The latest dates up to `until` with a note, a picture, booked P&L or a closed trade."""
    # Each side is cut before the two meet, so that a long history costs no more than a short one.
    latest = (
        select(side.c.on)
        for side in (
            _noted(account_id).where(JournalNote.on <= until).order_by(JournalNote.on.desc()).limit(limit).subquery(),
            _shown(account_id).where(Attachment.on <= until).order_by(Attachment.on.desc()).limit(limit).subquery(),
            _busy(account_id).where(AccountDay.on <= until).order_by(AccountDay.on.desc()).limit(limit).subquery(),
        )
    )
    both = union(*latest).subquery()
    return db.session.scalars(select(both.c.on).order_by(both.c.on.desc()).limit(limit)).all()


def next_with_matter(account_id: UUID, after: date) -> date | None:
    """The first date after one with a note, a picture, booked P&L or a closed trade."""
    noted = _noted(account_id).where(JournalNote.on > after).order_by(JournalNote.on).limit(1)
    shown = _shown(account_id).where(Attachment.on > after).order_by(Attachment.on).limit(1)
    busy = _busy(account_id).where(AccountDay.on > after).order_by(AccountDay.on).limit(1)
    return min((on for side in (noted, shown, busy) if (on := db.session.scalar(side)) is not None), default=None)


def _noted(account_id: UUID) -> Select[date]:
    mine = JournalNote.account_id == account_id, JournalNote.deleted_at.is_(None)
    return select(JournalNote.on).where(*mine).distinct()


def _shown(account_id: UUID) -> Select[date | None]:
    mine = Attachment.account_id == account_id, Attachment.on.is_not(None), Attachment.deleted_at.is_(None)
    return select(Attachment.on).where(*mine).distinct()


def _busy(account_id: UUID) -> Select[date]:
    closed = AccountDay.wins + AccountDay.losses + AccountDay.breakevens > 0
    return select(AccountDay.on).where(AccountDay.account_id == account_id, or_(AccountDay.booked != 0, closed))


def notes_on(account_id: UUID, dates: Collection[date]) -> Sequence[tuple[JournalNote, str]]:
    """The notes of some dates with their author's name, in the order in which they were written."""
    query = (
        select(JournalNote, User.name)
        .join(User, User.id == JournalNote.created_by)
        .where(JournalNote.account_id == account_id, JournalNote.on.in_(dates), JournalNote.deleted_at.is_(None))
        .order_by(JournalNote.on.desc(), JournalNote.created_at, JournalNote.id)
    )
    return [(note, name) for note, name in db.session.execute(query)]


def closed_on(account_id: UUID, dates: Collection[date], limit: int) -> Sequence[Trade]:
    """At most `limit` trades whose last exit fell on one of the dates, in the order of closing."""
    query = select(Trade).where(
        Trade.account_id == account_id,
        Trade.closed_on.in_(dates),
        Trade.status == TradeStatus.CLOSED,
        Trade.deleted_at.is_(None),
    )
    # As an expression, so that SQLite takes the index of closing dates and not that of closing times.
    closed_at = func.coalesce(Trade.closed_at, Trade.closed_at)
    return db.session.scalars(query.order_by(closed_at, Trade.id).limit(limit)).all()
