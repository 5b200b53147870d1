"""Goals of an account: set, changed and ended by whoever may trade it, and judged from the records each time.

Nothing of a goal's progress is kept: a corrected fill corrects every period that it touched.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property
from uuid import UUID, uuid4, uuid5

from trenddojo.domain.equity import local_date
from trenddojo.domain.goals import (
    GoalKind,
    GoalState,
    Stretch,
    days_in_a_row,
    judged,
    stretches,
)
from trenddojo.domain.money import HUNDRED, ZERO, exactly
from trenddojo.domain.nyse import trading_days
from trenddojo.domain.statistics import Outcome, Streaks, outcome_of, streaks
from trenddojo.services.errors import Conflict, Forbidden, NotFound
from trenddojo.services.inputs.goals import GoalInput, NewGoalInput
from trenddojo.services.spans import Span, months_back, span_to_now
from trenddojo.store import accounts, goals
from trenddojo.store.closed import ClosedTrade, closed_between
from trenddojo.store.database import db
from trenddojo.store.models import Goal
from trenddojo.store.seats import Seat

MOST_PERIODS = 12
"""How many periods of a goal are looked back on, the present one included."""
MOST_GOALS = 20
"""Goals that an account may have at a time."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One period of a goal: the figure reached in it, in the target's unit, None where there is none."""

    stretch: Stretch
    value: Decimal | None
    state: GoalState
    is_over: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """A goal with its periods, the newest first; the last of an ended goal is the one that holds its end."""

    goal: Goal
    periods: tuple[Judged, ...]

    @property
    def now(self) -> Judged:
        """The newest period."""
        return self.periods[0]

    @property
    def past(self) -> tuple[Judged, ...]:
        """The periods that are over."""
        return tuple(one for one in self.periods if one.is_over)

    @property
    def reached(self) -> int:
        """How many of the past ones were reached."""
        return sum(1 for one in self.past if one.state is GoalState.REACHED)


class Records:
    """What goals are judged by: each kind of record is read once, when a goal first asks for it."""

    def __init__(self, seat: Seat, since: date, today: date) -> None:
        self.seat, self.since, self.today = seat, since, today

    @cached_property
    def span(self) -> Span:
        """The account's days."""
        return span_to_now(self.seat.account, self.since, self.today)

    @cached_property
    def closed(self) -> list[ClosedTrade]:
        """The closed trades in order of closing."""
        return closed_between([self.seat.account.id], self.since, self.today)

    @cached_property
    def noted(self) -> set[date]:
        """The dates with a note in the journal."""
        return goals.noted_dates(self.seat.account.id, self.since, self.today)

    @cached_property
    def loosened(self) -> list[date]:
        """The dates on which a stop was loosened, each time."""
        begin = datetime.combine(self.since, time(), self.seat.zone)
        return [local_date(at, self.seat.zone) for at in goals.loosened_at(self.seat.account.id, begin)]

    def figure(self, kind: GoalKind, stretch: Stretch) -> Decimal | None:
        """The figure of a period, as rule 58 of docs/NUMBERS.md defines it for each kind."""
        match kind:
            case GoalKind.GAIN_MONEY:
                return self._part(stretch).gain
            case GoalKind.GAIN_PERCENT:
                return _percent(self._part(stretch).ratio)
            case GoalKind.DRAWDOWN:
                found = self._part(stretch).largest_drawdown
                return _percent(found.depth) if found else ZERO
            case GoalKind.RESULT_R:
                return sum((trade.r for trade in self._closed(stretch) if trade.r is not None), ZERO)
            case GoalKind.LOSSES_IN_A_ROW:
                return Decimal(streaks(self.outcomes(self._closed(stretch))).longest_losses)
            case GoalKind.JOURNAL_DAYS:
                return Decimal(sum(map(stretch.holds, self.noted)))
            case GoalKind.STOPS_LOOSENED:
                return Decimal(sum(map(stretch.holds, self.loosened)))

    def outcomes(self, trades: Sequence[ClosedTrade]) -> list[Outcome]:
        """Whether each trade won, lost, or neither within the account's band."""
        return [outcome_of(trade.realised, self.seat.account.breakeven_band) for trade in trades]

    def _part(self, stretch: Stretch) -> Span:
        return self.span.between(stretch.since, min(stretch.until, self.today))

    def _closed(self, stretch: Stretch) -> list[ClosedTrade]:
        return [trade for trade in self.closed if stretch.holds(trade.closed_on)]


