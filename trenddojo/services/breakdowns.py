"""Closed trades put into groups by what they have in common (rule 53 of docs/NUMBERS.md)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from trenddojo.domain.breakdowns import BUCKETS, WEEKDAYS, Breakdown, bucket_of
from trenddojo.domain.statistics import Tally

__all__ = ["FEW", "Breakdown", "Group", "bucket_of", "in_order"]

FEW = 30
"""Under so many trades a figure says little, and is marked so."""


@dataclass(frozen=True, slots=True)
class Group:
    """The trades that share one label; `name` is empty for those without one."""

    name: str
    tally: Tally

    @property
    def is_few(self) -> bool:
        """Whether there are too few trades to conclude from."""
        return self.tally.trades < FEW


def in_order(made: Iterable[Group], by: Breakdown) -> list[Group]:
    """Weekdays, months (newest first), holding times and qualities in their own order, others by number of trades."""
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
