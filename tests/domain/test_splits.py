from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.given import LONG, ONE, at, buy, mark, sell, two_legs
from tests.domain.split_courses import Told, told
from trenddojo.domain.bars import Bar
from trenddojo.domain.equity import trade_days
from trenddojo.domain.excursions import excursion
from trenddojo.domain.fills import AfterFlatError, Fill, ThroughZeroError
from trenddojo.domain.legs import quantities_left
from trenddojo.domain.marks import Mark, gross_value, open_profit
from trenddojo.domain.money import QUANTITY_PLACES, cents, rounded
from trenddojo.domain.splits import PLAIN, Split, Units, in_last_units, likely_ratio, units_at
from trenddojo.domain.stops import stop_outcome
from trenddojo.domain.terms import Direction, Timeframe
from trenddojo.domain.trades import Position, replay

seeds = st.integers(0, 2**32)
FOUR = Split(at(10), 4, 1)


def after(direction: Direction, fills: list[Fill], *splits: Split) -> tuple[Position, Units]:
    converted, units = in_last_units(direction, fills, splits)
    return replay(direction, ONE, converted), units


def of(trade: Told) -> tuple[Position, Units]:
    return after(trade.direction, trade.fills, *trade.splits)


def in_units(trade: Told, units: Units) -> list[Mark]:
    return [replace(one, price=units.price(one.price, one.at)) for one in trade.marks]


# --- What a split does ---


def test_a_split_multiplies_what_is_open_and_divides_prices_and_stops() -> None:
    position, units = after(LONG, [buy("100", "200", stop="180")], FOUR)
    (lot,) = position.lots
    assert (position.quantity, lot.fill.price, lot.fill.stop) == (400, 50, 45)
    assert (position.initial_risk, position.entry_value) == (Decimal("2000.00"), 20_000)
    assert units.price(Decimal(220), at(9.9)) == 55
    assert units.price(Decimal(55), at(10)) == 55
    assert units.quantity(Decimal(10), at(0)) == 40
    assert units.quantity_then(Decimal(40), at(0)) == 10


def test_what_was_sold_before_a_split_is_booked_as_it_was() -> None:
    fills = [buy("48", "187.20", stop="175.40"), sell("24", "212.40", day=5)]
    before, _ = after(LONG, fills)
    position, _ = after(LONG, [*fills, sell("72", "70.80", day=12), sell("24", "70.81", day=12)], FOUR)
    assert position.bookings[0].amount == before.bookings[0].amount == Decimal("604.80")
    assert position.is_closed
    assert position.realised == Decimal("604.80") + cents(Decimal("72") * (Decimal("70.80") - Decimal("46.80"))) + (
        24 * (Decimal("70.81") - Decimal("46.80"))
    )
    assert position.initial_risk == before.initial_risk


def test_thirds_come_out_even() -> None:
    """A third of 100.00 has no end; three times a third is 100.00 again, and half of the lot cost half of it."""
    position, _ = after(
        LONG, [buy("10", "100"), sell("15", "33.34", day=11), sell("15", "33.33", day=12)], Split(at(10), 3, 1)
    )
    assert [b.amount for b in position.bookings] == [Decimal("0.10"), Decimal("-0.05")]
    tie, _ = after(LONG, [buy("1", "0.01"), sell("1.5", "0.02", day=11)], Split(at(10), 3, 1))
    assert tie.realised == Decimal("0.02")  # 0.025, to the even side


def test_a_fraction_that_is_paid_in_cash_leaves_with_its_own_fill() -> None:
    """100 units 1-for-3 are 33.333333333; the broker keeps 33 and pays 19.99 for the rest."""
    reverse = Split(at(10), 1, 3)
    held, _ = after(LONG, [buy("100", "20", stop="18")], reverse)
    assert held.quantity == Decimal("33.333333333")
    assert (held.initial_risk, held.entry_value) == (Decimal("200.00"), 2_000)
    part = Decimal("0.333333333")
    whole, _ = after(
        LONG,
        [buy("100", "20"), sell(f"{part}", f"{Decimal('19.99') / part}", day=10), sell("33", "60", day=11)],
        reverse,
    )
    assert whole.is_closed
    assert whole.realised == Decimal("-0.01")  # 1,980.00 and 19.99 for 2,000.00


def test_a_split_leaves_something() -> None:
    position, _ = after(LONG, [buy("0.000000001", "20")], Split(at(10), 1, 1000))
    assert position.quantity == Decimal("0.000000001")


def test_three_lots_of_ten_are_ten() -> None:
    fills = [buy("10", "20", number, day=number, key=f"{number}") for number in (1, 2, 3)]
    position, _ = after(LONG, [*fills, sell("10", "66", day=11)], Split(at(10), 1, 3))
    assert position.is_closed
    assert position.realised == 60


