"""From an empty database to a trade's R in the statistics, by visible labels only."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser.sites import PHONE, Site, opened, watching
from tests.browser.trader import REQUIRED, Trader, leave, plan, record_entry, set_up

MOST_FIELDS, MOST_CLICKS = 8, 4
"""From the ticket to the recorded trade."""

RISK = "1,100.00"
"""200 shares at 100.50 with the stop at 95.00: what one R is worth."""
RESULT, R = "+3,025.00", "+2.75R"
"""50 shares sold at 111.50 are +550.00, and 150 at 117.00 are +2,475.00: 3,025.00 of the 1,100.00 risked."""


def test_a_first_trade(page: Page, site: Site) -> None:
    trader = Trader(page)
    set_up(trader, site)
    trader.press("New trade", role="link")
    _trade(trader, site)


def test_a_first_trade_on_a_phone(chromium: Browser, site: Site) -> None:
    context = opened(chromium, site, viewport=PHONE, has_touch=True, is_mobile=True)
    page = context.new_page()
    trader = Trader(page)
    with watching(page) as wrong:
        set_up(trader, site)
        trader.press("New", role="link", within=trader.part("navigation", "Sections, phone"))
        _trade(trader, site)
    context.close()
    assert wrong == []


def test_a_first_trade_without_script(chromium: Browser, site: Site) -> None:
    context = opened(chromium, site, java_script_enabled=False)
    trader = Trader(context.new_page())
    set_up(trader, site)
    plan(trader)
    trader.press("Size it")
    trader.sees(re.compile(r"200\s*shares"), within=trader.part("region", "Size"))
    record_entry(trader)
    site.clock.turn(minutes=50)
    leave(trader, "Take part off", "200", "115.625", "Target")
    trader.sees("closed", within=trader.page.get_by_role("banner"))
    trader.sees(RESULT, R)
    _is_in_the_statistics(trader)
    context.close()


def _trade(trader: Trader, site: Site) -> None:
    _size_as_one_types(trader)
    trader.check(REQUIRED)
    record_entry(trader)
    _is_brief(trader)
    _manage_and_close(trader, site)
    _is_in_the_statistics(trader)


def _size_as_one_types(trader: Trader) -> None:
    """The size follows the stop without a press: first at risk of 8.00 a share, then of 5.00."""
    size = trader.part("region", "Size")
    trader.sees("updates as you type", within=size)
    for label, value in (("Symbol", "NVDA"), ("Setup", "Breakout"), ("Entry", "100")):
        trader.type(label, value)
    trader.type("Stop", "92")
    trader.sees(re.compile(r"125\s*shares"), re.compile(r"12,500\.00\s*USD"), "Bound by risk per trade.", within=size)
    trader.fill("Stop", "95")
    trader.fields -= 1  # the same field, typed twice to see the size follow
    trader.sees(re.compile(r"200\s*shares"), re.compile(r"20,000\.00\s*USD"), "Bound by risk per trade.", within=size)


def _is_brief(trader: Trader) -> None:
    assert trader.fields <= MOST_FIELDS, f"{trader.fields} fields from the ticket to the recorded trade"
    assert trader.clicks <= MOST_CLICKS, f"{trader.clicks} clicks from the ticket to the recorded trade"


def _manage_and_close(trader: Trader, site: Site) -> None:
    trader.sees("Result so far", "If stopped at 95.00", f"of {RISK} risked")
    site.clock.turn(minutes=20)
    stop = trader.part("form", "Move stop")
    trader.fill("New stop", "98.20", stop)
    trader.sees("−460.00", within=stop)
    trader.press("Move stop", stop)
    trader.sees("If stopped at 98.20", "Stop to 98.20")
    site.clock.turn(minutes=20)
    leave(trader, "Take part off", "50", "111.50", "Target")
    trader.sees("Open, 150 shares", "+550.00", "Sold 50 at 111.50")
    site.clock.turn(minutes=20)
    _close_the_rest(trader)


def _close_the_rest(trader: Trader) -> None:
    trader.press("Trade actions")
    trader.press("Close trade", trader.part("region", "Trade actions"), role="link")
    panel = trader.part("form", "Close trade")
    expect(panel.get_by_label("Sell", exact=True)).to_have_value("150")
    leave(trader, "Close trade", "150", "117", "Trailing stop")
    trader.sees("closed", within=trader.page.get_by_role("banner"))
    trader.sees(RESULT, R)


def _is_in_the_statistics(trader: Trader) -> None:
    page = trader.page
    page.goto("/reports")
    trader.sees("1 trade, 1 won", RESULT)
    trader.sees(re.compile(rf"Mean R.*{re.escape(R)}"), re.compile("Win rate.*100.0%"))
    page.goto("/")
    trader.sees(
        re.compile(rf"NVDA.*{re.escape(RESULT)}.*{re.escape(R)}"), within=trader.part("region", "Recently closed")
    )
    expect(page.get_by_role("main")).to_contain_text("No open positions")
