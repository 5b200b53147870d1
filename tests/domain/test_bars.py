"""Which bars are believed, and whether they tell of a whole time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.courses import bar, midnight
from trenddojo.domain.bars import Bar, Split, covers, finest, restated
from trenddojo.domain.terms import Timeframe

HOUR, MINUTE = Timeframe.HOUR, Timeframe.MINUTE
DAY = bar(0, "100", "104", "98", "101")
UP, DOWN = bar(10 / 24, "100", "104", "99", "103", HOUR), bar(11 / 24, "103", "103", "98", "101", HOUR)


def test_hours_that_reach_the_days_extremes_take_its_place():
    assert finest([DAY, DOWN, UP]) == [UP, DOWN]


def test_a_day_stands_where_hours_of_it_are_missing():
    assert finest([UP, DAY]) == [DAY]
    assert finest(iter([DOWN, DAY, bar(1, "101", "102", "100", "102")])) == [DAY, bar(1, "101", "102", "100", "102")]


def test_hours_without_a_day_and_days_without_hours():
    assert finest([DOWN, UP]) == [UP, DOWN]
    assert finest([DAY]) == [DAY]
    assert finest([]) == []


def test_minutes_within_hours_within_days():
    minutes = [bar(10 / 24 + n / 1440, "100", "104", "99", "103", MINUTE) for n in (1, 2)]
    assert finest([DAY, UP, DOWN, *minutes]) == [*minutes, DOWN]


@pytest.mark.parametrize(
    ("days", "since", "until", "told"),
    [
        ((0, 1, 2), 0, 2, True),
        ((0, 4), 0, 4, True),  # a long weekend
        ((0, 7), 0, 7, False),
        ((8,), 0, 8, False),
        ((0,), 0, 9, False),
        ((0,), 0, None, True),  # of an open trade, up to the last bar
        ((), 0, 0, False),
    ],
)
def test_what_bars_tell_of(days: tuple[int, ...], since: int, until: int | None, told: bool):
    bars = [bar(day, "1", "1", "1", "1") for day in days]
    end = None if until is None else midnight(until + 0.5)
    assert covers(bars, midnight(since + 0.5), end) is told


D = Decimal
FOUR, TENTH = Split(date(2026, 6, 10), D(4)), Split(date(2026, 8, 3), D("0.1"))
BEFORE, BETWEEN, AFTER = date(2026, 6, 9), date(2026, 6, 10), date(2026, 8, 3)


def prices(found: Bar) -> list[str]:
    return [f"{one.normalize():f}" for one in (found.open, found.high, found.low, found.close)]


def test_prices_of_before_a_split_in_the_shares_of_after_it():
    told = replace(DAY, volume=1000)
    found = restated(told, BEFORE, [FOUR, TENTH], BETWEEN)
    assert (prices(found), found.volume) == (["25", "26", "24.5", "25.25"], 4000)
    found = restated(told, BEFORE, [FOUR, TENTH], AFTER)
    assert (prices(found), found.volume) == (["250", "260", "245", "252.5"], 400)


def test_prices_of_after_a_split_in_the_shares_of_before_it():
    assert prices(restated(DAY, BETWEEN, [FOUR], BEFORE)) == ["400", "416", "392", "404"]
    assert restated(DAY, BETWEEN, [FOUR], BETWEEN) is DAY
    assert restated(DAY, BEFORE, [], AFTER) is DAY


days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
splits = st.lists(st.builds(Split, days, st.sampled_from([D(2), D(4), D("0.5"), D("0.1"), D("1.25")])), max_size=4)


@given(splits, days, days)
def test_there_and_back_is_the_same_but_for_the_last_place(given_splits: list[Split], one: date, other: date):
    back = restated(restated(DAY, one, given_splits, other), other, given_splits, one)
    assert abs(back.close - DAY.close) < D("0.001")
