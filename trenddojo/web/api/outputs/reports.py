"""The report of an account's performance as the API answers it. Ratios are fractions of one: 0.55 means 55%."""

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import BeforeValidator

from trenddojo.domain.returns import Daily
from trenddojo.domain.terms import Direction, Mode
from trenddojo.services.breakdowns import Breakdown, Group
from trenddojo.services.intervals import Intervals
from trenddojo.services.report_intervals import ReportIntervals
from trenddojo.services.reports import Month, Performance
from trenddojo.web.api.outputs.base import Money, Output, Ratio

_T = TypeVar("_T", bound=Output)


def _number(value: Any) -> Decimal | None:
    return value if isinstance(value, Decimal) else None


class StatisticsOut(Output):
    """Statistics of closed trades, net of commissions and fees.

    Ratios are fractions of one. Figures in R are of the `with_r` trades that have an initial risk. What does not exist
    is null: `profit_factor` without losses, `sqn` under two trades with R.
    """

    trades: int
    wins: int
    losses: int
    breakevens: int
    net: Money
    win_rate: Ratio | None
    win_rate_without_breakevens: Ratio | None
    expectancy: Money | None
    profit_factor: Annotated[Ratio | None, BeforeValidator(_number)]
    payoff: Ratio | None
    average_win: Money | None
    average_loss: Money | None
    largest_win: Money | None
    largest_loss: Money | None
    with_r: int
    mean_r: Ratio | None
    average_win_r: Ratio | None
    average_loss_r: Ratio | None
    best_r: Ratio | None
    worst_r: Ratio | None
    sqn: Ratio | None


class StreaksOut(Output):
    """Runs of wins and of losses: the longest of each, and the one that goes on now."""

    longest_wins: int
    longest_losses: int
    wins_now: int
    losses_now: int


class BinOut(Output):
    """How many trades have `low` <= R < `high`; null is an open end."""

    low: Ratio | None
    high: Ratio | None
    count: int


class IntervalOut(Output):
    """Where a mean lies with 95%."""

    low: Ratio
    high: Ratio


class IntervalsOut(Output):
    """The intervals of the win rate, of expectancy (money) and of mean R; null under two trades.

    `few_trades` and `few_r` say of expectancy and of mean R that there are too few trades to conclude from: under 30,
    or an interval that contains zero.
    """

    win_rate: IntervalOut | None
    expectancy: IntervalOut | None
    mean_r: IntervalOut | None
    few_trades: bool
    few_r: bool


class GroupOut(Output):
    """The trades that share one label; `name` is empty for those without one.

    `intervals` is null for a small group of a report on more than 10,000 trades.
    """

    name: str
    statistics: StatisticsOut
    intervals: IntervalsOut | None


class DailyOut(Output):
    """What the days of the period say: `sharpe` and `sortino` over `yearly_rate`, the account's risk-free rate.

    `time_in_market` and `exposure` are fractions of one, `turnover` a multiple of the mean equity. What does not exist
    is null.
    """

    yearly_rate: Ratio
    sharpe: Ratio | None
    sortino: Ratio | None
    time_in_market: Ratio | None
    exposure: Ratio | None
    turnover: Ratio | None


class DrawdownOut(Output):
    """One stay below the peak: `depth` is a fraction of it, `length` and `recovery` are in calendar days.

    `regained` and `recovery` are null while it lasts.
    """

    depth: Ratio
    peak: date
    trough: date
    regained: date | None
    length: int
    recovery: int | None


class PointOut(Output):
    """A trading day at its end. `r` is its return as a fraction of one, null where there was no capital."""

    date: date
    equity: Money
    gain: Money
    r: Ratio | None
    drawdown: Ratio


class MonthOut(Output):
    """A calendar month of the period, or what lies of it inside. Without equity, its figures are null."""

    since: date
    until: date
    equity: Money | None
    gain: Money | None
    ratio: Ratio | None
    statistics: StatisticsOut


class WeekOut(Output):
    """A week of the period: what its days realised (null without equity), and the trades closed in it.

    `sum_r` is null without a trade that has an R.
    """

    monday: date
    realised: Money | None
    trades: int
    net: Money
    sum_r: Ratio | None


