"""The brokers page: panels from snapshots, and a connect form that knows no broker by name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import NOW, Clock, make_user, sign_in
from tests.services.connected import FAKE, INTEGRATIONS, connect, furnish, with_fake
from tests.services.fake_broker import KEYS, World, order, past, position, quote
from trenddojo.brokers.errors import BrokerErrorCode
from trenddojo.brokers.manager import BrokerManager
from trenddojo.brokers.registry import specs
from trenddojo.brokers.spec import BrokerSpec
from trenddojo.domain.account_numbers import masked
from trenddojo.domain.terms import MemberRole, Mode, Role
from trenddojo.services import modes, snapshots
from trenddojo.services.accounts import set_member
from trenddojo.services.credentials import reveal
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.accounts import MemberInput
from trenddojo.store.database import db
from trenddojo.store.models import BrokerConnection, BrokerCredential, ConnectionState, User
from trenddojo.store.seats import Seat, seats_of

HTMX = {"HX-Request": "true"}
SIMULATED = {
    "broker": "simulated", "mode": "mock", "name": "Practice", "field-starting_cash": "100000",
    "field-always_open": "on", "field-latency_ms": "0",
}  # fmt: skip
PAPER = {"broker": "fake", "mode": "paper", "name": "Fake paper", **{f"field-{name}": KEYS[name] for name in KEYS}}
SECRET = KEYS["secret_key"]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return with_fake(monkeypatch)


@pytest.fixture
def manager(app: Flask, world: World) -> Iterator[BrokerManager]:
    """A manager that never sleeps, on a server that allows integrations."""
    found = furnish(app, **INTEGRATIONS)
    yield found
    found.close()


@pytest.fixture
def practice(manager: BrokerManager, user: User) -> BrokerConnection:
    """Marta's simulated connection."""
    return connect(manager, user, name="Practice").connection


@pytest.fixture
def paper(manager: BrokerManager, user: User) -> BrokerConnection:
    """Marta's paper connection to the fake broker."""
    return connect(manager, user, FAKE, name="Fake paper").connection


def only_connection() -> BrokerConnection:
    db.session.expire_all()
    return db.session.scalars(select(BrokerConnection)).one()


