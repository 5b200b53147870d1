from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.given import LONG, SHORT, at, buy, long, mark, position_of, sell, short, two_legs
from tests.histories import random_history
from tests.oracle import round_to
from tests.oracle import stop_outcome as expected_outcome
from trenddojo.domain.fills import ThroughZeroError
from trenddojo.domain.marks import open_profit
from trenddojo.domain.money import cents
from trenddojo.domain.stops import (
    StopChange,
    after_exit,
    distance_to_stop,
    loosens,
    loss_if_stopped,
    standing,
    stop_in_force,
    stop_outcome,
)
from trenddojo.domain.trades import Position

ONE = Decimal(1)
NOW = mark("214.86", day=40)
BOTH = {1: Decimal("204.10"), 2: Decimal("204.10")}


def dollar_an_order(quantity: Decimal, price: Decimal) -> Decimal:
    assert quantity > 0
    assert price > 0
    return ONE


# --- Which stop, and the ratchet ---


def test_the_last_change_of_a_leg_is_in_force() -> None:
    changes = [
        StopChange(1, at(5), Decimal(95)),
        StopChange(1, at(0), Decimal(90)),
        StopChange(2, at(1), Decimal(80)),
        StopChange(1, at(5), Decimal(96)),
    ]
    assert stop_in_force(changes, 1, at(-1)) is None
    assert stop_in_force(changes, 1, at(0)) == 90
    assert stop_in_force(changes, 1, at(4.9)) == 90
    assert stop_in_force(changes, 1, at(5)) == 96
    assert stop_in_force(changes, 2, at(9)) == 80
    assert stop_in_force(changes, 3, at(9)) is None


@pytest.mark.parametrize(
    ("direction", "old", "new", "expected"),
    [
        (LONG, "10", "9.99", True),
        (LONG, "10", "10", False),
        (LONG, "10", "11", False),
        (SHORT, "10", "10.01", True),
        (SHORT, "10", "10", False),
        (SHORT, "10", "9", False),
    ],
)
def test_a_long_stop_only_rises_and_a_short_one_only_falls(direction, old, new, expected) -> None:  # type: ignore[no-untyped-def]
    assert loosens(direction, Decimal(old), Decimal(new)) is expected


def test_a_first_stop_loosens_nothing() -> None:
    assert not loosens(LONG, None, Decimal(1))


# --- The outcome if every stop is hit ---


def test_stops_above_entry_lock_profit_in() -> None:
    outcome = stop_outcome(two_legs(), BOTH, ONE, None)
    assert (outcome.amount, outcome.unprotected) == (Decimal("507.60"), 0)
    assert (outcome.locked_in, outcome.heat) == (Decimal("507.60"), 0)
    assert loss_if_stopped(two_legs(), outcome, NOW) == Decimal("516.48")
    assert distance_to_stop(two_legs(), BOTH, NOW) == Decimal("1.054901961")


def test_stops_below_entry_are_heat_netted_within_the_trade() -> None:
    outcome = stop_outcome(two_legs(), {1: Decimal("191.25"), 2: Decimal("191.25")}, ONE, None)
    assert outcome.amount == Decimal("97.20") - Decimal("206.40")
    assert (outcome.heat, outcome.locked_in) == (Decimal("109.20"), 0)


def test_a_short_loses_upwards() -> None:
    outcome = stop_outcome(short(sell("10", "50", leg=1)), {1: Decimal(53)}, ONE, None)
    assert (outcome.heat, outcome.locked_in) == (30, 0)
    assert distance_to_stop(short(sell("10", "50", leg=1, stop="53")), {1: Decimal(53)}, mark("50")) == 1


def test_fees_of_the_open_quantity_and_of_leaving_count() -> None:
    position = long(buy("10", "100", 1, fee="2"), buy("10", "100", 2, day=1), sell("5", "100", day=2))
    stops = {1: Decimal(95), 2: Decimal(90)}
    assert stop_outcome(position, stops, ONE, None).amount == -25 - 100 - 1
    assert stop_outcome(position, stops, ONE, dollar_an_order).amount == -25 - 100 - 1 - 2  # one order a leg


def test_the_outcome_converts_at_the_present_rate_and_entries_at_theirs() -> None:
    position = long(buy("10", "100", fx="1.1"))
    assert stop_outcome(position, {1: Decimal(90)}, Decimal("1.2"), dollar_an_order).amount == Decimal("-21.2")


