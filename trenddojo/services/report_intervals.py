"""The intervals of a report: of all its trades, and of each group that it shows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from trenddojo.domain.statistics import Outcome
from trenddojo.services.breakdowns import LABELS, Breakdown, ClosedResult
from trenddojo.services.inputs.reports import ReportQuery
from trenddojo.services.intervals import Intervals, intervals_of
from trenddojo.services.report_trades import trades_of
from trenddojo.services.reports import Performance
from trenddojo.services.scopes import Scope


@dataclass(frozen=True, slots=True)
class ReportIntervals:
    """Those of all trades, and by breakdown and name of group."""

    whole: Intervals
    groups: Mapping[tuple[Breakdown, str], Intervals]


def report_intervals(
    scope: Scope, query: ReportQuery, figures: Performance, breakdowns: Iterable[Breakdown]
) -> ReportIntervals:
    """The intervals of the trades that the figures are made of, and of their groups by each of the breakdowns."""
    trades = trades_of(scope, query, figures)
    groups = {(by, name): _of(found) for by in breakdowns for name, found in _grouped(trades, by).items()}
    return ReportIntervals(_of(trades), groups)


def _of(trades: Iterable[ClosedResult]) -> Intervals:
    return intervals_of(_row(one) for one in trades)


def _row(one: ClosedResult) -> tuple[Decimal, Decimal | None, Outcome]:
    return one.realised, one.r, one.outcome


def _grouped(trades: Iterable[ClosedResult], by: Breakdown) -> dict[str, list[ClosedResult]]:
    found: dict[str, list[ClosedResult]] = {}
    for trade in trades:
        for name in LABELS[by](trade):
            found.setdefault(name, []).append(trade)
    return found
