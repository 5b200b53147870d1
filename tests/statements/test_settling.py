"""Dates and decimals that one line leaves open are settled by the whole file, or asked."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trenddojo.statements.format import DateOrder, Need, Unreadable, Unsettled
from trenddojo.statements.settling import Dates, Decimals
from trenddojo.statements.values import day


def dates(*texts: str) -> Dates:
    seen = Dates()
    for text in texts:
        seen.look_at(text)
    return seen


def decimals(delimiter: str, *texts: str) -> bool:
    seen = Decimals()
    for text in texts:
        seen.look_at(text)
    return seen.has_comma(delimiter)


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (("03/04/2024", "12/25/2024"), DateOrder.MONTH_FIRST),
        (("03.04.2024", "25.12.2024 09:30"), DateOrder.DAY_FIRST),
        (("2024-03-04",), DateOrder.MONTH_FIRST),
        (("05/05/24", "nothing", ""), DateOrder.MONTH_FIRST),
    ],
)
def test_a_file_settles_its_dates(texts: tuple[str, ...], order: DateOrder) -> None:
    assert dates(*texts).order(None) is order


@pytest.mark.parametrize("texts", [("03/04/2024",), ("25/12/2024", "12/25/2024"), ("03/04/24", "2024-05-06")])
def test_what_it_does_not_settle_is_asked(texts: tuple[str, ...]) -> None:
    with pytest.raises(Unsettled) as asked:
        dates(*texts).order(None)
    assert asked.value.need is Need.DATE_ORDER
    assert any(text in str(asked.value) for text in texts)
    assert dates(*texts).order(DateOrder.DAY_FIRST) is DateOrder.DAY_FIRST


def test_an_answer_that_no_date_bears_out_is_not_taken() -> None:
    with pytest.raises(Unreadable, match="day first"):
        dates("03/04/2024", "25/12/2024").order(DateOrder.MONTH_FIRST)


@given(
    days=st.lists(st.dates(date(2000, 1, 1), date(2060, 1, 1)), min_size=1),
    order=st.sampled_from([DateOrder.MONTH_FIRST, DateOrder.DAY_FIRST]),
)
def test_dates_are_settled_right_or_asked(days: list[date], order: DateOrder) -> None:
    texts = [f"{one:%d/%m/%Y}" if order is DateOrder.DAY_FIRST else f"{one:%m/%d/%Y}" for one in days]
    try:
        settled = dates(*texts).order(None)
    except Unsettled:
        assert all(one.day <= 12 for one in days)
        return
    assert [day(text, "Date", settled) for text in texts] == days


@pytest.mark.parametrize(
    ("texts", "comma"),
    [
        (("1,234", "12.50"), False),
        (("1.234", "12,50"), True),
        (("1.234,5",), True),
        (("-1,234.50 $",), False),
        (("0,125",), True),
        (("1234.567",), False),
        (("=1,5", "x"), False),
    ],
)
def test_a_file_settles_its_decimals(texts: tuple[str, ...], comma: bool) -> None:
    assert decimals(",", *texts) is comma


def test_what_separates_cells_decides_where_no_number_does() -> None:
    assert decimals(";", "1,234") is True
    assert decimals(",", "1.234") is False
