"""Queries about bars of prices. Which realms an account sees, `services.bars` says."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, or_, select

from trenddojo.domain.bars import Bar, Split, restated
from trenddojo.domain.coverage import date_of_daily
from trenddojo.domain.terms import Timeframe
from trenddojo.store import upserts
from trenddojo.store.database import db
from trenddojo.store.models import Account, PriceBar, Trade

_LONGEST = timedelta(days=1)
"""The longest bar."""
_T = PriceBar.__table__.c
_INSTRUMENT: BindParameter[UUID] = bindparam("instrument")
_COLUMNS = (_T.timeframe, _T.start, _T.open, _T.high, _T.low, _T.close, _T.volume)
_NAMES = tuple(column.name for column in _COLUMNS[1:])
_BETWEEN = (
    select(*_COLUMNS, _T.realm, _T.fetched_at, _T.is_raw)
    .where(
        _T.instrument_id == _INSTRUMENT,
        or_(_T.realm == bindparam("first"), _T.realm == bindparam("second")),
        _T.start > bindparam("since"),
        _T.start <= bindparam("until"),
    )
    .order_by(_T.start)
)
"""Built once: every settling of a trade asks it."""


def bars_between(
    instrument_id: UUID, realms: tuple[str, str], since: datetime, until: datetime, splits: Sequence[Split] = ()
) -> list[Bar]:
    """Every bar that tells of some day between two instants, by its start: those of the first of `realms` that has any.

    The days of both ends are whole, so that which bars are the finest does not depend on the ends. With the `splits` of
    the instrument prices are in the shares of after the last of them, else as they were told.
    """
    asked = {"first": realms[0], "second": realms[1], "since": since - _LONGEST, "until": until + _LONGEST}
    rows = db.session.execute(_BETWEEN, {"instrument": instrument_id, **asked}).all()
    realm = realms[0] if any(row.realm == realms[0] for row in rows) else realms[1]
    told = [(Bar(*row[: len(_COLUMNS)]), row) for row in rows if row.realm == realm]
    if not splits:
        return [bar for bar, _ in told]
    return [restated(bar, _shares_of(bar, row.fetched_at, row.is_raw), splits, date.max) for bar, row in told]


@dataclass(frozen=True, slots=True)
class Series:
    """Bars of one length in order, those who told them, and when the newest was fetched: None without any."""

    bars: list[Bar]
    sources: tuple[str, ...] = ()
    fetched_at: datetime | None = None


def series(
    instrument_id: UUID, realms: tuple[str, str], timeframe: Timeframe, between: tuple[datetime, datetime], most: int
) -> Series:
    """The newest bars of one length that begin between two instants, those of the first of `realms` that has any."""
    query = select(PriceBar).where(PriceBar.instrument_id == instrument_id, PriceBar.timeframe == timeframe)
    within = query.where(PriceBar.start >= between[0], PriceBar.start < between[1])
    for realm in realms:
        newest = within.where(PriceBar.realm == realm).order_by(PriceBar.start.desc()).limit(most)
        if rows := db.session.scalars(newest).all():
            bars = [Bar(timeframe, *(getattr(row, name) for name in _NAMES)) for row in reversed(rows)]
            return Series(bars, tuple(sorted({row.source for row in rows})), rows[0].fetched_at)
    return Series([])


@dataclass(frozen=True, slots=True)
class DayRow:
    """What an instrument opened and closed at on the day that began at `start`."""

    instrument_id: UUID
    start: datetime
    open: Decimal
    close: Decimal
    fetched_at: datetime


def days_of(instrument_ids: Collection[UUID], realms: tuple[str, str], since: datetime) -> list[DayRow]:
    """The bars of days of some instruments from `since` on, in order, of each those of the first realm that has any."""
    if not instrument_ids:
        return []
    query = (
        select(_T.realm, _T.instrument_id, _T.start, _T.open, _T.close, _T.fetched_at)
        .where(_T.instrument_id.in_(instrument_ids), _T.realm.in_(realms))
        .where(_T.timeframe == Timeframe.DAY, _T.start >= since)
        .order_by(_T.start)
    )
    rows = db.session.execute(query).all()
    own = {row.instrument_id for row in rows if row.realm == realms[0]}
    return [DayRow(*row[1:]) for row in rows if row.realm == realms[0] or row.instrument_id not in own]


def _shares_of(bar: Bar, fetched_at: datetime, is_raw: bool) -> date:
    """The date in whose shares a bar was told."""
    if not is_raw:
        return fetched_at.date()
    return date_of_daily(bar.start) if bar.timeframe is Timeframe.DAY else bar.start.date()


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
