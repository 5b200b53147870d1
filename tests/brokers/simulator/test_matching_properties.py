"""What must hold whatever is traded: the matching engine over thousands of random sessions."""

from __future__ import annotations

import os
import subprocess
import sys
from bisect import bisect_right
from collections import Counter
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.brokers.simulator.play import Played, every_order, history, play, profile_of, restored
from tests.brokers.simulator.scripted import FIRST_OPEN, minute_at, minute_of
from trenddojo.brokers.simulator.course import Course
from trenddojo.brokers.simulator.exchange import Exchange
from trenddojo.brokers.simulator.orders import AUCTIONS
from trenddojo.brokers.types import Execution, Order
from trenddojo.domain.orders import OrderClass, OrderStatus, OrderType, TimeInForce

RUNS = 2500
"""Of four sessions each."""
CENT = Decimal("0.01")
MINUTE = timedelta(minutes=1)
_SIGN = {"buy": 1, "sell": -1}


def test_ten_thousand_random_sessions() -> None:
    seen: Counter[str] = Counter()
    for seed in range(RUNS):
        played = play(seed, watch=_no_exit_without_position)
        _fills_lie_within_their_minutes(played)
        _limits_and_stops_are_kept(played)
        _better_prices_fill_first(played)
        _books_add_up(seed, played)
        _quantities_add_up(played)
        _auctions_are_kept(played)
        seen.update(_kinds(played))
    rare = {kind: times for kind, times in seen.items() if times < 100}
    assert not rare, "the sessions do not exercise enough"
    assert set(seen) >= {*OrderType, *OrderClass, *TimeInForce, "filled", "partly", "cancelled", "expired", "replaced"}


def _kinds(played: Played) -> list[str]:
    told = list(every_order(played.exchange))
    kinds = [
        kind for one in told if one.filled_quantity for kind in (one.order_type, one.order_class, one.time_in_force)
    ]
    partly = ["partly" for one in told if 0 < one.filled_quantity < one.quantity]
    return [*kinds, *partly, *(one.status for one in told if one.status.is_final)]


# ---- what is checked of each run


def _no_exit_without_position(exchange: Exchange, now: datetime) -> None:
    held = {one.symbol for one in exchange.positions(now)}
    working = exchange.open_orders()
    entries = {one.order_id for one in working}
    for told in working:
        if told.parent_id is not None:
            assert told.symbol in held or told.parent_id in entries, "an exit works without a position"


def _fills_lie_within_their_minutes(played: Played) -> None:
    for fill in played.exchange.executions():
        minutes = minute_at(played.market, fill.symbol, fill.at)
        assert any(one.low <= fill.price <= one.high for one in minutes), fill


def _limits_and_stops_are_kept(played: Played) -> None:
    orders = {one.order_id: one for one in every_order(played.exchange)}
    splits = bool(played.market.split_list)
    for fill in played.exchange.executions():
        told = orders[fill.order_id]
        if splits or told.replaces or told.order_id in played.changed_ids:
            continue  # its prices are no longer those of the fill
        if told.limit_price is not None:
            assert _SIGN[fill.side] * (told.limit_price - fill.price) >= 0, (told, fill)
        if told.order_type in (OrderType.STOP, OrderType.STOP_LIMIT):
            assert _touched(played, told, fill), (told, fill)


def _touched(played: Played, told: Order, fill: Execution) -> bool:
    """Whether the market was at an order's stop between its beginning and the fill."""
    first = told.submitted_at.replace(second=0, microsecond=0)
    end = fill.at + timedelta(microseconds=1)
    for minute in played.market.minutes(fill.symbol, first, end):
        if minute.high >= told.stop_price if fill.side == "buy" else minute.low <= told.stop_price:
            return True
    return False


