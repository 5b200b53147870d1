"""Goals: their periods, what fits, how a period is judged, and runs of days."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from trenddojo.domain.budgets import Budget, Unknown
from trenddojo.domain.goal_words import asked
from trenddojo.domain.goals import (
    GoalKind,
    GoalPeriod,
    GoalState,
    Stretch,
    check_goal,
    days_in_a_row,
    judged,
    stretch_of,
    stretches,
)
from trenddojo.domain.nyse import trading_days
from trenddojo.domain.watching import Level, level_of

D = Decimal


@pytest.mark.parametrize(
    ("period", "day", "since", "until"),
    [
        ("week", "2026-11-19", "2026-11-16", "2026-11-22"),
        ("week", "2026-11-16", "2026-11-16", "2026-11-22"),
        ("week", "2027-01-01", "2026-12-28", "2027-01-03"),
        ("month", "2028-02-29", "2028-02-01", "2028-02-29"),
        ("month", "2026-12-31", "2026-12-01", "2026-12-31"),
        ("quarter", "2026-11-19", "2026-10-01", "2026-12-31"),
        ("quarter", "2026-03-31", "2026-01-01", "2026-03-31"),
        ("year", "2026-01-01", "2026-01-01", "2026-12-31"),
    ],
)
def test_the_period_of_a_date(period: str, day: str, since: str, until: str) -> None:
    found = stretch_of(GoalPeriod(period), date.fromisoformat(day))
    assert found == Stretch(date.fromisoformat(since), date.fromisoformat(until))
    assert found.holds(found.since)
    assert found.holds(found.until)


def test_periods_go_back_without_a_gap_to_the_one_that_holds_the_first_day() -> None:
    for period in GoalPeriod:
        found = stretches(period, date(2025, 5, 7), date(2026, 11, 19), 1_000)
        assert found[0].holds(date(2026, 11, 19))
        assert found[-1].holds(date(2025, 5, 7))
        assert all((later.since - earlier.until).days == 1 for later, earlier in pairwise(found))
    assert len(stretches(GoalPeriod.WEEK, date(2025, 5, 7), date(2026, 11, 19), 12)) == 12
    assert len(stretches(GoalPeriod.MONTH, date(2026, 11, 19), date(2026, 11, 19), 12)) == 1


@pytest.mark.parametrize(
    ("kind", "period", "target", "wrong"),
    [
        ("gain_money", "month", "2500.50", set()),
        ("gain_money", "week", "1", {"period"}),
        ("gain_percent", "year", "1000.01", {"target"}),
        ("result_r", "quarter", "0", {"target"}),
        ("drawdown", "month", "100", set()),
        ("drawdown", "month", "100.5", {"target"}),
        ("losses_in_a_row", "month", "0", {"target"}),
        ("losses_in_a_row", "month", "2.5", {"target"}),
        ("stops_loosened", "month", "0", set()),
        ("stops_loosened", "month", "51", {"target"}),
        ("journal_days", "week", "7", set()),
        ("journal_days", "week", "8", {"target"}),
        ("journal_days", "month", "0.5", {"target", "period"}),
    ],
)
def test_what_fits(kind: str, period: str, target: str, wrong: set[str]) -> None:
    assert set(check_goal(GoalKind(kind), GoalPeriod(period), D(target))) == wrong


@pytest.mark.parametrize(
    ("kind", "value", "is_over", "state"),
    [
        ("gain_money", "5", False, "reached"),
        ("gain_money", "4.99", False, "open"),
        ("gain_money", "4.99", True, "missed"),
        ("gain_money", None, False, "open"),
        ("gain_money", None, True, "missed"),
        ("drawdown", "5", False, "open"),
        ("drawdown", "5", True, "reached"),
        ("drawdown", "5.01", False, "missed"),
        ("drawdown", "5.01", True, "missed"),
        ("drawdown", None, True, "reached"),
    ],
)
def test_a_period_is_judged(kind: str, value: str | None, is_over: bool, state: str) -> None:
    found = judged(GoalKind(kind), D(5), None if value is None else D(value), is_over=is_over)
    assert found is GoalState(state)


class TestDaysInARow:
    today = date(2026, 11, 19)  # a Thursday
    sessions = trading_days(date(2026, 11, 1), today)

    def count(self, *days: int) -> int:
        return days_in_a_row({date(2026, 11, day) for day in days}, self.sessions, self.today)

    def test_today_counts_and_is_not_missed_yet(self) -> None:
        assert self.count(17, 18, 19) == 3
        assert self.count(17, 18) == 2
        assert self.count(19) == 1
        assert self.count(16, 17) == 0

    def test_days_off_neither_count_nor_break(self) -> None:
        assert self.count(13, 16, 17, 18) == 4
        assert self.count(12, 14, 15, 16, 17, 18) == 3

    def test_without_any(self) -> None:
        assert self.count() == 0
        assert days_in_a_row(set(), [], self.today) == 0


class TestLevel:
    def level(self, used: str, *, was_near: bool = False, limit: str = "100") -> Level | None:
        return level_of(Budget(D(used), D(limit)), was_near=was_near)

    def test_from_80_percent_on_and_over_below_75(self) -> None:
        assert self.level("79.99") is None
        assert self.level("80") is Level.NEAR
        assert self.level("79.99", was_near=True) is Level.NEAR
        assert self.level("75", was_near=True) is Level.NEAR
        assert self.level("74.99", was_near=True) is None

    def test_at_the_limit(self) -> None:
        assert self.level("99.99") is Level.NEAR
        assert self.level("100") is Level.REACHED
        assert self.level("250", was_near=True) is Level.REACHED

    def test_what_is_unknown_or_of_nothing_says_nothing(self) -> None:
        assert self.level("0", limit="0") is None
        assert level_of(Budget(D(90), D(100), unknown=Unknown.ENTRY_RISK), was_near=True) is None


def test_every_kind_reads_as_a_sentence() -> None:
    said = {kind: asked(kind, D(1), GoalPeriod.MONTH, "USD") for kind in GoalKind}
    assert len(set(said.values())) == len(GoalKind)
    assert said[GoalKind.GAIN_MONEY] == "Earn 1.00 USD a month"
    assert said[GoalKind.LOSSES_IN_A_ROW] == "At most 1 loss in a row in a month"
    assert asked(GoalKind.STOPS_LOOSENED, D(0), GoalPeriod.YEAR, "USD") == "Loosen no stop in a year"
    assert asked(GoalKind.DRAWDOWN, D("2.50"), GoalPeriod.QUARTER, "USD") == "Draw down at most 2.5% in a quarter"
