"""The manager: who is connected with what, for how long, tried again when, and nobody held up by anybody."""

from __future__ import annotations

import gc
import threading
import weakref
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.brokers.fakes import SECRET, START, FakeClient, Gate, Secrets, World, error, link, request
from trenddojo.brokers import manager as managing
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode, NotSent
from trenddojo.brokers.manager import BrokerManager, Link, Purpose
from trenddojo.brokers.spec import RateLimits
from trenddojo.brokers.types import ConnectionStatus, StreamState
from trenddojo.domain.terms import Mode

CODE = BrokerErrorCode


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(managing, "spec_of", lambda _name: made.spec)
    return made


@pytest.fixture
def manager(world: World) -> BrokerManager:
    return world.manager()


def status_of(manager: BrokerManager, one: Link) -> ConnectionStatus:
    found = manager.status(one.connection_id)
    assert found is not None
    return found


# ---- connecting


def test_connecting_reads_every_account_and_tells_how_it_stands(world: World, manager: BrokerManager) -> None:
    one = link()
    assert manager.status(one.connection_id) is None
    assert len(manager.connect(one)) == 2
    assert status_of(manager, one) == ConnectionStatus(is_connected=True, is_healthy=True, error=None, since=START)
    assert world.states == [(one.connection_id, status_of(manager, one), None)]
    assert world.faults == []


def test_a_client_is_built_with_everything_handed_in(world: World, manager: BrokerManager) -> None:
    one = link()
    manager.connect(one)
    building = world.clients[0].building
    assert (building.mode, building.credentials, building.connection) == (
        Mode.PAPER,
        {"key": SECRET},
        str(one.connection_id),
    )
    assert SECRET not in repr(building)
    assert building.transport().trust_env is False


def test_several_accounts_share_one_client(world: World, manager: BrokerManager) -> None:
    one = link()
    for account in ("A1", "A2"):
        manager.client_for(one, account).get_positions()
    assert len(world.clients) == 1
    assert world.asked_secrets == [one.connection_id]


def test_connecting_again_replaces_the_client_and_its_keys(world: World, manager: BrokerManager) -> None:
    one = link()
    manager.connect(one)
    world.keys[one.connection_id] = {"key": "new"}
    manager.connect(one)
    old, new = world.clients
    assert (old.is_connected, new.is_connected) == (False, True)
    assert new.building.credentials == {"key": "new"}


def test_connecting_again_ends_the_old_client_even_while_it_hangs(world: World, manager: BrokerManager) -> None:
    one = link()
    manager.connect(one)
    gate = Gate()
    world.plan(one, "get_positions", gate)
    thread = threading.Thread(target=manager.client_for(one, "A1").get_positions)
    thread.start()
    assert gate.met.wait(20)
    with pytest.raises(NotSent, match="still answering"):
        manager.connect(one)
    gate.open()
    thread.join(20)
    assert not world.clients[0].is_connected
    assert manager.status(one.connection_id) is None


def test_a_connection_that_fails_says_why_once(world: World, manager: BrokerManager) -> None:
    one = link()
    world.plan(one, "connect", error(CODE.CONNECTION_FAILED))
    with pytest.raises(BrokerError, match="It said CONNECTION_FAILED"):
        manager.connect(one)
    assert world.faults == [(one.connection_id, CODE.CONNECTION_FAILED, "connecting")]
    (told,) = world.states
    assert (told[1].is_connected, told[1].error) == (False, "It said CONNECTION_FAILED.")
    assert told[2] is not None


def test_missing_credentials_wait_for_the_person(world: World) -> None:
    def none_there(_key: object) -> dict[str, str]:
        raise error(CODE.AUTHENTICATION_FAILED)

    world.secrets = none_there  # type: ignore[method-assign, assignment]
    manager, one = world.manager(), link()
    with pytest.raises(BrokerError):
        manager.connect(one)
    assert world.clients == []
    assert world.states[-1][2] is None


def test_disconnecting_forgets_everything_held(world: World, manager: BrokerManager) -> None:
    one = link()
    manager.connect(one)
    manager.disconnect(one.connection_id)
    manager.disconnect(uuid4())
    assert not world.clients[0].is_connected
    assert manager.status(one.connection_id) is None


