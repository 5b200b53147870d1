"""The job that fills the gaps of bars: what it asks, what it never asks twice, and what it keeps of failures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import NOW
from tests.services.connected import FAKE, INTEGRATIONS, connect, furnish, owned_by_another, with_fake
from tests.services.fake_broker import World
from tests.services.recorded import enter, instrument, leave, plan, stranger
from trenddojo.brokers.errors import BrokerErrorCode, NotSent
from trenddojo.brokers.manager import BrokerManager
from trenddojo.brokers.types import Bar
from trenddojo.domain import nyse
from trenddojo.domain.bars import Bar as Known
from trenddojo.domain.terms import AssetType, Timeframe
from trenddojo.services import price_history
from trenddojo.services.bars import REAL
from trenddojo.services.connections import Connected
from trenddojo.services.market.filling import Filled, fill_all
from trenddojo.store.database import db
from trenddojo.store.models import Account, BarCoverage, Instrument, PriceBar, Trade, User
from trenddojo.store.seats import Seat

D = Decimal
DAY, HOUR = Timeframe.DAY, Timeframe.HOUR
TODAY = NOW.date()
CLOSED = NOW + timedelta(hours=2)
"""After the close of NOW's session, when all of it is told."""


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return with_fake(monkeypatch)


@pytest.fixture
def manager(app: Flask, world: World) -> Iterator[BrokerManager]:
    found = furnish(app, **INTEGRATIONS)
    yield found
    found.close()


@pytest.fixture
def made(manager: BrokerManager, user: User) -> Connected:
    return connect(manager, user, FAKE)


@pytest.fixture
def of(app: Flask) -> Instrument:
    return instrument()


def bar(on: date, close: str = "100", hour: int | None = None) -> Bar:
    midnight = datetime.combine(on, time(), nyse.NEW_YORK).astimezone(UTC)
    at = midnight if hour is None else midnight + timedelta(hours=hour)
    price = D(close)
    return Bar(at=at, open=price, high=price, low=price, close=price, volume=1)


def every_day(world: World, symbol: str = "NVDA", close: str = "100") -> None:
    """The broker knows every session of two years by the day, and an hour of each."""
    sessions = nyse.trading_days(date(2025, 1, 2), TODAY)
    world.bars[symbol, DAY] = [bar(on, close) for on in sessions]
    world.bars[symbol, HOUR] = [bar(on, close, 10) for on in sessions]


def asked(world: World) -> list[str]:
    """The questions about bars since this was last called."""
    found = [one.removeprefix("get_bars ") for one in world.asked if one.startswith("get_bars") and one.count(" ") > 1]
    world.asked.clear()
    return found


def kept(timeframe: Timeframe = DAY) -> list[PriceBar]:
    db.session.expire_all()
    query = select(PriceBar).where(PriceBar.timeframe == timeframe).order_by(PriceBar.start)
    return list(db.session.scalars(query))


def coverage(timeframe: Timeframe = DAY) -> BarCoverage:
    db.session.expire_all()
    return db.session.scalars(select(BarCoverage).where(BarCoverage.timeframe == timeframe)).one()


def ran(seat: Seat, of: Instrument, first: int = 20, last: int = 10) -> Trade:
    """A closed trade from so many days before NOW to so many."""
    trade = plan(seat, of)
    enter(seat, trade, "10", "100", NOW - timedelta(days=first))
    leave(seat, trade, "10", "104", NOW - timedelta(days=last))
    return trade


def held(seat: Seat, of: Instrument, ago: int = 20) -> Trade:
    trade = plan(seat, of)
    enter(seat, trade, "10", "100", NOW - timedelta(days=ago))
    return trade


def test_a_closed_trade_is_covered_from_ninety_sessions_before_it(
    manager: BrokerManager, made: Connected, world: World, seat: Seat, of: Instrument
) -> None:
    every_day(world)
    trade = ran(seat, of)
    assert fill_all(manager, NOW) == Filled(asked=2, bars=len(kept()) + len(kept(HOUR)))
    assert asked(world) == ["NVDA 1d 2026-06-23 2026-11-14", "NVDA 1h 2026-10-29 2026-11-11"]
    assert {(one.realm, one.source, one.is_raw) for one in kept()} == {(REAL, "fake", False)}
    assert len(nyse.trading_days(date(2026, 6, 23), date(2026, 10, 29))) == 91, "from two days before the entry back"
    db.session.refresh(trade)
    assert (trade.mae, trade.mfe) == (D("0.00"), D("40.00"))


