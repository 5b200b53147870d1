"""Intervals of means: by hand, beside an established library, and by arrays equal to the plain definition."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trenddojo.domain import intervals
from trenddojo.domain.intervals import MOST_RESAMPLED, Range, acceleration, interval, normal
from trenddojo.domain.statistics import Outcome, Tally
from trenddojo.services import intervals as fast
from trenddojo.services.intervals import Interval, intervals_of, intervals_of_tally


def drawn(count: int, seed: int = 1) -> list[int]:
    chance = Random(seed)
    return [round(chance.gauss(0.3, 1.2) * 10**9) for _ in range(count)]


@pytest.mark.parametrize("values", [[], [5]])
def test_none_under_two_values(values: list[int]) -> None:
    assert interval(values) is None
    assert fast.interval(values) is None


def test_all_equal_is_that_value_twice() -> None:
    assert interval([7] * 40) == fast.interval([7] * 40) == Range(7, 7)


def test_over_two_thousand_the_spread_decides() -> None:
    values = drawn(MOST_RESAMPLED + 1)
    mean, error = numpy.mean(values), stats.sem(values)
    found = interval(values)
    assert found is not None
    assert found == fast.interval(values)
    assert (found.low, found.high) == pytest.approx((mean - 1.96 * error, mean + 1.96 * error), rel=1e-9)


def test_normal_by_hand() -> None:
    """1, 2, 3, 4: mean 2.5, s = sqrt(5/3), s / sqrt(4) = 0.6455."""
    found = normal(4, 10, 30)
    assert (found.low, found.high) == pytest.approx((2.5 - 1.96 * 0.645497, 2.5 + 1.96 * 0.645497), abs=1e-5)


def test_acceleration_is_the_skewness_of_the_sample() -> None:
    values = drawn(50)
    assert acceleration(values) == pytest.approx(stats.skew(values) / (6 * 50**0.5), rel=1e-9)


@pytest.mark.parametrize(("count", "seed"), [(20, 1), (61, 2), (80, 3), (300, 4)])
def test_beside_scipy(count: int, seed: int) -> None:
    """Both draw by chance: an end may lie a twentieth of the interval beside the other's."""
    values = drawn(count, seed)
    found = fast.interval(values)
    theirs = stats.bootstrap((values,), numpy.mean, n_resamples=10_000, method="BCa", rng=seed).confidence_interval
    assert found is not None
    width = theirs.high - theirs.low
    assert abs(found.low - theirs.low) < width / 20
    assert abs(found.high - theirs.high) < width / 20


@settings(max_examples=12)
@given(st.lists(st.integers(-(10**12), 10**12), min_size=2, max_size=12))
def test_arrays_are_equal_to_the_definition(values: list[int]) -> None:
    assert fast.interval(values) == interval(values)


def test_arrays_are_equal_in_parts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "_DRAWS", 1_000)
    values = drawn(30)
    assert fast.interval(values) == interval(values)


@pytest.mark.parametrize("largest", [10**17, 9 * 10**17])
def test_sums_beyond_64_bits_stay_exact(largest: int) -> None:
    values = [largest - one for one in drawn(25)]
    assert fast.interval(values) == interval(values)


def test_the_same_every_time() -> None:
    assert fast.interval(drawn(40)) == fast.interval(drawn(40))


def test_rare_wins_lean_to_the_right() -> None:
    found = interval([0] * 18 + [1] * 2)
    assert found is not None
    assert 0 <= found.low < 0.1 < found.high
    assert found.high - 0.1 > 0.1 - found.low


class TestOfTrades:
    @staticmethod
    def rows(count: int, r: str | None = "0.5") -> list[tuple[Decimal, Decimal | None, Outcome]]:
        wins = [(Decimal("150.25"), r and Decimal("1.5"), Outcome.WIN)] * (count // 2)
        losses = [(Decimal("-50.10"), r and Decimal(r), Outcome.LOSS)] * (count - count // 2)
        return [*wins, *losses]

    def test_in_their_units(self) -> None:
        found = intervals_of(self.rows(40))
        assert found.win_rate is not None
        assert found.expectancy is not None
        assert found.mean_r is not None
        assert 0 < found.win_rate.low < Decimal("0.5") < found.win_rate.high < 1
        assert found.expectancy.low < Decimal("50.075") < found.expectancy.high
        assert found.mean_r.low < 1 < found.mean_r.high
        assert (found.few_trades, found.few_r) == (found.expectancy.contains_zero, False)

    @pytest.mark.parametrize(("count", "few"), [(28, True), (30, False)])
    def test_few_under_thirty(self, count: int, few: bool) -> None:
        assert intervals_of(self.rows(count)).few_r is few

    def test_few_where_zero_is_within(self) -> None:
        assert intervals_of(self.rows(60, "-1.5")).few_r
        assert Interval(Decimal(-1), Decimal(0)).contains_zero

    def test_trades_without_r(self) -> None:
        found = intervals_of(self.rows(40, None))
        assert found.mean_r is None
        assert found.few_r
        assert found.expectancy is not None

    def test_none_at_all(self) -> None:
        found = intervals_of([])
        assert (found.win_rate, found.expectancy, found.mean_r) == (None, None, None)
        assert found.few_trades


def test_the_streams_are_one() -> None:
    """The array's draws are those of Python's generator: what makes both equal."""
    ours, theirs = Random(intervals.SEED), numpy.random.RandomState([intervals.SEED])
    assert [ours.random() for _ in range(1000)] == list(theirs.random_sample(1000))


def test_many_trades_from_their_sums_alone() -> None:
    rows = [
        (round(Decimal(value).scaleb(-7), 2), Decimal(value).scaleb(-9), Outcome.WIN if value > 0 else Outcome.LOSS)
        for value in drawn(MOST_RESAMPLED + 100)
    ]
    assert intervals_of_tally(Tally.judged(rows)) == intervals_of(rows)


def test_many_equal_trades_of_any_size_are_that_value_twice() -> None:
    """Squares of so large an R have more digits than the ordinary context keeps: rounded, their spread is below 0."""
    r = Decimal("333333.333333331")
    found = intervals_of_tally(Tally.judged([(Decimal(1), r, Outcome.WIN)] * (MOST_RESAMPLED + 1_001)))
    assert found.mean_r == Interval(round(r, 6), round(r, 6))
