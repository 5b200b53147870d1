"""Somebody in front of a page, who knows only what it says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, expect

from tests.browser.sites import Site, setup_token


@dataclass
class Trader:
    """Acts by visible labels and roles alone, and counts the fields filled and the presses of buttons and links."""

    page: Page
    fields: int = field(default=0, init=False)
    clicks: int = field(default=0, init=False)

    def part(self, role: str, name: str) -> Locator:
        """A form or region of the page by its heading."""
        return self.page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]

    def fill(self, label: str, value: str, within: Locator | None = None) -> None:
        (within or self.page).get_by_label(label, exact=True).fill(value)
        self.fields += 1

    def type(self, label: str, value: str) -> None:
        """Fill key by key, as a person does."""
        self.page.get_by_label(label, exact=True).press_sequentially(value)
        self.fields += 1

    def choose(self, label: str, option: str, within: Locator) -> None:
        within.get_by_label(label, exact=True).select_option(label=option)
        self.fields += 1

    def check(self, label: str) -> None:
        """Tick a box: a field, and a click too."""
        self.page.get_by_label(label, exact=True).check()
        self.fields += 1
        self.clicks += 1

    def press(self, name: str, within: Locator | None = None, *, role: str = "button") -> None:
        (within or self.page).get_by_role(role, name=re.compile(f"^{name}")).click()  # type: ignore[arg-type]
        self.clicks += 1

    def sees(self, *texts: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Find each text on the page, and go on once the page is complete."""
        for text in texts:
            expect(within or self.page.get_by_role("main")).to_contain_text(text)
        self.page.wait_for_load_state()


REQUIRED = "Stop is where the idea is wrong"
"""What the checklist of a new account requires."""


def set_up(trader: Trader, site: Site) -> None:
    """The wizard: from the address that the terminal prints to the desk."""
    trader.page.goto(f"/setup?token={setup_token(site)}")
    trader.fill("Your name", "Marta Lind")
    trader.fill("E-mail", "marta@example.org")
    trader.fill("Password", "twelve unrelated llamas")
    trader.press("Continue")
    trader.fill("Account name", "Trend Core")
    trader.fill("Starting balance", "100,000")
    trader.press("Open the desk")
    expect(trader.page.get_by_role("heading", level=1)).to_have_text("Dashboard")
    trader.fields = trader.clicks = 0


def plan(trader: Trader) -> None:
    """From the dashboard to a filled ticket: 1% of 100,000 at 5.00 a share is 200 shares."""
    trader.page.goto("/ticket")
    for label, value in (("Symbol", "NVDA"), ("Setup", "Breakout"), ("Entry", "100"), ("Stop", "95")):
        trader.fill(label, value)
    trader.check(REQUIRED)


def record_entry(trader: Trader) -> None:
    """From the filled ticket to the recorded trade; the broker filled a little higher than planned."""
    trader.press("Record a fill")
    entry = trader.part("form", "Record entry")
    expect(entry.get_by_label("Quantity", exact=True)).to_have_value("200")
    trader.fill("Price", "100.50", entry)
    trader.press("Record entry", entry)
    trader.sees("Open, 200 shares")


def leave(trader: Trader, form: str, amount: str, price: str, reason: str) -> None:
    """An exit, by the panel that is named `form`."""
    panel = trader.part("form", form)
    trader.fill("Sell", amount, panel)
    trader.fill("Price", price, panel)
    trader.choose("Reason", reason, panel)
    trader.press("Record exit", panel)
