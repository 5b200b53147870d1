from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.agreement.loading import written
from tests.agreement.worlds import random_world
from tests.conftest import NOW, Clock
from tests.services.recorded import (
    D,
    add,
    books,
    correct,
    day,
    enter,
    instrument,
    leave,
    mark,
    move,
    plan,
    stranger,
    viewer_of,
)
from trenddojo.domain.terms import AssetType, SplitSource
from trenddojo.domain.zones import day_begins
from trenddojo.services import fills, splits
from trenddojo.services.courses import course_of
from trenddojo.services.errors import Conflict, Forbidden, Invalid, NotFound
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.splits import FractionInput, SplitInput
from trenddojo.services.rebuild import rebuild
from trenddojo.services.split_fractions import pay_fraction
from trenddojo.services.timeline import Changed, story_of
from trenddojo.store import trades
from trenddojo.store.database import db
from trenddojo.store.models import (
    AccountDay,
    Instrument,
    Leg,
    ReportDay,
    ReportTotal,
    StockSplit,
    Trade,
    TradeDayRow,
    TradeStop,
)
from trenddojo.store.seats import Seat

ON = day(10).date()
"""The first day at the new quantity; trades of these tests begin before it."""


def told(on: date = ON, numerator: int = 4, denominator: int = 1, **more: Any) -> SplitInput:
    return parse(
        SplitInput, {"on": on.isoformat(), "numerator": str(numerator), "denominator": str(denominator), **more}
    )


def record(seat: Seat, of: Trade, entered: SplitInput | None = None) -> StockSplit:
    return splits.record_split(seat, trades.instrument_of(of), entered or told(), NOW)


def bring(seat: Seat, of: Trade, key: str = "flex:1", numerator: int = 4, denominator: int = 1) -> StockSplit:
    found = splits.bring(seat, trades.instrument_of(of), ON, numerator, denominator, key=key, now=NOW)
    db.session.commit()
    return found


def held(seat: Seat) -> Trade:
    """12 shares at 200 with a stop at 180 and a target at 260; a third sold at 230, and a price of 240."""
    trade = plan(seat, entry="200", stop="180", quantity="12", target_1=D(260))
    enter(seat, trade, "12", "200", day(1))
    leave(seat, trade, "4", "230", day(5))
    mark(seat, trade, "240", at=day(6).isoformat())
    return trade


_MONEY = ("realised", "open_pnl", "pnl", "pnl_percent", "initial_risk", "fees", "position_value", "stop_outcome", "r")


def money(trade: Trade) -> dict[str, Any]:
    return {name: getattr(trade, name) for name in _MONEY}


# --- What it does to a trade ---


def test_units_change_and_no_money(seat: Seat) -> None:
    trade = held(seat)
    before, equity = money(trade), seat.account.equity
    record(seat, trade)
    assert money(trade) == before
    assert seat.account.equity == equity
    assert (trade.quantity, trade.entered_quantity, trade.average_entry, trade.average_exit) == (
        D(32), D(48), D(50), D("57.5")
    )  # fmt: skip
    assert (trade.stop, trade.target_1, trade.last_price) == (D(45), D(65), D(60))
    assert (trade.planned_entry, trade.planned_stop, trade.planned_quantity) == (D(50), D(45), D(48))
    assert (books(seat, trade).legs[0].planned_entry, books(seat, trade).legs[0].stop) == (D(50), D(45))


def test_what_was_told_stays_as_it_was_told(seat: Seat) -> None:
    trade = held(seat)
    record(seat, trade)
    assert [(row.quantity, row.price) for row in trades.executions_of(trade.id)] == [(D(12), D(200)), (D(4), D(230))]
    assert [(row.old, row.new, row.reason) for row in trades.stops_of(trade.id)] == [
        (None, D(180), ""), (D(180), D(45), "4-for-1 split")
    ]  # fmt: skip
    (event,) = [item for item in story_of(books(seat, trade)).items if isinstance(item, Changed)]
    assert (event.kind, event.detail["name"], event.detail["before"]["target_1"]) == ("split", "4-for-1 split", "260")


def test_the_trade_goes_on_in_the_new_units(seat: Seat) -> None:
    trade = held(seat)
    record(seat, trade)
    assert not move(seat, trade, "48").is_override
    add(seat, trade, "60", "50", "10")
    enter(seat, trade, "10", "60", leg="2")
    with pytest.raises(Invalid, match="At most 42") as refused:
        leave(seat, trade, "43", "62")
    assert set(refused.value.fields) == {"quantity"}
    leave(seat, trade, "42", "62")
    assert trade.closed_at is not None
    assert trade.realised == D("120.00") + D(32 * 12) + D(20)
    assert trade.initial_risk == D("240.00") + D("100.00")


