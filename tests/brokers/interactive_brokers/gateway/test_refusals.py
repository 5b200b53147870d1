"""What is refused, with which code, and what of an order is left then."""

from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from tests.brokers.interactive_brokers.gateway.caller import Caller, calling
from tests.brokers.interactive_brokers.gateway.library import NAME, Loop, Trader, trading
from tests.brokers.interactive_brokers.gateway.venue import Gateway, gateway
from tests.conftest import Clock

D = Decimal
LIMIT = {"order_type": "LMT", "lmtPrice": 150}


def refused(trader: Trader, code: int, contract: Any = None, **terms: Any) -> Any:
    """Send an order that is refused with a code."""
    trade = trader.send(trader.order(**terms), contract)
    trader.heard_of(trade.order.orderId, code)
    return trade


@pytest.mark.parametrize(("code", "terms"), [
    (110, {**LIMIT, "lmtPrice": 100.003}),
    (110, {"order_type": "STP", "auxPrice": 200.001}),
    (434, {"quantity": 0}),
    (10243, {"quantity": 1.5}),
    (387, {"order_type": "PEG MKT"}),
    (321, {"order_type": "LMT"}),
    (321, {"order_type": "TRAIL", "auxPrice": 5, "trailingPercent": 5}),
    (321, {"action": "SSHORT"}),
    (321, {"tif": "FOREVER"}),
    (321, {"order_type": "MOC", "tif": "GTC"}),
    (321, {"order_type": "STP", "auxPrice": 200, "tif": "OPG"}),
    (321, {"account": "DU9"}),
    (135, {"parentId": 99}),
    (10314, {**LIMIT, "tif": "GTD", "goodTillDate": "tomorrow"}),
])  # fmt: skip
def test_what_is_wrong_is_not_booked(trader: Trader, there: Gateway, code: int, terms: dict[str, Any]) -> None:
    refused(trader, code, **terms)
    assert there.orders == []


def test_an_order_for_what_is_not_known(trader: Trader, there: Gateway) -> None:
    refused(trader, 200, trader.stock("NOSUCH"))
    refused(trader, 200, trader.stock("DUAL"))
    refused(trader, 200, trader.stock("AAPL", "CME"))
    assert there.orders == []


def test_an_order_needs_an_account_where_there_are_several(loop: Loop, clock: Clock) -> None:
    with gateway(clock, accounts=("DU1", "DU2")) as there, trading(loop, there) as trader:
        refused(trader, 435)
        trader.place(account="DU2")
        assert there.accounts["DU2"].held(there.instruments.named("AAPL")) == 10
        assert there.accounts["DU1"].holdings == {}


def test_what_an_account_cannot_bear_is_an_error_first_and_inactive_then(caller: Caller, there: Gateway) -> None:
    there.place_as(7, "BUY", "AAPL", 1_000_000)
    order_id, code, text = caller.error()
    while code != 201:
        order_id, code, text = caller.error()
    assert order_id == 1
    assert "EQUITY WITH LOAN VALUE [100000.00 USD] MUST EXCEED THE INITIAL MARGIN [57000000.00 USD]" in text
    assert [caller.hear()[0] for _ in range(2)] == ["5", "3"]
    assert there.open_orders == []
    assert there.orders[0].completed.startswith("Rejected by System: YOUR ORDER IS NOT ACCEPTED")


def test_so_many_orders_work_on_a_side_and_no_more(trader: Trader, there: Gateway) -> None:
    for _ in range(20):
        there.place_as(9, "BUY", "AAPL", 1, orderType="LMT", lmtPrice="150")
    refused(trader, 201, **LIMIT)
    trader.place("SELL", 1, "LMT", lmtPrice=250)


def test_numbers_are_used_once_and_only_rise(trader: Trader, there: Gateway) -> None:
    first = trader.place()
    trader.rest()
    number = first.order.orderId
    with calling(there, 8) as other:
        for _ in range(2):
            other.send(*a_placed_order(5))
        other.send(*a_placed_order(4))
        codes: list[int] = []
        while len(codes) < 2:
            _, code, _ = other.error()
            codes += [code] if code < 2000 else []
    assert codes == [104, 103]
    assert number < there.orders[1].order_id


