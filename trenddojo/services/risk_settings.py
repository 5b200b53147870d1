"""An account's limits: read by everybody who sees the account, set by its owner."""

from trenddojo.domain.risk import RiskLimits
from trenddojo.services.errors import Forbidden
from trenddojo.services.exposure import limits_of
from trenddojo.services.inputs.risk import RiskInput
from trenddojo.store.database import db
from trenddojo.store.exposure import settings_of
from trenddojo.store.seats import Seat


def set_limits(seat: Seat, entered: RiskInput) -> RiskLimits:
    """Set all limits of an account; they hold from the next plan on. Raises Forbidden for anybody but the owner."""
    if not seat.may_manage:
        raise Forbidden(f"Only the owner of {seat.account.name} may change its limits.")
    stored = settings_of(seat.account.id)
    for name in RiskInput.model_fields:
        setattr(stored, name, getattr(entered, name))
    db.session.commit()
    return limits_of(seat.account)
