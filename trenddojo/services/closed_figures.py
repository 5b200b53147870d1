"""What closed trades come to: the part of a report that is made of trades alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from trenddojo.domain.breakdowns import Breakdown
from trenddojo.domain.statistics import Bin, Streaks, Tally
from trenddojo.services.breakdowns import Group


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """What the trades brought whose last exit fell on a date: how many, their net P&L, and R of those that have it."""

    date: date
    trades: int
    net: Decimal
    with_r: int
    sum_r: Decimal


@dataclass(frozen=True, slots=True)
class ClosedFigures:
    """Statistics, groups by each breakdown that was asked for, and days in order.

    `best` and `worst` are the symbols of the largest and the smallest R, of equal ones the first closed.
    `holding_days` is the sum over all trades.
    """

    tally: Tally
    streaks: Streaks
    bins: tuple[Bin, ...]
    best: str
    worst: str
    holding_days: int
    groups: Mapping[Breakdown, tuple[Group, ...]]
    days: tuple[ClosedDay, ...]
