"""What the calculator answers."""

from trenddojo.domain.budgets import Unknown
from trenddojo.domain.caps import Cap, CapReading
from trenddojo.domain.sizing import Sizing, WarningCode
from trenddojo.domain.worded import binding_sentence, breach_sentence, warning_sentence
from trenddojo.web.api.outputs.base import Exact, Money, Output, Percent, Ratio


class BudgetOut(Output):
    """A limit and what is used of it, in money, units or positions. While a fact is `unknown`, nothing is left."""

    used: Ratio
    limit: Ratio
    left: Ratio
    percent: Percent | None
    unknown: Unknown | None


class CapOut(Output):
    """One cap beside the quantity. `allows` is the largest quantity under it alone, null where it allows any."""

    cap: Cap
    label: str
    allows: Exact | None
    breached: bool
    sentence: str
    budget: BudgetOut


class TargetOut(Output):
    """What a target brings for the whole quantity, after commissions."""

    price: Exact
    distance_r: Ratio
    gain: Money
    reward_to_risk: Ratio | None


class WarningOut(Output):
    """What to watch; it stops nothing."""

    code: WarningCode
    sentence: str


class SizingOut(Output):
    """A quantity and what it means. Money is in the account's base currency, percentages are percent points of equity.

    `allowed` is the largest quantity within every cap, and `bound_by` the cap that set it. `is_allowed` says whether
    a plan with `quantity` would be saved.
    """

    quantity: Exact
    allowed: Exact
    is_allowed: bool
    bound_by: Cap
    sentence: str
    risk_percent: Percent
    risk_amount: Money
    halved: bool
    position_value: Money | None
    position_percent: Percent | None
    loss_at_stop: Money
    loss_percent: Percent | None
    commission: Money | None
    r_per_point: Ratio
    targets: list[TargetOut]
    caps: list[CapOut]
    warnings: list[WarningOut]


def sizing_out(sizing: Sizing) -> SizingOut:
    """A sizing with its sentences."""
    return SizingOut(
        quantity=sizing.quantity,
        allowed=sizing.allowed,
        is_allowed=bool(sizing.quantity) and not sizing.breaches,
        bound_by=sizing.binding.cap,
        sentence=str(binding_sentence(sizing)),
        risk_percent=sizing.risk_percent,
        risk_amount=sizing.risk_amount,
        halved=sizing.halved,
        position_value=sizing.position_value,
        position_percent=sizing.position_percent,
        loss_at_stop=sizing.loss_at_stop,
        loss_percent=sizing.loss_percent,
        commission=sizing.commission,
        r_per_point=sizing.r_per_point,
        targets=[TargetOut.model_validate(target) for target in sizing.targets],
        caps=[_cap(reading) for reading in sizing.caps],
        warnings=[WarningOut(code=found.code, sentence=warning_sentence(found)) for found in sizing.warnings],
    )


def _cap(reading: CapReading) -> CapOut:
    return CapOut(
        cap=reading.cap,
        label=reading.cap.label,
        allows=reading.allows,
        breached=reading.breached,
        sentence=breach_sentence(reading) if reading.breached else "",
        budget=BudgetOut.model_validate(reading.budget),
    )
