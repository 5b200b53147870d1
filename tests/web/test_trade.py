from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.conftest import NOW, Clock, sign_in
from tests.services.recorded import add, day, enter, instrument, leave, mark, move, plan, stranger, viewer_of
from trenddojo.domain.bars import Bar
from trenddojo.domain.terms import AssetType, Timeframe, TradeStatus
from trenddojo.services import notes, price_history, splits
from trenddojo.services.bars import REAL
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.records import NoteInput
from trenddojo.services.inputs.splits import SplitInput
from trenddojo.store import timeline, trades
from trenddojo.store.areas import Area
from trenddojo.store.database import db
from trenddojo.store.models import AuditEntry, Instrument, Trade
from trenddojo.store.seats import Seat

D = Decimal
HTMX = {"HX-Request": "true"}
ENTRY = {"kind": "entry", "quantity": "10", "price": "100", "key": "first-entry"}
EXIT = {"kind": "exit", "quantity": "4", "price": "110", "exit_reason": "target", "key": "first-exit"}


@pytest.fixture
def planned(seat: Seat) -> Trade:
    return plan(seat, target_1=D(110), target_2=D(120))


@pytest.fixture
def held(seat: Seat, planned: Trade) -> Trade:
    enter(seat, planned, "10", "100", day(1))
    mark(seat, planned, "108", day(2))
    return planned


def at(trade: Trade, act: str = "") -> str:
    return f"/trades/{trade.id}{f'/{act}' if act else ''}"


def text(answer: TestResponse) -> str:
    """What a person reads, without tags."""
    page = re.sub(r"<script.*?</script>", "", answer.get_data(as_text=True), flags=re.S)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def again(trade: Trade) -> Trade:
    """The trade as the last request left it."""
    db.session.expire_all()
    return db.session.get_one(Trade, trade.id)


# --- The page in each state ---


def test_a_plan_shows_its_size_and_asks_for_the_entry(client: FlaskClient, planned: Trade) -> None:
    page = client.get(at(planned))
    shown = text(page)
    for words in (
        "Loss at stop −50.00",
        "Target 1 at 110.00 +100.00",
        "Record entry",
        "I placed the order",
        "Cancel plan",
    ):
        assert words in shown
    assert 'name="price" value="100.00"' in page.get_data(as_text=True)
    assert 'name="quantity" value="10"' in page.get_data(as_text=True)
    assert "Move stop" not in shown


def test_an_open_trade_shows_what_is_at_stake(client: FlaskClient, held: Trade) -> None:
    shown = text(client.get(at(held)))
    for words in (
        "Result so far +80.00",
        "Open, 10 shares +80.00",
        "If stopped at 95.00 −50.00",
        "R +1.60R of 50.00 risked",
    ):
        assert words in shown
    assert "Heat 50.00 1.00R · 0.05% of equity" in shown
    assert "Gives back 130.00" in shown
    for words in ("Move stop", "Take part off", "Last price", "Bought 10 at 100.00"):
        assert words in shown


def test_a_closed_trade_shows_its_result_and_no_acts(client: FlaskClient, seat: Seat, held: Trade) -> None:
    leave(seat, held, "10", "111", day(4), exit_reason="target")
    shown = text(client.get(at(held)))
    for words in ("Result +110.00", "R +2.20R", "Exit 111.00 target", "Held 3 days", "Target 1", "booked +110.00"):
        assert words in shown
    for words in ("Move stop", "Take part off", "Record entry"):
        assert words not in shown


def test_a_cancelled_plan_can_only_be_reopened(client: FlaskClient, seat: Seat) -> None:
    shown = text(client.get(at(plan(seat, status=TradeStatus.CANCELLED))))
    assert "Reopen plan" in shown
    assert "Record entry" not in shown


