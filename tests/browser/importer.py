"""A person who brings statements, and the server's job that works them off."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from tests.browser.sites import Site, opened, watching
from tests.conftest import make_seat, make_user, sign_in
from trenddojo.services.imports import work
from trenddojo.store.database import db


@contextmanager
def working(site: Site) -> Iterator[None]:
    """The server's job, as often as it comes in life."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(0.1):
            with site.app.app_context():
                work.work_off(None, site.clock())
                db.session.remove()

    job = threading.Thread(target=run, daemon=True)
    job.start()
    try:
        yield
    finally:
        stop.set()
        job.join(timeout=20)


@contextmanager
def signed_in(chromium: Browser, site: Site, refused: int = 0) -> Iterator[Page]:
    with site.app.app_context():
        seat = make_seat(make_user("marta@example.org", "Marta Lind"))
        cookie = sign_in(site.app, seat.user).get_cookie("session")
        assert cookie is not None
    context = opened(chromium, site, cookie.value)
    page = context.new_page()
    with watching(page, refused=refused) as wrong:
        yield page
    context.close()
    assert wrong == []
