"""The page of past prices, and its import: for admins, whatever is sent."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import NOW, make_user, sign_in
from tests.services.recorded import day, enter, instrument, plan
from trenddojo.domain.bars import Bar
from trenddojo.domain.terms import Role, Timeframe
from trenddojo.services import price_history
from trenddojo.store.database import db
from trenddojo.store.seats import Seat

D = Decimal
DAYS = b"Date,Open,High,Low,Close,Volume\n2026-11-02,100,108,97,103,10\n2026-11-03,103,104,102,104,9\n"


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    return sign_in(app, make_user("root@example.org", "Root", Role.ADMIN))


def send(browser: FlaskClient, content: bytes, name: str = "nvda.csv", **fields: str) -> tuple[int, str]:
    data = {"symbol": "NVDA", "asset_type": "stock", "timeframe": "1d", "currency": "USD", "exchange": ""}
    answer = browser.post("/settings/prices", data=data | fields | {"file": (BytesIO(content), name)})
    return answer.status_code, answer.text


def test_empty_it_says_what_to_do(client: FlaskClient, admin: FlaskClient) -> None:
    assert "Or import a file here." in admin.get("/settings/prices").text
    page = client.get("/settings/prices").text
    assert "An admin imports prices." in page
    assert 'type="file"' not in page


def test_an_import_tells_what_became_of_it_line_by_line(admin: FlaskClient) -> None:
    status, page = send(admin, DAYS + b"2026-11-04,1,1,2,1,1\n")
    assert status == 200
    assert "Imported: NVDA" in page
    assert "2026-11-02 to 2026-11-03" in page
    assert '<td class="num">4</td><td>Its prices are out of order' in page


def test_what_ones_trades_see_is_listed_with_who_told_it(client: FlaskClient, admin: FlaskClient, seat: Seat) -> None:
    trade = plan(seat, instrument())
    enter(seat, trade, "10", "100", day(1))
    send(admin, DAYS)
    page = client.get("/settings/prices").text
    assert '<td class="strong">NVDA</td><td>days</td><td>nvda.csv</td>' in page
    assert "nvda.csv" not in admin.get("/settings/prices").text, "an admin without a trade in it sees none"


def test_prices_of_somebody_elses_exchange_are_not_listed(client: FlaskClient, seat: Seat) -> None:
    of = instrument()
    trade = plan(seat, of)
    enter(seat, trade, "10", "100", day(1))
    bar = Bar(Timeframe.DAY, NOW - timedelta(days=2), D(1), D(1), D(1), D(1))
    price_history.keep(of, "another", "another exchange", [bar], NOW)
    db.session.commit()
    assert "another exchange" not in client.get("/settings/prices").text


def test_others_may_not_import(client: FlaskClient, app: Flask) -> None:
    assert send(client, DAYS)[0] == 403
    assert "/sign-in" in app.test_client().get("/settings/prices").location


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Line 1"),
        (b"\x00" * 5_000, "Line 1"),
        (b"date" + b",open" * 100_000, "Line 1 is longer"),
        (b"<script>alert(1)</script>\n", "Line 1"),
        (DAYS.replace(b"100", b"<b>"), ""),
    ],
    ids=["empty", "nul", "long", "script", "marked"],
)
def test_a_wrong_file_is_refused_by_its_field_and_what_was_typed_stays(
    admin: FlaskClient, content: bytes, said: str
) -> None:
    status, page = send(admin, content, name="<b>.csv")
    assert status == (422 if said else 200)
    assert said in page
    assert ('id="f-file-e"' in page) is bool(said)
    assert not said or 'value="NVDA"' in page
    assert "<b>.csv" not in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("field", "value"),
    [("symbol", ""), ("asset_type", "option"), ("timeframe", "1m"), ("timeframe", "7d"), ("currency", "DOLLARS")],
)
def test_a_wrong_field_is_named(admin: FlaskClient, field: str, value: str) -> None:
    status, page = send(admin, DAYS, **{field: value})
    assert status == 422
    assert f'id="f-{field}-e"' in page


def test_no_file_at_all(admin: FlaskClient) -> None:
    assert admin.post("/settings/prices", data={"symbol": "NVDA"}).status_code == 422
    assert send(admin, DAYS, name="")[0] == 422