def test_disconnecting_a_connection_in_use_does_not_wait(world: World, manager: BrokerManager) -> None:
    one = link()
    manager.connect(one)
    gate = Gate()
    world.plan(one, "get_positions", gate)
    thread = threading.Thread(target=manager.client_for(one, "A1").get_positions)
    thread.start()
    assert gate.met.wait(20)
    manager.disconnect(one.connection_id)
    assert world.clients[0].is_connected
    gate.open()
    thread.join(20)
    assert not world.clients[0].is_connected
    assert manager.status(one.connection_id) is None


def test_a_disconnect_that_fails_is_a_disconnect(world: World, manager: BrokerManager) -> None:
    one = link()
    manager.connect(one)
    world.plan(one, "disconnect", error(CODE.API_ERROR))
    manager.disconnect(one.connection_id)
    assert manager.status(one.connection_id) is None


def test_a_connection_never_changes_person_broker_or_mode(manager: BrokerManager) -> None:
    one = link()
    manager.connect(one)
    other = Link(one.connection_id, one.user_id, one.broker, Mode.LIVE, {})
    with pytest.raises(ValueError, match="another person, broker or mode"):
        manager.client_for(other, "A1")


def test_a_mode_that_the_broker_does_not_have_is_refused(world: World, manager: BrokerManager) -> None:
    object.__setattr__(world.spec, "modes", frozenset({Mode.PAPER}))
    with pytest.raises(BrokerError, match="cannot be connected in live mode"):
        manager.connect(link(mode=Mode.LIVE))


def test_a_client_of_another_name_is_a_bug(manager: BrokerManager) -> None:
    with pytest.raises(TypeError, match="calls itself fake"):
        manager.connect(link("alpaca"))


def test_connecting_needs_leave(world: World, manager: BrokerManager) -> None:
    world.forbidden[Purpose.READ] = "Broker connections are off on this server."
    for act in (manager.connect, lambda one: manager.try_out(one, {})):
        with pytest.raises(NotSent, match="are off"):
            act(link())
    assert world.clients == []


# ---- trying out


def test_trying_out_reads_every_account_and_keeps_nothing(world: World, manager: BrokerManager) -> None:
    one = link()
    assert len(manager.try_out(one, {"key": "typed"})) == 2
    (client,) = world.clients
    assert client.building.credentials == {"key": "typed"}
    client.building.ledger.save({"a": "1"})
    client.building.tokens.write({"b": "2"})
    assert dict(client.building.tokens.read()) == {"b": "2"}
    assert not client.is_connected
    assert manager.status(one.connection_id) is None
    assert (world.asked_secrets, world.states, world.faults) == ([], [], [])


@pytest.mark.parametrize("call", ["connect", "get_account_info"])
def test_trying_out_lets_go_whatever_happens(world: World, manager: BrokerManager, call: str) -> None:
    one = link()
    world.plan(one, call, error(CODE.AUTHENTICATION_FAILED))
    with pytest.raises(BrokerError):
        manager.try_out(one, {"key": "typed"})
    assert not world.clients[0].is_connected
    assert (world.states, world.faults) == ([], [])


@pytest.mark.parametrize("failure", [None, error(CODE.AUTHENTICATION_FAILED)], ids=["works", "fails"])
def test_where_one_is_admitted_a_connection_makes_way_meanwhile(
    world: World, manager: BrokerManager, failure: BrokerError | None
) -> None:
    one, at_the_trial = link(), []
    object.__setattr__(world.spec, "admits_one", True)
    manager.connect(one)
    told = len(world.states)

    def meet() -> None:
        at_the_trial.append(world.clients[0].is_connected)
        if failure:
            raise failure

    world.plan(one, "connect", meet, None)
    with pytest.raises(BrokerError) if failure else nullcontext():
        manager.try_out(one, {"key": "typed"})
    held, trial = world.clients
    assert (at_the_trial, held.is_connected, trial.is_connected) == ([False], True, False)
    assert held.building.credentials == {"key": SECRET}
    assert status_of(manager, one).is_healthy
    assert (len(world.states) - told, world.faults) == (1, [])


def test_where_several_are_admitted_it_stays(world: World, manager: BrokerManager) -> None:
    one = link()
    manager.connect(one)
    manager.try_out(one, {"key": "typed"})
    assert world.count(one, "disconnect") == 1
    assert world.clients[0].is_connected


def test_what_was_down_stays_so_after_a_trial(world: World, manager: BrokerManager) -> None:
    one = link()
    object.__setattr__(world.spec, "admits_one", True)
    manager.connect(one)
    world.clients[0].disconnect()
    manager.try_out(one, {"key": "typed"})
    assert not world.clients[0].is_connected


