"""The calendar: what days, weeks, months and years of an account brought."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, insert

from tests.conftest import NOW
from tests.services.exposed import bought, round_trip, settled
from trenddojo.domain.equity import local_date
from trenddojo.services.account_calendar import Year, calendar_of
from trenddojo.services.errors import NotFound
from trenddojo.store.calendar import NOTHING
from trenddojo.store.database import db
from trenddojo.store.models import AccountDay
from trenddojo.store.seats import Seat

TODAY = date(2026, 11, 19)


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def booked(seat: Seat, days: dict[str, tuple[str, str | None]]) -> None:
    """Day rows with what was booked, and the R of one trade that closed."""
    rows = [
        {
            "account_id": seat.account.id,
            "on": date.fromisoformat(on),
            "booked": Decimal(amount),
            "wins": 0 if r is None else 1,
            "net": Decimal(0 if r is None else amount),
            "with_r": 0 if r is None else 1,
            "sum_r": Decimal(r or 0),
        }
        for on, (amount, r) in days.items()
    ]
    db.session.execute(insert(AccountDay), rows)
    db.session.commit()


def _weeks(year: Year, month: int) -> list[tuple[str, Decimal]]:
    return [(week.since.isoformat(), week.sums.booked) for week in year.months[month - 1].weeks]


def test_an_account_without_trades_has_this_year_and_nothing_in_it(seat: Seat) -> None:
    year = calendar_of(seat, None, NOW)
    assert (year.number, len(year.months), year.sums, list(year.years)) == (2026, 11, NOTHING, [])


def test_one_trade_stands_on_the_day_that_it_closed(seat: Seat) -> None:
    round_trip(seat, "NVDA", "150", entered=4, left=1)
    year = calendar_of(seat, 2026, NOW)
    (on,) = year.days
    assert on == local_date(NOW - timedelta(days=1), seat.zone)
    assert year.days[on] == year.sums == year.years[0][1]
    assert (year.sums.booked, year.sums.closed, year.sums.net) == (Decimal(150), 1, Decimal(150))


def test_a_day_of_marks_alone_is_empty(seat: Seat) -> None:
    settled(bought(seat, "AMD", "10", "50", "45", ago=2), seat)
    assert calendar_of(seat, None, NOW).days == {}


def test_weeks_run_from_monday_and_are_whole_across_months_and_years(seat: Seat) -> None:
    booked(
        seat,
        {
            "2025-12-28": ("1", None),
            "2025-12-29": ("2", "0.2"),
            "2026-01-04": ("4", "0.5"),
            "2026-01-05": ("8", None),
            "2026-02-01": ("-16", "-1"),
        },
    )
    year = calendar_of(seat, 2026, NOW)
    assert _weeks(year, 1)[:2] == [("2025-12-29", Decimal(6)), ("2026-01-05", Decimal(8))]
    assert _weeks(year, 1)[-1] == _weeks(year, 2)[0] == ("2026-01-26", Decimal(-16))
    assert [month.sums.booked for month in year.months[:2]] == [Decimal(12), Decimal(-16)]
    assert year.sums.booked == Decimal(-4)
    assert sorted(year.days) == [date(2026, 1, 4), date(2026, 1, 5), date(2026, 2, 1)]
    first = year.months[0].weeks[0].sums
    assert (first.sum_r, first.with_r, first.closed) == (Decimal("0.7"), 2, 2)
    assert [(number, sums.booked) for number, sums in year.years] == [(2025, Decimal(3)), (2026, Decimal(-4))]


def test_every_week_has_seven_days_and_every_date_its_place(seat: Seat) -> None:
    for number in (2025, 2026):
        for month in calendar_of(seat, number, NOW).months:
            dates = [on for week in month.weeks for on, _ in week.days]
            assert all(len(week.days) == 7 and week.since.weekday() == 0 for week in month.weeks)
            assert dates == [dates[0] + timedelta(days=one) for one in range(len(dates))]


def test_ten_years_are_read_by_two_statements(seat: Seat) -> None:
    seat.account.opened_on = date(2016, 3, 1)
    days = (date(2016, 3, 1) + timedelta(days=number) for number in range(3800))
    booked(seat, {on.isoformat(): (str(on.day - 14), "0.1") for on in days if on <= TODAY and on.weekday() < 5})
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    year = calendar_of(seat, 2020, NOW)
    told = [one for one in asked if "account_days" in one]
    assert len(told) <= 3
    assert not [one for one in asked if "FROM trades" in one]
    assert [number for number, _ in year.years] == list(range(2016, 2027))
    assert len(year.months) == 12


@pytest.mark.parametrize("number", [2024, 2027, 1, 9999])
def test_years_before_the_account_and_to_come_are_not_there(seat: Seat, number: int) -> None:
    with pytest.raises(NotFound):
        calendar_of(seat, number, NOW)
