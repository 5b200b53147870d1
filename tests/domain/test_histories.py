"""10,000 random small histories through the plain functions, each held against the oracle.

The histories are of closed trades with dates and of days with positions, not of fills: those have 300 of their own, and
1,000 accounts in the agreement test.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import isclose
from random import Random

from tests import oracle
from tests.histories import History, OracleCash
from trenddojo.domain.equity import DayChange, equity_curve, fall_in_money, largest_drawdown
from trenddojo.domain.nyse import trading_days
from trenddojo.domain.returns import Held, daily
from trenddojo.domain.statistics import NO_LOSSES, Tally, histogram, outcome_of, streaks

FIRST = date(2026, 3, 2)
RATE = Decimal("0.03")
HISTORIES = 10_000


def test_10000_random_histories_agree_with_the_oracle() -> None:
    for seed in range(HISTORIES):
        rng = Random(seed)
        _check_trades(rng, seed)
        _check_days(rng, seed)


# --- Closed trades ---


def _closed(rng: Random) -> oracle.TradeFigures:
    realised = Decimal(rng.choice((0, 0, rng.randint(-9_999, 12_000)))).scaleb(-2)
    r = None if rng.random() < 0.2 else Decimal(rng.choice((0, 10**9, rng.randint(-3 * 10**9, 5 * 10**9)))).scaleb(-9)
    at = datetime(2026, 3, 2, tzinfo=UTC)
    nothing = Decimal(0)
    return oracle.TradeFigures(nothing, realised, realised, nothing, (), None, r, None, at, at, {})


def _check_trades(rng: Random, seed: int) -> None:
    closed, band = [_closed(rng) for _ in range(rng.randint(0, 6))], Decimal(rng.choice(("0", "0", "2.50")))
    wanted = oracle.statistics(closed, band)
    results = [(one.realised, one.r) for one in closed]
    found = Tally.over(results, band)
    for name in ("trades", "wins", "losses", "breakevens", "net", "without_r", "largest_win", "largest_loss"):
        assert getattr(found, name) == getattr(wanted, name), (seed, name)
    for name in ("win_rate", "win_rate_without_breakevens", "expectancy", "mean_r", "average_win", "average_loss"):
        assert _same(getattr(found, name), getattr(wanted, name)), (seed, name)
    assert _same(found.payoff, wanted.payoff), seed
    if isinstance(wanted.profit_factor, str):
        assert found.profit_factor is NO_LOSSES, seed
    else:
        assert found.profit_factor is not NO_LOSSES
        assert _same(found.profit_factor, wanted.profit_factor), seed
    assert _near(found.sqn, wanted.sqn), seed
    runs = streaks(outcome_of(pnl, band) for pnl, _ in results)
    assert (runs.longest_wins, runs.longest_losses) == (wanted.longest_wins, wanted.longest_losses), seed
    rs = [r for _, r in results if r is not None]
    for one in histogram(rs):
        within = [r for r in rs if (one.low is None or r >= one.low) and (one.high is None or r < one.high)]
        assert one.count == len(within), seed


def _same(shown: Decimal | None, wanted: Fraction | None) -> bool:
    if shown is None or wanted is None:
        return shown is None and wanted is None
    return abs(Fraction(shown) - wanted) < Fraction(1, 10**15)


def _near(shown: Decimal | None, wanted: float | None) -> bool:
    if shown is None or wanted is None:
        return shown is None and wanted is None
    return isclose(shown, wanted, rel_tol=1e-8, abs_tol=1e-8)


# --- Days ---


def _check_days(rng: Random, seed: int) -> None:
    """A week or so of bookings, flows and positions; some days are off, and some accounts have no capital."""
    last = FIRST + timedelta(days=rng.randint(0, 11))
    days = trading_days(FIRST, last)
    while days[-1] != last:
        last -= timedelta(days=1)
    starting = Decimal(rng.choice((0, rng.randint(100, 100_000))))
    dates = oracle.days_between(FIRST, last)
    changes = [_change(rng, day) for day in dates]
    equity, by_day = _told(starting, changes)
    cash = tuple(
        OracleCash(change.date, kind, amount)
        for change in changes
        for kind, amount in (("deposit", change.deposits), ("withdrawal", -change.withdrawals))
        if amount
    )
    history = History(starting, "UTC", FIRST, last, tuple(days), cash, ())
    points, wanted = equity_curve(starting, changes, days), oracle.curve(history, equity)
    assert [(point.date, point.equity) for point in points] == [(point.date, point.equity) for point in wanted], seed
    assert all(_same(point.r, one.r) for point, one in zip(points, wanted, strict=True)), seed
    _check_drawdown(points, oracle.deepest_of(history, equity, wanted), last, seed)
    found = daily(Held(), changes, points, days, RATE)
    expected = oracle.daily_figures(by_day, wanted, days, FIRST, float(RATE))
    for name in ("sharpe", "sortino"):
        assert _near(getattr(found, name), getattr(expected, name)), (seed, name)
    for name in ("time_in_market", "exposure", "turnover"):
        assert _same(getattr(found, name), getattr(expected, name)), (seed, name)


def _change(rng: Random, day: date) -> DayChange:
    if rng.random() < 0.3:
        return DayChange(day)
    return DayChange(
        day,
        deposits=Decimal(rng.choice((0, 0, 0, rng.randint(1, 9_000)))),
        withdrawals=Decimal(rng.choice((0, 0, 0, rng.randint(1, 50)))),
        booked=Decimal(rng.randint(-4_000, 4_500)).scaleb(-2),
        open_change=Decimal(rng.randint(-900, 900)).scaleb(-2),
        gross_change=Decimal(rng.randint(0, 90_000)).scaleb(-2),
        traded=Decimal(rng.randint(0, 90_000)).scaleb(-2),
        opened=(opened := rng.randint(0, 1)),
        closed=opened * rng.randint(0, 1),
    )


def _told(starting: Decimal, changes: list[DayChange]) -> tuple[dict[date, Decimal], dict[date, oracle.OraclePosition]]:
    """Equity and positions by calendar day."""
    equity, gross, count, by_day, held = starting, Decimal(0), 0, {}, {}
    for one in changes:
        equity += one.deposits - one.withdrawals + one.booked + one.open_change
        gross += one.gross_change
        held[one.date] = oracle.OraclePosition(gross, one.traded, one.opened, count > 0 or one.opened > 0)
        count += one.opened - one.closed
        by_day[one.date] = equity
    return by_day, held


def _check_drawdown(points, wanted: oracle.OracleDrawdown | None, last: date, seed: int) -> None:
    found = largest_drawdown(points, last)
    if found is None or wanted is None:
        assert found is None, seed
        assert wanted is None, seed
        return
    assert _same(found.depth, wanted.depth), seed
    assert (found.peak, found.trough, found.regained) == (wanted.peak, wanted.trough, wanted.regained), seed
    assert fall_in_money(points).largest == wanted.in_money, seed
