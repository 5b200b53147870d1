"""Takes the pictures of README and docs anew from the demo year: `.venv/bin/python docs/screenshots.py`.

Needs the test requirements and Chromium. Serves a throw-away database on a free port.
"""

import re
import shutil
import sys
import tempfile
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import seed  # noqa: E402
from docs import statement_pictures  # noqa: E402
from trenddojo.application import Application  # noqa: E402
from trenddojo.brokers.base import BrokerClient  # noqa: E402
from trenddojo.brokers.errors import BrokerErrorCode  # noqa: E402
from trenddojo.brokers.manager import BrokerManager, Purpose  # noqa: E402
from trenddojo.config import load  # noqa: E402
from trenddojo.domain.orders import OrderRequest, OrderType, TimeInForce  # noqa: E402
from trenddojo.domain.terms import Role, Side  # noqa: E402
from trenddojo.factory import create_app  # noqa: E402
from trenddojo.security.passwords import hashed  # noqa: E402
from trenddojo.services import brokerage, checklist, connections, plans, simulation, snapshots  # noqa: E402
from trenddojo.services.demo import load_demo  # noqa: E402
from trenddojo.services.inputs import parse  # noqa: E402
from trenddojo.services.inputs.brokers import ConnectInput  # noqa: E402
from trenddojo.services.inputs.orders import OrderInput, ReplaceInput  # noqa: E402
from trenddojo.services.inputs.plans import PlanInput  # noqa: E402
from trenddojo.services.orders import changing, placing, rounds  # noqa: E402
from trenddojo.store import orders  # noqa: E402
from trenddojo.store.database import db, discard  # noqa: E402
from trenddojo.store.models import Order, User  # noqa: E402
from trenddojo.store.seats import Seat  # noqa: E402

IMAGES = ROOT / "docs" / "images"
NOW = datetime(2026, 11, 19, 19, 42, 10, tzinfo=UTC)
PASSWORD = "only for the pictures"  # noqa: S105 - of a database that is thrown away
WIDTH, HEIGHT = 1440, 900
VARIANTS = {"light": ("light", WIDTH, HEIGHT), "dark": ("dark", WIDTH, HEIGHT), "phone": ("dark", 390, 844)}
REPORTS = {
    "overview": "/reports", "filtered": "/reports?setup=Breakout&period=all",
    "compare": "/reports/compare?a_setup=Breakout&b_setup=Pullback", "discipline": "/reports/discipline",
    "calendar": "/calendar", "day": f"/journal/{NOW:%Y-%m-%d}", "goals": "/goals", "totals": "/accounts/totals",
}  # fmt: skip
"""What docs/REPORTS.md shows."""
STATES = {"empty": (0, 0, 365), "one": (1, 0, 365), "ten-years": (900, 8, 3650)}
"""Accounts with so many closed and open trades over so many days."""
DESK = "alpaca"
"""The simulated account whose past can be imported, and where the orders of the pictures are sent."""
PAST = {
    DESK: [
        (41, "AMD", Side.BUY, 80), (34, "COST", Side.BUY, 12), (27, "AMD", Side.SELL, 80), (23, "NVDA", Side.BUY, 70),
        (20, "COST", Side.SELL, 12), (13, "MSFT", Side.BUY, 35), (9, "NVDA", Side.BUY, 50),
    ],
    "simulated": [(16, "SPY", Side.BUY, 40)],
    "interactive_brokers": [(6, "QQQ", Side.BUY, 25)],
}  # fmt: skip
"""What each simulated account did before it was connected: days ago, symbol, side, shares."""


