"""The cursor of fills: whatever the pages hold, every fill is told, and the same facts lead to the same cursor."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trenddojo.brokers.adapters.alpaca import fills
from trenddojo.brokers.adapters.alpaca.fills import OVERLAP, PAGE, Cursor, first_cursor
from trenddojo.brokers.adapters.alpaca.shapes import Fill

START = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)


def fill(number: int, seconds: float) -> Fill:
    at = START + timedelta(seconds=seconds)
    return Fill(
        f"{at:%Y%m%d%H%M%S}{at.microsecond // 1000:03}::{number:06}", at, Decimal(1), Decimal(1), "buy", "A", "o"
    )


def page(booked: list[Fill], cursor: Cursor) -> list[Fill]:
    """What Alpaca answers: ids behind the token, times after the instant, a page at most."""
    params = cursor.params
    told = sorted((one for one in booked if one.transaction_time > cursor.after), key=lambda one: one.id)
    return [one for one in told if one.id > params.get("page_token", "")][:PAGE]


_INSTANTS = st.lists(st.floats(0, 1500).map(lambda one: round(one, 3)), max_size=40)
_BURSTS = st.lists(st.tuples(st.integers(0, 1500), st.integers(1, 260)), max_size=3)


@given(_INSTANTS, _BURSTS)
def test_every_fill_is_told_whenever_it_is_asked(instants: list[float], bursts: list[tuple[int, int]]) -> None:
    times = sorted([*instants, *(second for second, count in bursts for _ in range(count))])
    booked = [fill(number, seconds) for number, seconds in enumerate(times)]
    cursor, seen = first_cursor([], START), set[str]()
    for end in range(0, 1601, 400):
        now = [one for one in booked if one.transaction_time <= START + timedelta(seconds=end)]
        for _ in range(20):
            told = page(now, cursor)
            seen |= {one.id for one in told}
            after = cursor.following(told)
            assert after.after >= cursor.after
            if after == cursor:
                break
            cursor = Cursor.read(after.text)
        else:
            raise AssertionError("it does not come to rest")
        assert seen == {one.id for one in now}
    assert cursor.following(page(booked, cursor)) == cursor


def test_a_fill_booked_late_is_told_within_the_overlap() -> None:
    early, late = fill(1, 10), fill(2, 200)
    cursor = first_cursor([], START).following([late])
    assert early in page([early, late], cursor)
    assert cursor.after == late.transaction_time - OVERLAP


def test_what_was_there_before_is_not_told_again() -> None:
    before, after = fill(1, 10), fill(2, 11)
    cursor = Cursor.read(first_cursor([before], START).text)
    assert page([before], cursor) == []
    assert page([before, after], cursor) == [after]
    assert cursor.following([]) == cursor


@pytest.mark.parametrize("text", ["", "soon", "2026-03-03T15:00:00", "|x"])
def test_no_cursor(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Cursor.read(text)


def test_an_instant_in_a_query_is_utc() -> None:
    assert fills.instant(START.astimezone()) == "2026-03-03T15:00:00.000000Z"
