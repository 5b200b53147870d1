"""Where moments stand on a trade's chart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from trenddojo.domain.bars import Bar
from trenddojo.domain.terms import Timeframe
from trenddojo.web.trade.axis import Axis, drawn

TOKYO = ZoneInfo("Asia/Tokyo")
MONDAY = datetime(2026, 11, 16, 5, tzinfo=UTC)


def bars(timeframe: Timeframe, *starts: datetime) -> list[Bar]:
    one = Decimal(1)
    return [Bar(timeframe, start, one, one, one, one) for start in starts]


DAYS = Axis(TOKYO, Timeframe.DAY, bars(Timeframe.DAY, *(MONDAY + timedelta(days=n) for n in range(3))))
HOURS = Axis(TOKYO, Timeframe.HOUR, bars(Timeframe.HOUR, *(MONDAY + timedelta(hours=n) for n in (9, 10, 34))))


@pytest.mark.parametrize(
    ("moment", "place"),
    [
        (MONDAY + timedelta(hours=10), "2026-11-16"),
        (MONDAY + timedelta(hours=23), "2026-11-16"),
        (MONDAY - timedelta(hours=1), "2026-11-16"),
        (MONDAY - timedelta(days=1), "2026-11-15"),
        (MONDAY + timedelta(days=3, hours=11), "2026-11-20"),
    ],
    ids=["within", "another day in Tokyo", "before, by Tokyo", "long before", "after, by Tokyo"],
)
def test_days_are_those_of_the_bars_where_there_are_any(moment: datetime, place: str) -> None:
    assert DAYS.at(moment) == place


def test_a_moment_between_sessions_stands_on_the_hour_before_it() -> None:
    ten = MONDAY + timedelta(hours=10)
    for minutes in (0, 59, 61, 600):
        assert HOURS.at(ten + timedelta(minutes=minutes)) == int(ten.timestamp())


def test_an_hour_far_from_any_bar_stands_on_its_own() -> None:
    assert HOURS.at(MONDAY - timedelta(minutes=10)) == int(MONDAY.timestamp()) - 3600
    late = MONDAY + timedelta(days=9)
    assert HOURS.at(late + timedelta(minutes=5)) == int(late.timestamp())


def test_a_day_of_a_gap_is_not_moved_to_a_bar_of_long_ago() -> None:
    sparse = Axis(UTC, Timeframe.DAY, bars(Timeframe.DAY, MONDAY, MONDAY + timedelta(days=30)))
    assert sparse.at(MONDAY + timedelta(days=10)) == "2026-11-26"


@pytest.mark.parametrize("days", [0, 1, 400])
def test_what_came_before_is_drawn_with_it(days: int) -> None:
    first, last = drawn(Timeframe.DAY, MONDAY, MONDAY + timedelta(days=days))
    assert MONDAY - first == max(timedelta(days=60), timedelta(days=days) / 3)
    assert last > MONDAY + timedelta(days=days)
