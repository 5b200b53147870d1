"""How many requests a second the real server answers, by its number of threads and of people who ask at once.

Run: .venv/bin/python -m benchmarks.threads
Every row is served by gunicorn with one worker on the same seeded database; ratios are against one thread.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from benchmarks.pages import application, browser
from benchmarks.seed import fill
from trenddojo.store.database import db

ROOT = Path(__file__).parents[1]
THREADS = (1, 2, 4, 8, 16)
PEOPLE = (1, 4, 16)
SECONDS = 4.0
PAGES = ("/trades", "/")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _serve(database: Path, threads: int, port: int) -> subprocess.Popen[bytes]:
    environment = {
        "PATH": os.environ["PATH"],
        "TRENDDOJO_ENV": "development",
        "SECRET_KEY": "s" * 40,
        "DATABASE_URL": f"sqlite:///{database}",
        "PORT": str(port),
        "THREADS": str(threads),
        "SESSION_HOURS": "720",
        "SESSION_IDLE_MINUTES": "1440",
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "python:benchmarks.unmigrated", "benchmarks.unlimited:app"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)


def wait_for(address: str) -> None:
    for _ in range(200):
        try:
            if requests.get(f"{address}/healthz", timeout=1).ok:
                return
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.1)
    raise SystemExit("the server did not come up")


def _ask(address: str, cookie: str, until: float) -> int:
    count = 0
    with requests.Session() as session:
        session.headers["Cookie"] = cookie
        while time.perf_counter() < until:
            answer = session.get(address + PAGES[count % len(PAGES)], allow_redirects=False, timeout=30)
            if answer.status_code != 200:
                raise SystemExit(f"{answer.url}: {answer.status_code}")
            count += 1
    return count


def _rate(address: str, cookie: str, people: int) -> float:
    until = time.perf_counter() + SECONDS
    with ThreadPoolExecutor(people) as pool:
        return sum(pool.map(lambda _: _ask(address, cookie, until), range(people))) / SECONDS


def _cookie(database: Path) -> str:
    app = application(database)
    user_id = fill(app, 1_000)
    client = browser(app, user_id)
    found = client.get_cookie("session")
    assert found is not None
    with app.app_context():
        db.engine.dispose()
    return f"session={found.value}"


def main() -> None:
    """Serve with each number of threads in turn and print a table of requests a second."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "threads.db"
        cookie = _cookie(database)
        print("requests a second, half trades list and half dashboard" + "\n")
        print(f"{'threads':>8}" + "".join(f"{people:>6} at once" for people in PEOPLE) + f"{'ratio to 1':>14}")
        base = 0.0
        for threads in THREADS:
            port = free_port()
            address = f"http://127.0.0.1:{port}"
            server = _serve(database, threads, port)
            try:
                wait_for(address)
                rates = [_rate(address, cookie, people) for people in PEOPLE]
            finally:
                server.terminate()
                server.wait(timeout=30)
            base = base or rates[-1]
            print(f"{threads:>8}" + "".join(f"{rate:14.0f}" for rate in rates) + f"{rates[-1] / base:14.2f}")


if __name__ == "__main__":
    main()
