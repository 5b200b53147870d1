"""Queries about single fills and legs of a trade. Whoever calls them holds a seat at the trade's account."""

from uuid import UUID

from sqlalchemy import exists, select

from trenddojo.store.database import db
from trenddojo.store.models import Execution, Leg, Trade


def fill_at(trade: Trade, fill_id: UUID, *, deleted: bool = False) -> Execution | None:
    """One fill of a trade; deleted ones only if asked for, and then no others."""
    found = db.session.get(Execution, fill_id)
    return found if found and found.trade_id == trade.id and (found.deleted_at is not None) is deleted else None


def fill_with_key(trade: Trade, key: str) -> Execution | None:
    """The fill of the trade's account, whichever trade it belongs to, that was recorded with `key`."""
    return db.session.scalar(select(Execution).where(Execution.account_id == trade.account_id, Execution.key == key))


def leg_at(trade: Trade, number: int) -> Leg | None:
    """One leg of a trade."""
    return db.session.scalar(select(Leg).where(Leg.trade_id == trade.id, Leg.number == number))


def is_filled(leg: Leg) -> bool:
    """Whether any fill names the leg, deleted ones included, because they may be restored."""
    fills = exists().where(Execution.trade_id == leg.trade_id, Execution.leg == leg.number)
    return bool(db.session.scalar(select(fills)))
