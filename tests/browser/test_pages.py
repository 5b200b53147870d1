"""Every page over a year of trades: accessible, quiet, steady, and no wider than the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.routing import Rule

from tests.browser.looks import COLOUR, inaccessible, settle, shifts, sideways
from tests.browser.sites import PHONE, WIDE, Site, Year, opened, setup_token, watching
from tests.conftest import Clock, settings
from trenddojo.factory import create_app
from trenddojo.services.breakdowns import Breakdown
from trenddojo.services.inputs.listing import Shown
from trenddojo.services.spans import Period

NO_PAGES = {
    *("static", "health.alive", "health.ready", "api.openapi", "api.call"),
    *("ticket.record", "ticket.checklist", "trades.choices", "trade.stop_after", "trade.exit_after"),
    *("attachments.show", "attachments.small", "reports.export", "reports.discipline_file"),
    *("imports.refused", "data.leave", "data.arrival"),
    *("pulse.beat", "alerts.bell", "brokers.panel", "brokers.chip", "system.table", "dashboard.working"),
}
"""What answers a GET with a file, with JSON, or with a piece of a page."""
ELSEWHERE = {"auth.sign_in", "auth.new_password", "auth.setup.admin", "auth.setup.account"}
"""Pages that a signed-in person of the demo year is led away from: other tests look at them."""


def _rules() -> list[Rule]:
    app = create_app(settings("sqlite:///:memory:"), Clock())
    app.furnish()
    return sorted(
        (rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())), key=lambda rule: rule.rule
    )


RULES = _rules()
PLAIN = [rule.rule for rule in RULES if not rule.arguments and rule.endpoint not in NO_PAGES | ELSEWHERE]
ABOUT = [
    *(f"/trades/{{{kind}}}" for kind in ("active", "closed", "plan", "pending", "cancelled")),
    *("/trades/{active}/attachments", "/journal/2026-11-18/attachments"),
    *("/trades/{active}/details", "/ticket/{plan}", "/trades/{noted}/notes/{note}/edit"),
    *("/trades/{active}/fills/{entry}/edit", "/trades/{closed}/fills/{exit}/edit"),
    *(
        "/journal/{journal}",
        "/journal/2026-11-18",
        "/calendar/2026",
        "/calendar/2026/10",
        "/cash/{cash}",
        "/people/{person}",
        "/accounts/{account}",
        "/accounts/checklist/{item}",
    ),
    "/goals/{goal}",
    *("/imports/{asked}", "/imports/{looked}", "/imports/{failed}", "/imports/{compared}"),
    "/reconciliations/{comparison}",
    *("/brokers/{connection}/keys", "/brokers/{connection}/import", "/orders/{order}", "/orders/trades/{ordered}"),
]
VARIED = [
    *(f"/reports?by={by}" for by in Breakdown),
    *(f"/reports?period={period}" for period in Period),
    *("/reports/discipline?period=all", "/reports/discipline?from=2026-11-18&to=2026-11-18"),
    *(f"/trades?status={status}" for status in Shown),
    *(f"/trades/{{active}}?act={act}" for act in ("close", "add", "price", "entry")),
    *("/trades?side=short&result=losses", "/trades?status=closed&sort=-pnl", "/trades?q=nothing+like+it"),
    *(
        "/?range=all",
        "/journal?on=2026-03-02",
        "/calendar/2025/12?in=r",
        "/journal/search?q=plan",
        "/journal/search?q=nothing+like+it&kind=review",
        "/ticket/{pending}",
        "/ticket?symbol=NVDA&entry=100&stop=95&target_1=120",
    ),
    *("/brokers?broker=alpaca&mode=mock", "/brokers?broker=schwab"),
    *("/orders?account=any", "/orders?account={desk}&show=working", "/orders?account={desk}&symbol=ZZZ"),
    "/orders/reconcile?account={desk}",
    *("/audit?area=trading", "/audit?area=risk&from=2020-01-01&to=2020-01-02"),
    *("/ticket?symbol=ES&asset_type=future&entry=100&stop=105&direction=short",),
]
"""Pages again, asked for something else: looked at once more, but briefly."""
REFUSED = [
    (404, "/nothing/here"),
    (404, "/trades/00000000-0000-0000-0000-000000000000"),
    (422, "/trades?sort=luck&from=yesterday"),
    (422, "/reports?from=2026-05-01&to=2026-04-01"),
    (422, "/reports/discipline?from=2026-05-01&to=2026-04-01"),
    (422, "/journal?on=1066-10-14"),
    (422, "/calendar?in=pips"),
    (422, "/journal/search?kind=diary"),
    (422, "/audit?area=luck"),
]
LOOKING = ["/", "/trades/{active}", "/trades/{plan}", "/ticket", "/risk", "/goals", "/accounts/{account}", "/brokers"]
ACCOUNTLESS = [
    "/goals",
    "/accounts/totals",
    "/",
    "/ticket",
    "/trades",
    "/reports",
    "/reports/discipline",
    "/risk",
    "/cash",
    "/imports",
    "/accounts",
    "/settings",
    "/brokers",
    "/alerts",
]
ENTRIES = [("guest", "/new-password"), ("admin", "/setup/account"), ("", "/sign-in")]
FIRST = [(200, "/setup?token={token}"), (200, "/sign-in"), (403, "/setup?token=x")]


def _thorough(page: Page, path: str, status: int) -> list[str]:
    """What is wrong with the page at `path`: wide and light, then on a phone in the dark. Both widths wear the same
    colours, so that what a theme breaks shows at either."""
    found = _named("1440 px", _loaded(page, path, status))
    _unfold(page)
    found += _named("1440 px, light", inaccessible(page))
    page.set_viewport_size(PHONE)
    found += _named("390 px", _loaded(page, path, status))
    _unfold(page)
    page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
    settle(page)
    return found + _named("390 px, dark", inaccessible(page) + sideways(page))


def _brief(page: Page, path: str, status: int) -> list[str]:
    """The same in one theme, and on a phone only how wide it is."""
    found = _named("1440 px", _loaded(page, path, status) + inaccessible(page))
    page.set_viewport_size(PHONE)
    return found + _named("390 px", sideways(page))


def _loaded(page: Page, path: str, status: int) -> list[str]:
    answer = page.goto(path, wait_until="load")
    assert answer is not None
    assert (answer.status, answer.request.redirected_from) == (status, None), f"{path} leads to {page.url}"
    settle(page)
    return sideways(page) + shifts(page)


def _unfold(page: Page) -> None:
    """Open what is folded: the first dozen, as more of a kind look alike, and the API's page has a hundred."""
    page.evaluate(
        "[...document.querySelectorAll('details:not(.drop)')].slice(0, 12).forEach(one => { one.open = true; })"
    )


