"""The intervals of a report: of all its trades, and of each group that it shows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trenddojo.domain.breakdowns import LABELS, Breakdown, ClosedResult
from trenddojo.domain.intervals import MOST_RESAMPLED
from trenddojo.domain.statistics import Tally
from trenddojo.services.inputs.reports import ReportQuery
from trenddojo.services.intervals import Intervals, intervals_of, intervals_of_tally
from trenddojo.services.report_trades import trades_of
from trenddojo.services.reports import Performance
from trenddojo.services.scopes import Scope

MOST_READ = 10_000
"""Trades of a report that are read one by one for the intervals of its small groups; of a larger one they have none."""


@dataclass(frozen=True, slots=True)
class ReportIntervals:
    """Those of all trades, and by breakdown and name of group; None where there are too many trades to read."""

    whole: Intervals | None
    groups: Mapping[tuple[Breakdown, str], Intervals | None]


def report_intervals(scope: Scope, query: ReportQuery, figures: Performance) -> ReportIntervals:
    """The intervals of the trades that the figures are made of, and of the groups that they show.

    A set of more than 2,000 trades has its intervals from its sums; the trades of a smaller one are resampled.
    """
    shown = {figures.by: figures.groups, Breakdown.SIDE: figures.sides, Breakdown.HOLDING: figures.holdings}
    tallies = {(by, group.name): group.tally for by, groups in shown.items() for group in groups}
    small = [tally for tally in (figures.tally, *tallies.values()) if not _is_large(tally)]
    if not small or figures.tally.trades > MOST_READ:
        return ReportIntervals(_by_sums(figures.tally), {key: _by_sums(tally) for key, tally in tallies.items()})
    trades = trades_of(scope, query, figures)
    grouped = {by: _grouped(trades, by) for by in shown}
    groups = {(by, name): _of(tally, grouped[by].get(name, ())) for (by, name), tally in tallies.items()}
    return ReportIntervals(_of(figures.tally, trades), groups)


def _is_large(tally: Tally) -> bool:
    """Whether nothing of it is resampled."""
    return tally.trades > MOST_RESAMPLED and tally.with_r > MOST_RESAMPLED


def _by_sums(tally: Tally) -> Intervals | None:
    return intervals_of_tally(tally) if _is_large(tally) else None


def _of(tally: Tally, trades: Sequence[ClosedResult]) -> Intervals:
    if _is_large(tally):
        return intervals_of_tally(tally)
    return intervals_of((one.realised, one.r, one.outcome) for one in trades)


def _grouped(trades: Iterable[ClosedResult], by: Breakdown) -> dict[str, list[ClosedResult]]:
    found: dict[str, list[ClosedResult]] = {}
    for trade in trades:
        for name in LABELS[by](trade):
            found.setdefault(name, []).append(trade)
    return found
