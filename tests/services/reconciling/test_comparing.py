"""Our figures by date, a statement's figures, and the comparisons that are kept."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.conftest import NOW, make_seat, make_user
from tests.services import exposed
from tests.services.exposed import bought, round_trip
from tests.services.reconciling.stated import on, statement, sum_line
from trenddojo.domain.reconciling import Cause, Held, Matter
from trenddojo.domain.terms import AssetType, CashKind, Direction, OptionRight, Side
from trenddojo.services import cash
from trenddojo.services.errors import Conflict, Forbidden, Invalid, NotFound
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.cash import NewCashInput
from trenddojo.services.reconciling.comparing import (
    accept,
    compare_broker,
    compare_statement,
    comparison_of,
    comparisons,
    difference_at,
    findings_of,
)
from trenddojo.services.reconciling.names import name_of
from trenddojo.services.reconciling.ours import our_figures
from trenddojo.statements.lines import Contract, HeldLine, SumKind
from trenddojo.store.database import db
from trenddojo.store.models import Execution, Trade
from trenddojo.store.seats import Seat, SeatRole

D = Decimal


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def pay(seat: Seat, kind: CashKind, amount: str, ago: float) -> None:
    entered = parse(NewCashInput, {"on": on(seat, ago).isoformat(), "kind": kind.value, "amount": amount})
    cash.record_cash(seat, entered, NOW)


def with_fee(trade: Trade, seat: Seat, fee: str) -> Trade:
    for one in db.session.query(Execution).filter_by(trade_id=trade.id):
        one.fee = D(fee)
    return exposed.settled(trade, seat)


def test_our_figures_are_those_of_the_date(seat: Seat) -> None:
    start = seat.account.starting_balance
    with_fee(bought(seat, "NVDA", "10", "100", "95", ago=3), seat, "1.25")
    with_fee(round_trip(seat, "AMD", "50", entered=6, left=2), seat, "0.50")
    pay(seat, CashKind.FEE, "3", 1)
    pay(seat, CashKind.DEPOSIT, "200", 1)
    now = our_figures(seat, on(seat, 9), on(seat, 0))
    assert now.held == {"NVDA": Held(D("10"), D("100"))}
    assert now.realised == {"AMD": D("49"), "NVDA": D("0")}
    assert now.sums[Matter.FEES] == D("5.25")
    assert now.sums[Matter.DEPOSITS] == D("200")
    assert now.sums[Matter.CASH] == start + D("49") - D("1001.25") - 3 + 200
    then = our_figures(seat, on(seat, 9), on(seat, 3))
    assert then.held == {"NVDA": Held(D("10"), D("100")), "AMD": Held(D("10"), D("100"))}
    assert then.sums[Matter.CASH] == start - D("1001.25") - D("1000.50")
    assert then.sums[Matter.FEES] == D("1.75")


def test_a_future_ties_no_cash_and_a_short_brings_it(seat: Seat) -> None:
    start = seat.account.starting_balance
    with_fee(bought(seat, exposed.instrument("ES", AssetType.FUTURE, "50"), "1", "5000", None, ago=1), seat, "2")
    short = exposed.planned(seat, "TSLA", direction=Direction.SHORT, entry="200", stop="210")
    exposed.fill(short, seat, Side.SELL, "5", "200", ago=1)
    exposed.settled(short, seat)
    found = our_figures(seat, on(seat, 9), on(seat, 0))
    assert found.sums[Matter.CASH] == start - 2 + 1000
    assert found.held is not None
    assert found.held["TSLA"] == Held(D("-5"), D("200"))


def test_a_statement_that_agrees_agrees(seat: Seat) -> None:
    bought(seat, "NVDA", "10", "100", "95", ago=3)
    cash_now = our_figures(seat, on(seat, 9), on(seat, 0)).sums[Matter.CASH]
    told = (
        HeldLine(3, Contract("NVDA"), on(seat, 0), D("4"), D("100"), D("120")),
        HeldLine(4, Contract("NVDA"), on(seat, 0), D("6"), D("100"), None),
        sum_line(seat, SumKind.CASH, str(cash_now)),
        sum_line(seat, SumKind.CASH, "17", currency="EUR"),
        sum_line(seat, SumKind.FEES, "0"),
    )
    row = compare_statement(seat, statement(seat, *told), NOW)
    assert (row.matching, row.differing, row.since, row.as_of) == (3, 0, on(seat, 9), on(seat, 0))
    assert [one.matter for one in findings_of(row)] == [Matter.POSITION, Matter.FEES, Matter.CASH]


def test_what_differs_is_itemised_kept_and_may_be_accepted(seat: Seat) -> None:
    bought(seat, "NVDA", "10", "100", "95", ago=3)
    told = (
        HeldLine(3, Contract("NVDA"), on(seat, 0), D("40"), D("25"), None),
        sum_line(seat, SumKind.REALISED, "12.345", "AMD"),
        sum_line(seat, SumKind.FEES, "1.10"),
    )
    row = compare_statement(seat, statement(seat, *told), NOW)
    found = findings_of(comparison_of([seat], row.id)[1])
    assert [(one.matter, one.name, one.difference, one.cause, one.ratio) for one in found] == [
        (Matter.POSITION, "NVDA", D("30"), Cause.SPLIT, (4, 1)),
        (Matter.REALISED, "AMD", D("12.34"), Cause.MISSING_FILLS, None),
        (Matter.FEES, "", D("1.10"), Cause.FEE, None),
    ]
    accept(difference_at(seat, row, 2), " Rounded by the broker. ")
    assert row.notes == {"2": "Rounded by the broker."}
    with pytest.raises(Invalid, match="Say why"):
        accept(difference_at(seat, row, 1), "  ")
    with pytest.raises(NotFound):
        difference_at(seat, row, 3)


def test_of_several_accounts_in_one_file_only_the_chosen_counts(seat: Seat) -> None:
    lines = [HeldLine(n, Contract("NVDA"), on(seat, 0), D(n), None, None, f"U{n}") for n in (1, 2)]
    row = compare_statement(seat, statement(seat, *lines, account="U2"), NOW)
    assert [one.theirs for one in findings_of(row)] == [D("2")]


def test_without_figures_there_is_nothing_to_compare(seat: Seat) -> None:
    with pytest.raises(Conflict, match="fills only"):
        compare_statement(seat, statement(seat), NOW)
    with pytest.raises(Conflict, match="has not told"):
        compare_broker(seat, NOW)


def test_only_who_may_trade_reconciles_and_only_members_see(seat: Seat) -> None:
    told = sum_line(seat, SumKind.FEES, "1")
    row = compare_statement(seat, statement(seat, told), NOW)
    looker = Seat(seat.user, seat.account, SeatRole.VIEWER)
    with pytest.raises(Forbidden):
        compare_statement(looker, statement(seat, told), NOW)
    with pytest.raises(Forbidden):
        accept(difference_at(looker, row, 0), "Fine.")
    stranger = make_seat(make_user("eve@example.org", "Eve"))
    with pytest.raises(NotFound):
        comparison_of([stranger], row.id)
    assert comparisons([stranger]).rows == ()


def test_comparisons_are_listed_latest_first(seat: Seat) -> None:
    told = sum_line(seat, SumKind.FEES, "1")
    made = [compare_statement(seat, statement(seat, told), NOW + timedelta(hours=n)).id for n in range(3)]
    first = comparisons([seat], limit=2)
    assert [row.id for row in first.rows] == made[:0:-1]
    assert [row.id for row in comparisons([seat], first.older, limit=2).rows] == made[:1]


def test_an_option_is_named_by_its_terms() -> None:
    assert name_of("NVDA", None, None, None) == "NVDA"
    assert name_of("NVDA", date(2026, 12, 18), D("150.00"), OptionRight.CALL) == "NVDA 2026-12-18 150 call"


def test_positions_of_an_earlier_day_are_not_compared(seat: Seat) -> None:
    bought(seat, "NVDA", "10", "100", "95", ago=3)
    early = HeldLine(3, Contract("NVDA"), on(seat, 2), D(10), D(100), None)
    made = compare_statement(seat, statement(seat, early, sum_line(seat, SumKind.FEES, "0")), NOW)
    assert [one.matter for one in findings_of(made)] == [Matter.FEES]
