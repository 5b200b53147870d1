"""Orders that belong together: brackets and OCA groups, from nothing being sent on until all have ended."""

from decimal import Decimal
from typing import Any

import pytest

from tests.brokers.interactive_brokers.gateway.library import Trader
from tests.brokers.interactive_brokers.gateway.venue import Gateway

D = Decimal


def bracket(trader: Trader, entry: float = 180, sent: int = 3, **terms: Any) -> list[Any]:
    """The entry, the take-profit at 200 and the stop at 170, of which only some are sent."""
    orders = trader.loop.call(lambda: trader.ib.bracketOrder("BUY", 10, entry, 200, 170, tif="GTC", **terms))
    return [trader.send(order) for order in orders[:sent]]


def accepted(trader: Trader, trades: list[Any]) -> None:
    trader.until(lambda: all(trade.orderStatus.permId for trade in trades))


def statuses(there: Gateway) -> list[str]:
    there.settle()
    return [order.status for order in there.orders]


def test_nothing_is_live_before_the_last_has_come(trader: Trader, there: Gateway) -> None:
    first = bracket(trader, sent=2)
    assert trader.ask("reqAllOpenOrders") == []
    assert statuses(there) == ["", ""]
    there.set_price("AAPL", "175")
    assert there.fills == []
    assert [trade.orderStatus.permId for trade in first] == [0, 0]


def test_exits_wait_for_their_entry(trader: Trader, there: Gateway) -> None:
    trades = bracket(trader)
    accepted(trader, trades)
    assert statuses(there) == ["Submitted", "PreSubmitted", "PreSubmitted"]
    parent, profit, stop = trader.ask("reqAllOpenOrders")
    assert [one.order.parentId for one in (parent, profit, stop)] == [0, *[trades[0].order.orderId] * 2]
    assert there.orders[1].oca_group == there.orders[2].oca_group == str(there.orders[0].perm_id)
    there.set_price("AAPL", "201")
    assert there.fills == []


@pytest.mark.parametrize(("price", "ends"), [("200", ["Filled", "Filled", "Cancelled"]),
                                             ("170", ["Filled", "Cancelled", "Filled"])])  # fmt: skip
def test_one_exit_ends_the_other(trader: Trader, there: Gateway, price: str, ends: list[str]) -> None:
    trades = bracket(trader)
    accepted(trader, trades)
    there.set_price("AAPL", "180")
    assert statuses(there) == ["Filled", "Submitted", "PreSubmitted"]
    there.set_price("AAPL", price)
    assert statuses(there) == ends
    for trade, status in zip(trades, ends, strict=True):
        trader.ended(trade, status)
    assert there.positions == {}
    assert there.cash == 100_000 + 10 * (D(price) - 180) - 2


def test_an_entry_that_has_partly_filled_keeps_its_exits_waiting(trader: Trader, there: Gateway) -> None:
    accepted(trader, bracket(trader))
    there.fill(there.orders[0], 4, "180")
    there.set_price("AAPL", "201")
    assert statuses(there) == ["Submitted", "PreSubmitted", "PreSubmitted"]


def test_an_exit_that_fills_in_part_shrinks_the_other(trader: Trader, there: Gateway) -> None:
    accepted(trader, bracket(trader))
    there.set_price("AAPL", "180")
    there.fill(there.orders[1], 4, "200")
    assert [order.remaining for order in there.orders] == [0, 6, 6]
    there.set_price("AAPL", "169")
    assert statuses(there) == ["Filled", "Cancelled", "Filled"]
    assert there.positions == {}


def test_the_end_of_an_entry_is_its_exits(trader: Trader, there: Gateway) -> None:
    trades = bracket(trader)
    accepted(trader, trades)
    trader.cancel(trades[0])
    for trade in trades:
        trader.ended(trade, "Cancelled")
    assert there.open_orders == []
    assert [code for _, code in trader.errors if code == 202] == [202] * 3


def test_the_end_of_an_entry_that_was_never_sent_on(trader: Trader, there: Gateway) -> None:
    trades = bracket(trader, sent=2)
    trader.loop.call(lambda: trader.ib.client.cancelOrder(trades[0].order.orderId, ""))
    trader.until(lambda: [code for _, code in trader.errors if code == 202] == [202] * 2)
    assert statuses(there) == ["Cancelled"] * 2


