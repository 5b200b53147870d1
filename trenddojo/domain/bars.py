"""Bars of prices, and which of them to believe where several tell of the same time."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import prod

from trenddojo.domain.money import ONE, PRICE_PLACES, exactly, rounded
from trenddojo.domain.terms import Timeframe

LENGTHS = {Timeframe.MINUTE: timedelta(minutes=1), Timeframe.HOUR: timedelta(hours=1), Timeframe.DAY: timedelta(days=1)}
"""How long a bar is, finest first."""

LONGEST_GAP = timedelta(days=5)
"""The longest time without a bar in which no bar is missing: a market's long weekend, and a day to spare."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Prices per unit from `start`, UTC-aware, for the length of its `timeframe`; that of a day starts at its
    exchange's midnight. `volume` is in units, None where nobody told it."""

    timeframe: Timeframe
    start: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int | None = None

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


@dataclass(frozen=True, slots=True)
class Split:
    """From `on` on, a share of before is `ratio` shares: 4 of a split 4 for 1, 0.1 of a reverse split 1 for 10."""

    on: date
    ratio: Decimal


@exactly
def restated(bar: Bar, shares_of: date, splits: Iterable[Split], on: date) -> Bar:
    """A bar whose prices are in the shares of one date, in the shares of another.

    Brokers tell prices in the shares of the day that they are asked; a raw bar is in the shares of its own day. Prices
    are divided, and the volume multiplied, by the ratios of the splits between the two dates (rule 14 of
    docs/NUMBERS.md), and rounded to what prices are kept to.
    """
    ratio = prod((one.ratio for one in splits if shares_of < one.on <= on), start=ONE)
    ratio /= prod((one.ratio for one in splits if on < one.on <= shares_of), start=ONE)
    if ratio == ONE:
        return bar
    opened, high, low, close = (rounded(one / ratio, PRICE_PLACES) for one in (bar.open, bar.high, bar.low, bar.close))
    volume = None if bar.volume is None else int(bar.volume * ratio)
    return Bar(bar.timeframe, bar.start, opened, high, low, close, volume)
