"""Intervals of what closed trades brought, by arrays: the same draws and ends as `domain.intervals`, much sooner."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import numpy as np

from trenddojo.domain import intervals
from trenddojo.domain.intervals import MOST_RESAMPLED, RESAMPLES, SEED, Range
from trenddojo.domain.money import EXACT, MONEY_PLACES, RATIO_PLACES
from trenddojo.domain.statistics import Outcome, Tally

FEW = 30
"""Under so many trades a figure says little (rule 52)."""
_DRAWS = 2_000_000
"""Draws that are held in memory at a time."""
_SHOWN = 6
"""Places of an end: what is drawn by chance has no more."""
_REMEMBERED = 512
"""Sets of values whose intervals are kept: a page asks for those of the same trades again until another one closes."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a mean lies with 95%."""

    low: Decimal
    high: Decimal

    @property
    def contains_zero(self) -> bool:
        """Whether the mean may as well be none."""
        return self.low <= 0 <= self.high


@dataclass(frozen=True, slots=True)
class Intervals:
    """Those of the win rate (a fraction), of expectancy (money) and of mean R; None under two trades.

    `few_trades` and `few_r` say of expectancy and of mean R that there are too few trades to conclude from: under 30,
    or an interval that contains zero (rule 52).
    """

    win_rate: Interval | None
    expectancy: Interval | None
    mean_r: Interval | None
    few_trades: bool
    few_r: bool


def intervals_of(results: Iterable[tuple[Decimal, Decimal | None, Outcome]]) -> Intervals:
    """The intervals of closed trades, each with its net P&L, its R if it has one, and its outcome."""
    rows = list(results)
    wins = tuple(int(outcome is Outcome.WIN) for _, _, outcome in rows)
    money = tuple(_units(pnl, MONEY_PLACES) for pnl, _, _ in rows)
    rs = tuple(_units(r, RATIO_PLACES) for _, r, _ in rows if r is not None)
    of_wins, of_money, of_rs = _ranges((wins, money, rs))
    expectancy, mean_r = _shown(of_money, MONEY_PLACES), _shown(of_rs, RATIO_PLACES)
    return Intervals(
        win_rate=_shown(of_wins, 0),
        expectancy=expectancy,
        mean_r=mean_r,
        few_trades=_is_few(len(money), expectancy),
        few_r=_is_few(len(rs), mean_r),
    )


def intervals_of_tally(tally: Tally) -> Intervals:
    """The same of more trades than are resampled, from their sums alone."""
    squares = _units(tally.net2, 2 * MONEY_PLACES), _units(tally.sum_r2, 2 * RATIO_PLACES)
    rate = intervals.normal(tally.trades, tally.wins, tally.wins)
    money = intervals.normal(tally.trades, _units(tally.net, MONEY_PLACES), squares[0])
    r = intervals.normal(tally.with_r, _units(tally.sum_r, RATIO_PLACES), squares[1])
    expectancy, mean_r = _shown(money, MONEY_PLACES), _shown(r, RATIO_PLACES)
    return Intervals(
        win_rate=_shown(rate, 0),
        expectancy=expectancy,
        mean_r=mean_r,
        few_trades=_is_few(tally.trades, expectancy),
        few_r=_is_few(tally.with_r, mean_r),
    )


def interval(values: Sequence[int]) -> Range | None:
    """What `domain.intervals.interval` answers."""
    return _ranges((tuple(values),))[0]


@lru_cache(_REMEMBERED)
def _ranges(columns: tuple[tuple[int, ...], ...]) -> list[Range | None]:
    """The interval of each column; those of one length are resampled together, as their draws are the same."""
    lengths = {len(one) for one in columns if 2 <= len(one) <= MOST_RESAMPLED and min(one) < max(one)}
    sums = {length: _sums([one for one in columns if len(one) == length]) for length in lengths}
    return [
        intervals.bca(one, sums[len(one)].pop(0)) if len(one) in sums else intervals.interval(one) for one in columns
    ]


def _sums(columns: Sequence[Sequence[int]]) -> list[list[int]]:
    """The resamples' sums of each column in ascending order. numpy's old generator, seeded by a list, is Python's own
    stream."""
    draws, numbers = np.random.RandomState([SEED]), [_array(one) for one in columns]
    count, found = len(columns[0]), [list[np.ndarray]() for _ in columns]
    step = max(1, _DRAWS // count)
    for start in range(0, RESAMPLES, step):
        places = (draws.random_sample((min(step, RESAMPLES - start), count)) * count).astype(np.int32)
        for kept, one in zip(found, numbers, strict=True):
            kept.append(one[places].sum(axis=1))
    return [[int(one) for one in np.sort(np.concatenate(kept))] for kept in found]


def _array(values: Sequence[int]) -> np.ndarray:
    """The values as 64-bit integers; as Python's own, slower, where a resample's sum may not fit in those."""
    largest_sum = len(values) * max(map(abs, values))
    return np.array(values, dtype=np.int64 if largest_sum <= np.iinfo(np.int64).max else object)


def _is_few(count: int, found: Interval | None) -> bool:
    return count < FEW or found is None or found.contains_zero


def _units(value: Decimal, places: int) -> int:
    return int(value.scaleb(places, EXACT))


def _shown(found: Range | None, places: int) -> Interval | None:
    if found is None:
        return None
    return Interval(*(round(Decimal(end).scaleb(-places), _SHOWN) for end in (found.low, found.high)))
