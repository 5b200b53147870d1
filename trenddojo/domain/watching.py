"""When a limit calls for attention, and what it takes to say that this is over."""

from decimal import Decimal
from enum import StrEnum

from trenddojo.domain.budgets import Budget

NEAR = Decimal("0.8")
"""The share of a limit from which on it is approached."""
AWAY = Decimal("0.75")
"""The share below which an approached limit is left again: a figure that swings about NEAR rings once."""


class Level(StrEnum):
    """How near a limit is."""

    NEAR = "near"
    REACHED = "reached"


def level_of(budget: Budget, *, was_near: bool) -> Level | None:
    """How near a limit is, None where there is nothing to say; `was_near` if that was said already.

    A limit with an unknown fact, or of nothing, says nothing: other notices tell of those.
    """
    if budget.unknown is not None or budget.limit <= 0:
        return None
    if budget.used >= budget.limit:
        return Level.REACHED
    share = budget.used / budget.limit
    return Level.NEAR if share >= (AWAY if was_near else NEAR) else None