def test_a_refused_entry_takes_its_exits_along(trader: Trader, there: Gateway) -> None:
    orders = trader.loop.call(lambda: trader.ib.bracketOrder("BUY", 100_000, 180, 200, 170))
    for order in orders:
        trader.send(order)
    trader.heard(201)
    trader.until(lambda: there.orders[2:])
    assert statuses(there) == ["Inactive", "Cancelled", "Cancelled"]
    assert there.open_orders == []


def test_an_exit_whose_entry_has_filled_is_changed_without_it(trader: Trader, there: Gateway) -> None:
    trades = bracket(trader)
    accepted(trader, trades)
    there.set_price("AAPL", "180")
    stop = trades[2].order
    kept = trader.order("SELL", 10, "STP", auxPrice=172, tif="GTC", orderId=stop.orderId, parentId=stop.parentId)
    trader.send(kept)
    trader.heard(135)
    clean = trader.order("SELL", 10, "STP", auxPrice=172, tif="GTC", orderId=stop.orderId)
    trader.resend(clean)
    trader.until(lambda: len(there.asked("placeOrder")) == 5)
    there.settle()
    assert there.orders[2].aux == 172
    assert there.orders[2].is_open


def test_an_entry_may_be_sent_on_by_a_change(trader: Trader, there: Gateway) -> None:
    (entry,) = bracket(trader, sent=1)
    entry.order.transmit = True
    trader.send(entry.order)
    accepted(trader, [entry])
    assert statuses(there) == ["Submitted"]


def test_a_trailing_exit_trails_once_its_entry_has_filled(trader: Trader, there: Gateway) -> None:
    entry = trader.rest(180, tif="GTC")
    trader.place("SELL", 10, "TRAIL", auxPrice=5, parentId=entry.order.orderId)
    there.set_price("AAPL", "260")
    assert there.orders[1].trail_stop is None
    there.set_price("AAPL", "180")
    assert there.orders[1].trail_stop == 175


def test_an_exit_may_come_later(trader: Trader, there: Gateway) -> None:
    entry = trader.rest(180, tif="GTC")
    late = trader.place("SELL", 10, "STP", auxPrice=170, parentId=entry.order.orderId)
    assert late.orderStatus.status == "PreSubmitted"
    there.set_price("AAPL", "179")
    assert statuses(there) == ["Filled", "PreSubmitted"]


# --- OCA groups


def group(trader: Trader, oca_type: int) -> list[Any]:
    """Two exits of what is held."""
    trader.place()
    limit = trader.order("SELL", 10, "LMT", lmtPrice=200)
    stop = trader.order("SELL", 10, "STP", auxPrice=170)
    trades = [trader.send(one) for one in trader.lib.IB.oneCancelsAll([limit, stop], "ours", oca_type)]
    accepted(trader, trades)
    return trades


@pytest.mark.parametrize("oca_type", [1, 2, 3])
def test_one_cancels_all(trader: Trader, there: Gateway, oca_type: int) -> None:
    limit, stop = group(trader, oca_type)
    there.set_price("AAPL", "200")
    trader.ended(limit, "Filled")
    trader.ended(stop, "Cancelled")
    assert there.positions == {}


@pytest.mark.parametrize(("oca_type", "left"), [(1, ["Cancelled", 6]), (2, ["PreSubmitted", 6]),
                                                (3, ["PreSubmitted", 6])])  # fmt: skip
def test_a_partial_fill_cancels_or_shrinks_the_rest(
    trader: Trader, there: Gateway, oca_type: int, left: list[object]
) -> None:
    limit, _ = group(trader, oca_type)
    there.fill(limit.orderStatus.permId, 4, "200")
    filled, other = there.orders[1:]
    assert filled.remaining == 6
    assert other.status == left[0]
    if other.is_open:
        assert other.quantity == left[1]
        (told,) = [one for one in trader.ask("reqAllOpenOrders") if one.order.orderType == "STP"]
        assert (told.order.totalQuantity, told.order.ocaGroup, told.order.ocaType) == (6, "ours", oca_type)


def test_groups_of_two_accounts_or_names_are_none(trader: Trader, there: Gateway) -> None:
    limit, _ = group(trader, 1)
    there.place_as(9, "SELL", "AAPL", 1, orderType="LMT", lmtPrice="210", ocaGroup="theirs", ocaType=1)
    there.set_price("AAPL", "200")
    trader.ended(limit, "Filled")
    assert [order.ticket.terms["ocaGroup"] for order in there.open_orders] == ["theirs"]
