"""The risk page: what is used of each limit, and the limits."""

from __future__ import annotations

from itertools import product

from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import make_user, sign_in
from tests.services.exposed import bought, mark, round_trip, settled
from tests.services.test_risk_settings import GOOD
from trenddojo.domain.terms import MemberRole
from trenddojo.services.exposure import limits_of
from trenddojo.store.database import db
from trenddojo.store.models import AccountMember
from trenddojo.store.seats import Seat


def test_an_account_without_trades_says_what_comes_next(client: FlaskClient) -> None:
    page = client.get("/risk").text
    assert "Nothing at risk" in page
    assert "<b>0.00%</b> of 3.00%" in page
    assert "left today <b>3,000.00</b>" in page


def test_what_is_used_of_each_limit(client: FlaskClient, seat: Seat) -> None:
    held = bought(seat, "NVDA", "100", "100", "95", group="Semis")
    mark(held, seat, "98")
    settled(held, seat)
    round_trip(seat, "LOST", "-300", entered=3, left=0)
    page = client.get("/risk").text
    assert "<b>0.80%</b> of 3.00%" in page  # (500 + 300) of 99,500
    assert "<b>0.80%</b> of 6.00%" in page
    assert "<b>0.50%</b> of 2.00%" in page  # 500 of 100,000
    assert "<b>1</b> of 5" in page
    assert "Correlated: Semis" in page
    assert "<b>1</b> of 3" in page
    assert f"/trades/{held.id}" in page


def test_an_entry_without_a_stop_is_told(client: FlaskClient, seat: Seat) -> None:
    bought(seat, "NVDA", "10", "100", None)
    page = client.get("/risk").text
    assert "No new entry is allowed." in page
    assert "<b>unknown</b> of 3.00%" in page
    assert '<span class="warn strong">10</span>' in page


def test_a_losing_streak_is_told(client: FlaskClient, seat: Seat) -> None:
    for number in range(3):
        round_trip(seat, f"L{number}", "-10", entered=9 - number, left=8 - number)
    assert "3 losses in a row" in client.get("/risk").text


def test_limits_are_saved(client: FlaskClient, seat: Seat) -> None:
    assert client.post("/risk", data=GOOD).status_code == 303
    assert limits_of(seat.account).max_open_positions == 8
    assert 'value="0.5"' in client.get("/risk").text


def test_bad_input_names_its_field_and_keeps_the_rest(client: FlaskClient, seat: Seat) -> None:
    values = ["", "-1", "1001", "NaN", "1e400", "٣", "x" * 10_000]
    for field, value in product(sorted(set(GOOD) - {"fixed_units"}), values):
        answer = client.post("/risk", data={**GOOD, "fixed_units": "123.5", field: value})
        assert answer.status_code == 422, (field, value)
        assert f'id="f-{field}-e"' in answer.text
        assert answer.text.count('class="msg"') == 1
        assert 'value="123.5"' in answer.text
    assert limits_of(seat.account).max_open_positions == 5


def test_fixed_units_need_their_number(client: FlaskClient) -> None:
    for value in ("", "0", "-3", "NaN", "1e400"):
        answer = client.post("/risk", data={**GOOD, "fixed_units": value})
        assert answer.status_code == 422
        assert 'id="f-fixed_units-e"' in answer.text


def test_others_read(app: Flask, seat: Seat) -> None:
    pia = make_user("pia@example.org", "Pia")
    db.session.add(AccountMember(account_id=seat.account.id, user_id=pia.id, role=MemberRole.TRADER))
    db.session.commit()
    browser = sign_in(app, pia)
    page = browser.get("/risk").text
    assert "Save limits" not in page
    assert "<dt>Risk per trade</dt><dd>1.00%</dd>" in page
    assert 'name="max_risk_per_trade"' not in page
    assert browser.post("/risk", data=GOOD).status_code == 403
    assert "/sign-in" in app.test_client().get("/risk").location


def test_a_sector_is_saved_by_its_row(client: FlaskClient, seat: Seat) -> None:
    bought(seat, "NVDA", "1", "100", "95")
    answer = client.post("/risk/sectors", data={"symbol": "NVDA", "sector": "Technology"})
    assert answer.status_code == 303
    page = client.get("/risk").text
    assert 'value="Technology"' in page
    assert "Sector: Technology" in page


def test_a_bad_sector_stands_in_its_row_again(client: FlaskClient, seat: Seat) -> None:
    for symbol in ("AMD", "NVDA"):
        bought(seat, symbol, "1", "100", "95")
    answer = client.post("/risk/sectors", data={"symbol": "NVDA", "sector": "x" * 61})
    assert answer.status_code == 422
    assert 'id="sector-2-e"' in answer.text
    assert f'value="{"x" * 61}"' in answer.text
    assert answer.text.count('class="msg"') == 1
    assert client.post("/risk/sectors", data={"symbol": "", "sector": "x"}).status_code == 422


def test_a_viewer_reads_sectors(app: Flask, client: FlaskClient, seat: Seat) -> None:
    bought(seat, "NVDA", "1", "100", "95")
    client.post("/risk/sectors", data={"symbol": "NVDA", "sector": "Technology"})
    guest = make_user("jon@example.org", "Jon Aas")
    db.session.add(AccountMember(account_id=seat.account.id, user_id=guest.id, role=MemberRole.VIEWER))
    db.session.commit()
    viewer = sign_in(app, guest)
    page = viewer.get("/risk").text
    assert "Technology" in page
    assert "/risk/sectors" not in page
    assert viewer.post("/risk/sectors", data={"symbol": "NVDA", "sector": "x"}).status_code == 403
