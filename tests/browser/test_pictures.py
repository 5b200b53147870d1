"""Pictures that are pasted and dropped, as a trader sends them."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

from tests.browser.looks import inaccessible
from tests.browser.sites import Site, opened, session_of, watching
from tests.conftest import make_seat, make_user
from tests.services.pictured import encoded, image
from tests.services.recorded import plan

_SEND = """([kind, files]) => {
    const transfer = new DataTransfer(), bytes = text => Uint8Array.from(atob(text), one => one.charCodeAt(0));
    const how = { bubbles: true, cancelable: true, clipboardData: transfer, dataTransfer: transfer };
    files.forEach((content, number) => transfer.items.add(
        new File([bytes(content)], `${kind} ${number}.png`, { type: "image/png" })
    ));
    if (kind === "drop") document.querySelector("[data-attach]").dispatchEvent(new DragEvent("drop", how));
    else document.body.dispatchEvent(new ClipboardEvent("paste", how));
}"""
"""What a browser does when somebody drops files, or pastes pictures."""


def _content(colour: str) -> str:
    return b64encode(encoded("PNG", image(900, 500, colour=colour))).decode()


@contextmanager
def _on_a_trade(chromium: Browser, site: Site) -> Iterator[Page]:
    """The page of a trade, with a note that is half written."""
    with site.app.app_context():
        seat = make_seat(make_user("marta@example.org", "Marta Lind"))
        trade_id, session = plan(seat).id, session_of(site, seat.user)
    context = opened(chromium, site, session)
    page = context.new_page()
    with watching(page) as wrong:
        page.goto(f"/trades/{trade_id}")
        page.get_by_label("Add a note").fill("Half written")
        yield page
    assert wrong == []
    context.close()


def test_pictures_are_pasted_dropped_seen_and_deleted(chromium: Browser, site: Site) -> None:
    with _on_a_trade(chromium, site) as page:
        page.evaluate(_SEND, ["paste", [_content("teal")]])
        panel = page.get_by_role("region", name="Pictures")
        expect(panel.get_by_role("img")).to_have_count(1)
        page.evaluate(_SEND, ["drop", [_content("red"), _content("teal")]])
        expect(panel.get_by_role("img")).to_have_count(2)  # the first is there already
        expect(page.get_by_label("Add a note")).to_have_value("Half written")
        shown = panel.get_by_role("img", name=re.compile("NVDA: paste 0$"))
        size = "image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])"
        assert shown.evaluate(size) == [480, 267]
        assert inaccessible(page) == []
        with page.context.expect_page() as whole:
            shown.click()
        assert whole.value.evaluate("[document.contentType, document.images[0].naturalWidth]") == ["image/png", 900]
        whole.value.close()
        panel.get_by_role("button", name=re.compile("^Delete picture .: paste 0$")).click()
        expect(panel.get_by_role("img")).to_have_count(1)
        page.get_by_role("button", name="Undo").click()
        expect(panel.get_by_role("img")).to_have_count(2)
        page.goto("/journal/2026-11-18")
        page.get_by_label("Note", exact=True).fill("Quiet.")
        page.get_by_role("button", name="Add four questions").click()
        expect(page.get_by_label("Note", exact=True)).to_have_value(re.compile(r"^Quiet\.\n\n### What I saw\n"))
        page.evaluate(_SEND, ["paste", [_content("navy")]])
        expect(page.get_by_role("region", name="Pictures").get_by_role("img")).to_have_count(1)
        page.get_by_role("button", name="Keep note").click()
        expect(page.get_by_role("region", name="Notes")).to_contain_text("What I would do again")


def test_a_picture_for_a_panel_that_htmx_does_not_know_yet_stays_on_the_page(chromium: Browser, site: Site) -> None:
    """As where one is dropped in the moment after another one's panel came, and before htmx has bound its form."""
    with _on_a_trade(chromium, site) as page:
        page.evaluate("const panel = document.querySelector('[data-attach]'); panel.replaceWith(panel.cloneNode(true))")
        page.evaluate(_SEND, ["drop", [_content("red")]])
        expect(page.get_by_role("region", name="Pictures").get_by_role("img")).to_have_count(1)
        expect(page.get_by_label("Add a note")).to_have_value("Half written")
