"""The way of a price through one session, minute by minute: a random bridge from the session's open to its close.

Prices are units of 0.0001 USD. A session is wilder, and trades more, at its two ends than in between.
"""

from array import array
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import accumulate
from math import sqrt
from typing import NamedTuple

from trenddojo.brokers.simulator.days import Day
from trenddojo.brokers.simulator.draws import draws, normal, uniform
from trenddojo.brokers.simulator.units import to_tick

MINUTE = timedelta(minutes=1)
_THIRD = 20_000_000
"""Microseconds in a third of a minute."""
_OVERSHOOT = 0.4
"""How far a minute's extremes usually lie beyond its open and close, in standard deviations of its way."""


class Traded(NamedTuple):
    """Prices and volume of a stretch of time."""

    open: int
    high: int
    low: int
    close: int
    volume: int

    def then(self, later: "Traded") -> "Traded":
        """This stretch and the one that follows it as one."""
        return Traded(
            self.open, max(self.high, later.high), min(self.low, later.low), later.close, self.volume + later.volume
        )


@dataclass(frozen=True, slots=True)
class Path:
    """A session's minutes, by their number from 0. `knots` has a price more: a minute goes from its own to the next."""

    knots: "array[int]"
    highs: "array[int]"
    lows: "array[int]"
    volumes: "array[int]"
    high_first: bytes

    def whole(self, first: int, last: int) -> Traded:
        """The minutes from `first` up to, but not including, `last`."""
        return Traded(
            self.knots[first],
            max(self.highs[first:last]),
            min(self.lows[first:last]),
            self.knots[last],
            sum(self.volumes[first:last]),
        )

    def begun(self, minute: int, elapsed: int) -> Traded:
        """What a minute has seen when `elapsed` of its microseconds are over."""
        passed = (*self._corners(minute)[: elapsed // _THIRD + 1], self.price(minute, elapsed))
        return Traded(passed[0], max(passed), min(passed), passed[-1], self.volumes[minute] * elapsed // (3 * _THIRD))

    def price(self, minute: int, elapsed: int) -> int:
        """The price when `elapsed` microseconds of a minute are over."""
        corners = self._corners(minute)
        third, rest = divmod(elapsed, _THIRD)
        return to_tick(corners[third] + (corners[third + 1] - corners[third]) * rest / _THIRD)

    def volume(self, minute: int, elapsed: int) -> int:
        """What was traded up to a point of time, which may be the session's close."""
        begun = self.volumes[minute] * elapsed // (3 * _THIRD) if elapsed else 0
        return sum(self.volumes[:minute]) + begun

    def _corners(self, minute: int) -> tuple[int, int, int, int]:
        high, low = self.highs[minute], self.lows[minute]
        first, second = (high, low) if self.high_first[minute] else (low, high)
        return self.knots[minute], first, second, self.knots[minute + 1]


def path_of(day: Day, seed: int, symbol: str) -> Path:
    """The path of a symbol's session."""
    count = (day.session.close - day.session.open) // MINUTE
    shape, scale = _shape(count), day.sigma * day.open
    noise = draws(4 * count, seed, symbol, day.session.day)
    steps, highs, lows, volumes = (noise[part * count : (part + 1) * count] for part in range(4))
    knots = _bridge(day, shape, steps)
    minutes = zip(shape.shares, volumes, strict=True)
    reach = [scale * _OVERSHOOT * step for step in shape.steps]
    return Path(
        knots=array("q", knots),
        highs=array("q", map(_above, knots, knots[1:], reach, highs)),
        lows=array("q", map(_below, knots, knots[1:], reach, lows)),
        volumes=array("q", [int(day.volume * share * (0.5 + uniform(draw))) for share, draw in minutes]),
        high_first=bytes(step & 1 for step in steps),
    )


def _bridge(day: Day, shape: "_Shape", draws_: tuple[int, ...]) -> list[int]:
    """The price at each end of a minute: a straight line in the market's time, and a random walk brought back to it."""
    scale, way = day.sigma * day.open, day.close - day.open
    walk = list(accumulate(step * normal(draw) for step, draw in zip(shape.steps, draws_, strict=True)))
    astray = walk[-1]
    inner = (
        to_tick(day.open + way * elapsed + scale * (walked - astray * elapsed))
        for walked, elapsed in zip(walk[:-1], shape.elapsed, strict=False)
    )
    return [day.open, *inner, day.close]


def _above(start: int, end: int, reach: float, draw: int) -> int:
    return to_tick(max(start, end) + reach * abs(normal(draw)))


def _below(start: int, end: int, reach: float, draw: int) -> int:
    return to_tick(min(start, end) - reach * abs(normal(draw)))


class _Shape(NamedTuple):
    """How a session is spread over its minutes, the same for all of its length.

    `shares` of its variance and of its volume add up to 1, `steps` are their square roots, and `elapsed` their sums up
    to each minute's end.
    """

    shares: tuple[float, ...]
    steps: tuple[float, ...]
    elapsed: tuple[float, ...]


@lru_cache(maxsize=16)
def _shape(count: int) -> _Shape:
    bends = [1 + 3 * (2 * (minute + 0.5) / count - 1) ** 2 for minute in range(count)]
    shares = tuple(bend / sum(bends) for bend in bends)
    return _Shape(shares, tuple(map(sqrt, shares)), tuple(accumulate(shares)))
