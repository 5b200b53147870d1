"""MAE and MFE: worked by hand, and against a slow recomputation unit by unit."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest

from tests.domain.courses import bar, random_bars, random_position
from tests.domain.given import buy, long, sell, short
from trenddojo.domain.bars import Bar
from trenddojo.domain.excursions import Excursion, excursion, gross_result
from trenddojo.domain.terms import Direction, Timeframe
from trenddojo.domain.trades import Position

D = Decimal


def test_a_long_by_hand():
    """Bought at noon of day 0 and sold at noon of day 2; the days of the fills count only by close and open."""
    position = long(buy("10", "100", stop="95", day=0, fee="1"), sell("10", "104", day=2, fee="1"))
    bars = [
        bar(0, "99", "120", "90", "98"),  # only its close: -20
        bar(1, "98", "109", "96", "103"),  # +90 and -40
        bar(2, "102", "130", "80", "101"),  # its open, +20, and the close when flat, +40
    ]
    assert excursion(position, bars) == Excursion(D("-40.00"), D("90.00"), D("-0.8"), D("1.8"))
    assert gross_result(position) == D("40.00")


def test_a_short_gains_as_prices_fall():
    position = short(sell("10", "100", leg=1, stop="105", day=0), buy("10", "101", leg=None, day=2))
    found = excursion(position, [bar(day, "100", "103", "92", "100") for day in range(3)])
    assert found == Excursion(D("-30.00"), D("80.00"), D("-0.6"), D("1.6"))


def test_what_was_taken_off_stays_taken():
    """Half is sold at 110; then the other half falls to 90: 50 taken less 50 lost is nothing."""
    position = long(buy("10", "100", day=0), sell("5", "110", day=1), sell("5", "95", day=3))
    found = excursion(
        position, [bar(0, "99", "101", "90", "100"), *(bar(n, "100", "100", "90", "95") for n in (1, 2, 3))]
    )
    assert found == Excursion(D("0.00"), D("100.00"), None, None)  # no stop, no R; +100 at the fill itself


def test_a_trade_within_one_day_knows_its_fills_only():
    position = long(buy("10", "100", day=0), sell("10", "101", day=0.1))
    assert excursion(position, [bar(0, "90", "120", "80", "85")]) == Excursion(D("0.00"), D("10.00"), None, None)


def test_it_is_in_the_instruments_currency_whatever_the_rate():
    fills = (buy("10", "100", stop="95", day=0, fx="1.25"), sell("10", "104", day=2, fx="1.5"))
    bars = [bar(day, "100", "110", "96", "100") for day in range(3)]
    assert excursion(long(*fills), bars) == Excursion(D("-40.00"), D("100.00"), D("-0.8"), D("2"))


def test_a_plan_and_a_time_without_prices_have_none():
    position = long(buy("10", "100", day=0), sell("10", "101", day=12))
    assert excursion(long(), [bar(0, "1", "1", "1", "1")]) is None
    assert excursion(position, []) is None
    assert excursion(position, [bar(-3, "1", "1", "1", "1"), bar(14, "1", "1", "1", "1")]) is None
    assert excursion(position, [bar(day, "100", "100", "100", "100") for day in (0, 1, 11, 12)]) is None


def test_hours_tell_what_the_day_of_a_fill_does_not():
    position = long(buy("10", "100", day=0), sell("10", "100", day=1))
    hours = [bar(h / 24, "100", "100", "93" if h == 15 else "99", "99", Timeframe.HOUR) for h in range(36)]
    assert excursion(position, [bar(0, "100", "100", "93", "99"), *hours]) == Excursion(
        D("-70.00"), D("0.00"), None, None
    )


@pytest.mark.parametrize("seed", range(150))
def test_it_is_what_a_slow_recomputation_finds(seed: int):
    rng = Random(seed)
    position, bars = random_position(rng, 12), random_bars(rng, -1, 13, hours=True)
    values, risk = _values(position, bars), _risk(position)
    found = excursion(position, bars)
    assert found is not None
    assert (found.mae, found.mfe) == (min(values), max(values))
    assert (found.mae_r, found.mfe_r) == (
        (None, None) if not risk else (round(min(values) / risk, 9), round(max(values) / risk, 9))
    )


def _values(position: Position, bars: list[Bar]) -> list[Decimal]:
    """The running P&L at every point of rule 51, each worked out anew from the first fill on."""
    fills, values = position.fills, [D(0)]
    for count, one in enumerate(fills, 1):
        values.append(_units(position, count, one.price))
    for one in _chosen(bars):
        before = [fill for fill in fills if fill.at < one.start]
        by_its_end = [fill for fill in fills if fill.at < one.end]
        if len(before) == len(by_its_end):
            values += [_units(position, len(before), price) for price in (one.low, one.high)]
        else:
            values += [_units(position, len(before), one.open), _units(position, len(by_its_end), one.close)]
    return values


def _chosen(bars: list[Bar]) -> list[Bar]:
    """Day by day: its hours where they reach as far as the day, else the day."""
    chosen = []
    for day in (one for one in bars if one.timeframe is Timeframe.DAY):
        hours = [one for one in bars if one.timeframe is Timeframe.HOUR and day.start <= one.start < day.end]
        complete = hours and any(h.low <= day.low for h in hours) and any(h.high >= day.high for h in hours)
        chosen += hours if complete else [day]
    return chosen


def _units(position: Position, count: int, price: Decimal) -> Decimal:
    """Realised and open P&L after so many fills, one unit after the other, first in first out."""
    way = 1 if position.direction is Direction.LONG else -1
    open_units, realised = list[Decimal](), D(0)
    for fill in position.fills[:count]:
        for _ in range(int(fill.quantity)):
            if fill.side is position.direction.entry_side:
                open_units.append(fill.price)
            else:
                realised += way * (fill.price - open_units.pop(0))
    return (realised + sum((way * (price - unit) for unit in open_units), D(0))) * position.multiplier


def _risk(position: Position) -> Decimal:
    return (
        sum((abs(lot.fill.price - (lot.fill.stop or D(0))) * lot.quantity for lot in position.entries), D(0))
        * position.multiplier
    )
