"""When a price was first reached after a moment, as bars and a trade's own fills tell it."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice

from trenddojo.domain.bars import Bar, covers
from trenddojo.domain.fills import Fill
from trenddojo.domain.terms import Direction


@dataclass(frozen=True, slots=True)
class Touch:
    """An exit that would have filled at a price per unit, `at` the start of the bar or at the fill that proves it."""

    at: datetime
    price: Decimal


def bars_after(bars: Sequence[Bar], since: datetime) -> Iterator[Bar]:
    """Of bars in order those that begin at a moment or after it: of one that was running nobody knows what came before
    and what after."""
    return islice(bars, _first(bars, since), None)


def _first(bars: Sequence[Bar], since: datetime) -> int:
    return bisect_left(bars, since, key=lambda bar: bar.start)


def stop_touched(direction: Direction, stop: Decimal, bars: Iterable[Bar]) -> Touch | None:
    """The first of `bars` that trades at or beyond a stop, filled there, or at the bar's open if that is beyond."""
    sign = direction.sign
    for bar in bars:
        if sign * (bar.worst(sign) - stop) <= 0:
            return Touch(bar.start, bar.open if sign * (bar.open - stop) <= 0 else stop)
    return None


def target_touched(direction: Direction, target: Decimal, bars: Iterable[Bar]) -> Touch | None:
    """The first of `bars` that reaches a target, which fills at its price."""
    sign = direction.sign
    return next((Touch(bar.start, target) for bar in bars if sign * (bar.best(sign) - target) >= 0), None)


def stop_proved(direction: Direction, stop: Decimal, fills: Iterable[Fill]) -> Touch | None:
    """The first of `fills` at or beyond a stop, which shows that the stop was reached by then."""
    sign = direction.sign
    return next((Touch(fill.at, stop) for fill in fills if sign * (fill.price - stop) <= 0), None)


def earlier(first: Touch | None, second: Touch | None) -> Touch | None:
    """The earlier of two, the first where both are at once."""
    found = [touch for touch in (first, second) if touch is not None]
    return min(found, key=lambda touch: touch.at, default=None)


def tell(bars: Sequence[Bar], since: datetime, until: datetime) -> bool:
    """Whether bars tell of the whole time between two moments."""
    first, after = _first(bars, since), bisect_right(bars, until, key=lambda bar: bar.start)
    within = bars[max(0, first - 1) : after]  # with the bar that was running at `since`, if there was one
    return covers([bar for bar in within if bar.end > since], since, until)
