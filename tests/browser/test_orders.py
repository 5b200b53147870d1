"""Orders in a real browser: they follow the pulse, and what is typed, unfolded or asked stays meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looks import inaccessible, sideways
from tests.browser.sites import PHONE, Site, opened, session_of, watching
from tests.conftest import make_user
from tests.orders.floor import D, Floor, floor, tick
from trenddojo.domain.order_states import OrderState
from trenddojo.services import topics
from trenddojo.store import orders
from trenddojo.store.database import db

_BEATS = 10_000
"""How long a change may take to appear, in milliseconds: several beats of the pulse on a slow machine."""


@dataclass(frozen=True)
class Desk:
    """Marta's page, and the trading floor behind it with one order that waits."""

    page: Page
    site: Site
    floor: Floor
    order_id: UUID

    def change(self, state: OrderState, **values: object) -> None:
        """Something happens to the order behind the page's back."""
        with self.site.app.app_context():
            order = orders.by_id(self.order_id)
            assert order is not None
            order.state = state
            for name, value in values.items():
                setattr(order, name, value)
            topics.bump(topics.account(order.account_id))
            db.session.commit()


@pytest.fixture
def desk(chromium: Browser, site: Site) -> Iterator[Desk]:
    with site.app.app_context():
        person = make_user("marta@example.org", "Marta Lind")
        found = floor(site.app, site.clock, person)
        order = found.place(found.plan(), limit_price=tick(found.price() * D("0.97")))
        order_id, session = order.id, session_of(site, person)
        db.session.rollback()
    context = opened(chromium, site, session)
    page = context.new_page()
    with watching(page, refused=422) as wrong:
        yield Desk(page, site, found, order_id)
    context.close()
    assert wrong == []


def test_the_list_follows_and_its_filter_stays(desk: Desk) -> None:
    page = desk.page
    page.goto("/orders")
    page.get_by_text("Symbol", exact=True).first.click()
    field = page.get_by_placeholder("Symbol")
    field.fill("NV")
    desk.change(OrderState.UNKNOWN)
    row = page.get_by_role("row", name=re.compile("Buy Entry"))
    expect(row).to_contain_text("unknown", timeout=_BEATS)
    expect(page.get_by_role("link", name=re.compile("^Need you"))).to_contain_text("1")
    expect(field).to_have_value("NV")
    expect(field).to_be_focused()
    field.fill("ZZZ")
    field.press("Enter")
    expect(page.get_by_role("heading", name="No ZZZ orders here")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/orders\?symbol=ZZZ$"))


def test_one_order_follows_and_what_is_typed_stays(desk: Desk) -> None:
    page = desk.page
    page.goto(f"/orders/{desk.order_id}")
    page.get_by_text("Change it").click()
    field = page.get_by_label("Quantity")
    field.fill("7")
    page.get_by_text("What the broker said").first.click()
    desk.change(OrderState.ACCEPTED, raw_status="routed")
    expect(page.locator("#order")).to_contain_text("routed", timeout=_BEATS)
    expect(field).to_have_value("7")
    expect(page.locator("#order details.said").first).to_have_attribute("open", "")
    page.get_by_role("button", name=re.compile("^Change the order")).click()
    expect(page.get_by_role("heading", name=re.compile("^Buy 7 NVDA"))).to_be_visible()


def test_a_question_stays_while_the_page_follows(desk: Desk) -> None:
    page = desk.page
    page.goto(f"/orders/{desk.order_id}")
    page.get_by_role("button", name="Cancel the order").click()
    question = page.get_by_role("dialog", name="Cancel this order?")
    expect(question.get_by_role("button", name="Keep it")).to_be_focused()
    expect(question).to_contain_text("Buy 10 NVDA")
    assert inaccessible(page) == []
    desk.change(OrderState.ACCEPTED, raw_status="routed")
    expect(page.locator("#order")).to_contain_text("routed", timeout=_BEATS)
    expect(question).to_be_visible()
    question.get_by_role("button", name="Cancel the order").click()
    expect(page.get_by_role("status")).to_contain_text("Cancelled.")


def test_a_question_on_the_trades_page_stays_and_then_the_page_follows(desk: Desk) -> None:
    page = desk.page
    with desk.site.app.app_context():
        order = orders.by_id(desk.order_id)
        assert order is not None
        trade_id = order.trade_id
    page.goto(f"/trades/{trade_id}")
    page.get_by_role("button", name="Cancel the entry order").click()
    question = page.get_by_role("dialog", name="Cancel this order?")
    with page.expect_response(lambda answer: "/pulse" in answer.url and answer.status == 200):
        desk.change(OrderState.UNKNOWN)
    with page.expect_response(lambda answer: "/pulse" in answer.url):
        pass  # a whole beat later whatever would have been swapped is
    expect(question).to_be_visible()
    expect(page.locator("#trade-orders-live")).not_to_contain_text("unknown")
    question.get_by_role("button", name="Keep it").click()
    expect(page.locator("#trade-orders-live")).to_contain_text("unknown", timeout=1_000)


def test_decided_on_a_phone(desk: Desk) -> None:
    page = desk.page
    desk.change(OrderState.NEEDS_REVIEW)
    page.set_viewport_size(PHONE)
    page.goto("/orders?show=yours")
    page.get_by_role("link", name=re.compile("^Entry order for NVDA")).click()
    assert inaccessible(page) + sideways(page) == []
    page.get_by_label("It is not at the broker (any more)").check()
    page.get_by_label("Why").fill("It is not on its page.")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("status")).to_contain_text("Decided.")
    expect(page.locator("#order")).to_contain_text("It is not on its page.")


def test_the_reconciliation_is_asked_for_now(desk: Desk) -> None:
    page = desk.page
    page.goto("/orders")
    page.get_by_role("link", name="Reconciliation").click()
    expect(page.get_by_role("main")).to_contain_text("not yet")
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_role("status")).to_contain_text("the books are up to date.")
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"Broker asked\s*\d+ s ago"))
