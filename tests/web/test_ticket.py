"""The ticket in the browser: sized as one types, saved once, and nothing typed is ever lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.conftest import NOW, make_seat, make_user, sign_in
from tests.services.exposed import bought, round_trip
from trenddojo.domain.terms import MemberRole, TradeStatus
from trenddojo.services.inputs.plans import PlanInput, SizingInput
from trenddojo.store.database import db
from trenddojo.store.models import AccountMember, ChecklistItem, Setup, Trade
from trenddojo.store.seats import Seat
from trenddojo.web.ticket.hints import HINTED

D = Decimal
HTMX = {"HX-Request": "true"}
PLAN = {
    "symbol": "anet",
    "direction": "long",
    "entry": "146.20",
    "stop": "138.60",
    "target_1": "165.20",
    "target_2": "176.60",
    "risk_percent": "1.00",
}
Post = Callable[..., TestResponse]


@pytest.fixture
def post(client: FlaskClient, seat: Seat) -> Post:
    """Send the ticket with some fields changed; None leaves a field out."""
    account_id, key = str(seat.account.id), uuid4().hex

    def send(path: str = "/ticket", **changes: Any) -> TestResponse:
        fields = {**PLAN, "account_id": account_id, "key": key, "act": "plan", **changes}
        sent = {name: value for name, value in fields.items() if value is not None}
        return client.post(path, data=sent, headers=HTMX if path.endswith("/size") else {})

    return send


def every() -> list[Trade]:
    return list(db.session.query(Trade))


def shown_value(page: str, name: str) -> str:
    """What stands in a field of the page."""
    found = re.search(rf'<input[^>]*name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


class TestLooking:
    def test_a_new_ticket_has_its_defaults(self, client: FlaskClient) -> None:
        page = client.get("/ticket").text
        assert "Waiting for entry and stop." in page
        assert shown_value(page, "risk_percent") == "1.00"
        assert re.search(r'value="long" checked', page)

    def test_the_address_fills_fields_in(self, client: FlaskClient) -> None:
        page = client.get("/ticket?symbol=NVDA&direction=short&entry=100&stop=105&key=x&account_id=y").text
        assert (shown_value(page, "symbol"), shown_value(page, "entry")) == ("NVDA", "100")
        assert re.search(r'value="short" checked', page)
        assert shown_value(page, "key") != "x"
        assert ">200<" in page

    def test_without_an_account_it_leads_to_creating_one(self, app: Flask) -> None:
        newcomer = sign_in(app, make_user("new@example.org", "New Comer"))
        page = newcomer.get("/ticket")
        assert page.status_code == 200
        assert "Create an account" in page.text

    def test_a_viewer_is_told_and_may_not_post(self, app: Flask, seat: Seat) -> None:
        viewer = make_user("vera@example.org", "Vera Old")
        db.session.add(AccountMember(account_id=seat.account.id, user_id=viewer.id, role=MemberRole.VIEWER))
        db.session.commit()
        browser = sign_in(app, viewer)
        assert "You may look at Trend Core, but not trade it" in browser.get("/ticket").text
        sent = {**PLAN, "account_id": str(seat.account.id), "key": uuid4().hex}
        assert browser.post("/ticket", data=sent).status_code == 403
        assert every() == []

    def test_strangers_sign_in_first(self, app: Flask) -> None:
        assert app.test_client().get("/ticket").location.startswith("/s")

    def test_the_setups_record(self, client: FlaskClient, seat: Seat) -> None:
        db.session.add(Setup(account_id=seat.account.id, name="Breakout"))
        for symbol, result in (("NVDA", "100"), ("AMD", "-50")):
            round_trip(seat, symbol, result).setup = "Breakout"
        db.session.commit()
        answer = client.get("/ticket/record?setup=breakout", headers=HTMX).text
        assert "Breakout, 2 closed" in answer
        assert "+0.50R" in answer
        assert "1 of 2" in answer
        assert "0 closed" in client.get("/ticket/record?setup=Other", headers=HTMX).text


class TestSizing:
    def test_the_size_what_bound_it_and_what_follows(self, post: Post) -> None:
        answer = post("/ticket/size").text
        assert '<b class="num">131</b><span>shares</span>' in answer
        assert "Bound by risk per trade." in answer
        assert "−995.60" in answer
        assert "+2,489.00" in answer
        assert "<b>+30.40</b> · 4.0R" in answer
        assert "<b>−7.60</b> · 5.2%" in answer
        assert "Heat after entry" in answer

    def test_a_short_is_drawn_and_sized_as_well(self, post: Post) -> None:
        short = {"direction": "short", "stop": "153.80", "target_1": "131", "target_2": "120"}
        answer = post("/ticket/size", **short).text
        assert '<b class="num">131</b>' in answer
        assert "<b>−15.20</b> · 2.0R" in answer

    def test_fields_that_are_not_typed_yet_have_no_error(self, post: Post) -> None:
        answer = post("/ticket/size", entry="", stop="", target_1="abc")
        assert "Waiting for entry and stop." in answer.text
        assert answer.text.count('class="warn"') == 1

    def test_an_error_stands_in_the_hint_of_its_field(self, post: Post) -> None:
        answer = post("/ticket/size", stop="150").text
        assert re.search(r'id="f-stop-h"[^>]*><span class="warn">A long&#39;s stop must be below', answer)

    def test_a_wrong_target_does_not_hide_the_size(self, post: Post) -> None:
        answer = post("/ticket/size", target_2="140").text
        assert '<b class="num">131</b>' in answer
        assert re.search(r'id="f-target_2-h"[^>]*><span class="warn">', answer)

    def test_too_large_a_quantity_is_told_with_what_would_fit(self, post: Post) -> None:
        answer = post("/ticket/size", quantity="500").text
        assert "Too large." in answer
        assert "131 would fit." in answer

    def test_too_large_a_risk_is_told_by_its_field(self, post: Post) -> None:
        assert re.search(r'id="f-risk_percent-h"[^>]*><span class="warn">', post("/ticket/size", risk_percent="2").text)

    def test_another_currency_waits_for_its_rate(self, post: Post) -> None:
        assert "Waiting for FX rate." in post("/ticket/size", currency="EUR").text
        assert '<b class="num">' in post("/ticket/size", currency="EUR", fx="1.1").text

    def test_an_open_trade_in_the_same_instrument_is_pointed_at(self, post: Post, seat: Seat) -> None:
        post()
        (trade,) = every()
        trade.status = TradeStatus.ACTIVE
        db.session.commit()
        assert "ANET is open already." in post("/ticket/size").text

    def test_all_positions_taken_allow_nothing(self, post: Post, seat: Seat) -> None:
        for number in range(8):
            bought(seat, f"SYM{number}", "5", "100", stop="95", ago=number)
        assert "Nothing allowed by open positions." in post("/ticket/size").text

    def test_it_works_without_script(self, post: Post) -> None:
        answer = post(act="size", thesis="Why not", setup="Breakout")
        assert answer.status_code == 200
        assert '<b class="num">131</b>' in answer.text
        assert "Why not</textarea>" in answer.text
        assert shown_value(answer.text, "setup") == "Breakout"
        assert every() == []

    def test_somebody_elses_account_is_not_found(self, post: Post) -> None:
        other = make_seat(make_user("ben@example.org", "Ben Holt"), "Other")
        for account_id in (str(other.account.id), str(uuid4()), "x", None):
            assert post("/ticket/size", account_id=account_id).status_code == 404

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        typed=st.dictionaries(
            st.sampled_from(sorted(SizingInput.model_fields)),
            st.one_of(
                st.sampled_from(
                    ["", "0", "-1", "NaN", "1e400", "Infinity", "９", "x" * 10_000, "0.000001", "10000000"]
                ),
                st.text(max_size=12),
                st.decimals(0, 10**7, places=6, allow_nan=False, allow_infinity=False).map(str),
                st.sampled_from(["short", "long", "future", "option", "crypto", "EUR", "call", "2026-12-18"]),
            ),
        )
    )
    def test_nothing_that_is_typed_breaks_it(self, post: Post, typed: dict[str, str]) -> None:
        assert post("/ticket/size", **typed).status_code == 200


class TestSaving:
    def test_a_plan_leads_to_its_trade(self, post: Post) -> None:
        answer = post(quality="4", tags="leader, base 6w+", thesis="Eleven-week base.")
        (trade,) = every()
        assert (answer.status_code, answer.location) == (303, f"/trades/{trade.id}")
        assert (trade.symbol, trade.planned_quantity, trade.setup_quality) == ("ANET", D(131), 4)

    def test_a_double_click_makes_one_trade(self, post: Post) -> None:
        assert post().location == post().location
        assert len(every()) == 1

    def test_a_fill_is_recorded_on_the_trades_page(self, post: Post) -> None:
        assert post(act="fill").location == f"/trades/{every()[0].id}?act=entry#entry"

    def test_an_order_placed_by_hand_is_marked_so(self, post: Post) -> None:
        post(act="placed")
        assert every()[0].status is TradeStatus.PENDING

    def test_the_undo_of_a_plan_deletes_it_and_can_be_undone(self, post: Post, client: FlaskClient) -> None:
        post()
        (trade,) = every()
        assert client.post(f"/trades/{trade.id}/delete").status_code == 303
        assert db.session.get_one(Trade, trade.id).deleted_at == NOW
        assert client.post(f"/trades/{trade.id}/restore").status_code == 303
        assert db.session.get_one(Trade, trade.id).deleted_at is None

    def test_the_checklist_stops_it_by_name_and_keeps_the_boxes(self, post: Post, seat: Seat) -> None:
        texts = ("Weekly trend is up", "Base is long")
        items = [
            ChecklistItem(account_id=seat.account.id, text=text, required=True, position=place)
            for place, text in enumerate(texts)
        ]
        db.session.add_all(items)
        db.session.commit()
        answer = post(checklist=str(items[0].id))
        assert answer.status_code == 422
        assert "Required and not checked: Base is long." in answer.text
        assert re.search(rf'value="{items[0].id}" checked', answer.text)
        assert post(checklist=[str(item.id) for item in items]).status_code == 303

    def test_the_checklist_counts_as_one_goes(self, client: FlaskClient, seat: Seat) -> None:
        item = ChecklistItem(account_id=seat.account.id, text="Trend is up", required=True, position=0)
        db.session.add(item)
        db.session.commit()
        assert "0 of 1 done, 1 required open" in client.get("/ticket/checklist", headers=HTMX).text
        assert "1 of 1 done, all required done" in client.get(f"/ticket/checklist?checklist={item.id}").text

    def test_somebody_elses_account_is_not_found(self, post: Post) -> None:
        other = make_seat(make_user("ben@example.org", "Ben Holt"), "Other")
        assert post(account_id=str(other.account.id)).status_code == 404
        assert every() == []

    @pytest.mark.parametrize("key", ["", "x", "1" * 200])
    def test_a_broken_key_is_refused(self, post: Post, key: str) -> None:
        assert post(key=key).status_code == 404

    BAD = ("", "0", "-1", "NaN", "1e400", "x" * 10_000, "１４６", "146.2.0", "\x00")
    PRICES = ("entry", "stop")

    @pytest.mark.parametrize("bad", BAD)
    @pytest.mark.parametrize("field", PRICES)
    def test_required_prices_refuse_what_is_no_price(self, post: Post, field: str, bad: str) -> None:
        self._refused(post, field, bad)

    @pytest.mark.parametrize("bad", [bad for bad in BAD if bad])
    @pytest.mark.parametrize("field", ["target_1", "target_2", "risk_percent", "quantity", "multiplier", "lot", "fx"])
    def test_optional_numbers_refuse_what_is_none(self, post: Post, field: str, bad: str) -> None:
        self._refused(post, field, bad)

    @pytest.mark.parametrize(
        ("field", "bad"),
        [
            ("symbol", ""),
            ("symbol", "<b>"),
            ("symbol", "A" * 10_000),
            ("direction", "sideways"),
            ("direction", ""),
            ("asset_type", "house"),
            ("currency", "US"),
            ("currency", "ＵＳＤ"),
            ("exchange", "x" * 21),
            ("setup", "x" * 61),
            ("label", "x" * 61),
            ("market_condition", "x" * 61),
            ("timeframe", "x" * 61),
            ("correlation_group", "x" * 61),
            ("quality", "6"),
            ("quality", "0"),
            ("quality", "４"),
            ("thesis", "x" * 8001),
            ("thesis", "\ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace") + "\x00"),
            ("tags", ",".join(f"t{number}" for number in range(13))),
            ("tags", "x" * 31),
            ("checklist", "x"),
            ("checklist", "3623223e-1467-4760-aa41-9871137799e9"),
            ("expiry", "2026-13-01"),
            ("expiry", "2026-12-18"),
            ("strike", "110"),
            ("right", "maybe"),
            ("right", "call"),
            ("initial_margin", "5"),
            ("planned_at", "2026-11-20T10:00"),
            ("planned_at", "yesterday"),
        ],
    )
    def test_every_other_field_refuses_what_it_cannot_hold(self, post: Post, field: str, bad: str) -> None:
        self._refused(post, field, bad)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"stop": "150"}, "stop"),
            ({"stop": "146.20"}, "stop"),
            ({"target_1": "140"}, "target_1"),
            ({"direction": "short"}, "stop"),
            ({"risk_percent": "1.01"}, "risk_percent"),
            ({"quantity": "132"}, "quantity"),
            ({"quantity": "1.5"}, "quantity"),
            ({"currency": "EUR"}, "fx"),
            ({"asset_type": "option"}, "multiplier"),
        ],
    )
    def test_fields_that_do_not_fit_each_other(self, post: Post, changes: dict[str, str], field: str) -> None:
        answer = post(**changes)
        assert answer.status_code == 422
        assert f'id="f-{field}-e"' in answer.text

    def test_nothing_typed_is_lost(self, post: Post) -> None:
        typed = {
            "label": "second try",
            "tags": "a, b",
            "setup": "Base",
            "currency": "eur",
            "correlation_group": "Semis",
        }
        answer = post(stop="oops", thesis="Line 1\nLine 2", **typed)
        assert {name: shown_value(answer.text, name) for name in typed} == typed
        assert shown_value(answer.text, "stop") == "oops"
        assert "Line 1\nLine 2</textarea>" in answer.text

    def _refused(self, post: Post, field: str, bad: str) -> None:
        answer = post(**{field: bad})
        assert answer.status_code == 422
        assert f'id="f-{field}-e"' in answer.text or 'id="checklist-e"' in answer.text
        assert every() == []


class TestChanging:
    def test_the_ticket_shows_the_plan_and_saves_the_change(self, post: Post, client: FlaskClient) -> None:
        post(thesis="First thought.", tags="leader")
        (trade,) = every()
        page = client.get(f"/ticket/{trade.id}").text
        fields = ("symbol", "entry", "stop", "risk_percent", "quantity", "tags")
        shown = [shown_value(page, name) for name in fields]
        assert shown == ["ANET", "146.20", "138.60", "1.00", "131", "leader"]
        assert "First thought.</textarea>" in page
        assert post(f"/ticket/{trade.id}", stop="140", quantity="").location == f"/trades/{trade.id}"
        assert (trade.planned_stop, trade.planned_quantity) == (D(140), D(161))

    def test_a_refused_change_keeps_what_was_typed(self, post: Post) -> None:
        post()
        (trade,) = every()
        answer = post(f"/ticket/{trade.id}", stop="150", label="mine")
        assert answer.status_code == 422
        assert (shown_value(answer.text, "stop"), shown_value(answer.text, "label")) == ("150", "mine")
        assert trade.planned_stop == D("138.6")

    def test_it_is_sized_as_one_types(self, post: Post) -> None:
        post()
        (trade,) = every()
        assert '<b class="num">161</b>' in post(f"/ticket/{trade.id}/size", stop="140").text
        assert '<b class="num">161</b>' in post(f"/ticket/{trade.id}", stop="140", act="size").text

    def test_a_trade_that_cannot_be_planned_any_more_shows_itself(self, client: FlaskClient, seat: Seat) -> None:
        trade = bought(seat, "NVDA", "10", "100", stop="95")
        assert client.get(f"/ticket/{trade.id}").location == f"/trades/{trade.id}"

    @pytest.mark.parametrize("path", ["", "/size"])
    def test_somebody_elses_trade_is_not_found(self, post: Post, path: str, client: FlaskClient) -> None:
        other = make_seat(make_user("ben@example.org", "Ben Holt"), "Other")
        foreign = bought(other, "NVDA", "10", "100", stop="95")
        for trade_id in (foreign.id, uuid4()):
            assert post(f"/ticket/{trade_id}{path}").status_code == 404
        assert client.get(f"/ticket/{foreign.id}").status_code == 404


def test_every_field_that_sizes_has_a_hint_or_needs_none() -> None:
    assert set(SizingInput.model_fields) - set(HINTED) == {"direction", "asset_type", "right"}
    assert set(HINTED) <= set(PlanInput.model_fields)
