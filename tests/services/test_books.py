from __future__ import annotations

from tests.services.recorded import D, add, day, enter, leave, plan
from trenddojo.store.seats import Seat


def test_the_stop_of_an_open_trade_is_one_that_can_be_hit(seat: Seat) -> None:
    trade = plan(seat)
    assert trade.stop is None
    enter(seat, trade, "10", "100", day(1))
    add(seat, trade, "110", "104", "5", day(2))
    assert trade.stop == D(95), "the add is not filled"
    enter(seat, trade, "5", "110", day(3))
    assert trade.stop == D(104), "of a long the highest"
    leave(seat, trade, "5", "112", day(4), leg=2)
    assert trade.stop == D(95), "the add's stop protects nothing any more"
    leave(seat, trade, "10", "112", day(5))
    assert trade.stop == D(104), "of a closed trade the best of all"
