"""Which bars are believed, and whether they tell of a whole time."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.domain.courses import bar, midnight
from trenddojo.domain.bars import covers, finest, rounded_bar
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


def test_prices_are_rounded_to_the_places_that_they_are_kept_to():
    third = Decimal(1) / 3
    assert rounded_bar(replace(bar(0, *"1111"), low=third, volume=7)) == replace(
        bar(0, *"1111"), low=Decimal("0.333333"), volume=7
    )
