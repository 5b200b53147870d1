"""What an account has at risk now, against figures worked out by hand. 19 November 2026 is a Thursday."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import delete, event

from tests.conftest import NOW, Clock
from tests.services import exposed
from tests.services.connected import connect, furnish
from tests.services.exposed import bought, fill, mark, planned, round_trip, settled
from trenddojo.domain.terms import AssetType, CashKind, Direction, Side, SizingMethod, TradeStatus
from trenddojo.services import books
from trenddojo.services.exposure import (
    account_risk,
    holdings_of,
    kelly_record,
    limits_of,
    position_facts,
    risk_board,
    windows_of,
)
from trenddojo.store import days
from trenddojo.store.database import db
from trenddojo.store.models import AccountSnapshot, CashMovement, Instrument, RiskSettings, User
from trenddojo.store.seats import Seat

D = Decimal


@contextmanager
def counting_queries() -> Iterator[list[str]]:
    """Collects the statements that reach the database."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def deposit(seat: Seat, amount: str, on: date, kind: CashKind = CashKind.DEPOSIT) -> None:
    db.session.add(
        CashMovement(
            account_id=seat.account.id, on=on, kind=kind, amount=D(amount), created_by=seat.user.id, created_at=NOW
        )
    )
    books.settle_cash(seat, on)
    db.session.commit()


class TestWindows:
    def test_a_week_runs_from_monday_to_sunday_in_the_accounts_zone(self, seat: Seat) -> None:
        windows = windows_of(seat, NOW)
        assert (windows.today, windows.monday, windows.sunday) == (
            date(2026, 11, 19),
            date(2026, 11, 16),
            date(2026, 11, 22),
        )
        assert windows.day_start == datetime(2026, 11, 19, 5, tzinfo=UTC)
        assert windows.week_start == datetime(2026, 11, 16, 5, tzinfo=UTC)

    def test_late_in_the_evening_utc_is_ahead_of_new_york(self, seat: Seat) -> None:
        assert windows_of(seat, datetime(2026, 11, 23, 4, 59, tzinfo=UTC)).sunday == date(2026, 11, 22)
        assert windows_of(seat, datetime(2026, 11, 23, 5, 0, tzinfo=UTC)).monday == date(2026, 11, 23)


