"""Sizing drift: the risk that was planned beside the risk that the entries froze."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from trenddojo.domain.money import ONE, RATIO_PLACES, ZERO, cents, exactly, rounded
from trenddojo.domain.samples import mean, spread
from trenddojo.services.discipline.cases import Case, Subject
from trenddojo.store.fills import was_imported


@dataclass(frozen=True, slots=True)
class Drift:
    """One trade: of the legs that filled, quantity and risk as planned and as they were, risk in the base currency.

    `ratio` is actual / planned risk, 1 for a trade just as large as planned. `bound_by` names the cap that set the
    size, empty for one that the trader typed below every cap.
    """

    subject: Subject
    planned_quantity: Decimal
    quantity: Decimal
    planned_risk: Decimal
    risk: Decimal
    ratio: Decimal
    bound_by: str


@dataclass(frozen=True, slots=True)
class Bound:
    """The trades whose size one cap set."""

    cap: str
    trades: int
    mean_ratio: Decimal | None


@dataclass(frozen=True, slots=True)
class Drifts:
    """Every trade that had a plan with a stop and has an initial risk, the furthest from its plan first.

    `left_out` trades have not.
    """

    trades: tuple[Drift, ...]
    mean_ratio: Decimal | None
    spread: Decimal | None
    over: int
    bounds: tuple[Bound, ...]
    left_out: int


_TOLERANCE = Decimal("0.10")
"""By how much of its plan a trade may be larger before it counts as over."""


def drifts(cases: Sequence[Case]) -> Drifts:
    """The drift of each trade, its mean and spread, and by the cap that bound."""
    found = [drift for case in cases if (drift := _drift(case)) is not None]
    found.sort(key=lambda drift: abs(drift.ratio - ONE), reverse=True)
    ratios = [drift.ratio for drift in found]
    over = sum(ratio > ONE + _TOLERANCE for ratio in ratios)
    return Drifts(tuple(found), mean(ratios), spread(ratios), over, _bounds(found), len(cases) - len(found))


def _bounds(found: Sequence[Drift]) -> tuple[Bound, ...]:
    by_cap: defaultdict[str, list[Decimal]] = defaultdict(list)
    for drift in found:
        by_cap[drift.bound_by].append(drift.ratio)
    made = (Bound(cap, len(ratios), mean(ratios)) for cap, ratios in by_cap.items())
    return tuple(sorted(made, key=lambda bound: (-bound.trades, bound.cap)))


@exactly
def _drift(case: Case) -> Drift | None:
    trade, position = case.trade, case.position
    risk, planned = position.initial_risk, _planned(case)
    if risk is None or planned is None:
        return None
    ratio = rounded(risk / planned[1], RATIO_PLACES)
    return Drift(case.subject, planned[0], position.entered, planned[1], risk, ratio, trade.bound_by)


def _planned(case: Case) -> tuple[Decimal, Decimal] | None:
    """Quantity and risk of the plan of every leg that filled; None without a plan or a stop in it."""
    if any(was_imported(execution) for execution in case.course.books.executions):
        return None
    filled = {lot.fill.leg for lot in case.position.entries}
    first = {row.leg: row.new for row in case.stops if row.old is None}
    quantity, risk = ZERO, ZERO
    for leg in (leg for leg in case.legs if leg.number in filled):
        if leg.number not in first:
            return None
        quantity += leg.planned_quantity
        risk += abs(leg.planned_entry - first[leg.number]) * leg.planned_quantity
    in_base = cents(risk * case.position.multiplier * case.trade.fx)
    return (quantity, in_base) if in_base else None
