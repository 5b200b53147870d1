"""A person's own settings."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import NOW, PASSWORD, Clock, bad_fields, make_seat, make_user, sign_in
from trenddojo.domain.terms import Role
from trenddojo.services import access, tokens
from trenddojo.store import people
from trenddojo.store.database import db
from trenddojo.store.models import User
from trenddojo.store.seats import Seat

OTHER = "seven quiet umbrellas"
PAGES = ["/settings", "/settings/security", "/settings/tokens"]


def is_marked(page: str, field: str) -> bool:
    return re.search(rf'id="f-{field}"[^>]* aria-invalid="true"', page) is not None


@pytest.mark.parametrize("path", PAGES)
def test_the_pages_hang_together(client: FlaskClient, path: str) -> None:
    page = client.get(path).text
    for other in PAGES:
        assert f'href="{other}"' in page
    assert re.search(rf'<nav class="tabs[^>]*>.*href="{path}" aria-current="page"', page)
    assert 'href="/people"' not in page


def test_an_admin_finds_the_people(app: Flask) -> None:
    admin = make_user("ada@example.org", "Ada Ek", Role.ADMIN)
    assert 'href="/people"' in sign_in(app, admin).get("/settings").text


@pytest.mark.parametrize("path", [*PAGES, "/settings/sign-out-everywhere", "/settings/theme"])
def test_strangers_sign_in_first(app: Flask, user: User, path: str) -> None:
    assert app.test_client().post(path).location.startswith("/sign-in")


# ---- profile


def profile(**changed: str) -> dict[str, str]:
    return {"name": "Marta L.", "email": "ML@Example.org", "time_zone": "Asia/Tokyo", **changed}


def test_a_profile_is_changed(client: FlaskClient, user: User) -> None:
    assert 'value="marta@example.org"' in client.get("/settings").text
    answer = client.post("/settings", data=profile(), follow_redirects=True)
    assert "Profile saved." in answer.text
    db.session.expire_all()
    assert (user.name, user.email, user.time_zone) == ("Marta L.", "ml@example.org", "Asia/Tokyo")


@pytest.mark.parametrize(
    ("field", "bad"),
    bad_fields(["name", "email", "time_zone"], ["", "x" * 10_000, "a\x07b", "٣٤٥"], fine={("name", "٣٤٥")}),
)
def test_a_bad_field_is_named_and_the_rest_kept(client: FlaskClient, user: User, field: str, bad: str) -> None:
    answer = client.post("/settings", data=profile(**{field: bad}))
    assert answer.status_code == 422
    assert is_marked(answer.text, field)
    assert field == "email" or 'value="ML@Example.org"' in answer.text
    db.session.expire_all()
    assert user.name == "Marta Lind"


def test_somebody_elses_email_is_a_field_error(client: FlaskClient, user: User) -> None:
    make_user("jonas@example.org", "Jonas")
    answer = client.post("/settings", data=profile(email="JONAS@example.org"))
    assert answer.status_code == 422
    assert is_marked(answer.text, "email")


def test_a_profile_cannot_make_an_admin(client: FlaskClient, user: User) -> None:
    client.post("/settings", data={**profile(), "role": "admin", "is_active": "1"})
    db.session.expire_all()
    assert user.role is Role.TRADER


# ---- security


def test_a_changed_password_signs_out_other_browsers(app: Flask, client: FlaskClient, user: User) -> None:
    elsewhere = sign_in(app, user)
    data = {"present": PASSWORD, "password": OTHER, "again": OTHER}
    assert client.post("/settings/security", data=data).location == "/settings/security"
    assert client.get("/settings").status_code == 200
    assert elsewhere.get("/settings").location.startswith("/sign-in")
    assert access.sign_in("marta@example.org", OTHER)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"present": "wrong"}, "present"),
        ({"present": ""}, "present"),
        ({"present": "x" * 10_000}, "present"),
        ({"password": "", "again": ""}, "password"),
        ({"password": "short", "again": "short"}, "password"),
        ({"password": "x" * 10_000, "again": "x" * 10_000}, "password"),
        ({"password": "password1234", "again": "password1234"}, "password"),
        ({"password": "marta loves llamas", "again": "marta loves llamas"}, "password"),
        ({"again": "another thing"}, "again"),
        ({"again": ""}, "again"),
    ],
)
def test_a_password_that_does_not_fit_is_told_by_its_field(
    client: FlaskClient, user: User, changed: dict[str, str], field: str
) -> None:
    answer = client.post("/settings/security", data={"present": PASSWORD, "password": OTHER, "again": OTHER, **changed})
    assert answer.status_code == 422
    assert is_marked(answer.text, field)
    assert OTHER not in answer.text
    assert access.sign_in("marta@example.org", PASSWORD)


def test_sign_out_everywhere_keeps_this_browser(app: Flask, client: FlaskClient, user: User) -> None:
    elsewhere = sign_in(app, user)
    answer = client.post("/settings/sign-out-everywhere", follow_redirects=True)
    assert "Every other browser is signed out." in answer.text
    assert elsewhere.get("/settings").location.startswith("/sign-in")
    assert "from another browser" in elsewhere.get("/sign-in").text


# ---- tokens


def token(**changed: str) -> dict[str, str]:
    return {"name": "Backup", "scope": "trade", "days": "30", "key": uuid4().hex, **changed}


def test_a_token_is_shown_once_and_revoked(client: FlaskClient, user: User, clock: Clock) -> None:
    page = client.post("/settings/tokens", data=token()).text
    found = re.search(r'id="f-secret" value="(td_[^"]+)"', page)
    assert found
    secret = found[1]
    bearer = tokens.token_user(secret, NOW)
    assert bearer
    assert bearer.token.expires_at == NOW + timedelta(days=30)
    listed = client.get("/settings/tokens").text
    assert secret not in listed
    for text in ("Backup", secret[:9], "trade", "19 Dec", "today"):
        assert text in listed
    clock.turn(days=30)
    fresh = sign_in(client.application, user)
    assert "expired" in fresh.get("/settings/tokens").text
    assert fresh.post(f"/settings/tokens/{bearer.token.id}/revoke").location == "/settings/tokens"
    assert tokens.token_user(secret, NOW) is None
    assert "Backup" not in re.sub(r'class="toasts".*', "", fresh.get("/settings/tokens").text, flags=re.DOTALL)
    assert fresh.post(f"/settings/tokens/{bearer.token.id}/revoke").status_code == 404


def test_a_double_click_makes_one_token(client: FlaskClient, user: User) -> None:
    sent = token(days="")
    client.post("/settings/tokens", data=sent)
    client.post("/settings/tokens", data=sent)
    assert [(found.name, found.expires_at) for found in people.tokens_of(user.id)] == [("Backup", None)]


@pytest.mark.parametrize(
    ("field", "bad"),
    bad_fields(
        ["name", "scope", "days"],
        ["x" * 10_000, "a\x07b", "٣٤٥", "0", "-1"],
        fine={("name", "٣٤٥"), ("name", "0"), ("name", "-1")},
    ),
)
def test_a_bad_field_of_a_token_is_named(client: FlaskClient, user: User, field: str, bad: str) -> None:
    answer = client.post("/settings/tokens", data=token(**{field: bad}))
    assert answer.status_code == 422
    assert is_marked(answer.text, field)
    assert field == "name" or 'value="Backup"' in answer.text
    assert not people.tokens_of(user.id)


def test_a_viewer_is_offered_reading_only(app: Flask) -> None:
    viewer = make_user("v@example.org", "V", Role.VIEWER)
    browser = sign_in(app, viewer)
    page = browser.get("/settings/tokens").text
    assert 'value="read"' in page
    assert 'value="trade"' not in page
    assert is_marked(browser.post("/settings/tokens", data=token()).text, "scope")


def test_somebody_elses_token_is_not_there(app: Flask, client: FlaskClient, user: User) -> None:
    client.post("/settings/tokens", data=token())
    other = make_user("o@example.org", "O")
    make_seat(other)
    found = people.tokens_of(user.id)[0]
    for token_id in (found.id, uuid4()):
        assert sign_in(app, other).post(f"/settings/tokens/{token_id}/revoke").status_code == 404
    db.session.expire_all()
    assert found.revoked_at is None


# ---- theme


@pytest.mark.parametrize("theme", ["light", "dark", "system"])
def test_a_theme_is_kept_on_the_device(client: FlaskClient, theme: str) -> None:
    came_from = {"Referer": "http://localhost/settings/security?a=1"}
    answer = client.post("/settings/theme", data={"theme": theme}, headers=came_from)
    assert (answer.status_code, answer.location) == (303, "/settings/security?a=1")
    cookie = client.get_cookie("theme")
    assert cookie
    assert (cookie.value, cookie.same_site, cookie.http_only) == (theme, "Lax", False)
    page = client.get("/settings").text
    assert (f'data-bs-theme="{theme}"' in page) is (theme != "system")


def test_a_theme_by_htmx(client: FlaskClient) -> None:
    heads = {"HX-Request": "true", "HX-Current-URL": "http://localhost/settings/tokens"}
    answer = client.post("/settings/theme", data={"theme": "dark"}, headers=heads)
    assert answer.headers["HX-Redirect"] == "/settings/tokens"


@pytest.mark.parametrize("came_from", ["http://evil.example/", "http://localhost//evil.example", "", "nonsense"])
def test_a_theme_leads_nowhere_else(client: FlaskClient, came_from: str) -> None:
    answer = client.post("/settings/theme", data={"theme": "dark"}, headers={"Referer": came_from})
    assert answer.location == "/settings"


@pytest.mark.parametrize("theme", ["", "purple", "x" * 10_000, "dark\r\n"])
def test_an_unknown_theme_is_refused(client: FlaskClient, theme: str) -> None:
    assert client.post("/settings/theme", data={"theme": theme}).status_code == 422
    assert client.get_cookie("theme") is None


def test_forms_need_their_token(app: Flask, client: FlaskClient, seat: Seat) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    for path in (*PAGES, "/settings/sign-out-everywhere", "/settings/theme", f"/settings/tokens/{uuid4()}/revoke"):
        assert client.post(path, data={**profile(), **token(), "theme": "dark"}).status_code == 400
    db.session.expire_all()
    assert (seat.user.name, seat.user.session_epoch) == ("Marta Lind", 0)
