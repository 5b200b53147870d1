"""The reports in the browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import make_user, sign_in
from tests.services.recorded import enter, instrument, leave, plan, stranger
from trenddojo.services.breakdowns import Breakdown
from trenddojo.store.seats import Seat

MONDAY = datetime(2026, 11, 9, 15, tzinfo=UTC)


def traded(seat: Seat, symbol: str, price: str, **more: object) -> None:
    trade = plan(seat, instrument(symbol), **more)
    enter(seat, trade, "10", "100", MONDAY)
    leave(seat, trade, "10", price, MONDAY + timedelta(days=2))


def words(page: str) -> str:
    """What a page says, without what its figures explain of themselves."""
    page = re.sub(r'<span role="tooltip".*?</span>', "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_figures_of_a_year(app: Flask, client: FlaskClient, seat: Seat):
    traded(seat, "AAA", "110", setup="Breakout")
    traded(seat, "BBB", "97.50", setup="Breakout")
    traded(seat, "CCC", "100")
    text = words(client.get("/reports").text)
    assert "1 Jan 2026 to 19 Nov 2026" in text
    assert "Closed trades +75.00 USD 3 trades, 1 won" in text
    assert re.search(r"Mean R too few trades \+0\.50R 95%: −\d\.\d\dR to \+\d\.\d\dR", text)
    assert re.search(r"Expectancy \+25\.00 95%: −\d+\.\d\d to \+\d+\.\d\d", text)
    assert re.search(r"Win rate 33\.3% 95%: \d+% to \d+% · 50\.0% without 1 breakeven", text)
    assert "Sharpe, Sortino" in text
    assert "Profit factor 4.00 payoff 4.00 · SQN 0.65" in text
    assert "Return +0.08% total +75.00" in text
    assert "realised +75.00 + change of open P&L 0.00 = +75.00" in text
    assert "R of 3 trades" in text
    assert "Best, AAA +2.00R Worst, BBB −0.50R" in text
    assert "Breakout 2 50% +0.75R" in text
    assert "no setup 1 0% 0.00R" in text


def test_no_losses_is_said_in_words(app: Flask, client: FlaskClient, seat: Seat):
    traded(seat, "AAA", "110")
    text = words(client.get("/reports").text)
    assert "Profit factor no losses" in text
    assert "Wins in a row 1" in text
    assert "Now in a row 1 won" in text


@pytest.mark.parametrize("by", list(Breakdown))
def test_htmx_gets_a_breakdown_alone(app: Flask, client: FlaskClient, seat: Seat, by: Breakdown):
    traded(seat, "AAA", "110")
    part = client.get(f"/reports?by={by}&period=3m", headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith('<section class="panel" id="breakdown"')
    assert f'href="/reports?by={by}&amp;period=3m" aria-current="true"' in part
    assert "+100.00" in part
    assert client.get(f"/reports?by={by}").status_code == 200


def test_periods(app: Flask, client: FlaskClient, seat: Seat):
    traded(seat, "AAA", "110")
    assert "19 Aug 2026 to 19 Nov 2026" in client.get("/reports?period=3m").text
    assert "2 Jan 2025 to 19 Nov 2026" in client.get("/reports?period=all").text
    page = client.get("/reports?from=2026-11-01&to=2026-11-10&by=tag").text
    assert "1 Nov 2026 to 10 Nov 2026" in page
    assert "0 trades, 0 won" in words(page)
    assert 'href="/reports?from=2026-11-01&amp;to=2026-11-10&amp;by=symbol"' in page
    assert 'href="/reports?by=tag&amp;period=6m"' in page


def test_an_account_without_trades_and_a_person_without_account(app: Flask, client: FlaskClient, seat: Seat):
    assert "No closed trades with R" in client.get("/reports").text
    nobody = sign_in(app, make_user("new@example.org", "New Comer"))
    assert "No account yet" in nobody.get("/reports").text


@pytest.mark.parametrize("field", ["period", "from", "to", "by"])
@pytest.mark.parametrize("value", ["0", "-1", "NaN", "1e400", "x" * 10_000, "٣", "2026-13-40", "\x00"])
def test_what_cannot_be_read_is_named_and_never_breaks(
    app: Flask, client: FlaskClient, seat: Seat, field: str, value: str
):
    answer = client.get("/reports", query_string={field: value})
    assert answer.status_code == 422
    assert f"<b>{field}</b>:" in answer.text
    assert client.get("/reports", query_string={field: value}, headers={"HX-Request": "true"}).status_code == 422


@pytest.mark.parametrize("query", ["from=2026-11-02&to=2026-11-01", "from=2050-01-01", "to=1980-01-01&from=1990-01-01"])
def test_dates_the_wrong_way_round(app: Flask, client: FlaskClient, seat: Seat, query: str):
    assert client.get(f"/reports?{query}").status_code == 422


@pytest.mark.parametrize("query", ["from=1970-01-01", "to=2099-12-31", "to=1971-01-01", "period=all&by=month"])
def test_far_dates_are_cut_to_the_account(app: Flask, client: FlaskClient, seat: Seat, query: str):
    traded(seat, "AAA", "110")
    assert client.get(f"/reports?{query}").status_code == 200


def test_what_people_wrote_is_escaped(app: Flask, client: FlaskClient, seat: Seat):
    bad = "<script>alert(1)</script>"
    traded(seat, bad, "110", setup=bad, market_condition=bad)
    for by in ("setup", "symbol", "market"):
        assert bad not in client.get(f"/reports?by={by}").text


def test_others_trades_never_appear(app: Flask, client: FlaskClient, seat: Seat):
    traded(stranger(), "THEIRS", "150", setup="Secret")
    page = client.get("/reports?by=setup").text
    assert "THEIRS" not in page
    assert "Secret" not in page
    assert "0 trades, 0 won" in words(page)
