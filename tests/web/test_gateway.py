"""A broker that is reached through a gateway of the person's own: help where it is down, its accounts to choose."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.brokers.interactive_brokers.desk import hasty
from tests.brokers.interactive_brokers.gateway import Gateway, gateway
from tests.conftest import Clock
from tests.services.connected import INTEGRATIONS, furnish
from trenddojo.brokers.errors import BrokerErrorCode
from trenddojo.brokers.manager import BrokerManager
from trenddojo.services import connections
from trenddojo.services.credentials import reveal
from trenddojo.store.database import db
from trenddojo.store.models import Account, Alert, BrokerConnection, ConnectionState
from trenddojo.web.brokers.connect import CHECK

HTMX = {"HX-Request": "true"}
ACCOUNTS = ("DU1234567", "DU7654321", "DF1000001")
STEPS = '<details class="setup"'
OPEN_STEPS = re.compile(r'<details class="setup"[^>]* open>')


@pytest.fixture
def manager(app: Flask, clock: Clock) -> Iterator[BrokerManager]:
    found = furnish(app, lambda: clock().timestamp(), **INTEGRATIONS, production=False)
    yield found
    found.close()


@pytest.fixture
def there(clock: Clock, manager: BrokerManager) -> Iterator[Gateway]:
    """A gateway that is signed in to three paper accounts."""
    with gateway(clock, accounts=ACCOUNTS) as made:
        yield made
        manager.close()


def form_of(there: Gateway, **changes: object) -> dict[str, object]:
    typed = {
        "broker": "interactive_brokers", "mode": "paper", "name": "Mine", "field-host": "127.0.0.1",
        "field-port": str(there.port), "field-client_id": "7",
    }  # fmt: skip
    return {**typed, **changes}


def texts(page: str) -> str:
    """What a page says, tags left out."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def connect(client: FlaskClient, there: Gateway, **changes: object) -> BrokerConnection:
    answer = client.post("/brokers/connect", data=form_of(there, **changes), headers=HTMX)
    assert answer.status_code == 200, texts(answer.text)
    return only()


def only() -> BrokerConnection:
    db.session.expire_all()
    return db.session.scalars(select(BrokerConnection)).one()


def numbers() -> list[str | None]:
    """The accounts that are connected, by their numbers at the broker."""
    db.session.expire_all()
    return sorted(db.session.scalars(select(Account.broker_account_id).where(Account.connection_id.is_not(None))))


def toast_of(headers: object) -> str:
    return str(json.loads(headers["HX-Trigger"])["toast"]["text"])  # type: ignore[index]


class TestSetup:
    def test_what_to_do_first_is_folded_into_the_form(self, client: FlaskClient, manager: BrokerManager) -> None:
        page = client.get("/brokers?broker=ibkr&mode=paper").text
        assert STEPS in page
        assert not OPEN_STEPS.search(page)
        told = texts(page)
        assert "Start TWS or IB Gateway, and sign in to your paper account." in told
        for name, value in (
            ("Enable ActiveX and Socket Clients", "ticked; IB Gateway has no such box"),
            ("Read-Only API", "not ticked"),
            ("Socket port", "7497 in TWS, 4002 in IB Gateway, and the same here"),
            ("Trusted IPs", "this server's address, if it is another machine"),
        ):
            assert f"{name} {value}" in told
        assert "Auto restart" in told

    @pytest.mark.parametrize("asked", ["broker=ibkr&mode=mock", "broker=alpaca&mode=paper", "broker=simulated"])
    def test_nowhere_else(self, client: FlaskClient, manager: BrokerManager, asked: str) -> None:
        assert STEPS not in client.get(f"/brokers?{asked}").text


