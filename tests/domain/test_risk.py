"""Risk settings, budgets, streaks, Kelly and correlation."""

from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trenddojo.domain.budgets import (
    AccountRisk,
    Budget,
    Unknown,
    WindowRisk,
    booked_losses,
    daily_loss,
    daily_risk,
    loss_today,
    open_positions,
    percent_of,
    share_budget,
    unlevered_buying_power,
    weekly_risk,
)
from trenddojo.domain.correlation import are_correlated, returns_correlation
from trenddojo.domain.kelly import KellyRecord, half_kelly_percent
from trenddojo.domain.risk import RiskLimits, check_limits, check_risk_percent, losing_streak
from trenddojo.domain.terms import SizingMethod

D = Decimal
LIMITS = RiskLimits()
ACCOUNT = AccountRisk(
    equity=D("100000"),
    equity_at_day_start=D("101000"),
    flows_today=D(0),
    today=WindowRisk(open_initial_risk=D(700), booked_losses=D(300), unknown_entries=0),
    this_week=WindowRisk(open_initial_risk=D(1500), booked_losses=D(900), unknown_entries=0),
    working_risk=D(250),
    open_positions=4,
    buying_power=D(50000),
    losing_streak=0,
)
PERCENTAGES = ["max_risk_per_trade", "max_risk_per_day", "max_risk_per_week", "daily_loss_limit"]


class TestLimits:
    def test_defaults_are_allowed(self) -> None:
        assert check_limits(LIMITS) == {}

    @pytest.mark.parametrize("field", PERCENTAGES)
    @pytest.mark.parametrize("value", ["0.1", "10", "2.75"])
    def test_percentages_within_the_range(self, field: str, value: str) -> None:
        assert check_limits(replace(LIMITS, **{field: D(value)})) == {}

    @pytest.mark.parametrize("field", PERCENTAGES)
    @pytest.mark.parametrize("value", ["0.09", "10.01", "0", "-1", "NaN", "Infinity", "sNaN"])
    def test_percentages_outside_the_range(self, field: str, value: str) -> None:
        assert check_limits(replace(LIMITS, **{field: D(value)})) == {field: "Must be from 0.1% to 10%."}

    def test_position_value_may_be_all_of_equity(self) -> None:
        assert check_limits(replace(LIMITS, max_position_value=D(100))) == {}
        too_much = check_limits(replace(LIMITS, max_position_value=D("100.1")))
        assert too_much == {"max_position_value": "Must be from 0.1% to 100%."}

    @pytest.mark.parametrize(
        ("field", "bad", "sentence"),
        [
            ("max_open_positions", 0, "Must be a whole number from 1 to 1,000."),
            ("max_correlated_positions", 1001, "Must be a whole number from 1 to 1,000."),
            ("max_sector_positions", 0, "Must be a whole number from 1 to 1,000."),
            ("halve_after_losses", -1, "Must be a whole number from 0 to 20."),
        ],
    )
    def test_counts(self, field: str, bad: int, sentence: str) -> None:
        assert check_limits(replace(LIMITS, **{field: bad})) == {field: sentence}

    def test_fixed_units_are_needed_by_their_method_only(self) -> None:
        by_units = replace(LIMITS, sizing_method=SizingMethod.FIXED_UNITS)
        assert check_limits(by_units) == {"fixed_units": "Sizing by fixed units needs the number of units."}
        assert check_limits(replace(by_units, fixed_units=D(100))) == {}
        assert set(check_limits(replace(by_units, fixed_units=D("NaN")))) == {"fixed_units"}
        assert set(check_limits(replace(LIMITS, fixed_units=D(0)))) == {"fixed_units"}

    def test_every_error_names_a_field(self) -> None:
        bad = RiskLimits(D(0), D(0), D(0), D(0), D(0), 0, 0, 0, SizingMethod.FIXED_UNITS, None, -1)
        names = {field.name for field in fields(RiskLimits)} - {"sizing_method"}
        assert set(check_limits(bad)) == names

    @pytest.mark.parametrize(("percent", "fits"), [("1", True), ("0.01", True), ("1.01", False), ("0", False)])
    def test_own_risk_is_at_most_the_maximum(self, percent: str, fits: bool) -> None:
        assert (check_risk_percent(D(percent), LIMITS) is None) is fits

    def test_own_risk_error_names_the_limit(self) -> None:
        assert check_risk_percent(D(2), LIMITS) == "The risk of a trade may not exceed your limit of 1%."
        assert check_risk_percent(D("NaN"), LIMITS) == "The risk of a trade must be above 0%."


