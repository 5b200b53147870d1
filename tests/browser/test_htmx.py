"""What the pages do beside whole loads: swaps that keep their place, ways back, keys, theme, and ends of sessions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

from tests.browser.looks import settle, shifts
from tests.browser.sites import PHONE, WIDE, Site, Year, opened, session_of, watching
from tests.conftest import make_seat, make_user
from tests.services import recorded
from trenddojo.store.database import db

_PLACES = """panels => panels.map(panel => {
    const box = panel.getBoundingClientRect();
    return [panel.getAttribute("aria-labelledby"), box.left, box.top + scrollY, box.width, box.height];
})"""
_FOCUSED = "document.activeElement.id"


@dataclass(frozen=True)
class Desk:
    """A trader's page, and the address of a trade of 10 shares from 100.00 with the stop at 95.00."""

    page: Page
    site: Site
    trade: str


@pytest.fixture
def desk(chromium: Browser, site: Site) -> Iterator[Desk]:
    with site.app.app_context():
        seat = make_seat(make_user("marta@example.org", "Marta Lind"))
        trade = recorded.plan(seat)
        recorded.enter(seat, trade, "10", "100")
        recorded.mark(seat, trade, "108")
        db.session.commit()
        address, session = f"/trades/{trade.id}", session_of(site, seat.user)
    context = opened(chromium, site, session)
    page = context.new_page()
    with watching(page, refused=422) as wrong:
        yield Desk(page, site, address)
    context.close()
    assert wrong == []


@pytest.fixture
def list_page(chromium: Browser, year: Year) -> Iterator[Page]:
    """The trades of the demo year."""
    context = opened(chromium, year, year.people["owner"])
    page = context.new_page()
    with watching(page) as wrong:
        page.goto("/trades?account=" + year.ids["account"])
        settle(page)
        page.evaluate("document.body.dataset.same = 'page'")
        yield page
    context.close()
    assert wrong == []


def _places(page: Page) -> list[list[float | str]]:
    """Where each panel stands on the page, and how large it is."""
    places: list[list[float | str]] = page.locator("main .panel").evaluate_all(_PLACES)
    return places


def _panel(page: Page, name: str) -> Locator:
    return page.get_by_role("form", name=name, exact=True)


def _is_same_page(page: Page) -> None:
    """Nothing but the list was fetched."""
    assert page.evaluate("document.body.dataset.same") == "page"


# ---- live rows


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_sizing_keeps_focus_caret_and_every_panel_s_place(desk: Desk, size: ViewportSize) -> None:
    page, panel = desk.page, desk.page.get_by_role("region", name="Size", exact=True)
    page.set_viewport_size(size)
    page.goto("/ticket")
    settle(page)
    empty = _places(page)
    for label, value in (("Symbol", "AMD"), ("Entry", "1000"), ("Stop", "95")):
        page.get_by_label(label, exact=True).fill(value)
    expect(panel).to_contain_text(re.compile(r"\b1\s*share"))
    page.get_by_label("Stop", exact=True).press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("9")
    expect(panel).to_contain_text(re.compile(r"30\s*shares"))
    assert page.evaluate(_FOCUSED) == "f-stop"
    assert page.evaluate("[document.activeElement.value, document.activeElement.selectionStart]") == ["995", 2]
    assert _places(page) == empty
    assert shifts(page) == []


def test_rows_of_a_stop_follow_the_typing_and_keep_their_place(desk: Desk) -> None:
    page = desk.page
    page.goto(desk.trade)
    settle(page)
    before, stop = _places(page), _panel(page, "Move stop")
    stop.get_by_label("New stop", exact=True).press_sequentially("104")
    expect(stop).to_contain_text(re.compile(r"−50\.00\s*becomes\s*\+40\.00"))
    assert page.evaluate(_FOCUSED) == "stop-price"
    assert _places(page) == before
    stop.get_by_label("New stop", exact=True).fill("109")
    expect(stop).to_contain_text("not below the last price")
    assert _places(page) == before


def test_rows_of_an_exit_follow_quick_values(desk: Desk) -> None:
    page = desk.page
    page.goto(desk.trade)
    settle(page)
    before, leave = _places(page), _panel(page, "Take part off")
    leave.get_by_role("button", name="5 · 50%").click()
    expect(leave.get_by_label("Sell", exact=True)).to_be_focused()
    leave.get_by_label("Price", exact=True).fill("110")
    expect(leave).to_contain_text(re.compile(r"0\.00\s*becomes\s*\+50\.00"))
    assert _places(page) == before


