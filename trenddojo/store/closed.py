"""The closed trades of a period, as the statistics take them: those whose last exit lies in it (rule 41)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from trenddojo.domain.breakdowns import ClosedResult
from trenddojo.domain.equity import local_date
from trenddojo.domain.statistics import outcome_of
from trenddojo.domain.terms import Direction, TradeStatus
from trenddojo.store.database import db
from trenddojo.store.models import Tag, Trade, TradeTag


@dataclass(frozen=True, slots=True)
class ClosedFilter:
    """Which closed trades are meant. Empty fields filter nothing, all others add up; words are met as they stand."""

    tag: str = ""
    setup: str = ""
    symbol: str = ""
    direction: Direction | None = None
    quality: int | None = None
    market: str = ""

    @property
    def is_filtered(self) -> bool:
        """Whether trades may be left out."""
        return self != EVERY


EVERY = ClosedFilter()


class ClosedTrade(NamedTuple):
    """One closed trade: its net P&L in cents of the base currency, its R if it has one, and its labels."""

    account_id: UUID
    realised: Decimal
    r: Decimal | None
    symbol: str
    direction: Direction
    setup: str
    setup_quality: int | None
    market_condition: str
    tags: list[str]
    opened_at: datetime
    closed_on: date

    def judged(self, zone: tzinfo, band: Decimal) -> ClosedResult:
        """The trade as statistics take it, with the days of its account's zone and within its account's band."""
        return ClosedResult(
            realised=self.realised,
            r=self.r,
            outcome=outcome_of(self.realised, band),
            symbol=self.symbol,
            direction=self.direction,
            setup=self.setup,
            setup_quality=self.setup_quality,
            market_condition=self.market_condition,
            tags=self.tags,
            opened_on=local_date(self.opened_at, zone),
            closed_on=self.closed_on,
        )


_T = Trade.__table__.c


def closed_between(
    account_ids: Collection[UUID], since: date, until: date, only: ClosedFilter = EVERY
) -> list[ClosedTrade]:
    """The accounts' trades closed on the dates of a span, both ends included, in order of closing (rule 45)."""
    query = closed([_T[name] for name in ClosedTrade._fields], account_ids, since, until, only)
    return [ClosedTrade._make(row) for row in db.session.execute(query)]


def closed_on(account_id: UUID, dates: Collection[date] | None) -> Iterator[ClosedTrade]:
    """An account's trades closed on some dates (None: on any), date by date and in order of closing."""
    query = closed([_T[name] for name in ClosedTrade._fields], [account_id], date.min, date.max, EVERY)
    if dates is not None:
        query = query.where(_T.closed_on.in_(dates))
    ordered = query.order_by(None).order_by(_T.closed_on, _T.closed_at, _T.opened_at, _T.id)
    return map(ClosedTrade._make, db.session.execute(ordered, execution_options={"yield_per": 1000}))


def closed(
    columns: Sequence[ColumnElement[Any]], account_ids: Collection[UUID], since: date, until: date, only: ClosedFilter
) -> Select[Any]:
    """The query for columns of the accounts' trades closed on the dates of a span, in order of closing (rule 45)."""
    return (
        select(*columns)
        .where(
            _T.account_id.in_(account_ids),
            _T.closed_on >= since,
            _T.closed_on <= until,
            # As an expression, so that SQLite takes the index of closing dates and not that of statuses.
            func.coalesce(_T.status, "") == TradeStatus.CLOSED,
            _T.deleted_at.is_(None),
            *_picked(only),
        )
        .order_by(_T.closed_at, _T.opened_at, _T.id)
    )


def _picked(only: ClosedFilter) -> Iterator[ColumnElement[bool]]:
    if only.tag:
        named = TradeTag.trade_id == _T.id, Tag.id == TradeTag.tag_id, Tag.name == only.tag
        yield select(TradeTag.trade_id).where(*named).exists()
    if only.setup:
        yield func.coalesce(_T.setup, "") == only.setup
    if only.symbol:
        yield func.coalesce(_T.symbol, "") == only.symbol
    if only.direction is not None:
        yield _T.direction == only.direction
    if only.quality is not None:
        yield _T.setup_quality == only.quality
    if only.market:
        yield _T.market_condition == only.market
