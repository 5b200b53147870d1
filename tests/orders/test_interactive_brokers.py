"""The order engine at Interactive Brokers: a real socket to a local gateway, every fault that it can throw, judged on
the gateway's own ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Clock
from tests.orders.floor import D, tick
from tests.orders.ring import Ring, ring
from trenddojo.brokers.adapters.interactive_brokers import limits
from trenddojo.brokers.errors import BrokerError
from trenddojo.domain.order_states import OrderRole, OrderState
from trenddojo.domain.terms import ExitReason, TradeStatus
from trenddojo.services.faults import Refused
from trenddojo.services.orders.permits import Denied
from trenddojo.store.alerts import open_with_prefix
from trenddojo.store.models import Order, Trade, User


@pytest.fixture
def desk(app: Flask, clock: Clock, user: User) -> Iterator[Ring]:
    clock.now = clock.now.replace(hour=15)  # New York trades
    with ring(app, clock, user) as made:
        yield made


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway has a fraction of a second for everything: what it does not answer is soon given up."""
    for name in ("OPEN", "SYNC", "ASK", "ANSWER", "PROBE", "QUOTE"):
        monkeypatch.setattr(limits, name, 0.4)


def resting(desk: Ring, symbol: str = "NVDA", **sent: Any) -> tuple[Trade, Order]:
    """A plan whose entry rests 3% below the market."""
    trade = desk.plan(symbol)
    return trade, desk.place(trade, limit_price=tick(desk.price(symbol) * D("0.97")), **sent)


def role(desk: Ring, trade: Trade, wanted: OrderRole) -> Order:
    """The newest order of this role that lives, or that there is."""
    found = [one for one in desk.orders(trade) if one.role is wanted]
    return next((one for one in reversed(found) if not one.state.is_final), found[-1])


def alerts(desk: Ring) -> set[str]:
    """The trades that stand without their stop."""
    return open_with_prefix(desk.seat.user.id, desk.account_id, "unprotected:")


def passes(desk: Ring, count: int = 4) -> None:
    for _ in range(count):
        desk.turn(seconds=2)
        desk.follow()


# ---- from a plan to a closed trade


def test_a_plan_becomes_a_bracket_and_its_stop_closes_it(desk: Ring) -> None:
    trade = desk.plan()
    entry = desk.enter(trade)
    assert entry.state is OrderState.FILLED
    assert desk.trade(trade).status is TradeStatus.ACTIVE
    desk.follow()
    desk.check_guarded()
    desk.gateway.set_price("NVDA", trade.stop - 1)
    desk.follow()
    assert (desk.trade(trade).status, desk.trade(trade).exit_reason) == (TradeStatus.CLOSED, ExitReason.STOP_LOSS)
    assert desk.gateway.open_orders == []
    desk.check_ledgers()


def test_the_target_closes_it_and_takes_the_stop_along(desk: Ring) -> None:
    trade = desk.plan()
    desk.enter(trade)
    desk.follow()
    desk.gateway.set_price("NVDA", trade.target_1 + 1)
    passes(desk, 2)
    assert (desk.trade(trade).status, desk.trade(trade).exit_reason) == (TradeStatus.CLOSED, ExitReason.TARGET)
    assert desk.gateway.open_orders == []
    desk.check_ledgers()


def test_closing_ends_the_exits_before_it_sells(desk: Ring) -> None:
    trade = desk.plan()
    desk.enter(trade)
    desk.place(desk.trade(trade), role="exit")
    passes(desk)
    assert desk.trade(trade).status is TradeStatus.CLOSED
    assert desk.gateway.open_orders == []
    desk.check_ledgers()


def test_moving_the_stop_changes_the_brokers(desk: Ring) -> None:
    trade = desk.plan()
    desk.enter(trade)
    desk.follow()
    stop = role(desk, trade, OrderRole.STOP)
    higher = tick(trade.stop * D("1.01"))
    desk.replace(stop, stop_price=higher)
    desk.follow()
    assert desk.trade(trade).stop == D(higher)
    assert desk.theirs(role(desk, trade, OrderRole.STOP)).aux == D(higher)
    desk.check_guarded()
    desk.check_ledgers()


def test_the_books_have_what_it_cost(desk: Ring) -> None:
    desk.enter(desk.plan())
    desk.follow()
    assert [(fill.fee, fill.fee_estimated) for fill, _ in desk.fills()] == [(D(1), False)]