class TestAccountRisk:
    def test_an_empty_account_risks_nothing(self, seat: Seat) -> None:
        facts = account_risk(seat, NOW, holdings_of(seat))
        assert (facts.equity, facts.equity_at_day_start, facts.flows_today) == (100_000, 100_000, 0)
        assert (facts.today.open_initial_risk, facts.today.booked_losses, facts.today.unknown_entries) == (0, 0, 0)
        assert (facts.working_risk, facts.open_positions, facts.losing_streak) == (0, 0, 0)
        assert facts.buying_power == 100_000

    def test_entries_count_in_the_day_and_week_in_which_they_filled(self, seat: Seat) -> None:
        bought(seat, "TODAY", "10", "100", "95")
        bought(seat, "WEEK", "20", "100", "97", ago=2)
        bought(seat, "BEFORE", "30", "100", "90", ago=9)
        facts = account_risk(seat, NOW, holdings_of(seat))
        assert facts.today.open_initial_risk == 50
        assert facts.this_week.open_initial_risk == 50 + 60
        assert facts.open_positions == 3

    def test_an_add_counts_in_its_own_window_and_a_raised_stop_lowers_nothing(self, seat: Seat) -> None:
        trade = bought(seat, "NVDA", "10", "100", "95", ago=30)
        exposed.add_leg(trade, 2, "112")
        fill(trade, seat, Side.BUY, "5", "110", stop="104", leg=2)
        settled(trade, seat)
        facts = account_risk(seat, NOW, holdings_of(seat))
        assert facts.today.open_initial_risk == facts.this_week.open_initial_risk == 5 * 6

    def test_first_in_first_out_leaves_the_latest_entries(self, seat: Seat) -> None:
        trade = planned(seat, "NVDA")
        fill(trade, seat, Side.BUY, "10", "100", ago=2, stop="95")
        fill(trade, seat, Side.BUY, "10", "102", ago=0.2, stop="95")
        fill(trade, seat, Side.SELL, "12", "103", ago=0.1)
        settled(trade, seat)
        facts = account_risk(seat, NOW, holdings_of(seat))
        assert facts.today.open_initial_risk == 8 * 7
        assert facts.this_week.open_initial_risk == 8 * 7

    def test_losses_are_netted_within_a_trade_and_never_across(self, seat: Seat) -> None:
        trade = planned(seat, "NVDA", quantity="20")
        fill(trade, seat, Side.BUY, "20", "100", ago=9, stop="95")
        fill(trade, seat, Side.SELL, "10", "110", ago=2)
        fill(trade, seat, Side.SELL, "10", "96")
        settled(trade, seat)
        round_trip(seat, "LOSS", "-70", entered=3, left=0)
        round_trip(seat, "WIN", "500", entered=3, left=0)
        round_trip(seat, "OLD", "-999", entered=12, left=10)
        facts = account_risk(seat, NOW, holdings_of(seat))
        assert facts.today.booked_losses == 40 + 70
        assert facts.this_week.booked_losses == 70

    def test_working_entries_count_whenever_they_were_placed(self, seat: Seat) -> None:
        planned(seat, "IDEA")
        planned(seat, "LONG", status=TradeStatus.PENDING, quantity="7")
        planned(seat, "SHORT", status=TradeStatus.PENDING, direction=Direction.SHORT, entry="50", stop="52")
        db.session.commit()
        assert account_risk(seat, NOW, holdings_of(seat)).working_risk == 7 * 5 + 10 * 2

    @pytest.mark.parametrize("stop", [None, "100", "101"])
    def test_an_entry_without_a_valid_stop_is_unknown(self, seat: Seat, stop: str | None) -> None:
        bought(seat, "NVDA", "10", "100", stop, ago=2)
        facts = account_risk(seat, NOW, holdings_of(seat))
        assert (facts.today.unknown_entries, facts.this_week.unknown_entries) == (0, 1)

    def test_a_working_entry_without_a_stop_is_unknown_today_and_this_week(self, seat: Seat) -> None:
        planned(seat, "NVDA", stop=None, status=TradeStatus.PENDING)
        db.session.commit()
        facts = account_risk(seat, NOW, holdings_of(seat))
        assert (facts.today.unknown_entries, facts.this_week.unknown_entries, facts.working_risk) == (1, 1, 0)

    def test_a_closed_entry_without_a_stop_leaves_nothing_unknown(self, seat: Seat) -> None:
        round_trip(seat, "NVDA", "-30", entered=0.2, left=0.1, stop=None)
        facts = account_risk(seat, NOW, holdings_of(seat))
        assert (facts.today.unknown_entries, facts.today.booked_losses) == (0, 30)

    def test_a_risk_below_half_a_cent_is_known(self, seat: Seat) -> None:
        bought(seat, "PENNY", "0.1", "0.02", "0.01")
        facts = account_risk(seat, NOW, holdings_of(seat))
        assert (facts.today.open_initial_risk, facts.today.unknown_entries) == (D("0.001"), 0)

    def test_equity_at_the_start_of_the_day_leaves_today_out(self, seat: Seat) -> None:
        trade = bought(seat, "NVDA", "10", "100", "95", ago=3)
        mark(trade, seat, "104", ago=1)
        mark(trade, seat, "97")
        settled(trade, seat)
        deposit(seat, "5000", date(2026, 11, 18))
        deposit(seat, "2000", date(2026, 11, 19))
        deposit(seat, "300", date(2026, 11, 19), CashKind.WITHDRAWAL)
        deposit(seat, "11", date(2026, 11, 19), CashKind.FEE)
        facts = account_risk(seat, NOW, holdings_of(seat))
        assert facts.equity == 100_000 + 5000 + 2000 - 300 - 11 - 30
        assert facts.equity_at_day_start == 105_040 == days.equity_before(seat.account, date(2026, 11, 19))
        assert facts.flows_today == 1700

    def test_buying_power_takes_off_open_and_working_value_longs_and_shorts(self, seat: Seat) -> None:
        seat.account.leverage = D(2)
        held = bought(seat, "HELD", "10", "100", "95")
        mark(held, seat, "103")
        settled(held, seat)
        planned(seat, "WORK", status=TradeStatus.PENDING, direction=Direction.SHORT, entry="50", stop="52")
        db.session.commit()
        assert account_risk(seat, NOW, holdings_of(seat)).buying_power == 2 * D(100_030) - 1030 - 500

    def test_a_broker_account_knows_its_buying_power_from_its_broker_only(self, app: Flask, user: User) -> None:
        at_broker = connect(furnish(app), user).seats[0]
        assert account_risk(at_broker, NOW, holdings_of(at_broker)).buying_power == 200_000
        db.session.execute(delete(AccountSnapshot))
        assert account_risk(at_broker, NOW, holdings_of(at_broker)).buying_power is None

    def test_a_future_counts_with_its_initial_margin_and_without_it_nothing_is_known(self, seat: Seat) -> None:
        trade = bought(seat, exposed.instrument("MES", AssetType.FUTURE, "5"), "2", "6000", "5950")
        assert account_risk(seat, NOW, holdings_of(seat)).buying_power is None
        trade.initial_margin = D(2400)
        assert account_risk(seat, NOW, holdings_of(seat)).buying_power == 100_000 - 4800
        assert (
            position_facts(seat, db.session.get(Instrument, trade.instrument_id), holdings_of(seat), NOW).value == 4800
        )

    def test_the_losing_streak_is_read_on_until_the_latest_win(self, seat: Seat) -> None:
        seat.account.breakeven_band = D(5)
        round_trip(seat, "WIN", "100", entered=200, left=190)
        for number in range(25):
            round_trip(seat, f"L{number}", "-50", entered=100 - number, left=99 - number)
        round_trip(seat, "EVEN", "-5", entered=3, left=2)
        assert account_risk(seat, NOW, holdings_of(seat)).losing_streak == 25


