"""A line of a statement as the preview shows it: what it says in words, and what would become of it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from trenddojo.domain.figures import quantity
from trenddojo.domain.terms import CashKind
from trenddojo.services.imports.verdicts import PreviewLine
from trenddojo.statements.lines import CashLine, Contract, FillLine, HeldLine, LabelLine, Line, SplitLine, SumLine

_CHIPS = {"new": "open", "known": "line", "refused": "warn"}
_VERDICTS = {"new": "new", "known": "here already", "refused": "refused"}
_CASH = {kind: kind.value.capitalize() for kind in CashKind}


@dataclass(frozen=True, slots=True)
class LineView:
    """One line. `at` or `on` says when, `amount` is the size with its unit, `price` and `fee` those of a fill."""

    number: int
    symbol: str
    what: str
    at: datetime | None
    on: date | None
    amount: str
    price: Decimal | None
    fee: Decimal | None
    verdict: str
    chip: str
    detail: str


def line(found: PreviewLine) -> LineView:
    """A line with its verdict."""
    said = found.said
    symbol, what, amount = _told(said)
    fill = said if isinstance(said, FillLine) else None
    return LineView(
        number=said.line,
        symbol=symbol,
        what=what,
        at=fill.at if fill and not fill.is_dated else None,
        on=_day(said),
        amount=amount,
        price=fill.price if fill else None,
        fee=fill.fee if fill else None,
        verdict=_VERDICTS.get(found.verdict, found.verdict),
        chip=_CHIPS.get(found.verdict, ""),
        detail=found.detail,
    )


def _told(said: Line) -> tuple[str, str, str]:
    match said:
        case FillLine():
            return called(said.contract), said.side.value.capitalize(), quantity(said.quantity)
        case LabelLine():
            return "", "Note", ", ".join(said.tags)
        case CashLine():
            return "", _CASH[said.kind], f"{said.amount:,f} {said.currency}"
        case SplitLine():
            return called(said.contract), "Split", f"{said.numerator:f} for {said.denominator:f}"
        case HeldLine():
            return called(said.contract), "Held", quantity(said.quantity)
        case SumLine():
            return said.symbol, f"Total of {said.kind.value}", f"{said.amount:,f} {said.currency}"


def called(contract: Contract) -> str:
    """What a contract is called: the symbol, of an option its terms too."""
    if contract.expiry is None or contract.strike is None or contract.right is None:
        return contract.symbol
    return f"{contract.symbol} {contract.expiry.isoformat()} {contract.strike.normalize():f} {contract.right.value}"


def _day(said: Line) -> date | None:
    match said:
        case FillLine():
            return said.at.date() if said.is_dated else None
        case CashLine() | SplitLine() | HeldLine():
            return said.on
        case SumLine():
            return said.until
        case LabelLine():
            return None
