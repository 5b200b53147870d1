"""Queries about bars of prices. Which realms an account sees, `services.bars` says."""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import BindParameter, Row, bindparam, or_, select

from trenddojo.domain.bars import Bar
from trenddojo.domain.coverage import told_in
from trenddojo.domain.terms import Timeframe
from trenddojo.store import upserts
from trenddojo.store.database import db
from trenddojo.store.models import Account, PriceBar, Trade

_Row: TypeAlias = Row[*tuple[Any, ...]]
_LONGEST = timedelta(days=1)
"""The longest bar."""
_T = PriceBar.__table__.c
_INSTRUMENT: BindParameter[UUID] = bindparam("instrument")
_BAR = (_T.timeframe, _T.start, _T.open, _T.high, _T.low, _T.close, _T.volume, _T.fetched_at, _T.is_raw)
"""What makes a `Bar`."""
_BETWEEN = (
    select(*_BAR, _T.realm)
    .where(
        _T.instrument_id == _INSTRUMENT,
        or_(*(_T.realm == bindparam(name) for name in ("own", "brought", "market"))),
        _T.start > bindparam("since"),
        _T.start <= bindparam("until"),
    )
    .order_by(_T.start)
)
"""Built once: every settling of a trade asks it."""


class Realms(NamedTuple):
    """Whose bars an account sees: its own alone where there are any; else its market's, and before each of them the
    same one that was brought along with the account."""

    own: str
    brought: str
    market: str


def bars_between(instrument_id: UUID, realms: Realms, since: datetime, until: datetime) -> list[Bar]:
    """Every bar that tells of some day between two instants, by its start, as far as `realms` are seen.

    The days of both ends are whole, so that which bars are the finest does not depend on the ends.
    """
    asked = {**realms._asdict(), "since": since - _LONGEST, "until": until + _LONGEST}
    rows = db.session.execute(_BETWEEN, {"instrument": instrument_id, **asked}).all()
    return [_bar(row) for row in _seen(rows, realms, lambda row: (row.timeframe, row.start))]


@dataclass(frozen=True, slots=True)
class Series:
    """Bars of one length in order, those who told them, and when the newest was fetched: None without any."""

    bars: list[Bar]
    sources: tuple[str, ...] = ()
    fetched_at: datetime | None = None


def series(
    instrument_id: UUID, realms: Realms, timeframe: Timeframe, between: tuple[datetime, datetime], most: int
) -> Series:
    """The newest bars of one length that begin between two instants, as far as `realms` are seen, as they were told."""
    query = select(*_BAR, _T.realm, _T.source).where(
        _T.instrument_id == instrument_id,
        _T.timeframe == timeframe,
        _T.start >= between[0],
        _T.start < between[1],
    )
    for names in (realms[:1], realms[1:]):
        newest = query.where(_T.realm.in_(names)).order_by(_T.start.desc()).limit(most * len(names))
        if rows := _seen(db.session.execute(newest).all(), realms, lambda row: row.start)[:most]:
            sources = tuple(sorted({row.source for row in rows}))
            return Series([_bar(row) for row in reversed(rows)], sources, rows[0].fetched_at)
    return Series([])


@dataclass(frozen=True, slots=True)
class DayRow:
    """What an instrument opened and closed at on the day that began at `start`, told in the units of `told_at`."""

    instrument_id: UUID
    start: datetime
    open: Decimal
    close: Decimal
    told_at: datetime
    fetched_at: datetime


def days_of(instrument_ids: Collection[UUID], realms: Realms, since: datetime) -> list[DayRow]:
    """The bars of days of some instruments from `since` on, of each in order, as far as `realms` are seen."""
    if not instrument_ids:
        return []
    query = (
        select(_T.instrument_id, _T.timeframe, _T.start, _T.open, _T.close, _T.fetched_at, _T.is_raw, _T.realm)
        .where(_T.instrument_id.in_(instrument_ids), _T.realm.in_(realms))
        .where(_T.timeframe == Timeframe.DAY, _T.start >= since)
        .order_by(_T.instrument_id, _T.start)
    )
    found = groupby(db.session.execute(query), key=lambda row: row.instrument_id)
    seen = (row for _, rows in found for row in _seen(list(rows), realms, lambda row: row.start))
    return [DayRow(row.instrument_id, row.start, row.open, row.close, _told_at(row), row.fetched_at) for row in seen]


def _seen(rows: Sequence[_Row], realms: Realms, moment: Callable[[_Row], Hashable]) -> Sequence[_Row]:
    """Of the rows of an instrument those that are seen, of each `moment` one."""
    if own := [row for row in rows if row.realm == realms.own]:
        return own
    brought = {moment(row) for row in rows if row.realm == realms.brought}
    return [row for row in rows if row.realm == realms.brought or moment(row) not in brought]


def _bar(row: _Row) -> Bar:
    prices = row.open, row.high, row.low, row.close
    return Bar(row.timeframe, row.start, *prices, row.volume, _told_at(row))


def _told_at(row: _Row) -> datetime:
    """When prices were told in the shares of that moment; raw ones are in those of their own day."""
    start: datetime = row.start if row.is_raw else row.fetched_at
    return told_in(start) if row.is_raw and row.timeframe is Timeframe.DAY else start


def put(rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep bars, each in place of the one that was there; all rows have all columns."""
    upserts.put(PriceBar, ("instrument_id", "realm", "timeframe", "start"), rows)


def trades_during(instrument_id: UUID, since: datetime, until: datetime) -> Sequence[tuple[Trade, Account]]:
    """Every account's trades in an instrument that ran at some time between two instants, in a fixed order."""
    query = (
        select(Trade, Account)
        .join(Account, Account.id == Trade.account_id)
        .where(
            Trade.instrument_id == instrument_id,
            Trade.opened_at <= until,
            or_(Trade.closed_at.is_(None), Trade.closed_at >= since),
            Trade.deleted_at.is_(None),
        )
        .order_by(Trade.account_id, Trade.id)
    )
    return [(trade, account) for trade, account in db.session.execute(query)]
