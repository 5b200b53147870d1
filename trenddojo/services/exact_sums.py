"""Exact sums over arrays: values are cut into limbs whose sums cannot overflow, and put together as Python's integers.

A limb has at most 33 bits, a product of two limbs of squares at most 41, and a segment 2^20 elements, so that every
partial sum fits 64 bits.
"""

from collections.abc import Iterator
from itertools import combinations_with_replacement, pairwise

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
_SUM_BITS, _SQUARE_BITS = 30, 20
_SEGMENT = 1 << 20


class Segments:
    """The elements of arrays grouped by `codes`, which run from 0 to below `count`.

    Sums and extremes are lists with one element a group.
    """

    def __init__(self, codes: Whole, count: int) -> None:
        self.counts: list[int] = np.bincount(codes, minlength=count).tolist()
        small = codes.astype(np.int16) if count < 1 << 15 else codes
        self._order = np.argsort(small, kind="stable")
        self._groups, self._starts = _cut(self.counts)

    def sums(self, values: Whole) -> list[int]:
        """The sum of each group, 0 without elements."""
        return self._total(_limbs(values, _SUM_BITS))

    def squares(self, values: Whole) -> list[int]:
        """The sum of squares of each group."""
        limbs = list(_limbs(np.abs(values), _SQUARE_BITS))
        pairs = combinations_with_replacement(limbs, 2)
        return self._total((a + b, x * y if a == b else 2 * x * y) for (a, x), (b, y) in pairs)

    def largest(self, values: Whole) -> list[int | None]:
        """The largest of each group, None without elements."""
        found: list[int | None] = [None] * len(self.counts)
        if self._starts.size:
            for group, value in zip(self._groups, np.maximum.reduceat(values[self._order], self._starts), strict=True):
                before = found[group]
                found[group] = int(value) if before is None else max(before, int(value))
        return found

    def smallest(self, values: Whole) -> list[int | None]:
        """The smallest of each group, None without elements."""
        return [None if found is None else ~found for found in self.largest(~values)]

    def _total(self, parts: Iterator[tuple[int, Whole]]) -> list[int]:
        found = [0] * len(self.counts)
        if self._starts.size:
            for shift, part in parts:
                for group, value in zip(
                    self._groups, np.add.reduceat(part[self._order], self._starts).tolist(), strict=True
                ):
                    found[group] += value << shift
        return found


def _cut(counts: list[int]) -> tuple[list[int], Whole]:
    """Where each segment of the ordered elements begins, and its group: large groups have several."""
    ends = np.concatenate(([0], np.cumsum(counts, dtype=np.int64))).tolist()
    cuts = [
        (group, start) for group, (begin, end) in enumerate(pairwise(ends)) for start in range(begin, end, _SEGMENT)
    ]
    return [group for group, _ in cuts], np.array([start for _, start in cuts], dtype=np.int64)


def _limbs(values: Whole, bits: int) -> Iterator[tuple[int, Whole]]:
    """The values as sums of limbs shifted to the left; the last one has the sign."""
    shift = 0
    while values.size and (values.min() < 0 or values.max() >> bits):
        if shift + bits >= 60:
            break
        yield shift, values & ((1 << bits) - 1)
        values, shift = values >> bits, shift + bits
    yield shift, values