class TestNobodyAnswers:
    @pytest.mark.parametrize("act", ["test", "connect"])
    @pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
    def test_nothing_listens(self, client: FlaskClient, there: Gateway, act: str, headers: dict[str, str]) -> None:
        there.go_down()
        answer = client.post(f"/brokers/{act}", data=form_of(there), headers=headers)
        assert answer.status_code == 422
        assert f"Nothing listens at 127.0.0.1:{there.port}. {CHECK}" in texts(answer.text)
        assert len(OPEN_STEPS.findall(answer.text)) == answer.text.count(STEPS) == 1
        assert answer.text.index("Nothing listens") < answer.text.index(STEPS)
        if act == "connect" or not headers:
            for name, value in form_of(there).items():
                assert re.search(rf'name="{name}"[^>]* value="{value}"', answer.text), name
        assert not db.session.scalars(select(BrokerConnection)).all()

    @pytest.mark.parametrize(("switch", "state"), [("is_silent", True), ("login", "hung")])
    def test_somebody_listens_and_says_nothing(
        self, client: FlaskClient, there: Gateway, switch: str, state: object
    ) -> None:
        setattr(there, switch, state)
        with hasty("OPEN", seconds=0.3):
            answer = client.post("/brokers/test", data=form_of(there), headers=HTMX)
        assert answer.status_code == 422
        assert f"Something listens at 127.0.0.1:{there.port} and says nothing." in texts(answer.text)
        assert "It may wait for somebody to sign in" in texts(answer.text)
        assert OPEN_STEPS.search(answer.text)
        there.is_silent = False

    def test_signed_in_to_the_other_kind_of_account(
        self, client: FlaskClient, clock: Clock, manager: BrokerManager
    ) -> None:
        with gateway(clock, live=True) as there:
            answer = client.post("/brokers/test", data=form_of(there), headers=HTMX)
        assert answer.status_code == 422
        told = texts(answer.text)
        assert f"The gateway at 127.0.0.1:{there.port} is signed in to a live account, and this is a paper" in told
        assert "Sign in to the right account there, then try again." in told
        assert STEPS in answer.text
        assert not OPEN_STEPS.search(answer.text)

    def test_a_read_only_gateway(self, client: FlaskClient, there: Gateway) -> None:
        there.read_only = True
        answer = client.post("/brokers/test", data=form_of(there), headers=HTMX)
        assert answer.status_code == 422
        assert 'untick "Read-Only API" in its API settings. Nothing was kept.' in texts(answer.text)


class TestFields:
    def test_a_host_that_is_not_allowed_is_told_by_the_host(self, client: FlaskClient, there: Gateway) -> None:
        answer = client.post("/brokers/connect", data=form_of(there, **{"field-host": "10.0.0.7"}), headers=HTMX)
        assert answer.status_code == 422
        assert re.search(r'name="field-host" value="10.0.0.7" aria-invalid="true"', answer.text)
        assert "10.0.0.7 is not among the hosts that this server may connect to." in answer.text
        assert 'role="alert"' not in answer.text
        assert not OPEN_STEPS.search(answer.text)
        beside = client.post("/brokers/test", data=form_of(there, **{"field-host": "10.0.0.7"}), headers=HTMX)
        assert "It does not work yet. Gateway host: 10.0.0.7 is not among the hosts" in texts(beside.text)

    def test_a_client_id_that_is_in_use_is_told_by_the_id(self, client: FlaskClient, there: Gateway) -> None:
        connect(client, there)
        answer = client.post("/brokers/connect", data=form_of(there, name="Another"))
        assert answer.status_code == 422
        assert re.search(r'name="field-client_id" value="7"[^>]* aria-invalid="true"', answer.text)
        told = f"is connected to the gateway at 127.0.0.1:{there.port} with client ID 7. Close it, or choose another ID"
        assert told in texts(answer.text)

    def test_in_the_settings_of_a_connection_too(self, client: FlaskClient, there: Gateway) -> None:
        found = connect(client, there)
        sent = {"field-host": "10.0.0.7", "field-port": str(there.port), "field-client_id": "7"}
        answer = client.post(f"/brokers/{found.id}/keys", data=sent)
        assert answer.status_code == 422
        assert re.search(r'name="field-host" value="10.0.0.7" aria-invalid="true"', answer.text)
        assert only().state is ConnectionState.CONNECTED


