"""Spans of days and statistics of closed trades, wherever they come from, held against what is expected."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from tests.agreement.expected_spans import Closed, ExpectedSpan, Facts
from tests.agreement.sheet import Sheet
from trenddojo.domain.statistics import NoLosses, Tally
from trenddojo.services.spans import Span

_RATIOS = ("win_rate", "win_rate_without_breakevens", "expectancy", "mean_r", "average_win", "average_loss", "payoff")


def check_span(sheet: Sheet, name: str, shown: Span, expected: ExpectedSpan) -> None:
    """Every figure of a span, its curve and drawdowns included."""
    for figure in ("starting", "equity", "gain", "realised", "open_change", "other", "flows"):
        sheet.same(f"{name} {figure}", getattr(shown, figure), getattr(expected, figure))
    sheet.ratio(f"{name} return", shown.ratio, expected.ratio)
    sheet.same(f"{name} largest fall", shown.fall.largest, expected.largest_fall)
    sheet.same(f"{name} fall now", shown.fall.now, expected.fall_now)
    sheet.same(f"{name} days", [point.date for point in shown.points], [point.date for point in expected.points])
    for point, wanted in zip(shown.points, expected.points, strict=False):
        sheet.same(f"{name} equity on {point.date}", point.equity, wanted.equity)
        sheet.ratio(f"{name} return on {point.date}", point.r, wanted.r)
    _check_drawdown(sheet, name, shown, expected)


def _check_drawdown(sheet: Sheet, name: str, shown: Span, expected: ExpectedSpan) -> None:
    found, wanted = shown.largest_drawdown, expected.deepest
    if found is None or wanted is None:
        sheet.same(f"{name} drawdown", found, wanted)
        return
    sheet.ratio(f"{name} drawdown", found.depth, wanted.depth)
    for figure in ("peak", "trough", "regained"):
        sheet.same(f"{name} drawdown {figure}", getattr(found, figure), getattr(wanted, figure))
    length = ((wanted.regained or shown.until) - wanted.peak).days
    sheet.same(f"{name} drawdown length", found.length, length)
    recovery = (wanted.regained - wanted.trough).days if wanted.regained else None
    sheet.same(f"{name} drawdown recovery", found.recovery, recovery)


def check_tally(
    sheet: Sheet, name: str, shown: Tally, facts: Facts, closed: Sequence[Closed], *, with_sqn: bool = True
) -> None:
    """Every statistic of some closed trades; stored days are too coarse for SQN, which they do not show."""
    expected = facts.statistics(closed)
    for figure in ("trades", "wins", "losses", "breakevens", "net", "without_r", "largest_win", "largest_loss"):
        sheet.same(f"{name} {figure}", getattr(shown, figure), getattr(expected, figure))
    ratios = (
        "win_rate",
        "win_rate_without_breakevens",
        "expectancy",
        "mean_r",
        "average_win",
        "average_loss",
        "payoff",
    )
    for figure in ratios:
        sheet.ratio(f"{name} {figure}", getattr(shown, figure), getattr(expected, figure))
    if with_sqn:
        sheet.nearly(f"{name} SQN", shown.sqn, expected.sqn)
    factor, wanted = shown.profit_factor, expected.profit_factor
    if isinstance(factor, NoLosses) or isinstance(wanted, str):
        sheet.same(f"{name} profit factor", factor.value if isinstance(factor, NoLosses) else factor, wanted)
    else:
        sheet.ratio(f"{name} profit factor", factor, wanted)
    _check_r(sheet, name, shown, facts, closed)


def _check_r(sheet: Sheet, name: str, shown: Tally, facts: Facts, closed: Sequence[Closed]) -> None:
    rows = [(one.standing.pnl, one.standing.r) for one in closed]
    rs = [r for _, r in rows if r is not None]
    won = [r for pnl, r in rows if r is not None and pnl > facts.world.band]
    lost = [r for pnl, r in rows if r is not None and pnl < -facts.world.band]
    sheet.same(f"{name} sum of R", shown.sum_r, sum(rs, Decimal(0)))
    sheet.same(f"{name} best R", shown.best_r, max(rs, default=None))
    sheet.same(f"{name} worst R", shown.worst_r, min(rs, default=None))
    sheet.ratio(f"{name} average win in R", shown.average_win_r, Fraction(sum(won)) / len(won) if won else None)
    sheet.ratio(f"{name} average loss in R", shown.average_loss_r, Fraction(sum(lost)) / len(lost) if lost else None)
