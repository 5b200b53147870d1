"""Fills a database with closed trades in bulk, over the same three years however many they are."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import insert

from trenddojo.domain.money import RATIO_PLACES, rounded
from trenddojo.domain.terms import AssetType, Direction, ExitReason, Role, Side, TradeStatus
from trenddojo.security import passwords
from trenddojo.services import books
from trenddojo.store.audit import UNAUDITED
from trenddojo.store.database import Base, db
from trenddojo.store.models import (
    Account,
    Execution,
    Instrument,
    Leg,
    RiskSettings,
    Trade,
    TradeDayRow,
    TradeStop,
    User,
)
from trenddojo.store.seats import Seat, SeatRole

NOW = datetime(2026, 11, 19, 19, 42, 10, tzinfo=UTC)
EMAIL, PASSWORD = "bench@example.org", "twelve unrelated llamas"
SPAN_DAYS = 3 * 365
OPEN = 8
SETUPS = ("Breakout", "Pullback", "Earnings drift", "Breakdown")
_CHUNK = 5000


def fill(app: Flask, closed: int, *, still_open: int = OPEN, days: int = SPAN_DAYS) -> UUID:
    """An empty database with one person and account, closed trades over the last `days`, and open ones; the person's
    id."""
    rng = random.Random(closed)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        seat = own_seat(days)
        instruments = [_instrument(number) for number in range(60)]
        db.session.add_all(instruments)
        db.session.commit()
        for start in range(0, closed, _CHUNK):
            _write(seat, [_closed(rng, seat, instruments, days) for _ in range(min(_CHUNK, closed - start))])
        _write(seat, [_open(rng, seat, instrument) for instrument in instruments[:still_open]])
        books.settle_all(seat)
        db.session.commit()
        return seat.user.id


def own_seat(days: int) -> Seat:
    user = User(
        email=EMAIL, name="Bench Mark", role=Role.TRADER, time_zone="America/New_York",
        password_hash=passwords.hashed(PASSWORD), created_at=NOW,
    )  # fmt: skip
    db.session.add(user)
    db.session.flush()
    balance = Decimal(100_000)
    account = Account(
        owner_id=user.id, name="Bench", base_currency="USD", time_zone="America/New_York", created_at=NOW,
        opened_on=(NOW - timedelta(days=days)).date(), starting_balance=balance, balance=balance, equity=balance,
    )  # fmt: skip
    db.session.add(account)
    db.session.flush()
    db.session.add(RiskSettings(account_id=account.id))
    return Seat(user, account, SeatRole.OWNER)


def _instrument(number: int) -> Instrument:
    symbol = f"SYM{number}"
    return Instrument(identity=symbol, symbol=symbol, asset_type=AssetType.STOCK, currency="USD")


def _closed(rng: random.Random, seat: Seat, instruments: list[Instrument], days: int) -> dict[str, Any]:
    opened = NOW - timedelta(days=rng.uniform(30, days))
    closed = opened + timedelta(days=rng.uniform(0.1, 25))
    result = rng.choice((Decimal("-5.00"), Decimal("-4.10"), Decimal("3.20"), Decimal("14.60")))
    return _trade(rng, seat, rng.choice(instruments), opened, closed, result)


def _open(rng: random.Random, seat: Seat, instrument: Instrument) -> dict[str, Any]:
    return _trade(rng, seat, instrument, NOW - timedelta(days=rng.uniform(1, 20)), None, Decimal(0))


def _trade(
    rng: random.Random, seat: Seat, instrument: Instrument, opened: datetime, closed: datetime | None, move: Decimal
) -> dict[str, Any]:
    entry, quantity = Decimal(rng.randint(2000, 30000)) / 100, Decimal(rng.randint(5, 60))
    pnl, risk = move * quantity, 5 * quantity
    return {
        "id": UUID(int=rng.getrandbits(128)), "account_id": seat.account.id, "instrument_id": instrument.id,
        "symbol": instrument.symbol, "direction": Direction.LONG, "planned_entry": entry, "planned_stop": entry - 5,
        "status": TradeStatus.CLOSED if closed else TradeStatus.ACTIVE, "planned_quantity": quantity,
        "target_1": entry + 10, "setup": rng.choice(SETUPS), "setup_quality": rng.randint(1, 5),
        "tags": rng.choice(([], ["leader"], ["leader", "volume"])), "planned_at": opened, "created_by": seat.user.id,
        "sort_at": opened, "opened_at": opened, "closed_at": closed,
        "closed_on": closed.astimezone(seat.zone).date() if closed else None,
        "quantity": Decimal(0) if closed else quantity, "entered_quantity": quantity, "average_entry": entry,
        "average_exit": entry + move if closed else None, "exit_reason": ExitReason.STOP_LOSS if closed else None,
        "stop": entry - 5, "initial_risk": risk, "realised": pnl, "open_pnl": Decimal(0), "pnl": pnl,
        "pnl_percent": Decimal(0), "r": rounded(pnl / risk, RATIO_PLACES), "stop_outcome": None if closed else -risk,
        "position_value": Decimal(0) if closed else quantity * entry,
    }  # fmt: skip


def _write(seat: Seat, trades: list[dict[str, Any]]) -> None:
    _insert(Trade, trades)
    _insert(Leg, [_leg(trade) for trade in trades])
    _insert(TradeStop, [_stop(trade) for trade in trades])
    _insert(Execution, [fill for trade in trades for fill in _fills(trade)])
    _insert(TradeDayRow, [_day(trade) for trade in trades if trade["closed_on"]])


def _insert(table: type[Base], rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(insert(table), rows, execution_options={UNAUDITED: True})


def _leg(trade: dict[str, Any]) -> dict[str, Any]:
    return {
        "trade_id": trade["id"], "number": 1, "planned_entry": trade["planned_entry"], "stop": trade["stop"],
        "planned_quantity": trade["planned_quantity"], "created_at": trade["planned_at"],
    }  # fmt: skip


def _stop(trade: dict[str, Any]) -> dict[str, Any]:
    return {
        "trade_id": trade["id"], "leg": 1, "at": trade["planned_at"], "new": trade["stop"],
        "created_by": trade["created_by"],
    }  # fmt: skip


def _fills(trade: dict[str, Any]) -> list[dict[str, Any]]:
    common = {
        "account_id": trade["account_id"], "trade_id": trade["id"], "quantity": trade["entered_quantity"],
        "created_by": trade["created_by"], "created_at": trade["opened_at"],
    }  # fmt: skip
    entry = {
        **common, "key": f"{trade['id']}-in", "at": trade["opened_at"], "side": Side.BUY, "leg": 1,
        "price": trade["average_entry"], "stop": trade["stop"], "exit_reason": None,
    }  # fmt: skip
    if not trade["closed_at"]:
        return [entry]
    exit_ = {
        **common, "key": f"{trade['id']}-out", "at": trade["closed_at"], "side": Side.SELL, "leg": None,
        "price": trade["average_exit"], "stop": None, "exit_reason": trade["exit_reason"],
    }  # fmt: skip
    return [entry, exit_]


def _day(trade: dict[str, Any]) -> dict[str, Any]:
    return {
        "trade_id": trade["id"], "account_id": trade["account_id"], "on": trade["closed_on"],
        "booked": trade["realised"], "open_change": Decimal(0),
    }  # fmt: skip
