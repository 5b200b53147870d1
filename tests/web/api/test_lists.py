"""Lists, page by page, without gaps or repetitions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.api.desk import PLAN, Program
from trenddojo.store.seats import Seat


def walked(program: Program, path: str | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while path:
        page = program.get(path.removeprefix("/api"))
        found += page["items"]
        path = page["next"]
    return found


@pytest.fixture
def symbols(program: Program, seat: Seat) -> list[str]:
    planned = ["AAA", "BBB", "CCC", "DDD", "EEE"]
    for minute, symbol in enumerate(planned):
        at = f"2026-11-19T10:{minute:02}:00Z"
        body = {**PLAN, "account_id": str(seat.account.id), "symbol": symbol, "planned_at": at, "setup": "A & B"}
        program.post("/trades", body)
    return planned


@pytest.mark.parametrize("limit", [1, 2, 4, 5, 6])
def test_trades_the_newest_first(program: Program, symbols: list[str], limit: int) -> None:
    assert [row["symbol"] for row in walked(program, f"/trades?limit={limit}")] == symbols[::-1]


def test_trades_in_another_order(program: Program, symbols: list[str]) -> None:
    rows = walked(program, "/trades?limit=2&sort=symbol&setup=A%20%26%20B")
    assert [row["symbol"] for row in rows] == symbols


def test_pages_backwards(program: Program, symbols: list[str]) -> None:
    first = program.get("/trades?limit=2&sort=symbol")
    place = f"EEE~{program.get('/trades?q=EEE')['items'][0]['id'].replace('-', '')}"
    before = program.get(f"/trades?limit=2&sort=symbol&before={place}")
    assert [row["symbol"] for row in before["items"]] == ["CCC", "DDD"]
    assert program.get(first["next"].removeprefix("/api"))["items"] == before["items"]
    assert [row["symbol"] for row in program.get(before["next"].removeprefix("/api"))["items"]] == ["EEE"]


def test_trades_of_one_account(program: Program, seat: Seat, symbols: list[str]) -> None:
    assert len(walked(program, f"/trades?account={seat.account.id}&q=A")) == 1
    assert len(walked(program, "/trades?account=any&limit=3")) == 5


def test_cash_the_latest_first(program: Program, seat: Seat) -> None:
    path = f"/accounts/{seat.account.id}/cash"
    for amount in ("1", "2", "3", "4", "5"):
        program.post(path, {"on": "2026-11-18", "kind": "deposit", "amount": amount})
    everything = walked(program, path)
    assert sorted(row["amount"] for row in everything) == ["1.00", "2.00", "3.00", "4.00", "5.00"]
    assert walked(program, f"{path}?limit=2") == everything


def test_a_place_in_another_accounts_cash_is_named(program: Program, seat: Seat) -> None:
    reply = program.call("GET", f"/accounts/{seat.account.id}/cash?after=0b53ef36-31f1-4a7a-9a53-6f1b9d3a9f10")
    assert reply.status_code == 404
    assert list(reply.get_json()["error"]["fields"]) == ["after"]
