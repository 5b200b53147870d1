"""The course of the price through one minute, followed exactly: when it first reaches a level, to the microsecond.

Whether a level is reached at a moment never depends on a rounded price: moments are whole microseconds, and levels are
compared with the exact point of the line. So it makes no difference at which moments anybody looks.
"""

from collections.abc import Iterator
from decimal import Decimal

from trenddojo.brokers.simulator.intervals import Minute
from trenddojo.brokers.simulator.orders import Ticket, direction, further, trail_level

THIRD = 20_000_000
"""Microseconds of each of a minute's three lines."""


class Course:
    """The three lines of a minute; moments are microseconds since its beginning."""

    def __init__(self, minute: Minute) -> None:
        first, second = (minute.high, minute.low) if minute.high_first else (minute.low, minute.high)
        corners = (minute.open, first, second, minute.close)
        self._lines = tuple(_Line(turn * THIRD, corners[turn], corners[turn + 1]) for turn in range(3))

    def first(self, level: Decimal, sign: int, start: int) -> int | None:
        """The first moment from `start` on at which the price is at `level` or beyond: above for +1, below for -1."""
        for line in self._from(start):
            if (moment := line.first(level, sign, max(start, line.begin))) is not None:
                return moment
        return None

    def trailed(self, ticket: Ticket, best: Decimal, start: int) -> tuple[int, Decimal] | None:
        """The moment from `start` on at which a trailing stop that had seen `best` is triggered, and its level then."""
        sign = direction(ticket.side)
        for line in self._from(start):
            if line.begin >= start:
                best = further(sign, best, line.before)
            level = trail_level(ticket, best)
            if (moment := line.first(level, sign, max(start, line.begin))) is not None:
                return moment, level
            best = further(sign, best, line.after)
        return None

    def extreme(self, sign: int, best: Decimal, start: int) -> Decimal:
        """What a trailing stop of direction `sign` has seen once the minute is over, looking from `start` on."""
        for line in self._from(start):
            if line.begin >= start:
                best = further(sign, best, line.before)
            best = further(sign, best, line.after)
        return best

    def _from(self, start: int) -> Iterator["_Line"]:
        return (line for line in self._lines if line.end >= start)


class _Line:
    """A straight line from the price `before` to the price `after`."""

    __slots__ = ("after", "before", "begin", "end")

    def __init__(self, begin: int, before: Decimal, after: Decimal) -> None:
        self.begin, self.end, self.before, self.after = begin, begin + THIRD, before, after

    def first(self, level: Decimal, sign: int, start: int) -> int | None:
        """As `Course.first`, on this line alone; `start` lies on it."""
        rise, to_go = self.after - self.before, level - self.before
        if sign * (rise * (start - self.begin) - to_go * THIRD) >= 0:
            return start
        if sign * (self.after - level) < 0:
            return None
        return self.begin + _divided_up(sign * to_go * THIRD, sign * rise)


def _divided_up(value: Decimal, by: Decimal) -> int:
    """The quotient of two positive numbers, rounded up to a whole one."""
    whole = value // by
    return int(whole) + (whole * by < value)
