"""The report's figures against the oracle, the periods, and the groups."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from flask import Flask

from tests import oracle
from tests.conftest import NOW
from tests.histories import random_history
from tests.services.recorded import D, enter, instrument, leave, mark, plan, stranger
from tests.services.reported import report
from tests.services.written import write
from trenddojo.domain.money import ZERO
from trenddojo.domain.nyse import trading_days
from trenddojo.domain.statistics import NO_LOSSES, Tally
from trenddojo.services import books
from trenddojo.services.breakdowns import Breakdown, bucket_of
from trenddojo.services.dashboard import dashboard
from trenddojo.services.errors import Invalid
from trenddojo.services.reports import Performance, period_start
from trenddojo.services.spans import Period, months_back, span_between
from trenddojo.store import days
from trenddojo.store.database import db
from trenddojo.store.seats import Seat


@pytest.mark.parametrize("seed", range(20))
def test_every_figure_is_the_oracles(app: Flask, seat: Seat, seed: int):
    told = random_history(Random(seed))
    sessions = trading_days(told.first_day, told.today + timedelta(days=7))
    today = next(day for day in sessions if day >= told.today)
    told = replace(told, today=today, trading_days=tuple(day for day in sessions if day <= today))
    now = write(seat, told)
    got, wanted = report(seat, by=Breakdown.SIDE, now=now), oracle.statistics(oracle.closed_figures(told))
    tally = got.tally
    assert (tally.trades, tally.wins, tally.losses, tally.breakevens) == (
        wanted.trades,
        wanted.wins,
        wanted.losses,
        wanted.breakevens,
    )
    assert tally.net == wanted.net
    assert (tally.largest_win, tally.largest_loss) == (wanted.largest_win, wanted.largest_loss)
    for ours, theirs in (
        (tally.expectancy, wanted.expectancy),
        (tally.mean_r, wanted.mean_r),
        (tally.win_rate_without_breakevens, wanted.win_rate_without_breakevens),
        (tally.payoff, wanted.payoff),
        (tally.sqn, wanted.sqn),
    ):
        assert (ours is None) == (theirs is None)
        assert ours is None or float(ours) == pytest.approx(
            float(theirs), rel=1e-7
        )  # a day keeps R squared to 9 places
    factor = wanted.profit_factor
    assert (
        tally.profit_factor is NO_LOSSES
        if factor == "no losses"
        else float(tally.profit_factor or 0) == pytest.approx(float(factor or 0))
    )
    assert (got.streaks.longest_wins, got.streaks.longest_losses) == (wanted.longest_wins, wanted.longest_losses)
    assert sum(bin_.count for bin_ in got.bins) == tally.with_r == wanted.trades - wanted.without_r
    assert sum((group.tally for group in got.groups), Tally()) == Tally.over(_results(got, told))
    _agree_on_equity(got, told)


def _results(got: Performance, told: oracle.History) -> list[tuple[Decimal, Decimal | None]]:
    return [(figures.realised, figures.r) for figures in oracle.closed_figures(told)]


def _agree_on_equity(got: Performance, told: oracle.History) -> None:
    equity = oracle.equity_by_day(told)
    points = oracle.curve(told, equity)
    assert [(point.date, point.equity) for point in got.span.points] == [(point.date, point.equity) for point in points]
    flows = sum((cash.amount for cash in told.cash if cash.is_flow), D(0))
    assert got.span.gain == equity[told.today] - told.starting - flows
    assert float(got.span.ratio or 0) == pytest.approx(float(points[-1].index - 1), abs=1e-12)
    deepest, fall = got.span.largest_drawdown, oracle.largest_drawdown(told, equity)
    assert (deepest is None) == (fall is None)
    if deepest and fall:
        assert float(deepest.depth) == pytest.approx(float(fall.depth), abs=1e-12)
        assert (deepest.peak, deepest.trough, deepest.regained) == (fall.peak, fall.trough, fall.regained)
        assert got.span.fall.largest == fall.in_money
    assert sum(month.span.gain for month in got.months) == got.span.gain
    assert sum(month.closed.net for month in got.months) == got.tally.net


def closed(seat: Seat, symbol: str, result: str, opened: date, shut: date, **more: object) -> None:
    """Ten bought at 100 and sold for `result` in all, with a risk of 50."""
    trade = plan(seat, instrument(symbol), **more)
    enter(seat, trade, "10", "100", datetime(opened.year, opened.month, opened.day, 15, tzinfo=UTC))
    leave(seat, trade, "10", f"{100 + D(result) / 10}", datetime(shut.year, shut.month, shut.day, 16, tzinfo=UTC))


@pytest.fixture
def traded(seat: Seat) -> Seat:
    """Three trades closed in two months, one open with a part sold, and a flow on a day off."""
    closed(seat, "AAA", "100", date(2026, 9, 21), date(2026, 10, 2), setup="Breakout", setup_quality=4)
    closed(seat, "BBB", "-50", date(2026, 11, 3), date(2026, 11, 3), setup="Breakout", direction="long")
    closed(seat, "CCC", "25", date(2026, 11, 4), date(2026, 11, 6), setup="", market_condition="choppy")
    trade = plan(seat, instrument("DDD"))
    enter(seat, trade, "10", "100", datetime(2026, 11, 9, 15, tzinfo=UTC))
    leave(seat, trade, "4", "110", datetime(2026, 11, 10, 15, tzinfo=UTC))
    mark(seat, trade, "108")
    return seat


def names(seat: Seat, by: Breakdown) -> list[tuple[str, int]]:
    return [(group.name, group.tally.trades) for group in report(seat, by=by).groups]


def test_groups(app: Flask, traded: Seat):
    assert names(traded, Breakdown.SETUP) == [("Breakout", 2), ("", 1)]
    assert names(traded, Breakdown.SYMBOL) == [("AAA", 1), ("BBB", 1), ("CCC", 1)]
    assert names(traded, Breakdown.WEEKDAY) == [("Monday", 1), ("Tuesday", 1), ("Wednesday", 1)]
    assert names(traded, Breakdown.MONTH) == [("2026-11", 2), ("2026-10", 1)]
    assert names(traded, Breakdown.HOLDING) == [("same day", 1), ("2 to 5 days", 1), ("11 to 20 days", 1)]
    assert names(traded, Breakdown.QUALITY) == [("4", 1), ("", 2)]
    assert names(traded, Breakdown.MARKET) == [("", 2), ("choppy", 1)]
    assert names(traded, Breakdown.SIDE) == [("long", 3)]
    assert names(traded, Breakdown.TAG) == [("", 3)]


def test_a_trade_counts_under_each_of_its_tags(app: Flask, seat: Seat):
    closed(seat, "AAA", "100", date(2026, 9, 21), date(2026, 10, 2))
    trade = db.session.query(days.Trade).one()
    trade.tags = ["leader", "volume"]
    books.settle_labels(trade, seat)
    db.session.commit()
    assert names(seat, Breakdown.TAG) == [("leader", 1), ("volume", 1)]


def test_holding_buckets():
    wanted = {0: "same day", 1: "1 day", 2: "2 to 5 days", 5: "2 to 5 days", 6: "6 to 10 days", 11: "11 to 20 days"}
    assert {held: bucket_of(held) for held in wanted} == wanted
    assert [bucket_of(held) for held in (20, 21, 60, 61)] == [
        "11 to 20 days",
        "21 to 60 days",
        "21 to 60 days",
        "over 60 days",
    ]


def test_closed_and_realised_are_told_apart(app: Flask, traded: Seat):
    got = report(traded, date(2026, 11, 1), None)
    assert got.tally.net == D("-25.00")
    assert got.span.realised == D("15.00")  # the closed ones, and the 40 of a trade that is still open
    assert got.span.open_change == D("48.00")
    assert got.span.gain == D("63.00")
    assert (got.best, got.worst) == ("CCC", "BBB")
    assert got.mean_holding_days == 1


def test_the_months_are_cut_to_the_period_and_add_up(app: Flask, traded: Seat):
    got = report(traded, date(2026, 9, 15), date(2026, 11, 10))
    assert [(month.span.since, month.span.until) for month in got.months] == [
        (date(2026, 11, 1), date(2026, 11, 10)),
        (date(2026, 10, 1), date(2026, 10, 31)),
        (date(2026, 9, 15), date(2026, 9, 30)),
    ]
    assert [month.closed.net for month in got.months] == [D("-25.00"), D("100.00"), D(0)]
    assert [month.span.realised for month in got.months] == [D("15.00"), D("100.00"), D(0)]
    assert got.months[0].span.starting == got.months[1].span.equity == D("100100.00")


def test_the_dashboard_and_the_report_of_one_period_agree(app: Flask, traded: Seat):
    desk = dashboard(traded, NOW)
    year = report(traded, period_start(traded, Period.YEAR, NOW))
    month = report(traded, date(2026, 11, 1))
    twelve = report(traded, months_back(date(2026, 11, 19), 12))
    assert desk.since_january == year.span
    assert desk.month == month.span
    assert desk.month_tally == replace(month.tally, net2=ZERO)  # days keep no squares of money
    assert desk.year == twelve.span
    assert desk.below_peak == twelve.span.fall.now
    assert year.span.equity == traded.account.equity


def test_a_report_reaches_no_further_than_the_account_and_today(app: Flask, traded: Seat):
    got = report(traded, date(1980, 1, 1), date(2090, 1, 1))
    assert (got.since, got.until) == (date(2025, 1, 2), date(2026, 11, 19))
    with pytest.raises(Invalid) as refused:
        report(traded, date(2026, 11, 20))
    assert refused.value.fields == {"from": "Must not be after 2026-11-19."}


def test_an_account_without_trades(app: Flask, seat: Seat):
    got = report(seat)
    assert got.tally == Tally()
    assert got.tally.profit_factor is None
    assert (got.span.gain, got.span.ratio, got.span.largest_drawdown) == (0, 0, None)
    assert got.groups == ()


def test_sqn_is_empty_without_spread_and_exact_with_little(app: Flask, seat: Seat):
    closed(seat, "AAA", "-10", date(2026, 11, 3), date(2026, 11, 4), stop="97")
    closed(seat, "BBB", "-10", date(2026, 11, 3), date(2026, 11, 5), stop="97")
    assert report(seat).tally.worst_r == D("-0.333333333")
    assert report(seat).tally.sqn is None
    closed(seat, "CCC", "-10.03", date(2026, 11, 3), date(2026, 11, 6), stop="97")
    assert round(report(seat).tally.sqn, 3) == D("-1001.000")


def test_others_trades_are_in_no_figure(app: Flask, traded: Seat):
    before = report(traded)
    other = stranger()
    closed(other, "ZZZ", "1000", date(2026, 10, 1), date(2026, 10, 2))
    assert report(traded) == before
    assert report(other).tally.net == 1000


@pytest.mark.parametrize(
    ("period", "since"),
    [
        (Period.MONTH, date(2026, 10, 19)),
        (Period.HALF, date(2026, 5, 19)),
        (Period.YEAR, date(2026, 1, 1)),
        (Period.ALL, date(2025, 1, 2)),
    ],
)
def test_named_periods(app: Flask, seat: Seat, period: Period, since: date):
    assert period_start(seat, period, NOW) == since


def test_months_back_ends_with_the_month():
    assert months_back(date(2026, 5, 31), 3) == date(2026, 2, 28)
    assert months_back(date(2026, 1, 15), 12) == date(2025, 1, 15)


def test_a_span_without_capital_has_no_return(app: Flask, seat: Seat):
    seat.account.starting_balance = seat.account.equity = D(0)
    db.session.commit()
    whole = span_between(seat.account, date(2026, 11, 2), date(2026, 11, 6))
    assert (whole.ratio, whole.equity) == (None, 0)
