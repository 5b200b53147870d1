"""Orders in the browser: reviewed, confirmed, sent once, followed, decided about, reconciled."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import make_user, sign_in
from tests.orders.floor import D, Floor, tick
from trenddojo.brokers.errors import BrokerErrorCode
from trenddojo.domain.order_states import OrderRole, OrderState
from trenddojo.domain.terms import MemberRole, TradeStatus
from trenddojo.store.database import db, discard
from trenddojo.store.models import AccountMember, Order, PositionCheck

HTMX = {"HX-Request": "true"}


def entry(desk: Floor, **changes: str) -> dict[str, str]:
    price = tick(desk.price() * D("0.97"))
    usual = {"role": "entry", "order_type": "limit", "limit_price": price, "quantity": "10", "time_in_force": "day"}
    return {**usual, "with_exits": "1", "key": str(uuid4()), **changes}


def planned(desk: Floor, symbol: str = "NVDA") -> str:
    found = str(desk.plan(symbol).id)
    discard()
    return found


def order_of(desk: Floor) -> Order:
    found = [one for one in desk.orders() if one.parent_id is None]
    assert len(found) == 1
    return found[0]


def text(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


class TestSending:
    def test_reviewed_confirmed_and_sent(self, browser: FlaskClient, desk: Floor) -> None:
        trade, sent = planned(desk), entry(desk)
        page = text(browser.get(f"/trades/{trade}").text)
        assert "Send the entry" in page
        assert "I placed the order" not in page
        shown = browser.post(f"/orders/trades/{trade}/review", data=sent, headers=HTMX).text
        assert "Buy 10 NVDA" in text(shown)
        assert f'value="{sent["key"]}"' in shown
        for words in ("Risk to its stop", "of equity", "Its stop", "Its target", "SIMULATED"):
            assert words in text(shown)
        assert desk.orders() == []
        discard()
        reply = browser.post(f"/orders/trades/{trade}/send", data=sent, headers=HTMX)
        assert reply.headers["HX-Redirect"] == f"/trades/{trade}#trade-orders"
        assert order_of(desk).state is OrderState.ACCEPTED
        discard()
        assert "waits for its entry" in text(browser.get(f"/trades/{trade}").text)

    def test_without_script_it_is_the_same_in_whole_pages(self, browser: FlaskClient, desk: Floor) -> None:
        trade, sent = planned(desk), entry(desk)
        assert "<html" in browser.post(f"/orders/trades/{trade}/review", data=sent).text
        assert browser.post(f"/orders/trades/{trade}/send", data=sent).status_code == 303

    def test_two_clicks_send_one(self, browser: FlaskClient, desk: Floor) -> None:
        trade, sent = planned(desk), entry(desk)
        for _ in range(2):
            browser.post(f"/orders/trades/{trade}/send", data=sent)
        assert len([one for one in desk.at_broker() if one.parent_id is None]) == 1

    def test_what_is_wrong_is_said_by_its_field_and_stays(self, browser: FlaskClient, desk: Floor) -> None:
        trade = planned(desk)
        reply = browser.post(
            f"/orders/trades/{trade}/review", data=entry(desk, quantity="1.5", limit_price="abc"), headers=HTMX
        )
        assert reply.status_code == 422
        assert 'value="1.5"' in reply.text
        assert 'value="abc"' in reply.text
        assert 'aria-invalid="true"' in reply.text

    def test_a_denial_names_rule_figure_and_limit(self, browser: FlaskClient, desk: Floor) -> None:
        trade = planned(desk)
        reply = browser.post(f"/orders/trades/{trade}/send", data=entry(desk, quantity="90000"), headers=HTMX)
        assert reply.status_code == 422
        assert "your limit is 100.0%" in text(reply.text)
        assert order_of(desk).state is OrderState.DENIED

    def test_what_the_broker_refuses(self, browser: FlaskClient, desk: Floor) -> None:
        trade, sent = planned(desk), entry(desk)
        desk.client.faults.refuse(BrokerErrorCode.INSUFFICIENT_FUNDS, "place_order")
        reply = browser.post(f"/orders/trades/{trade}/send", data=sent, headers=HTMX)
        assert (reply.status_code, order_of(desk).state) == (422, OrderState.REJECTED)

    def test_nobody_knows_is_said_plainly(self, browser: FlaskClient, desk: Floor) -> None:
        trade, sent = planned(desk), entry(desk)
        desk.client.faults.lose_answer()
        browser.post(f"/orders/trades/{trade}/send", data=sent)
        page = text(browser.get(f"/trades/{trade}").text)
        assert "We don&#39;t know yet whether the broker has this order. Don&#39;t send it again" in page

    def test_the_ticket_leads_to_it(self, browser: FlaskClient, desk: Floor) -> None:
        page = browser.get("/ticket").text
        assert "Save and send" in page
        assert "I placed the order" not in page


class TestHolding:
    def test_a_position_without_its_stop_is_said_and_mended(self, browser: FlaskClient, desk: Floor) -> None:
        trade = desk.plan()
        desk.enter(trade, with_exits=False)
        path = f"/trades/{trade.id}"
        discard()
        assert "10 of 10 NVDA have no stop at the broker" in text(browser.get(path).text)
        browser.post(f"/orders{path}/protect")
        assert "have no stop" not in text(browser.get(path).text)
        assert [one.role for one in desk.orders(trade) if not one.state.is_final] == [OrderRole.STOP]

    def test_the_stop_moves_at_the_broker(self, browser: FlaskClient, desk: Floor) -> None:
        trade = desk.plan()
        desk.enter(trade)
        path, price = f"/trades/{trade.id}", tick(desk.price() * D("0.97"))
        browser.post(f"{path}/stop", data={"price": price, "key": uuid4().hex})
        assert desk.trade(trade).stop == D(price)
        assert price in {f"{one.stop_price:.2f}" for one in desk.working_at_broker() if one.stop_price}

    def test_closing(self, browser: FlaskClient, desk: Floor) -> None:
        trade = desk.plan()
        desk.enter(trade)
        desk.turn(seconds=60)
        sent = {"role": "exit", "order_type": "market", "quantity": "10", "time_in_force": "day", "key": str(uuid4())}
        shown = text(browser.post(f"/orders/trades/{trade.id}/review", data=sent, headers=HTMX).text)
        assert "Its stop and target are cancelled first" in shown
        browser.post(f"/orders/trades/{trade.id}/send", data=sent)
        assert desk.trade(trade).status is TradeStatus.CLOSED


class TestOne:
    def placed(self, desk: Floor) -> str:
        trade = desk.plan()
        order = desk.place(trade, limit_price=tick(desk.price() * D("0.97")))
        found = str(order.id)
        discard()
        return found

    def test_it_shows_its_whole_history(self, browser: FlaskClient, desk: Floor) -> None:
        page = text(browser.get(f"/orders/{self.placed(desk)}").text)
        for words in ("The broker has it", "Sent to the broker", "Written down", "submit accepted", "Belongs to it"):
            assert words in page

    def test_cancelled(self, browser: FlaskClient, desk: Floor) -> None:
        order = self.placed(desk)
        assert browser.post(f"/orders/{order}/cancel").status_code == 303
        assert order_of(desk).state is OrderState.CANCELLED

    def test_changed_or_told_why_not(self, browser: FlaskClient, desk: Floor) -> None:
        order = self.placed(desk)
        price = tick(order_of(desk).limit_price * D("0.999"))  # type: ignore[operator]
        discard()
        assert browser.post(f"/orders/{order}/change", data={"limit_price": price}).status_code == 303
        assert f"{order_of(desk).limit_price:.2f}" == price
        discard()
        refused = browser.post(f"/orders/{order}/change", data={"limit_price": "abc"})
        assert (refused.status_code, 'value="abc"' in refused.text) == (422, True)

    def test_decided_by_a_person(self, browser: FlaskClient, desk: Floor) -> None:
        order = self.placed(desk)
        row = order_of(desk)
        row.state = OrderState.NEEDS_REVIEW
        db.session.commit()
        assert "Decide what became of it" in text(browser.get(f"/orders/{order}").text)
        assert browser.post(f"/orders/{order}/review", data={"verdict": "ended", "reason": ""}).status_code == 422
        browser.post(f"/orders/{order}/review", data={"verdict": "ended", "reason": "not on its page"})
        assert order_of(desk).state is OrderState.CANCELLED


class TestLists:
    def test_by_state(self, browser: FlaskClient, desk: Floor) -> None:
        TestOne().placed(desk)
        assert "limit" in text(browser.get("/orders").text)
        assert "No orders here" in text(browser.get("/orders?show=filled").text)
        assert "<html" not in browser.get("/orders?show=all", headers=HTMX).text

    def test_pages(self, browser: FlaskClient, desk: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("trenddojo.web.orders.routes._PAGE", 2)
        TestOne().placed(desk)
        page = browser.get("/orders?show=all").text
        older = re.search(r'rel="next" href="([^"]+)"', page)
        assert older is not None
        assert "Entry" in browser.get(older[1].replace("&amp;", "&")).text

    def test_an_account_kept_by_hand_has_none(self, client: FlaskClient) -> None:
        assert "placed by hand" in text(client.get("/orders").text)
        assert "Nothing to reconcile" in text(client.get("/orders/reconcile").text)


class TestReconciliation:
    def test_what_differs_is_itemised_and_mended(self, browser: FlaskClient, desk: Floor) -> None:
        desk.enter(desk.plan())
        db.session.add(PositionCheck(account_id=desk.account_id, symbol="AAPL", difference=D(5), passes=2))
        db.session.commit()
        page = text(browser.get("/orders/reconcile").text)
        assert "NVDA 10 0 10" in page
        assert "Take as right" in page
        browser.post("/orders/reconcile/accept", data={"symbol": "AAPL"})
        assert "AAPL 0 5 5" in text(browser.get("/orders/reconcile").text)

    def test_asked_now(self, browser: FlaskClient, desk: Floor) -> None:
        assert browser.post("/orders/reconcile/sync").status_code == 303
        desk.client.faults.refuse(BrokerErrorCode.ORDER_REJECTED, "get_open_orders")
        browser.post("/orders/reconcile/sync")
        assert "Refused by the script" in browser.get("/orders/reconcile").text


class TestScope:
    def test_a_viewer_looks_and_does_nothing(self, app: Flask, desk: Floor) -> None:
        order = TestOne().placed(desk)
        trade = str(order_of(desk).trade_id)
        viewer = make_user("viewer@example.org", "Vic Tor")
        db.session.add(AccountMember(account_id=desk.account_id, user_id=viewer.id, role=MemberRole.VIEWER))
        db.session.commit()
        client = sign_in(app, viewer)
        assert client.get(f"/orders/{order}").status_code == 200
        for path in (f"/orders/{order}/cancel", f"/orders/{order}/change", f"/orders/trades/{trade}/protect"):
            assert client.post(path, data={"limit_price": "1"}).status_code == 403
        assert client.post(f"/orders/trades/{trade}/send", data=entry(desk)).status_code == 403
        assert len(desk.working_at_broker()) == 3

    def test_a_stranger_finds_nothing(self, app: Flask, desk: Floor) -> None:
        trade, order = planned(desk), TestOne().placed(desk)
        client = sign_in(app, make_user("stranger@example.org", "Stra Nger"))
        for path in (f"/orders/{order}", f"/orders/trades/{trade}"):
            assert client.get(path).status_code == 404
        for path in (f"/orders/{order}/cancel", f"/orders/trades/{trade}/send"):
            assert client.post(path, data=entry(desk)).status_code == 404
