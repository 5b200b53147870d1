from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.conftest import NOW
from tests.services.recorded import add, day, enter, instrument, leave, plan, viewer_of
from trenddojo.services import fills, legs
from trenddojo.services.errors import Conflict, Forbidden, Invalid, NotFound
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.records import LegInput
from trenddojo.store import trades
from trenddojo.store.database import db
from trenddojo.store.models import TradeEvent
from trenddojo.store.seats import Seat

D = Decimal


def test_an_add_has_its_own_plan_and_stop(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", day(1))
    leg = add(seat, trade, "110", "104", "5", day(2))
    assert (leg.number, leg.planned_entry, leg.planned_quantity, leg.stop) == (2, 110, 5, 104)
    assert [(row.leg, row.old, row.new) for row in trades.stops_of(trade.id)] == [(1, None, 95), (2, None, 104)]
    assert (trade.initial_risk, trade.quantity) == (D("50.00"), 10)
    enter(seat, trade, "5", "110", day(3))
    assert trade.initial_risk == D("80.00")


def test_an_add_may_lie_above_every_limit_of_the_account(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", day(1))
    assert add(seat, trade, "110", "10", "5000").planned_quantity == 5000


def test_the_stop_of_an_add_is_on_its_losing_side(seat: Seat) -> None:
    long, short = plan(seat), plan(seat, instrument("AMD"), "short", stop="105")
    enter(seat, long, "10", "100", day(1))
    enter(seat, short, "10", "100", day(1))
    for trade, stop in ((long, "111"), (long, "110"), (short, "109")):
        with pytest.raises(Invalid) as caught:
            add(seat, trade, "110", stop, "5")
        assert caught.value.fields.keys() == {"stop"}


def test_only_an_open_trade_is_added_to(seat: Seat) -> None:
    trade = plan(seat)
    with pytest.raises(Conflict):
        add(seat, trade, "110", "104", "5")
    enter(seat, trade, "10", "100", day(1))
    leave(seat, trade, "10", "100", day(2))
    with pytest.raises(Conflict):
        add(seat, trade, "110", "104", "5")


def test_the_same_key_adds_once(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", day(1))
    first = add(seat, trade, "110", "104", "5", key="double-click")
    assert add(seat, trade, "110", "104", "5", key="double-click").id == first.id
    assert len(trades.legs_of(trade.id)) == 2


def test_an_unfilled_add_is_removed_and_remembered(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", day(1))
    add(seat, trade, "110", "104", "5", day(2))
    legs.remove_leg(seat, trade, 2, NOW)
    assert [leg.number for leg in trades.legs_of(trade.id)] == [1]
    assert [row.leg for row in trades.stops_of(trade.id)] == [1]
    event = db.session.scalars(select(TradeEvent)).one()
    assert (event.kind, event.detail["before"]) == (
        "leg_removed",
        {"planned_entry": "110", "planned_quantity": "5", "stop": "104"},
    )


def test_a_leg_that_was_ever_filled_stays(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", day(1))
    add(seat, trade, "110", "104", "5", day(2))
    fill = enter(seat, trade, "5", "110", day(3))
    fills.delete_fill(seat, trade, fill.id, NOW)
    for number in (1, 2):
        with pytest.raises(Conflict):
            legs.remove_leg(seat, trade, number, NOW)
    with pytest.raises(NotFound):
        legs.remove_leg(seat, trade, 3, NOW)


def test_a_viewer_adds_and_removes_nothing(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", day(1))
    viewer = viewer_of(seat)
    with pytest.raises(Forbidden):
        add(viewer, trade, "110", "104", "5")
    with pytest.raises(Forbidden):
        legs.remove_leg(viewer, trade, 1, NOW)


@pytest.mark.parametrize("field", ["entry", "stop", "quantity"])
@pytest.mark.parametrize("bad", ["", "0", "-1", "NaN", "1e400", "9" * 10_000, "\u0661", None])
def test_bad_amounts_are_refused_by_their_field(field: str, bad: str | None) -> None:
    with pytest.raises(Invalid) as caught:
        parse(LegInput, {"entry": "110", "stop": "104", "quantity": "5", field: bad})
    assert caught.value.fields.keys() == {field}
