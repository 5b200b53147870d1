"""Who may call: tokens within their scopes, signed-in browsers, nobody else; and whose ids lead anywhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from tests.conftest import NOW, Clock, make_user, settings, sign_in
from tests.web.api.desk import Desk, Program, strange
from trenddojo.domain.terms import Role, TokenScope
from trenddojo.factory import create_app
from trenddojo.services import tokens
from trenddojo.services.people import set_active
from trenddojo.store.database import db
from trenddojo.store.models import User
from trenddojo.store.seats import Seat
from trenddojo.web.api.operations import Operation
from trenddojo.web.api.table import OPERATIONS

CHANGING = [operation for operation in OPERATIONS if operation.scope is not TokenScope.READ]
OWN = {
    "create_account": 201, "connect_broker": 200, "disconnect": 404, "sync_connection": 404, "offer_import": 404,
    "import_history": 404, "test_broker": 200,
}  # fmt: skip
"""What everybody does for themselves alone, whoever's member they are: others' connections are not there at all."""
WITH_IDS = [operation for operation in OPERATIONS if operation.ids]


def called(program: Program, operation: Operation, desk: Desk) -> int:
    query = "&".join(f"{name}={value}" for name, value in desk.query_of(operation).items())
    reply = program.call(operation.method, f"{desk.path_of(operation)}?{query}", desk.body_of(operation))
    return reply.status_code


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
class TestNobody:
    def test_is_told_how_to_authenticate(self, app: Flask, seat: Seat, operation: Operation) -> None:
        reply = app.test_client().open(f"/api{strange().path_of(operation)}", method=operation.method)
        assert reply.status_code == 401
        assert reply.headers["WWW-Authenticate"] == 'Bearer realm="TrendDojo"'
        assert reply.json is not None
        assert reply.json["error"]["code"] == "AUTHENTICATION_FAILED"


@pytest.mark.parametrize("operation", CHANGING, ids=lambda one: one.name)
class TestScopes:
    def test_a_reader_changes_nothing(self, app: Flask, user: User, desk: Desk, operation: Operation) -> None:
        assert called(Program(app, user, "read"), operation, desk) == 403

    def test_a_trader_changes_trades_only(self, app: Flask, user: User, desk: Desk, operation: Operation) -> None:
        expected = operation.status if operation.scope is TokenScope.TRADE else 403
        assert called(Program(app, user, "trade"), operation, desk) == expected

    def test_the_scope_does_not_exceed_the_seat(
        self, app: Flask, seat: Seat, desk: Desk, member: User, operation: Operation
    ) -> None:
        assert called(Program(app, member), operation, desk) == OWN.get(operation.name, 403)

    def test_a_member_who_trades_does_not_manage(
        self, app: Flask, seat: Seat, desk: Desk, member: User, operation: Operation
    ) -> None:
        desk.let_in("trader")
        refused = operation.status if operation.scope is TokenScope.TRADE else 403
        assert called(Program(app, member), operation, desk) == OWN.get(operation.name, refused)


@pytest.mark.parametrize("operation", WITH_IDS, ids=lambda one: one.name)
def test_somebody_elses_ids_lead_nowhere(program: Program, strangers: Desk, operation: Operation) -> None:
    assert called(program, operation, strangers) == called(program, operation, strange()) == 404


def test_a_fill_is_found_in_its_own_trade_only(program: Program, desk: Desk) -> None:
    assert program.call("DELETE", f"/trades/{desk.plan_id}/fills/{desk.fill_id}").status_code == 404


def test_a_body_names_the_account_that_is_not_ours(program: Program, desk: Desk, strangers: Desk) -> None:
    plan = {"symbol": "A", "direction": "long", "entry": "10", "stop": "9", "account_id": strangers.account_id}
    for path in ("/trades", "/sizing"):
        refused = program.post(path, plan, 404)["error"]
        assert (refused["code"], list(refused["fields"])) == ("NOT_FOUND", ["account_id"])


def test_a_list_names_the_account_that_is_not_ours(program: Program, strangers: Desk) -> None:
    reply = program.call("GET", f"/trades?account={strangers.account_id}")
    assert reply.status_code == 404
    assert list(reply.get_json()["error"]["fields"]) == ["account"]


class TestTokens:
    @pytest.mark.parametrize("header", ["Bearer", "Bearer td_wrong", "Basic YTpi", "td_wrong", "Bearer \xff"])
    def test_what_is_no_token_is_refused(self, app: Flask, header: str) -> None:
        reply = app.test_client().get("/api/accounts", headers={"Authorization": header})
        assert reply.status_code == 401

    def test_a_wrong_one_is_refused_whatever_cookie_comes_with_it(self, app: Flask, user: User) -> None:
        reply = sign_in(app, user).get("/api/accounts", headers={"Authorization": "Bearer td_wrong"})
        assert reply.status_code == 401

    def test_a_revoked_one_is_refused(self, program: Program, user: User) -> None:
        token = tokens.token_user(program.secret, NOW)
        assert token is not None
        tokens.revoke_token(user, token.token.id, NOW)
        assert program.call("GET", "/accounts").status_code == 401

    def test_an_expired_one_is_refused(self, program: Program, clock: Clock) -> None:
        token = tokens.token_user(program.secret, NOW)
        assert token is not None
        token.token.expires_at = NOW + timedelta(hours=1)
        db.session.commit()
        assert program.call("GET", "/accounts").status_code == 200
        clock.turn(hours=1)
        assert program.call("GET", "/accounts").status_code == 401

    def test_it_ends_with_its_owner(self, program: Program, user: User) -> None:
        set_active(make_user("root@example.org", "Root", Role.ADMIN), user.id, active=False)
        assert program.call("GET", "/accounts").status_code == 401

    def test_no_csrf_is_asked_of_a_token(self, app: Flask, program: Program, desk: Desk) -> None:
        app.config["WTF_CSRF_ENABLED"] = True
        assert program.call("PATCH", f"/trades/{desk.plan_id}", {"label": "x"}).status_code == 200


class TestBrowser:
    def test_a_signed_in_person_looks(self, app: Flask, user: User, seat: Seat) -> None:
        reply = sign_in(app, user).get("/api/accounts")
        assert reply.get_json()["items"][0]["name"] == "Trend Core"

    def test_a_change_needs_the_pages_token(self, app: Flask, user: User, desk: Desk) -> None:
        browser, path = sign_in(app, user), f"/api/trades/{desk.plan_id}"
        refused = browser.patch(path, json={"label": "x"})
        assert (refused.status_code, refused.get_json()["error"]["code"]) == (400, "CSRF")
        page = browser.get("/api/docs").get_data(as_text=True)
        token = page.split('name="csrf-token" content="')[1].split('"')[0]
        assert browser.patch(path, json={"label": "x"}, headers={"X-CSRFToken": token}).status_code == 200


def test_calls_are_counted_by_the_tokens_owner(database_url: str, clock: Clock) -> None:
    application = create_app(settings(database_url), clock)
    application.config.update(TESTING=True)
    with application.app_context():
        db.create_all()
        one, other = make_user("one@example.org", "One"), make_user("other@example.org", "Other")
        first, second = Program(application, one), Program(application, other)
        again = Program(application, one)
        db.session.remove()
    for _ in range(600):
        assert first.call("GET", "/accounts").status_code == 200
    refused = again.call("GET", "/accounts")
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert int(refused.headers["Retry-After"]) > 0
    assert second.call("GET", "/accounts").status_code == 200
