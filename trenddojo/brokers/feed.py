"""Quotes as they change, told to whoever asked for them from one thread."""

from collections.abc import Callable
from threading import Lock, Thread

from trenddojo.brokers.types import MarketData

Callback = Callable[[MarketData], None]


class Feed:
    """Asks for each watched symbol's quote once a second, and tells those that are new; None means that there is none.

    The thread lives from the first subscription to the last one's end. A callback must not raise.
    """

    def __init__(self, quote: Callable[[str], MarketData | None], sleep: Callable[[float], None]) -> None:
        self._quote = quote
        self._sleep = sleep
        self._lock = Lock()
        self._callbacks: dict[object, tuple[str, Callback]] = {}
        self._thread: Thread | None = None

    def subscribe(self, symbol: str, callback: Callback) -> Callable[[], None]:
        """Tell `callback` each new quote of `symbol` until the answer is called, which may be done twice."""
        ticket = object()
        with self._lock:
            self._callbacks[ticket] = (symbol, callback)
            if self._thread is None:
                self._thread = Thread(target=self._run, name="quotes", daemon=True)
                self._thread.start()
        return lambda: self._end(ticket)

    def stop(self) -> None:
        """End every subscription."""
        with self._lock:
            self._callbacks.clear()

    def _end(self, ticket: object) -> None:
        with self._lock:
            self._callbacks.pop(ticket, None)

    def _run(self) -> None:
        told: dict[object, MarketData] = {}
        while watched := self._watched():
            for ticket, (symbol, callback) in watched.items():
                quote = self._quote(symbol)
                if quote is not None and told.get(ticket) != quote:
                    told[ticket] = quote
                    callback(quote)
            self._sleep(1.0)

    def _watched(self) -> dict[object, tuple[str, Callback]]:
        """The subscriptions; with none left the thread is let go, under the lock that a new one takes."""
        with self._lock:
            if not self._callbacks:
                self._thread = None
            return dict(self._callbacks)
