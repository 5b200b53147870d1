"""What of Alpaca's comes by websockets: one socket for orders, one for the prices of shares, one for those of crypto.

Each is there while somebody wants it.
"""

from collections.abc import Callable

from trenddojo.brokers.adapters.alpaca import shapes
from trenddojo.brokers.adapters.alpaca.market import DELAYED
from trenddojo.brokers.adapters.alpaca.order_events import order_stream
from trenddojo.brokers.adapters.alpaca.places import Places
from trenddojo.brokers.adapters.alpaca.quote_feed import QuoteFeed
from trenddojo.brokers.base import Unsubscribe
from trenddojo.brokers.spec import Building
from trenddojo.brokers.streams import Stream
from trenddojo.brokers.types import MarketData, StreamState
from trenddojo.domain.orders import is_pair

_MOST_ANSWERED = 1_000


class Live:
    """The sockets of one account."""

    def __init__(self, building: Building, places: Places, feed: str, key: str, secret: str) -> None:
        self._building, self._places, self._keys = building, places, (key, secret)
        self._orders: Stream | None = None
        self._answered: dict[str, None] = {}  # in the order of their coming
        self._shares = self._quotes(f"v2/{feed}", is_delayed=feed == DELAYED)
        self._pairs = self._quotes("v1beta3/crypto/us", is_delayed=False)

    @property
    def state(self) -> StreamState | None:
        """How the order events stand; None where nobody wants them."""
        return None if self._orders is None else self._orders.state

    def subscribe_to_orders(self, on_event: Callable[[], None]) -> Unsubscribe:
        """Call `on_event` with every order event, in place of whoever was told before."""
        self._end_orders()
        made = order_stream(
            self._places.order_events,
            self._places.hosts,
            *self._keys,
            on_event,
            answered=self._answered,
            clock=self._building.clock,
            random=self._building.random,
        )
        self._orders = made
        made.start()
        return made.stop

    def answered(self, order: shapes.Order) -> None:
        """The answer to a request told of an order and its exits: that they work is no news any more."""
        self._answered |= dict.fromkeys((order.id, *(leg.id for leg in order.legs or ())))
        while len(self._answered) > _MOST_ANSWERED:
            del self._answered[next(iter(self._answered))]

    def subscribe_to_quotes(
        self, symbol: str, callback: Callable[[MarketData], None], first: MarketData
    ) -> Unsubscribe:
        """Call `callback` with `first` and each newer quote. All subscribers of a market share one socket."""
        return (self._pairs if is_pair(symbol) else self._shares).subscribe(symbol, callback, first)

    def stop(self) -> None:
        """End every socket."""
        self._end_orders()
        self._shares.stop()
        self._pairs.stop()

    def _quotes(self, path: str, *, is_delayed: bool) -> QuoteFeed:
        return QuoteFeed(
            f"{self._places.quote_events}/{path}",
            self._places.hosts,
            *self._keys,
            clock=self._building.clock,
            random=self._building.random,
            is_delayed=is_delayed,
        )

    def _end_orders(self) -> None:
        if self._orders is not None:
            self._orders.stop()
            self._orders = None
