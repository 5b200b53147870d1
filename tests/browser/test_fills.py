"""A fill at Alpaca is on the open page within three seconds: the server as it is deployed with its jobs, the stream of
order events, the local Alpaca, and a browser that is not reloaded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.brokers.alpaca.venue import Venue, alpaca_venue, hours
from tests.browser.sites import WIDE, watching
from tests.chaos.exchanges import AlpacaExchange
from tests.chaos.processes import Server, connected, free_port, seeded
from tests.conftest import PASSWORD
from trenddojo.brokers.simulator.sessions import AlwaysOpen

_PROMISED = 3_000
"""How long a fill may take to the screen, in milliseconds."""
_PRODUCTION = {"THREADS": "2"}


@dataclass(frozen=True)
class Desk:
    """A trader's page, the server that it came from, and the Alpaca behind it."""

    page: Page
    server: Server
    venue: Venue
    account: str

    def bid(self, symbol: str) -> dict[str, Any]:
        """A trade whose entry waits at Alpaca, 2% below the market."""
        limit = round(self.venue.prices.price(symbol) * Decimal("0.98"), 2)
        plan = {
            "account_id": self.account,
            "symbol": symbol,
            "direction": "long",
            "entry": f"{limit}",
            "stop": f"{limit * Decimal('0.95'):.2f}",
            "target_1": f"{limit * Decimal('1.10'):.2f}",
            "quantity": "10",
        }
        trade = self._made("/trades", plan)
        order = self._made(f"/trades/{trade['id']}/orders", {"type": "limit"})
        assert Decimal(order["limit_price"]) == limit
        return order

    def mark(self) -> None:
        """Mark the document, so that a reload would be seen."""
        self.page.evaluate("document.body.dataset.same = 'page'")

    def is_same(self) -> bool:
        return bool(self.page.evaluate("document.body.dataset.same === 'page'"))

    def _made(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.server.call("POST", path, body)
        assert answer.ok, answer.text
        made: dict[str, Any] = answer.json()
        return made


@pytest.fixture(scope="module")
def venue() -> Iterator[Venue]:
    """Alpaca, open around the clock, because the server keeps the time of day."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hours, "SESSIONS", AlwaysOpen())
        with alpaca_venue(lambda: datetime.now(UTC)) as made:
            yield made


@pytest.fixture(scope="module")
def server(venue: Venue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The process that is deployed, with as many threads."""
    operator = {**AlpacaExchange(venue.base_url).environment, **_PRODUCTION}
    found = Server(tmp_path_factory.mktemp("served"), free_port(), operator, "app:app")
    seeded(found)
    found.start()
    yield found
    found.kill()


@pytest.fixture(scope="module")
def account(server: Server, venue: Venue) -> str:
    """A paper account whose order events are listened to."""
    found = connected(server, AlpacaExchange(venue.base_url))
    assert venue.streams.wait_for(lambda streams: bool(streams.listeners))
    return found


@pytest.fixture
def desk(chromium: Browser, server: Server, venue: Venue, account: str) -> Iterator[Desk]:
    context = chromium.new_context(base_url=server.address, viewport=WIDE, locale="en-US", reduced_motion="reduce")
    context.set_default_timeout(20_000)
    page = context.new_page()
    with watching(page) as wrong:
        page.goto("/sign-in")
        page.get_by_label("E-mail").fill("a@example.org")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")
        yield Desk(page, server, venue, account)
    context.close()
    assert wrong == []


def shows(desk: Desk, order: dict[str, Any], row: Locator) -> None:
    """The row of a working order says that it filled, soon after the price has come to it."""
    expect(row).to_contain_text("accepted")
    desk.mark()
    desk.venue.set_price(order["symbol"], order["limit_price"])
    expect(row).to_contain_text("filled", timeout=_PROMISED)
    assert desk.venue.positions[order["symbol"]] == 10
    assert desk.is_same()


def test_among_the_orders(desk: Desk) -> None:
    order = desk.bid("NVDA")
    desk.page.goto("/orders")
    shows(desk, order, desk.page.get_by_role("row", name=re.compile("NVDA Buy Entry")))


def test_on_the_trades_page(desk: Desk) -> None:
    order = desk.bid("MSFT")
    desk.page.goto(f"/trades/{order['trade_id']}")
    shows(desk, order, desk.page.locator("#trade-orders").get_by_role("row", name=re.compile("^Entry")))
