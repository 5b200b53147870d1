"""Queries about single fills and legs of a trade. Whoever calls them holds a seat at the trade's account."""

from collections.abc import Collection, Iterator
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, select

from trenddojo.domain.terms import Direction
from trenddojo.store.database import db
from trenddojo.store.models import Execution, Instrument, Leg, Trade


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


_CHUNK = 400
"""Keys named in one query: below what SQLite takes as parameters."""


def kept(account_id: UUID, keys: Collection[str], roots: Collection[str]) -> tuple[dict[str, Decimal], set[str]]:
    """Which of these keys and roots the account's books have or had, deleted fills included: each key with its
    quantity, and the roots."""
    columns = select(Execution.key, Execution.root_id, Execution.quantity).where(Execution.account_id == account_id)
    by_key = [row for part in _parts(keys) for row in db.session.execute(columns.where(Execution.key.in_(part)))]
    by_root = [row for part in _parts(roots) for row in db.session.execute(columns.where(Execution.root_id.in_(part)))]
    return {row.key: row.quantity for row in by_key}, {str(row.root_id) for row in by_root}


def _parts(names: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(names)
    return (ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK))


_OF_NO_ORDER = and_(Execution.trade_id == bindparam("trade"), Execution.order_id.is_(None))
_HAS_UNORDERED = select(exists().where(_OF_NO_ORDER, Execution.deleted_at.is_(None)))
_HAS_IMPORTED = select(exists().where(_OF_NO_ORDER, Execution.root_id.is_not(None), Execution.deleted_at.is_(None)))


def has_unordered(trade_id: UUID) -> bool:
    """Whether a trade has fills that no order of the books filled: recorded by hand, or imported."""
    return bool(db.session.scalar(_HAS_UNORDERED, {"trade": trade_id}))


def has_imported(trade_id: UUID) -> bool:
    """Whether a trade has fills that a broker told of the time before its account was followed: those have a root, as
    all that brokers tell, and no order."""
    return bool(db.session.scalar(_HAS_IMPORTED, {"trade": trade_id}))


def was_imported(fill: Execution) -> bool:
    """Whether a broker told a fill of the time before its account was followed (see `has_imported`)."""
    return fill.order_id is None and fill.root_id is not None


def trade_with(account_id: UUID, key: str) -> UUID | None:
    """The trade of the account that the fill with this key belongs to, or did."""
    return db.session.scalar(select(Execution.trade_id).where(Execution.account_id == account_id, Execution.key == key))


class Leaving(NamedTuple):
    """A fill that leaves for another journal, with what makes sense of it."""

    execution: Execution
    direction: Direction
    instrument: Instrument


def fills_between(account_id: UUID, begin: datetime | None, end: datetime | None) -> Iterator[Leaving]:
    """The fills that count of an account from one moment on and before another, in order, a few hundred at a time."""
    query = (
        select(Execution, Trade.direction, Instrument)
        .join(Trade, Trade.id == Execution.trade_id)
        .join(Instrument, Instrument.id == Trade.instrument_id)
        .where(Execution.account_id == account_id, Execution.deleted_at.is_(None), Trade.deleted_at.is_(None))
        .order_by(Execution.at, Execution.sequence, Execution.key)
        .execution_options(yield_per=500)
    )
    if begin is not None:
        query = query.where(Execution.at >= begin)
    if end is not None:
        query = query.where(Execution.at < end)
    with db.session.execute(query) as found:
        for row in found:
            yield Leaving(*row)
