"""What the page of goals shows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from markupsafe import Markup

from trenddojo.domain.goal_words import asked
from trenddojo.domain.goals import GoalKind, GoalPeriod, GoalState, Stretch
from trenddojo.services.goals import Progress
from trenddojo.web import drawings
from trenddojo.web.format import MONTHS, day, fixed, money, month, pnl, pnl_percent, pnl_r, quantity, r_amount

KINDS = [
    (GoalKind.RESULT_R.value, "R of closed trades, at least"),
    (GoalKind.GAIN_MONEY.value, "Money earned, at least"),
    (GoalKind.GAIN_PERCENT.value, "Return in percent, at least"),
    (GoalKind.DRAWDOWN.value, "Drawdown in percent, at most"),
    (GoalKind.LOSSES_IN_A_ROW.value, "Losses in a row, at most"),
    (GoalKind.STOPS_LOOSENED.value, "Stops loosened, at most"),
    (GoalKind.JOURNAL_DAYS.value, "Days a week with a journal note, at least"),
]
PERIODS = [
    (period.value, f"each {period}")
    for period in (GoalPeriod.MONTH, GoalPeriod.QUARTER, GoalPeriod.YEAR, GoalPeriod.WEEK)
]
_MOST_PAST = 24
_STATES = {GoalState.REACHED: "filled", GoalState.MISSED: "warn"}


@dataclass(frozen=True, slots=True)
class GoalRow:
    """A goal as it stands in its newest period; `chip` is the state's look, `past` how the periods before went."""

    id: str
    words: str
    note: str
    figure: Markup | str
    target: Markup | str
    state: str
    chip: str
    period: str
    drawing: Markup
    past: str
    past_drawing: Markup


@dataclass(frozen=True, slots=True)
class PastRow:
    """One period of a goal that is over."""

    period: str
    until: date
    words: str
    figure: Markup | str
    is_reached: bool


def row(found: Progress, currency: str) -> GoalRow:
    """A goal with its meter and what came of it so far."""
    goal, present = found.goal, found.now
    past = found.past
    return GoalRow(
        id=str(goal.id),
        words=asked(goal.kind, goal.target, goal.period, currency),
        note=goal.note,
        figure=figure(goal.kind, present.value),
        target=figure(goal.kind, goal.target, is_target=True),
        state=present.state.value if present.state is not GoalState.OPEN else "",
        chip=_STATES.get(present.state, ""),
        period=named(goal.period, present.stretch),
        drawing=_meter(goal.kind, present.value, goal.target),
        past=f"{found.reached} of {len(past)} reached" if past else "",
        past_drawing=drawings.runs([one.state is GoalState.REACHED for one in reversed(past)]),
    )


def _meter(kind: GoalKind, value: Decimal | None, target: Decimal) -> Markup:
    """What may not be exceeded turns amber near its limit; what is to be reached only fills."""
    if kind.is_to_keep:
        return drawings.meter(value or 0, target or 1)
    return drawings.progress(max(value or Decimal(0), Decimal(0)), target)


def figure(kind: GoalKind, value: Decimal | None, *, is_target: bool = False) -> Markup | str:
    """A figure of a kind of goal: results with their sign, amounts and counts without."""
    if value is None:
        return ""
    match kind:
        case GoalKind.GAIN_MONEY:
            return money(value) if is_target else pnl(value)
        case GoalKind.GAIN_PERCENT:
            return f"{fixed(value)}%" if is_target else pnl_percent(value / 100)
        case GoalKind.RESULT_R:
            return r_amount(value) if is_target else pnl_r(value)
        case GoalKind.DRAWDOWN:
            return f"{fixed(value)}%"
        case _:
            return quantity(value)


def named(period: GoalPeriod, stretch: Stretch) -> str:
    """A period as people call it: `Nov 2026`, `Q4 2026`, `2026`, `16 to 22 Nov`."""
    match period:
        case GoalPeriod.MONTH:
            return month(stretch.since)
        case GoalPeriod.QUARTER:
            return f"Q{(stretch.since.month + 2) // 3} {stretch.since.year}"
        case GoalPeriod.YEAR:
            return str(stretch.since.year)
        case GoalPeriod.WEEK:
            same = stretch.since.month == stretch.until.month
            first = str(stretch.since.day) if same else f"{stretch.since.day} {MONTHS[stretch.since.month - 1]}"
            return f"{first} to {day(stretch.until)}"


def history(found: Iterable[Progress], currency: str) -> list[PastRow]:
    """The periods of all goals that are over, the newest first."""
    rows = [
        PastRow(
            period=named(one.goal.period, past.stretch),
            until=past.stretch.until,
            words=asked(one.goal.kind, one.goal.target, one.goal.period, currency),
            figure=figure(one.goal.kind, past.value),
            is_reached=past.state is GoalState.REACHED,
        )
        for one in found
        for past in one.past
    ]
    return sorted(rows, key=lambda past: past.until, reverse=True)[:_MOST_PAST]
