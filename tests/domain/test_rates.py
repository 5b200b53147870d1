"""Rates by date: the last known, every way that leads there, and nothing where nobody told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from trenddojo.domain.conversion import Conversion
from trenddojo.domain.equity import DayChange
from trenddojo.domain.rates import ECB, DatedRate, FoundRate, RateTable

D = Decimal


def on(day: int) -> date:
    return date(2026, 11, day)


def told(base: str, quote: str, day: int, rate: str, source: str = ECB) -> DatedRate:
    return DatedRate(source, base, quote, on(day), D(rate))


def table(*rates: DatedRate) -> RateTable:
    return RateTable(rates)


class TestAt:
    def test_the_last_on_or_before_the_date(self) -> None:
        rates = table(told("EUR", "USD", 12, "1.10"), told("EUR", "USD", 16, "1.20"))
        assert rates.at("EUR", "USD", on(15)) == FoundRate(D("1.10"), on(12), ECB)
        assert rates.at("EUR", "USD", on(16)) == FoundRate(D("1.20"), on(16), ECB)
        assert rates.at("EUR", "USD", on(30)) == FoundRate(D("1.20"), on(16), ECB)

    def test_none_before_the_first_and_where_nobody_told(self) -> None:
        rates = table(told("EUR", "USD", 12, "1.10"))
        assert rates.at("EUR", "USD", on(11)) is None
        assert rates.at("EUR", "GBP", on(20)) is None
        assert table().at("EUR", "USD", on(20)) is None

    def test_a_currency_is_worth_itself_whatever_is_known(self) -> None:
        assert table().at("CHF", "CHF", on(3)) == FoundRate(D(1), on(3))

    def test_inverse(self) -> None:
        found = table(told("EUR", "USD", 12, "1.25")).at("USD", "EUR", on(12))
        assert found == FoundRate(D("0.8"), on(12), ECB)

    def test_a_cross_is_as_old_as_the_older_of_its_two(self) -> None:
        rates = table(told("EUR", "USD", 12, "1.25"), told("EUR", "GBP", 10, "0.875"))
        assert rates.at("USD", "GBP", on(13)) == FoundRate(D("0.7"), on(10), ECB, "EUR")
        assert rates.at("USD", "GBP", on(11)) is None

    def test_over_the_dollar(self) -> None:
        rates = table(told("USD", "CHF", 12, "0.5"), told("GBP", "USD", 12, "1.5", ECB))
        assert rates.at("GBP", "CHF", on(12)) == FoundRate(D("0.75"), on(12), ECB, "USD")

    def test_the_newest_way_wins_and_of_equal_ones_the_direct(self) -> None:
        rates = table(told("USD", "EUR", 12, "0.81"), told("EUR", "USD", 12, "1.25"))
        assert rates.at("USD", "EUR", on(12)) == FoundRate(D("0.81"), on(12), ECB)
        newer = table(told("USD", "EUR", 12, "0.81"), told("EUR", "USD", 13, "1.25"))
        assert newer.at("USD", "EUR", on(13)) == FoundRate(D("0.8"), on(13), ECB)

    def test_what_a_broker_tells_counts_for_its_account_and_before_the_ecb_on_the_same_date(self) -> None:
        rates = table(told("EUR", "USD", 12, "1.10"), told("EUR", "USD", 12, "1.11", "account-1"))
        assert rates.at("EUR", "USD", on(12), "account-1") == FoundRate(D("1.11"), on(12), "account-1")
        assert rates.at("EUR", "USD", on(12), "account-2") == FoundRate(D("1.10"), on(12), ECB)
        assert rates.at("EUR", "USD", on(12)) == FoundRate(D("1.10"), on(12), ECB)

    def test_sources_are_never_crossed(self) -> None:
        rates = table(told("EUR", "USD", 12, "1.10"), told("EUR", "GBP", 12, "0.9", "account-1"))
        assert rates.at("USD", "GBP", on(12), "account-1") is None


class TestConversion:
    rates = table(told("EUR", "USD", 12, "1.10"), told("EUR", "USD", 16, "1.20"))

    def test_each_day_at_its_own_rate_part_by_part(self) -> None:
        changes = [
            DayChange(on(12), deposits=D("100.05"), booked=D("10.00")),
            DayChange(on(17), open_change=D("-5.01")),
        ]
        done = Conversion(self.rates, "EUR", "USD").changes(changes)
        assert done.is_whole
        assert done.changes == (
            DayChange(on(12), deposits=D("110.06"), booked=D("11.00")),  # 110.055, half to even
            DayChange(on(17), open_change=D("-6.01")),
        )

    def test_days_without_a_rate_are_told_and_left_out(self) -> None:
        changes = [DayChange(on(2), booked=D(10)), DayChange(on(3)), DayChange(on(12), booked=D(10))]
        done = Conversion(self.rates, "EUR", "USD").changes(changes)
        assert (done.unknown, done.is_whole) == ((on(2),), False)
        assert [change.date for change in done.changes] == [on(12)]

    def test_amounts(self) -> None:
        to_dollars = Conversion(self.rates, "EUR", "USD")
        assert to_dollars.amount(D("10.00"), on(16)) == D("12.00")
        assert to_dollars.amount(D("10.00"), on(2)) is None
        assert to_dollars.amount(D("0.00"), on(2)) == 0

    @pytest.mark.parametrize("amount", ["0.01", "-12345.67", "999999999999.99"])
    def test_the_same_currency_changes_nothing(self, amount: str) -> None:
        same = Conversion(table(), "USD", "USD")
        assert same.amount(D(amount), on(1)) == D(amount)
        assert same.changes([DayChange(on(1), other=D(amount))]).changes == (DayChange(on(1), other=D(amount)),)
