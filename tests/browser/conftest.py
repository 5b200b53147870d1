"""A real server on a real port and a real Chromium before it."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import make_server

from tests.browser.sites import Site, Year, opened, recorded, watching
from tests.conftest import Clock, CompiledTemplates, hasten, make_user, settings
from trenddojo.domain.terms import Role
from trenddojo.factory import create_app
from trenddojo.services.demo import load_demo
from trenddojo.store.database import db

_MISSING = "Chromium is not installed, so nothing was tried in a browser"
_QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    "--js-flags=--no-opt --single-threaded-gc",
)  # fmt: skip
"""Among them that no script is compiled a second time for speed: pages and axe are gone before that has paid."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(_MISSING)
        pytest.skip(_MISSING)
    expect.set_options(timeout=20_000)  # as long as acts may take: a busy machine is no fault of the page
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_QUIET))
        yield browser
        browser.close()


@contextmanager
def _serving(database: Path, templates: CompiledTemplates) -> Iterator[Site]:
    """The application on a database, served by threads on a free port, with CSRF and limits as in life."""
    clock = Clock()
    app = create_app(settings(f"sqlite:///{database}"), clock)
    hasten(app, templates)
    app.furnish()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.port}", app, clock)
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def site(tmp_path: Path, empty_database: Path, compiled_templates: CompiledTemplates) -> Iterator[Site]:
    """The application before its first visit."""
    with _serving(shutil.copy(empty_database, tmp_path / "browser.db"), compiled_templates) as site:
        yield site


@pytest.fixture(scope="session")
def year(
    tmp_path_factory: pytest.TempPathFactory, empty_database: Path, compiled_templates: CompiledTemplates
) -> Iterator[Year]:
    """The application with the demo year, whose owner administers. Tests only look at it: it is loaded once."""
    database = shutil.copy(empty_database, tmp_path_factory.mktemp("year") / "year.db")
    with _serving(database, compiled_templates) as site:
        with site.app.app_context():
            owner = make_user("demo@example.org", "Demo Trader", Role.ADMIN)
            year = recorded(site, load_demo(owner, site.clock()))
        yield year


@pytest.fixture
def context(chromium: Browser, site: Site) -> Iterator[BrowserContext]:
    context = opened(chromium, site)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails the test on any console error or warning, exception or refused resource."""
    page = context.new_page()
    with watching(page) as wrong:
        yield page
    assert wrong == []