class ClosedPointOut(Output):
    """Net P&L and R of the trades closed in the period up to a date."""

    date: date
    net: Money
    r: Ratio


class FilterOut(Output):
    """Which trades were asked for; what is null left none out."""

    tag: str | None
    setup: str | None
    symbol: str | None
    direction: Direction | None
    quality: int | None
    market: str | None


class PerformanceOut(Output):
    """Performance from `since` to `until`. Money is in `currency`, ratios are fractions of one.

    `account_id` is null where all accounts of a `mode` (null: kept by hand) are taken together: `accounts` names them,
    and `without` those left out because a rate of theirs is not known. `band` is the account's band of breakeven.

    `statistics` are of the trades closed in the period, with their whole P&L; equity, gain, returns and drawdown are of
    its days, open trades included. `gain` is `realised` + `open_change` + `other`, without the `flows` of deposits and
    withdrawals; `ratio` is the period's return. All of these and `daily` are null where `filter` leaves trades out, and
    `curve` is empty; `closed_curve` adds up the trades by the date of their last exit. `is_few` says that there are
    fewer than 30 of them.
    """

    account_id: UUID | None
    mode: Mode | None
    accounts: list[str]
    without: list[str]
    currency: str
    band: Money | None
    filter: FilterOut
    since: date
    until: date
    starting: Money | None
    equity: Money | None
    gain: Money | None
    realised: Money | None
    open_change: Money | None
    other: Money | None
    flows: Money | None
    ratio: Ratio | None
    sessions: int | None
    largest_drawdown: DrawdownOut | None
    is_few: bool
    statistics: StatisticsOut
    intervals: IntervalsOut | None
    daily: DailyOut | None
    streaks: StreaksOut
    bins: list[BinOut]
    best: str
    worst: str
    mean_holding_days: Ratio | None
    by: Breakdown
    groups: list[GroupOut]
    months: list[MonthOut]
    weeks: list[WeekOut]
    curve: list[PointOut]
    closed_curve: list[ClosedPointOut]


_OF_SPAN = (
    "starting",
    "equity",
    "gain",
    "realised",
    "open_change",
    "other",
    "flows",
    "ratio",
    "sessions",
    "largest_drawdown",
)
_OWN = (
    "account_id",
    "mode",
    "accounts",
    "without",
    "currency",
    "band",
    "since",
    "until",
    "is_few",
    "best",
    "worst",
    "mean_holding_days",
    "by",
)


def performance_out(report: Performance, found: ReportIntervals, days: Daily | None) -> PerformanceOut:
    """The whole report, with its intervals and with what its days say."""
    return PerformanceOut(
        **{name: getattr(report, name) for name in _OWN},
        **{name: getattr(report.span, name) if report.span else None for name in _OF_SPAN},
        filter=FilterOut(**{name: value or None for name, value in asdict(report.filter).items()}),
        statistics=StatisticsOut.model_validate(report.tally),
        intervals=_maybe(IntervalsOut, found.whole),
        daily=_maybe(DailyOut, days),
        streaks=StreaksOut.model_validate(report.streaks),
        bins=[BinOut.model_validate(one) for one in report.bins],
        groups=[_group(one, found.groups[report.by, one.name]) for one in report.groups],
        months=[_month(one) for one in report.months],
        weeks=[WeekOut.model_validate(one) for one in report.weeks],
        curve=[PointOut.model_validate(point) for point in report.span.points] if report.span else [],
        closed_curve=[ClosedPointOut.model_validate(point) for point in report.curve],
    )


def _maybe(kind: type[_T], value: object) -> _T | None:
    return None if value is None else kind.model_validate(value)


def _group(group: Group, found: Intervals | None) -> GroupOut:
    statistics = StatisticsOut.model_validate(group.tally)
    return GroupOut(name=group.name, statistics=statistics, intervals=_maybe(IntervalsOut, found))


def _month(month: Month) -> MonthOut:
    return MonthOut(
        since=month.since,
        until=month.until,
        **{name: getattr(month.span, name) if month.span else None for name in ("equity", "gain", "ratio")},
        statistics=StatisticsOut.model_validate(month.closed),
    )
