"""Takes the README's pictures anew from the demo year: `.venv/bin/python docs/screenshots.py`.

Needs the test requirements and Chromium. Serves a throw-away database on a free port.
"""

import shutil
import sys
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from werkzeug.serving import make_server

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from trenddojo.brokers.errors import BrokerErrorCode  # noqa: E402
from trenddojo.brokers.manager import BrokerManager, Purpose  # noqa: E402
from trenddojo.config import load  # noqa: E402
from trenddojo.domain.orders import OrderRequest, OrderType, TimeInForce  # noqa: E402
from trenddojo.domain.terms import Role, Side  # noqa: E402
from trenddojo.factory import create_app  # noqa: E402
from trenddojo.security.passwords import hashed  # noqa: E402
from trenddojo.services import brokerage, connections, simulation, snapshots  # noqa: E402
from trenddojo.services.demo import load_demo  # noqa: E402
from trenddojo.services.inputs import parse  # noqa: E402
from trenddojo.services.inputs.brokers import ConnectInput  # noqa: E402
from trenddojo.store.database import db, discard  # noqa: E402
from trenddojo.store.models import User  # noqa: E402

IMAGES = ROOT / "docs" / "images"
NOW = datetime(2026, 11, 19, 19, 42, 10, tzinfo=UTC)
PASSWORD = "only for the pictures"  # noqa: S105 - of a database that is thrown away
WIDTH, HEIGHT = 1440, 900
ORDERS = {
    "alpaca": [("NVDA", 120, None), ("MSFT", 35, None), ("AAPL", 60, "198.50")],
    "simulated": [("SPY", 40, None)],
    "interactive_brokers": [("QQQ", 25, None)],
}
"""What each simulated account buys: symbol, shares, and a limit to wait at."""


def application(folder: str) -> tuple[str, threading.Thread]:
    """The application with the demo year, served; returns its address."""
    environment = {"TRENDDOJO_ENV": "development", "SECRET_KEY": "s" * 40, "DATABASE_URL": f"sqlite:///{folder}/p.db"}
    app = create_app(load(environment, None), lambda: NOW)
    with app.app_context():
        db.create_all()
        user = User(
            email="marta@example.org", name="Marta Lind", role=Role.TRADER, time_zone="America/New_York",
            password_hash=hashed(PASSWORD), created_at=NOW,
        )  # fmt: skip
        db.session.add(user)
        db.session.commit()
        load_demo(user, NOW)
        app.furnish()
        connect_brokers(app.extensions[brokerage.EXTENSION], user)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    return f"http://127.0.0.1:{server.port}", thread


def connect_brokers(manager: BrokerManager, user: User) -> None:
    """Two simulated accounts that hold and wait for something, and one whose gateway does not answer."""
    for broker in ("alpaca", "simulated", "interactive_brokers"):
        entered = parse(ConnectInput, {"broker": broker, "mode": "mock", "credentials": {"latency_ms": "120"}})
        made = connections.connect(manager, user, entered, NOW + timedelta(seconds=1))  # the oldest account shows first
        link = connections.link_of(made.connection)
        discard()  # no transaction is open while a broker is asked
        client = manager.client_for(link, made.accounts[0].account_id, Purpose.TRADE)
        for number, (symbol, quantity, limit) in enumerate(ORDERS[broker]):
            client.place_order(
                OrderRequest(
                    symbol=symbol, side=Side.BUY, quantity=Decimal(quantity), client_order_id=f"picture-{number}",
                    order_type=OrderType.LIMIT if limit else OrderType.MARKET, time_in_force=TimeInForce.GTC,
                    limit_price=Decimal(limit) if limit else None,
                )
            )  # fmt: skip
        snapshots.sync(manager, user, link.connection_id, NOW + timedelta(seconds=2))
    simulation.simulate(manager, user, link.connection_id, BrokerErrorCode.GATEWAY_NOT_RUNNING, NOW)


def sign_in(page: Page) -> None:
    """Get in."""
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("marta@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
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


def main() -> None:
    """Dashboard in both themes, ticket, an open trade, reports, brokers."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        address, _thread = application(folder)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for theme in ("dark", "light"):
            context = browser.new_context(
                base_url=address, viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=theme
            )
            page = context.new_page()
            sign_in(page)
            save(page, f"dashboard-{theme}")
            if theme == "light":
                page.locator("table.pos a.sym").first.click()
                page.wait_for_url("**/trades/*")
                save(page, "trade-light")
                page.goto("/reports")
                save(page, "reports-light")
                page.goto("/brokers")
                save(page, "brokers-light")
                fill_ticket(page)
                save(page, "ticket-light")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