def test_the_chart_holds_levels_fills_and_known_prices(client: FlaskClient, seat: Seat, held: Trade) -> None:
    move(seat, held, "98", day(3))
    page = client.get(at(held)).get_data(as_text=True)
    found = re.search(r'<script type="application/json" id="trade-data">(.*?)</script>', page, re.S)
    assert found is not None
    data = json.loads(found[1])
    assert [(side, quantity, Decimal(price)) for _, side, quantity, price in data["marks"]] == [("buy", "+10", D(100))]
    assert [Decimal(price) for _, price in data["stop"]] == [95, 98]
    assert [Decimal(price) for _, price in data["prices"]] == [108]
    assert [target["name"] for target in data["targets"]] == ["T1", "T2"]
    assert data["from"] < data["to"]


def drawn(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="trade-data">(.*?)</script>', page, re.S)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def bars_known(
    of: Instrument, timeframe: Timeframe, *starts: datetime, source: str = "alpaca", is_raw: bool = False
) -> None:
    bars = [Bar(timeframe, start, D("100"), D("104.5"), D("99"), D("103"), 1200) for start in starts]
    price_history.keep(of, REAL, source, bars, day(4), is_raw=is_raw)
    db.session.commit()


def test_without_bars_the_chart_says_where_they_come_from(client: FlaskClient, held: Trade) -> None:
    page = client.get(at(held))
    assert "No past prices are known." in text(page)
    assert drawn(page.get_data(as_text=True))["bars"] == []


def test_days_are_drawn_with_their_source_and_age_and_stand_in_a_table(client: FlaskClient, held: Trade) -> None:
    midnights = [day(n).replace(hour=5, minute=0, second=0, microsecond=0) for n in range(-5, 4)]
    bars_known(db.session.get_one(Instrument, held.instrument_id), Timeframe.DAY, *midnights)
    page = client.get(at(held)).get_data(as_text=True)
    data = drawn(page)
    assert [bar[0] for bar in data["bars"]] == [f"{one:%Y-%m-%d}" for one in midnights if one <= NOW]
    assert data["bars"][0][1:] == ["100.000000", "104.500000", "99.000000", "103.000000"]
    assert data["marks"][0][0] == f"{day(1):%Y-%m-%d}"
    shown = text(client.get(at(held)))
    assert "Bars from Alpaca, fetched" in shown
    assert "100.00 104.50 99.00 103.00 1,200" in shown


def test_bars_are_drawn_in_the_units_of_the_trade(client: FlaskClient, seat: Seat, held: Trade) -> None:
    of = db.session.get_one(Instrument, held.instrument_id)
    midnights = [day(n).replace(hour=4, minute=0, second=0, microsecond=0) for n in range(4)]
    asked = {"on": f"{midnights[2]:%Y-%m-%d}", "numerator": "2", "denominator": "1"}
    splits.record_split(seat, of, parse(SplitInput, asked), NOW)
    bars_known(of, Timeframe.DAY, *midnights, is_raw=True)
    data = drawn(client.get(at(held)).get_data(as_text=True))
    assert [D(bar[4]) for bar in data["bars"]] == [D("51.5"), D("51.5"), D(103), D(103)]
    assert D(data["marks"][0][3]) == 50
    assert "50.00 52.25 49.50 51.50 2,400" in text(client.get(at(held)))


def test_hours_are_drawn_where_they_are_asked_for(client: FlaskClient, held: Trade) -> None:
    entered = day(1).replace(minute=0, second=0, microsecond=0)
    bars_known(
        db.session.get_one(Instrument, held.instrument_id), Timeframe.HOUR, entered, entered + timedelta(hours=1)
    )
    data = drawn(client.get(f"{at(held)}?bars=1h").get_data(as_text=True))
    assert [bar[0] for bar in data["bars"]] == [int(entered.timestamp()), int(entered.timestamp()) + 3600]
    assert data["marks"][0][0] == int(entered.timestamp())
    assert data["zone"] == "America/New_York"
    assert drawn(client.get(f"{at(held)}?bars=7d").get_data(as_text=True))["bars"] == []


def test_a_plan_beside_an_open_trade_points_there(client: FlaskClient, seat: Seat) -> None:
    of = instrument()
    first, second = plan(seat, of), plan(seat, of)
    enter(seat, first, "10", "100", day(1))
    page = client.get(at(second))
    assert f"{at(first)}?act=add#leg" in page.get_data(as_text=True)
    refused = client.post(at(second, "fills"), data=ENTRY)
    assert (refused.status_code, "NVDA is open in another trade" in text(refused)) == (422, True)


