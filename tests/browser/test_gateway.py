"""A gateway that a person has to start: help on the page until it is up, then its account, and an order that fills."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.brokers.interactive_brokers.gateway import Gateway, gateway
from tests.browser.looks import COLOUR, inaccessible, settle, shifts, sideways
from tests.browser.sites import PHONE, WIDE, Site, opened, session_of, watching
from tests.browser.trader import REQUIRED, Trader
from tests.conftest import make_seat, make_user
from tests.services.connected import INTEGRATIONS, furnish
from trenddojo.brokers.manager import BrokerManager
from trenddojo.services import connections
from trenddojo.services.orders import rounds

ACCOUNTS = ("DU1234567", "DU7654321")
_BEATS = 10_000
"""How long a change may take to appear, in milliseconds: several beats of the pulse on a slow machine."""


@dataclass(frozen=True)
class Desk:
    """Marta's page, the server behind it, and a gateway that nobody has started yet."""

    page: Page
    site: Site
    manager: BrokerManager
    gateway: Gateway

    @property
    def form(self) -> Locator:
        return self.page.get_by_role("region", name="Connect a broker")

    @property
    def panel(self) -> Locator:
        return self.page.get_by_role("region", name=re.compile("^At home"))

    def press(self, name: str, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("button", name=name, exact=True).click()

    def work(self) -> None:
        """What the jobs do now and then."""
        with self.site.app.app_context():
            connections.check_all(self.manager)
            rounds.tick(self.manager, self.site.clock())


@pytest.fixture
def desk(chromium: Browser, site: Site) -> Iterator[Desk]:
    manager = furnish(site.app, lambda: site.clock().timestamp(), **INTEGRATIONS, production=False)
    with site.app.app_context():
        session = session_of(site, make_seat(make_user("marta@example.org", "Marta Lind")).user)
    site.clock.turn(seconds=1)  # the account that is made here is the younger one
    with gateway(site.clock, accounts=ACCOUNTS) as there:
        there.go_down()
        there.set_price("NVDA", "100")
        context = opened(chromium, site, session, color_scheme="light")
        page = context.new_page()
        with watching(page, refused=422) as wrong:
            yield Desk(page, site, manager, there)
        context.close()
        manager.close()
    assert wrong == []


def test_from_no_gateway_to_a_fill(desk: Desk) -> None:
    _is_helped(desk)
    desk.gateway.come_up()
    _connects(desk)
    _goes_down_and_comes_back(desk)
    _trades(desk)


def _is_helped(desk: Desk) -> None:
    """Test and Connect say what was met and what to do, and keep what was typed."""
    page, form, told = desk.page, desk.form, f"Nothing listens at 127.0.0.1:{desk.gateway.port}."
    page.goto("/brokers")
    form.get_by_role("radio", name=re.compile("^Interactive Brokers")).check()
    expect(form.get_by_label("Name")).to_have_value("Interactive Brokers simulated")
    form.get_by_text("Paper", exact=True).click()
    expect(form.get_by_label("Name")).to_have_value("Interactive Brokers paper")
    steps = form.get_by_text("Read-Only API", exact=True)
    expect(steps).to_be_hidden()
    for label, value in (("Name", "At home"), ("Port", str(desk.gateway.port)), ("Client ID", "7")):
        form.get_by_label(label).fill(value)
    for button in ("Test", "Connect"):
        desk.press(button, form)
        expect(form.get_by_role("alert")).to_contain_text(told)
        expect(steps).to_be_visible()
        expect(form.get_by_label("Port")).to_have_value(str(desk.gateway.port))
        expect(form.get_by_label("Name")).to_have_value("At home")
    _looks_well(page)


def _looks_well(page: Page) -> None:
    """Wide in the light, on a phone in the dark."""
    settle(page)
    found = inaccessible(page) + sideways(page)
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    found += inaccessible(page, COLOUR) + sideways(page)
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")
    assert found == []


def _connects(desk: Desk) -> None:
    form = desk.form
    desk.press("Test", form)
    expect(form).to_contain_text("It works. Nothing was kept yet.")
    expect(form.get_by_text("Read-Only API", exact=True)).to_be_hidden()
    expect(form.get_by_role("checkbox", name=ACCOUNTS[0])).to_be_checked()
    form.get_by_role("checkbox", name=ACCOUNTS[1]).uncheck()
    _looks_well(desk.page)
    desk.press("Connect", form)
    expect(desk.panel.locator(".state")).to_have_text("connected")
    expect(desk.panel).to_contain_text("DU1…4567")
    expect(desk.panel).not_to_contain_text("4321")
    expect(desk.panel).to_contain_text(re.compile(r"Equity\s*100,000\.00\s*USD"))
    assert shifts(desk.page) == []


def _goes_down_and_comes_back(desk: Desk) -> None:
    """As every night: the panel says so by itself, and again when it is there."""
    desk.gateway.go_down()
    desk.site.clock.turn(seconds=30)
    desk.work()
    expect(desk.panel.locator(".state")).to_have_text("down", timeout=_BEATS)
    expect(desk.panel).to_contain_text("Start TWS or IB Gateway there and sign in to it.")
    steps = desk.panel.get_by_text("Read-Only API", exact=True)
    expect(steps).to_be_visible()
    _looks_well(desk.page)
    desk.panel.get_by_text("What it needs there").click()
    expect(steps).to_be_hidden()
    desk.press("Try now", desk.panel)
    expect(desk.page.get_by_role("status")).to_contain_text("Nothing listens at")
    expect(steps).to_be_hidden()
    desk.gateway.come_up()
    desk.press("Try now", desk.panel)
    expect(desk.panel.locator(".state")).to_have_text("connected")


def _trades(desk: Desk) -> None:
    """From the ticket to the fill, which the trade's page and the panel show."""
    trader, page = Trader(desk.page), desk.page
    desk.panel.get_by_role("button", name="Work on it").click()
    page.goto("/ticket")
    for label, value in (("Symbol", "NVDA"), ("Entry", "98"), ("Stop", "93"), ("Target 1", "108")):
        trader.fill(label, value)
    trader.check(REQUIRED)
    trader.press("Save and send")
    trader.press("Review order")
    expect(trader.part("form", "Confirm the order")).to_contain_text("Buy 199 NVDA")
    trader.press("Send to PAPER")
    row = page.locator("#trade-orders").get_by_role("row", name=re.compile("^Entry"))
    expect(row).to_contain_text("accepted")
    page.evaluate("document.body.dataset.same = 'page'")
    desk.gateway.set_price("NVDA", "97.50")
    desk.site.clock.turn(seconds=10)
    desk.work()
    expect(row).to_contain_text("filled", timeout=_BEATS)
    assert page.evaluate("document.body.dataset.same") == "page"
    assert desk.gateway.positions == {"NVDA": 199}
    desk.site.clock.turn(seconds=60)  # ten questions for account figures a minute, and these were they
    page.goto("/brokers")
    desk.press("Sync now", desk.panel)
    expect(desk.panel.get_by_role("row", name=re.compile("^NVDA 199"))).to_be_visible()
    _looks_well(page)
