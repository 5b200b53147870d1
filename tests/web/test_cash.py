"""The cash page: recorded, corrected, deleted, and how the balance adds up."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import NOW, make_seat, make_user, sign_in
from tests.services.exposed import round_trip
from tests.services.test_cash import GOOD, record
from trenddojo.domain.terms import MemberRole
from trenddojo.services import cash
from trenddojo.store.database import db
from trenddojo.store.models import AccountMember
from trenddojo.store.seats import Seat

BAD = [
    *(("amount", value) for value in ("", "0", "-5", "NaN", "1e400", "٣", "9" * 10_000)),
    *(("on", value) for value in ("", "2026-11-20", "2025-01-01", "2026-02-30", "x" * 10_000, "٢٠٢٦-01-01")),
    *(("kind", value) for value in ("", "bribe")),
    ("note", "x" * 10_000),
]


def only_movement(seat: Seat) -> UUID:
    [line] = cash.movements(seat).lines
    return line.movement.id


def test_an_empty_page_says_what_comes_next(client: FlaskClient) -> None:
    assert "No cash has moved" in client.get("/cash").text


def test_the_balance_adds_up(client: FlaskClient, seat: Seat) -> None:
    record(seat, "deposit", "2500")
    record(seat, "fee", "12.50")
    round_trip(seat, "NVDA", "-70")
    page = client.get("/cash").text
    for figure in ("100,000.00", "+2,500.00", "−12.50", "−70.00", "102,417.50", "102,487.50"):
        assert figure in page


def test_a_form_sent_twice_records_once(client: FlaskClient, seat: Seat) -> None:
    for _ in range(2):
        assert client.post("/cash", data={**GOOD, "key": "a" * 32}).location == "/cash"
    only_movement(seat)
    assert seat.account.balance == 100_500


def test_bad_input_names_its_field_and_keeps_the_rest(client: FlaskClient, seat: Seat) -> None:
    movement = record(seat, "interest", "5")
    for field, value in BAD:
        for address in ("/cash", f"/cash/{movement.id}"):
            answer = client.post(address, data={**GOOD, "note": "kept as typed", field: value})
            assert answer.status_code == 422, (field, value)
            assert f'id="f-{field}-e"' in answer.text
            assert field == "note" or "kept as typed" in answer.text
    assert seat.account.balance == 100_005


def test_corrected_deleted_and_restored(client: FlaskClient, seat: Seat) -> None:
    client.post("/cash", data=GOOD)
    movement = only_movement(seat)
    assert 'value="500.00"' in client.get(f"/cash/{movement}").text
    client.post(f"/cash/{movement}", data={**GOOD, "amount": "400"})
    assert seat.account.balance == 100_400
    client.post(f"/cash/{movement}/delete")
    assert seat.account.balance == 100_000
    assert f"/cash/{movement}/restore" in client.get("/cash").text
    assert client.get(f"/cash/{movement}").status_code == 404
    client.post(f"/cash/{movement}/restore")
    assert seat.account.balance == 100_400


def test_a_long_list_goes_on_on_further_pages(client: FlaskClient, seat: Seat) -> None:
    for number in range(cash.PAGE + 1):
        record(seat, "deposit", "1", (NOW - timedelta(days=number + 1)).date().isoformat())
    first = client.get("/cash").text
    oldest = cash.movements(seat).older
    assert f"/cash?before={oldest}" in first
    assert first.count("Deposit</td>") == cash.PAGE
    second = client.get(f"/cash?before={oldest}").text
    assert second.count("Deposit</td>") == 1
    assert "100,001.00" in second


def test_an_unknown_page_is_not_there(client: FlaskClient) -> None:
    for before in ("x", "1e400", str(uuid4()), "x" * 1000):
        assert client.get("/cash", query_string={"before": before}).status_code == 404


def test_others_movements_are_not_there_and_viewers_may_not(app: Flask, client: FlaskClient, seat: Seat) -> None:
    pia = make_user("pia@example.org", "Pia")
    theirs = record(make_seat(pia, "Hers"), "deposit", "1")
    acts = ("", "/delete", "/restore")
    assert client.get(f"/cash/{theirs.id}").status_code == 404
    assert {client.post(f"/cash/{theirs.id}{act}", data=GOOD).status_code for act in acts} == {404}
    mine = record(seat, "deposit", "5")
    eye = make_user("eye@example.org", "Eye")
    db.session.add(AccountMember(account_id=seat.account.id, user_id=eye.id, role=MemberRole.VIEWER))
    db.session.commit()
    browser = sign_in(app, eye)
    assert "Record cash" not in browser.get("/cash").text
    assert browser.post("/cash", data=GOOD).status_code == 403
    assert {browser.post(f"/cash/{mine.id}{act}", data=GOOD).status_code for act in acts} == {403}
    assert "/sign-in" in app.test_client().get("/cash").location
