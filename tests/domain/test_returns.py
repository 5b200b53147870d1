"""Sharpe and Sortino: by hand, and beside an established library on the same daily returns."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

import empyrical
import numpy
import pytest

from trenddojo.domain.equity import DayChange, equity_curve, largest_drawdown
from trenddojo.domain.nyse import trading_days
from trenddojo.domain.returns import daily_rate, sharpe, sortino

D = Decimal


def drawn(count: int, seed: int) -> list[Decimal]:
    chance = Random(seed)
    return [round(D(chance.gauss(0.0006, 0.011)), 12) for _ in range(count)]


def test_by_hand() -> None:
    """2%, -1%, 2%: mean 1%, s = sqrt(0.0003), downside sqrt(0.0001 / 3)."""
    returns = [D("0.02"), D("-0.01"), None, D("0.02")]
    assert float(sharpe(returns) or 0) == pytest.approx(0.01 / 0.0003**0.5 * 252**0.5, rel=1e-12)
    assert float(sortino(returns) or 0) == pytest.approx(0.01 / (0.0001 / 3) ** 0.5 * 252**0.5, rel=1e-12)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("yearly", ["0", "4"])
def test_beside_empyrical(seed: int, yearly: str) -> None:
    returns = drawn(30 + 40 * seed, seed)
    rate, floats = daily_rate(D(yearly)), numpy.array([float(one) for one in returns])
    theirs = empyrical.sharpe_ratio(floats, risk_free=float(rate)), empyrical.sortino_ratio(floats, float(rate))
    ours = sharpe(returns, D(yearly)), sortino(returns, D(yearly))
    assert [float(one or 0) for one in ours] == pytest.approx(theirs, rel=1e-8)


@pytest.mark.parametrize("seed", range(20))
def test_the_largest_drawdown_beside_empyrical(seed: int) -> None:
    days = [*trading_days(date(2025, 1, 2), date(2025, 12, 31))]
    chance = Random(seed)
    changes = [DayChange(day, booked=round(D(chance.gauss(40, 900)), 2)) for day in days]
    points = equity_curve(D(100_000), changes, days)
    deepest = largest_drawdown(points, days[-1])
    theirs = empyrical.max_drawdown(numpy.array([float(point.r or 0) for point in points]))
    assert deepest is not None
    assert float(-deepest.depth) == pytest.approx(theirs, rel=1e-8)


def test_the_rate_of_a_day() -> None:
    assert float((1 + daily_rate(D(4))) ** 252) == pytest.approx(1.04, rel=1e-12)
    assert daily_rate(D(0)) == 0


@pytest.mark.parametrize("returns", [[], [D("0.01")], [None, D("0.01")], [D("0.01")] * 5])
def test_none_without_days_or_spread(returns: list[Decimal | None]) -> None:
    assert (sharpe(returns), sortino(returns)) == (None, None)


def test_no_day_that_fell_short_has_no_sortino() -> None:
    assert sortino([D("0.01"), D("0.02")]) is None
    assert sharpe([D("0.01"), D("0.02")]) is not None
