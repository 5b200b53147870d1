"""The closed trades of a period with all their records, each kind in one query, and the plans that were skipped."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from trenddojo.domain.terms import TradeStatus
from trenddojo.store.database import db
from trenddojo.store.models import ChecklistResponse, Execution, Instrument, Leg, Order, Trade, TradeEvent, TradeStop

_Row = TypeVar("_Row", Execution, Leg, TradeStop, ChecklistResponse)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One trade and its records, each in its order."""

    trade: Trade
    instrument: Instrument
    executions: Sequence[Execution]
    legs: Sequence[Leg]
    stops: Sequence[TradeStop]
    answers: Sequence[ChecklistResponse]


def closed_with_records(account_id: UUID, since: date, until: date, most: int) -> tuple[list[Recorded], int]:
    """The account's trades closed on the dates of a span, in order of closing, and how many there are in all.

    Of more than `most` only the last are read.
    """
    chosen = (
        select(Trade.id)
        .where(
            Trade.account_id == account_id,
            Trade.closed_on >= since,
            Trade.closed_on <= until,
            Trade.status == TradeStatus.CLOSED,
            Trade.deleted_at.is_(None),
        )
        .order_by(Trade.closed_at.desc(), Trade.opened_at.desc(), Trade.id.desc())
    )
    count = db.session.scalar(select(func.count()).select_from(chosen.order_by(None).subquery())) or 0
    return _recorded(chosen.limit(most)), count


def _recorded(chosen: Select[UUID]) -> list[Recorded]:
    within = select(chosen.subquery().c.id)
    rows = db.session.execute(
        select(Trade, Instrument)
        .join(Instrument, Instrument.id == Trade.instrument_id)
        .where(Trade.id.in_(within))
        .order_by(Trade.closed_at, Trade.opened_at, Trade.id)
    ).all()
    live = select(Execution).where(Execution.deleted_at.is_(None))
    executions = _by_trade(Execution, live.order_by(Execution.at, Execution.sequence, Execution.key), within)
    legs = _by_trade(Leg, select(Leg).order_by(Leg.number), within)
    stops = _by_trade(TradeStop, select(TradeStop).order_by(TradeStop.at, TradeStop.leg, TradeStop.id), within)
    answers = _by_trade(ChecklistResponse, select(ChecklistResponse), within)
    return [Recorded(t, of, executions[t.id], legs[t.id], stops[t.id], answers[t.id]) for t, of in rows]


def _by_trade(table: type[_Row], query: Select[_Row], within: Select[UUID]) -> defaultdict[UUID, list[_Row]]:
    found: defaultdict[UUID, list[_Row]] = defaultdict(list)
    for row in db.session.scalars(query.where(table.trade_id.in_(within))):
        found[row.trade_id].append(row)
    return found


def plans_given_up(account_id: UUID) -> list[tuple[Trade, Instrument]]:
    """The account's cancelled plans, which never filled, oldest first."""
    query = select(Trade, Instrument).join(Instrument, Instrument.id == Trade.instrument_id)
    rows = db.session.execute(query.where(*_given_up(account_id)).order_by(Trade.planned_at, Trade.id))
    return [(trade, instrument) for trade, instrument in rows]


def _given_up(account_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        Trade.account_id == account_id,
        Trade.status == TradeStatus.CANCELLED,
        Trade.opened_at.is_(None),
        Trade.deleted_at.is_(None),
    )


def last_events(account_id: UUID, kinds: Collection[str]) -> dict[UUID, TradeEvent]:
    """The last event of one of these kinds of each plan that was given up."""
    query = select(TradeEvent).join(Trade, Trade.id == TradeEvent.trade_id).where(*_given_up(account_id))
    rows = db.session.scalars(query.where(TradeEvent.kind.in_(kinds)).order_by(TradeEvent.at, TradeEvent.id))
    return {row.trade_id: row for row in rows}


def last_order_ends(account_id: UUID) -> dict[UUID, datetime]:
    """When the last order of each plan that was given up ended."""
    query = select(Order.trade_id, func.max(Order.ended_at)).join(Trade, Trade.id == Order.trade_id)
    ended = query.where(*_given_up(account_id), Order.ended_at.is_not(None)).group_by(Order.trade_id)
    return {trade_id: at for trade_id, at in db.session.execute(ended) if trade_id is not None and at is not None}
