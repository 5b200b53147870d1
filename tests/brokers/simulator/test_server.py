"""The exchange as a process: what it answered survives a kill -9."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from trenddojo.brokers.simulator.ledger_file import FileLedger

Start = Callable[..., "Running"]


@dataclass
class Running:
    """A server process."""

    process: "subprocess.Popen[str]"
    address: str

    def ask(self, method: str, path: str, **parts: Any) -> requests.Response:
        return requests.request(method, f"{self.address}/{path}", timeout=10, **parts)

    def get(self, path: str) -> Any:
        return self.ask("GET", path).json()

    def place(self, client_order_id: str, **changes: Any) -> requests.Response:
        order = {
            "symbol": "AAPL",
            "side": "buy",
            "quantity": "10",
            "order_type": "limit",
            "limit_price": "1.50",
            "client_order_id": client_order_id,
            "time_in_force": "gtc",
        }
        return self.ask("POST", "orders", json=order | changes)

    def kill(self) -> None:
        """SIGKILL: nothing is put in order."""
        self.process.kill()
        self.process.wait()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[Running] = []

    def started(*arguments: str) -> Running:
        command = [sys.executable, "-m", "trenddojo.brokers.simulator.server", "--ledger", str(tmp_path / "ledger")]
        process = subprocess.Popen([*command, "--port", "0", *arguments], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        server = Running(process, process.stdout.readline().strip())
        running.append(server)
        return server

    yield started
    for server in running:
        server.kill()
        assert server.process.stdout is not None
        server.process.stdout.close()


def test_what_was_answered_survives_a_kill(start: Start) -> None:
    first = start()
    bought = first.place("bought", order_type="market", limit_price=None, time_in_force="day").json()
    rests = first.place("rests").json()
    gone = first.place("gone").json()
    assert first.ask("DELETE", f"orders/{gone['order_id']}").status_code == 200
    changed = first.ask("PATCH", f"orders/{rests['order_id']}", json={"client_order_id": "new", "limit_price": "1.25"})
    assert changed.json()["limit_price"] == "1.25"
    fills = first.get("executions")
    assert fills["fills"]
    first.kill()
    again = start()
    assert again.get("executions") == fills
    assert again.get(f"orders/{bought['order_id']}")["status"] == "filled"
    assert [order["order_id"] for order in again.get("orders")] == [changed.json()["order_id"]]
    assert [order["client_order_id"] for order in again.get("orders?days=1")] == ["bought", "rests", "gone"]
    assert again.get(f"orders/{gone['order_id']}")["status"] == "cancelled"


def test_a_lost_answer_is_a_cut_connection_and_a_booked_order(start: Start) -> None:
    server = start()
    assert server.ask("POST", "faults", json={"kind": "lose_answer", "operation": "place_order"}).status_code == 200
    with pytest.raises(requests.ConnectionError):
        server.place("lost")
    server.kill()
    again = start()
    assert [order["client_order_id"] for order in again.get("orders?client_order_id=lost")] == ["lost"]
    refused = again.place("lost")
    assert refused.status_code == 422
    assert refused.json()["details"]["reason"] == "duplicate_client_order_id"


def test_a_script_from_the_command_line(start: Start) -> None:
    server = start("--faults", '[{"kind": "refuse", "code": "RATE_LIMIT_EXCEEDED"}, {"kind": "time_out"}]')
    assert server.ask("GET", "positions").status_code == 429
    with pytest.raises(requests.ConnectionError):
        server.place("never")
    assert server.get("orders?client_order_id=never") == []
    server.ask("POST", "faults", json={"kind": "refuse", "code": "API_ERROR"})
    server.ask("DELETE", "faults")
    assert server.get("positions") == []


def test_the_seed_makes_the_market(start: Start) -> None:
    one, other = (start("--seed", seed).get("quotes?symbols=AAPL")["AAPL"] for seed in ("7", "8"))
    assert one["previous_close"] != other["previous_close"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "nowhere", None, 404),
        ("PUT", "orders", None, 501),
        ("POST", "orders", {"symbol": "AAPL"}, 400),
        ("POST", "faults", {"kind": "earthquake"}, 400),
        ("GET", "orders/none", None, 422),
        ("GET", "bars/NOSUCHSYMBOL?timeframe=1d&start=2026-03-02T00:00:00Z&end=2026-03-03T00:00:00Z", None, 404),
    ],
)
def test_what_it_cannot_do_it_refuses(start: Start, method: str, path: str, body: Any, status: int) -> None:
    server = start()
    assert server.ask(method, path, json=body).status_code == status


def test_a_token_keeps_strangers_out(start: Start) -> None:
    server = start("--token", "word")
    assert server.ask("GET", "account").status_code == 401
    assert server.ask("GET", "account", headers={"Authorization": "Bearer word"}).json()["account_id"] == "MOCK123456"


def test_a_ledger_file_keeps_replaces_and_forgets(tmp_path: Path) -> None:
    ledger = FileLedger(tmp_path / "ledger")
    ledger.save({"a": "1", "b": "2"})
    ledger.save({"b": "3"})
    ledger.close()
    again = FileLedger(tmp_path / "ledger")
    assert again.load() == {"a": "1", "b": "3"}
    again.clear()
    assert again.load() == {}
    again.close()
