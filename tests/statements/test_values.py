"""Cells become exact values, or a sentence that says why not."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trenddojo.statements.format import DateOrder, Options
from trenddojo.statements.values import BadValue, amount, clock, day, moment, number

D = Decimal
OPTIONS = Options(ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), "USD")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("100", "100"),
        ("$1,234.50", "1234.50"),
        ("-$1,234.50", "-1234.50"),
        ("$-5.00", "-5.00"),
        ("(12.00)", "-12.00"),
        ("($12.00)", "-12.00"),
        ("5-", "-5"),
        ("+7", "7"),
        ("\u22123.5", "-3.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1.0E-4", "0.00010"),
        ("1,234,567", "1234567"),
        ("-1991.5", "-1991.5"),
    ],
)
def test_numbers_as_brokers_write_them(text: str, value: str) -> None:
    assert number(text, "Amount") == D(value)


@pytest.mark.parametrize(("text", "value"), [("1.234,50", "1234.50"), ("0,5", "0.5"), ("-3,25 €", "-3.25"), ("7", "7")])
def test_numbers_with_a_decimal_comma(text: str, value: str) -> None:
    assert number(text, "Amount", comma=True) == D(value)


@pytest.mark.parametrize(
    "text",
    ["", " ", "abc", "=1+1", "@SUM(A1)", "1,23", "1,2345", "12,34,567", "1.2.3", "--5", "(5", "5)", "(-5)", "-5-",
     "NaN", "Infinity", "1e999", "9" * 40, "0x10", "１２", "1 000", "+-1", "1/2"],
)  # fmt: skip
def test_what_is_no_number_is_refused_and_named(text: str) -> None:
    with pytest.raises(BadValue, match="Amount: "):
        number(text, "Amount")


@given(st.decimals(D("-999999999"), D("999999999"), places=6))
def test_every_amount_is_read_back_exactly(value: Decimal) -> None:
    assert number(f"{value:,.6f}", "Amount") == value
    assert number(str(value), "Amount") == value


@given(st.text(max_size=40))
def test_no_text_raises_anything_else(text: str) -> None:
    for read in (number, amount, day, clock):
        try:
            read(text, "Cell")
        except BadValue as refused:
            assert str(refused).startswith("Cell: ")  # noqa: PT017 - any text may be one


@pytest.mark.parametrize("text", ["", "--", "-", "N/A", " "])
def test_an_amount_may_be_left_out(text: str) -> None:
    assert amount(text, "Fee") is None


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("03/04/2024", DateOrder.MONTH_FIRST, date(2024, 3, 4)),
        ("03/04/2024", DateOrder.DAY_FIRST, date(2024, 4, 3)),
        ("3.4.24", DateOrder.DAY_FIRST, date(2024, 4, 3)),
        ("2024/03/04", DateOrder.DAY_FIRST, date(2024, 3, 4)),
        ("2024-03-04", DateOrder.MONTH_FIRST, date(2024, 3, 4)),
        ("20240304", DateOrder.DAY_FIRST, date(2024, 3, 4)),
        ("04-Mar-24", DateOrder.YEAR_FIRST, date(2024, 3, 4)),
        ("29-02-2024", DateOrder.DAY_FIRST, date(2024, 2, 29)),
    ],
)
def test_dates_in_three_orders(text: str, order: DateOrder, expected: date) -> None:
    assert day(text, "Date", order) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2023-02-29",
        "2024-13-01",
        "20240230",
        "03/04/2024",
        "0001-01-01",
        "9999-12-31",
        "04-Foo-24",
        "２０２４-01-01",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(BadValue, match="Date: "):
        day(text, "Date", DateOrder.YEAR_FIRST)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from(DateOrder))
def test_every_date_is_read_back(one: date, order: DateOrder) -> None:
    form = {
        DateOrder.MONTH_FIRST: "{1:02}/{2:02}/{0}",
        DateOrder.DAY_FIRST: "{2}.{1}.{0}",
        DateOrder.YEAR_FIRST: "{0}-{1}-{2}",
    }
    assert day(form[order].format(one.year, one.month, one.day), "Date", order) == one
    assert day(f"{one:%Y%m%d}", "Date", order) == one


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("093000", time(9, 30)),
        ("9:30", time(9, 30)),
        ("09:30:15", time(9, 30, 15)),
        ("9:30:15 PM", time(21, 30, 15)),
        ("12:00 AM", time(0)),
        ("12:05pm", time(12, 5)),
        ("09:30:15.25", time(9, 30, 15, 250_000)),
    ],
)
def test_clock_times(text: str, expected: time) -> None:
    assert clock(text, "Time") == expected


@pytest.mark.parametrize("text", ["", "24:00", "9:60", "noon", "09:30:61", "9", "-09:30"])
def test_what_is_no_clock_time_is_refused(text: str) -> None:
    with pytest.raises(BadValue, match="Time: "):
        clock(text, "Time")


def test_a_moment_is_of_the_files_zone_and_a_bare_date_is_noon_of_the_accounts() -> None:
    at, is_dated = moment(date(2024, 1, 5), time(9, 30), OPTIONS)
    assert (at, is_dated) == (datetime(2024, 1, 5, 14, 30, tzinfo=UTC), False)
    at, is_dated = moment(date(2024, 1, 5), None, OPTIONS)
    assert (at, is_dated) == (datetime(2024, 1, 5, 11, tzinfo=UTC), True)
