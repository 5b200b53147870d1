"""Splits: a trade's fills, and prices told of it, in the units that it has at its end (rule 14 of docs/NUMBERS.md).

Fills keep what was traded. Here those from before a split are put into the units after it: one factor for all of them,
so that FIFO, every booking and every day's value stay what they were. The factor is what was held after the split over
what was held before, which is the split's own ratio unless that leaves more than the 9 places that a quantity has.
Quantities have 40 places then and prices as many digits as `money.EXACT`: `fills.worth` makes of them the money that
moved.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from trenddojo.domain.bars import Bar
from trenddojo.domain.fills import Fill, in_order
from trenddojo.domain.money import QUANTITY_PLACES, ZERO, exactly, rounded
from trenddojo.domain.terms import Direction

LARGEST = 1_000
"""No split in the field makes more of one unit, or one unit of more."""
_USUAL = {(3, 2), (4, 3), (5, 2), (5, 3), (5, 4), (6, 5), (11, 10), (21, 20)}
"""Ratios that occur beside n-for-1 and 1-for-n."""
_LEAST = Decimal(1).scaleb(-QUANTITY_PLACES)
_PLACES = 40


@dataclass(frozen=True, slots=True)
class Split:
    """From `at` on, UTC-aware, `numerator` units stand for `denominator` of before: 4 and 1 for 4-for-1, 1 and 10 for a
    reverse split of 1-for-10. Raises ValueError for a time without a zone and for numbers below 1."""

    at: datetime
    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("The time of a split needs a zone.")
        if self.numerator < 1 or self.denominator < 1:
            raise ValueError("A split makes a number of units of a number of units.")

    @property
    def name(self) -> str:
        """How people call it."""
        return f"{self.numerator}-for-{self.denominator} split"

    @exactly
    def held(self, quantity: Decimal) -> Decimal:
        """What a held quantity becomes, to 9 places, and never nothing. A fraction that the broker pays in cash leaves
        with a fill of its own."""
        return max(rounded(quantity * self.numerator / self.denominator, QUANTITY_PLACES), _LEAST)


@dataclass(frozen=True, slots=True)
class Change:
    """From `at` on, `new` units stand for `old` ones."""

    at: datetime
    old: Decimal
    new: Decimal


@dataclass(frozen=True, slots=True)
class Units:
    """The units that a trade's fills are in: those of `end`, the time of its last fill, or of now while it is open.

    `changes` are all splits of its instrument, oldest first; of those within its life with what was held.
    """

    changes: tuple[Change, ...] = ()
    end: datetime | None = None

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to convert."""
        return not self.changes

    @exactly
    def price(self, price: Decimal, at: datetime) -> Decimal:
        """A price per unit of a moment, in these units."""
        old, new = self._between(at)
        return price if old == new else price * old / new

    @exactly
    def quantity(self, quantity: Decimal, at: datetime) -> Decimal:
        """A quantity in units of a moment, in these units."""
        old, new = self._between(at)
        return quantity if old == new else quantity * new / old

    @exactly
    def quantity_then(self, quantity: Decimal, at: datetime) -> Decimal:
        """A quantity in these units, in those of a moment."""
        old, new = self._between(at)
        return quantity if old == new else quantity * old / new

    @exactly
    def price_then(self, price: Decimal, at: datetime) -> Decimal:
        """A price in these units, in those of a moment."""
        old, new = self._between(at)
        return price if old == new else price * new / old

    def bar(self, bar: Bar) -> Bar:
        """A bar in these units. Whoever tells of prices puts them into the units of the moment at which they are told,
        so that it is the splits since, or those that the trade did not live to see, that make the difference."""
        if self.is_plain or bar.told_at is None:
            return bar
        opened, high, low, closed = (self.price(one, bar.told_at) for one in (bar.open, bar.high, bar.low, bar.close))
        volume = None if bar.volume is None else int(self.quantity(Decimal(bar.volume), bar.told_at))
        return replace(bar, open=opened, high=high, low=low, close=closed, volume=volume)

    def _between(self, at: datetime) -> tuple[Decimal, Decimal]:
        """How many units of a moment stand for how many of these."""
        old = new = Decimal(1)
        for change in self.changes:
            is_past = self.end is None or change.at <= self.end
            if at < change.at and is_past:
                old, new = old * change.old, new * change.new
            elif at >= change.at and not is_past:
                old, new = old * change.new, new * change.old
        return old, new


def likely_ratio(before: Decimal, after: Decimal) -> tuple[int, int] | None:
    """The split that makes exactly `after` of `before`, both below 0 for shorts, as new and old units; None where no
    usual one does."""
    if before * after <= 0 or before == after:
        return None
    found = (Fraction(after) / Fraction(before)).as_integer_ratio()
    return found if max(found) <= LARGEST and (1 in found or found in _USUAL) else None


PLAIN = Units()
"""Of a trade whose instrument was never split."""


def units_at(splits: Iterable[Split], at: datetime) -> Units:
    """The units of a moment, for prices that are set against it; what was held is not asked."""
    changes = (Change(one.at, Decimal(one.denominator), Decimal(one.numerator)) for one in splits)
    return Units(tuple(changes), at)


@exactly
def in_last_units(direction: Direction, fills: Iterable[Fill], splits: Iterable[Split]) -> tuple[list[Fill], Units]:
    """A trade's fills in order, in the units of its last moment, and those units.

    A split before the first fill or after the trade is flat changes none of them. Of fills that are not one trade from
    flat to flat `trades.replay` still says so.
    """
    told, changes, splits = in_order(fills), list[Change](), tuple(splits)
    if not splits:
        return told, PLAIN
    for split in sorted(splits, key=lambda one: one.at):
        count = bisect_left(told, split.at, key=lambda fill: fill.at)
        held = _held(direction, told[:count])
        change = _change(split, held)
        if held or count < len(told):
            told[:count] = _converted(direction, told[:count], change)
        changes.append(change)
    is_flat = bool(told) and _held(direction, told) == 0
    return told, Units(tuple(changes), told[-1].at if is_flat else None)


def _change(split: Split, held: Decimal) -> Change:
    """What a split makes of what is held; its own ratio where that is nothing, or makes no sense."""
    if held <= 0:
        return Change(split.at, Decimal(split.denominator), Decimal(split.numerator))
    return Change(split.at, held, split.held(held))


def _held(direction: Direction, fills: Iterable[Fill]) -> Decimal:
    return sum((fill.quantity if fill.side is direction.entry_side else -fill.quantity for fill in fills), ZERO)


def _converted(direction: Direction, fills: Sequence[Fill], change: Change) -> list[Fill]:
    """All fills of before a split in the units after it.

    First in, first out compares how much had entered with how much had left, and both run along one line. Its points
    are converted, by their distance from the end of all entries, and a fill is what lies between two of them: where an
    exit met the end of a lot it still does, and what is open is exactly what the split left.
    """
    entered = sum((fill.quantity for fill in fills if fill.side is direction.entry_side), ZERO)
    points = dict.fromkeys((direction.entry_side, direction.exit_side), entered)
    found = []
    for fill in fills:
        start = points[fill.side]
        points[fill.side] = end = start - fill.quantity
        found.append(_resized(fill, _point(start, change) - _point(end, change)))
    return found


def _point(distance: Decimal, change: Change) -> Decimal:
    return rounded(distance * change.new / change.old, _PLACES)


def _resized(fill: Fill, quantity: Decimal) -> Fill:
    """The same money for another quantity."""
    stop = None if fill.stop is None else fill.stop * fill.quantity / quantity
    return replace(fill, quantity=quantity, price=fill.price * fill.quantity / quantity, stop=stop)
