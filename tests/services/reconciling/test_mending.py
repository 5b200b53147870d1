"""Differences mended: what the books lack is booked, comes out even, and can be taken out again."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from tests.conftest import NOW
from tests.services.exposed import bought
from tests.services.reconciling.stated import on, statement, sum_line
from trenddojo.domain.mends import way_of
from trenddojo.domain.reconciling import Held, Matter
from trenddojo.domain.terms import CashKind, ImportStatus
from trenddojo.services.errors import Conflict, Forbidden, Invalid
from trenddojo.services.imports import acts, work
from trenddojo.services.inputs import parse
from trenddojo.services.reconciling.comparing import (
    Difference,
    compare_statement,
    comparison_of,
    difference_at,
    findings_of,
)
from trenddojo.services.reconciling.mending import INPUTS, mend, standing_mend
from trenddojo.services.reconciling.ours import our_figures
from trenddojo.statements.lines import Contract, HeldLine, Said, SumKind
from trenddojo.store.database import db
from trenddojo.store.models import CashMovement, Execution, Import, Reconciliation
from trenddojo.store.seats import Seat, SeatRole

D = Decimal


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def held(seat: Seat, symbol: str, quantity: str, average: str) -> HeldLine:
    return HeldLine(3, Contract(symbol), on(seat, 0), D(quantity), D(average), None)


def compared(seat: Seat, *told: Said) -> Reconciliation:
    return compare_statement(seat, statement(seat, *told), NOW)


def mended(at: Difference, **entered: str) -> Import:
    way = way_of(at.finding)
    assert way is not None
    fields = {"on": on(at.seat, 0).isoformat(), **entered}
    return mend(at, parse(INPUTS[way], fields), NOW, key=uuid4())


def place_of(row: Reconciliation, matter: Matter) -> int:
    return next(place for place, one in enumerate(findings_of(row)) if one.matter is matter and not one.matches)


def test_missing_fills_are_bought_and_can_be_taken_out_again(seat: Seat) -> None:
    bought(seat, "NVDA", "10", "100", "95", ago=3)
    told = held(seat, "NVDA", "25", "102"), held(seat, "AMD", "-4", "50")
    row = compared(seat, *told)
    assert [(one.name, one.difference) for one in findings_of(row)] == [("AMD", D("-4")), ("NVDA", D("15"))]
    mended(difference_at(seat, row, 0), quantity="4", price="50", fee="0")
    done = mended(difference_at(seat, row, 1), quantity="15", price="103.3333", fee="0")
    assert done.status is ImportStatus.DONE
    assert compared(seat, *told).differing == 0

    seat, row = comparison_of([seat], row.id)
    assert (found := standing_mend(row, 1)) is not None
    assert found.id == done.id
    acts.undo(seat, done.id)
    work.work(done.id, None, NOW)
    seat, row = comparison_of([seat], row.id)
    assert standing_mend(row, 1) is None
    assert our_figures(seat, row.since, row.as_of).held != {}
    assert [one.name for one in findings_of(compared(seat, *told)) if not one.matches] == ["NVDA"]


def test_a_split_is_recorded(seat: Seat) -> None:
    bought(seat, "NVDA", "10", "100", "95", ago=3)
    told = held(seat, "NVDA", "40", "25")
    row = compared(seat, told)
    mended(difference_at(seat, row, 0), on=on(seat, 1).isoformat(), numerator="4", denominator="1")
    assert compared(seat, told).differing == 0
    before = our_figures(seat, on(seat, 9), on(seat, 2)).held
    assert before == {"NVDA": Held(D(10), D(100))}


@pytest.mark.parametrize(
    ("kind", "amount", "matter", "booked"),
    [
        (SumKind.FEES, "3.20", Matter.FEES, CashKind.FEE),
        (SumKind.FEES, "-3.20", Matter.FEES, CashKind.FEE),
        (SumKind.DEPOSITS, "500", Matter.DEPOSITS, CashKind.DEPOSIT),
        (SumKind.WITHDRAWALS, "500", Matter.WITHDRAWALS, CashKind.WITHDRAWAL),
        (SumKind.INTEREST, "-1.07", Matter.INTEREST, CashKind.INTEREST),
        (SumKind.DIVIDENDS, "12", Matter.DIVIDENDS, CashKind.DIVIDEND),
    ],
)
def test_a_sum_is_booked_by_its_kind(seat: Seat, kind: SumKind, amount: str, matter: Matter, booked: CashKind) -> None:
    told = sum_line(seat, kind, amount)
    row = compared(seat, told)
    mended(difference_at(seat, row, place_of(row, matter)), amount=amount, note="From the statement")
    assert compared(seat, told).differing == 0
    movement = db.session.scalars(db.select(CashMovement)).one()
    assert (movement.kind, movement.amount, movement.note) == (booked, D(amount), "From the statement")


@pytest.mark.parametrize(("amount", "kind"), [("250", CashKind.DEPOSIT), ("-250", CashKind.WITHDRAWAL)])
def test_cash_that_nothing_explains_is_a_transfer(seat: Seat, amount: str, kind: CashKind) -> None:
    told = sum_line(seat, SumKind.CASH, str(seat.account.starting_balance + D(amount)))
    row = compared(seat, told)
    mended(difference_at(seat, row, 0), amount="250")
    assert compared(seat, told).differing == 0
    assert db.session.scalars(db.select(CashMovement)).one().kind is kind


def test_a_mend_is_made_once(seat: Seat) -> None:
    row = compared(seat, held(seat, "AMD", "4", "50"))
    at, key = difference_at(seat, row, 0), uuid4()
    entered = parse(INPUTS[way_of(at.finding)], {"on": on(seat, 0).isoformat(), "quantity": "4", "price": "50"})  # type: ignore[index]
    first = mend(at, entered, NOW, key=key)
    seat, row = comparison_of([seat], row.id)
    assert mend(difference_at(seat, row, 0), entered, NOW, key=key).id == first.id
    with pytest.raises(Conflict, match="mended already"):
        mend(difference_at(seat, row, 0), entered, NOW, key=uuid4())
    assert len(db.session.scalars(db.select(Execution)).all()) == 1


def test_what_the_books_refuse_leaves_nothing(seat: Seat) -> None:
    row = compared(seat, held(seat, "AMD", "4", "50"))
    with pytest.raises(Invalid):
        mended(difference_at(seat, row, 0), quantity="100000000", price="10000000")
    seat, row = comparison_of([seat], row.id)
    assert standing_mend(row, 0) is None
    assert db.session.scalars(db.select(Import).where(Import.format == "mend")).all() == []
    tomorrow = (on(seat, 0) + timedelta(days=1)).isoformat()
    with pytest.raises(Invalid, match="future"):
        mended(difference_at(seat, row, 0), on=tomorrow, quantity="4", price="50")


def test_who_may_only_look_mends_nothing(seat: Seat) -> None:
    row = compared(seat, held(seat, "AMD", "4", "50"))
    looker = Seat(seat.user, seat.account, SeatRole.VIEWER)
    with pytest.raises(Forbidden):
        mended(difference_at(looker, row, 0), quantity="4", price="50")
