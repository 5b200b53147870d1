"""One broker's fills told order by order and execution by execution never count twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.services.imports.brought import D, bring, everything, fill, spool, statement, take_out, trades
from tests.services.test_totals import simulated
from trenddojo.services.imports.booking import book
from trenddojo.services.imports.survey import survey
from trenddojo.services.imports.verdicts import preview
from trenddojo.statements.lines import FillLine
from trenddojo.store.seats import Seat

ORDERS, EXECUTIONS = "ibkr_activity", "ibkr_flex"


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def orders() -> list[FillLine]:
    """An order in, and one out, as an activity statement tells them."""
    return [fill(2, "buy", 300, "100.166667", 1), fill(3, "sell", 300, 120, 2)]


def executions() -> list[FillLine]:
    """The same as a Flex query of executions tells them."""
    return [
        fill(2, "buy", 100, 100, 1, key="0000e0d5.5f3c6f3a.01.01"),
        fill(3, "buy", 200, "100.25", 1.0001, key="0000e0d5.5f3c6f3b.01.01"),
        fill(4, "sell", 120, 120, 2, key="0000e0d5.5f3c6f4a.01.01"),
        fill(5, "sell", 180, 120, 2.0001, key="0000e0d5.5f3c6f4b.01.01"),
    ]


@pytest.mark.parametrize("first", [ORDERS, EXECUTIONS])
def test_orders_and_executions_of_a_day_are_known_by_their_sum(seat: Seat, tmp_path: Path, first: str) -> None:
    both = {ORDERS: orders(), EXECUTIONS: executions()}
    second = next(name for name in both if name != first)
    bring(seat, tmp_path, both[first], first)
    before = everything()
    row, counts = bring(seat, tmp_path, both[second], second)
    assert (counts.fills_new, counts.fills_known, counts.fills_refused) == (0, len(both[second]), 0)
    assert everything() == before
    take_out(seat, row)
    assert everything() == before


@pytest.mark.parametrize("first", [ORDERS, EXECUTIONS])
def test_what_does_not_add_up_is_refused_and_says_so(seat: Seat, tmp_path: Path, first: str) -> None:
    both = {ORDERS: orders(), EXECUTIONS: executions()[1:]}
    second = next(name for name in both if name != first)
    bring(seat, tmp_path, both[first], first)
    with spool(tmp_path, both[second]) as read:
        row = statement(seat, second)
        counts = survey(row, seat, read, lambda _done, _total: None)
        why = {one.detail for one in preview(read, 9, 0) if one.verdict == "refused"}
    bought = {ORDERS: "300 bought", EXECUTIONS: "200 bought"}[first]
    assert len(why) == 1
    assert bought in why.pop()
    assert (counts.fills_new, counts.fills_known) == (0, sum(one.side == "sell" for one in both[second]))


def test_the_same_quantity_for_other_money_is_no_sum(seat: Seat, tmp_path: Path) -> None:
    bring(seat, tmp_path, orders(), ORDERS)
    dear = [fill(2, "buy", 300, 130, 1, key="0000e0d5.5f3c6f3a.01.01")]
    _, counts = bring(seat, tmp_path, dear, EXECUTIONS)
    assert (counts.fills_new, counts.fills_known, counts.fills_refused) == (0, 0, 1)


def test_names_of_another_kind_are_another_level(seat: Seat, tmp_path: Path) -> None:
    bring(seat, tmp_path, executions(), EXECUTIONS)
    _, counts = bring(seat, tmp_path, [fill(2, "buy", 300, "100.166667", 1, key="482911")], "ibkr_flex_xml")
    assert (counts.fills_new, counts.fills_known) == (0, 1)


def test_more_of_the_same_level_is_new(seat: Seat, tmp_path: Path) -> None:
    bring(seat, tmp_path, executions()[:3], EXECUTIONS)
    _, counts = bring(seat, tmp_path, executions(), EXECUTIONS)
    assert (counts.fills_new, counts.fills_known) == (1, 3)
    bring(seat, tmp_path, orders(), ORDERS)
    assert trades(seat)[0].entered_quantity == D(300)


def test_other_days_sides_and_brokers_do_not_matter(seat: Seat, tmp_path: Path) -> None:
    bring(seat, tmp_path, executions(), EXECUTIONS)
    _, counts = bring(seat, tmp_path, [fill(2, "buy", 300, "100.166667", 5), fill(3, "sell", 7, 9, 1)], ORDERS)
    assert counts.fills_new == 2
    _, counts = bring(seat, tmp_path, [fill(2, "buy", 300, "100.17", 1.2)], "schwab_transactions")
    assert counts.fills_new == 1


def test_closed_lots_are_another_level_than_transactions(seat: Seat, tmp_path: Path) -> None:
    bring(seat, tmp_path, [fill(2, "buy", 10, 100, 1), fill(3, "buy", 5, 101, 1), fill(4, "sell", 15, 120, 2)])
    lots = [fill(2, "buy", 15, "100.40", 1), fill(3, "sell", 15, "119.93", 2)]
    _, counts = bring(seat, tmp_path, lots, "schwab_lots")
    assert (counts.fills_new, counts.fills_known) == (0, 2)


def test_booking_that_was_stopped_knows_its_own(seat: Seat, tmp_path: Path) -> None:
    bring(seat, tmp_path, orders()[:1], ORDERS)
    row = statement(seat, EXECUTIONS)
    with spool(tmp_path, executions()) as read:
        for _ in range(2):
            counts = book(row, seat, read, seat.account.created_at, lambda _done, _total: None)
    assert (counts.fills_new, counts.fills_known) == (2, 2)


def test_what_a_connection_told_is_a_flex_querys_too(seat: Seat, tmp_path: Path) -> None:
    seat = simulated(seat, "Followed", "interactive_brokers")
    bring(seat, tmp_path, executions(), "broker_api")
    before = everything()
    _, same = bring(seat, tmp_path, executions(), EXECUTIONS)
    _, summed = bring(seat, tmp_path, orders(), ORDERS)
    assert (same.fills_new, same.fills_known, summed.fills_new, summed.fills_known) == (0, 4, 0, 2)
    assert everything() == before
