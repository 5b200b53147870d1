"""Skipped plans followed on paper: entry, stop and target, gaps, and what a bar does not tell."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.domain.courses import bar, midnight
from trenddojo.domain.bars import Bar
from trenddojo.domain.paper import PaperPlan, PaperState, PaperTrade, follow
from trenddojo.domain.terms import Direction

D = Decimal
LONG, SHORT = Direction.LONG, Direction.SHORT
STOPPED, TARGET, OPEN = PaperState.STOPPED, PaperState.TARGET, PaperState.OPEN


def plan(target: str | None = "110", direction: Direction = LONG, stop: str = "95") -> PaperPlan:
    """Entry at 100, skipped in the middle of day 0."""
    return PaperPlan(direction, D(100), D(stop), D(target) if target else None, midnight(0.5))


BELOW, INTO = bar(1, "97", "99", "96", "98"), bar(2, "98", "101", "97", "100")


def outcome(found: PaperTrade) -> tuple[PaperState, Decimal | None, Decimal | None, Decimal | None]:
    return found.state, found.entry, found.exit, found.r


@pytest.mark.parametrize(
    ("bars", "expected"),
    [
        ([BELOW, INTO, bar(3, "101", "110", "99", "109")], (TARGET, D(100), D(110), D(2))),
        ([BELOW, INTO, bar(3, "99", "99", "95", "96")], (STOPPED, D(100), D(95), D(-1))),
        ([BELOW, INTO, bar(3, "93", "94", "92", "93")], (STOPPED, D(100), D(93), D("-1.4"))),  # at the open beyond
        ([BELOW, INTO, bar(3, "100", "111", "94", "110")], (STOPPED, D(100), D(95), D(-1))),  # both: the stop first
        ([BELOW, INTO, bar(3, "100", "104", "99", "103")], (OPEN, D(100), D(103), D("0.6"))),
        ([BELOW], (PaperState.NOT_ENTERED, None, None, None)),
        # of the entry's own bar only the close counts
        ([bar(1, "96", "112", "94", "101")], (OPEN, D(100), D(101), D("0.2"))),
        ([bar(1, "96", "101", "92", "93")], (STOPPED, D(100), D(95), D(-1))),
        ([bar(1, "99", "112", "98", "111")], (TARGET, D(100), D(110), D(2))),
        # but all of a bar that opened at the entry
        ([bar(1, "100", "112", "99", "101")], (TARGET, D(100), D(110), D(2))),
        # jumped over: at the open, with the risk from there
        (
            [BELOW, bar(2, "102", "104", "101", "103"), bar(3, "103", "111", "103", "110")],
            (TARGET, D(102), D(110), D("1.142857143")),
        ),
        # jumped from above to beyond the stop: no entry there
        (
            [bar(1, "104", "105", "103", "104"), bar(2, "94", "94", "93", "93")],
            (PaperState.NOT_ENTERED, None, None, None),
        ),
    ],
)
def test_a_long(bars: list[Bar], expected: tuple[object, ...]):
    assert outcome(follow(plan(), bars)) == expected


def test_a_short_is_the_mirror():
    bars = [bar(1, "103", "104", "99", "101"), bar(2, "100", "101", "89", "90")]
    assert outcome(follow(plan("90", SHORT, "105"), bars)) == (TARGET, D(100), D(90), D(2))
    assert outcome(follow(plan("90", SHORT, "105"), [bars[0], bar(2, "107", "108", "106", "107")])) == (
        STOPPED, D(100), D(107), D("-1.4"),
    )  # fmt: skip


def test_without_a_target_it_runs_until_its_stop():
    bars = [INTO, bar(3, "150", "150", "149", "150"), bar(4, "94", "95", "93", "94")]
    assert outcome(follow(plan(None), bars)) == (STOPPED, D(100), D(94), D("-1.2"))


def test_times_are_the_bars():
    found = follow(plan(), [BELOW, INTO, bar(3, "101", "110", "99", "109")])
    assert (found.entered_at, found.ended_at) == (midnight(2), midnight(3))
    assert follow(plan(), [BELOW, INTO]).ended_at is None


def test_what_was_before_skipping_does_not_count():
    before = [bar(-1, "98", "101", "97", "100"), bar(0, "98", "112", "94", "99")]
    assert follow(plan(), [*before, BELOW]).state is PaperState.NOT_ENTERED
    assert outcome(follow(plan(), [*before, bar(1, "101", "102", "101", "101")])) == (OPEN, D(101), D(101), D(0))


def test_without_prices_it_is_not_followed():
    assert follow(plan(), []).state is PaperState.NO_BARS
    assert follow(plan(), [bar(-1, "1", "1", "1", "1"), bar(0, "1", "1", "1", "1")]).state is PaperState.NO_BARS
    assert follow(plan(), [BELOW, bar(9, "98", "101", "97", "100")]).state is PaperState.NO_BARS