def _auctions_are_kept(played: Played) -> None:
    """An order for the open fills in a session's first minute, one for the close in its last instant."""
    sessions = played.market.sessions()
    auctions = {one.order_id: one.time_in_force for one in played.exchange.orders() if one.time_in_force in AUCTIONS}
    for fill in played.exchange.executions():
        if (kind := auctions.get(fill.order_id)) is not None:
            session = sessions.session_at(fill.at)
            assert session is not None
            into, left = fill.at - session.open, session.close - fill.at
            assert into < MINUTE if kind is TimeInForce.OPG else left <= timedelta(microseconds=1), fill


def _better_prices_fill_first(played: Played) -> None:
    """A simple limit order fills only once every better one, or an earlier one at the price, has nothing left."""
    resting = [
        one
        for one in played.exchange.orders()
        if (one.order_type, one.order_class) == (OrderType.LIMIT, OrderClass.SIMPLE)
        and one.time_in_force in (TimeInForce.DAY, TimeInForce.GTC)
        and one.order_id not in played.changed_ids
        and one.replaces is None
    ]
    if played.market.split_list:
        return
    ranks = {one.order_id: number for number, one in enumerate(resting)}
    filled: Counter[str] = Counter()
    for fill in played.exchange.executions():
        filled[fill.order_id] += fill.quantity
        if fill.order_id not in ranks:
            continue
        own = resting[ranks[fill.order_id]]
        for other in resting:
            if (other.symbol, other.side) != (own.symbol, own.side) or other.submitted_at > fill.at or other is own:
                continue
            if other.status is not OrderStatus.FILLED and other.status.is_final and other.updated_at <= fill.at:
                continue
            ahead = _SIGN[own.side] * (other.limit_price - own.limit_price)
            if ahead > 0 or (ahead == 0 and ranks[other.order_id] < ranks[own.order_id]):
                assert filled[other.order_id] == other.quantity, (own, other, fill)


def _books_add_up(seed: int, played: Played) -> None:
    """Cash and positions, reckoned anew from the fills and the splits alone."""
    cash, held = _reckoned(played)
    balances = played.exchange.balances(played.end)
    assert balances.cash == cash
    assert {one.symbol: one.quantity for one in played.exchange.positions(played.end)} == held
    for order_id, fills in _by_order(played).items():
        value = sum(one.quantity * one.price for one in fills)
        quantity = sum(one.quantity for one in fills)
        due = profile_of(seed).commission(quantity, value / quantity).quantize(CENT, ROUND_HALF_EVEN)
        assert sum(one.commission for one in fills) == due, order_id
        assert all(one.commission >= 0 for one in fills)


def _reckoned(played: Played) -> tuple[Decimal, dict[str, Decimal]]:
    cash, held = Decimal(100_000), Counter[str]()
    events = [(one.at, 1, number, one) for number, one in enumerate(played.exchange.executions())]
    for symbol, splits in played.market.split_list.items():
        opens = [(FIRST_OPEN + (split.day - FIRST_OPEN.date()), split.ratio) for split in splits]
        events += [(opened, 0, 0, (symbol, ratio)) for opened, ratio in opens]
    for at, is_fill, _, what in sorted(events, key=lambda one: one[:3]):
        if is_fill:
            signed = _SIGN[what.side] * what.quantity
            cash -= (signed * what.price).quantize(CENT, ROUND_HALF_EVEN) + what.commission
            held[what.symbol] += signed
        else:
            symbol, ratio = what
            exact = held[symbol] * ratio
            held[symbol] = Decimal(int(exact))
            cash += ((exact - int(exact)) * played.market.price(symbol, at)).quantize(CENT, ROUND_HALF_EVEN)
    return cash, {symbol: quantity for symbol, quantity in held.items() if quantity}


def _by_order(played: Played) -> dict[str, list[Execution]]:
    fills = sorted(played.exchange.executions(), key=lambda one: one.order_id)
    return {order_id: list(group) for order_id, group in groupby(fills, key=lambda one: one.order_id)}


