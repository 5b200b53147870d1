"""The trades list in the browser: rows, filters, order and pages by its links, and what it refuses."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape
from uuid import UUID, uuid4

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from tests.conftest import NOW, make_seat, make_user, sign_in
from tests.services.recorded import enter, instrument, leave, mark, plan, stranger
from tests.services.written import listed
from trenddojo.domain.terms import TradeStatus
from trenddojo.services.inputs.listing import read_place, spelled
from trenddojo.store.database import db
from trenddojo.store.listing import PAGE, Place, Sort
from trenddojo.store.models import Setup, Tag
from trenddojo.store.seats import Seat

HTMX = {"HX-Request": "true"}


def symbols(page: str) -> list[str]:
    return [unescape(found) for found in re.findall(r'<a class="sym" href="[^"]*">([^<]*)</a>', page)]


def link(page: str, pattern: str) -> str:
    found = re.search(rf'href="([^"]*)"[^>]*>(?:<svg.*?</svg>)?\s*{pattern}', page) or re.search(
        rf'<a[^>]*{pattern}[^>]*href="([^"]*)"', page
    )
    assert found, pattern
    return unescape(found[1])


def many(seat: Seat, count: int, **given: object) -> None:
    of = instrument()
    for number in range(count):
        listed(seat, of, number, symbol=f"S{number:03}", **given)
    db.session.commit()


def test_rows_say_plan_position_and_result(app: Flask, client: FlaskClient, seat: Seat):
    plan(seat, instrument("AMD"), setup="Breakout", setup_quality=4)
    held = plan(seat, instrument("NVDA"))
    enter(seat, held, "10", "100", datetime(2026, 11, 9, 15, tzinfo=UTC))
    mark(seat, held, "108.50")
    shut = plan(seat, instrument("NKE"), "short", stop="105")
    enter(seat, shut, "10", "100", datetime(2026, 11, 2, 15, tzinfo=UTC))
    leave(seat, shut, "10", "110", datetime(2026, 11, 4, 15, tzinfo=UTC), exit_reason="stop_loss")
    page = client.get("/trades").text
    assert symbols(page) == ["NVDA", "NKE", "AMD"]
    rows = dict(zip(symbols(page), re.findall(r"<tr><td class=\"c-mode\".*?</tr>", page), strict=True))
    text = {symbol: re.sub(r"<[^>]+>", "|", row) for symbol, row in rows.items()}
    assert re.search(
        r"MANUAL.*NVDA.*Long.*active.*9 Nov.*10 d.*\|10\|.*100\.00.*95\.00.*108\.50.*\+85\.00.*\+1\.70R", text["NVDA"]
    )
    assert re.search(r"Short.*stop.*2 Nov.*2 d.*\|10\|.*100\.00.*105\.00.*110\.00.*−100\.00.*−2\.00R", text["NKE"])
    assert "planning" in text["AMD"]
    assert 'aria-label="quality 4 of 5"' in rows["AMD"]


def test_a_row_leads_to_its_trade(app: Flask, client: FlaskClient, seat: Seat):
    trade = plan(seat, instrument("AMD"))
    page = client.get("/trades").text
    with app.test_request_context():
        assert f'href="{url_for("trade.show", trade_id=trade.id)}"' in page


def test_what_people_wrote_is_escaped(app: Flask, client: FlaskClient, seat: Seat):
    bad = "<script>alert(1)</script>"
    listed(seat, instrument(), 1, symbol=bad, setup=bad, tags=[bad, bad + '"'])
    db.session.commit()
    page = client.get("/trades").text
    assert bad not in page
    assert symbols(page) == [bad]
    assert "+1</span>" in page
    assert client.get("/trades", query_string={"setup": bad}).text.count("alert(1)") >= 1
    assert bad not in client.get("/trades", query_string={"setup": bad, "q": bad[:30]}).text


def test_older_and_newer_lead_there_and_back(app: Flask, client: FlaskClient, seat: Seat):
    many(seat, 2 * PAGE + 5)
    first = client.get("/trades").text
    assert 'rel="prev"' not in first
    second = client.get(link(first, 'rel="next"')).text
    third = client.get(link(second, 'rel="next"')).text
    assert 'rel="next"' not in third
    assert len(symbols(third)) == 5
    shown = symbols(first) + symbols(second) + symbols(third)
    assert shown == [f"S{number:03}" for number in reversed(range(2 * PAGE + 5))]
    assert symbols(client.get(link(third, 'rel="prev"')).text) == symbols(second)


@pytest.mark.parametrize("sort", ["symbol", "-symbol", "pnl", "-pnl", "r", "-r", "closed", "-closed", "opened"])
def test_every_order_pages_by_its_links(app: Flask, client: FlaskClient, seat: Seat, sort: str):
    many(seat, PAGE + 3)
    first = client.get(f"/trades?sort={sort}").text
    second = client.get(link(first, 'rel="next"')).text
    assert len(set(symbols(first) + symbols(second))) == PAGE + 3
    assert symbols(client.get(link(second, 'rel="prev"')).text) == symbols(first)
    assert re.search(rf'aria-sort="{"descending" if sort[0] == "-" else "ascending"}"', first)


def test_a_head_sorts_and_turns_round(app: Flask, client: FlaskClient, seat: Seat):
    many(seat, 3)
    by_symbol = link(client.get("/trades").text, "Symbol")
    page = client.get(by_symbol).text
    assert symbols(page) == ["S000", "S001", "S002"]
    assert symbols(client.get(link(page, "Symbol ↑")).text) == ["S002", "S001", "S000"]


def test_tabs_and_filters_combine(app: Flask, client: FlaskClient, seat: Seat):
    of = instrument()
    closed = {"status": TradeStatus.CLOSED, "closed_at": NOW, "closed_on": date(2026, 11, 19), "opened_at": NOW}
    listed(seat, of, 1, symbol="WON", setup="Breakout", pnl=Decimal(5), **closed)
    listed(seat, of, 2, symbol="LOST", setup="Breakout", pnl=Decimal(-5), **closed)
    listed(seat, of, 3, symbol="PLAN", setup="Breakout")
    listed(seat, of, 4, symbol="WAIT", setup="Pullback", status=TradeStatus.PENDING)
    db.session.commit()
    page = client.get("/trades?setup=Breakout").text
    assert symbols(page) == ["PLAN", "LOST", "WON"]
    shut = client.get(link(page, "Closed<")).text
    assert sorted(symbols(shut)) == ["LOST", "WON"]
    assert symbols(client.get(link(shut, "<span>Wins")).text) == ["WON"]
    assert symbols(client.get(link(client.get("/trades").text, "Plans<")).text) == ["WAIT", "PLAN"]
    assert symbols(client.get("/trades?q=wa").text) == ["WAIT"]
    assert symbols(client.get(link(page, "Setup <b>Breakout")).text) == ["WAIT", "PLAN", "LOST", "WON"]


def test_htmx_gets_the_list_alone(app: Flask, client: FlaskClient, seat: Seat):
    many(seat, 2)
    part = client.get("/trades", headers=HTMX).text
    assert part.lstrip().startswith('<div class="stack" id="trades"')
    assert "<html" not in part
    assert symbols(part) == ["S001", "S000"]
    assert "<html" in client.get("/trades", headers={**HTMX, "HX-History-Restore-Request": "true"}).text


def test_menus_of_setups_and_tags_are_those_of_the_account(app: Flask, client: FlaskClient, seat: Seat):
    other = stranger()
    for one, word in ((seat, "Mine"), (other, "Theirs")):
        db.session.add_all([Setup(account_id=one.account.id, name=word), Tag(account_id=one.account.id, name=word)])
    db.session.commit()
    for kind in ("setup", "tag"):
        menu = client.get(f"/trades/choices/{kind}?status=closed").text
        assert "Mine" in menu
        assert "Theirs" not in menu
        assert f"status=closed&amp;{kind}=Mine" in menu
    assert client.get("/trades/choices/symbol").status_code == 404


def test_accounts(app: Flask, client: FlaskClient, seat: Seat):
    second = make_seat(seat.user, "Zweites")
    listed(seat, instrument("AAA"), 1)
    listed(second, instrument("BBB"), 2)
    db.session.commit()
    assert symbols(client.get("/trades").text) == ["AAA"]
    both = client.get("/trades?account=any").text
    assert symbols(both) == ["BBB", "AAA"]
    assert "<small>Zweites</small>" in both
    assert symbols(client.get(f"/trades?account={second.account.id}").text) == ["BBB"]


def test_others_trades_never_appear(app: Flask, client: FlaskClient, seat: Seat):
    other = stranger()
    listed(other, instrument("THEIRS"), 1)
    db.session.commit()
    for query in ("", "?account=any", "?q=theirs", "?account=any&sort=symbol"):
        assert symbols(client.get(f"/trades{query}").text) == []
    assert client.get(f"/trades?account={other.account.id}").status_code == 404
    assert client.get(f"/trades?account={uuid4()}").status_code == 404


def test_strangers_have_to_sign_in(app: Flask, client: FlaskClient):
    assert app.test_client().get("/trades").status_code == 303


def test_empty_lists_say_what_to_do(app: Flask, client: FlaskClient, seat: Seat):
    assert "No trades yet" in client.get("/trades").text
    assert "No trades here" in client.get("/trades?side=short").text
    nobody = sign_in(app, make_user("new@example.org", "New Comer"))
    assert nobody.get("/trades").status_code == 200


BAD = [
    "0",
    "-1",
    "NaN",
    "1e400",
    "x" * 10_000,
    "٣",
    "\x00",
    "'; drop table trades",
    "2026-13-40",
    "~",
    "9" * 40 + "~" + "0" * 32,
]
FINE = {("q", value) for value in BAD if len(value) < 32 and value != "\x00"}
FINE |= {(field, value) for field in ("setup", "tag") for value in BAD if len(value) < 30 and value != "\x00"}


@pytest.mark.parametrize(
    "field", ["account", "status", "side", "result", "from", "to", "sort", "after", "before", "q", "setup", "tag"]
)
def test_what_cannot_be_read_is_named_and_never_breaks(app: Flask, client: FlaskClient, seat: Seat, field: str):
    many(seat, 2)
    for value in BAD:
        for headers in ({}, HTMX):
            answer = client.get("/trades", query_string={field: value}, headers=headers)
            if (field, value) in FINE:
                assert answer.status_code == 200
                continue
            assert answer.status_code == 422, value
            assert f"<b>{field}</b>:" in answer.text
            assert len(answer.text) < 100_000


def test_reversed_dates(app: Flask, client: FlaskClient):
    answer = client.get("/trades?from=2026-11-02&to=2026-11-01")
    assert answer.status_code == 422
    assert "<b>to</b>: Must not be before the first day, 2026-11-02." in answer.text


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize(
    "place",
    [
        "",
        "~",
        "nan~{0}",
        "1e30~{0}",
        "0.0000000001~{0}",
        "2026-01-01T00:00:00~{0}",
        "9999-12-31T23:59:59+00:00~{0}",
        "x~nohex",
        "\ud800~{0}",
    ],
)
def test_a_place_that_is_none_is_refused(sort: Sort, place: str):
    spelling = place.format("0" * 32)
    found = read_place(spelling, sort)
    assert found is None or sort is Sort.SYMBOL


@pytest.mark.parametrize(
    ("sort", "value"),
    [
        (Sort.OPENED, NOW),
        (Sort.CLOSED, NOW + timedelta(microseconds=1)),
        (Sort.CLOSED, None),
        (Sort.SYMBOL, "BRK.B~X"),
        (Sort.PNL, Decimal("-1234.50")),
        (Sort.R, Decimal("0.333333333")),
        (Sort.R, None),
    ],
)
def test_a_place_is_read_as_it_was_spelled(sort: Sort, value: object):
    place = Place(value, UUID(int=5))
    assert read_place(spelled(place), sort) == place
