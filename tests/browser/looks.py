"""What is looked for on a page: accessibility, layout that moves, sideways scroll."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page, expect

Rules = dict[str, str | list[str]]
ALL: Rules = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOUR: Rules = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""The rules that a theme can break; the others do not look at colours."""
MOST_SHIFT = 0.02
"""Of the cumulative layout shift; a fifth of what is called good on the web. A long table that is drawn while it comes
shifts a hair."""

_RUN_AXE = """only => axe.run(document, { runOnly: only, resultTypes: ["violations"] }).then(all => all.violations.map(
    one => `axe ${one.id}: ${one.nodes.length} x ${one.nodes[0].target.join(" ")}: ${one.nodes[0].failureSummary}`))"""
_SWIFT = """(() => {
    const Kept = class {
        of = Symbol();
        has(one) { return this.of in one; }
        get(one) { return one[this.of]; }
        set(one, value) { one[this.of] = value; return this; }
        add(one) { return this.set(one, true); }
        delete(one) { return delete one[this.of]; }
    };
    (function (WeakMap, WeakSet) {
        %s
    })(Kept, Kept);
    const colour = axe.commons.color.Color.prototype, parse = colour.parseString, known = new Map();
    colour.parseString = function (text) {
        if (!known.has(text)) known.set(text, parse.call(new this.constructor(), text));
        const { r, g, b, alpha } = known.get(text);
        return Object.assign(this, { r, g, b, alpha });
    };
})()"""
"""axe in half its time. It was compiled for browsers without private fields: each of its millions of colours is held in
ten weak maps, for which a property of the thing itself will do; and it reads the same few colours again and again."""
_SHIFTS = """() => new Promise(done => {
    const found = [];
    const name = node => node ? node.id || node.className || node.nodeName : "something";
    new PerformanceObserver(list => list.getEntries().forEach(one => found.push(
        [one.value, one.sources.map(source => name(source.node)).join(", ")]
    ))).observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(found))));
})"""


@cache
def _axe() -> str:
    return _SWIFT % (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()


def settle(page: Page) -> None:
    """Wait until the fonts are there and the charts are drawn."""
    page.evaluate("document.fonts.ready.then(() => true)")
    if page.locator("[data-chart]").count():
        expect(page.locator("html")).to_have_attribute("data-charts", "drawn")


def inaccessible(page: Page, rules: Rules = ALL) -> list[str]:
    """What axe finds on `page`, in words; read from the top, as what a page scrolled to a field has slid under its
    sticky bar is not out of reach."""
    page.evaluate("scrollTo(0, 0)")
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe())
    found: list[str] = page.evaluate(_RUN_AXE, rules)
    return found


def shifts(page: Page) -> list[str]:
    """The layout shifts since the page began to load, if they add up to more than a hair."""
    found: list[tuple[float, str]] = page.evaluate(_SHIFTS)
    total = sum(value for value, _ in found)
    return [f"layout shift of {total:.3f}: {found}"] if total > MOST_SHIFT else []


def sideways(page: Page) -> list[str]:
    """By how much the page as a whole scrolls sideways, if it does."""
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"the page scrolls sideways by {over} px"] if over > 0 else []
