"""One connection to a gateway, on the loop's thread: it asks, waits within a limit, and sends what is to be sent once.

Questions without a number share one slot each, so that two at once would leave the first without its answer: they take
turns. Nothing is taken from what the library itself keeps. Every answer is complete, or the question raises.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from typing import Any

from trenddojo.brokers.adapters.interactive_brokers.bars import Request
from trenddojo.brokers.adapters.interactive_brokers.codes import CLIENT_IN_USE, error
from trenddojo.brokers.adapters.interactive_brokers.heard import Holding, OrderTold, Ticker
from trenddojo.brokers.adapters.interactive_brokers.inbox import Inbox
from trenddojo.brokers.adapters.interactive_brokers.library import Library
from trenddojo.brokers.errors import BrokerError

_FIRST_QUESTION = 1_500_000_000
"""Questions are numbered far above orders, so that a code about one is never taken for one about the other."""
_DELAYED_IF_NEED_BE = 3
"""Market data: live where it is subscribed, delayed where not (IBKR, "Market data types")."""


class Line:
    """A connection, from `open` until `close` or until it is lost. For the loop's thread only."""

    def __init__(self, library: Library, client_id: int, on_order: Callable[[str], None]) -> None:
        self._library = library
        self.inbox = Inbox(client_id, on_order)
        self._client = library.client(self.inbox)
        self._client.decoder.logger = _Watch(self._garbled)
        self._numbers = count(_FIRST_QUESTION)
        self._turn = asyncio.Lock()

    @property
    def is_open(self) -> bool:
        """Whether it stands, as far as one can tell."""
        return bool(self._client.isReady()) and self.inbox.lost is None

    # ---- coming and going

    async def open(self, host: str, port: int, seconds: float) -> None:
        """Connect, and learn which accounts there are.

        Raises BrokerError where the gateway refuses, OSError where nobody listens, TimeoutError where nobody answers.
        """
        opening = asyncio.ensure_future(self._client.connectAsync(host, port, self.inbox.client_id, seconds))
        closing = asyncio.ensure_future(self.inbox.ended())
        await asyncio.wait({opening, closing}, return_when=asyncio.FIRST_COMPLETED)
        opening.cancel()  # the library would wait out its time for a gateway that has hung up
        closing.cancel()
        try:
            await opening
        except (TimeoutError, ConnectionError, asyncio.CancelledError) as failure:
            raise self._in_use() or self._hung_up(failure) from None

    async def subscribe(self, accounts: Sequence[str], seconds: float) -> None:
        """Have the figures of these accounts told from now on; they are there once this returns."""
        self._client.reqMarketDataType(_DELAYED_IF_NEED_BE)
        first = accounts[0]
        async with self._turn, self._asked(f"account {first}", seconds) as answer:
            self._client.reqAccountUpdates(True, first)
            await answer
        for account in accounts if len(accounts) > 1 else ():
            await self._numbered(partial(self._subscribe_too, account), seconds)

    def close(self) -> None:
        """Let go of the connection; what is still asked gets no answer."""
        self.inbox.end("The connection was closed by TrendDojo.")
        self._client.disconnect()

    async def closed(self) -> None:
        """Let go of it, and wait until the gateway has done so too: only then is the client's id free again."""
        try:
            if self._client.conn.isConnected():
                self._client.conn.transport.write_eof()
                await self.inbox.ended()
        finally:
            self.close()

    # ---- questions

    async def time(self, seconds: float) -> int:
        """The gateway's clock, in seconds since 1970. An answer that comes late shows as well that it lives."""
        async with self._turn, self._asked("time", seconds) as answer:
            self._client.reqCurrentTime()
            return int((await answer)[0])

    async def open_orders(self, seconds: float) -> list[OrderTold]:
        """Every order that works, of whichever client."""
        return _once(await self._listed("open orders", self._client.reqAllOpenOrders, seconds))

    async def completed_orders(self, seconds: float) -> list[OrderTold]:
        """Every order that ended since midnight."""
        return _once(await self._listed("completed orders", lambda: self._client.reqCompletedOrders(False), seconds))

    async def refresh_fills(self, seconds: float) -> None:
        """Have every fill since midnight told again, with what is known of its commission."""
        everything = self._library.execution_filter()
        await self._numbered(lambda number: self._client.reqExecutions(number, everything), seconds)

    async def positions(self, seconds: float) -> list[Holding]:
        """What every account holds."""
        told = await self._listed("positions", self._client.reqPositions, seconds)
        return list({(one.account, one.contract.conId): one for one in told}.values())  # the newest word of each

    async def details(self, terms: dict[str, object], seconds: float) -> list[Any]:
        """Every instrument that fits. Raises Told (200) for none."""
        contract = self._library.a_contract(terms)
        return await self._numbered(lambda number: self._client.reqContractDetails(number, contract), seconds)

    async def bars(self, contract: Any, asked: Request, seconds: float) -> list[Any]:
        """Bars of the regular session, by the protocol's words. Raises Told."""

        def ask(number: int) -> None:
            self._client.reqHistoricalData(
                number, contract, asked.until, asked.span, asked.size, asked.what, True, 2, False, []
            )

        return await self._numbered(ask, seconds)

    async def what_if(self, number: int, contract: Any, order: Any, seconds: float) -> Any:
        """What an order would tie up and cost; it is not sent. Raises Told."""
        async with self._asked(number, seconds) as answer:
            self._client.placeOrder(number, contract, order)
            (state,) = await answer
            return state

    def watch(self, contract: Any) -> int:
        """Open a line of market data; answers its number."""
        number = next(self._numbers)
        self.inbox.tickers[number] = Ticker()
        self._client.reqMktData(number, contract, "", False, False, [])
        return number

    def unwatch(self, number: int) -> None:
        """End a line of market data."""
        if self.inbox.tickers.pop(number, None) is not None and self.is_open:
            self._client.cancelMktData(number)

    # ---- orders

    def send(self, orders: Iterable[tuple[int, Any, Any]]) -> list[OrderTold]:
        """Send orders with their numbers and contracts, one right after the other; a family goes in one breath."""
        sent = []
        for number, contract, order in orders:
            sent.append(self.inbox.expect(number, contract, order))
            self._client.placeOrder(number, contract, order)
        return sent

    def send_change(self, told: OrderTold, contract: Any, order: Any) -> None:
        """Send an order that works once more, changed."""
        self._client.placeOrder(told.number, contract, order)

    def send_cancel(self, told: OrderTold) -> None:
        """Ask for an order's end, by its number within this client."""
        self._client.cancelOrder(told.number, "")

    # ---- within

    def _subscribe_too(self, account: str, number: int) -> None:
        """One account has `reqAccountUpdates`, which values its positions, until another client asks that for another
        account. Where there are several, each has this."""
        self._client.reqAccountUpdatesMulti(number, account, "", False)

    async def _listed(self, name: str, ask: Callable[[], object], seconds: float) -> list[Any]:
        """A list that is asked for without a number. Its answer, should it come late, would pass for that to the next
        question, and a list without the newest order for a whole one: the connection ends with the time it had."""
        async with self._turn:
            try:
                async with self._asked(name, seconds) as answer:
                    ask()
                    return await answer
            except (TimeoutError, asyncio.CancelledError):
                self._hang_up("The gateway did not answer in time.")
                raise

    async def _numbered(self, ask: Callable[[int], object], seconds: float) -> list[Any]:
        number = next(self._numbers)
        async with self._asked(number, seconds) as answer:
            ask(number)
            return await answer

    @asynccontextmanager
    async def _asked(self, key: str | int, seconds: float) -> AsyncIterator[asyncio.Future[list[Any]]]:
        """A question whose slot is free again afterwards, however it ends."""
        question = self.inbox.question(key)
        try:
            async with asyncio.timeout(seconds):
                yield question.end
        finally:
            self.inbox.forget(key)

    def _hung_up(self, failure: BaseException) -> BaseException:
        """Why it did not open: a cancelled wait says nothing, what was heard does."""
        is_ours = isinstance(failure, asyncio.CancelledError) and self.inbox.lost is not None
        return ConnectionError(self.inbox.lost) if is_ours else failure

    def _in_use(self) -> BrokerError | None:
        """The gateway closes the line after this code, and the library waits out its time limit all the same."""
        return next((error(one) for one in self.inbox.notes if one.code == CLIENT_IN_USE), None)

    def _garbled(self) -> None:
        self._hang_up("The gateway sent something that cannot be read.")

    def _hang_up(self, why: str) -> None:
        self.inbox.end(why)
        self._client.disconnect()


class _Watch:
    """In place of the logger of the library's decoder, which drops a message that it cannot read and goes on: a list of
    orders would then lack one and look whole."""

    def __init__(self, garbled: Callable[[], None]) -> None:
        self._garbled = garbled

    def exception(self, _message: str, *_parts: object) -> None:
        """A message could not be read. What it held is not logged: it may name an account."""
        logging.getLogger(__name__).error("A message of the gateway's could not be read; the connection is made anew.")
        self._garbled()


def _once(told: Iterable[OrderTold]) -> list[OrderTold]:
    return list({id(one): one for one in told}.values())
