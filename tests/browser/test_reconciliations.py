"""Books set beside a statement and mended until both say the same, as a person does it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.importer import signed_in, working
from tests.browser.looks import inaccessible, sideways
from tests.browser.sites import PHONE, Site
from tests.services.told import ACTIVITY

THEMES = ("light", "dark")


def test_what_the_books_lack_is_found_and_mended(chromium: Browser, site: Site, tmp_path: Path) -> None:
    file = tmp_path / "U1234567 March.csv"
    file.write_text(ACTIVITY)
    with working(site), signed_in(chromium, site) as page:
        bring(page, site, file)
        page.get_by_role("button", name="Compare with your books").click()

        expect(page.get_by_role("heading", name="What differs")).to_be_visible()
        expect(difference(page, "Position")).to_contain_text("a purchase of 10 in all")
        expect(difference(page, "Fees")).to_contain_text("5.50")
        assert looked_over(page) == []
        mend(page, "Position", "Book the fills", Price="100.10", Fee="1")
        mend(page, "Fees", "Book it", Fee="4.50")
        assert looked_over(page) == []
        page.get_by_role("button", name="Compare again").click()

        expect(page.get_by_role("heading", name="Nothing differs")).to_be_visible()
        assert looked_over(page) == []
        page.goto(f"{site.address}/imports")
        page.get_by_role("link", name="Reconciliation", exact=True).click()
        expect(page.get_by_role("table").get_by_text("agrees")).to_be_visible()
        expect(page.get_by_role("table").get_by_text("1 open")).to_be_visible()
        assert looked_over(page) == []


def bring(page: Page, site: Site, file: Path) -> None:
    """Import a statement whose clock is New York's, and stay on its page."""
    page.goto(f"{site.address}/imports")
    page.get_by_label("Files", exact=True).set_input_files(file)
    page.get_by_role("button", name="Look at it").click()
    page.get_by_label("Clock times are of").select_option("America/New_York")
    page.get_by_role("button", name="Read it").click()
    page.get_by_role("button", name="Import 2 fills").click()
    expect(page.get_by_role("heading", name="What came of it")).to_be_visible()


def difference(page: Page, what: str) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=what))


def mend(page: Page, what: str, act: str, **typed: str) -> None:
    of = difference(page, what)
    of.locator("summary").filter(has_text=act).click()
    for label, text in typed.items():
        of.get_by_label(label, exact=True).fill(text)
    of.get_by_role("button", name="Book", exact=True).click()
    expect(of.get_by_text("mended")).to_be_visible()


def looked_over(page: Page) -> list[str]:
    """What is wrong with the page in both themes, and on a phone."""
    found = []
    wide = page.viewport_size
    assert wide is not None
    page.set_viewport_size(PHONE)
    for theme in THEMES:
        page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme; }", theme)
        found += [f"{theme}: {one}" for one in inaccessible(page)]
    found += sideways(page)
    page.set_viewport_size(wide)
    return found
