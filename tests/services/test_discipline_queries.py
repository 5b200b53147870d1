"""What the discipline report reads, on both databases: one's own trades of the period, the last of many, skips."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from tests.conftest import NOW
from tests.services.recorded import day, instrument, stranger
from tests.services.test_discipline import closed, override, prices, report, skip
from trenddojo.domain.stop_moves import Knowledge
from trenddojo.services import plans
from trenddojo.services.discipline import cases
from trenddojo.services.errors import Invalid
from trenddojo.store.seats import Seat


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def test_all_records_of_a_trade_are_read(app: Flask, seat: Seat):
    of = instrument()
    override(seat, of)
    prices(of, 1, "100", "100", "95", "90", "90")
    got = report(seat)
    assert [one.effect.knowledge for one in got.overrides.moves] == [Knowledge.KNOWN]
    assert (got.slipped.exits.fills, len(got.drifts.trades), got.scores.unanswered) == (1, 1, 1)


def test_one_that_is_planned_again_or_skipped_elsewhere_is_none(app: Flask, seat: Seat):
    again = skip(seat, instrument(), 1)
    plans.reopen_plan(seat, again, day(2))
    skip(stranger(), instrument("AMD"), 1)
    assert report(seat).skipped.plans == ()
    plans.cancel_plan(seat, again, day(20))
    (only,) = report(seat).skipped.plans
    assert only.skipped_at == day(20)


def test_only_the_period_counts_and_only_ones_own(app: Flask, seat: Seat):
    closed(seat, "MINE", "104")
    closed(stranger(), "THEIRS", "104")
    assert report(seat).trades == 1
    assert report(seat, since=day(5).date()).trades == 0
    assert report(seat, since=day(4).date(), until=day(4).date()).trades == 1
    with pytest.raises(Invalid):
        report(seat, since=NOW.date() + timedelta(days=3))


def test_of_too_many_trades_the_last_are_read(app: Flask, seat: Seat, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cases, "MOST", 2)
    for symbol in ("ONE", "TWO", "THREE"):
        closed(seat, symbol, "104")
    got = report(seat)
    assert (got.trades, got.counted, got.is_cut) == (3, 2, True)
