"""What is asked of a goal."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from trenddojo.domain.goals import GoalKind, GoalPeriod, check_goal
from trenddojo.services.inputs import kinds
from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.types import OptionalKey

Target = Annotated[Decimal, kinds.number(2, "0", "1000000000")]
Note = Annotated[str, kinds.text(0, 200)]


class GoalInput(Input):
    """A goal: what of a period, and how much at least or at most.

    `target` is money in the account's currency, percent, R or a count, as the kind says.
    """

    kind: GoalKind
    period: GoalPeriod
    target: Target
    note: Note = ""

    def problems(self) -> Mapping[str, str]:
        """A target or a period that does not fit the kind."""
        return check_goal(self.kind, self.period, self.target)


class NewGoalInput(GoalInput):
    """A new goal. A repeated request with the same `key` sets one."""

    key: OptionalKey = None
