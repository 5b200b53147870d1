"""Quotes by lines of market data: each stays open while it is asked for, because a snapshot takes many seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from trenddojo.brokers.adapters.interactive_brokers.codes import NAME, error
from trenddojo.brokers.adapters.interactive_brokers.heard import Ticker, number
from trenddojo.brokers.adapters.interactive_brokers.line import Line
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.types import MarketData

MOST_LINES = 80
"""Lines that one connection keeps: an account has about a hundred by default, TWS's own among them."""
_LIVE, _FROZEN = 1, 2
_BID, _ASK, _LAST, _CLOSE, _VOLUME, _AT = (1, 66), (2, 67), (4, 68), (9, 75), (8, 74), (45, 88)
"""The numbers of ticks, live and delayed. Source: IBKR, "Available Tick Types"."""


class Quotes:
    """The lines of market data of one connection; for the loop's thread only. The longest unused goes first."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._numbers: dict[int, int] = {}
        self._losses = 0

    async def ticker(self, contract: Any, seconds: float) -> Ticker:
        """What a contract's line has told, once it has told a price, or why there is none, or the time is up."""
        self._renew_after_loss()
        number = self._numbers.pop(contract.conId, None)
        if number is None:
            number = self._opened(contract)
        self._numbers[contract.conId] = number  # the last in the order of use
        ticker = self._line.inbox.tickers[number]
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._line.inbox.until(lambda: ticker.note is not None or has_price(ticker))
        if ticker.note is not None and self._numbers.get(contract.conId) == number:  # another may have met it too
            self._close(contract.conId)
        return replace(ticker, prices=dict(ticker.prices), sizes=dict(ticker.sizes), texts=dict(ticker.texts))

    async def tickers(self, contracts: Sequence[Any], seconds: float) -> list[Ticker]:
        """The same of several contracts, MOST_LINES at most, all in the time that one has."""
        return await asyncio.gather(*(self.ticker(one, seconds) for one in contracts))

    def _opened(self, contract: Any) -> int:
        while len(self._numbers) >= MOST_LINES:
            self._close(next(iter(self._numbers)))
        return self._line.watch(contract)

    def _close(self, contract_id: int) -> None:
        self._line.unwatch(self._numbers.pop(contract_id))

    def _renew_after_loss(self) -> None:
        """After code 1101 no line tells anything any more."""
        losses = self._line.inbox.weather.data_losses
        if losses != self._losses:
            self._losses = losses
            for one in list(self._numbers):
                self._close(one)


def has_price(ticker: Ticker) -> bool:
    """Whether a price can be told from it."""
    return _last(ticker) is not None


def quote(symbol: str, ticker: Ticker, clock: Callable[[], datetime]) -> MarketData:
    """What a line tells. Raises BrokerError where it has told no price: not subscribed, taken by another session."""
    if ticker.note is not None:
        raise error(ticker.note)
    last = _last(ticker)
    if last is None:
        message = f"No price of {symbol} has come. Its market may be closed, or a subscription may be missing."
        raise BrokerError(message, BrokerErrorCode.API_ERROR, NAME, {"reason": "no_market_data"})
    volume = number(next((ticker.sizes[one] for one in _VOLUME if one in ticker.sizes), None))
    return MarketData(
        symbol=symbol,
        bid=_price(ticker, _BID),
        ask=_price(ticker, _ASK),
        last=last,
        previous_close=_price(ticker, _CLOSE),
        volume=None if volume is None or volume < 0 else int(volume),
        at=_at(ticker) or clock(),
        is_delayed=ticker.kind not in (_LIVE, _FROZEN),
    )


def _last(ticker: Ticker) -> Decimal | None:
    """The last trade; where none is told, the middle of the market, or the last close."""
    bid, ask = _price(ticker, _BID), _price(ticker, _ASK)
    middle = None if bid is None or ask is None else (bid + ask) / 2
    return _price(ticker, _LAST) or middle or _price(ticker, _CLOSE)


def _price(ticker: Ticker, ticks: tuple[int, int]) -> Decimal | None:
    """A price; -1 and 0 are the protocol's words for none."""
    found = number(next((ticker.prices[one] for one in ticks if one in ticker.prices), None))
    return found if found is not None and found > 0 else None


def _at(ticker: Ticker) -> datetime | None:
    text = next((ticker.texts[one] for one in _AT if one in ticker.texts), "")
    return datetime.fromtimestamp(int(text), UTC) if text.isdecimal() else None
