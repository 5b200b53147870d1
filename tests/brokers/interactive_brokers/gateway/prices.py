"""What every instrument costs: as a test fixes it, otherwise as the simulated market has it at the gateway's time."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.brokers.alpaca.venue.prices import Prices
from tests.brokers.interactive_brokers.gateway.instruments import Instrument, Instruments
from trenddojo.brokers.types import Bar, Timeframe

_CENT = Decimal("0.01")
_ONE = Decimal(1)


@dataclass(frozen=True)
class Quote:
    bid: Decimal
    ask: Decimal
    last: Decimal
    previous_close: Decimal


class Market:
    """Prices on every instrument's own grid. Those of shares come from the Alpaca venue's simulated market."""

    def __init__(self, now: Callable[[], datetime], instruments: Instruments) -> None:
        self._now = now
        self._instruments = instruments
        self._simulated = Prices(now)
        self._fixed: dict[int, Decimal] = {}

    def fix(self, instrument: Instrument, price: Decimal) -> None:
        self._fixed[instrument.con_id] = price

    def release(self, instrument: Instrument) -> None:
        """Go back to the simulated price."""
        self._fixed.pop(instrument.con_id, None)

    def price(self, instrument: Instrument) -> Decimal:
        """The last trade's."""
        fixed = self._fixed.get(instrument.con_id)
        return fixed if fixed is not None else self.price_at(instrument, self._now())

    def price_at(self, instrument: Instrument, at: datetime) -> Decimal:
        return _on_grid(instrument, self._simulated.price_at(instrument.source, at) * instrument.factor)

    def quote(self, instrument: Instrument) -> Quote:
        """Bid and ask are a tick away from the last trade."""
        last = self.price(instrument)
        tick = instrument.tick_at(last)
        close = _on_grid(instrument, self._simulated.previous_close(instrument.source) * instrument.factor)
        return Quote(last - tick, last + tick, last, close)

    def bars(self, instrument: Instrument, timeframe: Timeframe, start: datetime, end: datetime) -> list[Bar]:
        bars = self._simulated.bars(instrument.source, timeframe, start, end)
        return [_times(instrument, bar) for bar in bars] if instrument.factor != 1 else bars

    def rate(self, currency: str) -> Decimal:
        """What a unit of a currency is worth in USD."""
        if currency == "USD":
            return _ONE
        direct = f"{currency}.USD"
        names = {one.name for one in self._instruments.known.values()}
        if direct in names:
            return self.price(self._instruments.named(direct))
        return (_ONE / self.price(self._instruments.named(f"USD.{currency}"))).quantize(Decimal("1e-8"))


def _on_grid(instrument: Instrument, price: Decimal) -> Decimal:
    tick = instrument.tick_at(price)
    return max(tick, (price / tick).quantize(_ONE, ROUND_HALF_UP) * tick)


def _times(instrument: Instrument, bar: Bar) -> Bar:
    prices: dict[str, Any] = {
        name: _on_grid(instrument, getattr(bar, name) * instrument.factor) for name in ("open", "high", "low", "close")
    }
    return replace(bar, **prices)
