"""An account's limits, and the sectors that one of them counts by."""

from uuid import UUID

from trenddojo.domain.terms import TokenScope
from trenddojo.services import risk_settings, sectors
from trenddojo.services.exposure import limits_of
from trenddojo.services.inputs.risk import RiskInput
from trenddojo.services.inputs.sectors import SectorInput
from trenddojo.web import deps
from trenddojo.web.api.operations import Group
from trenddojo.web.api.outputs.accounts import RiskOut, SectorsOut

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


@group.get("/accounts/<uuid:account_id>/sectors")
def list_sectors(account_id: UUID) -> SectorsOut:
    """List the sectors that an account gives symbols."""
    return SectorsOut.of(sectors.sectors_at(deps.seat(account_id)))


@group.put("/accounts/<uuid:account_id>/sectors")
def set_sector(account_id: UUID, body: SectorInput) -> SectorsOut:
    """Say what sector a symbol is in, empty for none.

    It holds for the shares and for every contract on them, and counts from the next plan on.
    """
    return SectorsOut.of(sectors.set_sector(deps.seat(account_id), body))
