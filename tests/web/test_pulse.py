"""The pulse: what changed for whom, at hardly any cost, and without keeping anybody signed in."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Clock, make_seat, make_user, sign_in
from tests.services.test_exposure import counting_queries
from trenddojo.services import alerts, topics
from trenddojo.store.database import db
from trenddojo.store.models import User
from trenddojo.store.seats import Seat


def bump(*names: str) -> int:
    topics.bump(*names)
    db.session.commit()
    return topics.present()


def seen(page: str) -> int:
    found = re.search(r'<body [^>]*data-pulse="(\d+)"', page)
    assert found
    return int(found[1])


def test_nothing_changed(client: FlaskClient) -> None:
    version = bump(topics.JOBS)
    answer = client.get(f"/pulse?seen={version}")
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["X-Pulse"] == str(version)
    assert "HX-Trigger" not in answer.headers


def test_what_changed_since_the_page_was_drawn(client: FlaskClient, user: User, seat: Seat) -> None:
    before = seen(client.get("/").text)
    version = bump(topics.alerts(user.id), topics.account(seat.account.id))
    answer = client.get(f"/pulse?seen={before}")
    assert answer.status_code == 200
    assert set(json.loads(answer.headers["HX-Trigger"])) == {f"alerts-{user.id}", f"account-{seat.account.id}"}
    assert answer.headers["X-Pulse"] == str(version) == str(seen(client.get("/").text))
    assert client.get(f"/pulse?seen={version}").status_code == 204


def test_a_page_misses_nothing_that_changes_while_it_is_drawn(
    client: FlaskClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    unread = alerts.unread

    def late(person: User) -> int:
        found = unread(person)
        topics.bump(topics.alerts(user.id))
        return found

    version = bump(topics.JOBS)
    monkeypatch.setattr("trenddojo.web.frame.alerts.unread", late)
    assert seen(client.get("/").text) == version


def test_what_concerns_others_stays_theirs(app: Flask, client: FlaskClient) -> None:
    other = make_user("pia@example.org", "Pia Holm")
    account = make_seat(other, "Hers").account
    before = topics.present()
    version = bump(topics.alerts(other.id), topics.account(account.id))
    answer = client.get(f"/pulse?seen={before}")
    assert (answer.status_code, answer.headers["X-Pulse"]) == (204, str(version))
    assert sign_in(app, other).get(f"/pulse?seen={before}").status_code == 200


@pytest.mark.parametrize("value", ["", "x", "-1", "1.5", "9" * 16, "٣", "1e3"])
def test_a_version_that_is_none(client: FlaskClient, value: str) -> None:
    assert client.get(f"/pulse?seen={value}").status_code == 422


def test_strangers_are_led_away(app: Flask, user: User) -> None:
    answer = app.test_client().get("/pulse?seen=0")
    assert (answer.status_code, answer.location.split("?")[0]) == (303, "/sign-in")


def _queries(client: FlaskClient, path: str) -> int:
    db.session.remove()
    with counting_queries() as sent:
        client.get(path)
    return len([one for one in sent if one.startswith("SELECT")])


def test_it_costs_two_queries(client: FlaskClient, user: User) -> None:
    version = bump(topics.alerts(user.id))
    assert _queries(client, f"/pulse?seen={version}") == 2
    assert _queries(client, "/pulse?seen=0") <= 3


def test_it_is_no_activity(client: FlaskClient, clock: Clock) -> None:
    """A session ends after an hour without use, however long its page stays open."""
    for _ in range(119):
        clock.turn(seconds=30)
        assert client.get("/pulse?seen=0").status_code == 204
        assert client.get("/alerts/bell", headers={"X-Pulse": "1"}).status_code == 200
    clock.turn(seconds=30)
    assert client.get("/pulse?seen=0").status_code == 303


def test_the_same_from_a_person_is(client: FlaskClient, clock: Clock) -> None:
    for _ in range(3):
        clock.turn(minutes=59)
        assert client.get("/alerts/bell").status_code == 200


def test_it_sets_no_cookie(client: FlaskClient, clock: Clock) -> None:
    clock.turn(minutes=5)
    assert "Set-Cookie" not in client.get("/pulse?seen=0").headers


def test_it_has_a_limit_of_its_own(client: FlaskClient) -> None:
    statuses = {client.get("/pulse?seen=0").status_code for _ in range(300)}
    assert statuses == {204}
    assert client.get("/pulse?seen=0").status_code == 429
    assert client.get("/alerts").status_code == 200