def test_the_address_asks_for_a_panel(client: FlaskClient, held: Trade) -> None:
    page = client.get(at(held) + "?act=entry").get_data(as_text=True)
    assert re.search(r'id="entry-quantity"[^>]*autofocus', page)
    assert "Plan the add" in text(client.get(at(held) + "?act=add"))
    assert 'id="exit-quantity" name="quantity" value="10"' in client.get(at(held) + "?act=close").get_data(as_text=True)


def test_the_timeline_is_narrowed_alone(client: FlaskClient, seat: Seat, held: Trade) -> None:
    move(seat, held, "98", day(3), reason="under the low")
    part = client.get(at(held) + "?show=stops", headers=HTMX)
    assert part.get_data(as_text=True).lstrip().startswith("<section")
    shown = text(part)
    assert "Stop to 98.00" in shown
    assert "from 95.00, under the low" in shown
    assert "Bought" not in shown
    assert "Bought" in text(client.get(at(held) + "?show=nonsense"))


def test_legs_show_their_own_stop_and_risk(client: FlaskClient, seat: Seat, held: Trade) -> None:
    add(seat, held, "110", "104", "5", day(3))
    assert "planned" in text(client.get(at(held)))
    enter(seat, held, "5", "110.50", day(4))
    leave(seat, held, "4", "112", day(5), leg="2")
    shown = text(client.get(at(held)))
    assert "for 10" in shown
    assert "for 1 " in shown
    assert "Add 110.00 110.50 5 −0.077R" in shown


# --- Recording ---


def test_an_entry_is_recorded_once_and_can_be_undone(client: FlaskClient, planned: Trade) -> None:
    answer = client.post(at(planned, "fills"), data=ENTRY)
    assert (answer.status_code, answer.location) == (303, at(planned))
    client.post(at(planned, "fills"), data=ENTRY)
    assert again(planned).quantity == 10
    shown = client.get(at(planned))
    assert "Entry of 10 at 100.00 recorded." in text(shown)
    undo = re.search(r'action="(/trades/[^"]+/fills/[^"]+/delete)"', shown.get_data(as_text=True))
    assert undo is not None
    client.post(undo[1])
    assert again(planned).status is TradeStatus.PLANNING


def test_htmx_is_sent_on_by_header(client: FlaskClient, planned: Trade) -> None:
    answer = client.post(at(planned, "fills"), data=ENTRY, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, at(planned))


def test_times_are_typed_in_the_account_s_zone(client: FlaskClient, planned: Trade) -> None:
    client.post(at(planned, "fills"), data={**ENTRY, "at": "2026-11-19T09:30:00"})
    (fill,) = trades.executions_of(planned.id)
    assert fill.at.isoformat() == "2026-11-19T14:30:00+00:00"
    assert "2026-11-19T14:30:00Z" in client.get(at(planned)).get_data(as_text=True)


def test_a_refused_form_keeps_what_was_typed(client: FlaskClient, held: Trade) -> None:
    typed = {**EXIT, "quantity": "11", "price": "1<0", "fee": "2.5"}
    for headers in ({}, HTMX):
        answer = client.post(at(held, "fills"), data=typed, headers=headers)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert 'value="1&lt;0"' in page
        assert 'value="11"' in page
        assert 'value="2.5"' in page
        assert "Enter a number such as 146.20." in page
        assert ("<html" in page) is (not headers)
    answer = client.post(at(held, "fills"), data={**EXIT, "quantity": "11"})
    assert "At most 10, which is what is held at that time." in text(answer)
    assert again(held).quantity == 10


def test_a_second_tab_cannot_close_what_is_closed(client: FlaskClient, held: Trade) -> None:
    assert client.post(at(held, "fills"), data={**EXIT, "quantity": "10"}).status_code == 303
    answer = client.post(at(held, "fills"), data={**EXIT, "quantity": "10", "key": "second-tab"})
    assert (answer.status_code, again(held).realised) == (409, D("100.00"))
    assert client.post(at(held, "stop"), data={"price": "97"}).status_code == 409


