"""Statements become trades: what is new, what is known, and what follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import NOW
from tests.services.imports.brought import (
    NVDA,
    D,
    at,
    bring,
    everything,
    fill,
    fills,
    option,
    silent,
    spool,
    statement,
    take_out,
    trades,
)
from tests.services.recorded import enter, leave, plan, viewer_of
from trenddojo.brokers.registry import ADAPTERS
from trenddojo.domain.bars import Bar
from trenddojo.domain.terms import CashKind, Direction, ExitReason, OptionRight, Timeframe, TradeStatus
from trenddojo.services import notes
from trenddojo.services.bars import REAL
from trenddojo.services.errors import Conflict, Forbidden
from trenddojo.services.imports.ground import ground_of
from trenddojo.services.imports.survey import survey
from trenddojo.services.imports.verdicts import preview, refusals
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.records import NoteInput
from trenddojo.services.price_history import keep
from trenddojo.statements import registry
from trenddojo.statements.lines import CashLine, LabelLine, Refusal, SplitLine
from trenddojo.store.database import db
from trenddojo.store.models import Instrument, TradeNote
from trenddojo.store.seats import Seat


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def test_a_round_trip_is_one_trade(seat: Seat, tmp_path: Path) -> None:
    row, counts = bring(
        seat, tmp_path, [fill(2, "buy", 10, 100, 1), fill(3, "buy", 5, 110, 2), fill(4, "sell", 15, 120, 3)]
    )
    (trade,) = trades(seat)
    assert (trade.status, trade.direction, trade.realised) == (TradeStatus.CLOSED, Direction.LONG, D("247.00"))
    assert (trade.import_id, trade.fees, trade.quantity) == (row.id, D(3), 0)
    assert (counts.fills_new, counts.trades_made, counts.symbols) == (3, 1, ("NVDA",))
    assert seat.account.equity == D("100247.00")


def test_a_fill_through_zero_closes_one_trade_and_opens_the_next(seat: Seat, tmp_path: Path) -> None:
    bring(
        seat, tmp_path, [fill(2, "buy", 10, 100, 1), fill(3, "sell", 15, 120, 2, key="X1"), fill(4, "buy", 5, 110, 3)]
    )
    first, second = trades(seat)
    assert (first.realised, second.realised) == (D("198.33"), D("48.67"))
    assert (second.direction, second.status) == (Direction.SHORT, TradeStatus.CLOSED)
    assert [one.key for one in fills(first)][1:] == ["schwab:X1"]
    assert [one.key for one in fills(second)][:1] == ["schwab:X1#1"]


def test_the_same_file_again_adds_nothing(seat: Seat, tmp_path: Path) -> None:
    lines = [fill(2, "buy", 10, 100, 1), fill(3, "buy", 10, 100, 1), fill(4, "sell", 20, 120, 3, key="X9")]
    _, first = bring(seat, tmp_path, lines)
    before = everything()
    _, again = bring(seat, tmp_path, lines)
    assert (first.fills_new, first.fills_known, again.fills_new, again.fills_known) == (3, 0, 0, 3)
    assert everything() == before


def test_identical_fills_stay_two_and_an_overlap_adds_what_is_new(seat: Seat, tmp_path: Path) -> None:
    bring(seat, tmp_path, [fill(2, "buy", 10, 100, 1)])
    _, counts = bring(
        seat, tmp_path, [fill(7, "buy", 10, 100, 1), fill(8, "buy", 10, 100, 1), fill(9, "sell", 20, 90, 2)]
    )
    assert (counts.fills_new, counts.fills_known, counts.trades_joined) == (2, 1, 1)
    (trade,) = trades(seat)
    assert trade.entered_quantity == 20
    assert trade.status is TradeStatus.CLOSED


def test_older_history_after_newer_mends_the_trades(seat: Seat, tmp_path: Path) -> None:
    newer, _ = bring(seat, tmp_path, [fill(2, "sell", 10, 120, 5), fill(3, "buy", 4, 100, 6)])
    assert trades(seat)[0].direction is Direction.SHORT
    before = everything()
    older, counts = bring(seat, tmp_path, [fill(2, "buy", 10, 90, 1)])
    first, second = trades(seat)
    assert (first.realised, first.status, second.status) == (D("298.00"), TradeStatus.CLOSED, TradeStatus.ACTIVE)
    assert (counts.trades_made, counts.trades_joined) == (1, 0)
    take_out(seat, older)
    assert everything() == before
    take_out(seat, newer)
    assert trades(seat) == []


def test_what_was_recorded_by_hand_is_the_same_fill(seat: Seat, tmp_path: Path) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100.12", at(1))
    before = everything()
    row, counts = bring(
        seat, tmp_path, [fill(2, "buy", 10, "100.1234", 1.1, key="A"), fill(3, "sell", 4, 120, 3, key="B")]
    )
    assert (counts.fills_new, counts.fills_known, counts.trades_joined) == (1, 1, 1)
    (found,) = trades(seat)
    assert found.id == trade.id
    assert found.quantity == 6
    take_out(seat, row)
    assert everything() == before


def test_what_was_recorded_as_one_is_the_executions_that_a_statement_tells(seat: Seat, tmp_path: Path) -> None:
    trade = plan(seat)
    enter(seat, trade, "100", "100.07", at(1))
    enter(seat, trade, "10", "101", at(1.1))
    before = everything()
    told = [
        fill(2, "buy", 60, "100.05", 1.01, key="A"),
        fill(3, "buy", 40, "100.10", 1.02, key="B"),
        fill(4, "buy", 10, "101", 1.1, key="C"),
        fill(5, "sell", 4, 120, 3, key="D"),
    ]
    row, counts = bring(seat, tmp_path, told)
    assert (counts.fills_new, counts.fills_known, counts.trades_joined) == (1, 3, 1)
    assert [one.quantity for one in trades(seat)] == [106]
    _, again = bring(seat, tmp_path, told)
    assert (again.fills_new, again.fills_known) == (0, 4)
    take_out(seat, row)
    assert everything() == before


@pytest.mark.parametrize(
    ("price", "quantity", "on"), [("100.09", 100, 1.0), ("100.07", 101, 1.0), ("100.07", 100, 2.0)]
)
def test_several_executions_of_another_price_quantity_or_day_are_new(
    price: str, quantity: int, on: float, seat: Seat, tmp_path: Path
) -> None:
    enter(seat, plan(seat), str(quantity), price, at(on))
    told = [fill(2, "buy", 60, "100.05", 1.01, key="A"), fill(3, "buy", 40, "100.10", 1.02, key="B")]
    _, counts = bring(seat, tmp_path, told)
    assert (counts.fills_new, counts.fills_known) == (2, 0)


def test_trades_of_people_are_never_joined_or_divided(seat: Seat, tmp_path: Path) -> None:
    first = plan(seat)
    enter(seat, first, "10", "100", at(10))
    leave(seat, first, "10", "110", at(11))
    before = everything()
    row, counts = bring(
        seat, tmp_path, [fill(2, "buy", 5, 90, 1), fill(3, "sell", 5, 95, 2), fill(4, "sell", 5, 99, 10.5)]
    )
    assert (counts.fills_new, counts.fills_refused) == (2, 1)
    take_out(seat, row)
    assert everything() == before


def test_what_an_earlier_import_brought_is_not_lost_where_a_later_one_cannot_be(seat: Seat, tmp_path: Path) -> None:
    """What is new is short before; it would put the last fill of the first trade into the second one, and divide it."""
    first = plan(seat)
    second = plan(seat, db.session.get_one(Instrument, first.instrument_id))
    for trade, quantity, days in ((first, "5", 2), (second, "10", 5)):
        enter(seat, trade, quantity, "100", at(days))
        leave(seat, trade, quantity, "101", at(days + 1))
    row, _ = bring(seat, tmp_path, [fill(2, "buy", 5, 100, 1), fill(3, "sell", 5, 110, 4)])
    before = everything()
    _, counts = bring(seat, tmp_path, [fill(2, "sell", 5, 120, 0)])
    assert (counts.fills_refused, counts.fills_new) == (1, 0)
    assert everything() == before
    assert take_out(seat, row).fills_new == 2


def test_a_trade_of_people_is_closed_and_the_next_one_is_open(seat: Seat, tmp_path: Path) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", at(1))
    bring(seat, tmp_path, [fill(2, "sell", 10, 110, 2), fill(3, "buy", 5, 120, 3)])
    closed, opened = trades(seat)
    assert (closed.id, closed.status, closed.realised) == (trade.id, TradeStatus.CLOSED, D("99.00"))
    assert (opened.status, opened.quantity) == (TradeStatus.ACTIVE, D(5))


def test_options_that_were_held_to_their_expiry_expire(seat: Seat, tmp_path: Path) -> None:
    terms = {"expiry": date(2026, 3, 20), "strike": D(150), "right": OptionRight.CALL}
    entry = fill(2, "buy", 2, "1.50", 1, contract=option(**terms))
    bring(seat, tmp_path, [entry], expire_options=True)
    (trade,) = trades(seat)
    assert (trade.status, trade.exit_reason, trade.realised) == (TradeStatus.CLOSED, ExitReason.EXPIRED, D("-301.00"))
    before = everything()
    later, _ = bring(seat, tmp_path, [replace(entry, line=9, side=fill(1, "sell", 1, 1, 1).side, at=at(2), price=D(3))])
    (trade,) = trades(seat)
    assert (trade.exit_reason, trade.realised) == (ExitReason.RECONCILED, D("298.00"))
    take_out(seat, later)
    assert everything() == before


def test_a_rule_assumes_stops_and_says_so(seat: Seat, tmp_path: Path) -> None:
    lines = [fill(2, "buy", 10, 100, 1), fill(3, "buy", 10, 80, 2), fill(4, "sell", 20, 110, 3)]
    _, counts = bring(seat, tmp_path, lines, stop_rule={"kind": "percent", "value": "5"})
    (trade,) = trades(seat)
    assert (trade.initial_risk, counts.stops_assumed) == (D(90), 1)
    assert [one.stop for one in fills(trade)] == [D(95), D(76), None]


@pytest.mark.parametrize("is_raw", [False, True])
def test_assumed_ranges_are_in_the_units_of_the_entry(seat: Seat, tmp_path: Path, *, is_raw: bool) -> None:
    """Days of a range of 4, in the shares of before a split within them, or told after it in those of today."""
    bring(
        seat,
        tmp_path,
        [fill(2, "buy", 1, 100, 0), fill(3, "sell", 1, 100, 0.1), SplitLine(4, NVDA, at(20).date(), D(4), D(1))],
    )
    of = db.session.scalars(select(Instrument)).one()
    midnights = [at(n).replace(hour=5, minute=0, second=0, microsecond=0) for n in range(1, 30)]
    factors = [D(4) if is_raw and on.date() < at(20).date() else D(1) for on in midnights]
    told = [
        Bar(Timeframe.DAY, on, *(factor * one for one in (D(25), D(26), D(25), D(25))))
        for on, factor in zip(midnights, factors, strict=True)
    ]
    keep(of, REAL, "old.csv", told, NOW, is_raw=is_raw)
    db.session.commit()
    lines = [fill(5, "buy", 10, 100, 18), fill(6, "sell", 10, 110, 19), fill(7, "buy", 10, 25, 28)]
    _, counts = bring(seat, tmp_path, lines, stop_rule={"kind": "atr", "value": "2"})
    assert counts.stops_assumed == 2
    assert [one.stop for trade in trades(seat)[1:] for one in fills(trade)] == [D(92), None, D(23)]


def test_lines_that_cannot_be_booked_are_refused(seat: Seat, tmp_path: Path) -> None:
    bad = [
        fill(2, "buy", 0, 100, 1),
        fill(3, "buy", 1, -1, 1),
        fill(4, "buy", 1, 1, 900),
        fill(5, "buy", D(10) ** 13, 1, 1),
        replace(fill(6, "buy", 1, 1, 1), contract=replace(option(), currency="JPY", symbol="7203")),
    ]
    _, counts = bring(seat, tmp_path, bad)
    assert (counts.fills_refused, counts.fills_new) == (5, 0)
    assert trades(seat) == []


def test_a_split_of_the_file_counts_for_its_fills(seat: Seat, tmp_path: Path) -> None:
    before = everything()
    lines = [
        fill(2, "buy", 10, 100, 1),
        SplitLine(3, NVDA, at(10).date(), D(4), D(1)),
        fill(4, "sell", 40, 30, 20),
        fill(5, "buy", 1, 30, 21),
    ]
    rule = {"kind": "percent", "value": "10"}
    row, counts = bring(seat, tmp_path, lines, stop_rule=rule)
    first, second = trades(seat)
    assert (first.status, first.realised, first.initial_risk) == (TradeStatus.CLOSED, D(198), D(100))
    assert (second.status, counts.splits_new, counts.trades_made) == (TradeStatus.ACTIVE, 1, 2)
    again, _ = bring(seat, tmp_path, lines, stop_rule=rule)
    assert len(trades(seat)) == 2
    take_out(seat, again)
    assert len(trades(seat)) == 2
    take_out(seat, row)
    assert _without_splits(everything()) == _without_splits(before)


def _without_splits(found: dict[str, Any]) -> dict[str, Any]:
    """Once an account had a split, it asks for splits."""
    return {name: rows for name, rows in found.items() if name not in ("accounts", "report_totals")}


def test_a_journals_words_go_to_the_trades_of_its_fills_and_with_their_import(seat: Seat, tmp_path: Path) -> None:
    lines = [fill(2, "buy", 10, 100, 1), fill(3, "sell", 10, 110, 2)]
    bring(seat, tmp_path, lines)
    before = everything()
    words = [*lines, LabelLine(2, "Broke out of the base.", ("breakout", "leader"))]
    row, counts = bring(seat, tmp_path, words, "tradervue")
    (trade,) = trades(seat)
    assert (counts.labels, counts.fills_known, trade.tags) == (1, 2, ["breakout", "leader"])
    assert [one.body for one in db.session.scalars(select(TradeNote))] == ["Broke out of the base."]
    older, _ = bring(seat, tmp_path, [fill(2, "buy", 1, 90, 0.5)])
    assert trades(seat)[0].tags == ["breakout", "leader"]
    take_out(seat, older)
    take_out(seat, row)
    assert everything() == before


def test_what_people_wrote_since_is_not_lost(seat: Seat, tmp_path: Path) -> None:
    row, _ = bring(seat, tmp_path, [fill(2, "buy", 10, 100, 1), fill(3, "sell", 10, 110, 2), fill(4, "buy", 1, 1, 9)])
    trade = trades(seat)[0]
    note = notes.add_note(seat, trade, parse(NoteInput, {"kind": "review", "body": "Too early."}), NOW)
    before = everything()
    with pytest.raises(Conflict, match="has a note"):
        take_out(seat, row)
    assert everything() == before
    notes.delete_note(seat, trade, note.id, NOW)
    with pytest.raises(Conflict):
        take_out(seat, row)


def test_cash_comes_once_and_goes_with_its_import(seat: Seat, tmp_path: Path) -> None:
    day = at(0).date()
    bring(seat, tmp_path, [])
    before = everything()
    lines = [
        CashLine(2, day, CashKind.DEPOSIT, D(500), "USD", "Wire"),
        CashLine(3, day, CashKind.DEPOSIT, D(500), "USD", "Wire"),
        CashLine(4, day, CashKind.DIVIDEND, D("1.25"), "USD", "NVDA", key="D1"),
        CashLine(5, date(2020, 1, 1), CashKind.DEPOSIT, D(5), "USD", ""),
    ]
    row, counts = bring(seat, tmp_path, lines)
    assert (counts.cash_new, counts.cash_known, seat.account.balance) == (4, 0, D("101006.25"))
    _, again = bring(seat, tmp_path, lines)
    assert (again.cash_new, again.cash_known, seat.account.balance) == (0, 4, D("101006.25"))
    take_out(seat, row)
    assert everything() == before


def test_an_account_of_several_in_a_file_is_the_one_that_was_named(seat: Seat, tmp_path: Path) -> None:
    lines = [fill(2, "buy", 1, 100, 1, account="A"), fill(3, "buy", 1, 100, 1, account="B")]
    _, counts = bring(seat, tmp_path, lines, account="B")
    assert (counts.fills_new, counts.lines_skipped) == (1, 1)


def test_somebody_who_may_only_look_brings_nothing(seat: Seat, tmp_path: Path) -> None:
    viewer = viewer_of(seat)
    with pytest.raises(Forbidden):
        bring(viewer, tmp_path, [fill(2, "buy", 1, 100, 1)])


def test_the_preview_tells_every_line(seat: Seat, tmp_path: Path) -> None:
    row = statement(seat)
    refusal = Refusal(3, "No date.", "x;y")
    with spool(tmp_path, [fill(4, "buy", 0, 100, 1), fill(2, "buy", 1, 100, 1), refusal]) as read:
        survey(row, seat, read, silent)
        assert [(one.said.line, one.verdict) for one in preview(read, 10, 0)] == [(2, "new"), (4, "refused")]
        assert [one.line for one in refusals(read)] == [3, 4]
    assert trades(seat) == []


@pytest.mark.parametrize("family", ["interactive_brokers", "schwab"])
def test_a_brokers_statement_names_fills_as_its_connection_does(seat: Seat, tmp_path: Path, family: str) -> None:
    assert family in ADAPTERS
    found = next(one for one in registry.FORMATS if one.family == family)
    row = statement(seat, found.name)
    assert ground_of(row, seat, NOW).key("0000e0d5.1") == f"{family}:0000e0d5.1"
    assert replace(ground_of(row, seat, NOW), broker=family).key("0000e0d5.1") == "0000e0d5.1"