class TestAccounts:
    def test_without_a_choice_all_come(self, client: FlaskClient, there: Gateway) -> None:
        connect(client, there)
        assert numbers() == sorted(ACCOUNTS)

    def test_a_test_shows_them_all_ticked(self, client: FlaskClient, there: Gateway) -> None:
        part = client.post("/brokers/test", data=form_of(there), headers=HTMX).text
        assert re.findall(r'name="found" value="(\w+)"', part) == list(ACCOUNTS)
        assert re.findall(r'type="checkbox"[^>]* name="account" value="(\w+)" checked', part) == list(ACCOUNTS)
        assert "DU1234567 100,000.00 USD" in texts(part)
        assert not db.session.scalars(select(BrokerConnection)).all()

    def test_those_that_are_ticked_come(self, client: FlaskClient, there: Gateway) -> None:
        connect(client, there, found=list(ACCOUNTS), account=list(ACCOUNTS[1:]))
        assert numbers() == sorted(ACCOUNTS[1:])
        names = [one.name for one in db.session.scalars(select(Account).where(Account.connection_id.is_not(None)))]
        assert sorted(names) == ["Mine DF1000001", "Mine DU7654321"]

    def test_one_alone_is_named_after_the_connection(self, client: FlaskClient, there: Gateway) -> None:
        connect(client, there, found=list(ACCOUNTS), account=[ACCOUNTS[0]])
        account = db.session.scalars(select(Account).where(Account.connection_id.is_not(None))).one()
        assert (account.name, account.broker_account_id) == ("Mine", "DU1234567")

    def test_none_at_all(self, client: FlaskClient, there: Gateway) -> None:
        answer = client.post("/brokers/connect", data=form_of(there, found=list(ACCOUNTS)), headers=HTMX)
        assert answer.status_code == 422
        assert "Choose at least one account." in answer.text
        assert answer.text.count('aria-describedby="accounts-e"') == len(ACCOUNTS)
        assert re.findall(r'type="checkbox"[^>]* name="account" value="(\w+)" checked', answer.text) == []
        tried = client.post("/brokers/test", data=form_of(there, found=list(ACCOUNTS)), headers=HTMX)
        assert tried.status_code == 200

    @pytest.mark.parametrize("act", ["test", "connect"])
    def test_what_is_ticked_stays_when_it_fails(self, client: FlaskClient, there: Gateway, act: str) -> None:
        there.go_down()
        sent = form_of(there, found=list(ACCOUNTS), account=[ACCOUNTS[0]])
        part = client.post(f"/brokers/{act}", data=sent, headers=HTMX).text
        assert re.findall(r'name="found" value="(\w+)"', part) == list(ACCOUNTS)
        assert re.findall(r'type="checkbox"[^>]* name="account" value="(\w+)" checked', part) == ["DU1234567"]

    def test_what_is_not_ticked_stays_so_in_the_next_test(self, client: FlaskClient, there: Gateway) -> None:
        sent = form_of(there, found=list(ACCOUNTS[:2]), account=[ACCOUNTS[0]])
        part = client.post("/brokers/test", data=sent, headers=HTMX).text
        ticked = re.findall(r'type="checkbox"[^>]* name="account" value="(\w+)" checked', part)
        assert ticked == ["DU1234567", "DF1000001"]

    def test_one_that_is_not_there(self, client: FlaskClient, there: Gateway) -> None:
        sent = form_of(there, found=["DU9"], account=["DU9"])
        answer = client.post("/brokers/connect", data=sent, headers=HTMX)
        assert answer.status_code == 422
        assert f"These credentials serve {', '.join(ACCOUNTS)}, and not DU9." in texts(answer.text)

    def test_a_sign_in_with_one_offers_no_choice(
        self, client: FlaskClient, clock: Clock, manager: BrokerManager
    ) -> None:
        with gateway(clock) as there:
            part = client.post("/brokers/test", data=form_of(there), headers=HTMX).text
        assert "DU1234567: equity 100,000.00 USD" in texts(part)
        assert "checkbox" not in part

    def test_others_are_added_by_connecting_again(self, client: FlaskClient, there: Gateway) -> None:
        first = connect(client, there, found=list(ACCOUNTS), account=[ACCOUNTS[0]])
        link = re.search(r'href="(/brokers\?[^"]+#connect)"[^>]*>Add accounts', client.get("/brokers").text)
        assert link
        page = client.get(unescape(link[1]).removesuffix("#connect")).text
        assert "You have this connection." in page
        for name, value in form_of(there).items():
            assert re.search(rf'name="{name}"[^>]* value="{value}"', page), name
        part = client.post("/brokers/test", data=form_of(there), headers=HTMX).text
        assert "DU1234567 connected already" in texts(part)
        assert re.findall(r'name="found" value="(\w+)"', part) == list(ACCOUNTS[1:])
        again = connect(client, there, found=list(ACCOUNTS[1:]), account=list(ACCOUNTS[:2]))
        assert again.id == first.id
        assert numbers() == sorted(ACCOUNTS[:2])
        accounts = db.session.scalars(select(Account).where(Account.connection_id.is_not(None)))
        assert sorted(one.name for one in accounts) == ["Mine", "Mine DU7654321"]

    def test_no_secret_is_asked_for_and_none_is_kept(self, client: FlaskClient, there: Gateway) -> None:
        found = connect(client, there)
        assert found.settings == {"host": "127.0.0.1", "port": str(there.port), "client_id": "7"}
        assert reveal(found.id) == {}


