"""The real server as the chaos test runs it: a process that is killed and begun anew."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.chaos.exchanges import ROOT, Exchange
from tests.conftest import PASSWORD_HASH
from trenddojo.domain.terms import Role

PATIENCE = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(found: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """What `found` answers once it is something."""
    deadline = time.monotonic() + patience
    pause = threading.Event()
    while time.monotonic() < deadline:
        with suppress(requests.RequestException, ValueError):
            if answer := found():
                return answer
        pause.wait(0.05)
    raise AssertionError(f"{what}: not within {patience} s")


@dataclass
class Server:
    """The application's own process, begun anew as often as it is killed."""

    folder: Path
    port: int
    operator: Mapping[str, str]
    application: str = "tests.chaos.served:app"
    token: str = ""
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        return self.folder / "desk.db"

    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "TRENDDOJO_ENV": "development",
            "SECRET_KEY": "s" * 40,
            "BROKER_ENCRYPTION_KEY": "k" * 40,
            "ENABLE_BROKER_INTEGRATIONS": "true",
            "DATABASE_URL": f"sqlite:///{self.database}",
            "PORT": str(self.port),
            "THREADS": "8",
            **self.operator,
        }

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "-c", "python:trenddojo.server", self.application]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment(), stdout=log, stderr=log, start_new_session=True
            )
        until(lambda: requests.get(f"{self.address}/healthz", timeout=1).ok, "the server")

    def kill(self) -> None:
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Start, and be killed at the latest when the block ends, however it does."""
        try:
            self.start()
            yield
        finally:
            self.kill()

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        return requests.request(method, f"{self.address}/api{path}", json=body, headers=sent, timeout=20)


def seeded(server: Server) -> None:
    """A database with one person and a token of theirs."""
    script = f"""
import sys
from uuid import uuid4
from datetime import UTC, datetime
from trenddojo import migrate
migrate.main()
from tests.chaos.served import app
from trenddojo.store.database import db
from trenddojo.store.models import User
from trenddojo.domain.terms import Role
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.people import TokenInput
from trenddojo.services.tokens import create_token
with app.app_context():
    person = User(email="a@example.org", name="A", role=Role("{Role.TRADER.value}"), time_zone="UTC",
                  password_hash={PASSWORD_HASH!r}, created_at=datetime.now(UTC))
    db.session.add(person); db.session.commit()
    entered = parse(TokenInput, {{"name": "chaos", "scope": "admin", "key": uuid4().hex}})
    print(create_token(person, entered, datetime.now(UTC))[1])
"""
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=server.environment(), capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    server.token = run.stdout.split()[-1]


def connected(server: Server, exchange: Exchange) -> str:
    """The id of the account at the exchange, with limits that leave room."""
    body = {"mode": "paper", "credentials": exchange.credentials}
    reply = server.call("POST", f"/brokers/{exchange.broker}/connect", body)
    assert reply.status_code == 200, reply.text
    account: str = reply.json()["accounts"][0]
    limits = {
        "max_risk_per_trade": "10", "max_risk_per_day": "10", "max_risk_per_week": "10", "daily_loss_limit": "10",
        "max_position_value": "100", "max_open_positions": 1000, "max_correlated_positions": 1000,
        "max_sector_positions": 1000,
        "sizing_method": "fixed_risk", "halve_after_losses": 0,
    }  # fmt: skip
    assert server.call("PUT", f"/accounts/{account}/risk", limits).status_code == 200
    with closing(sqlite3.connect(server.database)) as database:
        database.execute("UPDATE checklist_items SET required = 0")
        database.commit()
    return account