class TestStreak:
    @pytest.mark.parametrize(
        ("newest_first", "streak"),
        [
            ([], 0),
            (["5", "-1", "-1"], 0),
            (["-1", "-1", "-1", "5"], 3),
            (["-1", "0", "-1", "0", "-1", "9", "-1"], 3),  # breakevens neither extend nor end it
            (["0", "0"], 0),
        ],
    )
    def test_counts_losses_since_the_last_win(self, newest_first: list[str], streak: int) -> None:
        assert losing_streak(map(D, newest_first)) == streak

    def test_the_band_makes_breakevens(self) -> None:
        results = [D("-2"), D("-0.50"), D("0.50"), D("-3"), D("0.51"), D("-9")]
        assert losing_streak(results, band=D("0.50")) == 2

    def test_reads_no_further_than_the_win(self) -> None:
        def results() -> list[Decimal]:
            yield D(-1)
            yield D(1)
            raise AssertionError("read on after the win")

        assert losing_streak(results()) == 1

    @pytest.mark.parametrize(("after", "streak", "halved"), [(3, 2, False), (3, 3, True), (3, 7, True), (0, 99, False)])
    def test_when_it_halves(self, after: int, streak: int, halved: bool) -> None:
        limits = replace(LIMITS, halve_after_losses=after)
        assert limits.halved_by(streak) is halved
        assert limits.after_streak(D(1), streak) == (D("0.5") if halved else D(1))


class TestBudgets:
    def test_risk_used_adds_open_working_and_booked(self) -> None:
        today, week = daily_risk(LIMITS, ACCOUNT), weekly_risk(LIMITS, ACCOUNT)
        assert (today.used, today.limit, today.left) == (D(1250), D(3000), D(1750))
        assert (week.used, week.limit, week.left) == (D(2650), D(6000), D(3350))
        assert today.share(today.used) == D("1.25")

    def test_an_entry_of_unknown_risk_leaves_nothing(self) -> None:
        account = replace(ACCOUNT, this_week=replace(ACCOUNT.this_week, unknown_entries=1))
        assert daily_risk(LIMITS, account).left == 1750
        week = weekly_risk(LIMITS, account)
        assert week.unknown is Unknown.ENTRY_RISK
        assert week.left == 0

    def test_losses_are_netted_within_a_trade_only(self) -> None:
        assert booked_losses([D("-100"), D(250), D("-0.01"), D(0)]) == D("100.01")
        assert booked_losses([]) == 0

    @pytest.mark.parametrize(
        ("start", "flows", "now", "loss"),
        [
            ("101000", "0", "100000", "1000"),
            ("101000", "5000", "106500", "0"),  # the deposit is no gain that hides, and 500 was earned
            ("101000", "5000", "105500", "500"),
            ("101000", "-20000", "80000", "1000"),
        ],
    )
    def test_daily_loss_takes_flows_out(self, start: str, flows: str, now: str, loss: str) -> None:
        account = replace(ACCOUNT, equity_at_day_start=D(start), flows_today=D(flows), equity=D(now))
        assert loss_today(account) == D(loss)
        assert daily_loss(LIMITS, account) == share_budget(D(loss), D(2), D(start))

    def test_daily_loss_limit_is_of_the_days_start(self) -> None:
        assert daily_loss(LIMITS, ACCOUNT).limit == D(2020)

    def test_positions(self) -> None:
        assert open_positions(LIMITS, ACCOUNT) == Budget(D(4), D(5))

    def test_nothing_is_left_of_a_budget_overdrawn(self) -> None:
        assert Budget(used=D(10), limit=D(7)).left == 0
        assert share_budget(D(0), D(1), D(-500)).limit == 0

    def test_a_share_of_nothing_is_empty(self) -> None:
        assert percent_of(D(10), D(0)) is None
        assert percent_of(D(10), D(-4)) is None
        assert Budget(D(1), D(2)).share(D(1)) is None

    def test_buying_power_without_a_broker(self) -> None:
        assert unlevered_buying_power(D(100000), D(30000)) == D(70000)
        assert unlevered_buying_power(D(100000), D(130000), leverage=D(2)) == D(70000)


