"""What may limit a quantity, and the largest quantity that each limit allows."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from trenddojo.domain.budgets import Budget
from trenddojo.domain.money import EXACT, ZERO


class Cap(StrEnum):
    """What may limit a quantity. The order decides ties (rule 34 of docs/NUMBERS.md)."""

    OPEN_POSITIONS = "max_open_positions"
    CORRELATED_POSITIONS = "max_correlated_positions"
    SECTOR_POSITIONS = "max_sector_positions"
    FIXED_UNITS = "fixed_units"
    KELLY = "kelly"
    RISK_PER_TRADE = "risk_per_trade"
    POSITION_VALUE = "position_value"
    BUYING_POWER = "buying_power"
    DAILY_RISK = "daily_risk"
    WEEKLY_RISK = "weekly_risk"
    DAILY_LOSS = "daily_loss"

    @property
    def label(self) -> str:
        """Its name as people read it."""
        return _LABELS[self]


_LABELS = {
    Cap.OPEN_POSITIONS: "Open positions",
    Cap.CORRELATED_POSITIONS: "Correlated positions",
    Cap.SECTOR_POSITIONS: "Sector positions",
    Cap.FIXED_UNITS: "Fixed units",
    Cap.KELLY: "Half Kelly",
    Cap.RISK_PER_TRADE: "Risk per trade",
    Cap.POSITION_VALUE: "Position value",
    Cap.BUYING_POWER: "Buying power",
    Cap.DAILY_RISK: "Daily risk left",
    Cap.WEEKLY_RISK: "Weekly risk left",
    Cap.DAILY_LOSS: "Daily loss limit",
}


def no_charge(_quantity: Decimal) -> Decimal:
    """The charge of a cost that is so much a unit and nothing else."""
    return ZERO


@dataclass(frozen=True, slots=True)
class Cost:
    """What a quantity uses up of a limit: so much a unit, and a charge that never falls as the quantity rises."""

    per_unit: Decimal
    charge: Callable[[Decimal], Decimal] = no_charge

    def of(self, quantity: Decimal) -> Decimal:
        """The cost of `quantity`, 0 for none."""
        return self.per_unit * quantity + self.charge(quantity) if quantity else ZERO


@dataclass(frozen=True, slots=True)
class CapRule:
    """One cap as an inequality: what is used of the budget, and the cost of the quantity, stay within its limit."""

    cap: Cap
    cost: Cost
    budget: Budget

    def breached_by(self, quantity: Decimal) -> bool:
        """Whether `quantity` is more than the cap allows; equal to the limit passes (rule 27 of docs/NUMBERS.md)."""
        if not quantity:
            return False
        return self.budget.unknown is not None or self.budget.used + self.cost.of(quantity) > self.budget.limit

    def allows(self, step: Decimal) -> Decimal | None:
        """The largest multiple of `step` that the cap allows; None if it allows any quantity."""
        if self.breached_by(step):
            return ZERO
        return largest_multiple(self.cost, step, self.budget.left) if self.cost.per_unit else None


def largest_multiple(cost: Cost, step: Decimal, left: Decimal) -> Decimal:
    """The largest multiple of `step` whose cost is within `left`, exactly; the cost of a unit is above 0.

    Without its charge the cost allows too much, with the charge of that too much it allows too little. Between the two,
    mostly a lot or none apart, halving finds the last multiple that fits: the cost never falls as the quantity rises.
    """
    lot_cost = cost.per_unit * step
    most = int(left // lot_cost)
    least = max(0, int((left - cost.charge(most * step)) // lot_cost))
    while least < most:
        middle = (least + most + 1) // 2
        if cost.of(middle * step) <= left:
            least = middle
        else:
            most = middle - 1
    return least * step


@dataclass(frozen=True, slots=True)
class CapReading:
    """One cap beside a quantity: a bar of the ticket and, where breached, the reason to deny."""

    cap: Cap
    allows: Decimal | None
    """The largest quantity on the lot that it allows, whatever the other caps say; None if it allows any."""
    budget: Budget
    cost: Decimal
    """What the quantity takes of the budget, in the budget's unit."""
    breached: bool

    @property
    def after(self) -> Decimal:
        """What is used of the budget once the quantity is filled or working."""
        return EXACT.add(self.budget.used, self.cost)


def read_cap(rule: CapRule, quantity: Decimal, allows: Decimal | None) -> CapReading:
    """The reading of `rule` beside `quantity`, given what it `allows`."""
    return CapReading(rule.cap, allows, rule.budget, rule.cost.of(quantity), rule.breached_by(quantity))