def test_what_a_leg_protects_has_nine_places_and_nothing_is_lost() -> None:
    fills = [buy("10", "20", number, day=number, key=f"{number}") for number in (1, 2, 3)]
    position, _ = after(LONG, [*fills, sell("7", "21", 2, day=5)], Split(at(10), 1, 3))
    left = quantities_left(position)
    assert all(quantity == rounded(quantity, QUANTITY_PLACES) for quantity in left.values())
    assert sum(left.values()) == position.quantity == Decimal("7.666666667")
    assert stop_outcome(position, {1: Decimal(54)}, ONE, None).unprotected == position.quantity - left[1]


@pytest.mark.parametrize("day", [-1, 0, 31])
def test_a_split_before_the_first_fill_or_after_the_close_changes_nothing(day: float) -> None:
    fills = [*two_legs().fills, sell("48", "210", day=30.5, key="last")]
    assert after(LONG, fills, Split(at(day), 4, 1))[0] == after(LONG, fills)[0]


def test_splits_one_after_the_other_make_one() -> None:
    fills = list(two_legs().fills)
    twice, units = after(LONG, fills, Split(at(35), 5, 2), Split(at(32), 2, 1))
    once, same = after(LONG, fills, Split(at(33), 5, 1))
    assert [(lot.quantity, lot.fill.price, lot.fill.stop) for lot in twice.lots] == [
        (lot.quantity, lot.fill.price, lot.fill.stop) for lot in once.lots
    ]
    assert twice.bookings == tuple(replace(b, quantity=b.quantity, closed=b.closed) for b in once.bookings)
    assert units.price(Decimal(100), at(31)) == same.price(Decimal(100), at(31)) == 20
    assert units.price(Decimal(100), at(33)) == 40


def test_what_cannot_be_one_trade_is_still_told_so() -> None:
    with pytest.raises(ThroughZeroError):
        after(LONG, [buy("1", "10"), sell("5", "3", day=11)], FOUR)
    with pytest.raises(AfterFlatError):
        after(LONG, [buy("1", "10"), sell("1", "12", day=1), buy("4", "3", day=11)], FOUR)
    with pytest.raises(ThroughZeroError):
        after(LONG, [buy("1", "10"), sell("2", "12", day=1), buy("4", "3", day=11)], FOUR)


def test_what_is_wrong_with_a_split_is_refused() -> None:
    for numerator, denominator in ((0, 1), (1, 0), (-2, 1)):
        with pytest.raises(ValueError, match="a number of units"):
            Split(at(0), numerator, denominator)
    with pytest.raises(ValueError, match="zone"):
        Split(datetime(2026, 6, 1), 2, 1)  # noqa: DTZ001
    assert Split(datetime(2026, 6, 1, tzinfo=UTC), 4, 1).name == "4-for-1 split"


# --- Every figure, against a recomputation split by split ---


@given(seeds)
def test_bookings_open_profit_value_and_risk_agree(seed: int) -> None:
    trade = told(seed)
    position, units = of(trade)
    marks = in_units(trade, units)
    booked, before = [], Decimal(0)
    for event, (_, course) in zip(trade.events, trade.by_hand(), strict=True):
        if isinstance(event, Fill) and event.side is trade.direction.exit_side:
            booked.append((event.key, course.realised - before))
            before = course.realised
    assert [(b.fill_key, b.amount) for b in position.bookings] == booked
    assert Fraction(position.quantity) == course.held
    assert cents(open_profit(position, marks[-1] if marks else None)) == course.open_profit
    assert gross_value(ONE, position.lots, marks[-1] if marks else None) == course.gross
    assert position.initial_risk == trade.initial_risk()
    assert (
        position.fees
        == replay(trade.direction, ONE, [replace(f, side=trade.direction.entry_side, leg=1) for f in trade.fills]).fees
    )
    assert sum(quantities_left(position).values()) == position.quantity


@given(seeds)
def test_every_days_result_and_value_agree(seed: int) -> None:
    """Hours stand for days here: an offset for each, so that every event ends one."""
    trade = told(seed)
    spread = {event.at: at(24 * (event.at - at(0)).total_seconds() / 86_400) for event in trade.events}
    days = Told(trade.direction, tuple(replace(event, at=spread[event.at]) for event in trade.events))
    fills, units = in_last_units(days.direction, days.fills, days.splits)
    found = {one.date: one for one in trade_days(days.direction, ONE, fills, in_units(days, units), UTC)}
    result, gross = Decimal(0), Decimal(0)
    for moment, course in days.by_hand():
        one = found.get(moment.date())
        if one is not None:
            result += one.booked + one.open_change
            gross += one.gross_change
        assert result == course.realised + course.open_profit
        assert gross == course.gross