def test_no_trial_while_the_one_that_is_admitted_is_busy(world: World, manager: BrokerManager) -> None:
    one = link()
    object.__setattr__(world.spec, "admits_one", True)
    manager.connect(one)
    gate = Gate()
    world.plan(one, "get_positions", gate)
    thread = threading.Thread(target=manager.client_for(one, "A1").get_positions)
    thread.start()
    assert gate.met.wait(20)
    with pytest.raises(NotSent, match="still answering"):
        manager.try_out(one, {"key": "typed"})
    gate.open()
    thread.join(20)
    assert world.clients[0].is_connected


# ---- live events


def test_streams_are_told_of_once_each_time_they_change(
    world: World, manager: BrokerManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, state = link(), StreamState(is_live=True, error=None, since=START)
    assert manager.changed_streams() == []
    manager.connect(one)
    assert manager.changed_streams() == []
    for told in (state, replace(state, is_live=False, is_cut_off=True), state, None):
        monkeypatch.setattr(FakeClient, "stream_state", told)
        assert manager.changed_streams() == [one.connection_id]
        assert manager.changed_streams() == []


# ---- one owner


def test_who_does_not_own_the_brokers_asks_nothing(world: World, manager: BrokerManager) -> None:
    one = link()
    client = manager.client_for(one, "A1")
    world.is_owner = False
    for act in (
        lambda: manager.connect(one),
        lambda: manager.try_out(one, {}),
        lambda: manager.client_for(one, "A1"),
        lambda: manager.check([one]),
        client.get_positions,
        lambda: client.cancel_order("1"),
    ):
        with pytest.raises(NotSent, match=r"^Another process of TrendDojo talks to the brokers\.$") as caught:
            act()
        assert caught.value.code is CODE.CONNECTION_FAILED
    assert (world.clients, world.states, world.faults) == ([], [], [])


def test_who_lost_the_brokers_lets_go_of_them(world: World, manager: BrokerManager) -> None:
    one = link()
    manager.connect(one)
    world.is_owner = False
    told = len(world.states)
    with pytest.raises(NotSent):
        manager.check([one])
    assert not world.clients[0].is_connected
    assert manager.status(one.connection_id) is None
    assert len(world.states) == told


def test_the_brokers_lost_in_the_middle_of_a_check_are_let_go_of_in_silence(world: World) -> None:
    manager, one = world.manager(), link()
    manager.connect(one)
    told, answers = len(world.states), iter([True, False])
    for port in (manager._ports, manager._connection(one).ports):
        object.__setattr__(port, "owns", lambda: next(answers))
    manager.check([one])
    assert not world.clients[0].is_connected
    assert len(world.states) == told


# ---- the monitor


def test_the_monitor_connects_what_was_never_connected(world: World, manager: BrokerManager) -> None:
    one = link()
    manager.check([one])
    assert status_of(manager, one).is_healthy


def test_the_monitor_tells_after_every_look(world: World, manager: BrokerManager) -> None:
    one = link()
    for _ in range(3):
        manager.check([one])
    assert [key for key, _status, _next in world.states] == [one.connection_id] * 3
    assert world.count(one, "connect") == 1


def test_the_monitor_reconnects_what_is_down(world: World, manager: BrokerManager) -> None:
    one = link()
    manager.connect(one)
    world.clients[0].disconnect()
    manager.check([one])
    assert world.count(one, "connect") == 2
    assert status_of(manager, one).is_healthy


def test_the_monitor_reconnects_what_is_unhealthy(world: World, manager: BrokerManager) -> None:
    one = link()
    manager.connect(one)
    world.unwell[one.connection_id] = "Data farm is gone."
    manager.check([one])
    assert world.count(one, "connect") == 2
    found = status_of(manager, one)
    assert (found.is_connected, found.is_healthy, found.error) == (True, False, "Data farm is gone.")
    world.unwell.clear()
    world.elapsed += 10
    manager.check([one])
    assert world.count(one, "connect") == 3
    assert status_of(manager, one).is_healthy


def test_the_monitor_reconnects_what_a_call_found_suspect(world: World, manager: BrokerManager) -> None:
    one = link()
    manager.connect(one)
    world.plan(one, "place_order", error(CODE.TIMEOUT))
    with pytest.raises(BrokerError):
        manager.client_for(one, "A1", Purpose.TRADE).place_order(request())
    assert not status_of(manager, one).is_healthy
    manager.check([one])
    assert world.count(one, "connect") == 2
    assert status_of(manager, one).is_healthy


def test_tries_grow_rarer_and_start_anew_once_well(world: World, manager: BrokerManager) -> None:
    one = link()
    world.plan(one, "connect", error(CODE.CONNECTION_FAILED))
    waits = []
    for _ in range(40):
        manager.check([one])
        next_try = world.states[-1][2]
        assert next_try is not None
        waits.append((next_try - world.clock()).total_seconds())
        world.elapsed += waits[-1] + 0.001
    assert world.count(one, "connect") == 40
    for number, wait in enumerate(waits):
        assert 0 <= wait <= min(300.0, 5.0 * 2**number)
    assert max(waits[:3]) < 20 < max(waits[10:])
    world.plan(one, "connect", None)
    manager.check([one])
    assert world.states[-1][2] is None
    world.plan(one, "connect", error(CODE.CONNECTION_FAILED))
    world.clients[0].disconnect()
    manager.check([one])
    next_try = world.states[-1][2]
    assert next_try is not None
    assert next_try - world.clock() <= timedelta(seconds=5)


def test_before_its_turn_nothing_is_tried(world: World, manager: BrokerManager) -> None:
    one = link()
    world.plan(one, "connect", error(CODE.GATEWAY_NOT_RUNNING))
    for _ in range(3):
        manager.check([one])
    assert world.count(one, "connect") == 1
    assert [one[1] for one in world.faults] == [CODE.GATEWAY_NOT_RUNNING]
    assert len(world.states) == 3


def test_a_state_keeps_its_beginning_while_it_lasts(world: World, manager: BrokerManager) -> None:
    one = link()
    world.plan(one, "connect", error(CODE.CONNECTION_FAILED))
    for _ in range(3):
        manager.check([one])
        world.elapsed += 400
    assert status_of(manager, one).since == START
    world.plan(one, "connect", None)
    for _ in range(3):
        manager.check([one])
        world.elapsed += 400
    assert status_of(manager, one).since == START + timedelta(seconds=1200)


@pytest.mark.parametrize("code", [CODE.AUTHENTICATION_FAILED, CODE.SESSION_EXPIRED])
def test_refused_keys_are_not_tried_again_until_connect(
    world: World, manager: BrokerManager, code: BrokerErrorCode
) -> None:
    one = link()
    world.plan(one, "connect", error(code))
    manager.check([one])
    world.elapsed += 86_400
    manager.check([one])
    assert world.count(one, "connect") == 1
    assert world.states[-1][2] is None
    assert world.asked_secrets == [one.connection_id]
    world.plan(one, "connect", None)
    manager.connect(one)
    assert status_of(manager, one).is_healthy


def test_a_mode_that_was_switched_off_is_let_go_of(world: World, manager: BrokerManager) -> None:
    one = link()
    manager.connect(one)
    world.forbidden[Purpose.READ] = "Broker connections are off on this server."
    manager.check([one])
    assert not world.clients[0].is_connected
    assert world.states[-1][1].error == "Broker connections are off on this server."
    assert world.states[-1][2] is None


def test_a_look_that_has_no_place_in_the_limits_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(limits=RateLimits(otherwise=5))
    monkeypatch.setattr(managing, "spec_of", lambda _name: world.spec)
    manager, one = world.manager(), link()
    manager.connect(one)  # three of the four that are not reserved
    for _ in range(3):
        manager.check([one])
    assert world.count(one, "get_connection_status") == 2
    assert status_of(manager, one).is_healthy


def test_a_bug_in_one_look_is_raised_after_all_looks(world: World, manager: BrokerManager) -> None:
    broken, fine = link(), link()
    world.plan(broken, "connect", KeyError("price"))
    with pytest.raises(ExceptionGroup) as caught:
        manager.check([broken, fine])
    assert [type(one) for one in caught.value.exceptions] == [KeyError]
    assert status_of(manager, fine).is_healthy
    assert not status_of(manager, broken).is_healthy


@given(st.sets(st.integers(0, 11)), st.sets(st.integers(0, 11)))
def test_every_look_finds_each_connection_as_it_is(down: set[int], unwell: set[int]) -> None:
    world = World()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(managing, "spec_of", lambda _name: world.spec)
        manager, links = world.manager(), [link() for _ in range(12)]
        manager.check(links)
        for number, one in enumerate(links):
            if number in down:
                world.plan(one, "connect", error(CODE.CONNECTION_FAILED))
                next(client for client in world.clients if client.key == one.connection_id).disconnect()
            if number in unwell:
                world.unwell[one.connection_id] = "slow"
        manager.check(links)
        manager.close()
        wrong = {key for key, status, _next in world.states[12:] if not (status.is_connected and status.is_healthy)}
    assert wrong == {links[number].connection_id for number in down | unwell}


# ---- nobody is held up


def test_hanging_connections_delay_nobody(world: World) -> None:
    manager = world.manager(slow_seconds=0.05, patience_seconds=20.0)
    gates, hanging, fine = [], [link() for _ in range(50)], [link() for _ in range(50)]
    for one in hanging:
        gates.append(Gate())
        world.plan(one, "connect", gates[-1])
    for call in ("connect", "get_connection_status"):
        looked_at = [threading.Event() for _ in fine]
        for one, event in zip(fine, looked_at, strict=True):
            world.plan(one, call, event.set)
        manager.check([*hanging, *fine])
        assert all(event.wait(20) for event in looked_at)
    assert all(world.count(one, "connect") == 1 for one in (*hanging, *fine))
    assert manager.client_for(fine[0], "A1").get_positions() == []
    for gate in gates:
        gate.open()
    manager.close()


def test_a_connection_whose_look_still_runs_is_not_looked_at_again(world: World) -> None:
    manager = world.manager(slow_seconds=0.05)
    one, gate = link(), Gate()
    manager.connect(one)
    world.plan(one, "get_connection_status", gate)
    for _ in range(3):
        manager.check([one])
    gate.open()
    manager.close()
    assert world.count(one, "get_connection_status") == 2  # once in connecting


def test_no_port_is_called_while_the_connection_is_locked(world: World) -> None:
    manager, one = world.manager(), link()
    ports = world.ports()
    free: list[bool] = []

    def is_free(*_told: object) -> None:
        lock = manager._connection(one)._lock
        free.append(lock.acquire(blocking=False))
        if free[-1]:
            lock.release()

    for name in ("on_state", "on_fault"):
        object.__setattr__(ports, name, is_free)
    object.__setattr__(manager, "_ports", ports)
    world.plan(one, "connect", error(CODE.CONNECTION_FAILED), None)
    world.plan(one, "get_positions", error(CODE.TIMEOUT))
    with pytest.raises(BrokerError):
        manager.connect(one)
    manager.connect(one)
    with pytest.raises(BrokerError):
        manager.client_for(one, "A1").get_positions()
    manager.check([one])
    assert len(free) > 5
    assert all(free)


# ---- idle


def test_what_nobody_uses_or_wants_is_let_go_of_with_its_keys(world: World, manager: BrokerManager) -> None:
    one = link()
    manager.connect(one)
    keys = world.clients[0].building.credentials
    assert isinstance(keys, Secrets)
    remembered = weakref.ref(keys)
    world.elapsed = 900
    manager.check([])
    assert world.clients[0].is_connected
    world.elapsed = 901
    manager.check([])
    assert not world.clients[0].is_connected
    assert manager.status(one.connection_id) is None
    del keys
    world.clients.clear()
    gc.collect()
    assert remembered() is None


def test_what_the_monitor_is_given_is_kept(world: World, manager: BrokerManager) -> None:
    one = link()
    manager.connect(one)
    for _ in range(40):
        world.elapsed += 30
        manager.check([one])
    assert world.clients[0].is_connected
    assert len(world.clients) == 1


def test_use_keeps_a_connection_and_idle_ones_come_back_with_the_next_call(
    world: World, manager: BrokerManager
) -> None:
    one = link()
    client = manager.client_for(one, "A1")
    for _ in range(4):
        world.elapsed += 600
        client.get_positions()
        manager.check([])
    assert len(world.clients) == 1
    world.elapsed += 901
    manager.check([])
    client.get_positions()
    assert len(world.clients) == 2
    assert len(world.asked_secrets) == 2


def test_reconnecting_asks_for_no_keys(world: World, manager: BrokerManager) -> None:
    one = link()
    manager.connect(one)
    world.clients[0].disconnect()
    manager.check([one])
    assert world.asked_secrets == [one.connection_id]


def test_closing_lets_go_of_everything(world: World, manager: BrokerManager) -> None:
    links = [link() for _ in range(3)]
    manager.check(links)
    manager.close()
    assert not any(client.is_connected for client in world.clients)
    assert manager.status(links[0].connection_id) is None


def test_there_is_no_simulator_behind_a_real_broker(manager: BrokerManager) -> None:
    one = link()
    manager.connect(one)
    assert manager.simulator(one.connection_id) is None
    assert manager.simulator(uuid4()) is None
