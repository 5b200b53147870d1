"""Bars as they are kept and seen, and the excursions of trades that follow them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.conftest import NOW
from tests.services.recorded import day, enter, instrument, leave, plan, stranger
from trenddojo.domain.bars import Bar
from trenddojo.domain.splits import PLAIN, Split, units_at
from trenddojo.domain.terms import Timeframe
from trenddojo.services import bars, fills, price_history
from trenddojo.services.bars import REAL
from trenddojo.services.price_history import BadBar, keep
from trenddojo.store.database import db
from trenddojo.store.models import Execution, Instrument, PriceBar, Trade
from trenddojo.store.seats import Seat

D = Decimal


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def told(first: int, *prices: tuple[str, str, str, str]) -> list[Bar]:
    """Daily bars from so many days after the plan on; fills of `recorded.day` lie within them."""
    return [Bar(Timeframe.DAY, _midnight(first + n), *map(D, one), volume=1000) for n, one in enumerate(prices)]


def _midnight(number: float) -> datetime:
    return day(number) - timedelta(hours=12)


FLAT = ("100", "100", "100", "100")
WIDE = ("100", "108", "97", "103")


def traded(seat: Seat, of: Instrument) -> Trade:
    """Ten bought at 100 on day 1 and sold at 104 on day 3, with a risk of 50."""
    trade = plan(seat, of)
    enter(seat, trade, "10", "100", day(1))
    leave(seat, trade, "10", "104", day(3))
    return trade


def extremes(trade: Trade) -> tuple[Decimal | None, ...]:
    return trade.mae, trade.mfe, trade.mae_r, trade.mfe_r


def test_bars_that_arrive_bring_the_trades_that_see_them_up_to_date(app: Flask, seat: Seat):
    of = instrument()
    trade, theirs, other = traded(seat, of), traded(stranger(), of), traded(seat, instrument("AMD"))
    assert extremes(trade) == (None,) * 4
    assert keep(of, REAL, "alpaca", told(1, FLAT, WIDE, FLAT), NOW) == 2
    db.session.commit()
    assert extremes(trade) == extremes(theirs) == (D("-30.00"), D("80.00"), D("-0.6"), D("1.6"))
    assert extremes(other) == (None,) * 4


def test_a_trade_recorded_after_its_bars_has_them_at_once(app: Flask, seat: Seat):
    of = instrument()
    keep(of, REAL, "alpaca", told(1, FLAT, WIDE, FLAT), NOW)
    trade = traded(seat, of)
    assert extremes(trade) == (D("-30.00"), D("80.00"), D("-0.6"), D("1.6"))
    for execution in db.session.scalars(select(Execution).order_by(Execution.at.desc())).all():
        fills.delete_fill(seat, trade, execution.id, NOW)
    assert extremes(trade) == (None,) * 4  # without a fill nothing runs


def test_what_is_told_again_replaces_what_was_told(app: Flask, seat: Seat):
    of = instrument()
    trade = traded(seat, of)
    keep(of, REAL, "alpaca", told(1, FLAT, WIDE, FLAT), NOW)
    keep(of, REAL, "csv", told(2, ("100", "120", "97", "103")), NOW + timedelta(days=1))
    assert (trade.mae, trade.mfe) == (D("-30.00"), D("200.00"))
    rows = db.session.scalars(select(PriceBar).order_by(PriceBar.start)).all()
    assert [(row.source, row.high, row.volume) for row in rows] == [
        ("alpaca", D(100), 1000),
        ("csv", D(120), 1000),
        ("alpaca", D(100), 1000),
    ]
    assert rows[1].fetched_at == NOW + timedelta(days=1)


def test_prices_of_another_realm_are_never_seen(app: Flask, seat: Seat):
    of = instrument()
    trade = traded(seat, of)
    for realm in (str(uuid4()), str(stranger().account.id)):
        assert keep(of, realm, "simulated", told(1, FLAT, WIDE, FLAT), NOW) == 0
    assert extremes(trade) == (None,) * 4
    assert bars.known_bars(seat.account, of, day(0), day(9)) == []


def test_an_accounts_own_prices_come_before_the_real_ones(app: Flask, seat: Seat):
    of = instrument()
    trade = traded(seat, of)
    keep(of, REAL, "alpaca", told(1, FLAT, WIDE, FLAT), NOW)
    keep(of, str(seat.account.id), "demo", told(1, FLAT, ("100", "101", "99", "100"), FLAT), NOW)
    assert (trade.mae, trade.mfe) == (D("-10.00"), D("40.00"))


def test_days_at_the_ends_are_whole(app: Flask, seat: Seat):
    """Of an hour before the entry nothing counts, but it says that the hours of that day are all there."""
    of = instrument()
    hours = [
        Bar(
            Timeframe.HOUR,
            _midnight(1) + timedelta(hours=h),
            D(100),
            D(105 if h == 2 else 100),
            D(95 if h == 2 else 98),
            D(100),
        )
        for h in range(24)
    ]
    keep(of, REAL, "alpaca", [*told(1, ("100", "105", "95", "100"), FLAT, FLAT), *hours], NOW)
    assert traded(seat, of).mae == D("-20.00")


def test_what_came_after_the_exit_says_only_that_no_hour_is_missing(app: Flask, seat: Seat):
    of = instrument()
    lows, highs = {2: "95"}, {20: "105"}  # the fall before the exit at noon, the rise after it
    hours = [
        Bar(
            Timeframe.HOUR,
            _midnight(3) + timedelta(hours=h),
            D(100),
            D(highs.get(h, "100")),
            D(lows.get(h, "100")),
            D(100),
        )
        for h in range(24)
    ]
    keep(of, REAL, "alpaca", [*told(1, FLAT, FLAT, ("100", "105", "95", "100")), *hours], NOW)
    trade = traded(seat, of)
    assert (trade.mae, trade.mfe) == (D("-50.00"), D("40.00"))


def test_an_open_trade_goes_as_far_as_its_bars(app: Flask, seat: Seat):
    of = instrument()
    trade = plan(seat, of)
    keep(of, REAL, "alpaca", told(1, FLAT, WIDE), NOW)
    assert extremes(trade) == (None,) * 4
    enter(seat, trade, "10", "100", day(1))
    assert (trade.mae, trade.mfe) == (D("-30.00"), D("80.00"))
    keep(of, REAL, "alpaca", told(3, ("103", "110", "90", "104")), NOW)
    assert (trade.mae, trade.mfe) == (D("-100.00"), D("100.00"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"low": D(0)},
        {"low": D(101)},
        {"high": D(99)},
        {"close": D(90)},
        {"open": D(110)},
        {"start": NOW.replace(tzinfo=None)},
    ],
)
def test_a_bar_that_no_market_made_is_refused(app: Flask, seat: Seat, wrong: dict[str, object]):
    of = instrument()
    with pytest.raises(BadBar):
        price_history.put(of, REAL, "csv", [*told(1, FLAT), replace(told(2, FLAT)[0], **wrong)], NOW)
    assert db.session.scalar(select(func.count()).select_from(PriceBar)) == 0


def test_the_finest_of_a_time_without_what_lies_beyond_it(app: Flask, seat: Seat):
    of = instrument()
    hour = Bar(Timeframe.HOUR, _midnight(2), *map(D, WIDE))
    keep(of, REAL, "alpaca", [*told(0, FLAT, FLAT, WIDE, FLAT, FLAT), hour], NOW)
    found = bars.finest_bars(seat.account, of, day(1), day(3))
    assert [(one.timeframe, one.start) for one in found] == [
        (Timeframe.DAY, _midnight(1)),
        (Timeframe.HOUR, _midnight(2)),
        (Timeframe.DAY, _midnight(3)),
    ]


def test_with_its_splits_an_instruments_bars_are_in_the_shares_of_after_them(app: Flask, seat: Seat):
    of, units = instrument(), units_at([Split(NOW - timedelta(days=30), 4, 1)], NOW)
    before, after = told(1, FLAT), told(40, ("25", "27", "24", "26"))
    keep(of, REAL, "old.csv", before, NOW, is_raw=True)
    keep(of, REAL, "alpaca", after, NOW)
    assert [one.close for one in bars.finest_bars(seat.account, of, day(0), day(50))] == [D(100), D(26)]
    assert [one.close for one in bars.finest_bars(seat.account, of, day(0), day(50), units)] == [D(25), D(26)]
    keep(of, REAL, "alpaca", before, NOW - timedelta(days=31))
    assert bars.finest_bars(seat.account, of, day(0), day(50), units)[0].close == D(25), "told before the split"
    keep(of, REAL, "alpaca", before, NOW)
    assert bars.finest_bars(seat.account, of, day(0), day(50), units)[0].close == D(100), "told after it"


def test_a_series_puts_what_was_brought_before_what_is_told_here_bar_by_bar(app: Flask, seat: Seat):
    of, between, own = instrument(), (day(0), day(9)), str(seat.account.id)
    brought = bars.brought_realm(seat.account.id)

    def seen(most: int = 9) -> tuple[list[Decimal], tuple[str, ...]]:
        found = bars.series(seat.account, of, Timeframe.DAY, between, units=PLAIN, most=most)
        return [one.close for one in found.bars], found.sources

    assert seen() == ([], ())
    keep(of, REAL, "alpaca", told(1, FLAT, FLAT, FLAT), NOW)
    keep(of, bars.brought_realm(stranger().account.id), "theirs", told(1, WIDE, WIDE), NOW)
    keep(of, brought, "ibkr", told(2, WIDE), NOW)
    assert seen() == ([D(100), D(103), D(100)], ("alpaca", "ibkr"))
    assert seen(2) == ([D(103), D(100)], ("alpaca", "ibkr"))
    assert seen(1) == ([D(100)], ("alpaca",))
    keep(of, own, "demo", told(1, WIDE), NOW)
    assert seen() == ([D(103)], ("demo",))


def test_a_series_is_in_units_of_prices_that_are_kept(app: Flask, seat: Seat):
    of, units = instrument(), units_at([Split(day(5), 3, 1)], NOW)
    keep(of, REAL, "alpaca", told(1, FLAT), day(4))
    keep(of, REAL, "old.csv", told(2, FLAT), NOW, is_raw=True)
    keep(of, REAL, "alpaca", told(3, FLAT), NOW)
    found = bars.series(seat.account, of, Timeframe.DAY, (day(0), day(9)), units=units)
    assert [(one.close, one.volume) for one in found.bars] == [(D("33.333333"), 3000)] * 2 + [(D(100), 1000)]
