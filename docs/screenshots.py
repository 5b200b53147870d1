"""Takes the README's pictures anew from the demo year: `.venv/bin/python docs/screenshots.py`.

Needs the test requirements and Chromium. Serves a throw-away database on a free port.
"""

import shutil
import sys
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from werkzeug.serving import make_server

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from trenddojo.config import load  # noqa: E402
from trenddojo.domain.terms import Role  # noqa: E402
from trenddojo.factory import create_app  # noqa: E402
from trenddojo.security.passwords import hashed  # noqa: E402
from trenddojo.services.demo import load_demo  # noqa: E402
from trenddojo.store.database import db  # noqa: E402
from trenddojo.store.models import User  # noqa: E402

IMAGES = ROOT / "docs" / "images"
NOW = datetime(2026, 11, 19, 19, 42, 10, tzinfo=UTC)
PASSWORD = "only for the pictures"  # noqa: S105 - of a database that is thrown away
WIDTH, HEIGHT = 1440, 900


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
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    return f"http://127.0.0.1:{server.port}", thread


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
    """Dashboard in both themes, ticket, an open trade, reports."""
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
                fill_ticket(page)
                save(page, "ticket-light")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
