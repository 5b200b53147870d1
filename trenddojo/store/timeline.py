"""Queries for a trade's story: notes, corrections, and who did what."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import aliased

from trenddojo.store.database import db
from trenddojo.store.models import Trade, TradeEvent, TradeNote, User


def note_at(trade: Trade, note_id: UUID, *, deleted: bool = False) -> TradeNote | None:
    """One note of a trade; deleted ones only if asked for, and then no others."""
    found = db.session.get(TradeNote, note_id)
    return found if found and found.trade_id == trade.id and (found.deleted_at is not None) is deleted else None


def notes_of(trade_id: UUID) -> Sequence[TradeNote]:
    """A trade's notes, oldest first."""
    query = select(TradeNote).where(TradeNote.trade_id == trade_id, TradeNote.deleted_at.is_(None))
    return db.session.scalars(query.order_by(TradeNote.at, TradeNote.id)).all()


def account_of_note() -> ScalarSelect[UUID]:
    """The account of a note's trade, nothing where the trade is deleted.

    For queries that walk notes by their time: as a condition on a join, SQLite would begin with all trades.
    """
    its = aliased(Trade)
    mine = select(its.account_id).where(its.id == TradeNote.trade_id, its.deleted_at.is_(None))
    return mine.correlate(TradeNote).scalar_subquery()


def events_of(trade_id: UUID) -> Sequence[TradeEvent]:
    """What other tables do not tell of a trade's history, oldest first."""
    query = select(TradeEvent).where(TradeEvent.trade_id == trade_id)
    return db.session.scalars(query.order_by(TradeEvent.at, TradeEvent.id)).all()


def events_of_kind(trade_id: UUID, kind: str) -> Sequence[TradeEvent]:
    """What of a trade's history is of one kind, oldest first."""
    query = select(TradeEvent).where(TradeEvent.trade_id == trade_id, TradeEvent.kind == kind)
    return db.session.scalars(query.order_by(TradeEvent.at, TradeEvent.id)).all()


def names_of(user_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of people by their ids."""
    query = select(User.id, User.name).where(User.id.in_(set(user_ids)))
    return {row.id: row.name for row in db.session.execute(query)}
