"""Whether two positions are one bet: by how their prices moved, else by the user's own groups."""

from collections.abc import Mapping
from datetime import date
from statistics import StatisticsError, correlation

COMMON_DAYS = 60
"""Trading days that both instruments need before returns decide."""

_CORRELATED = 0.7


def returns_correlation(one: Mapping[date, float], other: Mapping[date, float]) -> float | None:
    """Pearson's correlation of daily returns over the last 60 trading days that both have, -1 to 1.

    The mappings give an instrument's return (0.01 is 1%) by trading day. None with fewer common days, or where one
    of the two never moved.
    """
    days = sorted(one.keys() & other.keys())[-COMMON_DAYS:]
    if len(days) < COMMON_DAYS:
        return None
    try:
        return correlation([one[day] for day in days], [other[day] for day in days])
    except StatisticsError:  # no spread, so nothing to correlate
        return None


def are_correlated(measured: float | None, same_direction: bool, same_group: bool) -> bool:
    """Whether two positions count as correlated (rule 32 of docs/NUMBERS.md).

    `measured` comes from `returns_correlation`; without it the user's correlation group decides, by default the sector.
    """
    if measured is None:
        return same_group
    return measured >= _CORRELATED if same_direction else measured <= -_CORRELATED
