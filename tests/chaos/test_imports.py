"""Statements on the real server: several wait, it is killed while they are booked, and the books are the same."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

from tests.chaos.processes import Server, free_port, seeded, until

_ROUNDS = 3
_HEAD = "Date,Time,Symbol,Quantity,Price,Side,Commission"


def _file(symbols: range, days: range) -> str:
    """A round trip of each symbol on each day, and one line that cannot be read."""
    lines = [_HEAD]
    for day in days:
        on = f"20{10 + day % 12:02}-{day % 9 + 1:02}-{day % 27 + 1:02}"
        for one in symbols:
            lines.append(f"{on},10:{one % 60:02}:00,S{one},{one + 1},{day + 5}.25,B,1.00")
            lines.append(f"{on},14:{one % 60:02}:00,S{one},{one + 1},{day + 6}.5,S,1.00")
    return "\n".join([*lines, "2019-07-08,11:00:00,MEND,ten,50,B,1.00", ""])


class Desk:
    """A program that brings statements."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def call(self, method: str, path: str, body: Any = None) -> Any:
        key = {} if method == "GET" else {"Idempotency-Key": uuid4().hex}
        reply = self._server.call(method, path, body, **key)
        assert reply.status_code < 300, reply.text
        return reply.json()

    def account(self, name: str) -> str:
        terms = {"base_currency": "USD", "time_zone": "America/New_York", "starting_balance": "10000"}
        return str(self.call("POST", "/accounts", {"name": name, **terms})["id"])

    def bring(self, account: str, content: str) -> str:
        address = f"{self._server.address}/api/accounts/{account}/imports?name={uuid4().hex}.csv"
        headers = {"Authorization": f"Bearer {self._server.token}", "Idempotency-Key": uuid4().hex}
        reply = requests.post(address, data=content.encode(), headers=headers, timeout=60)
        assert reply.status_code == 201, reply.text
        if reply.json()["status"] == "received":
            self.call("PUT", f"/imports/{reply.json()['id']}/options", {"zone": "America/New_York"})
        return str(reply.json()["id"])

    def status(self, import_id: str) -> Any:
        return self.call("GET", f"/imports/{import_id}")["status"]

    def wait(self, imports: list[str], status: str) -> None:
        def there() -> bool:
            return all(self.status(one) == status for one in imports)

        until(there, f"{imports} {status}", 240)

    def wait_for_work(self, imports: list[str]) -> None:
        until(lambda: any(self.status(one) == "booking" for one in imports), "booking")

    def books(self, account: str) -> dict[str, list[tuple[Any, ...]]]:
        """What an account has of all that figures come from, whatever it is called."""
        columns = "t.symbol, e.at, e.side, e.quantity, e.price, e.fee, e.key"
        queries = {
            "fills": f"SELECT {columns} FROM executions e JOIN trades t ON t.id = e.trade_id WHERE e.account_id = ?",
            "trades": "SELECT symbol, direction, status, realised, quantity, opened_at, closed_on FROM trades "
            "WHERE account_id = ?",
            "days": 'SELECT "on", booked, wins, losses, opened FROM account_days WHERE account_id = ?',
            "account": "SELECT equity, balance, opened_on, open_trades FROM accounts WHERE id = ?",
        }
        with closing(sqlite3.connect(self._server.database)) as database:
            ids = (account.replace("-", ""), account)
            found = {
                name: [row for one in ids for row in database.execute(sql, (one,))] for name, sql in queries.items()
            }
        return {name: sorted(rows, key=repr) for name, rows in found.items()}


def test_killed_while_several_are_booked_the_books_are_the_same(tmp_path: Path) -> None:
    server = Server(tmp_path, free_port(), {"IMPORTS_PATH": str(tmp_path / "imports")})
    seeded(server)
    desk = Desk(server)
    files = [_file(range(24), range(30)), _file(range(12, 36), range(20, 50)), _file(range(20), range(40))]
    with server.running():
        calm = [desk.account("Calm"), desk.account("Calm too")]
        wild = [desk.account("Wild"), desk.account("Wild too")]
        for first, second in (calm, wild):
            brought = [desk.bring(first, files[0]), desk.bring(first, files[1]), desk.bring(second, files[2])]
            desk.wait(brought, "ready")
            for one in brought:
                desk.call("POST", f"/imports/{one}/book", {})
            if first is wild[0]:
                for number in range(_ROUNDS):
                    desk.wait_for_work(brought)
                    time.sleep(0.7 + number)
                    server.kill()
                    server.start()
            desk.wait(brought, "done")
        assert desk.books(calm[0]) == desk.books(wild[0])
        assert desk.books(calm[1]) == desk.books(wild[1])
        assert len(desk.books(wild[0])["fills"]) == 2 * (24 * 30 + 24 * 30 - 12 * 10)
        _mended(desk, wild[0], brought[0])


def _mended(desk: Desk, account: str, import_id: str) -> None:
    """The refused lines, mended and brought again, are all that comes in."""
    (refused,) = desk.call("GET", f"/imports/{import_id}/refused")["items"]
    assert "MEND" in refused["text"]
    before = len(desk.books(account)["fills"])
    again = desk.bring(
        account, f"{_HEAD},Refused line,Why it was refused\n" + refused["text"].strip().replace("ten", "10") + ",9,x\n"
    )
    desk.wait([again], "ready")
    counts = desk.call("GET", f"/imports/{again}")["counts"]
    assert (counts["fills_new"], counts["fills_known"], counts["lines_refused"]) == (1, 0, 0)
    desk.call("POST", f"/imports/{again}/book", {})
    desk.wait([again], "done")
    assert len(desk.books(account)["fills"]) == before + 1
