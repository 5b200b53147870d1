"""What the demo's trader wants of each week, month and quarter: more about how he trades than about money."""

from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal
from typing import Final

from trenddojo.domain.goals import GoalKind, GoalPeriod
from trenddojo.services.demo.market import NEW_YORK
from trenddojo.services.demo.story import Year
from trenddojo.store.models import Goal
from trenddojo.store.seats import Seat

_GOALS: Final = (
    (GoalKind.RESULT_R, "6", GoalPeriod.QUARTER, "Two good months a quarter are enough."),
    (GoalKind.DRAWDOWN, "4", GoalPeriod.MONTH, "Below that I trade half size until the month is over."),
    (GoalKind.LOSSES_IN_A_ROW, "4", GoalPeriod.MONTH, "After the fourth I take a day off."),
    (GoalKind.STOPS_LOOSENED, "0", GoalPeriod.MONTH, ""),
    (GoalKind.JOURNAL_DAYS, "1", GoalPeriod.WEEK, "Friday evening at the latest."),
)


def goals(seat: Seat, told: Year) -> Iterator[Goal]:
    """His goals, set on the day on which the account was opened, a minute apart."""
    for minute, (kind, target, period, note) in enumerate(_GOALS):
        yield Goal(
            account_id=seat.account.id,
            kind=kind,
            period=period,
            target=Decimal(target),
            note=note,
            starts_on=told.opened_on,
            created_by=seat.user.id,
            created_at=datetime.combine(told.opened_on, time(8, minute), NEW_YORK),
        )
