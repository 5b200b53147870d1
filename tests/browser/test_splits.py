"""A split of what is held, recorded on the trade's page in a browser and taken back."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.browser.looks import inaccessible, sideways
from tests.browser.sites import PHONE, Site, opened, session_of, watching
from tests.conftest import make_seat, make_user
from tests.services.recorded import day, enter, mark, plan


def test_a_split_is_recorded_and_taken_back(chromium: Browser, site: Site) -> None:
    with site.app.app_context():
        seat = make_seat(make_user("marta@example.org", "Marta Lind"))
        trade = plan(seat, entry="200", stop="180", quantity="12")
        enter(seat, trade, "12", "200", day(1))
        mark(seat, trade, "240", day(2))
        address, session = f"/trades/{trade.id}", session_of(site, seat.user)
    page = opened(chromium, site, session).new_page()
    with watching(page, refused=422) as wrong:
        page.goto(address)
        page.get_by_text("Splits of NVDA").click()
        page.get_by_label("New", exact=True).fill("4")
        page.get_by_label("For old", exact=True).fill("4")
        page.get_by_label("First day").fill(day(10).date().isoformat())
        page.get_by_role("button", name="Record split").click()
        expect(page.get_by_text("4 for 4 changes nothing.")).to_be_visible()
        assert inaccessible(page) == []
        page.get_by_label("For old", exact=True).fill("1")
        page.get_by_role("button", name="Record split").click()
        expect(page.get_by_text("4-for-1 split recorded.")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text("Open, 48 shares")
        page.get_by_text("Splits of NVDA (1)").click()
        assert inaccessible(page) == []
        page.set_viewport_size(PHONE)
        assert sideways(page) == []
        page.get_by_role("button", name="Delete the 4-for-1 split").click()
        expect(page.get_by_role("main")).to_contain_text("Open, 12 shares")
    assert wrong == []
