"""The account's calendar: days, weeks from Monday to Sunday, months and years, with what each brought."""

from calendar import MONDAY, Calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce

from trenddojo.domain.equity import local_date
from trenddojo.services.errors import NotFound
from trenddojo.services.spans import beginning_of
from trenddojo.store.calendar import NOTHING, Sums, days_between, years_of
from trenddojo.store.seats import Seat

_WEEKS = Calendar(MONDAY)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Week:
    """Monday to Sunday in the account's zone (rule 18). `days` are its dates with what they brought, None for nothing.

    `sums` are those of the whole week, also where it belongs to two months.
    """

    days: tuple[tuple[date, Sums | None], ...]
    sums: Sums

    @property
    def since(self) -> date:
        """Its Monday."""
        return self.days[0][0]

    @property
    def until(self) -> date:
        """Its Sunday."""
        return self.days[-1][0]


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month: the weeks that it touches, and the sums of its own dates."""

    first: date
    weeks: tuple[Week, ...]
    sums: Sums


@dataclass(frozen=True, slots=True)
class Year:
    """A calendar year of an account: its months up to the present one, and every year that has something."""

    number: int
    today: date
    first: int
    months: tuple[Month, ...]
    sums: Sums
    years: Sequence[tuple[int, Sums]]

    @property
    def days(self) -> dict[date, Sums]:
        """Its own dates that have something."""
        weeks = (week for month in self.months for week in month.weeks)
        return {on: sums for week in weeks for on, sums in week.days if sums and on.year == self.number}


def calendar_of(seat: Seat, number: int | None, now: datetime) -> Year:
    """A year of the account, this one if none is asked for. Raises NotFound before its first and after this year."""
    today, account = local_date(now, seat.zone), seat.account
    year, first = today.year if number is None else number, min(beginning_of(account).year, today.year)
    if not first <= year <= today.year:
        raise NotFound
    # With the weeks that the year shares with its neighbours.
    found = days_between(account.id, date(year, 1, 1) - 7 * _ONE_DAY, date(year, 12, 31) + 7 * _ONE_DAY)
    last = today.month if year == today.year else 12
    months = tuple(_month(date(year, month, 1), found) for month in range(1, last + 1))
    return Year(year, today, first, months, _total(month.sums for month in months), years_of(account.id))


def _month(first: date, found: Mapping[date, Sums]) -> Month:
    weeks = tuple(
        Week(tuple((on, found.get(on)) for on in dates), _total(found[on] for on in dates if on in found))
        for dates in _WEEKS.monthdatescalendar(first.year, first.month)
    )
    own = (sums for on, sums in found.items() if (on.year, on.month) == (first.year, first.month))
    return Month(first, weeks, _total(own))


def _total(sums: Iterable[Sums]) -> Sums:
    return reduce(Sums.plus, sums, NOTHING)
