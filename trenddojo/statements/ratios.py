"""The ratio of a stock split, where a statement tells it in words, or tells the shares of before and after."""

import re
from decimal import Decimal
from fractions import Fraction

Ratio = tuple[Decimal, Decimal]
"""New units, and the old ones that they came for."""

_WORDED = re.compile(r"\b(\d{1,5}(?:\.\d{1,4})?) ?(?:-?for-?|:| for | new for ) ?(\d{1,5}(?:\.\d{1,4})?)\b", re.ASCII)
_MOST_PARTS = 5
"""New shares for so many old ones at most, or the other way round, where the ratio is found from quantities."""


def worded(text: str) -> Ratio | None:
    """A ratio in words: "2 FOR 1", "3-for-2", "1:25". None where there is none, or more than one."""
    found = _WORDED.findall(text.casefold())
    if len(found) != 1:
        return None
    new, old = map(Decimal, found[0])
    return (new, old) if new > 0 and old > 0 and new != old else None


def between(old: Decimal, new: Decimal) -> Ratio | None:
    """The ratio that turned `old` shares into `new`, whose fraction of a share was paid out in cash.

    The simplest kind that fits counts: n for 1, else n for 2, up to n for 5, and their reverses. None where none fits,
    or several of one kind do: 30 shares that became one may have been one for 16 as well as one for 30.
    """
    if old <= 0 or new <= 0 or old == new:
        return None
    for parts in range(1, _MOST_PARTS + 1):
        fitting = _forward(old, new, parts) if new > old else _reverse(old, new, parts)
        if fitting:
            return (Decimal(fitting[0].numerator), Decimal(fitting[0].denominator)) if len(fitting) == 1 else None
    return None


def _forward(old: Decimal, new: Decimal, parts: int) -> list[Fraction]:
    """Ratios r of n for `parts` with floor(old x r) = new, or exactly new where fractions of shares are held."""
    least, below = Fraction(new) / Fraction(old), _upper(new) / Fraction(old)
    return [Fraction(n, parts) for n in _from(least * parts) if Fraction(n, parts) < below]


def _reverse(old: Decimal, new: Decimal, parts: int) -> list[Fraction]:
    """Ratios of `parts` for n with floor(old x it) = new."""
    above, most = Fraction(old) / _upper(new), Fraction(old) / Fraction(new)
    found = (Fraction(n, parts) for n in _from(above * parts))
    return [1 / one for one in found if above < one <= most]


def _upper(new: Decimal) -> Fraction:
    """What the shares before rounding down were less than; next to itself where a fraction of one was kept."""
    whole = Fraction(new)
    return whole + 1 if whole.denominator == 1 else whole + Fraction(1, 10_000)


def _from(least: Fraction) -> range:
    """The first few whole numbers from `least` on: two that fit tell as much as many."""
    start = -(-least.numerator // least.denominator)
    return range(start, start + 4)
