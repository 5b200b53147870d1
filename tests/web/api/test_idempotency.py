"""A repeated request makes its thing once and gets the first answer, whatever happens between."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import Clock
from tests.web.api.desk import MAKING, PLAN, Desk, Program, counts
from trenddojo.services import idempotency
from trenddojo.store.database import db
from trenddojo.store.models import (
    IdempotencyKey,
)
from trenddojo.store.seats import Seat
from trenddojo.web.api.operations import Operation


@pytest.mark.parametrize("operation", MAKING, ids=lambda one: one.name)
def test_sent_again_it_gets_the_first_answer(program: Program, desk: Desk, operation: Operation) -> None:
    path, body = desk.path_of(operation), desk.body_of(operation)
    first = program.call("POST", path, body, Idempotency_Key="one")
    made = counts()
    second = program.call("POST", path, body, Idempotency_Key="one")
    assert first.status_code == second.status_code == operation.status
    assert (first.headers.get("Idempotency-Replayed"), second.headers["Idempotency-Replayed"]) == (None, "true")
    assert first.get_json() == second.get_json()
    assert counts() == made


@pytest.mark.parametrize("operation", MAKING, ids=lambda one: one.name)
def test_after_a_crash_before_the_answer_was_kept(
    program: Program, desk: Desk, operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, body = desk.path_of(operation), desk.body_of(operation)
    with monkeypatch.context() as broken:
        broken.setattr(idempotency, "keep", _crash)
        with pytest.raises(ConnectionAbortedError):
            program.call("POST", path, body, Idempotency_Key="one")
    made = counts()
    again = program.call("POST", path, body, Idempotency_Key="one")
    assert again.status_code == operation.status
    assert counts() == made


def _crash(*_given: Any) -> None:
    raise ConnectionAbortedError


def test_a_crash_before_the_thing_was_made_leaves_no_claim(
    program: Program, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("trenddojo.web.api.management.notes.add_note", _crash)
        with pytest.raises(ConnectionAbortedError):
            program.call("POST", f"/trades/{desk.trade_id}/notes", {"body": "x"}, Idempotency_Key="one")
    db.session.rollback()
    assert db.session.scalars(select(IdempotencyKey)).all() == []
    program.post(f"/trades/{desk.trade_id}/notes", {"body": "x"}, Idempotency_Key="one")


def test_another_request_with_the_key_is_refused(program: Program, seat: Seat, desk: Desk) -> None:
    path = f"/trades/{desk.trade_id}/notes"
    program.post(path, {"body": "one"}, Idempotency_Key="k")
    for where, body in [(path, {"body": "two"}), (f"/trades/{desk.plan_id}/notes", {"body": "one"})]:
        refused = program.post(where, body, 422, Idempotency_Key="k")
        assert refused["error"]["fields"] == {
            "Idempotency-Key": "This key came with another request before. Send a new key."
        }


def test_a_refused_request_may_be_mended_with_its_key(program: Program, desk: Desk) -> None:
    path = f"/trades/{desk.trade_id}/close"
    program.post(path, {"price": "101"}, 422, Idempotency_Key="k")
    program.post(
        path, {"price": "101", "exit_reason": "manual", "at": "2026-11-18T14:00:00Z"}, 422, Idempotency_Key="k"
    )
    program.post(path, {"price": "101", "exit_reason": "manual"}, Idempotency_Key="k")


def test_keys_are_a_persons_own(app: Flask, program: Program, desk: Desk, strangers: Desk) -> None:
    from trenddojo.store.people import user_by_email

    pia = user_by_email("pia@example.org")
    assert pia is not None
    program.post(f"/trades/{desk.trade_id}/notes", {"body": "one"}, Idempotency_Key="k")
    reply = Program(app, pia).call("POST", f"/trades/{strangers.trade_id}/notes", {"body": "two"}, Idempotency_Key="k")
    assert reply.status_code == 201


def test_keys_are_forgotten_after_two_days(program: Program, desk: Desk, clock: Clock) -> None:
    path = f"/trades/{desk.trade_id}/notes"
    first = program.post(path, {"body": "one"}, Idempotency_Key="k")
    clock.turn(hours=47)
    assert program.post(path, {"body": "one"}, Idempotency_Key="k") == first
    clock.turn(hours=1)
    other = program.post(path, {"body": "two"}, Idempotency_Key="k")
    assert other["id"] != first["id"]
    assert len(db.session.scalars(select(IdempotencyKey)).all()) == 1


def test_without_a_key_each_request_counts(program: Program, seat: Seat) -> None:
    body = {**PLAN, "account_id": str(seat.account.id)}
    assert program.post("/trades", body)["id"] != program.post("/trades", body)["id"]


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "\u00e9"])
def test_a_key_that_cannot_be_kept_is_refused(program: Program, desk: Desk, key: str) -> None:
    refused = program.post(f"/trades/{desk.trade_id}/notes", {"body": "one"}, 422, Idempotency_Key=key)
    assert list(refused["error"]["fields"]) == ["Idempotency-Key"]
