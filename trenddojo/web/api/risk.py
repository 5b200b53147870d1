"""An account's limits."""

from uuid import UUID

from trenddojo.domain.terms import TokenScope
from trenddojo.services import risk_settings
from trenddojo.services.exposure import limits_of
from trenddojo.services.inputs.risk import RiskInput
from trenddojo.web import deps
from trenddojo.web.api.operations import Group
from trenddojo.web.api.outputs.accounts import RiskOut

group = Group("Risk")


@group.get("/accounts/<uuid:account_id>/risk")
def get_risk(account_id: UUID) -> RiskOut:
    """Look at an account's limits."""
    return RiskOut.model_validate(limits_of(deps.seat(account_id).account))


@group.put("/accounts/<uuid:account_id>/risk", TokenScope.ADMIN)
def set_risk(account_id: UUID, body: RiskInput) -> RiskOut:
    """Set all limits of an account.

    Its owner may. They hold from the next plan on.
    """
    return RiskOut.model_validate(risk_settings.set_limits(deps.seat(account_id), body))
