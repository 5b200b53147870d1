"""The figures of closed trades one trade after the other: what arrays and kept totals have to be equal to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal

from trenddojo.domain.breakdowns import Breakdown, ClosedResult, tallies
from trenddojo.domain.money import ZERO
from trenddojo.domain.statistics import Tally, histogram, streaks
from trenddojo.services.breakdowns import Group, in_order
from trenddojo.services.closed_figures import ClosedDay, ClosedFigures


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
        groups={by: _groups(trades, by) for by in wanted},
        days=_days(trades),
    )


def _groups(trades: Sequence[ClosedResult], by: Breakdown) -> tuple[Group, ...]:
    return tuple(in_order((Group(name, tally) for name, tally in tallies(trades, by).items()), by))


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
