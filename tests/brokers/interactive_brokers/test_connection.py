"""Coming to a gateway, losing it, and all that goes wrong with it in between, over a real socket."""

from __future__ import annotations

import asyncio
import gc
import inspect
import logging
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from queue import Empty, Queue

import pytest

from tests.brokers.interactive_brokers.desk import PATIENCE, SPEC, Desk, aside, hasty, patient, refused, seated
from tests.brokers.interactive_brokers.gateway.asked import KINDS
from tests.brokers.interactive_brokers.gateway.caller import calling
from tests.brokers.interactive_brokers.gateway.faults import Faults
from tests.brokers.interactive_brokers.subject import built_from
from tests.brokers.orders import D
from tests.conftest import Clock
from trenddojo.brokers.adapters.interactive_brokers import library
from trenddojo.brokers.adapters.interactive_brokers.client import InteractiveBrokersClient
from trenddojo.brokers.adapters.interactive_brokers.inbox import Inbox
from trenddojo.brokers.adapters.interactive_brokers.line import Line
from trenddojo.brokers.adapters.interactive_brokers.loop import Loop, shared
from trenddojo.brokers.adapters.interactive_brokers.places import place
from trenddojo.brokers.building import build_client
from trenddojo.brokers.errors import BrokerErrorCode, NotSent, OutcomeUnknown
from trenddojo.brokers.spec import Operator
from trenddojo.domain.orders import OrderType
from trenddojo.domain.terms import Mode

CODE = BrokerErrorCode
ALLOWING = Operator(variables={"IBKR_ALLOWED_HOSTS": "10.0.0.7"})


def asked_kinds(desk: Desk) -> list[str]:
    """The kinds of messages that have come."""
    return sorted(kind.name for kind in KINDS.values() if desk.gateway.asked(kind.name))


def gone(desk: Desk) -> None:
    """Nobody is connected, once the gateway has noticed."""
    deadline = time.monotonic() + PATIENCE
    while desk.gateway.clients:
        assert time.monotonic() < deadline
        threading.Event().wait(0.001)


def lost(client: InteractiveBrokersClient) -> None:
    """The connection has ended, once the client has noticed."""
    deadline = time.monotonic() + PATIENCE
    while client.is_connected:
        assert time.monotonic() < deadline
        threading.Event().wait(0.001)


# ---- where nobody answers


def test_where_nobody_listens(desk: Desk) -> None:
    desk.client.disconnect()
    desk.gateway.go_down()
    place = f"127.0.0.1:{desk.gateway.port}"
    with refused(CODE.GATEWAY_NOT_RUNNING, place=place) as met:
        desk.client.connect()
    assert met.value.message == f"Nothing listens at {place}."
    assert isinstance(met.value, NotSent)
    assert not desk.client.is_connected


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(113, "Connect call failed ('10.0.0.7', 4002)"), "10.0.0.7:4002 cannot be reached: No route to host."),
        (
            socket.gaierror(-2, "Name or service not known"),
            "10.0.0.7:4002 cannot be reached: Name or service not known.",
        ),
        (OSError("Multiple exceptions: [Errno 111] ..."), "Nothing listens at 10.0.0.7:4002."),
    ],
)
def test_where_there_is_no_way_to(desk: Desk, monkeypatch: pytest.MonkeyPatch, error: OSError, told: str) -> None:
    async def fail(*_given: object) -> None:
        raise error

    monkeypatch.setattr(Line, "open", fail)
    client = desk.fresh(settings={"host": "10.0.0.7", "port": "4002"}, operator=ALLOWING)
    with refused(CODE.GATEWAY_NOT_RUNNING, place="10.0.0.7:4002") as met:
        client.connect()
    assert met.value.message == told
    assert isinstance(met.value, NotSent)


