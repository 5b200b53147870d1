"""The gateway's own lines: cut off from IBKR, restarted, moved, and silent."""

import socket
from decimal import Decimal

import pytest

from tests.brokers.interactive_brokers.gateway.caller import ERROR, Caller, calling
from tests.brokers.interactive_brokers.gateway.library import Loop, Trader, trading
from tests.brokers.interactive_brokers.gateway.test_data import a_line
from tests.brokers.interactive_brokers.gateway.test_refusals import a_placed_order
from tests.brokers.interactive_brokers.gateway.venue import Gateway

D = Decimal


@pytest.mark.parametrize("code", [1100, 1101, 1102, 2103, 2105, 2107, 2108, 2110, 2157])
def test_everybody_is_told_of_the_weather(trader: Trader, there: Gateway, code: int) -> None:
    there.announce(code)
    trader.heard(code)
    assert (-1, code) in trader.errors
    assert trader.ib.isConnected()


def test_what_is_asked_while_cut_off_waits(trader: Trader, there: Gateway) -> None:
    there.cut_off()
    trader.heard(1100)
    trade = trader.send(trader.order(orderRef="ours"))
    assert trader.ask("reqCurrentTime")
    assert (trade.orderStatus.permId, there.orders) == (0, [])
    there.restore()
    trader.heard(1102)
    trader.ended(trade, "Filled")


def test_what_was_asked_while_cut_off_may_be_lost(trader: Trader, there: Gateway) -> None:
    there.cut_off()
    trader.send(trader.order(orderRef="ours"))
    assert there.wait_for(lambda: there.asked("placeOrder"))
    trader.ask("reqCurrentTime")
    there.restore(answers=False)
    trader.heard(1102)
    assert trader.ask("reqAllOpenOrders") == []
    assert there.orders == []


def test_fills_go_on_and_are_told_afterwards(trader: Trader, there: Gateway) -> None:
    trade = trader.rest(180)
    there.cut_off()
    there.fill(trade.orderStatus.permId, 4, "180")
    there.set_price("AAPL", "179")
    trader.ask("reqCurrentTime")
    assert trade.fills == []
    there.restore()
    trader.ended(trade, "Filled")
    assert [fill.execution.shares for fill in trade.fills] == [4, 6]


@pytest.mark.parametrize("data_lost", [False, True])
def test_lines_of_market_data_may_be_lost(caller: Caller, there: Gateway, data_lost: bool) -> None:
    caller.send(*a_line(5, "AAPL"))
    caller.until(1)
    there.cut_off()
    there.restore(data_lost=data_lost)
    while caller.error()[1] not in (1101, 1102):
        pass
    there.set_price("AAPL", "191")
    caller.send(49, 1)
    assert (caller.hear()[0] == "49") is data_lost


def test_who_comes_while_it_is_cut_off_is_told(there: Gateway) -> None:
    there.cut_off()
    with calling(there) as caller:
        assert caller.error()[1] == 2110
        caller.send(16, 1)
        assert caller.says_nothing()


def test_a_restart_ends_connections_and_keeps_the_rest(loop: Loop, trader: Trader, there: Gateway) -> None:
    trader.rest(tif="GTC", orderRef="ours")
    filled = trader.place()
    port = there.port
    there.go_down()
    trader.until(lambda: not trader.ib.isConnected())
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    there.come_up()
    assert there.port == port
    with trading(loop, there) as again:
        (found,) = again.ask("reqAllOpenOrders")
        assert found.order.orderRef == "ours"
        (fill,) = again.ib.fills()
        assert fill.execution.permId == filled.orderStatus.permId
        assert again.place().order.orderId > filled.order.orderId


def test_a_restart_may_rewind_the_numbers(caller: Caller, there: Gateway) -> None:
    for number in (1, 2):
        caller.send(*a_placed_order(number, limit="150"))
    caller.until(5)
    caller.until(5)
    there.restart(rewind_ids=True)
    assert caller.is_closed()
    with calling(there, None) as again:
        again.send(71, 2, 7, "")
        assert again.until(9)[2] == "1"
        again.send(*a_placed_order(1, limit="155"))
        again.until(5)
    first, second = there.orders
    assert (first.limit, second.limit) == (D(155), D(150))


def test_numbers_of_orders_that_have_ended_are_used_again(caller: Caller, there: Gateway) -> None:
    caller.send(*a_placed_order(1))
    caller.until(11)
    there.restart(rewind_ids=True)
    with calling(there) as again:
        again.send(*a_placed_order(1, limit="155"))
        again.until(5)
    assert [order.order_id for order in there.orders] == [1, 1]
    assert len({order.perm_id for order in there.orders}) == 2


def test_the_port_may_move(loop: Loop, trader: Trader, there: Gateway) -> None:
    old = there.port
    new = there.move_port()
    trader.heard(1300)
    assert trader.texts[-1].endswith(f"- {new}")
    trader.until(lambda: not trader.ib.isConnected())
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", old))
    with trading(loop, there) as again:
        assert again.ib.isConnected()


@pytest.mark.parametrize("abort", [False, True])
def test_connections_may_be_cut(trader: Trader, there: Gateway, abort: bool) -> None:
    there.drop_connections(abort=abort)
    trader.until(lambda: not trader.ib.isConnected())
    trader.connect()
    assert there.clients == [7]


def test_it_may_stop_speaking(trader: Trader, there: Gateway) -> None:
    there.is_silent = True
    trade = trader.send(trader.order())
    assert there.wait_for(lambda: there.asked("placeOrder"))
    there.settle()
    assert there.positions == {"AAPL": D(10)}
    there.is_silent = False
    trader.ask("reqCurrentTime")
    assert trade.orderStatus.status == "PendingSubmit"
    assert trader.ib.isConnected()


def test_bytes_of_the_tests_own(caller: Caller, there: Gateway) -> None:
    for _ in range(3):
        caller.until(ERROR)
    there.send_raw(b"\0\0\0\x08hello\0x\0")
    assert caller.hear() == ["hello", "x"]
    there.send_raw(b"\0\0")
    there.send_raw(b"\0\x02a\0")
    assert caller.hear() == ["a"]
