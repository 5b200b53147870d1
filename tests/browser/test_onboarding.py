"""From a new connection to its positions and past trades in the books, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looks import inaccessible, sideways
from tests.browser.sites import PHONE, Site, connected, opened, session_of, watching
from tests.conftest import make_user
from trenddojo.domain.orders import OrderRequest, OrderType
from trenddojo.domain.terms import Side
from trenddojo.store.database import discard


@pytest.fixture
def page(chromium: Browser, site: Site) -> Iterator[Page]:
    """Jon's phone; at his simulated broker he holds NVDA, and has traded AMD."""
    with site.app.app_context():
        person = make_user("jon@example.org", "Jon Berg")
        session = session_of(site, person)
        connection = connected(site, person)
        simulator = site.app.extensions["brokers"].simulator(connection.id)
        discard()
        for symbol, side in (("NVDA", Side.BUY), ("AMD", Side.BUY), ("AMD", Side.SELL)):
            site.clock.turn(seconds=2)
            simulator.place_order(
                OrderRequest(
                    symbol=symbol,
                    side=side,
                    quantity=Decimal(20),
                    order_type=OrderType.MARKET,
                    client_order_id=uuid4().hex,
                )
            )
    context = opened(chromium, site, session, viewport=PHONE, color_scheme="dark")
    found = context.new_page()
    with watching(found, refused=422) as wrong:
        yield found
    context.close()
    assert wrong == []


def test_from_the_panel_into_the_books(page: Page) -> None:
    page.goto("/brokers")
    page.get_by_role("link", name="Import it").click()
    page.get_by_role("button", name="Ask Simulated").click()
    expect(page.get_by_role("checkbox", name=re.compile("^NVDA Long 20"))).to_be_checked()
    expect(page.get_by_role("checkbox", name="Import AMD")).to_be_checked()
    assert inaccessible(page) + sideways(page) == []
    page.get_by_role("button", name="Import what is ticked").click()
    expect(page.get_by_text("Enter where its stop is now, or say that it has none.")).to_be_visible()
    page.get_by_label("It has no stop").check()
    page.get_by_role("button", name="Import what is ticked").click()
    expect(page.get_by_role("status").filter(has_text="2 trades imported.")).to_be_visible()
    expect(page.get_by_text("All that Simulated holds is in your books.")).to_be_visible()
