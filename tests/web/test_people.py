"""The pages about people: for admins, and for nobody else."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import PASSWORD, bad_fields, make_seat, make_user, sign_in
from trenddojo.domain.terms import Role
from trenddojo.services import access
from trenddojo.store import people
from trenddojo.store.database import db
from trenddojo.store.models import User

OTHER = "seven quiet umbrellas"


@pytest.fixture
def admin(app: Flask) -> User:
    found = make_user("ada@example.org", "Ada Ek", Role.ADMIN)
    make_seat(found, "Main")
    return found


@pytest.fixture
def desk(app: Flask, admin: User) -> FlaskClient:
    """A browser in which the admin is signed in."""
    return sign_in(app, admin)


def person(**changed: str) -> dict[str, str]:
    given = {"name": "Jonas Berg", "email": "jonas@example.org", "role": "viewer", "time_zone": "UTC", "password": ""}
    return {**given, "key": uuid4().hex, **changed}


def shown(answer: Any) -> str:
    """The password on the page."""
    found = re.search(r'id="f-secret" value="([^"]+)"', answer.text)
    assert found
    return found[1]


def routes(user_id: UUID) -> list[tuple[str, str]]:
    return [
        ("get", "/people"),
        ("post", "/people"),
        ("get", f"/people/{user_id}"),
        *(("post", f"/people/{user_id}/{act}") for act in ("password", "role", "deactivate", "reactivate")),
    ]


@pytest.mark.parametrize("role", [Role.TRADER, Role.VIEWER])
def test_for_others_the_pages_are_not_there(app: Flask, admin: User, role: Role) -> None:
    other = make_user("o@example.org", "O", role)
    make_seat(other)
    admin_id = admin.id
    for method, path in routes(admin_id):
        assert getattr(sign_in(app, other), method)(path, data=person()).status_code == 404
        assert getattr(app.test_client(), method)(path).location.startswith("/sign-in")
    assert 'href="/people"' not in sign_in(app, other).get("/settings").text


def test_everybody_is_listed(desk: FlaskClient, user: User) -> None:
    user.is_active = False
    db.session.commit()
    page = desk.get("/people").text
    for text in ("Ada Ek", "ada@example.org", "Marta Lind", "marta@example.org", "deactivated", "active", "you"):
        assert text in page


def test_a_person_is_added_with_a_password_shown_once(desk: FlaskClient) -> None:
    answer = desk.post("/people", data=person())
    assert answer.status_code == 200
    assert access.sign_in("jonas@example.org", shown(answer)).role is Role.VIEWER
    assert "f-secret" not in desk.get("/people").text
    assert "has to choose a password" in desk.get("/people").text


def test_a_double_click_adds_one_person_and_shows_a_password_that_works(desk: FlaskClient) -> None:
    sent = person()
    desk.post("/people", data=sent)
    assert access.sign_in("jonas@example.org", shown(desk.post("/people", data=sent)))
    assert len(people.everybody()) == 2


def test_a_typed_password_is_not_shown(desk: FlaskClient) -> None:
    answer = desk.post("/people", data=person(password=OTHER), follow_redirects=True)
    assert OTHER not in answer.text
    assert "Jonas Berg can sign in now" in answer.text
    assert access.sign_in("jonas@example.org", OTHER).must_change_password


@pytest.mark.parametrize(
    ("field", "bad"),
    bad_fields(
        ["name", "email", "role", "time_zone", "password"],
        ["", "x" * 10_000, "a\x07b", "٣٤٥", "<b>"],
        fine={("password", ""), ("name", "٣٤٥"), ("name", "<b>")},
    ),
)
def test_a_bad_field_is_named_and_the_rest_kept(desk: FlaskClient, field: str, bad: str) -> None:
    answer = desk.post("/people", data=person(**{field: bad}))
    assert answer.status_code == 422
    assert re.search(rf'id="f-{field}"[^>]* aria-invalid="true"', answer.text)
    assert answer.text.count('aria-invalid="true"') == 1
    assert field == "name" or 'value="Jonas Berg"' in answer.text
    assert field == "email" or 'value="jonas@example.org"' in answer.text
    assert len(people.everybody()) == 1


def test_an_email_in_use_is_a_field_error(desk: FlaskClient, user: User) -> None:
    answer = desk.post("/people", data=person(email="MARTA@example.org"))
    assert answer.status_code == 422
    assert "Somebody signs in with this e-mail already." in answer.text
    assert 'value="MARTA@example.org"' in answer.text


@pytest.mark.parametrize("key", ["", "x", "0" * 31, "g" * 32, "x" * 10_000])
def test_a_form_without_its_key_is_refused(desk: FlaskClient, key: str) -> None:
    assert desk.post("/people", data=person(key=key)).status_code == 422
    assert len(people.everybody()) == 1


def test_a_name_is_shown_as_text(desk: FlaskClient) -> None:
    desk.post("/people", data=person(name="<script>alert(1)</script>", password=OTHER))
    assert "<script>alert" not in desk.get("/people").text


def test_a_reset_ends_every_session_and_shows_the_password_once(app: Flask, desk: FlaskClient, user: User) -> None:
    browser = sign_in(app, user)
    make_seat(user)
    assert browser.get("/settings").status_code == 200
    password = shown(desk.post(f"/people/{user.id}/password"))
    assert browser.get("/settings").location.startswith("/sign-in")
    assert "f-secret" not in desk.get(f"/people/{user.id}").text
    fresh = app.test_client()
    assert fresh.post("/sign-in", data={"email": user.email, "password": password}).status_code == 303
    assert fresh.get("/settings").location.startswith("/new-password")
    assert fresh.post("/sign-in", data={"email": user.email, "password": PASSWORD}).status_code == 422


def test_a_person_is_kept_out_and_let_in_again(app: Flask, desk: FlaskClient, user: User) -> None:
    browser = sign_in(app, user)
    answer = desk.post(f"/people/{user.id}/deactivate", follow_redirects=True)
    assert "Marta Lind can no longer sign in." in answer.text
    assert f'action="/people/{user.id}/reactivate"' in answer.text
    assert browser.get("/settings").location.startswith("/sign-in")
    assert desk.post(f"/people/{user.id}/reactivate").location == "/people"
    assert browser.get("/settings").location.startswith("/sign-in"), "the old session does not come back"
    assert browser.post("/sign-in", data={"email": user.email, "password": PASSWORD}).status_code == 303


def test_a_role_changes_at_once(app: Flask, desk: FlaskClient, user: User) -> None:
    browser = sign_in(app, user)
    assert desk.post(f"/people/{user.id}/role", data={"role": "admin"}).location == f"/people/{user.id}"
    assert browser.get("/people").status_code == 200
    desk.post(f"/people/{user.id}/role", data={"role": "viewer"})
    assert browser.get("/people").status_code == 404


@pytest.mark.parametrize("role", ["", "king", "x" * 10_000, "a\x07b", "٣"])
def test_a_bad_role_is_named(desk: FlaskClient, user: User, role: str) -> None:
    answer = desk.post(f"/people/{user.id}/role", data={"role": role})
    assert answer.status_code == 422
    assert 'id="f-role-e"' in answer.text
    db.session.expire_all()
    assert user.role is Role.TRADER


def test_an_admin_cannot_put_themselves_out(desk: FlaskClient, admin: User) -> None:
    for act, data in (("deactivate", {}), ("role", {"role": "viewer"}), ("password", {})):
        assert desk.post(f"/people/{admin.id}/{act}", data=data).status_code == 403
    page = desk.get(f"/people/{admin.id}").text
    assert "This is you." in page
    assert "/deactivate" not in page
    assert desk.get("/people").status_code == 200


def test_nobody_is_not_found(desk: FlaskClient) -> None:
    for method, path in routes(uuid4())[2:]:
        assert getattr(desk, method)(path, data={"role": "viewer"}).status_code == 404
    assert desk.get("/people/7").status_code == 404


def test_forms_need_their_token(app: Flask, desk: FlaskClient, user: User) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    for method, path in routes(user.id):
        if method == "post":
            assert desk.post(path, data=person()).status_code == 400
    assert len(people.everybody()) == 2
