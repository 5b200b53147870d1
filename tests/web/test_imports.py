"""Statements through the browser: sent, asked about, looked at, imported, taken out again; by seats alone."""

from __future__ import annotations

import os
import re
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from tests.conftest import make_seat, make_user, sign_in
from tests.services.brought import TRADERVUE, lying, worked
from tests.services.recorded import stranger, viewer_of
from trenddojo.domain.terms import ImportStatus, TradeStatus
from trenddojo.store import import_files
from trenddojo.store.database import db
from trenddojo.store.models import Import, Trade
from trenddojo.store.seats import Seat

HTMX = {"HX-Request": "true"}


def send(client: FlaskClient, seat: Seat, *files: tuple[str | bytes, str], **more: Any) -> TestResponse:
    """Send the form with files. It is put together in memory: the test client's own would leave a file open."""
    chosen = files or ((TRADERVUE, "trades.csv"),)
    fields: list[tuple[str, Any]] = [("account", str(seat.account.id))]
    for content, name in chosen:
        data = content.encode() if isinstance(content, str) else content
        fields.append(("file", FileStorage(BytesIO(data), name)))
    boundary, body = encode_multipart(MultiDict(fields))
    return client.post("/imports", data=body, content_type=f"multipart/form-data; boundary={boundary}", **more)


def only_import() -> Import:
    db.session.rollback()
    return db.session.scalars(db.select(Import)).one()


def ready(client: FlaskClient, seat: Seat) -> Import:
    """A statement that was sent, asked about and read."""
    send(client, seat)
    row = only_import()
    client.post(f"/imports/{row.id}/answers", data={"format": row.format, "zone": "America/New_York"})
    return worked(row.id)


def test_the_main_path(client: FlaskClient, seat: Seat) -> None:
    answer = send(client, seat)
    row = only_import()
    assert (answer.status_code, answer.location) == (303, f"/imports/{row.id}")
    page = client.get(answer.location).text
    assert "Tradervue: executions" in page
    assert "Recognised by its columns: Date, Time, Symbol" in page
    assert "Choose a zone" in page

    client.post(f"/imports/{row.id}/answers", data={"format": row.format, "zone": "America/New_York"})
    assert only_import().status is ImportStatus.READING
    assert 'hx-trigger="every 1s"' in client.get(f"/imports/{row.id}").text

    worked(row.id)
    page = client.get(f"/imports/{row.id}").text
    assert "What would come of it" in page
    assert "Import 4 fills" in page
    assert 'hx-trigger="every' not in page
    assert db.session.scalars(db.select(Trade)).all() == []

    client.post(f"/imports/{row.id}/book", data={"stop_kind": "none"})
    assert only_import().status is ImportStatus.BOOKING
    worked(row.id)
    page = client.get(f"/imports/{row.id}").text
    assert "What came of it" in page
    assert sorted(trade.symbol for trade in db.session.scalars(db.select(Trade))) == ["AAPL", "MSFT"]

    client.post(f"/imports/{row.id}/undo")
    worked(row.id)
    assert "taken out of your books" in client.get(f"/imports/{row.id}").text
    assert db.session.scalars(db.select(Trade).where(Trade.deleted_at.is_(None))).all() == []


def test_refused_lines_come_back_mended(app: Flask, client: FlaskClient, seat: Seat) -> None:
    row = ready(client, seat)
    with client.get(f"/imports/{row.id}/refused.csv") as answer:
        text = answer.get_data().decode("utf-8-sig")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename")
    header, line = text.splitlines()
    assert header == "Date,Time,Symbol,Quantity,Price,Side,Refused line,Why it was refused"
    assert line.startswith("2026-03-12,12:00:00,MSFT,forty,410.10,S,5,")
    client.post(f"/imports/{row.id}/book", data={"stop_kind": "none"})
    worked(row.id)

    mended = text.replace("forty", "40").replace("12:00:00", "12:01:00")
    location = send(client, seat, (mended, "mended.csv")).location
    assert "/imports/" in location
    db.session.rollback()
    second = db.session.scalars(db.select(Import).where(Import.name == "mended.csv")).one()
    assert second.options["zone"] == "America/New_York"  # remembered: the added columns make no other file of it
    assert second.status is ImportStatus.READING
    done = worked(second.id)
    assert done.counts["fills_new"] == 1
    assert done.counts["fills_refused"] == 0


