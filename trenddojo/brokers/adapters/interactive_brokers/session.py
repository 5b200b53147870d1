"""One connection with its accounts: it calls the loop's thread with a limit, and says in our words what went wrong."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any, NoReturn, TypeVar

from trenddojo.brokers.adapters.interactive_brokers import codes, limits
from trenddojo.brokers.adapters.interactive_brokers.heard import FillTold, Marked, OrderTold
from trenddojo.brokers.adapters.interactive_brokers.inbox import Told
from trenddojo.brokers.adapters.interactive_brokers.instruments import Instruments
from trenddojo.brokers.adapters.interactive_brokers.line import Line
from trenddojo.brokers.adapters.interactive_brokers.loop import Loop, shared
from trenddojo.brokers.adapters.interactive_brokers.mapping import Seen
from trenddojo.brokers.adapters.interactive_brokers.numbers import Numbers
from trenddojo.brokers.adapters.interactive_brokers.places import Place, place
from trenddojo.brokers.adapters.interactive_brokers.quotes import Quotes
from trenddojo.brokers.adapters.interactive_brokers.symbols import Terms
from trenddojo.brokers.base import Unsubscribe
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode, NotSent, OutcomeUnknown
from trenddojo.brokers.spec import Building
from trenddojo.domain.terms import Mode

_PAPER = "D"
"""What the ids of paper accounts begin with: DU, DF and their like (IBKR, "Paper trading accounts")."""

T = TypeVar("T")


class Session:
    """A connection from `connect` until `disconnect`, or until it is lost. Its calls may come from any thread."""

    def __init__(self, building: Building) -> None:
        self._building = building
        try:
            self.place: Place = place(building)
        except ValueError as error:
            raise BrokerError(str(error), BrokerErrorCode.CONNECTION_FAILED, codes.NAME, {"field": "host"}) from None
        self._numbers = Numbers(building.ledger)
        self.instruments = Instruments(building.ledger, self._details, building.clock)
        self._line: Line | None = None

        self._listeners: dict[object, Callable[[str], None]] = {}
        self._seen: dict[str, tuple[object, Seen]] = {}
        self.since = building.clock()

    # ---- coming and going

    @property
    def is_connected(self) -> bool:
        """Whether the connection stands, as far as one can tell."""
        return self._line is not None and self._line.is_open

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts of the sign-in. Raises NotSent without a connection."""
        return self._here().inbox.accounts

    @property
    def trouble(self) -> str | None:
        """What is wrong with the gateway's own lines, as a sentence."""
        return self._here().inbox.weather.trouble

    @property
    def is_cut_off(self) -> bool:
        """Whether the gateway has lost Interactive Brokers."""
        return self._here().inbox.weather.is_cut_off

    def connect(self) -> None:
        """Connect, prove that the accounts are those of the mode, and learn all that the gateway knows.

        Raises BrokerError: GATEWAY_NOT_RUNNING where nobody answers, AUTHENTICATION_FAILED for another mode's accounts.
        """
        if self.is_connected:
            return
        self.disconnect()
        loop = shared()
        try:
            self._line = loop.run(lambda: self._connected(loop), limits.CONNECT)
        except TimeoutError:
            self._unanswered(
                f"Something listens at {self.place} and says nothing. It may wait for somebody to sign in, or this "
                "server may not be among its trusted IPs."
            )
        except Told as told:
            raise codes.error(told.note) from None
        except BrokerError as error:
            raise self._placed(error) from None
        except ConnectionRefusedError:
            self._unanswered(f"Nothing listens at {self.place}.")
        except ConnectionError as error:
            message = f"The connection to the gateway at {self.place} was lost: {error}"
            raise BrokerError(message, BrokerErrorCode.CONNECTION_FAILED, codes.NAME) from None
        except OSError as error:
            self._unanswered(_unreached(self.place, error))
        self._quotes, self.since = Quotes(self._line), self._building.clock()

    def disconnect(self) -> None:
        """Let go of the connection. Orders at IBKR go on working."""
        line, self._line = self._line, None
        self._listeners.clear()
        if line is not None:
            self._let_go(line)
            self.since = self._building.clock()

    def listen(self, callback: Callable[[str], None]) -> Unsubscribe:
        """Call `callback` with an account whenever something becomes of an order of its, on the loop's thread."""
        ticket = object()
        self._listeners[ticket] = callback

        def unsubscribe() -> None:
            self._listeners.pop(ticket, None)

        return unsubscribe

    def _let_go(self, line: Line) -> None:
        """Close a connection, and see it closed: the next one would be taken for a second of the same client."""
        with suppress(TimeoutError):
            shared().run(line.closed, limits.CLOSE)

    async def _connected(self, loop: Loop) -> Line:
        line = Line(loop.library, self.place.client_id, on_order=self._heard)
        try:
            await line.open(self.place.host, self.place.port, limits.OPEN)
            self._require_mode(line.inbox.accounts)
            await _synchronised(line)
        except BaseException:
            line.close()
            raise
        return line

    def _require_mode(self, accounts: Sequence[str]) -> None:
        is_paper = all(one.startswith(_PAPER) for one in accounts)
        if is_paper is not (self._building.mode is Mode.LIVE):
            return
        told, wanted = ("paper", "live") if is_paper else ("live", "paper")
        message = f"The gateway at {self.place} is signed in to a {told} account, and this is a {wanted} connection."
        raise BrokerError(message, BrokerErrorCode.AUTHENTICATION_FAILED, codes.NAME, {"reason": "other_mode"})

    def _unanswered(self, message: str) -> NoReturn:
        raise NotSent(message, BrokerErrorCode.GATEWAY_NOT_RUNNING, codes.NAME, {"place": str(self.place)}) from None

    def _placed(self, error: BrokerError) -> BrokerError:
        """The error with the place where it was met, where that tells more."""
        if error.details.get("reason") != codes.ID_IN_USE:
            return error
        message = (
            f"Another program, or another connection of yours, is connected to the gateway at {self.place} with client "
            f"ID {self.place.client_id}. Close it, or choose another ID here."
        )
        return BrokerError(message, error.code, error.broker, {**error.details, "field": "client_id"})

    # ---- calls

    def ask(self, act: Callable[[Line], Coroutine[Any, Any, T]], seconds: float | None = None) -> T:
        """Ask something that changes nothing. Raises BrokerError."""
        line = self._here()
        try:
            return shared().run(lambda: act(line), seconds or limits.ASK)
        except Told as told:
            raise codes.error(told.note) from None
        except TimeoutError:
            raise BrokerError("The gateway did not answer in time.", BrokerErrorCode.TIMEOUT, codes.NAME) from None
        except ConnectionError as error:
            raise BrokerError(str(error), BrokerErrorCode.CONNECTION_FAILED, codes.NAME) from None

    def send(self, act: Callable[[Line], Coroutine[Any, Any, T]]) -> T:
        """Send something, once. Raises NotSent where nothing left, OutcomeUnknown where the gateway may have it."""
        line = self._here()
        if line.inbox.weather.is_cut_off:
            raise NotSent(line.inbox.weather.trouble or "", BrokerErrorCode.CONNECTION_FAILED, codes.NAME)
        try:
            return shared().run(lambda: act(line), limits.SEND)
        except Told as told:
            raise codes.error(told.note) from None
        except TimeoutError:
            message = "The gateway has not said what became of it."
            raise OutcomeUnknown(message, BrokerErrorCode.TIMEOUT, codes.NAME) from None
        except ConnectionError as error:
            raise OutcomeUnknown(str(error), BrokerErrorCode.API_ERROR, codes.NAME) from None

    def numbers(self, count: int) -> range:
        """The next numbers for orders, kept before they are used."""
        return self._numbers.take(count, self._here().inbox.next_order)

    def quotes(self) -> Quotes:
        """The lines of market data."""
        self._here()
        return self._quotes

    # ---- what was heard

    def orders(self) -> list[OrderTold]:
        """Every order that was told on this connection, as it stands."""
        return self.ask(_orders)

    def fills(self) -> tuple[Mapping[str, FillTold], Mapping[str, Any]]:
        """Every fill that was told on this connection, and what each cost, by execution id."""
        return self.ask(_fills)

    def values(self) -> Mapping[tuple[str, str, str], str]:
        """Every figure of every account."""
        return self.ask(_values)

    def marks(self) -> Mapping[tuple[str, int], Marked]:
        """What positions are worth, by account and contract id."""
        return self.ask(_marks)

    def seen(self, key: str, facts: object) -> Seen:
        """When an order was first seen, and when `facts` about it last changed, by our clock: IBKR does not tell."""
        now = self._building.clock()
        known = self._seen.get(key)
        if known is None or known[0] != facts:
            first = now if known is None else known[1].first
            known = self._seen[key] = (facts, Seen(first, now))
        return known[1]

    def _heard(self, account: str) -> None:
        """Tell who listens, after the message has been taken down: what they make of it is none of the library's."""
        accounts = (account,) if account else self._line.inbox.accounts if self._line else ()
        running = asyncio.get_running_loop()
        for callback in tuple(self._listeners.values()):
            for one in accounts:
                running.call_soon(callback, one)

    def _details(self, terms: Terms) -> Sequence[Any]:
        return self.ask(lambda line: line.details(terms, limits.ASK))

    def _here(self) -> Line:
        if self._line is None or not self._line.is_open:
            raise NotSent("Not connected to a gateway.", BrokerErrorCode.CONNECTION_FAILED, codes.NAME)
        return self._line


