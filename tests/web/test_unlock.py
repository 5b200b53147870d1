"""The lock of live trading: opened by the password, kept open by activity, and by nothing else."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import PASSWORD, Clock, make_user, sign_in
from tests.web.api.desk import Program
from trenddojo.domain.terms import Mode
from trenddojo.runtime import Runtime, install
from trenddojo.store.models import User
from trenddojo.web import deps

LOCKED, OPEN = 'h-lock">Unlock live trading<', 'h-lock">Unlocked<'


@pytest.fixture(autouse=True)
def _live(app: Flask) -> None:
    """A server that trades live."""
    parts: Runtime = app.extensions["trenddojo"]
    config = replace(parts.config, enable_broker_integrations=True, enable_live_trading=True)
    install(app, Runtime(config, parts.clock))


def unlock(browser: FlaskClient, password: str = PASSWORD, **sent: str) -> object:
    return browser.post("/unlock", data={"password": password, **sent})


def is_open(browser: FlaskClient, by_itself: bool = True) -> bool:
    """Whether trading is unlocked; asked as a page asks by itself, which keeps nothing open."""
    page = browser.get("/unlock", headers={"X-Pulse": "1"} if by_itself else {}).text
    assert (LOCKED in page) is not (OPEN in page)
    return OPEN in page


def test_it_is_locked_until_the_password_is_typed(client: FlaskClient) -> None:
    assert not is_open(client)
    assert re.search(r'lock-chip".*</svg>locked</a>', client.get("/").text)
    answer = client.post("/unlock", data={"password": PASSWORD, "next": "/risk"})
    assert answer.location == "/risk"
    assert is_open(client)
    assert re.search(r'data-left="unlocked " data-over="locked">unlocked 15 min<', client.get("/").text)


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD.upper(), "x" * 2000])
def test_a_wrong_password(client: FlaskClient, password: str) -> None:
    answer = client.post("/unlock", data={"password": password})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert not is_open(client)


def test_elsewhere_it_does_not_lead(client: FlaskClient) -> None:
    assert client.post("/unlock", data={"password": PASSWORD, "next": "https://evil.example"}).location == "/"


def test_tries_are_limited(client: FlaskClient) -> None:
    for _ in range(5):
        assert client.post("/unlock", data={"password": "wrong"}).status_code == 422
    answer = client.post("/unlock", data={"password": PASSWORD})
    assert answer.status_code == 429
    assert "Too many tries." in answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert not is_open(client)


def test_it_locks_at_a_press(client: FlaskClient) -> None:
    unlock(client)
    client.post("/unlock/lock")
    assert not is_open(client)


def test_it_locks_after_fifteen_minutes_without_use(client: FlaskClient, clock: Clock) -> None:
    unlock(client)
    clock.turn(minutes=14, seconds=59)
    assert is_open(client)
    clock.turn(seconds=1)
    assert not is_open(client)


def test_it_does_not_open_again_by_itself(client: FlaskClient, clock: Clock) -> None:
    unlock(client)
    clock.turn(minutes=15)
    client.get("/")
    clock.turn(minutes=-5)
    assert not is_open(client)


def test_use_keeps_it_open(client: FlaskClient, clock: Clock) -> None:
    unlock(client)
    for _ in range(10):
        clock.turn(minutes=14)
        assert is_open(client, by_itself=False)


def test_an_open_page_does_not_keep_it_open(client: FlaskClient, clock: Clock) -> None:
    unlock(client)
    for _ in range(29):
        clock.turn(seconds=30)
        assert client.get("/pulse?seen=0").status_code in (200, 204)
        client.get("/alerts/bell", headers={"X-Pulse": "1", "HX-Request": "true"})
    assert is_open(client)
    clock.turn(seconds=30)
    assert not is_open(client)


def test_signing_out_locks(client: FlaskClient, app: Flask, user: User) -> None:
    unlock(client)
    client.post("/sign-out")
    client.post("/sign-in", data={"email": user.email, "password": PASSWORD})
    assert not is_open(client)


def test_it_opens_one_browser(app: Flask, client: FlaskClient, user: User) -> None:
    unlock(client)
    assert not is_open(sign_in(app, user))


def test_a_token_opens_nothing(app: Flask, client: FlaskClient, user: User) -> None:
    program = Program(app, user)
    unlock(client)
    with client:
        client.get("/api/accounts")
        assert deps.trading_unlocked()
        client.get("/api/accounts", headers={"Authorization": f"Bearer {program.secret}"})
        assert not deps.trading_unlocked()
    assert is_open(client)


class TestChip:
    def test_it_does_not_bother_whom_it_does_not_concern(self, app: Flask, client: FlaskClient) -> None:
        assert "lock-chip" in client.get("/").text
        parts: Runtime = app.extensions["trenddojo"]
        install(app, Runtime(replace(parts.config, enable_live_trading=False), parts.clock))
        assert "lock-chip" not in client.get("/").text
        assert "Live trading is off on this server." in client.get("/unlock").text

    def test_strangers_sign_in_first(self, app: Flask, user: User) -> None:
        make_user("pia@example.org", "Pia Holm")
        for path in ("/unlock", "/unlock/lock"):
            assert app.test_client().post(path).location.startswith("/sign-in")


def test_the_live_mode_of_the_connect_form_opens_with_it(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.services.connected import with_fake

    with_fake(monkeypatch)
    path = "/brokers?broker=fake&mode=live"
    assert re.search(r'id="mode-live"[^>]* disabled', client.get(path).text)
    unlock(client)
    page = client.get(path).text
    assert re.search(rf'id="mode-{Mode.LIVE}"[^>]* checked', page)