def test_the_same_file_again_says_so(client: FlaskClient, seat: Seat) -> None:
    first = send(client, seat).location
    answer = send(client, seat)
    assert answer.location == first
    assert "here already: nothing was added" in client.get(first).text
    assert only_import()


def test_an_overlapping_file_says_what_is_new(client: FlaskClient, seat: Seat) -> None:
    row = ready(client, seat)
    client.post(f"/imports/{row.id}/book", data={"stop_kind": "none"})
    worked(row.id)
    send(client, seat, (TRADERVUE + "\n", "again.csv"))
    db.session.rollback()
    second = db.session.scalars(db.select(Import).where(Import.name == "again.csv")).one()
    worked(second.id)
    page = client.get(f"/imports/{second.id}").text
    assert "Nothing new" in page
    assert "4 here already" in page


def test_a_script_gets_a_line_for_each_file(client: FlaskClient, seat: Seat) -> None:
    answer = send(client, seat, (TRADERVUE, "a.csv"), headers=HTMX)
    assert (answer.status_code, answer.text.strip()[:3]) == (200, "<li")
    assert f'data-href="/imports/{only_import().id}"' in answer.text
    answer = send(client, seat, (b"%PDF-1.7 \x00\x01", "<b>.csv"), headers=HTMX)
    assert answer.status_code == 422
    assert "&lt;b&gt;.csv: This is no text file." in answer.text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"  \n \n", "The file is empty."),
        (b"PK\x03\x04" + b"\0" * 400, "This is no text file."),
        (b"%PDF-1.4\n\xff\xfe", "This is no text file."),
    ],
)
def test_what_is_no_statement_has_its_sentence(
    client: FlaskClient, seat: Seat, content: bytes, sentence: str, tmp_path: Any
) -> None:
    answer = send(client, seat, (content, "x.csv"))
    assert answer.status_code == 422
    assert f"x.csv: {sentence}" in answer.text
    assert lying(tmp_path / "imports") == []
    assert db.session.scalars(db.select(Import)).all() == []


def test_no_file_no_account(client: FlaskClient, seat: Seat) -> None:
    answer = client.post("/imports", data={"account": str(seat.account.id)})
    assert (answer.status_code, "Choose a file first." in answer.text) == (422, True)
    for account in ("", "x", str(stranger().account.id)):
        answer = client.post("/imports", data={"account": account, "file": (BytesIO(b"a"), "a.csv")})
        assert answer.status_code == 404


def test_too_large_is_said_in_megabytes(app: Flask, client: FlaskClient, seat: Seat, tmp_path: Any) -> None:
    object.__setattr__(app.extensions["trenddojo"].config, "import_bytes", 1_000_000)
    answer = send(client, seat, (b"a,b\n" * 600_000, "x.csv"))
    assert answer.status_code == 413
    assert "At most 1 MB are taken at once." in answer.text
    assert send(client, seat, (b"a,b\n" * 600_000, "x.csv"), headers=HTMX).status_code == 413
    assert lying(tmp_path / "imports") == []


