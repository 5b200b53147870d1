"""Several clients at once: whose orders each sees and can touch, and what was typed into TWS."""

from decimal import Decimal
from typing import Any

import pytest

from tests.brokers.interactive_brokers.gateway.caller import OPEN_ORDER, Caller, calling
from tests.brokers.interactive_brokers.gateway.library import Loop, Trader, trading
from tests.brokers.interactive_brokers.gateway.venue import Gateway
from tests.conftest import Clock

D = Decimal


def test_each_client_is_told_of_its_own_orders(trader: Trader, there: Gateway) -> None:
    ours = trader.rest(orderRef="ours")
    there.place_as(9, "BUY", "AAPL", 5, orderType="LMT", lmtPrice="150", orderRef="theirs")
    (found,) = trader.ask("reqOpenOrders")
    assert found.order.orderRef == "ours"
    every = trader.ask("reqAllOpenOrders")
    assert [(one.order.clientId, one.order.orderRef) for one in every] == [(7, "ours"), (9, "theirs")]
    there.fill("theirs")
    trader.ask("reqCurrentTime")
    assert trader.ib.fills() == []
    assert ours.orderStatus.status == "Submitted"
    trader.until(trader.ib.positions)


def test_the_master_is_told_of_all(loop: Loop, there: Gateway) -> None:
    there.master_client_id = 3
    with trading(loop, there, 3) as master:
        there.place_as(9, "BUY", "AAPL", 5, orderRef="theirs")
        master.until(lambda: master.ib.fills() and master.ib.fills()[0].commissionReport.execId)
        (trade,) = master.ib.trades()
        assert (trade.order.clientId, trade.orderStatus.status) == (9, "Filled")


def test_every_field_of_an_order_is_where_it_belongs(trader: Trader, there: Gateway) -> None:
    """An order that the library has never seen is decoded from the message alone."""
    there.place_as(
        9, "SELL", "AAPL", 7, orderType="STP LMT", lmtPrice="170.5", auxPrice="171", tif="GTD", outsideRth=True,
        goodTillDate="20260306 12:00:00 US/Eastern", orderRef="theirs", ocaGroup="group", ocaType=2,
    )  # fmt: skip
    (trade,) = trader.ask("reqAllOpenOrders")
    told = {
        "orderId": 1, "clientId": 9, "action": "SELL", "totalQuantity": 7, "orderType": "STP LMT", "lmtPrice": 170.5,
        "auxPrice": 171, "tif": "GTD", "ocaGroup": "group", "ocaType": 2, "orderRef": "theirs", "account": "DU1234567",
        "outsideRth": True, "goodTillDate": "20260306 12:00:00 US/Eastern", "deltaNeutralOrderType": "None",
        "adjustedOrderType": "None", "clearingIntent": "IB", "whatIf": False, "parentId": 0, "trailStopPrice": 169.5,
        "minTradeQty": 2147483647, "duration": 2147483647, "usePriceMgmtAlgo": False, "cashQty": 0,
        "permId": there.orders[0].perm_id,
    }  # fmt: skip
    assert {name: getattr(trade.order, name) for name in told} == told
    assert (trade.contract.conId, trade.contract.exchange, trade.contract.right) == (265598, "SMART", "?")
    assert trade.orderStatus.status == "PreSubmitted"


def test_every_field_of_a_completed_order_too(trader: Trader, there: Gateway) -> None:
    parent = there.place_as(9, "BUY", "AAPL", 7, orderType="LMT", lmtPrice="150", orderRef="theirs", transmit=False)
    there.place_as(9, "SELL", "AAPL", 7, orderType="STP", auxPrice="140", orderRef="stop", parentId=parent.order_id)
    there.fill(parent, 3, "150")
    there.cancel(parent)
    one, stop = trader.ask("reqCompletedOrders", False)
    told = {
        "orderId": 0, "clientId": 0, "action": "BUY", "totalQuantity": 4, "filledQuantity": 3, "orderType": "LMT",
        "lmtPrice": 150, "tif": "DAY", "orderRef": "theirs", "permId": parent.perm_id, "account": "DU1234567",
        "shareholder": "Not an insider or substantial shareholder", "refFuturesConId": 2147483647, "whatIf": False,
    }  # fmt: skip
    assert {name: getattr(one.order, name) for name in told} == told
    assert (one.orderStatus.status, stop.order.parentPermId) == ("Cancelled", parent.perm_id)


def test_how_an_order_has_ended_is_told_in_words(caller: Caller, there: Gateway) -> None:
    there.place_as(9, "BUY", "AAPL", 5)
    for end in (there.cancel, there.expire, there.reject):
        end(there.place_as(9, "BUY", "AAPL", 5, orderType="LMT", lmtPrice="150"))
    caller.send(99, 0)
    told = [caller.until(101) for _ in range(4)]
    caller.until(102)
    assert [fields[-6] for fields in told] == [
        "Filled Size: 5", "Cancelled by Trader", "Expired", "Rejected by System: rejected by the exchange",
    ]  # fmt: skip
    assert {fields[-7] for fields in told} == {"20260303 10:00:00 US/Eastern"}