@pytest.mark.parametrize(("switch", "state"), [("is_silent", True), ("login", "hung")])
def test_where_somebody_listens_and_says_nothing(desk: Desk, switch: str, state: object) -> None:
    desk.client.disconnect()
    setattr(desk.gateway, switch, state)
    with hasty("OPEN"), refused(CODE.GATEWAY_NOT_RUNNING) as met:
        desk.client.connect()
    assert "sign in" in met.value.message
    assert not desk.client.is_connected
    desk.gateway.is_silent, desk.gateway.login = False, "ready"
    desk.client.connect()
    assert desk.client.list_accounts() == ("DU1234567",)


def test_what_answers_is_no_gateway(desk: Desk) -> None:
    desk.client.disconnect()
    desk.gateway.faults.garbage("startApi")
    with hasty("OPEN"), refused(CODE.GATEWAY_NOT_RUNNING):
        desk.client.connect()
    desk.gateway.faults.lose_request("startApi")
    with refused(CODE.CONNECTION_FAILED):
        desk.client.connect()
    desk.client.connect()


def test_nothing_of_a_message_is_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.gateway.faults.garbage("reqPositions")
    with refused(CODE.CONNECTION_FAILED):
        desk.client.get_positions()
    desk.client.disconnect()
    desk.gateway.faults.mangle("managedAccounts", lambda fields: (*fields, "one field more"))
    with hasty("OPEN"), refused(CODE.GATEWAY_NOT_RUNNING):
        desk.client.connect()
    assert "could not be read" in caplog.text
    assert not any(word in caplog.text for word in ("GARBAGE", "DU1234567", "one field more"))


# ---- whose client it is


def test_a_client_id_that_is_in_use_is_told_at_once(desk: Desk) -> None:
    second = desk.fresh()
    with patient("OPEN"), refused(CODE.CONNECTION_FAILED, reason="client_id_in_use", broker_code="326") as met:
        second.connect()
    assert f"the gateway at 127.0.0.1:{desk.gateway.port} with client ID 7" in met.value.message
    assert met.value.details["field"] == "client_id"
    assert not second.is_connected
    assert [asked.fields[0] for asked in desk.gateway.asked("startApi")] == ["7", "7"]
    assert desk.client.get_connection_status().is_healthy


def test_the_same_client_comes_back_at_once(desk: Desk) -> None:
    for _ in range(20):
        desk.client.disconnect()
        assert not desk.client.is_connected
        desk.client.connect()
    assert desk.gateway.clients == [7]


def test_a_gateway_that_does_not_hang_up_is_left_all_the_same(desk: Desk) -> None:
    desk.gateway.is_silent = True
    with hasty("CLOSE"):
        desk.client.disconnect()
    assert not desk.client.is_connected
    gone(desk)


def test_connecting_twice_is_once(desk: Desk) -> None:
    desk.client.connect()
    assert len(desk.gateway.asked("startApi")) == 1
    desk.client.disconnect()
    desk.client.disconnect()
    assert desk.client.stream_state is None
    assert not desk.client.get_connection_status().is_connected


# ---- whose accounts they are


@pytest.mark.parametrize(
    ("accounts", "mode"),
    [
        (("U1234567",), Mode.PAPER),
        (("DU1234567",), Mode.LIVE),
        (("DF1", "DU2"), Mode.LIVE),
        (("DU1", "U2"), Mode.PAPER),
        (("F1", "U2"), Mode.PAPER),
    ],
)
def test_accounts_of_the_other_mode_are_refused_before_anything_is_asked(
    clock: Clock, accounts: tuple[str, ...], mode: Mode
) -> None:
    with seated(clock, accounts=accounts) as desk:
        desk.client.disconnect()
        asked = len(desk.gateway._hub.log)
        client = build_client(SPEC, replace(built_from(desk.gateway, clock), mode=mode))
        with refused(CODE.AUTHENTICATION_FAILED, reason="other_mode") as met:
            client.connect()
        assert f"The gateway at 127.0.0.1:{desk.gateway.port} is signed in to a " in met.value.message
        assert not client.is_connected
        gone(desk)
        assert [one.kind for one in desk.gateway._hub.log[asked:]] == ["startApi"]