def _unreached(place: Place, error: OSError) -> str:
    """What an address is that cannot be connected to; a name that leads to several of them has no one reason."""
    if error.errno is None:
        return f"Nothing listens at {place}."
    told = os.strerror(error.errno) if error.errno > 0 else error.strerror
    return f"{place} cannot be reached: {told}."


async def _synchronised(line: Line) -> None:
    """Learn all that the gateway knows. Raises BrokerError (TIMEOUT) where it keeps something to itself."""
    try:
        await line.subscribe(line.inbox.accounts, limits.SYNC)
        await line.open_orders(limits.SYNC)
        await line.completed_orders(limits.SYNC)
        await line.refresh_fills(limits.SYNC)
    except TimeoutError:
        weather = line.inbox.weather
        told = weather.trouble if weather.is_cut_off else None
        message = told or "The gateway has let us in, but does not say what it knows of the account."
        raise BrokerError(message, BrokerErrorCode.TIMEOUT, codes.NAME) from None


async def _orders(line: Line) -> list[OrderTold]:
    return [one.copy() for one in line.inbox.orders]


async def _fills(line: Line) -> tuple[Mapping[str, FillTold], Mapping[str, Any]]:
    return dict(line.inbox.fills), dict(line.inbox.commissions)


async def _values(line: Line) -> Mapping[tuple[str, str, str], str]:
    return dict(line.inbox.values)


async def _marks(line: Line) -> Mapping[tuple[str, int], Marked]:
    return dict(line.inbox.marks)
