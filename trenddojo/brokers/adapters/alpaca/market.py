"""Prices from Alpaca's data host: shares by the feed of the connection, crypto by its own. Sources: Alpaca, "Market
Data API", "Historical stock data" and "Crypto data"."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from trenddojo.brokers.adapters.alpaca import mapping
from trenddojo.brokers.adapters.alpaca.assets import Assets
from trenddojo.brokers.adapters.alpaca.fills import instant
from trenddojo.brokers.adapters.alpaca.rest import Rest
from trenddojo.brokers.adapters.alpaca.shapes import (
    BARS,
    CRYPTO_SNAPSHOTS,
    EQUITY_CURVE,
    STOCK_SNAPSHOTS,
    EquityCurve,
    Snapshot,
)
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.types import Bar, MarketData, Timeframe
from trenddojo.domain.orders import is_pair

FREE_FEED = "iex"
DELAYED = "delayed_sip"
"""Quotes only: in history the same prices are the past of `sip`, free once they are fifteen minutes old."""
_HISTORY = {DELAYED: "sip"}
_DELAY = timedelta(minutes=16)
_TIMEFRAMES = {Timeframe.MINUTE: "1Min", Timeframe.HOUR: "1Hour", Timeframe.DAY: "1Day"}
_MOST_BARS = 10_000


class Market:
    """Quotes and bars."""

    def __init__(self, rest: Rest, assets: Assets, feed: str, clock: Callable[[], datetime]) -> None:
        self._rest, self._assets, self._feed, self._clock = rest, assets, feed, clock

    def quotes(self, symbols: Sequence[str]) -> dict[str, MarketData]:
        """The quotes of the symbols that Alpaca knows. Raises BrokerError."""
        shares = [one for one in symbols if not is_pair(one)]
        pairs = [one for one in symbols if is_pair(one)]
        told = {**(self._shares(shares) if shares else {}), **(self._pairs(pairs) if pairs else {})}
        is_delayed = self._feed == DELAYED
        found = {
            one: mapping.quote(one, snapshot, is_delayed=is_delayed and not is_pair(one))
            for one, snapshot in told.items()
        }
        return {symbol: quote for symbol, quote in found.items() if quote is not None and symbol in symbols}

    def quote(self, symbol: str) -> MarketData:
        """The quote of one symbol. Raises BrokerError (SYMBOL_NOT_FOUND)."""
        found = self.quotes([symbol]).get(symbol)
        if found is None:
            raise self._assets.unknown()
        return found

    def bars(self, symbol: str, timeframe: Timeframe, start: datetime, end: datetime) -> list[Bar]:
        """The bars that begin in [start, end), prices adjusted for splits. Raises BrokerError."""
        is_delayed = self._feed == DELAYED and not is_pair(symbol)
        until = min(end, self._clock() - _DELAY) if is_delayed else end
        found = self._told_bars(symbol, timeframe, start, until) if start < until else []
        if not found:
            self._assets.require(symbol)
        return [bar for bar in found if start <= bar.at < end]

    def _told_bars(self, symbol: str, timeframe: Timeframe, start: datetime, end: datetime) -> list[Bar]:
        """What Alpaca tells of them, page by page."""
        params = {
            "symbols": symbol,
            "timeframe": _TIMEFRAMES[timeframe],
            "start": instant(start),
            "end": instant(end),
            "limit": str(_MOST_BARS),
            "sort": "asc",
        }
        if not is_pair(symbol):
            params |= {"feed": _HISTORY.get(self._feed, self._feed), "adjustment": "split"}
        path = "v1beta3/crypto/us/bars" if is_pair(symbol) else "v2/stocks/bars"
        found: list[Bar] = []
        token: str | None = ""
        while token is not None:
            page = self._rest.get_data(path, BARS, {**params, **({"page_token": token} if token else {})})
            found += map(mapping.bar, (page.bars or {}).get(symbol, ()))
            token = page.next_page_token
        return found

    def _shares(self, symbols: Sequence[str]) -> dict[str, Snapshot]:
        """One symbol that is none makes Alpaca refuse them all, and say which: the others are asked again."""
        left = list(symbols)
        while left:
            try:
                params = {"symbols": ",".join(left), "feed": self._feed}
                return self._rest.get_data("v2/stocks/snapshots", STOCK_SNAPSHOTS, params)
            except BrokerError as error:
                named = re.search(r"invalid symbol: (\S+?)\.?$", error.message.strip(), re.IGNORECASE)
                if error.code is not BrokerErrorCode.SYMBOL_NOT_FOUND or not named or named[1] not in left:
                    raise
                left.remove(named[1])
        return {}

    def _pairs(self, symbols: Sequence[str]) -> dict[str, Snapshot]:
        params = {"symbols": ",".join(symbols)}
        return self._rest.get_data("v1beta3/crypto/us/snapshots", CRYPTO_SNAPSHOTS, params).snapshots


def equity(rest: Rest, period: str) -> EquityCurve:
    """The account's equity by day over a period such as `1M` or `1A`. Raises BrokerError."""
    return rest.get("account/portfolio/history", EQUITY_CURVE, {"period": period, "timeframe": "1D"})
