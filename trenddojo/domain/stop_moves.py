"""What moving a stop brought or cost: the trade as it went beside the trade had the stop stayed (see docs/NUMBERS.md).

Within one bar the stop is taken to come first, as a bar does not say what did.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from trenddojo.domain.bars import Bar
from trenddojo.domain.excursions import GrossCourse
from trenddojo.domain.fills import Fill
from trenddojo.domain.legs import exits_by_leg
from trenddojo.domain.money import ZERO, cents, exactly
from trenddojo.domain.touches import Touch, bars_after, earlier, stop_proved, stop_touched, target_touched, tell
from trenddojo.domain.trades import Position, in_r


class Knowledge(StrEnum):
    """Whether what would have happened is known."""

    KNOWN = "known"
    NO_BARS = "no_bars"
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Effect:
    """By how much the trade did better for a move of its stop, in cents of the instrument's currency, before fees.

    None unless it is known; `r` also without initial risk. RUNNING: the old stop has not been reached to this day, and
    no target either.
    """

    knowledge: Knowledge
    amount: Decimal | None = None
    r: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A closed trade with what else decides how it would have ended: which of its exits were stops, by fill key, the
    last target of its plan, and the finest bars in order, beyond its end as far as they are known."""

    position: Position
    stop_exits: frozenset[str]
    target: Decimal | None
    bars: Sequence[Bar]


@exactly
def effect_of_move(run: Run, at: datetime, old: Mapping[int, Decimal]) -> Effect | None:
    """What a move of stops at a moment did, against each leg's stop of before; None where they guarded nothing.

    What each leg held then would have left at its old stop when first reached after the move. Exits before that stay
    as they were, but what a stop took off would have stayed on, until the old stop or the last target.
    """
    amount, has_any = ZERO, False
    for leg, stop in old.items():
        touch = _touch(run, at, stop)
        for fill, quantity in _exits(run.position, leg, at):
            has_any = True
            end = _end(run, at, touch, fill)
            if isinstance(end, Knowledge):
                return Effect(end)
            if end is not None:
                amount += run.position.direction.sign * quantity * (fill.price - end.price) * run.position.multiplier
    if not has_any:
        return None
    return Effect(Knowledge.KNOWN, cents(amount), in_r(cents(amount), run.position.initial_risk_native))


def _exits(position: Position, leg: int, at: datetime) -> list[tuple[Fill, Decimal]]:
    """How what a leg's stop guarded at a moment left afterwards."""
    left = sum((fill.quantity for fill in position.fills if _enters(position, fill, leg) and fill.at <= at), ZERO)
    found = []
    for fill, number, quantity in exits_by_leg(position):
        if number != leg:
            continue
        part = min(left, quantity)
        left -= part
        if fill.at > at and part:
            found.append((fill, part))
    return found


def _enters(position: Position, fill: Fill, leg: int) -> bool:
    return fill.side is position.direction.entry_side and fill.leg == leg


def _touch(run: Run, at: datetime, stop: Decimal, end: datetime | None = None) -> Touch | None:
    """When an old stop was first reached after a moment, until `end` if that is given."""
    direction, bars = run.position.direction, bars_after(run.bars, at)
    return earlier(
        stop_touched(direction, stop, (bar for bar in bars if end is None or bar.start <= end)),
        stop_proved(direction, stop, (fill for fill in run.position.fills if fill.at > at)),
    )


def _end(run: Run, at: datetime, touch: Touch | None, fill: Fill) -> Touch | Knowledge | None:
    """Where the quantity that left with `fill` would have left under the old stop; None for just there."""
    if touch is None or touch.at > fill.at:
        if not tell(run.bars, at, fill.at):
            return Knowledge.NO_BARS
        if fill.key not in run.stop_exits:
            return None
        return _stayed(run, at, touch, fill)
    return touch if tell(run.bars, at, touch.at) else Knowledge.NO_BARS


def _stayed(run: Run, at: datetime, touch: Touch | None, fill: Fill) -> Touch | Knowledge:
    """The end of a quantity that its old stop would not have taken off with `fill`: the stop's, or the target's."""
    direction, after = run.position.direction, bars_after(run.bars, fill.at)
    target = target_touched(direction, run.target, after) if run.target is not None else None
    end = earlier(touch, target)
    if end is None:
        return Knowledge.RUNNING
    return end if tell(run.bars, at, end.at) else Knowledge.NO_BARS


@exactly
def cost_of_override(run: Run, at: datetime, old: Decimal) -> Effect:
    """What an override cost, above zero for a loss by it (rule 24): the P&L had the whole trade ended at the old stop
    when first traded through after the override, less what it brought, both before fees; 0 if never traded through."""
    position, fills = run.position, run.position.fills
    end, course = fills[-1].at, GrossCourse(position)
    touch = _touch(run, at, old, end)
    if not tell(run.bars, at, touch.at if touch else end):
        return Effect(Knowledge.NO_BARS)
    cost = ZERO
    if touch is not None:
        cost = cents(course.value(course.count_before(touch.at), touch.price) - course.value(len(fills), ZERO))
    return Effect(Knowledge.KNOWN, cost, in_r(cost, position.initial_risk_native))
