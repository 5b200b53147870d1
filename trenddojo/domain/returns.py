"""Return for risk taken: Sharpe and Sortino ratios of daily returns (rule 48 of docs/NUMBERS.md)."""

from collections.abc import Sequence
from decimal import Decimal

from trenddojo.domain.money import HUNDRED, ONE, ZERO, exactly

YEAR = 252
"""Trading days of a year, by convention."""


@exactly
def daily_rate(yearly: Decimal) -> Decimal:
    """The yearly rate in percent as a fraction a trading day: (1 + rate)^(1/252) - 1."""
    return (ONE + yearly / HUNDRED) ** (ONE / YEAR) - ONE


@exactly
def sharpe(returns: Sequence[Decimal | None], yearly_rate: Decimal = ZERO) -> Decimal | None:
    """Mean of the excess returns / their standard deviation (n - 1) x sqrt(252).

    A day without capital has no return and is left out. None under two days or without spread. `yearly_rate` is the
    risk-free rate in percent.
    """
    excess = _excess(returns, yearly_rate)
    count = len(excess)
    if count < 2 or min(excess) == max(excess):
        return None
    mean = sum(excess, ZERO) / count
    variance = sum(((one - mean) ** 2 for one in excess), ZERO) / (count - 1)
    return mean / variance.sqrt() * Decimal(YEAR).sqrt()


@exactly
def sortino(returns: Sequence[Decimal | None], yearly_rate: Decimal = ZERO) -> Decimal | None:
    """Mean of the excess returns / sqrt(sum(min(excess, 0)^2) / n) over all n days x sqrt(252).

    None under two days or without spread, as `sharpe`, and where no day fell short of the rate.
    """
    excess = _excess(returns, yearly_rate)
    count = len(excess)
    if count < 2 or min(excess) == max(excess):
        return None
    downside = sum((min(one, ZERO) ** 2 for one in excess), ZERO) / count
    return sum(excess, ZERO) / count / downside.sqrt() * Decimal(YEAR).sqrt() if downside else None


def _excess(returns: Sequence[Decimal | None], yearly_rate: Decimal) -> list[Decimal]:
    rate = daily_rate(yearly_rate)
    return [one - rate for one in returns if one is not None]
