"""The page of exchange rates, and its import: for admins, whatever is sent."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import make_user, sign_in
from tests.services.priced import HISTORY, taken, told
from trenddojo.domain.terms import Role
from trenddojo.services import rate_files
from trenddojo.store.seats import Seat


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    return sign_in(app, make_user("root@example.org", "Root", Role.ADMIN))


def send(browser: FlaskClient, content: bytes, name: str = "eurofxref-hist.csv") -> tuple[int, str]:
    answer = browser.post("/settings/rates", data={"file": (BytesIO(content), name)})
    return answer.status_code, answer.text


def test_empty_it_says_what_to_do(client: FlaskClient, admin: FlaskClient) -> None:
    assert "import it here" in admin.get("/settings/rates").text
    page = client.get("/settings/rates").text
    assert "An admin imports them here." in page
    assert 'type="file"' not in page


def test_an_import_is_shown(admin: FlaskClient) -> None:
    assert send(admin, HISTORY)[0] == 303
    page = admin.get("/settings/rates").text
    assert "10 rates of 4 currencies added, 2026-01-05 to 2026-11-18." in page
    assert "European Central Bank" in page
    assert '<td class="num strong">1.25</td><td>USD</td><td>18 Nov</td>' in page
    assert send(admin, HISTORY)[0] == 303
    assert "Nothing new: all 10 rates" in admin.get("/settings/rates").text


def test_others_may_not_import(client: FlaskClient, app: Flask) -> None:
    assert send(client, HISTORY)[0] == 403
    assert "/sign-in" in app.test_client().get("/settings/rates").location


def test_what_the_broker_of_somebody_elses_account_told_is_not_shown(
    client: FlaskClient, admin: FlaskClient, seat: Seat
) -> None:
    told("EUR", "USD", "1.111", account_id=seat.account.id)
    assert "The broker of Trend Core" in client.get("/settings/rates").text
    assert "1.111" not in admin.get("/settings/rates").text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Line 1"),
        (b"\x00" * 5_000, "Line 1"),
        (HISTORY.decode().encode("utf-16"), "Line 1"),
        (b"Date" + b",USD" * 100_000, "Line 1"),
        (b"PK\x03\x04" + b"x" * 100, "damaged"),
        (HISTORY + b"2026-01-02,-1,1,1,1,\n", "Line 5"),
        (b"<script>alert(1)</script>\n", "Line 1"),
    ],
    ids=["empty", "nul", "utf-16", "columns", "zip", "negative", "script"],
)
def test_a_wrong_file_is_refused_by_its_field(admin: FlaskClient, content: bytes, said: str) -> None:
    status, page = send(admin, content)
    assert status == 422
    assert 'id="f-file-e"' in page
    assert said in page
    assert "Nothing was imported." in page
    assert "<script>alert" not in page


def test_no_file_at_all(admin: FlaskClient) -> None:
    assert admin.post("/settings/rates", data={}).status_code == 422
    assert admin.post("/settings/rates", data={"file": "text"}).status_code == 422
    assert send(admin, HISTORY, name="")[0] == 422


class Vast:
    """A hundred megabytes that take no room: how far somebody read is counted."""

    left, taken = 100 << 20, 0

    def read(self, size: int = -1) -> bytes:
        assert size > 0
        given = min(size, self.left)
        self.left, self.taken = self.left - given, self.taken + given
        return bytes(given)

    def close(self) -> None:
        """Nothing to close."""


@pytest.mark.parametrize(
    "head", [{"CONTENT_LENGTH": str(100 << 20)}, {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}]
)
def test_a_hundred_megabytes_are_not_read(admin: FlaskClient, head: dict[str, Any]) -> None:
    body = Vast()
    answer = admin.post(
        "/settings/rates",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={**head, "wsgi.input": body},
    )
    assert answer.status_code == 413
    assert body.taken <= rate_files.LARGEST + (2 << 20)


def test_other_forms_take_no_more_than_before(admin: FlaskClient) -> None:
    assert admin.post("/settings", data={"name": "x" * (2 << 20)}).status_code == 413


def test_totals_in_the_chosen_currency(client: FlaskClient, seat: Seat) -> None:
    taken(HISTORY)
    profile = {"name": "Marta", "email": seat.user.email, "time_zone": "UTC"}
    assert client.post("/settings", data={**profile, "currency": "euro"}).status_code == 422
    assert client.post("/settings", data={**profile, "currency": "eur"}).status_code == 303
    page = client.get("/accounts/totals").text
    assert "in EUR" in page
    assert "80,000.00" in page
    assert "1 EUR = 1.2500 USD" in page
    assert "ECB, 18 Nov" in page
    assert client.post("/settings", data={**profile, "currency": ""}).status_code == 303
    assert "in USD" in client.get("/accounts/totals").text


def test_totals_say_what_is_missing(client: FlaskClient, seat: Seat) -> None:
    profile = {"name": "Marta", "email": seat.user.email, "time_zone": "UTC", "currency": "CHF"}
    client.post("/settings", data=profile)
    page = client.get("/accounts/totals").text
    assert "Trend Core is left out: no rate of USD in CHF is known." in page
    assert "no rate known" in page


def test_totals_without_an_account(admin: FlaskClient) -> None:
    assert "Add an account" in admin.get("/accounts/totals").text