def test_the_past_begins_at_midnight(trader: Trader, there: Gateway, clock: Clock) -> None:
    there.place_as(9, "BUY", "AAPL", 5)
    there.place_as(9, "BUY", "AAPL", 5, orderType="LMT", lmtPrice="150", tif="GTC")
    assert len(trader.ask("reqCompletedOrders", False)) == len(trader.ask("reqExecutions")) == 1
    clock.turn(days=1)
    assert trader.ask("reqCompletedOrders", False) == []
    assert trader.ask("reqExecutions") == []
    assert len(trader.ask("reqAllOpenOrders")) == 1


@pytest.mark.parametrize(("told", "count"), [
    ({}, 2), ({"clientId": 9}, 1), ({"symbol": "MSFT"}, 1), ({"side": "SELL"}, 1), ({"acctCode": "DU9"}, 0),
    ({"time": "20260303 10:30:00 US/Eastern"}, 1), ({"secType": "OPT"}, 0), ({"exchange": "SMART"}, 2),
])  # fmt: skip
def test_executions_are_filtered(
    trader: Trader, there: Gateway, clock: Clock, told: dict[str, Any], count: int
) -> None:
    there.place_as(8, "BUY", "AAPL", 5)
    clock.turn(hours=1)
    there.place_as(9, "SELL", "MSFT", 5)
    wanted = trader.loop.call(lambda: trader.lib.ExecutionFilter(**told))
    assert len(trader.ask("reqExecutions", wanted)) == count


def test_commissions_may_follow_the_list(caller: Caller, there: Gateway) -> None:
    there.place_as(9, "BUY", "AAPL", 5)
    for is_last, order in ((False, ["11", "59", "55"]), (True, ["11", "55", "59"])):
        there.commissions_last = is_last
        caller.send(7, 3, 1, 0, "", "", "", "", "", "")
        told = [caller.until(11)[0], caller.hear()[0], caller.hear()[0]]
        assert told == order


@pytest.mark.parametrize(("times", "text"), [("zone", "20260303 10:00:00 US/Eastern"), ("utc", "20260303-15:00:00"),
                                             ("old", "20260303  10:00:00")])  # fmt: skip
def test_executions_are_stamped_in_three_ways(caller: Caller, there: Gateway, times: Any, text: str) -> None:
    there.times = times
    there.place_as(7, "BUY", "AAPL", 5)
    assert caller.until(11)[15] == text


def test_what_is_typed_into_tws_has_no_number(trader: Trader, there: Gateway) -> None:
    order = there.type_in("BUY", "AAPL", 10, orderType="LMT", lmtPrice="150")
    (trade,) = trader.ask("reqAllOpenOrders")
    assert (trade.order.orderId, trade.order.clientId, trade.order.permId) == (0, 0, order.perm_id)
    there.fill(order)
    assert len(trader.ask("reqCompletedOrders", False)) == 1
    assert trader.ask("reqCompletedOrders", True) == []


def test_client_0_takes_over_what_is_typed_in(there: Gateway) -> None:
    order = there.type_in("BUY", "AAPL", 10, orderType="LMT", lmtPrice="150")
    with calling(there, 0) as caller:
        caller.send(5, 1)
        assert caller.until(100)[1:] == [str(order.perm_id), "0", "1"]
        assert caller.until(OPEN_ORDER)[1] == "1"
        caller.send(4, 1, 1, "")
        while caller.error()[:2] != (1, 202):
            pass


def test_client_0_may_take_over_all_that_follows(loop: Loop, there: Gateway, trader: Trader) -> None:
    with trading(loop, there, 0) as zero:
        order = there.type_in("BUY", "AAPL", 10, orderType="LMT", lmtPrice="150")
        assert order.order_id == 1
        zero.ask("reqOpenOrders")
        (trade,) = zero.ib.openTrades()
        zero.cancel(trade)
        zero.ended(trade, "Cancelled")
    trader.loop.call(lambda: trader.ib.client.reqAutoOpenOrders(True))
    trader.heard(321)


def test_one_client_cannot_touch_anothers_order(trader: Trader, there: Gateway) -> None:
    theirs = there.place_as(9, "BUY", "AAPL", 5, orderType="LMT", lmtPrice="150")
    trader.loop.call(lambda: trader.ib.client.cancelOrder(theirs.order_id, ""))
    trader.heard(10147)
    assert theirs.is_open


def test_the_same_reference_twice_is_two_orders(trader: Trader, there: Gateway) -> None:
    trader.rest(orderRef="ours")
    trader.rest(orderRef="ours")
    assert len(there.open_orders) == 2
    assert there.order("ours") is there.orders[1]
    with pytest.raises(KeyError):
        there.order("theirs")