@dataclass
class Clock:
    """The time in the pictures, which goes on while their story is told and stands still at NOW."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        """What time it is."""
        return self.now

    def at(self, days_ago: int, time: str = "14:42") -> None:
        """Go to a time of day in New York, in winter."""
        hour, minute = map(int, time.split(":"))
        day = NOW - timedelta(days=days_ago)
        self.now = day.replace(hour=hour + 5, minute=minute)


CLOCK = Clock()


def application(folder: str) -> tuple[str, threading.Thread]:
    """The application with the demo year, served; returns its address."""
    environment = {"TRENDDOJO_ENV": "development", "SECRET_KEY": "s" * 40, "DATABASE_URL": f"sqlite:///{folder}/p.db"}
    app = create_app(load(environment, None), CLOCK)
    with app.app_context():
        db.create_all()
        user = person()
        load_demo(user, NOW)
        app.furnish()
        connect_brokers(app.extensions[brokerage.EXTENSION], user)
    return served(app)


def person() -> User:
    """Whose pages the pictures show."""
    user = User(
        email="marta@example.org", name="Marta Lind", role=Role.TRADER, time_zone="America/New_York",
        password_hash=hashed(PASSWORD), created_at=NOW,
    )  # fmt: skip
    db.session.add(user)
    db.session.commit()
    return user


def served(app: Application) -> tuple[str, threading.Thread]:
    """An application on a port of its own; its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    return f"http://127.0.0.1:{server.port}", thread


def connect_brokers(manager: BrokerManager, user: User) -> None:
    """Two simulated accounts that hold and wait for something, and one whose gateway does not answer."""
    for broker in PAST:
        seat = connected(manager, user, broker)
        link = connections.link_of(connections.connection_of(user, seat.account.connection_id))
        account = seat.account.broker_account_id
        discard()  # no transaction is open while a broker is asked
        trade_before(manager.client_for(link, account, Purpose.TRADE), broker)
        if broker == DESK:
            Trader(manager, seat).work()
        CLOCK.now = NOW
        snapshots.sync(manager, user, link.connection_id, NOW + timedelta(seconds=2))
    simulation.simulate(manager, user, link.connection_id, BrokerErrorCode.GATEWAY_NOT_RUNNING, NOW)


def connected(manager: BrokerManager, user: User, broker: str) -> Seat:
    """A simulated account, opened at its broker before the story begins, and in the books after all others."""
    CLOCK.at(45)
    entered = parse(ConnectInput, {"broker": broker, "mode": "mock", "credentials": {"latency_ms": "120"}})
    return connections.connect(manager, user, entered, NOW + timedelta(seconds=1)).seats[0]


def trade_before(client: BrokerClient, broker: str) -> None:
    """What the account did at its broker before anything was followed here, and orders that wait there."""
    for days_ago, symbol, side, quantity in PAST[broker]:
        CLOCK.at(days_ago)
        ask(client, symbol, side, quantity, order_type=OrderType.MARKET)
    if broker == DESK:
        ask(client, "AAPL", Side.BUY, 60, order_type=OrderType.LIMIT, limit_price=Decimal("198.50"))
        ask(client, "MSFT", Side.SELL, 35, order_type=OrderType.STOP, stop_price=Decimal("361.00"))


def ask(client: BrokerClient, symbol: str, side: Side, quantity: int, **more: object) -> None:
    """An order placed on the broker's own page."""
    request = OrderRequest(
        symbol=symbol, side=side, quantity=Decimal(quantity), client_order_id=uuid4().hex,
        time_in_force=TimeInForce.GTC, **more,
    )  # fmt: skip
    client.place_order(request)


