"""Snapshots: complete or not taken, never older than what there is, and only from the owner of broker I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Barrier
from time import monotonic, sleep
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from tests.conftest import NOW, make_user
from tests.services.connected import FAKE, INTEGRATIONS, connect, furnish, owned_by_another, with_fake
from tests.services.fake_broker import World, info, order, position, quote
from trenddojo.brokers.errors import BrokerErrorCode
from trenddojo.brokers.manager import BrokerManager, Link
from trenddojo.brokers.types import NoQuote
from trenddojo.domain.rates import FoundRate
from trenddojo.domain.terms import MemberRole
from trenddojo.services import alerts, connections, leases, rates, snapshots, topics
from trenddojo.services.connection_panel import ConnectionPanel, account_panel, panel, panels
from trenddojo.services.connections import Connected
from trenddojo.services.errors import Conflict, NotFound
from trenddojo.services.faults import Refused
from trenddojo.store.database import db, reading
from trenddojo.store.models import AccountMember, AccountSnapshot, ConnectionState, ExchangeRate, User
from trenddojo.store.seats import Seat, seat_at

LATER = NOW + timedelta(seconds=20)
D = Decimal
FAILED = "The broker says no."


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return with_fake(monkeypatch)


@pytest.fixture
def manager(app: Flask, world: World) -> Iterator[BrokerManager]:
    found = furnish(app, **INTEGRATIONS)
    yield found
    found.close()


@pytest.fixture
def made(manager: BrokerManager, user: User, world: World) -> Connected:
    """A connection to a broker that holds and quotes something."""
    world.positions, world.orders = [position()], [order()]
    world.quotes = {symbol: quote(symbol) for symbol in ("SPY", "QQQ", "NVDA")}
    return connect(manager, user, FAKE)


def take(manager: BrokerManager, made: Connected, now: datetime = NOW) -> snapshots.Taken:
    return snapshots.take(manager, made.connection.id, now)


def shown(user: User, made: Connected, now: datetime = NOW) -> ConnectionPanel:
    return panel(user, connections.connection_of(user, made.connection.id), now)


def snapshot(made: Connected) -> AccountSnapshot:
    return db.session.get_one(AccountSnapshot, made.seats[0].account.id, populate_existing=True)


def test_rates_that_a_broker_tells_count_for_its_account_alone(
    manager: BrokerManager, made: Connected, world: World
) -> None:
    account_id, today = made.seats[0].account.id, NOW.date()
    world.accounts["F-1"] = replace(world.accounts["F-1"], rates={"EUR": D("1.123456789012"), "JPY": D("1E-12")})
    take(manager, made)
    found = rates.rate_at("EUR", "USD", today, account_id)
    assert found == FoundRate(D("1.1234567890"), today, f"account-{account_id}")
    assert rates.rate_at("EUR", "USD", today) is None
    assert rates.rate_at("JPY", "USD", today, account_id) is None
    world.accounts["F-1"] = replace(world.accounts["F-1"], rates={"EUR": D("1.2")})
    take(manager, made, LATER)
    take(manager, made, LATER + timedelta(days=1))
    kept = db.session.query(ExchangeRate).order_by(ExchangeRate.on).all()
    assert [(one.on, one.rate) for one in kept] == [(today, D("1.2")), (today + timedelta(days=1), D("1.2"))]


class OnBothDatabases:
    @pytest.fixture
    def database_url(self, both_databases: str) -> str:
        return both_databases


class TestTake(OnBothDatabases):
    def test_money_positions_orders_and_quotes(self, manager: BrokerManager, user: User, made: Connected) -> None:
        assert take(manager, made).errors == ()
        found = shown(user, made, NOW + timedelta(seconds=12))
        (account,) = found.accounts
        assert account.snapshot is not None
        assert (account.snapshot.equity, account.snapshot.currency) == (Decimal("50000.00"), "USD")
        assert [(one.symbol, one.quantity, one.market_value) for one in account.positions] == [("NVDA", 10, 1000)]
        assert account.age == timedelta(seconds=12)
        assert account.is_complete
        assert [(one.symbol, one.last) for one in found.quotes] == [("NVDA", 100), ("QQQ", 100), ("SPY", 100)]
        assert found.connection.last_sync == NOW

    def test_orders_are_plain_and_exact(self, manager: BrokerManager, made: Connected, world: World) -> None:
        world.orders = [order(legs=(order("o-2", limit_price=None, stop_price=Decimal("90.000000")),))]
        take(manager, made)
        (found,) = snapshot(made).working_orders
        assert (found["quantity"], found["filled"], found["limit_price"], found["stop_price"]) == (
            "10", "0", "99.50", None,
        )  # fmt: skip
        assert (found["status"], found["raw_status"], found["submitted_at"]) == ("accepted", "new", NOW.isoformat())
        assert found["legs"][0]["stop_price"] == "90.000000"

    def test_what_is_gone_goes(self, manager: BrokerManager, user: User, made: Connected, world: World) -> None:
        world.positions = [position("NVDA"), position("SPY")]
        take(manager, made)
        world.positions, world.orders = [position("SPY", "-5")], []
        take(manager, made, LATER)
        (account,) = shown(user, made).accounts
        assert [(one.symbol, one.quantity) for one in account.positions] == [("SPY", -5)]
        assert snapshot(made).working_orders == []

    def test_figures_beyond_our_scales_are_rounded(
        self, manager: BrokerManager, user: User, made: Connected, world: World
    ) -> None:
        world.positions = [position("NVDA", "0.1234567891", "1.23456789")]
        take(manager, made)
        (held,) = shown(user, made).accounts[0].positions
        assert (held.quantity, held.average_price) == (Decimal("0.123456789"), Decimal("1.234568"))

    def test_no_transaction_is_open_while_the_broker_is_asked(
        self, manager: BrokerManager, made: Connected, world: World
    ) -> None:
        def check() -> None:
            assert not db.session().in_transaction()

        world.before = dict.fromkeys(("get_account_info", "get_positions", "get_open_orders", "get_quotes"), check)
        take(manager, made)
        assert world.before.keys() <= set(world.asked)

    def test_an_ended_connection_is_not_asked(
        self, manager: BrokerManager, user: User, made: Connected, world: World
    ) -> None:
        connections.disconnect(manager, user, made.connection.id, NOW)
        world.asked.clear()
        assert take(manager, made).accounts == 0
        assert not world.asked

    def test_ended_while_it_was_asked_nothing_is_written(
        self, app: Flask, manager: BrokerManager, user: User, made: Connected, world: World
    ) -> None:
        user_id, connection_id = user.id, made.connection.id

        def end() -> None:
            with app.app_context():
                owner = db.session.get_one(User, user_id)
                connections.disconnect(manager, owner, connection_id, NOW)

        world.before["get_open_orders"] = end
        take(manager, made, LATER)
        assert snapshot(made).taken_at == NOW
        assert shown(user, made).connection.last_sync is None


class TestFailure:
    @pytest.mark.parametrize("call", ["get_account_info", "get_positions", "get_open_orders"])
    def test_old_figures_stay_and_say_so(
        self, manager: BrokerManager, user: User, made: Connected, world: World, call: str
    ) -> None:
        take(manager, made)
        world.accounts = {"F-1": info(equity="1.00")}
        world.positions, world.orders = [], []
        world.fail(call, BrokerErrorCode.API_ERROR)
        assert len(take(manager, made, LATER).errors) == 1
        row = snapshot(made)
        assert (row.equity, row.taken_at, len(row.working_orders)) == (50000, NOW, 1)
        assert (row.failed_at, row.error) == (LATER, FAILED)
        found = shown(user, made)
        assert len(found.accounts[0].positions) == 1
        assert found.connection.last_sync == NOW

    def test_the_next_good_one_clears_it(self, manager: BrokerManager, made: Connected, world: World) -> None:
        world.fail("get_positions", BrokerErrorCode.API_ERROR)
        take(manager, made)
        world.failures.clear()
        take(manager, made, LATER)
        row = snapshot(made)
        assert (row.taken_at, row.failed_at, row.error) == (LATER, None, None)

    def test_a_connection_that_hangs_is_not_asked_on(self, manager: BrokerManager, user: User, world: World) -> None:
        world.accounts = {one: info(one) for one in ("F-1", "F-2")}
        made = connect(manager, user, FAKE)
        world.fail("get_account_info F-1", BrokerErrorCode.TIMEOUT)
        world.asked.clear()
        assert {one.code for one in take(manager, made, LATER).errors} == {BrokerErrorCode.TIMEOUT}
        assert "get_account_info F-2" not in world.asked
        assert "get_quotes" not in world.asked
        assert {one.snapshot.failed_at for one in shown(user, made).accounts if one.snapshot} == {LATER}

    def test_one_account_fails_and_the_other_is_kept(self, manager: BrokerManager, user: User, world: World) -> None:
        world.accounts = {one: info(one) for one in ("F-1", "F-2")}
        made = connect(manager, user, FAKE)
        world.fail("get_account_info F-1", BrokerErrorCode.API_ERROR)
        assert len(take(manager, made, LATER).errors) == 1
        found = shown(user, made)
        told = [(one.snapshot.taken_at, one.snapshot.error) for one in found.accounts if one.snapshot]
        assert told == [(NOW, FAILED), (LATER, None)]
        assert found.connection.last_sync is None

    def test_quotes_fail_by_themselves(self, manager: BrokerManager, user: User, made: Connected, world: World) -> None:
        take(manager, made)
        world.fail("get_quotes", BrokerErrorCode.API_ERROR)
        take(manager, made, LATER)
        found = shown(user, made)
        assert {(one.last, one.error, one.taken_at) for one in found.quotes} == {(Decimal(100), FAILED, NOW)}
        assert found.connection.last_sync == LATER

    def test_a_symbol_that_the_broker_does_not_know(self, manager: BrokerManager, user: User, made: Connected) -> None:
        connections.watch(user, made.connection.id, "NOPE")
        take(manager, made)
        told = {one.symbol: (one.last, one.error) for one in shown(user, made).quotes}
        assert told["NOPE"] == (None, "The broker does not know this symbol.")
        assert told["SPY"] == (100, None)

    def test_a_symbol_without_a_price(self, manager: BrokerManager, user: User, made: Connected, world: World) -> None:
        take(manager, made)
        world.quotes["SPY"] = NoQuote(symbol="SPY", why="No subscription.")
        take(manager, made, LATER)
        told = {one.symbol: (one.last, one.error, one.taken_at) for one in shown(user, made).quotes}
        assert told["SPY"] == (100, "No subscription.", LATER)
        assert {error for symbol, (_, error, _) in told.items() if symbol != "SPY"} == {None}

    def test_the_person_is_told_once(self, manager: BrokerManager, user: User, made: Connected, world: World) -> None:
        world.fail("get_positions", BrokerErrorCode.API_ERROR)
        for seconds in range(3):
            take(manager, made, NOW + timedelta(seconds=seconds))
        (alert,) = alerts.alerts_of(user).alerts
        assert (alert.count, alert.code) == (3, "API_ERROR")
        assert alert.title == f"Fake paper: {FAILED}"


class TestTime(OnBothDatabases):
    def test_an_older_one_never_overwrites_a_newer_one(
        self, manager: BrokerManager, user: User, made: Connected, world: World
    ) -> None:
        take(manager, made, LATER)
        world.accounts = {"F-1": info(equity="1.00")}
        world.quotes = {}
        take(manager, made, NOW)
        assert (snapshot(made).equity, snapshot(made).taken_at) == (50000, LATER)
        found = shown(user, made)
        assert {(one.last, one.error) for one in found.quotes} == {(Decimal(100), None)}
        assert found.connection.last_sync == LATER

    def test_an_older_failure_neither(self, manager: BrokerManager, made: Connected, world: World) -> None:
        take(manager, made, LATER)
        world.fail("get_positions", BrokerErrorCode.API_ERROR)
        take(manager, made, NOW)
        assert snapshot(made).error is None


class TestPulse:
    def names(self, user: User, version: int) -> set[str]:
        return set(topics.changed_since(user, version)[1])

    def test_told_when_a_figure_changes_and_otherwise_once_a_minute(
        self, manager: BrokerManager, user: User, made: Connected, world: World
    ) -> None:
        both = {topics.connection(made.connection.id), topics.account(made.seats[0].account.id)}
        minute = NOW.replace(second=0) + timedelta(minutes=1)
        take(manager, made, minute)
        version = topics.present()
        take(manager, made, minute + timedelta(seconds=59))
        assert topics.present() == version
        assert snapshot(made).taken_at == minute + timedelta(seconds=59)
        take(manager, made, minute + timedelta(seconds=60))
        assert self.names(user, version) == both
        version = topics.present()
        world.accounts = {"F-1": info(equity="50001.00")}
        take(manager, made, minute + timedelta(seconds=61))
        assert self.names(user, version) == both

    def test_a_new_price_is_the_connections_news(
        self, manager: BrokerManager, user: User, made: Connected, world: World
    ) -> None:
        take(manager, made)
        version = topics.present()
        world.quotes["SPY"] = quote("SPY", "101.00")
        take(manager, made, NOW + timedelta(seconds=1))
        assert self.names(user, version) == {topics.connection(made.connection.id)}


class TestOwnership(OnBothDatabases):
    def test_another_process_has_it(self, app: Flask, manager: BrokerManager, made: Connected) -> None:
        owned_by_another(app)
        with pytest.raises(Conflict):
            take(manager, made)

    def test_it_was_lost_while_the_broker_was_asked(
        self, app: Flask, manager: BrokerManager, made: Connected, world: World
    ) -> None:
        def lose() -> None:
            with app.app_context():
                leases.acquire(leases.BROKERS, "another", leases.TTL, NOW + timedelta(hours=1))

        world.before["get_quotes"] = lose
        with pytest.raises(Conflict):
            take(manager, made, LATER)
        assert snapshot(made).taken_at == NOW


class TestAll(OnBothDatabases):
    @pytest.mark.parametrize("state", [ConnectionState.DOWN, ConnectionState.UNHEALTHY, ConnectionState.SIGN_IN_DUE])
    def test_every_connection_that_answers(
        self, manager: BrokerManager, user: User, world: World, state: ConnectionState
    ) -> None:
        made = [connect(manager, user, FAKE, name=f"Number {number}") for number in range(3)]
        made[1].connection.state = state
        db.session.commit()
        assert snapshots.take_all(manager, LATER) == 2
        assert [snapshot(one).taken_at for one in made] == [LATER, NOW, LATER]

    def test_at_the_same_time(self, manager: BrokerManager, user: User, world: World) -> None:
        for number in range(4):
            connect(manager, user, FAKE, name=f"Number {number}")
        together = Barrier(4, timeout=20)
        world.before["get_positions"] = lambda: together.wait() and None
        assert snapshots.take_all(manager, LATER) == 4

    def test_nothing_to_ask(self, manager: BrokerManager) -> None:
        assert snapshots.take_all(manager, NOW) == 0


class TestSync:
    def test_now(self, manager: BrokerManager, user: User, made: Connected) -> None:
        assert snapshots.sync(manager, user, made.connection.id, LATER).last_sync == LATER

    def test_refused_it_says_so_and_keeps_that(
        self, manager: BrokerManager, user: User, made: Connected, world: World
    ) -> None:
        world.fail("get_positions", BrokerErrorCode.API_ERROR)
        with pytest.raises(Refused) as refusal:
            snapshots.sync(manager, user, made.connection.id, LATER)
        assert refusal.value.code == "API_ERROR"
        assert snapshot(made).error == FAILED

    def test_somebody_elses(self, manager: BrokerManager, made: Connected) -> None:
        with pytest.raises(NotFound):
            snapshots.sync(manager, make_user("pia@example.org", "Pia"), made.connection.id, NOW)


class TestPanels:
    def test_a_member_sees_the_account_and_not_the_connection(
        self, manager: BrokerManager, user: User, made: Connected
    ) -> None:
        take(manager, made)
        other = make_user("pia@example.org", "Pia")
        account = made.seats[0].account
        db.session.add(AccountMember(account_id=account.id, user_id=other.id, role=MemberRole.VIEWER))
        db.session.commit()
        found = seat_at(other, account.id)
        assert found is not None
        assert account_panel(found, NOW).positions[0].symbol == "NVDA"
        assert not panels(other, NOW)
        assert topics.account(account.id) in topics.changed_since(other, 0)[1]
        assert topics.connection(made.connection.id) not in topics.changed_since(other, 0)[1]

    def test_an_account_kept_by_hand_has_none(self, seat: Seat) -> None:
        with pytest.raises(NotFound):
            account_panel(seat, NOW)

    def test_pages_ask_nobody(self, manager: BrokerManager, user: User, made: Connected, world: World) -> None:
        world.asked.clear()
        assert [len(one.accounts) for one in panels(user, NOW)] == [1]
        assert not world.asked


def test_a_hanging_broker_holds_up_nobody_else(
    app: Flask, manager: BrokerManager, user: User, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    well, hung = (connect(manager, user, FAKE, name=name) for name in ("Well", "Hung"))
    hung_id, account_id = hung.connection.id, well.seats[0].account.id
    client_for = manager.client_for

    def hang(link: Link, *rest: Any) -> Any:
        if link.connection_id == hung_id:
            assert _becomes_true(lambda: _taken_at(app, account_id) == LATER)
        return client_for(link, *rest)

    monkeypatch.setattr(manager, "client_for", hang)
    assert snapshots.take_all(manager, LATER) == 2
    assert snapshot(hung).taken_at == LATER


def _taken_at(app: Flask, account_id: UUID) -> datetime | None:
    with app.app_context(), reading():
        return db.session.get_one(AccountSnapshot, account_id).taken_at


def _becomes_true(condition: Callable[[], bool], seconds: float = 20) -> bool:
    end = monotonic() + seconds
    while not condition():
        if monotonic() > end:
            return False
        sleep(0.01)
    return True