def test_a_stop_is_moved_and_a_loosening_refused(client: FlaskClient, held: Trade) -> None:
    assert client.post(at(held, "stop"), data={"price": "98", "leg": "", "reason": ""}).status_code == 303
    refused = client.post(at(held, "stop"), data={"price": "96", "reason": ""})
    assert refused.status_code == 422
    assert "96.00 would loosen the stop from 98.00." in text(refused)
    assert client.post(at(held, "stop"), data={"price": "96", "reason": "gap below"}).status_code == 303
    shown = text(client.get(at(held)))
    assert "Kept as an override." in shown
    assert "Stop to 96.00 override" in shown


def test_the_rows_follow_what_is_typed(client: FlaskClient, held: Trade) -> None:
    shown = text(client.get(at(held, "stop/after") + "?price=104&leg="))
    assert "Heat 50.00 becomes 0.00" in shown
    assert "If stopped −50.00 becomes +40.00" in shown
    assert "In R −1.00R becomes +0.80R" in shown
    assert "This lowers the stop from 95.00: write why." in text(client.get(at(held, "stop/after") + "?price=90"))
    assert "not below the last price" in text(client.get(at(held, "stop/after") + "?price=109"))
    shown = text(client.get(at(held, "exit/after") + "?quantity=4&price=110&fee=&leg="))
    assert "Realised 0.00 becomes +40.00" in shown
    assert "10 becomes 6" in shown
    assert "At most 10" in text(client.get(at(held, "exit/after") + "?quantity=40&price=110"))
    for act in ("stop/after", "exit/after"):
        for query in (
            "",
            "?price=&quantity=",
            "?price=NaN&quantity=1e400",
            "?price=1&leg=x",
            "?price=1&leg=9&quantity=1",
        ):
            assert client.get(at(held, act) + query).status_code == 200


def test_rows_asked_for_too_late_say_that_nothing_is_held(client: FlaskClient, seat: Seat, held: Trade) -> None:
    leave(seat, held, "10", "110")
    db.session.commit()
    answer = client.get(at(held, "exit/after") + "?quantity=10&price=110")
    assert (answer.status_code, "Nothing is held." in text(answer)) == (200, True)


def test_an_add_leads_to_its_entry(client: FlaskClient, held: Trade) -> None:
    answer = client.post(at(held, "legs"), data={"entry": "110", "stop": "104", "quantity": "5", "key": "one-leg-only"})
    assert answer.location == f"{at(held)}?act=entry#entry"
    page = client.get(answer.location.split("#")[0]).get_data(as_text=True)
    assert re.search(r'id="entry-price" name="price" value="110.00"', page)
    assert '<option value="2" selected>Leg 2, planned</option>' in page
    assert client.post(at(held, "legs/2/remove")).status_code == 303
    assert client.post(at(held, "legs/2/remove")).status_code == 404
    refused = client.post(at(held, "legs"), data={"entry": "110", "stop": "111", "quantity": "5"}, headers=HTMX)
    assert (refused.status_code, "must be below its entry" in text(refused)) == (422, True)


def test_a_price_is_typed_and_its_age_shown(client: FlaskClient, clock: Clock, held: Trade) -> None:
    client.post(at(held, "prices"), data={"price": "109.5", "key": "one-price"})
    clock.turn(minutes=20)
    shown = text(client.get(at(held)))
    assert "109.50 20 min ago" in shown
    assert again(held).open_pnl == D("95.00")
    undo = re.search(r'action="(/trades/[^"]+/prices/[^"]+/remove)"', client.get(at(held)).get_data(as_text=True))
    assert undo is None
    refused = client.post(at(held, "prices"), data={"price": "1", "at": "2026-01-01T10:00"})
    assert (refused.status_code, "The trade began later" in text(refused)) == (422, True)


def test_a_price_can_be_taken_back_from_the_toast(client: FlaskClient, held: Trade) -> None:
    client.post(at(held, "prices"), data={"price": "1095", "key": "one-price"})
    undo = re.search(r'action="(/trades/[^"]+/prices/[^"]+/remove)"', client.get(at(held)).get_data(as_text=True))
    assert undo is not None
    assert client.post(undo[1]).status_code == 303
    assert again(held).last_price == 108


