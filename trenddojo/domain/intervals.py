"""The 95% interval of a mean: where it would lie if the same trades had come by another draw (rule 52 of NUMBERS.md).

Values are integers, such as cents or billionths of R, so that sums are exact. The bootstrap is bias-corrected and
accelerated (BCa). Source: Efron, "Better Bootstrap Confidence Intervals", JASA 82 (1987).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, sqrt
from random import Random
from statistics import NormalDist

RESAMPLES = 10_000
MOST_RESAMPLED = 2_000
"""Values beyond which the mean's own spread is good enough."""
SEED = 52
_NORMAL = NormalDist()
_Z = 1.96
_TAIL = 0.025


@dataclass(frozen=True, slots=True)
class Range:
    """The ends of an interval, in the unit of its values."""

    low: float
    high: float


def interval(values: Sequence[int]) -> Range | None:
    """The interval of the values' mean; None under two values, twice the same value where all are equal."""
    if len(values) < 2:
        return None
    if min(values) == max(values):
        return Range(float(values[0]), float(values[0]))
    if len(values) > MOST_RESAMPLED:
        return normal(len(values), sum(values), sum(value * value for value in values))
    return bca(values, sorted(resampled_sums(values)))


def normal(count: int, total: int, squares: int) -> Range:
    """Mean +- 1.96 s / sqrt(n), with n - 1, from so many values' sum and sum of squares."""
    spread = sqrt((count * squares - total * total) / (count - 1)) / count  # s / sqrt(n), whose differences are exact
    return Range(total / count - _Z * spread, total / count + _Z * spread)


def resampled_sums(values: Sequence[int]) -> Iterator[int]:
    """The sum of each resample, drawn with replacement: the k-th draw of a stream takes the value at floor(u n)."""
    draw, count = Random(SEED).random, len(values)
    return (sum(values[int(draw() * count)] for _ in range(count)) for _ in range(RESAMPLES))


def bca(values: Sequence[int], sums: Sequence[int]) -> Range:
    """The bias-corrected and accelerated interval, from the resamples' sums in ascending order."""
    count, total = len(values), sum(values)
    shift, pull = _bias(sums, total), acceleration(values)
    ends = [_shifted(shift, pull, _NORMAL.inv_cdf(tail)) for tail in (_TAIL, 1 - _TAIL)]
    return Range(*(_quantile(sums, end) / count for end in ends))


def _bias(sums: Sequence[int], total: int) -> float:
    """How far the resamples, in order, lie beside the sample, in standard deviations; ties count half."""
    below = (bisect_left(sums, total) + bisect_right(sums, total)) / 2
    share = min(max(below, 0.5), len(sums) - 0.5) / len(sums)
    return _NORMAL.inv_cdf(share)


def acceleration(values: Sequence[int]) -> float:
    """By how much the spread grows with the mean, from leaving out each value once: skewness / (6 sqrt(n))."""
    count, total = len(values), sum(values)
    apart = [count * value - total for value in values]  # n (x - mean), exact
    squares, cubes = sum(one * one for one in apart), sum(one**3 for one in apart)
    return cubes / (6 * squares * sqrt(squares)) if squares else 0.0


def _shifted(shift: float, pull: float, z: float) -> float:
    """The share of resamples below an end of the interval."""
    moved = (shift + z) / (1 - pull * (shift + z))
    return _NORMAL.cdf(shift + moved) if isfinite(moved) else float(z > 0)


def _quantile(ordered: Sequence[int], share: float) -> float:
    """The value below which a share lies, between two of them in proportion (Hyndman and Fan's type 7)."""
    place = share * (len(ordered) - 1)
    low, high = floor(place), ceil(place)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])