class TestPositionFacts:
    def test_a_new_instrument_holds_nothing(self, seat: Seat) -> None:
        bought(seat, "NVDA", "10", "100", "95", group="semis")
        facts = position_facts(seat, None, holdings_of(seat), NOW, group="Semis ")
        assert (facts.adds_to_position, facts.value, facts.heat, facts.correlated_positions) == (False, 0, 0, 1)

    def test_held_and_working_in_the_instrument(self, seat: Seat) -> None:
        traded = exposed.instrument("NVDA")
        held = bought(seat, traded, "10", "100", "95", group="semis")
        mark(held, seat, "99")
        settled(held, seat)
        planned(seat, traded, status=TradeStatus.PENDING, quantity="3", entry="120", stop="110")
        bought(seat, "AMD", "1", "10", "9", group="SEMIS")
        bought(seat, "XOM", "1", "10", "9", group="energy")
        facts = position_facts(seat, traded, holdings_of(seat), NOW, group="semis")
        assert (facts.adds_to_position, facts.value) == (True, 990 + 360)
        assert (facts.heat, facts.correlated_positions) == (50, 1)

    def test_positions_without_a_group_are_not_correlated(self, seat: Seat) -> None:
        bought(seat, "NVDA", "10", "100", "95")
        assert position_facts(seat, None, holdings_of(seat), NOW).correlated_positions == 0


class TestBoard:
    def test_stops_at_a_loss_and_at_a_profit_are_not_netted(self, seat: Seat) -> None:
        winner = bought(seat, "WIN", "10", "100", "95", ago=20)
        books.trades.legs_of(winner.id)[0].stop = D(108)
        mark(winner, seat, "120")
        settled(winner, seat)
        loser = bought(seat, "LOSE", "10", "50", "45", group="energy")
        mark(loser, seat, "48")
        settled(loser, seat)
        bare = bought(seat, "BARE", "10", "10", None, ago=20, group="Energy")
        mark(bare, seat, "12")
        settled(bare, seat)
        board = risk_board(seat, NOW)
        assert (board.heat, board.locked_in) == (50, 80)
        assert board.loss_if_stopped == (200 - 20) - (80 - 50)
        assert [risk.symbol for risk in board.unprotected] == ["BARE"]
        assert [(group.name, group.positions.used, group.positions.limit) for group in board.groups] == [
            ("Energy", 2, 3)
        ]
        assert (board.positions.used, board.positions.limit) == (3, 5)

    def test_a_partly_protected_trade_gives_back_what_is_protected_of_it(self, seat: Seat) -> None:
        trade = bought(seat, "NVDA", "10", "100", "95")
        exposed.add_leg(trade, 2, None)
        fill(trade, seat, Side.BUY, "5", "104", leg=2)
        mark(trade, seat, "106")
        settled(trade, seat)
        [risk] = risk_board(seat, NOW).open_risks
        assert (risk.heat, risk.loss_if_stopped, risk.unprotected) == (50, 110, 5)

    def test_what_is_used_of_each_limit(self, seat: Seat) -> None:
        bought(seat, "OPEN", "10", "100", "95")
        round_trip(seat, "LOST", "-70", entered=3, left=0)
        board = risk_board(seat, NOW)
        assert (board.today.used, board.today.limit) == (120, D("99930") * 3 / 100)
        assert (board.this_week.used, board.this_week.limit) == (120, D("99930") * 6 / 100)
        assert (board.daily_loss.used, board.daily_loss.limit) == (70, 2000)
        assert board.halved is False

    def test_three_losses_in_a_row_halve(self, seat: Seat) -> None:
        for number in range(3):
            round_trip(seat, f"L{number}", "-10", entered=9 - number, left=8 - number)
        assert risk_board(seat, NOW).halved


def test_limits_are_those_stored(seat: Seat) -> None:
    stored = db.session.get_one(RiskSettings, seat.account.id)
    stored.sizing_method, stored.fixed_units = SizingMethod.FIXED_UNITS, D(200)
    limits = limits_of(seat.account)
    assert (limits.max_risk_per_trade, limits.sizing_method, limits.fixed_units) == (1, "fixed_units", 200)


def test_kelly_counts_closed_trades_with_r(seat: Seat) -> None:
    assert kelly_record(seat.account).average_win_r is None
    round_trip(seat, "A", "100")
    round_trip(seat, "B", "50")
    round_trip(seat, "C", "-50")
    round_trip(seat, "D", "-50", stop=None)
    round_trip(seat, "E", "0")
    record = kelly_record(seat.account)
    assert (record.trades, record.wins, record.losses) == (4, 2, 1)
    assert (record.average_win_r, record.average_loss_r) == (D("1.5"), -1)


def test_the_ticket_asks_a_handful_of_questions(seat: Seat, clock: Clock) -> None:
    for number in range(10):
        bought(seat, f"S{number}", "10", "100", "95", ago=number / 2)
    db.session.expire_all()
    assert seat.account.name
    with counting_queries() as sent:
        account_risk(seat, clock() + timedelta(minutes=1), holdings_of(seat))
    assert len(sent) <= 7, sent
