"""All accounts in one currency, and exchange rates, for programs."""

from __future__ import annotations

import pytest

from tests.conftest import make_seat
from tests.services.priced import HISTORY, taken
from tests.web.api.desk import Desk, Program
from trenddojo.store.database import db
from trenddojo.store.seats import Seat


def test_totals_agree_with_the_accounts(program: Program, seat: Seat) -> None:
    euros = make_seat(seat.user, "Euros")
    euros.account.base_currency = "EUR"
    seat.user.currency = "USD"
    db.session.commit()
    taken(HISTORY)
    program.post(f"/accounts/{seat.account.id}/cash", {"on": "2026-11-19", "kind": "dividend", "amount": "12.50"})
    found = program.get("/accounts/totals")
    (mode,) = found["modes"]
    single = {one["id"]: one["equity"] for one in program.get("/accounts")["items"]}
    assert (found["currency"], mode["mode"]) == ("USD", None)
    assert {one["account_id"]: one["equity"]["own"] for one in mode["accounts"]} == single
    by_name = {one["name"]: one for one in mode["accounts"]}
    assert by_name["Trend Core"]["day"] == {"own": "12.50", "converted": "12.50"}
    assert by_name["Euros"]["equity"] == {"own": "100000.00", "converted": "125000.00"}
    assert by_name["Euros"]["rate"] == {
        "base": "EUR", "quote": "USD", "on": "2026-11-19", "rate": "1.25", "as_of": "2026-11-18", "source": "ecb",
        "over": None,
    }  # fmt: skip
    assert mode["sums"]["equity"] == {"amount": "225012.50", "without": []}


def test_what_has_no_rate_is_named(program: Program, seat: Seat) -> None:
    seat.user.currency = "CHF"
    db.session.commit()
    (mode,) = program.get("/accounts/totals")["modes"]
    assert mode["accounts"][0]["rate"]["rate"] is None
    assert mode["accounts"][0]["equity"] == {"own": "100000.00", "converted": None}
    assert mode["sums"]["equity"] == {"amount": None, "without": ["Trend Core"]}


def test_another_persons_accounts_are_in_no_total(program: Program, desk: Desk, strangers: Desk) -> None:
    shown = str(program.get("/accounts/totals"))
    assert desk.account_id in shown
    assert strangers.account_id not in shown
    assert strangers.at_broker.account_id not in shown


@pytest.mark.parametrize(
    ("query", "rate", "as_of", "over"),
    [
        ("from=EUR&to=USD&on=2026-11-17", "1.2", "2026-11-13", None),
        ("from=EUR&to=USD", "1.25", "2026-11-18", None),
        ("from=usd&to=jpy", "128", "2026-11-18", "EUR"),
        ("from=JPY&to=USD", "0.0078125", "2026-11-18", "EUR"),
        ("from=EUR&to=CHF", None, None, None),
        ("from=EUR&to=USD&on=2026-01-04", None, None, None),
        ("from=CHF&to=CHF&on=2026-01-04", "1", "2026-01-04", None),
    ],
)
def test_rates(program: Program, query: str, rate: str | None, as_of: str | None, over: str | None) -> None:
    taken(HISTORY)
    found = program.get(f"/rates?{query}")
    assert (found["rate"], found["as_of"], found["over"]) == (rate, as_of, over)


@pytest.mark.parametrize(
    ("query", "field"),
    [("to=USD", "from"), ("from=EUR", "to"), ("from=EURO&to=USD", "from"), ("from=EUR&to=USD&on=soon", "on")],
)
def test_a_bad_question_names_its_field(program: Program, query: str, field: str) -> None:
    reply = program.call("GET", f"/rates?{query}")
    assert reply.status_code == 422
    assert list(reply.get_json()["error"]["fields"]) == [field]