def _named(where: str, found: list[str]) -> list[str]:
    return [f"{where}: {one}" for one in found]


def _look(
    page: Page, path: str, problems: Callable[[Page, str, int], list[str]] = _thorough, *, status: int = 200
) -> None:
    page.set_viewport_size(WIDE)
    with watching(page, refused=status if status >= 400 else 0) as wrong:
        found = problems(page, path, status)
    assert found + wrong == [], f"{path}\n" + "\n".join(found + wrong)


@pytest.fixture(scope="module")
def page_of(chromium: Browser, year: Year) -> Iterator[Callable[[str], Page]]:
    """The page of one of the year's people; one for all tests, because a new one costs more than a look at it."""
    with ExitStack() as pages:
        yield cache(lambda person: pages.enter_context(_somebody(chromium, year, person)))


@pytest.fixture
def desk(page_of: Callable[[str], Page]) -> Page:
    """The page of the demo's owner, who administers."""
    return page_of("owner")


@contextmanager
def _somebody(chromium: Browser, year: Year, person: str) -> Iterator[Page]:
    """The page of one of the year's people, or of a stranger."""
    context = opened(chromium, year, year.people.get(person, ""), color_scheme="light")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", PLAIN + ABOUT)
def test_page(desk: Page, year: Year, path: str) -> None:
    _look(desk, path.format_map(year.ids))


@pytest.mark.parametrize("path", VARIED)
def test_page_varied(desk: Page, year: Year, path: str) -> None:
    _look(desk, path.format_map(year.ids), _brief)


@pytest.mark.parametrize(("status", "path"), REFUSED)
def test_refusal(desk: Page, status: int, path: str) -> None:
    _look(desk, path, _brief, status=status)


def test_no_page_is_left_out(year: Year) -> None:
    routes = year.app.url_map.bind("")
    tried = {routes.match(path.format_map(year.ids))[0] for path in PLAIN + ABOUT}
    assert {rule.endpoint for rule in RULES} - tried == NO_PAGES | ELSEWHERE


@pytest.mark.parametrize("path", LOOKING)
def test_for_a_viewer(page_of: Callable[[str], Page], year: Year, path: str) -> None:
    _look(page_of("viewer"), path.format_map(year.ids), _brief)


@pytest.mark.parametrize("path", ACCOUNTLESS)
def test_without_an_account(page_of: Callable[[str], Page], path: str) -> None:
    page = page_of("newcomer")
    _look(page, page.request.get(path).url, _brief)


@pytest.mark.parametrize(("person", "path"), ENTRIES)
def test_on_the_way_in(chromium: Browser, year: Year, person: str, path: str) -> None:
    with _somebody(chromium, year, person) as page:
        _look(page, path)


@pytest.mark.parametrize(("status", "path"), FIRST)
def test_before_the_first_visit(context: BrowserContext, site: Site, status: int, path: str) -> None:
    _look(context.new_page(), path.format(token=setup_token(site)), status=status)


@pytest.mark.parametrize("opener", ["Your menu", "Account", "Keyboard shortcuts", "Trade actions"])
def test_menus_and_dialogs(desk: Page, year: Year, opener: str) -> None:
    desk.set_viewport_size(WIDE)
    with watching(desk) as wrong:
        desk.goto(f"/trades/{year.ids['active']}")
        desk.get_by_role("button", name=opener).click()
        found = inaccessible(desk)
        desk.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
        found += inaccessible(desk, COLOUR) + sideways(desk)
    assert found + wrong == []
