"""Brokers through the API: connected as the guide has it, and read from what was last seen."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import NOW, Clock, make_user
from tests.services.connected import INTEGRATIONS, furnish, with_fake
from tests.services.fake_broker import KEYS, World, info, order, past, position, quote
from tests.web.api.desk import AT_ONCE, Program
from trenddojo.brokers.errors import BrokerErrorCode
from trenddojo.brokers.manager import BrokerManager
from trenddojo.brokers.registry import specs
from trenddojo.services import modes, snapshots
from trenddojo.services.credentials import reveal
from trenddojo.store.database import db
from trenddojo.store.models import BrokerConnection, User

MOCK: dict[str, Any] = {"mode": "mock", "credentials": {**AT_ONCE, "always_open": "on"}}
PAPER: dict[str, Any] = {"mode": "paper", "credentials": KEYS}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return with_fake(monkeypatch)


@pytest.fixture
def manager(app: Flask, world: World) -> Iterator[BrokerManager]:
    found = furnish(app, **INTEGRATIONS)
    yield found
    found.close()


@pytest.fixture
def paper(program: Program, manager: BrokerManager) -> str:
    """The path of a connection to the fake broker."""
    made = program.post("/brokers/fake/connect", PAPER, 200)
    return f"/connections/{made['connectionId']}"


class TestConnect:
    def test_the_answer_of_the_guide(self, program: Program, manager: BrokerManager) -> None:
        made = program.post("/brokers/simulated/connect", MOCK, 200)
        assert set(made) == {"success", "accountInfo", "connectionId", "accounts"}
        assert made["success"] is True
        assert made["accountInfo"] == {
            "accountId": "MOCK123456",
            "currency": "USD",
            "equity": "100000.00",
            "cash": "100000.00",
            "buyingPower": "200000.00",
            "isPaper": True,
            "status": "ACTIVE",
            "asOf": "2026-11-19T19:42:10Z",
        }
        account = program.get(f"/accounts/{made['accounts'][0]}")
        assert (account["broker"], account["mode"], account["equity"]) == ("simulated", "mock", "100000.00")

    def test_by_an_alias(self, program: Program, manager: BrokerManager) -> None:
        made = program.post("/brokers/ibkr/connect", {"mode": "mock", "credentials": AT_ONCE, "name": "IB"}, 200)
        found = program.get(f"/connections/{made['connectionId']}")
        assert (found["broker"], found["name"]) == ("interactive_brokers", "IB")

    def test_again_it_replaces_the_credentials(self, program: Program, manager: BrokerManager, world: World) -> None:
        first = program.post("/brokers/fake/connect", PAPER, 200)
        world.keys.append("another-secret")
        again = {**PAPER, "credentials": {**KEYS, "secret_key": "another-secret"}}
        second = program.post("/brokers/fake/connect", again, 200)
        assert second == first
        (row,) = db.session.query(BrokerConnection).all()
        assert reveal(row.id)["secret_key"] == "another-secret"

    def test_one_of_several_accounts(self, program: Program, manager: BrokerManager, world: World) -> None:
        world.accounts = {"F-1": info(), "F-2": info("F-2", "700.00")}
        made = program.post("/brokers/fake/connect", {**PAPER, "account": "F-2"}, 200)
        assert made["accountInfo"]["accountId"] == "F-2"
        assert len(made["accounts"]) == 1
        assert len(program.post("/brokers/fake/connect", {**PAPER, "name": "Both"}, 200)["accounts"]) == 2

    def test_some_of_several_accounts(self, program: Program, manager: BrokerManager, world: World) -> None:
        world.accounts = {one: info(one) for one in ("F-1", "F-2", "F-3")}
        made = program.post("/brokers/fake/connect", {**PAPER, "accounts": ["F-3", "F-2"]}, 200)
        assert (made["accountInfo"]["accountId"], len(made["accounts"])) == ("F-2", 2)
        added = program.post("/brokers/fake/connect", {**PAPER, "accounts": ["F-1"]}, 200)
        assert added["connectionId"] == made["connectionId"]
        seen = program.get(f"/connections/{made['connectionId']}/account")["items"]
        assert sorted(one["broker_account_id"] for one in seen) == ["F-1", "F-2", "F-3"]

    def test_a_broker_that_is_not_supported(self, program: Program, manager: BrokerManager) -> None:
        refused = program.post("/brokers/nobody/connect", MOCK, 400)["error"]
        assert refused["fields"] == {"broker": "This broker is not supported."}

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"credentials": {}}, "mode"),
            ({"mode": "mock"}, "credentials"),
            ({"mode": "demo", "credentials": {}}, "mode"),
            ({"mode": "paper", "credentials": {**KEYS, "api_key": "nope"}}, "api_key"),
            ({"mode": "paper", "credentials": {"api_key": KEYS["api_key"]}}, "secret_key"),
            ({"mode": "paper", "credentials": {**KEYS, "colour": "red"}}, "colour"),
            ({"mode": "paper", "credentials": KEYS, "account": "F-9"}, "account"),
            ({"mode": "paper", "credentials": KEYS, "acount": "F-1"}, "acount"),
            ({"mode": "paper", "credentials": KEYS, "accounts": []}, "accounts"),
            ({"mode": "paper", "credentials": KEYS, "accounts": ["F-9"]}, "accounts"),
            ({"mode": "paper", "credentials": KEYS, "accounts": ["F-1"], "account": "F-1"}, "accounts"),
            ({"mode": "live", "credentials": KEYS}, "mode"),
        ],
    )
    def test_bad_fields_by_name(self, program: Program, manager: BrokerManager, body: Any, field: str) -> None:
        refused = program.post("/brokers/fake/connect", body, 400)["error"]
        assert (refused["code"], list(refused["fields"])) == ("VALIDATION_ERROR", [field])

    def test_what_the_server_does_not_allow(self, app: Flask, program: Program, world: World) -> None:
        furnish(app)
        refused = program.post("/brokers/fake/connect", PAPER, 400)["error"]
        assert refused["fields"] == {"mode": modes.INTEGRATIONS_OFF}
        furnish(app, **INTEGRATIONS, enable_live_trading=True)
        refused = program.post("/brokers/fake/connect", {**PAPER, "mode": "live"}, 400)["error"]
        assert refused["fields"] == {"mode": modes.LOCKED}

    @pytest.mark.parametrize(
        ("code", "status"),
        [("CONNECTION_FAILED", 502), ("AUTHENTICATION_FAILED", 502), ("TIMEOUT", 504), ("RATE_LIMIT_EXCEEDED", 429)],
    )
    def test_what_the_broker_refuses(
        self, program: Program, manager: BrokerManager, world: World, code: str, status: int
    ) -> None:
        world.fail("connect", BrokerErrorCode(code), "It says no.")
        refused = program.post("/brokers/fake/connect", PAPER, status)["error"]
        assert refused["code"] == code
        assert refused["message"].startswith("It says no. ")
        assert refused["fields"] == {}
        assert KEYS["secret_key"] not in str(refused)
        assert not db.session.query(BrokerConnection).all()

    def test_a_field_that_the_broker_names(self, program: Program, manager: BrokerManager, world: World) -> None:
        world.fail("connect", BrokerErrorCode.CONNECTION_FAILED, "No such region.", field="region", body="secret")
        assert program.post("/brokers/fake/connect", PAPER, 502)["error"]["details"] == {"field": "region"}

    def test_it_has_a_limit_of_its_own(self, app: Flask, program: Program, manager: BrokerManager) -> None:
        for _ in range(10):
            program.post("/brokers/nobody/connect", MOCK, 400)
        reply = program.call("POST", "/brokers/simulated/connect", MOCK)
        assert (reply.status_code, reply.get_json()["error"]["code"]) == (429, "RATE_LIMIT_EXCEEDED")
        assert int(reply.headers["Retry-After"]) > 0
        assert program.call("GET", "/brokers").status_code == 200
        other = Program(app, make_user("pia@example.org", "Pia Holm"))
        other.post("/brokers/simulated/connect", MOCK, 200)

    def test_it_lifts_no_other_limit(self, program: Program, manager: BrokerManager) -> None:
        program.post("/brokers/nobody/connect", MOCK, 400)
        statuses = [program.call("GET", "/accounts").status_code for _ in range(601)]
        assert statuses == [200] * 600 + [429]

    def test_nobody(self, app: Flask) -> None:
        reply = app.test_client().post("/api/brokers/simulated/connect", json=MOCK)
        assert (reply.status_code, reply.get_json()["error"]["code"]) == (401, "AUTHENTICATION_FAILED")

    def test_a_browser_that_proves_itself(self, client: FlaskClient, manager: BrokerManager) -> None:
        refused = client.post("/api/brokers/simulated/connect", json=MOCK)
        assert (refused.status_code, refused.get_json()["error"]["code"]) == (400, "CSRF")
        token = client.get("/brokers").text.split('name="csrf-token" content="')[1].split('"')[0]
        made = client.post("/api/brokers/simulated/connect", json=MOCK, headers={"X-CSRFToken": token})
        assert made.status_code == 200


class TestTest:
    def test_it_lists_the_accounts_and_keeps_nothing(
        self, program: Program, manager: BrokerManager, world: World
    ) -> None:
        world.accounts = {"F-1": info(), "F-2": info("F-2", "700.00")}
        found = program.post("/brokers/fake/test", PAPER, 200)["accounts"]
        assert [(one["accountId"], one["equity"], one["isConnected"]) for one in found] == [
            ("F-1", "50000.00", False),
            ("F-2", "700.00", False),
        ]
        assert not db.session.query(BrokerConnection).all()
        program.post("/brokers/fake/connect", {**PAPER, "account": "F-2"}, 200)
        found = program.post("/brokers/fake/test", PAPER, 200)["accounts"]
        assert [one["isConnected"] for one in found] == [False, True]

    def test_refusals_are_those_of_connecting(self, program: Program, manager: BrokerManager, world: World) -> None:
        refused = program.post("/brokers/fake/test", {**PAPER, "account": "F-1"}, 400)["error"]
        assert list(refused["fields"]) == ["account"]
        assert program.post("/brokers/nobody/test", PAPER, 400)["error"]["code"] == "VALIDATION_ERROR"
        world.fail("connect", BrokerErrorCode.GATEWAY_NOT_RUNNING, "Nobody is there.")
        assert program.post("/brokers/fake/test", PAPER, 502)["error"]["code"] == "GATEWAY_NOT_RUNNING"

    def test_it_has_a_limit_of_its_own(self, program: Program, manager: BrokerManager) -> None:
        statuses = [program.call("POST", "/brokers/nobody/test", MOCK).status_code for _ in range(11)]
        assert statuses == [400] * 10 + [429]

    def test_it_needs_the_scope_of_connecting(self, app: Flask, user: User, manager: BrokerManager) -> None:
        assert Program(app, user, "trade").call("POST", "/brokers/fake/test", PAPER).status_code == 403


class TestBrokers:
    def test_what_to_set_up_first(self, program: Program) -> None:
        items = {item["name"]: item["setup"] for item in program.get("/brokers")["items"]}
        assert items["simulated"] == []
        assert {"name": "Read-Only API", "value": "not ticked"} in items["interactive_brokers"][1]["switches"]
        assert items["interactive_brokers"][0]["modes"] == ["paper"]

    def test_every_spec_with_its_connections(self, program: Program, manager: BrokerManager, paper: str) -> None:
        items = program.get("/brokers")["items"]
        assert [item["name"] for item in items] == [spec.name for spec in specs()]
        fake = next(item for item in items if item["name"] == "fake")
        assert (fake["label"], fake["aliases"], fake["modes"]) == ("Fake", ["fk"], ["mock", "paper", "live"])
        secret = next(field for field in fake["fields"] if field["name"] == "secret_key")
        assert (secret["kind"], secret["is_setting"], secret["modes"]) == ("secret", False, ["paper", "live"])
        (one,) = fake["connections"]
        assert (one["name"], one["state"], one["error"]) == ("Fake paper", "connected", None)
        assert KEYS["secret_key"] not in str(items)

    def test_of_others_only_the_specs(self, app: Flask, paper: str) -> None:
        other = Program(app, make_user("pia@example.org", "Pia Holm"))
        assert [item["connections"] for item in other.get("/brokers")["items"]] == [[]] * len(specs())


class TestSeen:
    def test_before_the_first_sync(self, program: Program, paper: str) -> None:
        (account,) = program.get(f"{paper}/account")["items"]
        assert (account["equity"], account["as_of"]) == ("50000.00", "2026-11-19T19:42:10Z")
        (held,) = program.get(f"{paper}/positions")["items"]
        assert (held["positions"], held["as_of"]) == ([], None)
        (working,) = program.get(f"{paper}/orders")["items"]
        assert (working["orders"], working["as_of"]) == ([], None)

    def test_after_it(self, program: Program, paper: str, world: World) -> None:
        world.positions = [position("NVDA", "-10", "100")]
        world.orders = [order(filled_quantity=Decimal(4), legs=(order("o-2", client_order_id=None),))]
        world.quotes = {"SPY": quote("SPY", "600.00")}
        synced = program.post(f"{paper}/sync", None, 200)
        assert synced["last_sync"] == "2026-11-19T19:42:10Z"
        (held,) = program.get(f"{paper}/positions")["items"]
        assert held["as_of"] == "2026-11-19T19:42:10Z"
        assert held["positions"][0] == {
            "symbol": "NVDA",
            "asset_type": "stock",
            "quantity": "-10",
            "average_price": "100",
            "market_price": "100",
            "market_value": "-1000.00",
            "unrealised": "0.00",
            "currency": "USD",
        }
        (working,) = program.get(f"{paper}/orders")["items"]
        (found,) = working["orders"]
        assert (found["order_id"], found["quantity"], found["filled"], found["limit_price"]) == (
            "o-1",
            "10",
            "4",
            "99.5",
        )
        assert (found["order_class"], found["submitted_at"]) == ("simple", "2026-11-19T19:42:10Z")
        assert [leg["order_id"] for leg in found["legs"]] == ["o-2"]
        self._quotes(program, paper)

    @staticmethod
    def _quotes(program: Program, paper: str) -> None:
        connection = paper.rpartition("/")[2]
        spy = program.get(f"/quotes/spy?connection={connection}")
        assert (spy["last"], spy["bid"], spy["is_simulated"]) == ("600", "599", False)
        assert spy["as_of"] == "2026-11-19T19:42:10Z"
        qqq = program.get(f"/quotes/QQQ?connection={connection}")
        assert (qqq["last"], qqq["error"]) == (None, "The broker does not know this symbol.")
        reply = program.call("GET", f"/quotes/BTC/USD?connection={connection}")
        assert reply.get_json()["error"]["message"] == "This connection does not watch this symbol."

    def test_the_past_that_the_broker_told(
        self, program: Program, paper: str, world: World, manager: BrokerManager
    ) -> None:
        assert program.get(f"{paper}/account")["items"][0]["past_equity"] is None
        world.past = past("50000.00", "51500.5")
        snapshots.take_all(manager, NOW)
        assert program.get(f"{paper}/account")["items"][0]["past_equity"] == {
            "as_of": "2026-11-19T19:42:10Z",
            "points": [
                {"at": "2026-11-18T18:42:10Z", "equity": "50000.00"},
                {"at": "2026-11-19T18:42:10Z", "equity": "51500.50"},
            ],
        }

    def test_what_could_not_be_asked(self, program: Program, paper: str, world: World, clock: Clock) -> None:
        world.positions = [position()]
        program.post(f"{paper}/sync", None, 200)
        clock.turn(minutes=5)
        world.fail("get_positions", BrokerErrorCode.API_ERROR, "It broke.")
        refused = program.post(f"{paper}/sync", None, 502)["error"]
        assert refused["code"] == "API_ERROR"
        (held,) = program.get(f"{paper}/positions")["items"]
        assert len(held["positions"]) == 1
        assert (held["as_of"], held["failed_at"]) == ("2026-11-19T19:42:10Z", "2026-11-19T19:47:10Z")
        assert held["error"] == "It broke."

    def test_a_get_asks_no_broker(self, program: Program, paper: str, world: World) -> None:
        program.post(f"{paper}/sync", None, 200)
        world.asked.clear()
        for path in ("", "/account", "/positions", "/orders"):
            program.get(paper + path)
        program.get(f"/quotes/SPY?connection={paper.rpartition('/')[2]}")
        program.get("/brokers")
        assert world.asked == []


class TestDisconnect:
    def test_it_ends(self, program: Program, paper: str) -> None:
        program.delete(paper)
        program.delete(paper)
        found = program.get(paper)
        assert (found["is_active"], found["state"]) == (False, "disconnected")
        assert program.post(f"{paper}/sync", None, 409)["error"]["code"] == "CONFLICT"
        assert [item["connections"] for item in program.get("/brokers")["items"]] == [[]] * len(specs())

    def test_and_begins_again_under_its_name(self, program: Program, paper: str) -> None:
        program.delete(paper)
        made = program.post("/brokers/fake/connect", PAPER, 200)
        assert f"/connections/{made['connectionId']}" == paper
        assert program.get(paper)["is_active"] is True
