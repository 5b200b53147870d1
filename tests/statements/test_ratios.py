"""The ratio of a split, told in words or by shares: found where it is the only one, and never guessed."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trenddojo.statements.ratios import between, worded


@pytest.mark.parametrize(
    ("text", "ratio"),
    [
        ("WALMART INC 3 FOR 1 FORWARD SPLIT", (3, 1)),
        ("3-for-2 split", (3, 2)),
        ("ACME(US123) SPLIT 4 FOR 1 (ACME, ACME INC, US123)", (4, 1)),
        ("1:25 reverse", (1, 25)),
        ("NVIDIA CORP", None),
        ("1 FOR 1", None),
        ("0 FOR 1", None),
        ("2 FOR 1 AND 3 FOR 1", None),
    ],
)
def test_words(text: str, ratio: tuple[int, int] | None) -> None:
    assert worded(text) == ratio


@pytest.mark.parametrize(
    ("old", "new", "ratio"),
    [
        ("100", "300", (3, 1)),
        ("100", "150", (3, 2)),
        ("1000", "50", (1, 20)),
        ("1007", "50", (1, 20)),
        ("30", "1", None),
        ("1", "7", (7, 1)),
        ("10.5", "42", (4, 1)),
        ("10", "10", None),
        ("0", "10", None),
        ("100", "0", None),
    ],
)
def test_shares(old: str, new: str, ratio: tuple[int, int] | None) -> None:
    assert between(Decimal(old), Decimal(new)) == ratio


@given(old=st.integers(1, 100_000), units=st.integers(2, 60), forward=st.booleans())
def test_whole_ratios_are_found_or_left_open_and_never_wrong(old: int, units: int, forward: bool) -> None:
    ratio = Fraction(units) if forward else Fraction(1, units)
    new = int(old * ratio)
    found = between(Decimal(old), Decimal(new))
    if found is not None:
        assert int(old * Fraction(int(found[0]), int(found[1]))) == new
    if old > units * units:
        assert found == (ratio.numerator, ratio.denominator)
