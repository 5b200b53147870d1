"""What daily returns and positions at the ends of days say: Sharpe, Sortino, time in market, exposure and turnover.

All run on the exchange's trading days, days without trades included; what falls on days off goes to the next one, and
what came after the last trading day waits for it (rules 47, 48 and 50 of docs/NUMBERS.md).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from trenddojo.domain.equity import DayChange, Point
from trenddojo.domain.money import ONE, ZERO, exactly

YEAR = 252
"""Trading days of a year, by which daily figures become yearly ones."""


@exactly
def daily_rate(yearly: Decimal) -> Decimal:
    """What a yearly rate, 0.02 for 2%, makes in one trading day. Raises ValueError for -100% or less."""
    if yearly <= -ONE:
        raise ValueError(f"a yearly rate of {yearly} loses everything")
    return (ONE + yearly) ** (ONE / YEAR) - ONE if yearly else ZERO


@exactly
def sharpe(returns: Sequence[Decimal], yearly_rate: Decimal = ZERO) -> Decimal | None:
    """Mean / stdev of the daily returns over the risk-free rate, a year's; None under 2 days or without spread."""
    if len(set(returns)) < 2:
        return None
    mean = _mean_above(returns, yearly_rate)
    average = sum(returns, ZERO) / len(returns)
    spread = sum(((r - average) ** 2 for r in returns), ZERO) / (len(returns) - 1)
    return mean / spread.sqrt() * Decimal(YEAR).sqrt()


@exactly
def sortino(returns: Sequence[Decimal], yearly_rate: Decimal = ZERO) -> Decimal | None:
    """As `sharpe`, but divided by what fell below the rate, over all days; None also where nothing did."""
    f = daily_rate(yearly_rate)
    below = sum((min(r - f, ZERO) ** 2 for r in returns), ZERO)
    if len(set(returns)) < 2 or not below:
        return None
    return _mean_above(returns, yearly_rate) / (below / len(returns)).sqrt() * Decimal(YEAR).sqrt()


def _mean_above(returns: Sequence[Decimal], yearly_rate: Decimal) -> Decimal:
    return sum(returns, ZERO) / len(returns) - daily_rate(yearly_rate)


@dataclass(frozen=True, slots=True)
class Held:
    """What was held at the end of a day: its gross value in cents, and how many trades were open."""

    gross: Decimal = ZERO
    open: int = 0


@dataclass(frozen=True, slots=True)
class HeldDay:
    """One trading day: the gross value at its end, the value bought and sold, and whether anything was held in it."""

    date: date
    gross: Decimal
    traded: Decimal
    in_market: bool


@exactly
def held_days(before: Held, changes: Iterable[DayChange], trading_days: Sequence[date]) -> list[HeldDay]:
    """What was held on each trading day, from what was `before` the first."""
    ordered, i, gross, count, days = sorted(changes, key=lambda one: one.date), 0, before.gross, before.open, []
    for day in trading_days:
        traded, was_open = ZERO, count > 0
        while i < len(ordered) and ordered[i].date <= day:
            gross, traded = gross + ordered[i].gross_change, traded + ordered[i].traded
            count += ordered[i].opened - ordered[i].closed
            was_open |= ordered[i].opened > 0
            i += 1
        days.append(HeldDay(day, gross, traded, was_open))
    return days


@exactly
def time_in_market(days: Sequence[HeldDay]) -> Decimal | None:
    """Trading days with any position, also one that was closed on the same day, / trading days; None without days."""
    return ONE * sum(day.in_market for day in days) / len(days) if days else None


@exactly
def exposure(days: Sequence[HeldDay], points: Sequence[Point]) -> Decimal | None:
    """Mean of gross position value / equity at day's end, over the days with equity; None without any."""
    ratios = [day.gross / point.equity for day, point in zip(days, points, strict=False) if point.equity > 0]
    return sum(ratios, ZERO) / len(ratios) if ratios else None


@exactly
def turnover(days: Sequence[HeldDay], points: Sequence[Point]) -> Decimal | None:
    """(Bought + sold) / 2 / mean equity at day's end, of the whole period; None where that mean is not above 0."""
    equity = sum((point.equity for point in points[: len(days)]), ZERO)
    return sum((day.traded for day in days), ZERO) / 2 * len(days) / equity if equity > 0 else None


@dataclass(frozen=True, slots=True)
class Daily:
    """The daily figures of a period; `yearly_rate` is the risk-free rate that they were computed with."""

    yearly_rate: Decimal
    sharpe: Decimal | None
    sortino: Decimal | None
    time_in_market: Decimal | None
    exposure: Decimal | None
    turnover: Decimal | None


def daily(
    before: Held, changes: Iterable[DayChange], points: Sequence[Point], trading_days: Sequence[date], rate: Decimal
) -> Daily:
    """All of them; `points` are the curve's on the same trading days, a running point after them is left out."""
    returns = [point.r for point in points[: len(trading_days)] if point.r is not None]
    days = held_days(before, changes, trading_days)
    return Daily(
        yearly_rate=rate,
        sharpe=sharpe(returns, rate),
        sortino=sortino(returns, rate),
        time_in_market=time_in_market(days),
        exposure=exposure(days, points),
        turnover=turnover(days, points),
    )