def test_one_live_account_makes_a_live_gateway(clock: Clock) -> None:
    with seated(clock, accounts=("DU1", "U2")) as desk:
        assert desk.client.list_accounts() == ("DU1", "U2")
        assert desk.client.get_account_info().is_paper is False


def test_each_account_has_its_own(clock: Clock) -> None:
    with seated(clock, accounts=("DU1", "DU2", "DU3")) as desk:
        first, second, third = (desk.client.for_account(one) for one in desk.client.list_accounts())
        first.place_order(desk.order())
        rests = second.place_order(desk.order(order_type=OrderType.LIMIT, limit_price=desk.gateway.price("AAPL") / 2))
        second.place_order(desk.order(symbol="MSFT"))
        held = [[one.symbol for one in client.get_positions()] for client in (first, second, third)]
        assert held == [["AAPL"], ["MSFT"], []]
        assert [[one.order_id for one in client.get_open_orders()] for client in (first, second, third)] == [
            [],
            [rests.order_id],
            [],
        ]
        assert [len(client.get_order_history()) for client in (first, second, third)] == [1, 2, 0]
        assert [len(client.get_executions().fills) for client in (first, second, third)] == [1, 1, 0]
        assert [one.account for one in desk.gateway.orders] == ["DU1", "DU2", "DU2"]
        assert first.find_order(rests.client_order_id or "") is None
        for client, account in ((first, "DU1"), (second, "DU2"), (third, "DU3")):
            info = client.get_account_info()
            assert info.account_id == account
            assert info.cash == round(desk.gateway.figures(account).cash, 2)


def test_figures_are_told_although_another_client_watches_another_account(clock: Clock) -> None:
    with seated(clock, accounts=("DU1", "DU2")) as desk, calling(desk.gateway, 8) as other:
        other.send(6, 2, 1, "DU2")  # reqAccountUpdates, of which there is one for all clients
        other.until(54)
        desk.place()
        desk.heard()
        assert desk.client.get_account_info().cash == round(desk.gateway.figures("DU1").cash, 2) < 100_000


def test_accounts_share_the_connection(clock: Clock) -> None:
    with seated(clock, accounts=("DU1", "DU2")) as desk:
        other = desk.client.for_account("DU2")
        other.connect()
        assert desk.gateway.clients == [7]
        with refused(CODE.AUTHENTICATION_FAILED):
            desk.client.for_account("DU3")
        other.disconnect()
        assert not desk.client.is_connected


# ---- where it may be


@pytest.mark.parametrize("host", ["10.0.0.5", "gateway.example.org", "0.0.0.0", "[::1]"])
def test_a_host_that_the_operator_did_not_name_is_not_connected_to(desk: Desk, host: str) -> None:
    with refused(CODE.CONNECTION_FAILED, field="host") as met:
        desk.fresh(settings={"host": host})
    assert "IBKR_ALLOWED_HOSTS" in met.value.message
    assert host in met.value.message


def test_the_operator_may_name_other_hosts(desk: Desk) -> None:
    operator = Operator(variables={"IBKR_ALLOWED_HOSTS": " 10.0.0.5, Gateway.lan,"})
    for host in ("10.0.0.5", "GATEWAY.LAN", "localhost", "127.0.0.1"):
        settings = {"host": host, "port": "4002", "client_id": "12"}
        found = place(built_from(desk.gateway, desk.clock, operator=operator, settings=settings))
        assert (str(found), found.client_id) == (f"{host.lower()}:4002", 12)


@pytest.mark.parametrize(("mode", "port"), [(Mode.PAPER, 7497), (Mode.LIVE, 7496)])
def test_what_is_left_empty_is_tws_on_this_machine(desk: Desk, mode: Mode, port: int) -> None:
    found = place(replace(built_from(desk.gateway, desk.clock, settings={"host": "", "port": ""}), mode=mode))
    assert (found.host, found.port, found.client_id) == ("127.0.0.1", port, 1)