# ---- row by row


def test_row_01_a_lost_answer_is_found_with_its_exits(desk: Ring) -> None:
    desk.gateway.faults.lose_answer("placeOrder", where=lambda asked: asked.ticket.transmit)
    trade, order = resting(desk)
    assert desk.again(order).state is OrderState.UNKNOWN
    sent = desk.placed()
    desk.turn(seconds=2)
    desk.reconnect()
    desk.follow()
    assert desk.again(order).state is OrderState.ACCEPTED
    assert {one.role for one in desk.orders(trade)} == {OrderRole.ENTRY, OrderRole.STOP, OrderRole.TARGET}
    assert desk.placed() == sent
    desk.check_ledgers()


def test_row_02_what_never_arrived_is_not_sent_again(desk: Ring) -> None:
    desk.gateway.faults.lose_request("placeOrder")
    _, order = resting(desk)
    assert desk.again(order).state is OrderState.UNKNOWN
    desk.turn(seconds=2)
    desk.reconnect()
    for seconds in (2, 61, 61):
        desk.turn(seconds=seconds)
        desk.follow()
    assert desk.again(order).state is OrderState.NEEDS_REVIEW
    assert [one for one in desk.gateway.orders if one.is_transmitted] == []


@pytest.mark.usefixtures("hasty")
def test_an_order_that_is_not_answered_is_unknown_until_it_was_found(desk: Ring) -> None:
    desk.gateway.hold_acceptance = True
    _, order = resting(desk)
    assert desk.again(order).state is OrderState.UNKNOWN
    sent = desk.placed()
    desk.gateway.hold_acceptance = False
    desk.gateway.settle()
    passes(desk, 2)
    assert desk.again(order).state is OrderState.ACCEPTED
    assert desk.placed() == sent
    desk.check_ledgers()


@pytest.mark.usefixtures("hasty")
def test_row_04_without_an_answer_nothing_is_inferred(desk: Ring) -> None:
    desk.gateway.faults.never_answer("placeOrder", times=3)
    desk.gateway.faults.never_answer("reqAllOpenOrders", times=None)
    _, order = resting(desk)
    for _ in range(3):
        desk.turn(seconds=90)
        with pytest.raises(BrokerError):
            desk.follow()
        assert desk.again(order).state is OrderState.UNKNOWN
    desk.gateway.faults.clear()
    desk.turn(seconds=2)
    desk.reconnect()
    desk.follow()
    assert desk.again(order).state is OrderState.ACCEPTED
    desk.check_ledgers()


def test_row_08_a_fill_before_the_submits_answer_is_booked_once(desk: Ring) -> None:
    trade = desk.plan()
    desk.enter(trade)  # the fill is told in the same breath as the order
    passes(desk, 2)
    assert desk.trade(trade).quantity == 10
    desk.check_ledgers()


def test_row_10_a_corrected_fill_counts_once(desk: Ring) -> None:
    trade = desk.plan()
    desk.enter(trade)
    desk.gateway.correct(desk.gateway.fills[0], price=D("100.25"))
    passes(desk, 2)
    assert desk.trade(trade).quantity == 10
    assert [fill.price for fill, _ in desk.fills()] == [D("100.25")]
    desk.check_ledgers()


def test_row_11_what_it_cost_comes_later(desk: Ring) -> None:
    desk.gateway.commission_after = None
    desk.enter(desk.plan())
    assert [fill.fee_estimated for fill, _ in desk.fills()] == [True]
    desk.gateway.release_commissions()
    passes(desk, 1)
    assert [(fill.fee, fill.fee_estimated) for fill, _ in desk.fills()] == [(D(1), False)]
    assert not desk.follow().wrote


def test_row_12_a_fill_after_the_cancel(desk: Ring) -> None:
    desk.gateway.hold_fills = True
    trade, order = resting(desk)
    there = desk.theirs(order)
    desk.cancel(order)
    desk.follow()
    assert desk.again(order).state is OrderState.CANCELLED
    desk.gateway.fill(there, 10)
    passes(desk, 2)
    assert (desk.trade(trade).status, desk.trade(trade).quantity) == (TradeStatus.ACTIVE, 10)
    desk.check_guarded()


