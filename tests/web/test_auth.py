"""Signing in and out, the limits, the time-outs, and the first visit."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import NOW, PASSWORD, Clock, bad_fields, make_seat, make_user, sign_in
from trenddojo.domain.terms import Role
from trenddojo.security.tokens import setup_token
from trenddojo.services import access
from trenddojo.store import people
from trenddojo.store.database import db
from trenddojo.store.models import Account, User
from trenddojo.web import paths
from trenddojo.web.security import limiter

OTHER = "seven quiet umbrellas"
TOKEN = setup_token("t" * 40)


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    return app.test_client()


def try_in(browser: FlaskClient, email: str = "marta@example.org", password: str = PASSWORD, **more: str) -> Any:
    return browser.post("/sign-in", data={"email": email, "password": password, **more})


# ---- in and out


def test_a_person_signs_in_and_out(stranger: FlaskClient, user: User) -> None:
    assert "Sign in" in stranger.get("/sign-in").text
    answer = try_in(stranger, " MARTA@Example.org ", next="/settings/security?x=1")
    assert (answer.status_code, answer.location) == (303, "/settings/security?x=1")
    assert stranger.get("/sign-in").location == "/"
    assert stranger.post("/sign-out").location == "/sign-in"
    assert stranger.get("/settings/theme").status_code == 405
    assert stranger.get("/settings").location == "/sign-in?next=/settings"


def test_signing_in_begins_a_fresh_session(stranger: FlaskClient, user: User) -> None:
    with stranger.session_transaction() as session:
        session["planted"] = "by somebody else"
    try_in(stranger)
    with stranger.session_transaction() as session:
        assert "planted" not in session


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("marta@example.org", "wrong"),
        ("nobody@example.org", PASSWORD),
        ("gone@example.org", PASSWORD),
        ("", ""),
        ("x" * 10_000, "y" * 10_000),
        ("a\x07b", "٣٤"),
    ],
)
def test_every_refusal_looks_the_same(stranger: FlaskClient, user: User, email: str, password: str) -> None:
    make_user("gone@example.org", "Gone").is_active = False
    db.session.commit()
    answer = try_in(stranger, email, password, next="/trades")
    assert answer.status_code == 422
    assert access.REFUSED in answer.text
    assert 'name="next" value="/trades"' in answer.text
    assert f'value="{email}"' in answer.text
    assert not password or password not in answer.text


def test_missing_fields_are_a_refusal_too(stranger: FlaskClient, user: User) -> None:
    assert stranger.post("/sign-in", data={}).status_code == 422


ELSEWHERE = [
    *("https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "\n//evil.example", "evil"),
    *("javascript:alert(1)", "", "/a\r\nSet-Cookie: x=1", "///evil.example", "/ /evil"),
]


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_the_way_on_stays_on_our_own_pages(stranger: FlaskClient, user: User, wanted: str) -> None:
    assert paths.own(wanted) == "/"
    assert 'name="next" value="/"' in stranger.get("/sign-in", query_string={"next": wanted}).text
    assert try_in(stranger, next=wanted).location == "/"


@pytest.mark.parametrize("wanted", ["/", "/trades?status=active&q=a%20b", "/trades/1#x", "/a//b"])
def test_our_own_pages_are_returned_to(wanted: str) -> None:
    assert paths.own(wanted) == wanted


def test_forms_need_their_token(app: Flask, stranger: FlaskClient, user: User) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert try_in(stranger).status_code == 400
    found = re.search(r'name="csrf_token" value="([^"]+)"', stranger.get("/sign-in").text)
    assert found
    assert try_in(stranger, csrf_token=found[1]).status_code == 303
    assert stranger.post("/sign-out").status_code == 400
    assert stranger.get("/settings/security").status_code == 200


def test_a_fragment_leads_the_whole_page_to_the_sign_in(stranger: FlaskClient, user: User) -> None:
    heads = {"HX-Request": "true", "HX-Current-URL": "http://localhost/trades?q=a"}
    answer = stranger.get("/settings", headers=heads)
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/trades?q%3Da"
    answer = stranger.post("/settings", headers={"Referer": "http://localhost/settings"})
    assert answer.location == "/sign-in?next=/settings"
    answer = stranger.post("/settings", headers={"Referer": "http://evil.example/settings"})
    assert answer.location == "/sign-in"


# ---- the limits


@pytest.fixture
def limited(app: Flask) -> Iterator[None]:
    """The limits as they hold in production."""
    before, limiter.enabled = limiter.enabled, True
    limiter.reset()
    yield
    limiter.reset()
    limiter.enabled = before


@pytest.mark.usefixtures("limited")
def test_five_tries_a_minute_by_account(app: Flask, user: User) -> None:
    def from_address(number: int, email: str) -> Any:
        data = {"email": email, "password": "wrong"}
        return app.test_client().post("/sign-in", data=data, environ_base={"REMOTE_ADDR": f"10.0.0.{number}"})

    spellings = [
        "marta@example.org",
        "MARTA@example.org",
        " Marta@Example.org ",
        "marta@EXAMPLE.org",
        "Marta@example.org",
    ]
    assert [from_address(n, email).status_code for n, email in enumerate(spellings)] == [422] * 5
    refused = from_address(9, "marta@example.org")
    assert refused.status_code == 429
    assert "Wait a minute" in refused.text
    assert 'value="marta@example.org"' in refused.text
    assert int(refused.headers["Retry-After"]) == 60
    assert from_address(10, "jonas@example.org").status_code == 422


@pytest.mark.usefixtures("limited")
def test_five_tries_a_minute_by_address(stranger: FlaskClient, user: User) -> None:
    assert [try_in(stranger, f"p{n}@example.org").status_code for n in range(5)] == [422] * 5
    assert try_in(stranger, "marta@example.org").status_code == 429
    assert stranger.get("/sign-in").status_code == 200


@pytest.mark.usefixtures("limited")
def test_the_present_password_cannot_be_guessed_either(app: Flask, user: User) -> None:
    browser = sign_in(app, user)
    data = {"present": "wrong", "password": OTHER, "again": OTHER}
    assert [browser.post("/settings/security", data=data).status_code for _ in range(6)] == [422] * 5 + [429]


# ---- the end of a session


def test_a_session_ends_when_it_is_not_used(client: FlaskClient, clock: Clock) -> None:
    clock.turn(minutes=59)
    assert client.get("/settings/security").status_code == 200
    clock.turn(minutes=59)
    assert client.get("/settings/security").status_code == 200
    clock.turn(minutes=60)
    answer = client.get("/settings/security")
    assert answer.location == "/sign-in?next=/settings/security"
    assert "after 60 minutes without use" in client.get(answer.location).text
    assert try_in(client, next="/settings/security").location == "/settings/security"
    assert client.get("/settings/security").status_code == 200


def test_a_session_ends_however_much_it_is_used(client: FlaskClient, clock: Clock) -> None:
    for _ in range(23):
        clock.turn(minutes=30)
        assert client.get("/settings/security").status_code == 200
    clock.turn(minutes=30)
    answer = client.get("/settings/security")
    assert answer.status_code == 303
    assert "a session lasts 12 hours" in client.get(answer.location).text


def test_a_deactivated_person_is_out_at_once(client: FlaskClient, user: User) -> None:
    user.is_active = False
    db.session.commit()
    answer = client.get("/settings")
    assert answer.status_code == 303
    assert "from another browser" in client.get(answer.location).text


# ---- a password that an admin made


def test_nothing_comes_before_ones_own_password(app: Flask, stranger: FlaskClient, user: User) -> None:
    make_seat(user)
    user.must_change_password = True
    db.session.commit()
    assert try_in(stranger, next="/settings/tokens").location == "/settings/tokens"
    for path in ("/settings/tokens", "/", "/trades", "/people"):
        assert stranger.get(path).location.startswith("/new-password")
    assert stranger.post("/settings", data={"name": "X"}).location.startswith("/new-password")
    page = stranger.get("/new-password?next=/settings/tokens")
    assert "Choose your password" in page.text
    bad = stranger.post("/new-password", data={"password": "short", "again": "short", "next": "/settings/tokens"})
    assert (bad.status_code, "at least 12" in bad.text) == (422, True)
    same = stranger.post("/new-password", data={"password": PASSWORD, "again": PASSWORD})
    assert (same.status_code, "present password" in same.text) == (422, True)
    good = stranger.post("/new-password", data={"password": OTHER, "again": OTHER, "next": "/settings/tokens"})
    assert good.location == "/settings/tokens"
    assert stranger.get("/settings/security").status_code == 200
    assert stranger.get("/new-password").location == "/"
    assert stranger.post("/new-password", data={"password": PASSWORD, "again": PASSWORD}).location == "/"
    db.session.expire_all()
    assert access.sign_in(user.email, OTHER)


def test_whoever_will_not_choose_can_sign_out(client: FlaskClient, user: User) -> None:
    user.must_change_password = True
    db.session.commit()
    assert client.post("/sign-out").location == "/sign-in"


# ---- the first visit


def admin(**changed: str) -> dict[str, str]:
    given = {"name": "Ada Ek", "email": "Ada@example.org", "password": OTHER, "time_zone": "Europe/Stockholm"}
    return {"token": TOKEN, **given, **changed}


def account(**changed: str) -> dict[str, str]:
    given = {"name": "Swing", "base_currency": "eur", "starting_balance": "25,000.50", "time_zone": "Europe/Berlin"}
    return {**given, "opened_on": "2026-11-02", "key": "k" * 32, **changed}


def test_the_first_visit_says_where_the_setup_is(stranger: FlaskClient) -> None:
    assert stranger.get("/sign-in").text.count("Set it up") == 1
    assert stranger.get("/settings", follow_redirects=True).text.count("Set it up") == 1


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?token=" + "0" * 32, "?token=%D9%A1"])
def test_the_setup_needs_its_token(stranger: FlaskClient, query: str) -> None:
    answer = stranger.get("/setup" + query)
    assert answer.status_code == 403
    assert "does not hold" in answer.text
    assert stranger.post("/setup" + query, data=admin(token="")).status_code == 403
    assert people.is_empty()


def test_the_wizard(stranger: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[Any] = []
    demo = SimpleNamespace(load_demo=lambda user, now: loaded.append((user.email, now)))
    monkeypatch.setitem(sys.modules, "trenddojo.services.demo", demo)
    page = stranger.get(f"/setup?token={TOKEN}")
    assert 'value="America/New_York" selected' in page.text
    assert stranger.post("/setup", data=admin()).location == "/setup/account"
    made = db.session.scalars(select(User)).one()
    assert (made.email, made.role, made.must_change_password) == ("ada@example.org", Role.ADMIN, False)
    page = stranger.get("/setup/account")
    assert 'value="2026-11-19"' in page.text
    assert 'value="Europe/Stockholm" selected' in page.text
    assert stranger.post("/setup/account", data=account(demo="1")).location == "/"
    found = db.session.scalars(select(Account)).one()
    assert (found.name, found.base_currency, str(found.starting_balance)) == ("Swing", "EUR", "25000.50")
    assert (found.owner_id, found.opened_on) == (made.id, date(2026, 11, 2))
    assert loaded == [("ada@example.org", NOW)]
    with stranger.session_transaction() as session:
        assert session["account"] == str(found.id)
    assert stranger.get("/setup/account").location == "/"
    assert stranger.post("/setup/account", data=account(name="Second")).location == "/"
    assert len(db.session.scalars(select(Account)).all()) == 1


def test_the_setup_is_closed_once_there_is_somebody(stranger: FlaskClient, user: User) -> None:
    assert stranger.get(f"/setup?token={TOKEN}").location == "/sign-in"
    assert stranger.post("/setup", data=admin()).location == "/sign-in"
    assert stranger.get("/setup/account").location == "/sign-in?next=/setup/account"
    assert len(people.everybody()) == 1


def test_the_second_step_is_for_an_admin_without_an_account(app: Flask, user: User) -> None:
    assert sign_in(app, user).get("/setup/account").location == "/"


@pytest.mark.parametrize(
    ("field", "bad"),
    bad_fields(["name", "email", "password", "time_zone"], ["", "x" * 10_000, "a\x07b", "٣٤٥"], fine={("name", "٣٤٥")}),
)
def test_a_bad_field_of_the_admin_is_named_and_the_rest_kept(stranger: FlaskClient, field: str, bad: str) -> None:
    answer = stranger.post("/setup", data=admin(**{field: bad}))
    assert answer.status_code == 422
    assert re.search(rf'id="f-{field}"[^>]* aria-invalid="true"', answer.text)
    assert answer.text.count('aria-invalid="true"') == 1
    assert field == "name" or 'value="Ada Ek"' in answer.text
    assert OTHER not in answer.text
    assert people.is_empty()


@pytest.mark.parametrize(
    ("field", "bad"),
    bad_fields(
        ["base_currency", "starting_balance", "opened_on", "time_zone"],
        ["x" * 10_000, "a\x07b", "٣٤٥", "0", "-1", "NaN", "1e400"],
        fine={("base_currency", "NaN")},
    ),
)
def test_a_bad_field_of_the_account_is_named_and_the_rest_kept(stranger: FlaskClient, field: str, bad: str) -> None:
    stranger.post("/setup", data=admin())
    answer = stranger.post("/setup/account", data=account(**{field: bad}))
    assert answer.status_code == 422
    assert re.search(rf'id="f-{field}"[^>]* aria-invalid="true"', answer.text)
    assert 'value="Swing"' in answer.text
    assert db.session.scalars(select(Account)).all() == []