def kelly_record(trades: int, wins: int, losses: int, win: str | None, loss: str | None) -> KellyRecord:
    return KellyRecord(trades, wins, losses, win and D(win), loss and D(loss))  # type: ignore[arg-type]


class TestKelly:
    def test_the_textbook_example(self) -> None:
        # W = 0.4, payoff 2.5 / 1: f = 0.4 - 0.6 / 2.5 = 0.16, half of it 8%
        assert half_kelly_percent(kelly_record(50, 20, 30, "2.5", "-1")) == D(8)

    def test_breakevens_count_as_trades_and_not_in_the_win_rate(self) -> None:
        assert half_kelly_percent(kelly_record(30, 10, 15, "2.5", "-1")) == D(8)

    @pytest.mark.parametrize(
        "record",
        [
            kelly_record(40, 10, 30, "2", "-1"),  # f = 0.25 - 0.75 / 2
            kelly_record(40, 20, 20, "1", "-1"),  # f = 0
            kelly_record(30, 0, 30, None, "-1"),
        ],
    )
    def test_no_edge_allows_nothing(self, record: KellyRecord) -> None:
        assert half_kelly_percent(record) == 0

    @pytest.mark.parametrize(
        "record",
        [kelly_record(29, 15, 14, "2", "-1"), kelly_record(30, 30, 0, "2", None), kelly_record(0, 0, 0, None, None)],
    )
    def test_too_little_to_go_by(self, record: KellyRecord) -> None:
        assert half_kelly_percent(record) is None

    @given(
        st.integers(1, 500),
        st.integers(1, 500),
        st.decimals("0.01", "20", places=2),
        st.decimals("0.01", "5", places=2),
    )
    def test_agrees_with_the_formula(self, wins: int, losses: int, win: Decimal, loss: Decimal) -> None:
        rate = Fraction(wins, wins + losses)
        fraction = rate - (1 - rate) / (Fraction(win) / Fraction(loss))
        found = half_kelly_percent(KellyRecord(max(30, wins + losses), wins, losses, win, -loss))
        assert found is not None
        assert abs(Fraction(found) - max(Fraction(0), fraction * 50)) < Fraction(1, 10**20)


def returns(values: list[float]) -> dict[date, float]:
    return {date(2026, 1, 1) + timedelta(days=day): value for day, value in enumerate(values)}


WAVE = [((day * 7) % 11 - 5) / 100 for day in range(61)]


class TestCorrelation:
    def test_moves_together_or_against(self) -> None:
        one, other = returns(WAVE), returns([2 * value for value in WAVE])
        against = returns([-value for value in WAVE])
        assert returns_correlation(one, other) == pytest.approx(1)
        assert returns_correlation(one, against) == pytest.approx(-1)

    def test_needs_sixty_days_that_both_have(self) -> None:
        one = returns(WAVE[:60])
        assert returns_correlation(one, one) == pytest.approx(1)
        fewer = dict(list(one.items())[:59])
        assert returns_correlation(one, fewer) is None

    def test_only_the_last_sixty_count(self) -> None:
        one, other = WAVE[:], WAVE[:]
        one[0], other[0] = 50.0, -50.0
        assert returns_correlation(returns(one), returns(other)) == pytest.approx(1)

    def test_a_price_that_never_moved_says_nothing(self) -> None:
        assert returns_correlation(returns(WAVE), returns([0.0] * 61)) is None

    @pytest.mark.parametrize(
        ("measured", "same_direction", "correlated"),
        [(0.7, True, True), (0.69, True, False), (-0.9, True, False), (-0.7, False, True), (0.9, False, False)],
    )
    def test_the_threshold_by_direction(self, measured: float, same_direction: bool, correlated: bool) -> None:
        assert are_correlated(measured, same_direction, same_group=not correlated) is correlated

    @pytest.mark.parametrize("same_group", [True, False])
    def test_without_history_the_group_decides(self, same_group: bool) -> None:
        assert are_correlated(None, same_direction=True, same_group=same_group) is same_group
