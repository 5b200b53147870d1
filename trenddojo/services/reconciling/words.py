"""What a comparison's figures are called, and each likely cause as a sentence."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from trenddojo.domain.figures import money, quantity
from trenddojo.domain.reconciling import Cause, Finding, Matter

MATTERS: Mapping[Matter, str] = {
    Matter.POSITION: "Position",
    Matter.REALISED: "Realised P&L",
    Matter.FEES: "Fees",
    Matter.DEPOSITS: "Deposits",
    Matter.WITHDRAWALS: "Withdrawals",
    Matter.INTEREST: "Interest",
    Matter.DIVIDENDS: "Dividends",
    Matter.CASH: "Cash",
}
CAUSES: Mapping[Cause, str] = {
    Cause.SPLIT: "Split",
    Cause.MISSING_FILLS: "Missing fills",
    Cause.FEE: "Fee",
    Cause.TRANSFER: "Transfer",
    Cause.INCOME: "Income",
    Cause.OTHER_LOTS: "Other lots",
    Cause.FOLLOWS: "Follows",
    Cause.UNKNOWN: "Not clear",
}


def told(one: Finding, value: Decimal) -> str:
    """A figure of a finding: units of a position, money of all else."""
    return quantity(value) if one.matter is Matter.POSITION else money(value)


def why(one: Finding) -> str:
    """The likely cause in a sentence or two; empty where both sides agree."""
    return _SENTENCES[one.cause](one) if one.cause else ""


def _split(one: Finding) -> str:
    new, old = one.ratio or (1, 1)
    return f"A split of {new} for {old} makes theirs of ours, and fits the prices: the books do not have it."


def _missing(one: Finding) -> str:
    if one.matter is Matter.POSITION:
        side, units = ("purchase", one.difference) if one.difference > 0 else ("sale", -one.difference)
        return f"Fills that the books lack, a {side} of {quantity(units)} in all, or as many that they have too much."
    if one.matter is Matter.REALISED:
        return "A whole round trip that the books lack: it leaves no position. Import the statement of its dates."
    return "The fills that the books lack were paid for."


def _fee(one: Finding) -> str:
    if one.difference > 0:
        return f"The broker took {money(one.difference)} that the books do not have."
    return f"The books have {money(-one.difference)} more than the broker took: estimates that came too high, or twice."


def _transfer(one: Finding) -> str:
    if one.matter is Matter.CASH:
        return "Cash that moved without a trade, a fee or a flow that was told: a transfer, or a starting balance."
    return f"{MATTERS[one.matter]} that {'the books lack' if one.difference > 0 else 'the broker does not tell'}."


def _income(one: Finding) -> str:
    return f"{MATTERS[one.matter]} that {'the books lack' if one.difference > 0 else 'the books have too much'}."


def _other_lots(one: Finding) -> str:
    return (
        f"Both sides closed {one.name}, with other results: the broker may have chosen other lots than first in, "
        "first out, counted a wash sale, or taken other fees. Compare the fills."
    )


def _follows(one: Finding) -> str:
    if one.matter is Matter.CASH:
        return "It is what the differences of fees and flows above come to: mended with them."
    return f"It follows from the position in {one.name} above: mended with it."


def _unknown(_: Finding) -> str:
    return "More than the other differences explain. Mend those first, then compare again."


_SENTENCES: Mapping[Cause, Callable[[Finding], str]] = {
    Cause.SPLIT: _split,
    Cause.MISSING_FILLS: _missing,
    Cause.FEE: _fee,
    Cause.TRANSFER: _transfer,
    Cause.INCOME: _income,
    Cause.OTHER_LOTS: _other_lots,
    Cause.FOLLOWS: _follows,
    Cause.UNKNOWN: _unknown,
}
