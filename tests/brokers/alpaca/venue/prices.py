"""Prices: fixed by a test, otherwise the simulated market's at the venue's clock."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise

from tests.brokers.alpaca.venue import hours
from tests.brokers.alpaca.venue.assets import CRYPTO
from trenddojo.brokers.simulator.intervals import Split
from trenddojo.brokers.simulator.market import SimulatedMarket
from trenddojo.brokers.simulator.sessions import AlwaysOpen, Sessions
from trenddojo.brokers.types import Bar, Timeframe

_CENT = Decimal("0.01")
_SEED = 7
_VOLATILITY = Decimal("0.02")
_NIGHT_AND_DAY = AlwaysOpen()
_STAND_INS = {"BTC/USD": ("BTC", Decimal(1000)), "ETH/USD": ("ETH", Decimal(10))}
"""Whose simulated prices a coin's are, and how many times."""


@dataclass(frozen=True)
class Quote:
    bid: Decimal
    ask: Decimal


def _stocks() -> SimulatedMarket:
    return _market(hours.SESSIONS)


@cache
def _market(sessions: Sessions) -> SimulatedMarket:
    return SimulatedMarket(_SEED, _VOLATILITY, sessions)


def _coins() -> SimulatedMarket:
    return _market(_NIGHT_AND_DAY)


class Prices:
    """What everything costs."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._fixed: dict[str, Decimal] = {}

    def fix(self, symbol: str, price: Decimal) -> None:
        self._fixed[symbol] = Decimal(price)

    def release(self, symbol: str) -> None:
        """Go back to the simulated market's price."""
        self._fixed.pop(symbol, None)

    def fixed(self, symbol: str) -> Decimal | None:
        return self._fixed.get(symbol)

    def knows(self, symbol: str) -> bool:
        return symbol in self._fixed or symbol in CRYPTO or _stocks().knows(symbol)

    def price(self, symbol: str) -> Decimal:
        """The last trade's."""
        return self._fixed.get(symbol) or self.price_at(symbol, self._now())

    def table(self) -> Callable[[str], Decimal]:
        """The present prices, each looked up once."""
        return cache(self.price)

    def price_at(self, symbol: str, at: datetime) -> Decimal:
        """What it cost then; a symbol that only a test knows always cost the same."""
        market, name, factor = _source(symbol)
        if not market.knows(name):
            return self._fixed[symbol]
        return market.price(name, at) * factor

    def quote(self, symbol: str) -> Quote:
        if (fixed := self._fixed.get(symbol)) is not None:
            return Quote(fixed - _CENT, fixed + _CENT)
        market, name, factor = _source(symbol)
        quote = market.quote(name, self._now())
        assert quote.bid is not None
        assert quote.ask is not None
        return Quote(quote.bid * factor, quote.ask * factor)

    def previous_close(self, symbol: str) -> Decimal:
        return self.price_at(symbol, hours.previous_close(self._now()) - timedelta(microseconds=1))

    def bars(self, symbol: str, timeframe: Timeframe, start: datetime, end: datetime) -> list[Bar]:
        """As traded, not adjusted for any split."""
        market, name, factor = _source(symbol)
        if not market.knows(name):
            return []
        found: list[Bar] = []
        for first, last in _unsplit(market, name, start, end):
            found += market.bars(name, timeframe, first, last)
        return [_times(bar, factor) for bar in found] if factor != 1 else found

    def splits(self, symbol: str, after: datetime) -> list[Split]:
        """What has become of a share since then."""
        market, name, _ = _source(symbol)
        return market.splits(name, after, self._now()) if market.knows(name) else []


def _source(symbol: str) -> tuple[SimulatedMarket, str, Decimal]:
    if symbol in _STAND_INS:
        return _coins(), *_STAND_INS[symbol]
    return _stocks(), symbol, Decimal(1)


def _unsplit(market: SimulatedMarket, name: str, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The time, cut where a split took effect."""
    days = {split.day for split in market.splits(name, start, end)}
    opens = [session.open for session in market.sessions().between(start, end) if session.day in days] if days else []
    edges = [start, *opens, end]
    return [(first, last) for first, last in pairwise(edges) if first < last]


def _times(bar: Bar, factor: Decimal) -> Bar:
    prices = {name: getattr(bar, name) * factor for name in ("open", "high", "low", "close")}
    return replace(bar, **prices, volume=max(1, int(bar.volume / factor)))