def test_a_fill_from_before_it_is_told_in_the_units_of_its_day(seat: Seat) -> None:
    trade = held(seat)
    record(seat, trade)
    with pytest.raises(Invalid, match="At most 8"):
        leave(seat, trade, "9", "235", day(7))
    row = leave(seat, trade, "2", "235", day(7))
    assert (row.quantity, trade.quantity, trade.realised) == (D(2), D(24), D("190.00"))
    correct(seat, trade, row, quantity="1")
    assert (trade.quantity, trade.realised) == (D(28), D("155.00"))
    fills.delete_fill(seat, trade, row.id, NOW)
    assert trade.quantity == D(32)
    first = next(row for row in trades.executions_of(trade.id) if row.stop is not None)
    assert first.stop == D(180), "an entry froze its risk at the stop of its day"


def test_a_split_that_is_told_late_meets_what_was_recorded_since(seat: Seat) -> None:
    trade = held(seat)
    override = move(seat, trade, "48", reason="It was split four for one.")
    assert override.is_override, "48 is below 180"
    record(seat, trade)
    rows = [(row.old, row.new, row.is_override) for row in trades.stops_of(trade.id)]
    assert rows == [(None, D(180), False), (D(180), D(45), False), (D(45), D(48), False)]
    assert trade.stop == D(48)
    assert trade.stop_outcome == D("-64.00")


def test_without_it_everything_is_as_it_was(seat: Seat) -> None:
    trade = held(seat)
    before = kept(seat)
    row = record(seat, trade)
    after = kept(seat)
    assert after != before
    splits.delete_split(seat, row.id, NOW)
    assert kept(seat) == before
    assert splits.delete_split(seat, row.id, NOW) is row, "once more changes nothing"
    splits.restore_split(seat, row.id, NOW)
    assert kept(seat) == after
    assert splits.listed(seat) == [(row, trades.instrument_of(trade))]


def test_what_was_moved_since_is_kept_in_the_old_units_without_it(seat: Seat) -> None:
    trade = held(seat)
    row = record(seat, trade)
    move(seat, trade, "48")
    splits.delete_split(seat, row.id, NOW)
    told_stops = [(one.old, one.new, one.is_override) for one in trades.stops_of(trade.id)]
    assert told_stops == [(None, D(180), False), (D(180), D(48), True)], "48 was typed, and is kept as it was typed"


def test_deleting_is_refused_where_fills_need_it(seat: Seat) -> None:
    trade = held(seat)
    row = record(seat, trade)
    leave(seat, trade, "20", "62")
    with pytest.raises(Invalid, match=r"the exit of 20 on .* would be larger than the 8 held"):
        splits.delete_split(seat, row.id, NOW)
    db.session.rollback()
    assert splits.listed(seat)


def test_splits_one_after_the_other_in_any_order(seat: Seat) -> None:
    trade = held(seat)
    before = kept(seat)
    second = record(seat, trade, told(day(20).date(), 3, 1))
    first = record(seat, trade, told(day(10).date(), 2, 1))
    assert (trade.quantity, trade.stop, trade.target_1) == (D(48), D(30), D("43.333333"))
    assert [row.new for row in trades.stops_of(trade.id)] == [D(180), D(90), D(30)]
    both = kept(seat)
    splits.delete_split(seat, first.id, NOW)
    assert (trade.quantity, trade.stop, trade.target_1) == (D(24), D(60), D("86.666667"))
    assert [row.new for row in trades.stops_of(trade.id)] == [D(180), D(60)]
    splits.restore_split(seat, first.id, NOW)
    assert kept(seat) == both
    for row in (first, second):
        splits.delete_split(seat, row.id, NOW)
    assert kept(seat) == before


