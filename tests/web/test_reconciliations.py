"""Comparisons through the browser: made beside a statement or the broker, mended, accepted; by seats alone."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import make_seat, sign_in
from tests.services.brought import bring, looked_at, say, worked
from tests.services.exposed import bought
from tests.services.reconciling.stated import on, statement, sum_line
from tests.services.recorded import stranger, viewer_of
from tests.services.told import ACTIVITY
from trenddojo.statements.lines import Contract, HeldLine, SumKind
from trenddojo.store.database import db
from trenddojo.store.models import Execution, Import, Reconciliation
from trenddojo.store.seats import Seat


@pytest.fixture
def told(seat: Seat) -> Import:
    """A statement that lacks nothing, but has a position and a fee that the books lack."""
    bought(seat, "NVDA", "10", "100", "95", ago=3)
    return statement(
        seat,
        HeldLine(3, Contract("NVDA"), on(seat, 0), Decimal(25), Decimal(102), None),
        sum_line(seat, SumKind.FEES, "3.20"),
        sum_line(seat, SumKind.DEPOSITS, "0"),
        sum_line(seat, SumKind.REALISED, "12.50", "AMD"),
    )


def made(client: FlaskClient, told: Import) -> str:
    """Where the comparison with a statement is."""
    answer = client.post(f"/reconciliations/statement/{told.id}")
    assert answer.status_code == 303
    found: str = answer.location
    return found


def test_without_comparisons_it_says_what_can_be_compared(client: FlaskClient, seat: Seat) -> None:
    page = client.get("/reconciliations").text
    assert "Nothing compared yet" in page
    assert "kept by hand" in page
    assert "No statement that tells positions" in page
    assert client.post("/reconciliations/broker").status_code == 409


def test_what_differs_is_told_with_its_cause_and_mended(client: FlaskClient, told: Import) -> None:
    assert "statement.csv" in client.get("/reconciliations").text
    path = made(client, told)
    page = client.get(path).text
    assert "Fills that the books lack, a purchase of 15 in all" in page
    assert "The broker took 3.20 that the books do not have." in page
    assert "A whole round trip that the books lack" in page
    assert ">+15<" in page
    assert 'value="3.2"' in page
    assert "What agrees" in page

    again = client.post(f"{path}/0/mend", data={"on": "yesterday", "quantity": "15", "price": "103.5"})
    assert again.status_code == 422
    assert 'value="103.5"' in again.text
    assert 'value="yesterday"' in again.text
    day = when(page)
    assert client.post(f"{path}/0/mend", data={**day, "quantity": "15", "price": "103.5"}).status_code == 303
    assert client.post(f"{path}/2/mend", data={**day, "amount": "3.20"}).status_code == 303
    page = client.get(path).text
    assert page.count("What was booked") == 2
    assert client.post(f"{path}/0/mend", data={**day, "quantity": "15", "price": "103.5"}).status_code == 409

    left = client.get(made(client, told)).text
    assert "1 open" in left
    assert "1 open" in client.get("/reconciliations").text
    mend = re.search(r"/imports/[0-9a-f-]{36}", page)
    assert mend is not None
    assert "Reconciliation of" in client.get(mend[0]).text


def when(page: str) -> dict[str, str]:
    found = re.search(r'name="on" value="([\d-]+)"', page)
    assert found is not None
    return {"on": found[1]}


def test_a_difference_is_accepted_with_a_reason(client: FlaskClient, told: Import) -> None:
    path = made(client, told)
    refused = client.post(f"{path}/1/accept", data={"reason": " "})
    assert refused.status_code == 422
    assert "Say why" in refused.text
    assert client.post(f"{path}/1/accept", data={"reason": "Of another <account>."}).status_code == 303
    page = client.get(path).text
    assert "Accepted: Of another &lt;account&gt;." in page
    assert client.post(f"{path}/3/accept", data={"reason": "Nothing differs there."}).status_code == 404
    assert client.post(f"{path}/1/mend", data={"on": "2026-11-19"}).status_code == 404


def test_only_who_may_trade_reconciles(app: Flask, client: FlaskClient, seat: Seat, told: Import) -> None:
    path = made(client, told)
    looker = sign_in(app, viewer_of(seat).user)
    page = looker.get(path)
    assert page.status_code == 200
    assert "Book the fills" not in page.text
    assert looker.post(f"{path}/0/accept", data={"reason": "As I like."}).status_code == 403
    assert looker.post(f"{path}/0/mend", data={"on": "2026-11-19", "quantity": "1", "price": "1"}).status_code == 403
    assert looker.post(f"/reconciliations/statement/{told.id}").status_code == 403
    eve = sign_in(app, stranger().user)
    assert eve.get(path).status_code == 404
    assert eve.post(f"/reconciliations/statement/{told.id}").status_code == 404
    assert eve.get(f"/reconciliations?before={path.rpartition('/')[2]}").status_code in (303, 404)
    assert client.get(f"/reconciliations/{uuid4()}").status_code == 404
    assert client.get("/reconciliations?before=nothing").status_code == 404
    assert len(db.session.scalars(db.select(Reconciliation)).all()) == 1
    assert len(db.session.scalars(db.select(Execution)).all()) == 1


def test_the_list_is_paged(client: FlaskClient, told: Import) -> None:
    for _ in range(31):
        made(client, told)
    page = client.get("/reconciliations").text
    older = re.search(r'href="(/reconciliations\?[^"]*before=[^"]+)"', page)
    assert older is not None
    assert client.get(unescape(older[1])).text.count("statement.csv</a>") == 1


def test_a_fill_in_another_currency_is_asked_for_its_rate(client: FlaskClient, seat: Seat) -> None:
    foreign = HeldLine(3, Contract("SAP", currency="EUR"), on(seat, 0), Decimal(10), Decimal(200), None)
    path = made(client, statement(seat, foreign))
    page = client.get(path).text
    assert "USD for one EUR" in page
    sent = {**when(page), "quantity": "10", "price": "200", "fx": "1.08"}
    assert client.post(f"{path}/0/mend", data={**sent, "fx": "some"}).status_code == 422
    assert client.post(f"{path}/0/mend", data=sent).status_code == 303
    assert db.session.scalars(db.select(Execution)).one().fx == Decimal("1.08")


def test_a_link_names_the_account(app: Flask, client: FlaskClient, seat: Seat, told: Import) -> None:
    other = make_seat(seat.user, "Second book")
    page = client.get(f"/reconciliations?account={other.account.id}").text
    assert "Second book" in page
    assert "statement.csv" not in page
    assert client.get(f"/reconciliations?account={stranger().account.id}").status_code == 404
    assert client.get("/reconciliations?account=nobody").status_code == 404
    assert client.post("/reconciliations/broker", data={"account": str(other.account.id)}).status_code == 409


def test_a_statement_offers_the_comparison_where_it_tells_figures(app: Flask, client: FlaskClient, seat: Seat) -> None:
    offers = {name: f"/imports/{one}" for name, one in _statements(seat).items()}
    assert "Compare with your books" in client.get(offers["figures"]).text
    assert "Compare with your books" not in client.get(offers["fills"]).text
    looker = sign_in(app, viewer_of(seat).user)
    assert "Compare with your books" not in looker.get(offers["figures"]).text


def _statements(seat: Seat) -> dict[str, UUID]:
    row = bring(seat, ACTIVITY, "March.csv").row
    say(seat, row, zone="America/New_York")
    return {"figures": worked(row.id).id, "fills": looked_at(seat).id}
