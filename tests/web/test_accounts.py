"""The pages about accounts: what they show, who may do what, and the switch between them."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import make_seat, make_user, sign_in
from tests.services.exposed import bought
from trenddojo.domain.terms import MemberRole, Role
from trenddojo.services import checklist
from trenddojo.services.checklist import items_of
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.checklist import NewItemInput
from trenddojo.store.database import db
from trenddojo.store.models import Account, AccountMember, ChecklistItem, User
from trenddojo.store.seats import Seat, seats_of
from trenddojo.web import deps

TERMS = {
    "name": "Swing",
    "base_currency": "EUR",
    "starting_balance": "25,000",
    "time_zone": "Europe/Berlin",
    "opened_on": "2026-01-05",
    "fee_per_unit": "0.005",
    "fee_per_order": "1",
    "leverage": "1",
    "breakeven_band": "0",
    "risk_free_rate": "0",
    "key": "0123456789abcdef0123456789abcdef",
}
BAD = ["", "NaN", "1e400", "-1", "٣", "x" * 10_000]


def item(seat: Seat, text: str) -> ChecklistItem:
    return checklist.add_item(seat, parse(NewItemInput, {"text": text}))


def join(seat: Seat, user: User, role: MemberRole) -> None:
    db.session.add(AccountMember(account_id=seat.account.id, user_id=user.id, role=role))
    db.session.commit()


class TestAccounts:
    def test_the_list_shows_every_account_one_may_see(self, client: FlaskClient, seat: Seat, user: User) -> None:
        join(make_seat(make_user("pia@example.org", "Pia"), "Pia's"), user, MemberRole.VIEWER)
        make_seat(make_user("ole@example.org", "Ole"), "Secret")
        page = client.get("/accounts").text
        assert "Trend Core" in page
        assert "Pia&#39;s" in page
        assert "Secret" not in page

    def test_nobody_without_account_is_left_alone(self, app: Flask) -> None:
        browser = sign_in(app, make_user("new@example.org", "New"))
        assert "Add an account" in browser.get("/accounts").text
        assert "Add an account" in browser.get("/accounts/checklist").text
        for address in ("/risk", "/cash", "/journal"):
            assert browser.get(address).location == "/accounts"
        viewer = sign_in(app, make_user("eye@example.org", "Eye", Role.VIEWER))
        assert "let you in" in viewer.get("/accounts").text

    def test_a_new_account_is_at_hand_at_once_and_made_once(self, client: FlaskClient, user: User) -> None:
        first = client.post("/accounts", data=TERMS)
        assert client.post("/accounts", data=TERMS).location == first.location
        assert len(seats_of(user)) == 2
        with client.session_transaction() as session:
            assert first.location == f"/accounts/{session[deps.ACCOUNT]}"
        assert "Swing is ready." in client.get(first.location).text

    @pytest.mark.parametrize("field", sorted(set(TERMS) - {"key"}))
    def test_bad_input_names_its_field_and_keeps_what_was_typed(
        self, client: FlaskClient, user: User, seat: Seat, field: str
    ) -> None:
        fine = {"name": {"NaN", "1e400", "-1", "٣"}, "base_currency": {"NaN"}}.get(field, set())
        for value in set(BAD) - fine:
            for address in ("/accounts", f"/accounts/{seat.account.id}"):
                if (address, field, value) == ("/accounts", "opened_on", ""):
                    continue  # a new account opens today unless told otherwise
                answer = client.post(address, data={**TERMS, "name": "Kept as typed", field: value})
                assert answer.status_code == 422, (address, value)
                assert f'id="f-{field}-e"' in answer.text
                assert answer.text.count('class="msg"') == 1
                assert field == "name" or "Kept as typed" in answer.text
        assert len(seats_of(user)) == 1
        assert seat.account.name == "Trend Core"

    def test_the_owner_changes_it(self, client: FlaskClient, seat: Seat) -> None:
        answer = client.post(f"/accounts/{seat.account.id}", data={**TERMS, "base_currency": "USD"})
        assert answer.status_code == 303
        db.session.expire_all()
        assert (seat.account.name, seat.account.equity) == ("Swing", 25_000)

    def test_a_field_that_belongs_to_nothing_is_left_out(self, client: FlaskClient, seat: Seat) -> None:
        client.post(f"/accounts/{seat.account.id}", data={"name": "Same", "owner_id": str(uuid4()), "equity": "1"})
        db.session.expire_all()
        assert (seat.account.name, seat.account.owner_id, seat.account.equity) == ("Same", seat.user.id, 100_000)

    def test_archived_and_restored(self, client: FlaskClient, seat: Seat) -> None:
        client.post(f"/accounts/{seat.account.id}/archive")
        page = client.get("/accounts").text
        assert f"/accounts/{seat.account.id}/restore" in page
        assert client.get(f"/accounts/{seat.account.id}").status_code == 404
        client.post(f"/accounts/{seat.account.id}/restore")
        assert client.get(f"/accounts/{seat.account.id}").status_code == 200

    def test_open_trades_keep_it_and_it_says_why(self, client: FlaskClient, seat: Seat) -> None:
        bought(seat, "NVDA", "10", "100", "95")
        client.post(f"/accounts/{seat.account.id}/archive")
        page = client.get(f"/accounts/{seat.account.id}").text
        assert "1 open trade: close what is open" in page
        assert "Archive account" not in page


class TestMembers:
    def test_let_in_changed_and_removed(self, client: FlaskClient, seat: Seat) -> None:
        pia = make_user("pia@example.org", "Pia Holm")
        address = f"/accounts/{seat.account.id}/members"
        assert client.post(address, data={"email": "pia@example.org", "role": "trader"}).status_code == 303
        assert "Pia Holm is a trader here now." in client.get(f"/accounts/{seat.account.id}").text
        client.post(address, data={"email": "pia@example.org", "role": "viewer"})
        assert [found.may_trade for found in seats_of(pia)] == [False]
        client.post(f"{address}/{pia.id}/remove")
        assert seats_of(pia) == []
        assert client.post(f"{address}/{pia.id}/remove").status_code == 404

    def test_refusals_stand_by_their_field(self, client: FlaskClient, seat: Seat) -> None:
        make_user("pia@example.org", "Pia")
        for field, values in {"email": ["nobody@example.org", *BAD], "role": ["owner", "", "x" * 10_000]}.items():
            for value in values:
                sent = {"email": "pia@example.org", "role": "viewer", field: value}
                answer = client.post(f"/accounts/{seat.account.id}/members", data=sent)
                assert answer.status_code == 422, (field, value)
                assert f'id="f-{field}-e"' in answer.text


class TestWhoMay:
    def test_strangers_find_nothing_and_members_may_not_manage(self, app: Flask, seat: Seat) -> None:
        pia = make_user("pia@example.org", "Pia")
        browser = sign_in(app, pia)
        root = f"/accounts/{seat.account.id}"
        posts = (root, f"{root}/archive", f"{root}/members", f"{root}/members/{seat.user.id}/remove")
        data = {**TERMS, "email": "pia@example.org", "role": "trader"}
        assert browser.get(root).status_code == 404
        assert {browser.post(address, data=data).status_code for address in posts} == {404}
        assert browser.post(f"{root}/restore").status_code == 404
        assert browser.post("/accounts/switch", data={"account_id": str(seat.account.id)}).status_code == 404
        join(seat, pia, MemberRole.TRADER)
        page = browser.get(root)
        assert page.status_code == 200
        assert "Save account" not in page.text
        assert {browser.post(address, data=data).status_code for address in posts} == {403}
        assert seat.account.name == "Trend Core"

    def test_viewers_add_no_account(self, app: Flask) -> None:
        browser = sign_in(app, make_user("eye@example.org", "Eye", Role.VIEWER))
        assert browser.post("/accounts", data=TERMS).status_code == 403

    def test_everybody_signs_in_first(self, app: Flask, seat: Seat) -> None:
        for address in ("/accounts", "/accounts/new", f"/accounts/{seat.account.id}", "/accounts/checklist"):
            assert "/sign-in" in app.test_client().get(address).location


class TestSwitch:
    @pytest.fixture
    def other(self, user: User) -> Account:
        return make_seat(user, "Second").account

    def test_it_stays_on_a_page_that_both_accounts_have(self, client: FlaskClient, other: Account) -> None:
        for referrer, leads_to in {
            "http://localhost/cash?before=1": "/cash",
            "http://localhost/journal": "/journal",
            f"http://localhost/trades/{uuid4()}": "/",
            f"http://localhost/accounts/{uuid4()}": "/",
            "http://localhost/accounts/switch": "/",
            "http://localhost//evil.example": "/",
            "http://evil.example/cash": "/",
            "http://localhost/no/such/page": "/",
            "": "/",
        }.items():
            headers = {"Referer": referrer}
            answer = client.post("/accounts/switch", data={"account_id": str(other.id)}, headers=headers)
            assert (answer.status_code, answer.location) == (303, leads_to), referrer
        with client.session_transaction() as session:
            assert session[deps.ACCOUNT] == str(other.id)

    def test_an_unknown_account_is_not_there(self, client: FlaskClient) -> None:
        for account_id in ("", "x", str(uuid4()), "1e400", "٣", "x" * 10_000):
            assert client.post("/accounts/switch", data={"account_id": account_id}).status_code == 404


class TestChecklist:
    def test_added_once_ordered_changed_archived_and_restored(self, client: FlaskClient, seat: Seat) -> None:
        for _ in range(2):
            client.post("/accounts/checklist", data={"text": "One", "required": "1", "key": "a" * 32})
        client.post("/accounts/checklist", data={"text": "Two", "key": "b" * 32})
        one, two = items_of(seat)
        assert (one.required, two.required) == (True, False)
        assert client.post(f"/accounts/checklist/{two.id}/move", data={"to": "up"}).status_code == 303
        client.post(f"/accounts/checklist/{one.id}", data={"text": "Uno"})
        db.session.expire_all()
        assert [(found.text, found.required) for found in items_of(seat)] == [("Two", False), ("Uno", False)]
        client.post(f"/accounts/checklist/{two.id}/archive")
        assert f"/accounts/checklist/{two.id}/restore" in client.get("/accounts/checklist").text
        client.post(f"/accounts/checklist/{two.id}/restore")
        assert [found.text for found in items_of(seat)] == ["Two", "Uno"]

    def test_bad_input_is_named_and_kept(self, client: FlaskClient, seat: Seat) -> None:
        one = item(seat, "One")
        for field, values in {"text": ["", "x" * 10_000, "\x00", "a\nb"], "required": ["maybe", "NaN", "9"]}.items():
            for value in values:
                for address in ("/accounts/checklist", f"/accounts/checklist/{one.id}"):
                    answer = client.post(address, data={"text": "Kept as typed", "required": "1", field: value})
                    assert answer.status_code == 422, (field, value)
                    assert f'id="f-{field}-e"' in answer.text
                    assert field == "text" or "Kept as typed" in answer.text
        assert [found.text for found in items_of(seat)] == ["One"]

    def test_it_moves_up_or_down_only(self, client: FlaskClient, seat: Seat) -> None:
        one = item(seat, "One")
        assert client.post(f"/accounts/checklist/{one.id}/move", data={"to": "sideways"}).status_code == 422

    def test_others_items_are_not_there_and_viewers_may_not(self, app: Flask, client: FlaskClient, seat: Seat) -> None:
        pia = make_user("pia@example.org", "Pia")
        theirs = item(make_seat(pia, "Hers"), "Secret")
        acts = ("", "/move", "/archive", "/restore")
        data = {"text": "Mine", "to": "up"}
        root = f"/accounts/checklist/{theirs.id}"
        assert client.get(root).status_code == 404
        assert {client.post(root + act, data=data).status_code for act in acts} == {404}
        mine = item(seat, "One")
        join(seat, pia, MemberRole.TRADER)
        browser = sign_in(app, pia)
        browser.post("/accounts/switch", data={"account_id": str(seat.account.id)})
        root = f"/accounts/checklist/{mine.id}"
        assert {browser.post(root + act, data=data).status_code for act in acts} == {403}
        assert browser.post("/accounts/checklist", data=data).status_code == 403
        assert "Only the owner" in browser.get("/accounts/checklist").text
        assert mine.archived_at is None
