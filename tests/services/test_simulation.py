"""What only a simulated broker lets a person do: fail on demand, and begin again."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from uuid import uuid4

import pytest
from flask import Flask

from tests.conftest import NOW, make_user
from tests.services.connected import FAKE, INTEGRATIONS, connect, furnish, with_fake
from trenddojo.brokers.errors import BrokerErrorCode
from trenddojo.brokers.manager import BrokerManager
from trenddojo.brokers.ports import Purpose
from trenddojo.domain.orders import OrderRequest, OrderType
from trenddojo.domain.terms import Side
from trenddojo.services import alerts, simulation, snapshots
from trenddojo.services.connection_panel import panel
from trenddojo.services.connections import connection_of, disconnect, link_of
from trenddojo.services.errors import Conflict, NotFound
from trenddojo.store.database import db
from trenddojo.store.models import BrokerConnection, ConnectionState, User

DOWN = BrokerErrorCode.GATEWAY_NOT_RUNNING


@pytest.fixture
def manager(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[BrokerManager]:
    with_fake(monkeypatch)
    found = furnish(app, **INTEGRATIONS)
    yield found
    found.close()


@pytest.fixture
def made(manager: BrokerManager, user: User) -> BrokerConnection:
    return connect(manager, user).connection


def test_it_fails_and_works_again(manager: BrokerManager, user: User, made: BrokerConnection) -> None:
    assert simulation.error_of(manager, made) is None
    failing = simulation.simulate(manager, user, made.id, DOWN, NOW)
    assert (failing.state, failing.error_code) == (ConnectionState.DOWN, DOWN)
    assert simulation.error_of(manager, failing) is DOWN
    assert alerts.unread(user) == 1
    working = simulation.simulate(manager, user, made.id, None, NOW)
    assert (working.state, working.error) == (ConnectionState.CONNECTED, None)
    assert simulation.error_of(manager, working) is None
    assert alerts.unread(user) == 0


def test_it_fails_too_when_nothing_was_connected_yet(
    manager: BrokerManager, user: User, made: BrokerConnection
) -> None:
    manager.disconnect(made.id)
    assert manager.simulator(made.id) is None
    assert simulation.simulate(manager, user, made.id, DOWN, NOW).state is ConnectionState.DOWN


def test_a_reset_forgets_what_was_held(manager: BrokerManager, user: User, made: BrokerConnection) -> None:
    client = manager.client_for(link_of(made), "MOCK123456", Purpose.TRADE)
    order = OrderRequest(
        symbol="NVDA", side=Side.BUY, quantity=Decimal(10), order_type=OrderType.MARKET, client_order_id="one"
    )
    db.session.rollback()  # no transaction is open while a broker is asked
    client.place_order(order)
    snapshots.sync(manager, user, made.id, NOW)
    assert _held(user, made) == ["NVDA"]
    simulation.reset(manager, user, made.id, NOW)
    assert _held(user, made) == []
    db.session.rollback()
    assert client.get_account_info().equity == 100_000


def _held(user: User, made: BrokerConnection) -> list[str]:
    (account,) = panel(user, connection_of(user, made.id), NOW).accounts
    return [one.symbol for one in account.positions]


def test_a_real_one_is_left_alone(manager: BrokerManager, user: User) -> None:
    real = connect(manager, user, FAKE).connection
    assert simulation.error_of(manager, real) is None
    with pytest.raises(Conflict, match="Only a simulated connection"):
        simulation.simulate(manager, user, real.id, DOWN, NOW)
    with pytest.raises(Conflict, match="Only a simulated connection"):
        simulation.reset(manager, user, real.id, NOW)


def test_one_that_was_ended_is_left_alone(manager: BrokerManager, user: User, made: BrokerConnection) -> None:
    disconnect(manager, user, made.id, NOW)
    for act in (lambda: simulation.simulate(manager, user, made.id, DOWN, NOW), lambda: _reset(manager, user, made)):
        with pytest.raises(Conflict, match="was ended"):
            act()


def _reset(manager: BrokerManager, user: User, made: BrokerConnection) -> BrokerConnection:
    return simulation.reset(manager, user, made.id, NOW)


def test_nobody_elses(manager: BrokerManager, made: BrokerConnection) -> None:
    other = make_user("pia@example.org", "Pia Holm")
    for one in (made.id, uuid4()):
        with pytest.raises(NotFound):
            simulation.simulate(manager, other, one, DOWN, NOW)
        with pytest.raises(NotFound):
            simulation.reset(manager, other, one, NOW)
