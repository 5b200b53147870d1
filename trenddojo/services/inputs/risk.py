"""An account's limits as they are set."""

from collections.abc import Mapping
from typing import Annotated

from trenddojo.domain.risk import RiskLimits, check_limits
from trenddojo.domain.terms import SizingMethod
from trenddojo.services.inputs import kinds
from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.types import OptionalQuantity, PositionPercent, RiskPercent

Positions = Annotated[int, kinds.whole(1, 1000)]
Streak = Annotated[int, kinds.whole(0, 20)]


class RiskInput(Input):
    """All limits of an account, field by field those of `domain.risk.RiskLimits`. Percentages are percent points."""

    max_risk_per_trade: RiskPercent
    max_risk_per_day: RiskPercent
    max_risk_per_week: RiskPercent
    daily_loss_limit: RiskPercent
    max_position_value: PositionPercent
    max_open_positions: Positions
    max_correlated_positions: Positions
    max_sector_positions: Positions
    sizing_method: SizingMethod
    fixed_units: OptionalQuantity = None
    halve_after_losses: Streak

    @property
    def limits(self) -> RiskLimits:
        """The same as the domain reads them."""
        return RiskLimits(**{name: getattr(self, name) for name in type(self).model_fields})

    def problems(self) -> Mapping[str, str]:
        """What the domain does not accept, such as fixed units without their number."""
        return check_limits(self.limits)
