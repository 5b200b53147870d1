"""A split of what an account trades, as it is typed."""

from collections.abc import Mapping
from typing import Annotated

from trenddojo.domain.splits import LARGEST
from trenddojo.services.inputs import kinds
from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.types import Day, OptionalFxRate, OptionalKey, PositiveMoney

_Units = Annotated[int, kinds.whole(1, LARGEST)]


class SplitInput(Input):
    """From `on`, the first day of trading at the new quantity where it is listed, `numerator` new units stand for
    `denominator` old ones: 4 and 1 for 4-for-1, 1 and 10 for a reverse split of 1-for-10."""

    on: Day
    numerator: _Units
    denominator: _Units
    key: OptionalKey = None

    def problems(self) -> Mapping[str, str]:
        """A split makes more units of one, or fewer."""
        if self.numerator == self.denominator:
            return {"numerator": f"{self.numerator} for {self.denominator} changes nothing."}
        return {}


class FractionInput(Input):
    """What a broker paid in cash for the fraction of a unit that a split left, in the instrument's currency."""

    amount: PositiveMoney
    fx: OptionalFxRate = None
    key: OptionalKey = None
