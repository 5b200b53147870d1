from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.given import (
    LONG,
    ONE,
    SHORT,
    at,
    buy,
    fills_of,
    long,
    mark,
    marks_of,
    position_of,
    sell,
    short,
    two_legs,
)
from tests.histories import OracleTrade, random_history
from tests.oracle import left_by_leg, round_to, trade_figures
from trenddojo.domain.fills import (
    AfterFlatError,
    LegMissingError,
    NotAnEntryError,
    ThroughZeroError,
    split_at_zero,
)
from trenddojo.domain.legs import leg_profit, legs, quantities_left
from trenddojo.domain.marks import open_profit, result_so_far
from trenddojo.domain.money import cents
from trenddojo.domain.terms import Direction, Side
from trenddojo.domain.trades import Position, replay

seeds = st.integers(0, 2**32)


def random_trade(seed: int) -> OracleTrade:
    return random_history(Random(seed), trades=1).trades[0]


# --- Bookings ---


def test_without_fills_nothing_has_opened() -> None:
    position = long()
    assert (position.quantity, position.realised, position.entry_value) == (0, 0, 0)
    assert position.opened_at is position.closed_at is position.average_entry is position.initial_risk is None
    assert position.r is position.profit_ratio is None
    assert not position.is_closed
    assert open_profit(position, mark("10")) == 0


def test_exits_close_the_oldest_lots_first() -> None:
    position = two_legs()
    assert [(b.quantity, b.amount) for b in position.bookings] == [(24, Decimal("604.80"))]
    assert [(lot.quantity, lot.fill.price) for lot in position.lots] == [
        (24, Decimal("187.20")),
        (24, Decimal("199.85")),
    ]
    assert (position.entered, position.exited, position.quantity) == (72, 24, 48)
    assert position.average_entry == Decimal("191.416667")
    assert position.average_open_entry == Decimal("193.525")
    assert position.average_exit == Decimal("212.4")
    assert position.opened_at == at(0)
    assert position.closed_at is None


def test_entry_fees_are_realised_with_the_quantity_that_closes_them() -> None:
    position = long(buy("3", "10", fee="1.00"), sell("1", "11", day=1, fee="0.10"), sell("2", "11", day=2))
    assert [b.amount for b in position.bookings] == [Decimal("0.57"), Decimal("1.33")]
    assert position.realised == Decimal("1.90")
    assert position.fees == Decimal("1.10")


def test_a_tie_is_rounded_half_to_even_on_the_running_total() -> None:
    """A sixth and two sixths of a cent are half a cent, which goes to the even side."""
    flat = [sell("1", "10", day=1), sell("2", "10", day=2), sell("3", "10", day=3)]
    assert [b.amount for b in long(buy("6", "10", fee="0.01"), *flat).bookings] == [0, 0, Decimal("-0.01")]
    assert [b.amount for b in long(buy("6", "10", fee="0.03"), *flat).bookings] == [
        Decimal("0.00"),
        Decimal("-0.02"),
        Decimal("-0.01"),
    ]


def test_every_fill_converts_at_its_own_rate() -> None:
    position = long(buy("100", "10", fx="1.10", fee="1"), sell("100", "10", fx="1.20", fee="1", day=1))
    assert position.realised == Decimal("97.70")  # 1,200 - 1,100, less 1.10 and 1.20
    assert position.realised_native == Decimal("-2.00")
    assert position.profit_ratio == Decimal("0.088818182")


def test_a_rebate_is_a_gain() -> None:
    assert short(sell("10", "5", leg=1, fee="-0.25"), buy("10", "5", day=1)).realised == Decimal("0.25")


def test_an_estimated_fee_is_marked() -> None:
    assert long(buy("1", "5", estimated=True)).fees_estimated
    assert not long(buy("1", "5")).fees_estimated


def test_the_multiplier_counts_in_money_and_not_in_fees() -> None:
    position = replay(SHORT, Decimal(100), [sell("2", "3.10", leg=1, fee="1.30"), buy("2", "0", day=1)])
    assert position.realised == Decimal("618.70")


