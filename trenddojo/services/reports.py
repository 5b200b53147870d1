"""The performance of one account over a period: every figure of the report page and of the API, computed once here.

Statistics are of the trades closed in the period, with their whole P&L; equity, realised P&L and returns are of its
days, open trades included. The two are named apart wherever shown (rule 41 of docs/NUMBERS.md).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from trenddojo.domain.equity import local_date
from trenddojo.domain.statistics import Bin, Streaks, Tally, histogram, outcome_of, streaks
from trenddojo.services.breakdowns import FEW, Breakdown, Group, groups, holding_days, month_of
from trenddojo.services.errors import Invalid
from trenddojo.services.spans import Period, Span, beginning_of, first_day, months_of, span_between
from trenddojo.store.closed import ClosedTrade, closed_between
from trenddojo.store.seats import Seat


@dataclass(frozen=True, slots=True)
class Month:
    """One calendar month of the period, or what lies of it inside: its days, and the trades closed in it."""

    span: Span
    closed: Tally


@dataclass(frozen=True, slots=True)
class Performance:
    """The report. Money is in cents of `currency`; ratios are unrounded, None where they do not exist.

    `span` has equity, gain, returns and drawdown; `tally` the statistics of closed trades; `bins` count them by R.
    `best` and `worst` are the symbols of the largest and the smallest R. `groups` are by `by`.
    """

    account_id: UUID
    currency: str
    since: date
    until: date
    span: Span
    tally: Tally
    streaks: Streaks
    bins: tuple[Bin, ...]
    best: str
    worst: str
    mean_holding_days: Decimal | None
    months: tuple[Month, ...]
    by: Breakdown
    groups: tuple[Group, ...]
    sides: tuple[Group, ...]
    holdings: tuple[Group, ...]

    @property
    def is_few(self) -> bool:
        """Whether there are too few trades to conclude from."""
        return self.tally.trades < FEW


def performance(seat: Seat, since: date | None, until: date | None, by: Breakdown, now: datetime) -> Performance:
    """The report on an account from `since` (None: its beginning) to `until` (None: today), both included.

    It reaches neither further back than the account nor beyond today. Raises Invalid for a first day in the future.
    """
    account = seat.account
    first, last = within(seat, since, until, now)
    whole, trades = span_between(account, first, last), closed_between(account.id, first, last)
    zone, band = seat.zone, account.breakeven_band
    rs = [trade.r for trade in trades if trade.r is not None]
    return Performance(
        account_id=account.id,
        currency=account.base_currency,
        since=first,
        until=last,
        span=whole,
        tally=Tally.over(((trade.realised, trade.r) for trade in trades), band),
        streaks=streaks(outcome_of(trade.realised, band) for trade in trades),
        bins=tuple(histogram(rs)),
        best=_symbol_of(trades, max(rs, default=None)),
        worst=_symbol_of(trades, min(rs, default=None)),
        mean_holding_days=_mean([holding_days(trade, zone) for trade in trades]),
        months=_months(whole, trades, band),
        by=by,
        groups=tuple(groups(trades, by, zone, band)),
        sides=tuple(groups(trades, Breakdown.SIDE, zone, band)),
        holdings=tuple(groups(trades, Breakdown.HOLDING, zone, band)),
    )


def within(seat: Seat, since: date | None, until: date | None, now: datetime) -> tuple[date, date]:
    """The first and the last day of a report: neither further back than the account nor beyond today.

    Raises Invalid for a first day in the future.
    """
    today = local_date(now, seat.zone)
    last = min(until or today, today)
    if since is not None and since > last:
        raise Invalid({"from": f"Must not be after {last}."})
    beginning = beginning_of(seat.account)
    return min(max(since or beginning, beginning), last), last


def period_start(seat: Seat, period: Period, now: datetime) -> date:
    """The first date of a named period of an account that ends today."""
    return first_day(period, beginning_of(seat.account), local_date(now, seat.zone))


def _months(whole: Span, trades: Sequence[ClosedTrade], band: Decimal) -> tuple[Month, ...]:
    """Newest first."""
    closed: defaultdict[str, list[tuple[Decimal, Decimal | None]]] = defaultdict(list)
    for trade in trades:
        closed[month_of(trade.closed_on)].append((trade.realised, trade.r))
    months = (Month(month, Tally.over(closed[month_of(month.since)], band)) for month in months_of(whole))
    return tuple(months)[::-1]


def _symbol_of(trades: Sequence[ClosedTrade], r: Decimal | None) -> str:
    return next((trade.symbol for trade in trades if trade.r == r), "") if r is not None else ""


def _mean(numbers: Sequence[int]) -> Decimal | None:
    return Decimal(sum(numbers)) / len(numbers) if numbers else None
