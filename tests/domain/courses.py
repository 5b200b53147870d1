"""Bars and random courses of trades for the tests of what is read from prices."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from tests.domain.given import at, fill
from trenddojo.domain.bars import Bar
from trenddojo.domain.fills import Fill
from trenddojo.domain.terms import Direction, Side, Timeframe
from trenddojo.domain.trades import Position, replay


def bar(day: float, open_: str, high: str, low: str, close: str, timeframe: Timeframe = Timeframe.DAY) -> Bar:
    """A bar that starts so many days after a Monday's midnight."""
    return Bar(timeframe, midnight(day), Decimal(open_), Decimal(high), Decimal(low), Decimal(close))


def midnight(day: float) -> datetime:
    return at(day - 0.5)


def random_bars(rng: Random, first: int, last: int, *, hours: bool = False) -> list[Bar]:
    """A bar a day, in whole prices about 100, each opening near the last close; of some days by six hours too."""
    bars, close = [], 100
    for day in range(first, last + 1):
        open_ = max(60, close + rng.randint(-3, 3))
        close = max(60, open_ + rng.randint(-6, 6))
        high, low = max(open_, close) + rng.randint(0, 3), min(open_, close) - rng.randint(0, 3)
        whole = bar(day, *map(str, (open_, high, low, close)))
        bars.append(whole)
        if hours and rng.random() < 0.5:
            bars += _hours(rng, whole)
    return bars


def _hours(rng: Random, day: Bar) -> list[Bar]:
    """Its hours, of which now and then those are missing that reach its extremes."""
    low, high = int(day.low), int(day.high)
    made, count = [], 24
    for hour in range(count):
        ends = sorted((rng.randint(low, high), rng.randint(low, high)))
        made.append(
            Bar(Timeframe.HOUR, day.start + timedelta(hours=hour), *map(Decimal, (ends[0], ends[1], ends[0], ends[1])))
        )
    if rng.random() < 0.7:
        whole = Bar(Timeframe.HOUR, day.start + timedelta(hours=5), day.open, day.high, day.low, day.close)
        made[5] = whole
    return made


def random_position(rng: Random, days: int) -> Position:
    """A trade of some adds and exits within so many days, closed at the end or not."""
    direction = rng.choice(list(Direction))
    moments = sorted(rng.sample(range(days * 48), rng.randint(2, 6)))
    fills, held = list[Fill](), 0
    for index, moment in enumerate(moments):
        is_entry = not held or (index < len(moments) - 1 and rng.random() < 0.5)
        if is_entry and fills and not held:
            break
        quantity = rng.randint(1, 9) if is_entry else rng.randint(1, held)
        if not is_entry and index == len(moments) - 1 and rng.random() < 0.8:
            quantity = held
        side = direction.entry_side if is_entry else direction.exit_side
        price = str(rng.randint(85, 115))
        stop = str(int(price) - direction.sign * rng.randint(1, 9)) if is_entry else None
        fills.append(_fill(side, quantity, price, moment, stop))
        held += quantity if is_entry else -quantity
    return replay(direction, Decimal(rng.choice((1, 1, 50))), fills)


def _fill(side: Side, quantity: int, price: str, moment: int, stop: str | None) -> Fill:
    return fill(
        side, str(quantity), price, day=moment / 48 - 0.5, leg=1 if stop else None, stop=stop, fee="1", key=f"f{moment}"
    )
