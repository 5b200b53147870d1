"""Every order of the list, page by page both ways, is the order that sorting all of it gives, at an index's cost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event, insert

from tests.conftest import make_seat, make_user
from tests.services.recorded import instrument
from tests.services.written import listed
from trenddojo.domain.terms import Direction, TradeStatus
from trenddojo.store.database import db
from trenddojo.store.listing import Filters, Order, Page, Place, Result, Row, Sort, trades_listed
from trenddojo.store.models import Tag, Trade, TradeTag
from trenddojo.store.seats import Seat

NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)
STATUSES = (TradeStatus.PLANNING, TradeStatus.PENDING, TradeStatus.CANCELLED, TradeStatus.CLOSED, TradeStatus.CLOSED)


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def many(seat: Seat, count: int, seed: int = 1) -> None:
    """Trades with many equal sort values and many without one."""
    rng = Random(seed)
    symbols = [instrument(f"{seat.account.name[:2].upper()}{letter}") for letter in "ABC"]
    for number in range(count):
        status = rng.choice(STATUSES)
        closed = status is TradeStatus.CLOSED
        at = NOON + timedelta(hours=rng.randint(0, 3))
        pnl = Decimal(rng.randint(-2, 2)) if closed else None
        listed(
            seat,
            rng.choice(symbols),
            number,
            status=status,
            sort_at=at,
            opened_at=at if closed else None,
            closed_at=at + timedelta(hours=rng.randint(0, 2)) if closed else None,
            closed_on=date(2026, 3, 2) if closed else None,
            pnl=pnl,
            r=pnl / 2 if closed and rng.random() < 0.7 else None,
        )
    db.session.commit()


def value_of(row: Row, by: Sort) -> object:
    return {
        Sort.OPENED: row.sort_at,
        Sort.CLOSED: row.closed_at,
        Sort.SYMBOL: row.symbol,
        Sort.PNL: row.pnl,
        Sort.R: row.r,
    }[by]


def in_order(rows: list[Row], order: Order) -> list[UUID]:
    """Sorted in memory: by value, then id, both in the direction asked for; those without a value last."""
    with_value = [row for row in rows if value_of(row, order.by) is not None]
    without = [row for row in rows if value_of(row, order.by) is None]
    with_value.sort(key=lambda row: (value_of(row, order.by), row.id.hex), reverse=order.descending)
    without.sort(key=lambda row: row.id.hex, reverse=order.descending)
    return [row.id for row in [*with_value, *without]]


def forwards(seats: list[Seat], filters: Filters, order: Order, limit: int) -> list[Page]:
    pages, place = [], None
    while True:
        pages.append(trades_listed(seats, filters, order, place, limit=limit))
        place = pages[-1].after
        if place is None:
            return pages


def ids(pages: list[Page]) -> list[UUID]:
    return [row.id for page in pages for row in page.rows]


@pytest.mark.parametrize(
    "filters", [Filters(), Filters((TradeStatus.PLANNING, TradeStatus.PENDING)), Filters((TradeStatus.CLOSED,))]
)
def test_pages_both_ways_are_the_whole_in_order(app: Flask, seat: Seat, filters: Filters):
    second = make_seat(seat.user, "Another", Decimal(5000))
    many(seat, 40)
    many(second, 25, seed=2)
    everything = list(trades_listed([seat, second], filters, Order(), limit=1000).rows)
    assert len(everything) > 20
    for by in Sort:
        for descending in (True, False):
            order = Order(by, descending)
            pages = forwards([seat, second], filters, order, 7)
            assert ids(pages) == in_order(everything, order), order
            assert all(len(page.rows) == 7 for page in pages[:-1])
            back = [pages[-1]]
            while back[0].before is not None:
                back.insert(0, trades_listed([seat, second], filters, order, back[0].before, backwards=True, limit=7))
            assert ids(back) == ids(pages), order


def test_a_page_keeps_its_place_while_trades_are_added_above(app: Flask, seat: Seat):
    many(seat, 20)
    first = trades_listed([seat], Filters(), Order(), limit=5)
    assert first.before is None
    second = trades_listed([seat], Filters(), Order(), first.after, limit=5)
    listed(seat, instrument("NEW"), 1, sort_at=NOON + timedelta(days=1))
    assert trades_listed([seat], Filters(), Order(), first.after, limit=5) == second
    back = trades_listed([seat], Filters(), Order(), second.before, backwards=True, limit=5)
    assert back.rows == first.rows
    assert back.before is not None


def test_deleted_trades_and_other_accounts_are_not_listed(app: Flask, seat: Seat):
    other = make_seat(make_user("other@example.org", "Ot Her"), "Theirs")
    of = instrument()
    listed(seat, of, 1)
    listed(seat, of, 2, deleted_at=NOON)
    listed(other, of, 3)
    assert len(trades_listed([seat], Filters(), Order()).rows) == 1
    assert trades_listed([], Filters(), Order()) == Page([], None, None)


def symbols(seat: Seat, filters: Filters, by: Sort = Sort.OPENED) -> list[str]:
    return [row.symbol for row in trades_listed([seat], filters, Order(by)).rows]


def test_filters(app: Flask, seat: Seat):
    a, b, c = instrument("NVDA"), instrument("NV"), instrument("AMD")
    listed(seat, a, 1, setup="Breakout", pnl=Decimal("1.00"))
    listed(seat, b, 2, direction=Direction.SHORT, pnl=Decimal("-1.00"))
    listed(seat, c, 3, setup="Breakout", pnl=Decimal("0.00"))
    assert symbols(seat, Filters(setup="Breakout")) == ["AMD", "NVDA"]
    assert symbols(seat, Filters(direction=Direction.SHORT)) == ["NV"]
    assert symbols(seat, Filters(query="nv")) == ["NV", "NVDA"]
    assert symbols(seat, Filters(query="N%")) == symbols(seat, Filters(query="_V")) == []
    assert symbols(seat, Filters(result=Result.WINS)) == ["NVDA"]
    assert symbols(seat, Filters(result=Result.LOSSES)) == ["NV"]


def test_a_tag_is_found_by_its_name_on_its_own_account(app: Flask, seat: Seat):
    other = make_seat(seat.user, "Another")
    of, leader, theirs = (
        instrument(),
        Tag(account_id=seat.account.id, name="leader"),
        Tag(account_id=other.account.id, name="leader"),
    )
    db.session.add_all([leader, theirs])
    for number in range(3):
        listed(seat, of, number)
    db.session.flush()
    tagged = db.session.query(Trade).first()
    db.session.execute(insert(TradeTag), [{"trade_id": tagged.id, "tag_id": leader.id}])
    assert [row.id for row in trades_listed([seat, other], Filters(tag="leader"), Order()).rows] == [tagged.id]
    assert symbols(seat, Filters(tag="Leader")) == []


def test_days_are_those_of_the_account_and_of_what_is_sorted(app: Flask, seat: Seat):
    late = datetime(2026, 3, 3, 4, 30, tzinfo=UTC)  # 23:30 on the 2nd in New York
    listed(seat, instrument(), 1, sort_at=late, closed_at=late + timedelta(days=5), status=TradeStatus.CLOSED)
    second, third, seventh = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 7)
    assert symbols(seat, Filters(since=second, until=second)) == ["NVDA"]
    assert symbols(seat, Filters(since=third)) == []
    assert symbols(seat, Filters(since=seventh, until=seventh), Sort.CLOSED) == ["NVDA"]
    assert symbols(seat, Filters(until=second), Sort.CLOSED) == []


@pytest.mark.parametrize("by", list(Sort))
@pytest.mark.parametrize("statuses", [(), (TradeStatus.CLOSED,), (TradeStatus.ACTIVE,)])
def test_a_page_is_sought_in_an_index_and_never_sorted_out_of_many(
    app: Flask, seat: Seat, by: Sort, statuses: tuple[TradeStatus, ...]
):
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by statistics of what is there")
    value = {Sort.SYMBOL: "NVDA", Sort.PNL: Decimal(1), Sort.R: Decimal(1)}.get(by, NOON)
    plans = []

    def explain(connection, _cursor, statement, parameters, *_more):
        if not statement.startswith("EXPLAIN"):
            rows = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            plans.append(" / ".join(row[3] for row in rows))

    event.listen(db.engine, "before_cursor_execute", explain)
    trades_listed([seat], Filters(statuses), Order(by), Place(value, UUID(int=7)), backwards=True)
    event.remove(db.engine, "before_cursor_execute", explain)
    index = {Sort.OPENED: "ix_trades_listed"}.get(by, f"ix_trades_{by}")
    if statuses == (TradeStatus.ACTIVE,) or (statuses and by is Sort.OPENED):
        index = "ix_trades_status"
    assert index in plans[-1]
    if statuses != (TradeStatus.ACTIVE,):
        assert "TEMP B-TREE" not in plans[-1]
        assert "account_id=?" in plans[-1]
        assert ",id)" in plans[-1]
