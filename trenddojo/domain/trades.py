"""The books of one trade: its fills replayed, first in first out, into lots, bookings, initial risk and R.

The exact realised total is the cash of all that is closed. It is rounded once, and every booking is the difference of
two successive rounded totals, so that the bookings of a trade always add up to its P&L (rule 2 of docs/NUMBERS.md).
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import accumulate

from trenddojo.domain.fills import (
    NOTHING,
    AfterFlatError,
    Fill,
    LegMissingError,
    NotAnEntryError,
    ThroughZeroError,
    cash_of,
    in_order,
    worth,
)
from trenddojo.domain.money import ONE, PRICE_PLACES, QUANTITY_PLACES, RATIO_PLACES, ZERO, cents, exactly, rounded
from trenddojo.domain.terms import Direction


@dataclass(frozen=True, slots=True)
class Lot:
    """A quantity of one entry fill: what first in, first out has left open of it."""

    fill: Fill
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Closed:
    """The part of a booking that closed lots of one entry fill, in cents; the parts add up to the booking."""

    leg: int | None
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Booking:
    """P&L realised by one exit fill, in cents: `amount` in the base currency, `native` in the instrument's."""

    fill_key: str
    at: datetime
    quantity: Decimal
    amount: Decimal
    native: Decimal
    closed: tuple[Closed, ...]


class Book:
    """The books of a trade while its fills are entered one by one, in order."""

    def __init__(self, direction: Direction, multiplier: Decimal) -> None:
        self.direction = direction
        self.multiplier = multiplier
        self.lots: deque[Lot] = deque()
        self._begun = False
        self._settled = NOTHING  # exact cash of exits and of the entries that they closed wholly
        self._booked = NOTHING  # the realised total so far, in cents

    @exactly
    def enter(self, fill: Fill) -> Booking | None:
        """Enter the next fill and return what it booked, which for an entry is nothing.

        Raises NotAnEntryError, LegMissingError, AfterFlatError or ThroughZeroError, and then enters nothing.
        """
        self._check(fill)
        self._begun = True
        if fill.side is self.direction.exit_side:
            return self._exit(fill)
        self.lots.append(Lot(fill, fill.quantity))
        return None

    def _check(self, fill: Fill) -> None:
        if self._begun and not self.lots:
            raise AfterFlatError("The trade was over before this fill.")
        if fill.side is self.direction.entry_side:
            if fill.leg is None:
                raise LegMissingError("An entry needs the number of its leg.")
            return
        if not self._begun:
            raise NotAnEntryError("A trade begins with an entry.")
        if not _reaches(self.lots, fill.quantity):
            raise ThroughZeroError(_total(self.lots))

    def _exit(self, fill: Fill) -> Booking:
        before, left = self._booked, fill.quantity
        closed = []
        while left:
            part = self._close_oldest(fill, left)
            closed.append(part)
            left -= part.quantity
        self._settled += cash_of(fill, fill.quantity, self.multiplier)
        gain = self._booked - before
        return Booking(fill.key, fill.at, fill.quantity, gain.base, gain.native, tuple(closed))

    def _close_oldest(self, fill: Fill, left: Decimal) -> Closed:
        """Close as much of the oldest lot as an exit with `left` to go can, and bring the booked total up to date.

        At most one of the shares below is a part of its fill, so that at most one division may not come out even.
        """
        lot = self.lots.popleft()
        part = min(left, lot.quantity)
        rest = lot.quantity - part
        entry = cash_of(lot.fill, lot.fill.quantity - rest, self.multiplier)
        exit_ = cash_of(fill, fill.quantity - left + part, self.multiplier)
        booked = (self._settled + entry + exit_).cents()
        gain, self._booked = booked - self._booked, booked
        if rest:
            self.lots.appendleft(Lot(lot.fill, rest))
        else:
            self._settled += entry
        return Closed(lot.fill.leg, part, gain.base)