@dataclass
class Trader:
    """One day of orders that are planned and sent from the desk."""

    manager: BrokerManager
    seat: Seat

    def work(self) -> None:
        """A position with its exits, orders that wait, and orders that ended one way or another."""
        self.follow("09:45")
        self.send("09:50", "AMZN", "1.00", ("0.99", "1.017"), order_type="market")
        bought = self.send("10:05", "KO", "1.00", order_type="market")
        self.send("10:40", "CRM", "0.975")
        withdrawn = self.send("11:15", "GOOG", "0.98")
        self.send("11:50", "ORCL", "1.02", order_type="stop")
        self.follow("12:30")
        changing.cancel(self.manager, self.seat, orders.by_id(withdrawn.id), CLOCK())
        self.follow("13:20")
        self.raise_stop(bought)
        self.follow("14:40")

    def send(self, time: str, symbol: str, part: str, exits: tuple[str, str] = ("0.94", "1.15"), **more: str) -> Order:
        """A plan at a part of the market's price, its stop and target at parts of that, and its entry."""
        CLOCK.at(0, time)
        entry = self.price(symbol) * Decimal(part)
        stop, target = (entry * Decimal(one) for one in exits)
        prices = {"entry": entry, "stop": stop, "target_1": target}
        sent = {
            "symbol": symbol, "direction": "long", "setup": "Breakout", "risk_percent": "0.5",
            "checklist": [str(item.id) for item in checklist.items_of(self.seat)],
            **{name: f"{price:.2f}" for name, price in prices.items()},
        }  # fmt: skip
        plan = plans.plan_trade(self.seat, parse(PlanInput, sent), CLOCK(), uuid4())
        asked = parse(OrderInput, {"order_type": "limit", **more})
        return placing.place(self.manager, self.seat, plan, asked, key=uuid4(), now=CLOCK())

    def raise_stop(self, entry: Order) -> None:
        """Move the stop of a position up to where it lost little."""
        (stop,) = (one for one in orders.of_trade(entry.trade_id) if one.stop_price and one.state in orders.LIVE)
        raised = parse(ReplaceInput, {"stop_price": f"{stop.stop_price * Decimal('1.03'):.2f}"})
        changing.replace(self.manager, self.seat, stop, raised, CLOCK())

    def follow(self, time: str) -> None:
        """Ask the broker what became of the orders."""
        CLOCK.at(0, time)
        rounds.sync(self.manager, self.seat, CLOCK())

    def price(self, symbol: str) -> Decimal:
        """What it costs now."""
        connection = self.seat.account.connection_id
        discard()
        return self.manager.simulator(connection).get_quotes([symbol])[symbol].last


def sign_in(page: Page, email: str = "marta@example.org", password: str = PASSWORD) -> None:
    """Get in."""
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")


