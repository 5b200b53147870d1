"""The discipline report in the browser and in the API, and what of it stands on a trade's page."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import NOW, make_user, sign_in
from tests.services.recorded import add, day, enter, instrument, leave, move, plan, stranger
from tests.services.test_bars import told
from tests.services.test_discipline import closed, override, prices, skip
from tests.web.test_reports import words
from trenddojo.services.bars import REAL
from trenddojo.services.price_history import keep
from trenddojo.store.database import db
from trenddojo.store.models import ChecklistItem, ChecklistResponse
from trenddojo.store.seats import Seat

PAGE = "/reports/discipline"
HTMX = {"HX-Request": "true"}


def test_every_panel_says_what_to_do_while_it_is_empty(app: Flask, client: FlaskClient, seat: Seat):
    text = words(client.get(PAGE).text)
    for title in (
        "No stops moved", "No overrides", "No plans skipped", "No fills with a plan", "No checklist answered",
        "No sizes to compare", "No pyramids",
    ):  # fmt: skip
        assert title in text
    assert "1 Jan 2026 to 19 Nov 2026" in text


def test_a_person_without_an_account(app: Flask, client: FlaskClient):
    assert "No account yet" in sign_in(app, make_user("new@example.org", "New Comer")).get(PAGE).text


def test_one_trade_that_was_overridden(app: Flask, client: FlaskClient, seat: Seat):
    of = instrument()
    trade = override(seat, of)
    prices(of, 1, "100", "100", "95", "90", "90")
    db.session.commit()
    page = client.get(PAGE).text
    text = words(page)
    assert "Cost of overrides 1.00R 1 override" in text
    assert "Moving stops −1.00R 1 of 1 trade, 0 helped" in text
    assert "Loosened 1 0 1 −1.00R −1.00R" in text
    assert "1 of 1 override counted" in text
    assert page.count(f'href="/trades/{trade.id}"') == 2  # its move, and its override
    assert "Stop loss 1" in text
    assert "Risk against plan 100% 1 trade" in text
    assert "typed by hand" in text


def test_what_has_no_prices_says_so(app: Flask, client: FlaskClient, seat: Seat):
    override(seat, instrument())
    skip(seat, instrument("AMD"), 1)
    text = words(client.get(PAGE).text)
    assert "0 of 1 override counted · 1 without prices" in text
    assert "Cost of overrides 1 override" in text  # no figure
    assert "AMD 100.00 95.00 110.00 no prices" in text
    assert "0 plans counted · 1 without prices" in text


def test_skipped_plans_and_pyramids_and_the_checklist(app: Flask, client: FlaskClient, seat: Seat):
    of = instrument("SKIP")
    prices(of, 1, "98", "100", "104", "109.50")
    skip(seat, of, 1)
    item = ChecklistItem(account_id=seat.account.id, text="Trend <b>up</b>", required=True, position=0)
    db.session.add(item)
    trade = plan(seat, instrument())
    enter(seat, trade, "10", "100", day(1))
    add(seat, trade, "106", "101", "4", day(2))
    enter(seat, trade, "4", "106", day(2.1), leg=2)
    leave(seat, trade, "14", "103", day(5))
    answer = {"trade_id": trade.id, "item_id": item.id, "text": item.text, "required": True, "checked": True}
    db.session.add(ChecklistResponse(**answer))
    db.session.commit()
    page = client.get(PAGE).text
    text = words(page)
    assert "SKIP 100.00 95.00 110.00 target +2.00R" in text
    assert "Skipped, mean +2.00R taken +0.26R" in text
    assert "add 2 4 106.00 20.00 −12.00 −0.60R" in text
    assert "First legs alone +30.00 , their adds −12.00 ; 0 of 1 trade did better for its adds." in text
    assert "Trend &lt;b&gt;up&lt;/b&gt;" in page
    assert "always ticked" in text
    of_trade = words(client.get(f"/trades/{trade.id}").text)
    assert "first leg alone +30.00 +0.60R · adds together −12.00 −0.60R" in of_trade


def test_htmx_gets_the_panels_alone(app: Flask, client: FlaskClient, seat: Seat):
    part = client.get(PAGE, headers=HTMX).text
    assert "<html" not in part
    assert part.lstrip().startswith('<div class="stack" id="discipline">')


def test_periods(app: Flask, client: FlaskClient, seat: Seat):
    closed(seat, "ONE", "104")
    page = client.get(f"{PAGE}?period=all").text
    assert "2 Jan 2025 to 19 Nov 2026" in page
    assert 'href="/reports/discipline?period=all" aria-current="true"' in page
    assert "No sizes to compare" in client.get(f"{PAGE}?from=2026-11-01&to=2026-11-10").text


@pytest.mark.parametrize(
    "query", ["period=0", "from=2026-13-40", "to=x", "from=2026-11-02&to=2026-11-01", "from=2050-01-01"]
)
def test_what_cannot_be_read_is_named(app: Flask, client: FlaskClient, seat: Seat, query: str):
    for headers in ({}, HTMX):
        answer = client.get(f"{PAGE}?{query}", headers=headers)
        assert answer.status_code == 422
        assert "Not the period that was asked for" in answer.text


def test_others_trades_never_appear(app: Flask, client: FlaskClient, seat: Seat):
    other = stranger()
    override(other, instrument("THEIRS"))
    skip(other, instrument("SECRET"), 1)
    page = client.get(f"{PAGE}?period=all").text
    assert "THEIRS" not in page
    assert "SECRET" not in page
    assert client.get(f"/api/reports/discipline?account={other.account.id}").status_code in (404, 422)


def test_more_trades_than_are_read(app: Flask, client: FlaskClient, seat: Seat, monkeypatch: pytest.MonkeyPatch):
    from trenddojo.services.discipline import cases

    monkeypatch.setattr(cases, "MOST", 1)
    closed(seat, "ONE", "104")
    closed(seat, "TWO", "104")
    assert "The last 1 of 2 closed trades." in words(client.get(PAGE).text)


def test_the_api_tells_the_same(app: Flask, client: FlaskClient, seat: Seat):
    of = instrument()
    trade = override(seat, of)
    prices(of, 1, "100", "100", "95", "90", "90")
    db.session.commit()
    told_ = client.get(f"/api/reports/discipline?account={seat.account.id}").get_json()
    assert (told_["trades"], told_["counted"], told_["currency"]) == (1, 1, "USD")
    (cost,) = told_["overrides"]["moves"]
    assert (cost["trade"]["id"], cost["old"], cost["new"]) == (str(trade.id), ["95"], "90")
    assert (cost["knowledge"], cost["amount"], cost["r"]) == ("known", "50.00", "1")
    assert told_["stop_moves"]["whole"]["sum_r"] == "-1"
    assert told_["slippage"]["by_reason"][0]["name"] == "stop_loss"
    assert told_["sizing"]["trades"][0]["ratio"] == "1"
    assert told_["skipped"]["plans"] == []


class TestTradePage:
    def test_it_shows_how_far_the_trade_went(self, app: Flask, client: FlaskClient, seat: Seat):
        of = instrument()
        trade = plan(seat, of)
        enter(seat, trade, "10", "100", day(1))
        leave(seat, trade, "10", "104", day(3))
        keep(of, REAL, "alpaca", told(1, *[("100", "108", "97", "103")] * 3), NOW)
        db.session.commit()
        page = client.get(f"/trades/{trade.id}")
        text = words(page.text)
        assert "Furthest against (MAE) −30.00 −0.60R" in text
        assert "Furthest for (MFE) +80.00 +1.60R" in text
        assert "50% of its best kept" in text
        told_ = client.get(f"/api/trades/{trade.id}").get_json()
        assert [told_[name] for name in ("mae", "mfe", "mae_r", "mfe_r")] == ["-30.00", "80.00", "-0.6", "1.6"]

    def test_without_prices_it_says_nothing(self, app: Flask, client: FlaskClient, seat: Seat):
        trade = closed(seat, "ONE", "104")
        assert "Furthest against" not in client.get(f"/trades/{trade.id}").text
        assert client.get(f"/api/trades/{trade.id}").get_json()["mae"] is None

    def test_without_initial_risk_it_is_in_money(self, app: Flask, client: FlaskClient, seat: Seat):
        of = instrument()
        trade = plan(seat, of)
        enter(seat, trade, "10", "94", day(1))  # below its stop
        move(seat, trade, "90", day(1.5), reason="The plan's stop lies above the fill.")
        leave(seat, trade, "10", "98", day(3))
        keep(of, REAL, "alpaca", told(1, *[("94", "99", "93", "98")] * 3), NOW)
        db.session.commit()
        assert "Furthest for (MFE) +50.00" in words(client.get(f"/trades/{trade.id}").text)
