from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.histories import random_history
from tests.oracle import closed_figures, statistics
from trenddojo.domain.statistics import (
    EMPTY,
    NO_LOSSES,
    Outcome,
    Runs,
    Tally,
    histogram,
    outcome_of,
    streaks,
    tally,
)

NONE = Decimal(0)
moneys = st.decimals(-10_000, 10_000, places=2)
rs = st.none() | st.decimals(-20, 20, places=9)
tallies = st.lists(st.builds(Tally.of, moneys, rs), max_size=12).map(tally)


def of(*pairs: tuple[str, str | None], band: str = "0") -> Tally:
    return tally(Tally.of(Decimal(pnl), None if r is None else Decimal(r), Decimal(band)) for pnl, r in pairs)


MIXED = of(("300", "3"), ("-100", "-1"), ("0", "0"), ("-150", None), ("50", "1"))


def test_figures_of_a_few_trades() -> None:
    assert (MIXED.trades, MIXED.wins, MIXED.losses, MIXED.breakevens) == (5, 2, 2, 1)
    assert (MIXED.net, MIXED.expectancy) == (100, 20)
    assert (MIXED.win_rate, MIXED.win_rate_without_breakevens) == (Decimal("0.4"), Decimal("0.5"))
    assert (MIXED.with_r, MIXED.without_r, MIXED.mean_r) == (4, 1, Decimal("0.75"))
    assert (MIXED.average_win, MIXED.average_loss, MIXED.payoff) == (175, -125, Decimal("1.4"))
    assert MIXED.profit_factor == Decimal("1.4")
    assert (MIXED.largest_win, MIXED.largest_loss) == (300, -150)
    assert (MIXED.best_r, MIXED.worst_r) == (3, -1)
    assert (MIXED.average_win_r, MIXED.average_loss_r) == (2, -1)


@given(st.lists(st.tuples(moneys, rs), max_size=12), st.decimals(0, 100, places=2))
def test_many_trades_at_once_are_the_sum_of_each(results: list[tuple[Decimal, Decimal | None]], band: Decimal) -> None:
    assert Tally.over(results, band) == tally(Tally.of(pnl, r, band) for pnl, r in results)


def test_nothing_is_known_without_trades() -> None:
    assert tally([]) == EMPTY
    assert EMPTY.trades == EMPTY.net == 0
    unknown = (EMPTY.win_rate, EMPTY.expectancy, EMPTY.mean_r, EMPTY.profit_factor, EMPTY.payoff, EMPTY.sqn)
    assert unknown == (None,) * 6


def test_profit_factor_without_wins_or_losses() -> None:
    assert of(("-5", None)).profit_factor == 0
    assert of(("5", None)).profit_factor is NO_LOSSES
    assert of(("0", None)).profit_factor is NO_LOSSES


def test_payoff_needs_both() -> None:
    assert of(("5", None)).payoff is None
    assert of(("-5", None)).payoff is None


def test_a_band_of_breakevens_counts_in_expectancy_but_not_in_profit_factor() -> None:
    banded = of(("2", None), ("-2", None), ("1.99", None), ("10", None), ("-5", None), band="2")
    assert (banded.wins, banded.losses, banded.breakevens) == (1, 1, 3)
    assert banded.profit_factor == 2
    assert banded.net == Decimal("6.99")


@pytest.mark.parametrize(
    ("pnl", "expected"), [("0.01", Outcome.WIN), ("0", Outcome.BREAKEVEN), ("-0.01", Outcome.LOSS)]
)
def test_outcomes_without_a_band(pnl: str, expected: Outcome) -> None:
    assert outcome_of(Decimal(pnl)) is expected


def test_sqn_uses_at_most_a_hundred_trades() -> None:
    pair = of(("10", "1"), ("-5", "-0.5"))
    assert pair.sqn == pytest.approx(Decimal(1) / 3)  # 0.25 / 1.0607 x sqrt(2)
    many = tally([pair] * 100)
    stdev = (Decimal(200) / 199 * Decimal("0.5625")).sqrt()
    assert many.sqn == pytest.approx(Decimal("0.25") / stdev * 10)


def test_sqn_is_empty_under_two_trades_or_without_spread() -> None:
    assert of(("10", "1"), ("10", None)).sqn is None
    third = "0.333333333"
    assert of(("10", third), ("10", third), ("10", third)).sqn is None


def test_squares_of_r_add_up_exactly() -> None:
    assert of(("1", "123456789.123456789")).sum_r2 == Decimal("15241578780673678.515622620750190521")


@given(tallies, tallies, tallies)
def test_tallies_are_a_monoid(a: Tally, b: Tally, c: Tally) -> None:
    assert (a + b) + c == a + (b + c)
    assert a + EMPTY == EMPTY + a == a
    assert a + b == b + a


# --- Streaks ---