def save(page: Page, name: str) -> None:
    """The whole page as a picture, once its charts are drawn."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{name}.png", full_page=True)


def fill_ticket(page: Page) -> None:
    """A plan as one would type it."""
    page.goto("/ticket")
    for label, text in (("Symbol", "ANET"), ("Setup", "Breakout"), ("Entry", "146.20"), ("Stop", "138.60")):
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Target 1").fill("165.20")
    page.get_by_label("Target 2").fill("176.60")
    page.get_by_label("Why now").fill("Eleven-week base under 146, higher lows, volume dry. Buy the break.")
    page.get_by_label("Why now").blur()


def show_orders(page: Page) -> None:
    """The orders of the account that sends them."""
    page.goto("/orders")
    page.get_by_role("main").locator("summary").filter(has_text="Account").click()
    page.get_by_role("link", name="Alpaca simulated").click()
    page.get_by_role("row", name=re.compile("AMZN")).first.wait_for()


def ask_for_import(page: Page) -> None:
    """What the broker offers, with the stops that its person knows."""
    page.goto("/brokers")
    page.get_by_role("region", name=re.compile("^Alpaca simulated")).get_by_role("link", name="Import them").click()
    page.get_by_role("button", name="Ask Alpaca").click()
    held = page.get_by_role("group", name="NVDA")
    held.get_by_label("Stop now").fill("64.80")
    held.get_by_label("Initial stop").fill("66.20")
    page.get_by_label(re.compile("^Initial stop of COST")).fill("898.00")
    page.get_by_label(re.compile("^Initial stop of COST")).blur()


def take_reports(browser: Browser, address: str) -> None:
    """Every report wide in both themes, and on a phone, with as few colours as they need."""
    for variant, (theme, width, height) in VARIANTS.items():
        context = browser.new_context(
            base_url=address, viewport={"width": width, "height": height}, color_scheme=theme, is_mobile=width < WIDTH
        )
        context.clock.set_fixed_time(NOW)
        page = context.new_page()
        sign_in(page)
        for name, path in REPORTS.items():
            page.goto(path)
            save(page, f"reports/{name}-{variant}")
            shrink(IMAGES / f"reports/{name}-{variant}.png")
        context.close()


def take_states(browser: Browser) -> None:
    """The reports of an account without trades, with one, and with ten years of them."""
    for state, (closed, still_open, days) in STATES.items():
        with tempfile.TemporaryDirectory() as folder:
            environment = {"TRENDDOJO_ENV": "development", "SECRET_KEY": "s" * 40}
            app = create_app(load({**environment, "DATABASE_URL": f"sqlite:///{folder}/p.db"}, None), lambda: seed.NOW)
            seed.fill(app, closed, still_open=still_open, days=days)
            address, _thread = served(app)
            context = browser.new_context(base_url=address, viewport={"width": WIDTH, "height": HEIGHT})
            context.clock.set_fixed_time(seed.NOW)
            page = context.new_page()
            sign_in(page, seed.EMAIL, seed.PASSWORD)
            for name in ("overview", "compare", "discipline", "calendar", "goals"):
                path = REPORTS[name].partition("?")[0]
                page.goto(f"{path}?period=all" if name == "overview" else path)
                save(page, f"reports/{name}-{state}")
                shrink(IMAGES / f"reports/{name}-{state}.png")
            context.close()


def take_statements(browser: Browser) -> None:
    """A statement before it is imported, and the books beside another."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"TRENDDOJO_ENV": "development", "SECRET_KEY": "s" * 40}
        app = create_app(load({**environment, "DATABASE_URL": f"sqlite:///{folder}/p.db"}, None), CLOCK)
        with app.app_context():
            db.create_all()
            booked, looked_at = statement_pictures.bring(person(), NOW)
        address, _thread = served(app)
        context = browser.new_context(base_url=address, viewport={"width": WIDTH, "height": HEIGHT})
        context.clock.set_fixed_time(NOW)
        page = context.new_page()
        sign_in(page)
        page.goto(f"/imports/{looked_at}")
        save(page, "statement-light")
        shrink(IMAGES / "statement-light.png")
        page.goto(f"/imports/{booked}")
        page.get_by_role("button", name="Compare with your books").click()
        page.get_by_role("button", name="Dismiss").click()
        page.locator("summary").filter(has_text="Book the fills").click()
        save(page, "reconciliation-light")
        shrink(IMAGES / "reconciliation-light.png")
        context.close()


def shrink(path: Path) -> None:
    """The same picture in 128 colours."""
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def main() -> None:
    """Dashboard in both themes, orders, ticket, an open trade, reports, brokers, import; then the others."""
    (IMAGES / "reports").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        address, _thread = application(folder)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for theme in ("dark", "light"):
            context = browser.new_context(
                base_url=address, viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=theme
            )
            context.clock.set_fixed_time(NOW)
            page = context.new_page()
            sign_in(page)
            save(page, f"dashboard-{theme}")
            if theme == "dark":
                show_orders(page)
                save(page, "orders-dark")
            if theme == "light":
                page.locator("table.pos a.sym").first.click()
                page.wait_for_url("**/trades/*")
                save(page, "trade-light")
                page.goto("/reports")
                save(page, "reports-light")
                page.goto("/brokers")
                save(page, "brokers-light")
                ask_for_import(page)
                save(page, "import-light")
                fill_ticket(page)
                save(page, "ticket-light")
            context.close()
        take_reports(browser, address)
        take_statements(browser)
        take_states(browser)
        browser.close()


if __name__ == "__main__":
    main()
