"""The simulated broker in a real browser: connected, watched, made to fail and work again, and ended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, TimeoutError, expect

from tests.browser.looks import inaccessible, sideways
from tests.browser.sites import PHONE, Site, connected, opened, session_of, watching
from tests.conftest import make_seat, make_user
from trenddojo.brokers.errors import BrokerErrorCode
from trenddojo.services import simulation
from trenddojo.services.connections import connections_of
from trenddojo.store.people import user_by_email

PULSE = re.compile("/pulse")
_BEATS = 10_000
"""How long a change may take to appear, in milliseconds: several beats of the pulse on a slow machine."""


@dataclass(frozen=True)
class Desk:
    """Marta's brokers page, loaded once: `same` marks it, so that a reload would be seen."""

    page: Page
    site: Site

    def panel(self, name: str = "Practice") -> Locator:
        return self.page.get_by_role("region", name=re.compile(f"^{name}"))

    def mark(self) -> None:
        self.page.evaluate("document.body.dataset.same = 'page'")

    def is_same(self) -> bool:
        return self.page.evaluate("document.body.dataset.same") == "page"

    def fail(self, code: BrokerErrorCode | None) -> None:
        """Let the broker fail behind the page's back."""
        with self.site.app.app_context():
            person = user_by_email("marta@example.org")
            assert person is not None
            (one,) = connections_of(person)
            simulation.simulate(self.site.app.extensions["brokers"], person, one.id, code, self.site.clock())


@pytest.fixture
def desk(chromium: Browser, site: Site) -> Iterator[Desk]:
    with site.app.app_context():
        session = session_of(site, make_seat(make_user("marta@example.org", "Marta Lind")).user)
    context = opened(chromium, site, session)
    page = context.new_page()
    with watching(page, refused=422) as wrong:
        page.goto("/brokers")
        yield Desk(page, site)
    context.close()
    assert wrong == []


def connect(desk: Desk) -> None:
    form = desk.page.get_by_role("region", name="Connect a broker")
    form.get_by_label("Name").fill("Practice")
    form.get_by_label("Latency").fill("0")
    form.get_by_role("button", name="Connect", exact=True).click()
    expect(desk.panel()).to_be_visible()


def test_from_the_form_to_the_end(desk: Desk) -> None:
    expect(desk.page.get_by_role("heading", name="No broker is connected")).to_be_visible()
    connect(desk)
    panel = desk.panel()
    expect(panel).to_contain_text("connected")
    expect(panel).to_contain_text(re.compile(r"Equity\s*100,000\.00\s*USD"))
    desk.mark()
    panel.get_by_role("button", name="Sync now").click()
    expect(panel.get_by_role("row", name=re.compile(r"^SPY"))).to_contain_text(re.compile(r"\d+\.\d\d"))
    assert desk.is_same()
    _watch(desk, panel)
    _end(desk, panel)


def _watch(desk: Desk, panel: Locator) -> None:
    field = panel.get_by_label("Watch another")
    field.fill("no symbol?")
    panel.get_by_role("button", name="Watch", exact=True).click()
    expect(panel).to_contain_text("Enter a symbol of letters and digits")
    expect(field).to_be_focused()
    field.fill("anet")
    field.press("Enter")
    expect(panel.get_by_role("row", name=re.compile("^ANET"))).to_be_visible()
    panel.get_by_role("button", name="Watch ANET no longer").click()
    expect(panel.get_by_role("row", name=re.compile("^ANET"))).to_have_count(0)


def _end(desk: Desk, panel: Locator) -> None:
    panel.get_by_role("button", name="Disconnect").click()
    question = desk.page.get_by_role("dialog", name="Disconnect Practice?")
    expect(question.get_by_role("button", name="Keep it")).to_be_focused()
    question.get_by_role("button", name="Disconnect").click()
    expect(desk.page.get_by_role("heading", name="No broker is connected")).to_be_visible()
    expect(desk.page.get_by_role("status")).to_contain_text("Practice is disconnected.")


def test_trouble_appears_and_goes_by_the_pulse(desk: Desk) -> None:
    connect(desk)
    panel, bell = desk.panel(), desk.page.get_by_role("link", name=re.compile("^Alerts"))
    expect(bell).to_have_accessible_name("Alerts")
    desk.mark()
    desk.fail(BrokerErrorCode.GATEWAY_NOT_RUNNING)
    expect(panel.locator(".state")).to_have_text("down", timeout=_BEATS)
    expect(panel).to_contain_text("Start the gateway on this server and sign in to it.")
    expect(bell).to_have_accessible_name("Alerts, 1 new", timeout=_BEATS)
    desk.fail(None)
    expect(panel.locator(".state")).to_have_text("connected", timeout=_BEATS)
    expect(bell).to_have_accessible_name("Alerts", timeout=_BEATS)
    assert desk.is_same()


def test_what_is_typed_and_asked_stays_while_a_panel_is_fetched(desk: Desk) -> None:
    connect(desk)
    field = desk.panel().get_by_label("Watch another")
    field.fill("NVD")
    desk.fail(BrokerErrorCode.GATEWAY_NOT_RUNNING)
    expect(desk.panel().locator(".state")).to_have_text("down", timeout=_BEATS)
    expect(field).to_have_value("NVD")
    expect(field).to_be_focused()
    desk.panel().get_by_role("button", name="Disconnect").click()
    question = desk.page.get_by_role("dialog", name="Disconnect Practice?")
    desk.fail(None)
    expect(desk.panel().locator(".state")).to_have_text("connected", timeout=_BEATS)
    expect(question).to_be_visible()


