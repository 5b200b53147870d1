"""The sums over open lots are those of walking through all of them."""

from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.given import LONG, ONE, buy, fills_of, marks_of, sell
from tests.histories import random_history
from trenddojo.domain.fills import Fill, in_order
from trenddojo.domain.marks import Mark, gross_value, lots_profit
from trenddojo.domain.money import EXACT
from trenddojo.domain.open_lots import OpenLots
from trenddojo.domain.terms import Direction
from trenddojo.domain.trades import Book

TINY = Decimal("1e-20")


def check(direction: Direction, multiplier: Decimal, fills: list[Fill], marks: list[Mark]) -> None:
    lots, book = OpenLots(direction, multiplier), Book(direction, multiplier)
    for fill in fills:
        assert lots.enter(fill) == book.enter(fill)
        for mark in (None, *marks[:5]):
            expected = lots_profit(direction, multiplier, book.lots, mark)
            assert abs(EXACT.subtract(lots.profit(mark), expected)) < TINY
            assert lots.gross_value(mark) == gross_value(multiplier, book.lots, mark)


@given(st.integers(0, 10**6))
def test_after_every_fill(seed: int) -> None:
    trade = random_history(Random(seed), trades=1).trades[0]
    check(Direction(trade.direction), trade.multiplier, in_order(fills_of(trade)), marks_of(trade.marks))


@given(st.lists(st.integers(1, 9), min_size=1, max_size=8), st.integers(0, 40))
def test_thirds_of_a_split_add_up_to_nothing_once_flat(parts: list[int], sold: int) -> None:
    third = EXACT.divide(ONE, Decimal(3))
    entries = [buy(str(EXACT.multiply(third, part)), "100", day=number) for number, part in enumerate(parts)]
    exits = [sell(str(EXACT.multiply(third, part)), "101", day=20 + number) for number, part in enumerate(parts)]
    check(LONG, ONE, [*entries, *exits[: sold % (len(exits) + 1)]], [])
