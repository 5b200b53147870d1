"""The calendar's pages: years, months, money or R, and the way to a day."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import make_seat, make_user, sign_in
from tests.services.exposed import round_trip
from tests.services.test_account_calendar import booked
from trenddojo.store.seats import Seat


def _cell(page: str, on: str) -> str:
    found = re.search(rf'<td class="([^"]*)"><a href="/journal/{on}" title="([^"]*)"', page)
    assert found is not None
    return f"{found[1]}|{found[2]}"


def test_an_empty_calendar_says_what_comes_next(client: FlaskClient) -> None:
    page = client.get("/calendar").text
    assert "Nothing booked yet" in page
    assert 'href="/ticket"' in page


def test_a_day_has_sign_figure_and_its_own_page(client: FlaskClient, seat: Seat) -> None:
    booked(seat, {"2026-11-17": ("-1234.5", "-1"), "2026-11-18": ("20", "0.4"), "2026-11-16": ("7", None)})
    page = client.get("/calendar").text
    assert _cell(page, "2026-11-17") == "down4|Tue 17 Nov 2026: realised −1,234.50, 1 closed"
    assert _cell(page, "2026-11-18") == "up3|Wed 18 Nov 2026: realised +20.00, 1 closed"
    assert _cell(page, "2026-11-19") == " today|Thu 19 Nov 2026: nothing realised"
    assert "<b>−1.2k</b>" in page
    assert 'title="16 Nov to 22 Nov: realised −1,207.50"' in page
    assert "/journal/2026-11-20" not in page


def test_in_r_only_closed_trades_count(client: FlaskClient, seat: Seat) -> None:
    booked(seat, {"2026-11-17": ("100", "-1"), "2026-11-18": ("20", None)})
    page = client.get("/calendar/2026?in=r").text
    assert _cell(page, "2026-11-17") == "down4|Tue 17 Nov 2026: R of closed trades −1.00R, 1 closed"
    assert _cell(page, "2026-11-18") == "|Wed 18 Nov 2026: no closed trade with R"
    assert 'href="/calendar/2026/11?in=r"' in page
    assert 'href="/calendar/2026"' in page


def test_a_month_has_its_figures_in_full(client: FlaskClient, seat: Seat) -> None:
    round_trip(seat, "NVDA", "1500", entered=4, left=1)
    page = client.get("/calendar/2026/11").text
    assert "+1,500.00" in page
    assert "1 closed" in page
    assert 'href="/calendar/2026/10"' in page
    assert 'href="/calendar/2026/12"' not in page


@pytest.mark.parametrize(
    "path", ["/calendar/2024", "/calendar/2027", "/calendar/2026/12", "/calendar/2026/13", "/calendar/0"]
)
def test_what_the_account_has_no_days_in_is_not_there(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("unit", ["x", "R", "\x00", "x" * 9000])
def test_an_unknown_unit_is_named_and_money_shown(client: FlaskClient, seat: Seat, unit: str) -> None:
    booked(seat, {"2026-11-17": ("100", "-1")})
    for path in ("/calendar", "/calendar/2026/11"):
        answer = client.get(path, query_string={"in": unit})
        assert answer.status_code == 422
        assert "<b>in</b>" in answer.text
        assert "realised +100.00" in answer.text


def test_others_days_are_not_in_it(app: Flask, client: FlaskClient, seat: Seat) -> None:
    booked(make_seat(make_user("pia@example.org", "Pia"), "Hers"), {"2026-11-17": ("100", "-1")})
    assert "Nothing booked yet" in client.get("/calendar").text
    assert "/sign-in" in app.test_client().get("/calendar").location
    stranger = sign_in(app, make_user("new@example.org", "New"))
    assert stranger.get("/calendar").location == "/accounts"