def test_a_plan_that_was_noted_late_is_from_before_its_fills(seat: Seat) -> None:
    """History is recorded in hindsight: plan and stop of now, and a fill of before the split, all in its units."""
    trade = plan(seat, entry="200", stop="180", quantity="12")
    (leg,), (stop,) = trades.legs_of(trade.id), trades.stops_of(trade.id)
    trade.planned_at = leg.created_at = stop.at = NOW
    enter(seat, trade, "12", "200", day(1))
    before = money(trade)
    record(seat, trade)
    assert money(trade) == before
    assert (trade.stop, trade.planned_entry, trade.planned_quantity) == (D(45), D(50), D(48))
    assert [change.price for change in course_of(books(seat, trade), trades.stops_of(trade.id)).changes] == [D(45)]
    later = enter(seat, trade, "10", "52", day(20), leg="1")
    assert later.stop == D(45), "its first stop, in the units of this fill"
    add(seat, trade, "60", "50", "10")
    assert trades.legs_of(trade.id)[1].stop == D(50), "an add that is planned after it is of its own units"


def test_only_trades_that_ran_across_it_change(seat: Seat) -> None:
    of = instrument()
    early, late = plan(seat, of), plan(seat, of)
    enter(seat, early, "10", "100", day(1))
    leave(seat, early, "10", "110", day(2))
    enter(seat, late, "40", "27", day(12))
    waiting = plan(seat, of)
    before = {row.id: kept_of(row) for row in (early, late, waiting)}
    record(seat, early)
    assert {row.id: kept_of(row) for row in (early, late, waiting)} == before


def test_another_account_has_its_own(seat: Seat) -> None:
    other, of = stranger(), instrument()
    ours, theirs = plan(seat, of), plan(other, of)
    enter(seat, ours, "10", "100", day(1))
    enter(other, theirs, "10", "100", day(1))
    row = record(seat, ours)
    assert (ours.quantity, theirs.quantity) == (D(40), D(10))
    for act in (splits.delete_split, splits.restore_split):
        with pytest.raises(NotFound):
            act(other, row.id, NOW)
    assert splits.listed(other) == []


def test_a_fraction_that_the_broker_pays_leaves_at_its_price(seat: Seat) -> None:
    trade = plan(seat, entry="20", stop="18", quantity="100")
    enter(seat, trade, "100", "20", day(1))
    record(seat, trade, told(numerator=1, denominator=3))
    assert trade.quantity == D("33.333333333")
    leave(seat, trade, "0.333333333", "59.97", day(11))
    leave(seat, trade, "33", "60", day(12))
    assert (trade.closed_at, trade.realised, trade.initial_risk) == (day(12), D("-0.01"), D("200.00"))


def test_what_is_paid_for_a_fraction_is_the_account_s_to_the_cent(seat: Seat) -> None:
    trade = plan(seat, instrument(currency="EUR"), "short", entry="20", stop="22", quantity="100")
    enter(seat, trade, "100", "20", day(1), fx="1.1")
    record(seat, trade, told(numerator=1, denominator=3))
    with pytest.raises(Invalid) as refused:
        pay_fraction(seat, trade, parse(FractionInput, {"amount": "10"}), NOW)
    assert set(refused.value.fields) == {"fx"}
    fill = pay_fraction(seat, trade, parse(FractionInput, {"amount": "19.99", "fx": "1.1"}), NOW)
    assert (fill.at, trade.quantity, trade.realised) == (day_begins(ON, "EUR"), D(33), D("0.01"))
    with pytest.raises(Conflict):
        pay_fraction(seat, trade, parse(FractionInput, {"amount": "19.99", "fx": "1.1"}), NOW)
    other = plan(seat, instrument("ANET"))
    enter(seat, other, "1.5", "100", day(1))
    with pytest.raises(Conflict):
        pay_fraction(seat, other, parse(FractionInput, {"amount": "50"}), NOW)


# --- Whose it is, and once ---


def test_it_is_recorded_once(seat: Seat) -> None:
    trade = held(seat)
    first = record(seat, trade, told(key="one-form"))
    assert record(seat, trade, told(key="one-form")) is first
    with pytest.raises(Invalid, match="4-for-1 split is recorded on that day") as refused:
        record(seat, trade, told(key="another-form"))
    assert set(refused.value.fields) == {"on"}
    assert trade.quantity == D(32)


def test_an_import_brings_it_once(seat: Seat) -> None:
    trade = held(seat)
    row = bring(seat, trade)
    assert bring(seat, trade) is row
    assert (row.source, row.key, trade.quantity) == (SplitSource.IMPORT, "flex:1", D(32))
    assert bring(seat, trade, "csv:7", 8, 2) is row, "the same split of another file"
    with pytest.raises(Invalid, match="recorded on that day"):
        bring(seat, trade, "csv:8", 2, 1)
    splits.delete_split(seat, row.id, NOW)
    assert bring(seat, trade) is row
    assert (row.deleted_at, trade.quantity) == (NOW, D(8)), "what a person deleted stays so"


