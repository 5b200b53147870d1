"""What the gateway tells of the market: quotes, bars and hours, of any account of the sign-in alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trenddojo.brokers.adapters.interactive_brokers import limits
from trenddojo.brokers.adapters.interactive_brokers.bars import Pacing, Request, bar, stretches
from trenddojo.brokers.adapters.interactive_brokers.codes import NO_HISTORY
from trenddojo.brokers.adapters.interactive_brokers.heard import Ticker
from trenddojo.brokers.adapters.interactive_brokers.hours import hours
from trenddojo.brokers.adapters.interactive_brokers.loop import shared
from trenddojo.brokers.adapters.interactive_brokers.quotes import MOST_LINES, quote
from trenddojo.brokers.adapters.interactive_brokers.session import Session
from trenddojo.brokers.base import Unsubscribe
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.feed import Feed
from trenddojo.brokers.spec import Building
from trenddojo.brokers.types import Bar, MarketData, MarketHours, NoQuote, Timeframe
from trenddojo.domain import nyse

_MAIN = "SPY"
"""The instrument whose sessions are those of the main market."""


class Market:
    """The market as one connection sees it. Its calls raise BrokerError."""

    def __init__(self, session: Session, building: Building) -> None:
        self._session, self._clock = session, building.clock
        self._pacing = Pacing(building.monotonic)
        self._feed = Feed(self._quote_or_none, building.sleep)

    def stop(self) -> None:
        """End every subscription."""
        self._feed.stop()

    def contract(self, symbol: str) -> Any:
        """The contract that a symbol means."""
        return shared().library.a_contract(self._session.instruments.terms(symbol))

    def is_known(self, symbol: str) -> bool:
        """Whether IBKR knows the instrument."""
        try:
            self._session.instruments.details(symbol)
        except BrokerError as error:
            if error.code is BrokerErrorCode.SYMBOL_NOT_FOUND:
                return False
            raise
        return True

    def quote(self, symbol: str) -> MarketData:
        """The quote of one symbol, live where it is subscribed, delayed where not."""
        contract, lines = self.contract(symbol), self._session.quotes()
        ticker = self._session.ask(lambda _line: lines.ticker(contract, limits.QUOTE))
        return quote(symbol, ticker, self._clock)

    def quotes(self, symbols: Sequence[str]) -> dict[str, MarketData | NoQuote]:
        """The quotes of several symbols, waited for together; one without a price says why."""
        found: dict[str, MarketData | NoQuote] = {}
        for start in range(0, len(symbols), MOST_LINES):
            found |= self._together(symbols[start : start + MOST_LINES])
        return found

    def bars(self, symbol: str, timeframe: Timeframe, start: datetime, end: datetime) -> list[Bar]:
        """The bars of the regular session that begin in [start, end), oldest first."""
        contract = self.contract(symbol)
        zone = _zone(self._session.instruments.details(symbol).timeZoneId)
        told = (one for asked in stretches(contract, timeframe, start, end) for one in self._asked(contract, asked))
        found = {one.at: one for one in (bar(each, zone) for each in told) if start <= one.at < end}
        return [found[at] for at in sorted(found)]

    def hours(self, symbol: str = _MAIN) -> MarketHours:
        """When the market of a symbol is open; without one that of US shares, by the calendar if need be."""
        known = self._session.instruments.details(symbol) if self.is_known(symbol) else None
        return hours(known, self._clock())

    def subscribe(self, symbol: str, callback: Callable[[MarketData], None]) -> Unsubscribe:
        """Call `callback` with each new quote, once a second at most, until the answer is called."""
        self.quote(symbol)
        return self._feed.subscribe(symbol, callback)

    def _together(self, symbols: Sequence[str]) -> dict[str, MarketData | NoQuote]:
        contracts, lines = [self.contract(symbol) for symbol in symbols], self._session.quotes()
        tickers = self._session.ask(lambda _line: lines.tickers(contracts, limits.QUOTE))
        return {symbol: self._told(symbol, one) for symbol, one in zip(symbols, tickers, strict=True)}

    def _told(self, symbol: str, ticker: Ticker) -> MarketData | NoQuote:
        try:
            return quote(symbol, ticker, self._clock)
        except BrokerError as error:
            return NoQuote(symbol=symbol, why=error.message)

    def _asked(self, contract: Any, request: Request) -> list[Any]:
        known = self._pacing.answered(request)
        if known is None:
            self._pacing.enter()
            known = self._history(contract, request)
            self._pacing.keep(request, known)
        return known

    def _history(self, contract: Any, request: Request) -> list[Any]:
        try:
            return self._session.ask(lambda line: line.bars(contract, request, limits.BARS), limits.BARS)
        except BrokerError as error:
            is_empty = "no data" in error.details.get("broker_message", "").lower()
            if is_empty and error.details.get("broker_code") == str(NO_HISTORY):
                return []
            raise

    def _quote_or_none(self, symbol: str) -> MarketData | None:
        try:
            return self.quote(symbol)
        except BrokerError:
            return None


def _zone(name: str) -> ZoneInfo:
    """The zone of an instrument; its name is not always one of the tz database's."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return nyse.NEW_YORK