def test_nothing_is_asked_twice_not_even_what_the_broker_had_nothing_for(
    manager: BrokerManager, made: Connected, world: World, seat: Seat, of: Instrument
) -> None:
    ran(seat, of)
    assert fill_all(manager, NOW) == Filled(asked=2)
    assert len(asked(world)) == 2
    assert fill_all(manager, NOW + timedelta(days=40)) == Filled()
    assert asked(world) == []
    assert coverage().spans == [["2026-06-23", "2026-11-13"]]


def test_what_is_open_comes_first_then_days_then_the_newest(
    manager: BrokerManager, made: Connected, world: World, seat: Seat, of: Instrument
) -> None:
    ran(seat, instrument("OLD"), 60, 50)
    ran(seat, instrument("LATE"), 30, 9)
    held(seat, of)
    fill_all(manager, NOW)
    assert [one.rsplit(" ", 2)[0] for one in asked(world)] == [
        "NVDA 1d", "NVDA 1d", "NVDA 1h", "LATE 1d", "OLD 1d", "LATE 1h", "OLD 1h",
    ]  # fmt: skip


def test_a_running_day_is_asked_once_an_hour_and_once_more_when_it_is_over(
    manager: BrokerManager, made: Connected, world: World, seat: Seat, of: Instrument
) -> None:
    held(seat, of)
    every_day(world)
    fill_all(manager, NOW)
    asked(world)
    world.bars["NVDA", DAY][-1] = bar(TODAY, "100.5")
    for later, questions in (
        (timedelta(minutes=59), 0),
        (timedelta(hours=1), 2),
        (CLOSED - NOW, 2),
        (timedelta(hours=9), 0),
    ):
        fill_all(manager, NOW + later)
        assert len(asked(world)) == questions, later
    assert kept()[-1].close == D("100.5")
    assert kept()[-1].fetched_at == CLOSED
    assert coverage().spans[-1][-1] == TODAY.isoformat()


def test_no_more_in_a_run_than_the_pacing_leaves_and_the_next_goes_on(
    manager: BrokerManager, made: Connected, world: World, seat: Seat
) -> None:
    for number in range(15):
        ran(seat, instrument(f"S{number}"))
    assert fill_all(manager, NOW).asked == 20
    assert fill_all(manager, NOW + timedelta(minutes=1)).asked == 10
    assert fill_all(manager, NOW + timedelta(minutes=2)).asked == 0


def test_what_failed_is_kept_with_its_reason_and_asked_again_later_and_later(
    manager: BrokerManager, made: Connected, world: World, seat: Seat, of: Instrument
) -> None:
    ran(seat, of)
    every_day(world)
    world.fail("get_bars NVDA", BrokerErrorCode.SYMBOL_NOT_FOUND, "Nobody knows NVDA.")
    assert fill_all(manager, NOW) == Filled(failed=2)
    assert (coverage().failure, coverage().failures, coverage().spans) == ("Nobody knows NVDA.", 1, [])
    for hours, failed in ((0.9, 0), (1, 2), (2.9, 0), (3, 2), (6.9, 0)):
        assert fill_all(manager, NOW + timedelta(hours=hours)).failed == failed, hours
    world.failures.clear()
    assert fill_all(manager, NOW + timedelta(hours=7)).asked == 2
    assert (coverage().failure, coverage().failed_at, coverage().failures) == ("", None, 0)


def test_a_broker_that_is_down_is_asked_no_further(
    manager: BrokerManager, made: Connected, world: World, seat: Seat, of: Instrument
) -> None:
    ran(seat, of)
    world.fail("get_bars NVDA", BrokerErrorCode.GATEWAY_NOT_RUNNING, "The gateway sleeps.")
    assert fill_all(manager, NOW) == Filled(failed=1)


def test_a_limit_of_our_own_is_no_failure(
    manager: BrokerManager, made: Connected, world: World, seat: Seat, of: Instrument
) -> None:
    ran(seat, of)
    world.failures["get_bars NVDA"] = NotSent("Too many.", BrokerErrorCode.RATE_LIMIT_EXCEEDED, "fake")
    assert fill_all(manager, NOW) == Filled()
    assert db.session.scalars(select(BarCoverage)).all() == []


