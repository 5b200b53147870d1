"""The real server killed with SIGKILL in the middle of real order traffic; the exchange is a process of its own, with
its own ledger. Afterwards both ledgers are the same: nothing lost, nothing doubled.

CHAOS_ROUNDS=200 runs more of them than a test run does.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from tests.chaos.exchanges import AlpacaExchange, Exchange, Gateway, ToyExchange, running
from tests.chaos.ledgers import Ledgers, read
from tests.chaos.processes import Server, connected, free_port, seeded, until
from tests.chaos.traders import Trader, review

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "2"))


def check(server: Server, account: str, exchange: Exchange) -> int:
    """Both ledgers are the same once the new process has followed the account: how many orders the exchange has."""
    until(lambda: server.call("POST", f"/accounts/{account}/sync").status_code == 200, "a complete pass")

    def found() -> Ledgers | None:
        server.call("POST", f"/accounts/{account}/sync")
        both = read(server, exchange)
        return None if both.differences else both

    with suppress(AssertionError):
        return len(until(found, "equal ledgers").theirs)
    both = read(server, exchange)
    assert both.differences == []
    return len(both.theirs)


def traffic(server: Server, traders: Sequence[Trader], length: float) -> None:
    """Traders act for `length` seconds; then the server is killed under their hands. A slow one has some seconds more
    to take one order."""
    stop, before = threading.Event(), _answered(traders)
    threads = [threading.Thread(target=one.trade, args=(stop,)) for one in traders]
    for one in threads:
        one.start()
    threading.Event().wait(length)
    with suppress(AssertionError):
        until(lambda: _answered(traders) > before, "an order", 6.0)
    server.kill()
    stop.set()
    for one in threads:
        one.join()


def _answered(traders: Sequence[Trader]) -> int:
    return sum(len(one.answered) for one in traders)


@pytest.mark.parametrize("kind", [ToyExchange, AlpacaExchange, Gateway])
def test_killed_at_random_moments(tmp_path: Path, kind: type[Exchange]) -> None:
    chance = random.Random(7)
    with running(kind, tmp_path) as exchange:
        server = Server(tmp_path, free_port(), exchange.environment)
        seeded(server)
        with server.running():
            account = connected(server, exchange)
            traders = [Trader(server, account, exchange.prices(), random.Random(one)) for one in range(2)]
            orders = rounds(server, account, exchange, traders, chance)
    assert not [key for one in traders for key in one.doubled]
    assert orders > ROUNDS


def rounds(server: Server, account: str, exchange: Exchange, traders: Sequence[Trader], chance: random.Random) -> int:
    """Kill and compare again and again: how many orders the exchange has in the end."""
    orders = 0
    for number in range(ROUNDS):
        with exchange.rough():
            traffic(server, traders, chance.uniform(0.3, 1.6))
        server.start()
        before, orders = orders, check(server, account, exchange)
        reviewed = review(server, account, exchange)
        print(f"round {number + 1}: {orders - before} more orders at the exchange, {reviewed} reviewed", flush=True)
    return orders