@exactly
def _percent(fraction: Decimal | None) -> Decimal | None:
    return None if fraction is None else fraction * HUNDRED


def goals_of(seat: Seat, now: datetime, most: int = MOST_PERIODS) -> list[Progress]:
    """Every goal of the account with its last `most` periods: those that go on first, then in the order of setting."""
    today = local_date(now, seat.zone)
    found = goals.goals_of(seat.account.id)
    periods = {goal.id: _stretches(goal, today, most) for goal in found}
    first = min((found[-1].since for found in periods.values()), default=today)
    records = Records(seat, first, today)
    done = [Progress(goal, tuple(_judged(goal, one, records) for one in periods[goal.id])) for goal in found]
    return sorted(done, key=lambda one: one.goal.ended_on is not None)


def _stretches(goal: Goal, today: date, most: int) -> list[Stretch]:
    last = min(goal.ended_on or today, today)
    return stretches(goal.period, min(goal.starts_on, last), last, most)


def _judged(goal: Goal, stretch: Stretch, records: Records) -> Judged:
    value = records.figure(goal.kind, stretch)
    is_over = stretch.until < records.today
    return Judged(stretch, value, judged(goal.kind, goal.target, value, is_over=is_over), is_over)


@dataclass(frozen=True, slots=True)
class Habits:
    """Runs of the last twelve months: of wins and losses, and of trading days with a note in the journal."""

    trades: Streaks
    noted_now: int


def habits_of(seat: Seat, now: datetime) -> Habits:
    """The runs of an account as of `now` (rules 45 and 58 of docs/NUMBERS.md)."""
    today = local_date(now, seat.zone)
    records = Records(seat, months_back(today, 12), today)
    sessions = trading_days(records.since, today)
    return Habits(streaks(records.outcomes(records.closed)), days_in_a_row(records.noted, sessions, today))


# ---- what people do about them


def goal_of(seat: Seat, goal_id: UUID) -> Goal:
    """One goal of the account. Raises NotFound for another account's."""
    found = goals.goal_at(seat.account.id, goal_id)
    if found is None:
        raise NotFound
    return found


def set_goal(seat: Seat, entered: NewGoalInput, now: datetime) -> Goal:
    """Set a goal from the present period on. Sent a second time with the same key, it finds the first.

    Raises Forbidden for somebody who may only look, Conflict where there are too many.
    """
    _begin(seat)
    goal_id = uuid5(seat.account.id, f"goal:{entered.key}") if entered.key else uuid4()
    if found := goals.goal_at(seat.account.id, goal_id):
        return found
    if sum(goal.ended_on is None for goal in goals.goals_of(seat.account.id)) >= MOST_GOALS:
        raise Conflict(f"An account has at most {MOST_GOALS} goals at a time. End one first.")
    goal = Goal(
        id=goal_id,
        account_id=seat.account.id,
        kind=entered.kind,
        period=entered.period,
        target=entered.target,
        note=entered.note,
        starts_on=local_date(now, seat.zone),
        created_by=seat.user.id,
        created_at=now,
    )
    db.session.add(goal)
    db.session.commit()
    return goal


def change_goal(seat: Seat, goal_id: UUID, entered: GoalInput) -> Goal:
    """Change what a goal asks; its past periods are judged by it too. Raises Forbidden, NotFound, Conflict if ended."""
    _begin(seat)
    goal = _going_on(seat, goal_id)
    goal.kind, goal.period, goal.target, goal.note = entered.kind, entered.period, entered.target, entered.note
    db.session.commit()
    return goal


def end_goal(seat: Seat, goal_id: UUID, now: datetime) -> Goal:
    """End a goal with the present period. Raises Forbidden, NotFound, Conflict if ended."""
    _begin(seat)
    goal = _going_on(seat, goal_id)
    goal.ended_on = local_date(now, seat.zone)
    db.session.commit()
    return goal


def resume_goal(seat: Seat, goal_id: UUID) -> Goal:
    """Let an ended goal go on, as if it had never ended. Raises Forbidden, NotFound."""
    _begin(seat)
    goal = goal_of(seat, goal_id)
    goal.ended_on = None
    db.session.commit()
    return goal


def _begin(seat: Seat) -> None:
    if not seat.may_trade:
        raise Forbidden(f"You may look at the goals of {seat.account.name}, but not set them.")
    accounts.lock(seat.account)


def _going_on(seat: Seat, goal_id: UUID) -> Goal:
    goal = goal_of(seat, goal_id)
    if goal.ended_on is not None:
        raise Conflict("This goal has ended.")
    return goal