def _quantities_add_up(played: Played) -> None:
    executions = played.exchange.executions()
    assert len({one.execution_id for one in executions}) == len(executions)
    assert [one.at for one in executions] == sorted(one.at for one in executions)
    by_order = _by_order(played)
    for told in every_order(played.exchange):
        filled = sum((one.quantity for one in by_order.get(told.order_id, ())), Decimal(0))
        assert told.filled_quantity == filled <= told.quantity
        assert (told.status is OrderStatus.FILLED) == (filled == told.quantity)
        assert told.updated_at <= played.end


# ---- independence of when it is asked, of restarts and of the process


@pytest.mark.parametrize("part", range(4))
def test_asking_more_often_changes_nothing(part: int) -> None:
    for seed in range(part, 240, 4):
        random = Random(seed)
        last = FIRST_OPEN - timedelta(minutes=5)

        def ask(exchange: Exchange, now: datetime, random: Random = random) -> Exchange:
            nonlocal last
            for _ in range(random.randrange(8)):
                last += (now - last) * random.choice((1 / 7, 0.5, 1.0))
                exchange.advance(last)
                exchange.changed()
            return exchange

        assert history(play(seed, around=ask)) == history(play(seed)), seed


@pytest.mark.parametrize("part", range(4))
def test_restart_at_any_point_changes_nothing(part: int) -> None:
    for seed in range(part, 240, 4):
        random, texts = Random(seed), dict[str, str]()

        def restart(
            exchange: Exchange, now: datetime, random: Random = random, texts: dict[str, str] = texts, seed: int = seed
        ) -> Exchange:
            if random.random() < 0.3:
                exchange.advance(now - timedelta(seconds=random.randrange(4000)))
            texts |= exchange.changed()
            return restored(seed, exchange._market, texts) if random.random() < 0.7 else exchange

        assert history(play(seed, around=restart)) == history(play(seed)), seed


def test_two_processes_tell_the_same_history() -> None:
    told = {_digest_in_process(hash_seed) for hash_seed in ("1", "2")}
    assert len(told) == 1
    assert len(told.pop()) == 64


def _digest_in_process(hash_seed: str) -> str:
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-m", "tests.brokers.simulator.play", "40"],
        cwd=root,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


# ---- the course within a minute

HUNDREDTHS = st.integers(min_value=100, max_value=2000)


@given(
    ends=st.tuples(HUNDREDTHS, HUNDREDTHS),
    reach=st.tuples(st.integers(0, 100), st.integers(0, 90)),
    high_first=st.booleans(),
    level=st.integers(min_value=0, max_value=2200),
    sign=st.sampled_from((1, -1)),
    start=st.integers(0, 60_000_000),
)
def test_first_touch_is_the_first_microsecond_at_or_beyond_the_level(
    ends, reach, high_first, level, sign, start
) -> None:
    high, low = max(ends) + reach[0], min(ends) - reach[1]
    first, second = (high, low) if high_first else (low, high)
    corners = (ends[0], first, second, ends[1])
    minute = minute_of(FIRST_OPEN, tuple(str(Decimal(one) / 100) for one in corners), 100)
    found = Course(minute).first(Decimal(level) / 100, sign, start)
    turns = [start, *(at for at in (20_000_000, 40_000_000, 60_000_000) if at > start)]
    if found is None:
        assert all(sign * (_exact(corners, at) - level) < 0 for at in turns)
    else:
        assert sign * (_exact(corners, found) - level) >= 0
        before = [at for at in (*turns, found - 1) if start <= at < found]
        assert all(sign * (_exact(corners, at) - level) < 0 for at in before)


def _exact(corners: tuple[int, ...], moment: int) -> Fraction:
    line = min(2, bisect_right((20_000_000, 40_000_000), moment))
    rise = corners[line + 1] - corners[line]
    return corners[line] + Fraction(rise * (moment - line * 20_000_000), 20_000_000)
