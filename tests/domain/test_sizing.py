"""Sizing: the ticket's own example, each cap alone, words, and properties checked against plain fractions."""

from collections.abc import Callable
from dataclasses import fields, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trenddojo.domain.budgets import AccountRisk, Unknown, WindowRisk
from trenddojo.domain.caps import Cost, largest_multiple
from trenddojo.domain.commissions import Commission, account_fees, alpaca, ibkr_fixed
from trenddojo.domain.figures import apart, number
from trenddojo.domain.kelly import KellyRecord
from trenddojo.domain.risk import RiskLimits
from trenddojo.domain.sizing import (
    Cap,
    PositionFacts,
    Sizing,
    SizingRequest,
    WarningCode,
    assess,
    check_plan,
    check_quantity,
    size,
)
from trenddojo.domain.terms import AssetType, Direction, SizingMethod
from trenddojo.domain.worded import binding_sentence, breach_sentence, cap_label, warning_sentence

D = Decimal
QUIET = WindowRisk(open_initial_risk=D(0), booked_losses=D(0), unknown_entries=0)
NOTHING_HELD = PositionFacts(adds_to_position=False, value=D(0), heat=D(0), correlated_positions=0)
FREE = account_fees(D(0), D(0))

TICKET = SizingRequest(
    direction=Direction.LONG,
    entry=D("146.20"),
    stop=D("138.60"),
    targets=(D("165.20"), D("176.60")),
    asset_type=AssetType.STOCK,
    multiplier=D(1),
    fx_rate=D(1),
    lot=D(1),
    commission=alpaca(AssetType.STOCK, D(1)),
    limits=RiskLimits(max_open_positions=8),
    account=AccountRisk(
        equity=D("109376.12"),
        equity_at_day_start=D("110131.76"),
        flows_today=D(0),
        today=WindowRisk(open_initial_risk=D("2378.25"), booked_losses=D(0), unknown_entries=0),
        this_week=WindowRisk(open_initial_risk=D("2782.57"), booked_losses=D(0), unknown_entries=0),
        working_risk=D(0),
        open_positions=7,
        buying_power=D("111759"),
        losing_streak=0,
    ),
    position=replace(NOTHING_HELD, correlated_positions=2),
)

ROOMY = replace(
    TICKET,
    limits=RiskLimits(max_open_positions=1000, max_correlated_positions=1000),
    account=AccountRisk(
        equity=D(100000),
        equity_at_day_start=D(100000),
        flows_today=D(0),
        today=QUIET,
        this_week=QUIET,
        working_risk=D(0),
        open_positions=0,
        buying_power=D(10**9),
        losing_streak=0,
    ),
    position=NOTHING_HELD,
    entry=D(50),
    stop=D(45),
    targets=(D(60),),
    commission=FREE,
)
"""A thousand at risk over five a share: 200 shares."""


def with_account(request: SizingRequest, **facts: Any) -> SizingRequest:
    return replace(request, account=replace(request.account, **facts))


def with_limits(request: SizingRequest, **limits: Any) -> SizingRequest:
    return replace(request, limits=replace(request.limits, **limits))


def with_position(request: SizingRequest, **facts: Any) -> SizingRequest:
    return replace(request, position=replace(request.position, **facts))


def by_kelly(*record: Any) -> SizingRequest:
    return with_limits(replace(ROOMY, kelly=KellyRecord(*record)), sizing_method=SizingMethod.KELLY)


def allowances(sizing: Sizing) -> dict[Cap, Decimal | None]:
    return {reading.cap: reading.allows for reading in sizing.caps}


