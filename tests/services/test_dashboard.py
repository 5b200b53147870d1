"""The dashboard's own figures: positions in R of what is open, fills with what they booked, limited queries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from tests.conftest import NOW
from tests.services.recorded import D, add, enter, instrument, leave, mark, move, plan, stranger
from trenddojo.services.dashboard import LATEST, curve, dashboard
from trenddojo.services.spans import Period
from trenddojo.store.database import db
from trenddojo.store.models import Leg
from trenddojo.store.seats import Seat

MONDAY = datetime(2026, 11, 9, 15, tzinfo=UTC)


def position(seat: Seat, symbol: str = "NVDA", **more: object):
    trade = plan(seat, instrument(symbol), **more)
    enter(seat, trade, "10", "100", MONDAY)
    return trade


def test_a_position_is_shown_in_r_of_what_is_open(app: Flask, seat: Seat):
    trade = position(seat, target_1=D(115))
    leave(seat, trade, "4", "110", MONDAY + timedelta(days=1))
    mark(seat, trade, "108")
    move(seat, trade, "102")
    (holding,) = dashboard(seat, NOW).holdings
    assert holding.position.open_risk == 30
    assert (holding.now_r, holding.stop_r, holding.target_r, holding.to_stop) == (D("1.6"), D("0.4"), D("3"), D("1.2"))
    assert holding.share == D(648) / seat.account.equity
    assert holding.held == 10
    assert not holding.is_near_stop
    assert not holding.has_stale_price(NOW)


def test_a_position_without_a_price_has_no_r(app: Flask, seat: Seat):
    position(seat)
    (holding,) = dashboard(seat, NOW).holdings
    assert (holding.now_r, holding.to_stop, holding.stop_r) == (None, None, D(-1))
    assert holding.has_stale_price(NOW)


def test_a_price_goes_stale_after_three_days(app: Flask, seat: Seat):
    trade = position(seat)
    mark(seat, trade, "101", at=(NOW - timedelta(days=3)).isoformat())
    (holding,) = dashboard(seat, NOW).holdings
    assert not holding.has_stale_price(NOW)
    assert holding.has_stale_price(NOW + timedelta(seconds=1))


def test_a_position_near_its_stop(app: Flask, seat: Seat):
    trade = position(seat)
    mark(seat, trade, "97.49")
    (holding,) = dashboard(seat, NOW).holdings
    assert holding.is_near_stop
    mark(seat, trade, "97.50", NOW + timedelta(seconds=1))
    (holding,) = dashboard(seat, NOW).holdings
    assert not holding.is_near_stop


def test_a_partly_protected_position_has_no_result_at_its_stops(app: Flask, seat: Seat):
    trade = position(seat)
    add(seat, trade, "105", "100", "5")
    enter(seat, trade, "5", "105", leg=2)
    db.session.query(Leg).filter_by(trade_id=trade.id, number=2).one().stop = None
    mark(seat, trade, "106")
    (holding,) = dashboard(seat, NOW).holdings
    assert holding.trade.unprotected == 5
    assert (holding.stop_r, holding.to_stop) == (None, None)


def test_shorts_mirror(app: Flask, seat: Seat):
    trade = plan(seat, instrument("NKE"), "short", stop="105", target_1=D(85))
    enter(seat, trade, "10", "100", MONDAY)
    mark(seat, trade, "97")
    desk = dashboard(seat, NOW)
    (holding,) = desk.holdings
    assert (holding.now_r, holding.stop_r, holding.target_r, holding.to_stop) == (D("0.6"), D("-1"), D("3"), D("1.6"))
    assert (desk.open_pnl, desk.open_r) == (D("30.00"), D("0.6"))


def test_the_best_position_comes_first_and_those_without_r_last(app: Flask, seat: Seat):
    for symbol, price in (("A", "99"), ("B", "104"), ("C", None)):
        trade = position(seat, symbol)
        if price:
            mark(seat, trade, price)
    assert [holding.trade.symbol for holding in dashboard(seat, NOW).holdings] == ["B", "A", "C"]


def test_the_latest_fills_say_what_each_exit_booked(app: Flask, seat: Seat):
    trade = position(seat)
    leave(seat, trade, "4", "110", MONDAY + timedelta(days=1))
    leave(seat, trade, "6", "99", MONDAY + timedelta(days=2))
    fills = dashboard(seat, NOW).fills
    assert [(fill.facts.quantity, fill.booked) for fill in fills] == [(6, D("-6.00")), (4, D("40.00")), (10, None)]


def test_only_the_last_few_fills_and_closed_trades_are_read(app: Flask, seat: Seat):
    for number in range(LATEST + 2):
        trade = position(seat, f"S{number}")
        leave(seat, trade, "10", "101", MONDAY + timedelta(hours=number + 1))
    desk = dashboard(seat, NOW)
    assert len(desk.fills) == len(desk.closed) == LATEST
    assert desk.closed[0].symbol == f"S{LATEST + 1}"
    assert desk.month_tally.trades == LATEST + 2


def test_the_peak_is_dated_by_its_last_day(app: Flask, seat: Seat):
    trade = position(seat)
    assert dashboard(seat, NOW).peak_on is None
    mark(seat, trade, "110", at=(MONDAY + timedelta(days=1)).isoformat())
    mark(seat, trade, "104", at=(MONDAY + timedelta(days=3)).isoformat())
    desk = dashboard(seat, NOW)
    assert desk.below_peak == 60
    assert desk.peak_on == (MONDAY + timedelta(days=2)).date()


def test_plans_that_wait(app: Flask, seat: Seat):
    plan(seat, instrument("AMD"))
    position(seat)
    assert list(dashboard(seat, NOW).plans) == ["AMD"]


def test_others_trades_never_appear(app: Flask, seat: Seat):
    other = stranger()
    leave(other, position(other), "4", "120", MONDAY + timedelta(days=1))
    plan(other, instrument("AMD"))
    desk = dashboard(seat, NOW)
    assert (desk.holdings, desk.fills, list(desk.closed), list(desk.plans)) == ((), (), [], [])
    assert desk.year.gain == desk.open_pnl == 0


@pytest.mark.parametrize("period", [Period.MONTH, Period.QUARTER, Period.YEAR, Period.ALL])
def test_every_curve_ends_at_the_equity_of_now(app: Flask, seat: Seat, period: Period):
    trade = position(seat)
    mark(seat, trade, "112")
    assert curve(seat, period, NOW).equity == seat.account.equity == D("100120.00")


def test_the_number_of_queries_does_not_grow_with_the_history(app: Flask, seat: Seat):
    def queries() -> int:
        seen: list[str] = []
        count = lambda _c, _cursor, statement, *_more: seen.append(statement)  # noqa: E731
        db.session.expire_all()
        event.listen(db.engine, "before_cursor_execute", count)
        dashboard(seat, NOW)
        event.remove(db.engine, "before_cursor_execute", count)
        return len(seen)

    trade = position(seat)
    leave(seat, trade, "10", "101", MONDAY + timedelta(hours=1))
    few = queries()
    for number in range(5):
        leave(seat, position(seat, f"S{number}"), "10", "101", MONDAY + timedelta(hours=number + 2))
    assert queries() == few
