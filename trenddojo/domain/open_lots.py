"""The open lots of a book summed up as fills are entered: a day of a trade with thousands of lots walks through none.

A lot that nothing was taken of keeps its sums until it is closed, oldest first. At most the oldest is partly closed,
and is looked at by itself.
"""

from collections import deque
from dataclasses import dataclass
from decimal import Decimal

from trenddojo.domain.fills import Fill, cash_of, worth
from trenddojo.domain.marks import Mark
from trenddojo.domain.money import ZERO, cents, exactly
from trenddojo.domain.terms import Direction
from trenddojo.domain.trades import Book, Booking, Lot


@dataclass(frozen=True, slots=True)
class _Sums:
    """Of some lots: units, what they were worth at entry, and the cash that entering them moved, in base currency."""

    quantity: Decimal = ZERO
    at_entry: Decimal = ZERO
    cash: Decimal = ZERO

    def __add__(self, other: "_Sums") -> "_Sums":
        return _Sums(self.quantity + other.quantity, self.at_entry + other.at_entry, self.cash + other.cash)

    def __sub__(self, other: "_Sums") -> "_Sums":
        return _Sums(self.quantity - other.quantity, self.at_entry - other.at_entry, self.cash - other.cash)


class OpenLots:
    """A trade's book with the sums over what it has open."""

    def __init__(self, direction: Direction, multiplier: Decimal) -> None:
        self._book = Book(direction, multiplier)
        self._whole: deque[_Sums] = deque()
        self._sum = _Sums()

    @exactly
    def enter(self, fill: Fill) -> Booking | None:
        """Enter the next fill, as `Book.enter` does."""
        booking = self._book.enter(fill)
        if booking is None:
            self._whole.append(self._sums(self._book.lots[-1]))
            self._sum += self._whole[-1]
        while len(self._whole) > len(self._book.lots) - (self._partly is not None):
            self._sum -= self._whole.popleft()
        if not self._whole:
            self._sum = _Sums()  # what fractions of split shares left behind their last digit
        return booking

    @exactly
    def profit(self, mark: Mark | None) -> Decimal:
        """The P&L of the open lots as `marks.lots_profit` tells it."""
        held = self._held()
        return self._book.direction.sign * self._worth(held, mark) + held.cash

    @exactly
    def gross_value(self, mark: Mark | None) -> Decimal:
        """The gross value of the open lots as `marks.gross_value` tells it."""
        return cents(self._worth(self._held(), mark))

    def _held(self) -> _Sums:
        return self._sum if self._partly is None else self._sum + self._sums(self._partly)

    @property
    def _partly(self) -> Lot | None:
        """The oldest lot, where a part of it is closed."""
        oldest = self._book.lots[0] if self._book.lots else None
        return oldest if oldest is not None and oldest.quantity != oldest.fill.quantity else None

    def _worth(self, held: _Sums, mark: Mark | None) -> Decimal:
        return held.at_entry if mark is None else worth(held.quantity, mark.price, self._book.multiplier) * mark.fx

    def _sums(self, lot: Lot) -> _Sums:
        multiplier = self._book.multiplier
        at_entry = worth(lot.quantity, lot.fill.price, multiplier) * lot.fill.fx
        return _Sums(lot.quantity, at_entry, cash_of(lot.fill, lot.quantity, multiplier).base)