def test_row_13_a_refused_change_leaves_the_order_as_it_was(desk: Ring) -> None:
    _, order = resting(desk)
    before = desk.again(order).limit_price
    assert before is not None
    desk.gateway.faults.refuse("placeOrder", 105, "Order being modified does not match original order.")
    with pytest.raises(Refused):
        desk.replace(order, limit_price=tick(before * D("0.99")))
    order = desk.again(order)
    assert (order.state, order.pending_op, order.limit_price) == (OrderState.ACCEPTED, None, before)
    desk.follow()
    assert desk.again(order).state is OrderState.ACCEPTED
    desk.check_ledgers()


@pytest.mark.parametrize("fault", ["lose_answer", "lose_request"])
def test_a_change_without_an_answer_is_resolved_by_asking(desk: Ring, fault: str) -> None:
    _, order = resting(desk)
    before = desk.again(order).limit_price
    assert before is not None
    getattr(desk.gateway.faults, fault)("placeOrder")
    desk.replace(order, limit_price=tick(before * D("0.99")))
    desk.turn(seconds=2)
    desk.reconnect()
    for seconds in (2, 31, 31):
        desk.turn(seconds=seconds)
        desk.follow()
    (there,) = [one for one in desk.gateway.open_orders if one.is_buy]
    order = desk.again(order)
    assert (order.limit_price, order.pending_op) == (there.limit, None)
    desk.check_ledgers()


def test_row_14_a_cancel_that_comes_too_late(desk: Ring) -> None:
    trade, order = resting(desk)
    desk.gateway.fill(desk.theirs(order), 10)
    desk.cancel(order)
    desk.follow()
    assert desk.again(order).state is OrderState.FILLED
    assert desk.trade(trade).status is TradeStatus.ACTIVE
    desk.check_ledgers()


def test_row_15_an_order_that_waits_for_shares_is_working(desk: Ring) -> None:
    desk.gateway.hard_to_borrow = {"NVDA": "Inactive"}
    trade = desk.plan(direction="short")
    order = desk.place(trade, limit_price=tick(desk.price() * D("1.03")))
    passes(desk, 2)
    assert not desk.again(order).state.is_final
    assert desk.trade(trade).status is TradeStatus.PENDING


def test_row_16_fills_while_the_gateway_was_away(desk: Ring) -> None:
    trade, order = resting(desk)
    there = desk.theirs(order)
    desk.gateway.go_down()
    desk.gateway.fill(there, 4)
    with pytest.raises(BrokerError):
        desk.follow()
    desk.gateway.fill(there, 6)
    desk.gateway.come_up()
    desk.turn(seconds=61)
    desk.reconnect()
    passes(desk, 2)
    assert desk.trade(trade).quantity == 10
    desk.check_guarded()
    desk.check_ledgers()


def test_row_16_while_the_gateway_has_lost_ibkr_nothing_is_sent(desk: Ring) -> None:
    trade = desk.plan()
    desk.gateway.announce(1100)
    desk.follow()
    order = desk.place(trade, order_type="market")
    assert desk.again(order).state is OrderState.CREATED
    assert desk.placed() == 0
    desk.gateway.announce(1102)
    passes(desk, 2)
    assert desk.again(order).state is OrderState.FILLED
    desk.check_ledgers()


def test_row_17_numbers_that_begin_anew_are_not_used_again(desk: Ring) -> None:
    resting(desk)
    used = {one.order_id for one in desk.gateway.orders}
    desk.gateway.restart(rewind_ids=True)
    desk.turn(seconds=61)
    desk.restart()
    desk.follow()
    _, order = resting(desk, "AAPL")
    assert desk.again(order).state is OrderState.ACCEPTED
    assert desk.theirs(order).order_id > max(used)
    desk.check_ledgers()


def test_row_18_a_client_id_that_is_taken_closes_trading(desk: Ring) -> None:
    trade = desk.plan()
    desk.gateway.keeps_dead_clients = True
    desk.gateway.drop_connections()
    desk.turn(seconds=61)
    with pytest.raises(BrokerError, match="client ID"):
        desk.reconnect()
    with pytest.raises(Denied, match="does not answer"):
        desk.place(trade, order_type="market")
    assert desk.placed() == 0
    assert {asked.fields[0] for asked in desk.gateway.asked("startApi")} == {"7"}


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("kind", ["reqAllOpenOrders", "reqExecutions", "reqPositions"])
@pytest.mark.parametrize("fault", ["never_answer", "cut", "garbage", "wrong_length", "lose_request"])
def test_row_20_a_snapshot_that_fails_changes_nothing(desk: Ring, kind: str, fault: str) -> None:
    trade, _ = resting(desk)
    desk.gateway.set_price("NVDA", desk.price() * D("0.965"))
    getattr(desk.gateway.faults, fault)(kind, times=None)
    with pytest.raises(BrokerError):
        desk.follow()
    assert desk.trade(trade).status is TradeStatus.PENDING
    desk.gateway.faults.clear()
    desk.turn(seconds=61)
    desk.reconnect()
    desk.follow()
    assert desk.trade(trade).status is TradeStatus.ACTIVE
    desk.check_ledgers()


