"""The figures of a fill as its cells tell them: how many, at what price, what it cost, and whether they agree."""

from collections.abc import Iterable
from decimal import Decimal

from trenddojo.domain.money import ZERO
from trenddojo.statements.values import BadValue, amount, number

_NEAR = Decimal("0.01")


def quantity_of(text: str, name: str, *, comma: bool = False) -> Decimal:
    """How many were traded, whatever the sign: above zero. `name` is the column's. Raises BadValue."""
    found = abs(number(text, name, comma=comma))
    if not found:
        raise BadValue(f"{name}: a fill of nothing is none.")
    return found


def price_of(text: str, name: str, *, comma: bool = False) -> Decimal:
    """A price, with or without "@" before it: zero or above. Raises BadValue."""
    found = number(text.strip().removeprefix("@"), name, comma=comma)
    if found < 0:
        raise BadValue(f"{name}: a price below zero is not kept.")
    return found


def cost_of(cells: Iterable[tuple[str, str]]) -> Decimal:
    """The sum of cells with their columns' names; an empty one, or a dash, is nothing. Raises BadValue."""
    return sum((amount(text, name) or ZERO for text, name in cells), ZERO)


def must_agree(paid: Decimal | None, value: Decimal, fee: Decimal | None, name: str) -> None:
    """Refuse a fill whose cash is not quantity x price, before or after fees: that shows another multiplier.

    Prices are told to 4 places, so a hundredth part may be off. `name` is the column of `paid`, which may be empty.
    Raises BadValue.
    """
    if paid is None:
        return
    off = abs(abs(paid) - value)
    if off > abs(fee or ZERO) + _NEAR * max(value, abs(paid)) + _NEAR:
        raise BadValue(
            f"{name}: {paid} is not quantity times price ({value.normalize():f}). Bonds, and options on other than 100 "
            "shares, are not read here: bring this line in a file whose columns you name, with a multiplier."
        )
