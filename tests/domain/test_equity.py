from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.given import LONG, ONE, SHORT, buy, fills_of, mark, marks_of, position_of, sell
from tests.histories import History, OracleCash, OracleTrade, random_history
from tests.oracle import OracleDrawdown, OraclePoint, curve, equity_by_day
from tests.oracle import largest_drawdown as expected_drawdown
from trenddojo.domain.equity import (
    DayChange,
    Point,
    TradeDay,
    drawdowns,
    equity_curve,
    fall_in_money,
    largest_drawdown,
    local_date,
    trade_days,
)
from trenddojo.domain.fills import Fill
from trenddojo.domain.marks import Mark, open_profit
from trenddojo.domain.money import cents
from trenddojo.domain.terms import Direction
from trenddojo.domain.trades import Book, Booking

D = Decimal
DAY = date(2026, 6, 1)  # a Monday
TINY = Fraction(1, 10**15)


def day(n: int) -> date:
    return DAY + timedelta(days=n)


# --- What a trade adds to a day ---


def test_bookings_and_open_changes_by_date() -> None:
    fills = [buy("10", "100", fee="1"), sell("4", "110", day=2), sell("6", "90", day=5, fee="1")]
    marks = [mark("105", day=0.1), mark("103", day=1), mark("104", day=1.1), mark("80", day=9)]
    assert trade_days(LONG, ONE, fills, marks, UTC) == [
        TradeDay(day(0), D(0), D("49.00"), D("1050.00"), D("1000.00"), 1),
        TradeDay(day(1), D(0), D("-10.00"), D("-10.00")),
        # 6 x 4 less 0.60 remain open
        TradeDay(day(2), D("39.60"), D("-15.60"), D("-416.00"), D("440.00")),
        TradeDay(day(5), D("-61.60"), D("-23.40"), D("-624.00"), D("540.00")),
    ]


def test_only_days_that_change_something_are_listed() -> None:
    entry = TradeDay(day(0), gross_change=D("1000.00"), traded=D("1000.00"), opened=1)
    assert trade_days(LONG, ONE, [buy("10", "100")], [], UTC) == [entry]
    assert trade_days(LONG, ONE, [buy("10", "100")], [mark("100", day=3)], UTC) == [entry]
    assert trade_days(LONG, ONE, [], [mark("100")], UTC) == []


def test_a_mark_from_before_the_trade_does_not_count() -> None:
    days = trade_days(SHORT, ONE, [sell("10", "100", leg=1, fee="1")], [mark("80", day=-0.1)], UTC)
    assert days == [TradeDay(day(0), D(0), D("-1.00"), D("1000.00"), D("1000.00"), 1)]


def test_a_day_ends_at_midnight_of_the_account() -> None:
    marks = [
        Mark(D(101), datetime(2026, 6, 2, 3, 59, tzinfo=UTC), ONE),
        Mark(D(102), datetime(2026, 6, 2, 4, tzinfo=UTC), ONE),
    ]
    new_york = trade_days(LONG, ONE, [buy("1", "100")], marks, ZoneInfo("America/New_York"))
    assert [(each.date, each.open_change) for each in new_york] == [(day(0), 1), (day(1), 1)]
    assert [(each.date, each.open_change) for each in trade_days(LONG, ONE, [buy("1", "100")], marks, UTC)] == [
        (day(0), 0),
        (day(1), 2),
    ]
    assert local_date(marks[0].at, ZoneInfo("Australia/Sydney")) == day(1)


def test_each_fill_is_entered_once_however_many_marks_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    entered: list[Fill] = []
    enter = Book.enter

    def counted(book: Book, fill: Fill) -> Booking | None:
        entered.append(fill)
        return enter(book, fill)

    monkeypatch.setattr(Book, "enter", counted)
    fills = [buy("1", "100", day=n) for n in range(10)]
    assert len(trade_days(LONG, ONE, fills, [mark(str(100 + n % 7), day=n) for n in range(500)], UTC)) > 400
    assert entered == fills


# --- The curve ---


