"""Brackets, one-triggers-other and pairs of exits, and what a split does, against hand-worked figures."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.brokers.simulator.desk import D, at, exchange, fills, order, refusal, update
from tests.brokers.simulator.scripted import FIRST_OPEN, ScriptedMarket, flat
from trenddojo.brokers.simulator.exchange import Exchange
from trenddojo.brokers.simulator.intervals import Split
from trenddojo.brokers.types import Order
from trenddojo.domain.orders import OrderClass, OrderStatus, OrderType

CALM = flat("10.00", 3)
UP = ("10.00", "11.20", "10.00", "11.20")
DOWN = ("10.00", "8.80", "10.00", "8.80")
BOTH_HIGH_FIRST = ("10.00", "11.20", "8.80", "10.00")
BOTH_LOW_FIRST = ("10.00", "8.80", "11.20", "10.00")
ALPACA = {"exits_wait_for_all": True, "replaces_with_new_id": True}


def then(*minutes: tuple[str, str, str, str], volume: int = 100_000, **ways: object) -> Exchange:
    """Three calm minutes at 10.00, then these."""
    return exchange(ScriptedMarket({"AAA": [[*CALM, *minutes]]}, volume), **ways)


def bracket(desk: Exchange, quantity: int = 100, **more: object) -> Order:
    return desk.submit(order("buy", quantity, "limit", limit_price="10", stop="9", target="11", **more), at(0))


def states(desk: Exchange, order_id: str) -> list[tuple[str, Decimal, Decimal]]:
    """Status, filled and quantity of an order and its legs."""
    told = desk.order(order_id)
    return [(one.status.value, one.filled_quantity, one.quantity) for one in (told, *told.legs)]


# ---- brackets


def test_exits_are_held_until_the_entry_fills() -> None:
    desk = then(UP)
    told = desk.submit(order("buy", 100, "limit", limit_price="9.5", stop="9", target="11", tif="day"), at(0))
    assert told.order_class is OrderClass.BRACKET
    target, stop = told.legs
    assert [one.order_type for one in told.legs] == [OrderType.LIMIT, OrderType.STOP]
    assert [one.raw_status for one in told.legs] == ["held", "held"]
    assert {one.time_in_force for one in told.legs} == {"gtc"}
    assert {target.parent_id, stop.parent_id} == {told.order_id}
    assert len({told.client_order_id, target.client_order_id, stop.client_order_id}) == 3
    assert desk.by_client_id(stop.client_order_id) == stop
    desk.advance(at(60))  # the day ends without a fill: the entry expires, and its exits with it
    assert states(desk, told.order_id) == [("expired", 0, 100), ("cancelled", 0, 100), ("cancelled", 0, 100)]


@pytest.mark.parametrize("ways", [{}, ALPACA])
def test_target_cancels_the_stop(ways) -> None:
    desk = then(UP, **ways)
    told = bracket(desk)
    assert [one.raw_status for one in told.legs] == ["accepted", "accepted"]
    desk.advance(at(4))
    assert fills(desk)[1][:3] == ("sell", "100", "11.00")
    assert states(desk, told.order_id) == [("filled", 100, 100), ("filled", 100, 100), ("cancelled", 0, 100)]
    assert desk.open_orders() == []
    assert desk.positions(at(4)) == []


@pytest.mark.parametrize(("minute", "price"), [(BOTH_HIGH_FIRST, "11.00"), (BOTH_LOW_FIRST, "9.00")])
def test_both_exits_within_one_minute_go_by_the_order_of_the_path(minute, price) -> None:
    desk = then(minute)
    bracket(desk)
    desk.advance(at(4))
    assert [one[2] for one in fills(desk)] == ["10.00", price]


def test_exits_of_a_filled_entry_are_open_by_themselves() -> None:
    desk = then(UP)
    told = bracket(desk)
    assert [one.order_id for one in desk.open_orders()] == [leg.order_id for leg in told.legs]
    assert [one.order_id for one in desk.orders()] == [told.order_id]


def test_exits_grow_with_each_fill_and_stay_for_the_part_when_the_entry_is_cancelled() -> None:
    desk = then(DOWN, volume=600)  # 60 a minute
    told = bracket(desk)
    assert states(desk, told.order_id)[0] == ("partially_filled", 60, 100)
    desk.cancel(told.order_id, at(0, 30))
    assert states(desk, told.order_id) == [("cancelled", 60, 100), ("accepted", 0, 60), ("accepted", 0, 60)]
    desk.advance(at(4))
    assert fills(desk)[1][:3] == ("sell", "60", "9.00")
    assert states(desk, told.order_id)[1:] == [("cancelled", 0, 60), ("filled", 60, 60)]


def test_exits_that_wait_for_all_leave_a_cancelled_half_without_protection() -> None:
    desk = then(DOWN, volume=600, **ALPACA)
    told = bracket(desk)
    assert [one.raw_status for one in desk.order(told.order_id).legs] == ["held", "held"]
    desk.cancel(told.order_id, at(0, 30))
    assert states(desk, told.order_id) == [("cancelled", 60, 100), ("cancelled", 0, 100), ("cancelled", 0, 100)]
    desk.advance(at(4))
    assert [(one.quantity, one.symbol) for one in desk.positions(at(4))] == [(60, "AAA")]


def test_cancelling_one_exit_takes_the_other_along_where_exits_wait_for_all() -> None:
    alone, together = then(UP), then(UP, **ALPACA)
    for desk, left in ((alone, 1), (together, 0)):
        told = bracket(desk)
        desk.cancel(told.legs[0].order_id, at(1))
        assert len(desk.open_orders()) == left


def test_partly_filled_exit_reduces_its_sibling() -> None:
    desk = then(UP, ("11.20", "11.20", "8.80", "8.80"), volume=600)
    told = bracket(desk)
    desk.advance(at(3, 59))  # 60 at once, 40 in the second minute; then 60 at the target
    assert states(desk, told.order_id) == [("filled", 100, 100), ("partially_filled", 60, 100), ("accepted", 0, 40)]
    desk.advance(at(5))  # the open is above the target: 40 at 11.20
    assert [one[1:3] for one in fills(desk)[2:]] == [("60", "11.00"), ("40", "11.20")]
    assert states(desk, told.order_id)[1:] == [("filled", 100, 100), ("cancelled", 0, 40)]


def test_exit_closes_only_what_is_held_and_ends() -> None:
    desk = then(DOWN)
    told = bracket(desk)
    desk.submit(order("sell", 70), at(1))
    desk.advance(at(4))
    assert fills(desk)[2][:3] == ("sell", "30", "9.00")
    assert states(desk, told.order_id)[1:] == [("cancelled", 0, 70), ("cancelled", 30, 100)]
    assert desk.positions(at(4)) == []


def test_closing_the_position_ends_its_exits() -> None:
    desk = then(DOWN)
    told = bracket(desk)
    desk.submit(order("sell", 100), at(1))
    assert states(desk, told.order_id)[1:] == [("cancelled", 0, 100), ("cancelled", 0, 100)]
    assert desk.order(told.order_id).legs[0].reason == "There is no position left to close."
    assert desk.open_orders() == []


def test_exits_sleep_again_while_more_of_their_entry_may_fill() -> None:
    away, back = ("10.20",) * 4, ("10.00",) * 4
    desk = exchange(ScriptedMarket({"AAA": [[*flat("10.00", 1), away, back, DOWN]]}, 600))
    told = bracket(desk)
    desk.submit(order("sell", 60), at(1))
    assert states(desk, told.order_id) == [("partially_filled", 60, 100), ("accepted", 0, 40), ("accepted", 0, 40)]
    assert [leg.raw_status for leg in desk.order(told.order_id).legs] == ["held", "held"]
    desk.advance(at(4))
    assert [one[:3] for one in fills(desk)[2:]] == [("buy", "40", "10.00"), ("sell", "40", "9.00")]
    assert desk.open_orders() == []


def test_replacing_an_entry_moves_its_exits_along() -> None:
    desk = then(UP, **ALPACA)
    told = desk.submit(order("buy", 100, "limit", limit_price="9.5", stop="9", target="11"), at(0))
    new = desk.replace(told.order_id, update(limit_price=D(10), quantity=D(50)), at(1))
    assert [(leg.parent_id, leg.quantity) for leg in new.legs] == [(new.order_id, 50)] * 2
    desk.advance(at(4))
    assert fills(desk)[1][:3] == ("sell", "50", "11.00")


def test_stop_of_a_bracket_is_moved() -> None:
    desk = then(DOWN, **ALPACA)
    told = bracket(desk)
    moved = desk.replace(told.legs[1].order_id, update(stop_price=D("9.40")), at(1))
    assert (moved.parent_id, moved.replaces) == (told.order_id, told.legs[1].order_id)
    desk.advance(at(4))
    assert fills(desk)[1][:3] == ("sell", "100", "9.40")
    assert states(desk, told.order_id)[1][0] == "cancelled"


def test_bracket_must_open_and_a_short_one_mirrors() -> None:
    desk = then(BOTH_LOW_FIRST)
    desk.submit(order("sell", 10, "limit", limit_price="10", stop="11", target="9"), at(0))
    error = refusal(desk.submit, order("buy", 10, "limit", limit_price="10", stop="9", target="11"), at(1))
    assert error.details["field"] == "side"
    desk.advance(at(4))
    assert [one[:3] for one in fills(desk)] == [("sell", "10", "10.00"), ("buy", "10", "9.00")]


@pytest.mark.parametrize(("minute", "second"), [(-1, 0), (0, 10)])
def test_exit_that_the_market_is_already_through_goes_at_the_quote_once_awake(minute: int, second: int) -> None:
    desk = exchange(ScriptedMarket({"AAA": [[("10.00", "10.60", "9.40", "10.00"), *CALM]]}))
    desk.submit(order("buy", 10, stop="9", target="9.50"), at(minute, second))
    desk.advance(at(0, 10))
    bought, sold = ("10.05", "9.95") if minute else ("10.35", "10.25")  # a spread of 0.10 around 10.00 and 10.30
    assert [one[:3] for one in fills(desk)] == [("buy", "10", bought), ("sell", "10", sold)]


# ---- one triggers the other; one cancels the other


def test_oto_has_one_exit() -> None:
    desk = then(DOWN)
    told = desk.submit(order("buy", 10, stop="9"), at(0))
    assert (told.order_class, len(told.legs)) == (OrderClass.OTO, 1)
    desk.advance(at(4))
    assert [one[2] for one in fills(desk)] == ["10.00", "9.00"]


@pytest.mark.parametrize(("minute", "price"), [(UP, "11.00"), (DOWN, "9.00")])
def test_oco_closes_a_position_once(minute, price) -> None:
    desk = then(minute)
    desk.submit(order("buy", 10), at(0))
    pair = desk.submit(order("sell", 10, "limit", limit_price="11", stop="9", is_oco=True), at(1))
    assert [one.raw_status for one in (pair, *pair.legs)] == ["accepted", "accepted"]
    desk.advance(at(4))
    assert fills(desk)[1][2] == price
    assert desk.open_orders() == []


def test_expired_oco_takes_its_stop_along() -> None:
    desk = then(("10.00",) * 4)
    desk.submit(order("buy", 10), at(0))
    pair = desk.submit(order("sell", 10, "limit", limit_price="11", stop="9", is_oco=True, tif="day"), at(1))
    desk.advance(at(4))
    assert [one[0] for one in states(desk, pair.order_id)] == ["expired", "cancelled"]


# ---- splits


def split_market(ratio: str, after: str) -> ScriptedMarket:
    market = ScriptedMarket({"AAA": [flat("10.00", 4), flat(after, 4)]})
    market.split_list["AAA"] = [Split((FIRST_OPEN + timedelta(days=1)).date(), D(ratio))]
    return market


def test_split_adjusts_position_and_orders_at_the_open() -> None:
    desk = exchange(split_market("4", "2.50"))
    told = bracket(desk)
    desk.advance(at(0, day=1) - timedelta(seconds=1))
    assert desk.positions(at(60))[0].quantity == 100
    desk.advance(at(0, day=1))
    (position,) = desk.positions(at(0, day=1))
    assert (position.quantity, position.average_price, position.unrealised) == (400, D("2.5"), 0)
    target, stop = desk.order(told.order_id).legs
    assert (target.quantity, target.limit_price) == (400, D("2.75"))
    assert (stop.quantity, stop.stop_price, stop.updated_at) == (400, D("2.25"), at(0, day=1))
    assert desk.balances(at(0, day=1)).equity == 100_000


@pytest.mark.parametrize(
    ("side", "exit_side", "stop", "quantity", "cash"),
    [("buy", "sell", "5", 1, "99900"), ("sell", "buy", "15", -1, "100100")],
)
def test_fraction_that_a_reverse_split_leaves_is_paid_in_cash(side, exit_side, stop, quantity, cash) -> None:
    desk = exchange(split_market("0.1", "100.00"))
    desk.submit(order(side, 19), at(0))  # 190.00; 1.9 shares after the split, of which 0.9 are worth 90.00
    small = desk.submit(order(exit_side, 9, "stop", stop_price=stop), at(1))
    balances = desk.balances(at(0, day=1))
    assert desk.positions(at(0, day=1))[0].quantity == quantity
    assert (balances.cash, balances.equity) == (D(cash), 100_000)
    assert desk.order(small.order_id).reason == "A split left less than one unit of it."


def test_split_that_leaves_no_whole_share_ends_the_exits() -> None:
    desk = exchange(split_market("0.1", "100.00"))
    told = bracket(desk, 9)
    assert desk.positions(at(0, day=1)) == []
    assert {leg.status for leg in desk.order(told.order_id).legs} == {OrderStatus.CANCELLED}
    assert desk.balances(at(0, day=1)).cash == 100_000
