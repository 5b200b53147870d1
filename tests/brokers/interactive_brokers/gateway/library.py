"""The TWS library that is installed, ib_async or else ib_insync, on a loop in a thread of its own.

The gateway's tests see either through this module. The loop is set before the library is imported: ib_insync asks the
thread for it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

from tests.brokers.interactive_brokers.gateway.venue import Gateway

NAME = next(name for name in ("ib_async", "ib_insync") if find_spec(name))
_SECONDS = 10.0

T = TypeVar("T")


class Loop:
    """The thread; `lib` is the library."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._imported: Future[Any] = Future()
        self._thread = threading.Thread(target=self._main, name=NAME, daemon=True)
        self._thread.start()
        self.lib = self._imported.result(_SECONDS)

    def run(self, act: Callable[[], Awaitable[T]]) -> T:
        """Await something on the loop."""

        async def limited() -> T:
            return await asyncio.wait_for(act(), _SECONDS)

        return asyncio.run_coroutine_threadsafe(limited(), self._loop).result(_SECONDS + 1)

    def call(self, act: Callable[[], T]) -> T:
        """Do something on the loop that needs no waiting."""

        async def called() -> T:
            return act()

        return self.run(called)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS)

    def _main(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._imported.set_result(import_module(NAME))
        self._loop.run_forever()
        self._loop.close()


class Trader:
    """A connected `IB` object, driven from the test's thread. `errors` are the ids and codes that it was told."""

    def __init__(self, loop: Loop, there: Gateway) -> None:
        self.loop = loop
        self.lib = loop.lib
        self._there = there
        self.errors: list[tuple[int, int]] = []
        self.texts: list[str] = []
        self.ib = loop.call(self._made)
        self._moved = loop.call(asyncio.Event)

    def connect(self, client_id: int = 7, timeout: float = 5, **more: Any) -> None:
        """Raises TimeoutError and OSError as the library does."""
        where = {"host": "127.0.0.1", "port": self._there.port, "clientId": client_id, "timeout": timeout}
        self.loop.run(lambda: self.ib.connectAsync(**where, **more))

    def disconnect(self) -> None:
        self.loop.call(self.ib.disconnect)

    @property
    def codes(self) -> list[int]:
        """The codes without the good news of the start."""
        return [code for _, code in self.errors if code not in (2104, 2106, 2158)]

    def ask(self, name: str, *given: Any, **more: Any) -> Any:
        """One of the `...Async` methods, by its name without the ending."""
        return self.loop.run(lambda: getattr(self.ib, f"{name}Async")(*given, **more))

    def until(self, is_so: Callable[[], object]) -> None:
        """Wait until what was told makes it so."""

        async def wait() -> None:
            while not is_so():
                self._moved.clear()
                await self._moved.wait()

        self.loop.run(wait)

    def heard(self, code: int) -> None:
        """Wait until a code was told."""
        self.until(lambda: code in self.codes)

    def heard_of(self, number: int, code: int) -> None:
        """Wait until a code was told about a request or an order."""
        self.until(lambda: (number, code) in self.errors)

    # --- contracts and orders

    def stock(self, symbol: str = "AAPL", exchange: str = "SMART", currency: str = "USD", **more: Any) -> Any:
        return self.loop.call(lambda: self.lib.Stock(symbol, exchange, currency, **more))

    def order(self, action: str = "BUY", quantity: float = 10, order_type: str = "MKT", **terms: Any) -> Any:
        parts = {"action": action, "totalQuantity": quantity, "orderType": order_type, "tif": "DAY", **terms}
        return self.loop.call(lambda: self.lib.Order(**parts))

    def send(self, order: Any, contract: Any = None) -> Any:
        """The library's Trade."""
        where = self.stock() if contract is None else contract
        return self.loop.call(lambda: self.ib.placeOrder(where, order))

    def resend(self, order: Any, contract: Any = None) -> None:
        """An order under its number, past what the library believes of it."""
        where = self.stock() if contract is None else contract
        self.loop.call(lambda: self.ib.client.placeOrder(order.orderId, where, order))

    def place(self, action: str = "BUY", quantity: float = 10, order_type: str = "MKT", **terms: Any) -> Any:
        """An order for AAPL, once it was told of."""
        trade = self.send(self.order(action, quantity, order_type, **terms))
        self.until(lambda: trade.orderStatus.permId)
        return trade

    def rest(self, price: float = 150, **terms: Any) -> Any:
        """A limit order that does not fill."""
        return self.place("BUY", 10, "LMT", lmtPrice=price, **terms)

    def cancel(self, trade: Any) -> None:
        self.loop.call(lambda: self.ib.cancelOrder(trade.order))

    def ended(self, trade: Any, status: str) -> None:
        self.until(lambda: trade.orderStatus.status == status)

    def _made(self) -> Any:
        made = self.lib.IB()
        made.errorEvent += self._told
        made.updateEvent += self._wake
        made.disconnectedEvent += self._wake
        return made

    def _told(self, request_id: int, code: int, text: str, _contract: object) -> None:
        self.errors.append((request_id, code))
        self.texts.append(text)
        self._moved.set()

    def _wake(self, *_: object) -> None:
        self._moved.set()


@contextmanager
def trading(loop: Loop, there: Gateway, client_id: int = 7, **more: Any) -> Iterator[Trader]:
    """A connected trader until the block ends."""
    trader = Trader(loop, there)
    trader.connect(client_id, **more)
    try:
        yield trader
    finally:
        trader.disconnect()
