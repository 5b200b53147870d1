"""The trades list and the dashboard at 1,000 and at 100,000 closed trades, and the list beside a bare Flask page.

Run: .venv/bin/python -m benchmarks.pages
Every figure is the median time of a request in this process; the ratios compare medians of interleaved runs.
"""

import re
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient

from benchmarks import bare
from benchmarks.seed import NOW, fill
from trenddojo.config import load
from trenddojo.factory import create_app

SIZES = (1_000, 100_000)
ROUNDS = 60
_OLDER = re.compile(r'href="(/trades\?[^"]*)"[^>]*rel="next"|rel="next"[^>]*href="(/trades\?[^"]*)"')


def application(path: Path) -> Flask:
    """TrendDojo on the database at `path`."""
    environment = {"TRENDDOJO_ENV": "development", "SECRET_KEY": "s" * 40, "DATABASE_URL": f"sqlite:///{path}"}
    app = create_app(load(environment, None), lambda: NOW)
    app.config["RATELIMIT_DEFAULT"] = (
        "1000000 per minute"  # counted as in life, but a benchmark asks faster than people
    )
    return app


def browser(app: Flask, user_id: UUID) -> FlaskClient:
    """A client with a session of the person."""
    client = app.test_client()
    moment = int(NOW.timestamp())
    with client.session_transaction() as session:
        session.update(_user_id=str(user_id), _fresh=True, epoch=0, since=moment, seen=moment)
    return client


def deepest(client: FlaskClient, pages: int) -> str:
    """The address of the list that many pages on, or of its last page."""
    address = "/trades"
    for _ in range(pages):
        found = _OLDER.search(client.get(address).text)
        if found is None:
            break
        address = (found[1] or found[2]).replace("&amp;", "&")
    return address


def timed(act: Callable[[], object]) -> float:
    """Milliseconds that `act` takes."""
    begin = time.perf_counter()
    act()
    return (time.perf_counter() - begin) * 1000


def visit(client: FlaskClient, address: str) -> Callable[[], object]:
    """A request that has to succeed."""

    def act() -> None:
        answer = client.get(address)
        assert answer.status_code == 200, f"{address}: {answer.status}"

    return act


def medians(acts: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The median of each act over interleaved rounds, after a warm-up."""
    for act in acts.values():
        for _ in range(3):
            act()
    times: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(ROUNDS):
        for name, act in acts.items():
            times[name].append(timed(act))
    return {name: statistics.median(found) for name, found in times.items()}


def main() -> None:
    """Seed both sizes, visit, print."""
    with tempfile.TemporaryDirectory() as folder:
        acts: dict[str, Callable[[], object]] = {}
        for size in SIZES:
            path = Path(folder) / f"{size}.db"
            app = application(path)
            user_id = fill(app, size)
            client = browser(app, user_id)
            acts[f"list, first page, {size:,}"] = visit(client, "/trades")
            acts[f"list, 30 pages on, {size:,}"] = visit(client, deepest(client, 30))
            acts[f"list by R, {size:,}"] = visit(client, "/trades?sort=-r")
            acts[f"dashboard, {size:,}"] = visit(client, "/")
            if size == max(SIZES):
                acts["bare page"] = visit(browser(bare.application(path), user_id), "/")
                acts[f"list, 1,500 pages on, {size:,}"] = visit(client, deepest(client, 1500))
        found = medians(acts)
        _report(found)


def _report(found: dict[str, float]) -> None:
    print(f"{'request':36}{'median ms':>10}")
    for name, median in found.items():
        print(f"{name:36}{median:10.2f}")
    few, many = (f"{size:,}" for size in SIZES)
    print(f"\n{'ratio':52}{'':4}{'limit':>8}")
    for page in ("list, first page", "list, 30 pages on", "list by R", "dashboard"):
        print(
            f"{page + ', ' + many + ' to ' + few:48}{found[f'{page}, {many}'] / found[f'{page}, {few}']:8.2f}{1.3:8.2f}"
        )
    deep = found[f"list, 1,500 pages on, {many}"] / found[f"list, first page, {few}"]
    print(f"{'list, 1,500 pages on, ' + many + ' to first, ' + few:48}{deep:8.2f}{1.3:8.2f}")
    print(f"{'list to bare page':48}{found[f'list, first page, {many}'] / found['bare page']:8.2f}{1.5:8.2f}")


if __name__ == "__main__":
    main()