def test_a_booking_of_nothing_has_no_sign() -> None:
    (booking,) = long(buy("1", "10", fee="0.004"), sell("1", "10", day=1)).bookings
    assert str(booking.amount) == "0.00"


# --- Order and identity ---


def test_fills_of_one_second_run_by_sequence_then_by_key() -> None:
    first, second = buy("5", "10", key="b", sequence=1), sell("5", "11", key="a", sequence=2)
    assert long(second, first).realised == 5
    by_key = [sell("1", "12", key="c"), buy("1", "10", key="a"), buy("1", "11", key="b")]
    assert [lot.fill.key for lot in long(*by_key).lots] == ["b"]


def test_equal_fills_are_all_kept() -> None:
    assert long(buy("5", "10"), buy("5", "10")).quantity == 10


def test_a_trade_begins_with_an_entry() -> None:
    with pytest.raises(NotAnEntryError):
        long(sell("1", "10"))


def test_an_entry_names_its_leg() -> None:
    with pytest.raises(LegMissingError):
        long(buy("1", "10", leg=None))


def test_a_trade_ends_when_flat() -> None:
    done = [buy("1", "10"), sell("1", "11", day=1)]
    with pytest.raises(AfterFlatError):
        long(*done, buy("1", "10", day=2))
    with pytest.raises(AfterFlatError):
        long(*done, sell("1", "10", day=2))


def test_a_fill_through_zero_is_refused_with_what_is_held_and_can_be_divided() -> None:
    entry, through = buy("10", "100"), sell("25", "101", day=1, fee="1.00", stop="105")
    with pytest.raises(ThroughZeroError) as refused:
        long(entry, through)
    assert refused.value.held == 10
    closing, opening = split_at_zero(through, refused.value.held)
    assert long(entry, closing).realised == Decimal("9.60")
    following = short(opening)
    assert (following.quantity, following.initial_risk) == (15, Decimal("60.00"))
    assert (closing.stop, opening.leg) == (None, 1)


@given(st.integers(1, 999), st.integers(-10_000_000, 10_000_000))
def test_dividing_at_zero_loses_neither_quantity_nor_fee(held: int, millionths: int) -> None:
    whole = sell("1000", "5", fee=str(Decimal(millionths).scaleb(-6)))
    closing, opening = split_at_zero(whole, Decimal(held))
    assert closing.quantity + opening.quantity == whole.quantity
    assert closing.fee + opening.fee == whole.fee
    assert abs(closing.fee - whole.fee * held / 1000) <= Decimal("0.0000005")


@pytest.mark.parametrize("held", ["0", "-1", "25", "26"])
def test_only_a_larger_fill_goes_through_zero(held: str) -> None:
    with pytest.raises(ValueError, match="through zero"):
        split_at_zero(sell("25", "101"), Decimal(held))


def test_a_fill_needs_a_zone_and_positive_quantity_and_rate() -> None:
    with pytest.raises(ValueError, match="zone"):
        replace(buy("1", "10"), at=at(0).replace(tzinfo=None))
    for wrong in ({"quantity": Decimal(0)}, {"fx": Decimal(0)}, {"quantity": Decimal(-1)}):
        with pytest.raises(ValueError, match="above zero"):
            replace(buy("1", "10"), **wrong)  # type: ignore[arg-type]


# --- Risk and R ---


def test_initial_risk_is_frozen_over_all_entries() -> None:
    assert two_legs().initial_risk == Decimal("772.80")
    assert two_legs().open_risk == Decimal("489.60")


def test_r_is_net_profit_in_initial_risk_once_flat() -> None:
    entry = buy("10", "100", stop="95", fee="1")
    assert long(entry, sell("4", "95", day=1)).r is None
    assert long(entry, sell("10", "95", fee="1", day=1)).r == Decimal("-1.04")
    assert short(sell("10", "100", leg=1, stop="103"), buy("10", "97", day=1)).r == 1


