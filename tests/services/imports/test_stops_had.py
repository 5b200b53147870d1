"""The stop that a closed trade had is told in place of the one that an import assumed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOW
from tests.services.imports.brought import NVDA, D, at, bring, fill, fills, take_out, trades
from tests.services.recorded import enter, leave, plan, viewer_of
from trenddojo.services.errors import Conflict, Forbidden, Invalid
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.records import StopInput
from trenddojo.services.stops_had import tell_stop_had
from trenddojo.statements.lines import Said, SplitLine
from trenddojo.store import trades as stored
from trenddojo.store.models import Trade
from trenddojo.store.seats import Seat

RULE = {"kind": "percent", "value": "5"}
TRIP = [fill(2, "buy", 10, 100, 1), fill(3, "buy", 10, 110, 2), fill(4, "sell", 20, 130, 3)]


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def had(seat: Seat, trade: Trade, price: str, **more: Any) -> None:
    tell_stop_had(seat, trade, parse(StopInput, {"price": price, "from_entry": True, **more}))


def test_it_takes_the_place_of_what_was_assumed(seat: Seat, tmp_path: Path) -> None:
    row, _ = bring(seat, tmp_path, TRIP, stop_rule=RULE)
    (trade,) = trades(seat)
    had(seat, trade, "90")
    (stop,) = stored.stops_of(trade.id)
    assert (stop.at, stop.old, stop.new, stop.is_assumed) == (at(1), None, D(90), False)
    assert [one.stop for one in fills(trade)] == [D(90), D(90), None]
    assert (trade.stop, trade.initial_risk, trade.r) == (D(90), D(300), D("1.656666667"))
    had(seat, trade, "95")
    assert ([one.new for one in stored.stops_of(trade.id)], trade.initial_risk) == ([D(95)], D(200))
    with pytest.raises(Conflict, match="has a stop"):
        take_out(seat, row)


def test_where_none_was_assumed_it_is_told_too(seat: Seat, tmp_path: Path) -> None:
    bring(seat, tmp_path, TRIP)
    (trade,) = trades(seat)
    had(seat, trade, "90")
    assert trade.initial_risk == D(300)


def test_it_follows_the_splits_that_the_trade_lived_through(seat: Seat, tmp_path: Path) -> None:
    split = SplitLine(3, NVDA, at(10).date(), D(4), D(1))
    told: list[Said] = [fill(2, "buy", 10, 100, 1), split, fill(4, "buy", 40, 30, 20), fill(5, "sell", 80, 40, 30)]
    bring(seat, tmp_path, told, stop_rule=RULE)
    (trade,) = trades(seat)
    for price, quarter in (("88", "22"), ("80", "20")):
        had(seat, trade, price)
        assert [one.stop for one in fills(trade)] == [D(price), D(quarter), None]
        assert trade.stop == D(quarter)
        assert not any(one.is_assumed for one in stored.stops_of(trade.id))


def test_what_makes_no_sense_is_refused(seat: Seat, tmp_path: Path) -> None:
    bring(seat, tmp_path, TRIP, stop_rule=RULE)
    (trade,) = trades(seat)
    with pytest.raises(Invalid, match="below its entry of 100"):
        had(seat, trade, "100")
    with pytest.raises(Invalid, match="from the entry on"):
        had(seat, trade, "90", leg=1)
    with pytest.raises(Forbidden):
        had(viewer_of(seat), trade, "90")
    assert [one.is_assumed for one in stored.stops_of(trade.id)] == [True, True]


def test_a_stop_that_somebody_placed_stays(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", at(1))
    with pytest.raises(Conflict):
        had(seat, trade, "90")
    leave(seat, trade, "10", "110", NOW)
    with pytest.raises(Conflict):
        had(seat, trade, "90")
