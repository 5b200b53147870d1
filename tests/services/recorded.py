"""Short ways to plan a trade and record what happened to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.conftest import NOW, make_seat, make_user
from trenddojo.domain.terms import AssetType, Direction, MemberRole
from trenddojo.services import fills, legs, marks, stops
from trenddojo.services.books import Books, open_books
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.records import FillCorrection, FillInput, LegInput, MarkInput, StopInput
from trenddojo.store.database import db
from trenddojo.store.models import AccountMember, Execution, Instrument, Leg, Mark, Trade, TradeStop
from trenddojo.store.seats import Seat, SeatRole

D = Decimal
START = NOW - timedelta(days=60)


def day(number: float) -> datetime:
    """So many days after the plan was made."""
    return START + timedelta(days=number)


def instrument(symbol: str = "NVDA", **terms: Any) -> Instrument:
    terms = {"asset_type": AssetType.STOCK, "currency": "USD", **terms}
    row = Instrument(identity=f"{symbol}:{terms['currency']}", symbol=symbol, **terms)
    db.session.add(row)
    db.session.flush()
    return row


def plan(
    seat: Seat,
    of: Instrument | None = None,
    direction: str = "long",
    *,
    entry: str = "100",
    stop: str = "95",
    quantity: str = "10",
    **more: Any,
) -> Trade:
    of = of or instrument()
    trade = Trade(
        account_id=seat.account.id,
        instrument_id=of.id,
        symbol=of.symbol,
        direction=Direction(direction),
        planned_entry=D(entry),
        planned_stop=D(stop),
        planned_quantity=D(quantity),
        planned_at=START,
        sort_at=START,
        created_by=seat.user.id,
        tags=[],
        **more,
    )
    db.session.add(trade)
    db.session.flush()
    amounts = {"planned_entry": D(entry), "planned_quantity": D(quantity), "stop": D(stop)}
    db.session.add(Leg(trade_id=trade.id, number=1, created_at=START, **amounts))
    db.session.add(TradeStop(trade_id=trade.id, leg=1, at=START, new=D(stop), created_by=seat.user.id))
    db.session.commit()
    return trade


def fill_input(kind: str, quantity: Any, price: Any, at: datetime | None = None, **more: Any) -> FillInput:
    sent = {"kind": kind, "quantity": quantity, "price": price, **more}
    if kind == "exit":
        sent.setdefault("exit_reason", "manual")
    if at is not None:
        sent["at"] = at.isoformat()
    return parse(FillInput, sent)


def enter(seat: Seat, trade: Trade, quantity: str, price: str, at: datetime | None = None, **more: Any) -> Execution:
    return fills.record_fill(seat, trade, fill_input("entry", quantity, price, at, **more), NOW)


def leave(seat: Seat, trade: Trade, quantity: str, price: str, at: datetime | None = None, **more: Any) -> Execution:
    return fills.record_fill(seat, trade, fill_input("exit", quantity, price, at, **more), NOW)


def correct(seat: Seat, trade: Trade, fill: Execution, **changes: Any) -> Execution:
    was = {
        "quantity": f"{fill.quantity:f}",
        "price": f"{fill.price:f}",
        "at": fill.at.isoformat(),
        "fee": None if fill.fee_estimated else f"{fill.fee:f}",
        "fx": f"{fill.fx:f}",
        "leg": fill.leg,
        "exit_reason": fill.exit_reason,
    }
    return fills.correct_fill(seat, trade, fill.id, parse(FillCorrection, {**was, **changes}), NOW)


def add(seat: Seat, trade: Trade, entry: str, stop: str, quantity: str, now: datetime = NOW, **more: Any) -> Leg:
    return legs.add_leg(seat, trade, parse(LegInput, {"entry": entry, "stop": stop, "quantity": quantity, **more}), now)


def move(seat: Seat, trade: Trade, price: str, now: datetime = NOW, **more: Any) -> stops.StopMove:
    return stops.move_stop(seat, trade, parse(StopInput, {"price": price, **more}), now)


def mark(seat: Seat, trade: Trade, price: str, now: datetime = NOW, **more: Any) -> Mark:
    return marks.record_mark(seat, trade, parse(MarkInput, {"price": price, **more}), now)


def books(seat: Seat, trade: Trade) -> Books:
    return open_books(trade, seat.account)


def viewer_of(seat: Seat) -> Seat:
    """Somebody who may look at the account and no more."""
    other = make_user("viewer@example.org", "Vic Tor")
    db.session.add(AccountMember(account_id=seat.account.id, user_id=other.id, role=MemberRole.VIEWER))
    db.session.commit()
    return Seat(other, seat.account, SeatRole.VIEWER)


def stranger() -> Seat:
    """Somebody with an account of their own."""
    return make_seat(make_user("stranger@example.org", "Stra Nger"), "Elsewhere")
