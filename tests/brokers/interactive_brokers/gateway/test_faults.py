"""What goes wrong by script: each fault fits the message that is sent, and is used up."""

from decimal import Decimal
from typing import Any

import pytest

from tests.brokers.interactive_brokers.gateway.caller import ERROR, OPEN_ORDER, TIME, Caller, Closed, calling
from tests.brokers.interactive_brokers.gateway.library import Loop, Trader, trading
from tests.brokers.interactive_brokers.gateway.test_refusals import a_placed_order
from tests.brokers.interactive_brokers.gateway.venue import Gateway

D = Decimal


@pytest.fixture
def quiet(caller: Caller) -> Caller:
    """A caller that has heard the good news of the start."""
    for _ in range(3):
        caller.until(ERROR)
    return caller


def time(caller: Caller) -> None:
    caller.send(49, 1)


@pytest.mark.parametrize("abort", [False, True])
def test_a_lost_answer_is_an_order_that_was_booked(trader: Trader, there: Gateway, abort: bool) -> None:
    there.faults.lose_answer("placeOrder", abort=abort)
    trade = trader.send(trader.order(orderRef="ours"))
    trader.until(lambda: not trader.ib.isConnected())
    assert trade.orderStatus.status == "PendingSubmit"
    assert there.order("ours").status == "Filled"
    assert there.positions == {"AAPL": D(10)}


@pytest.mark.parametrize("abort", [False, True])
def test_a_lost_request_is_none(loop: Loop, trader: Trader, there: Gateway, abort: bool) -> None:
    there.faults.lose_request("placeOrder", abort=abort)
    trader.send(trader.order(orderRef="ours"))
    trader.until(lambda: not trader.ib.isConnected())
    assert there.orders == []
    with trading(loop, there) as again:
        assert again.ask("reqAllOpenOrders") == []
        again.ended(again.place(), "Filled")


def test_some_messages_may_be_meant(trader: Trader, there: Gateway) -> None:
    there.faults.lose_answer("placeOrder", where=lambda asked: asked.ticket.ref == "second")
    trader.ended(trader.place(orderRef="first"), "Filled")
    trader.send(trader.order(orderRef="second"))
    trader.until(lambda: not trader.ib.isConnected())
    assert len(there.fills) == 2


def test_a_swallowed_request_is_nothing(quiet: Caller, there: Gateway) -> None:
    there.faults.swallow("placeOrder", times=2)
    for number in (1, 2, 3):
        quiet.send(*a_placed_order(number))
    assert quiet.until(OPEN_ORDER)[1] == "3"
    assert len(there.orders) == 1
    assert len(there.asked("placeOrder")) == 3


def test_an_answer_may_never_come(quiet: Caller, there: Gateway) -> None:
    there.faults.never_answer("placeOrder")
    quiet.send(*a_placed_order(1, limit="150"))
    time(quiet)
    assert quiet.hear()[0] == str(TIME)
    assert there.open_orders
    there.fill(there.orders[0])
    assert quiet.hear()[0] == "11"


def test_an_answer_may_come_after_others(quiet: Caller, there: Gateway) -> None:
    there.faults.delay("reqIds", messages=2)
    quiet.send(8, 1, 1)
    for _ in range(3):
        time(quiet)
    assert [quiet.hear()[0] for _ in range(4)] == ["49", "49", "9", "49"]


def test_an_answer_may_wait_for_its_release(trader: Trader, there: Gateway) -> None:
    there.faults.hold("placeOrder")
    trade = trader.send(trader.order())
    trader.ask("reqCurrentTime")
    assert trade.orderStatus.permId == 0
    assert there.positions == {"AAPL": D(10)}
    there.release()
    trader.ended(trade, "Filled")


def test_a_refusal_of_the_tests_own(trader: Trader, there: Gateway) -> None:
    there.faults.refuse("placeOrder", 460, "No trading permissions.", times=None)
    for _ in range(2):
        trader.heard_of(trader.send(trader.order()).order.orderId, 460)
    there.faults.clear()
    trader.ended(trader.place(), "Filled")
    assert len(there.orders) == 1