def test_a_read_only_gateway_takes_and_tells_no_orders(loop: Loop, clock: Clock) -> None:
    with gateway(clock, read_only=True) as there, trading(loop, there, readonly=True) as trader:
        refused(trader, 321)
        assert there.orders == []
    with gateway(clock, read_only=True) as there, calling(there) as caller:
        caller.send(5, 1)
        while caller.error()[1] != 321:
            pass
        assert caller.says_nothing()


def test_an_unknown_message(caller: Caller) -> None:
    caller.send(250, 1)
    while caller.error()[1] != 505:
        pass
    caller.send(3, "no number")
    assert caller.error()[:2] == (-1, 320)
    caller.send(3, 5, "")
    assert caller.error()[:2] == (5, 320)


# --- changes


def test_a_change_keeps_the_order_and_its_id(trader: Trader, there: Gateway) -> None:
    trade = trader.rest(150)
    trade.order.lmtPrice, trade.order.totalQuantity = 151.5, 20
    trader.send(trade.order, trade.contract)
    trader.until(lambda: len(there.asked("placeOrder")) == 2)
    (order,) = there.orders
    (found,) = trader.ask("reqAllOpenOrders")
    assert (order.limit, order.quantity, order.perm_id) == (D("151.5"), D(20), trade.orderStatus.permId)
    assert (found.order.lmtPrice, found.order.totalQuantity) == (151.5, 20)


@pytest.mark.parametrize(("code", "terms"), [
    (105, {"action": "SELL", **LIMIT}),
    (105, {"contract": "MSFT", **LIMIT}),
    (329, {"order_type": "MKT"}),
    (110, {**LIMIT, "lmtPrice": 150.001}),
    (434, {"quantity": 0, **LIMIT}),
    (201, {"quantity": 100_000, **LIMIT}),
    (201, {"quantity": 2, **LIMIT}),
    (135, {"parentId": 99, **LIMIT}),
])  # fmt: skip
def test_a_refused_change_leaves_the_order_as_it_was(
    trader: Trader, there: Gateway, code: int, terms: dict[str, Any]
) -> None:
    trade = trader.rest(150)
    there.fill(trade.orderStatus.permId, 3, "150")
    contract = trader.stock(terms.pop("contract", "AAPL"))
    changed = trader.order(**terms)
    changed.orderId = trade.order.orderId
    trader.send(changed, contract)
    trader.heard(code)
    (order,) = there.open_orders
    assert (order.limit, order.quantity, order.type, order.symbol) == (D(150), D(10), "LMT", "AAPL")
    assert trader.ask("reqAllOpenOrders")[0].order.lmtPrice == 150


@pytest.mark.parametrize("status", ["PendingCancel", "Cancelled", "Filled"])
def test_what_is_ending_or_ended_cannot_be_changed(caller: Caller, there: Gateway, status: str) -> None:
    caller.send(*a_placed_order(1, limit="150"))
    there.hold_cancels = status == "PendingCancel"
    caller.until(5)
    if status == "Filled":
        there.fill(there.orders[0])
    else:
        caller.send(4, 1, 1, "")
    caller.until(3)
    while (told := caller.until(3)[2]) != status:
        assert told == "PendingCancel"
    caller.send(*a_placed_order(1, limit="151"))
    codes = {"PendingCancel": 161, "Cancelled": 103, "Filled": 104}
    assert caller.error()[1] == codes[status]
    assert there.orders[0].limit == 150


# --- cancels


def test_a_cancel_is_an_error_and_a_status(trader: Trader, there: Gateway) -> None:
    trade = trader.rest()
    trader.cancel(trade)
    trader.ended(trade, "Cancelled")
    trader.heard(202)
    assert there.orders[0].completed == "Cancelled by Trader"
    assert there.open_orders == []


def test_a_cancel_may_hang(trader: Trader, there: Gateway) -> None:
    there.hold_cancels = True
    trade = trader.rest()
    trader.cancel(trade)
    trader.until(lambda: trade.orderStatus.status == "PendingCancel")
    trader.loop.call(lambda: trader.ib.client.cancelOrder(trade.order.orderId, ""))
    trader.heard(161)
    assert there.orders[0].is_open


