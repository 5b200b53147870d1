"""Short ways to put trades on an account: what was planned, filled and marked, with the books settled."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count

from tests.conftest import NOW
from trenddojo.domain.terms import AssetType, Direction, Side, TradeStatus
from trenddojo.services import books
from trenddojo.store.database import db
from trenddojo.store.models import Execution, Instrument, Leg, Mark, Trade
from trenddojo.store.seats import Seat

_numbers = count()


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def instrument(symbol: str, asset_type: AssetType = AssetType.STOCK, multiplier: str = "1") -> Instrument:
    found = Instrument(
        identity=f"{symbol}-{next(_numbers)}",
        symbol=symbol,
        asset_type=asset_type,
        currency="USD",
        multiplier=Decimal(multiplier),
    )
    db.session.add(found)
    db.session.flush()
    return found


def planned(
    seat: Seat,
    what: Instrument | str,
    *,
    direction: Direction = Direction.LONG,
    entry: str = "100",
    stop: str | None = "95",
    quantity: str = "10",
    status: TradeStatus = TradeStatus.PLANNING,
    group: str = "",
) -> Trade:
    """A plan with its first leg."""
    traded = instrument(what) if isinstance(what, str) else what
    trade = Trade(
        account_id=seat.account.id,
        instrument_id=traded.id,
        symbol=traded.symbol,
        direction=direction,
        status=status,
        planned_entry=Decimal(entry),
        planned_stop=None if stop is None else Decimal(stop),
        planned_quantity=Decimal(quantity),
        correlation_group=group,
        planned_at=NOW,
        sort_at=NOW,
        created_by=seat.user.id,
    )
    db.session.add(trade)
    db.session.flush()
    add_leg(trade, 1, stop)
    return trade


def add_leg(trade: Trade, number: int, stop: str | None) -> None:
    db.session.add(
        Leg(
            trade_id=trade.id,
            number=number,
            planned_entry=trade.planned_entry,
            planned_quantity=trade.planned_quantity,
            stop=None if stop is None else Decimal(stop),
            created_at=NOW,
        )
    )


def fill(
    trade: Trade,
    seat: Seat,
    side: Side,
    quantity: str,
    price: str,
    *,
    ago: float = 0,
    stop: str | None = None,
    leg: int = 1,
) -> None:
    """Record an execution so many days ago."""
    entry = side is trade.direction.entry_side
    db.session.add(
        Execution(
            account_id=seat.account.id,
            trade_id=trade.id,
            key=f"fill-{next(_numbers)}",
            at=days_ago(ago),
            side=side,
            quantity=Decimal(quantity),
            price=Decimal(price),
            leg=leg if entry else None,
            stop=Decimal(stop) if entry and stop else None,
            created_by=seat.user.id,
            created_at=NOW,
        )
    )


def mark(trade: Trade, seat: Seat, price: str, *, ago: float = 0) -> None:
    """A price typed so many days ago."""
    db.session.add(
        Mark(
            account_id=seat.account.id,
            instrument_id=trade.instrument_id,
            at=days_ago(ago),
            price=Decimal(price),
            created_by=seat.user.id,
        )
    )


def settled(trade: Trade, seat: Seat) -> Trade:
    books.settle(trade, seat)
    db.session.commit()
    return trade


def bought(
    seat: Seat, what: Instrument | str, quantity: str, price: str, stop: str | None, *, ago: float = 0, group: str = ""
) -> Trade:
    """An open long of one entry."""
    trade = planned(seat, what, entry=price, stop=stop, quantity=quantity, group=group)
    fill(trade, seat, Side.BUY, quantity, price, ago=ago, stop=stop)
    return settled(trade, seat)


def round_trip(
    seat: Seat, what: Instrument | str, result: str, *, entered: float = 2, left: float = 1, stop: str | None = "95"
) -> Trade:
    """A closed long of 10 at 100 that brought `result`."""
    trade = planned(seat, what, stop=stop)
    fill(trade, seat, Side.BUY, "10", "100", ago=entered, stop=stop)
    fill(trade, seat, Side.SELL, "10", str(100 + Decimal(result) / 10), ago=left)
    return settled(trade, seat)
