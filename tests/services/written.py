"""Writes a random history into the database, with its books settled, and closed trades in bulk."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert

from tests.histories import History, OracleTrade
from trenddojo.domain.terms import AssetType, CashKind, Direction, Side
from trenddojo.services import books
from trenddojo.store.audit import UNAUDITED
from trenddojo.store.database import db
from trenddojo.store.models import CashMovement, Execution, Instrument, Leg, Mark, Trade
from trenddojo.store.seats import Seat


def write(seat: Seat, history: History) -> datetime:
    """Make `seat`'s account the history's; returns the end of its last day."""
    account = seat.account
    account.time_zone, account.starting_balance = history.zone, history.starting
    account.opened_on = history.first_day
    for trade in history.trades:
        _write_trade(seat, trade)
    for cash in history.cash:
        amount = cash.amount if cash.kind in ("interest", "dividend") else abs(cash.amount)
        _add(CashMovement, account_id=account.id, on=cash.date, kind=CashKind(cash.kind), amount=amount, **_made(seat))
    books.settle_all(seat)
    db.session.commit()
    return datetime.combine(history.today, time(23), seat.zone).astimezone(UTC)


def _write_trade(seat: Seat, told: OracleTrade) -> None:
    account, first = seat.account, min(told.fills, key=lambda fill: (fill.at, fill.sequence, fill.key))
    of = Instrument(
        identity=told.symbol,
        symbol=told.symbol,
        asset_type=AssetType.STOCK,
        currency=told.currency,
        multiplier=told.multiplier,
    )
    db.session.add(of)
    db.session.flush()
    plan = {"planned_entry": first.price, "planned_quantity": first.quantity}
    trade = Trade(
        account_id=account.id,
        instrument_id=of.id,
        symbol=told.symbol,
        direction=Direction(told.direction),
        planned_at=first.at,
        sort_at=first.at,
        created_by=seat.user.id,
        tags=[],
        **plan,
    )
    db.session.add(trade)
    db.session.flush()
    stops = {stop.leg: stop.price for stop in sorted(told.stops, key=lambda stop: stop.at)}
    for number in sorted({fill.leg for fill in told.fills if fill.leg}):
        _add(Leg, trade_id=trade.id, number=number, stop=stops.get(number), created_at=first.at, **plan)
    for fill in told.fills:
        facts = {name: getattr(fill, name) for name in ("key", "at", "sequence", "quantity", "price", "fee", "fx")}
        more = {"side": Side(fill.side), "leg": fill.leg, "stop": fill.stop}
        _add(Execution, account_id=account.id, trade_id=trade.id, **facts, **more, **_made(seat))
    for mark in told.marks:
        facts = {"price": mark.price, "at": mark.at, "fx": mark.fx}
        _add(Mark, account_id=account.id, instrument_id=of.id, created_by=seat.user.id, **facts)
    books.settle(trade, seat)


def _add(table: type[Any], **values: Any) -> None:
    db.session.add(table(**values))


def _made(seat: Seat) -> dict[str, Any]:
    return {"created_by": seat.user.id, "created_at": seat.account.created_at}


def listed(seat: Seat, of: Instrument, number: int, **given: Any) -> dict[str, Any]:
    """A row of the list, straight into the table: what `given` says over a plan made `number` minutes after noon."""
    at = datetime(2026, 3, 2, 17, tzinfo=UTC) + timedelta(minutes=number)
    row = {
        "account_id": seat.account.id,
        "instrument_id": of.id,
        "symbol": of.symbol,
        "direction": Direction.LONG,
        "planned_entry": Decimal(100),
        "planned_stop": Decimal(95),
        "planned_quantity": Decimal(10),
        "planned_at": at,
        "sort_at": at,
        "created_by": seat.user.id,
        "tags": [],
        **given,
    }
    db.session.execute(insert(Trade), [row], execution_options={UNAUDITED: True})
    return row
