"""The performance of accounts over a period: every figure of the report page and of the API, computed once here.

Statistics are of the trades closed in the period, with their whole P&L; equity, realised P&L and returns are of its
days, open trades included. The two are named apart wherever shown (rule 41 of docs/NUMBERS.md). Where only some trades
are asked for there is no equity, because an account's capital belongs to all of them.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from uuid import UUID

from trenddojo.domain.breakdowns import Breakdown, month_of
from trenddojo.domain.money import ZERO
from trenddojo.domain.statistics import EMPTY, Bin, Streaks, Tally
from trenddojo.domain.terms import Mode
from trenddojo.services.breakdowns import FEW, Group
from trenddojo.services.closed_arrays import figures_of_arrays
from trenddojo.services.closed_figures import ClosedDay, ClosedFigures
from trenddojo.services.closed_scope import closed_arrays, without
from trenddojo.services.inputs.reports import ReportQuery
from trenddojo.services.joint_spans import joined, parts_of
from trenddojo.services.rates import conversions
from trenddojo.services.scopes import Scope
from trenddojo.services.spans import Period, Span, months_between, months_of, span_between
from trenddojo.services.stored_figures import stored_figures
from trenddojo.store.closed import ClosedFilter
from trenddojo.store.seats import Seat


@dataclass(frozen=True, slots=True)
class Month:
    """One calendar month of the period, or what lies of it inside: its days, and the trades closed in it.

    `span` is None where only some trades are asked for.
    """

    since: date
    until: date
    span: Span | None
    closed: Tally


@dataclass(frozen=True, slots=True)
class Week:
    """One week of the period: what its days realised (None where only some trades are asked for), and closed trades.

    `sum_r` is None without a trade that has an R.
    """

    monday: date
    realised: Decimal | None
    trades: int
    net: Decimal
    sum_r: Decimal | None


@dataclass(frozen=True, slots=True)
class ClosedPoint:
    """Net P&L and R of the trades closed so far in the period, at the end of a date on which some closed."""

    date: date
    net: Decimal
    r: Decimal


@dataclass(frozen=True, slots=True)
class Performance:
    """The report. Money is in cents of `currency`; ratios are unrounded, None where they do not exist.

    `account_id` is None, and `accounts` names what is in it, where all accounts of a `mode` are taken together; those
    `without` a known rate are left out. `band` is None then, because each account has its own.

    `span` has equity, gain, returns and drawdown; None if `filter` leaves trades out. `tally` has the statistics of
    closed trades; `bins` count them by R. `best` and `worst` are the symbols of the largest and the smallest R.
    `groups` are by `by`. Months are newest first, weeks and the `curve` of closed trades oldest first.
    """

    account_id: UUID | None
    mode: Mode | None
    accounts: tuple[str, ...]
    without: tuple[str, ...]
    currency: str
    band: Decimal | None
    filter: ClosedFilter
    since: date
    until: date
    span: Span | None
    tally: Tally
    streaks: Streaks
    bins: tuple[Bin, ...]
    best: str
    worst: str
    mean_holding_days: Decimal | None
    months: tuple[Month, ...]
    weeks: tuple[Week, ...]
    curve: tuple[ClosedPoint, ...]
    by: Breakdown
    groups: tuple[Group, ...]
    sides: tuple[Group, ...]
    holdings: tuple[Group, ...]

    @property
    def is_few(self) -> bool:
        """Whether there are too few trades to conclude from."""
        return self.tally.trades < FEW

    @property
    def is_filtered(self) -> bool:
        """Whether only some of the accounts' trades are asked for."""
        return self.filter.is_filtered


