"""Which dates of prices are known, which are to be asked. 26 November 2026 is Thanksgiving, a Thursday."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trenddojo.domain import coverage
from trenddojo.domain.coverage import Stretch
from trenddojo.domain.terms import AssetType
from trenddojo.domain.zones import day_begins

STOCK, CRYPTO, FOREX = AssetType.STOCK, AssetType.CRYPTO, AssetType.FOREX
THURSDAY = date(2026, 11, 26)


def november(first: int, last: int) -> Stretch:
    return Stretch(date(2026, 11, first), date(2026, 11, last))


def days(asset_type: AssetType, first: int, last: int) -> list[int]:
    return [one.day for one in coverage.trading_days(asset_type, date(2026, 11, first), date(2026, 11, last))]


def test_each_kind_of_market_has_its_own_days() -> None:
    assert days(STOCK, 25, 30) == [25, 27, 30]
    assert days(FOREX, 25, 30) == [25, 26, 27, 30]
    assert days(CRYPTO, 25, 30) == [25, 26, 27, 28, 29, 30]


@pytest.mark.parametrize(("asset_type", "back"), [(STOCK, date(2026, 11, 19)), (CRYPTO, date(2026, 11, 22))])
def test_back_by_trading_days(asset_type: AssetType, back: date) -> None:
    assert coverage.days_back(asset_type, THURSDAY, 4 if asset_type is CRYPTO else 5) == back


def test_a_day_is_settled_half_an_hour_after_its_close_early_ones_too() -> None:
    assert coverage.settled_at(STOCK, date(2026, 11, 25)) == datetime(2026, 11, 25, 21, 30, tzinfo=UTC)
    assert coverage.settled_at(STOCK, date(2026, 11, 27)) == datetime(2026, 11, 27, 18, 30, tzinfo=UTC)
    assert coverage.settled_at(CRYPTO, date(2026, 11, 27)) == datetime(2026, 11, 28, 6, 30, tzinfo=UTC)


def test_a_day_begins_with_its_session() -> None:
    open_at = datetime(2026, 11, 25, 14, 45, tzinfo=UTC)
    assert coverage.has_begun(STOCK, open_at.date(), open_at)
    assert not coverage.has_begun(STOCK, open_at.date(), open_at - timedelta(seconds=1))
    assert not coverage.has_begun(STOCK, THURSDAY, open_at + timedelta(days=3))
    assert coverage.has_begun(CRYPTO, open_at.date(), datetime(2026, 11, 25, tzinfo=UTC))


@pytest.mark.parametrize("hour", [5, 4, 0, 23, 15])
def test_midnight_of_any_exchange_is_its_own_date(hour: int) -> None:
    start = datetime(2026, 11, 25 if hour < 12 else 24, hour, tzinfo=UTC)
    assert coverage.date_of_daily(start) == date(2026, 11, 25)


def test_stretches_over_days_off_are_one() -> None:
    assert coverage.joined([november(27, 27), november(23, 25), november(30, 30)], STOCK) == [november(23, 30)]
    assert coverage.joined([november(23, 25), november(27, 27)], FOREX) == [november(23, 25), november(27, 27)]


def test_missing_days_as_stretches_the_newest_first() -> None:
    lacking = [date(2026, 11, day) for day in (16, 17, 20, 23)]
    assert coverage.stretches(lacking, STOCK, timedelta(days=360)) == [november(20, 23), november(16, 17)]
    assert coverage.stretches(lacking, STOCK, timedelta(days=1)) == [
        november(23, 23),
        november(20, 20),
        november(16, 17),
    ]


spans = st.builds(
    lambda first, length: Stretch(
        date(2026, 1, 1) + timedelta(days=first), date(2026, 1, 1) + timedelta(days=first + length)
    ),
    st.integers(0, 200),
    st.integers(0, 30),
)


@given(st.lists(spans, max_size=8), st.sampled_from([STOCK, CRYPTO, FOREX]))
def test_joining_keeps_every_trading_day_and_adds_none(given_spans: list[Stretch], asset_type: AssetType) -> None:
    whole = coverage.trading_days(asset_type, date(2026, 1, 1), date(2026, 12, 31))
    together = coverage.joined(given_spans, asset_type)
    assert coverage.missing(whole, together) == coverage.missing(whole, given_spans)
    assert coverage.joined(together, asset_type) == together == sorted(together)


@given(st.lists(st.integers(0, 250), unique=True), st.integers(0, 60), st.sampled_from([STOCK, CRYPTO]))
def test_stretches_hold_exactly_the_days_that_are_missing(
    picked: list[int], longest: int, asset_type: AssetType
) -> None:
    whole = coverage.trading_days(asset_type, date(2026, 1, 1), date(2026, 12, 31))
    lacking = sorted(whole[index] for index in picked)
    found = coverage.stretches(lacking, asset_type, timedelta(days=longest))
    told = [day for one in found for day in coverage.trading_days(asset_type, one.first, one.last)]
    assert sorted(told) == lacking
    assert all(one.last - one.first <= timedelta(days=longest) for one in found)
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize("currency", ["USD", "EUR", "JPY", "INR", "AUD", "NZD"])
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Europe/Berlin", "Asia/Tokyo"])
@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_a_day_was_traded_in_the_shares_of_its_own_date(currency: str, zone: str, day: date) -> None:
    """Wherever its bar starts, and in whatever zone its splits count from midnight on."""
    start = datetime.combine(day, time(), ZoneInfo(zone))
    assert day_begins(day, currency) <= coverage.told_in(start) < day_begins(day + timedelta(days=1), currency)
