from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import NOW
from tests.services.recorded import add, books, day, enter, instrument, leave, mark, move, plan, viewer_of
from trenddojo.services.errors import FORM, Conflict, Forbidden, Invalid
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.records import StopInput
from trenddojo.services.previews import standing_moved, standing_now
from trenddojo.services.stops import checked
from trenddojo.store import trades
from trenddojo.store.models import Trade
from trenddojo.store.seats import Seat

D = Decimal


def refusal(call: Any, *args: Any, **kwargs: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        call(*args, **kwargs)
    return caught.value.fields


def held(seat: Seat, **more: Any) -> Trade:
    trade = plan(seat, **more)
    enter(seat, trade, "10", str(trade.planned_entry), day(1))
    return trade


def pyramid(seat: Seat) -> Trade:
    trade = held(seat)
    add(seat, trade, "110", "104", "5", day(2))
    enter(seat, trade, "5", "110", day(3))
    return trade


def test_a_stop_rises_and_the_history_keeps_it(seat: Seat) -> None:
    trade = held(seat)
    moved = move(seat, trade, "97.5", day(2), reason="under the swing low")
    row = trades.stops_of(trade.id)[-1]
    assert (row.old, row.new, row.at, row.reason, row.is_override) == (
        95,
        D("97.5"),
        day(2),
        "under the swing low",
        False,
    )
    assert (moved.is_override, moved.warning) == (False, "")
    assert (trade.stop, trade.stop_outcome, trade.initial_risk) == (D("97.5"), D("-25.00"), D("50.00"))


def test_loosening_needs_a_written_reason(seat: Seat) -> None:
    trade = held(seat)
    sentence = "94.00 would loosen the stop from 95.00. Type a reason of at least 5 characters to do so."
    assert refusal(move, seat, trade, "94", day(2)) == {"reason": sentence}
    assert refusal(move, seat, trade, "94", day(2), reason="soon").keys() == {"reason"}
    assert trade.stop == 95
    assert move(seat, trade, "94", day(2), reason="gap fill below").is_override
    assert trades.stops_of(trade.id)[-1].is_override
    assert (trade.stop, trade.initial_risk) == (94, D("50.00"))


def test_a_short_s_stop_only_falls(seat: Seat) -> None:
    trade = held(seat, direction="short", stop="104")
    move(seat, trade, "102", day(2))
    assert trade.stop == 102
    assert "reason" in refusal(move, seat, trade, "103", day(3))


def test_all_legs_move_together_and_one_alone(seat: Seat) -> None:
    trade = pyramid(seat)
    assert [leg.number for leg in move(seat, trade, "104", day(4)).legs] == [1]
    assert [leg.number for leg in move(seat, trade, "106", day(5)).legs] == [1, 2]
    move(seat, trade, "107", day(6), leg="2")
    assert books(seat, trade).stops == {1: 106, 2: 107}
    assert trade.stop == 107


def test_of_several_legs_one_that_would_loosen_is_named(seat: Seat) -> None:
    trade = pyramid(seat)
    assert "from 95.00, 104.00" in refusal(move, seat, trade, "100", day(4))["reason"]
    move(seat, trade, "100", day(4), reason="room for the retest")
    rows = trades.stops_of(trade.id)[-2:]
    assert sorted((row.leg, row.is_override) for row in rows) == [(1, False), (2, True)]


def test_a_leg_whose_stop_is_used_up_is_left_alone(seat: Seat) -> None:
    trade = pyramid(seat)
    leave(seat, trade, "10", "111", day(4))
    assert [leg.number for leg in move(seat, trade, "106", day(5)).legs] == [2]
    assert books(seat, trade).stops == {1: 95, 2: 106}


def test_a_stop_beyond_the_entry_locks_in_profit_once_there_is_some(seat: Seat) -> None:
    trade = held(seat)
    mark(seat, trade, "99", day(2))
    assert "locks in a profit" in refusal(move, seat, trade, "101", day(3))["price"]
    mark(seat, trade, "106", day(3))
    assert move(seat, trade, "101", day(4)).warning == ""
    assert trade.stop_outcome == D("10.00")


def test_without_a_known_price_a_stop_beyond_the_entry_is_taken_at_its_word(seat: Seat) -> None:
    trade = held(seat)
    move(seat, trade, "100", day(2))
    assert trade.stop_outcome == 0


def test_a_stop_beyond_the_last_price_is_warned_of(seat: Seat) -> None:
    trade = held(seat)
    mark(seat, trade, "97", day(2))
    assert move(seat, trade, "98", day(3)).warning == "The stop is not below the last price of 97.00."
    short = held(seat, of=instrument("AMD"), direction="short", stop="105")
    mark(seat, short, "103", day(2))
    assert move(seat, short, "102", day(3)).warning == "The stop is not above the last price of 103.00."


def test_the_same_price_moves_nothing(seat: Seat) -> None:
    trade = held(seat)
    assert refusal(move, seat, trade, "95") == {"price": "The stop is at 95.00 already."}


def test_two_moves_of_one_moment_keep_their_order(seat: Seat) -> None:
    trade = held(seat)
    move(seat, trade, "96", NOW)
    move(seat, trade, "97", NOW)
    rows = trades.stops_of(trade.id)
    assert [row.new for row in rows] == [95, 96, 97]
    assert rows[-1].at > rows[-2].at


def test_a_move_cannot_slip_in_before_the_last_one_or_an_entry(seat: Seat) -> None:
    trade = held(seat)
    move(seat, trade, "97", day(3))
    assert refusal(move, seat, trade, "98", NOW, at=day(2.5).isoformat()).keys() == {"at"}
    move(seat, trade, "98", NOW, at=day(4).isoformat())
    assert trades.stops_of(trade.id)[-1].at == day(4)
    enter(seat, trade, "1", "103", day(6))
    assert refusal(move, seat, trade, "99", NOW, at=day(5).isoformat()).keys() == {"at"}
    assert refusal(move, seat, trade, "99", NOW, at=(NOW + timedelta(1)).isoformat()) == {
        "at": "This is in the future."
    }


def test_only_an_open_trade_has_a_stop_to_move(seat: Seat) -> None:
    trade = plan(seat)
    with pytest.raises(Conflict):
        move(seat, trade, "97")
    enter(seat, trade, "10", "100", day(1))
    assert refusal(move, seat, trade, "97", leg="3") == {"leg": "This trade has no leg 3."}
    leave(seat, trade, "10", "100", day(2))
    with pytest.raises(Conflict):
        move(seat, trade, "97")


def test_a_leg_that_waits_may_move_its_own_stop(seat: Seat) -> None:
    trade = held(seat)
    add(seat, trade, "110", "104", "5", day(2))
    move(seat, trade, "105", day(3), leg="2")
    assert books(seat, trade).stops == {1: 95, 2: 105}
    assert enter(seat, trade, "5", "110", day(4)).stop == 105


def test_a_viewer_moves_nothing(seat: Seat) -> None:
    trade = held(seat)
    with pytest.raises(Forbidden):
        move(viewer_of(seat), trade, "97")


def test_the_preview_is_what_comes_true(seat: Seat) -> None:
    trade = pyramid(seat)
    mark(seat, trade, "118", day(4))
    before = books(seat, trade)
    idea = checked(before, parse(StopInput, {"price": "112"}))
    foreseen = standing_moved(before, idea)
    move(seat, trade, "112", day(5))
    assert standing_now(books(seat, trade)) == foreseen
    assert (foreseen.heat, foreseen.if_stopped, foreseen.gives_back) == (0, D("130.00"), D("90.00"))


@pytest.mark.parametrize("bad", ["", "0", "-1", "NaN", "1e400", "9" * 10_000, "\u0661", None])
def test_bad_prices_are_refused(bad: str | None) -> None:
    assert refusal(parse, StopInput, {"price": bad}).keys() == {"price"}


@pytest.mark.parametrize(
    ("field", "bad"),
    [("leg", "x"), ("leg", "0"), ("at", "soon"), ("reason", "x" * 10_000), ("reason", "\x00bad"), ("why", "")],
)
def test_bad_fields_are_refused_by_name(field: str, bad: str) -> None:
    assert refusal(parse, StopInput, {"price": "1", field: bad}).keys() == {field}


def test_nothing_held_is_said_of_the_whole(seat: Seat) -> None:
    trade = held(seat)
    sold = books(seat, trade)
    leave(seat, trade, "10", "100", day(2))
    assert FORM in refusal(checked, books(seat, trade), parse(StopInput, {"price": "97"}))
    assert sold.position.quantity == 10