def test_a_press_while_the_rows_of_an_exit_are_on_their_way_is_not_lost(desk: Desk) -> None:
    page = desk.page
    page.goto(desk.trade)
    settle(page)
    leave = _panel(page, "Take part off")
    leave.get_by_label("Sell", exact=True).fill("5")
    leave.get_by_label("Reason", exact=True).select_option(label="Target")
    expect(leave).to_contain_text("becomes")
    leave.get_by_label("Price", exact=True).fill("110")
    button = leave.get_by_role("button", name="Record exit")
    button.hover()
    page.mouse.down()
    expect(leave).to_contain_text("+50.00")
    page.mouse.up()
    expect(page.get_by_role("main")).to_contain_text("Sold 5 at 110.00")


# ---- the list of trades


def test_pages_of_the_list_are_swapped_and_the_way_back_works(list_page: Page) -> None:
    page, rows = list_page, list_page.get_by_role("row")
    first = rows.nth(1).inner_text()
    page.get_by_role("link", name="Older").click()
    expect(page).to_have_url(re.compile(r"after="))
    expect(page.get_by_role("link", name="Newer")).to_be_visible()
    assert rows.nth(1).inner_text() != first
    _is_same_page(page)
    page.go_back()
    expect(page).not_to_have_url(re.compile(r"after="))
    expect(page.get_by_role("link", name="Newer")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_text("Trades")
    assert rows.nth(1).inner_text() == first


def test_filters_of_the_list_are_swapped_in_and_kept_in_the_address(list_page: Page) -> None:
    page = list_page
    bar = page.get_by_role("banner").bounding_box()
    page.get_by_role("navigation", name="Trades by state").get_by_role("link", name="Closed").click()
    expect(page).to_have_url(re.compile(r"status=closed"))
    expect(page.get_by_role("columnheader", name="Closed")).to_have_attribute("aria-sort", "descending")
    page.get_by_text("Side", exact=True).first.click()
    page.get_by_role("link", name="Long", exact=True).click()
    expect(page).to_have_url(re.compile(r"side=long"))
    page.get_by_role("link", name=re.compile("^P&L")).click()
    expect(page.get_by_role("columnheader", name=re.compile("^P&L"))).to_have_attribute("aria-sort", "descending")
    _is_same_page(page)
    assert page.get_by_role("banner").bounding_box() == bar
    page.get_by_role("link", name="Side Long: clear").click()
    expect(page).not_to_have_url(re.compile(r"side="))
    page.reload()
    expect(page.get_by_role("columnheader", name=re.compile("^P&L"))).to_have_attribute("aria-sort", "descending")


# ---- what was deleted comes back


def test_a_deleted_note_comes_back(desk: Desk) -> None:
    page, story = desk.page, desk.page.get_by_role("region", name="Timeline", exact=True)
    page.goto(desk.trade)
    page.get_by_label("Add a note", exact=True).fill("Held above the ten-day line.")
    story.get_by_role("button", name="Save", exact=True).click()
    expect(story).to_contain_text("Held above the ten-day line.")
    page.get_by_role("button", name=re.compile("^Delete: .*[Nn]ote")).click()
    _undo(page, "Note deleted.")
    expect(page.get_by_role("status").filter(has_text="Note restored.")).to_be_visible()
    expect(story).to_contain_text("Held above the ten-day line.")


def test_a_deleted_fill_comes_back(desk: Desk) -> None:
    page = desk.page
    page.goto(desk.trade)
    page.get_by_role("button", name="Delete: Bought 10 at 100.00").click()
    _undo(page, "Fill deleted.")
    expect(page.get_by_role("status").filter(has_text="Fill restored.")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Open, 10 shares")


def _undo(page: Page, said: str) -> None:
    toast = page.get_by_role("status").filter(has_text=said)
    expect(toast).to_be_visible()
    toast.get_by_role("button", name="Undo").click()


# ---- refusals


def test_a_refused_panel_keeps_what_was_typed_and_leads_to_what_is_wrong(desk: Desk) -> None:
    page = desk.page
    page.goto(desk.trade)
    page.evaluate("document.body.dataset.same = 'page'")
    leave = _panel(page, "Take part off")
    leave.get_by_label("Sell", exact=True).fill("11")
    leave.get_by_label("Price", exact=True).fill("110.25")
    leave.get_by_label("Reason", exact=True).select_option(label="Target")
    leave.get_by_role("button", name="Record exit").click()
    sell = leave.get_by_label("Sell", exact=True)
    expect(sell).to_have_attribute("aria-invalid", "true")
    expect(sell).to_have_accessible_description(re.compile("10"))
    expect(sell).to_be_focused()
    expect(sell).to_have_value("11")
    expect(leave.get_by_label("Price", exact=True)).to_have_value("110.25")
    expect(leave.get_by_label("Reason", exact=True)).to_have_value("target")
    _is_same_page(page)


def test_a_refused_ticket_keeps_what_was_typed_and_leads_to_what_is_wrong(desk: Desk) -> None:
    page = desk.page
    page.goto("/ticket")
    for label, value in (("Symbol", "AMD"), ("Entry", "100"), ("Stop", "105"), ("Why now", "Ünïcode reasons")):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("main").get_by_role("button", name="Save plan").click()
    stop = page.get_by_label("Stop", exact=True)
    expect(stop).to_have_attribute("aria-invalid", "true")
    expect(stop).to_be_focused()
    expect(stop).to_have_value("105")
    expect(page.get_by_label("Why now", exact=True)).to_have_value("Ünïcode reasons")


# ---- sessions


def test_a_session_that_ends_while_typing_leads_to_sign_in(desk: Desk) -> None:
    desk.page.goto("/ticket")
    desk.site.clock.turn(minutes=61)
    desk.page.get_by_label("Entry", exact=True).fill("100")
    _asks_to_sign_in(desk.page)
    assert "next=/ticket" in desk.page.url.replace("%2F", "/")


def test_a_session_that_ends_while_filtering_leads_to_sign_in(desk: Desk) -> None:
    desk.page.goto("/trades")
    desk.site.clock.turn(minutes=61)
    desk.page.get_by_role("link", name="Closed", exact=True).click()
    _asks_to_sign_in(desk.page)


def _asks_to_sign_in(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(page.get_by_role("main")).to_contain_text("You were signed out after 60 minutes without use.")


# ---- keys and theme


def test_keys_lead_about(desk: Desk) -> None:
    page = desk.page
    page.goto(desk.trade)
    title = page.get_by_role("heading", level=1)
    page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Keyboard")
    expect(help_).to_be_visible()
    page.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search trades")).to_be_focused()
    page.keyboard.type("n")
    expect(page.get_by_role("searchbox", name="Search trades")).to_have_value("n")
    page.get_by_role("main").click(position={"x": 1, "y": 1})
    page.keyboard.press("g")
    page.keyboard.press("d")
    expect(title).to_have_text("Dashboard")
    page.wait_for_load_state()
    page.keyboard.press("n")
    expect(title).to_have_text("New trade")


def test_keys_of_a_trade_lead_to_its_panels(desk: Desk) -> None:
    page = desk.page
    page.goto(desk.trade)
    page.keyboard.press("s")
    expect(page.get_by_label("New stop", exact=True)).to_be_focused()
    page.get_by_label("New stop", exact=True).blur()
    page.keyboard.press("x")
    expect(page.get_by_label("Sell", exact=True)).to_be_focused()


def test_the_theme_changes_at_once_and_is_kept(desk: Desk) -> None:
    page = desk.page
    root = page.locator("html")
    page.goto("/")
    page.get_by_role("button", name="Theme: system. Change to light").click()
    expect(root).to_have_attribute("data-bs-theme", "light")
    page.get_by_role("button", name="Theme: light. Change to dark").click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.get_by_role("button", name="Your menu").click()
    page.get_by_role("button", name="System", exact=True).click()
    expect(root).not_to_have_attribute("data-bs-theme", re.compile("."))


def test_the_theme_changes_without_script(chromium: Browser, year: Year) -> None:
    context: BrowserContext = opened(chromium, year, year.people["owner"], java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("button", name="Theme: system. Change to light").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    context.close()
