"""The commission estimate of an account: its broker's model, or its own fees."""

from decimal import Decimal

from trenddojo.brokers.registry import spec_of
from trenddojo.domain.commissions import Commission, account_fees
from trenddojo.domain.terms import MANUAL, AssetType
from trenddojo.store.models import Account


def commission_of(account: Account, asset_type: AssetType, multiplier: Decimal) -> Commission | None:
    """The estimate for one order of an asset type on an account (rule 40 of docs/NUMBERS.md).

    The account's own fees count where it is traded by hand or its broker has no model of its own, as the simulated one.
    None means that the broker's model does not cover the asset type: no estimate is made, and whoever shows the figure
    has to say so.
    """
    model = None if account.broker == MANUAL else spec_of(account.broker).commission
    if model is None:
        return account_fees(account.fee_per_unit, account.fee_per_order)
    return model(asset_type, multiplier)
