"""What becomes of orders, over a real socket: finding them again, how they end, their fills, and what they tie up."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.brokers.interactive_brokers.desk import Desk, bracket, hasty, refused, seated, update
from tests.brokers.interactive_brokers.gateway.switches import Times
from tests.brokers.orders import D
from tests.brokers.subjects import OPEN, MemoryLedger
from tests.conftest import Clock
from trenddojo.brokers.errors import BrokerErrorCode, OutcomeUnknown
from trenddojo.brokers.types import Order
from trenddojo.domain.orders import OrderStatus, OrderType, TimeInForce
from trenddojo.domain.terms import Side

CODE = BrokerErrorCode
UNSET = "1.7976931348623157e+308"


def now(desk: Desk, order: Order) -> Order:
    return desk.client.get_order_status(order.order_id)


# ---- finding it again


def found(desk: Desk, reference: str | None) -> Order | None:
    return desk.client.find_order(reference or "")


def test_an_order_is_found_wherever_it_is(desk: Desk) -> None:
    rests, filled, cancelled, family = desk.rest(), desk.place(), desk.rest(), bracket(desk)
    desk.client.cancel_order(cancelled.order_id)
    for _ in range(2):
        for order, status in (
            (rests, OrderStatus.ACCEPTED),
            (filled, OrderStatus.FILLED),
            (cancelled, OrderStatus.CANCELLED),
            (family, OrderStatus.ACCEPTED),
        ):
            known = found(desk, order.client_order_id)
            assert known is not None
            assert (known.order_id, known.status, len(known.legs)) == (order.order_id, status, len(order.legs))
            assert (known.quantity, known.symbol) == (order.quantity, "AAPL")
        stop = found(desk, f"{family.client_order_id}-S")
        assert stop is not None
        assert (stop.order_type, stop.parent_id) == (OrderType.STOP, family.order_id)
        assert found(desk, "never") is None
        desk.restart()


def test_what_two_orders_carry_has_to_be_looked_at(desk: Desk) -> None:
    order = desk.rest()
    desk.gateway.place_as(9, "BUY", "AAPL", 5, orderType="LMT", lmtPrice="50", orderRef=order.client_order_id or "")
    with refused(CODE.API_ERROR, reason="ambiguous_reference") as met:
        found(desk, order.client_order_id)
    assert (order.client_order_id or "-") in met.value.message


def test_what_fills_alone_carry_has_to_be_looked_at(desk: Desk) -> None:
    order = desk.place()
    desk.gateway.faults.drop("completedOrder", times=None)
    desk.restart()
    with refused(CODE.API_ERROR, reason="ambiguous_reference"):
        found(desk, order.client_order_id)


def test_a_reference_of_another_account_is_another_order(clock: Clock) -> None:
    with seated(clock, accounts=("DU1", "DU2")) as desk:
        order = desk.rest()
        filled = desk.place()
        other = desk.client.for_account("DU2")
        assert other.find_order(order.client_order_id or "") is None
        assert other.find_order(filled.client_order_id or "") is None
        for act in (
            other.get_order_status,
            other.cancel_order,
            lambda there: other.modify_order(there, update(quantity=D(4))),
        ):
            with refused(CODE.ORDER_REJECTED, reason="not_found"):
                act(order.order_id)
        assert (len(desk.tickets), desk.gateway.asked("cancelOrder")) == (2, [])


@pytest.mark.parametrize("kind", ["reqAllOpenOrders", "reqCompletedOrders"])
def test_what_could_not_be_asked_is_not_absent(desk: Desk, kind: str) -> None:
    desk.gateway.faults.never_answer(kind)
    with hasty("ASK", seconds=0.5), refused(CODE.TIMEOUT):
        found(desk, "never")


def test_fills_that_could_not_be_asked_for_are_not_absent(desk: Desk) -> None:
    desk.gateway.faults.never_answer("reqExecutions")
    with hasty("ASK", seconds=0.5), refused(CODE.TIMEOUT):
        found(desk, "never")


def test_what_ended_before_midnight_is_not_told(desk: Desk) -> None:
    rests, filled = desk.rest(), desk.place()
    desk.clock.turn(days=1)
    desk.restart()
    assert [one.order_id for one in desk.client.get_order_history()] == [rests.order_id]
    assert desk.client.get_executions().fills == ()
    assert found(desk, filled.client_order_id) is None


def test_what_nobody_tells_any_more_is_not_believed_to_work(desk: Desk) -> None:
    rests, vanished, filled = desk.rest(), desk.rest(), desk.place()
    desk.gateway._book.orders.remove(desk.gateway.order(int(vanished.order_id)))
    assert [one.order_id for one in desk.client.get_open_orders()] == [rests.order_id]
    assert {one.order_id for one in desk.client.get_order_history()} == {rests.order_id, filled.order_id}
    with refused(CODE.ORDER_REJECTED, reason="not_found"):
        now(desk, vanished)
    assert found(desk, vanished.client_order_id) is None
    with refused(CODE.ORDER_REJECTED, reason="not_found"):
        desk.client.cancel_order(vanished.order_id)


# ---- how it ends


def test_an_order_for_the_day_expires(desk: Desk) -> None:
    order = desk.rest(time_in_force=TimeInForce.DAY)
    desk.clock.now = datetime(2026, 3, 3, 21, 0, tzinfo=UTC)
    for _ in range(2):
        assert now(desk, order).status is OrderStatus.EXPIRED
        desk.restart()


def test_an_order_for_the_day_that_somebody_cancels_does_not(desk: Desk) -> None:
    order = desk.rest(time_in_force=TimeInForce.DAY)
    desk.gateway.cancel(int(order.order_id), "by the exchange")
    for _ in range(2):
        ended = now(desk, order)
        assert ended.status is OrderStatus.CANCELLED
        assert "by the exchange" in (ended.reason or "")
        desk.restart()


@pytest.mark.parametrize("time_in_force", [TimeInForce.IOC, TimeInForce.FOK])
def test_what_does_not_fill_at_once_ends(desk: Desk, time_in_force: TimeInForce) -> None:
    order = desk.rest(time_in_force=time_in_force)
    assert order.status is OrderStatus.CANCELLED
    assert desk.client.get_open_orders() == []


# ---- fills


def test_what_a_fill_costs_comes_late(desk: Desk) -> None:
    desk.gateway.commission_after = None
    desk.place()
    for _ in range(2):
        (fill,) = desk.client.get_executions().fills
        assert fill.commission is None
        desk.restart()
    desk.gateway.release_commissions()
    (fill,) = desk.client.get_executions().fills
    assert fill.commission == 1
    desk.gateway.commissions_last = True
    desk.restart()
    desk.heard()
    (fill,) = desk.client.get_executions().fills
    assert fill.commission == 1


@pytest.mark.parametrize("told", ["-1", UNSET])
def test_a_cost_that_is_not_told_is_not_nothing(desk: Desk, told: str) -> None:
    desk.gateway.faults.mangle("commissionReport", lambda fields: (*fields[:3], told, *fields[4:]), times=None)
    desk.place()
    (fill,) = desk.client.get_executions().fills
    assert fill.commission is None


def test_of_a_fill_and_its_corrections_the_newest_counts(desk: Desk) -> None:
    order = desk.place()
    (first,) = desk.client.get_executions().fills
    second = desk.gateway.correct(desk.gateway.fills[0], price=D("190.05"))
    desk.gateway.correct(second, quantity=D(8))
    for _ in range(2):
        (fill,) = desk.client.get_executions().fills
        assert (fill.quantity, fill.price, fill.revision) == (8, D("190.05"), 3)
        assert (fill.root_id, fill.order_id) == (first.root_id, order.order_id)
        assert fill.execution_id != first.execution_id
        assert now(desk, order).filled_quantity == 8
        assert [one.quantity for one in desk.client.get_positions()] == [8]
        desk.restart()


@pytest.mark.parametrize(
    ("times", "at"), [("zone", OPEN), ("utc", OPEN), ("old", datetime(2026, 3, 3, 10, 0, tzinfo=UTC))]
)
def test_when_it_filled(desk: Desk, times: Times, at: datetime) -> None:
    """A gateway that tells no zone is taken to be set to UTC, which this one is not."""
    desk.gateway.times = times
    desk.place()
    (fill,) = desk.client.get_executions().fills
    assert fill.at == at
    assert fill.at.utcoffset() is not None


def test_fills_of_one_order_are_several(desk: Desk) -> None:
    desk.gateway.hold_fills = True
    order = desk.rest()
    for quantity, price in ((4, "99.90"), (5, "99.95"), (1, "100")):
        desk.gateway.fill(int(order.order_id), quantity, price)
        desk.clock.turn(seconds=1)
    every = desk.client.get_executions().fills
    assert [(one.quantity, one.price) for one in every] == [(4, D("99.9")), (5, D("99.95")), (1, D(100))]
    assert [one.at for one in every] == sorted(one.at for one in every)
    assert {(one.order_id, one.client_order_id, one.side) for one in every} == {
        (order.order_id, order.client_order_id, Side.BUY)
    }
    assert len({one.root_id for one in every}) == 3
    filled = now(desk, order)
    assert (filled.status, filled.filled_quantity, filled.average_fill_price) == (OrderStatus.FILLED, 10, D("99.935"))


def test_a_status_of_an_order_that_was_never_told_waits_for_it(desk: Desk) -> None:
    desk.gateway.master_client_id = 7
    desk.gateway.faults.drop("openOrder")
    theirs = desk.gateway.place_as(9, "BUY", "AAPL", 5, orderType="LMT", lmtPrice="50", tif="GTC")
    desk.heard()
    assert desk.client.get_order_history() == []
    assert [one.order_id for one in desk.client.get_open_orders()] == [str(theirs.perm_id)]


def test_fills_of_others_are_told_too(desk: Desk) -> None:
    desk.gateway.type_in("SELL", "AAPL", 5)
    desk.gateway.place_as(9, "BUY", "MSFT", 2, orderRef="theirs")
    fills = desk.client.get_executions().fills
    assert {(one.symbol, one.side, one.client_order_id) for one in fills} == {
        ("AAPL", Side.SELL, None),
        ("MSFT", Side.BUY, "theirs"),
    }
    assert {one.order_id for one in fills} == {one.order_id for one in desk.client.get_order_history()}


def test_a_fill_of_an_order_that_was_cancelled(desk: Desk) -> None:
    order = desk.rest()
    desk.client.cancel_order(order.order_id)
    assert now(desk, order).status is OrderStatus.CANCELLED
    desk.gateway.fill(int(order.order_id), 4)
    late = now(desk, order)
    assert (late.status, late.filled_quantity) == (OrderStatus.CANCELLED, 4)
    desk.gateway.fill(int(order.order_id), 6)
    assert now(desk, order).status is OrderStatus.FILLED


# ---- numbers


def test_numbers_rise_over_a_restart_of_either_side(desk: Desk) -> None:
    used: list[int] = []
    for turn in range(4):
        desk.rest()
        bracket(desk)
        used += [one.order_id for one in desk.tickets[len(used) :]]
        assert int(desk.ledger.texts["last_order_number"]) == used[-1]
        desk.client.disconnect()
        desk.gateway.restart(rewind_ids=turn % 2 == 0)
        desk.client = desk.fresh()
        desk.client.connect()
    assert used == sorted(set(used))
    assert len(desk.gateway.open_orders) == len(used)


def test_a_number_is_kept_before_it_is_used(desk: Desk) -> None:
    desk.gateway.faults.lose_request("placeOrder", times=2)
    for number in ("1", "2"):
        with pytest.raises(OutcomeUnknown):
            desk.place()
        assert desk.ledger.texts["last_order_number"] == number
        desk.restart()
    desk.place()
    assert [one.order_id for one in desk.tickets] == [1, 2, 3]


def test_numbers_that_others_have_used_are_left_out(desk: Desk) -> None:
    desk.client.disconnect()
    for _ in range(5):
        desk.gateway.place_as(7, "BUY", "AAPL", 1)
    desk.client = desk.fresh(ledger=MemoryLedger())
    desk.client.connect()
    desk.place()
    assert desk.tickets[0].order_id == 6


# ---- what it would tie up


def test_a_question_about_margin_sends_nothing(desk: Desk) -> None:
    margin = desk.client.get_margin_requirements("AAPL", D(-10))
    assert (margin.initial_margin, margin.maintenance_margin, margin.price) == (D("570.00"), D("475.00"), 190)
    (ticket,) = desk.tickets
    assert (ticket.what_if, ticket.action, ticket.type, ticket.account) == (True, "SELL", "MKT", "DU1234567")
    assert desk.gateway.orders == []
    assert desk.client.get_order_history() == []
    assert desk.place().status is OrderStatus.FILLED
    assert desk.tickets[1].order_id > ticket.order_id


@pytest.mark.parametrize(
    ("quantity", "code", "broker_code"),
    [(1_000_000, CODE.INSUFFICIENT_FUNDS, "201"), (Decimal("0.5"), CODE.ORDER_REJECTED, "10243"),
     (0, CODE.ORDER_REJECTED, "434")],
)  # fmt: skip
def test_margin_that_is_refused(desk: Desk, quantity: Decimal, code: BrokerErrorCode, broker_code: str) -> None:
    with refused(code, broker_code=broker_code):
        desk.client.get_margin_requirements("AAPL", Decimal(quantity))
    assert desk.inbox._by_number == {}


def test_margin_without_a_figure_is_not_nothing(desk: Desk) -> None:
    desk.gateway.faults.mangle(
        "openOrder", lambda fields: tuple("1.7976931348623157E308" if one == "570.00" else one for one in fields)
    )
    with refused(CODE.API_ERROR):
        desk.client.get_margin_requirements("AAPL", D(10))


def test_margin_that_is_not_told(desk: Desk) -> None:
    desk.client.get_market_data("AAPL")
    desk.gateway.faults.never_answer("placeOrder")
    with hasty("ASK"), refused(CODE.TIMEOUT):
        desk.client.get_margin_requirements("AAPL", D(10))
    assert desk.inbox._by_number == {}
    assert desk.client.get_margin_requirements("AAPL", D(10)).initial_margin == 570


def test_an_order_without_a_form_of_ours_hides_no_other(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    until = "20261218 16:00:00 US/Eastern"
    desk.gateway.place_as(
        3, "BUY", "MSFT", 5, orderType="LMT", lmtPrice="50", tif="GTD", goodTillDate=until, orderRef="theirs"
    )
    ours = desk.place(order_type=OrderType.LIMIT, limit_price=D(100), time_in_force=TimeInForce.GTC)
    assert [one.order_id for one in desk.client.get_open_orders()] == [ours.order_id]
    assert [one.order_id for one in desk.client.get_order_history()] == [ours.order_id]
    assert "left out: An order's type is LMT GTD" in caplog.text
