"""A simulated connection that is made to fail, works again, and begins anew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask

from tests.conftest import NOW, Clock, make_user
from tests.services.connected import FAKE, INTEGRATIONS, connect, furnish, with_fake
from trenddojo.brokers.errors import BrokerErrorCode
from trenddojo.brokers.manager import BrokerManager, Purpose
from trenddojo.domain.orders import OrderRequest, OrderType
from trenddojo.domain.terms import Side
from trenddojo.services import simulation, snapshots
from trenddojo.services.cash import record_cash
from trenddojo.services.connection_panel import account_panel
from trenddojo.services.connections import Connected, connection_of, link_of
from trenddojo.services.errors import Conflict, NotFound
from trenddojo.services.faults import Refused
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.cash import NewCashInput
from trenddojo.store.database import db
from trenddojo.store.models import ConnectionState, User

LATER = NOW + timedelta(seconds=30)


@pytest.fixture
def manager(app: Flask) -> Iterator[BrokerManager]:
    found = furnish(app, **INTEGRATIONS)
    yield found
    found.close()


@pytest.fixture
def made(manager: BrokerManager, user: User) -> Connected:
    return connect(manager, user)


def buy(manager: BrokerManager, made: Connected) -> None:
    link, account_id = link_of(made.connection), made.accounts[0].account_id
    db.session.commit()
    request = OrderRequest(
        symbol="NVDA", side=Side.BUY, quantity=Decimal(10), order_type=OrderType.MARKET, client_order_id="c-1"
    )
    manager.client_for(link, account_id, Purpose.TRADE).place_order(request)


def test_a_whole_way(manager: BrokerManager, user: User, made: Connected, clock: Clock) -> None:
    buy(manager, made)
    clock.turn(minutes=2)
    snapshots.sync(manager, user, made.connection.id, LATER)
    shown = account_panel(made.seats[0], LATER)
    assert [(one.symbol, one.quantity) for one in shown.positions] == [("NVDA", 10)]
    assert shown.snapshot is not None
    assert shown.snapshot.cash is not None
    assert shown.snapshot.cash < 100_000


class TestSimulate:
    def test_it_fails_and_says_so_until_it_works_again(
        self, manager: BrokerManager, user: User, made: Connected
    ) -> None:
        snapshots.sync(manager, user, made.connection.id, NOW)
        simulation.simulate(manager, user, made.connection.id, BrokerErrorCode.CONNECTION_FAILED, LATER)
        assert connection_of(user, made.connection.id).error is not None
        with pytest.raises(Refused):
            snapshots.sync(manager, user, made.connection.id, LATER)
        shown = account_panel(made.seats[0], LATER)
        assert shown.snapshot is not None
        assert (shown.snapshot.taken_at, shown.snapshot.failed_at) == (NOW, LATER)
        simulation.simulate(manager, user, made.connection.id, None, LATER)
        assert connection_of(user, made.connection.id).state is ConnectionState.CONNECTED

    def test_only_ones_own(self, manager: BrokerManager, made: Connected) -> None:
        other = make_user("pia@example.org", "Pia")
        with pytest.raises(NotFound):
            simulation.simulate(manager, other, made.connection.id, BrokerErrorCode.TIMEOUT, NOW)

    def test_only_simulated_ones(self, manager: BrokerManager, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
        with_fake(monkeypatch)
        connection_id = connect(manager, user, FAKE).connection.id
        with pytest.raises(Conflict):
            simulation.simulate(manager, user, connection_id, BrokerErrorCode.TIMEOUT, NOW)
        with pytest.raises(Conflict):
            simulation.reset(manager, user, connection_id, NOW)


class TestReset:
    def test_everything_is_forgotten(self, manager: BrokerManager, user: User, made: Connected, clock: Clock) -> None:
        buy(manager, made)
        clock.turn(minutes=2)
        snapshots.sync(manager, user, made.connection.id, NOW)
        simulation.reset(manager, user, made.connection.id, LATER)
        shown = account_panel(made.seats[0], LATER)
        assert shown.positions == ()
        assert shown.snapshot is not None
        assert shown.snapshot.cash == 100_000

    def test_not_what_the_books_rest_on(self, manager: BrokerManager, user: User, made: Connected) -> None:
        entered = {"kind": "fee", "amount": "5", "on": "2026-11-19"}
        record_cash(made.seats[0], parse(NewCashInput, entered), NOW)
        with pytest.raises(Conflict):
            simulation.reset(manager, user, made.connection.id, LATER)
