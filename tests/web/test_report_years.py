"""The months of ten years on one page."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from trenddojo.domain.equity import DayChange
from trenddojo.domain.statistics import EMPTY, Tally
from trenddojo.services.reports import Month
from trenddojo.services.spans import span
from trenddojo.web.reports.years import years_of

D = Decimal


def month(first: date, last: date, gain: str, r: str | None, starting: str = "1000") -> Month:
    changes = [DayChange(last, booked=D(gain))]
    closed = EMPTY if r is None else Tally.of(D(gain), D(r))
    return Month(first, last, span(D(starting), changes, first, last), closed)


def test_a_row_a_year_newest_first() -> None:
    december = month(date(2025, 12, 1), date(2025, 12, 31), "100", None)
    january = month(date(2026, 1, 5), date(2026, 1, 30), "-50", "-1")
    february = month(date(2026, 2, 2), date(2026, 2, 6), "200", "2.5")
    this, last = years_of([february, january, december])
    assert (this.year, last.year) == (2026, 2025)
    assert [cell is None for cell in this.cells] == [False, False, *[True] * 10]
    assert [cell is None for cell in last.cells] == [*[True] * 11, False]


def test_returns_follow_one_another_and_the_rest_adds_up() -> None:
    january = month(date(2026, 1, 5), date(2026, 1, 30), "-50", "-1")
    february = month(date(2026, 2, 2), date(2026, 2, 27), "200", "2.5")
    (row,) = years_of([february, january])
    assert row.total.ratio == D("0.95") * D("1.2") - 1
    assert (row.total.net, row.total.r) == (D(150), D("1.5"))


def test_what_is_not_known_stays_empty() -> None:
    (row,) = years_of([month(date(2026, 1, 5), date(2026, 1, 30), "0", None, starting="0")])
    assert (row.total.ratio, row.total.r) == (None, None)
