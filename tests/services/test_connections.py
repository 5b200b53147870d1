"""Connections: tried before they are kept, the same one for the same person, broker, mode and name, and their own."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from flask import Flask

from tests.conftest import NOW, Clock, make_user
from tests.services.connected import FAKE, INTEGRATIONS, connect, entered, furnish, with_fake
from tests.services.fake_broker import KEYS, World, info
from trenddojo.brokers.errors import BrokerErrorCode
from trenddojo.brokers.manager import BrokerManager
from trenddojo.domain.terms import AccountType, Mode, Role
from trenddojo.services import alerts, connections, credentials, modes, topics
from trenddojo.services.checklist import items_of
from trenddojo.services.connection_panel import account_panel, panel, panels
from trenddojo.services.credentials import CredentialsMissing, KeyMissing
from trenddojo.services.errors import FORM, Conflict, Forbidden, Invalid, NotFound
from trenddojo.services.exposure import limits_of
from trenddojo.services.faults import Refused
from trenddojo.store.database import db
from trenddojo.store.models import Account, BrokerConnection, ConnectionState, User
from trenddojo.store.seats import seats_of


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return with_fake(monkeypatch)


@pytest.fixture
def manager(app: Flask, world: World) -> Iterator[BrokerManager]:
    found = furnish(app, **INTEGRATIONS)
    yield found
    found.close()


def count(table: type[BrokerConnection | Account]) -> int:
    return db.session.query(table).count()


class TestConnectSimulated:
    def test_a_connection_an_account_and_symbols_to_watch(self, manager: BrokerManager, user: User) -> None:
        made = connect(manager, user)
        connection, (seat,) = made.connection, made.seats
        assert (connection.name, connection.state, connection.is_paper) == (
            "Simulated",
            ConnectionState.CONNECTED,
            True,
        )
        account = seat.account
        assert (account.name, account.broker, account.mode) == ("Simulated", "simulated", Mode.MOCK)
        assert account.account_type is AccountType.PAPER
        assert account.starting_balance == account.balance == account.equity == Decimal(100_000)
        assert account.broker_account_id == made.accounts[0].account_id == "MOCK123456"
        assert seat.may_trade
        assert limits_of(account).max_risk_per_trade == 1
        assert len(items_of(seat)) == 5
        shown = panel(user, connection, NOW)
        assert [quote.symbol for quote in shown.quotes] == sorted(shown.spec.watched)
        assert manager.status(connection.id) is not None

    def test_the_first_snapshot_knows_money_and_does_not_pretend_to_know_more(
        self, manager: BrokerManager, user: User
    ) -> None:
        shown = account_panel(connect(manager, user).seats[0], NOW)
        assert shown.snapshot is not None
        assert (shown.snapshot.equity, shown.snapshot.buying_power) == (100_000, 200_000)
        assert not shown.is_complete

    def test_settings_are_kept_in_the_open_and_nothing_else_is(self, manager: BrokerManager, user: User) -> None:
        connection = connect(manager, user).connection
        assert connection.settings == {"starting_cash": "100000", "latency_ms": "0", "always_open": "on"}

    def test_starting_cash(self, manager: BrokerManager, user: User) -> None:
        made = connect(manager, user, credentials={"starting_cash": "2500.50", "latency_ms": "0"})
        assert made.seats[0].account.starting_balance == Decimal("2500.50")

    def test_an_alias_is_the_same_broker(self, manager: BrokerManager, user: User) -> None:
        assert connect(manager, user, broker="paper").connection.id == connect(manager, user).connection.id

    def test_mock_mode_of_another_broker_needs_no_keys_and_no_switches(
        self, app: Flask, world: World, user: User
    ) -> None:
        made = connect(furnish(app), user, broker="fake", credentials={"latency_ms": "0"})
        assert made.connection.name == "Fake simulated"
        assert not world.asked


class TestConnectWithKeys:
    def test_secrets_are_encrypted_and_settings_are_not(self, manager: BrokerManager, user: User) -> None:
        connection = connect(manager, user, FAKE).connection
        assert connection.settings == {"region": "eu"}
        assert credentials.reveal(connection.id) == {name: KEYS[name] for name in ("api_key", "secret_key")}
        assert connection.name == "Fake paper"

    def test_the_default_of_a_setting_is_filled_in(self, manager: BrokerManager, user: User) -> None:
        sent = {name: KEYS[name] for name in ("api_key", "secret_key")}
        assert connect(manager, user, FAKE, credentials=sent).connection.settings == {"region": "us"}

    def test_twice_the_same_is_one(self, manager: BrokerManager, user: User) -> None:
        first, second = connect(manager, user, FAKE), connect(manager, user, FAKE)
        assert first.connection.id == second.connection.id
        assert first.seats[0].account.id == second.seats[0].account.id
        assert (count(BrokerConnection), count(Account)) == (1, 1)

    def test_again_with_other_keys_replaces_them(self, manager: BrokerManager, user: User, world: World) -> None:
        connection = connect(manager, user, FAKE).connection
        world.keys = ["another-secret"]
        connect(manager, user, FAKE, credentials={**KEYS, "secret_key": "another-secret"})
        assert credentials.reveal(connection.id)["secret_key"] == "another-secret"
        assert world.made[-1].credentials["secret_key"] == "another-secret"

    def test_another_name_mode_or_person_is_another_connection(self, manager: BrokerManager, user: User) -> None:
        other = make_user("pia@example.org", "Pia")
        made = [
            connect(manager, user, FAKE),
            connect(manager, user, FAKE, name="Second"),
            connect(manager, user, FAKE, mode="mock", credentials={"latency_ms": "0"}),
            connect(manager, other, FAKE),
        ]
        assert len({one.connection.id for one in made}) == 4
        assert connections.count_of(user) == 3

    def test_several_accounts_are_named_apart(self, manager: BrokerManager, user: User, world: World) -> None:
        world.accounts = {one: info(one) for one in ("F-1", "F-2")}
        made = connect(manager, user, FAKE)
        assert [seat.account.name for seat in made.seats] == ["Fake paper F-1", "Fake paper F-2"]

    def test_one_of_several(self, manager: BrokerManager, user: User, world: World) -> None:
        world.accounts = {one: info(one) for one in ("F-1", "F-2")}
        made = connect(manager, user, FAKE, account="F-2")
        assert [seat.account.broker_account_id for seat in made.seats] == ["F-2"]
        assert [one.account_id for one in made.accounts] == ["F-2"]

    def test_some_of_several(self, manager: BrokerManager, user: User, world: World) -> None:
        world.accounts = {one: info(one) for one in ("F-1", "F-2", "F-3")}
        made = connect(manager, user, FAKE, accounts=["F-3", "F-1", "F-3"])
        assert [one.account_id for one in made.accounts] == ["F-1", "F-3"]
        assert [seat.account.name for seat in made.seats] == ["Fake paper F-1", "Fake paper F-3"]

    def test_others_are_added_and_none_is_taken_away(self, manager: BrokerManager, user: User, world: World) -> None:
        world.accounts = {one: info(one) for one in ("F-1", "F-2")}
        first = connect(manager, user, FAKE, account="F-1")
        again = connect(manager, user, FAKE, accounts=["F-2"])
        assert again.connection.id == first.connection.id
        assert [seat.account.name for seat in (*first.seats, *again.seats)] == ["Fake paper", "Fake paper F-2"]
        assert len(seats_of(user)) == 2

    def test_equity_is_kept_to_the_cent(self, manager: BrokerManager, user: User, world: World) -> None:
        world.accounts = {"F-1": info(equity="50000.0051", currency="EUR")}
        account = connect(manager, user, FAKE).seats[0].account
        assert (account.starting_balance, account.base_currency) == (Decimal("50000.01"), "EUR")

    def test_an_archived_account_comes_back(self, manager: BrokerManager, user: User) -> None:
        account = connect(manager, user, FAKE).seats[0].account
        account.archived_at = NOW
        db.session.commit()
        connect(manager, user, FAKE)
        assert [seat.account.id for seat in seats_of(user)] == [account.id]

    def test_pages_hear_of_it(self, manager: BrokerManager, user: User) -> None:
        made = connect(manager, user, FAKE)
        expected = {topics.connection(made.connection.id), topics.account(made.seats[0].account.id)}
        assert expected <= set(topics.changed_since(user, 0)[1])


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"broker": "robinhood"}, "broker"),
            ({"broker": "simulated", "mode": "paper", "credentials": {}}, "mode"),
            ({"credentials": {**KEYS, "api_key": "short"}}, "api_key"),
            ({"credentials": {"api_key": KEYS["api_key"]}}, "secret_key"),
            ({"credentials": {**KEYS, "region": "mars"}}, "region"),
            ({"credentials": {**KEYS, "password": "x"}}, "password"),
            ({"account": "F-9"}, "account"),
            ({"accounts": ["F-1", "F-9"]}, "accounts"),
            ({"accounts": []}, "accounts"),
            ({"accounts": ["F-1"], "account": "F-1"}, "accounts"),
            ({"accounts": "F-1"}, "accounts"),
            ({"accounts": ["F-1"] * 201}, "accounts"),
            ({"accounts": ["F-1", ""]}, "accounts"),
            ({"mode": "live"}, "mode"),
        ],
    )
    def test_by_field(self, manager: BrokerManager, user: User, changes: dict[str, object], field: str) -> None:
        with pytest.raises(Invalid) as refusal:
            connect(manager, user, FAKE, **changes)
        assert list(refusal.value.fields) == [field]
        assert KEYS["secret_key"] not in str(refusal.value)
        assert count(BrokerConnection) == 0

    @pytest.mark.parametrize("value", [5.5, ["x"], {"a": 1}, "a\x00b", "x" * 5000])
    def test_fields_are_short_texts(self, value: object) -> None:
        with pytest.raises(Invalid) as refusal:
            entered(FAKE, credentials={**KEYS, "secret_key": value})
        assert list(refusal.value.fields) == ["credentials"]

    def test_true_is_a_ticked_box_and_a_whole_number_is_its_text(self) -> None:
        sent = entered(credentials={"always_open": True, "latency_ms": 5, "starting_cash": None}).credentials
        assert sent == {"always_open": "on", "latency_ms": "5"}

    def test_the_broker_says_no(self, manager: BrokerManager, user: User) -> None:
        with pytest.raises(Refused) as refusal:
            connect(manager, user, FAKE, credentials={**KEYS, "secret_key": "wrong"})
        error = refusal.value
        assert (error.code, error.status) == ("AUTHENTICATION_FAILED", 502)
        assert error.message.startswith("The keys are not right. Check the keys")
        assert count(BrokerConnection) == count(Account) == 0

    @pytest.mark.parametrize(("code", "status"), [("RATE_LIMIT_EXCEEDED", 429), ("TIMEOUT", 504), ("API_ERROR", 502)])
    def test_status_of_the_remedy_and_safe_details_only(
        self, manager: BrokerManager, user: User, world: World, code: str, status: int
    ) -> None:
        world.fail("connect", BrokerErrorCode(code), request_id="r-1", body="secret")
        with pytest.raises(Refused) as refusal:
            connect(manager, user, FAKE)
        assert refusal.value.status == status
        assert refusal.value.details == {"request_id": "r-1"}

    def test_refused_keys_leave_the_old_connection_as_it_was(self, manager: BrokerManager, user: User) -> None:
        connection = connect(manager, user, FAKE).connection
        with pytest.raises(Refused):
            connect(manager, user, FAKE, credentials={**KEYS, "secret_key": "wrong"})
        assert credentials.reveal(connection.id)["secret_key"] == KEYS["secret_key"]
        assert connection.state is ConnectionState.CONNECTED

    def test_who_may_only_look(self, manager: BrokerManager) -> None:
        viewer = make_user("vera@example.org", "Vera", Role.VIEWER)
        with pytest.raises(Forbidden):
            connect(manager, viewer)
        with pytest.raises(Forbidden):
            connections.test(manager, viewer, entered())

    def test_without_a_master_key_the_broker_is_not_even_asked(self, app: Flask, user: User, world: World) -> None:
        manager = furnish(app, enable_broker_integrations=True)
        with pytest.raises(KeyMissing):
            connect(manager, user, FAKE)
        assert not world.asked

    def test_integrations_off(self, app: Flask, user: User, world: World) -> None:
        with pytest.raises(Invalid) as refusal:
            connect(furnish(app), user, FAKE)
        assert refusal.value.fields == {"mode": modes.INTEGRATIONS_OFF}

    def test_live_needs_an_unlocked_request(self, app: Flask, user: User, world: World) -> None:
        manager = furnish(app, **INTEGRATIONS, enable_live_trading=True)
        with pytest.raises(Invalid) as refusal:
            connect(manager, user, FAKE, mode="live")
        assert refusal.value.fields == {"mode": modes.LOCKED}
        app.extensions[modes.EXTENSION] = lambda: True
        with app.test_request_context():
            made = connect(manager, user, FAKE, mode="live")
            assert (made.connection.is_paper, made.seats[0].account.account_type) == (False, AccountType.LIVE)

    def test_keys_of_another_account_do_not_go_on_with_its_books(
        self, manager: BrokerManager, user: User, world: World
    ) -> None:
        connection = connect(manager, user, FAKE).connection
        world.accounts = {"F-2": info("F-2")}
        for act in (
            lambda: connect(manager, user, FAKE),
            lambda: connections.rotate_keys(manager, user, connection.id, KEYS, NOW),
        ):
            with pytest.raises(Invalid) as refusal:
                act()
            assert FORM in refusal.value.fields
        assert count(Account) == 1


class TestTest:
    def test_it_tells_and_keeps_nothing(self, manager: BrokerManager, user: User) -> None:
        found = connections.test(manager, user, entered(FAKE))
        assert ([one.account_id for one in found.accounts], found.known) == (["F-1"], frozenset())
        assert count(BrokerConnection) == count(Account) == 0

    def test_it_tells_which_accounts_there_are_already(self, manager: BrokerManager, user: User, world: World) -> None:
        world.accounts = {one: info(one) for one in ("F-1", "F-2")}
        connect(manager, user, FAKE, accounts=["F-2"])
        found = connections.test(manager, user, entered(FAKE, account="F-9"))
        assert ([one.account_id for one in found.accounts], found.known) == (["F-1", "F-2"], {"F-2"})
        assert connections.test(manager, user, entered(FAKE, name="Another")).known == frozenset()
        assert connections.test(manager, make_user("pia@example.org", "Pia"), entered(FAKE)).known == frozenset()

    def test_no_transaction_is_open_while_the_broker_is_asked(
        self, manager: BrokerManager, user: User, world: World
    ) -> None:
        def check() -> None:
            assert not db.session().in_transaction()

        for call in ("connect", "get_account_info"):
            world.before[call] = check
        connections.test(manager, user, entered(FAKE))
        made = connect(manager, user, FAKE)
        connections.rotate_keys(manager, user, made.connection.id, KEYS, NOW)
        connections.reconnect(manager, user, made.connection.id)
        assert world.asked.count("connect") >= 5


class TestRotate:
    def test_new_keys_are_tried_kept_and_used(self, manager: BrokerManager, user: User, world: World) -> None:
        connection = connect(manager, user, FAKE).connection
        world.keys = ["new-secret"]
        sent = {"api_key": KEYS["api_key"], "secret_key": "new-secret"}
        connections.rotate_keys(manager, user, connection.id, sent, NOW)
        assert credentials.reveal(connection.id)["secret_key"] == "new-secret"
        assert connection.settings == {"region": "eu"}
        assert world.made[-1].credentials["secret_key"] == "new-secret"

    def test_refused_ones_change_nothing(self, manager: BrokerManager, user: User) -> None:
        connection = connect(manager, user, FAKE).connection
        with pytest.raises(Refused):
            connections.rotate_keys(manager, user, connection.id, {**KEYS, "secret_key": "wrong"}, NOW)
        assert credentials.reveal(connection.id)["secret_key"] == KEYS["secret_key"]

    def test_missing_ones(self, manager: BrokerManager, user: User) -> None:
        connection = connect(manager, user, FAKE).connection
        with pytest.raises(Invalid) as refusal:
            connections.rotate_keys(manager, user, connection.id, {}, NOW)
        assert set(refusal.value.fields) == {"api_key", "secret_key"}


class TestDisconnect:
    def test_accounts_and_books_stay_and_keys_go(self, manager: BrokerManager, user: User) -> None:
        made = connect(manager, user, FAKE)
        alerts.ring(user.id, "k", "TIMEOUT", "t", "n", now=NOW, connection_id=made.connection.id)
        connection = connections.disconnect(manager, user, made.connection.id, NOW)
        assert (connection.is_active, connection.state) == (False, ConnectionState.DISCONNECTED)
        with pytest.raises(CredentialsMissing):
            credentials.reveal(connection.id)
        assert manager.status(connection.id) is None
        assert alerts.unread(user) == 0
        assert [seat.account.id for seat in seats_of(user)] == [made.seats[0].account.id]
        assert not connections.connections_of(user)
        assert not panels(user, NOW)

    def test_twice_is_once(self, manager: BrokerManager, user: User) -> None:
        connection = connect(manager, user, FAKE).connection
        connections.disconnect(manager, user, connection.id, NOW)
        version = topics.present()
        connections.disconnect(manager, user, connection.id, NOW)
        assert topics.present() == version

    def test_connecting_again_goes_on_with_the_same_account(self, manager: BrokerManager, user: User) -> None:
        made = connect(manager, user, FAKE)
        connections.disconnect(manager, user, made.connection.id, NOW)
        again = connect(manager, user, FAKE)
        assert again.connection.id == made.connection.id
        assert again.connection.is_active
        assert again.seats[0].account.id == made.seats[0].account.id

    def test_nothing_else_can_be_done_with_it(self, manager: BrokerManager, user: User) -> None:
        connection_id = connect(manager, user, FAKE).connection.id
        connections.disconnect(manager, user, connection_id, NOW)
        for act in (
            lambda: connections.reconnect(manager, user, connection_id),
            lambda: connections.rotate_keys(manager, user, connection_id, KEYS, NOW),
            lambda: connections.watch(user, connection_id, "TSLA"),
        ):
            with pytest.raises(Conflict):
                act()


class TestReconnect:
    def test_try_now(self, manager: BrokerManager, user: User, world: World, clock: Clock) -> None:
        connection = connect(manager, user, FAKE).connection
        world.fail("connect", BrokerErrorCode.GATEWAY_NOT_RUNNING, "No answer at port 4002.")
        with pytest.raises(Refused):
            connections.reconnect(manager, user, connection.id)
        db.session.refresh(connection)
        assert (connection.state, connection.error) == (ConnectionState.DOWN, "No answer at port 4002.")
        assert connection.next_try_at is not None
        assert alerts.unread(user) == 1
        world.failures.clear()
        assert connections.reconnect(manager, user, connection.id).state is ConnectionState.CONNECTED
        assert (connection.error, connection.error_code, connection.next_try_at) == (None, None, None)
        assert alerts.unread(user) == 0


class TestWatch:
    def test_added_and_removed(self, manager: BrokerManager, user: User) -> None:
        connection = connect(manager, user, FAKE).connection
        connections.watch(user, connection.id, "TSLA")
        connections.watch(user, connection.id, "TSLA")
        connections.unwatch(user, connection.id, "SPY")
        assert [quote.symbol for quote in panel(user, connection, NOW).quotes] == ["QQQ", "TSLA"]

    def test_at_most_so_many(self, manager: BrokerManager, user: User) -> None:
        connection = connect(manager, user, FAKE).connection
        for number in range(connections.MOST_WATCHED - 2):
            connections.watch(user, connection.id, f"S{number}")
        connections.watch(user, connection.id, "SPY")  # watched already
        with pytest.raises(Invalid):
            connections.watch(user, connection.id, "ONE")


def test_somebody_elses_connection_is_not_there(manager: BrokerManager, user: User) -> None:
    connection_id = connect(manager, user, FAKE).connection.id
    other = make_user("pia@example.org", "Pia")
    for act in (
        lambda: connections.connection_of(other, connection_id),
        lambda: connections.disconnect(manager, other, connection_id, NOW),
        lambda: connections.reconnect(manager, other, connection_id),
        lambda: connections.rotate_keys(manager, other, connection_id, KEYS, NOW),
        lambda: connections.watch(other, connection_id, "TSLA"),
        lambda: connections.unwatch(other, connection_id, "SPY"),
        lambda: panel(other, connections.connection_of(user, connection_id), NOW),
    ):
        with pytest.raises(NotFound):
            act()
    assert not connections.connections_of(other)


def test_the_monitor_looks_at_all_that_were_not_ended(manager: BrokerManager, user: User) -> None:
    kept, ended = connect(manager, user, FAKE).connection, connect(manager, user, FAKE, name="Other").connection
    connections.disconnect(manager, user, ended.id, NOW)
    assert connections.check_all(manager) == 1
    assert connections.active_links()[0].connection_id == kept.id