def test_a_person_makes_it_fail_and_reads_why(desk: Desk) -> None:
    connect(desk)
    panel = desk.panel()
    panel.get_by_label("Let it fail").select_option("AUTHENTICATION_FAILED")
    panel.get_by_role("button", name="Simulate", exact=True).click()
    expect(panel.locator(".state")).to_have_text("sign-in due")
    desk.page.get_by_role("link", name="Alerts, 1 new").click()
    alerts = desk.page.get_by_role("main")
    expect(alerts).to_contain_text("Check the keys at the broker, then enter them again under Brokers.")
    alerts.get_by_role("button", name="Mark all read").click()
    expect(desk.page.get_by_role("link", name="Alerts", exact=True)).to_be_visible()
    alerts.get_by_role("link", name="Show the connection").click()
    panel.get_by_role("button", name="Try now").click()
    expect(panel.locator(".state")).to_have_text("connected")


def test_no_typed_secret_stands_in_an_address(desk: Desk) -> None:
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(_told(request)))
    form = desk.page.get_by_role("region", name="Connect a broker")
    form.get_by_label("Starting cash").fill("31337")
    form.get_by_role("radio", name=re.compile("^Alpaca")).check()
    expect(form.get_by_label("Name")).to_have_value("Alpaca simulated")
    expect(form.get_by_role("radio", name=re.compile("^Alpaca"))).to_be_focused()
    form.get_by_role("button", name="Test").click()
    expect(form).to_contain_text("It works. Nothing was kept yet.")
    assert any("/brokers?" in one for one in asked)
    assert not [one for one in asked if "31337" in one]


def _told(request: Request) -> str:
    return f"{request.method} {request.url}"


def test_bad_fields_are_named_and_the_rest_is_kept(desk: Desk) -> None:
    form = desk.page.get_by_role("region", name="Connect a broker")
    form.get_by_label("Name").fill("Mine")
    form.get_by_label("Starting cash").fill("plenty")
    form.get_by_role("button", name="Connect", exact=True).click()
    expect(form).to_contain_text("Enter an amount such as 100000 or 2500.50.")
    expect(form.get_by_label("Starting cash")).to_be_focused()
    expect(form.get_by_label("Name")).to_have_value("Mine")
    assert inaccessible(desk.page) == []


def test_a_hidden_page_does_not_ask(desk: Desk) -> None:
    """A page that is brought back asks at once."""
    with desk.page.expect_request(PULSE):
        pass
    _hide(desk.page, True)
    _is_silent(desk.page)
    with desk.page.expect_request(PULSE, timeout=1500):
        _hide(desk.page, False)


def _is_silent(page: Page) -> None:
    """For two beats nothing is asked."""
    with pytest.raises(TimeoutError), page.expect_request(PULSE, timeout=4500):
        pass


def _hide(page: Page, on: bool) -> None:
    page.evaluate(
        """on => {
            Object.defineProperty(document, "hidden", { value: on, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        on,
    )


def test_a_page_whose_session_ended_says_so_and_stops(desk: Desk) -> None:
    desk.site.clock.turn(hours=2)
    expect(desk.page.get_by_role("status")).to_contain_text("You are signed out", timeout=_BEATS)
    _is_silent(desk.page)


def test_without_script(chromium: Browser, site: Site) -> None:
    with site.app.app_context():
        session = session_of(site, make_seat(make_user("marta@example.org", "Marta Lind")).user)
    context = opened(chromium, site, session, java_script_enabled=False)
    page = context.new_page()
    page.goto("/brokers")
    page.get_by_role("radio", name=re.compile("^Alpaca")).check()
    page.get_by_role("button", name="Show its fields").click()
    expect(page.get_by_label("Name")).to_have_value("Alpaca simulated")
    page.get_by_role("button", name="Connect", exact=True).click()
    panel = page.get_by_role("region", name=re.compile("^Alpaca simulated"))
    panel.get_by_role("button", name="Sync now").click()
    expect(panel.get_by_role("row", name=re.compile("^SPY"))).to_contain_text(re.compile(r"\d+\.\d\d"))
    panel.get_by_role("button", name="Disconnect").click()
    page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("heading", name="No broker is connected")).to_be_visible()
    context.close()


def test_on_a_phone(chromium: Browser, site: Site) -> None:
    with site.app.app_context():
        person = make_seat(make_user("marta@example.org", "Marta Lind")).user
        connected(site, person)
        session = session_of(site, person)
    context = opened(chromium, site, session, viewport=PHONE, has_touch=True, is_mobile=True)
    page = context.new_page()
    with watching(page) as wrong:
        page.goto("/")
        page.get_by_role("button", name="More").click()
        page.get_by_role("region", name="Marta Lind").get_by_role("link", name="Brokers").click()
        expect(page.get_by_role("region", name=re.compile("^Simulated"))).to_be_visible()
        found = inaccessible(page) + sideways(page)
    context.close()
    assert found + wrong == []
