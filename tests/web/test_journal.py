"""The journal's pages: written, changed, deleted, paged by date."""

from __future__ import annotations

from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import make_seat, make_user, sign_in
from tests.services.exposed import round_trip
from tests.services.test_journal import write
from trenddojo.domain.terms import MemberRole
from trenddojo.services import journal
from trenddojo.store.database import db
from trenddojo.store.models import AccountMember
from trenddojo.store.seats import Seat

GOOD = {"on": "2026-11-18", "body": "Waited for the close."}


def test_an_empty_journal_begins_today(client: FlaskClient) -> None:
    page = client.get("/journal").text
    assert "Thu 19 Nov 2026" in page
    assert "Nothing written yet." in page


def test_a_day_shows_notes_and_facts(client: FlaskClient, seat: Seat) -> None:
    trade = round_trip(seat, "NVDA", "150")
    write(seat, "2026-11-18", "Two\nlines & <b>none bold</b>")
    page = client.get("/journal").text
    assert f"/trades/{trade.id}" in page
    assert "+150.00" in page
    assert "100,150.00" in page
    assert "lines &amp; &lt;b&gt;none bold" in page


def test_a_form_sent_twice_keeps_one_note(client: FlaskClient, seat: Seat) -> None:
    for _ in range(2):
        assert client.post("/journal", data={**GOOD, "key": "a" * 32}).location == "/journal/2026-11-18"
    assert client.get("/journal").text.count("Waited for the close.") == 1


def test_bad_input_names_its_field_and_keeps_the_rest(client: FlaskClient, seat: Seat) -> None:
    note = write(seat, "2026-11-17", "As it was")
    bad = {
        "on": ("", "2026-11-20", "2026-02-30", "٢٠٢٦-01-01", "x" * 10_000, "9999-12-31"),
        "body": ("", "   ", "x" * 10_000, "\x00"),
    }
    for field, value in ((field, value) for field, values in bad.items() for value in values):
        for address in ("/journal", f"/journal/{note.id}"):
            answer = client.post(address, data={**GOOD, field: value})
            assert answer.status_code == 422, (field, value)
            assert f'id="f-{field}-e"' in answer.text
            assert field == "body" or "Waited for the close." in answer.text
    assert note.body == "As it was"


def test_changed_deleted_and_restored(client: FlaskClient, seat: Seat) -> None:
    note = write(seat, "2026-11-18")
    assert "Quiet." in client.get(f"/journal/{note.id}").text
    client.post(f"/journal/{note.id}", data=GOOD)
    assert "Waited for the close." in client.get("/journal").text
    client.post(f"/journal/{note.id}/delete")
    page = client.get("/journal").text
    assert "Waited for the close." not in page
    assert f"/journal/{note.id}/restore" in page
    assert client.get(f"/journal/{note.id}").status_code == 404
    client.post(f"/journal/{note.id}/restore")
    assert "Waited for the close." in client.get("/journal").text


def test_pages_go_back_by_date(client: FlaskClient, seat: Seat) -> None:
    for day in range(1, journal.PAGE + 3):
        write(seat, f"2026-10-{day:02}", f"Day {day}.")
    first = client.get("/journal").text
    assert "on=2026-10-03" in first
    assert "Day 3." not in first
    second = client.get("/journal?on=2026-10-03").text
    assert all(f"Day {day}." in second for day in (1, 2, 3))
    assert "Day 4." not in second


def test_an_absurd_date_is_named(client: FlaskClient) -> None:
    for on in ("x", "1e400", "2026-02-30", "٢٠٢٦-01-01", "x" * 1000):
        answer = client.get("/journal", query_string={"on": on})
        assert answer.status_code == 422
        assert 'id="f-jump-e"' in answer.text


def test_a_date_to_come_leads_to_today(client: FlaskClient) -> None:
    assert "Thu 19 Nov 2026" in client.get("/journal?on=2027-01-01").text


def test_others_notes_are_not_there_and_viewers_may_not(app: Flask, client: FlaskClient, seat: Seat) -> None:
    theirs = write(make_seat(make_user("pia@example.org", "Pia"), "Hers"), "2026-11-18")
    for note_id in (theirs.id, uuid4()):
        assert client.get(f"/journal/{note_id}").status_code == 404
        for act in ("", "/delete", "/restore"):
            assert client.post(f"/journal/{note_id}{act}", data=GOOD).status_code == 404
    mine = write(seat, "2026-11-18")
    eye = make_user("eye@example.org", "Eye")
    db.session.add(AccountMember(account_id=seat.account.id, user_id=eye.id, role=MemberRole.VIEWER))
    db.session.commit()
    browser = sign_in(app, eye)
    page = browser.get("/journal").text
    assert "Quiet." in page
    assert "Keep note" not in page
    assert browser.post("/journal", data=GOOD).status_code == 403
    assert browser.get(f"/journal/{mine.id}").status_code == 403
    for act in ("", "/delete", "/restore"):
        assert browser.post(f"/journal/{mine.id}{act}", data=GOOD).status_code == 403
    assert "/sign-in" in app.test_client().get("/journal").location