@pytest.mark.parametrize(
    ("variables", "misset"),
    [
        ({}, []),
        ({"IBKR_HOST": "10.0.0.5"}, ["IBKR_HOST"]),
        ({"IBKR_HOST": "10.0.0.5", "IBKR_ALLOWED_HOSTS": "10.0.0.4,10.0.0.5"}, []),
        ({"IBKR_PORT": "7497", "IBKR_CLIENT_ID": "0"}, []),
        ({"IBKR_PORT": "70000", "IBKR_CLIENT_ID": "one"}, ["IBKR_CLIENT_ID", "IBKR_PORT"]),
    ],
)
def test_what_the_operator_set_wrong_is_named(variables: dict[str, str], misset: list[str]) -> None:
    assert sorted(SPEC.misset(Operator(variables=variables))) == misset


# ---- what a connection begins with


@pytest.mark.parametrize("kind", ["reqAccountUpdates", "reqAllOpenOrders", "reqCompletedOrders", "reqExecutions"])
def test_what_is_not_answered_at_the_start_is_no_connection(desk: Desk, kind: str) -> None:
    desk.client.disconnect()
    desk.gateway.faults.never_answer(kind)
    with hasty("SYNC", seconds=0.5), refused(CODE.TIMEOUT):
        desk.client.connect()
    assert not desk.client.is_connected
    with refused(CODE.CONNECTION_FAILED):
        desk.client.get_positions()
    gone(desk)
    desk.client.connect()
    assert desk.client.get_positions() == []


def test_a_gateway_without_ibkr_says_so(desk: Desk) -> None:
    desk.client.disconnect()
    desk.gateway.cut_off()
    with hasty("SYNC"), refused(CODE.TIMEOUT) as met:
        desk.client.connect()
    assert "has lost its connection to Interactive Brokers" in met.value.message
    desk.gateway.restore()
    gone(desk)
    desk.client.connect()


def test_a_gateway_that_is_read_only_says_what_to_untick(desk: Desk) -> None:
    desk.client.disconnect()
    desk.gateway.read_only = True
    with patient("SYNC"), refused(CODE.ORDER_REJECTED, reason="read_only") as met:
        desk.client.connect()
    assert "Read-Only" in met.value.message
    gone(desk)


def test_figures_that_were_not_told_are_not_made_up(desk: Desk) -> None:
    desk.gateway.faults.drop("updateAccountValue", times=None)
    desk.restart()
    for ask in (desk.client.get_account_info, desk.client.get_balances, desk.client.get_risk_metrics):
        with refused(CODE.API_ERROR):
            ask()


@pytest.mark.parametrize("told", ["", "n/a", "1.7976931348623157E308"])
def test_a_figure_that_is_none_is_not_nought(desk: Desk, told: str) -> None:
    def change(fields: tuple[object, ...]) -> tuple[object, ...]:
        return (*fields[:3], told, *fields[4:]) if fields[2] == "BuyingPower" else fields

    desk.gateway.faults.mangle("updateAccountValue", change, times=None)
    desk.restart()
    with refused(CODE.API_ERROR, field="BuyingPower"):
        desk.client.get_account_info()


def test_an_account_that_is_not_ready_says_so(desk: Desk) -> None:
    assert desk.client.get_account_info().status == "active"
    desk.gateway.account_ready = False
    desk.restart()
    assert desk.client.get_account_info().status == "not ready"


# ---- losing it in the midst of a question

ENDED = [("lose_answer", {}), ("lose_answer", {"abort": True}), ("lose_request", {}),
         ("lose_request", {"abort": True}), ("cut", {}), ("garbage", {})]  # fmt: skip