def test_bars_told_otherwise_after_a_split_are_all_asked_anew(
    manager: BrokerManager, made: Connected, world: World, seat: Seat, of: Instrument
) -> None:
    held(seat, of)
    every_day(world)
    fill_all(manager, CLOSED)
    tomorrow = CLOSED + timedelta(days=1)
    every_day(world, close="25")
    world.bars["NVDA", DAY].append(bar(tomorrow.date(), "26"))
    for minutes in range(3):
        fill_all(manager, tomorrow + timedelta(minutes=minutes))
    assert {one.close for one in kept()} == {D(25), D(26)}
    assert {one.close for one in kept(HOUR)} == {D(25)}
    assert coverage().restated_at == tomorrow
    asked(world)
    fill_all(manager, tomorrow + timedelta(minutes=4))
    assert asked(world) == []


def test_bars_that_came_otherwise_are_not_asked(
    manager: BrokerManager, made: Connected, world: World, seat: Seat, of: Instrument
) -> None:
    ran(seat, of)
    sessions = nyse.trading_days(date(2026, 6, 23), date(2026, 11, 14))
    told = [Known(DAY, bar(on).at, *(D(100),) * 4) for on in sessions if on != date(2026, 9, 1)]
    price_history.keep(of, REAL, "nvda.csv", told, NOW)
    db.session.commit()
    assert fill_all(manager, NOW).asked == 2
    assert asked(world)[0] == "NVDA 1d 2026-09-01 2026-09-02"
    assert coverage().spans == [["2026-06-23", "2026-11-13"]]


@pytest.mark.parametrize(
    "terms",
    [{"currency": "CAD"}, {"exchange": "XETRA"}, {"asset_type": AssetType.OPTION}, {"asset_type": AssetType.FUTURE}],
)
def test_what_the_broker_might_take_for_another_instrument_is_not_asked(
    manager: BrokerManager, made: Connected, world: World, seat: Seat, terms: dict[str, Any]
) -> None:
    plan(seat, instrument(**terms))
    assert fill_all(manager, NOW) == Filled()


def test_other_peoples_accounts_are_not_served(
    manager: BrokerManager, made: Connected, world: World, seat: Seat, of: Instrument
) -> None:
    ran(stranger(), of)
    assert fill_all(manager, NOW) == Filled()


def test_an_account_with_prices_of_its_own_needs_none(
    manager: BrokerManager, made: Connected, world: World, seat: Seat, of: Instrument
) -> None:
    trade = ran(seat, of)
    price_history.keep(of, str(trade.account_id), "demo", [Known(DAY, bar(TODAY).at, *(D(100),) * 4)], NOW)
    db.session.commit()
    assert fill_all(manager, NOW) == Filled()


def test_a_simulated_exchange_tells_its_own_account_alone(manager: BrokerManager, user: User, seat: Seat) -> None:
    made = connect(manager, user)
    ran(seat, instrument("AAPL"))
    at_exchange = made.seats[0]
    trade = plan(at_exchange, db.session.scalars(select(Instrument)).one())
    enter(at_exchange, trade, "10", "100", NOW - timedelta(days=3))
    assert fill_all(manager, NOW).bars > 250
    assert {(one.realm, one.source) for one in kept()} == {(str(made.connection.id), "simulated")}


def test_another_owner_of_the_brokers_means_silence(
    app: Flask, manager: BrokerManager, made: Connected, world: World, seat: Seat, of: Instrument
) -> None:
    ran(seat, of)
    owned_by_another(app)
    assert fill_all(manager, NOW) == Filled()
    assert asked(world) == []


def test_a_bar_that_no_market_made_is_left_out_and_named(
    manager: BrokerManager, made: Connected, world: World, seat: Seat, of: Instrument
) -> None:
    ran(seat, of)
    every_day(world)
    world.bars["NVDA", DAY][-20] = bar(world.bars["NVDA", DAY][-20].at.date(), "0")
    fill_all(manager, NOW)
    assert coverage().failure == "The bar of 2026-10-23 04:00 has no zone, or prices out of order."
    assert len(kept()) == len(nyse.trading_days(date(2026, 6, 23), date(2026, 11, 14))) - 1


def test_no_transaction_is_open_while_the_broker_is_asked(
    manager: BrokerManager, made: Connected, world: World, seat: Seat, of: Instrument
) -> None:
    ran(seat, of)
    seen: list[bool] = []
    world.before["get_bars NVDA"] = lambda: seen.append(db.session.registry.has() and db.session().in_transaction())
    fill_all(manager, NOW)
    assert seen == [False, False]


def test_an_archived_account_needs_nothing(
    manager: BrokerManager, made: Connected, world: World, seat: Seat, of: Instrument
) -> None:
    ran(seat, of)
    db.session.get_one(Account, seat.account.id).archived_at = NOW
    db.session.commit()
    assert fill_all(manager, NOW) == Filled()