@pytest.mark.parametrize("stop", [None, "100", "101"])
def test_r_is_empty_when_any_entry_has_no_valid_stop(stop: str | None) -> None:
    position = long(buy("10", "100", stop="95"), buy("1", "100", 2, stop=stop), sell("11", "110", day=1))
    assert (position.initial_risk, position.r, position.realised) == (None, None, Decimal("110.00"))


def test_a_risk_that_rounds_to_nothing_is_none() -> None:
    assert long(buy("0.001", "100", stop="95")).initial_risk is None  # 0.005, half to even
    assert long(buy("0.0011", "100", stop="95")).initial_risk == Decimal("0.01")


def test_initial_risk_converts_at_the_rate_of_its_fill() -> None:
    assert long(buy("10", "100", stop="90", fx="1.5"), buy("10", "100", stop="90", fx="2")).initial_risk == 350


# --- Open P&L ---


def test_open_profit_at_a_mark() -> None:
    position = two_legs()
    assert open_profit(position, mark("214.86", day=40)) == Decimal("1024.08")
    assert result_so_far(position, mark("214.86", day=40)) == Decimal("1628.88")


def test_unmarked_lots_stand_at_entry_less_their_fees() -> None:
    position = long(buy("4", "10", fee="2", fx="1.5"), sell("1", "10", day=1, fx="1.5"))
    assert open_profit(position, None) == Decimal("-2.25")
    assert open_profit(position, mark("99", day=-1)) == Decimal("-2.25")  # from before the trade began
    assert open_profit(position, mark("10", day=0, fx="2")) == Decimal("12.75")  # 3 x 10 x 0.5 - 2.25


# --- Legs ---


def test_legs_as_shown_on_the_trade_page() -> None:
    first, second = legs(two_legs())
    assert (first.entered, first.left, first.fifo_left) == (48, 24, 24)
    assert (first.first_stop, first.initial_risk, first.realised) == (
        Decimal("175.4"),
        Decimal("566.40"),
        Decimal("604.80"),
    )
    assert (second.entered, second.left, second.realised, second.initial_risk) == (24, 24, 0, Decimal("206.40"))
    assert first.opened_at == at(0)
    assert second.opened_at == at(20)
    now = mark("214.86", day=40)
    assert [leg_profit(two_legs(), leg, now) for leg in (1, 2)] == [Decimal("663.84"), Decimal("360.24")]


def test_an_exit_uses_up_the_leg_that_it_names_while_profit_stays_fifo() -> None:
    position = long(
        buy("10", "100", 1, stop="90"), buy("10", "110", 2, stop="105", day=1), sell("10", "120", leg=2, day=2)
    )
    first, second = legs(position)
    assert (first.left, first.fifo_left, first.realised, first.r) == (10, 0, Decimal("200.00"), 2)
    assert (second.left, second.fifo_left, second.realised, second.r) == (0, 10, 0, None)


def test_what_the_named_leg_cannot_cover_comes_from_the_oldest() -> None:
    entries = [buy("10", "100", 1), buy("10", "110", 2, day=1), buy("10", "110", 3, day=2)]
    assert quantities_left(long(*entries, sell("13", "120", leg=2, day=3))) == {1: 7, 2: 0, 3: 10}
    assert quantities_left(long(*entries, sell("13", "120", day=3))) == {1: 0, 2: 7, 3: 10}
    assert quantities_left(long(*entries, sell("13", "120", leg=9, day=3))) == {1: 0, 2: 7, 3: 10}


def test_the_parts_of_one_booking_add_up_across_legs() -> None:
    position = long(
        buy("3", "10", 1, fee="0.01"), buy("3", "10", 2, fee="0.01", day=1), sell("6", "10", fee="0.01", day=2)
    )
    assert [leg.realised for leg in legs(position)] == [Decimal("-0.02"), Decimal("-0.01")]
    assert position.realised == Decimal("-0.03")


# --- Against the oracle ---


