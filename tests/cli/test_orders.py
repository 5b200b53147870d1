"""`flask sync` and `flask reconcile`."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.conftest import Clock
from tests.orders.floor import D, Floor, floor
from tests.services.connected import owned_by_another
from trenddojo.store.database import db, discard
from trenddojo.store.models import PositionCheck, User


@pytest.fixture
def desk(app: Flask, clock: Clock, user: User) -> Floor:
    made = floor(app, clock, user)
    made.enter(made.plan())
    discard()
    return made


def test_sync_asks_and_says_what_it_did(app: Flask, desk: Floor) -> None:
    reply = app.test_cli_runner().invoke(args=["sync"])
    assert (reply.exit_code, reply.output) == (0, "Simulated: 3 calls, nothing new.\n")


def test_an_account_that_there_is_none_of(app: Flask, desk: Floor) -> None:
    reply = app.test_cli_runner().invoke(args=["sync", "--account", "Nobody's"])
    assert (reply.exit_code, reply.stderr) == (1, "Error: There is no such account at a broker.\n")


def test_beside_a_running_server_it_says_so(app: Flask, desk: Floor) -> None:
    owned_by_another(app, "the server")
    reply = app.test_cli_runner().invoke(args=["sync"])
    assert reply.exit_code == 1
    assert "Another process of this server talks to the brokers" in reply.stderr


def test_reconcile_itemises_what_matches_and_what_differs(app: Flask, desk: Floor) -> None:
    reply = app.test_cli_runner().invoke(args=["reconcile", "--report"])
    assert reply.exit_code == 0
    assert "match, 0 differ" in reply.output
    assert "ok  position  NVDA: ours 10" in reply.output
    db.session.add(PositionCheck(account_id=desk.account_id, symbol="AAPL", difference=D(5), passes=2))
    db.session.commit()
    reply = app.test_cli_runner().invoke(args=["reconcile", "--report", "--account", "Simulated"])
    assert (reply.exit_code, "!!  position  AAPL" in reply.output) == (1, True)
