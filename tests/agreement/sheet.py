"""What a comparison found: every figure that differs, with where it stands and what it should be."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import isclose
from typing import Any

_CLOSE = Fraction(1, 10**12)


class Sheet:
    """The comparisons of one account. `counted` says how many figures were compared."""

    def __init__(self, account: str) -> None:
        self.account = account
        self.wrong: list[str] = []
        self.counted = 0

    def same(self, where: str, shown: Any, expected: Any) -> None:
        """Exactly the same: money to the cent, text to the letter."""
        self.counted += 1
        if shown != expected:
            self.wrong.append(f"{self.account}: {where}: {shown!r}, not {expected!r}")

    def ratio(self, where: str, shown: Decimal | None, expected: Fraction | Decimal | float | None) -> None:
        """The same but for the digits that a division drops."""
        self.counted += 1
        if shown is None or expected is None:
            agrees = shown is None and expected is None
        else:
            exact = Fraction(expected)
            gap = abs(Fraction(shown) - exact)
            agrees = gap <= _CLOSE or gap <= _CLOSE * abs(exact)
        if not agrees:
            told = None if expected is None else float(expected)
            self.wrong.append(f"{self.account}: {where}: {shown!r}, not {told!r}")

    def nearly(self, where: str, shown: Decimal | None, expected: float | None) -> None:
        """The same to nine digits: what has a square root in it."""
        self.counted += 1
        if shown is None or expected is None:
            agrees = shown is None and expected is None
        else:
            agrees = isclose(shown, expected, rel_tol=1e-9, abs_tol=1e-9)
        if not agrees:
            self.wrong.append(f"{self.account}: {where}: {shown!r}, not {expected!r}")