def test_another_currency_asks_for_its_rate(client: FlaskClient, seat: Seat) -> None:
    trade = plan(seat, instrument("SAP", currency="EUR"), fx=D("1.1"))
    page = client.get(at(trade)).get_data(as_text=True)
    assert 'name="fx" value="1.1"' in page
    assert "1 EUR in USD" in page
    assert client.post(at(trade, "fills"), data={**ENTRY, "fx": ""}).status_code == 422
    assert client.post(at(trade, "fills"), data={**ENTRY, "fx": "1.2"}).status_code == 303


# --- Notes, corrections, details ---


def test_notes_are_written_edited_deleted_and_restored(client: FlaskClient, held: Trade) -> None:
    client.post(at(held, "notes"), data={"kind": "management", "body": "Hold <b>on</b>.", "key": "one-note"})
    (note,) = timeline.notes_of(held.id)
    page = client.get(at(held)).get_data(as_text=True)
    assert "Hold &lt;b&gt;on&lt;/b&gt;." in page
    where = at(held, f"notes/{note.id}")
    assert "Hold &lt;b&gt;on&lt;/b&gt;." in client.get(f"{where}/edit").get_data(as_text=True)
    refused = client.post(f"{where}/edit", data={"kind": "exit", "body": ""})
    assert (refused.status_code, "This is required." in text(refused)) == (422, True)
    assert client.post(f"{where}/edit", data={"kind": "exit", "body": "Out."}).status_code == 303
    assert "Note changed" in text(client.get(at(held)))
    client.post(f"{where}/delete")
    assert "Exit note" not in text(client.get(at(held)))
    client.post(f"{where}/restore")
    assert "Exit note" in text(client.get(at(held)))
    for headers in ({}, HTMX):
        empty = client.post(at(held, "notes"), data={"kind": "management", "body": " "}, headers=headers)
        assert (empty.status_code, "This is required." in text(empty)) == (422, True)


def test_a_fill_is_corrected_in_its_form(client: FlaskClient, held: Trade) -> None:
    (fill,) = trades.executions_of(held.id)
    where = at(held, f"fills/{fill.id}")
    form = client.get(f"{where}/edit").get_data(as_text=True)
    assert 'name="price" value="100.00"' in form
    assert 'name="fee" value=""' in form
    local = re.search(r'name="at" value="([^"]+)"', form)
    assert local is not None
    sent = {"quantity": "10", "price": "101", "at": local[1], "fee": "", "fx": "1"}
    assert client.post(f"{where}/edit", data=sent).status_code == 303
    shown = text(client.get(at(held)))
    assert "Fill corrected" in shown
    assert "price 100 to 101" in shown
    assert again(held).initial_risk == D("60.00")
    refused = client.post(f"{where}/edit", data={**sent, "quantity": "-1", "price": "abc"})
    assert (refused.status_code, 'value="abc"' in refused.get_data(as_text=True)) == (422, True)


def test_a_fill_that_others_need_is_not_deleted(client: FlaskClient, seat: Seat, held: Trade) -> None:
    leave(seat, held, "10", "110", day(3))
    entry, out = trades.executions_of(held.id)
    client.post(at(held, f"fills/{entry.id}/delete"))
    assert "Not deleted. Then the exit of 10" in text(client.get(at(held)))
    client.post(at(held, f"fills/{out.id}/delete"))
    client.post(at(held, f"fills/{entry.id}/delete"))
    assert "Fill deleted" in text(client.get(at(held)))
    client.post(at(held, f"fills/{out.id}/restore"))
    assert "Not restored." in text(client.get(at(held)))
    client.post(at(held, f"fills/{entry.id}/restore"))
    assert again(held).quantity == 10


def test_details_are_edited(client: FlaskClient, held: Trade) -> None:
    assert client.get(at(held, "details")).status_code == 200
    sent = {"setup": "Breakout", "quality": "4", "tags": "gap, weekly", "market_condition": "uptrend"}
    assert client.post(at(held, "details"), data=sent).status_code == 303
    shown = text(client.get(at(held)))
    for words in ("Setup Breakout", "gap weekly", "Market uptrend", "Details changed"):
        assert words in shown
    refused = client.post(at(held, "details"), data={**sent, "quality": "9", "setup": "y" * 61})
    assert (refused.status_code, "y" * 61 in refused.get_data(as_text=True)) == (422, True)