def test_a_full_disk_is_said(client: FlaskClient, seat: Seat, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    client.get("/imports")
    (tmp_path / "imports").mkdir(exist_ok=True)

    def full(*_given: Any) -> Any:
        return open("/dev/full", "r+b", buffering=0)

    monkeypatch.setattr(import_files.os, "fdopen", lambda handle, _mode: (os.close(handle), full())[1])
    answer = send(client, seat)
    assert (answer.status_code, "no room for it" in answer.text) == (413, True)
    assert lying(tmp_path / "imports") == []


def test_an_unknown_file_is_asked_about(client: FlaskClient, seat: Seat) -> None:
    send(client, seat, ("When,What\n2026-01-02,AAPL\n", "own.csv"))
    row = only_import()
    assert row.format == ""
    page = client.get(f"/imports/{row.id}").text
    assert "Not recognised." in page
    assert "How it begins" in page
    answer = client.post(f"/imports/{row.id}/answers", data={"format": "nonsense"})
    assert (answer.status_code, "Choose one of the formats." in answer.text) == (422, True)
    answer = client.post(f"/imports/{row.id}/answers", data={"format": "webull", "zone": "Mars/Base"})
    assert answer.status_code == 422
    assert only_import().status is ImportStatus.RECEIVED


def test_a_stop_to_assume_is_read_by_the_field(client: FlaskClient, seat: Seat) -> None:
    row = ready(client, seat)
    for value in ("", "-1", "abc", "100"):
        answer = client.post(f"/imports/{row.id}/book", data={"stop_kind": "percent", "stop_value": value})
        assert answer.status_code == 422, value
        assert re.search(r'id="f-stop_value"[^>]* aria-invalid="true"', answer.text), value
        assert only_import().status is ImportStatus.READY
    client.post(f"/imports/{row.id}/book", data={"stop_kind": "percent", "stop_value": "8"})
    assert only_import().options["stop_rule"] == {"kind": "percent", "value": "8"}
    worked(row.id)
    trade = db.session.scalars(db.select(Trade).where(Trade.symbol == "AAPL")).one()
    page = client.get(f"/trades/{trade.id}").text
    assert re.search(r'<span class="chip warn">assumed</span>', page)
    assert f'href="/imports/{row.id}"' in page


def test_stops_are_assumed_by_another_rule_once_it_is_imported(client: FlaskClient, seat: Seat) -> None:
    row = ready(client, seat)
    here = f"/imports/{row.id}"
    assert "Assumed stops" not in client.get(here).text
    client.post(f"{here}/book", data={"stop_kind": "none"})
    worked(row.id)
    assert "Apply to 2 trades" in client.get(here).text
    for kind, value, field in (("percent", "100", "value"), ("atr", "", "value"), ("thirds", "3", "kind")):
        answer = client.post(f"{here}/stops", data={"stop_kind": kind, "stop_value": value}, headers=HTMX)
        assert answer.status_code == 422, kind
        assert re.search(rf'id="f-stop_{field}"[^>]* aria-invalid="true"', answer.text), kind
        assert f'name="stop_value" value="{value}"' in answer.text
        assert only_import().status is ImportStatus.DONE
    answer = client.post(f"{here}/stops", data={"stop_kind": "percent", "stop_value": "8"}, headers=HTMX)
    assert "Assuming stops" in answer.text
    assert "assuming stops" in client.get("/imports").text
    worked(row.id)
    page = client.get(here).text
    assert re.search(r"<dt>Assumed</dt><dd>2</dd>", page)
    assert 'value="percent" selected' in page
    assert "8% of the entry" in page
    client.post(f"{here}/stops", data={"stop_kind": "atr", "stop_value": "2"})
    worked(row.id)
    assert "2 trades lack bars." in client.get(here).text
    client.post(f"{here}/stops", data={"stop_kind": "none"})
    worked(row.id)
    assert re.search(r"<dt>None at all</dt><dd>2</dd>", client.get(here).text)
    assert "stop_rule" not in only_import().options


def test_why_stops_could_not_be_assumed_is_said_where_they_are(client: FlaskClient, seat: Seat) -> None:
    row = ready(client, seat)
    client.post(f"/imports/{row.id}/book", data={"stop_kind": "none"})
    done = worked(row.id)
    done.error, done.counts = "It broke off.", {**done.counts, "phase": "assuming"}
    db.session.commit()
    page = client.get(f"/imports/{row.id}").text
    assert "<b>Not finished.</b> It broke off." in page
    assert "Not undone." not in page


def test_the_stop_that_a_trade_had_takes_the_place_of_the_assumed_one(client: FlaskClient, seat: Seat) -> None:
    row = ready(client, seat)
    client.post(f"/imports/{row.id}/book", data={"stop_kind": "percent", "stop_value": "8"})
    worked(row.id)
    trade = db.session.scalars(db.select(Trade).where(Trade.status == TradeStatus.CLOSED)).first()
    assert trade is not None
    here, entry = f"/trades/{trade.id}", trade.planned_entry
    assert "Set the stop it had" in client.get(here).text
    answer = client.post(f"{here}/stop", data={"price": str(entry * 2), "from_entry": "1"})
    assert answer.status_code == 422
    assert "is below its entry" in answer.text
    assert client.post(f"{here}/stop", data={"price": str(entry / 2), "from_entry": "1"}).status_code == 303
    assert "assumed</span>" not in client.get(here).text
    db.session.expire_all()
    assert db.session.get_one(Trade, trade.id).stop == entry / 2


def test_discarded_it_is_gone(client: FlaskClient, seat: Seat, tmp_path: Any) -> None:
    row = ready(client, seat)
    answer = client.post(f"/imports/{row.id}/discard")
    assert answer.location == "/imports"
    assert client.get(f"/imports/{row.id}").status_code == 404
    assert lying(tmp_path / "imports") == []


def test_the_list_shows_what_the_person_may_see(app: Flask, client: FlaskClient, seat: Seat) -> None:
    send(client, seat)
    page = client.get("/imports").text
    assert "trades.csv" in page
    assert "needs an answer" in page
    assert "trades.csv" not in sign_in(app, stranger().user).get("/imports").text
    assert client.get("/imports", headers=HTMX).text.lstrip().startswith("<section")


def test_somebody_elses_import_is_not_there(app: Flask, client: FlaskClient, seat: Seat) -> None:
    row = ready(client, seat)
    other = make_seat(make_user("pia@example.org", "Pia"), "Hers")
    theirs = sign_in(app, other.user)
    for path in ("", "/refused.csv"):
        assert theirs.get(f"/imports/{row.id}{path}").status_code == 404
    for act in ("answers", "book", "stops", "again", "undo", "discard"):
        assert theirs.post(f"/imports/{row.id}/{act}").status_code == 404
    assert theirs.get(f"/imports?before={row.id}").status_code == 404
    assert "/sign-in" in app.test_client().get(f"/imports/{row.id}").location


def test_a_viewer_looks_and_does_no_more(app: Flask, client: FlaskClient, seat: Seat) -> None:
    row = ready(client, seat)
    browser = sign_in(app, viewer_of(seat).user)
    page = browser.get(f"/imports/{row.id}").text
    assert "What would come of it" in page
    assert '/book"' not in page
    assert "/discard" not in page
    for act in ("answers", "book", "stops", "again", "undo", "discard"):
        assert browser.post(f"/imports/{row.id}/{act}").status_code == 403
    assert send(browser, seat).status_code == 403
    assert "not import" in browser.get("/imports").text


def test_without_a_place_there_is_no_form(app: Flask, client: FlaskClient, seat: Seat) -> None:
    object.__setattr__(app.extensions["trenddojo"].config, "imports_path", None)
    assert "IMPORTS_PATH" in client.get("/imports").text
    answer = send(client, seat)
    assert (answer.status_code, "IMPORTS_PATH" in answer.text) == (422, True)


def test_history_from_before_the_account_says_that_its_opening_moves(client: FlaskClient, seat: Seat) -> None:
    seat.account.opened_on = date(2026, 3, 10)
    db.session.commit()
    row = ready(client, seat)
    page = client.get(f"/imports/{row.id}").text
    assert "The account’s opening moves to Mon 2 Mar 2026." in page
    assert "Its starting balance of 100,000.00 USD then is what it held before that day" in page
    client.post(f"/imports/{row.id}/book", data={"stop_kind": "none"})
    worked(row.id)
    page = client.get(f"/imports/{row.id}").text
    assert "Account opens on" in page
    assert "opening moves to" not in page
