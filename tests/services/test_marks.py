from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from tests.conftest import NOW
from tests.services.recorded import day, enter, instrument, leave, mark, plan, stranger, viewer_of
from trenddojo.services.errors import FORM, Forbidden, Invalid, NotFound
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.records import MarkInput
from trenddojo.services.marks import remove_mark
from trenddojo.store.database import db
from trenddojo.store.models import Mark, TradeEvent
from trenddojo.store.seats import Seat

D = Decimal


def refusal(call: Any, *args: Any, **kwargs: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        call(*args, **kwargs)
    return caught.value.fields


def test_a_typed_price_values_the_open_position(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", day(1), fee="1")
    mark(seat, trade, "108.5")
    assert (trade.open_pnl, trade.last_price, trade.last_price_at) == (D("84.00"), D("108.5"), NOW)
    assert (trade.r, seat.account.equity) == (D("1.68"), D("100084.00"))


def test_the_latest_price_counts_whenever_it_was_typed(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", day(1))
    mark(seat, trade, "108", day(5))
    mark(seat, trade, "90", NOW, at=day(3).isoformat())
    assert trade.last_price == 108


def test_a_price_counts_in_a_trade_that_has_closed_since(seat: Seat) -> None:
    of = instrument()
    first, second = plan(seat, of), plan(seat, of)
    enter(seat, first, "10", "100", day(1))
    leave(seat, first, "10", "103", day(5))
    enter(seat, second, "10", "100", day(6))
    mark(seat, first, "90", NOW, at=day(3).isoformat())
    assert (first.realised, second.last_price) == (D("30.00"), None)
    assert "closed before that" in refusal(mark, seat, first, "90", NOW, at=day(7).isoformat())["at"]


def test_a_price_from_outside_the_trade_is_refused(seat: Seat) -> None:
    trade = plan(seat)
    assert FORM in refusal(mark, seat, trade, "100")
    enter(seat, trade, "10", "100", day(1))
    assert "began later" in refusal(mark, seat, trade, "100", at=day(0.9).isoformat())["at"]
    assert refusal(mark, seat, trade, "100", at=(NOW + timedelta(1)).isoformat()) == {"at": "This is in the future."}


def test_a_price_in_another_currency_needs_its_rate(seat: Seat) -> None:
    trade = plan(seat, instrument("SAP", currency="EUR"))
    enter(seat, trade, "10", "100", day(1), fx="1.10")
    assert refusal(mark, seat, trade, "110").keys() == {"fx"}
    mark(seat, trade, "110", fx="1.20")
    assert (trade.open_pnl, trade.last_fx) == (D("220.00"), D("1.2"))


def test_the_same_key_notes_a_price_once(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", day(1))
    assert mark(seat, trade, "101", key="double-click").id == mark(seat, trade, "101", key="double-click").id
    assert len(db.session.scalars(select(Mark)).all()) == 1


def test_a_mistyped_price_is_taken_back_and_remembered(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", day(1))
    mark(seat, trade, "101", day(2))
    row = mark(seat, trade, "1010", day(3))
    remove_mark(seat, trade, row.id, NOW)
    assert (trade.last_price, trade.open_pnl) == (101, D("10.00"))
    event = db.session.scalars(select(TradeEvent)).one()
    assert (event.kind, event.detail["before"]["price"]) == ("price_removed", "1010")


def test_what_belongs_to_others_is_not_found(seat: Seat) -> None:
    trade, other = plan(seat), plan(seat, instrument("AMD"))
    enter(seat, trade, "10", "100", day(1))
    row = mark(seat, trade, "101")
    for args in ((seat, other, row.id), (seat, trade, uuid4())):
        with pytest.raises(NotFound):
            remove_mark(*args, NOW)
    elsewhere = stranger()
    theirs = plan(elsewhere, instrument("TSLA"))
    with pytest.raises(NotFound):
        remove_mark(elsewhere, theirs, row.id, NOW)


def test_a_viewer_notes_no_price(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", day(1))
    row = mark(seat, trade, "101")
    viewer = viewer_of(seat)
    with pytest.raises(Forbidden):
        mark(viewer, trade, "100")
    with pytest.raises(Forbidden):
        remove_mark(viewer, trade, row.id, NOW)


@pytest.mark.parametrize("bad", ["", "-1", "NaN", "1e400", "9" * 10_000, "\u0661", None])
def test_bad_prices_are_refused(bad: str | None) -> None:
    assert refusal(parse, MarkInput, {"price": bad}).keys() == {"price"}
