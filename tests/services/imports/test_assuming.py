"""A rule for stops that is chosen after an import leaves the same books as one that was chosen before it."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.conftest import NOW
from tests.services.imports.brought import NVDA, D, at, bring, everything, fill, fills, silent, take_out, trades
from tests.services.recorded import viewer_of
from trenddojo.domain.bars import Bar
from trenddojo.domain.terms import Timeframe
from trenddojo.services import notes, plans
from trenddojo.services.bars import REAL
from trenddojo.services.errors import Forbidden
from trenddojo.services.imports import assuming
from trenddojo.services.imports.assuming import assume
from trenddojo.services.imports.stop_counts import StopCounts
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.records import NoteInput, StopInput
from trenddojo.services.price_history import keep
from trenddojo.services.stops import move_stop
from trenddojo.services.stops_had import tell_stop_had
from trenddojo.statements.lines import Contract, Said, SplitLine
from trenddojo.store import import_stops
from trenddojo.store import trades as stored
from trenddojo.store.database import db
from trenddojo.store.import_stops import Stops
from trenddojo.store.models import AuditEntry, Import, Instrument, Trade
from trenddojo.store.seats import Seat

PERCENT = {"kind": "percent", "value": "5"}
RISK = {"kind": "fixed_risk", "value": "250"}
RANGES = {"kind": "atr", "value": "2"}
TRIP = [fill(2, "buy", 10, 100, 1), fill(3, "buy", 10, 110, 2), fill(4, "sell", 20, 130, 3)]


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def choose(seat: Seat, row: Import, rule: dict[str, Any] | None) -> StopCounts:
    rest = {name: value for name, value in row.options.items() if name != "stop_rule"}
    row.options = {**rest, "stop_rule": rule} if rule else rest
    db.session.commit()
    return assume(row, seat, silent)


def history(seed: int) -> list[Said]:
    """Some months in three instruments: scale-ins, partial exits and turns, several fills a day, and a split."""
    rng = Random(seed)
    lines: list[Said] = [SplitLine(2, NVDA, at(30).date(), D(4), D(1))]
    held = dict.fromkeys(("NVDA", "AAPL", "ZM"), 0)
    for line in range(3, 40):
        symbol = rng.choice(list(held))
        side = "buy" if held[symbol] < 0 or (held[symbol] == 0 and rng.random() < 0.5) else rng.choice(("buy", "sell"))
        quantity = rng.choice((4, 8, 12))
        held[symbol] += quantity if side == "buy" else -quantity
        of = Contract(symbol, currency="USD")
        lines.append(fill(line, side, quantity, rng.randint(20, 120), line + rng.choice((0, 0.1)), contract=of))
    return lines


def bars(seat: Seat) -> None:
    """Days of every instrument that is there, each of a range of 4."""
    for of in db.session.scalars(db.select(Instrument)).all():
        midnights = [at(n).replace(hour=5, minute=0, second=0, microsecond=0) for n in range(-20, 60)]
        told = [Bar(Timeframe.DAY, on, D(50), D(52), D(48), D(50)) for on in midnights]
        keep(of, REAL, "old.csv", told, NOW, is_raw=False)
    db.session.commit()


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("rule", [PERCENT, RANGES, RISK], ids=lambda rule: rule["kind"])
def test_chosen_afterwards_it_is_as_chosen_before(
    seat: Seat, tmp_path: Path, seed: int, rule: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assuming, "CHUNK", 7)
    lines = history(seed)
    first, _ = bring(seat, tmp_path, lines)
    take_out(seat, first)
    bars(seat)
    row, _ = bring(seat, tmp_path, lines)
    plain = everything()
    counts = choose(seat, row, rule)
    afterwards = without_id(row)
    assert everything() != plain
    assert choose(seat, row, rule) == counts
    assert without_id(row) == afterwards
    assert choose(seat, row, None) == (0, 0)
    assert everything() == plain
    choose(seat, row, {"kind": "percent", "value": "9"})
    choose(seat, row, rule)
    assert without_id(row) == afterwards
    take_out(seat, row)
    again, booked = bring(seat, tmp_path, lines, stop_rule=rule)
    assert (booked.stops_assumed, booked.stops_without_bars) == counts
    assert without_id(again) == afterwards


def without_id(row: Import) -> str:
    found = everything()
    del found["splits"]  # each has a name of its own
    return repr(found).replace(repr(row.id), "its import")


def test_a_trade_that_is_made_anew_later_follows_the_rule_too(seat: Seat, tmp_path: Path) -> None:
    row, _ = bring(seat, tmp_path, TRIP)
    choose(seat, row, PERCENT)
    other, _ = bring(seat, tmp_path, [fill(2, "buy", 2, 90, 2.9)])
    (trade,) = trades(seat)
    assert [one.stop for one in fills(trade)] == [D(95), D("104.5"), D("85.5"), None]
    take_out(seat, other)
    assert trades(seat)[0].initial_risk == D(105)


def test_a_trade_with_a_note_has_a_stop_assumed_and_keeps_the_note(seat: Seat, tmp_path: Path) -> None:
    row, _ = bring(seat, tmp_path, TRIP)
    notes.add_note(seat, trades(seat)[0], parse(NoteInput, {"kind": "review", "body": "Too early."}), NOW)
    plain = everything()
    assert choose(seat, row, PERCENT).stops_assumed == 1
    (trade,) = trades(seat)
    assert (trade.initial_risk, [one.new for one in stored.stops_of(trade.id)]) == (D(105), [D(95), D("104.5")])
    choose(seat, row, None)
    assert everything() == plain


def test_a_stop_that_somebody_placed_stays(seat: Seat, tmp_path: Path) -> None:
    lines = [*TRIP, fill(5, "buy", 5, 50, 9, contract=Contract("ZM", currency="USD"))]
    row, _ = bring(seat, tmp_path, lines, stop_rule=PERCENT)
    closed, running = trades(seat)
    tell_stop_had(seat, closed, parse(StopInput, {"price": "90", "from_entry": True}))
    move_stop(seat, running, parse(StopInput, {"price": "49"}), NOW)
    before = everything()
    assert import_stops.stops_of(row.id) == Stops(assumed=0, none=0, placed=2)
    for rule in (RISK, RANGES, None):
        assert choose(seat, row, rule) == (0, 0)
        assert everything() == before


def test_a_trade_that_was_put_away_comes_back_as_the_others_are(seat: Seat, tmp_path: Path) -> None:
    row, _ = bring(seat, tmp_path, TRIP)
    (trade,) = trades(seat)
    plans.delete_trade(seat, trade, NOW)
    assert choose(seat, row, PERCENT).stops_assumed == 0
    assert import_stops.stops_of(row.id) == Stops(0, 0, 0)
    plans.restore_trade(seat, db.session.get_one(Trade, trade.id), NOW)
    assert (trades(seat)[0].initial_risk, import_stops.stops_of(row.id).assumed) == (D(105), 1)


def test_bars_that_come_after_the_file_count_once_the_rule_is_applied_again(seat: Seat, tmp_path: Path) -> None:
    row, booked = bring(seat, tmp_path, TRIP, stop_rule=RANGES)
    assert (booked.stops_assumed, booked.stops_without_bars) == (0, 1)
    bars(seat)
    assert choose(seat, row, RANGES) == (1, 0)
    assert [one.stop for one in fills(trades(seat)[0])] == [D(92), D(102), None]
    assert choose(seat, row, {"kind": "atr", "value": "30"}) == (0, 0)  # at or below zero: no bars are lacking


def test_only_the_trades_that_the_import_made_are_its(seat: Seat, tmp_path: Path) -> None:
    first, _ = bring(seat, tmp_path, TRIP[:2])
    second, _ = bring(seat, tmp_path, [TRIP[2], fill(5, "buy", 5, 50, 9)])
    assert choose(seat, second, PERCENT).stops_assumed == 1
    assert [one.initial_risk for one in trades(seat)] == [None, D("12.50")]
    assert import_stops.stops_of(first.id) == Stops(assumed=0, none=1, placed=0)


def test_the_audit_log_says_what_was_assumed(seat: Seat, tmp_path: Path) -> None:
    row, _ = bring(seat, tmp_path, TRIP)
    choose(seat, row, PERCENT)
    entry = db.session.scalars(db.select(AuditEntry).where(AuditEntry.act == "assume stops")).one()
    assert (entry.detail["trades"], entry.detail["stops"], entry.detail["statement"]) == (1, 2, str(row.id))
    assert entry.detail["rule"] == "Assumed by an import: 5% from the entry."
    choose(seat, row, PERCENT)
    assert db.session.scalars(db.select(AuditEntry).where(AuditEntry.act == "assume stops")).one() == entry


def test_taken_out_nothing_of_it_is_left(seat: Seat, tmp_path: Path) -> None:
    bring(seat, tmp_path, [fill(2, "buy", 1, 1, 1, contract=Contract("ZM", currency="USD"))])
    before = everything()
    row, _ = bring(seat, tmp_path, TRIP)
    choose(seat, row, PERCENT)
    take_out(seat, row)
    assert everything() == before


def test_whoever_only_looks_assumes_nothing(seat: Seat, tmp_path: Path) -> None:
    row, _ = bring(seat, tmp_path, TRIP)
    with pytest.raises(Forbidden):
        assume(row, viewer_of(seat), silent)
