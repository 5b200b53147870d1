"""Goals of an account over calendar periods, judged from its figures: what each asks, and when it is reached or missed.

Two ways: a goal to *reach* needs at least its target by the end of the period; one to *keep* allows at most its target,
and is missed in the moment in which it is exceeded. Every kind is defined in rules 58 to 60 of docs/NUMBERS.md.
"""

from calendar import monthrange
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum


class GoalKind(StrEnum):
    """What is asked of a period: the first four to reach, the last three to keep."""

    GAIN_MONEY = "gain_money"
    GAIN_PERCENT = "gain_percent"
    RESULT_R = "result_r"
    JOURNAL_DAYS = "journal_days"
    DRAWDOWN = "drawdown"
    LOSSES_IN_A_ROW = "losses_in_a_row"
    STOPS_LOOSENED = "stops_loosened"

    @property
    def is_to_keep(self) -> bool:
        """Whether it allows at most its target."""
        return self in (GoalKind.DRAWDOWN, GoalKind.LOSSES_IN_A_ROW, GoalKind.STOPS_LOOSENED)

    @property
    def is_count(self) -> bool:
        """Whether its target is a whole number."""
        return self in (GoalKind.JOURNAL_DAYS, GoalKind.LOSSES_IN_A_ROW, GoalKind.STOPS_LOOSENED)


class GoalPeriod(StrEnum):
    """The calendar period that a goal begins anew with, in the account's time zone; weeks begin on Monday."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class GoalState(StrEnum):
    """How a period stands."""

    OPEN = "open"
    REACHED = "reached"
    MISSED = "missed"


LARGEST_TARGET = {
    GoalKind.GAIN_MONEY: Decimal(1_000_000_000),
    GoalKind.GAIN_PERCENT: Decimal(1_000),
    GoalKind.RESULT_R: Decimal(1_000),
    GoalKind.JOURNAL_DAYS: Decimal(7),
    GoalKind.DRAWDOWN: Decimal(100),
    GoalKind.LOSSES_IN_A_ROW: Decimal(50),
    GoalKind.STOPS_LOOSENED: Decimal(50),
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """One calendar period: its first and last date."""

    since: date
    until: date

    def holds(self, day: date) -> bool:
        """Whether a date is of it."""
        return self.since <= day <= self.until


def stretch_of(period: GoalPeriod, day: date) -> Stretch:
    """The period that holds a date."""
    if period is GoalPeriod.WEEK:
        monday = day - timedelta(days=day.weekday())
        return Stretch(monday, monday + timedelta(days=6))
    length = {GoalPeriod.MONTH: 1, GoalPeriod.QUARTER: 3, GoalPeriod.YEAR: 12}[period]
    first = (day.month - 1) // length * length + 1
    last = first + length - 1
    return Stretch(date(day.year, first, 1), date(day.year, last, monthrange(day.year, last)[1]))


def stretches(period: GoalPeriod, first: date, last: date, most: int) -> list[Stretch]:
    """The periods from the one that holds `first` to the one that holds `last`, newest first, at most so many."""
    found = [stretch_of(period, last)]
    while len(found) < most and found[-1].since > first:
        found.append(stretch_of(period, found[-1].since - timedelta(days=1)))
    return found


def check_goal(kind: GoalKind, period: GoalPeriod, target: Decimal) -> dict[str, str]:
    """What is wrong with a goal: field name -> sentence; empty when nothing is."""
    errors = {}
    if (kind is GoalKind.JOURNAL_DAYS) != (period is GoalPeriod.WEEK):
        only = kind is GoalKind.JOURNAL_DAYS
        errors["period"] = (
            "Days with a note are counted by the week." if only else "Choose a month, a quarter or a year."
        )
    if target < 0 or (not target and kind is not GoalKind.STOPS_LOOSENED):
        errors["target"] = "Must be above 0."
    elif target > LARGEST_TARGET[kind]:
        errors["target"] = f"Must be at most {LARGEST_TARGET[kind]:,}."
    elif kind.is_count and target != target.to_integral_value():
        errors["target"] = "Must be a whole number."
    return errors


def judged(kind: GoalKind, target: Decimal, value: Decimal | None, *, is_over: bool) -> GoalState:
    """How a period stands with a figure; an unknown figure reaches nothing and exceeds nothing."""
    if kind.is_to_keep:
        if value is not None and value > target:
            return GoalState.MISSED
        return GoalState.REACHED if is_over else GoalState.OPEN
    if value is not None and value >= target:
        return GoalState.REACHED
    return GoalState.MISSED if is_over else GoalState.OPEN


def days_in_a_row(dates: Collection[date], trading_days: Sequence[date], today: date) -> int:
    """On how many trading days in a row, up to today, something was done: today counts, and is not missed before it
    is over. `trading_days` are in order, none after today."""
    done, count = set(dates), 0
    for day in reversed(trading_days):
        if day in done:
            count += 1
        elif day != today:
            break
    return count
