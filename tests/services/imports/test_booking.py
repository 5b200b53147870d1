"""Statements become trades: what is new, what is known, and what follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.conftest import NOW
from tests.services.imports.brought import D, at, bring, everything, fill, fills, option, take_out, trades
from tests.services.recorded import enter, leave, plan
from trenddojo.domain.terms import Direction, ExitReason, OptionRight, TradeStatus
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
    assert trade.entered_quantity == 20 and trade.status is TradeStatus.CLOSED


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
    trade.instrument_id = trade.instrument_id
    enter(seat, trade, "10", "100.12", at(1))
    before = everything()
    row, counts = bring(
        seat, tmp_path, [fill(2, "buy", 10, "100.1234", 1.1, key="A"), fill(3, "sell", 4, 120, 3, key="B")]
    )
    assert (counts.fills_new, counts.fills_known, counts.trades_joined) == (1, 1, 1)
    (found,) = trades(seat)
    assert found.id == trade.id and found.quantity == 6
    take_out(seat, row)
    assert everything() == before


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
    assert NOW
