"""The import page and its API: stored facts first, the broker's offer when asked, what is typed kept, nothing twice."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Clock, make_user, sign_in
from tests.orders.floor import SYMBOL, floor, tick
from tests.services.test_onboarding import Past
from tests.web.api.desk import Program
from trenddojo.brokers.errors import BrokerErrorCode
from trenddojo.domain.terms import Role
from trenddojo.store.database import db, discard
from trenddojo.store.models import Execution, PositionCheck, Trade, User

HTMX = {"HX-Request": "true"}


@pytest.fixture
def past(app: Flask, clock: Clock, user: User) -> Past:
    """A position without a stop, and a trade that was closed before."""
    found = Past(floor(app, clock, user))
    found.buy("10", "AMD")
    found.sell("10", "AMD")
    found.buy("100")
    found.connect_now()
    return found


@pytest.fixture
def browser(app: Flask, past: Past) -> FlaskClient:
    found = sign_in(app, past.sim.seat.user)
    discard()
    return found


@pytest.fixture
def address(past: Past) -> str:
    return f"/brokers/{past.sim.desk.link.connection_id}/import"


@pytest.fixture
def account(past: Past) -> dict[str, str]:
    return {"account": str(past.sim.account_id)}


def texts(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def trades_made() -> list[Trade]:
    db.session.expire_all()
    return list(db.session.query(Trade))


def first_fill(page: str) -> str:
    found = re.search(r'name="trade" value="([^"]+)"', page)
    assert found
    return found[1]


class TestPage:
    def test_before_the_broker_was_asked(self, browser: FlaskClient, address: str, past: Past) -> None:
        past.sim.client.simulate_error(BrokerErrorCode.TIMEOUT)  # no page waits for a broker
        page = browser.get(address)
        assert page.status_code == 200
        assert "has not been asked for it yet" in texts(page.text)
        assert "Ask Simulated" in texts(page.text)
        assert 'data-mode="simulated"' in page.text

    def test_what_is_stored(self, browser: FlaskClient, address: str, past: Past) -> None:
        past.sim.follow()
        discard()
        page = texts(browser.get(address).text)
        assert "This was held when Simulated was connected" in page
        assert f"{SYMBOL} 100" in page

    def test_for_htmx_one_account_comes_alone(
        self, browser: FlaskClient, address: str, account: dict[str, str]
    ) -> None:
        part = browser.get(address, query_string=account, headers=HTMX).text
        assert "<html" not in part
        assert f'id="import-{account["account"]}"' in part
        assert browser.get(address, query_string={"account": "another"}, headers=HTMX).status_code == 404

    @pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
    def test_the_offer(self, browser: FlaskClient, address: str, account: dict[str, str], headers: Any) -> None:
        answer = browser.post(f"{address}/offer", data=account, headers=headers)
        assert answer.status_code == 200
        assert ("<html" in answer.text) is not bool(headers)
        assert re.search(rf'name="position" value="{SYMBOL}" checked', answer.text)
        assert f'name="stop:{SYMBOL}" value=""' in answer.text
        assert re.search(r'name="trade" value="[^"]+" checked', answer.text)
        assert "hx-trigger" not in answer.text.split('id="import-')[1].split(">")[0]
        assert not trades_made()

    def test_the_stop_that_rests_is_filled_in(
        self, browser: FlaskClient, address: str, account: dict[str, str], past: Past
    ) -> None:
        price = past.stop("100")
        discard()
        page = browser.post(f"{address}/offer", data=account).text
        assert re.search(rf'name="stop:{SYMBOL}" value="{price}"[^>]* readonly', page)
        assert f"At the broker rests a stop at {price}" in texts(page)

    def test_what_cannot_be_asked(
        self, browser: FlaskClient, address: str, account: dict[str, str], past: Past
    ) -> None:
        past.sim.client.simulate_error(BrokerErrorCode.AUTHENTICATION_FAILED)
        discard()
        for path in (f"{address}/offer", address):
            answer = browser.post(path, data={**account, "position": SYMBOL, f"none:{SYMBOL}": "1"}, headers=HTMX)
            assert answer.status_code == 422
            assert "Check the keys at the broker, then enter them again" in texts(answer.text)
            assert "Nothing was changed." in texts(answer.text)
        assert not trades_made()

    def test_a_connection_that_was_ended(self, browser: FlaskClient, address: str, account: dict[str, str]) -> None:
        browser.post(address.replace("/import", "/disconnect"))
        assert browser.get(address).status_code == 200
        answer = browser.post(f"{address}/offer", data=account)
        assert answer.status_code == 422
        assert "This connection was ended. Connect it again first." in texts(answer.text)


class TestImport:
    @pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
    def test_what_is_ticked(self, browser: FlaskClient, address: str, account: dict[str, str], headers: Any) -> None:
        page = browser.post(f"{address}/offer", data=account).text
        sent = {**account, "position": SYMBOL, f"none:{SYMBOL}": "1", "trade": first_fill(page)}
        answer = browser.post(address, data=sent, headers=headers)
        place = answer.headers["HX-Redirect"] if headers else answer.location
        assert place == address
        page = texts(browser.get(address).text)
        assert "2 trades imported." in page
        assert "All that Simulated holds is in your books." in page
        assert sorted(one.symbol for one in trades_made()) == ["AMD", SYMBOL]
        again = browser.post(address, data=sent, follow_redirects=True)
        assert "Nothing new: that is in your books already." in texts(again.text)
        assert len(trades_made()) == 2

    @pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
    def test_what_is_wrong_is_said_by_its_field_and_what_was_typed_stays(
        self, browser: FlaskClient, address: str, account: dict[str, str], headers: Any, past: Past
    ) -> None:
        trade = first_fill(browser.post(f"{address}/offer", data=account).text)
        high = tick(past.sim.price() * 3)
        discard()
        sent = {**account, "position": SYMBOL, f"stop:{SYMBOL}": high, "trade": trade, f"trip:{trade}": "99999"}
        answer = browser.post(address, data=sent, headers=headers)
        assert answer.status_code == 422
        assert texts(answer.text).count("must be below its entry") == 2
        assert re.search(rf'name="stop:{SYMBOL}" value="{high}" aria-invalid="true"', answer.text)
        assert re.search(rf'name="trip:{trade}" value="99999"[^>]* aria-invalid="true"', answer.text)
        assert not trades_made()

    def test_what_is_no_number(self, browser: FlaskClient, address: str, account: dict[str, str]) -> None:
        sent = {**account, "position": SYMBOL, f"stop:{SYMBOL}": "much", f"initial:{SYMBOL}": "12"}
        answer = browser.post(address, data=sent)
        assert answer.status_code == 422
        assert "Enter a number such as 146.20." in answer.text
        assert f'name="initial:{SYMBOL}" value="12"' in answer.text
        assert not re.search(r'name="trade" value="[^"]+" checked', answer.text)

    def test_nothing_is_ticked(self, browser: FlaskClient, address: str, account: dict[str, str]) -> None:
        answer = browser.post(address, data=account)
        assert answer.status_code == 422
        assert "Tick what you want to import." in answer.text

    def test_what_is_not_offered_any_more(self, browser: FlaskClient, address: str, account: dict[str, str]) -> None:
        answer = browser.post(address, data={**account, "position": "AMD", "trade": "gone"})
        assert answer.status_code == 422
        assert "AMD: This is not offered any more." in texts(answer.text)


class TestWho:
    def test_somebody_else(self, app: Flask, past: Past, address: str, account: dict[str, str]) -> None:
        other = sign_in(app, make_user("jon@example.org", "Jon Berg"))
        assert other.get(address).status_code == 404
        assert other.post(f"{address}/offer", data=account).status_code == 404
        assert other.post(address, data={**account, "position": SYMBOL}).status_code == 404

    def test_an_owner_who_may_only_look(
        self, app: Flask, past: Past, browser: FlaskClient, address: str, account: dict[str, str]
    ) -> None:
        db.session.get_one(User, past.sim.seat.user.id).role = Role.VIEWER
        db.session.commit()
        assert "You may look here, but not import." in texts(browser.get(address).text)
        assert browser.post(f"{address}/offer", data=account).status_code == 403
        assert browser.post(address, data={**account, "position": SYMBOL}).status_code == 403

    def test_another_account(self, browser: FlaskClient, address: str) -> None:
        other = "0b53ef36-31f1-4a7a-9a53-6f1b9d3a9f10"
        assert browser.post(address, data={"account": other, "position": SYMBOL}).status_code == 404

    def test_nobody(self, app: Flask, address: str) -> None:
        assert app.test_client().get(address).status_code == 303


class TestPanel:
    def test_it_leads_there(self, browser: FlaskClient, past: Past, address: str) -> None:
        page = browser.get("/brokers").text
        assert "Does it hold or trade anything already?" in texts(page)
        assert f'href="{address}"' in page
        past.sim.follow()
        discard()
        page = browser.get("/brokers").text
        assert "1 position from before is not in your books." in texts(page)
        past.take(positions=[{"symbol": SYMBOL, "without_stop": True}])
        discard()
        assert "from before" not in texts(browser.get("/brokers").text)


class TestTradePage:
    def test_an_imported_trade_has_no_plan_and_no_slippage(self, browser: FlaskClient, past: Past) -> None:
        past.take(positions=[{"symbol": SYMBOL, "without_stop": True}])
        (trade,) = trades_made()
        address = f"/trades/{trade.id}"
        discard()
        page = texts(browser.get(address).text)
        assert "Imported" in page
        assert "Planned" not in page
        assert " plan " not in page


class TestApi:
    @pytest.fixture
    def program(self, app: Flask, past: Past) -> Program:
        return Program(app, past.sim.seat.user, "trade")

    @pytest.fixture
    def path(self, address: str) -> str:
        return address.replace("/brokers/", "/connections/")

    def test_from_stored_facts_to_trades(self, program: Program, path: str, past: Past) -> None:
        (stored,) = program.get(path)["items"]
        assert (stored["first_pass_at"], stored["positions"]) == (None, [])
        (offer,) = program.post(f"{path}/offer", None, 200)["items"]
        (position,) = offer["positions"]
        assert (position["symbol"], position["quantity"], position["stop"]) == (SYMBOL, "100", None)
        (stored,) = program.get(path)["items"]
        assert [(one["symbol"], one["quantity"]) for one in stored["positions"]] == [(SYMBOL, "100")]
        body = {
            "account_id": offer["account_id"],
            "positions": [{"symbol": SYMBOL, "without_stop": True}],
            "trades": [{"first_fill": offer["trades"][0]["first_fill"]}],
        }
        made = program.post(path, body)
        assert [(one["symbol"], one["status"]) for one in made["trades"]] == [(SYMBOL, "active"), ("AMD", "closed")]
        assert program.get(f"/trades/{made['trades'][0]['id']}")["broker_sync_status"] == "imported"
        assert program.get(path)["items"][0]["positions"] == []

    def test_the_same_key_finds_the_first(self, program: Program, path: str, past: Past) -> None:
        body = {"account_id": str(past.sim.account_id), "positions": [{"symbol": SYMBOL, "without_stop": True}]}
        discard()
        first = program.call("POST", path, body, Idempotency_Key="once")
        second = program.call("POST", path, body, Idempotency_Key="once")
        assert (first.status_code, second.status_code) == (201, 201)
        assert second.headers["Idempotency-Replayed"] == "true"
        assert json.loads(first.data) == json.loads(second.data)
        assert len(trades_made()) == 1

    def test_fields_are_named_by_their_place(self, program: Program, path: str, past: Past) -> None:
        account_id = str(past.sim.account_id)
        discard()
        body = {"account_id": account_id, "positions": [{"symbol": SYMBOL}, {"symbol": "AMD", "stop": "x"}]}
        fields = program.post(path, body, 422)["error"]["fields"]
        assert list(fields) == ["positions.1.stop"]
        body = {"account_id": account_id, "positions": [{"symbol": SYMBOL}], "trades": [{"first_fill": "gone"}]}
        fields = program.post(path, body, 422)["error"]["fields"]
        assert set(fields) == {"positions.0.stop", "trades.0.first_fill"}
        twice = {"account_id": account_id, "positions": [{"symbol": SYMBOL, "stop": "1"}] * 2}
        assert program.post(path, twice, 422)["error"]["fields"] == {"positions.1.symbol": "This is named twice."}

    def test_another_account(self, program: Program, path: str) -> None:
        body = {"account_id": "0b53ef36-31f1-4a7a-9a53-6f1b9d3a9f10", "positions": [{"symbol": SYMBOL}]}
        assert list(program.post(path, body, 404)["error"]["fields"]) == ["account_id"]

    def test_what_the_broker_refuses(self, program: Program, path: str, past: Past) -> None:
        past.sim.client.simulate_error(BrokerErrorCode.TIMEOUT)
        discard()
        refused = program.post(f"{path}/offer", None, 504)["error"]
        assert refused["code"] == "TIMEOUT"
        assert db.session.query(PositionCheck).count() == db.session.query(Execution).count() == 0
