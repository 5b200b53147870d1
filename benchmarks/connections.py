"""Whether 100 broker connections, of which 50 hang, slow the pages down.

Run: .venv/bin/python -m benchmarks.connections
Two real servers on copies of one database are asked in turn: one runs its jobs (monitor, order sync, snapshots) as in
life, the other none. The broker is another process; half of the connections wait for it until their time limits.
"""

import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import requests
from flask import Flask

from benchmarks.remote import SPEC
from benchmarks.seed import fill
from benchmarks.threads import free_port, wait_for
from trenddojo.brokers.registry import ADAPTERS
from trenddojo.brokers.types import AccountInfo
from trenddojo.config import load
from trenddojo.domain.terms import Mode, Role
from trenddojo.factory import create_app
from trenddojo.services import connection_records
from trenddojo.services.connection_forms import Draft
from trenddojo.store.database import db
from trenddojo.store.models import User

ROOT = Path(__file__).parents[1]
CONNECTIONS = 100
OWN = 4
"""Connections of the person who looks at the pages; the others are somebody else's, and nobody looks at them."""
PAGES = ("/", "/trades", "/brokers")
WARM_UP_SECONDS = 20
SECONDS = 90
PAUSE_SECONDS = 0.05
LIMIT = 1.2
WITH_JOBS, WITHOUT_JOBS = "python:trenddojo.server", "python:benchmarks.unmigrated"


def environment(database: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "TRENDDOJO_ENV": "development",
        "SECRET_KEY": "s" * 40,
        "BROKER_ENCRYPTION_KEY": "k" * 40,
        "ENABLE_BROKER_INTEGRATIONS": "true",
        "DATABASE_URL": f"sqlite:///{database}",
    }


def seeded(database: Path, ports: tuple[int, int]) -> str:
    """A database at the newest migration, with a year of trades and the connections; returns a session's cookie."""
    settings = environment(database)
    subprocess.run([sys.executable, "-m", "trenddojo.migrate"], cwd=ROOT, env=settings, check=True)
    ADAPTERS[SPEC.name] = "benchmarks.remote"
    app = create_app(load(settings, None))
    user_id = fill(app, 1_000)
    with app.app_context():
        me, other = db.session.get_one(User, user_id), _somebody()
        for number in range(CONNECTIONS):
            _connect(me if number < OWN else other, number, ports[number % 2])
        db.session.remove()
        db.engine.dispose()
    return cookie_of(app, user_id)


def _somebody() -> User:
    user = User(
        email="other@example.org",
        name="Other",
        role=Role.TRADER,
        time_zone="UTC",
        password_hash="-",
        created_at=datetime.now(UTC),
    )
    db.session.add(user)
    db.session.commit()
    return user


def _connect(owner: User, number: int, port: int) -> None:
    now, money = datetime.now(UTC), Decimal(100_000)
    settings = {"address": f"http://127.0.0.1:{port}", "latency_ms": "0", "always_open": "on"}
    info = AccountInfo(
        account_id=SPEC.profile.account_id,
        currency="USD",
        equity=money,
        cash=money,
        buying_power=2 * money,
        is_paper=True,
        status="ACTIVE",
        as_of=now,
    )
    connection_records.keep(owner, Draft(SPEC, Mode.PAPER, f"Remote {number}", settings, {}), uuid4(), [info], now)


def cookie_of(app: Flask, user_id: UUID) -> str:
    client = app.test_client()
    moment = int(time.time())
    with client.session_transaction() as session:
        session.update(_user_id=str(user_id), _fresh=True, epoch=0, since=moment, seen=moment)
    found = client.get_cookie("session")
    assert found is not None
    return f"session={found.value}"


@contextmanager
def running(*command: str, **options: object) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, text=True, **options)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)


@contextmanager
def served(database: Path, config: str) -> Iterator[str]:
    """The address of a server as it ships, one process with two threads, with the jobs of `config`."""
    port = free_port()
    settings = {**environment(database), "PORT": str(port)}
    command = ("gunicorn", "-c", config, "benchmarks.connected:app")
    with (
        database.with_suffix(".log").open("w") as log,
        running(*command, env=settings, stdout=subprocess.DEVNULL, stderr=log),
    ):
        address = f"http://127.0.0.1:{port}"
        wait_for(address)
        yield address


def copied(database: Path, copy: Path) -> None:
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


def compared(
    addresses: Mapping[str, str], cookie: str, far: str
) -> tuple[dict[tuple[str, str], list[float]], list[int]]:
    """Milliseconds by server and page, asked in turn, and how many connections hung meanwhile."""
    found: dict[tuple[str, str], list[float]] = {(name, page): [] for name in addresses for page in PAGES}
    hanging = []
    with requests.Session() as session:
        session.headers["Cookie"] = cookie
        until = time.perf_counter() + SECONDS
        while time.perf_counter() < until:
            for page in PAGES:
                for name, address in addresses.items():
                    found[name, page].append(_timed(session, address + page))
                    time.sleep(PAUSE_SECONDS)
            hanging.append(session.get(far, timeout=5).json()["waiting"])
    return found, hanging


def _timed(session: requests.Session, address: str) -> float:
    begin = time.perf_counter()
    answer = session.get(address, allow_redirects=False, timeout=60)
    taken = (time.perf_counter() - begin) * 1000
    if answer.status_code != 200:
        raise SystemExit(f"{address}: {answer.status_code}")
    return taken


def states(database: Path) -> str:
    """How many connections stand how, for the reader to see that half of them do hang and the others do not."""
    with closing(sqlite3.connect(database)) as base:
        rows = base.execute("select state, count(*) from broker_connections group by state order by state").fetchall()
    return ", ".join(f"{count} {state}" for state, count in rows)


def main() -> None:
    """Print a table of medians and their ratios."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        busy, calm = Path(folder) / "busy.db", Path(folder) / "calm.db"
        beyond = stack.enter_context(running("benchmarks.far", stdout=subprocess.PIPE))
        assert beyond.stdout is not None
        answering, silent = map(int, beyond.stdout.readline().split())
        cookie = seeded(busy, (answering, silent))
        with served(busy, WITH_JOBS):
            time.sleep(WARM_UP_SECONDS)  # both shall show the same figures
        copied(busy, calm)
        addresses = {
            "without": stack.enter_context(served(calm, WITHOUT_JOBS)),
            "with": stack.enter_context(served(busy, WITH_JOBS)),
        }
        found, hanging = compared(addresses, cookie, f"http://127.0.0.1:{answering}/")
        bugs = busy.with_suffix(".log").read_text().count("Traceback")
        hung = f"{statistics.mean(hanging):.0f} hung at a time on average, {max(hanging)} at most"
        print(f"{CONNECTIONS} connections: {states(busy)}; {hung}; {bugs} bugs logged\n")
        _report(found)


def _report(found: Mapping[tuple[str, str], list[float]]) -> None:
    print(f"{'page':12}{'without ms':>12}{'with ms':>12}{'ratio':>8}{'limit':>8}{'p95 with':>12}")
    for page in PAGES:
        without, busy = (statistics.median(found[name, page]) for name in ("without", "with"))
        slow = statistics.quantiles(found["with", page], n=20)[-1]
        print(f"{page:12}{without:12.1f}{busy:12.1f}{busy / without:8.2f}{LIMIT:8.2f}{slow:12.1f}")


if __name__ == "__main__":
    main()
