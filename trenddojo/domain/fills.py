"""Executions as the book keeps them: what one is, the order in which they count, the cash that they move."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Self

from trenddojo.domain.money import PRICE_PLACES, ZERO, cents, exactly, rounded
from trenddojo.domain.terms import Side

FIRST_LEG = 1

_WORTH_PLACES = 26
"""More than quantity x price x multiplier ever has, and far fewer than `money.EXACT`."""


class BookError(ValueError):
    """The fills do not make one trade, from flat to flat (rule 7 of docs/NUMBERS.md)."""


class NotAnEntryError(BookError):
    """The first fill of a trade is on its exit side."""


class LegMissingError(BookError):
    """An entry does not say which leg it opens or adds to."""


class AfterFlatError(BookError):
    """The trade is over before this fill, which belongs to the next one."""


class ThroughZeroError(BookError):
    """An exit is larger than the position; `split_at_zero` divides it at the quantity `held`."""

    def __init__(self, held: Decimal) -> None:
        super().__init__(f"The exit is larger than the {held:f} held.")
        self.held = held


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution of a trade.

    `price` is per unit and `fee` in the instrument's currency (negative: a rebate); `fx` turns that currency into the
    account's base currency. `leg` is the number of the leg that an entry opens or adds to, or that an exit names (None:
    the oldest). `stop`, of entries only, is the leg's stop in force at that moment, frozen when the fill was recorded.
    Raises ValueError for a time without a zone, or a quantity or rate that is not above zero.
    """

    key: str
    at: datetime
    sequence: int
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_estimated: bool
    fx: Decimal
    leg: int | None = None
    stop: Decimal | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("The time of a fill needs a zone.")
        if self.quantity <= 0 or self.fx <= 0:
            raise ValueError("The quantity and the rate of a fill are above zero.")


@dataclass(frozen=True, slots=True)
class Cash:
    """One sum of money twice: in the account's base currency and in the instrument's own."""

    base: Decimal
    native: Decimal

    def __add__(self, other: Self) -> "Cash":
        return Cash(self.base + other.base, self.native + other.native)

    def __sub__(self, other: Self) -> "Cash":
        return Cash(self.base - other.base, self.native - other.native)

    def cents(self) -> "Cash":
        """Both rounded as money is booked."""
        return Cash(cents(self.base), cents(self.native))


NOTHING = Cash(ZERO, ZERO)


def in_order(fills: Iterable[Fill]) -> list[Fill]:
    """By time, then the source's own sequence, then key; equal ones are all kept (rule 4 of docs/NUMBERS.md)."""
    return sorted(fills, key=lambda fill: (fill.at, fill.sequence, fill.key))


def worth(quantity: Decimal, price: Decimal, multiplier: Decimal) -> Decimal:
    """Quantity x price x multiplier, within `exactly`: all their digits, as far as they are amounts that were told.

    What a split made of them may have no end, a third for one; their product then comes out even again.
    """
    return _even(quantity * price * multiplier)


def _even(value: Decimal) -> Decimal:
    return rounded(value, _WORTH_PLACES)


@exactly
def cash_of(fill: Fill, quantity: Decimal, multiplier: Decimal) -> Cash:
    """What `quantity` of a fill paid out (below zero) or brought in, its share of the fee included, unrounded.

    Fees are shared by quantity (rule 10 of docs/NUMBERS.md) and each fill converts at its own rate (rule 12).
    """
    sign = -1 if fill.side is Side.BUY else 1
    native = _even(sign * quantity * fill.price * multiplier - fill.fee * quantity / fill.quantity)
    return Cash(native * fill.fx, native)


@exactly
def split_at_zero(fill: Fill, held: Decimal) -> tuple[Fill, Fill]:
    """Divide a fill that goes through zero: the part that closes the `held` quantity, and the part that opens the next.

    Both keep the key; the second, with the stop, opens the next trade's first leg (rule 8 of docs/NUMBERS.md). The fee
    is shared by quantity to 6 places, with nothing lost. Raises ValueError unless 0 < held < the fill's quantity.
    """
    if not 0 < held < fill.quantity:
        raise ValueError("Only a fill larger than the position goes through zero.")
    fee = rounded(fill.fee * held / fill.quantity, PRICE_PLACES)
    closing = replace(fill, quantity=held, fee=fee, stop=None)
    opening = replace(fill, quantity=fill.quantity - held, fee=fill.fee - fee, leg=FIRST_LEG)
    return closing, opening
