"""What moving a stop brought, and what an override cost: by hand, and against a slow walk through random histories."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from random import Random

import pytest

from tests.domain.courses import bar, midnight, random_bars, random_position
from tests.domain.given import LONG, at, buy, long, sell, short
from trenddojo.domain.bars import LONGEST_GAP, Bar
from trenddojo.domain.stop_moves import Effect, Knowledge, Run, cost_of_override, effect_of_move
from trenddojo.domain.trades import Position

D = Decimal
KNOWN, NO_BARS, RUNNING = Knowledge.KNOWN, Knowledge.NO_BARS, Knowledge.RUNNING


def run(position: Position, bars: list[Bar], *stopped: str, target: str | None = None) -> Run:
    return Run(position, frozenset(stopped), D(target) if target else None, bars)


def quiet(*days: float, price: str = "104") -> list[Bar]:
    """Days on which nothing was reached."""
    return [bar(day, price, price, price, price) for day in days]


def held() -> Position:
    """Bought 10 at 100 with a stop at 95 at noon of day 0, stopped out at 103 at noon of day 4."""
    return long(buy("10", "100", stop="95", day=0), sell("10", "103", day=4, key="out"))


class TestEffect:
    """The stop is moved from 95 to 103 in the evening of day 2."""

    def test_a_tighter_stop_saved_what_fell_to_the_old_one_later(self):
        bars = [*quiet(0, 1, 2, 3), bar(4, "104", "104", "102", "102"), bar(5, "101", "101", "94", "96")]
        assert effect_of_move(run(held(), bars, "out"), at(2.3), {1: D(95)}) == Effect(KNOWN, D("80.00"), D("1.6"))

    def test_it_cost_what_went_on_to_the_target(self):
        bars = [*quiet(0, 1, 2, 3), bar(4, "104", "104", "102", "102"), bar(5, "104", "121", "103", "120")]
        asked = run(held(), bars, "out", target="120")
        assert effect_of_move(asked, at(2.3), {1: D(95)}) == Effect(KNOWN, D("-170.00"), D("-3.4"))

    def test_the_stop_comes_first_in_a_bar_that_holds_both(self):
        bars = [*quiet(0, 1, 2, 3, 4), bar(5, "104", "121", "94", "120")]
        asked = run(held(), bars, "out", target="120")
        assert effect_of_move(asked, at(2.3), {1: D(95)}) == Effect(KNOWN, D("80.00"), D("1.6"))

    def test_a_gap_beyond_the_old_stop_fills_at_the_open(self):
        bars = [*quiet(0, 1, 2, 3, 4), bar(5, "91", "96", "90", "96")]
        assert effect_of_move(run(held(), bars, "out"), at(2.3), {1: D(95)}) == Effect(KNOWN, D("120.00"), D("2.4"))

    def test_nothing_is_known_yet_while_neither_was_reached(self):
        assert effect_of_move(run(held(), quiet(*range(9)), "out"), at(2.3), {1: D(95)}) == Effect(RUNNING)

    def test_an_exit_by_hand_would_have_come_anyway(self):
        assert effect_of_move(run(held(), quiet(*range(9))), at(2.3), {1: D(95)}) == Effect(KNOWN, D("0.00"), D("0"))

    def test_the_bar_of_the_move_itself_does_not_count(self):
        """On day 2 the price was at 94 before the move."""
        bars = [*quiet(0, 1), bar(2, "104", "104", "94", "104"), *quiet(3, 4)]
        assert effect_of_move(run(held(), bars), at(2.3), {1: D(95)}) == Effect(KNOWN, D("0.00"), D("0"))

    def test_without_prices_there_is_no_figure(self):
        assert effect_of_move(run(held(), [], "out"), at(2.3), {1: D(95)}) == Effect(NO_BARS)
        late = [bar(40, "90", "90", "90", "90")]
        assert effect_of_move(run(held(), [*quiet(*range(6)), *late], "out"), at(2.3), {1: D(95)}) == Effect(NO_BARS)

    def test_a_loosened_stop_costs_what_was_lost_below_the_old_one(self):
        """Loosened from 98 to 95 and left at 95: the fill proves that 98 was reached, even on the day of the move."""
        position = long(buy("10", "100", stop="95", day=0), sell("10", "95", day=2.2, key="out"))
        bars = [*quiet(0, 1, price="100"), bar(2, "100", "100", "94", "94")]
        assert effect_of_move(run(position, bars, "out"), at(2.1), {1: D(98)}) == Effect(KNOWN, D("-30.00"), D("-0.6"))

    def test_only_what_the_leg_held_counts(self):
        """Of two legs one is moved; its stop guards 4, of which 1 went before the move."""
        position = long(
            buy("10", "100", 1, stop="95", day=0),
            buy("4", "104", 2, stop="99", day=1),
            sell("1", "105", 2, day=2, key="part"),
            sell("3", "103", 2, day=5, key="out"),
            sell("10", "106", 1, day=6, key="rest"),
        )
        bars = [*quiet(*range(6)), bar(6, "104", "104", "98", "104")]
        found = effect_of_move(run(position, bars, "out"), at(3), {2: D(99)})
        assert found == Effect(KNOWN, D("12.00"), D("0.171428571"))  # 3 x (103 - 99), of a risk of 70
        assert effect_of_move(run(position, bars, "out"), at(7), {2: D(99)}) is None  # it guarded nothing any more

    def test_a_short_is_the_mirror(self):
        position = short(sell("10", "100", 1, stop="105", day=0), buy("10", "97", None, day=4, key="out"))
        bars = [*quiet(0, 1, 2, 3, 4, price="97"), bar(5, "97", "107", "97", "106")]
        assert effect_of_move(run(position, bars, "out"), at(2.3), {1: D(105)}) == Effect(KNOWN, D("80.00"), D("1.6"))


class TestOverride:
    def test_it_costs_the_way_from_the_old_stop(self):
        position = long(buy("10", "100", stop="95", day=0, fee="3"), sell("10", "92", day=5, fee="3"))
        bars = [*quiet(0, 1, 2, price="100"), bar(3, "97", "97", "94", "95"), *quiet(4, 5, price="95")]
        found = cost_of_override(run(position, bars), at(2.3), D(95))
        assert found == Effect(KNOWN, D("30.00"), D("0.6"))  # 50 lost at the old stop, 80 in fact

    def test_it_may_have_paid(self):
        position = long(buy("10", "100", stop="95", day=0), sell("10", "110", day=5))
        bars = [*quiet(0, 1, 2, price="100"), bar(3, "93", "96", "92", "95"), *quiet(4, 5)]
        assert cost_of_override(run(position, bars), at(2.3), D(95)) == Effect(KNOWN, D("-170.00"), D("-3.4"))

    def test_it_costs_nothing_if_never_traded_through(self):
        position = long(buy("10", "100", stop="95", day=0), sell("10", "110", day=5))
        bars = [*quiet(*range(6)), bar(6, "90", "90", "90", "90")]
        assert cost_of_override(run(position, bars), at(2.3), D(95)) == Effect(KNOWN, D("0"), D("0"))

    def test_what_was_taken_off_before_stays(self):
        position = long(buy("10", "100", stop="95", day=0), sell("5", "108", day=3), sell("5", "90", day=6))
        bars = [*quiet(0, 1, 2, 3), bar(4, "97", "97", "94", "95"), *quiet(5, 6, price="95")]
        assert cost_of_override(run(position, bars), at(2.3), D(95)) == Effect(KNOWN, D("25.00"), D("0.5"))

    def test_without_prices_or_without_risk(self):
        position = long(buy("10", "100", day=0), sell("10", "92", day=5))
        assert cost_of_override(run(position, []), at(2.3), D(95)) == Effect(NO_BARS)
        bars = [*quiet(0, 1, 2), bar(3, "97", "97", "94", "95"), *quiet(4, 5, price="95")]
        assert cost_of_override(run(position, bars), at(2.3), D(95)) == Effect(KNOWN, D("30.00"), None)


@pytest.mark.parametrize("seed", range(200))
def test_a_slow_walk_finds_the_same(seed: int):
    rng = Random(seed)
    position = _closed(rng)
    bars = random_bars(rng, -1, rng.choice((13, 30)))
    if rng.random() < 0.15:
        bars = [one for one in bars if not midnight(3) < one.start < midnight(10)]
    opened, closed = position.fills[0].at, position.fills[-1].at
    moved = opened + (closed - opened) * rng.random()
    old = D(rng.randint(85, 115))
    target = str(rng.randint(80, 120)) if rng.random() < 0.6 else None
    stopped = {fill.key for fill in position.fills if rng.random() < 0.5}
    asked = run(position, bars, *stopped, target=target)
    assert effect_of_move(asked, moved, {1: old}) == _walked(asked, moved, old)
    assert cost_of_override(asked, moved, old) == _overridden(asked, moved, old)


def _closed(rng: Random) -> Position:
    while not (position := random_position(rng, 12)).is_closed:
        pass
    return position


def _walked(asked: Run, moved: datetime, old: Decimal) -> Effect | None:
    """Unit by unit: when each left, when the old stop would have taken it, and which of the two it was."""
    position = asked.position
    way = 1 if position.direction is LONG else -1
    units, gone = list[Decimal](), []
    for fill in position.fills:
        for _ in range(int(fill.quantity)):
            if fill.side is position.direction.entry_side:
                units.append(fill.price if fill.at <= moved else D(-1))  # -1: entered after the move, not guarded
            elif units.pop(0) != D(-1) and fill.at > moved:
                gone.append(fill)
    if not gone:
        return None
    total = D(0)
    for fill in gone:
        end = _end_of_unit(asked, moved, old, fill, way)
        if isinstance(end, Knowledge):
            return Effect(end)
        total += way * (fill.price - end) * position.multiplier
    return Effect(KNOWN, total, _in_r(total, position))


def _end_of_unit(asked: Run, moved: datetime, old: Decimal, fill: object, way: int) -> Decimal | Knowledge:
    moments = [(one.start, 1, one) for one in asked.bars if one.start >= moved]
    moments += [(one.at, 0, one) for one in asked.position.fills if one.at > moved]
    known_until = moved
    has_left = False
    for when, kind, one in sorted(moments, key=lambda moment: (moment[0], -moment[1])):
        if kind == 1:
            if one.start - max(known_until, _end_of_running(asked.bars, moved)) > LONGEST_GAP:
                return NO_BARS
            worst = one.low if way > 0 else one.high
            if way * (worst - old) <= 0:
                return one.open if way * (one.open - old) <= 0 else old
            if has_left and asked.target is not None and when >= fill.at:
                best = one.high if way > 0 else one.low
                if way * (best - asked.target) >= 0:
                    return asked.target
            known_until = one.end
        else:
            if way * (one.price - old) <= 0:
                return old if _told(asked.bars, moved, one.at) else NO_BARS
            if one is fill:
                if not _told(asked.bars, moved, one.at):
                    return NO_BARS
                if one.key not in asked.stop_exits:
                    return one.price
                has_left = True
    return RUNNING


def _end_of_running(bars: list[Bar], moved: datetime) -> datetime:
    """The end of the bar that was running at a moment, else the moment."""
    return next((one.end for one in bars if one.start < moved < one.end), moved)


def _told(bars: list[Bar], since: datetime, until: datetime) -> bool:
    """Whether no moment between the two is more than five days from the bar before it."""
    told = since
    for one in bars:
        if one.end <= since or one.start > until:
            continue
        if one.start - told > LONGEST_GAP:
            return False
        told = one.end
    return told > since and until - told <= LONGEST_GAP


def _overridden(asked: Run, moved: datetime, old: Decimal) -> Effect:
    """The whole trade: each unit bought before the touch goes at the old stop, unless it had gone before."""
    position = asked.position
    way = 1 if position.direction is LONG else -1
    end = position.fills[-1].at
    touches = [
        (one.start, one.open if way * (one.open - old) <= 0 else old)
        for one in asked.bars
        if moved <= one.start <= end and way * ((one.low if way > 0 else one.high) - old) <= 0
    ]
    touches += [(fill.at, old) for fill in position.fills if fill.at > moved and way * (fill.price - old) <= 0]
    when, price = min(touches, default=(None, None), key=lambda touch: touch[0])
    if not _told(asked.bars, moved, when or end):
        return Effect(NO_BARS)
    if when is None or price is None:
        return Effect(KNOWN, D(0), _in_r(D(0), position))
    kept = [fill for fill in position.fills if fill.at < when]
    cost = _profit(position, kept, price, way) - _profit(position, list(position.fills), D(0), way)
    return Effect(KNOWN, cost, _in_r(cost, position))


def _profit(position: Position, fills: list, price: Decimal, way: int) -> Decimal:
    units, gained = list[Decimal](), D(0)
    for fill in fills:
        for _ in range(int(fill.quantity)):
            if fill.side is position.direction.entry_side:
                units.append(fill.price)
            else:
                gained += way * (fill.price - units.pop(0))
    return (gained + sum((way * (price - unit) for unit in units), D(0))) * position.multiplier


def _in_r(amount: Decimal, position: Position) -> Decimal | None:
    risk = sum((abs(lot.fill.price - lot.fill.stop) * lot.quantity for lot in position.entries), D(0))
    return round(amount / (risk * position.multiplier), 9)