@pytest.mark.usefixtures("hasty")
def test_a_gateway_that_hangs_is_asked_one_thing_before_a_person_is_told(desk: Ring) -> None:
    trade = desk.plan()
    desk.gateway.is_silent = True
    with pytest.raises(Denied, match="does not answer"):
        desk.place(trade, order_type="market")
    assert 1 <= len(desk.gateway.asked("reqContractDetails")) <= 3  # one question, asked again by its remedy
    assert desk.placed() == 0


def test_row_23_an_exit_that_was_cancelled_silently(desk: Ring) -> None:
    trade = desk.plan()
    desk.enter(trade)
    desk.follow()
    desk.gateway.cancel(desk.theirs(role(desk, trade, OrderRole.STOP)))
    desk.turn(seconds=2)
    desk.follow()
    assert alerts(desk)


def test_row_24_a_second_pass_writes_nothing(desk: Ring) -> None:
    for symbol in ("NVDA", "AAPL"):
        desk.enter(desk.plan(symbol))
    resting(desk, "MSFT")
    desk.follow()
    for _ in range(2):
        desk.restart()
        desk.follow()
        assert not desk.follow().wrote
    desk.check_ledgers()


def test_row_26_two_fills_of_one_second_are_two(desk: Ring) -> None:
    desk.gateway.hold_fills = True
    trade, order = resting(desk)
    there, price = desk.theirs(order), desk.again(order).limit_price
    desk.gateway.fill(there, 5, price)
    desk.gateway.fill(there, 5, price)
    desk.follow()
    assert desk.trade(trade).quantity == 10
    desk.check_ledgers()


@pytest.mark.parametrize("ends", ["filled", "cancelled"])
def test_row_29_what_fills_of_a_part_is_protected(desk: Ring, ends: str) -> None:
    desk.gateway.hold_fills = True
    trade, order = resting(desk)
    there = desk.theirs(order)
    desk.gateway.fill(there, 4)
    passes(desk, 2)
    assert not alerts(desk)  # the exits of the entry sleep until all of it has filled: another stop stands in
    desk.check_guarded(awake=True)
    if ends == "filled":
        desk.gateway.fill(there, 6)
    else:
        desk.cancel(order)
    passes(desk)
    assert desk.trade(trade).quantity == (10 if ends == "filled" else 4)
    assert not alerts(desk)
    desk.check_guarded()
    desk.check_ledgers()


def test_orders_of_others_are_seen_and_left_alone(desk: Ring) -> None:
    desk.gateway.place_as(3, "BUY", "AAPL", 5, orderType="LMT", lmtPrice="50", tif="GTC", orderRef="theirs")
    passes(desk, 2)
    (order,) = desk.orders()
    assert (order.symbol, order.state, order.role) == ("AAPL", OrderState.ACCEPTED, OrderRole.EXTERNAL)
    with pytest.raises(Refused, match="client 3"):
        desk.cancel(order)
    assert desk.gateway.asked("cancelOrder") == []


def test_refusals_are_told_in_words(desk: Ring) -> None:
    desk.gateway.faults.refuse("placeOrder", 201, "Order rejected - reason:insufficient margin", times=3)
    trade = desk.plan()
    with pytest.raises(Refused, match="insufficient margin"):
        desk.place(trade, order_type="market")
    assert role(desk, trade, OrderRole.ENTRY).error_code == "INSUFFICIENT_FUNDS"


def test_a_read_only_gateway_says_what_to_untick(desk: Ring) -> None:
    desk.gateway.read_only = True
    with pytest.raises(Refused, match="Read-Only"):
        desk.place(desk.plan(), order_type="market")
    assert desk.gateway.orders == []