class TestTicket:
    """The figures of the ticket's picture."""

    def test_quantity_and_cap_bars(self) -> None:
        sizing = size(TICKET)
        assert sizing.quantity == sizing.allowed == 118
        assert [(reading.cap, reading.allows) for reading in sizing.caps] == [
            (Cap.DAILY_RISK, 118),
            (Cap.RISK_PER_TRADE, 143),
            (Cap.DAILY_LOSS, 190),
            (Cap.POSITION_VALUE, 224),
            (Cap.WEEKLY_RISK, 497),
            (Cap.BUYING_POWER, 764),
            (Cap.OPEN_POSITIONS, None),
            (Cap.CORRELATED_POSITIONS, None),
        ]

    def test_figures(self) -> None:
        sizing = size(TICKET)
        assert sizing.position_value == D("17251.60")
        assert number(sizing.position_percent or D(0), 1) == "15.8"
        assert sizing.loss_at_stop == D("896.80")
        assert number(sizing.loss_percent or D(0), 2) == "0.82"
        assert sizing.commission == 0
        assert number(sizing.risk_amount, 2) == "1,093.76"
        assert sizing.risk_percent == 1
        assert sizing.r_per_point * D("7.60") == pytest.approx(1)

    def test_targets_are_for_the_whole_quantity(self) -> None:
        first, second = size(TICKET).targets
        assert (first.distance_r, first.gain, first.reward_to_risk) == (D("2.5"), D("2242.00"), D("2.5"))
        assert (second.distance_r, second.gain, second.reward_to_risk) == (D(4), D("3587.20"), D(4))

    def test_limits_before_and_after(self) -> None:
        daily = size(TICKET).binding
        assert number(daily.budget.share(daily.budget.used) or D(0), 2) == "2.17"
        assert number(daily.budget.share(daily.after) or D(0), 2) == "2.99"

    def test_words(self) -> None:
        sizing = size(TICKET)
        assert str(binding_sentence(sizing)) == (
            "Bound by daily risk left. 1.00% would allow 143; today has 903.03 left of 3,281.28."
        )
        assert [cap_label(reading) for reading in sizing.caps[:4]] == [
            "Daily risk left",
            "Risk per trade 1.00%",
            "Daily loss limit",
            "Position value 30%",
        ]
        assert [warning_sentence(warning) for warning in sizing.warnings] == [
            "This would be position 8 of 8.",
            "This would be correlated position 3 of 3.",
        ]

    def test_more_than_allowed_is_denied_with_rule_number_and_limit(self) -> None:
        sizing = assess(TICKET, D(177))
        assert sizing.allowed == 118
        assert sizing.loss_at_stop == D("1345.20")
        assert [breach_sentence(reading) for reading in sizing.breaches] == [
            "Risk of this trade would be 1.2% of equity; your limit is 1.0%.",
            "Risk today would be 3.4% of equity; your limit is 3.0%.",
        ]


CAP_CASES: list[tuple[Cap, SizingRequest, int, str]] = [
    (
        Cap.OPEN_POSITIONS,
        with_account(with_limits(ROOMY, max_open_positions=5), open_positions=5),
        0,
        "Nothing allowed by open positions. 1.00% would allow 200; 5 of 5 positions are open.",
    ),
    (
        Cap.CORRELATED_POSITIONS,
        with_position(with_limits(ROOMY, max_correlated_positions=3), correlated_positions=3),
        0,
        "Nothing allowed by correlated positions. 1.00% would allow 200; 3 of 3 correlated positions are open.",
    ),
    (
        Cap.SECTOR_POSITIONS,
        with_position(with_limits(ROOMY, max_sector_positions=2), sector_positions=2),
        0,
        "Nothing allowed by sector positions. 1.00% would allow 200; 2 of 2 positions in its sector are open.",
    ),
    (
        Cap.FIXED_UNITS,
        with_limits(ROOMY, sizing_method=SizingMethod.FIXED_UNITS, fixed_units=D(100)),
        100,
        "Bound by fixed units. 1.00% would allow 200; your fixed size is 100.",
    ),
    (
        Cap.KELLY,  # f = 0.4 - 0.6 / 1.55 = 0.0129..., half 0.6452%
        by_kelly(50, 20, 30, D("1.55"), D(-1)),
        129,
        "Bound by half Kelly. 1.00% would allow 200; half Kelly, 0.6452% of equity, is 645.16.",
    ),
    (Cap.RISK_PER_TRADE, ROOMY, 200, "Bound by risk per trade. 1.00% of equity is 1,000.00."),
    (
        Cap.RISK_PER_TRADE,
        with_position(ROOMY, adds_to_position=True, heat=D(400)),
        120,
        "Bound by risk per trade. 1.00% of equity leaves 600.00 of 1,000.00.",
    ),
    (
        Cap.POSITION_VALUE,
        with_position(ROOMY, value=D(25000)),
        100,
        "Bound by position value. 1.00% would allow 200; 30.00% of equity leaves 5,000.00 of 30,000.00.",
    ),
    (
        Cap.BUYING_POWER,
        with_account(ROOMY, buying_power=D("4999.99")),
        99,
        "Bound by buying power. 1.00% would allow 200; buying power is 4,999.99.",
    ),
    (
        Cap.DAILY_RISK,
        with_account(ROOMY, working_risk=D(1500), today=replace(QUIET, booked_losses=D(750))),
        150,
        "Bound by daily risk left. 1.00% would allow 200; today has 750.00 left of 3,000.00.",
    ),
    (
        Cap.WEEKLY_RISK,
        with_account(ROOMY, this_week=replace(QUIET, open_initial_risk=D(5996))),
        0,
        "Nothing allowed by weekly risk left. 1.00% would allow 200; this week has 4.00 left of 6,000.00.",
    ),
    (
        Cap.DAILY_LOSS,
        with_account(ROOMY, equity_at_day_start=D(99000), flows_today=D(2500)),
        96,
        "Bound by daily loss limit. 1.00% would allow 200; the daily loss limit has 480.00 left of 1,980.00.",
    ),
]


