"""The local gateway as a process of its own, open around the clock: python -m tests.chaos.interactive_brokers

It prints the address where its ledger is told, and works until it is killed; its ledger is its own memory. By POST it
is told to be /rough (see `Weather`) or /calm, and to /hush, so that nobody hears of it any more, or to /speak.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import TYPE_CHECKING, Any

from trenddojo.brokers.adapters.interactive_brokers import SPEC as INTERACTIVE_BROKERS
from trenddojo.brokers.spec import RateLimits

if TYPE_CHECKING:
    from tests.brokers.interactive_brokers.gateway import Gateway
    from tests.brokers.interactive_brokers.gateway.orders import Order
    from tests.chaos.weather import Weather

SPEC = replace(INTERACTIVE_BROKERS, limits=RateLimits(otherwise=1_000_000))
"""Interactive Brokers without request limits, for traffic that no person makes."""
_DAY = timedelta(days=1)
_FIRST_OF_OURS = 910_000
"""The contract ids of the shares that the gateway does not know by itself."""


def open_always() -> None:
    """Let the gateway's market never close, its day orders last, and its past begin with it rather than at midnight."""
    from tests.brokers.alpaca.venue import hours
    from tests.brokers.interactive_brokers.gateway import order_desk, sessions
    from trenddojo.brokers.simulator.sessions import AlwaysOpen

    began = datetime.now(UTC)
    hours.SESSIONS = AlwaysOpen()  # type: ignore[assignment]
    sessions.told = lambda _instrument, at, **_: ";".join(_whole(at + _DAY * n) for n in range(-1, 6))
    sessions.end_of_day = lambda _instrument, at, **_: at + 30 * _DAY
    order_desk.midnight = lambda now: began  # type: ignore[attr-defined]


def _whole(day: datetime) -> str:
    return f"{day:%Y%m%d}:0000-{day + _DAY:%Y%m%d}:0000"


def stock(there: Gateway) -> None:
    """Let the gateway know every share that is traded here."""
    from tests.brokers.interactive_brokers.gateway.instruments import share
    from tests.chaos.exchanges import SYMBOLS

    known = {one.symbol for one in there.instruments.known.values()}
    for number, symbol in enumerate(SYMBOLS, start=_FIRST_OF_OURS):
        if symbol not in known:
            there.instruments.add(share(number, symbol, "NYSE", symbol))


class Ledger(BaseHTTPRequestHandler):
    """What the gateway has in its books, for whoever asks."""

    def __init__(self, there: Gateway, weather: Weather, *parts: Any) -> None:
        self._there, self._weather = there, weather
        super().__init__(*parts)

    def do_GET(self) -> None:
        self._answer(getattr(self, f"_{self.path[1:]}")())

    def do_POST(self) -> None:
        if self.path in ("/hush", "/speak"):
            self._there.is_silent = self.path == "/hush"
        else:
            self._weather.turn(is_rough=self.path == "/rough")
        self._answer({})

    def log_message(self, *_parts: object) -> None:
        pass

    def _answer(self, told: object) -> None:
        body = json.dumps(told, default=str).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _port(self) -> int:
        return self._there.port

    def _looks(self) -> int:
        """How often it was asked for the orders that work."""
        return len(self._there.asked("reqAllOpenOrders"))

    def _prices(self) -> dict[str, object]:
        from tests.chaos.exchanges import SYMBOLS

        return {symbol: self._there.price(symbol) for symbol in SYMBOLS}

    def _positions(self) -> dict[str, object]:
        return dict(self._there.positions)

    def _fills(self) -> dict[str, object]:
        return {one.exec_id: one.commission for one in self._there.fills}

    def _orders(self) -> list[dict[str, object]]:
        """Those that were never sent on to IBKR have no permanent id, and are none."""
        return [_told(one) for one in self._there.orders if one.perm_id]


def _told(order: Order) -> dict[str, object]:
    from tests.brokers.interactive_brokers.gateway.families import waits

    guards = order.type in ("STP", "MKT") and not order.is_buy and order.is_working and not waits(order)
    return {
        "order_id": order.perm_id,
        "client_order_id": order.ref,
        "symbol": order.symbol,
        "completed": order.completed,
        "filled": order.filled,
        "guards": order.remaining if guards else 0,
    }


def main() -> None:
    """Serve until killed. The argument is the seed of its accidents."""
    from tests.brokers.interactive_brokers.gateway import gateway
    from tests.chaos.weather import Weather

    open_always()
    with gateway(lambda: datetime.now(UTC)) as there:
        stock(there)
        told = partial(Ledger, there, Weather(there, Random(sys.argv[1])))
        with ThreadingHTTPServer(("127.0.0.1", 0), told) as server:
            print(f"http://127.0.0.1:{server.server_port}", flush=True)
            server.serve_forever()


if __name__ == "__main__":
    main()
