"""The price feed of an Alpaca connection: one of those that its spec offers, in the forms, the API and its document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.orders.pit import Pit, pit
from tests.services.connected import INTEGRATIONS, furnish
from tests.web.api.desk import Program
from trenddojo.brokers.manager import BrokerManager
from trenddojo.brokers.registry import spec_of
from trenddojo.brokers.types import Timeframe
from trenddojo.store.database import db, discard
from trenddojo.store.models import BrokerConnection, User
from trenddojo.web.api.openapi import document

FEEDS = ["iex", "sip", "delayed_sip"]
SENTENCE = "Choose one of iex, sip and delayed_sip."
TYPED = {
    "broker": "alpaca", "mode": "paper", "name": "Mine", "field-api_key": "PKTYPED0001", "field-secret_key": "s" * 40,
}  # fmt: skip


@pytest.fixture
def manager(app: Flask) -> Iterator[BrokerManager]:
    found = furnish(app, **INTEGRATIONS)
    yield found
    found.close()


@pytest.fixture
def desk(app: Flask, clock: Clock, user: User) -> Iterator[Pit]:
    clock.now = clock.now.replace(hour=15)
    with pit(app, clock, user) as made:
        yield made


@pytest.fixture
def program(app: Flask, user: User) -> Program:
    return Program(app, user)


def offered(page: str) -> list[tuple[str, str]]:
    """The select's options by value, each with whether it is the chosen one."""
    (select,) = re.findall(r'<select [^>]*name="field-feed".*?</select>', page, re.DOTALL)
    return re.findall(r'<option value="([^"]*)"( selected)?>', select)


def stored(desk: Pit) -> BrokerConnection:
    db.session.expire_all()
    found = db.session.get(BrokerConnection, UUID(str(desk.desk.link.connection_id)))
    assert found is not None
    return found


def kept(desk: Pit, **settings: str) -> None:
    """The connection as one that was made when the form asked for something else."""
    stored(desk).settings = settings
    db.session.commit()


class TestForm:
    def test_it_offers_what_the_spec_has(self, client: FlaskClient, manager: BrokerManager) -> None:
        page = client.get("/brokers?broker=alpaca&mode=paper").text
        assert offered(page) == [("iex", " selected"), ("sip", ""), ("delayed_sip", "")]
        (field,) = (one for one in spec_of("alpaca").fields if one.name == "feed")
        assert [one.value for one in field.choices] == FEEDS
        assert all(f">{one.label}</option>" in page for one in field.choices)

    def test_any_other_is_refused_by_the_field_and_stays(self, client: FlaskClient, manager: BrokerManager) -> None:
        answer = client.post("/brokers/connect", data={**TYPED, "field-feed": "otc"})
        assert answer.status_code == 422
        assert offered(answer.text) == [("iex", ""), ("sip", ""), ("delayed_sip", ""), ("otc", " selected")]
        assert re.search(r'id="f-field-feed"[^>]* aria-invalid="true" aria-describedby="f-field-feed-e', answer.text)
        assert f"{SENTENCE}</p>" in answer.text
        assert 'name="name" value="Mine"' in answer.text

    def test_what_was_chosen_stays_beside_another_fault(self, client: FlaskClient, manager: BrokerManager) -> None:
        answer = client.post("/brokers/connect", data={**TYPED, "field-api_key": "x", "field-feed": "delayed_sip"})
        assert answer.status_code == 422
        assert offered(answer.text) == [("iex", ""), ("sip", ""), ("delayed_sip", " selected")]


def chosen(client: FlaskClient, desk: Pit, feed: str) -> None:
    """The feed changed on the page of the connection's keys."""
    key, secret = desk.venue.keys
    sent = {"field-api_key": key, "field-secret_key": secret, "field-feed": feed}
    assert client.post(f"/brokers/{desk.desk.link.connection_id}/keys", data=sent).status_code == 303


class TestKept:
    def test_the_free_one_where_none_was_chosen(self, desk: Pit) -> None:
        assert stored(desk).settings == {"feed": "iex"}

    def test_another_is_tried_and_kept(self, client: FlaskClient, desk: Pit) -> None:
        chosen(client, desk, "delayed_sip")
        assert stored(desk).settings == {"feed": "delayed_sip"}
        page = client.get(f"/brokers/{desk.desk.link.connection_id}/keys").text
        assert offered(page)[2] == ("delayed_sip", " selected")

    def test_what_is_late_has_late_bars_too(self, client: FlaskClient, desk: Pit) -> None:
        chosen(client, desk, "delayed_sip")
        discard()
        broker, now, minute = desk.desk.client(desk.manager), desk.clock(), timedelta(minutes=1)
        assert broker.get_quotes(["NVDA"])["NVDA"].is_delayed
        late = broker.get_bars("NVDA", Timeframe.MINUTE, now - 60 * minute, now)
        assert now - 20 * minute < late[-1].at < now - 15 * minute
        assert broker.get_bars("NVDA", Timeframe.MINUTE, now - 10 * minute, now) == []

    def test_one_that_is_offered_no_more_is_told_by_the_field(self, client: FlaskClient, desk: Pit) -> None:
        kept(desk, feed="otc")
        page = client.get(f"/brokers/{desk.desk.link.connection_id}/keys").text
        assert offered(page)[3] == ("otc", " selected")
        assert f"{SENTENCE}</p>" in page

    def test_a_connection_from_before_the_field_shows_the_free_one(self, client: FlaskClient, desk: Pit) -> None:
        kept(desk)
        page = client.get(f"/brokers/{desk.desk.link.connection_id}/keys").text
        assert offered(page) == [("iex", " selected"), ("sip", ""), ("delayed_sip", "")]
        assert SENTENCE not in page


class TestApi:
    def test_any_other_is_refused_by_its_name(self, program: Program, manager: BrokerManager) -> None:
        keys = {"api_key": "PKTYPED0001", "secret_key": "s" * 40}
        body = {"mode": "paper", "credentials": {**keys, "feed": "otc"}}
        assert program.post("/brokers/alpaca/connect", body, 400)["error"]["fields"] == {"feed": SENTENCE}

    def test_the_brokers_list_says_what_may_be_sent(self, program: Program) -> None:
        alpaca = next(one for one in program.get("/brokers")["items"] if one["name"] == "alpaca")
        feed = next(one for one in alpaca["fields"] if one["name"] == "feed")
        assert feed["kind"] == "choice"
        assert [one["value"] for one in feed["choices"]] == FEEDS
        assert all(one["choices"] == [] for one in alpaca["fields"] if one["kind"] != "choice")

    def test_the_document_says_enum(self) -> None:
        credentials = document()["components"]["schemas"]["ConnectBody"]["properties"]["credentials"]
        assert credentials["properties"]["feed"] == {"type": "string", "enum": FEEDS}
        assert credentials["additionalProperties"]["type"] == "string"
