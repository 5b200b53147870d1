"""Everything that one connection hears, taken down as it comes: the library calls a method of this for each message.

The names of those methods are the protocol's (IBKR, "EWrapper Interface Reference"). All of it happens on the loop's
thread. A question is answered when its end was told; what is told without being asked changes what is known.
"""

# ruff: noqa: N802, N815, PLR0917 - the protocol's names, and as many parts as its messages have

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC
from typing import Any

from trenddojo.brokers.adapters.interactive_brokers.codes import is_about_the_line, is_note, refuses_question
from trenddojo.brokers.adapters.interactive_brokers.heard import (
    FillTold,
    Holding,
    Marked,
    Note,
    OrderTold,
    Ticker,
)
from trenddojo.brokers.adapters.interactive_brokers.weather import Weather

_NOBODY = (-1, 2147483647)
"""The request ids of a message about nothing that has a number."""


class Told(Exception):
    """The gateway answered a question with a code."""

    def __init__(self, note: Note) -> None:
        super().__init__(note.text)
        self.note = note


class Question:
    """Something asked: what was told of it so far, and its end."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.end: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()

    def close(self) -> None:
        """Its end was told."""
        if not self.end.done():
            self.end.set_result(self.told)

    def fail(self, error: Exception) -> None:
        """It will not be answered."""
        if not self.end.done():
            self.end.set_exception(error)


class _Zone:
    """The library's IB object, of which the decoder wants the zone of times that carry none."""

    TimezoneTWS = "UTC"


