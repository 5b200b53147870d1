"""Queries about trades and their records. Whoever calls them holds a seat at the trade's account."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, delete, insert, or_, select

from trenddojo.domain.equity import TradeDay
from trenddojo.domain.terms import TradeStatus
from trenddojo.store.database import db
from trenddojo.store.models import Account, Execution, Instrument, Leg, Mark, Trade, TradeDayRow, TradeStop
from trenddojo.store.seats import Seat


def trade_at(seats: Iterable[Seat], trade_id: UUID, *, deleted: bool = False) -> tuple[Seat, Trade] | None:
    """The trade and the seat at its account; None where none of `seats` may see it. Deleted ones only if asked for."""
    by_account = {seat.account.id: seat for seat in seats}
    trade = db.session.get(Trade, trade_id)
    if trade is None or trade.account_id not in by_account or (trade.deleted_at is not None and not deleted):
        return None
    return by_account[trade.account_id], trade


def lock(trade: Trade) -> None:
    """Make this transaction the only one that changes the trade's account, and read account and trade anew.

    On PostgreSQL the rows are locked until the transaction ends; on SQLite a writing transaction is alone already.
    """
    db.session.get_one(Account, trade.account_id, with_for_update=True, populate_existing=True)
    db.session.get_one(Trade, trade.id, with_for_update=True, populate_existing=True)


def instrument_of(trade: Trade) -> Instrument:
    """What the trade trades."""
    return db.session.get_one(Instrument, trade.instrument_id)


def instrument_named(account_id: UUID, symbol: str) -> Instrument | None:
    """What the account last traded under a symbol."""
    query = select(Instrument).join(Trade, Trade.instrument_id == Instrument.id)
    mine = query.where(Trade.account_id == account_id, Trade.symbol == symbol)
    return db.session.scalars(mine.order_by(Trade.planned_at.desc(), Trade.id).limit(1)).first()


_TRADE: BindParameter[UUID] = bindparam("trade")
_ACCOUNT: BindParameter[UUID] = bindparam("account")
_EXECUTIONS = (
    select(Execution)
    .where(Execution.trade_id == _TRADE, Execution.deleted_at.is_(None))
    .order_by(Execution.at, Execution.sequence, Execution.key)
)
_LEGS = select(Leg).where(Leg.trade_id == _TRADE).order_by(Leg.number)
_STOPS = select(TradeStop).where(TradeStop.trade_id == _TRADE).order_by(TradeStop.at, TradeStop.leg, TradeStop.id)


def executions_of(trade_id: UUID) -> Sequence[Execution]:
    """A trade's fills that count, in their order (rule 4 of docs/NUMBERS.md)."""
    return db.session.scalars(_EXECUTIONS, {"trade": trade_id}).all()


def legs_of(trade_id: UUID) -> Sequence[Leg]:
    """A trade's legs, first to last."""
    return db.session.scalars(_LEGS, {"trade": trade_id}).all()


def stops_of(trade_id: UUID) -> Sequence[TradeStop]:
    """Every change of a trade's stops, oldest first."""
    return db.session.scalars(_STOPS, {"trade": trade_id}).all()


def marks_of(account_id: UUID, instrument_id: UUID, since: datetime, until: datetime | None) -> Sequence[Mark]:
    """The prices typed for an instrument on an account in a span of time, both ends included, oldest first."""
    query = select(Mark).where(Mark.account_id == account_id, Mark.instrument_id == instrument_id, Mark.at >= since)
    if until is not None:
        query = query.where(Mark.at <= until)
    return db.session.scalars(query.order_by(Mark.at, Mark.id)).all()


def open_trades(account_id: UUID) -> Sequence[Trade]:
    """The account's active trades, oldest first."""
    return _with_status(account_id, TradeStatus.ACTIVE)


def working_trades(account_id: UUID) -> Sequence[Trade]:
    """The account's trades whose entry order waits at the broker."""
    return _with_status(account_id, TradeStatus.PENDING)


def _with_status(account_id: UUID, status: TradeStatus) -> Sequence[Trade]:
    query = select(Trade).where(Trade.account_id == account_id, Trade.status == status, Trade.deleted_at.is_(None))
    return db.session.scalars(query.order_by(Trade.sort_at, Trade.id)).all()


def open_trade_in(account_id: UUID, instrument_id: UUID) -> Trade | None:
    """The one active trade of an account in an instrument."""
    query = select(Trade).where(
        Trade.account_id == account_id,
        Trade.instrument_id == instrument_id,
        Trade.status == TradeStatus.ACTIVE,
        Trade.deleted_at.is_(None),
    )
    return db.session.scalar(query)


def trades_during(account_id: UUID, instrument_id: UUID, at: datetime) -> Sequence[Trade]:
    """The account's trades in an instrument that were open at a time."""
    query = select(Trade).where(
        Trade.account_id == account_id,
        Trade.instrument_id == instrument_id,
        Trade.opened_at <= at,
        or_(Trade.closed_at.is_(None), Trade.closed_at >= at),
        Trade.deleted_at.is_(None),
    )
    return db.session.scalars(query).all()


def replace_trade_days(trade: Trade, days: Iterable[TradeDay]) -> set[date]:
    """Write a trade's days anew; returns every date that had or has a row."""
    query = delete(TradeDayRow).where(TradeDayRow.trade_id == trade.id).returning(TradeDayRow.on)
    touched = set(db.session.scalars(query))
    rows = {day.date: _amounts(day) for day in days}
    if rows:
        whose = {"trade_id": trade.id, "account_id": trade.account_id}
        db.session.execute(insert(TradeDayRow), [{**whose, "on": on, **amounts} for on, amounts in rows.items()])
    return touched | rows.keys()


def _amounts(day: TradeDay) -> dict[str, Any]:
    amounts = asdict(day)
    del amounts["date"]
    return amounts


_BOOKED = select(TradeDayRow.trade_id, TradeDayRow.on, TradeDayRow.booked).where(
    TradeDayRow.account_id == _ACCOUNT, TradeDayRow.on >= bindparam("since"), TradeDayRow.on <= bindparam("until")
)


def bookings_between(account_id: UUID, since: date, until: date) -> Sequence[tuple[UUID, date, Decimal]]:
    """What each trade of an account booked, net, on each date from `since` to `until`: (trade, date, amount)."""
    rows = db.session.execute(_BOOKED, {"account": account_id, "since": since, "until": until})
    return [(trade_id, on, booked) for trade_id, on, booked in rows]


_RESULTS = (
    select(Trade.realised)
    .where(Trade.account_id == _ACCOUNT, Trade.status == TradeStatus.CLOSED, Trade.deleted_at.is_(None))
    .order_by(Trade.closed_at.desc(), Trade.opened_at.desc(), Trade.id.desc())
    .limit(bindparam("limit"))
)


def latest_results(account_id: UUID, limit: int) -> Sequence[Decimal]:
    """Net P&L of the account's closed trades, the last closed first (ties by entry time, then id: rule 45)."""
    return db.session.scalars(_RESULTS, {"account": account_id, "limit": limit}).all()
