"""When the simulated market is open: New York's hours as exchange_calendars tells them, or always."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trenddojo.brokers.simulator.sessions import FIRST_DAY, AlwaysOpen, NyseSessions, Session, Sessions

NYSE, ALWAYS = NyseSessions(), AlwaysOpen()
INSTANT = timedelta(microseconds=1)
DAY = timedelta(days=1)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_an_ordinary_day_in_winter_and_in_summer():
    assert NYSE.session_at(utc(2026, 11, 19, 18)) == Session(
        utc(2026, 11, 19, 14, 30), utc(2026, 11, 19, 21), date(2026, 11, 19)
    )
    assert NYSE.session_at(utc(2026, 7, 6, 18)) == Session(
        utc(2026, 7, 6, 13, 30), utc(2026, 7, 6, 20), date(2026, 7, 6)
    )


def test_a_half_day_closes_at_one_in_new_york():
    half = NYSE.session_at(utc(2025, 11, 28, 17, 59))
    assert half is not None
    assert half.close == utc(2025, 11, 28, 18)
    assert NYSE.session_at(utc(2025, 11, 28, 18)) is None


@pytest.mark.parametrize("day", [date(2025, 11, 27), date(2026, 11, 21), date(2025, 1, 9), date(2012, 10, 29)])
def test_holidays_weekends_mourning_and_storms_are_closed(day: date):
    noon = datetime(day.year, day.month, day.day, 17, tzinfo=UTC)
    assert NYSE.session_at(noon) is None
    before = NYSE.previous_before(noon)
    assert before is not None
    assert before.close < noon < NYSE.next_after(noon).open


def test_open_belongs_to_the_session_and_close_does_not():
    session = NYSE.session_at(utc(2026, 11, 19, 18))
    assert session is not None
    assert NYSE.session_at(session.open) == session
    assert NYSE.session_at(session.open - INSTANT) is None
    assert NYSE.session_at(session.close - INSTANT) == session
    assert NYSE.session_at(session.close) is None
    assert NYSE.previous_before(session.close) == session
    assert NYSE.previous_before(session.close - INSTANT) != session


def test_next_opens_after_and_never_at_an_instant():
    session = NYSE.next_after(utc(2026, 11, 20, 22))
    assert session.day == date(2026, 11, 23)
    assert NYSE.next_after(session.open).day == date(2026, 11, 24)


def test_the_calendar_has_two_ends():
    first, last = utc(2000, 1, 3, 14, 30), utc(2060, 12, 31, 14, 30)
    assert NYSE.previous_before(first) is None
    assert NYSE.session_at(first - INSTANT) is None
    assert NYSE.next_after(first - INSTANT).open == first
    assert NYSE.session_at(last) is not None
    with pytest.raises(LookupError, match="2060-12-31"):
        NYSE.next_after(last)


def test_around_the_clock_days_follow_each_other_without_a_gap():
    saturday, sunday = ALWAYS.between(utc(2026, 11, 21), utc(2026, 11, 23))
    assert (saturday.open, saturday.close, saturday.day) == (utc(2026, 11, 21), sunday.open, date(2026, 11, 21))
    assert ALWAYS.session_at(saturday.close) == sunday
    assert ALWAYS.previous_before(saturday.close) == saturday
    assert ALWAYS.next_after(saturday.open) == sunday


def test_around_the_clock_begins_on_the_first_day():
    first = datetime.combine(FIRST_DAY, datetime.min.time(), UTC)
    assert ALWAYS.session_at(first - INSTANT) is None
    assert ALWAYS.previous_before(first + DAY - INSTANT) is None
    assert ALWAYS.next_after(utc(1990, 1, 1)) == ALWAYS.session_at(first)
    assert [session.day for session in ALWAYS.between(utc(1990, 1, 1), first + INSTANT)] == [FIRST_DAY]


@pytest.mark.parametrize("sessions", [NYSE, ALWAYS])
@given(
    start=st.integers(0, 50 * 365 * 24 * 3600).map(lambda seconds: utc(2001, 1, 1) + timedelta(seconds=seconds)),
    hours=st.integers(1, 24 * 20),
)
def test_between_finds_exactly_the_sessions_that_overlap(sessions: Sessions, start: datetime, hours: int):
    end = start + timedelta(hours=hours)
    found = list(sessions.between(start, end))
    assert found == sorted(found, key=lambda session: session.open)
    assert all(session.open < end and session.close > start for session in found)
    for instant in (start + timedelta(hours=hour) for hour in range(hours)):
        current = sessions.session_at(instant)
        assert current is None or current in found