def run(letters: str) -> tuple[int, int, int, int]:
    words = {"w": Outcome.WIN, "l": Outcome.LOSS, "b": Outcome.BREAKEVEN}
    found = streaks(words[letter] for letter in letters)
    return found.longest_wins, found.longest_losses, found.wins_now, found.losses_now


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("", (0, 0, 0, 0)),
        ("b", (0, 0, 0, 0)),
        ("wwlwwwl", (3, 1, 0, 1)),
        ("lblbl", (0, 3, 0, 3)),
        ("lwbwb", (2, 1, 2, 0)),
    ],
)
def test_a_breakeven_neither_extends_nor_ends_a_streak(letters: str, expected: tuple[int, int, int, int]) -> None:
    assert run(letters) == expected


# --- Histogram ---


def test_ten_bins_of_half_an_r_with_open_ends() -> None:
    bins = histogram([Decimal(r) for r in ("-7", "-1.01", "-1", "-0.5", "-0.01", "0", "0.49", "0.5", "2.99", "3", "9")])
    assert [each.count for each in bins] == [2, 1, 2, 2, 1, 0, 0, 0, 1, 2]
    assert [each.low for each in bins] == [None, *(Decimal(n) / 2 for n in range(-2, 7))]
    assert [each.high for each in bins] == [*(Decimal(n) / 2 for n in range(-2, 7)), None]


@given(st.lists(st.decimals(-20, 20, places=9)))
def test_every_r_falls_into_the_one_bin_that_spans_it(values: list[Decimal]) -> None:
    for each in histogram(values):
        inside = [r for r in values if (each.low is None or each.low <= r) and (each.high is None or r < each.high)]
        assert each.count == len(inside)


# --- Against the oracle ---


def close(actual: Decimal | None, expected: Fraction | None) -> bool:
    if actual is None or expected is None:
        return actual is expected
    return abs(Fraction(actual) - expected) < Fraction(1, 10**20)


@pytest.mark.parametrize("band", ["0", "1.50"])
def test_300_random_histories_agree_with_the_oracle(band: str) -> None:
    for seed in range(300):
        closed = closed_figures(random_history(Random(seed)))
        expected = statistics(closed, Decimal(band))
        total = tally(Tally.of(figures.realised, figures.r, Decimal(band)) for figures in closed)
        assert (total.trades, total.wins, total.losses, total.breakevens, total.without_r, total.net) == (
            expected.trades,
            expected.wins,
            expected.losses,
            expected.breakevens,
            expected.without_r,
            expected.net,
        )
        for name in ("win_rate", "win_rate_without_breakevens", "expectancy", "mean_r", "average_win", "average_loss"):
            assert close(getattr(total, name), getattr(expected, name)), name
        assert close(total.payoff, expected.payoff)
        assert (total.largest_win, total.largest_loss) == (expected.largest_win, expected.largest_loss)
        if isinstance(expected.profit_factor, str):
            assert total.profit_factor is NO_LOSSES
        else:
            assert total.profit_factor is not NO_LOSSES
            assert close(total.profit_factor, expected.profit_factor)
        assert (total.sqn is None) == (expected.sqn is None)
        if expected.sqn is not None:
            assert float(total.sqn or NONE) == pytest.approx(expected.sqn, rel=1e-9)
        found = streaks(outcome_of(figures.realised, Decimal(band)) for figures in closed)
        assert (found.longest_wins, found.longest_losses) == (expected.longest_wins, expected.longest_losses)


@given(st.lists(st.lists(st.sampled_from(list(Outcome)), max_size=6), max_size=6))
def test_runs_of_parts_add_up_to_the_streaks_of_the_whole(parts: list[list[Outcome]]) -> None:
    runs = [Runs.over(part) for part in parts]
    assert sum(runs, Runs()).streaks == streaks(outcome for part in parts for outcome in part)
    for left, middle, right in zip(runs, runs[1:], runs[2:], strict=False):
        assert (left + middle) + right == left + (middle + right)


@given(tallies, tallies, tallies)
def test_a_part_is_exchanged_for_another(rest: Tally, old: Tally, new: Tally) -> None:
    whole, wanted = rest + old, rest + new
    got = whole.exchanged(old, new)
    for name in ("trades", "net", "won_r", "sum_r", "sum_r2", "wins_r"):
        assert getattr(got, name) == getattr(wanted, name)
    if not whole.lacks(old, new):
        assert got == wanted


def test_what_an_exchange_may_lose() -> None:
    whole = of(("300", "3"), ("-100", "-1"), ("50", "1"))
    best, small = of(("300", "3")), of(("50", "1"))
    assert whole.lacks(best, EMPTY)
    assert whole.lacks(best, small)
    assert not whole.lacks(best, best)
    assert not whole.lacks(small, EMPTY)
    assert not whole.lacks(EMPTY, best)
