"""What each mode allows, row by row of the table of modes."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.conftest import settings
from trenddojo.brokers.manager import Purpose
from trenddojo.domain.terms import Mode
from trenddojo.services import modes
from trenddojo.services.modes import INTEGRATIONS_OFF, LIVE_OFF, LOCKED

SERVERS = {
    "off": {},
    "on": {"ENABLE_BROKER_INTEGRATIONS": "true", "BROKER_ENCRYPTION_KEY": "k" * 40},
    "live": {
        "ENABLE_BROKER_INTEGRATIONS": "true",
        "ENABLE_LIVE_TRADING": "true",
        "BROKER_ENCRYPTION_KEY": "k" * 40,
    },
}
EVERY = list(Purpose)
TABLE = [
    *((server, Mode.MOCK, purpose, unlocked, "") for server in SERVERS for purpose in EVERY for unlocked in (0, 1)),
    *(("off", Mode.PAPER, purpose, unlocked, INTEGRATIONS_OFF) for purpose in EVERY for unlocked in (0, 1)),
    *((server, Mode.PAPER, purpose, 0, "") for server in ("on", "live") for purpose in EVERY),
    *(("off", Mode.LIVE, purpose, unlocked, INTEGRATIONS_OFF) for purpose in EVERY for unlocked in (0, 1)),
    *(("on", Mode.LIVE, purpose, unlocked, LIVE_OFF) for purpose in EVERY for unlocked in (0, 1)),
    ("live", Mode.LIVE, Purpose.READ, 0, ""),
    ("live", Mode.LIVE, Purpose.PROTECT, 0, ""),
    ("live", Mode.LIVE, Purpose.TRADE, 0, LOCKED),
    ("live", Mode.LIVE, Purpose.TRADE, 1, ""),
]


@pytest.mark.parametrize(("server", "mode", "purpose", "unlocked", "sentence"), TABLE)
def test_table(server: str, mode: Mode, purpose: Purpose, unlocked: int, sentence: str) -> None:
    config = settings("sqlite:////x.db", **SERVERS[server])
    assert modes.allowed(config, mode, purpose, bool(unlocked)) == sentence


def test_nothing_is_unlocked_outside_of_a_request(app: Flask) -> None:
    app.extensions[modes.EXTENSION] = lambda: True
    assert not modes.is_unlocked()
    with app.test_request_context():
        assert modes.is_unlocked()


def test_a_fresh_request_is_locked(furnished: Flask) -> None:
    with furnished.test_request_context():
        assert not modes.is_unlocked()