class Inbox:
    """What one connection has heard.

    `on_order` is called with an account for whatever happens to one of its orders, and with "" where something may have
    been missed.
    """

    def __init__(self, client_id: int, on_order: Callable[[str], None]) -> None:
        self.client_id, self._on_order = client_id, on_order
        self.ib, self.defaultTimezone = _Zone(), UTC  # where the two libraries look for the zone of times without one
        self.accounts: tuple[str, ...] = ()
        self.orders: list[OrderTold] = []
        self.next_order = 0
        """The least number that the gateway takes for an order of this client."""
        self.fills: dict[str, FillTold] = {}
        self.commissions: dict[str, Any] = {}
        self.values: dict[tuple[str, str, str], str] = {}
        self.marks: dict[tuple[str, int], Marked] = {}
        self.tickers: dict[int, Ticker] = {}
        self.weather = Weather()
        self.notes: list[Note] = []
        self.packets = 0
        self.lost: str | None = None
        """Why the connection ended; None while it stands."""
        self._by_name: dict[str, Question] = {}
        self._by_number: dict[int, Question] = {}
        self._numbered_orders: dict[tuple[int, int], OrderTold] = {}
        self._permanent_orders: dict[int, OrderTold] = {}
        self._waiting: set[asyncio.Future[None]] = set()

    # ---- asking

    def question(self, key: str | int) -> Question:
        """A question of this name or number, whose answer is awaited from now on."""
        made = Question()
        self._table(key)[key] = made
        if self.lost is not None:
            made.fail(ConnectionError(self.lost))
        return made

    def forget(self, key: str | int) -> None:
        """What still comes of this question is of no interest."""
        self._table(key).pop(key, None)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until what was heard makes it so. Raises ConnectionError where the connection ends before."""
        while not is_so():
            if self.lost is not None:
                raise ConnectionError(self.lost)
            waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.add(waiting)
            try:
                await waiting
            finally:
                self._waiting.discard(waiting)

    async def ended(self) -> None:
        """Wait until the connection has ended."""
        with suppress(ConnectionError):
            await self.until(lambda: False)

    def expect(self, number: int, contract: Any, order: Any) -> OrderTold:
        """An order of ours that is about to be sent."""
        return self._known(OrderTold(number, self.client_id, contract, order, status="PendingSubmit"))

    def end(self, why: str) -> None:
        """The connection has ended: whatever is asked gets no answer."""
        if self.lost is None:
            self.lost = why
        for one in (*self._by_name.values(), *self._by_number.values()):
            one.fail(ConnectionError(self.lost))
        self._wake()

    def _table(self, key: str | int) -> dict[Any, Question]:
        return self._by_name if isinstance(key, str) else self._by_number

    def _tell(self, key: str | int, told: Any) -> None:
        if (asked := self._table(key).get(key)) is not None:
            asked.told.append(told)

    def _close(self, key: str | int) -> None:
        if (asked := self._table(key).pop(key, None)) is not None:
            asked.close()

    def _wake(self) -> None:
        for one in self._waiting:
            if not one.done():
                one.set_result(None)

    # ---- the connection

    def connectAck(self) -> None:
        """The handshake is done."""

    def managedAccounts(self, told: str) -> None:
        """The accounts of this sign-in."""
        self.accounts = tuple(one for one in told.split(",") if one)

    def currentTime(self, seconds: int) -> None:
        """IBKR's clock."""
        self._tell("time", seconds)
        self._close("time")

    def nextValidId(self, number: int) -> None:
        """The least number that this client may give an order."""
        self.next_order = max(self.next_order, number)

    def tcpDataProcessed(self) -> None:
        """All that came at once has been taken down: whoever waits may look."""
        self.packets += 1
        self._wake()

    def setEventsDone(self) -> None:
        """The library lets go of the connection."""
        self.end("The connection to the gateway was closed.")

    def connectionClosed(self) -> None:
        """The gateway, or the way to it, ended the connection."""
        self.end("The gateway closed the connection.")

    def error(self, number: int, code: int, text: str, _advanced: str = "") -> None:
        """A code about the connection, a request, or an order."""
        note = Note(code, text)
        if number in _NOBODY or is_about_the_line(code):
            self._hear(note)
            return
        if (ticker := self.tickers.get(number)) is not None and not is_note(code):
            ticker.note = note
        if (order := self._numbered_orders.get((self.client_id, number))) is not None:
            order.notes.append(note)
        if (asked := self._by_number.get(number)) is not None and not is_note(code):
            asked.fail(Told(note))

    def _hear(self, note: Note) -> None:
        """Something about the connection, or about the question without a number: there is one at a time."""
        self.notes.append(note)
        if self.weather.hear(note.code, note.text):
            self._on_order("")
        for asked in self._by_name.values() if refuses_question(note.code) else ():
            asked.fail(Told(note))

    # ---- orders and fills

    def openOrder(self, number: int, contract: Any, order: Any, state: Any) -> None:
        """An order that works, or what would become of one that was only asked about."""
        if order.whatIf:
            self._tell(number, state)
            self._close(number)
            return
        found = self._found(number, order.clientId, order.permId)
        if found is None:
            found = self._known(OrderTold(number, order.clientId, contract, order, order.permId))
        found.contract, found.order, found.status = contract, order, state.status or found.status
        self._named_for_good(found, order.permId)
        found.echoes, found.is_listed = found.echoes + 1, True
        self._tell("open orders", found)
        self._on_order(order.account)

    def orderStatus(
        self,
        number: int,
        status: str,
        filled: float,
        _remaining: float,
        average: float,
        perm_id: int,
        _parent: int,
        _last: float,
        client_id: int,
        why_held: str,
        _cap: float = 0.0,
    ) -> None:
        """How an order fares."""
        found = self._found(number, client_id, perm_id)
        if found is None:
            return  # an order that was never told, and will be when it is asked for
        found.status, found.filled, found.average, found.why_held = status, filled, average, why_held
        self._named_for_good(found, perm_id)
        self._on_order(found.order.account)

    def openOrderEnd(self) -> None:
        """Every open order was told."""
        if (asked := self._by_name.get("open orders")) is not None:
            listed = set(map(id, asked.told))
            for one in self.orders:
                one.is_listed = id(one) in listed
        self._close("open orders")

    def completedOrder(self, contract: Any, order: Any, state: Any) -> None:
        """An order that has ended since midnight. It is known by its permanent id only."""
        found = self._found(0, 0, order.permId)
        if found is None:
            found = self._known(OrderTold(0, order.clientId, contract, order, order.permId))
        found.completed, found.ending, found.status = order, state.completedStatus, state.status
        self._tell("completed orders", found)

    def completedOrdersEnd(self) -> None:
        """Every order that ended today was told."""
        self._close("completed orders")

    def execDetails(self, number: int, contract: Any, execution: Any) -> None:
        """A fill, new or asked for."""
        is_new = execution.execId not in self.fills
        self.fills[execution.execId] = FillTold(contract, execution)
        self._tell(number, execution.execId)
        if is_new:
            self._on_order(execution.acctNumber)

    def execDetailsEnd(self, number: int) -> None:
        """Every fill was told."""
        self._close(number)

    def commissionReport(self, report: Any) -> None:
        """What a fill cost, which comes after it."""
        is_new = report.execId not in self.commissions
        self.commissions[report.execId] = report
        fill = self.fills.get(report.execId)
        if is_new and fill is not None:
            self._on_order(fill.execution.acctNumber)

    def _found(self, number: int, client_id: int, perm_id: int) -> OrderTold | None:
        found = self._permanent_orders.get(perm_id) if perm_id else None
        return found or (self._numbered_orders.get((client_id, number)) if number > 0 else None)

    def _known(self, made: OrderTold) -> OrderTold:
        self.orders.append(made)
        if made.number > 0:
            self._numbered_orders[made.client_id, made.number] = made
        self._named_for_good(made, made.perm_id)
        return made

    def _named_for_good(self, order: OrderTold, perm_id: int) -> None:
        if perm_id:
            order.perm_id = perm_id
            self._permanent_orders[perm_id] = order

    # ---- accounts

    def position(self, account: str, contract: Any, quantity: float, average_cost: float) -> None:
        """What an account holds."""
        self._tell("positions", Holding(account, contract, quantity, average_cost))

    def positionEnd(self) -> None:
        """Every position was told."""
        self._close("positions")

    def updateAccountValue(self, tag: str, value: str, currency: str, account: str) -> None:
        """One figure of the account that is subscribed to."""
        self.values[account, tag, currency] = value

    def updatePortfolio(
        self,
        contract: Any,
        _quantity: float,
        price: float,
        value: float,
        _cost: float,
        unrealised: float,
        _realised: float,
        account: str,
    ) -> None:
        """What a position of that account is worth."""
        self.marks[account, contract.conId] = Marked(price, value, unrealised)

    def accountDownloadEnd(self, account: str) -> None:
        """Every figure of it was told once."""
        self._close(f"account {account}")

    def accountUpdateMulti(self, number: int, account: str, _model: str, tag: str, value: str, currency: str) -> None:
        """One figure of one of several accounts."""
        self.values[account, tag, currency] = value
        self._tell(number, tag)

    def accountUpdateMultiEnd(self, number: int) -> None:
        """Every figure of that account was told once."""
        self._close(number)

    # ---- instruments and the market

    def contractDetails(self, number: int, details: Any) -> None:
        """An instrument that fits what was asked for."""
        self._tell(number, details)

    def contractDetailsEnd(self, number: int) -> None:
        """Every instrument that fits was told."""
        self._close(number)

    def historicalData(self, number: int, bar: Any) -> None:
        """A bar."""
        self._tell(number, bar)

    def historicalDataEnd(self, number: int, _start: str, _end: str) -> None:
        """Every bar was told."""
        self._close(number)

    def marketDataType(self, number: int, kind: int) -> None:
        """Whether a line is live, frozen or delayed."""
        if (ticker := self.tickers.get(number)) is not None:
            ticker.kind = kind

    def priceSizeTick(self, number: int, tick: int, price: float, _size: float) -> None:
        """A price; its size comes again by itself."""
        if (ticker := self.tickers.get(number)) is not None:
            ticker.prices[tick] = price

    def tickSize(self, number: int, tick: int, size: float) -> None:
        """A size alone, such as the day's volume."""
        if (ticker := self.tickers.get(number)) is not None:
            ticker.sizes[tick] = size

    def tickString(self, number: int, tick: int, text: str) -> None:
        """A text, such as the time of the last trade."""
        if (ticker := self.tickers.get(number)) is not None:
            ticker.texts[tick] = text

    # ---- what nobody asked for

    def _let_pass(self, *_told: object) -> None:
        """The decoder takes for granted that there is somebody to hear it."""

    bondContractDetails = deltaNeutralValidation = familyCodes = histogramData = historicalDataUpdate = _let_pass
    historicalSchedule = historicalTicks = historicalTicksBidAsk = historicalTicksLast = marketRule = _let_pass
    mktDepthExchanges = newsProviders = positionMulti = scannerData = scannerDataEnd = smartComponents = _let_pass
    securityDefinitionOptionParameter = softDollarTiers = symbolSamples = tickOptionComputation = _let_pass
    tickByTickAllLast = tickByTickBidAsk = tickByTickMidPoint = _let_pass