# --- The plan's moves ---


def test_a_plan_is_placed_cancelled_and_reopened(client: FlaskClient, planned: Trade) -> None:
    for act, status in (
        ("placed", TradeStatus.PENDING),
        ("unplaced", TradeStatus.PLANNING),
        ("placed", TradeStatus.PENDING),
        ("cancel", TradeStatus.CANCELLED),
        ("reopen", TradeStatus.PLANNING),
    ):
        assert client.post(at(planned, act)).status_code == 303
        assert again(planned).status is status
    shown = text(client.get(at(planned)))
    for words in ("Order placed by hand", "Plan cancelled", "Plan reopened"):
        assert words in shown


def test_a_trade_is_deleted_and_restored(client: FlaskClient, held: Trade) -> None:
    assert client.post(at(held, "delete")).status_code == 303
    assert client.get(at(held)).status_code == 404
    assert client.post(at(held, "fills"), data=EXIT).status_code == 404
    assert client.post(at(held, "restore")).location == at(held)
    assert client.get(at(held)).status_code == 200


# --- Who may ---

READS = ["", "details", "stop/after", "exit/after", "fills/{fill}/edit", "notes/{note}/edit"]
WRITES = {
    "fills": ENTRY,
    "stop": {"price": "97"},
    "legs": {"entry": "110", "stop": "104", "quantity": "5"},
    "prices": {"price": "105"},
    "notes": {"body": "x"},
    "details": {},
    "placed": {},
    "unplaced": {},
    "cancel": {},
    "reopen": {},
    "delete": {},
    "fills/{fill}/edit": {"quantity": "9", "price": "100", "at": "2026-11-01T10:00"},
    "fills/{fill}/delete": {},
    "notes/{note}/edit": {"body": "y"},
    "notes/{note}/delete": {},
    "legs/1/remove": {},
    "prices/{mark}/remove": {},
}


def addresses(seat: Seat, trade: Trade) -> dict[str, Any]:
    note = notes.add_note(seat, trade, parse(NoteInput, {"body": "mine"}), day(3))
    assert trade.opened_at is not None
    (mark_row,) = trades.marks_of(trade.account_id, trade.instrument_id, trade.opened_at, None)
    return {"fill": trades.executions_of(trade.id)[0].id, "note": note.id, "mark": mark_row.id}


def test_a_stranger_finds_nothing(app: Flask, seat: Seat, held: Trade) -> None:
    ids, theirs = addresses(seat, held), sign_in(app, stranger().user)
    for act in READS:
        assert theirs.get(at(held, act.format(**ids))).status_code == 404, act
    for act, data in WRITES.items():
        assert theirs.post(at(held, act.format(**ids)), data=data).status_code == 404, act
    assert theirs.post(at(held, "restore")).status_code == 404


def test_other_people_s_records_are_not_found_under_an_own_trade(client: FlaskClient, seat: Seat, held: Trade) -> None:
    other = stranger()
    theirs = plan(other, instrument("TSLA"))
    enter(other, theirs, "10", "100", day(1))
    mark(other, theirs, "101", day(2))
    for ids in (addresses(other, theirs), {"fill": uuid4(), "note": uuid4(), "mark": uuid4()}):
        for act, data in WRITES.items():
            if "{" in act:
                assert client.post(at(held, act.format(**ids)), data=data).status_code == 404, act
        for act in READS:
            if "{" in act:
                assert client.get(at(held, act.format(**ids))).status_code == 404, act


def test_a_viewer_looks_and_changes_nothing(app: Flask, seat: Seat, held: Trade) -> None:
    ids, viewer = addresses(seat, held), sign_in(app, viewer_of(seat).user)
    page = viewer.get(at(held)).get_data(as_text=True)
    assert "Bought 10 at 100.00" in page
    assert 'id="stop"' not in page
    assert "Delete trade" not in page
    for act, data in WRITES.items():
        assert viewer.post(at(held, act.format(**ids)), data=data).status_code == 403, act
    assert again(held).quantity == 10


