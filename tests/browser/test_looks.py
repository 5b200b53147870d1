"""What is looked for on pages would be found."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.looks import inaccessible, shifts, sideways

_SOUND = '<!doctype html><html lang="en"><title>Sound</title><main><h1>Sound</h1><p>Steady text</p></main>'


def test_a_sound_page_is_left_alone(page: Page) -> None:
    page.set_content(_SOUND)
    assert inaccessible(page) + shifts(page) + sideways(page) == []


def test_a_field_without_a_label_is_found(page: Page) -> None:
    page.set_content(_SOUND + "<input>")
    assert "axe label" in " ".join(inaccessible(page))


def test_text_that_moves_is_found(page: Page) -> None:
    page.set_content(_SOUND)
    assert shifts(page) == []
    page.evaluate("document.body.prepend(Object.assign(document.createElement('div'), { style: 'height: 300px' }))")
    assert "layout shift" in " ".join(shifts(page))


def test_a_page_that_is_too_wide_is_found(page: Page) -> None:
    page.set_content(_SOUND + '<div style="width: 3000px">wide</div>')
    assert "sideways" in " ".join(sideways(page))