UNANSWERED = ["swallow", "never_answer", "wrong_length", "hold"]
QUESTIONS: dict[str, Callable[[InteractiveBrokersClient], object]] = {
    "reqPositions": lambda client: client.get_positions(),
    "reqAllOpenOrders": lambda client: client.get_open_orders(),
    "reqCompletedOrders": lambda client: client.get_order_history(),
    "reqExecutions": lambda client: client.get_executions(),
    "reqContractDetails": lambda client: client.is_tradable("MSFT"),
}
NAMELESS = ("reqPositions", "reqAllOpenOrders", "reqCompletedOrders")
"""What has no number by which its answer would be told from the next one's."""


@pytest.mark.parametrize("kind", QUESTIONS)
@pytest.mark.parametrize(("fault", "more"), ENDED)
def test_a_connection_that_ends_in_the_midst_of_a_question(
    desk: Desk, kind: str, fault: str, more: dict[str, bool]
) -> None:
    desk.place()
    getattr(desk.gateway.faults, fault)(kind, **more)
    with refused(CODE.CONNECTION_FAILED) as met:
        QUESTIONS[kind](desk.client)
    assert not isinstance(met.value, OutcomeUnknown)
    lost(desk.client)
    with pytest.raises(NotSent):
        desk.client.get_positions()
    assert not desk.client.get_connection_status().is_connected
    gone(desk)
    desk.client.connect()
    QUESTIONS[kind](desk.client)
    assert [one.symbol for one in desk.client.get_positions()] == ["AAPL"]


@pytest.mark.parametrize("kind", QUESTIONS)
@pytest.mark.parametrize("fault", UNANSWERED)
def test_a_question_that_is_not_answered(desk: Desk, kind: str, fault: str) -> None:
    getattr(desk.gateway.faults, fault)(kind)
    with hasty("ASK"), refused(CODE.TIMEOUT) as met:
        QUESTIONS[kind](desk.client)
    assert not isinstance(met.value, OutcomeUnknown)
    assert [*desk.inbox._by_name, *desk.inbox._by_number, *desk.inbox._waiting] == []
    if kind in NAMELESS:
        lost(desk.client)
        gone(desk)
        desk.client.connect()
    elif fault == "wrong_length":  # whatever follows is taken for a part of it
        desk.restart()
    QUESTIONS[kind](desk.client)


def test_an_answer_that_comes_late_is_nobodys(desk: Desk) -> None:
    """The list that comes is from before the second order: taken for the next answer, it would lack that."""
    first = desk.rest()
    desk.gateway.faults.hold("reqAllOpenOrders")
    with hasty("ASK"), refused(CODE.TIMEOUT):
        desk.client.get_open_orders()
    lost(desk.client)
    gone(desk)
    desk.client.connect()
    second = desk.rest()
    desk.gateway.release()
    assert {one.order_id for one in desk.client.get_open_orders()} == {first.order_id, second.order_id}


def garbled(faults: Faults) -> None:
    faults.mangle("position", lambda fields: fields[:4])


def words(faults: Faults) -> None:
    faults.mangle("position", lambda fields: tuple("many" if name == "10" else name for name in map(str, fields)))


@pytest.mark.parametrize("fault", [garbled, words])
def test_a_list_with_something_that_cannot_be_read_is_no_list(desk: Desk, fault: Callable[[Faults], None]) -> None:
    desk.place()
    fault(desk.gateway.faults)
    with refused(CODE.CONNECTION_FAILED):
        desk.client.get_positions()
    lost(desk.client)


def test_a_list_without_its_end_is_no_list(desk: Desk) -> None:
    desk.place()
    desk.gateway.faults.drop("positionEnd")
    with hasty("ASK"), refused(CODE.TIMEOUT):
        desk.client.get_positions()
    lost(desk.client)
    gone(desk)
    desk.client.connect()
    assert len(desk.client.get_positions()) == 1


def test_a_position_without_its_cost_is_no_position(desk: Desk) -> None:
    desk.place()
    desk.gateway.faults.mangle("position", lambda fields: (*fields[:-1], "1.7976931348623157E308"))
    with refused(CODE.API_ERROR, field="avgCost"):
        desk.client.get_positions()
    assert len(desk.client.get_positions()) == 1