def test_an_import_finds_what_was_typed(seat: Seat) -> None:
    trade = held(seat)
    typed = record(seat, trade)
    assert bring(seat, trade) is typed
    assert (typed.source, typed.key) == (SplitSource.TYPED, "flex:1")


def test_what_makes_no_sense_is_refused(seat: Seat) -> None:
    trade = held(seat)
    for on, numerator, denominator, field in (
        (NOW.date() + timedelta(days=2), 4, 1, "on"), (ON, 1, 1, "numerator"), (ON, 0, 1, "numerator"),
        (ON, 1, 1001, "denominator"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            record(seat, trade, told(on, numerator, denominator))
        assert set(refused.value.fields) == {field}
    with pytest.raises(Forbidden):
        record(viewer_of(seat), trade)
    option = plan(seat, instrument("NVDA 261218C00200000", asset_type=AssetType.OPTION))
    with pytest.raises(Invalid, match="contract"):
        record(seat, option)


def test_restoring_finds_the_day_taken(seat: Seat) -> None:
    trade = held(seat)
    row = record(seat, trade)
    splits.delete_split(seat, row.id, NOW)
    record(seat, trade, told(numerator=2))
    with pytest.raises(Invalid, match="2-for-1 split was recorded on that day since"):
        splits.restore_split(seat, row.id, NOW)


# --- Every figure of random accounts ---


def kept_of(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in type(row).__table__.columns}


def kept(seat: Seat) -> dict[str, Any]:
    """All that is kept of an account's trades and days and follows from them, in order."""
    db.session.expire_all()
    own = select(Trade.id).where(Trade.account_id == seat.account.id)
    found: dict[str, Any] = {"account": (seat.account.balance, seat.account.equity, seat.account.open_trades)}
    for model in (Trade, AccountDay, ReportDay, ReportTotal):
        rows = db.session.scalars(select(model).where(model.account_id == seat.account.id))
        found[model.__tablename__] = sorted((kept_of(row) for row in rows), key=repr)
    for part in (Leg, TradeStop, TradeDayRow):
        rows = db.session.scalars(select(part).where(part.trade_id.in_(own)))
        found[part.__tablename__] = sorted((kept_of(row) for row in rows), key=repr)
    return found


def _money_of(found: dict[str, Any]) -> dict[str, Any]:
    """What a split must leave alone: all but trades in their units, legs and stops, and what is estimated of a stop."""
    alone = ("account", "account_days", "report_days", "report_totals", "trade_days")
    rows = {row["id"]: {name: row[name] for name in (*_MONEY, "closed_on")} for row in found["trades"]}
    for row in rows.values():
        row["stop_outcome"] = None  # its price has 6 places
    return {"trades": rows, **{name: found[name] for name in alone}}


@pytest.mark.parametrize("ratio", [(2, 1), (3, 1), (1, 10), (7, 3)])
@pytest.mark.parametrize("seed", range(7100, 7108))
def test_no_figure_moves_when_every_instrument_is_split(
    app: Flask, clock: Clock, seed: int, ratio: tuple[int, int]
) -> None:
    world = random_world(seed)
    clock.now = world.now
    seat = written(world)
    before = kept(seat)
    now = world.now + timedelta(days=9)
    on = now.date() - timedelta(days=2)
    entered = told(on, *ratio)
    made = [
        splits.record_split(seat, of, entered, now)
        for of in db.session.scalars(select(Instrument).order_by(Instrument.symbol))
        if of.asset_type is AssetType.STOCK
    ]
    after = kept(seat)
    assert _money_of(after) == _money_of(before)
    assert rebuild()
    assert kept(seat) == after, "what is kept is what the records say"
    for row in made:
        splits.delete_split(seat, row.id, now)
    assert kept(seat) == before


class TestOnBothDatabases:
    @pytest.fixture
    def database_url(self, both_databases: str) -> str:
        return both_databases

    def test_a_split_comes_goes_and_comes_again(self, seat: Seat) -> None:
        trade = held(seat)
        before = kept(seat)
        row = bring(seat, trade)
        after = kept(seat)
        assert db.session.get_one(Trade, trade.id).quantity == D(32)
        splits.delete_split(seat, row.id, NOW)
        assert kept(seat) == before
        again = record(seat, trade)
        assert again is not row, "the day is free"
        splits.delete_split(seat, again.id, NOW)
        splits.restore_split(seat, row.id, NOW)
        assert kept(seat) == after