def test_what_was_not_accepted_yet_is_cancelled_at_once(trader: Trader, there: Gateway) -> None:
    there.hold_acceptance = there.hold_cancels = True
    trade = trader.send(trader.order())
    trader.cancel(trade)
    trader.ended(trade, "ApiCancelled")
    there.hold_acceptance = False
    there.settle()
    assert there.fills == []


def test_what_cannot_be_cancelled(trader: Trader, there: Gateway) -> None:
    filled = trader.place()
    for number, code in ((filled.order.orderId, 10148), (999, 10147)):
        trader.loop.call(partial(trader.ib.client.cancelOrder, number, ""))
        trader.heard(code)
        assert (number, code) in trader.errors
    assert there.orders[0].status == "Filled"


def test_everything_can_be_cancelled_at_once(trader: Trader, there: Gateway) -> None:
    trades = [trader.rest(), trader.rest(tif="GTC")]
    there.place_as(9, "SELL", "AAPL", 1, orderType="LMT", lmtPrice="250")
    trader.loop.call(trader.ib.reqGlobalCancel)
    for trade in trades:
        trader.ended(trade, "Cancelled")
    assert there.open_orders == []


# --- what is held


@pytest.mark.parametrize("status", ["PreSubmitted", "Inactive"])
def test_a_short_sale_may_wait_for_shares(trader: Trader, there: Gateway, status: str) -> None:
    there.hard_to_borrow["AAPL"] = status
    trade = trader.place("SELL", 10)
    trader.heard(404)
    trader.until(lambda: trade.orderStatus.whyHeld == "locate")
    assert there.orders[0].status == status
    assert there.open_orders
    there.hard_to_borrow.clear()
    there.settle()
    trader.ended(trade, "Filled")
    assert there.positions == {"AAPL": D(-10)}


def test_what_is_held_is_sold_without_a_locate(trader: Trader, there: Gateway) -> None:
    trader.place()
    there.hard_to_borrow["AAPL"] = "PreSubmitted"
    trader.ended(trader.place("SELL"), "Filled")


# --- what-if


def test_what_an_order_would_tie_up(trader: Trader, there: Gateway) -> None:
    state = trader.ask("whatIfOrder", trader.stock(), trader.order("BUY", 100))
    assert float(state.initMarginChange) == 5700
    assert float(state.maintMarginChange) == 4750
    assert float(state.equityWithLoanBefore) == 100_000
    assert (state.commission, state.commissionCurrency) == (1, "USD")
    assert there.orders == []


@pytest.mark.parametrize(("code", "terms"), [(201, {"quantity": 1_000_000}), (110, {**LIMIT, "lmtPrice": 0.001}),
                                             (200, {"contract": "NOSUCH"})])  # fmt: skip
def test_a_refused_what_if_has_no_answer(trader: Trader, code: int, terms: dict[str, Any]) -> None:
    contract = trader.stock(terms.pop("contract", "AAPL"))
    assert trader.ask("whatIfOrder", contract, trader.order(**terms)) == []
    assert code in trader.codes


@pytest.mark.skipif(NAME != "ib_insync", reason="ib_async calls it a validation error")
def test_the_library_believes_a_refused_change_to_be_the_end(trader: Trader, there: Gateway) -> None:
    trade = trader.rest()
    changed = trader.order("BUY", 10, "MKT", orderId=trade.order.orderId)
    trader.send(changed)
    trader.heard(329)
    assert trade.orderStatus.status == "Cancelled"
    assert there.open_orders


def a_placed_order(order_id: int, limit: str = "") -> list[str | int]:
    """A placeOrder for ten shares of AAPL, as the protocol has it at version 176."""
    contract = "0,AAPL,STK,,0,,,SMART,,USD,,"
    order = f",,BUY,10,{'LMT' if limit else 'MKT'},{limit},,DAY,,,,0,,1,0,0,0,0,0,0,0"
    rest = ",0,,,,,,,,0,,-1,0,,,0,,,0,0,,0,,,,,,0,,,,,0,,,,,,,,,,,0,,,0,0,,,0,,0,0,0,0,,,,,,,0,,,,,,,,,0,0,0,0,,,0,,"
    return [3, order_id, *contract.split(","), *order.split(","), *rest.split(",")]
