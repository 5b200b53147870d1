"""The dashboard in the browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Clock, make_user, sign_in
from tests.services.recorded import enter, instrument, leave, mark, plan, stranger, viewer_of
from trenddojo.store.database import db
from trenddojo.store.models import Mark, Trade
from trenddojo.store.seats import Seat

MONDAY = datetime(2026, 11, 9, 15, tzinfo=UTC)


def position(seat: Seat, symbol: str = "NVDA", **more: object) -> Trade:
    trade = plan(seat, instrument(symbol), **more)
    enter(seat, trade, "10", "100", MONDAY)
    return trade


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_figures_of_an_account_with_a_position(app: Flask, client: FlaskClient, seat: Seat):
    trade = position(seat, target_1=115)
    leave(seat, trade, "4", "110", MONDAY + timedelta(days=1))
    mark(seat, trade, "108")
    text = words(client.get("/").text)
    assert "Equity 100,088.00 USD +48.00 today · +0.05%" in text
    assert "Open P&L +48.00 +1.60R over 1 position" in text
    assert "November +88.00 +0.09% · 14 sessions" in text
    assert "Since 1 Jan +88.00 +0.09% · from 100,000" in text
    assert "Buying power 99,440.00 balance 100,040.00" in text
    assert "Heat lost from the entries 30.00 1.0R 0.03%" in text
    assert "Open P&L +48.00 − given back 78.00 = −30.00 at the stops" in text
    assert "today 14:42" not in text
    assert "sell, by hand 4" in text
    assert "+40.00" in text


def test_the_chart_has_the_curve_as_data(app: Flask, client: FlaskClient, seat: Seat):
    mark(seat, position(seat), "112")
    page = client.get("/").text
    data = re.search(r'<script type="application/json" id="equity-data">(.*?)</script>', page, re.S)
    assert data
    assert '"2026-11-19"' in data[1]
    assert '"100120.00"' in data[1]
    assert "2026-01-02" in data[1]


@pytest.mark.parametrize("name", ["1m", "3m", "ytd", "all"])
def test_htmx_gets_the_curve_of_a_range_alone(app: Flask, client: FlaskClient, seat: Seat, name: str):
    part = client.get(f"/?range={name}", headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith('<section class="panel" id="equity"')
    assert f'range={name}" aria-current="true"' in part
    assert f'range={name}" aria-current="true"' in client.get(f"/?range={name}").text


@pytest.mark.parametrize("name", ["6m", "x" * 10_000, "-1", "1e400", ""])
def test_a_range_that_is_none_is_named(app: Flask, client: FlaskClient, seat: Seat, name: str):
    answer = client.get("/", query_string={"range": name})
    assert answer.status_code == 422
    assert "The range must be one of 1m, 3m, ytd, all." in answer.text


def test_attention_names_only_what_is_so(app: Flask, client: FlaskClient, seat: Seat):
    fine = position(seat, "CALM")
    mark(seat, fine, "103")
    assert "Needs attention" not in client.get("/").text
    near = position(seat, "NEAR")
    mark(seat, near, "96")
    position(seat, "DARK")
    plan(seat, instrument("WAIT"))
    text = words(client.get("/").text)
    assert "NEAR is 0.20R from its stop" in text
    assert "DARK has no price yet" in text
    assert "1 plan waits for an entry: WAIT" in text
    assert "CALM is" not in text


def test_a_price_typed_in_the_row_is_kept_and_leads_back(app: Flask, client: FlaskClient, seat: Seat):
    trade = position(seat)
    page = client.get("/").text
    form = re.search(r'<form class="price-form" action="([^"]+)".*?</form>', page, re.S)
    assert form
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form[0]))
    answer = client.post(form[1], data={**fields, "price": "104.50"})
    assert answer.status_code == 303
    assert answer.location == "/"
    client.post(form[1], data={**fields, "price": "104.50"})
    assert db.session.query(Mark).filter_by(instrument_id=trade.instrument_id).count() == 1
    assert "+45.00" in client.get("/").text


def test_a_viewer_types_no_prices(app: Flask, seat: Seat):
    position(seat)
    plan(seat, instrument("WAIT"))
    page = sign_in(app, viewer_of(seat).user).get("/").text
    assert "NVDA" in page
    assert "price-form" not in page
    assert "waits for an entry" not in page


def test_empty_states(app: Flask, client: FlaskClient, seat: Seat):
    text = words(client.get("/").text)
    assert "No open positions" in text
    assert "No fills yet" in text
    assert "No closed trades yet" in text
    nobody = sign_in(app, make_user("new@example.org", "New Comer"))
    assert "No account yet" in nobody.get("/").text


def test_what_people_wrote_is_escaped(app: Flask, client: FlaskClient, seat: Seat):
    bad = "<script>alert(1)</script>"
    position(seat, bad, setup=bad, correlation_group=bad)
    plan(seat, instrument(bad + "2"))
    assert bad not in client.get("/").text


def test_others_figures_never_appear(app: Flask, client: FlaskClient, seat: Seat):
    other = stranger()
    mark(other, position(other, "THEIRS"), "150")
    page = client.get("/").text
    assert "THEIRS" not in page
    assert "Elsewhere" not in page


def test_strangers_have_to_sign_in(app: Flask, client: FlaskClient):
    assert app.test_client().get("/").status_code == 303


def test_a_new_account_on_a_day_off_has_no_curve_yet(app: Flask, seat: Seat, clock: Clock):
    clock.now = datetime(2026, 11, 21, 17, tzinfo=UTC)
    seat.account.opened_on = clock.now.date()
    db.session.commit()
    assert "The curve begins on the account" in sign_in(app, seat.user).get("/").text
