"""The people of the chaos test: traders who act at random until all is cut off, and one who looks at doubts."""

from __future__ import annotations

import random
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import uuid4

import requests

from tests.chaos.exchanges import Exchange
from tests.chaos.processes import Server

NOT_ANSWERED = (requests.RequestException, KeyError, ValueError)
"""What a call ends with that the kill has cut off, or that was refused."""


@dataclass
class Trader:
    """One person at the JSON API. `sends` is what was sent with which key, `answered` the order that each key led to,
    `doubled` the keys that led to two."""

    server: Server
    account: str
    prices: dict[str, Decimal]
    chance: random.Random
    sends: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    answered: dict[str, str] = field(default_factory=dict)
    doubled: list[str] = field(default_factory=list)

    def trade(self, stop: threading.Event) -> None:
        """Act until told to stop; whatever is cut off is cut off."""
        while not stop.is_set():
            act = self.chance.choices(
                [self.enter, self.again, self.cancel, self.close, self.move_stop], [5, 1, 2, 3, 1]
            )[0]
            with suppress(*NOT_ANSWERED):
                act()

    def enter(self) -> None:
        """Plan a trade and send its entry with its exits."""
        symbol = self.chance.choice(list(self.prices))
        price = self.prices[symbol]
        plan = {
            "account_id": self.account,
            "symbol": symbol,
            "direction": "long",
            "entry": f"{price * Decimal('0.999'):.2f}",
            "stop": f"{price * Decimal('0.97'):.2f}",
            "target_1": f"{price * Decimal('1.05'):.2f}",
            "quantity": "2",
        }
        made = self.server.call("POST", "/trades", plan).json()["id"]
        self._send(made, {"type": self.chance.choice(["market", "limit"])})

    def again(self) -> None:
        """Send what was sent before once more, with its key: nothing new may come of it."""
        if self.sends:
            trade, order, key = self.chance.choice(self.sends)
            self._send(trade, order, key)

    def cancel(self) -> None:
        """Ask for the end of an order."""
        if orders := self._live():
            self.server.call("DELETE", f"/orders/{self.chance.choice(orders)['id']}")

    def close(self) -> None:
        """Close an open trade."""
        found = self.server.call("GET", f"/trades?account={self.account}&status=active").json()["items"]
        if found:
            self._send(self.chance.choice(found)["id"], {"role": "exit"})

    def move_stop(self) -> None:
        """Move the stop of an order that works."""
        stops = [one for one in self._live() if one["role"] == "stop" and one["stop_price"]]
        if stops:
            one = self.chance.choice(stops)
            self.server.call(
                "PATCH", f"/orders/{one['id']}", {"stop_price": f"{Decimal(one['stop_price']) + Decimal('0.05'):.2f}"}
            )

    def _live(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.server.call("GET", f"/orders?account={self.account}&state=open").json()[
            "items"
        ]
        return found

    def _send(self, trade: str, order: dict[str, str], key: str = "") -> None:
        key = key or uuid4().hex
        self.sends.append((trade, order, key))
        sent = self.server.call("POST", f"/trades/{trade}/orders", order, **{"Idempotency-Key": key})
        if sent.ok and self.answered.setdefault(key, sent.json()["id"]) != sent.json()["id"]:
            self.doubled.append(key)


def review(server: Server, account: str, exchange: Exchange) -> int:
    """Decide about every order that the broker does not explain, as a person who looks at the broker's own page: how
    many there were."""
    there = {one.client_order_id for one in exchange.orders()}
    found = server.call("GET", f"/orders?account={account}&state=needs_review").json()["items"]
    for one in found:
        assert one["client_order_id"] not in there, one
        decided = {"verdict": "ended", "reason": "It is not at the exchange."}
        assert server.call("POST", f"/orders/{one['id']}/review", decided).status_code == 200
    return len(found)
