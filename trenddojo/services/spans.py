"""An account's equity over a span of dates: what the dashboard and the reports both show, computed once and here.

Money belongs to calendar dates. Returns run on the exchange's trading days, where what falls on days off goes to the
next one (rules 18 and 47 of docs/NUMBERS.md); a span that ends on days off ends with a running day.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from trenddojo.domain.equity import DayChange, Drawdown, Fall, Point, equity_curve, fall_in_money, largest_drawdown
from trenddojo.domain.money import ONE, ZERO
from trenddojo.domain.nyse import trading_days
from trenddojo.store import days
from trenddojo.store.models import Account


@dataclass(frozen=True)
class Span:
    """Equity from the date `since` to the date `until`, both included, in the account's base currency.

    `starting` is equity at the end of the day before.
    """

    since: date
    until: date
    starting: Decimal
    changes: tuple[DayChange, ...]

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """One point a trading day, computed when first asked for: many a span is only asked for its sums."""
        return tuple(equity_curve(self.starting, self.changes, trading_days(self.since, self.until)))

    @property
    def equity(self) -> Decimal:
        """Equity at the end."""
        return self.points[-1].equity if self.points else self.starting

    @property
    def gain(self) -> Decimal:
        """What was earned: realised, change of open P&L and other cash, without deposits and withdrawals."""
        return sum((change.gain for change in self.changes), ZERO)

    @property
    def realised(self) -> Decimal:
        """What trades booked in the span, open ones included (rule 41)."""
        return sum((change.booked for change in self.changes), ZERO)

    @property
    def open_change(self) -> Decimal:
        """By how much open P&L changed."""
        return sum((change.open_change for change in self.changes), ZERO)

    @property
    def other(self) -> Decimal:
        """Interest, dividends and fees apart from trades."""
        return sum((change.other for change in self.changes), ZERO)

    @property
    def flows(self) -> Decimal:
        """Deposits less withdrawals."""
        return sum((change.deposits - change.withdrawals for change in self.changes), ZERO)

    @property
    def ratio(self) -> Decimal | None:
        """The return as a fraction, 0.05 for 5%: that of all days one after the other; None without capital."""
        if not any(point.r is not None for point in self.points):
            return None
        return self.points[-1].index - ONE

    @property
    def sessions(self) -> int:
        """How many trading days it has."""
        return len(self.points)

    @property
    def fall(self) -> Fall:
        """The drawdown in money: the largest, and the present one."""
        return fall_in_money(self.points)

    @property
    def largest_drawdown(self) -> Drawdown | None:
        """The deepest drawdown in percent; one under water lasts until the span's last day."""
        return largest_drawdown(self.points, self.until)

    def part(self, since: date) -> "Span":
        """The same from a later date on, the returns begun anew."""
        return self.between(since, self.until)

    def between(self, since: date, until: date) -> "Span":
        """The same between two dates that are within, the returns begun anew."""
        before = (change for change in self.changes if change.date < since)
        starting = self.starting + sum((_moved(change) for change in before), ZERO)
        return span(starting, self.changes, since, until)


def span(starting: Decimal, changes: Iterable[DayChange], since: date, until: date) -> Span:
    """The span of the changes between two dates, from the equity before it."""
    within = tuple(change for change in changes if since <= change.date <= until)
    return Span(since, until, starting, within)


def span_to_now(account: Account, since: date, today: date) -> Span:
    """The span that ends today, read without what came before it: as quick for an old account as for a new one."""
    changes = days.changes_between(account.id, since, None)
    return span(account.equity - sum(map(_moved, changes), ZERO), changes, since, today)


def span_between(account: Account, since: date, until: date) -> Span:
    """Any span of an account."""
    return span(days.equity_before(account, since), days.changes_between(account.id, since, until), since, until)


def months_of(whole: Span) -> list[Span]:
    """The span month by month, the first and last maybe cut, in order."""
    months, starting = [], whole.starting
    for first, last in months_between(whole.since, whole.until):
        month = span(starting, whole.changes, first, last)
        months.append(month)
        starting += sum(map(_moved, month.changes), ZERO)
    return months


def months_between(since: date, until: date) -> Iterator[tuple[date, date]]:
    """The first and last day of each calendar month of a span, the first and last month maybe cut."""
    first = since
    while first <= until:
        last = min(first.replace(day=monthrange(first.year, first.month)[1]), until)
        yield first, last
        first = last + timedelta(days=1)


def _moved(change: DayChange) -> Decimal:
    return change.deposits - change.withdrawals + change.gain


class Period(StrEnum):
    """The spans that are offered by name; each ends today."""

    MONTH = "1m"
    QUARTER = "3m"
    HALF = "6m"
    YEAR = "ytd"
    ALL = "all"


_MONTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.HALF: 6}


def first_day(period: Period, beginning: date, today: date) -> date:
    """The first date of a period: so many months back, 1 January, or `beginning`, before which it never reaches."""
    if period is Period.ALL:
        return min(beginning, today)
    wanted = today.replace(month=1, day=1) if period is Period.YEAR else months_back(today, _MONTHS[period])
    return min(max(wanted, beginning), today)


def beginning_of(account: Account) -> date:
    """When the account began: the day it was opened, or the first on which something changed if that was before."""
    return min(account.opened_on, days.first_change(account.id) or account.opened_on)


def months_back(day: date, months: int) -> date:
    """The same day that many months ago, or the last of that month."""
    number = day.year * 12 + day.month - 1 - months
    year, month = divmod(number, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
