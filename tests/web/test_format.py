"""Figures and times as they are written."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trenddojo.web import format as fmt

NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2026, 11, 19, 18, 5, 30, tzinfo=UTC)
PRICES = st.decimals(min_value=-(10**6), max_value=10**6, places=6)


def plain(text: str) -> Decimal:
    """The number that a written figure stands for."""
    return Decimal(text.replace(",", "").replace(fmt.MINUS, "-"))


@pytest.mark.parametrize(
    "write", [fmt.money, fmt.signed, fmt.price, fmt.average, fmt.quantity, fmt.percent, fmt.r, fmt.pnl]
)
def test_unknown_is_empty(write):
    assert write(None) == ""


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("109376.12", "109,376.12"),
        ("-1302.17", "−1,302.17"),
        ("0", "0.00"),
        ("-0.001", "0.00"),
        ("-0", "0.00"),
        ("0.005", "0.00"),
    ],
)
def test_money_has_two_places_and_a_true_minus(value, shown):
    assert fmt.money(Decimal(value)) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [("307.07", "+307.07"), ("-222.59", "−222.59"), ("0", "0.00"), ("0.004", "0.00"), ("-0.004", "0.00")],
)
def test_results_carry_a_sign_and_zero_never_does(value, shown):
    assert fmt.signed(Decimal(value)) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("187.200000", "187.20"),
        ("193.525000", "193.525"),
        ("0.500000", "0.5000"),
        ("0.123456", "0.123456"),
        ("1004.58", "1,004.58"),
        ("146", "146.00"),
        ("-37.630000", "−37.63"),
        ("0", "0.0000"),
        ("1E+3", "1,000.00"),
    ],
)
def test_a_price_keeps_what_was_typed(value, shown):
    assert fmt.price(Decimal(value)) == shown


@given(PRICES)
def test_a_price_is_never_rounded(value):
    assert plain(fmt.price(value)) == value


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=9))
def test_a_quantity_is_shown_as_it_is(value):
    shown = fmt.quantity(value)
    assert plain(shown) == value
    assert "." not in shown or not shown.endswith(("0", "."))


@pytest.mark.parametrize(("value", "shown"), [("193.525", "193.52"), ("0.12345", "0.1234"), ("-0.5", "−0.5000")])
def test_an_average_is_rounded_for_show(value, shown):
    assert fmt.average(Decimal(value)) == shown


@pytest.mark.parametrize(("value", "shown"), [(48, "+48"), (Decimal("-24.000"), "−24"), (0, "0"), (1200, "+1,200")])
def test_changes_of_quantity(value, shown):
    assert fmt.signed_quantity(value) == shown


def test_percent_takes_a_fraction():
    assert fmt.percent(Decimal("0.0217")) == "2.17%"
    assert fmt.percent(Decimal("0.475"), 0) == "48%"
    assert fmt.signed_percent(Decimal("-0.0118")) == "−1.18%"
    assert fmt.signed_percent(Decimal("0.00001")) == "0.00%"


def test_r_is_signed_where_it_is_a_result_and_not_where_it_is_a_distance():
    assert (fmt.r(Decimal("2.09")), fmt.r(Decimal("-0.3"), 1), fmt.r(0)) == ("+2.09R", "−0.3R", "0.00R")
    assert fmt.r_amount(Decimal("1.05")) == "1.05R"


@given(PRICES)
def test_colour_follows_the_sign_that_is_shown(value):
    shown, coloured = fmt.signed(value), str(fmt.pnl(value))
    if shown.startswith("+"):
        assert coloured == f'<span class="gain">{shown}</span>'
    elif shown.startswith(fmt.MINUS):
        assert coloured == f'<span class="loss">{shown}</span>'
    else:
        assert coloured == shown == "0.00"


def test_tone_names_the_class():
    assert [fmt.tone(x) for x in (Decimal(1), Decimal(-1), Decimal(0), None)] == ["gain", "loss", "", ""]


def test_other_results_have_colour_too():
    assert fmt.pnl_r(Decimal("2.09")) == '<span class="gain">+2.09R</span>'
    assert fmt.pnl_percent(Decimal("-0.002")) == '<span class="loss">−0.20%</span>'


def test_a_currency_stands_small_after_its_figure_and_is_escaped():
    assert fmt.in_currency(fmt.money(Decimal("5")), "USD") == '5.00<span class="cur">USD</span>'
    assert "&lt;b&gt;" in fmt.in_currency(fmt.pnl(Decimal("5")), "<b>")
    assert fmt.in_currency("", "USD") == ""


def test_days():
    today = date(2026, 11, 19)
    assert fmt.day(today) == "19 Nov"
    assert fmt.day(today, today) == "today"
    assert fmt.day(date(2026, 1, 2), today) == "2 Jan"
    assert fmt.day(date(2025, 12, 31), today) == "31 Dec 2025"
    assert fmt.full_day(today) == "Thu 19 Nov 2026"
    assert fmt.month(today) == "Nov 2026"
    assert fmt.day(None) == fmt.full_day(None) == fmt.month(None) == ""


def test_a_moment_is_shown_in_the_viewers_zone_and_kept_in_utc():
    assert fmt.clock(NOON, NEW_YORK) == (
        '<time datetime="2026-11-19T18:05:30Z" title="2026-11-19 18:05:30 UTC">13:05</time>'
    )
    assert ">19 Nov 2026, 13:05<" in fmt.moment(NOON, NEW_YORK)
    assert fmt.local_input(NOON, NEW_YORK) == "2026-11-19T13:05"


@pytest.mark.parametrize(
    ("back", "shown"),
    [(timedelta(0), "today 13:05"), (timedelta(days=6), "13 Nov"), (timedelta(days=365), "19 Nov 2025")],
)
def test_a_stamp_says_the_time_today_and_the_day_before_that(back, shown):
    assert f">{shown}<" in fmt.stamp(NOON - back, NEW_YORK, NOON)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0 s ago"), (12, "12 s ago"), (60, "1 min ago"), (7200, "2 h ago"), (200_000, "2 d ago"), (-5, "0 s ago")],
)
def test_ages(seconds, shown):
    assert f" data-rel>{shown}</time>" in fmt.age(NOON - timedelta(seconds=seconds), NOON)


@pytest.mark.parametrize(("back", "shown"), [(timedelta(0), "13:05:30"), (timedelta(days=6), "13 Nov, 13:05")])
def test_a_precise_moment_says_the_second_today_and_the_day_before_that(back, shown):
    assert f">{shown}<" in fmt.precise(NOON - back, NEW_YORK, NOON)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(900, "in 15 min"), (61, "in 1 min"), (60, "in 1 min"), (59, "in 59 s"), (1, "in 1 s"), (0, "over"), (-5, "over")],
)
def test_what_is_left(seconds, shown):
    text = fmt.left(NOON + timedelta(seconds=seconds), NOON, "in ", "over")
    assert f' data-left="in " data-over="over">{shown}</time>' in text


def test_unknown_moments_are_empty_and_naive_ones_refused():
    assert fmt.clock(None, UTC) == fmt.moment(None, UTC) == fmt.stamp(None, UTC, NOON) == fmt.age(None, NOON) == ""
    assert fmt.precise(None, UTC, NOON) == fmt.left(None, NOON) == ""
    with pytest.raises(ValueError, match="aware"):
        fmt.clock(datetime(2026, 11, 19, 12, 0), UTC)  # noqa: DTZ001


def test_every_filter_is_known_by_its_name():
    assert all(fmt.FILTERS[name] is getattr(fmt, name) for name in fmt.FILTERS)
    assert {"money", "price", "quantity", "pnl", "pnl_r", "percent", "stamp", "age"} <= set(fmt.FILTERS)