def test_what_is_told_twice_counts_once(desk: Desk) -> None:
    desk.place()
    desk.rest()
    desk.gateway.faults.repeat("*", times=None)
    assert [one.quantity for one in desk.client.get_positions()] == [10]
    assert len(desk.client.get_open_orders()) == 1
    assert len(desk.client.get_executions().fills) == 1
    assert len(desk.client.get_order_history()) == 2


def test_a_question_that_the_gateway_refuses(desk: Desk) -> None:
    desk.gateway.faults.refuse("reqPositions", 321, "Error validating request.-'bN' : cause - something")
    with refused(CODE.ORDER_REJECTED, broker_code="321"):
        desk.client.get_positions()
    assert desk.client.get_positions() == []


def test_an_answer_may_come_late(desk: Desk) -> None:
    desk.gateway.faults.hold("reqPositions")
    with aside(desk.client.get_positions) as answer:
        assert desk.gateway.wait_for(lambda: desk.gateway.asked("reqPositions"))
        desk.gateway.release()
        assert answer() == []


def test_another_answer_may_come_before_it(desk: Desk) -> None:
    desk.place()
    desk.gateway.faults.delay("reqPositions", 1)
    with aside(desk.client.get_positions) as answer:
        assert desk.gateway.wait_for(lambda: desk.gateway.asked("reqPositions"))
        assert desk.client.is_tradable("MSFT")
        assert len(answer()) == 1


def test_two_may_ask_the_same_at_once(desk: Desk) -> None:
    desk.place()
    desk.gateway.faults.hold("reqPositions")
    with aside(desk.client.get_positions) as first:
        assert desk.gateway.wait_for(lambda: desk.gateway.asked("reqPositions"))
        with aside(desk.client.get_positions) as second, aside(desk.client.get_open_orders) as third:
            desk.gateway.release()
            assert [len(first()), len(second()), len(third())] == [1, 1, 0]
    assert len(desk.gateway.asked("reqPositions")) == 2


def test_who_waits_when_it_ends_is_told(desk: Desk) -> None:
    desk.gateway.faults.hold("reqPositions")
    with aside(desk.client.get_positions) as answer:
        assert desk.gateway.wait_for(lambda: desk.gateway.asked("reqPositions"))
        desk.client.disconnect()
        with refused(CODE.CONNECTION_FAILED):
            answer()


def test_a_gateway_that_falls_silent_is_not_well(desk: Desk) -> None:
    desk.gateway.is_silent = True
    begun = time.monotonic()
    with hasty("PROBE"), patient("ASK"):
        status = desk.client.get_connection_status()
    assert (status.is_connected, status.is_healthy) == (True, False)
    assert status.error
    assert time.monotonic() - begun < 60
    desk.gateway.is_silent = False
    assert desk.client.get_connection_status().is_healthy


def test_a_gateway_that_moves_is_gone(desk: Desk) -> None:
    old = desk.gateway.port
    desk.gateway.move_port()
    lost(desk.client)
    with refused(CODE.GATEWAY_NOT_RUNNING, place=f"127.0.0.1:{old}"):
        desk.client.connect()
    desk.fresh().connect()


# ---- the gateway's own lines


def test_while_the_gateway_has_lost_ibkr_nothing_is_sent(desk: Desk) -> None:
    order = desk.rest()
    state = desk.client.stream_state
    assert state is not None
    assert (state.is_live, state.error) == (True, None)
    desk.gateway.announce(1100)
    desk.heard()
    state = desk.client.stream_state
    assert state is not None
    assert not state.is_live
    assert "mends by itself" in (state.error or "")
    with pytest.raises(NotSent):
        desk.place()
    with pytest.raises(NotSent):
        desk.client.cancel_order(order.order_id)
    assert (len(desk.tickets), desk.gateway.asked("cancelOrder")) == (1, [])
    desk.gateway.announce(1102)
    desk.heard()
    state = desk.client.stream_state
    assert state is not None
    assert (state.is_live, state.error) == (True, None)
    desk.client.cancel_order(order.order_id)


