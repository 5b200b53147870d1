"""Keys from the server's environment: for an installation of one person, stored nowhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from tests.brokers.alpaca.venue.venue import KEYS, Venue, alpaca_venue
from tests.conftest import Clock
from tests.services import connected
from trenddojo.brokers.manager import BrokerManager
from trenddojo.domain.terms import Role
from trenddojo.services import brokerage, connections, doctor
from trenddojo.services.errors import Invalid
from trenddojo.services.faults import Refused
from trenddojo.store.database import db, discard
from trenddojo.store.models import User

ASKED = {"broker": "alpaca", "mode": "paper", "credentials": {}}


@pytest.fixture
def venue(clock: Clock) -> Iterator[Venue]:
    with alpaca_venue(clock) as made:
        yield made


def furnished(app: Flask, venue: Venue, secret: str = KEYS[1]) -> BrokerManager:
    variables = {
        "ALPACA_BASE_URL": venue.base_url, "ALPACA_DATA_URL": venue.data_url,
        "ALPACA_API_KEY": KEYS[0], "ALPACA_SECRET_KEY": secret,
    }  # fmt: skip
    return connected.furnish(app, **connected.INTEGRATIONS, production=False, variables=variables)


def another(app: Flask, user: User) -> None:
    person = User(
        email="two@example.org", name="Two", role=Role.TRADER, time_zone="UTC", password_hash="-",
        created_at=user.created_at,
    )  # fmt: skip
    db.session.add(person)
    db.session.commit()


def test_one_person_may_leave_the_fields_empty(app: Flask, venue: Venue, user: User) -> None:
    manager = furnished(app, venue)
    made = connected.connect(manager, user, ASKED)
    connection_id = made.connection.id
    assert made.accounts[0].account_id == venue.account.id
    assert db.session.execute(text("SELECT count(*) FROM broker_credentials")).scalar() == 0
    discard()
    assert connections.reconnect(manager, user, connection_id).error is None
    manager.close()


def test_typed_keys_go_before_the_servers(app: Flask, venue: Venue, user: User) -> None:
    manager = furnished(app, venue, secret="another-secret-0000")
    with pytest.raises(Refused):
        connected.connect(manager, user, ASKED)
    typed = {"api_key": KEYS[0], "secret_key": KEYS[1]}
    assert connected.connect(manager, user, {**ASKED, "credentials": typed}).accounts
    manager.close()


def test_with_a_second_person_nobody_trades_with_the_servers_keys(app: Flask, venue: Venue, user: User) -> None:
    manager = furnished(app, venue)
    connection = connected.connect(manager, user, ASKED).connection.id
    another(app, user)
    with pytest.raises(Invalid) as met:
        connected.connect(manager, user, {**ASKED, "name": "again"})
    assert set(met.value.fields) == {"api_key", "secret_key"}
    manager.disconnect(connection)
    with pytest.raises(Refused, match="no credentials"):
        connections.reconnect(manager, user, connection)
    manager.close()


def test_the_doctor_and_the_start_name_a_bad_address(app: Flask) -> None:
    connected.furnish(app, production=True, variables={"ALPACA_BASE_URL": "https://evil.example.com"})
    config = app.extensions["trenddojo"].config
    (sentence,) = brokerage.misset(config)
    assert sentence.startswith("ALPACA_BASE_URL names evil.example.com, and may name ")
    assert sentence in [one.sentence for one in doctor.examine(config) if not one.is_well]
