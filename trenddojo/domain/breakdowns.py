"""What closed trades are grouped by, and what each counts under (rule 53 of docs/NUMBERS.md)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from trenddojo.domain.statistics import Outcome, Tally
from trenddojo.domain.terms import Direction


class ClosedResult(NamedTuple):
    """A closed trade as statistics take it: money in cents of the report's currency, days and outcome its account's."""

    realised: Decimal
    r: Decimal | None
    outcome: Outcome
    symbol: str
    direction: Direction
    setup: str
    setup_quality: int | None
    market_condition: str
    tags: Sequence[str]
    opened_on: date
    closed_on: date

    @property
    def holding_days(self) -> int:
        """Calendar days from the first entry to the last exit (rule 46 of docs/NUMBERS.md)."""
        return (self.closed_on - self.opened_on).days


class Breakdown(StrEnum):
    """What trades can be grouped by."""

    SETUP = "setup"
    TAG = "tag"
    SYMBOL = "symbol"
    SIDE = "side"
    WEEKDAY = "weekday"
    MONTH = "month"
    HOLDING = "holding"
    QUALITY = "quality"
    MARKET = "market"


WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_BUCKETS = (
    (0, "same day"),
    (1, "1 day"),
    (5, "2 to 5 days"),
    (10, "6 to 10 days"),
    (20, "11 to 20 days"),
    (60, "21 to 60 days"),
)
_LONGEST = "over 60 days"
MOST_DAYS = tuple(most for most, _ in _BUCKETS)
"""The most holding days of each bucket but the last."""
BUCKETS = (*(name for _, name in _BUCKETS), _LONGEST)


def bucket_of(days: int) -> str:
    """The bucket of a number of holding days (rule 46)."""
    return next((name for most, name in _BUCKETS if days <= most), _LONGEST)


def month_of(day: date) -> str:
    """A month as text that sorts: 2026-11."""
    return f"{day:%Y-%m}"


def _one(label: Callable[[ClosedResult], str]) -> Callable[[ClosedResult], Sequence[str]]:
    return lambda trade: (label(trade),)


LABELS: dict[Breakdown, Callable[[ClosedResult], Sequence[str]]] = {
    Breakdown.SETUP: _one(lambda trade: trade.setup),
    Breakdown.TAG: lambda trade: trade.tags or ("",),
    Breakdown.SYMBOL: _one(lambda trade: trade.symbol),
    Breakdown.SIDE: _one(lambda trade: trade.direction.value),
    Breakdown.WEEKDAY: _one(lambda trade: WEEKDAYS[trade.opened_on.weekday()]),
    Breakdown.MONTH: _one(lambda trade: month_of(trade.closed_on)),
    Breakdown.HOLDING: _one(lambda trade: bucket_of(trade.holding_days)),
    Breakdown.QUALITY: _one(lambda trade: str(trade.setup_quality or "")),
    Breakdown.MARKET: _one(lambda trade: trade.market_condition),
}
"""What a trade counts under, by breakdown; an empty name where it says nothing."""


def tallies(trades: Iterable[ClosedResult], by: Breakdown) -> dict[str, Tally]:
    """The tally of each name that trades count under; a trade counts under each of its tags."""
    found: defaultdict[str, list[tuple[Decimal, Decimal | None, Outcome]]] = defaultdict(list)
    for trade in trades:
        for label in LABELS[by](trade):
            found[label].append((trade.realised, trade.r, trade.outcome))
    return {name: Tally.judged(results) for name, results in found.items()}
