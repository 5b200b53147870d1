"""A trade before its first fill: planned once, changed with its history, placed, cancelled, deleted and restored."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from tests.conftest import NOW, make_seat, make_user
from tests.services.exposed import bought, planned
from trenddojo.domain.terms import AssetType, NoteKind, OptionRight, TradeStatus
from trenddojo.services import plans
from trenddojo.services.errors import Conflict, Forbidden, Invalid, NotFound
from trenddojo.services.exposure import account_risk, holdings_of
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.plans import PlanChange, PlanInput
from trenddojo.store import trades
from trenddojo.store.database import db
from trenddojo.store.models import (
    ChecklistItem,
    ChecklistResponse,
    Instrument,
    Leg,
    Setup,
    Tag,
    Trade,
    TradeEvent,
    TradeNote,
    TradeStop,
    TradeTag,
    User,
)
from trenddojo.store.seats import Seat, SeatRole, seat_at

D = Decimal
PLAN: dict[str, Any] = {"symbol": "anet", "direction": "long", "entry": "100", "stop": "95", "target_1": "110"}
OPTION = {"asset_type": "option", "multiplier": "100", "expiry": "2026-12-18", "strike": "110", "right": "call"}


def plan(seat: Seat, key: UUID | None = None, **fields: Any) -> Trade:
    return plans.plan_trade(seat, parse(PlanInput, {**PLAN, **fields}, seat.zone), NOW, key or uuid4())


def refused(act: Callable[[], Any]) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        act()
    db.session.rollback()
    return refusal.value.fields


def change(seat: Seat, trade: Trade, **fields: Any) -> Trade:
    return plans.edit_plan(seat, trade, parse(PlanChange, fields, seat.zone), NOW + timedelta(hours=1))


def every(table: type[Any]) -> list[Any]:
    return list(db.session.query(table))


def item(seat: Seat, text: str, *, required: bool = True) -> ChecklistItem:
    found = ChecklistItem(account_id=seat.account.id, text=text, required=required, position=len(every(ChecklistItem)))
    db.session.add(found)
    db.session.commit()
    return found


class TestPlanning:
    def test_a_plan_is_sized_and_kept_with_all_its_records(self, seat: Seat) -> None:
        trade = plan(seat, setup="Breakout", quality="4", thesis="Base of 11 weeks.", tags="leader, base", label="A")
        assert (trade.symbol, trade.status, trade.planned_quantity) == ("ANET", TradeStatus.PLANNING, D(200))
        assert (trade.bound_by, trade.risk_percent, trade.fx) == ("risk_per_trade", None, D(1))
        assert (trade.setup, trade.setup_quality, trade.tags) == ("Breakout", 4, ["leader", "base"])
        (leg,), (stop,), (note,) = every(Leg), every(TradeStop), every(TradeNote)
        assert (leg.number, leg.stop, leg.planned_quantity) == (1, D(95), D(200))
        assert (stop.old, stop.new, stop.at) == (None, D(95), NOW)
        assert (note.kind, note.body) == (NoteKind.ENTRY, "Base of 11 weeks.")
        assert {tag.name for tag in every(Tag)} == {"leader", "base"}
        assert len(every(TradeTag)) == 2
        assert [setup.name for setup in every(Setup)] == ["Breakout"]
        (event,) = every(TradeEvent)
        assert (event.kind, event.detail["quantity"], event.detail["cap"]) == ("planned", "200", "risk_per_trade")
        assert trade.stop == D(95)

    def test_a_repeated_key_finds_the_first_trade(self, seat: Seat) -> None:
        key = uuid4()
        assert plan(seat, key).id == plan(seat, key, symbol="NVDA").id == key
        assert len(every(Trade)) == 1

    def test_somebody_elses_key_is_not_found(self, seat: Seat) -> None:
        other = make_seat(make_user("ben@example.org", "Ben Holt"), "Other")
        trade = plan(other)
        with pytest.raises(NotFound):
            plan(seat, trade.id)

    def test_a_deleted_plan_does_not_come_back_by_its_key(self, seat: Seat) -> None:
        trade = plan(seat)
        plans.delete_trade(seat, trade, NOW)
        with pytest.raises(Conflict):
            plan(seat, trade.id)

    def test_instruments_setups_and_tags_exist_once(self, seat: Seat) -> None:
        plan(seat, setup="Breakout", tags="Leader")
        again = plan(seat, setup="breakout", tags="leader, LEADER")
        assert (again.setup, again.tags) == ("Breakout", ["Leader"])
        assert (len(every(Instrument)), len(every(Setup)), len(every(Tag))) == (1, 1, 1)

    def test_an_option_keeps_its_terms(self, seat: Seat) -> None:
        instrument = trades.instrument_of(plan(seat, **OPTION))
        assert (instrument.asset_type, instrument.multiplier) == (AssetType.OPTION, D(100))
        assert (instrument.strike, instrument.right) == (D(110), OptionRight.CALL)

    @pytest.mark.parametrize("field", ["multiplier", "expiry", "strike", "right"])
    def test_an_option_needs_every_term(self, seat: Seat, field: str) -> None:
        assert refused(lambda: plan(seat, **{**OPTION, field: ""})) == {field: "This is required."}

    @pytest.mark.parametrize("field", ["expiry", "strike", "right"])
    def test_a_stock_has_none_of_them(self, seat: Seat, field: str) -> None:
        assert refused(lambda: plan(seat, **{field: OPTION[field]})).keys() == {field}

    def test_an_expired_contract_is_refused(self, seat: Seat) -> None:
        assert refused(lambda: plan(seat, **{**OPTION, "expiry": "2026-11-18"})).keys() == {"expiry"}
        assert plan(seat, **{**OPTION, "expiry": "2026-11-19"}).planned_quantity == 2

    def test_a_plan_is_not_made_in_the_future(self, seat: Seat) -> None:
        assert refused(lambda: plan(seat, planned_at="2026-11-19T14:43")).keys() == {"planned_at"}
        assert plan(seat, planned_at="2026-11-18T09:30").planned_at.isoformat() == "2026-11-18T14:30:00+00:00"

    def test_a_smaller_quantity_is_the_traders_own(self, seat: Seat) -> None:
        assert plan(seat, quantity="50").bound_by == ""
        assert plan(seat, symbol="NVDA", quantity="200").bound_by == "risk_per_trade"

    def test_a_quantity_beyond_a_limit_is_denied_with_rule_number_and_limit(self, seat: Seat) -> None:
        sentence = refused(lambda: plan(seat, quantity="201"))["quantity"]
        assert sentence == "Risk of this trade would be 1.005% of equity; your limit is 1.000%."
        assert every(Trade) == every(Instrument) == []

    def test_where_nothing_fits_the_binding_cap_says_so(self, seat: Seat) -> None:
        planned(seat, "NVDA", quantity="600", status=TradeStatus.PENDING)
        db.session.commit()
        assert refused(lambda: plan(seat))["quantity"].startswith("Nothing allowed by daily risk left.")

    def test_more_units_than_a_plan_holds_are_denied(self, seat: Seat) -> None:
        fields = {"entry": "0.000002", "stop": "0.000001", "target_1": ""}
        assert refused(lambda: plan(seat, **fields)).keys() == {"quantity"}

    def test_everything_that_is_wrong_is_said_at_once(self, seat: Seat) -> None:
        item(seat, "Weekly trend is up")
        found = refused(lambda: plan(seat, quantity="5000", planned_at="2027-01-01T10:00"))
        assert found.keys() == {"quantity", "checklist", "planned_at"}

    def test_a_viewer_may_not_plan(self, seat: Seat) -> None:
        with pytest.raises(Forbidden):
            plan(Seat(seat.user, seat.account, SeatRole.VIEWER))


class TestAtTheSameMoment:
    @pytest.fixture
    def database_url(self, both_databases: str) -> str:
        return both_databases

    def test_two_clicks_make_one_trade_and_one_tag(self, app: Flask, seat: Seat) -> None:
        key, account_id, user_id, together = uuid4(), seat.account.id, seat.user.id, Barrier(2)
        db.session.rollback()

        def click() -> UUID:
            with app.app_context():
                together.wait()
                here = seat_at(db.session.get_one(User, user_id), account_id)
                assert here is not None
                return plan(here, key, tags="leader", setup="Breakout").id

        with ThreadPoolExecutor(2) as pool:
            made = [task.result(timeout=30) for task in [pool.submit(click) for _ in range(2)]]
        assert made == [key, key]
        assert (len(every(Trade)), len(every(Tag)), len(every(Setup))) == (1, 1, 1)


class TestChecklist:
    def test_required_items_have_to_be_checked(self, seat: Seat) -> None:
        first, second = item(seat, "Weekly trend is up"), item(seat, "Base is long")
        sentence = refused(lambda: plan(seat, checklist=[str(first.id)]))["checklist"]
        assert sentence == "Required and not checked: Base is long."
        plan(seat, checklist=[str(first.id), str(second.id)])

    def test_answers_are_kept_with_the_items_words(self, seat: Seat) -> None:
        first, extra = item(seat, "Weekly trend is up"), item(seat, "Sector leads", required=False)
        trade = plan(seat, checklist=str(first.id))
        first.text = "Reworded"
        db.session.commit()
        answers = {answer.item_id: (answer.text, answer.checked) for answer in every(ChecklistResponse)}
        assert answers == {first.id: ("Weekly trend is up", True), extra.id: ("Sector leads", False)}
        assert plans.plan_of(trade, seat.account).checklist == [first.id]

    def test_another_accounts_item_is_refused(self, seat: Seat) -> None:
        other = make_seat(make_user("ben@example.org", "Ben Holt"), "Other")
        foreign = item(other, "Not yours")
        assert refused(lambda: plan(seat, checklist=[str(foreign.id)])).keys() == {"checklist"}

    def test_an_item_archived_since_may_stay_checked(self, seat: Seat) -> None:
        old = item(seat, "Old question")
        trade = plan(seat, checklist=[str(old.id)])
        old.archived_at = NOW
        db.session.commit()
        change(seat, trade, checklist=[str(old.id)], label="later")
        assert [answer.checked for answer in every(ChecklistResponse)] == [True]


class TestChanging:
    def test_only_what_is_sent_changes_and_the_history_keeps_both(self, seat: Seat) -> None:
        trade = plan(seat, thesis="First thought.", tags="leader")
        change(seat, trade, stop="98", thesis="Second thought.", tags=["base"])
        assert (trade.planned_entry, trade.planned_stop, trade.tags) == (D(100), D(98), ["base"])
        (leg,), (stop,), (note,) = every(Leg), every(TradeStop), every(TradeNote)
        assert (leg.stop, stop.new, stop.old, note.body) == (D(98), D(98), None, "Second thought.")
        edited = next(event for event in every(TradeEvent) if event.kind == "edited")
        assert edited.detail["before"] == {"stop": "95", "thesis": "First thought.", "tags": ["leader"]}
        assert edited.detail["after"] == {"stop": "98", "thesis": "Second thought.", "tags": ["base"]}

    def test_a_planned_quantity_stays_until_it_is_emptied(self, seat: Seat) -> None:
        trade = plan(seat)
        change(seat, trade, stop="96")
        assert trade.planned_quantity == 200
        change(seat, trade, quantity=None)
        assert (trade.planned_quantity, trade.bound_by) == (D(250), "risk_per_trade")

    def test_a_change_beyond_a_limit_is_denied_and_nothing_changes(self, seat: Seat) -> None:
        trade = plan(seat)
        assert refused(lambda: change(seat, trade, stop="90")).keys() == {"quantity"}
        assert trade.planned_stop == D(95)

    def test_words_change_without_asking_todays_limits(self, seat: Seat) -> None:
        trade = plan(seat)
        planned(seat, "NVDA", quantity="600", status=TradeStatus.PENDING)
        db.session.commit()
        assert change(seat, trade, label="watch").label == "watch"

    def test_wrong_sides_and_emptied_prices_are_refused(self, seat: Seat) -> None:
        trade = plan(seat)
        assert refused(lambda: change(seat, trade, stop="101")).keys() == {"stop"}
        assert refused(lambda: change(seat, trade, entry=None)) == {"entry": "This is required."}
        assert change(seat, trade, target_1=None).target_1 is None

    def test_another_currency_drops_the_old_rate(self, seat: Seat) -> None:
        trade = plan(seat, currency="EUR", fx="1.25")
        assert refused(lambda: change(seat, trade, currency="GBP")).keys() == {"fx"}
        change(seat, trade, currency="USD")
        assert trade.fx == 1

    def test_a_working_entry_is_resized_as_if_it_were_not_there(self, seat: Seat) -> None:
        trade = plans.mark_placed(seat, plan(seat), NOW)
        assert change(seat, trade, entry="101", stop="96").status is TradeStatus.PENDING

    def test_a_note_that_is_emptied_goes(self, seat: Seat) -> None:
        trade = plan(seat, thesis="First thought.")
        change(seat, trade, thesis="")
        assert plans.plan_of(trade, seat.account).thesis == ""

    def test_nothing_changed_leaves_no_event(self, seat: Seat) -> None:
        trade = plan(seat)
        change(seat, trade, entry="100.00")
        assert [event.kind for event in every(TradeEvent)] == ["planned"]

    def test_a_trade_with_fills_keeps_its_plan(self, seat: Seat) -> None:
        trade = bought(seat, "NVDA", "10", "100", stop="95")
        with pytest.raises(Conflict):
            change(seat, trade, label="late")


class TestMoves:
    def test_a_placed_entry_counts_as_working_risk(self, seat: Seat) -> None:
        trade = plan(seat)
        plans.mark_placed(seat, trade, NOW)
        assert account_risk(seat, NOW, holdings_of(seat)).working_risk == 1000
        plans.back_to_planning(seat, trade, NOW)
        assert account_risk(seat, NOW, holdings_of(seat)).working_risk == 0
        assert [event.kind for event in every(TradeEvent)] == ["planned", "placed", "unplaced"]

    def test_a_double_click_moves_once(self, seat: Seat) -> None:
        trade = plan(seat)
        plans.mark_placed(seat, trade, NOW)
        plans.mark_placed(seat, trade, NOW)
        assert len(every(TradeEvent)) == 2

    def test_a_cancelled_plan_can_be_reopened(self, seat: Seat) -> None:
        trade = plan(seat)
        assert plans.cancel_plan(seat, trade, NOW).status is TradeStatus.CANCELLED
        with pytest.raises(Conflict):
            plans.mark_placed(seat, trade, NOW)
        assert plans.reopen_plan(seat, trade, NOW).status is TradeStatus.PLANNING

    def test_an_open_trade_cannot_be_cancelled(self, seat: Seat) -> None:
        trade = bought(seat, "NVDA", "10", "100", stop="95")
        with pytest.raises(Conflict):
            plans.cancel_plan(seat, trade, NOW)

    def test_a_viewer_moves_nothing(self, seat: Seat) -> None:
        trade, viewer = plan(seat), Seat(seat.user, seat.account, SeatRole.VIEWER)
        for act in (plans.mark_placed, plans.cancel_plan, plans.delete_trade):
            with pytest.raises(Forbidden):
                act(viewer, trade, NOW)


class TestDeletion:
    def test_a_deleted_trade_leaves_the_books_and_comes_back_whole(self, seat: Seat) -> None:
        trade = bought(seat, "NVDA", "10", "100", stop="95")
        assert seat.account.open_trades == 1
        plans.delete_trade(seat, trade, NOW)
        assert seat.account.open_trades == 0
        plans.restore_trade(seat, trade, NOW)
        assert (seat.account.open_trades, trade.deleted_at) == (1, None)

    def test_it_does_not_come_back_beside_another_open_one(self, seat: Seat) -> None:
        trade = bought(seat, "NVDA", "10", "100", stop="95")
        plans.delete_trade(seat, trade, NOW)
        bought(seat, trades.instrument_of(trade), "10", "100", stop="95")
        with pytest.raises(Conflict):
            plans.restore_trade(seat, trade, NOW)
