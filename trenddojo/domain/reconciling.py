"""Our books beside a broker's statement: figure by figure, with the likely cause of each difference.

Positions are in units as of the end of one local date, money in the account's base currency and in cents. Fees,
realised P&L and flows are those of the statement's span. A cause is a guess by what the figures alone tell.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from trenddojo.domain.money import ONE, ZERO, exactly


class Matter(StrEnum):
    """What is compared."""

    POSITION = "position"
    REALISED = "realised"
    FEES = "fees"
    DEPOSITS = "deposits"
    WITHDRAWALS = "withdrawals"
    INTEREST = "interest"
    DIVIDENDS = "dividends"
    CASH = "cash"


class Cause(StrEnum):
    """The likely cause of a difference."""

    SPLIT = "split"
    MISSING_FILLS = "missing_fills"
    FEE = "fee"
    TRANSFER = "transfer"
    INCOME = "income"
    OTHER_LOTS = "other_lots"
    FOLLOWS = "follows"
    UNKNOWN = "unknown"


_SIGNS = {Matter.WITHDRAWALS: -1, Matter.FEES: -1}
"""Which of the sums take cash away."""

_SAME_PRICE = Decimal("0.02")
"""How far average prices may lie apart, as a part of the price, and still be those of the same shares after a split."""
_MOST_FOR_ONE = 100


@dataclass(frozen=True, slots=True)
class Held:
    """Units of an instrument, below zero for a short, and their average entry price where it is known."""

    quantity: Decimal
    average: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What one side says. What it does not tell is absent, or None: that is not compared, and never counts as zero.

    `held` has every position of a side that tells positions, so that one which it lacks is zero.
    """

    as_of: date
    since: date
    held: Mapping[str, Held] | None = None
    realised: Mapping[str, Decimal] | None = None
    sums: Mapping[Matter, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure on both sides. `name` is the instrument's, empty for a sum; `ratio` that of a likely split, new for
    old; `cause` None where both agree."""

    matter: Matter
    name: str
    ours: Decimal
    theirs: Decimal
    cause: Cause | None = None
    ratio: tuple[int, int] | None = None

    @property
    def difference(self) -> Decimal:
        """Theirs less ours."""
        return self.theirs - self.ours

    @property
    def matches(self) -> bool:
        """Whether both sides say the same, to the cent."""
        return self.cause is None


@exactly
def compare(ours: Figures, theirs: Figures) -> tuple[Finding, ...]:
    """Every figure that both sides tell, positions first and cash last, each with the likely cause of a difference."""
    positions = tuple(_positions(ours, theirs))
    astray = {one.name for one in positions if not one.matches}
    realised = tuple(_realised(ours, theirs, astray))
    sums = tuple(_sums(ours, theirs))
    found = (*positions, *realised, *sums)
    return (*found, *_cash(ours, theirs, found))


def _positions(ours: Figures, theirs: Figures) -> Iterator[Finding]:
    if ours.held is None or theirs.held is None:
        return
    for name in sorted({*ours.held, *theirs.held}):
        our, their = ours.held.get(name, _NOTHING), theirs.held.get(name, _NOTHING)
        cause, ratio = _why_held(our, their)
        if our.quantity or their.quantity:
            yield Finding(Matter.POSITION, name, our.quantity, their.quantity, cause, ratio)


_NOTHING = Held(ZERO)


def _why_held(our: Held, their: Held) -> tuple[Cause | None, tuple[int, int] | None]:
    if our.quantity == their.quantity:
        return None, None
    ratio = split_ratio(our, their)
    if ratio is not None:
        return Cause.SPLIT, ratio
    return Cause.MISSING_FILLS, None


@exactly
def split_ratio(our: Held, their: Held) -> tuple[int, int] | None:
    """The split, new units for old ones, that would make our position theirs; None where none is likely.

    Whole numbers for one, one for a whole number, and 3 for 2, up to 100. Where both sides know their average price it
    has to have changed the other way round: a purchase would have left it where it was.
    """
    if our.quantity * their.quantity <= 0:
        return None
    for new, old in ((n, 1) for n in range(2, _MOST_FOR_ONE + 1)):
        for ratio in ((new, old), (old, new)):
            if _fits(our, their, ratio):
                return ratio
    return (3, 2) if _fits(our, their, (3, 2)) else None


def _fits(our: Held, their: Held, ratio: tuple[int, int]) -> bool:
    new, old = ratio
    if our.quantity * new != their.quantity * old:
        return False
    if our.average is None or their.average is None or not our.average:
        return True
    return abs(their.average * new / (our.average * old) - ONE) <= _SAME_PRICE


def _realised(ours: Figures, theirs: Figures, astray: set[str]) -> Iterator[Finding]:
    if ours.realised is None or theirs.realised is None:
        return
    for name in sorted({*ours.realised, *theirs.realised}):
        our, their = ours.realised.get(name, ZERO), theirs.realised.get(name, ZERO)
        if our or their:
            cause = None if our == their else _why_realised(name, our, astray)
            yield Finding(Matter.REALISED, name, our, their, cause)


def _why_realised(name: str, our: Decimal, astray: set[str]) -> Cause:
    """Fills that lack a round trip leave no trace but here; else the broker closed other lots, or took other fees."""
    if name in astray:
        return Cause.FOLLOWS
    return Cause.OTHER_LOTS if our else Cause.MISSING_FILLS


_OF_SUMS = {
    Matter.FEES: Cause.FEE,
    Matter.DEPOSITS: Cause.TRANSFER,
    Matter.WITHDRAWALS: Cause.TRANSFER,
    Matter.INTEREST: Cause.INCOME,
    Matter.DIVIDENDS: Cause.INCOME,
}


def _sums(ours: Figures, theirs: Figures) -> Iterator[Finding]:
    for matter, cause in _OF_SUMS.items():
        if matter in ours.sums and matter in theirs.sums:
            our, their = ours.sums[matter], theirs.sums[matter]
            yield Finding(matter, "", our, their, None if our == their else cause)


def _cash(ours: Figures, theirs: Figures, found: tuple[Finding, ...]) -> Iterator[Finding]:
    """Cash differs by whatever else does; what that leaves unexplained is a transfer or fills that nobody told."""
    if Matter.CASH not in ours.sums or Matter.CASH not in theirs.sums:
        return
    our, their = ours.sums[Matter.CASH], theirs.sums[Matter.CASH]
    explained = sum((_SIGNS.get(one.matter, 1) * one.difference for one in found if one.matter in _OF_SUMS), ZERO)
    if our == their:
        cause = None
    elif explained and their - our == explained:
        cause = Cause.FOLLOWS
    elif any(one.cause is Cause.MISSING_FILLS for one in found):
        cause = Cause.MISSING_FILLS
    else:
        cause = Cause.TRANSFER if not explained else Cause.UNKNOWN
    yield Finding(Matter.CASH, "", our, their, cause)


@exactly
def unexplained_cash(findings: tuple[Finding, ...]) -> Decimal:
    """How far cash differs beyond what differing fees and flows explain; 0 where cash is not compared."""
    cash = next((one.difference for one in findings if one.matter is Matter.CASH), ZERO)
    sums = (_SIGNS.get(one.matter, 1) * one.difference for one in findings if one.matter in _OF_SUMS)
    return cash - sum(sums, ZERO) if cash else ZERO