def texts(page: str) -> str:
    """What a page says, tags left out."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def toast_of(headers: object) -> str:
    return str(json.loads(headers["HX-Trigger"])["toast"]["text"])  # type: ignore[index]


class TestForm:
    @pytest.mark.parametrize(
        ("spec", "mode"),
        [(spec, mode) for spec in specs() for mode in sorted(spec.modes - {Mode.LIVE})],  # which is locked here
        ids=lambda one: getattr(one, "name", one),
    )
    def test_it_is_drawn_from_the_spec(self, app: Flask, client: FlaskClient, spec: BrokerSpec, mode: Mode) -> None:
        furnish(app, **INTEGRATIONS)
        page = client.get(f"/brokers?broker={spec.name}&mode={mode}").text
        drawn = re.findall(r'name="field-(\w+)"', page)
        assert drawn == [field.name for field in spec.fields_for(mode)]
        assert all(field.label in page for field in spec.fields_for(mode))
        assert re.findall(r'name="mode" value="(\w+)" ?(?:checked)?', page)[: len(spec.modes)]
        assert set(re.findall(r'type="radio" id="mode-(\w+)"', page)) == {mode.value for mode in spec.modes}
        assert re.findall(r'type="radio" id="broker-(\w+)"', page) == [one.name for one in specs()]

    def test_for_htmx_it_comes_alone(self, client: FlaskClient) -> None:
        part = client.get("/brokers?broker=alpaca&mode=mock", headers=HTMX).text
        assert "<html" not in part
        assert 'id="connect"' in part
        assert 'value="Alpaca simulated"' in part

    def test_kinds_of_fields(self, client: FlaskClient, manager: BrokerManager) -> None:
        page = client.get("/brokers?broker=fake&mode=paper").text
        assert re.search(
            r'<input [^>]*type="password" [^>]*name="field-secret_key" value=""[^>]*autocomplete="off"', page
        )
        assert re.search(r'name="field-region" value="us"', page)
        mock = client.get("/brokers?broker=fake&mode=mock").text
        assert re.search(r'inputmode="decimal"[^>]*name="field-starting_cash" value="100000"', mock)
        assert re.search(r'type="checkbox"[^>]*name="field-always_open" value="on"(?! checked)', mock)

    def test_modes_that_the_server_does_not_allow(self, app: Flask, client: FlaskClient, world: World) -> None:
        furnish(app)
        page = client.get("/brokers?broker=fake&mode=live").text
        for mode in ("paper", "live"):
            assert re.search(rf'id="mode-{mode}"[^>]* disabled', page)
        assert re.search(r'id="mode-mock"[^>]* checked', page)
        assert modes.INTEGRATIONS_OFF in page

    def test_the_usual_mode_is_chosen_where_it_is_allowed(self, app: Flask, client: FlaskClient, world: World) -> None:
        furnish(app, **INTEGRATIONS)
        page = client.get("/brokers?broker=fake").text
        assert re.search(r'id="mode-paper"[^>]* checked', page)
        assert re.search(r'id="mode-live"[^>]* disabled', page)
        assert modes.LIVE_OFF in page
        furnish(app, **INTEGRATIONS, default_broker_mode=Mode.MOCK)
        assert re.search(r'id="mode-mock"[^>]* checked', client.get("/brokers?broker=fake").text)

    def test_live_waits_for_the_lock(self, app: Flask, client: FlaskClient, world: World) -> None:
        furnish(app, **INTEGRATIONS, enable_live_trading=True)
        page = client.get("/brokers?broker=fake&mode=live").text
        assert re.search(r'id="mode-live"[^>]* disabled', page)
        assert modes.LOCKED in page

    def test_a_name_that_is_free(self, client: FlaskClient, practice: BrokerConnection, user: User) -> None:
        assert 'name="name" value="Simulated"' in client.get("/brokers").text
        client.post("/brokers/connect", data={**SIMULATED, "name": ""})
        assert 'name="name" value="Simulated 2"' in client.get("/brokers").text

    def test_no_such_broker(self, client: FlaskClient) -> None:
        assert client.get("/brokers?broker=nobody").status_code == 422
        assert client.post("/brokers/connect", data={**SIMULATED, "broker": "nobody"}).status_code == 422

    def test_whoever_only_looks_is_not_offered_it(self, app: Flask) -> None:
        browser = sign_in(app, make_user("uma@example.org", "Uma Fox", Role.VIEWER))
        assert 'id="connect"' not in browser.get("/brokers").text
        assert browser.post("/brokers/connect", data=SIMULATED).status_code == 403


class TestConnect:
    def test_before_the_first_one(self, client: FlaskClient) -> None:
        page = texts(client.get("/brokers").text)
        assert "No broker is connected" in page
        assert "The simulated broker needs no account" in page

    def test_the_simulated_one(self, client: FlaskClient, manager: BrokerManager) -> None:
        answer = client.post("/brokers/connect", data=SIMULATED, follow_redirects=True)
        page = texts(answer.text)
        assert "Practice is connected, with 1 account." in page
        assert re.search(r"Practice SIMULATED connected Account MOCK123456 Practice Equity 100,000.00 USD", page)
        assert "Buying power 200,000.00" in page
        assert "Last complete sync not yet" in page
        assert 'data-mode="simulated"' in answer.text
        assert re.search(r"Brokers<span class=\"n\">1</span>", answer.text)

    def test_the_account_at_hand_stays(self, client: FlaskClient, manager: BrokerManager, clock: Clock) -> None:
        clock.turn(seconds=1)
        client.post("/brokers/connect", data={**SIMULATED, "name": "A first by name"})
        page = client.get("/brokers").text
        assert "<strong>Trend Core</strong>" in page
        other = re.search(r'name="account_id" value="([^"]+)"><button[^>]*>Work on it', page)
        assert other
        client.post("/accounts/switch", data={"account_id": other[1]})
        page = client.get("/brokers").text
        assert "<strong>A first by name</strong>" in page
        assert "Work on it" not in page

    def test_htmx_loads_the_page_with_its_new_panel(self, client: FlaskClient, manager: BrokerManager) -> None:
        answer = client.post("/brokers/connect", data=SIMULATED, headers=HTMX)
        assert answer.headers["HX-Redirect"] == f"/brokers#connection-{only_connection().id}"
        assert answer.headers["HX-Refresh"] == "true"

    @pytest.mark.parametrize(("shown", "loads"), [("/brokers", True), ("/brokers?broker=fake", False)])
    def test_a_page_that_is_left_is_not_loaded_again(
        self, client: FlaskClient, manager: BrokerManager, shown: str, loads: bool
    ) -> None:
        headers = {**HTMX, "HX-Current-URL": f"https://desk.example.org{shown}#connect"}
        answer = client.post("/brokers/connect", data=SIMULATED, headers=headers)
        assert answer.headers["HX-Redirect"].startswith("/brokers#connection-")
        assert ("HX-Refresh" in answer.headers) is loads

    def test_keys_are_kept_encrypted_and_settings_in_the_open(
        self, client: FlaskClient, manager: BrokerManager
    ) -> None:
        client.post("/brokers/connect", data=PAPER)
        made = only_connection()
        assert (made.mode, made.settings) == (Mode.PAPER, {"region": "eu"})
        assert reveal(made.id) == {"api_key": KEYS["api_key"], "secret_key": SECRET}

    @pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
    def test_bad_fields_keep_what_was_typed_but_secrets(
        self, client: FlaskClient, manager: BrokerManager, headers: dict[str, str]
    ) -> None:
        sent = {**PAPER, "name": "Mine", "field-api_key": "nope", "field-region": "mars"}
        answer = client.post("/brokers/connect", data=sent, headers=headers)
        assert answer.status_code == 422
        assert "Enter the key as shown." in answer.text
        assert re.search(r'name="field-api_key" value=""[^>]* aria-invalid="true"', answer.text)
        assert re.search(r'name="field-region" value="mars"[^>]* aria-invalid="true"', answer.text)
        assert 'name="name" value="Mine"' in answer.text
        assert SECRET not in answer.text
        assert ("<html" in answer.text) is not bool(headers)
        assert not db.session.scalars(select(BrokerConnection)).all()

    def test_a_box_that_was_emptied_stays_empty(self, client: FlaskClient, manager: BrokerManager) -> None:
        sent = {name: value for name, value in SIMULATED.items() if name != "field-always_open"}
        page = client.post("/brokers/connect", data={**sent, "field-starting_cash": "much"}).text
        assert "Enter an amount such as 100000 or 2500.50." in page
        assert re.search(r'name="field-always_open" value="on"(?! checked)', page)

    def test_what_the_broker_refuses(self, client: FlaskClient, manager: BrokerManager, world: World) -> None:
        world.keys = ["another"]
        answer = client.post("/brokers/connect", data=PAPER)
        assert answer.status_code == 422
        assert "The keys are not right." in answer.text
        assert "Check the keys at the broker, then enter them again" in answer.text
        assert SECRET not in answer.text
        assert KEYS["api_key"] not in answer.text
        assert 'name="field-region" value="eu"' in answer.text
        assert not db.session.scalars(select(BrokerConnection)).all()

    def test_again_it_replaces_the_keys(self, client: FlaskClient, paper: BrokerConnection, world: World) -> None:
        world.keys.append("another-secret")
        client.post("/brokers/connect", data={**PAPER, "field-secret_key": "another-secret"})
        assert only_connection().id == paper.id
        assert reveal(paper.id)["secret_key"] == "another-secret"

    def test_without_a_master_key(self, app: Flask, client: FlaskClient, world: World) -> None:
        furnish(app, enable_broker_integrations=True)
        answer = client.post("/brokers/connect", data=PAPER)
        assert answer.status_code == 503
        assert "BROKER_ENCRYPTION_KEY is missing" in answer.text

    def test_it_is_not_asked_for_ever(self, client: FlaskClient, manager: BrokerManager) -> None:
        statuses = [client.post("/brokers/connect", data={"mode": "none"}).status_code for _ in range(11)]
        assert statuses == [422] * 10 + [429]


class TestTest:
    def test_it_tells_and_keeps_nothing(self, client: FlaskClient, manager: BrokerManager) -> None:
        part = client.post("/brokers/test", data=PAPER, headers=HTMX).text
        assert "F-1: equity 50,000.00 USD" in texts(part).replace(" ,", ",")
        assert "<form" not in part
        page = client.post("/brokers/test", data=PAPER).text
        assert "It works." in page
        assert SECRET not in page
        assert not db.session.scalars(select(BrokerConnection)).all()
        assert not db.session.scalars(select(BrokerCredential)).all()

    def test_what_is_wrong_is_told_beside_the_form(self, client: FlaskClient, manager: BrokerManager) -> None:
        answer = client.post("/brokers/test", data={**PAPER, "field-api_key": "nope"}, headers=HTMX)
        assert answer.status_code == 422
        assert "Key: Enter the key as shown." in texts(answer.text)
        assert "<form" not in answer.text

    def test_what_the_broker_says_is_told_beside_the_form(
        self, client: FlaskClient, manager: BrokerManager, world: World
    ) -> None:
        world.fail("connect", BrokerErrorCode.CONNECTION_FAILED, "Nobody answers there.")
        answer = client.post("/brokers/test", data=PAPER, headers=HTMX)
        assert answer.status_code == 422
        assert "Nobody answers there." in answer.text


class TestPanel:
    def test_alone_it_is_the_one_of_the_page(self, client: FlaskClient, practice: BrokerConnection) -> None:
        part = client.get(f"/brokers/{practice.id}/panel", headers=HTMX).text
        strip = str.maketrans("", "", " \n")
        without_token = re.compile(r'name="csrf_token"value="[^"]*"')
        page = without_token.sub("", client.get("/brokers").text.translate(strip))
        assert without_token.sub("", part.translate(strip)).replace("hx-preserve", "") in page
        assert f'hx-trigger="connection-{practice.id} from:body"' in part

    def test_without_htmx_it_leads_to_the_page(self, client: FlaskClient, practice: BrokerConnection) -> None:
        assert client.get(f"/brokers/{practice.id}/panel").location == f"/brokers#connection-{practice.id}"

    def test_sync_fills_it(self, client: FlaskClient, practice: BrokerConnection) -> None:
        answer = client.post(f"/brokers/{practice.id}/sync", headers=HTMX)
        assert toast_of(answer.headers) == "Practice is up to date."
        page = texts(answer.text)
        assert re.search(r"Last complete sync 0 s ago 14:42:10 Working orders none Positions none", page)
        assert re.search(r"SPY \d+\.\d\d [+−]\d+\.\d\d%", page)
        assert client.post(f"/brokers/{practice.id}/sync").location == f"/brokers#connection-{practice.id}"

    def test_positions_orders_and_numbers(self, client: FlaskClient, paper: BrokerConnection, world: World) -> None:
        world.positions = [position("NVDA", "-10", "100")]
        world.orders = [order(quantity=Decimal(40), filled_quantity=Decimal(15), limit_price=Decimal("99.50"))]
        world.quotes = {"SPY": quote("SPY", "600.00")}
        page = texts(client.post(f"/brokers/{paper.id}/sync", headers=HTMX).text)
        assert "NVDA −10 100.00 100.00 −1,000.00 0.00" in page
        assert "NVDA buy 15 of 40 limit 99.50 accepted" in page
        assert "Working orders 1" in page
        assert "SPY 600.00 0.00% 599.00 601.00" in page
        assert "QQQ The broker does not know this symbol." in page
        assert "Let it fail" not in page

    def test_figures_that_could_not_be_asked_for_stay_and_say_so(
        self, client: FlaskClient, paper: BrokerConnection, world: World, clock: Clock
    ) -> None:
        client.post(f"/brokers/{paper.id}/sync", headers=HTMX)
        clock.turn(minutes=3)
        world.fail("get_positions", BrokerErrorCode.INSUFFICIENT_FUNDS, "It says no.")
        answer = client.post(f"/brokers/{paper.id}/sync", headers=HTMX)
        assert answer.status_code == 200
        assert toast_of(answer.headers).startswith("It says no.")
        page = texts(answer.text)
        assert "Could not ask Fake. It says no. Shown is the last complete answer; it may have changed." in page
        assert "Equity 50,000.00 USD" in page
        assert "Last complete sync 3 min ago" in page
        assert 'class="kv stale"' in answer.text

    def test_the_curve_that_the_broker_told(
        self, client: FlaskClient, paper: BrokerConnection, world: World, manager: BrokerManager, clock: Clock
    ) -> None:
        world.past = past("50000.00", "49000.50", "51500.00")
        snapshots.take_all(manager, clock())
        world.asked.clear()
        page = client.get("/brokers").text
        assert "Equity, last 90 days +1,500.00 +3.00%" in texts(page)
        assert "50,000.00 asked 14:42:10 51,500.00" in texts(page)
        label = "in the last 90 days: from 50,000.00 to 51,500.00 USD, between 49,000.50 and 51,500.00"
        assert re.search(rf'role="img" aria-label="Equity of [^"]+ {re.escape(label)}"', page)
        assert not world.asked

    @pytest.mark.parametrize("amounts", [[], ["50000.00"]])
    def test_too_little_for_a_curve(
        self, client: FlaskClient, paper: BrokerConnection, world: World, manager: BrokerManager, amounts: list[str]
    ) -> None:
        world.past = past(*amounts)
        snapshots.take_all(manager, NOW)
        assert "last 90 days" not in client.get("/brokers").text

    def test_a_change_from_nothing_has_no_percentage(
        self, client: FlaskClient, paper: BrokerConnection, world: World, manager: BrokerManager
    ) -> None:
        world.past = past("-10.00", "20.00")
        snapshots.take_all(manager, NOW)
        page = texts(client.get("/brokers").text)
        assert "Equity, last 90 days +30.00 −10.00" in page

    def test_a_curve_of_yesterday_says_so(
        self, app: Flask, user: User, paper: BrokerConnection, world: World, manager: BrokerManager, clock: Clock
    ) -> None:
        world.past = past("50000.00", "51500.00")
        snapshots.take_all(manager, clock())
        clock.turn(days=1)
        world.fail("get_equity_history", BrokerErrorCode.ORDER_REJECTED)
        snapshots.take_all(manager, clock())
        page = texts(sign_in(app, user).get("/brokers").text)
        assert "50,000.00 asked 19 Nov, 14:42 51,500.00" in page
        assert "Could not ask" not in page

    def test_trouble_with_its_next_step(
        self, client: FlaskClient, paper: BrokerConnection, world: World, manager: BrokerManager
    ) -> None:
        world.fail("get_account_info", BrokerErrorCode.AUTHENTICATION_FAILED, "The keys ran out.")
        page = client.post(f"/brokers/{paper.id}/sync", headers=HTMX).text
        assert "The keys ran out.</b> Check the keys at the broker, then enter them again under Brokers." in page
        assert '<i class="lamp due" aria-hidden="true"></i>sign-in due' in page
        assert "Try now" in page
        world.failures.clear()
        again = client.post(f"/brokers/{paper.id}/reconnect", headers=HTMX)
        assert toast_of(again.headers) == "Fake paper is connected."
        assert '<i class="lamp on" aria-hidden="true"></i>connected' in again.text

    def test_a_try_that_fails(self, client: FlaskClient, paper: BrokerConnection, world: World) -> None:
        world.fail("connect", BrokerErrorCode.GATEWAY_NOT_RUNNING, "No answer at port 4002.")
        answer = client.post(f"/brokers/{paper.id}/reconnect", headers=HTMX)
        assert toast_of(answer.headers).startswith("No answer at port 4002.")
        assert '<i class="lamp off" aria-hidden="true"></i>down' in answer.text
        assert re.search(r"Tried <time[^>]*>14:42</time>, next try (in \d+ s|due now)\.", answer.text)

    def test_symbols_are_watched(self, client: FlaskClient, practice: BrokerConnection) -> None:
        added = client.post(f"/brokers/{practice.id}/watch", data={"symbol": "anet"}, headers=HTMX)
        assert "ANET" in added.text
        assert "ANET is watched." in toast_of(added.headers)
        gone = client.post(f"/brokers/{practice.id}/unwatch", data={"symbol": "ANET"}, headers=HTMX)
        assert "ANET" not in gone.text

    def test_what_is_no_symbol(self, client: FlaskClient, practice: BrokerConnection) -> None:
        answer = client.post(f"/brokers/{practice.id}/watch", data={"symbol": "<b>"}, headers=HTMX)
        assert answer.status_code == 422
        assert "Enter a symbol of letters and digits" in answer.text
        assert 'value="&lt;b&gt;"' in answer.text
        page = client.post(f"/brokers/{practice.id}/watch", data={"symbol": ""}, follow_redirects=True).text
        assert "Enter a symbol" in page or "This is required." in page

    def test_several_modes(self, client: FlaskClient, practice: BrokerConnection, paper: BrokerConnection) -> None:
        page = client.get("/brokers").text
        assert re.search(r'<body [^>]*data-mode="mixed"', page)
        assert "several modes" in page
        assert page.index("Fake paper") < page.index("Practice")

    @pytest.mark.parametrize(
        ("number", "mode", "shown"),
        [
            ("PA3ABCD7XQK", Mode.PAPER, "PA3…7XQK"),
            ("DU4218", Mode.PAPER, "…218"),
            ("U1234567", Mode.LIVE, "…567"),
            ("MOCK123456", Mode.MOCK, "MOCK123456"),
        ],
    )
    def test_account_numbers_are_masked(self, number: str, mode: Mode, shown: str) -> None:
        assert masked(number, mode) == shown


class TestSimulated:
    def test_it_is_made_to_fail_and_works_again(self, client: FlaskClient, practice: BrokerConnection) -> None:
        client.post(f"/brokers/{practice.id}/sync")
        answer = client.post(f"/brokers/{practice.id}/fault", data={"code": "GATEWAY_NOT_RUNNING"}, headers=HTMX)
        assert '<i class="lamp off" aria-hidden="true"></i>down' in answer.text
        assert re.search(r'<dt>Faults</dt><dd class="warn">GATEWAY_NOT_RUNNING', answer.text)
        assert "Alerts, 1 new" in client.get("/").text
        ended = client.post(f"/brokers/{practice.id}/fault", data={"code": ""}, headers=HTMX)
        assert toast_of(ended.headers) == "Practice works again."
        assert '<i class="lamp on" aria-hidden="true"></i>connected' in ended.text
        assert re.search(r"<dt>Faults</dt><dd>none", ended.text)
        assert "Alerts, 1 new" not in client.get("/").text

    @pytest.mark.parametrize("code", list(BrokerErrorCode))
    def test_every_error_shows_and_ends(self, client: FlaskClient, practice: BrokerConnection, code: str) -> None:
        shown = client.post(f"/brokers/{practice.id}/fault", data={"code": code}, headers=HTMX).text
        assert 'class="note err"' in shown
        ended = client.post(f"/brokers/{practice.id}/fault", data={"code": ""}, headers=HTMX).text
        assert 'class="note err"' not in ended
        assert only_connection().state is ConnectionState.CONNECTED

    def test_no_such_error(self, client: FlaskClient, practice: BrokerConnection) -> None:
        assert client.post(f"/brokers/{practice.id}/fault", data={"code": "LUCK"}).status_code == 422

    def test_a_real_one_is_never_made_to_fail(self, client: FlaskClient, paper: BrokerConnection) -> None:
        for act, sent in (("fault", {"code": "TIMEOUT"}), ("reset", {})):
            answer = client.post(f"/brokers/{paper.id}/{act}", data=sent, headers=HTMX)
            assert toast_of(answer.headers) == "Only a simulated connection can be made to fail or reset."

    def test_reset(self, client: FlaskClient, practice: BrokerConnection) -> None:
        client.post(f"/brokers/{practice.id}/sync")
        answer = client.post(f"/brokers/{practice.id}/reset", headers=HTMX)
        assert toast_of(answer.headers) == "Practice begins anew with its starting cash."
        assert "100,000.00" in answer.text


class TestKeys:
    def test_the_form_shows_settings_and_no_secret(self, client: FlaskClient, paper: BrokerConnection) -> None:
        page = client.get(f"/brokers/{paper.id}/keys").text
        assert 'name="field-region" value="eu"' in page
        assert 'name="field-api_key" value=""' in page
        assert SECRET not in page
        assert KEYS["api_key"] not in page
        assert "Rotate keys" in client.get("/brokers").text

    def test_they_are_tried_and_kept(self, client: FlaskClient, paper: BrokerConnection, world: World) -> None:
        world.keys = ["another-secret"]
        sent = {"field-api_key": "AKFAKE000002", "field-secret_key": "another-secret", "field-region": "us"}
        answer = client.post(f"/brokers/{paper.id}/keys", data=sent)
        assert answer.location == f"/brokers#connection-{paper.id}"
        assert reveal(paper.id) == {"api_key": "AKFAKE000002", "secret_key": "another-secret"}
        assert only_connection().settings == {"region": "us"}

    def test_bad_ones(self, client: FlaskClient, paper: BrokerConnection) -> None:
        sent = {"field-api_key": "nope", "field-secret_key": "typed-secret", "field-region": "us"}
        answer = client.post(f"/brokers/{paper.id}/keys", data=sent)
        assert answer.status_code == 422
        assert re.search(r'name="field-api_key" value=""[^>]* aria-invalid="true"', answer.text)
        assert "typed-secret" not in answer.text

    def test_refused_ones_leave_the_old(self, client: FlaskClient, paper: BrokerConnection) -> None:
        sent = {"field-api_key": "AKFAKE000002", "field-secret_key": "wrong-secret", "field-region": "eu"}
        answer = client.post(f"/brokers/{paper.id}/keys", data=sent)
        assert answer.status_code == 422
        assert "The keys are not right." in answer.text
        assert reveal(paper.id)["secret_key"] == SECRET

    def test_a_box_can_be_emptied(self, client: FlaskClient, practice: BrokerConnection) -> None:
        assert only_connection().settings["always_open"] == "on"
        page = client.get(f"/brokers/{practice.id}/keys").text
        assert re.search(r'name="field-always_open" value="on" checked', page)
        client.post(f"/brokers/{practice.id}/keys", data={"field-starting_cash": "100000", "field-latency_ms": ""})
        assert only_connection().settings == {"starting_cash": "100000"}


class TestDisconnect:
    def test_its_keys_go_and_its_account_stays(self, client: FlaskClient, paper: BrokerConnection) -> None:
        page = client.post(f"/brokers/{paper.id}/disconnect", follow_redirects=True).text
        assert "Fake paper is disconnected. Its accounts and books stay." in page
        assert "No broker is connected" in page
        assert "<span>Fake paper" in page  # in the accounts menu
        assert not db.session.scalars(select(BrokerCredential)).all()

    def test_afterwards_nothing_is_done_with_it(self, client: FlaskClient, practice: BrokerConnection) -> None:
        client.post(f"/brokers/{practice.id}/disconnect")
        for act in ("sync", "reconnect", "watch", "fault", "reset"):
            answer = client.post(
                f"/brokers/{practice.id}/{act}", data={"symbol": "SPY", "code": "TIMEOUT"}, headers=HTMX
            )
            assert toast_of(answer.headers) == "This connection was ended. Connect it again first.", act
            assert '<i class="lamp off" aria-hidden="true"></i>disconnected' in answer.text
        assert client.get(f"/brokers/{practice.id}/keys").status_code == 409


class TestOwners:
    GETS = ("panel", "keys")
    POSTS = ("sync", "reconnect", "disconnect", "watch", "unwatch", "fault", "reset", "keys")

    def test_nobody_else_sees_or_does_anything(self, app: Flask, practice: BrokerConnection) -> None:
        other = sign_in(app, make_user("pia@example.org", "Pia Holm"))
        for one in (practice.id, uuid4()):
            assert [other.get(f"/brokers/{one}/{path}").status_code for path in self.GETS] == [404] * 2
            sent = {"symbol": "SPY", "code": "TIMEOUT", "field-starting_cash": "1000"}
            found = [other.post(f"/brokers/{one}/{path}", data=sent).status_code for path in self.POSTS]
            assert found == [404] * len(self.POSTS)
        assert "Practice" not in other.get("/brokers").text
        assert only_connection().is_active

    @pytest.mark.parametrize("path", ["/brokers/connect", "/brokers/test", f"/brokers/{UUID(int=1)}/sync"])
    def test_strangers_sign_in_first(self, app: Flask, user: User, path: str) -> None:
        assert app.test_client().post(path).location.startswith("/sign-in")
        assert app.test_client().get("/brokers").location.startswith("/sign-in")


class TestChip:
    def test_the_dashboard_of_a_broker_account(
        self, client: FlaskClient, practice: BrokerConnection, manager: BrokerManager, seat: Seat, clock: Clock
    ) -> None:
        account_id = self._work_on(client, seat)
        assert "connected" in self._chip(client.get("/").text)
        snapshots.sync(manager, seat.user, practice.id, clock())
        clock.turn(seconds=12)
        shown = self._chip(client.get("/").text)
        assert "Practice SIMULATED synced 12 s ago" in shown
        assert self._chip(client.get(f"/brokers/accounts/{account_id}/chip").text) == shown

    def test_a_member_sees_figures_and_no_connection(
        self,
        app: Flask,
        practice: BrokerConnection,
        client: FlaskClient,
        seat: Seat,
        manager: BrokerManager,
        clock: Clock,
    ) -> None:
        member = make_user("jon@example.org", "Jon Berg")
        account_id = self._work_on(client, seat)
        own = next(one for one in seats_of(seat.user) if str(one.account.id) == account_id)
        set_member(own, parse(MemberInput, {"email": member.email, "role": MemberRole.VIEWER}))
        snapshots.sync(manager, seat.user, practice.id, clock())
        page = sign_in(app, member).get("/").text
        assert "Simulated SIMULATED synced 0 s ago" in self._chip(page)
        assert f"connection-{practice.id}" not in page
        assert f'hx-trigger="account-{account_id} from:body"' in page

    def test_an_account_by_hand_has_none(self, client: FlaskClient, seat: Seat) -> None:
        assert client.get(f"/brokers/accounts/{seat.account.id}/chip").status_code == 404

    @staticmethod
    def _work_on(client: FlaskClient, seat: Seat) -> str:
        client.post("/accounts/switch", data={"account_id": str(seat.account.id)})
        assert "conns" not in client.get("/").text
        found = re.search(r'name="account_id" value="([^"]+)"><button[^>]*>Work on it', client.get("/brokers").text)
        assert found
        client.post("/accounts/switch", data={"account_id": found[1]})
        return found[1]

    @staticmethod
    def _chip(page: str) -> str:
        found = re.search(r'<(a|span) class="conn".*?</\1>(?=</div>|\s*$)', page, re.DOTALL)
        assert found
        return texts(found[0]).strip()
