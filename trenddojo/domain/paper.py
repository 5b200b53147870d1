"""Plans that were skipped, followed on paper: what they would have brought, in R, before commissions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from trenddojo.domain.bars import Bar, covers
from trenddojo.domain.money import RATIO_PLACES, exactly, rounded
from trenddojo.domain.terms import Direction
from trenddojo.domain.touches import Touch, stop_touched, target_touched


class PaperState(StrEnum):
    """What became of a skipped plan on paper."""

    STOPPED = "stopped"
    TARGET = "target"
    OPEN = "open"
    NOT_ENTERED = "not_entered"
    NO_BARS = "no_bars"


@dataclass(frozen=True, slots=True)
class PaperPlan:
    """A plan as it stood when it was skipped at `since`: prices per unit, `target` its first, None for none."""

    direction: Direction
    entry: Decimal
    stop: Decimal
    target: Decimal | None
    since: datetime


@dataclass(frozen=True, slots=True)
class PaperTrade:
    """How a plan went. `r` is in units of |entry - stop| from the price that it was entered at, at the last close for
    one that is open; None where it was not entered."""

    state: PaperState
    entered_at: datetime | None = None
    entry: Decimal | None = None
    ended_at: datetime | None = None
    exit: Decimal | None = None
    r: Decimal | None = None


NO_BARS = PaperTrade(PaperState.NO_BARS)


def follow(plan: PaperPlan, bars: Sequence[Bar]) -> PaperTrade:
    """Follow a plan over the finest bars in order: entered when first touched, left at its stop or its first target.

    Where a bar contains both, the stop comes first; of the bar of the entry only its close counts, unless the entry
    was at its open.
    """
    after = [bar for bar in bars if bar.start >= plan.since]
    before = [bar for bar in bars if bar.start < plan.since]
    if not covers(after, plan.since, None):
        return NO_BARS
    entered = _entry(plan, before[-1].close if before else None, after)
    if entered is None:
        return PaperTrade(PaperState.NOT_ENTERED)
    index, price = entered
    rest = after[index:] if price == after[index].open else [_close_of(after[index]), *after[index + 1 :]]
    return _run(plan, after[index].start, price, rest)


def _entry(plan: PaperPlan, last: Decimal | None, bars: Sequence[Bar]) -> tuple[int, Decimal] | None:
    """The bar of the entry and its price: the plan's own, or the open of a bar that jumped over it."""
    for index, bar in enumerate(bars):
        if bar.low <= plan.entry <= bar.high:
            return index, plan.entry
        jumped = last is not None and (last - plan.entry) * (bar.open - plan.entry) < 0
        if jumped and plan.direction.sign * (bar.open - plan.stop) > 0:
            return index, bar.open
        last = bar.close
    return None


def _close_of(bar: Bar) -> Bar:
    return Bar(bar.timeframe, bar.start, bar.close, bar.close, bar.close, bar.close)


def _run(plan: PaperPlan, entered_at: datetime, entry: Decimal, bars: Sequence[Bar]) -> PaperTrade:
    stop = stop_touched(plan.direction, plan.stop, bars)
    if stop is not None and stop.at == entered_at and entry != bars[0].open:
        stop = Touch(stop.at, plan.stop)  # the close is beyond it, so it was passed on the way
    target = target_touched(plan.direction, plan.target, bars) if plan.target is not None else None
    if stop is not None and (target is None or stop.at <= target.at):
        return _ended(plan, PaperState.STOPPED, entered_at, entry, stop)
    if target is not None:
        return _ended(plan, PaperState.TARGET, entered_at, entry, target)
    return _ended(plan, PaperState.OPEN, entered_at, entry, Touch(bars[-1].start, bars[-1].close))


@exactly
def _ended(plan: PaperPlan, state: PaperState, entered_at: datetime, entry: Decimal, end: Touch) -> PaperTrade:
    gain = plan.direction.sign * (end.price - entry)
    r = rounded(gain / abs(entry - plan.stop), RATIO_PLACES)
    is_over = state is not PaperState.OPEN
    return PaperTrade(state, entered_at, entry, end.at if is_over else None, end.price, r)
