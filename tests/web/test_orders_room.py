"""The orders room: the list and its filters, one order with its evidence, the reconciliation, and what leads there."""

from __future__ import annotations

import re
from html import unescape
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Clock, make_seat, make_user, sign_in
from tests.orders.floor import D, Floor, floor, tick
from trenddojo.brokers.errors import BrokerErrorCode
from trenddojo.domain.order_states import OrderState
from trenddojo.domain.terms import MemberRole
from trenddojo.services import alerts, topics
from trenddojo.services.orders.facts import MISMATCH
from trenddojo.services.orders.permits import Denied
from trenddojo.services.orders.sending import UNKNOWN
from trenddojo.store import orders as stored
from trenddojo.store.database import db, discard
from trenddojo.store.models import AccountMember, AccountSync, AuditEntry, Order, PositionCheck, User

HTMX = {"HX-Request": "true"}
STRANGE = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def viewer(app: Flask, desk: Floor) -> FlaskClient:
    person = make_user("viewer@example.org", "Vic Tor")
    db.session.add(AccountMember(account_id=desk.account_id, user_id=person.id, role=MemberRole.VIEWER))
    db.session.commit()
    return sign_in(app, person)


def placed(desk: Floor, symbol: str = "NVDA", **sent: object) -> UUID:
    """An entry with its exits, which waits 3% below the market."""
    price = tick(desk.price(symbol) * D("0.97"))
    order_id = desk.place(desk.plan(symbol), **{"limit_price": price, **sent}).id
    discard()
    return order_id


def doubted(desk: Floor, order_id: UUID, **values: object) -> None:
    """An order that the broker does not explain."""
    order = one(order_id)
    order.state = OrderState.NEEDS_REVIEW
    for name, value in values.items():
        setattr(order, name, value)
    db.session.commit()


def differing(desk: Floor, symbol: str = "AAPL", difference: str = "5") -> None:
    """A position that is not what the books say, and the hold that comes of it."""
    discard()
    row = PositionCheck(account_id=desk.account_id, symbol=symbol, outside=D(3), passes=2, since=desk.clock())
    row.difference = D(difference)
    db.session.add(row)
    sync = db.session.get_one(AccountSync, desk.account_id)
    sync.held_at, sync.held_reason = desk.clock(), f"{symbol}: not what the broker holds."
    db.session.commit()


def shown_at(browser: FlaskClient, path: str) -> str:
    return browser.get(path).get_data(as_text=True)


def one(order_id: UUID) -> Order:
    found = stored.by_id(order_id)
    assert found is not None
    return found


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def rows(page: str) -> list[str]:
    return [words(row) for row in re.findall(r"<tr[ >].*?</tr>", page.partition("<tbody")[2], re.S)]


