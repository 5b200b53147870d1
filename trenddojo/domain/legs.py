"""The legs of a pyramided trade, each with its own stop and frozen risk (rules 9, 21 and 31 of docs/NUMBERS.md).

A leg is counted twice. Its lots are closed first in first out: they make its P&L and R. Its stop protects a quantity,
which an exit uses up in the leg that it names, else in the oldest.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trenddojo.domain.fills import Fill
from trenddojo.domain.marks import Mark, counting, lots_profit
from trenddojo.domain.money import QUANTITY_PLACES, ZERO, exactly, rounded
from trenddojo.domain.trades import Lot, Position, in_r


@dataclass(frozen=True, slots=True)
class Leg:
    """One add of a trade. Money is in cents of the base currency.

    `left` is what its stop still protects, `fifo_left` what is open of its own lots. `r` exists once they are closed.
    """

    number: int
    opened_at: datetime
    entered: Decimal
    left: Decimal
    fifo_left: Decimal
    first_stop: Decimal | None
    initial_risk: Decimal | None
    realised: Decimal
    r: Decimal | None


def legs(position: Position) -> tuple[Leg, ...]:
    """The legs of a trade in the order in which they were opened; their realised P&L adds up to the trade's."""
    left = quantities_left(position)
    return tuple(_leg(position, number, left[number]) for number in left)


@exactly
def quantities_left(position: Position) -> dict[int, Decimal]:
    """The quantity that each leg's stop protects, in the order in which the legs were opened (rule 31).

    What an exit takes beyond the leg that it names comes from the oldest.
    """
    left: dict[int, Decimal] = {}
    for _ in _used_up(position, left):
        pass
    return _in_places(left)


def _in_places(left: dict[int, Decimal]) -> dict[int, Decimal]:
    """To 9 places, with nothing lost in all: a split may leave a leg a fraction without an end."""
    found, total, shown = dict[int, Decimal](), ZERO, ZERO
    for leg, quantity in left.items():
        total += quantity
        before, shown = shown, rounded(total, QUANTITY_PLACES)
        found[leg] = shown - before
    return found


@exactly
def exits_by_leg(position: Position) -> list[tuple[Fill, int, Decimal]]:
    """What each exit used up of each leg's protected quantity, in the order of the exits (rule 31)."""
    return list(_used_up(position, {}))


def _used_up(position: Position, left: dict[int, Decimal]) -> Iterator[tuple[Fill, int, Decimal]]:
    """Keep count of what is `left` of each leg, fill by fill."""
    for fill in position.fills:
        if fill.side is position.direction.exit_side:
            yield from ((fill, leg, part) for leg, part in _use_up(left, fill.leg, fill.quantity))
        elif fill.leg is not None:
            left[fill.leg] = left.get(fill.leg, ZERO) + fill.quantity


def _use_up(left: dict[int, Decimal], named: int | None, quantity: Decimal) -> list[tuple[int, Decimal]]:
    taken = []
    for leg in sorted(left, key=lambda number: number != named):
        part = min(left[leg], quantity)
        if part:
            left[leg] -= part
            quantity -= part
            taken.append((leg, part))
    return taken


def leg_profit(position: Position, number: int, mark: Mark | None) -> Decimal:
    """The open P&L of one leg's lots in the base currency, unrounded; the legs add up to the trade's open P&L."""
    lots = _of(position.lots, number)
    return lots_profit(position.direction, position.multiplier, lots, counting(position, mark))


@exactly
def _leg(position: Position, number: int, left: Decimal) -> Leg:
    entries = _of(position.entries, number)
    fifo_left = sum((lot.quantity for lot in _of(position.lots, number)), ZERO)
    closed = (part for booking in position.bookings for part in booking.closed if part.leg == number)
    realised = sum((part.amount for part in closed), ZERO)
    risk = position.frozen_risk(entries)
    return Leg(
        number=number,
        opened_at=entries[0].fill.at,
        entered=sum((lot.quantity for lot in entries), ZERO),
        left=left,
        fifo_left=fifo_left,
        first_stop=entries[0].fill.stop,
        initial_risk=risk,
        realised=realised,
        r=None if fifo_left else in_r(realised, risk),
    )


def _of(lots: tuple[Lot, ...], number: int) -> tuple[Lot, ...]:
    return tuple(lot for lot in lots if lot.fill.leg == number)
