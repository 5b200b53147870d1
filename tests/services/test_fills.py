from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import NOW
from tests.services.recorded import (
    START,
    add,
    books,
    correct,
    day,
    enter,
    fill_input,
    instrument,
    leave,
    mark,
    move,
    plan,
    stranger,
    viewer_of,
)
from trenddojo.domain.terms import AssetType, ExitReason, TradeStatus
from trenddojo.services import fills
from trenddojo.services.errors import FORM, Conflict, Forbidden, Invalid, NotFound
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.records import FillCorrection, FillInput
from trenddojo.services.records import trade_of
from trenddojo.store import trades
from trenddojo.store.database import db
from trenddojo.store.models import Execution, TradeEvent, User
from trenddojo.store.seats import Seat, seats_of

D = Decimal


def refusal(call: Any, *args: Any, **kwargs: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        call(*args, **kwargs)
    return caught.value.fields


# --- Entries ---


def test_a_first_entry_opens_the_trade_and_freezes_the_stop(seat: Seat) -> None:
    trade = plan(seat)
    fill = enter(seat, trade, "10", "100.50", day(1))
    assert (fill.leg, fill.stop, fill.fx, fill.fee_estimated) == (1, D(95), 1, True)
    assert (trade.status, trade.quantity, trade.opened_at) == (TradeStatus.ACTIVE, 10, day(1))
    assert trade.initial_risk == D("55.00")
    assert seat.account.open_trades == 1


def test_partial_entries_add_up_and_each_freezes_the_stop_of_its_moment(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "4", "100", day(1))
    move(seat, trade, "97", day(2))
    late = enter(seat, trade, "6", "101", day(3))
    early = enter(seat, trade, "1", "99", day(1.5))
    assert (late.stop, early.stop) == (D(97), D(95))
    assert trade.initial_risk == D(4 * 5 + 6 * 4 + 1 * 4)
    assert trade.quantity == 11


def test_a_fill_from_before_the_first_stop_has_that_stop(seat: Seat) -> None:
    trade = plan(seat)
    assert enter(seat, trade, "10", "100", START - timedelta(hours=3)).stop == 95


def test_without_a_time_a_fill_happened_now(seat: Seat) -> None:
    assert enter(seat, plan(seat), "10", "100").at == NOW


def test_entry_in_a_short_is_a_sale(seat: Seat) -> None:
    trade = plan(seat, direction="short", stop="104")
    assert enter(seat, trade, "10", "100", day(1)).side == "sell"
    leave(seat, trade, "10", "92", day(2), exit_reason="target")
    assert (trade.realised, trade.r, trade.exit_reason) == (D("80.00"), D(2), ExitReason.TARGET)


def test_the_account_estimates_a_blank_fee(seat: Seat) -> None:
    seat.account.fee_per_order, seat.account.fee_per_unit = D("1.00"), D("0.005")
    trade = plan(seat)
    assert enter(seat, trade, "10", "100", day(1)).fee == D("1.05")
    told = leave(seat, trade, "10", "110", day(2), fee="2.5")
    assert (told.fee, told.fee_estimated) == (D("2.5"), False)
    assert trade.realised == D("96.45")
    assert correct(seat, trade, told, fee=None).fee == D("1.05")


def test_a_rebate_is_a_negative_fee(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", day(1), fee="-0.30")
    leave(seat, trade, "10", "100", day(2), fee="0.10")
    assert trade.realised == D("0.20")


def test_another_currency_needs_its_rate_and_counts_at_it(seat: Seat) -> None:
    trade = plan(seat, instrument("SAP", currency="EUR"))
    assert refusal(enter, seat, trade, "10", "100", day(1)) == {"fx": "Enter what 1 EUR is worth in USD."}
    enter(seat, trade, "10", "100", day(1), fx="1.10")
    leave(seat, trade, "10", "110", day(2), fx="1.20")
    assert trade.realised == D("220.00")
    assert trade.initial_risk == D("55.00")


def test_the_own_currency_takes_no_rate_but_1(seat: Seat) -> None:
    trade = plan(seat)
    assert "fx" in refusal(enter, seat, trade, "10", "100", day(1), fx="1.1")
    assert enter(seat, trade, "10", "100", day(1), fx="1").fx == 1


def test_contracts_count_with_their_multiplier(seat: Seat) -> None:
    option = instrument("NVDA C", asset_type=AssetType.OPTION, multiplier=D(100))
    trade = plan(seat, option, entry="5", stop="3", quantity="2")
    enter(seat, trade, "2", "5", day(1))
    leave(seat, trade, "2", "0", day(9), exit_reason="expired")
    assert (trade.realised, trade.r) == (D("-1000.00"), D("-2.5"))


def test_a_wrong_side_stop_leaves_r_empty(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "94", day(1))
    leave(seat, trade, "10", "99", day(2))
    assert (trade.realised, trade.initial_risk, trade.r) == (D("50.00"), None, None)


def test_an_entry_goes_to_the_leg_that_waits(seat: Seat) -> None:
    trade = plan(seat)
    assert enter(seat, trade, "6", "100", day(1)).leg == 1
    add(seat, trade, "110", "104", "5", day(2))
    assert enter(seat, trade, "4", "100", day(3)).leg == 1
    second = enter(seat, trade, "5", "110", day(4))
    assert (second.leg, second.stop) == (2, 104)
    assert enter(seat, trade, "1", "110", day(5)).leg == 2


# --- Exits ---


def test_a_pyramid_is_taken_off_first_in_first_out(seat: Seat) -> None:
    trade = plan(seat, entry="187", stop="175.40", quantity="48")
    enter(seat, trade, "48", "187.20", day(1))
    add(seat, trade, "199.75", "191.25", "24", day(20))
    enter(seat, trade, "24", "199.85", day(21), leg="2")
    leave(seat, trade, "24", "212.40", day(30), exit_reason="target", leg="2")
    assert (trade.realised, trade.initial_risk, trade.status) == (D("604.80"), D("772.80"), TradeStatus.ACTIVE)
    leave(seat, trade, "48", "214.86", day(40), exit_reason="trailing_stop")
    assert (trade.status, trade.pnl, trade.exit_reason) == (
        TradeStatus.CLOSED,
        D("1628.88"),
        ExitReason.TRAILING_STOP,
    )
    assert trade.closed_on == day(40).astimezone(seat.zone).date()


def test_fills_of_one_second_count_in_the_order_of_recording(seat: Seat) -> None:
    trade = plan(seat)
    recorded = [
        enter(seat, trade, "10", "100", day(1), key="zzzzzzzz"),
        leave(seat, trade, "4", "101", day(1), key="aaaaaaaa"),
        leave(seat, trade, "6", "102", day(1), key="00000000"),
    ]
    assert [fill.sequence for fill in recorded] == [0, 1, 2]
    assert [fill.key for fill in books(seat, trade).position.fills] == ["zzzzzzzz", "aaaaaaaa", "00000000"]
    assert trade.realised == D("16.00")


def test_more_than_is_held_cannot_leave(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", day(1))
    leave(seat, trade, "4", "101", day(2))
    sentence = refusal(leave, seat, trade, "6.5", "101", day(3))["quantity"]
    assert sentence == "At most 6, which is what is held at that time."
    assert trade.quantity == 6


def test_an_earlier_exit_may_not_starve_a_later_one(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", day(1))
    leave(seat, trade, "8", "101", day(5))
    assert "the exit of 8" in refusal(leave, seat, trade, "5", "101", day(3))[FORM]
    leave(seat, trade, "2", "101", day(3))
    assert trade.status is TradeStatus.CLOSED


def test_two_tabs_cannot_sell_the_same_shares_twice(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", day(1))
    leave(seat, trade, "10", "110", day(2))
    assert refusal(leave, seat, trade, "10", "110", day(2))["at"].startswith("The trade was closed before that.")
    assert trade.realised == D("100.00")


def test_an_exit_needs_an_entry_before_it(seat: Seat) -> None:
    trade = plan(seat)
    assert refusal(leave, seat, trade, "1", "100", day(1)) == {FORM: "Nothing is held yet. Record the entry first."}
    enter(seat, trade, "10", "100", day(2))
    assert refusal(leave, seat, trade, "1", "100", day(1))["at"].startswith("This is before the first entry")


def test_an_entry_may_come_at_the_very_time_of_its_exit_but_not_after(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", day(1))
    leave(seat, trade, "10", "100", day(1))
    assert "at" in refusal(enter, seat, trade, "10", "100", day(2))


# --- One trade at a time, and once only ---


def test_an_instrument_is_open_in_one_trade_only(seat: Seat) -> None:
    of = instrument()
    first, second = plan(seat, of), plan(seat, of)
    enter(seat, first, "10", "100", day(1))
    sentence = refusal(enter, seat, second, "10", "100", day(2))[FORM]
    assert sentence.startswith("NVDA is open in another trade since ")
    assert sentence.endswith("Add a leg there.")
    assert second.status is TradeStatus.PLANNING
    leave(seat, first, "10", "100", day(3))
    enter(seat, second, "10", "100", day(4))
    assert (first.status, second.status) == (TradeStatus.CLOSED, TradeStatus.ACTIVE)


def test_a_closed_trade_cannot_reopen_beside_an_open_one(seat: Seat) -> None:
    of = instrument()
    first, second = plan(seat, of), plan(seat, of)
    enter(seat, first, "10", "100", day(1))
    out = leave(seat, first, "10", "100", day(3))
    enter(seat, second, "10", "100", day(4))
    assert "another trade" in refusal(fills.delete_fill, seat, first, out.id, NOW)[FORM]
    assert "another trade" in refusal(correct, seat, first, out, quantity="9")[FORM]
    assert first.status is TradeStatus.CLOSED


def test_the_same_key_records_once(seat: Seat) -> None:
    trade = plan(seat)
    first = enter(seat, trade, "10", "100", day(1), key="double-click")
    assert enter(seat, trade, "10", "100", day(1), key="double-click").id == first.id
    assert trade.quantity == 10
    other = plan(seat, instrument("AMD"))
    with pytest.raises(Conflict):
        enter(seat, other, "10", "100", day(1), key="double-click")


def test_a_cancelled_plan_takes_no_fill(seat: Seat) -> None:
    trade = plan(seat, status=TradeStatus.CANCELLED)
    with pytest.raises(Conflict, match="cancelled"):
        enter(seat, trade, "10", "100", day(1))


def test_a_pending_order_becomes_active(seat: Seat) -> None:
    trade = plan(seat, status=TradeStatus.PENDING)
    enter(seat, trade, "3", "100", day(1))
    assert trade.status is TradeStatus.ACTIVE


# --- Corrections ---


def test_a_correction_recomputes_and_keeps_what_was(seat: Seat) -> None:
    trade = plan(seat)
    entry = enter(seat, trade, "10", "100", day(1), fee="1")
    out = leave(seat, trade, "10", "110", day(2), fee="1")
    correct(seat, trade, out, price="111.5", exit_reason="target")
    assert (trade.realised, trade.exit_reason) == (D("113.00"), ExitReason.TARGET)
    event = db.session.scalars(select(TradeEvent).where(TradeEvent.kind == "fill_corrected")).one()
    assert (event.detail["before"]["price"], event.detail["after"]["price"]) == ("110", "111.5")
    assert event.detail["before"]["exit_reason"] == "manual"
    correct(seat, trade, entry, quantity="10", price="102")
    assert (trade.realised, trade.initial_risk) == (D("93.00"), D("70.00"))


def test_a_corrected_time_freezes_the_stop_anew(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "5", "100", day(1))
    move(seat, trade, "97", day(2))
    fill = enter(seat, trade, "5", "100", day(1.5))
    assert fill.stop == 95
    assert correct(seat, trade, fill, at=day(3).isoformat()).stop == 97


def test_a_correction_moves_a_fill_to_another_leg(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", day(1))
    add(seat, trade, "110", "104", "5", day(2))
    fill = enter(seat, trade, "5", "110", day(3), leg="1")
    assert fill.stop == 95
    assert correct(seat, trade, fill, leg="2").stop == 104
    assert trade.initial_risk == D("80.00")


def test_a_correction_keeps_the_leg_that_it_does_not_name(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", day(1))
    add(seat, trade, "110", "104", "5", day(2))
    fill = enter(seat, trade, "5", "110", day(3), leg="2")
    assert correct(seat, trade, fill, leg=None, price="111").leg == 2


def test_a_correction_may_not_break_the_history(seat: Seat) -> None:
    trade = plan(seat)
    entry = enter(seat, trade, "10", "100", day(1))
    out = leave(seat, trade, "6", "110", day(2))
    assert "the exit of 6" in refusal(correct, seat, trade, entry, quantity="5")[FORM]
    assert "come before any entry" in refusal(correct, seat, trade, entry, at=day(3).isoformat())[FORM]
    assert refusal(correct, seat, trade, out, quantity="11")["quantity"].startswith("At most 10,")
    assert "at" in refusal(correct, seat, trade, out, at=day(0.5).isoformat())
    assert "at" in refusal(correct, seat, trade, out, at=(NOW + timedelta(seconds=1)).isoformat())
    assert refusal(correct, seat, trade, entry, exit_reason="manual").keys() == {"exit_reason"}
    assert refusal(correct, seat, trade, out, exit_reason=None).keys() == {"exit_reason"}
    assert refusal(correct, seat, trade, entry, price="0").keys() == {"price"}
    assert (trade.quantity, trade.realised) == (4, D("60.00"))


def test_a_fill_is_deleted_and_restored(seat: Seat) -> None:
    trade = plan(seat)
    entry = enter(seat, trade, "10", "100", day(1))
    out = leave(seat, trade, "10", "110", day(2))
    assert "the exit of 10" in refusal(fills.delete_fill, seat, trade, entry.id, NOW)[FORM]
    fills.delete_fill(seat, trade, out.id, NOW)
    assert (trade.status, trade.realised) == (TradeStatus.ACTIVE, 0)
    fills.delete_fill(seat, trade, entry.id, NOW)
    assert (trade.status, trade.pnl, seat.account.open_trades) == (TradeStatus.PLANNING, None, 0)
    assert "Record the entry" in refusal(leave, seat, trade, "1", "110", day(3))[FORM]
    assert "before any entry" in refusal(fills.restore_fill, seat, trade, out.id, NOW)[FORM]
    fills.restore_fill(seat, trade, entry.id, NOW)
    fills.restore_fill(seat, trade, out.id, NOW)
    assert (trade.status, trade.realised) == (TradeStatus.CLOSED, D("100.00"))
    kinds = db.session.scalars(select(TradeEvent.kind)).all()
    assert sorted(kinds) == ["fill_deleted", "fill_deleted", "fill_restored", "fill_restored"]


def test_the_days_follow_every_change(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", day(1))
    mark(seat, trade, "105", day(1.1))
    assert seat.account.equity == D("100050.00")
    out = leave(seat, trade, "10", "110", day(2))
    assert (seat.account.balance, seat.account.equity) == (D("100100.00"), D("100100.00"))
    fills.delete_fill(seat, trade, out.id, NOW)
    assert (seat.account.balance, seat.account.equity) == (D("100000.00"), D("100050.00"))


# --- Who may, and what is refused ---


def test_a_viewer_records_nothing(seat: Seat) -> None:
    trade = plan(seat)
    fill = enter(seat, trade, "10", "100", day(1))
    viewer = viewer_of(seat)
    for act in (
        lambda: enter(viewer, trade, "1", "100", day(1)),
        lambda: correct(viewer, trade, fill, price="99"),
        lambda: fills.delete_fill(viewer, trade, fill.id, NOW),
        lambda: fills.restore_fill(viewer, trade, fill.id, NOW),
    ):
        with pytest.raises(Forbidden):
            act()


def test_what_belongs_to_others_is_not_found(seat: Seat) -> None:
    trade, other = plan(seat), plan(seat, instrument("AMD"))
    fill = enter(seat, trade, "10", "100", day(1))
    with pytest.raises(NotFound):
        trade_of([stranger()], trade.id)
    for act in (fills.delete_fill, fills.restore_fill):
        with pytest.raises(NotFound):
            act(seat, other, fill.id, NOW)
    with pytest.raises(NotFound):
        fills.restore_fill(seat, trade, fill.id, NOW)
    with pytest.raises(NotFound):
        correct(seat, other, fill, price="99")


BAD_NUMBERS = ["", "0", "-1", "NaN", "1e400", "1" * 10_000, "\u0661\u0662", "Infinity", "1.0000000001", "abc", None, []]


@pytest.mark.parametrize("field", ["quantity", "price"])
@pytest.mark.parametrize("bad", BAD_NUMBERS)
def test_bad_amounts_are_refused_by_their_field(field: str, bad: Any) -> None:
    sent = {"kind": "entry", "quantity": "10", "price": "100", field: bad}
    with pytest.raises(Invalid) as caught:
        parse(FillInput, sent)
    assert caught.value.fields.keys() == {field}


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("fee", "NaN"),
        ("fee", "1e400"),
        ("fee", "x" * 10_000),
        ("fx", "0"),
        ("fx", "-1"),
        ("leg", "0"),
        ("leg", "1.5"),
        ("leg", "\u0661"),
        ("leg", "1e400"),
        ("at", "yesterday"),
        ("at", "1969-12-31T12:00:00Z"),
        ("at", "2026-02-30T12:00:00Z"),
        ("at", "\u0662026-01-01T00:00:00Z"),
        ("at", "2026-01-01T00:00:00"),
        ("kind", "flip"),
        ("kind", ""),
        ("exit_reason", "bored"),
        ("exit_reason", "manual"),
        ("key", "short"),
        ("key", "k" * 10_000),
        ("size", "1"),
    ],
)
def test_bad_fields_are_refused_by_name(field: str, bad: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse(FillInput, {"kind": "entry", "quantity": "10", "price": "100", field: bad})
    assert caught.value.fields.keys() == {field}


def test_local_times_are_read_in_the_account_s_zone(seat: Seat) -> None:
    sent = {"quantity": "1", "price": "1", "at": "2026-07-01T09:30"}
    assert parse(FillCorrection, sent, seat.zone).at.isoformat() == "2026-07-01T13:30:00+00:00"


def test_the_future_and_unknown_legs_are_refused(seat: Seat) -> None:
    trade = plan(seat)
    assert refusal(enter, seat, trade, "1", "100", NOW + timedelta(seconds=1)) == {"at": "This is in the future."}
    assert refusal(enter, seat, trade, "1", "100", day(1), leg="7") == {"leg": "This trade has no leg 7."}
    enter(seat, trade, "1", "100", day(1))
    assert refusal(leave, seat, trade, "1", "100", day(2), leg="7").keys() == {"leg"}
    with pytest.raises(Invalid) as caught:
        fill_input("exit", "1", "100", day(2), exit_reason="")
    assert caught.value.fields.keys() == {"exit_reason"}


def test_what_the_books_cannot_hold_is_refused_and_changes_nothing(seat: Seat) -> None:
    trade = plan(seat, instrument("BIG", currency="EUR", multiplier=D(100000)))
    sentence = refusal(enter, seat, trade, "100000000", "10000000", day(1), fx="1000000")
    assert "larger than the books can hold" in sentence[FORM]
    assert db.session.scalars(select(Execution)).all() == []
    assert trade.status is TradeStatus.PLANNING


class TestBothDatabases:
    @pytest.fixture
    def database_url(self, both_databases: str) -> str:
        return both_databases

    def test_a_trade_is_recorded_alike(self, app: Flask, seat: Seat) -> None:
        trade = plan(seat)
        enter(seat, trade, "10", "100.123456", day(1), fee="1.003500")
        leave(seat, trade, "3", "110", day(2), key="once-only")
        leave(seat, trade, "3", "110", day(2), key="once-only")
        assert (trade.quantity, trade.realised) == (7, D("29.33"))
        assert trades.open_trade_in(trade.account_id, trade.instrument_id) is trade

    def test_two_tabs_at_once_sell_the_shares_once(self, app: Flask, seat: Seat) -> None:
        trade = plan(seat)
        enter(seat, trade, "10", "100", day(1))
        trade_id, user_id = trade.id, seat.user.id
        db.session.commit()

        def sell(tab: int) -> str:
            with app.app_context():
                own_seat, own = trade_of(seats_of(db.session.get_one(User, user_id)), trade_id)
                try:
                    leave(own_seat, own, "10", "110", day(2), key=f"tab-number-{tab}")
                except Invalid as refused:
                    return next(iter(refused.fields))
            return "sold"

        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(sell, range(4))) == ["at", "at", "at", "sold"]
        db.session.expire_all()
        assert (trade.realised, trade.quantity) == (D("100.00"), 0)
