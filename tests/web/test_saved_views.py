"""Views under a name: kept, led to, replaced, forgotten, and nobody else's."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import make_user, sign_in
from trenddojo.services.saved_views import MOST
from trenddojo.store.database import db
from trenddojo.store.models import SavedView
from trenddojo.store.seats import Seat

HTMX = {"HX-Request": "true"}
SHORTS = {"room": "trades", "name": "Shorts", "query": "side=short&result=losses"}


def kept() -> list[tuple[str, str, str]]:
    db.session.expire_all()
    return [(one.room, one.name, one.query) for one in db.session.scalars(select(SavedView).order_by(SavedView.name))]


def test_a_view_is_kept_and_leads_back(client: FlaskClient, seat: Seat) -> None:
    answer = client.post("/views", data=SHORTS)
    assert answer.location == "/trades?side=short&result=losses"
    assert kept() == [("trades", "Shorts", "side=short&result=losses")]
    page = client.get(answer.location).text
    assert '<a class="menu-row" href="/trades?side=short&amp;result=losses" aria-current="true">' in page
    assert 'aria-current="true"><span>Shorts' not in client.get("/trades").text


def test_what_is_shown_is_what_is_kept(client: FlaskClient, seat: Seat) -> None:
    page = client.get("/trades?side=short&sort=-pnl&luck=1").text
    assert '<input type="hidden" name="query" value="side=short&amp;sort=-pnl">' in page


def test_the_same_name_is_the_same_view(client: FlaskClient, seat: Seat) -> None:
    client.post("/views", data=SHORTS)
    client.post("/views", data={**SHORTS, "query": "side=short"})
    client.post("/views", data={**SHORTS, "room": "reports"})
    assert kept() == [("trades", "Shorts", "side=short"), ("reports", "Shorts", "side=short&result=losses")]


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
@pytest.mark.parametrize("change", [{"name": " "}, {"name": "x" * 61}, {"query": "q=" + "x" * 999}, {"room": "attic"}])
def test_what_cannot_be_kept_says_why(
    client: FlaskClient, seat: Seat, change: dict[str, str], headers: dict[str, str]
) -> None:
    answer = client.post("/views", data={**SHORTS, **change}, headers=headers)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert 'id="view-name-e"' in answer.text
    assert ("<html" in answer.text) is not headers
    assert kept() == []


def test_there_is_a_most(client: FlaskClient, seat: Seat) -> None:
    for number in range(MOST):
        client.post("/views", data={**SHORTS, "name": f"View {number}"})
    assert client.post("/views", data=SHORTS).status_code == 409
    assert client.post("/views", data={**SHORTS, "name": "View 3", "query": ""}).location == "/trades"


def test_it_is_forgotten_by_its_owner_alone(app: Flask, client: FlaskClient, seat: Seat) -> None:
    client.post("/views", data=SHORTS)
    view = db.session.scalars(select(SavedView)).one()
    other = sign_in(app, make_user("pia@example.org", "Pia"))
    assert other.post(f"/views/{view.id}/delete").status_code == 404
    assert "Shorts" not in other.get("/trades").text
    assert client.post(f"/views/{view.id}/delete").location == "/trades"
    assert kept() == []
