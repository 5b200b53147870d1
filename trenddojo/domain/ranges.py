"""How far a market moves in a day."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from trenddojo.domain.bars import Bar
from trenddojo.domain.money import ZERO, exactly

DAYS = 14
"""Days of an average true range, as J. Welles Wilder took it (New Concepts in Technical Trading Systems, 1978)."""


@exactly
def average_true_range(bars: Sequence[Bar]) -> Decimal | None:
    """The mean true range of the last 14 of some days' bars, in the prices' currency; None of fewer than 15.

    A true range is the larger of the day's own range and of its extremes' distance from the close before. The mean is
    the plain one, which Wilder's smoothing begins with: it needs no bars of long before.
    """
    ordered = sorted(bars, key=lambda bar: bar.start)[-DAYS - 1 :]
    if len(ordered) <= DAYS:
        return None
    ranges = [max(bar.high, before.close) - min(bar.low, before.close) for before, bar in pairwise(ordered)]
    return sum(ranges, ZERO) / DAYS
