"""Closed trades put into groups by what they have in common (rule 53 of docs/NUMBERS.md)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal
from enum import StrEnum

from trenddojo.domain.equity import local_date
from trenddojo.domain.statistics import Tally
from trenddojo.store.closed import ClosedTrade

FEW = 30
"""Under so many trades a figure says little, and is marked so."""


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


@dataclass(frozen=True, slots=True)
class Group:
    """The trades that share one label; `name` is empty for those without one."""

    name: str
    tally: Tally

    @property
    def is_few(self) -> bool:
        """Whether there are too few trades to conclude from."""
        return self.tally.trades < FEW


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
BUCKETS = (*(name for _, name in _BUCKETS), _LONGEST)


def holding_days(trade: ClosedTrade, zone: tzinfo) -> int:
    """Calendar days from the first entry to the last exit (rule 46 of docs/NUMBERS.md)."""
    return (trade.closed_on - local_date(trade.opened_at, zone)).days


def bucket_of(days: int) -> str:
    """The bucket of a number of holding days (rule 46)."""
    return next((name for most, name in _BUCKETS if days <= most), _LONGEST)


def groups(trades: Iterable[ClosedTrade], by: Breakdown, zone: tzinfo, band: Decimal) -> list[Group]:
    """The groups of `trades`; days are those of the account's `zone`, breakevens lie within its `band`.

    Weekdays, months (newest first), holding times and qualities are in their own order, the others by number of
    trades; a trade counts under each of its tags.
    """
    labels = _LABELS[by]
    found: defaultdict[str, list[tuple[Decimal, Decimal | None]]] = defaultdict(list)
    for trade in trades:
        for label in labels(trade, zone) or ("",):
            found[label].append((trade.realised, trade.r))
    made = [Group(name, Tally.over(results, band)) for name, results in found.items()]
    return sorted(made, key=_order(by))


def _order(by: Breakdown) -> Callable[[Group], tuple[int | str, ...]]:
    fixed: Sequence[str] = {Breakdown.WEEKDAY: WEEKDAYS, Breakdown.HOLDING: BUCKETS}.get(by, ())
    if fixed:
        return lambda group: (fixed.index(group.name),)
    if by is Breakdown.MONTH:
        return lambda group: (-int(group.name.replace("-", "")),)
    if by is Breakdown.QUALITY:
        return lambda group: (-int(group.name or 0),)
    return lambda group: (-group.tally.trades, group.name)


def month_of(day: date) -> str:
    """A month as text that sorts: 2026-11."""
    return f"{day:%Y-%m}"


_Labels = Callable[[ClosedTrade, tzinfo], Sequence[str]]


def _one(label: Callable[[ClosedTrade, tzinfo], str]) -> _Labels:
    return lambda trade, zone: (label(trade, zone),)


_LABELS: dict[Breakdown, _Labels] = {
    Breakdown.SETUP: _one(lambda trade, _: trade.setup),
    Breakdown.TAG: lambda trade, _: trade.tags,
    Breakdown.SYMBOL: _one(lambda trade, _: trade.symbol),
    Breakdown.SIDE: _one(lambda trade, _: trade.direction.value),
    Breakdown.WEEKDAY: _one(lambda trade, zone: WEEKDAYS[local_date(trade.opened_at, zone).weekday()]),
    Breakdown.MONTH: _one(lambda trade, _: month_of(trade.closed_on)),
    Breakdown.HOLDING: _one(lambda trade, zone: bucket_of(holding_days(trade, zone))),
    Breakdown.QUALITY: _one(lambda trade, _: str(trade.setup_quality or "")),
    Breakdown.MARKET: _one(lambda trade, _: trade.market_condition),
}