class TestEachCap:
    @pytest.mark.parametrize(("cap", "request_", "quantity", "sentence"), CAP_CASES)
    def test_binds(self, cap: Cap, request_: SizingRequest, quantity: int, sentence: str) -> None:
        sizing = size(request_)
        assert (sizing.binding.cap, sizing.quantity) == (cap, quantity)
        assert str(binding_sentence(sizing)) == sentence

    @pytest.mark.parametrize(
        ("case", "quantity", "sentence"),
        [
            (0, 1, "Open positions would be 6; your limit is 5."),
            (1, 1, "Correlated positions would be 4; your limit is 3."),
            (2, 1, "Positions in its sector would be 3; your limit is 2."),
            (3, 101, "The quantity would be 101; your fixed size is 100."),
            (4, 130, "Risk of this trade would be 0.6500% of equity; half Kelly is 0.6452%."),
            (5, 201, "Risk of this trade would be 1.005% of equity; your limit is 1.000%."),
            (7, 101, "Position value would be 30.05% of equity; your limit is 30.00%."),
            (8, 100, "The order would take 5,000.00; your buying power is 4,999.99."),
            (9, 151, "Risk today would be 3.005% of equity; your limit is 3.000%."),
            (10, 1, "Risk this week would be 6.001% of equity; your limit is 6.000%."),
            (11, 97, "Loss today would be 2.01% of the day's starting equity; your limit is 2.00%."),
        ],
    )
    def test_denies(self, case: int, quantity: int, sentence: str) -> None:
        cap, request, _, _ = CAP_CASES[case]
        (reading,) = assess(request, D(quantity)).breaches[:1]
        assert reading.cap is cap
        assert breach_sentence(reading) == sentence

    def test_ties_go_to_the_first(self) -> None:
        tied = with_limits(ROOMY, max_position_value=D(10), max_risk_per_day=D(1), max_risk_per_week=D(1))
        assert size(tied).binding.cap is Cap.RISK_PER_TRADE
        nothing = with_account(with_limits(ROOMY, max_open_positions=1), open_positions=1, buying_power=D(0))
        assert size(nothing).binding.cap is Cap.OPEN_POSITIONS

    def test_ties_are_after_rounding_to_lots(self) -> None:
        request = replace(with_account(ROOMY, buying_power=D(5999)), lot=D(100))
        sizing = size(with_limits(request, max_risk_per_trade=D("0.9")))
        assert (sizing.binding.cap, sizing.quantity) == (Cap.RISK_PER_TRADE, 100)

    def test_an_add_counts_as_no_further_position(self) -> None:
        full = with_limits(with_account(ROOMY, open_positions=5), max_open_positions=5, max_correlated_positions=1)
        full = with_position(full, correlated_positions=3, sector_positions=3)
        assert size(full).quantity == 0
        add = size(with_position(full, adds_to_position=True))
        assert add.quantity == 200
        assert {Cap.OPEN_POSITIONS, Cap.CORRELATED_POSITIONS, Cap.SECTOR_POSITIONS}.isdisjoint(allowances(add))

    def test_locked_in_profit_never_enlarges_an_add(self) -> None:
        add = with_position(ROOMY, adds_to_position=True, heat=D(-5000))
        assert size(add).quantity == size(ROOMY).quantity

    def test_equal_to_the_limit_passes(self) -> None:
        assert assess(ROOMY, D(200)).breaches == ()
        assert [reading.cap for reading in assess(ROOMY, D(201)).breaches] == [Cap.RISK_PER_TRADE]

    def test_no_new_risk_at_the_daily_loss_limit(self) -> None:
        at_limit = size(with_account(ROOMY, equity=D(98000)))
        assert (at_limit.quantity, at_limit.binding.cap) == (0, Cap.DAILY_LOSS)

    def test_ruin_allows_nothing_and_has_no_percentages(self) -> None:
        ruined = with_account(ROOMY, equity=D(-120), equity_at_day_start=D(-120))
        assert size(ruined).quantity == 0
        sizing = assess(ruined, D(10))
        assert sizing.risk_amount == 0
        assert sizing.loss_percent is None
        assert breach_sentence(sizing.breaches[0]) == "Risk of this trade would be 50.00; your limit is 0.00."