def test_signed_out_there_is_only_the_sign_in(app: Flask, held: Trade) -> None:
    browser = app.test_client()
    assert browser.get(at(held)).status_code in (302, 303)
    assert browser.post(at(held, "fills"), data=ENTRY).status_code in (302, 303, 401)


# --- Bad input ---

BAD = ["", "0", "-1", "NaN", "1e400", "9" * 10_000, "\u0661\u0662", "2026-13-01", "\x00", "\U0001f680" * 50]
FORMS: dict[str, dict[str, str]] = {
    "fills": {**EXIT, "at": "2026-11-10T10:00", "fee": "1", "fx": "1", "leg": "1"},
    "stop": {"price": "97", "leg": "1", "at": "2026-11-10T10:00", "reason": "a reason"},
    "legs": {"entry": "110", "stop": "104", "quantity": "5", "key": "some-good-key"},
    "prices": {"price": "105", "at": "2026-11-10T10:00", "fx": "1", "key": "some-good-key"},
    "notes": {"kind": "entry", "body": "text", "key": "some-good-key"},
    "details": {"setup": "a", "quality": "3", "tags": "b", "label": "c", "market_condition": "d"},
}
CHOSEN = {"kind", "exit_reason", "leg", "quality", "key"}
"""Fields that nobody types."""


@pytest.mark.parametrize("form", FORMS)
def test_no_value_of_any_field_breaks_the_page(client: FlaskClient, held: Trade, form: str) -> None:
    for field in FORMS[form]:
        for bad in BAD:
            answer = client.post(at(held, form), data={**FORMS[form], field: bad})
            assert answer.status_code in (303, 422), (field, bad, answer.status_code)
            if answer.status_code == 422 and len(bad) < 20 and bad.isprintable() and field not in CHOSEN:
                assert bad in answer.get_data(as_text=True), (field, bad)


def test_ids_that_are_no_ids_are_not_found(client: FlaskClient, held: Trade) -> None:
    assert client.get("/trades/NaN").status_code == 404
    assert client.get(f"/trades/{uuid4()}").status_code == 404
    assert client.get(at(held, "fills/1e400/edit")).status_code == 404
    assert client.post(at(held, "legs/99999999999999999999/remove")).status_code == 404


# --- Splits ---

SPLIT = {"numerator": "4", "denominator": "1", "on": day(10).date().isoformat(), "key": "first-split"}


def test_a_split_is_recorded_and_undone(client: FlaskClient, held: Trade) -> None:
    answer = client.post(at(held, "splits"), data=SPLIT, follow_redirects=True)
    said = text(answer)
    assert "4-for-1 split recorded." in said
    assert "Splits of NVDA (1)" in said
    assert "Bought 10 at 100.00" in said, "the timeline keeps what was told"
    assert "Stop to 23.75" in said
    assert "planned quantity 10 to 40" in said
    assert re.search(r"Planned \d+ \w+ entry 100.00 stop 95.00 targets 110.00 and 120.00 10 shares", said)
    assert re.search(r"Bought 10 at 100.00 .{0,20}plan 100.00 stop 95.00", said)
    assert (again(held).quantity, again(held).stop, again(held).pnl) == (D(40), D("23.75"), D("80.00"))
    (undo,) = set(re.findall(r"/trades/[^\"]+/splits/[^\"]+/delete", answer.get_data(as_text=True)))
    gone = client.post(undo, follow_redirects=True)
    assert "4-for-1 split deleted." in text(gone)
    assert "Splits of NVDA (" not in text(gone)
    assert again(held).quantity == D(10)
    assert "4-for-1 split restored." in text(client.post(undo.replace("delete", "restore"), follow_redirects=True))
    assert again(held).quantity == D(40)


