"""Means, spreads, and Welch's interval of a difference."""

from __future__ import annotations

from decimal import Decimal

import pytest

from trenddojo.domain.samples import difference, mean, spread, t_quantile

D = Decimal


def several(*values: str) -> list[Decimal]:
    return [D(value) for value in values]


def test_mean_and_spread():
    assert mean(several("1", "2", "4.5")) == D("2.5")
    assert float(spread(several("1", "3")) or 0) == pytest.approx(2**0.5)
    assert (mean([]), spread([]), spread([D(1)])) == (None, None, None)


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [
        (1, 12.706205),
        (2, 4.302653),
        (3, 3.182446),
        (5, 2.570582),
        (10, 2.228139),
        (30, 2.042272),
        (120, 1.979930),
        (10_000, 1.960201),
    ],
)
def test_the_quantiles_of_students_t_are_those_of_the_tables(freedom: int, quantile: float):
    assert t_quantile(freedom) == pytest.approx(quantile, abs=6e-7)


def test_welch_by_hand():
    """Means 3 and 1; variances 1 and 4 of 3 values each: s^2 = 1/3 + 4/3, degrees of freedom 25/9 / (1/18 + 16/18)."""
    found = difference(several("2", "3", "4"), several("-1", "1", "3"))
    assert found is not None
    assert found.mean == 2
    reach = t_quantile(50 / 17) * (5 / 3) ** 0.5
    assert float(found.low or 0) == pytest.approx(2 - reach)
    assert float(found.high or 0) == pytest.approx(2 + reach)
    assert found.spans_zero


def test_far_samples_are_apart():
    found = difference(several("2", "2.1", "1.9"), several("-1", "-1.1", "-0.9"))
    assert found is not None
    assert not found.spans_zero


def test_what_too_few_values_tell():
    assert difference([], several("1", "2")) is None
    found = difference(several("1"), several("1", "2"))
    assert found is not None
    assert (found.mean, found.low, found.high, found.spans_zero) == (D("-0.5"), None, None, True)
    same = difference(several("2", "2"), several("1", "1"))
    assert same is not None
    assert (same.low, same.high, same.spans_zero) == (1, 1, False)