@pytest.mark.parametrize("well", [2104, 2106, 2158, 1102])
def test_a_broken_link_mends_itself(desk: Desk, well: int) -> None:
    told: Queue[str] = Queue()
    desk.client.subscribe_to_order_events(told.put)
    desk.gateway.announce(2110)
    desk.heard()
    state = desk.client.stream_state
    assert state is not None
    assert not state.is_live
    desk.gateway.announce(well)
    desk.heard()
    state = desk.client.stream_state
    assert state is not None
    assert (state.is_live, state.error) == (True, None)
    assert told.get(timeout=PATIENCE) == "DU1234567"  # something may have been missed


@pytest.mark.parametrize(
    ("broken", "well", "farm"),
    [(2103, 2104, "usfarm"), (2103, 2108, "usfarm"), (2105, 2106, "ushmds"), (2105, 2107, "ushmds"),
     (2157, 2158, "secdefil")],
)  # fmt: skip
def test_a_farm_that_is_down_is_named_until_it_is_well(desk: Desk, broken: int, well: int, farm: str) -> None:
    desk.gateway.announce(broken)
    desk.heard()
    state = desk.client.stream_state
    assert state is not None
    assert state.is_live
    assert farm in (state.error or "")
    desk.place()
    desk.gateway.announce(well)
    desk.heard()
    state = desk.client.stream_state
    assert state is not None
    assert state.error is None


def test_lost_market_data_is_asked_for_again(desk: Desk) -> None:
    assert desk.client.get_market_data("AAPL").last == 190
    desk.gateway.cut_off()
    desk.gateway.restore(data_lost=True)
    desk.gateway.set_price("AAPL", "195")
    desk.heard()
    assert desk.client.get_market_data("AAPL").last == 195
    assert len(desk.gateway.asked("reqMktData")) == 2
    desk.gateway.set_price("AAPL", "196")
    desk.heard()
    assert desk.client.get_market_data("AAPL").last == 196
    assert len(desk.gateway.asked("reqMktData")) == 2


# ---- what is told of orders


def drained(told: Queue[str]) -> list[str]:
    """All that has been told so far, and nothing of it again."""
    found = []
    while True:
        try:
            found.append(told.get_nowait())
        except Empty:
            return found


def test_what_becomes_of_orders_is_told(clock: Clock) -> None:
    with seated(clock, accounts=("DU1", "DU2"), commission_after=None) as desk:
        told: Queue[str] = Queue()
        unsubscribe = desk.client.subscribe_to_order_events(told.put)
        other = desk.client.for_account("DU2")
        rests = other.place_order(desk.order(order_type=OrderType.LIMIT, limit_price=D(100)))
        assert told.get(timeout=PATIENCE) == "DU2"
        for happens in (
            lambda: desk.gateway.fill(int(rests.order_id), 4),
            desk.gateway.release_commissions,
            lambda: desk.gateway.cancel(int(rests.order_id)),
        ):
            desk.heard()
            drained(told)
            happens()
            assert told.get(timeout=PATIENCE) == "DU2"
        desk.heard()
        drained(told)
        desk.gateway.cut_off()
        desk.heard()
        assert drained(told) == []
        desk.gateway.restore()
        assert {told.get(timeout=PATIENCE) for _ in range(2)} == {"DU1", "DU2"}
        unsubscribe()
        unsubscribe()
        other.place_order(desk.order())
        desk.heard()
        assert drained(told) == []


def test_after_leaving_nothing_is_told(desk: Desk) -> None:
    told: Queue[str] = Queue()
    desk.client.subscribe_to_order_events(told.put)
    desk.restart()
    desk.place()
    assert drained(told) == []