def performance(scope: Scope, query: ReportQuery, now: datetime) -> Performance:
    """The report on the scope's accounts; it reaches neither further back than they nor beyond today.

    Raises Invalid for a first day in the future.
    """
    since = scope.start_of(query.named, now) if query.named else query.since
    first, last = scope.within(since, query.until, now)
    span, figures, left_out = _parts(scope, query, first, last)
    trades, names = figures.tally.trades, {seat.account.id: seat.account.name for seat in scope.seats}
    return Performance(
        account_id=scope.account.id if scope.account else None,
        mode=scope.mode,
        accounts=tuple(name for key, name in names.items() if key not in left_out),
        without=tuple(name for key, name in names.items() if key in left_out),
        currency=scope.currency,
        band=scope.band,
        filter=query.filter,
        since=first,
        until=last,
        span=span,
        tally=figures.tally,
        streaks=figures.streaks,
        bins=figures.bins,
        best=figures.best,
        worst=figures.worst,
        mean_holding_days=Decimal(figures.holding_days) / trades if trades else None,
        months=tuple(_months(first, last, span, figures))[::-1],
        weeks=tuple(_weeks(first, last, span, figures)),
        curve=tuple(_curve(figures)),
        by=query.grouping,
        groups=figures.groups[query.grouping],
        sides=figures.groups[Breakdown.SIDE],
        holdings=figures.groups[Breakdown.HOLDING],
    )


def _parts(scope: Scope, query: ReportQuery, first: date, last: date) -> tuple[Span | None, ClosedFigures, set[UUID]]:
    """Equity, closed trades, and the accounts that are left out of both because a rate of theirs is not known."""
    wanted = {query.grouping, Breakdown.SIDE, Breakdown.HOLDING, Breakdown.MONTH}
    accounts = [seat.account for seat in scope.seats]
    rates = conversions(accounts, scope.currency, first, last)
    found = {account.id: rates.of(account) for account in accounts}
    if (
        scope.account
        and not query.filter.is_filtered
        and (kept := stored_figures(scope.account.id, first, last, wanted))
    ):
        return span_between(scope.account, first, last), kept, set()
    results, left_out = closed_arrays(scope, found, first, last, query.filter)
    span = None
    if not query.filter.is_filtered and scope.account:
        span = span_between(scope.account, first, last)
    elif not query.filter.is_filtered:
        parts, unknown = parts_of(accounts, found, first, last)
        left_out |= unknown
        span = joined((part for part in parts if part.account_id not in left_out), first, last)
    return span, figures_of_arrays(without(results, scope, left_out), wanted), left_out


def _months(first: date, last: date, span: Span | None, figures: ClosedFigures) -> Iterator[Month]:
    closed = {group.name: group.tally for group in figures.groups[Breakdown.MONTH]}
    spans = {one.since: one for one in months_of(span)} if span else {}
    for since, until in months_between(first, last):
        yield Month(since, until, spans.get(since), closed.get(month_of(since), EMPTY))


def _weeks(first: date, last: date, span: Span | None, figures: ClosedFigures) -> Iterator[Week]:
    realised: defaultdict[date, Decimal] = defaultdict(lambda: ZERO)
    closed: defaultdict[date, list[ClosedDay]] = defaultdict(list)
    for change in span.changes if span else ():
        realised[_monday(change.date)] += change.booked
    for day in figures.days:
        closed[_monday(day.date)].append(day)
    monday = _monday(first)
    while monday <= last:
        yield _week(monday, realised[monday] if span else None, closed[monday])
        monday += timedelta(days=7)


def _week(monday: date, realised: Decimal | None, days: list[ClosedDay]) -> Week:
    sum_r = sum((day.sum_r for day in days), ZERO) if any(day.with_r for day in days) else None
    net = sum((day.net for day in days), ZERO)
    return Week(monday, realised, sum(day.trades for day in days), net, sum_r)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _curve(figures: ClosedFigures) -> Iterator[ClosedPoint]:
    nets = accumulate(day.net for day in figures.days)
    rs = accumulate(day.sum_r for day in figures.days)
    return (ClosedPoint(day.date, net, r) for day, net, r in zip(figures.days, nets, rs, strict=True))


def within(seat: Seat, since: date | None, until: date | None, now: datetime) -> tuple[date, date]:
    """The first and the last day of a report on one account. Raises Invalid for a first day in the future."""
    return Scope.of(seat).within(since, until, now)


def period_start(seat: Seat, period: Period, now: datetime) -> date:
    """The first date of a named period of an account that ends today."""
    return Scope.of(seat).start_of(period, now)