class TestPanel:
    def test_a_gateway_that_is_down(
        self, client: FlaskClient, there: Gateway, manager: BrokerManager, clock: Clock
    ) -> None:
        found = connect(client, there)
        there.go_down()
        clock.turn(seconds=30)
        answer = client.post(f"/brokers/{found.id}/reconnect", headers=HTMX)
        assert answer.status_code == 200
        assert toast_of(answer.headers).startswith(f"Nothing listens at 127.0.0.1:{there.port}. Start TWS or IB")
        told = texts(answer.text)
        assert (
            "Start TWS or IB Gateway there and sign in to it. We try again by ourselves. Down since 14:42:40 ." in told
        )
        assert re.search(r"Tried 14:42 , next try (in \d+ s|due now)\.", told)
        assert re.search(rf'<details class="setup" id="setup-{found.id}" hx-preserve open>', answer.text)
        assert "Try now" in told
        alert = db.session.scalars(select(Alert).where(Alert.code == BrokerErrorCode.GATEWAY_NOT_RUNNING)).one()
        assert alert.next_step == "Start TWS or IB Gateway there and sign in to it. We try again by ourselves."
        there.come_up()
        again = client.post(f"/brokers/{found.id}/reconnect", headers=HTMX)
        assert toast_of(again.headers) == "Mine is connected."
        assert STEPS not in again.text

    def test_a_sign_in_to_the_other_kind(self, client: FlaskClient, clock: Clock, there: Gateway) -> None:
        found = connect(client, there)
        with gateway(clock, live=True) as other:
            found.settings = {**found.settings, "port": str(other.port)}
            db.session.commit()
            part = client.post(f"/brokers/{found.id}/reconnect", headers=HTMX).text
        assert (
            "is signed in to a live account, and this is a paper connection. Sign in to the right account there"
            in texts(part)
        )
        assert "Sign-in due since 14:42:10 ." in texts(part)

    def test_cut_off_and_back(self, app: Flask, client: FlaskClient, there: Gateway, manager: BrokerManager) -> None:
        found = connect(client, there)
        connections.check_all(manager)
        there.announce(1100)
        self._heard(manager, found, is_cut_off=True)
        part = client.get(f"/brokers/{found.id}/panel", headers=HTMX).text
        told = texts(part)
        assert (
            "Cut off. The gateway has lost its connection to Interactive Brokers. It mends by itself; no order is"
            in told
        )
        assert told.count("mends by itself") == 1
        assert "Order events cut off" in told
        assert 'class="kv stale"' in part
        there.announce(1102)
        self._heard(manager, found, is_cut_off=False)
        assert "cut off" not in texts(client.get(f"/brokers/{found.id}/panel", headers=HTMX).text).lower()

    def test_broken_data_farms(self, client: FlaskClient, there: Gateway, manager: BrokerManager) -> None:
        found = connect(client, there)
        there.announce(2103)
        self._heard(manager, found, is_cut_off=False)
        told = texts(client.get(f"/brokers/{found.id}/panel", headers=HTMX).text)
        assert told.count("Market data may be out of date: usfarm cannot be reached.") == 1
        assert "Order events since 14:42:10 live" in told

    def test_pages_hear_of_it(self, client: FlaskClient, there: Gateway, manager: BrokerManager) -> None:
        found = connect(client, there)
        connections.check_all(manager)
        seen = self._pulse(client, 0)
        assert self._pulse(client, seen) == seen
        there.announce(1100)
        self._heard(manager, found, is_cut_off=True)
        connections.check_all(manager)
        assert self._pulse(client, seen) > seen

    @staticmethod
    def _pulse(client: FlaskClient, seen: int) -> int:
        """The version that the pulse answers, `seen` where nothing changed."""
        return int(client.get(f"/pulse?seen={seen}").headers["X-Pulse"])

    @staticmethod
    def _heard(manager: BrokerManager, found: BrokerConnection, *, is_cut_off: bool) -> None:
        """All that the gateway has said has been heard, as its clock comes after it."""
        connection = manager._connections[found.id]
        assert connection.client is not None
        assert connection.client.get_connection_status().is_healthy
        stream = manager.stream(found.id)
        assert stream is not None
        assert stream.is_cut_off is is_cut_off


class TestSettings:
    def test_a_connection_makes_way_while_its_settings_are_tried(
        self, client: FlaskClient, there: Gateway, manager: BrokerManager
    ) -> None:
        found = connect(client, there)
        sent = {"field-host": "localhost", "field-port": str(there.port), "field-client_id": "7"}
        answer = client.post(f"/brokers/{found.id}/keys", data=sent)
        assert answer.location == f"/brokers#connection-{found.id}"
        assert only().settings["host"] == "localhost"
        assert there.clients == [7]
        assert client.post("/brokers/test", data=form_of(there), headers=HTMX).status_code == 200
        assert there.clients == [7]
        assert manager.stream(found.id) is not None

    def test_where_nobody_answers_the_steps_are_beside_it(self, client: FlaskClient, there: Gateway) -> None:
        found = connect(client, there)
        assert not OPEN_STEPS.search(client.get(f"/brokers/{found.id}/keys").text)
        there.go_down()
        sent = {"field-host": "", "field-port": str(there.port), "field-client_id": "7"}
        answer = client.post(f"/brokers/{found.id}/keys", data=sent)
        assert answer.status_code == 422
        assert f"Nothing listens at 127.0.0.1:{there.port}. {CHECK}" in texts(answer.text)
        assert OPEN_STEPS.search(answer.text)