@dataclass(frozen=True, slots=True)
class Position:
    """What the fills of one trade add up to. Money is in the base currency and in cents unless said otherwise."""

    direction: Direction
    multiplier: Decimal
    fills: tuple[Fill, ...]
    lots: tuple[Lot, ...]
    bookings: tuple[Booking, ...]

    @property
    def entries(self) -> tuple[Lot, ...]:
        """Every entry fill with its whole quantity."""
        return tuple(Lot(fill, fill.quantity) for fill in self.fills if fill.side is self.direction.entry_side)

    @property
    def exits(self) -> tuple[Lot, ...]:
        """Every exit fill with its whole quantity."""
        return tuple(Lot(fill, fill.quantity) for fill in self.fills if fill.side is self.direction.exit_side)

    @property
    def quantity(self) -> Decimal:
        """What is open now, never negative."""
        return _total(self.lots)

    @property
    def entered(self) -> Decimal:
        """The quantity of all entries, to 9 places."""
        return rounded(_total(self.entries), QUANTITY_PLACES)

    @property
    def exited(self) -> Decimal:
        """The quantity of all exits, to 9 places."""
        return rounded(_total(self.exits), QUANTITY_PLACES)

    @property
    def opened_at(self) -> datetime | None:
        """The first fill's time."""
        return self.fills[0].at if self.fills else None

    @property
    def closed_at(self) -> datetime | None:
        """The last exit's time, once flat."""
        return self.fills[-1].at if self.is_closed else None

    @property
    def is_closed(self) -> bool:
        """Whether the trade has begun and is flat again."""
        return bool(self.fills) and not self.lots

    @property
    @exactly
    def realised(self) -> Decimal:
        """The sum of the bookings; the trade's net P&L once flat."""
        return sum((booking.amount for booking in self.bookings), ZERO)

    @property
    @exactly
    def realised_native(self) -> Decimal:
        """`realised` in the instrument's currency."""
        return sum((booking.native for booking in self.bookings), ZERO)

    @property
    @exactly
    def fees(self) -> Decimal:
        """All fees so far, of open quantity too; below zero if rebates outweigh them."""
        return cents(sum((fill.fee * fill.fx for fill in self.fills), ZERO))

    @property
    def fees_estimated(self) -> bool:
        """Whether any fee still waits for the broker's report (rule 11 of docs/NUMBERS.md)."""
        return any(fill.fee_estimated for fill in self.fills)

    @property
    def average_entry(self) -> Decimal | None:
        """The mean price of all entries by quantity, to 6 places, for show only (rule 3)."""
        return _average_price(self.entries)

    @property
    def average_open_entry(self) -> Decimal | None:
        """The mean entry price of the open lots."""
        return _average_price(self.lots)

    @property
    def average_exit(self) -> Decimal | None:
        """The mean price of all exits."""
        return _average_price(self.exits)

    @property
    @exactly
    def entry_value(self) -> Decimal:
        """Entry quantity x price x multiplier x FX before fees, unrounded (rule 16)."""
        return sum((worth(lot.quantity, lot.fill.price, self.multiplier) * lot.fill.fx for lot in self.entries), ZERO)

    @property
    def initial_risk(self) -> Decimal | None:
        """The frozen risk of all entries (rules 19 and 20)."""
        return self.frozen_risk(self.entries)

    @property
    def initial_risk_native(self) -> Decimal | None:
        """`initial_risk` in the instrument's currency, in cents of it."""
        return self._frozen(self.entries, in_base=False)

    @property
    def open_risk(self) -> Decimal | None:
        """The frozen risk of what is open: the unit in which open P&L and the way to the stop are shown as R."""
        return self.frozen_risk(self.lots)

    def frozen_risk(self, lots: Iterable[Lot]) -> Decimal | None:
        """The sum of |price - stop at entry| x quantity x multiplier x FX over `lots` of this trade.

        None if one has no stop, or one at or beyond its price, or the sum rounds to 0.00 (rules 19 and 20).
        """
        return self._frozen(lots, in_base=True)

    @exactly
    def _frozen(self, lots: Iterable[Lot], *, in_base: bool) -> Decimal | None:
        total = ZERO
        for lot in lots:
            distance = _stop_distance(self.direction, lot.fill)
            if distance is None:
                return None
            total += worth(lot.quantity, distance, self.multiplier) * (lot.fill.fx if in_base else ONE)
        return cents(total) or None

    @property
    @exactly
    def profit_ratio(self) -> Decimal | None:
        """Net P&L / entry value once flat, to 9 places, 0.05 for 5% (rule 16)."""
        value = self.entry_value
        return rounded(self.realised / value, RATIO_PLACES) if self.is_closed and value > 0 else None

    @property
    def r(self) -> Decimal | None:
        """Net P&L / initial risk once flat, to 9 places (rule 21)."""
        return in_r(self.realised, self.initial_risk) if self.is_closed else None

    def with_fill(self, fill: Fill) -> "Position":
        """The same trade with one more fill; raises as `replay` does."""
        return replay(self.direction, self.multiplier, (*self.fills, fill))


def replay(direction: Direction, multiplier: Decimal, fills: Iterable[Fill]) -> Position:
    """Keep the books of one trade over all its fills, whatever order they arrived in.

    Without fills the position is flat and nothing has opened. Raises NotAnEntryError, LegMissingError, AfterFlatError
    or ThroughZeroError where the fills are not one trade from flat to flat.
    """
    book = Book(direction, multiplier)
    ordered = in_order(fills)
    bookings = [booking for fill in ordered if (booking := book.enter(fill))]
    return Position(direction, multiplier, tuple(ordered), tuple(book.lots), tuple(bookings))


@exactly
def in_r(amount: Decimal, risk: Decimal | None) -> Decimal | None:
    """`amount` in units of `risk`, both money, to 9 places; None without a risk."""
    return None if risk is None else rounded(amount / risk, RATIO_PLACES)


@exactly
def _total(lots: Iterable[Lot]) -> Decimal:
    return sum((lot.quantity for lot in lots), ZERO)


def _reaches(lots: Iterable[Lot], quantity: Decimal) -> bool:
    """Whether there is as much; looks at no more lots than it takes, which an exit then closes."""
    return any(total >= quantity for total in accumulate(lot.quantity for lot in lots))


@exactly
def _average_price(lots: Iterable[Lot]) -> Decimal | None:
    lots = tuple(lots)
    value = sum((worth(lot.quantity, lot.fill.price, ONE) for lot in lots), ZERO)
    return rounded(value / _total(lots), PRICE_PLACES) if lots else None


def _stop_distance(direction: Direction, fill: Fill) -> Decimal | None:
    """How far below its price (above, for a short) a fill's stop was; None without one on that side."""
    if fill.stop is None:
        return None
    distance = direction.sign * (fill.price - fill.stop)
    return distance if distance > 0 else None