@given(seeds)
def test_a_split_at_the_end_changes_no_money(seed: int) -> None:
    trade = told(seed, ratios=((2, 1),))
    plain = [fill for fill in trade.fills if not trade.splits or fill.at < trade.splits[0].at]
    whole, now = after(trade.direction, plain), after(trade.direction, plain, Split(at(50), 1, 3))
    for name in (
        "realised",
        "realised_native",
        "initial_risk",
        "entry_value",
        "fees",
        "r",
        "profit_ratio",
        "is_closed",
    ):
        assert getattr(whole[0], name) == getattr(now[0], name), name
    assert [b.amount for b in whole[0].bookings] == [b.amount for b in now[0].bookings]
    if whole[0].lots:
        assert whole[0].open_risk == now[0].open_risk


# --- Prices told of it ---


def bar(day: float, price: str, told_at: float) -> Bar:
    return Bar(Timeframe.DAY, at(day), *(Decimal(price),) * 4, None, at(told_at))


def test_a_bar_is_in_the_units_of_the_moment_at_which_it_was_told() -> None:
    _, units = after(LONG, [buy("100", "200")], FOUR)
    assert units.bar(bar(9, "220", told_at=9.5)).high == 55
    assert units.bar(bar(9, "55", told_at=11)).high == 55
    closed, units = after(LONG, [buy("100", "200"), sell("100", "210", day=5)], FOUR)
    assert closed.is_closed
    assert units.bar(bar(3, "205", told_at=4)).low == 205
    assert units.bar(bar(3, "51.25", told_at=11)).low == 205
    assert PLAIN.bar(bar(3, "205", told_at=4)).low == 205


def test_a_bars_volume_changes_the_other_way() -> None:
    one = replace(bar(9, "220", told_at=9.5), volume=1000)
    assert units_at([FOUR], at(20)).bar(one).volume == 4000
    assert units_at([FOUR, Split(at(15), 1, 10)], at(20)).bar(one) == replace(
        one, **dict.fromkeys(("open", "high", "low", "close"), Decimal(550)), volume=400
    )
    assert units_at([FOUR], at(9)).bar(replace(one, told_at=at(11))).volume == 250
    assert units_at([FOUR], at(20)).bar(bar(9, "220", told_at=9.5)).volume is None


moments = st.floats(0, 365, allow_nan=False).map(at)
some_splits = st.lists(
    st.builds(Split, moments, st.sampled_from([1, 2, 3, 4, 10]), st.sampled_from([1, 2, 10])), max_size=4
)


@given(some_splits, moments, moments)
def test_a_bar_comes_back_from_the_units_of_another_moment(
    given_splits: list[Split], one: datetime, other: datetime
) -> None:
    told_bar = replace(bar(3, "205", told_at=0), told_at=one)
    there = replace(units_at(given_splits, other).bar(told_bar), told_at=other)
    back = units_at(given_splits, one).bar(there)
    assert abs(back.close - told_bar.close) < Decimal("1e-20")


def test_excursions_do_not_see_a_split() -> None:
    fills = [buy("100", "200", stop="180"), sell("400", "55", day=20)]
    position, units = after(LONG, fills, FOUR)
    told_bars = [bar(day, "210" if day < 10 else "49", told_at=day + 1) for day in range(1, 20)]
    told_bars = [replace(one, told_at=at(9.5)) if one.start < at(10) else one for one in told_bars]
    found = excursion(position, [units.bar(one) for one in told_bars])
    assert found is not None
    assert (found.mae, found.mfe) == (-400, 2_000)


def test_an_unmarked_lot_stands_at_its_entry_after_a_split_too() -> None:
    position, units = after(LONG, [buy("10", "100")], Split(at(10), 3, 1))
    assert open_profit(position, None) == 0
    assert open_profit(position, replace(mark("101", 5), price=units.price(Decimal(101), at(5)))) == 10


@pytest.mark.parametrize(
    ("before", "after", "ratio"),
    [
        ("10", "40", (4, 1)), ("-10", "-40", (4, 1)), ("100", "10", (1, 10)), ("10", "15", (3, 2)),
        ("0.5", "2", (4, 1)), ("20", "21", (21, 20)),
        ("10", "-40", None), ("10", "0", None), ("0", "10", None), ("10", "10", None), ("10", "7", None),
        ("1", "2000", None),
    ],
)  # fmt: skip
def test_which_split_explains_a_quantity(before: str, after: str, ratio: tuple[int, int] | None) -> None:
    assert likely_ratio(Decimal(before), Decimal(after)) == ratio
