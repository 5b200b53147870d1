"""The audit log for programs, and which tokens hold."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.conftest import make_seat, make_user
from tests.web.api.desk import PLAN, Program
from tests.web.api.test_lists import walked
from trenddojo.domain.terms import Role
from trenddojo.services import access, people
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.people import NewPasswordInput
from trenddojo.store.database import db
from trenddojo.store.models import AuditEntry, User
from trenddojo.store.seats import Seat


@pytest.fixture
def planned(program: Program, seat: Seat) -> str:
    return str(program.post("/trades", {**PLAN, "account_id": str(seat.account.id)})["id"])


def test_an_act_is_named_by_its_operation(program: Program, planned: str, seat: Seat) -> None:
    program.post(f"/trades/{planned}/notes", {"kind": "management", "body": "Held."})
    entry = program.get("/audit?limit=1")["items"][0]
    assert (entry["act"], entry["source"], entry["actor"]) == ("add_note", "api", "Marta Lind")
    assert (entry["subject"], entry["area"], entry["account_id"]) == ("NVDA long", "trading", str(seat.account.id))
    fields = {field["name"]: field["after"] for field in entry["changes"][0]["fields"]}
    assert fields["body"] == "Held."
    assert entry["address"] == "127.0.0.1"


def test_pages_and_filters(program: Program, planned: str) -> None:
    everything = walked(program, "/audit")
    assert [entry["seq"] for entry in everything] == sorted((entry["seq"] for entry in everything), reverse=True)
    assert walked(program, "/audit?limit=1") == everything
    assert {entry["area"] for entry in walked(program, "/audit?area=trading&from=2026-11-01")} == {"trading"}
    assert program.call("GET", "/audit?area=other").status_code == 422
    reply = program.call("GET", "/audit?account=0b53ef36-31f1-4a7a-9a53-6f1b9d3a9f10")
    assert reply.status_code == 404
    assert reply.json is not None
    assert list(reply.json["error"]["fields"]) == ["account"]


def test_others_see_their_own_only(app: Flask, program: Program, planned: str) -> None:
    pia = Program(app, make_seat(make_user("pia@example.org", "Pia Holm"), "Hers").user)
    assert "NVDA" not in str(walked(pia, "/audit"))
    admin = Program(app, make_user("ada@example.org", "Ada", Role.ADMIN))
    assert len(walked(admin, "/audit")) == db.session.query(AuditEntry).count()


def test_a_repeated_request_is_one_act(program: Program, seat: Seat) -> None:
    body = {"on": "2026-11-18", "kind": "deposit", "amount": "5"}
    for _ in range(2):
        program.post(f"/accounts/{seat.account.id}/cash", body, Idempotency_Key="once")
    assert [entry["act"] for entry in walked(program, "/audit")].count("record_cash") == 1


def test_the_use_of_a_token_is_no_act(program: Program) -> None:
    before = db.session.query(AuditEntry).count()
    program.get("/accounts")
    assert db.session.query(AuditEntry).count() == before


def test_a_token_waits_until_a_password_that_an_admin_made_was_changed(
    app: Flask, program: Program, user: User
) -> None:
    people.reset_password(make_user("ada@example.org", "Ada", Role.ADMIN), user.id)
    for method, path in (("GET", "/accounts"), ("POST", "/trades")):
        reply = program.call(method, path, {} if method == "POST" else None)
        assert reply.status_code == 403
        assert reply.json is not None
        assert reply.json["error"]["message"].startswith("An admin reset your password.")
    given = dict.fromkeys(("password", "again"), "six hungry owls dance")
    access.choose_password(user, parse(NewPasswordInput, given))
    assert program.call("GET", "/accounts").status_code == 200
