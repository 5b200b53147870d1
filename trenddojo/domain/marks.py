"""Open P&L: what the open lots of a trade are worth at the last price known."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trenddojo.domain.fills import Fill, cash_of, worth
from trenddojo.domain.money import ZERO, cents, exactly
from trenddojo.domain.terms import Direction
from trenddojo.domain.trades import Lot, Position


@dataclass(frozen=True, slots=True)
class Mark:
    """A price known at a time, with the rate from the instrument's currency to the base currency at that time."""

    price: Decimal
    at: datetime
    fx: Decimal


def open_profit(position: Position, mark: Mark | None) -> Decimal:
    """The open P&L in the base currency, unrounded, after the entry fees of what is open (rules 10, 12 and 25).

    Unmarked lots stand at their entry price and rate; a mark from before the trade began does not count.
    """
    return lots_profit(position.direction, position.multiplier, position.lots, counting(position, mark))


def result_so_far(position: Position, mark: Mark | None) -> Decimal:
    """Realised and open P&L in the base currency, in cents: the sum of the two as they are shown."""
    return position.realised + cents(open_profit(position, mark))


def counting(position: Position, mark: Mark | None) -> Mark | None:
    """`mark`, unless it is older than the trade."""
    if mark is None or position.opened_at is None or mark.at < position.opened_at:
        return None
    return mark


@exactly
def lots_profit(direction: Direction, multiplier: Decimal, lots: Iterable[Lot], mark: Mark | None) -> Decimal:
    """The P&L of `lots` at `mark`, in the base currency, unrounded; without a mark only their fees."""
    total = ZERO
    for lot in lots:
        price, fx = (lot.fill.price, lot.fill.fx) if mark is None else (mark.price, mark.fx)
        total += direction.sign * worth(lot.quantity, price, multiplier) * fx
        total += cash_of(lot.fill, lot.quantity, multiplier).base
    return total


@exactly
def gross_value(multiplier: Decimal, lots: Iterable[Lot], mark: Mark | None) -> Decimal:
    """The gross value of `lots` at `mark`, else at their entry, in cents of the base currency, whichever the side."""
    total = ZERO
    for lot in lots:
        price, fx = (lot.fill.price, lot.fill.fx) if mark is None else (mark.price, mark.fx)
        total += worth(lot.quantity, price, multiplier) * fx
    return cents(total)


@exactly
def value_of(fill: Fill, multiplier: Decimal) -> Decimal:
    """What a fill bought or sold, before fees, in the base currency, unrounded and unsigned."""
    return worth(fill.quantity, fill.price, multiplier) * fill.fx
