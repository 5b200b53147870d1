"""What was planned against what was filled: how much each fill gained or cost over its plan."""

from dataclasses import dataclass
from decimal import Decimal

from trenddojo.domain.fills import Fill
from trenddojo.domain.money import ZERO, cents, exactly
from trenddojo.domain.terms import ExitReason, Side
from trenddojo.domain.trades import Lot, Position, in_r
from trenddojo.services.courses import Course
from trenddojo.store.fills import was_imported
from trenddojo.store.models import Execution, Leg, Trade


@dataclass(frozen=True, slots=True)
class Slippage:
    """One fill beside its plan, prices in the instrument's currency.

    `amount` is in cents of the base currency, below zero where the fill was worse than its plan; `r` is the same in
    units of the frozen risk that the fill opened or closed, None without one.
    """

    step: str
    planned: Decimal
    filled: Decimal
    quantity: Decimal
    amount: Decimal
    r: Decimal | None


def slippages(course: Course, legs: dict[int, Leg]) -> dict[str, Slippage]:
    """The fills that had a planned price, by their key, in order: entries, exits at the stop and exits at a target."""
    found = {}
    executions = {execution.key: execution for execution in course.books.executions}
    for before, after, fill in zip(course.positions, course.positions[1:], course.books.position.fills, strict=False):
        plan = _plan_of(fill, executions[fill.key], before, course, legs)
        if plan is not None:
            found[fill.key] = _slippage(*plan, fill, before, after)
    return found


def _plan_of(
    fill: Fill, execution: Execution, before: Position, course: Course, legs: dict[int, Leg]
) -> tuple[str, Decimal] | None:
    """What the fill was meant to be, and at what price; None for an exit by hand, and for what was imported."""
    trade = course.books.trade
    if was_imported(execution):
        return None
    if fill.side is trade.direction.entry_side:
        leg = legs.get(fill.leg or 0)
        return (("Entry" if leg.number == 1 else "Add"), leg.planned_entry) if leg else None
    match execution.exit_reason:
        case ExitReason.STOP_LOSS | ExitReason.TRAILING_STOP:
            stop = course.stops_at(fill.at).get(fill.leg) if fill.leg else course.nearest_stop(before, fill.at)
            return ("Stop", stop) if stop is not None else None
        case ExitReason.TARGET:
            return _nearest_target(trade, fill.price)
        case _:
            return None


def _nearest_target(trade: Trade, price: Decimal) -> tuple[str, Decimal] | None:
    targets = [(f"Target {n}", at) for n, at in enumerate((trade.target_1, trade.target_2), 1) if at is not None]
    return min(targets, key=lambda target: abs(target[1] - price)) if targets else None


@exactly
def _slippage(step: str, planned: Decimal, fill: Fill, before: Position, after: Position) -> Slippage:
    sign = 1 if fill.side is Side.SELL else -1
    amount = cents(sign * (fill.price - planned) * fill.quantity * before.multiplier * fill.fx)
    return Slippage(step, planned, fill.price, fill.quantity, amount, in_r(amount, _risk(fill, before, after)))


def _risk(fill: Fill, before: Position, after: Position) -> Decimal | None:
    """The frozen risk that an entry opened, or that an exit closed."""
    if fill.side is before.direction.entry_side:
        return before.frozen_risk([Lot(fill, fill.quantity)])
    left = after.open_risk if after.lots else ZERO
    held = before.open_risk
    return None if held is None or left is None else (held - left) or None
