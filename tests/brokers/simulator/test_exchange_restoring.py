"""What an exchange keeps, and how it stands on the real simulated market."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.brokers.simulator.desk import EVERYTHING, D, at, exchange, order
from tests.brokers.simulator.scripted import ScriptedMarket, flat
from trenddojo.brokers.simulator.exchange import Exchange
from trenddojo.brokers.simulator.market import Market, SimulatedMarket
from trenddojo.brokers.simulator.orders import Ticket
from trenddojo.brokers.simulator.profile import Profile
from trenddojo.brokers.simulator.sessions import AlwaysOpen, NyseSessions
from trenddojo.brokers.simulator.texts import record_of, text_of
from trenddojo.domain.commissions import FREE

MONDAY = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def calm() -> Exchange:
    return exchange(ScriptedMarket({"AAA": [flat("10.00", 5)]}))


def test_a_new_account_keeps_its_cash_and_nothing_else() -> None:
    kept = calm().changed()
    assert json.loads(kept.pop("account"))["cash"] == "100000.00"
    assert kept == {}


def test_only_what_changed_is_told_and_looking_changes_nothing() -> None:
    desk = calm()
    desk.changed()
    filled = desk.submit(order("buy", 10), at(1)).order_id
    resting = desk.submit(order("sell", 10, "limit", limit_price="11"), at(1)).order_id
    assert set(desk.changed()) == {"account", f"order:{filled}", f"order:{resting}", "fills:0"}
    desk.advance(at(0, day=3))
    desk.balances(at(1, day=3))
    assert desk.changed() == {}
    desk.cancel(resting, at(2, day=3))
    assert set(desk.changed()) == {"account", f"order:{resting}"}


def test_texts_are_exact() -> None:
    desk = calm()
    placed = desk.submit(order("buy", 10, "trailing_stop", trail_percent="1.5", cid="mine"), at(1))
    text = desk.changed()[f"order:{placed.order_id}"]
    ticket = record_of(Ticket, text)
    assert (ticket.trail_percent, ticket.best, ticket.submitted_at) == (D("1.5"), D("10.00"), at(1))
    assert text_of(ticket) == text
    assert '"quantity":"10"' in text


def test_texts_that_are_none_are_refused() -> None:
    desk = calm()
    texts = desk.changed() | {"order:1": "{}"}
    with pytest.raises(TypeError):
        Exchange.restored(ScriptedMarket({"AAA": [flat("10.00", 5)]}), Profile(commission=FREE), EVERYTHING, texts, "A")


def test_time_never_runs_backwards() -> None:
    desk = calm()
    desk.advance(at(3))
    assert desk.submit(order("buy", 1, symbol="AAA"), at(1)).submitted_at == at(3)


def real(market: Market) -> Exchange:
    return Exchange(market, Profile(commission=FREE), EVERYTHING, "MOCK123456")


@pytest.mark.parametrize("sessions", [NyseSessions(), AlwaysOpen()])
def test_real_market_asked_once_or_hourly(sessions: NyseSessions | AlwaysOpen) -> None:
    told = []
    for step in (timedelta(days=60), timedelta(hours=7, minutes=13, seconds=11)):
        desk = real(SimulatedMarket(7, Decimal("0.02"), sessions))
        _trade(desk)
        now, end = MONDAY, MONDAY + timedelta(days=60)
        while (now := min(now + step, end)) < end:
            desk.advance(now)
        desk.advance(end)
        told.append((desk.orders(), desk.executions(), desk.balances(end)))
    assert told[0] == told[1]
    assert len(told[0][1]) >= 4


def test_real_market_fills_at_the_quote() -> None:
    market = SimulatedMarket(7, Decimal("0.02"), NyseSessions())
    desk, now = real(market), MONDAY + timedelta(seconds=31.5)
    bought = desk.submit(order("buy", 10, symbol="AAPL"), now).average_fill_price
    (minute,) = market.minutes("AAPL", MONDAY, MONDAY + timedelta(minutes=1))
    quote = market.quote("AAPL", now)
    assert quote.last <= bought <= quote.ask
    assert minute.low <= bought <= minute.high


def _trade(desk: Exchange) -> None:
    last = desk._market.price("AAPL", MONDAY)
    far, near = ((last * factor).quantize(D("0.01")) for factor in (D("1.06"), D("1.02")))
    down, below = ((last * factor).quantize(D("0.01")) for factor in (D("0.94"), D("0.98")))
    for number, request in enumerate(
        (
            order("buy", 100, symbol="AAPL", stop=str(down), target=str(far)),
            order("buy", 50, "limit", symbol="AAPL", limit_price=str(below)),
            order("buy", 50, "stop", symbol="AAPL", stop_price=str(near), tif="day"),
            order("sell", 40, "trailing_stop", symbol="AAPL", trail_percent="3"),
            order("buy", 30, "trailing_stop", symbol="MSFT", trail_percent="2"),
            order("sell", 30, "stop_limit", symbol="SPY", stop_price="100", limit_price="99", tif="day"),
        )
    ):
        desk.submit(replace(request, client_order_id=str(number)), MONDAY + timedelta(seconds=number))