def check_against_oracle(trade: OracleTrade) -> None:
    position, expected = position_of(trade), trade_figures(trade)
    last = max(marks_of(trade.marks), key=lambda each: each.at, default=None)
    assert position.quantity == expected.quantity
    assert position.realised == expected.realised
    assert position.realised_native == expected.realised_native
    assert tuple((b.fill_key, b.amount) for b in position.bookings) == expected.bookings
    assert cents(open_profit(position, last)) == expected.open_profit
    assert position.initial_risk == expected.initial_risk
    assert position.r == expected.r
    assert position.profit_ratio == expected.profit_ratio
    assert (position.opened_at, position.closed_at) == (expected.opened_at, expected.closed_at)
    assert quantities_left(position) == left_by_leg(trade)


def test_300_random_histories_agree_with_the_oracle() -> None:
    for seed in range(300):
        for trade in random_history(Random(seed)).trades:
            check_against_oracle(trade)


# --- Properties ---


def cash(position: Position) -> Fraction:
    """Everything received less everything paid, in the base currency."""
    total = Fraction(0)
    for fill in position.fills:
        value = Fraction(fill.quantity) * Fraction(fill.price) * Fraction(position.multiplier)
        total += ((value if fill.side is Side.SELL else -value) - Fraction(fill.fee)) * Fraction(fill.fx)
    return total


@given(seeds)
def test_a_flat_position_has_realised_its_cash(seed: int) -> None:
    position = position_of(random_trade(seed))
    if position.lots:
        last = position.fills[-1]
        closing = replace(
            last, sequence=last.sequence + 1, side=position.direction.exit_side, quantity=position.quantity
        )
        position = position.with_fill(replace(closing, stop=None))
    assert position.is_closed
    assert position.realised == round_to(cash(position), 2)
    assert position.realised == sum(booking.amount for booking in position.bookings)


@given(seeds, st.randoms(use_true_random=False))
def test_arrival_order_never_matters(seed: int, rng: Random) -> None:
    trade = random_trade(seed)
    fills = fills_of(trade)
    rng.shuffle(fills)
    assert replay(Direction(trade.direction), trade.multiplier, fills) == position_of(trade)


@given(seeds)
def test_long_and_short_mirror(seed: int) -> None:
    """Prices turned upside down and sides exchanged: the same money, at one rate."""
    position = position_of(random_trade(seed))
    top = 1 + 2 * max(fill.price for fill in position.fills)
    straight = [replace(fill, fx=ONE) for fill in position.fills]
    mirrored = [
        replace(
            fill,
            side=Side.SELL if fill.side is Side.BUY else Side.BUY,
            price=top - fill.price,
            stop=None if fill.stop is None else top - fill.stop,
        )
        for fill in straight
    ]
    there = replay(position.direction, position.multiplier, straight)
    back = replay(SHORT if position.direction is LONG else LONG, position.multiplier, mirrored)
    assert [b.amount for b in there.bookings] == [b.amount for b in back.bookings]
    assert (there.initial_risk, there.open_risk, there.r) == (back.initial_risk, back.open_risk, back.r)
    here, mirror = mark("7", day=400), mark(str(top - 7), day=400)
    assert cents(open_profit(there, here)) == cents(open_profit(back, mirror))


@given(seeds)
def test_legs_add_up_to_the_trade(seed: int) -> None:
    position = position_of(random_trade(seed))
    now = mark("50", day=400)
    parts = legs(position)
    assert sum(leg.left for leg in parts) == sum(leg.fifo_left for leg in parts) == position.quantity
    assert sum(leg.entered for leg in parts) == position.entered
    assert sum(leg.realised for leg in parts) == position.realised
    whole = sum(leg_profit(position, leg.number, now) for leg in parts)
    assert abs(whole - open_profit(position, now)) < Decimal("1e-20")
    if position.initial_risk is not None:
        difference = sum(leg.initial_risk or 0 for leg in parts) - position.initial_risk
        assert abs(difference) <= Decimal("0.005") * (len(parts) + 1)
