"""A statement by the API: the body of a request, as large as it may be, followed to its end."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.conftest import sign_in
from tests.services.brought import TRADERVUE, lying, worked
from tests.web.api.desk import Program
from trenddojo.store.database import db
from trenddojo.store.models import Import
from trenddojo.store.seats import Seat

MB = 1_000_000


def bring(program: Program, seat: Seat, content: bytes = TRADERVUE.encode(), status: int = 201) -> Any:
    reply = program.call("POST", f"/accounts/{seat.account.id}/imports?name=2026.csv", content)
    assert reply.status_code == status, reply.get_data(as_text=True)
    return reply.get_json()


def test_from_the_file_to_the_books_and_out_again(program: Program, seat: Seat) -> None:
    made = bring(program, seat)
    assert (made["status"], made["format"], made["wants"]) == ("received", "tradervue", ["zone"])
    path = f"/imports/{made['id']}"
    assert program.put(f"{path}/options", {"zone": "America/New_York"})["status"] == "reading"
    worked(made_id(made))
    ready = program.get(path)
    assert (ready["status"], ready["counts"]["fills_new"], ready["counts"]["lines_refused"]) == ("ready", 4, 1)
    assert (ready["first_on"], ready["symbols"]) == ("2026-03-02", ["AAPL", "MSFT"])
    line = program.get(f"{path}/lines?limit=1")["items"][0]
    assert (line["line"], line["kind"], line["verdict"], line["quantity"]) == (2, "fill", "new", "100")
    (refused,) = program.get(f"{path}/refused")["items"]
    assert (refused["line"], "forty" in refused["text"]) == (5, True)
    booking = program.post(f"{path}/book", {"stop_rule": {"kind": "percent", "value": "8"}}, 200)
    assert (booking["status"], booking["options"]["stop_rule"]) == ("booking", {"kind": "percent", "value": "8"})
    worked(made_id(made))
    assert program.get(path)["counts"]["stops_assumed"] == 2
    assert len(program.get("/trades?status=closed")["items"]) == 2
    assuming = program.put(f"{path}/stops", {"stop_rule": {"kind": "fixed_risk", "value": "500"}})
    assert (assuming["status"], assuming["options"]["stop_rule"]["kind"]) == ("booking", "fixed_risk")
    worked(made_id(made))
    closed = program.get("/trades?status=closed")["items"]
    assert {program.get(f"/trades/{one['id']}")["initial_risk"] for one in closed} == {"500.00"}
    assert program.put(f"{path}/stops", {"stop_rule": None})["status"] == "booking"
    worked(made_id(made))
    assert program.get(path)["counts"]["stops_assumed"] == 0
    for body, field in (({}, "stop_rule"), ({"stop_rule": {"kind": "atr", "value": "0"}}, "stop_rule.value")):
        reply = program.call("PUT", f"{path}/stops", body)
        assert (reply.status_code, list(reply.get_json()["error"]["fields"])) == (422, [field])
    assert program.post(f"{path}/undo", {}, 200)["status"] == "undoing"
    worked(made_id(made))
    assert program.get(path)["status"] == "undone"
    assert program.get("/trades?status=closed")["items"] == []


def made_id(made: dict[str, Any]) -> Any:
    db.session.rollback()
    return db.session.scalars(db.select(Import).where(Import.name == made["name"])).one().id


def test_the_same_file_again_is_the_same_import(program: Program, seat: Seat) -> None:
    assert bring(program, seat)["id"] == bring(program, seat)["id"]


def test_what_is_no_statement_is_refused_by_the_field(program: Program, seat: Seat, tmp_path: Path) -> None:
    for content in (b"", b"%PDF-1.7"):
        assert list(bring(program, seat, content, 422)["error"]["fields"]) == ["file"]
    assert lying(tmp_path / "imports") == []


def test_it_may_be_larger_than_anything_else(app: Flask, program: Program, seat: Seat) -> None:
    large = TRADERVUE.encode() + b"2026-03-02,10:30:00,AAPL,100,150.25,B\n" * 50_000
    assert bring(program, seat, large)["size"] == len(large)
    reply = program.call("POST", "/trades", {"thesis": "a" * 2 * MB})
    assert reply.status_code == 413


def test_more_than_the_operator_allows_is_413(app: Flask, seat: Seat, tmp_path: Path) -> None:
    object.__setattr__(app.extensions["trenddojo"].config, "import_bytes", MB)
    reply = Program(app, seat.user).call("POST", f"/accounts/{seat.account.id}/imports", b"a,b\n" * MB)
    assert (reply.status_code, reply.get_json()["error"]["code"]) == (413, "INVALID_REQUEST")
    assert lying(tmp_path / "imports") == []


@pytest.mark.parametrize("header", ["Bearer td_wrong", "Basic YTpi"])
def test_a_token_that_does_not_hold_sends_nothing(app: Flask, seat: Seat, header: str, tmp_path: Path) -> None:
    reply = app.test_client().post(
        f"/api/accounts/{seat.account.id}/imports", headers={"Authorization": header}, input_stream=BytesIO(b"a" * MB)
    )
    assert reply.status_code == 401
    assert lying(tmp_path / "imports") == []


def test_a_browser_shows_the_pages_token(app: Flask, seat: Seat) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    browser, path = sign_in(app, seat.user), f"/api/accounts/{seat.account.id}/imports"
    content = TRADERVUE.encode() + b"2026-03-02,10:30:00,AAPL,100,150.25,B\n" * 50_000
    assert browser.post(path, data=content).status_code == 400
    token = browser.get("/api/docs").get_data(as_text=True).split('name="csrf-token" content="')[1].split('"')[0]
    reply = browser.post(path, data=content, headers={"X-CSRFToken": token}, content_type="application/octet-stream")
    assert (reply.status_code, reply.get_json()["size"]) == (201, len(content))