def test_half_a_frame(quiet: Caller, there: Gateway) -> None:
    there.faults.cut("reqAllOpenOrders")
    there.place_as(9, "BUY", "AAPL", 1, orderType="LMT", lmtPrice="150")
    quiet.send(16, 1)
    assert [quiet.hear()[0], quiet.hear()[0]] == ["5", "3"]
    with pytest.raises(Closed):
        quiet.hear()


def test_garbage(trader: Trader, there: Gateway) -> None:
    there.faults.garbage("reqCurrentTime")
    with pytest.raises(TimeoutError):
        trader.loop.run(lambda: limited(trader, "reqCurrentTime"))
    assert trader.ib.isConnected()
    assert trader.ask("reqCurrentTime")


def test_a_wrong_length_is_silence_for_ever(trader: Trader, there: Gateway) -> None:
    there.faults.wrong_length("reqCurrentTime")
    for _ in range(2):
        with pytest.raises(TimeoutError):
            trader.loop.run(lambda: limited(trader, "reqCurrentTime"))
    assert trader.ib.isConnected()


async def limited(trader: Trader, name: str) -> Any:
    import asyncio

    return await asyncio.wait_for(getattr(trader.ib, f"{name}Async")(), 0.05)


def test_single_messages_may_be_lost(trader: Trader, there: Gateway) -> None:
    there.faults.drop("orderStatus", times=3)
    trade = trader.send(trader.order())
    trader.until(lambda: trade.fills and trade.fills[0].commissionReport.execId)
    assert trade.orderStatus.status == "PendingSubmit"
    assert there.orders[0].status == "Filled"
    there.faults.drop("execDetails")
    second = trader.place()
    trader.ended(second, "Filled")
    assert second.fills == []


def test_the_end_of_a_list_may_be_lost(quiet: Caller, there: Gateway) -> None:
    there.faults.drop("openOrderEnd")
    for _ in range(2):
        quiet.send(16, 1)
    time(quiet)
    assert [quiet.hear()[0], quiet.hear()[0]] == ["53", "49"]


def test_messages_may_be_mangled_and_repeated(quiet: Caller, there: Gateway) -> None:
    there.faults.mangle("currentTime", lambda fields: [*fields[:-1], "noon"])
    there.faults.repeat("currentTime")
    time(quiet)
    assert quiet.hear() == ["49", "1", "noon"]
    time(quiet)
    assert quiet.hear() == quiet.hear()


def test_too_many_messages_end_the_connection(quiet: Caller, there: Gateway) -> None:
    there.message_rate = 10
    for _ in range(33):
        time(quiet)
    assert [quiet.error()[:2] for _ in range(3)] == [(-1, 100)] * 3
    assert quiet.is_closed()


def test_a_library_keeps_within_the_rate(loop: Loop, there: Gateway) -> None:
    there.message_rate = 50
    with trading(loop, there) as trader:
        for _ in range(20):
            trader.ask("reqCurrentTime")
        assert trader.codes == []


def test_what_came_is_recorded(trader: Trader, there: Gateway) -> None:
    trade = trader.place("SELL", 3, "LMT", lmtPrice=250, orderRef="ours", tif="GTC", outsideRth=True)
    (asked,) = there.asked("placeOrder")
    ticket = asked.ticket
    assert (asked.client_id, asked.id) == (7, trade.order.orderId)
    assert (ticket.action, ticket.quantity, ticket.type, ticket.limit) == ("SELL", D(3), "LMT", D(250))
    assert (ticket.ref, ticket.tif, ticket.outside_rth, ticket.transmit) == ("ours", "GTC", True, True)
    assert [one.kind for one in there.asked("startApi")] == ["startApi"]
    with calling(there, 8):
        assert there.clients == [7, 8]