class TestUnknownFacts:
    """An unknown never passes."""

    def test_entry_without_a_stop(self) -> None:
        unknown = with_account(ROOMY, today=replace(QUIET, unknown_entries=1))
        sizing = size(unknown)
        assert (sizing.quantity, sizing.binding.cap) == (0, Cap.DAILY_RISK)
        assert sizing.binding.budget.unknown is Unknown.ENTRY_RISK
        assert str(binding_sentence(sizing)) == (
            "Nothing allowed by daily risk left. 1.00% would allow 200; "
            "an entry has no valid stop, so the risk taken is unknown."
        )
        assert [breach_sentence(reading) for reading in assess(unknown, D(1)).breaches] == [
            "Daily risk left cannot be checked: an entry has no valid stop, so the risk taken is unknown."
        ]

    def test_buying_power(self) -> None:
        sizing = size(with_account(ROOMY, buying_power=None))
        assert (sizing.quantity, sizing.binding.cap) == (0, Cap.BUYING_POWER)

    def test_margin_of_a_future(self) -> None:
        future = replace(ROOMY, asset_type=AssetType.FUTURE, multiplier=D(10))
        sizing = size(future)
        assert (sizing.quantity, sizing.binding.cap) == (0, Cap.POSITION_VALUE)
        assert sizing.position_value is None
        assert [reading.cap for reading in assess(future, D(1)).breaches] == [Cap.POSITION_VALUE, Cap.BUYING_POWER]


class TestInstruments:
    def test_futures_use_initial_margin_for_value_and_buying_power(self) -> None:
        future = replace(ROOMY, asset_type=AssetType.FUTURE, multiplier=D(10), initial_margin=D(7000))
        sizing = size(future)
        assert (sizing.quantity, sizing.binding.cap) == (4, Cap.POSITION_VALUE)
        assert sizing.position_value == 28000
        assert allowances(size(with_account(future, buying_power=D(13999))))[Cap.BUYING_POWER] == 1

    def test_multiplier_and_fx_rate(self) -> None:
        option = replace(ROOMY, asset_type=AssetType.OPTION, multiplier=D(100), fx_rate=D("1.25"))
        sizing = size(option)
        assert sizing.quantity == 1
        assert sizing.loss_at_stop == D(625)
        assert sizing.position_value == D(6250)
        assert sizing.targets[0].gain == D(1250)

    def test_commissions_are_converted_too(self) -> None:
        sizing = assess(replace(ROOMY, commission=account_fees(D(0), D(4)), fx_rate=D("0.5")), D(10))
        assert sizing.commission == D(4)
        assert sizing.loss_at_stop == D(29)
        assert sizing.targets[0].gain == D(46)

    def test_commissions_with_a_minimum_count_in_full(self) -> None:
        per_share = ibkr_fixed(AssetType.STOCK, D(1))
        sizing = size(replace(ROOMY, commission=per_share))
        assert sizing.quantity == 199  # 200 would lose 1,000 and 2.00 of commission
        assert sizing.commission == D("2.00")
        assert sizing.loss_at_stop == D("997.00")

    def test_an_exact_fit_is_found_between_the_brackets(self) -> None:
        request = with_account(ROOMY, equity=D(60000), equity_at_day_start=D(60000))
        assert size(replace(request, commission=account_fees(D("0.5"), D(0)))).quantity == 100  # 600 at 5 and 2 x 0.50

    def test_buying_power_pays_the_entry_commission(self) -> None:
        fees = replace(with_account(ROOMY, buying_power=D(5000)), commission=account_fees(D(0), D(1)))
        assert allowances(size(fees))[Cap.BUYING_POWER] == 99

    def test_fractions_except_for_shorts_and_brackets(self) -> None:
        request = replace(with_account(ROOMY, buying_power=D("123.45")), lot=D("0.001"))
        assert size(request).quantity == D("2.469")
        assert size(replace(request, bracket=True)).quantity == 2
        short = replace(request, direction=Direction.SHORT, stop=D(55), targets=(D(40),))
        assert size(short).quantity == 2

    @pytest.mark.parametrize(("lot", "step"), [("100", "100"), ("1", "1"), ("0.25", "1"), ("2.5", "5"), ("1E-9", "1")])
    def test_whole_multiples_of_the_lot(self, lot: str, step: str) -> None:
        assert replace(ROOMY, lot=D(lot), bracket=True).step == D(step)


