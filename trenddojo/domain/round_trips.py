"""An account's past as trades: the fills of one symbol cut where the position was flat, worked back from what is held.

What was held when the fills begin follows from what is held now. Where that is something, the fills begin in the middle
of a position, whose beginning nobody tells: that trip is not whole, and must not become a trade.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from trenddojo.domain.fills import FIRST_LEG, Fill, in_order, split_at_zero
from trenddojo.domain.money import ZERO, exactly
from trenddojo.domain.splits import Split
from trenddojo.domain.terms import Direction, Side

PART = "#1"
"""What the key of the second part of a fill ends with, which turned the position round: it begins the next trip."""


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """Fills from flat to flat in order, or to what is held now. Entries open leg 1; exits name none.

    `is_whole`: its first fill is among `fills`. One that is not has an earlier beginning, and may have no fills at all.
    """

    direction: Direction
    fills: tuple[Fill, ...]
    is_whole: bool


@dataclass(frozen=True, slots=True)
class RoundTrips:
    """A symbol's past: the trips that were closed, oldest first, and the one that is open, None when flat.

    Only the oldest of all trips can be other than whole.
    """

    closed: tuple[RoundTrip, ...]
    open: RoundTrip | None


@exactly
def round_trips(fills: Iterable[Fill], held: Decimal) -> RoundTrips:
    """Cut the fills of one symbol into trips; `held` is what they led to, in units, negative for a short.

    A fill that turns the position round is split by quantity: its first part closes one trip, its second begins the
    next, under its key and `PART` (rule 8 of docs/NUMBERS.md).
    """
    ordered = in_order(fills)
    course = _Course(held - sum(map(signed, ordered), ZERO), ())
    for fill in ordered:
        course.take(fill)
    return RoundTrips(tuple(course.closed), course.present())


@exactly
def trips_from_flat(fills: Iterable[Fill], splits: Iterable[Split] = ()) -> RoundTrips:
    """The same of fills that begin with nothing held; what was held at a split is so many units after it."""
    course = _Course(ZERO, sorted(splits, key=lambda one: one.at))
    for fill in in_order(fills):
        course.take(fill)
    return RoundTrips(tuple(course.closed), course.present())


@exactly
def held_after(fills: Iterable[Fill], splits: Iterable[Split], before: Decimal) -> Decimal:
    """What is held after some fills and splits that follow one another, beginning with what was held `before`."""
    course = _Course(before, sorted(splits, key=lambda one: one.at))
    for fill in in_order(fills):
        course.take(fill)
    return course.held_at_last()


def signed(fill: Fill) -> Decimal:
    """By how much a fill changes the position: below zero for a sale."""
    return fill.quantity if fill.side is Side.BUY else fill.quantity.copy_negate()


class _Course:
    """The position while its fills are taken one by one, beginning with what was held before the first."""

    def __init__(self, before: Decimal, splits: Sequence[Split]) -> None:
        self.closed: list[RoundTrip] = []
        self._held, self._fills, self._is_whole = before, list[Fill](), not before
        self._splits = deque(splits)

    def take(self, fill: Fill) -> None:
        """The next fill, cut in two where it goes through zero."""
        while self._splits and self._splits[0].at <= fill.at:
            self._split(self._splits.popleft())
        change = signed(fill)
        if self._held * (self._held + change) < 0:
            closing, opening = split_at_zero(fill, abs(self._held))
            self._add(closing)
            self._add(replace(opening, key=f"{fill.key}{PART}", sequence=fill.sequence + 1))
        else:
            self._add(fill)

    def _split(self, split: Split) -> None:
        self._held = split.held(abs(self._held)).copy_sign(self._held) if self._held else ZERO

    def _add(self, fill: Fill) -> None:
        before, self._held = self._held, self._held + signed(fill)
        is_entry = before * signed(fill) >= 0
        leg = FIRST_LEG if is_entry else None
        self._fills.append(fill if fill.leg == leg else replace(fill, leg=leg))
        if not self._held:
            self.closed.append(self._trip(before))
            self._fills, self._is_whole = [], True

    def present(self) -> RoundTrip | None:
        """What is open after the last fill."""
        return self._trip(self._held) if self._held else None

    def held_at_last(self) -> Decimal:
        """What is held after all splits that follow the last fill too."""
        while self._splits:
            self._split(self._splits.popleft())
        return self._held

    def _trip(self, held: Decimal) -> RoundTrip:
        direction = Direction.LONG if held > 0 else Direction.SHORT
        return RoundTrip(direction, tuple(self._fills), self._is_whole)
