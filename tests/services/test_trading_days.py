"""A day of an account: the trades that were open on it, and its course."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.conftest import NOW, make_seat, make_user
from tests.services import recorded
from tests.services.recorded import instrument, plan
from tests.services.test_journal import write
from trenddojo.domain.equity import local_date
from trenddojo.services import notes
from trenddojo.services.errors import NotFound
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.records import NoteInput
from trenddojo.services.trading_days import Part, TradingDay, trading_day_of
from trenddojo.store.models import Execution, TradeNote, TradeStop
from trenddojo.store.seats import Seat, SeatRole


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def _on(seat: Seat, number: float) -> date:
    return local_date(recorded.day(number), seat.zone)


def _parts(found: TradingDay) -> dict[str, Part]:
    return {one.trade.symbol: one.part for one in found.trades}


def test_trades_are_opened_held_and_closed(seat: Seat) -> None:
    trade = plan(seat)
    recorded.enter(seat, trade, "10", "100", recorded.day(1))
    recorded.leave(seat, trade, "4", "110", recorded.day(3))
    recorded.leave(seat, trade, "6", "120", recorded.day(5))
    quick = plan(seat, instrument("AMD"))
    recorded.enter(seat, quick, "10", "100", recorded.day(3))
    recorded.leave(seat, quick, "10", "99", recorded.day(3) + timedelta(minutes=1))
    plan(seat, instrument("PLTR"))
    told = {number: _parts(trading_day_of(seat, _on(seat, number), NOW)) for number in range(7)}
    assert told[0] == told[6] == {}
    assert told[1] == {"NVDA": Part.OPENED}
    assert told[2] == told[4] == {"NVDA": Part.HELD}
    assert told[3] == {"NVDA": Part.HELD, "AMD": Part.BOTH}
    assert told[5] == {"NVDA": Part.CLOSED}
    closed = trading_day_of(seat, _on(seat, 5), NOW).closed
    assert (closed.closed, closed.net, closed.sum_r) == (1, trade.realised, trade.r)


def test_what_a_day_booked_adds_up_by_trade(seat: Seat) -> None:
    trade = plan(seat)
    recorded.enter(seat, trade, "10", "100", recorded.day(1))
    recorded.leave(seat, trade, "4", "110", recorded.day(3))
    found = trading_day_of(seat, _on(seat, 3), NOW)
    assert [(one.booked, one.open_change) for one in found.trades] == [(Decimal(40), found.change.open_change)]
    assert (found.day.booked, found.change.booked, found.day.closed) == (Decimal(40), Decimal(40), ())


def test_the_course_has_fills_stops_and_notes_in_order_and_names_others(seat: Seat) -> None:
    trade = plan(seat)
    recorded.enter(seat, trade, "10", "100", recorded.day(2))
    recorded.move(seat, trade, "97", recorded.day(2) + timedelta(hours=1))
    pia = Seat(make_user("pia@example.org", "Pia"), seat.account, SeatRole.TRADER)
    notes.add_note(pia, trade, parse(NoteInput, {"body": "Held."}), recorded.day(2) + timedelta(hours=2))
    notes.add_note(seat, trade, parse(NoteInput, {"body": "Next day."}), recorded.day(3))
    found = trading_day_of(seat, _on(seat, 2), NOW)
    assert [type(one.what) for one in found.course] == [Execution, TradeStop, TradeNote]
    assert [one.by for one in found.course] == ["", "", "Pia"]


def test_a_day_is_the_accounts_own(seat: Seat) -> None:
    seat.account.time_zone = "Asia/Tokyo"
    trade = plan(seat)
    fill = recorded.enter(seat, trade, "10", "100", recorded.day(1))
    on = local_date(fill.at, seat.zone)
    assert on == fill.at.date() + timedelta(days=1)
    assert [one.what for one in trading_day_of(seat, on, NOW).course] == [fill]
    assert trading_day_of(seat, fill.at.date(), NOW).course == ()


def test_the_ways_lead_to_the_nearest_days_with_something(seat: Seat) -> None:
    for on in ("2026-10-01", "2026-10-07", "2026-10-20"):
        write(seat, on)
    found = trading_day_of(seat, date(2026, 10, 7), NOW)
    assert (found.before, found.after) == (date(2026, 10, 1), date(2026, 10, 20))
    assert trading_day_of(seat, date(2026, 10, 1), NOW).before is None
    assert trading_day_of(seat, date(2026, 10, 20), NOW).after == date(2026, 11, 19)
    assert trading_day_of(seat, date(2026, 11, 19), NOW).after is None


def test_others_days_are_their_own(seat: Seat) -> None:
    other = make_seat(make_user("other@example.org", "Other"), "Theirs")
    trade = plan(other)
    recorded.enter(other, trade, "10", "100", recorded.day(1))
    notes.add_note(other, trade, parse(NoteInput, {"body": "Theirs."}), recorded.day(1))
    found = trading_day_of(seat, _on(seat, 1), NOW)
    assert (found.trades, found.course) == ((), ())


def test_a_day_to_come_is_not_there(seat: Seat) -> None:
    with pytest.raises(NotFound):
        trading_day_of(seat, date(2026, 11, 20), NOW)
