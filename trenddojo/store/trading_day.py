"""What happened on one account within a span of time: its trades, fills, stop moves and notes."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from trenddojo.store.database import db
from trenddojo.store.models import Execution, Trade, TradeDayRow, TradeNote, TradeStop
from trenddojo.store.timeline import account_of_note

_T = Trade


def trades_within(account_id: UUID, since: datetime, until: datetime, limit: int) -> Sequence[Trade]:
    """At most `limit` trades that were open at any time from `since` to before `until`, in the order of their entry."""
    query = select(_T).where(*_open_within(account_id, since, until))
    return db.session.scalars(query.order_by(_T.opened_at, _T.id).limit(limit)).all()


def count_within(account_id: UUID, since: datetime, until: datetime) -> int:
    """How many trades those are without a limit."""
    return db.session.scalar(select(func.count()).where(*_open_within(account_id, since, until))) or 0


def _open_within(account_id: UUID, since: datetime, until: datetime) -> Iterator[ColumnElement[bool]]:
    yield _T.account_id == account_id
    yield _T.opened_at < until
    yield or_(_T.closed_at.is_(None), _T.closed_at >= since)
    yield _T.deleted_at.is_(None)


def brought_by(account_id: UUID, on: date) -> dict[UUID, tuple[Decimal, Decimal]]:
    """What each trade brought to a date: booked, and change of its open P&L."""
    query = select(TradeDayRow.trade_id, TradeDayRow.booked, TradeDayRow.open_change)
    rows = db.session.execute(query.where(TradeDayRow.account_id == account_id, TradeDayRow.on == on))
    return {trade_id: (booked, open_change) for trade_id, booked, open_change in rows}


def fills_within(account_id: UUID, since: datetime, until: datetime, limit: int) -> Sequence[tuple[Execution, Trade]]:
    """At most `limit` fills from `since` to before `until`, in their order (rule 4 of docs/NUMBERS.md)."""
    query = (
        select(Execution, _T)
        .join(_T, _T.id == Execution.trade_id)
        .where(
            Execution.account_id == account_id,
            Execution.at >= since,
            Execution.at < until,
            Execution.deleted_at.is_(None),
            _T.deleted_at.is_(None),
        )
        .order_by(Execution.at, Execution.sequence, Execution.key)
    )
    return [(fill, trade) for fill, trade in db.session.execute(query.limit(limit))]


def moves_within(trade_ids: Collection[UUID], since: datetime, until: datetime) -> Sequence[TradeStop]:
    """The stops of some trades that were moved from `since` to before `until`, in order; not their first ones."""
    query = select(TradeStop).where(
        TradeStop.trade_id.in_(trade_ids), TradeStop.at >= since, TradeStop.at < until, TradeStop.old.is_not(None)
    )
    return db.session.scalars(query.order_by(TradeStop.at, TradeStop.leg, TradeStop.id)).all()


def notes_within(account_id: UUID, since: datetime, until: datetime, limit: int) -> Sequence[tuple[TradeNote, Trade]]:
    """At most `limit` notes that were written about trades from `since` to before `until`, in order."""
    query = (
        select(TradeNote, _T)
        .join(_T, _T.id == TradeNote.trade_id)
        .where(
            account_of_note() == account_id,
            TradeNote.at >= since,
            TradeNote.at < until,
            TradeNote.deleted_at.is_(None),
        )
        .order_by(TradeNote.at, TradeNote.id)
    )
    return [(note, trade) for note, trade in db.session.execute(query.limit(limit))]
