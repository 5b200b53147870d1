"""Alpaca's market data as it happens, told to all who want it from one connection: an account may have no more of them,
one for shares and one for crypto.

Sources: Alpaca, Market Data API: "WebSocket Stream" and "Real-time Stock Data".
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from threading import Lock, RLock
from zoneinfo import ZoneInfo

from trenddojo.brokers.adapters.alpaca.quote_events import NAME, QuoteEvents, Tick, Trade
from trenddojo.brokers.base import Unsubscribe
from trenddojo.brokers.streams import Patience, Stream
from trenddojo.brokers.types import MarketData, StreamState

Callback = Callable[[MarketData], None]

_NEW_YORK = ZoneInfo("America/New_York")
_FRESH = timedelta(seconds=1)
"""Prices that stay the same are told again when the market has confirmed them for this long."""


class QuoteFeed:
    """One connection for all subscribers, there while there are any, of the stream of shares or of that of crypto.

    Callbacks are called from the stream's thread, the first time from the subscriber's own, never two at once, and must
    neither raise nor take long: Alpaca ends a connection that is read too slowly.
    """

    def __init__(
        self,
        url: str,
        hosts: Collection[str],
        key: str,
        secret: str,
        *,
        clock: Callable[[], datetime],
        random: Random,
        is_delayed: bool = False,
        patience: Patience | None = None,
    ) -> None:
        self._is_delayed = is_delayed
        self._lock = Lock()
        self._told: dict[str, dict[_Subscriber, None]] = {}
        self._newest: dict[str, _Newest] = {}
        self._wanted: tuple[str, ...] = ()  # replaced, never changed: read without the lock
        self._stream = Stream(
            NAME,
            url,
            hosts,
            lambda: QuoteEvents(key, secret, lambda: self._wanted, self._take),
            clock=clock,
            random=random,
            patience=patience,
        )

    @property
    def state(self) -> StreamState | None:
        """How the stream stands, and in `error` which symbols it leaves out. None where nobody has subscribed."""
        return self._stream.state if self._wanted else None

    def subscribe(self, symbol: str, callback: Callback, first: MarketData | None = None) -> Unsubscribe:
        """Tell `callback` what is known of `symbol`, and each new price, until the answer is called, also twice.

        `first` is a quote from elsewhere. It is told at once, and completes what the stream does not tell.
        """
        one = _Subscriber(symbol, callback)
        with self._lock:
            newest = self._newest.setdefault(symbol, _Newest(symbol, self._is_delayed))
            if first is not None:
                newest.complete(first)
            self._told.setdefault(symbol, {})[one] = None
            self._wanted = tuple(self._told)
            self._stream.start()
            known = newest.quote
        if known is not None:
            one.tell(known)
        self._stream.prompt()
        return lambda: self._end(one)

    def stop(self) -> None:
        """End every subscription."""
        with self._lock:
            for subscribers in self._told.values():
                for one in subscribers:
                    one.is_over = True
            self._told.clear()
            self._newest.clear()
            self._wanted = ()
            self._stream.stop()

    def _end(self, one: "_Subscriber") -> None:
        with self._lock:
            one.is_over = True
            subscribers = self._told.get(one.symbol, {})
            subscribers.pop(one, None)
            if subscribers or one.symbol not in self._told:
                return
            del self._told[one.symbol], self._newest[one.symbol]
            self._wanted = tuple(self._told)
            if not self._wanted and not self._stream.state.is_over:
                self._stream.stop()
        self._stream.prompt()

    def _take(self, ticks: Sequence[Tick]) -> None:
        """Tell what the ticks of one message have changed in the end, once."""
        changed: dict[str, MarketData | None] = {}
        with self._lock:
            for tick in ticks:
                newest = self._newest.get(tick.symbol)
                if newest is not None and newest.take(tick):
                    changed[tick.symbol] = newest.quote
            told = [(one, quote) for symbol, quote in changed.items() if quote for one in self._told[symbol]]
        for one, quote in told:
            one.tell(quote)


class _Newest:
    """The newest that is known of a symbol."""

    def __init__(self, symbol: str, is_delayed: bool) -> None:
        self.symbol = symbol
        self._is_delayed = self._was_delayed = is_delayed
        self._bid: Decimal | None = None
        self._ask: Decimal | None = None
        self._last: Decimal | None = None
        self._quoted: datetime | None = None
        self._traded: datetime | None = None
        self._close: Decimal | None = None
        self._volume: int | None = None
        self._day: date | None = None

    @property
    def quote(self) -> MarketData | None:
        """All of it; None as long as there was no trade."""
        if self._last is None or self._traded is None:
            return None
        return MarketData(
            symbol=self.symbol,
            bid=self._bid,
            ask=self._ask,
            last=self._last,
            previous_close=self._close,
            volume=self._volume,
            at=max(self._traded, self._quoted or self._traded),
            is_delayed=self._was_delayed,
        )

    def complete(self, first: MarketData) -> None:
        """Take what is newer of another source's quote, and what the stream never tells."""
        if self._quoted is None or first.at >= self._quoted:
            self._bid, self._ask, self._quoted = first.bid, first.ask, first.at
        if self._traded is None or first.at >= self._traded:
            self._last, self._traded, self._was_delayed = first.last, first.at, first.is_delayed
        self._close, self._volume, self._day = first.previous_close, first.volume, _day(first.at)

    def take(self, tick: Tick) -> bool:
        """Whether a trade or a quote is news: none that is older than what is known, and no trade for nothing."""
        known = self._traded if isinstance(tick, Trade) else self._quoted
        if known is not None and tick.at < known:
            return False
        if isinstance(tick, Trade):
            if _price(tick.price) is None:
                return False
            self._last, self._traded, self._was_delayed = tick.price, tick.at, self._is_delayed
        else:
            self._bid, self._ask, self._quoted = _price(tick.bid), _price(tick.ask), tick.at
        if _day(tick.at) != self._day:  # another day's close is not the previous one any more
            self._close = self._volume = None
        return True


class _Subscriber:
    """One who is told of a symbol."""

    def __init__(self, symbol: str, callback: Callback) -> None:
        self.symbol = symbol
        self.is_over = False
        self._callback = callback
        self._lock = RLock()
        self._last: MarketData | None = None

    def tell(self, quote: MarketData) -> None:
        """Tell a quote that is newer than the last one and another, or confirms it after a while."""
        with self._lock:  # the first quote is told from another thread than the others
            before = self._last
            if self.is_over or (before is not None and not _is_news(before, quote)):
                return
            self._last = quote
            self._callback(quote)


def _is_news(before: MarketData, now: MarketData) -> bool:
    return now.at >= before.at and (now.at - before.at >= _FRESH or replace(now, at=before.at) != before)


def _price(told: Decimal) -> Decimal | None:
    """A price; None for 0, which is Alpaca's word for no quote."""
    return told if told.is_finite() and told > 0 else None


def _day(at: datetime) -> date:
    return at.astimezone(_NEW_YORK).date()