def test_a_callback_that_fails_harms_nobody(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    told: Queue[str] = Queue()

    def fail(_account: str) -> None:
        raise RuntimeError("what listens is broken")

    desk.client.subscribe_to_order_events(fail)
    desk.client.subscribe_to_order_events(told.put)
    with caplog.at_level(logging.CRITICAL, logger="asyncio"):
        desk.place()
        assert told.get(timeout=PATIENCE) == "DU1234567"
        desk.heard()
    assert len(desk.client.get_positions()) == 1


def test_a_callback_may_not_ask_on_the_loops_thread(desk: Desk) -> None:
    met: Queue[BaseException | None] = Queue()

    def ask(_account: str) -> None:
        try:
            desk.client.get_positions()
        except RuntimeError as error:
            met.put(error)

    desk.client.subscribe_to_order_events(ask)
    desk.place()
    assert met.get(timeout=PATIENCE)


# ---- threads, loops and what the library brings


def test_one_thread_serves_every_connection(clock: Clock) -> None:
    with seated(clock), seated(clock), seated(clock):
        threads = [one.name for one in threading.enumerate()]
        assert threads.count("interactive-brokers") == 1


def test_no_loop_but_its_own_is_touched(desk: Desk) -> None:
    assert desk.client.is_connected
    assert type(asyncio.get_event_loop_policy()) is asyncio.DefaultEventLoopPolicy
    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()
    assert asyncio.run.__module__ == "asyncio.runners"
    assert not hasattr(asyncio, "_nest_patched")
    assert "nest_asyncio" not in sys.modules or not hasattr(sys.modules["nest_asyncio"], "_patched")


def test_a_loop_that_has_ended_is_made_anew(desk: Desk) -> None:
    desk.client.disconnect()
    first = shared()
    first.stop()
    assert not first.is_alive
    desk.client.connect()
    assert shared() is not first
    assert [one.name for one in threading.enumerate()].count("interactive-brokers") == 1


def test_what_waits_when_a_loop_ends_is_let_go() -> None:
    loop = Loop()
    with aside(lambda: loop.run(asyncio.Event().wait, 5.0)) as answer:
        loop.run(lambda: asyncio.sleep(0), 1.0)
        loop.stop()
        with pytest.raises(BaseException):  # noqa: B017, PT011 - cancelled, by whichever name
            answer()
    loop.stop()


def test_without_a_library_it_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "find_spec", lambda _name: None)
    with pytest.raises(ModuleNotFoundError, match="one of ib_insync and ib_async"):
        Loop()
    gc.collect()  # a loop that was not closed would be told of now


def test_everything_that_the_library_tells_has_somebody_to_hear_it() -> None:
    decoder = shared().library.client(Inbox(7, lambda _account: None)).decoder
    called = set(re.findall(r"self\.wrapper\.(\w+)", inspect.getsource(type(decoder))))
    assert {name for name in called if not hasattr(Inbox(7, lambda _account: None), name)} == set()


ALONE = """
import sys
from datetime import UTC, datetime
from types import SimpleNamespace
from trenddojo.brokers.building import build_client
from trenddojo.brokers.registry import spec_of
from trenddojo.brokers.spec import Building
from trenddojo.domain.terms import Mode
ledger = SimpleNamespace(load=dict, save=lambda changed: None)
settings = {"port": sys.argv[1], "client_id": "8"}
parts = Building(connection="", mode=Mode.PAPER, credentials={}, settings=settings, clock=lambda: datetime.now(UTC),
                 sleep=lambda seconds: None, transport=None, ledger=ledger, tokens=None)
client = build_client(spec_of("interactive_brokers"), parts)
client.connect()
client.disconnect()
client.connect()
print(client.get_positions())
"""


def test_a_process_is_left_without_a_warning(desk: Desk) -> None:
    command = [sys.executable, "-W", "error", "-c", ALONE, str(desk.gateway.port)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.stdout, ran.stderr, ran.returncode) == ("[]\n", "", 0)
