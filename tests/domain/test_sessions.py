"""What a share moved overnight, and from close to close."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trenddojo.domain.sessions import FEWEST_NIGHTS, NIGHTS, Session, daily_returns, worst_night

D = Decimal
FIRST = date(2026, 1, 5)


def session(number: int, opened: str = "100", close: str = "100", *, is_over: bool = True) -> Session:
    return Session(FIRST + timedelta(days=number), D(opened), D(close), is_over)


def quiet(count: int, since: int = 0) -> list[Session]:
    return [session(since + number) for number in range(count)]


def test_the_worst_night_of_a_long_is_the_lowest_open_and_of_a_short_the_highest() -> None:
    found = [*quiet(70), session(70, opened="92"), session(71, opened="103"), session(72, opened="97")]
    assert worst_night(found, 1) == D("0.08")
    assert worst_night(found, -1) == D("0.03")


def test_what_a_day_lost_is_no_night() -> None:
    found = [*quiet(70), session(70, opened="100", close="50"), session(71, opened="50", close="50")]
    assert worst_night(found, 1) == 0


def test_with_too_few_nights_nobody_knows() -> None:
    assert worst_night(quiet(FEWEST_NIGHTS), 1) is None
    assert worst_night(quiet(FEWEST_NIGHTS + 1), 1) == 0
    assert worst_night([], 1) is None


def test_a_night_of_more_than_a_year_ago_is_forgotten() -> None:
    bad = [session(0), session(1, opened="50")]
    assert worst_night(bad + quiet(NIGHTS - 1, since=2), 1) == D("0.5")
    assert worst_night(bad + quiet(NIGHTS, since=2), 1) == 0


def test_over_days_that_are_missing_there_is_neither_a_night_nor_a_return() -> None:
    found = [*quiet(70), session(90, opened="50", close="50")]
    assert worst_night(found, 1) == 0
    assert FIRST + timedelta(days=90) not in daily_returns(found)


def test_returns_are_from_close_to_close_of_days_that_are_over() -> None:
    found = [session(0), session(1, close="110"), session(4, close="99"), session(5, close="1", is_over=False)]
    assert daily_returns(found) == {
        FIRST + timedelta(days=1): pytest.approx(0.1),
        FIRST + timedelta(days=4): pytest.approx(-0.1),
    }


prices = st.decimals("0.01", "9999", places=2)


@given(st.lists(st.tuples(prices, prices), min_size=FEWEST_NIGHTS + 1, max_size=FEWEST_NIGHTS + 20))
def test_no_night_was_worse(told: list[tuple[Decimal, Decimal]]) -> None:
    found = [Session(FIRST + timedelta(days=number), *one) for number, one in enumerate(told)]
    worst = worst_night(found, 1)
    assert worst is not None
    assert 0 <= worst < 1, "a long loses no more than all"
    for before, after in pairwise(found):
        assert after.open >= before.close * (1 - worst) - D("1e-9")
