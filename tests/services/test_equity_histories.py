"""Past equity: asked by the job alone and once a day, and kept where it could not be asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask

from tests.conftest import NOW, make_user
from tests.services.connected import FAKE, INTEGRATIONS, connect, furnish, with_fake
from tests.services.fake_broker import World, info, past
from trenddojo.brokers.errors import BrokerErrorCode
from trenddojo.brokers.manager import BrokerManager
from trenddojo.brokers.ports import Purpose
from trenddojo.domain.orders import OrderRequest, OrderType
from trenddojo.domain.terms import Side
from trenddojo.services import connections, equity_histories, simulation, snapshots, topics
from trenddojo.services.connection_panel import AccountPanel, account_panel, panel
from trenddojo.services.connections import Connected, link_of
from trenddojo.services.errors import NotFound
from trenddojo.services.orders import rounds
from trenddojo.store.database import db
from trenddojo.store.models import AccountSnapshot, EquityHistory, User

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    found = with_fake(monkeypatch)
    found.past = past("50000.00", "49000.50", "50010.00")
    return found


@pytest.fixture
def manager(app: Flask, world: World) -> Iterator[BrokerManager]:
    found = furnish(app, **INTEGRATIONS)
    yield found
    found.close()


@pytest.fixture
def made(manager: BrokerManager, user: User) -> Connected:
    return connect(manager, user, FAKE)


def shown(user: User, made: Connected) -> AccountPanel:
    (found,) = panel(user, connections.connection_of(user, made.connection.id), NOW).accounts
    return found


def figures(user: User, made: Connected) -> list[Decimal]:
    found = shown(user, made).past
    return [one.equity for one in found.points] if found else []


def times(world: World) -> int:
    return world.asked.count("get_equity_history")


class TestAsked:
    def test_by_the_job(self, manager: BrokerManager, user: User, made: Connected, world: World) -> None:
        snapshots.take_all(manager, NOW)
        found = shown(user, made).past
        assert found is not None
        assert (found.taken_at, list(found.points)) == (NOW, world.past)
        assert "get_equity_history F-1 90" in world.asked

    def test_once_a_day(self, manager: BrokerManager, made: Connected, world: World) -> None:
        for passed in (0 * HOUR, timedelta(seconds=10), 19 * HOUR, 20 * HOUR - timedelta(seconds=1)):
            snapshots.take_all(manager, NOW + passed)
            assert times(world) == 1
        snapshots.take_all(manager, NOW + 20 * HOUR)
        assert times(world) == 2

    def test_never_by_who_presses_a_button(
        self, manager: BrokerManager, user: User, made: Connected, world: World
    ) -> None:
        snapshots.take(manager, made.connection.id, NOW)
        snapshots.sync(manager, user, made.connection.id, NOW)
        rounds.sync_now(manager, user, made.connection.id, NOW)
        rounds.tick(manager, NOW + HOUR)
        assert "get_account_info" in world.asked
        assert times(world) == 0

    def test_for_each_account(self, manager: BrokerManager, user: User, world: World) -> None:
        world.accounts = {one: info(one) for one in ("F-1", "F-2")}
        connect(manager, user, FAKE)
        snapshots.take_all(manager, NOW)
        assert {one for one in world.asked if one.endswith(" 90")} == {
            "get_equity_history F-1 90", "get_equity_history F-2 90",
        }  # fmt: skip

    def test_with_no_transaction_open(self, manager: BrokerManager, made: Connected, world: World) -> None:
        def check() -> None:
            assert not db.session().in_transaction()

        world.before["get_equity_history"] = check
        snapshots.take_all(manager, NOW)
        assert times(world) == 1

    def test_a_broker_without_is_left_alone_for_a_day(
        self, manager: BrokerManager, user: User, made: Connected, world: World
    ) -> None:
        world.past = []
        for passed in (0 * HOUR, 10 * HOUR, 19 * HOUR):
            snapshots.take_all(manager, NOW + passed)
        assert times(world) == 1
        assert shown(user, made).past is None
        world.past = past("1.00", "2.00")
        snapshots.take_all(manager, NOW + DAY)
        assert figures(user, made) == [1, 2]


class TestKept:
    def test_in_cents_and_exact(self, manager: BrokerManager, user: User, made: Connected, world: World) -> None:
        world.past = past("90071992547409.93", "-0.005", "0.1")
        snapshots.take_all(manager, NOW)
        assert figures(user, made) == [Decimal("90071992547409.93"), Decimal(0), Decimal("0.10")]

    def test_the_new_replaces_the_old(self, manager: BrokerManager, user: User, made: Connected, world: World) -> None:
        snapshots.take_all(manager, NOW)
        world.past = past("7.00", "8.00")
        snapshots.take_all(manager, NOW + DAY)
        assert figures(user, made) == [7, 8]

    def test_an_older_answer_changes_nothing(self, manager: BrokerManager, user: User, made: Connected) -> None:
        account_id = made.seats[0].account.id
        assert equity_histories.keep(account_id, past("5.00"), NOW)
        assert not equity_histories.keep(account_id, past("4.00"), NOW - HOUR)
        db.session.commit()
        assert figures(user, made) == [5]

    def test_pages_look_again(self, manager: BrokerManager, user: User, made: Connected, world: World) -> None:
        snapshots.take_all(manager, NOW)
        version = topics.present()
        snapshots.take_all(manager, NOW + timedelta(seconds=5))
        assert topics.present() == version
        snapshots.take_all(manager, NOW + DAY)
        assert topics.account(made.seats[0].account.id) in topics.changed_since(user, version)[1]

    def test_it_goes_with_the_simulated_account_that_began_anew(self, manager: BrokerManager, user: User) -> None:
        simulated = connect(manager, user)
        client = manager.client_for(link_of(simulated.connection), "MOCK123456", Purpose.TRADE)
        request = OrderRequest(
            symbol="NVDA", side=Side.BUY, quantity=Decimal(10), order_type=OrderType.MARKET, client_order_id="one"
        )
        db.session.rollback()
        client.place_order(request)
        snapshots.take_all(manager, NOW)
        assert len(figures(user, simulated)) == 2
        simulation.reset(manager, user, simulated.connection.id, NOW)
        assert shown(user, simulated).past is None
        assert not db.session.get(EquityHistory, simulated.seats[0].account.id)


class TestFailure:
    def test_the_old_stays_and_the_snapshot_is_complete(
        self, manager: BrokerManager, user: User, made: Connected, world: World
    ) -> None:
        snapshots.take_all(manager, NOW)
        world.fail("get_equity_history", BrokerErrorCode.ORDER_REJECTED)
        snapshots.take_all(manager, NOW + DAY)
        found = shown(user, made)
        assert found.past is not None
        assert (found.past.taken_at, list(found.past.points)) == (NOW, world.past)
        assert found.snapshot is not None
        assert (found.snapshot.taken_at, found.snapshot.error) == (NOW + DAY, None)
        assert connections.connection_of(user, made.connection.id).last_sync == NOW + DAY

    def test_it_is_asked_again_after_an_hour(self, manager: BrokerManager, made: Connected, world: World) -> None:
        world.fail("get_equity_history", BrokerErrorCode.ORDER_REJECTED)
        for passed in (0 * HOUR, HOUR - timedelta(seconds=10)):
            snapshots.take_all(manager, NOW + passed)
            assert times(world) == 1
        world.failures.clear()
        for passed in (HOUR, 2 * HOUR):
            snapshots.take_all(manager, NOW + passed)
            assert times(world) == 2

    def test_after_a_snapshot_that_hung_nothing_is_asked(
        self, manager: BrokerManager, made: Connected, world: World
    ) -> None:
        world.fail("get_account_info", BrokerErrorCode.TIMEOUT)
        snapshots.take_all(manager, NOW)
        assert times(world) == 0

    def test_where_it_hangs_the_other_accounts_are_not_asked(
        self, manager: BrokerManager, user: User, world: World
    ) -> None:
        world.accounts = {one: info(one) for one in ("F-1", "F-2")}
        made = connect(manager, user, FAKE)
        world.fail("get_equity_history", BrokerErrorCode.TIMEOUT)
        snapshots.take_all(manager, NOW)
        rows = db.session.query(EquityHistory).all()
        assert [(one.taken_at, one.failed_at) for one in rows] == [(None, NOW)] * 2
        for seat in made.seats:
            assert db.session.get_one(AccountSnapshot, seat.account.id).error is None


class TestScope:
    def test_nobody_elses(self, manager: BrokerManager, made: Connected) -> None:
        snapshots.take_all(manager, NOW)
        with pytest.raises(NotFound):
            panel(make_user("pia@example.org", "Pia"), made.connection, NOW)

    def test_with_the_seat_it_is_seen(self, manager: BrokerManager, made: Connected) -> None:
        snapshots.take_all(manager, NOW)
        assert account_panel(made.seats[0], NOW).past is not None
