"""No key, secret or account number of Alpaca's turns up in a log line, an error, a page, an answer or an entry."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from threading import Event

import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import Clock, sign_in
from tests.orders.pit import Pit, pit
from trenddojo.services.errors import ServiceError
from trenddojo.services.orders import rounds
from trenddojo.services.orders.nudges import nudges
from trenddojo.store.database import db
from trenddojo.store.models import User

KEYS = ("PKCANARYKEY7F3A00000", "canary-secret-7f3a-0000000000000000000")
PAGES = (
    "/", "/brokers", "/orders", "/trades", "/alerts", "/audit", "/system", "/reports", "/api/brokers", "/api/orders",
    "/api/audit", "/api/accounts",
)  # fmt: skip


@pytest.fixture
def desk(app: Flask, clock: Clock, user: User) -> Iterator[Pit]:
    clock.now = clock.now.replace(hour=15)
    with pit(app, clock, user, keys=KEYS) as made:
        yield made


def echoing(desk: Pit) -> dict[str, object]:
    """A refusal that repeats everything that it should not."""
    number = desk.venue.account.number
    return {
        "code": 42210000, "account_number": number, "key": KEYS[0],
        "message": f"account {number} with key {KEYS[0]} and secret {KEYS[1]} was refused",
    }  # fmt: skip


def provoked(desk: Pit) -> list[str]:
    """A day on which all goes wrong: what every error says."""
    said: list[str] = []
    heard = Event()
    nudges(desk.app).wake = heard.set
    desk.enter(desk.plan())
    assert heard.wait(10)
    faults = desk.venue.faults
    asked = (("POST", "/v2/orders"), ("GET", r"/v2/orders$"), ("GET", "/v2/account$"), ("GET", "activities"))
    for method, path in asked:
        faults.refuse(method, path, 422, echoing(desk))
        said += _attempted(desk)
        faults.bad_gateway(method, path, times=3)
        said += _attempted(desk)
    desk.venue.streams.drop()
    faults.forbid("GET", "/v2/", times=None)
    said += _attempted(desk)
    faults.clear()
    return said


def _attempted(desk: Pit) -> list[str]:
    """An order and a sync: what they say against it."""
    desk.turn(seconds=120)
    user, link = desk.seat.user, desk.desk.link
    acts: list[Callable[[], object]] = [
        lambda: desk.place(desk.plan("AAPL"), order_type="market"),
        lambda: rounds.sync_now(desk.manager, user, link.connection_id, desk.clock()),
    ]
    said = []
    for act in acts:
        try:
            act()
        except ServiceError as error:
            said.append(f"{error} {getattr(error, 'details', '')}")
    return said


def test_nothing_tells_a_secret(desk: Pit, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    said = provoked(desk)
    assert said
    browser = sign_in(desk.app, desk.seat.user)
    pages = {path: browser.get(path) for path in PAGES}
    assert {page.status_code for page in pages.values()} == {200}
    rows = [
        dict(row._mapping)
        for table in ("audit_log", "order_events", "order_attempts", "alerts", "orders", "broker_connections")
        for row in db.session.execute(text(f"SELECT * FROM {table}"))
    ]
    told = {
        "errors": " ".join(said),
        "log": caplog.text,
        "rows": json.dumps(rows, default=str),
        **{path: page.text for path, page in pages.items()},
    }
    canaries = (*KEYS, desk.venue.account.number)
    assert [(where, one) for where, what in told.items() for one in canaries if one in what] == []
    assert caplog.records
