"""Means of samples, their spread, and what two of them differ by, with Welch's 95% interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import exp, lgamma, log, sqrt

from trenddojo.domain.money import ZERO, exactly

_TAIL = 0.025
"""On each side of a 95% interval."""


@exactly
def mean(values: Sequence[Decimal]) -> Decimal | None:
    """The mean, unrounded; None without values."""
    return sum(values, ZERO) / len(values) if values else None


@exactly
def spread(values: Sequence[Decimal]) -> Decimal | None:
    """The standard deviation, with n - 1; None under 2 values (rule 44 of docs/NUMBERS.md)."""
    return _variance(values).sqrt() if len(values) > 1 else None


@exactly
def _variance(values: Sequence[Decimal]) -> Decimal:
    middle = sum(values, ZERO) / len(values)
    return sum(((value - middle) ** 2 for value in values), ZERO) / (len(values) - 1)


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean of one sample less mean of another; `low` and `high` are its 95% interval, None under 2 values in either."""

    mean: Decimal
    low: Decimal | None
    high: Decimal | None

    @property
    def spans_zero(self) -> bool:
        """Whether the interval is unknown or contains 0, so that nothing can be concluded."""
        return self.low is None or self.high is None or self.low <= 0 <= self.high


def difference(first: Sequence[Decimal], second: Sequence[Decimal]) -> Difference | None:
    """The difference of two means, by Welch with the degrees of freedom of Satterthwaite. None without one of them."""
    left, right = mean(first), mean(second)
    if left is None or right is None:
        return None
    if len(first) < 2 or len(second) < 2:
        return Difference(left - right, None, None)
    reach = _reach(first, second)
    return Difference(left - right, left - right - reach, left - right + reach)


@exactly
def _reach(first: Sequence[Decimal], second: Sequence[Decimal]) -> Decimal:
    """Half of the interval's width."""
    parts = [(_variance(values) / len(values), len(values) - 1) for values in (first, second)]
    total = sum((part for part, _ in parts), ZERO)
    if not total:
        return ZERO
    freedom = total * total / sum((part * part / degrees for part, degrees in parts), ZERO)
    return Decimal(t_quantile(float(freedom))) * total.sqrt()


def t_quantile(freedom: float) -> float:
    """The 97.5% quantile of Student's t with so many degrees of freedom (1 and above), to about 10 digits."""
    low, high = 1.9, 13.0
    while high - low > 1e-11:
        middle = (low + high) / 2
        if _tail(middle, freedom) > _TAIL:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _tail(t: float, freedom: float) -> float:
    """The probability beyond t > 0: half the regularised incomplete beta function at v / (v + t^2), of v/2 and 1/2."""
    a, b, x = freedom / 2, 0.5, freedom / (freedom + t * t)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a / 2
    return (1 - front * _fraction(b, a, 1 - x) / b) / 2


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function (DLMF 8.17.22), from its end backwards."""
    steps = int(60 + 4 * sqrt(max(a, b)))
    value = 0.0
    for m in range(steps, 0, -1):
        odd = -(a + m - 1 + 0.0) * (a + b + m - 1) * x / ((a + 2 * m - 2) * (a + 2 * m - 1))
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        value = odd / (1 + even / (1 + value))
    return 1 / (1 + value)
