"""What the dashboard asks beside the account's days: each a limited look through an index."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import or_, select

from trenddojo.domain.terms import Direction, ExitReason, Side, TradeStatus
from trenddojo.store.database import db
from trenddojo.store.models import Execution, Instrument, Leg, Trade


def stops_of_open_trades(account_id: UUID) -> dict[UUID, dict[int, Decimal | None]]:
    """The stop in force of every leg of the account's active trades."""
    query = (
        select(Leg.trade_id, Leg.number, Leg.stop)
        .join(Trade, Trade.id == Leg.trade_id)
        .where(Trade.account_id == account_id, Trade.status == TradeStatus.ACTIVE, Trade.deleted_at.is_(None))
    )
    found: defaultdict[UUID, dict[int, Decimal | None]] = defaultdict(dict)
    for trade_id, number, stop in db.session.execute(query):
        found[trade_id][number] = stop
    return dict(found)


def open_with_target(account_id: UUID) -> Sequence[Trade]:
    """The account's active trades that have a target, by symbol."""
    query = select(Trade).where(
        Trade.account_id == account_id,
        Trade.status == TradeStatus.ACTIVE,
        Trade.deleted_at.is_(None),
        or_(Trade.target_1.is_not(None), Trade.target_2.is_not(None)),
    )
    return db.session.scalars(query.order_by(Trade.symbol, Trade.id)).all()


class LatestFill(NamedTuple):
    """One of an account's latest fills, with what is needed to replay its trade."""

    trade_id: UUID
    symbol: str
    direction: Direction
    instrument_id: UUID
    multiplier: Decimal
    key: str
    at: datetime
    side: Side
    quantity: Decimal
    price: Decimal
    exit_reason: ExitReason | None


def latest_fills(account_id: UUID, limit: int) -> list[LatestFill]:
    """The account's last fills, newest first."""
    query = (
        select(
            Execution.trade_id,
            Trade.symbol,
            Trade.direction,
            Trade.instrument_id,
            Instrument.multiplier,
            Execution.key,
            Execution.at,
            Execution.side,
            Execution.quantity,
            Execution.price,
            Execution.exit_reason,
        )
        .join(Trade, Trade.id == Execution.trade_id)
        .join(Instrument, Instrument.id == Trade.instrument_id)
        .where(Execution.account_id == account_id, Execution.deleted_at.is_(None), Trade.deleted_at.is_(None))
        .order_by(Execution.at.desc(), Execution.id.desc())
        .limit(limit)
    )
    return [LatestFill._make(row) for row in db.session.execute(query)]


def executions_of_trades(trade_ids: Collection[UUID]) -> dict[UUID, list[Execution]]:
    """The fills of some trades, by trade."""
    query = select(Execution).where(Execution.trade_id.in_(trade_ids), Execution.deleted_at.is_(None))
    found: defaultdict[UUID, list[Execution]] = defaultdict(list)
    for execution in db.session.scalars(query):
        found[execution.trade_id].append(execution)
    return dict(found)


def plans_waiting(account_id: UUID, most: int) -> Sequence[str]:
    """The symbols of the account's plans without a fill, newest first, at most so many."""
    query = select(Trade.symbol).where(
        Trade.account_id == account_id, Trade.status == TradeStatus.PLANNING, Trade.deleted_at.is_(None)
    )
    return db.session.scalars(query.order_by(Trade.sort_at.desc(), Trade.id.desc()).limit(most)).all()
