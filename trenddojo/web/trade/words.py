"""The words of the trade page: units, sides, reasons, kinds."""

from decimal import Decimal

from trenddojo.domain.terms import AssetType, Direction, ExitReason, NoteKind, TradeStatus
from trenddojo.web.format import quantity

_UNITS = {
    AssetType.STOCK: ("share", "shares"),
    AssetType.ETF: ("share", "shares"),
    AssetType.OPTION: ("contract", "contracts"),
    AssetType.FUTURE: ("contract", "contracts"),
}

REASONS = {
    ExitReason.STOP_LOSS: "stop loss",
    ExitReason.TRAILING_STOP: "trailing stop",
    ExitReason.TARGET: "target",
    ExitReason.MANUAL: "by hand",
    ExitReason.EXPIRED: "expired",
    ExitReason.RECONCILED: "reconciled",
}
TOLD_REASONS = [reason for reason in ExitReason if reason is not ExitReason.RECONCILED]
"""The reasons that a person may give; the others follow from something else."""

NOTES = {
    NoteKind.ENTRY: "Entry note",
    NoteKind.MANAGEMENT: "Management note",
    NoteKind.EXIT: "Exit note",
    NoteKind.REVIEW: "Review",
}

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


def entered(direction: Direction) -> str:
    """What an entry did, in the past tense."""
    return "Bought" if direction is Direction.LONG else "Sold short"


def left(direction: Direction) -> str:
    """What an exit did, in the past tense."""
    return "Sold" if direction is Direction.LONG else "Bought back"


def leave(direction: Direction) -> str:
    """What an exit does."""
    return "Sell" if direction is Direction.LONG else "Buy back"
