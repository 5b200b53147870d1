"""`flask sync` and `flask reconcile`."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask

from tests.conftest import Clock
from tests.orders.floor import D, Floor, floor
from tests.services.brought import bring, looked_at, say, worked
from tests.services.connected import owned_by_another
from tests.services.told import ACTIVITY
from trenddojo.services.imports import acts
from trenddojo.store.database import db, discard
from trenddojo.store.models import PositionCheck, User
from trenddojo.store.seats import Seat


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
    assert "ok  position    NVDA: ours 10" in reply.output
    db.session.add(PositionCheck(account_id=desk.account_id, symbol="AAPL", difference=D(5), passes=2))
    db.session.commit()
    reply = app.test_cli_runner().invoke(args=["reconcile", "--report", "--account", "Simulated"])
    assert (reply.exit_code, "!!  position    AAPL" in reply.output) == (1, True)


def test_reconcile_beside_a_statement(app: Flask, seat: Seat) -> None:
    row = bring(seat, ACTIVITY, "March.csv").row
    say(seat, row, zone="America/New_York")
    acts.take(seat, worked(row.id).id, {})
    told = str(worked(row.id).id)
    run = app.test_cli_runner().invoke
    reply = run(args=["reconcile", "--statement", told])
    assert reply.exit_code == 1
    head, *lines = reply.output.splitlines()
    assert head == "Trend Core, March.csv, 2026-03-02 to 2026-03-31: 1 agree, 3 differ"
    position = "NVDA: ours 0, theirs 10. Fills that the books lack, a purchase of 10 in all, or as many that they have"
    assert lines == [
        f"  !!  position    {position} too much.",
        "  ok  realised    AAPL: ours 548.00, theirs 548.00.",
        "  !!  fees        ours 2.00, theirs 7.50. The broker took 5.50 that the books do not have.",
        "  !!  cash        ours 100,548.00, theirs 99,541.50. The fills that the books lack were paid for.",
    ]


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        ([str(UUID(int=1))], 1, "There is no such import."),
        (["March.csv"], 2, "'March.csv' is not a valid UUID."),
        ([str(UUID(int=1)), "--report"], 2, "--statement goes alone"),
    ],
)
def test_a_statement_that_cannot_be_compared(app: Flask, options: list[str], code: int, sentence: str) -> None:
    reply = app.test_cli_runner().invoke(args=["reconcile", "--statement", *options])
    assert (reply.exit_code, sentence in reply.stderr) == (code, True), reply.stderr


def test_a_statement_of_fills_alone_is_not_compared(app: Flask, seat: Seat) -> None:
    told = str(looked_at(seat).id)
    reply = app.test_cli_runner().invoke(args=["reconcile", "--statement", told])
    assert (reply.exit_code, "This statement tells fills only" in reply.stderr) == (1, True)
