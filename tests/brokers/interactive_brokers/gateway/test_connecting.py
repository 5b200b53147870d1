"""Who is let in, under which version and id, and what everybody is told at first."""

import socket
import threading

import pytest

from tests.brokers.interactive_brokers.gateway.caller import Caller, calling
from tests.brokers.interactive_brokers.gateway.library import NAME, Loop, Trader, trading
from tests.brokers.interactive_brokers.gateway.venue import Gateway, gateway
from tests.conftest import Clock


def test_a_connection_is_synchronised(trader: Trader) -> None:
    assert trader.ib.isConnected()
    assert trader.ib.managedAccounts() == ["DU1234567"]
    values = {(one.tag, one.currency): one.value for one in trader.ib.accountValues()}
    assert values["NetLiquidation", "USD"] == values["TotalCashValue", "USD"] == "100000.00"
    assert (trader.ib.positions(), trader.ib.trades(), trader.ib.fills()) == ([], [], [])
    assert [code for _, code in trader.errors] == [2104, 2106, 2158]
    assert not trader.codes


@pytest.mark.parametrize("version", [157, 158, 160, 162, 163, 164, 166, 169, 170, 176])
def test_every_version_works(loop: Loop, clock: Clock, version: int) -> None:
    with gateway(clock, server_version=version) as there, trading(loop, there) as trader:
        assert trader.ib.client.serverVersion() == version
        there.set_price("AAPL", "190")
        filled = trader.place(orderRef="ours")
        trader.until(lambda: filled.fills and filled.fills[0].commissionReport.execId)
        trader.rest()
        (found,) = trader.ask("reqAllOpenOrders")
        assert (found.order.lmtPrice, found.order.permId) == (150, there.orders[1].perm_id)
        (done,) = trader.ask("reqCompletedOrders", False)
        assert (done.order.orderRef, done.order.filledQuantity) == ("ours", 10)
        (details,) = trader.ask("reqContractDetails", trader.stock())
        assert (details.contract.conId, details.minTick, details.marketRuleIds[:5]) == (265598, 0.01, "26,26")


@pytest.mark.skipif(NAME != "ib_async", reason="ib_insync speaks 176 at most")
def test_the_newest_version_works_too(loop: Loop, clock: Clock) -> None:
    with gateway(clock, server_version=178) as there, trading(loop, there) as trader:
        assert trader.ib.client.serverVersion() == 178
        filled = trader.place(tif="DAY")
        trader.until(lambda: filled.fills)
        trader.rest()
        assert len(trader.ask("reqAllOpenOrders")) == len(trader.ask("reqCompletedOrders", False)) == 1


@pytest.mark.parametrize(("offered", "agreed"), [("v157..176", 176), ("v100..162", 162), ("v157..200", 178)])
def test_the_highest_common_version_is_agreed_on(clock: Clock, offered: str, agreed: int) -> None:
    with gateway(clock, server_version=178) as there, calling(there, None) as caller:
        other = Caller(there.port)
        assert other.greet(offered) == [str(agreed), "20260303 10:00:00 US/Eastern"]
        other.socket.close()
        assert caller.says_nothing()


@pytest.mark.parametrize("hello", [b"GET / HTTP/1.1\r\n\r\n", b"API\0\xff\xff\xff\xff", b"API\0\0\0\0\x03abc",
                                   b"API\0\0\0\0\x09v100..150", b"API\0\0\0\0\x09v180..190"])  # fmt: skip
def test_who_speaks_something_else_is_hung_up_on(there: Gateway, hello: bytes) -> None:
    caller = Caller(there.port)
    caller.socket.sendall(hello)
    assert caller.is_closed()
    caller.socket.close()


def test_a_handshake_may_come_in_pieces(there: Gateway) -> None:
    caller = Caller(there.port)
    for byte in b"API\0\0\0\0\x09v157..176":
        caller.socket.sendall(bytes([byte]))
    assert caller.hear()[0] == "176"
    caller.socket.close()


def test_an_id_is_for_one_client_at_a_time(loop: Loop, there: Gateway, trader: Trader) -> None:
    second = Trader(loop, there)
    with pytest.raises(TimeoutError):
        second.connect(7, timeout=0.1)
    assert (-1, 326) in second.errors
    second.connect(8)
    assert there.clients == [7, 8]
    second.disconnect()
    assert trader.ib.isConnected()


def test_an_id_is_free_once_its_client_has_gone(caller: Caller, there: Gateway) -> None:
    caller.socket.close()
    gone(there)
    with calling(there, 7):
        assert there.clients == [7]


def test_a_dead_clients_id_may_stay_taken(caller: Caller, there: Gateway) -> None:
    there.keeps_dead_clients = True
    caller.socket.close()
    gone(there)
    with calling(there, None) as second:
        second.send(71, 2, 7, "")
        assert second.error()[:2] == (-1, 326)
        assert second.is_closed()
    there.forget_clients()
    with calling(there, 7):
        pass


def test_live_and_several_accounts(loop: Loop, clock: Clock) -> None:
    with gateway(clock, live=True) as there, trading(loop, there) as trader:
        assert there.is_live
        assert trader.ib.managedAccounts() == ["U1234567"]
    with gateway(clock, accounts=("DU1", "DU2")) as there, trading(loop, there) as trader:
        assert not there.is_live
        assert trader.ib.managedAccounts() == ["DU1", "DU2"]
        assert {one.account for one in trader.ib.accountValues()} == {"DU1", "DU2"}


def test_nobody_is_let_in_before_somebody_signs_in(there: Gateway) -> None:
    there.login = "hung"
    with calling(there, None) as caller:
        caller.send(71, 2, 7, "")
        assert caller.says_nothing()
        assert there.clients == []
        there.let_in()
        assert caller.hear()[2] == "DU1234567"
        assert there.clients == [7]


def test_nothing_is_answered_before_the_start(there: Gateway) -> None:
    with calling(there, None) as caller:
        caller.send(49, 1)
        assert caller.says_nothing()
        caller.start()


def test_a_gateway_that_never_speaks(loop: Loop, there: Gateway) -> None:
    there.is_silent = True
    trader = Trader(loop, there)
    with pytest.raises(TimeoutError):
        trader.connect(timeout=0.05)
    there.is_silent = False
    trader.connect()
    trader.disconnect()


def test_numbers_are_counted_for_each_client(caller: Caller, there: Gateway) -> None:
    there.place_as(7, "BUY", "AAPL", 1)
    there.place_as(7, "BUY", "AAPL", 1)
    caller.send(8, 1, 1)
    assert caller.until(9)[2] == "3"
    with calling(there, None) as other:
        other.send(71, 2, 8, "")
        assert other.until(9)[2] == "1"


def test_nothing_is_left_running(clock: Clock) -> None:
    before = set(threading.enumerate())
    with gateway(clock) as there:
        caller = Caller(there.port)
        caller.greet()
        there.drop_connections()
    assert set(threading.enumerate()) == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", there.port))
    caller.socket.close()


def gone(there: Gateway) -> None:
    """Wait until the gateway has noticed that all its clients have left."""
    while there.clients:
        threading.Event().wait(0.001)