class TestList:
    def test_a_row_says_all_and_its_mode(self, browser: FlaskClient, desk: Floor) -> None:
        order = one(placed(desk))
        limit, link = f"{order.limit_price:.2f}", f"/orders/{order.id}"
        page = browser.get("/orders").text
        (row,) = [row for row in rows(page) if "Entry" in row]
        assert re.fullmatch(
            rf"today 14:42 NVDA Buy Entry limit {limit} limit, day 10 accepted SIMULATED Simulated", row
        )
        assert f'href="{link}"' in page
        assert f'href="/trades/{order.trade_id}"' in page

    def test_the_newest_first(self, browser: FlaskClient, desk: Floor) -> None:
        placed(desk, "ANET")
        desk.turn(seconds=30)
        placed(desk, "GE")
        found = [row.split()[2] for row in rows(browser.get("/orders").text)]
        assert found == ["GE"] * 3 + ["ANET"] * 3

    @pytest.mark.parametrize(
        ("show", "state", "label"),
        [
            ("working", OrderState.ACCEPTED, "Working 3"),
            ("yours", OrderState.UNKNOWN, "Need you 1"),
            ("yours", OrderState.NEEDS_REVIEW, "Need you 1"),
            ("filled", OrderState.FILLED, "Filled 1"),
            ("ended", OrderState.CANCELLED, "Ended 1"),
            ("ended", OrderState.DENIED, "Ended 1"),
        ],
    )
    def test_by_state_with_counts(
        self, browser: FlaskClient, desk: Floor, show: str, state: OrderState, label: str
    ) -> None:
        order = one(placed(desk))
        order.state = state
        db.session.commit()
        page = browser.get(f"/orders?show={show}").text
        assert f"All 3 {'Working 2' if state is not OrderState.ACCEPTED else label}" in words(page)
        assert label in words(page)
        assert sum("Buy Entry" in row for row in rows(page)) == 1
        assert len(rows(page)) == (3 if show == "working" else 1)

    def test_by_symbol_in_rows_and_counts(self, browser: FlaskClient, desk: Floor) -> None:
        placed(desk, "NVDA"), placed(desk, "GE")
        page = browser.get("/orders?symbol=+ge&show=working").text
        assert {row.split()[2] for row in rows(page)} == {"GE"}
        assert "All 3 Working 3" in words(page)
        assert 'href="/orders?symbol=+ge"' in page or 'href="/orders?symbol=ge"' in page
        assert "No ZZZ orders here" in words(browser.get("/orders?symbol=zzz").text)

    def test_of_one_account_or_of_all(self, app: Flask, browser: FlaskClient, desk: Floor) -> None:
        placed(desk)
        other = make_seat(desk.seat.user, "Core").account.id
        assert "placed by hand" in words(browser.get(f"/orders?account={other}").text)
        page = browser.get("/orders?account=any").text
        assert len(rows(page)) == 3
        assert 'data-mode="mixed"' in page
        assert "all accounts" in page

    @pytest.mark.parametrize("account", ["x", STRANGE])
    def test_nobody_elses(self, browser: FlaskClient, account: str) -> None:
        assert browser.get(f"/orders?account={account}").status_code == 404

    def test_pages_neither_skip_nor_repeat(
        self, browser: FlaskClient, desk: Floor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("trenddojo.web.orders.routes._PAGE", 2)
        for symbol in ("NVDA", "GE", "ANET"):
            placed(desk, symbol)
        seen, address = [], "/orders?show=working"
        while address:
            page = browser.get(address).text
            found = re.search(r'rel="next" href="([^"]+)"', page)
            seen += re.findall(r'class="c-role"><a href="/orders/([^"]+)"', page)
            address = unescape(found[1]) if found else ""
        assert len(seen) == len(set(seen)) == 9
        assert 'rel="prev" href="/orders?show=working"' in page

    @pytest.mark.parametrize("after", ["x", STRANGE])
    def test_after_nothing_is_the_first_page(self, browser: FlaskClient, desk: Floor, after: str) -> None:
        placed(desk)
        assert len(rows(browser.get(f"/orders?after={after}").text)) == 3

    def test_it_follows_the_pulse_on_its_first_page(self, browser: FlaskClient, desk: Floor) -> None:
        order_id = placed(desk)
        topic = topics.account(desk.account_id)
        page = browser.get("/orders?show=working").text
        assert f'hx-get="/orders?show=working" hx-trigger="{topic} from:body"' in page
        assert topic not in browser.get(f"/orders?after={order_id}").text
        assert "<html" not in browser.get("/orders", headers=HTMX).text

    def test_what_to_do_where_there_is_none(self, browser: FlaskClient) -> None:
        page = browser.get("/orders").text
        assert "No orders yet" in page
        assert "plan a trade, then send it" in page
        assert "Nothing needs you" in browser.get("/orders?show=yours").text

    def test_without_an_account(self, app: Flask) -> None:
        nobody = sign_in(app, make_user("nell@example.org", "Nell Ito"))
        assert "No account yet" in nobody.get("/orders").text
        assert "No account yet" in nobody.get("/orders/reconcile").text

    def test_keys_and_sections_lead_there(self, browser: FlaskClient) -> None:
        page = browser.get("/").text
        assert re.search(r'<a href="/orders"[^>]*data-key="g o"', page)
        assert re.search(r'<a class="menu-row" href="/orders"', page)
        assert "<kbd>g</kbd><kbd>o</kbd></dt><dd>Orders</dd>" in page


class TestOne:
    def test_its_family_requests_and_history(self, browser: FlaskClient, desk: Floor) -> None:
        order_id = placed(desk)
        desk.replace(one(order_id), quantity="12")
        desk.cancel(one(order_id))
        page = words(browser.get(f"/orders/{order_id}").text)
        for said in ("Came with it Target", "Came with it Stop", "cancel accepted by Marta Lind"):
            assert said in page
        assert re.search(r"replace accepted quantity 12 by Marta Lind", page)
        assert re.search(r"Cancelled cancelled .*What the broker said its id there SIM-\d+", page)
        assert "Written down not sent yet" in page
        leg = stored.legs_of(order_id)[0].id
        assert "It came with Entry" in words(browser.get(f"/orders/{leg}").text)

    def test_fills_with_what_they_cost(self, browser: FlaskClient, desk: Floor) -> None:
        order = desk.enter(desk.plan())
        page = words(browser.get(f"/orders/{order.id}").text)
        assert f"Filled of 10 10 Average price {order.average_price:.2f}" in page
        assert re.search(rf"Fills 1 Time Qty Price Commission \d\d:\d\d:\d\d 10 {order.average_price:.2f}", page)
        assert "Cancel the order" not in page

    def test_a_chain_of_replaced_orders(self, app: Flask, clock: Clock, user: User) -> None:
        desk = floor(app, clock, user, "alpaca", starting_cash="90000000")
        first = placed(desk, quantity="10", with_exits=False)
        second = desk.replace(one(first), limit_price=tick(desk.price() * D("0.96"))).id
        assert second != first
        browser = sign_in(app, user)
        assert "Took its place Entry" in words(browser.get(f"/orders/{first}").text)
        assert "Replaced by this one Entry" in words(browser.get(f"/orders/{second}").text)

    def test_nobody_knows(self, browser: FlaskClient, desk: Floor) -> None:
        desk.client.faults.lose_answer()
        order_id = placed(desk)
        page = words(browser.get(f"/orders/{order_id}").text)
        assert page.count(UNKNOWN) == 1
        assert "Cancel the order" not in page
        assert "submit unknown The broker did not answer in time." in page

    def test_it_follows_the_pulse_alone(self, browser: FlaskClient, desk: Floor) -> None:
        order_id = placed(desk)
        part = browser.get(f"/orders/{order_id}", headers=HTMX).text
        assert "<html" not in part
        assert f'hx-trigger="{topics.account(desk.account_id)} from:body"' in part
        assert "<dialog" not in part

    def test_a_cancel_is_asked_with_all_that_it_ends(self, browser: FlaskClient, desk: Floor) -> None:
        order = one(placed(desk))
        page = browser.get(f"/orders/{order.id}").text
        dialog = words(page[page.index("<dialog", page.index(f'id="cancel-{order.id}"') - 100) :])
        for said in ("SIMULATED", "Buy 10 NVDA", f"limit {order.limit_price:.2f}", "Account SIMULATED Simulated"):
            assert said in dialog
        stop = next(leg for leg in stored.legs_of(order.id) if leg.stop_price)
        assert "This is a stop." in browser.get(f"/orders/{stop.id}").text

    def test_cancelled_or_told_why_not(self, browser: FlaskClient, desk: Floor) -> None:
        order_id = placed(desk)
        reply = browser.post(f"/orders/{order_id}/cancel", follow_redirects=True)
        assert "Cancelled." in words(reply.text)
        assert one(order_id).state is OrderState.CANCELLED
        discard()
        again = browser.post(f"/orders/{order_id}/cancel", follow_redirects=True)
        assert "This order has ended: it is cancelled." in words(again.text)

    def test_what_the_broker_says_of_a_cancel(self, browser: FlaskClient, desk: Floor) -> None:
        order_id = placed(desk)
        desk.client.faults.refuse(BrokerErrorCode.ORDER_REJECTED, "cancel_order")
        reply = browser.post(f"/orders/{order_id}/cancel", follow_redirects=True)
        assert "Refused by the script" in words(reply.text)
        assert one(order_id).state is OrderState.ACCEPTED

    def test_a_change_that_is_wrong_keeps_what_was_typed(self, browser: FlaskClient, desk: Floor) -> None:
        order_id = placed(desk)
        reply = browser.post(f"/orders/{order_id}/change", data={"limit_price": "abc", "quantity": "7"})
        assert reply.status_code == 422
        assert re.search(r'name="limit_price" value="abc" aria-invalid="true"', reply.text)
        assert 'name="quantity" value="7"' in reply.text
        assert re.search(r'id="change-form"[^>]* open', reply.text)

    def test_a_change_that_the_broker_refuses(self, browser: FlaskClient, desk: Floor) -> None:
        order = one(placed(desk))
        was = order.limit_price
        discard()
        desk.client.faults.refuse(BrokerErrorCode.ORDER_REJECTED, "modify_order")
        reply = browser.post(f"/orders/{order.id}/change", data={"quantity": "7"})
        assert reply.status_code == 422
        assert "Not changed. Refused by the script" in words(reply.text)
        assert one(order.id).limit_price == was

    def test_changed(self, browser: FlaskClient, desk: Floor) -> None:
        order_id = placed(desk)
        reply = browser.post(f"/orders/{order_id}/change", data={"quantity": "7"}, follow_redirects=True)
        assert "Buy 7 NVDA" in words(reply.text)
        assert one(order_id).quantity == 7

    def test_a_stop_that_loosens_asks_why(self, browser: FlaskClient, desk: Floor) -> None:
        order = desk.enter(desk.plan())
        stop = next(leg for leg in stored.legs_of(order.id) if leg.stop_price)
        lower = tick((stop.stop_price or D(0)) * D("0.99"))
        path = f"/orders/{stop.id}/change"
        discard()
        refused = browser.post(path, data={"stop_price": lower})
        assert refused.status_code == 422
        assert "This loosens the stop." in refused.text
        discard()
        reason = "Its average true range has doubled since."
        assert browser.post(path, data={"stop_price": lower, "reason": reason}).status_code == 303


class TestReview:
    def test_our_order_beside_the_brokers(self, browser: FlaskClient, desk: Floor) -> None:
        order_id = placed(desk)
        doubted(desk, order_id, error_code=MISMATCH, quantity=D(12), reason="The broker has another order here.")
        page = browser.get(f"/orders/{order_id}").text
        assert "Quantity 12 10 differs" in words(page)
        assert "The broker has another order under our id" in words(page)
        assert re.findall(r'name="verdict" value="(\w+)"', page) == ["ended", "same"]
        assert page.index('id="doubt-h"') < page.index('id="order-h"')

    def test_what_vanished_shows_what_was_told_last(self, browser: FlaskClient, desk: Floor) -> None:
        order_id = placed(desk)
        doubted(desk, order_id, missing_since=desk.clock())
        page = browser.get(f"/orders/{order_id}").text
        assert "The last that the broker told of it" in words(page)
        assert "not told of since" in words(page)
        assert "Quantity 10 10 Limit" in words(page)
        assert re.findall(r'name="verdict" value="(\w+)"', page) == ["ended"]

    def test_of_what_was_never_told(self, browser: FlaskClient, desk: Floor) -> None:
        desk.client.faults.lose_answer()
        order_id = placed(desk)
        doubted(desk, order_id)
        assert "The broker has never told of this order" in words(browser.get(f"/orders/{order_id}").text)

    def test_without_a_reason_nothing_is_decided(self, browser: FlaskClient, desk: Floor) -> None:
        order_id = placed(desk)
        doubted(desk, order_id, error_code=MISMATCH)
        reply = browser.post(f"/orders/{order_id}/review", data={"verdict": "same", "reason": ""})
        assert reply.status_code == 422
        assert re.search(r'value="same" checked', reply.text)
        assert 'aria-invalid="true"' in reply.text
        assert one(order_id).state is OrderState.NEEDS_REVIEW

    def test_same_makes_no_sense_without_another(self, browser: FlaskClient, desk: Floor) -> None:
        order_id = placed(desk)
        doubted(desk, order_id)
        reply = browser.post(f"/orders/{order_id}/review", data={"verdict": "same", "reason": "it looks alike"})
        assert reply.status_code == 422
        assert "The broker tells of no order here that could be this one." in words(reply.text)
        assert "it looks alike" in reply.text

    def test_the_brokers_order_counts_at_once(self, browser: FlaskClient, desk: Floor) -> None:
        order_id = placed(desk)
        doubted(desk, order_id, error_code=MISMATCH, quantity=D(12))
        sent = {"verdict": "same", "reason": "changed on its page"}
        reply = browser.post(f"/orders/{order_id}/review", data=sent, follow_redirects=True)
        assert "Decided. The broker's order counts from now on." in words(reply.text)
        assert (one(order_id).state, one(order_id).quantity) == (OrderState.ACCEPTED, 10)
        assert 'id="doubt-h"' not in reply.text

    def test_the_brokers_order_counts_once_it_can_be_asked(self, browser: FlaskClient, desk: Floor) -> None:
        order_id = placed(desk)
        doubted(desk, order_id, error_code=MISMATCH)
        desk.client.faults.refuse(BrokerErrorCode.ORDER_REJECTED, "get_open_orders")
        sent = {"verdict": "same", "reason": "changed on its page"}
        reply = browser.post(f"/orders/{order_id}/review", data=sent, follow_redirects=True)
        assert "counts once the broker can be asked: Refused by the script" in words(reply.text)

    def test_decided_with_its_reason(self, browser: FlaskClient, desk: Floor) -> None:
        order_id = placed(desk)
        doubted(desk, order_id)
        reply = browser.post(
            f"/orders/{order_id}/review", data={"verdict": "ended", "reason": "not on its page"}, follow_redirects=True
        )
        assert "Decided." in words(reply.text)
        assert "by Marta Lind verdict ended reason not on its page" in words(reply.text)
        assert db.session.query(AuditEntry).filter_by(act="order_reviewed").count() == 1
        discard()
        again = browser.post(f"/orders/{order_id}/review", data={"verdict": "ended", "reason": "again and again"})
        assert again.status_code == 303


class TestReconciliation:
    def test_all_that_matches(self, browser: FlaskClient, desk: Floor) -> None:
        desk.enter(desk.plan())
        page = words(browser.get("/orders/reconcile").text)
        assert "Differ 0 nothing is open" in page
        assert "NVDA 10 0 10 matches" in page
        assert "NVDA 10 kept" in page
        assert "New risk is held" not in page

    def test_what_differs_with_its_cause_age_and_hold(self, browser: FlaskClient, desk: Floor) -> None:
        placed(desk)
        differing(desk)
        page = browser.get("/orders/reconcile").text
        assert "New risk is held on this account. AAPL: not what the broker holds." in words(page)
        assert "AAPL 0 3 8 +5 A fill or a transfer that the broker has not told us of" in words(page)
        assert "or a fill recorded by hand. today 14:42 Take as right" in words(page)
        (mend,) = re.findall(r'data-opens="#(accept-[^"]+)"', page)
        assert f'<dialog class="confirm narrow" id="{mend}"' in page

    @pytest.mark.parametrize(
        ("outside", "theirs", "ratio"),
        [("0", "40", (4, 1)), ("0", "15", (3, 2)), ("5", "60", (4, 1)), ("2", "42", (4, 1))],
    )
    def test_a_split_that_explains_it_is_recorded_from_there(
        self, app: Flask, desk: Floor, outside: str, theirs: str, ratio: tuple[int, int]
    ) -> None:
        trade_id = desk.enter(desk.plan()).trade_id
        desk.turn(days=1)
        browser = sign_in(app, desk.seat.user)
        discard()
        check = PositionCheck(account_id=desk.account_id, symbol="NVDA", outside=D(outside), passes=2)
        check.difference, check.since = D(theirs) - 10 - D(outside), desk.clock()
        db.session.add(check)
        sync = db.session.get_one(AccountSync, desk.account_id)
        sync.held_at, sync.held_reason = desk.clock(), "NVDA: not what the broker holds."
        db.session.commit()
        page = browser.get("/orders/reconcile").text
        assert f"A split of {ratio[0]} for {ratio[1]}?" in words(page)
        (link,) = re.findall(rf'href="(/trades/{trade_id}\?act=split[^"]+)"', page)
        form = browser.get(unescape(link).partition("#")[0]).text
        assert re.search(rf'name="numerator" value="{ratio[0]}"', form)
        sent = {"numerator": ratio[0], "denominator": ratio[1], "on": desk.clock().date().isoformat()}
        browser.post(f"/trades/{trade_id}/splits", data={**sent, "key": "from-there"})
        after = words(browser.get("/orders/reconcile").text)
        assert "A split of" not in after
        assert "New risk is held" not in after

    def test_each_button_opens_its_own_question(self, browser: FlaskClient, desk: Floor) -> None:
        desk.enter(desk.plan())
        differing(desk, "ZZZ")
        page = browser.get("/orders/reconcile").text
        assert re.findall(r'data-opens="#(accept-[^"]+)"', page) == re.findall(r'id="(accept-[^"]+)" popover', page)

    def test_orders_and_stops_that_are_open(self, browser: FlaskClient, desk: Floor) -> None:
        desk.enter(desk.plan(), with_exits=False)
        desk.client.faults.lose_answer()
        placed(desk, "GE")
        page = words(browser.get("/orders/reconcile").text)
        assert "NVDA 10 10 not kept Protect it on its trade" in page
        assert "unknown We don't know whether the broker has it." in page

    def test_the_brokers_position_taken_as_right(self, browser: FlaskClient, desk: Floor) -> None:
        placed(desk)
        differing(desk)
        sent = {"symbol": "AAPL", "account": str(desk.account_id)}
        reply = browser.post("/orders/reconcile/accept", data=sent, follow_redirects=True)
        assert "AAPL: what the broker holds is taken as right." in words(reply.text)
        assert "AAPL 0 8 8 matches" in words(reply.text)
        assert "New risk is held" not in reply.text
        again = browser.post("/orders/reconcile/accept", data=sent, follow_redirects=True)
        assert "AAPL does not differ any more." in words(again.text)

    def test_asked_now_it_is_as_old_as_that(self, browser: FlaskClient, desk: Floor, clock: Clock) -> None:
        assert "Broker asked not yet" in words(browser.get("/orders/reconcile").text)
        reply = browser.post("/orders/reconcile/sync", follow_redirects=True)
        assert "The books were brought up to date." in words(reply.text)
        clock.turn(minutes=3)
        assert "Broker asked 3 min ago" in words(browser.get("/orders/reconcile").text)

    def test_a_broker_that_cannot_be_asked(self, browser: FlaskClient, desk: Floor) -> None:
        desk.follow()
        desk.client.faults.refuse(BrokerErrorCode.ORDER_REJECTED, "get_open_orders")
        reply = browser.post("/orders/reconcile/sync", follow_redirects=True)
        assert "Refused by the script" in words(reply.text)

    def test_by_hand_there_is_none_and_why(self, app: Flask, browser: FlaskClient, desk: Floor) -> None:
        other = make_seat(desk.seat.user, "Core").account.id
        page = words(browser.get(f"/orders/reconcile?account={other}").text)
        assert "Core is kept by hand: there is no broker that its books could be set beside." in page
        reply = browser.post("/orders/reconcile/sync", data={"account": str(other)}, follow_redirects=True)
        assert "This account is kept by hand" in words(reply.text)

    def test_it_follows_the_pulse_alone(self, browser: FlaskClient, desk: Floor) -> None:
        part = browser.get("/orders/reconcile", headers=HTMX).text
        assert "<html" not in part
        assert f'hx-trigger="{topics.account(desk.account_id)} from:body"' in part


class TestScope:
    def test_a_viewer_looks_and_does_nothing(self, viewer: FlaskClient, desk: Floor) -> None:
        order_id = placed(desk)
        differing(desk)
        for path in ("/orders", f"/orders/{order_id}", f"/orders/reconcile?account={desk.account_id}"):
            page = viewer.get(path)
            assert page.status_code == 200
            for act in ("Cancel the order", "Change the order", "Take as right", "Sync now"):
                assert act not in page.text
        sent = {"account": str(desk.account_id), "symbol": "AAPL", "verdict": "ended"}
        for path in (
            *(f"{order_id}/{act}" for act in ("cancel", "change", "review")),
            "reconcile/sync",
            "reconcile/accept",
        ):
            assert viewer.post(f"/orders/{path}", data=sent).status_code == 403
        assert one(order_id).state is OrderState.ACCEPTED

    def test_a_stranger_finds_nothing(self, app: Flask, desk: Floor) -> None:
        order_id = placed(desk)
        stranger = sign_in(app, make_user("stranger@example.org", "Stra Nger"))
        assert stranger.get(f"/orders/{order_id}").status_code == 404
        assert stranger.get(f"/orders/reconcile?account={desk.account_id}").status_code == 404
        sent = {"account": str(desk.account_id), "symbol": "AAPL"}
        for path in (
            *(f"{order_id}/{act}" for act in ("cancel", "change", "review")),
            "reconcile/sync",
            "reconcile/accept",
        ):
            assert stranger.post(f"/orders/{path}", data=sent).status_code == 404

    @pytest.mark.parametrize("path", ["/orders", f"/orders/{STRANGE}", "/orders/reconcile"])
    def test_whoever_is_not_signed_in(self, app: Flask, user: User, path: str) -> None:
        assert app.test_client().get(path).location.startswith("/sign-in")


class TestElsewhere:
    def test_the_brokers_panel_leads_here_and_names_a_hold(self, browser: FlaskClient, desk: Floor) -> None:
        placed(desk)
        page = browser.get("/brokers").text
        for path in (f"/orders?account={desk.account_id}", f"/orders/reconcile?account={desk.account_id}"):
            assert f'href="{path}"' in page
        assert "New risk is held" not in page
        differing(desk)
        assert "New risk is held on Simulated. AAPL: not what the broker holds." in words(browser.get("/brokers").text)

    def test_the_dashboard_shows_what_works_nearest_first(self, browser: FlaskClient, desk: Floor) -> None:
        trade = desk.plan()
        desk.enter(trade)
        browser.post("/orders/reconcile/sync")
        page = browser.get("/").text
        panel = rows(page[page.index('id="working-orders"') : page.index('id="h-fills"')])
        assert [row.split()[:3] for row in panel] == [["NVDA", "Sell", "stop"], ["NVDA", "Sell", "target"]]
        assert re.search(r"\d\.\d\dR accepted", panel[0])
        part = browser.get("/working-orders", headers=HTMX).text
        assert "<html" not in part
        assert "Sell stop" in part
        assert browser.get("/working-orders").location == "/"

    def test_the_dashboard_asks_for_a_look(self, browser: FlaskClient, desk: Floor) -> None:
        trade = desk.plan()
        desk.enter(trade, with_exits=False)
        desk.client.faults.lose_answer()
        placed(desk, "GE")
        doubted(desk, placed(desk, "ANET"))
        page = words(browser.get("/").text)
        for said in (
            "NVDA lacks its stop at the broker",
            "GE entry order: we don't know yet whether the broker has it",
            "ANET entry order needs your review",
        ):
            assert said in page

    def test_by_hand_the_dashboard_has_no_such_panel(self, client: FlaskClient) -> None:
        assert "working-orders" not in client.get("/").text
        assert client.get("/working-orders", headers=HTMX).status_code == 404

    def test_alerts_lead_to_what_they_tell_of(self, browser: FlaskClient, desk: Floor) -> None:
        order_id = placed(desk)
        trade_id, owner = one(order_id).trade_id, desk.seat.user.id
        for key, code in ((f"review:{order_id}", "ORDER_NEEDS_REVIEW"), (f"unprotected:{trade_id}", "STOP_MISSING")):
            alerts.ring(owner, key, code, "T.", "N.", now=desk.clock(), account_id=desk.account_id, trade_id=trade_id)
        key = f"position:{desk.account_id}:AAPL"
        alerts.ring(owner, key, "POSITION_DIFFERS", "T.", "N.", now=desk.clock(), account_id=desk.account_id)
        db.session.commit()
        page = browser.get("/alerts").text
        for path in (f"/orders/{order_id}", f"/trades/{trade_id}", f"/orders/reconcile?account={desk.account_id}"):
            assert f'<a href="{path}">' in page


class TestTimeline:
    """A trade's orders among its fills, stops and notes."""

    def test_it_tells_what_was_sent_and_what_became_of_it(self, desk: Floor, browser: FlaskClient) -> None:
        order_id = placed(desk)
        trade_id = one(order_id).trade_id
        desk.cancel(one(order_id))
        discard()
        shown = shown_at(browser, f"/trades/{trade_id}?show=orders")
        assert "Entry order: written down" in shown
        assert "Entry order: cancelled" in shown
        assert f'href="/orders/{order_id}">Buy' in shown
        assert "sent to the broker" not in shown  # the order's own page tells every step

    def test_a_denied_order_says_why(self, desk: Floor, browser: FlaskClient) -> None:
        trade = desk.plan("NVDA")
        with pytest.raises(Denied) as denied:
            desk.place(trade, quantity="20000")
        discard()
        shown = shown_at(browser, f"/trades/{trade.id}?show=orders")
        assert "Entry order: denied by our own rules" in shown
        assert str(denied.value) in unescape(shown)

    def test_there_is_nothing_to_choose_where_nothing_was_sent(self, desk: Floor, browser: FlaskClient) -> None:
        trade_id = desk.plan("NVDA").id
        discard()
        assert "show=orders" not in shown_at(browser, f"/trades/{trade_id}")
        placed(desk, "MSFT")
        assert "show=fills" in shown_at(browser, f"/trades/{trade_id}")


@pytest.mark.parametrize(
    "path",
    [
        "/trades/{trade}", "/trades/{trade}/details", "/orders/{order}", "/ticket/{trade}", "/orders?account={account}",
        "/trades?account={account}",
    ],
)  # fmt: skip
def test_a_pages_edge_has_the_mode_of_what_it_is_about(desk: Floor, browser: FlaskClient, path: str) -> None:
    order_id = placed(desk)
    trade_id = one(order_id).trade_id
    by_hand = make_seat(db.session.get_one(User, desk.seat.user.id), "By hand").account.id
    browser.post("/accounts/switch", data={"account_id": str(by_hand)})
    assert 'data-mode="manual"' in shown_at(browser, "/risk").partition("</body>")[0]
    page = shown_at(browser, path.format(trade=trade_id, order=order_id, account=desk.account_id))
    assert re.search(r'<body[^>]* data-mode="simulated"', page)
    assert "you place the orders yourself" not in page
