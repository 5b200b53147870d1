"""Hostile statements through the real server: its answers, its memory, and how long others wait meanwhile.

Run: .venv/bin/python -m benchmarks.served_statements [CASE ...]
One server process takes all cases, one after the other, each by the API into an account of its own, read, looked at and
imported by its own job. Memory is the most that the process had in the case, over what it had before the first one.
Somebody else asks for a list all the while. No answer may be 500 or above; the goal is 200 MB.
"""

from __future__ import annotations

import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

from benchmarks.hostile_statements import CASES, GOAL_MB
from tests.chaos.processes import Server, free_port, seeded

MB = 1_000_000
_STEPS = 1800.0
_HEAD = b"Date,Time,Symbol,Quantity,Price,Side,Commission\n"
_ROW = b"2020-01-02,10:00:00,%s,1,5.25,B,1.00\n"


def _columns() -> Iterator[bytes]:
    yield b",".join(b"c%d" % one for one in range(1_000_000)) + b"\n"
    for _ in range(3):
        yield b",".join(b"%d" % (one % 10) for one in range(1_000_000)) + b"\n"


def _formulas() -> Iterator[bytes]:
    yield _HEAD
    for one in range(20_000):
        yield _ROW % (b'"=HYPERLINK(""http://x/%d"")"', b"@SUM(A1)", b"+cmd|' /C calc'!A0")[one % 3].replace(
            b"%d", b"1"
        )


def _newlines() -> Iterator[bytes]:
    yield _HEAD
    for one in range(50_000):
        yield _ROW % (b'"A\nB\r\nC%d"' % one)


def _noise() -> Iterator[bytes]:
    rng = random.Random(1)
    for _ in range(50):
        yield rng.randbytes(MB)


MORE: dict[str, Callable[[], Iterator[bytes]]] = {
    "a million columns": _columns,
    "formulas": _formulas,
    "quoted newlines": _newlines,
    "50 MB of noise": _noise,
    "an Excel file": lambda: iter([b"PK\x03\x04" + bytes(5_000_000)]),
    "nothing": lambda: iter([b""]),
}
ALL = {**CASES, **MORE}


class Watched:
    """A server and its worker."""

    def __init__(self, folder: Path) -> None:
        operator = {"IMPORTS_PATH": str(folder / "imports")}
        self.server = Server(folder, free_port(), operator)
        seeded(self.server)
        self.waits: list[float] = []
        self.bad: list[str] = []
        self.is_over = threading.Event()

    @property
    def worker(self) -> int:
        assert self.server.process is not None
        pid = self.server.process.pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])

    def memory(self, name: str) -> float:
        """A line of the worker's status, in MB."""
        told = Path(f"/proc/{self.worker}/status").read_text()
        return next(int(line.split()[1]) / 1024 for line in told.splitlines() if line.startswith(name))

    def forget_most(self) -> None:
        """Let VmHWM begin anew (see proc(5), clear_refs)."""
        Path(f"/proc/{self.worker}/clear_refs").write_text("5")

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        key = {} if method == "GET" else {"Idempotency-Key": uuid4().hex}
        return self.kept(f"{method} {path}", self.server.call(method, path, body, **key))

    def kept(self, what: str, reply: requests.Response) -> requests.Response:
        if reply.status_code >= 500:
            self.bad.append(f"{what}: {reply.status_code} {reply.text[:100]}")
        return reply

    def others(self) -> None:
        """Somebody else at work."""
        while not self.is_over.wait(0.1):
            start = time.perf_counter()
            self.call("GET", "/trades?limit=20")
            self.waits.append(time.perf_counter() - start)


def _account(at: Watched, name: str) -> str:
    reply = at.call(
        "POST",
        "/accounts",
        {"name": name, "starting_balance": "1000", "base_currency": "USD", "time_zone": "America/New_York"},
    )
    if reply.status_code != 201:
        raise SystemExit(reply.text)
    return str(reply.json()["id"])


def _case(at: Watched, name: str, folder: Path) -> None:
    account, place = _account(at, name), folder / "body"
    with place.open("wb") as file:
        for block in ALL[name]():
            file.write(block)
    at.forget_most()
    at.waits.clear()
    start, told = time.perf_counter(), list[str]()
    headers = {"Authorization": f"Bearer {at.server.token}", "Content-Type": "application/octet-stream"}
    headers["Idempotency-Key"] = uuid4().hex
    address = f"{at.server.address}/api/accounts/{account}/imports?name=x.csv"
    with place.open("rb") as file:
        reply = at.kept("upload", requests.post(address, data=file, headers=headers, timeout=600))
    sent = time.perf_counter() - start
    told.append(str(reply.status_code))
    if reply.status_code == 201:
        told.append(_followed(at, f"/imports/{reply.json()['id']}", reply.json()))
    else:
        told.append(reply.text[:90])
    waits = sorted(at.waits) or [0.0]
    late = waits[int(len(waits) * 0.95)]
    print(
        f"{name:36} {at.memory('VmHWM') - IDLE[0]:8.0f} MB {sent:7.1f} s {time.perf_counter() - start:7.1f} s"
        f" {late * 1000:7.0f} {waits[-1] * 1000:7.0f} ms  {' '.join(told)}", flush=True,
    )  # fmt: skip


IDLE = [0.0]


def _followed(at: Watched, path: str, row: dict[str, Any]) -> str:
    """Answer what is asked, and go on to the end."""
    if row["status"] == "received":
        columns = {"date": "Date", "symbol": "Symbol", "quantity": "Quantity", "price": "Price"}
        said = {"format": row["format"] or "mapped", "zone": "America/New_York", "columns": columns}
        row = at.call("PUT", f"{path}/options", said).json()
    row = _settled(at, path, row)
    if row.get("status") == "ready":
        at.call("GET", f"{path}/lines?limit=50")
        at.call("GET", f"{path}/refused?limit=50")
        row = _settled(at, path, at.call("POST", f"{path}/book", {}).json())
    counts = row.get("counts") or {}
    return f"{row.get('status', row)} {counts.get('fills_new', '')} {row.get('error', '')[:60]}"


def _settled(at: Watched, path: str, row: dict[str, Any]) -> dict[str, Any]:
    until = time.monotonic() + _STEPS
    while row.get("status") in ("reading", "booking") and time.monotonic() < until:
        time.sleep(0.3)
        row = at.call("GET", path).json()
    return row


def main() -> None:
    print(f"{'':36} {'over idle':>11} {'sent':>9} {'in all':>9} {'others: 95%, longest':>18}  the goal is {GOAL_MB} MB")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        at = Watched(folder)
        with at.server.running():
            _account(at, "to begin with")
            at.call("GET", "/trades?limit=20")
            IDLE[0] = at.memory("VmRSS")
            beside = threading.Thread(target=at.others, daemon=True)
            beside.start()
            for case in sys.argv[1:] or ALL:
                _case(at, case, folder)
            at.is_over.set()
            beside.join()
        print(f"answers of 500 and above: {len(at.bad)}", *at.bad[:20], sep="\n  ")


if __name__ == "__main__":
    main()
