"""Requests that cannot be read, each refused as JSON with the right status."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.web.api.desk import Desk, Program


def sent(program: Program, path: str, data: bytes, content_type: str = "application/json") -> TestResponse:
    headers = {"Authorization": f"Bearer {program.secret}"}
    return program.app.test_client().post(f"/api{path}", data=data, content_type=content_type, headers=headers)


def refusal(reply: TestResponse) -> dict[str, Any]:
    body = reply.get_json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "fields"}
    error: dict[str, Any] = body["error"]
    return error


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"entry": }',
        b"\xff\xfe\x00",
        b'{"a": "\xff"}',
        b"[" * 100_000,
        b'{"entry": ' + b"9" * 5000 + b"}",
        b"{} trailing",
    ],
    ids=["empty", "cut", "quotes", "gap", "bytes", "latin", "nested", "digits", "trailing"],
)
def test_what_is_no_json(program: Program, data: bytes) -> None:
    reply = sent(program, "/sizing", data)
    assert reply.status_code == 400
    assert refusal(reply)["message"] == "The body is not JSON."


@pytest.mark.parametrize("data", [b"[]", b"null", b'"text"', b"5", b"NaN", b'[{"entry": "1"}]'])
def test_what_is_no_object(program: Program, data: bytes) -> None:
    reply = sent(program, "/sizing", data)
    assert reply.status_code == 422
    assert refusal(reply)["fields"] == {"form": "Must be an object with fields."}


def test_a_key_field_does_not_hide_what_is_no_object(program: Program, desk: Desk) -> None:
    assert sent(program, f"/trades/{desk.trade_id}/notes", b"[]").status_code == 422


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_is_sent_as_something_else(program: Program, content_type: str) -> None:
    reply = sent(program, "/sizing", b"{}", content_type)
    assert reply.status_code == 415
    assert "Content-Type: application/json" in refusal(reply)["message"]


def test_too_much_at_once(program: Program) -> None:
    reply = sent(program, "/sizing", b'{"symbol": "' + b"x" * (1 << 20) + b'"}')
    assert reply.status_code == 413
    assert refusal(reply)["fields"] == {}


def test_the_last_of_equal_fields_counts(program: Program, desk: Desk) -> None:
    reply = sent(program, f"/trades/{desk.trade_id}/notes", b'{"body": "first", "body": "second"}')
    assert reply.get_json()["body"] == "second"


@pytest.mark.parametrize("number", [b"1e400", b"NaN", b"-Infinity", b"146.20", b"1e2"])
def test_numbers_that_json_cannot_keep_exactly_name_their_field(program: Program, number: bytes) -> None:
    fields = refusal(sent(program, "/sizing", b'{"entry": ' + number + b"}"))["fields"]
    assert fields["entry"] == 'Send decimals as text, such as "146.20".'


@pytest.mark.parametrize("path", ["/nothing", "/trades/", "/trades/not-an-id", "/trades/1/fills", "/", "/%00"])
def test_what_is_not_there(program: Program, path: str) -> None:
    reply = program.call("GET", path)
    assert reply.status_code == 404
    assert refusal(reply)["code"] == "NOT_FOUND"


@pytest.mark.parametrize(("method", "path"), [("PUT", "/trades"), ("DELETE", "/accounts")])
def test_what_cannot_be_done_there(program: Program, method: str, path: str) -> None:
    reply = program.call(method, path)
    assert reply.status_code == 405
    assert "GET" in reply.headers["Allow"]
    refusal(reply)


def test_an_unknown_field_is_named(program: Program, desk: Desk) -> None:
    body = {"account_id": desk.account_id, "direction": "long", "entry": "10", "stop": "9", "stopp": "8"}
    assert program.post("/sizing", body, 422)["error"]["fields"] == {"stopp": "There is no such field."}


def test_an_unknown_parameter_is_named(program: Program) -> None:
    assert refusal(program.call("GET", "/accounts?limit=5"))["fields"] == {"limit": "There is no such field."}


def test_a_parameter_sent_twice_is_refused(program: Program) -> None:
    assert "limit" in refusal(program.call("GET", "/trades?limit=5&limit=6"))["fields"]


def test_the_forms_key_is_no_field(program: Program, desk: Desk) -> None:
    refused = program.post(f"/trades/{desk.trade_id}/notes", {"body": "x", "key": "0123456789"}, 422)
    assert refused["error"]["fields"] == {"key": "There is no such field. Send the header Idempotency-Key."}


def test_a_time_needs_its_offset(program: Program, desk: Desk) -> None:
    refused = program.post(f"/trades/{desk.trade_id}/mark", {"price": "101", "at": "2026-11-19T10:00"}, 422)
    assert refused["error"]["fields"] == {"at": "Add the offset from UTC, such as 2026-11-19T14:42:00Z."}


def test_looking_without_the_body(program: Program) -> None:
    reply = program.call("HEAD", "/accounts")
    assert (reply.status_code, reply.data) == (200, b"")
