"""What closed trades come to: the part of a report that is made of trades alone."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from trenddojo.domain.breakdowns import Breakdown, ClosedResult
from trenddojo.domain.money import ZERO
from trenddojo.domain.statistics import Bin, Streaks, Tally, histogram, streaks
from trenddojo.services.breakdowns import Group, groups


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


def figures_of(trades: Sequence[ClosedResult], wanted: Collection[Breakdown]) -> ClosedFigures:
    """The figures of trades in order of closing: their definition, one trade after the other."""
    rs = [trade.r for trade in trades if trade.r is not None]
    return ClosedFigures(
        tally=Tally.judged((trade.realised, trade.r, trade.outcome) for trade in trades),
        streaks=streaks(trade.outcome for trade in trades),
        bins=tuple(histogram(rs)),
        best=_symbol_of(trades, max(rs, default=None)),
        worst=_symbol_of(trades, min(rs, default=None)),
        holding_days=sum(trade.holding_days for trade in trades),
        groups={by: tuple(groups(trades, by)) for by in wanted},
        days=_days(trades),
    )


def _symbol_of(trades: Sequence[ClosedResult], r: Decimal | None) -> str:
    return next((trade.symbol for trade in trades if trade.r == r), "") if r is not None else ""


def _days(trades: Sequence[ClosedResult]) -> tuple[ClosedDay, ...]:
    found: defaultdict[date, list[ClosedResult]] = defaultdict(list)
    for trade in trades:
        found[trade.closed_on].append(trade)
    return tuple(_day(on, found[on]) for on in sorted(found))


def _day(on: date, trades: Sequence[ClosedResult]) -> ClosedDay:
    rs = [trade.r for trade in trades if trade.r is not None]
    net = sum((trade.realised for trade in trades), ZERO)
    return ClosedDay(on, len(trades), net, len(rs), sum(rs, ZERO))
