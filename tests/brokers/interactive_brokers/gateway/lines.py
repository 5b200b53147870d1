"""Lines of market data: what each tick is at present, live or delayed.

Source: IBKR's "TWS API: Available Tick Types" and "Market Data Types".
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from tests.brokers.interactive_brokers.gateway.instruments import Instrument, Routed
from tests.brokers.interactive_brokers.gateway.messages import Message, tick_price, tick_size, tick_string
from tests.brokers.interactive_brokers.gateway.prices import Quote

LIVE, FROZEN, DELAYED, DELAYED_FROZEN = 1, 2, 3, 4
_LIVE_TICKS = {"bid": 1, "ask": 2, "last": 4, "close": 9, "volume": 8, "at": 45}
_DELAYED_TICKS = {"bid": 66, "ask": 67, "last": 68, "close": 75, "volume": 74, "at": 88}
_SIZE = Decimal(100)
_VOLUME = Decimal(1_234_500)
Tick = tuple[str, Decimal | str]


@dataclass
class Line:
    """`kind` is what comes, live or delayed; `told` what was told last of each tick."""

    request_id: int
    routed: Routed
    is_snapshot: bool
    kind: int = LIVE
    is_silent: bool = False
    told: dict[str, Decimal | str] = field(default_factory=dict)

    def news(self, quote: Quote, now: datetime) -> Iterator[Message]:
        """The ticks that are not what they were."""
        for name, value in _ticks(self.routed.instrument, quote, now):
            if self.told.get(name) != value and not (name == "at" and not self._last_moved(quote)):
                yield self._message(name, value)
        self.told.update(_ticks(self.routed.instrument, quote, now))

    def _last_moved(self, quote: Quote) -> bool:
        return self.told.get("last") != quote.last

    def _message(self, name: str, value: Decimal | str) -> Message:
        kind = (_DELAYED_TICKS if self.kind in (DELAYED, DELAYED_FROZEN) else _LIVE_TICKS)[name]
        if isinstance(value, str):
            return tick_string(self.request_id, kind, value)
        if name == "volume":
            return tick_size(self.request_id, kind, value)
        return tick_price(self.request_id, kind, value, Decimal(0) if name == "close" else _SIZE)


def _ticks(instrument: Instrument, quote: Quote, now: datetime) -> Iterator[Tick]:
    """Pairs of currencies have no last trade."""
    yield "bid", quote.bid
    yield "ask", quote.ask
    if instrument.kind != "CASH":
        yield "last", quote.last
        yield "volume", _VOLUME
        yield "at", str(int(now.timestamp()))
    yield "close", quote.previous_close
