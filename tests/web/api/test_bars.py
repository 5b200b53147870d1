"""Past prices, for programs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.conftest import NOW
from tests.services.recorded import instrument, plan
from tests.web.api.desk import Desk, Program
from trenddojo.domain.bars import Bar
from trenddojo.domain.terms import Timeframe
from trenddojo.services import price_history
from trenddojo.services.bars import REAL
from trenddojo.store.database import db
from trenddojo.store.models import Instrument
from trenddojo.store.seats import Seat

D = Decimal


def told(count: int, realm: str = REAL, source: str = "alpaca", *, is_raw: bool = False) -> None:
    of = instrument()
    start = NOW.replace(hour=5, minute=0, second=0) - timedelta(days=count)
    bars = [Bar(Timeframe.DAY, start + timedelta(days=n), D("10.50"), D(12), D(10), D(11), 5 + n) for n in range(count)]
    price_history.keep(of, realm, source, bars, NOW, is_raw=is_raw)
    db.session.commit()


def test_the_newest_come_first_in_pages(program: Program, seat: Seat) -> None:
    told(5)
    address, volumes = f"/bars?account={seat.account.id}&symbol=nvda&limit=2", []
    while address:
        page = program.get(address)
        volumes.append([one["volume"] for one in page["items"]])
        address = (page["next"] or "").removeprefix("/api")
    assert volumes == [[9, 8], [7, 6], [5]]


def test_a_bar_is_told_with_its_source_and_age(program: Program, seat: Seat) -> None:
    told(1)
    page = program.get(f"/bars?account={seat.account.id}&symbol=NVDA")
    start = f"{NOW - timedelta(days=1):%Y-%m-%d}T05:00:00Z"
    assert page["items"] == [{"start": start, "open": "10.5", "high": "12", "low": "10", "close": "11", "volume": 5}]
    assert (page["sources"], page["next"]) == (["alpaca"], None)
    assert page["fetched_at"].startswith(f"{NOW:%Y-%m-%dT%H:%M:%S}")


def test_dates_bound_it(program: Program, seat: Seat) -> None:
    told(5)
    on = f"{NOW - timedelta(days=3):%Y-%m-%d}"
    found = program.get(f"/bars?account={seat.account.id}&symbol=NVDA&from={on}&to={on}")["items"]
    assert [one["volume"] for one in found] == [7]


def test_prices_are_in_the_shares_of_now(program: Program, seat: Seat) -> None:
    told(5, source="old.csv", is_raw=True)
    trade = plan(seat, db.session.scalars(select(Instrument)).one())
    on = f"{NOW - timedelta(days=3):%Y-%m-%d}"
    split = {"on": on, "numerator": 2, "denominator": 1}
    program.post(f"/trades/{trade.id}/splits", split)
    found = program.get(f"/bars?account={seat.account.id}&symbol=NVDA")["items"]
    assert [(one["close"], one["volume"]) for one in found] == [
        ("11", 9), ("11", 8), ("11", 7), ("5.5", 12), ("5.5", 10)
    ]  # fmt: skip


def test_nothing_known_is_empty_and_another_market_is_not_seen(program: Program, seat: Seat) -> None:
    told(2, realm="another", source="another exchange")
    for symbol in ("NVDA", "UNHEARD"):
        page = program.get(f"/bars?account={seat.account.id}&symbol={symbol}")
        assert page == {"items": [], "sources": [], "fetched_at": None, "next": None}


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("symbol=NVDA", 422, "account"),
        ("account={own}", 422, "symbol"),
        ("account={theirs}&symbol=NVDA", 404, "account"),
        ("account={own}&symbol=NVDA&timeframe=7d", 422, "timeframe"),
        ("account={own}&symbol=NVDA&from=2026-11-03&to=2026-11-02", 422, "to"),
        ("account={own}&symbol=NVDA&limit=0", 422, "limit"),
        ("account={own}&symbol=NVDA&to=9999-12-31", 422, "to"),
        ("account={own}&symbol=NVDA&from=0001-01-01", 422, "from"),
    ],
)
def test_a_bad_question_names_its_field(
    program: Program, desk: Desk, strangers: Desk, query: str, status: int, field: str
) -> None:
    told(1)
    reply = program.call("GET", f"/bars?{query.format(own=desk.account_id, theirs=strangers.account_id)}")
    assert reply.status_code == status
    assert list(reply.get_json()["error"]["fields"]) == [field]
