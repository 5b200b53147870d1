"""Keeping bars of prices as they arrive, and bringing what follows from them up to date."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from trenddojo.domain.bars import Bar
from trenddojo.domain.money import ZERO
from trenddojo.services.bars import realms_of
from trenddojo.services.books import open_books, write_excursion
from trenddojo.store import bars as stored
from trenddojo.store import trades
from trenddojo.store.models import Instrument


class BadBar(ValueError):
    """A bar that no market can have made; the sentence names it."""


def keep(
    instrument: Instrument, realm: str, source: str, told: Sequence[Bar], now: datetime, *, is_raw: bool = False
) -> int:
    """Keep bars of an instrument, and recompute the excursions of the trades that see them; the caller commits.

    `realm` is `services.bars.REAL`, or the id of the one connection or account that they are for. What was told of the
    same time before is replaced. Prices are in the shares of `now`, those that are raw in the shares of their own day.
    Returns how many trades follow them. Raises BadBar, and then keeps nothing.
    """
    if not told:
        return 0
    put(instrument, realm, source, told, now, is_raw=is_raw)
    first, last = min(bar.start for bar in told), max(bar.end for bar in told)
    count = 0
    for trade, account in stored.trades_during(instrument.id, first, last):
        if realm in realms_of(account):
            trades.lock(trade)
            write_excursion(open_books(trade, account))
            count += 1
    return count


def put(
    instrument: Instrument, realm: str, source: str, told: Sequence[Bar], now: datetime, *, is_raw: bool = False
) -> None:
    """Keep bars alone, for whoever settles the trades that see them afterwards. Raises BadBar."""
    common = {
        "instrument_id": instrument.id,
        "realm": realm,
        "source": source,
        "fetched_at": now,
        "is_raw": is_raw,
    }
    stored.put([{**common, **row} for row in _rows(told)])


def fault_of(bar: Bar) -> str:
    """Why no market can have made a bar, as a sentence that names it; nothing for one that is as it should be."""
    if bar.start.tzinfo is None or not ZERO < bar.low <= min(bar.open, bar.close, bar.high):
        return f"The bar of {bar.start:%Y-%m-%d %H:%M} has no zone, or prices out of order."
    if bar.high < max(bar.open, bar.close):
        return f"The bar of {bar.start:%Y-%m-%d %H:%M} closed or opened above its high."
    return ""


def _rows(told: Sequence[Bar]) -> Iterator[dict[str, Any]]:
    for bar in told:
        if fault := fault_of(bar):
            raise BadBar(fault)
        prices = {name: getattr(bar, name) for name in ("open", "high", "low", "close")}
        yield {"timeframe": bar.timeframe, "start": bar.start, **prices, "volume": bar.volume}
