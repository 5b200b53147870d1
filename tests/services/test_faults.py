"""Each code's remedy is applied once and in one place, and a connection's state tells the truth."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask

from tests.conftest import NOW
from tests.services.fake_broker import KEYS
from tests.services.keyed import connected
from trenddojo.brokers.errors import REMEDIES, Act, BrokerError, BrokerErrorCode
from trenddojo.brokers.manager import Link
from trenddojo.brokers.types import ConnectionStatus
from trenddojo.domain.terms import Mode
from trenddojo.services import alerts, faults, topics
from trenddojo.services.connections import link_of
from trenddojo.store.database import db
from trenddojo.store.models import BrokerConnection, ConnectionState, User

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def connection(user: User) -> BrokerConnection:
    made = connected(user)
    made.state = ConnectionState.CONNECTED
    db.session.commit()
    return made


def meet(connection: BrokerConnection, code: BrokerErrorCode, now: datetime = NOW) -> None:
    link = link_of(connection)
    faults.handle(link, BrokerError("It says no.", code, link.broker, {"k": "v"}), "reading positions", now)


def see(
    connection: BrokerConnection,
    *,
    connected: bool = True,
    healthy: bool = True,
    error: str | None = None,
    next_try: datetime | None = None,
    now: datetime = NOW,
) -> BrokerConnection:
    status = ConnectionStatus(is_connected=connected, is_healthy=healthy, error=error, since=NOW)
    faults.observed(link_of(connection), status, next_try, now)
    return connection


class TestRemedies:
    @pytest.mark.parametrize("code", list(BrokerErrorCode))
    def test_every_code(
        self, user: User, connection: BrokerConnection, code: BrokerErrorCode, caplog: pytest.LogCaptureFixture
    ) -> None:
        acts = REMEDIES[code].acts
        with caplog.at_level(logging.WARNING, logger=faults.__name__):
            meet(connection, code)
        assert alerts.unread(user) == (Act.NOTIFY in acts)
        assert (connection.state is ConnectionState.SIGN_IN_DUE) == (Act.REAUTHENTICATE in acts)
        assert bool(caplog.records) == (Act.LOG in acts)
        assert (connection.error == "It says no.") == faults.lasts(code)

    def test_the_alert_says_what_and_what_next(self, user: User, connection: BrokerConnection) -> None:
        meet(connection, BrokerErrorCode.AUTHENTICATION_FAILED)
        (alert,) = alerts.alerts_of(user).alerts
        assert (alert.title, alert.connection_id) == ("Main: It says no.", connection.id)
        assert alert.next_step == REMEDIES[BrokerErrorCode.AUTHENTICATION_FAILED].next_step

    def test_what_lasts_rings_once_and_what_happens_each_time(self, user: User, connection: BrokerConnection) -> None:
        for code, rings in ((BrokerErrorCode.GATEWAY_NOT_RUNNING, 0), (BrokerErrorCode.INSUFFICIENT_FUNDS, 1)):
            meet(connection, code)
            alerts.mark_read(user, NOW)
            meet(connection, code, LATER)
            assert alerts.unread(user) == rings

    def test_one_request_that_fails_is_no_trouble_of_the_connection(self, connection: BrokerConnection) -> None:
        meet(connection, BrokerErrorCode.INSUFFICIENT_FUNDS)
        assert (connection.error, connection.error_code, connection.state) == (None, None, ConnectionState.CONNECTED)

    def test_an_ended_or_unknown_connection_rings_nothing(self, user: User, connection: BrokerConnection) -> None:
        connection.is_active = False
        db.session.commit()
        meet(connection, BrokerErrorCode.AUTHENTICATION_FAILED)
        stranger = Link(uuid4(), user.id, "secretive", Mode.PAPER, {})
        faults.handle(stranger, BrokerError("No.", BrokerErrorCode.API_ERROR, "secretive"), "reading", NOW)
        assert alerts.unread(user) == 0
        assert connection.state is ConnectionState.CONNECTED

    def test_the_log_has_no_details(self, connection: BrokerConnection, caplog: pytest.LogCaptureFixture) -> None:
        error = BrokerError("It says no.", BrokerErrorCode.UNKNOWN, "secretive", {"body": KEYS["secret_key"]})
        faults.handle(link_of(connection), error, "reading positions", NOW)
        assert "reading positions: UNKNOWN It says no." in caplog.text
        assert KEYS["secret_key"] not in caplog.text


class TestState:
    @pytest.mark.parametrize(
        ("connected", "healthy", "state"),
        [
            (True, True, ConnectionState.CONNECTED),
            (True, False, ConnectionState.UNHEALTHY),
            (False, False, ConnectionState.DOWN),
        ],
    )
    def test_as_it_was_seen(
        self, connection: BrokerConnection, connected: bool, healthy: bool, state: ConnectionState
    ) -> None:
        assert see(connection, connected=connected, healthy=healthy).state is state

    def test_since_when_and_when_next(self, connection: BrokerConnection) -> None:
        see(connection, connected=False, error="No answer.", next_try=LATER, now=NOW + timedelta(seconds=5))
        see(connection, connected=False, error="No answer.", next_try=LATER, now=NOW + timedelta(seconds=9))
        assert connection.state_since == NOW + timedelta(seconds=5)
        assert connection.checked_at == NOW + timedelta(seconds=9)
        assert (connection.error, connection.next_try_at) == ("No answer.", LATER)

    def test_due_to_sign_in_it_stays_so_until_it_is_connected(self, connection: BrokerConnection) -> None:
        meet(connection, BrokerErrorCode.SESSION_EXPIRED)
        assert see(connection, connected=False, error="It says no.").state is ConnectionState.SIGN_IN_DUE
        assert see(connection).state is ConnectionState.CONNECTED

    def test_well_again_lasting_troubles_are_over_and_others_are_not(
        self, user: User, connection: BrokerConnection
    ) -> None:
        meet(connection, BrokerErrorCode.GATEWAY_NOT_RUNNING)
        meet(connection, BrokerErrorCode.INSUFFICIENT_FUNDS)
        see(connection, now=LATER)
        assert (connection.error, connection.error_code) == (None, None)
        over = {one.code: one.resolved_at for one in alerts.alerts_of(user).alerts}
        assert over == {"GATEWAY_NOT_RUNNING": LATER, "INSUFFICIENT_FUNDS": None}

    def test_pages_hear_of_a_change_and_not_of_a_look(self, user: User, connection: BrokerConnection) -> None:
        see(connection, connected=False, error="No answer.")
        assert topics.changed_since(user, 0)[1] == [topics.connection(connection.id)]
        version = topics.present()
        see(connection, connected=False, error="No answer.", now=LATER)
        assert topics.present() == version

    def test_an_ended_connection_stays_as_it_ended(self, connection: BrokerConnection) -> None:
        connection.is_active, connection.state = False, ConnectionState.DISCONNECTED
        db.session.commit()
        assert see(connection).state is ConnectionState.DISCONNECTED


def test_nobody_is_left_in_a_transaction(app: Flask, connection: BrokerConnection) -> None:
    link = link_of(connection)
    status = ConnectionStatus(is_connected=True, is_healthy=True, error=None, since=NOW)
    faults.observed(link, status, None, NOW)
    assert not db.session().in_transaction()
    faults.handle(link, BrokerError("No.", BrokerErrorCode.TIMEOUT, "secretive"), "reading", NOW)
    assert not db.session().in_transaction()
