"""The manager's ports: each with a session of its own, and none that lets the broker's answer be lost."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from flask import Flask

from tests.conftest import NOW, Clock
from tests.services.connected import FAKE, INTEGRATIONS, connect, furnish, owned_by_another, with_fake
from tests.services.fake_broker import KEYS, World
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.manager import BrokerManager
from trenddojo.security.vault import Vault
from trenddojo.services import brokerage, connections, credentials, faults, leases
from trenddojo.services.brokerage import StoredLedger, StoredTokens
from trenddojo.services.connections import link_of
from trenddojo.store.database import Unavailable, db
from trenddojo.store.models import BrokerCredential, User
from trenddojo.web import deps


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return with_fake(monkeypatch)


@pytest.fixture
def manager(app: Flask, world: World) -> Iterator[BrokerManager]:
    found = furnish(app, **INTEGRATIONS)
    yield found
    found.close()


def test_the_web_has_the_manager(furnished: Flask) -> None:
    with furnished.test_request_context():
        assert isinstance(deps.manager(), BrokerManager)


class TestLedger:
    def test_texts_are_kept_by_key_and_connection(self, app: Flask, manager: BrokerManager, user: User) -> None:
        first, second = (connect(manager, user, FAKE, name=name).connection.id for name in "AB")
        db.session.commit()
        mine, other = StoredLedger(app, first), StoredLedger(app, second)
        mine.save({"a": "1", "b": "2"})
        mine.save({"b": "3", "c": "{}"})
        mine.save({})
        assert mine.load() == {"a": "1", "b": "3", "c": "{}"}
        assert other.load() == {}
        other.save({"a": "9"})
        mine.clear()
        assert (mine.load(), other.load()) == ({}, {"a": "9"})

    def test_the_callers_transaction_is_left_alone(self, app: Flask, manager: BrokerManager, user: User) -> None:
        connection_id = connect(manager, user, FAKE).connection.id
        db.session.commit()
        StoredLedger(app, connection_id).save({"a": "1"})
        assert not db.session().in_transaction()


class TestTokens:
    def test_kept_beside_the_other_credentials(
        self, app: Flask, manager: BrokerManager, user: User, clock: Clock
    ) -> None:
        connection_id = connect(manager, user, FAKE).connection.id
        db.session.commit()
        tokens = StoredTokens(app, connection_id, clock)
        tokens.write({"refresh_token": "r1"})
        tokens.write({"refresh_token": "r2"})
        expected = {"api_key": KEYS["api_key"], "secret_key": KEYS["secret_key"], "refresh_token": "r2"}
        assert tokens.read() == expected
        assert credentials.reveal(connection_id) == expected

    def test_an_ended_connection_keeps_none(self, app: Flask, manager: BrokerManager, user: User, clock: Clock) -> None:
        connection_id = connect(manager, user, FAKE).connection.id
        connections.disconnect(manager, user, connection_id, NOW)
        db.session.commit()
        tokens = StoredTokens(app, connection_id, clock)
        tokens.write({"refresh_token": "r1"})
        assert tokens.read() == {}
        assert db.session.get(BrokerCredential, connection_id) is None


class TestSecrets:
    def test_missing_ones_are_a_matter_of_signing_in(self, manager: BrokerManager, user: User) -> None:
        connection = connect(manager, user, FAKE).connection
        link = link_of(connection)
        credentials.forget(connection)
        db.session.commit()
        with pytest.raises(BrokerError) as refusal:
            manager.connect(link)
        assert (refusal.value.code, refusal.value.broker) == (BrokerErrorCode.AUTHENTICATION_FAILED, "fake")

    def test_sealed_with_another_key_they_do_not_open(self, app: Flask, manager: BrokerManager, user: User) -> None:
        link = link_of(connect(manager, user, FAKE).connection)
        db.session.commit()
        app.extensions["vault"] = Vault("another-key-" * 3)
        with pytest.raises(BrokerError) as refusal:
            manager.connect(link)
        assert refusal.value.code is BrokerErrorCode.AUTHENTICATION_FAILED
        assert KEYS["secret_key"] not in refusal.value.message


def test_a_database_that_is_gone_is_logged_and_the_answer_is_not_lost(
    manager: BrokerManager,
    user: User,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    link = link_of(connect(manager, user, FAKE).connection)
    db.session.commit()

    def gone(*_given: object) -> None:
        raise Unavailable("UPDATE", {}, Exception("gone"))

    monkeypatch.setattr(faults, "observed", gone)
    monkeypatch.setattr(faults, "handle", gone)
    world.fail("get_positions", BrokerErrorCode.API_ERROR)
    with caplog.at_level(logging.ERROR, logger=brokerage.__name__), pytest.raises(BrokerError) as refusal:
        manager.client_for(link, "F-1").get_positions()
    assert refusal.value.code is BrokerErrorCode.API_ERROR
    assert "could not be written down" in caplog.text


def test_only_the_holder_of_the_lease_talks_to_brokers(
    app: Flask, manager: BrokerManager, user: User, world: World
) -> None:
    link = link_of(connect(manager, user, FAKE).connection)
    db.session.commit()
    owned_by_another(app)
    world.asked.clear()
    with pytest.raises(BrokerError):
        manager.connect(link)
    assert not world.asked


def test_closed_the_next_process_may_begin_at_once(app: Flask, user: User, clock: Clock) -> None:
    connect(furnish(app), user)
    db.session.commit()
    brokerage.close(app)
    assert leases.acquire(leases.BROKERS, "the next process", leases.TTL, clock()) == 2
