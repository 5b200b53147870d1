"""What entries put at risk: filled ones by what first in, first out has left of them, working ones by their plan.

Amounts are in the account's base currency and unrounded; None stands for a risk that nobody knows (rule 28 of
docs/NUMBERS.md).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trenddojo.domain.money import ZERO, exactly
from trenddojo.domain.terms import Direction
from trenddojo.domain.trades import Position


@dataclass(frozen=True, slots=True)
class EntryRisk:
    """The known risk of some entries added up, and how many of them have no valid stop."""

    amount: Decimal = ZERO
    unknown: int = 0

    def __add__(self, other: "EntryRisk") -> "EntryRisk":
        return EntryRisk(self.amount + other.amount, self.unknown + other.unknown)


@exactly
def total_risk(risks: Iterable[Decimal | None]) -> EntryRisk:
    """Add up the risk of entries, None being unknown."""
    amount, unknown = ZERO, 0
    for risk in risks:
        if risk is None:
            unknown += 1
        else:
            amount += risk
    return EntryRisk(amount, unknown)


@exactly
def planned_risk(
    direction: Direction, entry: Decimal, stop: Decimal | None, quantity: Decimal, point_value: Decimal
) -> Decimal | None:
    """|entry - stop| x quantity x point value, without commissions; None without a stop on the losing side.

    `point_value` is multiplier x FX: what a price change of 1 is worth on one unit, in base currency.
    """
    distance = None if stop is None else direction.sign * (entry - stop)
    return distance * quantity * point_value if distance is not None and distance > 0 else None


def open_entry_risk(position: Position, since: datetime) -> EntryRisk:
    """Frozen risk of the open lots whose entry filled at or after `since` (rule 26 of docs/NUMBERS.md)."""
    return total_risk(
        planned_risk(position.direction, lot.fill.price, lot.fill.stop, lot.quantity, position.multiplier * lot.fill.fx)
        for lot in position.lots
        if lot.fill.at >= since
    )
