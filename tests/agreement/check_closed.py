"""Daily figures, intervals and weeks of a report, held against what is expected."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from tests.agreement.expected_spans import Closed, Facts
from tests.agreement.sheet import Sheet
from tests.oracle import OracleDaily, interval
from trenddojo.domain.intervals import SEED
from trenddojo.domain.returns import Daily
from trenddojo.services.intervals import Interval, Intervals
from trenddojo.services.reports import Performance


def check_daily(sheet: Sheet, name: str, shown: Daily | None, expected: OracleDaily) -> None:
    sheet.same(f"{name} has daily figures", shown is not None, True)
    if shown is None:
        return
    sheet.nearly(f"{name} Sharpe", shown.sharpe, expected.sharpe)
    sheet.nearly(f"{name} Sortino", shown.sortino, expected.sortino)
    for figure in ("time_in_market", "exposure", "turnover"):
        sheet.ratio(f"{name} {figure}", getattr(shown, figure), getattr(expected, figure))


def check_intervals(sheet: Sheet, name: str, facts: Facts, shown: Intervals | None, closed: Sequence[Closed]) -> None:
    sheet.same(f"{name} has intervals", shown is not None, True)
    if shown is None:
        return
    pnls = [Fraction(one.standing.pnl) for one in closed]
    rs = [Fraction(one.standing.r) for one in closed if one.standing.r is not None]
    of_pnls, of_rs = interval(pnls, SEED), interval(rs, SEED)
    wins = [Fraction(pnl > facts.world.band) for pnl in pnls]
    _check_ends(sheet, f"{name} win rate", shown.win_rate, interval(wins, SEED))
    _check_ends(sheet, f"{name} expectancy", shown.expectancy, of_pnls)
    _check_ends(sheet, f"{name} mean R", shown.mean_r, of_rs)
    sheet.same(f"{name} few trades", shown.few_trades, _is_few(pnls, of_pnls))
    sheet.same(f"{name} few R", shown.few_r, _is_few(rs, of_rs))


def _is_few(values: Sequence[Fraction], ends: tuple[float, float] | None) -> bool:
    return len(values) < 30 or ends is None or ends[0] <= 0 <= ends[1]


def _check_ends(sheet: Sheet, name: str, shown: Interval | None, expected: tuple[float, float] | None) -> None:
    sheet.same(f"{name} is an interval", shown is not None, expected is not None)
    if shown is not None and expected is not None:
        for found, wanted in zip((shown.low, shown.high), expected, strict=True):
            sheet.same(f"{name} end {found}, not {wanted}", abs(float(found) - wanted) < 2e-6, True)


def check_weeks(sheet: Sheet, name: str, facts: Facts, shown: Performance, closed: Sequence[Closed]) -> None:
    """Every week from its own days, and nothing left out."""
    for week in shown.weeks:
        first, last = max(week.monday, shown.since), min(week.monday + timedelta(days=6), shown.until)
        within = [one for one in closed if first <= one.closed_on <= last]
        rs = [one.standing.r for one in within if one.standing.r is not None]
        where = f"{name} week of {week.monday}"
        booked = sum((amount for _, amount in facts.bookings(first, last)), Decimal(0))
        sheet.same(f"{where} begins", week.monday.weekday(), 0)
        sheet.same(f"{where} trades", week.trades, len(within))
        sheet.same(f"{where} net", week.net, sum((one.standing.pnl for one in within), Decimal(0)))
        sheet.same(f"{where} R", week.sum_r, sum(rs, Decimal(0)) if rs else None)
        sheet.same(f"{where} realised", week.realised, booked)
    sheet.same(f"{name} trades by week", sum(week.trades for week in shown.weeks), len(closed))
