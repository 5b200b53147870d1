"""The bell and the list of alerts."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import NOW, Clock, make_user, sign_in
from trenddojo.services import alerts, topics
from trenddojo.store.database import db
from trenddojo.store.models import User
from trenddojo.store.seats import Seat

HTMX = {"HX-Request": "true"}


def ring(user: User, key: str = "k", title: str = "Alpaca: the keys ran out.", **more: object) -> None:
    alerts.ring(user.id, key, "AUTHENTICATION_FAILED", title, "Enter them again.", now=NOW, **more)  # type: ignore[arg-type]
    db.session.commit()


def test_nothing_to_tell(client: FlaskClient) -> None:
    page = client.get("/alerts").text
    assert "Nothing to tell" in page
    assert "Mark all read" not in page
    assert 'aria-label="Alerts"' in page


def test_what_happened_and_what_to_do(client: FlaskClient, user: User, clock: Clock) -> None:
    ring(user)
    page = client.get("/alerts").text
    for text in ("1 new", "Alpaca: the keys ran out.", "Enter them again.", ">new<", "0 s ago"):
        assert text in page
    assert "times since" not in page


def test_it_counts_and_says_since_when(client: FlaskClient, user: User, clock: Clock) -> None:
    ring(user)
    ring(user)
    clock.turn(minutes=50)
    page = client.get("/alerts").text
    assert re.search(r"2 times since <time[^>]*>today 14:42</time>", page)
    assert re.search(r"last <time[^>]*>50 min ago</time>", page)


def test_the_bell_rings_on_every_page(client: FlaskClient, user: User) -> None:
    for number in range(3):
        ring(user, str(number))
    for path in ("/", "/trades", "/settings", "/alerts"):
        page = client.get(path).text
        assert 'aria-label="Alerts, 3 new"' in page
        assert '<span class="dot-n" aria-hidden="true">3</span>' in page


def test_the_bell_alone_follows_the_pulse(client: FlaskClient, user: User) -> None:
    ring(user)
    part = client.get("/alerts/bell", headers=HTMX).text
    assert part.lstrip().startswith('<a class="btn')
    assert f'hx-trigger="{topics.alerts(user.id)} from:body"' in part
    assert "Alerts, 1 new" in part


def test_read_ones_stay_on_the_list(client: FlaskClient, user: User) -> None:
    ring(user)
    page = client.post("/alerts/read", follow_redirects=True).text
    assert "nothing new" in page
    assert "the keys ran out" in page
    assert ">goes on<" in page
    assert 'aria-label="Alerts"' in page


def test_what_is_over_says_so(client: FlaskClient, user: User, clock: Clock) -> None:
    ring(user)
    clock.turn(minutes=30)
    alerts.resolve(["k"], clock())
    db.session.commit()
    page = client.get("/alerts").text
    assert ">over<" in page
    assert re.search(r"over since <time[^>]*>today 15:12</time>", page)
    assert "nothing new" in page


def test_it_leads_to_what_it_is_about(client: FlaskClient, user: User, seat: Seat) -> None:
    ring(user, account_id=seat.account.id)
    assert f'<a href="/accounts/{seat.account.id}">Show the account</a>' in client.get("/alerts").text


def test_older_ones_are_a_page_away(client: FlaskClient, user: User) -> None:
    for number in range(alerts.PAGE + 2):
        ring(user, str(number), f"Trouble {number}.")
    page = client.get("/alerts").text
    assert page.count("Trouble ") == alerts.PAGE
    older = re.search(r'rel="next" href="([^"]+)"', page)
    assert older
    second = client.get(older[1]).text
    assert second.count("Trouble ") == 2
    assert 'rel="prev" href="/alerts"' in second
    titles = re.findall(r"Trouble \d+\.", page + second)
    assert len(set(titles)) == alerts.PAGE + 2


@pytest.mark.parametrize("before", ["x", "2858da58-38ab-4d65-bdf3-76c193411950", str(UUID(int=0))])
def test_no_such_page(client: FlaskClient, before: str) -> None:
    assert client.get(f"/alerts?before={before}").status_code == 404


def test_they_are_a_persons_own(app: Flask, client: FlaskClient, user: User) -> None:
    ring(user)
    other = sign_in(app, make_user("pia@example.org", "Pia Holm"))
    assert "Nothing to tell" in other.get("/alerts").text
    other.post("/alerts/read")
    assert "Alerts, 1 new" in client.get("/").text


@pytest.mark.parametrize("path", ["/alerts", "/alerts/bell"])
def test_strangers_sign_in_first(app: Flask, user: User, path: str) -> None:
    assert app.test_client().get(path).location.startswith("/sign-in")
