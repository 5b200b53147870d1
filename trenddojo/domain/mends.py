"""What would make our books say what a broker says of one figure."""

from enum import StrEnum

from trenddojo.domain.reconciling import Cause, Finding, Matter
from trenddojo.domain.terms import CashKind


class Way(StrEnum):
    """What can be booked to mend a difference."""

    FILL = "fill"
    SPLIT = "split"
    CASH = "cash"


_KINDS = {
    Matter.FEES: CashKind.FEE,
    Matter.DEPOSITS: CashKind.DEPOSIT,
    Matter.WITHDRAWALS: CashKind.WITHDRAWAL,
    Matter.INTEREST: CashKind.INTEREST,
    Matter.DIVIDENDS: CashKind.DIVIDEND,
}
_SIGNED = (Matter.FEES, Matter.INTEREST, Matter.DIVIDENDS)
"""What may come back: a booking of the other sign corrects it. A deposit too much is corrected where it stands."""


def way_of(one: Finding) -> Way | None:
    """What could be booked about a difference; None where it follows from another, or where what is booked is wrong."""
    if one.cause in (None, Cause.FOLLOWS, Cause.UNKNOWN):
        return None
    if one.matter is Matter.POSITION:
        return Way.SPLIT if one.cause is Cause.SPLIT else Way.FILL
    return Way.CASH if cash_kind(one) is not None else None


def cash_kind(one: Finding) -> CashKind | None:
    """The kind of movement that the other side has, for a difference of cash; None for what no movement mends."""
    if one.matter is Matter.CASH and one.cause is Cause.TRANSFER:
        return CashKind.DEPOSIT if one.difference > 0 else CashKind.WITHDRAWAL
    return _KINDS.get(one.matter) if one.difference > 0 or one.matter in _SIGNED else None