class TestMethods:
    def test_three_losses_halve_percent_and_units(self) -> None:
        cold = with_account(ROOMY, losing_streak=3)
        sizing = size(cold)
        assert (sizing.quantity, sizing.risk_percent, sizing.risk_amount, sizing.halved) == (100, D("0.5"), 500, True)
        assert [warning_sentence(warning) for warning in sizing.warnings] == [
            "3 losses in a row: risk and fixed units are halved until the next win."
        ]
        units = size(with_limits(cold, sizing_method=SizingMethod.FIXED_UNITS, fixed_units=D(60)))
        assert units.quantity == 30
        assert binding_sentence(units).detail == "0.50% would allow 100; your fixed size, halved, is 30."

    def test_own_risk_below_the_maximum(self) -> None:
        sizing = size(replace(ROOMY, risk_percent=D("0.25")))
        assert (sizing.quantity, sizing.risk_percent) == (50, D("0.25"))

    def test_fixed_units_stay_within_the_risk(self) -> None:
        sizing = size(with_limits(ROOMY, sizing_method=SizingMethod.FIXED_UNITS, fixed_units=D(1000)))
        assert (sizing.quantity, sizing.binding.cap) == (200, Cap.RISK_PER_TRADE)

    def test_kelly_above_the_maximum_is_the_maximum(self) -> None:
        sizing = size(by_kelly(50, 20, 30, D("2.5"), D(-1)))
        assert (sizing.quantity, sizing.binding.cap) == (200, Cap.RISK_PER_TRADE)
        assert sizing.reading(Cap.KELLY) is None

    def test_half_kelly_equal_to_the_maximum_is_the_maximum(self) -> None:
        sizing = size(by_kelly(50, 26, 24, D("0.96"), D(-1)))  # f = 0.52 - 0.48 / 0.96 = 0.02
        assert (sizing.quantity, sizing.binding.cap) == (200, Cap.RISK_PER_TRADE)

    def test_kelly_below_is_halved_with_the_rest(self) -> None:
        request = by_kelly(50, 20, 30, D("1.5625"), D(-1))  # f = 0.4 - 0.6 / 1.5625 = 0.016
        warm, cold = size(request), size(with_account(request, losing_streak=4))
        assert (warm.risk_percent, warm.quantity) == (D("0.8"), 160)
        assert (cold.risk_percent, cold.quantity, cold.binding.cap) == (D("0.4"), 80, Cap.KELLY)

    def test_no_edge_allows_nothing(self) -> None:
        sizing = size(by_kelly(40, 10, 30, D(2), D(-1)))
        assert (sizing.quantity, sizing.binding.cap) == (0, Cap.KELLY)

    def test_too_few_trades_fall_back_and_say_so(self) -> None:
        sizing = size(by_kelly(12, 6, 6, D(2), D(-1)))
        assert (sizing.quantity, sizing.binding.cap) == (200, Cap.RISK_PER_TRADE)
        assert [warning_sentence(warning) for warning in sizing.warnings] == [
            "Kelly needs 30 closed trades with R, and a loss among them; with 12, fixed risk applies."
        ]


class TestWarnings:
    @pytest.mark.parametrize(
        ("stop", "warns"), [("199", False), ("199.01", True), ("199.000001", True), ("198", False)]
    )
    def test_stops_nearer_than_half_a_percent(self, stop: str, warns: bool) -> None:
        sizing = size(replace(ROOMY, entry=D(200), stop=D(stop), targets=()))
        assert (WarningCode.CLOSE_STOP in [warning.code for warning in sizing.warnings]) is warns

    def test_close_stop_shows_two_figures_that_differ(self) -> None:
        (warning,) = size(replace(ROOMY, entry=D(200), stop=D("199.01"), targets=())).warnings
        assert (warning.figure, warning.limit) == (D("0.495"), D("0.5"))
        assert warning_sentence(warning) == "The stop is 0.495% from the entry, nearer than 0.500%."

    def test_no_model_is_no_estimate(self) -> None:
        sizing = size(replace(ROOMY, commission=None))
        assert sizing.commission is None
        assert [warning_sentence(warning) for warning in sizing.warnings] == [
            "There is no commission model for this broker and asset: none is estimated."
        ]


class TestPlans:
    @pytest.mark.parametrize(
        ("direction", "entry", "stop", "targets", "errors"),
        [
            ("long", "146.20", "138.60", ["165.20"], {}),
            ("short", "146.2", "150", ["130", "120"], {}),
            ("long", "146.2", "150", [], {"stop": "A long's stop must be below its entry of 146.20."}),
            ("long", "146.2", "146.20", [], {"stop": "A long's stop must be below its entry of 146.20."}),
            ("short", "1.23456", "1.2", [], {"stop": "A short's stop must be above its entry of 1.23456."}),
            ("long", "10", "9", ["9", "11"], {"target_1": "A long's target must be above its entry of 10.00."}),
            ("short", "10", "11", ["9", "10"], {"target_2": "A short's target must be below its entry of 10.00."}),
            ("long", "0", "-1", [], {"entry": "Must be a price above 0.", "stop": "Must be a price above 0."}),
            ("long", "10", "NaN", ["12"], {"stop": "Must be a price above 0."}),
        ],
    )
    def test_sides(self, direction: str, entry: str, stop: str, targets: list[str], errors: dict[str, str]) -> None:
        assert check_plan(Direction(direction), D(entry), D(stop), [D(t) for t in targets]) == errors

    def test_at_most_two_targets(self) -> None:
        with pytest.raises(ValueError, match="at most 2"):
            check_plan(Direction.LONG, D(10), D(9), [D(11), D(12), D(13)])

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"stop": D(51)}, "stop"),
            ({"lot": D(0)}, "lot"),
            ({"fx_rate": D("NaN")}, "fx_rate"),
            ({"multiplier": D(-1)}, "multiplier"),
            ({"initial_margin": D(0)}, "initial_margin"),
            ({"risk_percent": D("1.5")}, "risk_percent"),
            ({"limits": RiskLimits(max_risk_per_day=D(11))}, "max_risk_per_day"),
            ({"limits": RiskLimits(sizing_method=SizingMethod.KELLY)}, "kelly"),
        ],
    )
    def test_a_request_that_means_nothing_is_refused(self, change: dict[str, Any], field: str) -> None:
        with pytest.raises(ValueError, match=field):
            replace(ROOMY, **change)

    @pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "Infinity"])
    def test_a_chosen_quantity_is_above_zero(self, quantity: str) -> None:
        assert check_quantity(ROOMY, D(quantity)) == "The quantity must be above 0."
        with pytest.raises(ValueError, match="above 0"):
            assess(ROOMY, D(quantity))

    def test_a_chosen_quantity_is_on_the_lot(self) -> None:
        assert check_quantity(ROOMY, D("1.5")) == "The quantity must be a multiple of 1."
        assert check_quantity(replace(ROOMY, lot=D("0.5")), D("1.5")) is None


