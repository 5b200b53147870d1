"""Bars of prices, and which of them to believe where several tell of the same time."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from trenddojo.domain.money import PRICE_PLACES, rounded
from trenddojo.domain.terms import Timeframe

LENGTHS = {Timeframe.MINUTE: timedelta(minutes=1), Timeframe.HOUR: timedelta(hours=1), Timeframe.DAY: timedelta(days=1)}
"""How long a bar is, finest first."""

LONGEST_GAP = timedelta(days=5)
"""The longest time without a bar in which no bar is missing: a market's long weekend, and a day to spare."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Prices per unit from `start`, UTC-aware, for the length of its `timeframe`; that of a day starts at its
    exchange's midnight. `volume` is in units, None where nobody told it. `told_at` is when its prices were told, in the
    units of that moment; None where they are in those of whatever they are set against."""

    timeframe: Timeframe
    start: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int | None = None
    told_at: datetime | None = None

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return self.start + LENGTHS[self.timeframe]

    def worst(self, sign: int) -> Decimal:
        """The extreme that a trade with the `sign` of its direction loses by."""
        return self.low if sign > 0 else self.high

    def best(self, sign: int) -> Decimal:
        """The extreme that it gains by."""
        return self.high if sign > 0 else self.low


def finest(bars: Iterable[Bar]) -> list[Bar]:
    """The finest bars of each time, in order.

    Finer bars take the place of a coarser one only if they reach its high and its low: else some of them are missing.
    """
    told = sorted(bars, key=_start)
    found: list[Bar] = []
    for timeframe in LENGTHS:
        found = _with_coarser(found, [bar for bar in told if bar.timeframe is timeframe])
    return found


def _with_coarser(fine: list[Bar], coarse: Sequence[Bar]) -> list[Bar]:
    if not fine or not coarse:
        return fine or list(coarse)
    starts, kept, dropped = [bar.start for bar in fine], list[Bar](), set[int]()
    for bar in coarse:
        inside = range(bisect_left(starts, bar.start), bisect_left(starts, bar.end))
        if _reach(bar, [fine[index] for index in inside]):
            continue
        kept.append(bar)
        dropped.update(inside)
    return sorted((*kept, *(bar for index, bar in enumerate(fine) if index not in dropped)), key=_start)


def _reach(bar: Bar, inside: Sequence[Bar]) -> bool:
    return bool(inside) and max(b.high for b in inside) >= bar.high and min(b.low for b in inside) <= bar.low


def _start(bar: Bar) -> datetime:
    return bar.start


def covers(bars: Sequence[Bar], since: datetime, until: datetime | None) -> bool:
    """Whether bars in order tell of the whole time from `since` to `until` (None: to the last of them), with no gap
    that is longer than markets rest."""
    at = since
    for bar in bars:
        if bar.start - at > LONGEST_GAP:
            return False
        at = max(at, bar.end)
    return bool(bars) and (until is None or until - at <= LONGEST_GAP)


def rounded_bar(bar: Bar) -> Bar:
    """A bar with prices of 6 places, as they are kept."""
    opened, high, low, close = (rounded(one, PRICE_PLACES) for one in (bar.open, bar.high, bar.low, bar.close))
    return replace(bar, open=opened, high=high, low=low, close=close)
