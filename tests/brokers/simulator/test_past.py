"""An account's past equity: told afterwards, it is what the account was worth when each session ended."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.brokers.orders import D, an_order
from tests.brokers.simulator.desk import at, exchange, order
from tests.brokers.simulator.play import Played, play
from tests.brokers.simulator.scripted import DAY, FIRST_OPEN, ScriptedMarket, flat
from tests.brokers.simulator.test_client import a_client
from tests.brokers.subjects import OPEN, MemoryLedger
from tests.conftest import Clock
from trenddojo.brokers.simulator.exchange import Exchange

YEAR = 365
Told = list[tuple[datetime, D]]


def told(exchange_: Exchange, now: datetime, days: int = YEAR) -> Told:
    return [(one.at, one.equity) for one in exchange_.equity_history(days, now)]


def watched(seed: int) -> tuple[Played, Told]:
    """A random play, and what the account was seen to be worth at each close before it ended."""
    seen: Told = []

    def look(exchange_: Exchange, now: datetime) -> Exchange:
        close = played_until[0]
        while close <= now:
            seen.append((close, exchange_.balances(close).equity))
            close += DAY
        played_until[0] = close
        return exchange_

    played_until = [FIRST_OPEN + timedelta(minutes=30)]
    return play(seed, around=look), seen


@pytest.mark.parametrize("seed", range(60))
def test_each_close_as_it_was_seen(seed: int) -> None:
    played, seen = watched(seed)
    past = told(played.exchange, played.end)
    first = played.exchange.executions()[0].at
    before = [one for one in seen if one[0] < first][-1:]
    assert past[:-1] == before + [one for one in seen if one[0] >= first]
    assert past[-1] == (played.end, played.exchange.balances(played.end).equity)


def test_the_plays_hold_through_splits() -> None:
    assert any(watched(seed)[0].market.split_list for seed in range(60))


def test_an_open_session_ends_with_the_present() -> None:
    market = ScriptedMarket({"AAA": [flat("10", 30), flat("12", 30)]}, spread="0")
    desk = exchange(market)
    desk.submit(order("buy", 100), at(1, day=1))
    assert told(desk, at(5, day=1)) == [(at(30), D(100_000)), (at(5, day=1), D(100_000))]
    assert told(desk, at(30, day=2))[1:] == [(at(30, day=1), D(100_000)), (at(30, day=2), D(100_000))]


def test_only_as_far_back_as_asked() -> None:
    market = ScriptedMarket({"AAA": [flat("10", 30), flat("11", 30), flat("12", 30), flat("15", 30)]}, spread="0")
    desk = exchange(market)
    desk.submit(order("buy", 100), at(1))
    closed = at(30, day=3)
    assert told(desk, closed) == [
        (at(30), D(100_000)), (at(30, day=1), D(100_100)), (at(30, day=2), D(100_200)), (closed, D(100_500))
    ]  # fmt: skip
    assert told(desk, closed, 1) == [(at(30, day=2), D(100_200)), (closed, D(100_500))]


def test_before_the_first_fill_there_is_nothing() -> None:
    desk = exchange(ScriptedMarket({"AAA": [flat("10", 30)]}))
    desk.submit(order("buy", 1, "limit", limit_price="5"), at(1))
    assert told(desk, at(2)) == []


@pytest.mark.parametrize("always_open", ["on", ""])
def test_through_the_client_and_a_restart(always_open: str) -> None:
    clock = Clock(OPEN)
    kept: dict[str, object] = {
        "settings": {"starting_cash": "5000", "always_open": always_open}, "ledger": MemoryLedger()
    }  # fmt: skip
    client = a_client(clock, **kept)
    assert client.get_equity_history(90) == []
    client.place_order(an_order(client_order_id="one"))
    clock.turn(days=10)
    client = a_client(clock, **kept)
    past = client.get_equity_history(90)
    assert past[0].equity == 5000
    assert past[-1].equity == client.get_account_info().equity
    assert len(past) == (12 if always_open else 10)
    assert [one.at for one in past] == sorted({one.at for one in past})