def test_a_split_that_makes_no_sense_keeps_what_was_typed(client: FlaskClient, held: Trade) -> None:
    answer = client.post(at(held, "splits"), data={**SPLIT, "denominator": "x", "on": "2031-01-01"}, headers=HTMX)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert page.lstrip().startswith("<details")
    assert "Enter a whole number." in page
    assert 'value="2031-01-01"' in page
    plain = client.post(at(held, "splits"), data={**SPLIT, "on": "2031-01-01"})
    assert plain.status_code == 422
    assert "This is in the future." in text(plain)
    assert re.search(r'<details class="panel more-fields" id="split" open>', plain.get_data(as_text=True))


def test_a_split_that_fills_need_stays(client: FlaskClient, seat: Seat, held: Trade) -> None:
    client.post(at(held, "splits"), data=SPLIT)
    leave(seat, again(held), "20", "28")
    page = client.get(at(held)).get_data(as_text=True)
    (delete,) = set(re.findall(r"/trades/[^\"]+/splits/[^\"]+/delete", page))
    assert "Not deleted. Then the exit of 20 on" in text(client.post(delete, follow_redirects=True))
    assert again(held).quantity == D(20)


def test_a_split_of_another_instrument_is_not_found(client: FlaskClient, seat: Seat, held: Trade) -> None:
    client.post(at(held, "splits"), data=SPLIT)
    (row,) = splits.of_trade(seat, again(held))
    other = plan(seat, instrument("ANET"))
    for act in ("delete", "restore"):
        assert client.post(at(other, f"splits/{row.id}/{act}")).status_code == 404


def test_whoever_may_look_sees_splits_and_records_none(
    app: Flask, seat: Seat, held: Trade, client: FlaskClient
) -> None:
    client.post(at(held, "splits"), data=SPLIT)
    viewer = sign_in(app, viewer_of(seat).user)
    page = viewer.get(at(held)).get_data(as_text=True)
    assert "4-for-1 split" in page
    assert "Record split" not in page
    assert viewer.post(at(held, "splits"), data={**SPLIT, "key": "second-split"}).status_code == 403


def test_neither_plans_nor_contracts_are_split(client: FlaskClient, seat: Seat, planned: Trade) -> None:
    assert "Record split" not in client.get(at(planned)).get_data(as_text=True)
    option = plan(seat, instrument("NVDA 261218C00200000", asset_type=AssetType.OPTION))
    enter(seat, option, "1", "5", day(1))
    assert "Record split" not in client.get(at(option)).get_data(as_text=True)
    assert client.post(at(option, "splits"), data=SPLIT).status_code == 409


def test_what_was_paid_for_a_fraction_is_an_exit_of_it(client: FlaskClient, held: Trade) -> None:
    client.post(at(held, "splits"), data={**SPLIT, "numerator": "1", "denominator": "3"})
    page = client.get(at(held))
    assert "Fraction of the split 0.333333333 held" in text(page)
    refused = client.post(at(held, "fraction"), data={"amount": "0", "key": "paid-once"}, headers=HTMX)
    assert refused.status_code == 422
    assert "Must be above 0." in text(refused)
    for _ in range(2):
        paid = client.post(at(held, "fraction"), data={"amount": "107.89", "key": "paid-once"}, follow_redirects=True)
    assert "Exit of 0.333333333 at 323.67" in text(paid)
    assert "Fraction of the split" not in text(paid)
    trade = again(held)
    assert (trade.quantity, trade.realised) == (D(3), D("7.89"))
    assert client.post(at(held, "fraction"), data={"amount": "5", "key": "paid-twice"}).status_code == 409


def test_an_address_fills_the_form_in(client: FlaskClient, held: Trade) -> None:
    page = client.get(at(held) + "?act=split&numerator=1&denominator=10").get_data(as_text=True)
    assert '<details class="panel more-fields" id="split" open>' in page
    assert re.search(r'name="denominator" value="10"', page)


def test_the_audit_tells_of_a_split(client: FlaskClient, held: Trade) -> None:
    client.post(at(held, "splits"), data=SPLIT)
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert entry is not None
    assert (entry.act, entry.area, entry.subject) == ("trade.record_split", Area.TRADING, "NVDA long")
    (split,) = [change for change in entry.changes if change["table"] == "splits"]
    assert split["fields"]["numerator"] == [None, 4]
    assert "Recorded a split" in text(client.get("/audit"))