@pytest.mark.parametrize("stops", [{1: Decimal(95)}, {1: Decimal(95), 2: None}])
def test_unprotected_quantity_is_listed_apart(stops: dict[int, Decimal | None]) -> None:
    position = long(buy("10", "100", 1, stop="95"), buy("6", "110", 2, stop="99", day=1))
    outcome = stop_outcome(position, stops, ONE, None)
    assert (outcome.amount, outcome.protected, outcome.unprotected) == (-50, 10, 6)
    assert loss_if_stopped(position, outcome, mark("104", day=2)) == 90
    assert distance_to_stop(position, stops, mark("104", day=2)) is None


def test_a_stop_follows_its_leg_and_costs_stay_first_in_first_out() -> None:
    """The exit named leg 2, so leg 1's stop still protects 10, of which FIFO has left the lots bought at 110."""
    position = long(buy("10", "100", 1, stop="90"), buy("10", "110", 2, day=1), sell("10", "120", leg=2, day=2))
    outcome = stop_outcome(position, {1: Decimal(105), 2: Decimal(115)}, ONE, None)
    assert (outcome.amount, outcome.unprotected) == (-50, 0)


def test_a_closed_trade_has_nothing_at_stake() -> None:
    outcome = stop_outcome(long(buy("1", "10"), sell("1", "11", day=1)), {1: Decimal(9)}, ONE, dollar_an_order)
    assert (outcome.amount, outcome.protected, outcome.unprotected) == (0, 0, 0)


def test_distance_is_below_zero_beyond_the_stop_and_empty_without_risk() -> None:
    valid, missing = long(buy("10", "100", stop="95")), long(buy("10", "100"))
    assert distance_to_stop(valid, {1: Decimal(95)}, mark("94")) == Decimal("-0.2")
    assert distance_to_stop(missing, {1: Decimal(95)}, mark("94")) is None
    assert distance_to_stop(long(), {}, mark("94")) is None


# --- Now and after ---


def test_moving_the_stop_as_the_act_panel_shows_it() -> None:
    now = standing(two_legs(), BOTH, NOW, ONE, None)
    after = standing(two_legs(), dict.fromkeys(BOTH, Decimal("206.00")), NOW, ONE, None)
    assert (now.gives_back, after.gives_back) == (Decimal("516.48"), Decimal("425.28"))
    assert (now.if_stopped, after.if_stopped) == (Decimal("1112.40"), Decimal("1203.60"))
    assert (cents(now.if_stopped_r or ONE), cents(after.if_stopped_r or ONE)) == (Decimal("1.44"), Decimal("1.56"))


def test_taking_part_off_as_the_act_panel_shows_it() -> None:
    sold = after_exit(two_legs(), Decimal(16), price=Decimal("214.86"), fee=Decimal(0), fx=ONE)
    after = standing(sold, BOTH, NOW, ONE, None)
    assert (after.realised, after.gives_back, after.quantity) == (Decimal("1047.36"), Decimal("344.32"), 32)


def test_no_more_can_be_taken_off_than_is_held() -> None:
    with pytest.raises(ThroughZeroError):
        after_exit(two_legs(), Decimal(49), price=ONE, fee=Decimal(0), fx=ONE)


# --- Against the oracle ---


def stops_for(position: Position, rng: Random) -> dict[int, Decimal | None]:
    legs = {lot.fill.leg: lot.fill.price for lot in position.entries}
    return {leg: price * rng.randint(80, 115) / 100 for leg, price in legs.items() if leg and rng.random() < 0.8}


def test_random_trades_agree_with_the_oracle() -> None:
    for seed in range(300):
        rng = Random(seed)
        for trade in random_history(rng).trades:
            position, fx = position_of(trade), Decimal(rng.randint(90, 120)) / 100
            stops = stops_for(position, rng)
            known = {leg: stop for leg, stop in stops.items() if stop is not None}
            amount, unprotected = expected_outcome(trade, known, fx, dollar_an_order)
            outcome = stop_outcome(position, stops, fx, dollar_an_order)
            assert cents(outcome.amount) == round_to(amount, 2)
            assert outcome.unprotected == unprotected


@given(st.integers(0, 2**32))
def test_open_profit_less_loss_if_stopped_is_what_stands_at_the_stops(seed: int) -> None:
    position = position_of(random_history(Random(seed), trades=1).trades[0])
    stops = {leg: Decimal(50) for leg in range(1, 20)}
    now = mark("60", day=400)
    outcome = stop_outcome(position, stops, ONE, dollar_an_order)
    left = open_profit(position, now) - loss_if_stopped(position, outcome, now)
    assert abs(left - (outcome.locked_in - outcome.heat)) < Decimal("1e-18")
    assert outcome.locked_in == 0 or outcome.heat == 0
