"""An account's past cut into trades, held against a way to trade that is known from its beginning."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.given import LONG, SHORT, buy, fill, sell
from trenddojo.domain.fills import Fill
from trenddojo.domain.money import ZERO
from trenddojo.domain.round_trips import PART, RoundTrip, RoundTrips, held_after, round_trips, signed
from trenddojo.domain.splits import Split
from trenddojo.domain.terms import Side
from trenddojo.domain.trades import replay

D = Decimal


def keys(trip: RoundTrip | None) -> list[str]:
    return [] if trip is None else [one.key for one in trip.fills]


def test_without_fills() -> None:
    assert round_trips([], D(0)) == RoundTrips((), None)
    assert round_trips([], D(-5)) == RoundTrips((), RoundTrip(SHORT, (), False))


def test_from_flat_to_flat_and_what_is_held() -> None:
    found = round_trips(
        [
            sell("40", "11", day=2, key="out"),
            buy("40", "10", day=1, key="in"),
            sell("7", "12", day=3, key="short"),
            sell("3", "13", day=4, key="more"),
        ],
        D(-10),
    )
    (closed,) = found.closed
    assert (closed.direction, keys(closed), closed.is_whole) == (LONG, ["in", "out"], True)
    assert [one.leg for one in closed.fills] == [1, None]
    assert found.open is not None
    assert (found.open.direction, keys(found.open), found.open.is_whole) == (SHORT, ["short", "more"], True)
    assert [one.leg for one in found.open.fills] == [1, 1]


def test_a_fill_that_turns_the_position_round_is_split() -> None:
    found = round_trips([buy("40", "10", day=1, key="in"), sell("100", "11", day=2, key="turn", fee="5")], D(-60))
    (closed,) = found.closed
    assert [(one.key, one.quantity, one.fee) for one in closed.fills] == [("in", 40, 0), ("turn", 40, 2)]
    assert found.open is not None
    (opening,) = found.open.fills
    assert (opening.key, opening.quantity, opening.fee, opening.leg) == (f"turn{PART}", 60, 3, 1)
    assert (found.open.direction, found.open.is_whole) == (SHORT, True)


def test_fills_that_begin_in_the_middle_of_a_position() -> None:
    """100 were held before: what sells them is the end of a trade whose beginning nobody tells."""
    found = round_trips([sell("100", "11", day=1, key="end"), buy("5", "12", day=2, key="in")], D(5))
    assert [(keys(one), one.is_whole) for one in found.closed] == [(["end"], False)]
    assert found.open is not None
    assert (keys(found.open), found.open.is_whole) == (["in"], True)


def test_what_was_held_all_along_is_not_whole() -> None:
    found = round_trips([buy("5", "12", day=2, key="add"), sell("20", "14", day=3, key="part")], D(85))
    assert found.closed == ()
    assert found.open is not None
    assert (found.open.direction, keys(found.open), found.open.is_whole) == (LONG, ["add", "part"], False)


def test_a_part_of_the_window_that_turns_an_older_position_round() -> None:
    found = round_trips([sell("150", "11", day=1, key="turn"), buy("50", "10", day=2, key="cover")], D(0))
    assert [(keys(one), one.is_whole, one.direction) for one in found.closed] == [
        (["turn"], False, LONG),
        ([f"turn{PART}", "cover"], True, SHORT),
    ]
    assert found.open is None


def test_fills_of_one_instant_keep_the_order_in_which_they_were_told() -> None:
    fills = [buy("1", "10", key="b", sequence=0), sell("1", "11", key="a", sequence=1)]
    assert keys(round_trips(fills, D(0)).closed[0]) == ["b", "a"]


# --- held against a way to trade


@dataclass(frozen=True)
class Past:
    """Fills from flat on, and how many of them a broker has forgotten."""

    fills: tuple[Fill, ...]
    forgotten: int

    @property
    def held(self) -> Decimal:
        return sum(map(signed, self.fills), D(0))

    @property
    def told(self) -> tuple[Fill, ...]:
        return self.fills[self.forgotten :]


@st.composite
def pasts(draw: st.DrawFn) -> Past:
    sides = draw(st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 4)), max_size=14))
    fills = tuple(
        fill(side, str(D(quantity) / 2), str(10 + number % 3), day=number, key=f"f{number}", fee="0.01")
        for number, (side, quantity) in enumerate(sides)
    )
    return Past(fills, draw(st.integers(0, len(fills))))


def flat_at(past: Past) -> list[bool]:
    """After each fill, whether nothing was held, or the position turned round."""
    found, held = [], D(0)
    for one in past.fills:
        before, held = held, held + signed(one)
        found.append(held == 0 or before * held < 0)
    return found


@given(pasts())
def test_every_fill_is_in_one_trip_and_nothing_is_lost(past: Past) -> None:
    found = round_trips(past.told, past.held)
    parts = [one for trip in (*found.closed, found.open) if trip for one in trip.fills]
    for told in past.told:
        own = [one for one in parts if one.key.removesuffix(PART) == told.key]
        assert sum(one.quantity for one in own) == told.quantity
        assert sum(one.fee for one in own) == told.fee
        assert {(one.side, one.price, one.at) for one in own} == {(told.side, told.price, told.at)}
    assert len({one.key for one in parts}) == len(parts)


@given(pasts())
def test_a_whole_trip_is_one_trade(past: Past) -> None:
    found = round_trips(past.told, past.held)
    for trip in found.closed:
        if trip.is_whole:
            assert replay(trip.direction, D(1), trip.fills).is_closed
    if found.open and found.open.is_whole:
        position = replay(found.open.direction, D(1), found.open.fills)
        assert found.open.direction.sign * position.quantity == past.held
    assert (found.open is None) == (past.held == 0)


@given(pasts())
def test_whoever_forgot_tells_no_other_trades_than_whoever_did_not(past: Past) -> None:
    """The trips of a part of the past are the last ones of the whole past, but for the one that it begins within."""
    everything, window = round_trips(past.fills, past.held), round_trips(past.told, past.held)
    whole = [trip for trip in window.closed if trip.is_whole]
    assert whole == list(everything.closed)[len(everything.closed) - len(whole) :]
    assert all(trip.is_whole for trip in everything.closed)
    if window.open and window.open.is_whole:
        assert window.open == everything.open


@given(pasts())
def test_only_the_oldest_trip_can_lack_its_beginning(past: Past) -> None:
    window = round_trips(past.told, past.held)
    trips = [trip for trip in (*window.closed, window.open) if trip]
    assert all(trip.is_whole for trip in trips[1:])
    began_flat = past.forgotten == 0 or sum(map(signed, past.fills[: past.forgotten]), D(0)) == 0
    if trips:
        assert trips[0].is_whole is began_flat


@given(pasts())
def test_trips_end_where_the_position_did(past: Past) -> None:
    found = round_trips(past.fills, past.held)
    assert len(found.closed) == flat_at(past).count(True)


@pytest.mark.parametrize("held", ["0", "3"])
def test_what_a_window_lost_never_makes_a_wrong_trade(held: str) -> None:
    """Bought 3, bought 2, sold 2: without the first, 2 bought and 2 sold look like a trade, and are none."""
    fills = [buy("2", "10", day=1, key="add"), sell("2", "11", day=2, key="part")]
    found = round_trips(fills, D(held))
    assert [one.is_whole for one in found.closed] == ([True] if held == "0" else [])


def test_what_is_held_goes_on_from_part_to_part() -> None:
    first, later = buy("4", "10", day=0), sell("6", "10", day=2)
    split = Split(later.at, 3, 2)
    assert held_after([first], [split], ZERO) == 6
    assert held_after([later], [], Decimal(6)) == held_after([first, later], [split], ZERO) == 0
