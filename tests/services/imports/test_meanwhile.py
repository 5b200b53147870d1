"""Others work on the same books while a statement is booked, and nothing of either is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOW
from tests.services.imports import brought
from tests.services.imports.brought import D, at, bring, everything, fill, option, spool, statement, take_out, trades
from tests.services.recorded import enter, leave, plan
from tests.services.test_totals import simulated
from trenddojo.domain.terms import TradeStatus
from trenddojo.services import plans
from trenddojo.services.imports import booking, cutting
from trenddojo.services.imports.survey import survey
from trenddojo.store import orders
from trenddojo.store.database import db
from trenddojo.store.models import AccountSync, PositionCheck, Trade
from trenddojo.store.seats import Seat


def once_read(monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
    """Do something right after an instrument was read for the first time, before anything of it is written."""
    once(monkeypatch, "course_of", 1, act)


def once(monkeypatch: pytest.MonkeyPatch, name: str, number: int, act: Any) -> None:
    """Do something right after what booking calls by a name, the so many-th time."""
    of, calls = getattr(booking, name), []

    def call(*given: Any, **named: Any) -> Any:
        found = of(*given, **named)
        calls.append(found)
        if len(calls) == number:
            act()
        return found

    monkeypatch.setattr(booking, name, call)


def test_a_fill_that_is_recorded_meanwhile_is_known(
    seat: Seat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trade = plan(seat)
    row = statement(seat)
    with spool(tmp_path, [fill(2, "buy", 10, 100, 1), fill(3, "sell", 10, 110, 2)]) as read:
        assert survey(row, seat, read, brought.silent).fills_new == 2
        once_read(monkeypatch, lambda: enter(seat, trade, "10", "100", at(1)))
        counts = booking.book(row, seat, read, NOW, brought.silent)
    assert (counts.fills_new, counts.fills_known) == (1, 1)
    (found,) = trades(seat)
    assert (found.id, found.status) == (trade.id, TradeStatus.CLOSED)


def test_what_is_written_of_a_stretch_is_not_torn_when_others_move_the_rest(
    seat: Seat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "AT_ONCE", 1)
    monkeypatch.setattr(booking, "CHUNK", 2)
    trade = plan(seat)
    enter(seat, trade, "7", "100", at(2.2))
    lines = [fill(2, "buy", 5, 100, 1), fill(3, "sell", 5, 110, 2)]
    lines += [fill(4, "buy", 10, 100, 2.1), fill(5, "sell", 17, 110, 2.3)]
    row = statement(seat)
    with spool(tmp_path, lines) as read:
        survey(row, seat, read, brought.silent)
        once(monkeypatch, "prepare", 2, lambda: leave(seat, trade, "7", "100", at(2.25)))
        counts = booking.book(row, seat, read, NOW, brought.silent)
    assert (counts.fills_new, counts.fills_known) == (4, 0)
    assert [len(brought.fills(one)) for one in trades(seat)] == [2, 4, 1]


def test_a_portion_does_not_move_the_next_one_of_the_same_moment(
    seat: Seat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file puts fills into the trades of an older one, each of which ends at the moment at which the next begins."""
    told = [("sell", 0, "old"), ("sell", 0, "new"), ("buy", 1, "new"), ("buy", 1, "old")]
    lines = [
        fill(4 * day + line, side, 5, 100, day, key=f"{name} {side} {day - number}")
        for day in range(1, 12)
        for line, (side, number, name) in enumerate(told)
    ][2:-2]
    bring(seat, tmp_path, [one for one in lines if one.key.startswith("old")])
    monkeypatch.setattr(booking, "CHUNK", 1)
    monkeypatch.setattr(booking, "_TRIES", 1)
    bring(seat, tmp_path, lines)
    assert [len(brought.fills(one)) for one in trades(seat)] == [4] * 10


def test_a_trade_that_is_worked_on_meanwhile_is_kept(
    seat: Seat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(seat, tmp_path, [fill(2, "buy", 10, 100, 1), fill(3, "sell", 10, 110, 2)])
    (made,) = trades(seat)
    made_id = made.id
    row = statement(seat)
    with spool(tmp_path, [fill(2, "buy", 5, 90, 0.5)]) as read:
        survey(row, seat, read, brought.silent)
        once_read(monkeypatch, lambda: plans.delete_trade(seat, db.session.get_one(Trade, made_id), NOW))
        booking.book(row, seat, read, NOW, brought.silent)
    (found,) = trades(seat)
    assert (found.quantity, db.session.get_one(Trade, made_id).deleted_at) == (D(5), NOW)


def test_what_was_deleted_since_stays_so(seat: Seat, tmp_path: Path) -> None:
    lines = [fill(2, "buy", 10, 100, 1, key="A"), fill(3, "sell", 10, 110, 2)]
    row, _ = bring(seat, tmp_path, lines)
    plans.delete_trade(seat, trades(seat)[0], NOW)
    _, counts = bring(seat, tmp_path, lines)
    assert (counts.fills_known, trades(seat)) == (2, [])
    take_out(seat, row)
    _, counts = bring(seat, tmp_path, lines)
    assert counts.fills_new == 2


def test_typed_trades_that_were_put_away_make_room(seat: Seat, tmp_path: Path) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", at(1))
    leave(seat, trade, "10", "110", at(2))
    plans.delete_trade(seat, trade, NOW)
    _, counts = bring(seat, tmp_path, [fill(2, "buy", 10, 100, 1), fill(3, "sell", 10, 110, 2)])
    assert counts.fills_new == 2


def test_a_plan_is_nobodys_fill(seat: Seat, tmp_path: Path) -> None:
    planned = plan(seat)
    before = everything()
    row, _ = bring(seat, tmp_path, [fill(2, "buy", 10, 100, 1)])
    assert sorted(one.status for one in trades(seat)) == [TradeStatus.ACTIVE, TradeStatus.PLANNING]
    assert db.session.get_one(Trade, planned.id).status is TradeStatus.PLANNING
    take_out(seat, row)
    after = everything()
    assert {name: rows for name, rows in after.items() if name != "report_totals"} == {
        name: rows for name, rows in before.items() if name != "report_totals"
    }


@pytest.mark.parametrize("told", ["schwab_transactions", "webull"])
def test_two_brokers_fills_of_one_day_are_two(seat: Seat, tmp_path: Path, told: str) -> None:
    bring(seat, tmp_path, [fill(2, "buy", 10, 100, 1, is_dated=True)])
    _, counts = bring(seat, tmp_path, [fill(2, "buy", 10, 100, 1, is_dated=True)], told)
    assert counts.fills_new == (1 if told == "webull" else 0)


def test_what_a_followed_account_held_before_is_outside_no_more(seat: Seat, tmp_path: Path) -> None:
    seat = simulated(seat, "Followed")
    account_id = seat.account.id
    db.session.add(AccountSync(account_id=account_id, first_pass_at=at(10), opened_token=1))
    db.session.add(PositionCheck(account_id=account_id, symbol="NVDA", outside=D(30), difference=D(0), passes=0))
    db.session.commit()
    lines = [fill(2, "buy", 20, 100, 1), fill(3, "sell", 5, 100, 2), fill(4, "buy", 7, 100, 11)]
    row, _ = bring(seat, tmp_path, [*lines, fill(5, "buy", 1, 2, 1, contract=option(strike=D(5)))])
    check = db.session.get_one(PositionCheck, (account_id, "NVDA"))
    assert check.outside == 15
    assert orders.ledger(account_id) == {"NVDA": D(22)}
    take_out(seat, row)
    assert check.outside == 30
