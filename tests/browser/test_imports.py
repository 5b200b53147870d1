"""A statement from the file to the trades, and out of the books again, as a person does it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.importer import signed_in, working
from tests.browser.looks import inaccessible
from tests.browser.sites import Site
from tests.services.brought import TRADERVUE


def test_a_statement_comes_in_and_goes_out_again(chromium: Browser, site: Site, tmp_path: Path) -> None:
    file = tmp_path / "trades 2026.csv"
    file.write_text(TRADERVUE)
    with working(site), signed_in(chromium, site) as page:
        page.goto(f"{site.address}/imports")
        expect(page.get_by_role("heading", name="Nothing imported yet")).to_be_visible()
        page.get_by_label("Files", exact=True).set_input_files(file)
        page.get_by_role("button", name="Look at it").click()

        expect(page.get_by_role("heading", name="Say what the file does not")).to_be_visible()
        page.get_by_label("Clock times are of").select_option("America/New_York")
        page.get_by_role("button", name="Read it").click()

        expect(page.get_by_role("heading", name="What would come of it")).to_be_visible()
        expect(page.get_by_role("row", name="AAPL").first).to_contain_text("new")
        with page.expect_download() as coming:
            page.get_by_role("link", name="Download them").click()
        refused = Path(coming.value.path()).read_text("utf-8-sig")
        assert coming.value.suggested_filename == "trades 2026 refused.csv"
        assert "forty" in refused
        page.get_by_label("Stop of trades from history").select_option("percent")
        page.get_by_label("How far").fill("8")
        page.get_by_role("button", name="Import 4 fills").click()

        expect(page.get_by_role("heading", name="What came of it")).to_be_visible()
        assert inaccessible(page) == []
        page.get_by_role("link", name="To the trades").click()
        expect(page.get_by_role("row", name="AAPL")).to_be_visible()
        expect(page.get_by_role("row", name="MSFT")).to_be_visible()

        page.get_by_role("link", name="Imports").first.click()
        page.get_by_role("link", name="trades 2026.csv").click()
        page.get_by_role("button", name="Undo this import").click()
        page.get_by_role("button", name="Undo the import").click()
        expect(page.get_by_text("was taken out of your books")).to_be_visible()
        page.goto(f"{site.address}/trades")
        expect(page.get_by_role("row", name="AAPL")).to_have_count(0)


def test_stops_are_assumed_of_what_is_imported_and_taken_away(chromium: Browser, site: Site, tmp_path: Path) -> None:
    file = tmp_path / "2026.csv"
    file.write_text(TRADERVUE)
    with working(site), signed_in(chromium, site, refused=422) as page:
        page.goto(f"{site.address}/imports")
        page.get_by_label("Files", exact=True).set_input_files(file)
        page.get_by_role("button", name="Look at it").click()
        page.get_by_label("Clock times are of").select_option("America/New_York")
        page.get_by_role("button", name="Read it").click()
        page.get_by_role("button", name="Import 4 fills").click()

        panel = page.get_by_role("region", name="Assumed stops")
        expect(panel).to_contain_text("no rule")
        panel.get_by_label("Stop of trades from history").select_option("percent")
        panel.get_by_label("How far").fill("100")
        panel.get_by_role("button", name="Apply to 2 trades").click()
        expect(panel).to_contain_text("Must be below 100 percent.")
        expect(panel.get_by_label("How far")).to_have_value("100")
        panel.get_by_label("How far").fill("8")
        panel.get_by_role("button", name="Apply to 2 trades").click()
        expect(panel).to_contain_text("8% of the entry")
        assert inaccessible(page) == []
        page.get_by_role("link", name="To the trades").click()
        expect(page.get_by_role("row", name="AAPL")).to_contain_text("R")

        page.go_back()
        panel.get_by_label("Stop of trades from history").select_option("atr")
        panel.get_by_label("How far").fill("2")
        panel.get_by_role("button", name="Apply to 2 trades").click()
        expect(panel).to_contain_text("2 trades lack bars.")
        panel.get_by_label("Stop of trades from history").select_option("none")
        panel.get_by_role("button", name="Apply to 2 trades").click()
        expect(panel).to_contain_text("no rule")
        expect(panel).not_to_contain_text("lack bars")


def test_several_files_one_after_the_other_by_drop(chromium: Browser, site: Site, tmp_path: Path) -> None:
    with working(site), signed_in(chromium, site, refused=422) as page:
        page.goto(f"{site.address}/imports")
        page.evaluate(
            """([good, bad]) => {
                const files = new DataTransfer();
                files.items.add(new File([good], "good.csv"));
                files.items.add(new File([bad], "bad.csv"));
                document.querySelector("[data-drop] form").dispatchEvent(
                    new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: files }));
            }""",
            [TRADERVUE, "%PDF-1.7 no text"],
        )
        expect(page.get_by_role("list", name="Files sent")).to_contain_text("bad.csv: This is no text file.")
        expect(page.get_by_role("list", name="Files sent").get_by_role("link", name="good.csv")).to_be_visible()
        expect(page.get_by_role("table").get_by_role("link", name="good.csv")).to_be_visible()
