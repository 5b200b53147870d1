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

    Simple ratios are tried, n for 1 to n for 5 and their reverses. None where several fit: 30 shares that became one
    may have been one for 16 as well as one for 30.
    """
    if old <= 0 or new <= 0 or old == new:
        return None
    fitting = _fitting(old, new) if new > old else {1 / one for one in _reverse(old, new)}
    if len(fitting) != 1:
        return None
    (only,) = fitting
    return Decimal(only.numerator), Decimal(only.denominator)


def _fitting(old: Decimal, new: Decimal) -> set[Fraction]:
    """Forward ratios r with floor(old x r) = new, or exactly new where fractions of shares are held."""
    least, most = Fraction(new) / Fraction(old), _upper(new) / Fraction(old)
    return {Fraction(n, parts) for parts in range(1, _MOST_PARTS + 1) for n in _between(least * parts, most * parts)}


def _reverse(old: Decimal, new: Decimal) -> set[Fraction]:
    """Old shares for one new, r, with floor(old / r) = new."""
    most, least = Fraction(old) / Fraction(new), Fraction(old) / _upper(new)
    return {
        Fraction(n, parts)
        for parts in range(1, _MOST_PARTS + 1)
        for n in _between(least * parts, most * parts + 1)
        if least < Fraction(n, parts) <= most
    }


def _upper(new: Decimal) -> Fraction:
    """What the shares before rounding down were less than; itself where a fraction was kept, so nothing was cut."""
    whole = Fraction(new)
    return whole + 1 if whole.denominator == 1 else whole + Fraction(1, 10_000)


def _between(least: Fraction, most: Fraction) -> range:
    """Whole numbers from `least` on that are below `most`; a few of them tell as much as many."""
    start = -(-least.numerator // least.denominator)
    end = -(-most.numerator // most.denominator)
    return range(start, min(end, start + 3))