# Properties. Commissions include one that jumps, as tiers do.


def tiers(quantity: Decimal, price: Decimal) -> Decimal:
    return D(quantity // 7) * D("3.1") + (D(25) if quantity > 40 else D(0))


COMMISSIONS: dict[str, Commission | None] = {
    "none": None,
    "free": FREE,
    "ibkr": ibkr_fixed(AssetType.STOCK, D(1)),
    "crypto": alpaca(AssetType.CRYPTO, D(1)),
    "fees": account_fees(D("0.015"), D("4.95")),
    "tiers": tiers,
}
amounts = st.sampled_from([D(0), D("17.31"), D(250), D("812.4")])
percentages = st.sampled_from([D(p) for p in ("0.25", "0.8", "1", "1.5", "2", "3", "6", "10")])
rarely_one = st.integers(0, 19).map(lambda n: int(n == 7))


@st.composite
def windows(draw: st.DrawFn) -> WindowRisk:
    return WindowRisk(draw(amounts), draw(amounts), draw(rarely_one))


@st.composite
def limits(draw: st.DrawFn) -> RiskLimits:
    return RiskLimits(
        max_risk_per_trade=draw(percentages),
        max_risk_per_day=draw(percentages),
        max_risk_per_week=draw(percentages),
        daily_loss_limit=draw(percentages),
        max_position_value=draw(st.sampled_from([D("0.5"), D(10), D(30), D(100)])),
        max_open_positions=draw(st.integers(4, 9)),
        max_correlated_positions=draw(st.integers(2, 5)),
        max_sector_positions=draw(st.integers(2, 5)),
        sizing_method=draw(st.sampled_from(list(SizingMethod))),
        fixed_units=draw(st.decimals("0.001", "5000", places=3)),
        halve_after_losses=draw(st.integers(0, 4)),
    )


@st.composite
def requests(draw: st.DrawFn) -> SizingRequest:
    entry = draw(st.decimals("0.02", "400", places=4))
    distance = draw(st.sampled_from([D("0.003"), D("0.02"), D("0.071"), D("0.4")])) * entry
    direction = draw(st.sampled_from(list(Direction)))
    equity = draw(st.decimals("20000", "500000", places=2)) - 20050 * draw(rarely_one)
    settings = draw(limits())
    wins, losses = draw(st.integers(1, 60)), draw(st.integers(1, 60))
    return SizingRequest(
        direction=direction,
        entry=entry,
        stop=entry - distance * direction.sign,
        targets=(entry + distance * direction.sign / 2,),
        asset_type=AssetType.STOCK,
        multiplier=draw(st.sampled_from([D(1), D(10), D("0.1")])),
        fx_rate=draw(st.sampled_from([D(1), D("1.0837261145"), D("0.0064")])),
        lot=draw(st.sampled_from([D(1), D(10), D("0.001"), D("0.000000001")])),
        commission=COMMISSIONS[draw(st.sampled_from(sorted(COMMISSIONS)))],
        limits=settings,
        account=AccountRisk(
            equity=equity,
            equity_at_day_start=equity + draw(st.decimals("-800", "200", places=2)),
            flows_today=draw(st.decimals("-500", "500", places=2)),
            today=draw(windows()),
            this_week=draw(windows()),
            working_risk=draw(amounts),
            open_positions=draw(st.integers(0, 4)),
            buying_power=draw(st.decimals("-100", "300000", places=2)) + 5000 * draw(st.integers(0, 3)),
            losing_streak=draw(st.integers(0, 5)),
        ),
        position=PositionFacts(
            draw(st.booleans()),
            draw(amounts),
            draw(st.decimals("-500", "100", places=2)),
            correlated_positions=1,
            sector_positions=draw(st.sampled_from([None, 0, 1, 2])),
        ),
        risk_percent=draw(st.sampled_from([None, settings.max_risk_per_trade / 2])),
        bracket=draw(st.booleans()),
        kelly=KellyRecord(
            wins + losses,
            wins,
            losses,
            draw(st.decimals("0.8", "3", places=1)),
            -draw(st.decimals("0.1", "1", places=1)),
        ),
    )


def half_kelly(record: KellyRecord) -> Fraction | None:
    assert record.average_win_r is not None
    assert record.average_loss_r is not None
    if record.trades < 30:
        return None
    rate = Fraction(record.wins, record.wins + record.losses)
    payoff = Fraction(record.average_win_r) / -Fraction(record.average_loss_r)
    return max(Fraction(0), rate - (1 - rate) / payoff) / 2


def plain_loss(request: SizingRequest, quantity: Decimal) -> Fraction:
    if not quantity:
        return Fraction(0)
    fee = request.commission or FREE
    fees = Fraction(fee(quantity, request.entry)) + Fraction(fee(quantity, request.stop))
    moved = abs(Fraction(request.entry) - Fraction(request.stop)) * Fraction(quantity) * Fraction(request.multiplier)
    return (moved + fees) * Fraction(request.fx_rate)


def satisfies_every_rule(request: SizingRequest, quantity: Decimal) -> bool:
    """Rules 26 to 38, spelled out slowly in fractions."""
    limits, account, position = request.limits, request.account, request.position
    equity, percent = Fraction(account.equity), Fraction(1, 100)
    loss = plain_loss(request, quantity)
    halved = 0 < limits.halve_after_losses <= account.losing_streak
    own = Fraction(limits.max_risk_per_trade if request.risk_percent is None else request.risk_percent)
    risk = own * percent * equity
    if limits.sizing_method is SizingMethod.KELLY and request.kelly and half_kelly(request.kelly) is not None:
        risk = min(risk, (half_kelly(request.kelly) or Fraction(0)) * equity)
    units = Fraction(limits.fixed_units or 0)
    if halved:
        risk, units = risk / 2, units / 2
    fee = request.commission or FREE
    price = Fraction(request.entry) * Fraction(request.multiplier) * Fraction(request.fx_rate)
    value = Fraction(quantity) * price
    outlay = value + Fraction(fee(quantity, request.entry)) * Fraction(request.fx_rate)
    start = Fraction(account.equity_at_day_start)
    lost = max(Fraction(0), start + Fraction(account.flows_today) - equity)
    today, week = (
        Fraction(window.open_initial_risk) + Fraction(window.booked_losses) + Fraction(account.working_risk)
        for window in (account.today, account.this_week)
    )
    return all(
        [
            position.adds_to_position or account.open_positions + 1 <= limits.max_open_positions,
            position.adds_to_position or position.correlated_positions + 1 <= limits.max_correlated_positions,
            position.adds_to_position or (position.sector_positions or 0) + 1 <= limits.max_sector_positions,
            limits.sizing_method is not SizingMethod.FIXED_UNITS or Fraction(quantity) <= units,
            max(Fraction(0), Fraction(position.heat)) + loss <= risk,
            Fraction(position.value) + value <= equity * Fraction(limits.max_position_value) * percent,
            account.buying_power is not None and outlay <= Fraction(account.buying_power),
            today + loss <= equity * Fraction(limits.max_risk_per_day) * percent,
            week + loss <= equity * Fraction(limits.max_risk_per_week) * percent,
            not account.today.unknown_entries,
            not account.this_week.unknown_entries,
            lost + loss <= start * Fraction(limits.daily_loss_limit) * percent,
        ]
    )


@given(requests())
def test_the_largest_quantity_on_the_lot_that_satisfies_every_rule(request: SizingRequest) -> None:
    quantity = size(request).quantity
    assert quantity >= 0
    assert quantity % request.step == 0
    assert not quantity or satisfies_every_rule(request, quantity)
    assert not satisfies_every_rule(request, quantity + request.step)


@given(requests())
def test_loss_at_the_stop_stays_within_the_risk_amount(request: SizingRequest) -> None:
    sizing = size(request)
    assert Fraction(sizing.loss_at_stop) == plain_loss(request, sizing.quantity)
    assert sizing.loss_at_stop <= sizing.risk_amount


@given(requests(), st.integers(1, 400))
def test_a_chosen_quantity_passes_up_to_the_size(request: SizingRequest, lots: int) -> None:
    quantity = lots * request.step
    assessed = assess(request, quantity)
    assert assessed.allowed == size(request).quantity
    assert (not assessed.breaches) is (quantity <= assessed.allowed)
    for reading in assessed.caps:
        assert reading.breached is (reading.allows is not None and quantity > reading.allows)
        if reading.breached:
            assert "None" not in breach_sentence(reading)


@given(requests())
def test_the_loss_never_falls_as_the_quantity_rises(request: SizingRequest) -> None:
    losses = [plain_loss(request, lots * request.step) for lots in (0, 1, 2, 7, 8, 40, 41, 42, 1000, 10**6)]
    assert losses == sorted(set(losses))


LOOSENINGS: dict[str, Callable[[SizingRequest, Decimal], SizingRequest]] = {
    **{
        field.name: lambda request, more, name=field.name: with_limits(  # type: ignore[misc]
            request, **{name: min(getattr(request.limits, name) + more, D(100 if "value" in name else 10))}
        )
        for field in fields(RiskLimits)
        if field.name.startswith("max_risk") or field.name in ("max_position_value", "daily_loss_limit")
    },
    "max_open_positions": lambda r, more: with_limits(r, max_open_positions=r.limits.max_open_positions + int(more)),
    "max_correlated_positions": lambda r, more: with_limits(
        r, max_correlated_positions=r.limits.max_correlated_positions + int(more)
    ),
    "max_sector_positions": lambda r, more: with_limits(
        r, max_sector_positions=r.limits.max_sector_positions + int(more)
    ),
    "fixed_units": lambda r, more: with_limits(r, fixed_units=(r.limits.fixed_units or D(0)) + more),
    "buying_power": lambda r, more: with_account(r, buying_power=(r.account.buying_power or D(0)) + more * 100),
    "working_risk": lambda r, more: with_account(r, working_risk=max(D(0), r.account.working_risk - more * 10)),
    "heat": lambda r, more: with_position(r, heat=r.position.heat - more),
    "value": lambda r, more: with_position(r, value=max(D(0), r.position.value - more * 10)),
}


@pytest.mark.parametrize("name", sorted(LOOSENINGS))
@given(requests(), st.decimals("0.1", "10", places=2))
def test_loosening_never_lowers_a_quantity(name: str, request: SizingRequest, more: Decimal) -> None:
    tight, loose = size(request), size(LOOSENINGS[name](request, more))
    assert loose.quantity >= tight.quantity
    before, after = allowances(tight), allowances(loose)
    for cap in before.keys() & after.keys():
        tightest, loosest = before[cap], after[cap]
        assert loosest is None or (tightest is not None and loosest >= tightest)


@given(requests())
def test_longs_and_shorts_mirror(request: SizingRequest) -> None:
    if request.commission not in (None, FREE, tiers):
        request = replace(request, commission=COMMISSIONS["fees"])  # a price in the fee would tell the two apart
    mirrored = {
        "stop": 2 * request.entry - request.stop,
        "targets": tuple(2 * request.entry - t for t in request.targets),
    }
    other = Direction.SHORT if request.direction is Direction.LONG else Direction.LONG
    request = replace(request, bracket=True)
    one, two = size(request), size(replace(request, direction=other, **mirrored))
    assert one.quantity == two.quantity
    assert (one.loss_at_stop, one.position_value, one.r_per_point) == (
        two.loss_at_stop,
        two.position_value,
        two.r_per_point,
    )
    assert allowances(one) == allowances(two)
    assert [t.gain for t in one.targets] == [t.gain for t in two.targets]


@given(
    st.decimals("0.000001", "100", places=6),
    st.sampled_from([D(1), D("0.000000001"), D(100)]),
    st.decimals("0", "1000000000000", places=2),
    st.integers(0, 10**6),
)
def test_the_search_is_short_however_far_it_reaches(per_unit: Decimal, step: Decimal, left: Decimal, at: int) -> None:
    asked: list[Decimal] = []

    def jump(quantity: Decimal) -> Decimal:
        asked.append(quantity)
        return left if quantity > at else D(0)  # the worst there is: everything from some quantity on

    found = largest_multiple(Cost(per_unit, jump), step, left)
    assert len(asked) < 90
    assert Cost(per_unit, jump).of(found) <= left < Cost(per_unit, jump).of(found + step)


@given(st.decimals("-1000", "1000", places=8), st.decimals("-1000", "1000", places=8), st.integers(0, 4))
def test_two_figures_read_alike_only_when_equal(one: Decimal, other: Decimal, places: int) -> None:
    shown, beside = apart(one, other, places)
    assert (shown == beside) is (one == other)


def test_equal_figures_keep_the_decimals_asked_for() -> None:
    assert apart(D(3), D("3.0"), 1) == ("3.0", "3.0")
