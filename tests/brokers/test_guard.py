"""The guarded client: leave first, one thread at a time, limits, reads by their remedy, and no order ever twice."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.brokers.fakes import READS, WRITES, Gate, World, error, link, request
from trenddojo.brokers import manager as managing
from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.errors import REMEDIES, Act, BrokerError, BrokerErrorCode, NotSent, OutcomeUnknown
from trenddojo.brokers.manager import BrokerManager, Link, Purpose
from trenddojo.brokers.ports import Withheld
from trenddojo.brokers.spec import RateLimits

CODE = BrokerErrorCode
PROTECT, READ, TRADE = Purpose.PROTECT, Purpose.READ, Purpose.TRADE


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(managing, "spec_of", lambda _name: made.spec)
    return made


@pytest.fixture
def manager(world: World) -> BrokerManager:
    return world.manager()


@pytest.fixture
def paper(world: World, manager: BrokerManager) -> Link:
    """A connection that is connected; what that took is forgotten."""
    one = link()
    manager.connect(one)
    world.calls.clear()
    return one


@pytest.fixture
def trader(manager: BrokerManager, paper: Link) -> BrokerClient:
    return manager.client_for(paper, "A1", TRADE)


# ---- orders


@pytest.mark.parametrize("code", BrokerErrorCode)
@pytest.mark.parametrize("kind", [BrokerError, NotSent, OutcomeUnknown])
@pytest.mark.parametrize("call", WRITES)
def test_no_order_is_ever_sent_again(
    world: World, paper: Link, trader: BrokerClient, call: str, code: BrokerErrorCode, kind: type[BrokerError]
) -> None:
    met = error(code, kind)
    world.plan(paper, call, met)
    with pytest.raises(BrokerError) as caught:
        WRITES[call](trader)
    assert caught.value is met
    assert world.count(paper, call) == 1
    assert world.slept == []
    assert [one[1] for one in world.faults] == [code]


def test_what_went_wrong_is_told_once_with_the_name_of_the_act(world: World, paper: Link, trader: BrokerClient) -> None:
    world.plan(paper, "place_order", error(CODE.INSUFFICIENT_FUNDS))
    with pytest.raises(BrokerError):
        trader.place_order(request())
    assert world.faults == [(paper.connection_id, CODE.INSUFFICIENT_FUNDS, "placing an order")]


@pytest.mark.parametrize("call", ["place_order", "modify_order"])
def test_a_client_for_reading_sends_no_order_but_cancels(
    world: World, manager: BrokerManager, paper: Link, call: str
) -> None:
    reader = manager.client_for(paper, "A1")
    with pytest.raises(NotSent) as caught:
        WRITES[call](reader)
    assert caught.value.code is CODE.ORDER_REJECTED
    reader.cancel_order("1")
    assert (world.count(paper, call), world.count(paper, "cancel_order")) == (0, 1)
    assert world.faults == []


@pytest.mark.parametrize(
    ("forbidden", "call", "passes"),
    [
        (TRADE, "place_order", False),
        (TRADE, "modify_order", False),
        (TRADE, "cancel_order", True),
        (PROTECT, "place_order", True),
        (PROTECT, "cancel_order", False),
    ],
)
def test_each_act_needs_leave_for_its_purpose(
    world: World, paper: Link, trader: BrokerClient, forbidden: Purpose, call: str, passes: bool
) -> None:
    world.forbidden[forbidden] = "Live trading is off on this server."
    if passes:
        WRITES[call](trader)
    else:
        with pytest.raises(NotSent, match="Live trading is off") as caught:
            WRITES[call](trader)
        assert caught.value.details == {"reason": "not_allowed"}
    assert world.count(paper, call) == passes
    assert world.faults == []


def test_a_protective_client_needs_leave_to_protect_only(world: World, manager: BrokerManager, paper: Link) -> None:
    protector = manager.client_for(paper, "A1", PROTECT)
    world.forbidden[TRADE] = world.forbidden[READ] = "Locked."
    protector.place_order(request())
    WRITES["modify_order"](protector)
    protector.get_positions()
    assert world.count(paper, "place_order") == 1


def test_client_for_asks_for_leave_first(world: World, manager: BrokerManager, paper: Link) -> None:
    world.forbidden[TRADE] = "Trading is locked."
    with pytest.raises(NotSent, match="Trading is locked"):
        manager.client_for(paper, "A1", TRADE)
    assert manager.client_for(paper, "A1", READ).get_positions() == []


# ---- reads


@pytest.mark.parametrize("code", BrokerErrorCode)
@pytest.mark.parametrize("call", READS)
def test_reads_are_asked_again_by_their_remedy(
    world: World, manager: BrokerManager, paper: Link, call: str, code: BrokerErrorCode
) -> None:
    world.plan(paper, call, error(code), None)
    reader = manager.client_for(paper, "A1")
    remedy = REMEDIES[code]
    retries = Act.RETRY in remedy.acts and code is not CODE.RATE_LIMIT_EXCEEDED
    if retries:
        READS[call](reader)
        assert world.slept == [remedy.wait_seconds]
        assert world.faults == []
    else:
        with pytest.raises(BrokerError):
            READS[call](reader)
        assert world.slept == []
        is_callers = (call, code) == ("get_bars", CODE.SYMBOL_NOT_FOUND)
        assert [one[1] for one in world.faults] == ([] if is_callers else [code])
    assert world.count(paper, call) == 1 + retries


def test_a_read_is_asked_three_times_at_most_and_told_of_once(
    world: World, manager: BrokerManager, paper: Link
) -> None:
    world.plan(paper, "get_positions", error(CODE.TIMEOUT))
    with pytest.raises(BrokerError):
        manager.client_for(paper, "A1").get_positions()
    assert world.count(paper, "get_positions") == 3
    assert world.slept == [1.0, 2.0]
    assert world.faults == [(paper.connection_id, CODE.TIMEOUT, "reading positions")]


def test_after_the_brokers_rate_limit_the_connection_rests_a_minute_and_holds_up_no_thread(
    world: World, manager: BrokerManager, paper: Link
) -> None:
    world.plan(paper, "get_positions", error(CODE.RATE_LIMIT_EXCEEDED, NotSent), None)
    reader, guardian = manager.client_for(paper, "A1"), manager.client_for(paper, "A1", Purpose.PROTECT)
    with pytest.raises(NotSent):
        reader.get_positions()
    with pytest.raises(Withheld, match="asked for fewer requests; try again in 60 s"):
        reader.get_positions()
    guardian.cancel_order("1")
    assert (world.count(paper, "get_positions"), world.slept) == (1, [])
    world.elapsed += 60
    reader.get_positions()
    assert world.count(paper, "get_positions") == 2


def test_while_a_read_waits_to_be_asked_again_a_cancel_passes(world: World, paper: Link) -> None:
    passed: list[float] = []

    def sleep(seconds: float) -> None:
        made.client_for(paper, "A1").cancel_order("1")
        passed.append(seconds)

    world.sleep = sleep  # type: ignore[method-assign]
    made = world.manager()
    world.plan(paper, "get_positions", error(CODE.API_ERROR), None)
    made.client_for(paper, "A1").get_positions()
    assert passed == [1.0]


@pytest.mark.parametrize("call", [*READS, *WRITES])
def test_every_call_reaches_the_brokers_client_once(world: World, paper: Link, trader: BrokerClient, call: str) -> None:
    {**READS, **WRITES}[call](trader)
    assert world.count(paper, call) == 1


# ---- limits


def limited(monkeypatch: pytest.MonkeyPatch, **rates: Any) -> tuple[World, BrokerManager, Link]:
    world = World(limits=RateLimits(**rates))
    monkeypatch.setattr(managing, "spec_of", lambda _name: world.spec)
    manager, one = world.manager(), link()
    manager.connect(one)
    return world, manager, one


def test_orders_over_the_limit_are_refused_at_once_while_cancels_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    world, manager, paper = limited(monkeypatch, otherwise=20)
    trader = manager.client_for(paper, "A1", TRADE)
    for _ in range(18):
        trader.place_order(request())
    with pytest.raises(NotSent, match="takes 20 orders a minute; try again in 61 s") as caught:
        trader.place_order(request())
    assert caught.value.code is CODE.RATE_LIMIT_EXCEEDED
    trader.cancel_order("1")
    manager.client_for(paper, "A1", PROTECT).place_order(request())
    with pytest.raises(NotSent, match="orders a minute"):
        trader.cancel_order("1")
    assert world.count(paper, "place_order") == 19
    assert (world.slept, world.faults) == ([], [])


def test_reads_wait_for_a_place_a_little(monkeypatch: pytest.MonkeyPatch) -> None:
    world, manager, paper = limited(monkeypatch, otherwise=20)
    reader = manager.client_for(paper, "A1")
    for _ in range(18):
        reader.get_positions()
    with pytest.raises(NotSent, match="requests for positions"):
        reader.get_positions()
    assert world.slept == []
    world.elapsed = 58.5
    reader.get_positions()
    assert world.slept == [pytest.approx(1.5, abs=0.01)]
    assert world.count(paper, "get_positions") == 19


# ---- one thread at a time


def test_calls_of_one_connection_come_one_after_the_other(world: World, paper: Link) -> None:
    manager = world.manager(patience_seconds=20.0)
    manager.connect(paper)
    gate = Gate()
    world.plan(paper, "get_positions", gate, None)
    first = threading.Thread(target=lambda: manager.client_for(paper, "A1").get_positions())
    second = threading.Thread(target=lambda: manager.client_for(paper, "A2").get_balances())
    first.start()
    assert gate.met.wait(20)
    second.start()
    assert "get_balances" not in world.calls[paper.connection_id]
    gate.open()
    first.join(20)
    second.join(20)
    assert world.calls[paper.connection_id][-2:] == ["get_positions", "get_balances"]


@pytest.mark.parametrize("call", ["get_positions", "place_order", "cancel_order"])
def test_a_busy_connection_is_not_waited_for_for_ever(
    world: World, paper: Link, trader: BrokerClient, call: str
) -> None:
    gate = Gate()
    world.plan(paper, "get_balances", gate)
    thread = threading.Thread(target=trader.get_balances)
    thread.start()
    assert gate.met.wait(20)
    before = world.count(paper, call)
    with pytest.raises(NotSent, match="still answering another request") as caught:
        {**READS, **WRITES}[call](trader)
    gate.open()
    thread.join(20)
    assert caught.value.code is CODE.TIMEOUT
    assert world.count(paper, call) == before
    assert world.faults == []


# ---- what an error means for the connection


@pytest.mark.parametrize("code", [CODE.AUTHENTICATION_FAILED, CODE.SESSION_EXPIRED])
def test_a_refused_sign_in_stops_the_connection_and_forgets_the_keys(
    world: World, manager: BrokerManager, paper: Link, trader: BrokerClient, code: BrokerErrorCode
) -> None:
    world.plan(paper, "get_positions", error(code))
    with pytest.raises(BrokerError):
        trader.get_positions()
    asked = list(world.calls[paper.connection_id])
    for act in (*READS.values(), *WRITES.values()):
        with pytest.raises(Withheld) as caught:
            act(trader)
        assert caught.value.code is code
        assert caught.value.details == {"reason": "sign_in_due"}
    assert world.calls[paper.connection_id] == asked
    assert [one[1] for one in world.faults] == [code]
    found = manager.status(paper.connection_id)
    assert found is not None
    assert (found.is_connected, found.error) == (False, f"It said {code}.")
    assert world.states[-1] == (paper.connection_id, found, None)


@pytest.mark.parametrize("code", BrokerErrorCode)
def test_only_reconnecting_and_signing_in_touch_the_connection(
    world: World, manager: BrokerManager, paper: Link, trader: BrokerClient, code: BrokerErrorCode
) -> None:
    world.plan(paper, "place_order", error(code))
    with pytest.raises(BrokerError):
        trader.place_order(request())
    found = manager.status(paper.connection_id)
    assert found is not None
    assert found.is_healthy is not bool(REMEDIES[code].acts & (Act.RECONNECT | Act.REAUTHENTICATE))


def test_a_call_that_succeeds_clears_what_a_call_suspected(world: World, manager: BrokerManager, paper: Link) -> None:
    world.plan(paper, "get_positions", error(CODE.TIMEOUT), None)
    manager.client_for(paper, "A1").get_positions()
    found = manager.status(paper.connection_id)
    assert found is not None
    assert (found.is_healthy, found.error) == (True, None)
    assert [status.is_healthy for _key, status, _next in world.states] == [True, False, True]


def test_a_bug_is_no_brokers_error_and_leaves_the_connection_suspect(
    world: World, manager: BrokerManager, paper: Link, trader: BrokerClient
) -> None:
    world.plan(paper, "place_order", KeyError("price"))
    with pytest.raises(KeyError):
        trader.place_order(request())
    found = manager.status(paper.connection_id)
    assert found is not None
    assert (found.is_connected, found.is_healthy) == (True, False)
    assert "price" not in str(found.error)
    assert world.faults == []
    assert trader.get_positions() == []  # the lock was given back


def test_an_account_that_is_not_served_harms_nobody_else(world: World, manager: BrokerManager, paper: Link) -> None:
    with pytest.raises(Withheld) as caught:
        manager.client_for(paper, "A9", TRADE).place_order(request())
    assert caught.value.code is CODE.AUTHENTICATION_FAILED
    assert manager.client_for(paper, "A2").get_positions() == []
    assert world.faults == []


# ---- the connection behind it


def test_an_order_that_finds_no_connection_was_certainly_not_sent(world: World, manager: BrokerManager) -> None:
    one = link()
    world.plan(one, "connect", error(CODE.TIMEOUT, OutcomeUnknown))
    with pytest.raises(NotSent) as caught:
        manager.client_for(one, "A1", TRADE).place_order(request())
    assert caught.value.code is CODE.TIMEOUT
    assert world.faults == [(one.connection_id, CODE.TIMEOUT, "connecting")]


def test_reads_wait_for_their_turn_to_reconnect_and_orders_do_not(world: World, manager: BrokerManager) -> None:
    one = link()
    world.plan(one, "connect", error(CODE.CONNECTION_FAILED))
    client = manager.client_for(one, "A1", TRADE)
    for _ in range(5):
        with pytest.raises(NotSent):
            client.get_positions()
    assert world.count(one, "connect") == 1
    for sent in (1, 2):
        with pytest.raises(NotSent):
            client.cancel_order("1")
        assert world.count(one, "connect") == 1 + sent


def test_the_client_shows_its_connection_without_asking(world: World, manager: BrokerManager) -> None:
    one = link()
    client = manager.client_for(one, "A1")
    assert not client.is_connected
    assert client.get_connection_status().error is None
    client.connect()
    assert client.is_connected
    assert client.list_accounts() == ("A1", "A2")
    assert client.for_account("A2").get_positions() == []
    asked = len(world.calls[one.connection_id])
    assert client.get_connection_status().is_healthy
    assert len(world.calls[one.connection_id]) == asked
    client.disconnect()
    assert not client.is_connected


def test_a_read_that_has_taken_its_time_is_not_asked_again(world: World, manager: BrokerManager, paper: Link) -> None:
    def slow() -> None:
        world.elapsed += 8.0
        raise error(CODE.TIMEOUT)

    world.plan(paper, "get_positions", slow)
    with pytest.raises(BrokerError):
        manager.client_for(paper, "A1").get_positions()
    assert (world.count(paper, "get_positions"), world.slept) == (1, [])


def test_a_cancel_that_comes_after_the_end_is_no_fault(world: World, manager: BrokerManager, paper: Link) -> None:
    late = BrokerError("It has filled.", CODE.ORDER_REJECTED, "fake", {"reason": "already_final"})
    world.plan(paper, "cancel_order", late)
    with pytest.raises(BrokerError, match="It has filled"):
        manager.client_for(paper, "A1").cancel_order("1")
    assert world.faults == []
