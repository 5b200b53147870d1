"""Cash apart from trades: what it does to the books, and how it is listed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from tests.conftest import NOW, make_seat, make_user
from trenddojo.domain.terms import CashKind
from trenddojo.services import cash
from trenddojo.services.errors import Forbidden, Invalid, NotFound
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.cash import CashInput, NewCashInput
from trenddojo.store import days
from trenddojo.store.models import CashMovement
from trenddojo.store.seats import Seat, SeatRole

GOOD = {"on": "2026-11-18", "kind": "deposit", "amount": "500", "note": ""}


def record(seat: Seat, kind: str, amount: str, on: str = "2026-11-18", **more: str) -> CashMovement:
    return cash.record_cash(seat, parse(NewCashInput, {"on": on, "kind": kind, "amount": amount, **more}), NOW)


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def test_each_kind_goes_its_way(seat: Seat) -> None:
    for kind, amount in (
        ("deposit", "500"),
        ("withdrawal", "120"),
        ("fee", "7.25"),
        ("interest", "-3"),
        ("dividend", "12.50"),
    ):
        record(seat, kind, amount)
    assert seat.account.balance == seat.account.equity == Decimal("100382.25")
    assert cash.totals(seat) == {
        CashKind.DEPOSIT: 500,
        CashKind.WITHDRAWAL: -120,
        CashKind.FEE: Decimal("-7.25"),
        CashKind.INTEREST: -3,
        CashKind.DIVIDEND: Decimal("12.50"),
    }
    [day] = days.changes_between(seat.account.id, None, None)
    assert (day.deposits, day.withdrawals, day.other) == (Decimal(500), Decimal(120), Decimal("2.25"))


def test_the_running_total_is_carried_over_pages(seat: Seat) -> None:
    for number in range(7):
        record(seat, "deposit" if number % 2 else "fee", str(number + 1), f"2026-11-{10 + number // 2}")
    seen, before, running = [], None, []
    while True:
        page = cash.movements(seat, before, limit=3)
        seen += [line.movement.id for line in page.lines]
        running += [line.running for line in page.lines]
        if page.older is None:
            break
        before = page.older
    assert len(seen) == len(set(seen)) == 7
    added = [line.added for line in cash.movements(seat).lines]
    expected = [100_000 + sum(added[index:]) for index in range(7)]
    assert running == expected
    assert running[0] == seat.account.balance


def test_a_repeated_request_records_it_once(seat: Seat) -> None:
    first = record(seat, "deposit", "500", key="0123456789abcdef")
    assert record(seat, "deposit", "500", key="0123456789abcdef").id == first.id
    assert seat.account.balance == 100_500


def test_a_correction_moves_the_day(seat: Seat) -> None:
    movement = record(seat, "deposit", "500")
    cash.correct_cash(seat, movement.id, parse(CashInput, {**GOOD, "on": "2026-11-02", "amount": "400"}), NOW)
    assert [(day.date, day.deposits) for day in days.changes_between(seat.account.id, None, None)] == [
        (date(2026, 11, 2), Decimal(400))
    ]


def test_what_is_deleted_can_be_restored(seat: Seat) -> None:
    movement = record(seat, "deposit", "500")
    cash.delete_cash(seat, movement.id, NOW)
    assert seat.account.balance == 100_000
    assert cash.movements(seat).lines == ()
    with pytest.raises(NotFound):
        cash.correct_cash(seat, movement.id, parse(CashInput, GOOD), NOW)
    cash.restore_cash(seat, movement.id)
    assert seat.account.balance == 100_500


@pytest.mark.parametrize("on", ["2025-01-01", "2026-11-20"])
def test_dates_before_the_opening_and_in_the_future_are_refused(seat: Seat, on: str) -> None:
    with pytest.raises(Invalid) as refused:
        record(seat, "deposit", "500", on)
    assert list(refused.value.fields) == ["on"]


def test_today_is_the_accounts_own(seat: Seat) -> None:
    early = NOW.replace(hour=3) + timedelta(days=1)  # still the 19th in New York
    with pytest.raises(Invalid):
        cash.record_cash(seat, parse(NewCashInput, {**GOOD, "on": "2026-11-20"}), early)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("amount", value) for value in ("", "0", "-5", "NaN", "1e400", "Infinity", "٣", "1.234", "9" * 10_000)),
        *(("on", value) for value in ("", "0", "2026-13-01", "2026-02-30", "٢٠٢٦-01-01", "0001-01-01", "x" * 10_000)),
        *(("kind", value) for value in ("", "bribe", "DEPOSIT")),
        ("note", "x" * 10_000),
        ("note", "\x00"),
    ],
)
def test_bad_input_names_its_field(field: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(NewCashInput, {**GOOD, field: value})
    assert list(refused.value.fields) == [field]


def test_interest_may_be_paid_but_is_not_nothing() -> None:
    assert parse(CashInput, {**GOOD, "kind": "interest", "amount": "-5"}).amount == -5
    with pytest.raises(Invalid):
        parse(CashInput, {**GOOD, "kind": "interest", "amount": "0.00"})


def test_others_ids_are_unknown(seat: Seat) -> None:
    other = make_seat(make_user("pia@example.org", "Pia"), "Hers")
    theirs = record(other, "deposit", "1")
    for unknown in (theirs.id, uuid4()):
        with pytest.raises(NotFound):
            cash.delete_cash(seat, unknown, NOW)
        with pytest.raises(NotFound):
            cash.movements(seat, unknown)


def test_viewers_only_look(seat: Seat) -> None:
    movement = record(seat, "deposit", "500")
    viewer = Seat(make_user("pia@example.org", "Pia"), seat.account, SeatRole.VIEWER)
    assert len(cash.movements(viewer).lines) == 1
    for act in (
        lambda: record(viewer, "deposit", "1"),
        lambda: cash.correct_cash(viewer, movement.id, parse(CashInput, GOOD), NOW),
        lambda: cash.delete_cash(viewer, movement.id, NOW),
        lambda: cash.restore_cash(viewer, movement.id),
    ):
        with pytest.raises(Forbidden):
            act()
