"""Bars out of a session's minutes, cut off where the asked time ends."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from trenddojo.brokers.simulator.path import MINUTE, Path, Traded
from trenddojo.brokers.simulator.sessions import Session
from trenddojo.brokers.simulator.units import decimal, to_tick
from trenddojo.brokers.types import Bar, Timeframe

_MICROSECOND = timedelta(microseconds=1)
_MINUTES = {Timeframe.MINUTE: 1, Timeframe.HOUR: 60}


def elapsed(session: Session, at: datetime) -> tuple[int, int]:
    """How far a session is at an instant within it: whole minutes, and microseconds beyond them."""
    minutes, rest = divmod(at - session.open, MINUTE)
    return minutes, rest // _MICROSECOND


def spans(session: Session, timeframe: Timeframe) -> Iterator[tuple[int, int]]:
    """The minutes of each bar of a session: its first, and the one after its last. Hours count from the open."""
    count = (session.close - session.open) // MINUTE
    length = _MINUTES.get(timeframe, count)
    return ((first, min(first + length, count)) for first in range(0, count, length))


def traded(path: Path, session: Session, first: int, last: int, end: datetime) -> Traded:
    """What the minutes from `first` up to `last` have seen by `end`, which lies after the begin of the first."""
    over, rest = elapsed(session, end)
    if over >= last:
        return path.whole(first, last)
    if rest == 0:
        return path.whole(first, over)
    begun = path.begun(over, rest)
    return begun if over == first else path.whole(first, over).then(begun)


def bar(at: datetime, of: Traded, ratio: Decimal) -> Bar:
    """A bar in the shares of after splits, whose product `ratio` is; rounded to the tick and to whole shares."""
    if ratio == 1:
        return Bar(
            at=at,
            open=decimal(of.open),
            high=decimal(of.high),
            low=decimal(of.low),
            close=decimal(of.close),
            volume=of.volume,
        )
    divisor = float(ratio)
    opened, high, low, close = (decimal(to_tick(units / divisor)) for units in of[:4])
    return Bar(at=at, open=opened, high=high, low=low, close=close, volume=int(of.volume * ratio))