def test_returns_leave_flows_out() -> None:
    changes = [
        DayChange(day(0), booked=D("100.00")),
        DayChange(day(1), deposits=D("1100.00"), other=D("10.00")),
        DayChange(day(1), open_change=D("-230.00"), withdrawals=D("500.00")),
    ]
    first, second = equity_curve(D(1000), changes, [day(0), day(1)])
    assert (first.equity, first.gain, first.r, first.index, first.drawdown) == (1100, 100, D("0.1"), D("1.1"), 0)
    assert (second.equity, second.gain, second.r) == (1480, -220, D("-0.1"))
    assert (second.index, second.drawdown) == (D("0.99"), D("0.1"))


def test_what_falls_on_days_off_goes_to_the_next_trading_day() -> None:
    changes = [DayChange(day(5), deposits=D(100)), DayChange(day(6), open_change=D(11))]
    points = equity_curve(D(1000), changes, [day(4), day(7), day(8)])
    assert [(point.equity, point.r) for point in points] == [(1000, 0), (1111, D("0.01")), (1111, 0)]


def test_changes_after_the_last_trading_day_make_a_running_point() -> None:
    changes = [DayChange(day(4), booked=D(10)), DayChange(day(5), deposits=D(100)), DayChange(day(6), booked=D(-5))]
    points = equity_curve(D(1000), changes, [day(4)])
    assert [(point.date, point.equity) for point in points] == [(day(4), 1010), (day(6), 1105)]
    absorbed = equity_curve(D(1000), changes, [day(4), day(7)])
    assert (absorbed[-1].equity, absorbed[-1].r) == (points[-1].equity, points[-1].r)
    assert [point.date for point in equity_curve(D(1000), changes, [])] == [day(6)]


def test_without_capital_there_is_no_return() -> None:
    changes = [DayChange(day(0), booked=D(50)), DayChange(day(1), booked=D(5)), DayChange(day(2), withdrawals=D(55))]
    points = equity_curve(D(0), changes, [day(n) for n in range(4)])
    assert [(point.r, point.index) for point in points] == [
        (None, 1),
        (D("0.1"), D("1.1")),
        (0, D("1.1")),
        (None, D("1.1")),
    ]


# --- Drawdowns ---


def points_of(*equities: str) -> list[Point]:
    values = [D(1000), *map(D, equities)]
    changes = [DayChange(day(n), booked=values[n + 1] - values[n]) for n in range(len(equities))]
    return equity_curve(values[0], changes, [day(n) for n in range(len(equities))])


def test_depth_length_and_recovery() -> None:
    points = points_of("1100", "1100", "1045", "990", "1000", "1100", "1210", "1180")
    deepest, present = drawdowns(points, day(10))
    assert (deepest.depth, deepest.peak, deepest.trough, deepest.regained) == (D("0.1"), day(1), day(3), day(5))
    assert (deepest.length, deepest.recovery, deepest.underwater) == (4, 2, False)
    assert (present.peak, present.regained, present.length, present.recovery) == (day(6), None, 4, None)
    assert present.underwater
    assert largest_drawdown(points, day(10)) == deepest


def test_the_peak_before_the_first_day_is_the_starting_balance() -> None:
    (only,) = drawdowns(points_of("900", "950"), day(1))
    assert (only.depth, only.peak, only.trough, only.length) == (D("0.1"), day(-1), day(0), 2)


def test_no_drawdown_without_a_fall() -> None:
    assert largest_drawdown(points_of("1000", "1001"), day(1)) is None
    assert largest_drawdown([], day(1)) is None


def test_a_peak_is_reached_again_across_a_flow() -> None:
    """Down a tenth, a deposit, then up a ninth: exactly at the peak, which thirds of a float would miss."""
    changes = [DayChange(day(0), booked=D(-100)), DayChange(day(1), deposits=D(900)), DayChange(day(2), booked=D(200))]
    (only,) = drawdowns(equity_curve(D(1000), changes, [day(0), day(1), day(2)]), day(2))
    assert only.regained == day(2)


