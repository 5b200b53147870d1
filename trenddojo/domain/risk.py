"""An account's risk settings, and when a losing streak halves them.

Every percentage of this package is in percent points, as people type them: 1 means 1%.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from trenddojo.domain.figures import quantity
from trenddojo.domain.money import HUNDRED, ONE, ZERO
from trenddojo.domain.terms import SizingMethod

_SMALLEST_PERCENT = Decimal("0.1")
_LARGEST_PERCENT = Decimal(10)
_MOST_POSITIONS = 1000
_LONGEST_STREAK = 20
_LARGEST_UNITS = Decimal(10) ** 9
_TWO = Decimal(2)


@dataclass(frozen=True, slots=True)
class RiskLimits:
    """The risk settings of one account. Percentages are percent points of equity (1 is 1%), units are instrument units.

    `fixed_units` is needed by the method of that name only. `halve_after_losses` is the length of the losing streak
    that halves risk; 0 never halves.
    """

    max_risk_per_trade: Decimal = ONE
    max_risk_per_day: Decimal = Decimal(3)
    max_risk_per_week: Decimal = Decimal(6)
    daily_loss_limit: Decimal = Decimal(2)
    max_position_value: Decimal = Decimal(30)
    max_open_positions: int = 5
    max_correlated_positions: int = 3
    max_sector_positions: int = 3
    sizing_method: SizingMethod = SizingMethod.FIXED_RISK
    fixed_units: Decimal | None = None
    halve_after_losses: int = 3

    def halved_by(self, streak: int) -> bool:
        """Whether `streak` losses in a row halve risk percent and fixed units (rule 36 of docs/NUMBERS.md)."""
        return 0 < self.halve_after_losses <= streak

    def after_streak(self, amount: Decimal, streak: int) -> Decimal:
        """`amount` of risk percent or units as it holds after `streak` losses in a row."""
        return amount / _TWO if self.halved_by(streak) else amount


def check_limits(limits: RiskLimits) -> dict[str, str]:
    """What is wrong with risk settings: field name -> sentence; empty when nothing is."""
    errors = {
        **_check_percentages(limits),
        **_check_count(limits, "max_open_positions", 1, _MOST_POSITIONS),
        **_check_count(limits, "max_correlated_positions", 1, _MOST_POSITIONS),
        **_check_count(limits, "max_sector_positions", 1, _MOST_POSITIONS),
        **_check_count(limits, "halve_after_losses", 0, _LONGEST_STREAK),
    }
    if (sentence := _fixed_units_error(limits)) is not None:
        errors["fixed_units"] = sentence
    return errors


def check_risk_percent(risk_percent: Decimal, limits: RiskLimits) -> str | None:
    """What is wrong with a trade's own risk percent (rule 35 of docs/NUMBERS.md), as a sentence; None if nothing is."""
    if not risk_percent.is_finite() or risk_percent <= 0:
        return "The risk of a trade must be above 0%."
    if risk_percent > limits.max_risk_per_trade:
        return f"The risk of a trade may not exceed your limit of {quantity(limits.max_risk_per_trade)}%."
    return None


def losing_streak(results: Iterable[Decimal], band: Decimal = ZERO) -> int:
    """How many of the account's latest closed trades lost, in a row, breakevens skipped (rule 36 of docs/NUMBERS.md).

    `results` are net P&L of closed trades, newest first; it is read no further than the latest win. `band`, in the
    same currency and not negative, is how far from 0 a breakeven may be.
    """
    streak = 0
    for result in results:
        if result > band:
            break
        streak += result < -band
    return streak


def _check_percentages(limits: RiskLimits) -> dict[str, str]:
    largest = {
        "max_risk_per_trade": _LARGEST_PERCENT,
        "max_risk_per_day": _LARGEST_PERCENT,
        "max_risk_per_week": _LARGEST_PERCENT,
        "daily_loss_limit": _LARGEST_PERCENT,
        "max_position_value": HUNDRED,
    }
    return {
        field: f"Must be from {_SMALLEST_PERCENT}% to {most}%."
        for field, most in largest.items()
        if not _within(getattr(limits, field), _SMALLEST_PERCENT, most)
    }


def _check_count(limits: RiskLimits, field: str, least: int, most: int) -> dict[str, str]:
    if least <= getattr(limits, field) <= most:
        return {}
    return {field: f"Must be a whole number from {least} to {most:,}."}


def _fixed_units_error(limits: RiskLimits) -> str | None:
    if limits.fixed_units is None:
        wanted = limits.sizing_method is SizingMethod.FIXED_UNITS
        return "Sizing by fixed units needs the number of units." if wanted else None
    allowed = limits.fixed_units.is_finite() and 0 < limits.fixed_units <= _LARGEST_UNITS
    return None if allowed else f"Must be above 0 and at most {_LARGEST_UNITS:,}."


def _within(value: Decimal, least: Decimal, most: Decimal) -> bool:
    return value.is_finite() and least <= value <= most
