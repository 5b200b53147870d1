import warnings
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import numpy as np
import pytest

from trenddojo.domain.equity import DayChange, equity_curve, largest_drawdown
from trenddojo.domain.nyse import trading_days
from trenddojo.domain.returns import Held, HeldDay, daily, daily_rate, held_days, sharpe, sortino, time_in_market

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it says which optional data sources it lacks
    import empyrical

D = Decimal
DAYS = trading_days(date(2026, 1, 2), date(2026, 6, 30))


def random_curve(seed: int):
    rng = Random(seed)
    changes = [DayChange(day, booked=D(rng.randint(-90_000, 100_000)).scaleb(-2)) for day in DAYS]
    changes += [DayChange(day, deposits=D(rng.randint(1, 5000))) for day in rng.sample(DAYS, 3)]
    return changes, equity_curve(D(50_000), changes, DAYS)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rate", ["0", "0.035", "-0.005"])
def test_sharpe_sortino_and_drawdown_as_empyrical_has_them(seed: int, rate: str) -> None:
    _, points = random_curve(seed)
    returns = [point.r for point in points if point.r is not None]
    theirs = np.array([float(r) for r in returns])
    f = (1 + float(rate)) ** (1 / 252) - 1
    assert float(sharpe(returns, D(rate)) or 0) == pytest.approx(empyrical.sharpe_ratio(theirs, risk_free=f), rel=1e-9)
    wanted = empyrical.sortino_ratio(theirs, required_return=f)
    assert float(sortino(returns, D(rate)) or 0) == pytest.approx(wanted, rel=1e-9)
    deepest = largest_drawdown(points, DAYS[-1])
    assert deepest is not None
    assert -float(deepest.depth) == pytest.approx(empyrical.max_drawdown(theirs), rel=1e-9)


def test_no_ratio_without_spread_or_with_one_day() -> None:
    for returns in ([], [D("0.01")], [D("0.01")] * 3, [D("-0.01")] * 3):
        assert sharpe(returns) is None
        assert sortino(returns) is None
    assert sharpe([D("0.01"), D("0.02")]) is not None
    assert sortino([D("0.01"), D("0.02")]) is None, "nothing fell below the rate"


def test_a_yearly_rate_by_the_day() -> None:
    assert daily_rate(D(0)) == 0
    assert float((1 + daily_rate(D("0.05"))) ** 252) == pytest.approx(1.05)
    with pytest.raises(ValueError, match="loses everything"):
        daily_rate(D(-1))


def test_what_was_held_by_trading_day() -> None:
    friday, saturday, sunday, monday, tuesday = (date(2026, 6, 5) + timedelta(days=n) for n in range(5))
    changes = [
        DayChange(friday, gross_change=D(100), traded=D(100), opened=1),
        DayChange(saturday, gross_change=D(-40), traded=D(40)),
        DayChange(sunday, gross_change=D(-60), traded=D(60), closed=1),
        DayChange(monday, traded=D(20), opened=1, closed=1),
    ]
    assert held_days(Held(D(5), 0), changes, [friday, monday, tuesday]) == [
        HeldDay(friday, D(105), D(100), True),
        HeldDay(monday, D(5), D(120), True),
        HeldDay(tuesday, D(5), D(0), False),
    ]
    assert time_in_market(held_days(Held(D(5), 1), [], [friday, monday])) == 1
    assert time_in_market([]) is None


def test_exposure_and_turnover() -> None:
    days = DAYS[:4]
    changes = [
        DayChange(days[0], gross_change=D(500), traded=D(500), opened=1),
        DayChange(days[2], deposits=D(1000), gross_change=D(-500), traded=D(600), booked=D(100), closed=1),
    ]
    points = equity_curve(D(1000), changes, days)
    found = daily(Held(), changes, points, days, D(0))
    assert found.exposure == D("0.25")  # half of 1,000 on two days of four
    assert float(found.turnover or 0) == pytest.approx(550 * 4 / (1000 + 1000 + 2100 + 2100))
    assert found.time_in_market == D("0.75")


def test_days_without_equity_have_no_exposure() -> None:
    changes = [DayChange(DAYS[0], gross_change=D(500), traded=D(500), opened=1)]
    found = daily(Held(), changes, equity_curve(D(0), changes, DAYS[:2]), DAYS[:2], D(0))
    assert (found.exposure, found.turnover, found.time_in_market) == (None, None, 1)


def test_what_came_after_the_last_trading_day_waits_for_the_next() -> None:
    changes = [DayChange(date(2026, 6, 6), booked=D(10), traded=D(100), opened=1, closed=1)]
    friday = [date(2026, 6, 5)]
    points = equity_curve(D(1000), changes, friday)
    assert len(points) == 2
    found = daily(Held(), changes, points, friday, D(0))
    assert (found.time_in_market, found.turnover, found.exposure) == (0, 0, 0)