def test_the_fall_in_money_leaves_flows_out() -> None:
    changes = [
        DayChange(day(0), booked=D(300)),
        DayChange(day(1), booked=D(-200), deposits=D(5000)),
        DayChange(day(2), open_change=D(-50), withdrawals=D(10)),
        DayChange(day(3), open_change=D(90)),
    ]
    fall = fall_in_money(equity_curve(D(1000), changes, [day(n) for n in range(4)]))
    assert (fall.largest, fall.now) == (250, 160)


# --- Against the oracle ---


def days_of(trade: OracleTrade, zone: str) -> list[TradeDay]:
    return trade_days(
        Direction(trade.direction), trade.multiplier, fills_of(trade), marks_of(trade.marks), ZoneInfo(zone)
    )


def cash_change(cash: OracleCash) -> DayChange:
    if cash.kind == "deposit":
        return DayChange(cash.date, deposits=cash.amount)
    if cash.kind == "withdrawal":
        return DayChange(cash.date, withdrawals=-cash.amount)
    return DayChange(cash.date, other=cash.amount)


def changes_of(history: History) -> list[DayChange]:
    traded = (
        DayChange(each.date, booked=each.booked, open_change=each.open_change)
        for trade in history.trades
        for each in days_of(trade, history.zone)
    )
    return [*traded, *map(cash_change, history.cash)]


def money_by_date(changes: Iterable[DayChange]) -> dict[date, Decimal]:
    money: dict[date, Decimal] = {}
    for each in changes:
        money[each.date] = money.get(each.date, D(0)) + each.gain + each.deposits - each.withdrawals
    return money


def check_money(history: History, changes: list[DayChange], equity: dict[date, Decimal]) -> None:
    running, money = history.starting, money_by_date(changes)
    for until, wanted in equity.items():
        running += money.pop(until, D(0))
        assert running == wanted, until
    assert not money


def check_curve(points: list[Point], expected: list[OraclePoint]) -> None:
    assert [(point.date, point.equity) for point in points] == [(each.date, each.equity) for each in expected]
    for point, wanted in zip(points, expected, strict=True):
        assert (point.r is None) == (wanted.r is None)
        assert abs(Fraction(point.r or 0) - (wanted.r or 0)) < TINY
        assert abs(Fraction(point.index) - wanted.index) < TINY


def check_drawdown(points: list[Point], today: date, wanted: OracleDrawdown | None) -> None:
    found = largest_drawdown(points, today)
    if found is None or wanted is None:
        assert found is wanted
        return
    assert abs(Fraction(found.depth) - wanted.depth) < TINY
    assert (found.peak, found.trough, found.regained) == (wanted.peak, wanted.trough, wanted.regained)
    assert fall_in_money(points).largest == wanted.in_money


def test_300_random_histories_agree_with_the_oracle() -> None:
    for seed in range(300):
        history = random_history(Random(seed))
        changes, equity = changes_of(history), equity_by_day(history)
        check_money(history, changes, equity)
        points = equity_curve(history.starting, changes, history.trading_days)
        check_curve(points, curve(history, equity))
        check_drawdown(points, history.today, expected_drawdown(history, equity))


# --- Properties ---


@given(st.integers(0, 2**32))
def test_the_days_of_a_trade_sum_to_its_profit(seed: int) -> None:
    history = random_history(Random(seed), trades=1)
    (trade,) = history.trades
    days, position = days_of(trade, history.zone), position_of(trade)
    last = max(marks_of(trade.marks), key=lambda each: each.at, default=None)
    assert sum((each.booked for each in days), D(0)) == position.realised
    assert sum((each.open_change for each in days), D(0)) == cents(open_profit(position, last))
    assert [each.date for each in days] == sorted({each.date for each in days})


@given(st.integers(0, 2**32), st.randoms(use_true_random=False))
def test_arrival_order_of_fills_and_marks_never_matters(seed: int, rng: Random) -> None:
    history = random_history(Random(seed), trades=1)
    (trade,) = history.trades
    fills, marks = fills_of(trade), marks_of(trade.marks)
    rng.shuffle(fills)
    rng.shuffle(marks)
    shuffled = trade_days(Direction(trade.direction), trade.multiplier, fills, marks, ZoneInfo(history.zone))
    assert shuffled == days_of(trade, history.zone)
