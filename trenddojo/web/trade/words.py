"""The words of the trade page: units, sides, reasons, kinds."""

from decimal import Decimal

from trenddojo.domain.terms import AssetType, Direction, ExitReason, TradeStatus
from trenddojo.web.format import quantity
from trenddojo.web.trade_words import NOTES, REASONS, entered, left

__all__ = ["NOTES", "REASONS", "STATUS_CHIP", "TOLD_REASONS", "entered", "leave", "left", "unit", "units"]

_UNITS = {
    AssetType.STOCK: ("share", "shares"),
    AssetType.ETF: ("share", "shares"),
    AssetType.OPTION: ("contract", "contracts"),
    AssetType.FUTURE: ("contract", "contracts"),
}

TOLD_REASONS = [reason for reason in ExitReason if reason is not ExitReason.RECONCILED]
"""The reasons that a person may give; the others follow from something else."""

STATUS_CHIP = {
    TradeStatus.PLANNING: ("planned", "plan"),
    TradeStatus.PENDING: ("order placed", "plan"),
    TradeStatus.ACTIVE: ("active", "open"),
    TradeStatus.CLOSED: ("closed", "line"),
    TradeStatus.CANCELLED: ("cancelled", "line"),
}


def unit(asset_type: AssetType, amount: Decimal) -> str:
    """`share` or `shares`, as the amount wants it."""
    one, many = _UNITS.get(asset_type, ("unit", "units"))
    return one if amount == 1 else many


def units(asset_type: AssetType, amount: Decimal) -> str:
    """`48 shares`, `1 contract`."""
    return f"{quantity(amount)} {unit(asset_type, amount)}"


def leave(direction: Direction) -> str:
    """What an exit does."""
    return "Sell" if direction is Direction.LONG else "Buy back"
