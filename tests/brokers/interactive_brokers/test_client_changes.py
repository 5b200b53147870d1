"""Changing and cancelling orders over a real socket: refused or not answered, they go on as they were."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.brokers.interactive_brokers.desk import Desk, bracket, hasty, refused, update
from tests.brokers.orders import D
from trenddojo.brokers.errors import BrokerErrorCode, OutcomeUnknown, is_unknown
from trenddojo.brokers.types import Order
from trenddojo.domain.orders import (
    OrderStatus,
    OrderType,
    TimeInForce,
)

CODE = BrokerErrorCode
LIMIT, STOP, STOP_LIMIT, TRAIL = OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP


def now(desk: Desk, order: Order) -> Order:
    return desk.client.get_order_status(order.order_id)


# ---- changing


def test_a_change_is_a_clean_order_under_the_same_number(desk: Desk) -> None:
    order = desk.rest()
    desk.restart()  # known by the gateway's echo alone, which is full of values of its own
    response = desk.client.modify_order(order.order_id, update(limit_price=D("99.5"), quantity=D(8)))
    first, second = desk.tickets
    assert second.order_id == first.order_id
    changed = {"lmtPrice": "99.5", "totalQuantity": "8"}
    known = {name: value for name, value in first.terms.items() if name not in changed}
    assert {name: second.terms[name] for name in known} == known | {"ocaType": second.terms["ocaType"]}
    assert {name: second.terms[name] for name in changed} == changed
    assert (response.order_id, response.order.limit_price, response.order.quantity) == (order.order_id, D("99.5"), 8)
    (there,) = desk.gateway.open_orders
    assert (there.limit, there.quantity) == (D("99.5"), 8)


@pytest.mark.parametrize(
    ("placed", "changes", "terms"),
    [
        ({"order_type": STOP, "stop_price": D(250)}, {"stop_price": D(251)}, {"auxPrice": "251", "lmtPrice": ""}),
        ({"order_type": STOP_LIMIT, "stop_price": D(250), "limit_price": D(251)}, {"limit_price": D(252)},
         {"auxPrice": "250", "lmtPrice": "252"}),
        ({"order_type": TRAIL, "trail_amount": D(3)}, {"trail_amount": D("2.5")},
         {"auxPrice": "2.5", "trailingPercent": "", "trailStopPrice": ""}),
        ({"order_type": TRAIL, "trail_percent": D(3)}, {"trail_percent": D("2.5")},
         {"auxPrice": "", "trailingPercent": "2.5", "trailStopPrice": ""}),
        ({"order_type": LIMIT, "limit_price": D(100)}, {"time_in_force": TimeInForce.GTC}, {"tif": "GTC"}),
    ],
)  # fmt: skip
def test_what_may_be_changed(
    desk: Desk, placed: dict[str, Any], changes: dict[str, Any], terms: dict[str, str]
) -> None:
    order = desk.place(**placed)
    desk.restart()
    told = desk.client.modify_order(order.order_id, update(**changes)).order
    assert {name: getattr(told, name) for name in changes} == changes
    sent = desk.tickets[-1].terms
    found = {name: sent[name] for name in terms}
    assert {name: Decimal(one) if one and name != "tif" else one for name, one in found.items()} == {
        name: Decimal(one) if one and name != "tif" else one for name, one in terms.items()
    }
    assert {name: getattr(now(desk, order), name) for name in changes} == changes


def test_a_trail_may_become_one_of_the_other_kind(desk: Desk) -> None:
    order = desk.place(order_type=TRAIL, trail_percent=D(3))
    for changes, amounts in (({"trail_amount": D(4)}, (D(4), None)), ({"trail_percent": D(5)}, (None, D(5)))):
        told = desk.client.modify_order(order.order_id, update(**changes)).order
        assert (told.trail_amount, told.trail_percent) == amounts
        told = desk.client.modify_order(order.order_id, update(quantity=told.quantity - 1)).order
        assert (told.trail_amount, told.trail_percent) == amounts


def test_an_exit_is_changed_with_its_entry_there_and_without(desk: Desk) -> None:
    order = bracket(desk)
    entry = desk.tickets[0].order_id
    stop = next(leg for leg in order.legs if leg.order_type is STOP)
    told = desk.client.modify_order(stop.order_id, update(stop_price=D(91))).order
    assert desk.tickets[-1].parent_id == entry
    assert (told.order_id, told.stop_price, told.parent_id, told.is_held) == (stop.order_id, 91, order.order_id, True)
    desk.gateway.fill(int(order.order_id))
    for price in (D(92), D(93)):
        told = desk.client.modify_order(stop.order_id, update(stop_price=price)).order
        assert desk.tickets[-1].parent_id == 0
        assert (told.stop_price, told.is_held) == (price, False)
        desk.restart()
    assert desk.gateway.order(int(stop.order_id)).aux == 93
    assert desk.gateway.order(int(stop.order_id)).oca_group


def test_a_partly_filled_order_may_be_changed(desk: Desk) -> None:
    desk.gateway.hold_fills = True
    order = desk.rest()
    desk.gateway.fill(int(order.order_id), 4)
    told = desk.client.modify_order(order.order_id, update(limit_price=D(101))).order
    assert (told.limit_price, told.quantity, told.filled_quantity) == (101, 10, 4)
    with refused(CODE.ORDER_REJECTED, broker_code="201"):
        desk.client.modify_order(order.order_id, update(quantity=D(3)))
    assert now(desk, order).quantity == 10


@pytest.mark.parametrize(
    ("code", "text", "reason"),
    [
        (104, "Cannot modify a filled order.", "not_replaceable"),
        (105, "Order being modified does not match original order.", "not_replaceable"),
        (329, "Order modify failed. Cannot change to the new order type.", "not_replaceable"),
        (110, "The price does not conform to the minimum price variation for this contract.", "price_increment"),
        (135, "Can't find order with id =1", "not_found"),
        (161, "Cancel attempted when order is not in a cancellable state.", "not_cancelable"),
        (201, "Order rejected - reason:no", None),
        (321, "Error validating request.-'bN' : cause - The API interface is currently in Read-Only mode.",
         "read_only"),
    ],
)  # fmt: skip
def test_a_refused_change_leaves_the_order_as_it_was(desk: Desk, code: int, text: str, reason: str | None) -> None:
    order = desk.rest()
    desk.gateway.faults.refuse("placeOrder", code, text)
    with refused(CODE.ORDER_REJECTED, broker_code=str(code)) as met:
        desk.client.modify_order(order.order_id, update(limit_price=D(99)))
    assert met.value.details.get("reason") == reason
    assert not is_unknown(met.value)
    for _ in range(2):
        found = now(desk, order)
        assert (found.status, found.limit_price) == (OrderStatus.ACCEPTED, 100)
        assert [one.order_id for one in desk.client.get_open_orders()] == [order.order_id]
        desk.restart()
    assert desk.client.modify_order(order.order_id, update(limit_price=D(98))).order.limit_price == 98


def test_a_refused_change_is_no_reason_for_the_end(desk: Desk) -> None:
    order = desk.rest()
    desk.gateway.faults.refuse("placeOrder", 110, "The price does not conform")
    with refused(CODE.ORDER_REJECTED, broker_code="110"):
        desk.client.modify_order(order.order_id, update(limit_price=D(99)))
    assert now(desk, order).reason is None
    desk.client.cancel_order(order.order_id)
    assert now(desk, order).status is OrderStatus.CANCELLED


def test_what_has_ended_is_not_changed(desk: Desk) -> None:
    filled, cancelled = desk.place(), desk.rest()
    desk.client.cancel_order(cancelled.order_id)
    desk.gateway.settle()
    for order in (filled, cancelled):
        with refused(CODE.ORDER_REJECTED, reason="already_final"):
            desk.client.modify_order(order.order_id, update(quantity=D(5)))
        with refused(CODE.ORDER_REJECTED, reason="already_final"):
            desk.client.cancel_order(order.order_id)
    assert (len(desk.tickets), len(desk.gateway.asked("cancelOrder"))) == (2, 1)


@pytest.mark.parametrize("fault", ["swallow", "never_answer"])
def test_a_change_that_is_not_answered_is_unknown(desk: Desk, fault: str) -> None:
    order = desk.rest()
    getattr(desk.gateway.faults, fault)("placeOrder")
    with hasty("ANSWER"), pytest.raises(OutcomeUnknown):
        desk.client.modify_order(order.order_id, update(limit_price=D(99)))
    (there,) = desk.gateway.open_orders
    assert now(desk, order).limit_price == there.limit


@pytest.mark.parametrize("quantity", [D(0), D(-1)])
def test_a_change_to_nothing_is_not_sent(desk: Desk, quantity: Decimal) -> None:
    order = desk.rest()
    with refused(CODE.ORDER_REJECTED, field="quantity"):
        desk.client.modify_order(order.order_id, update(quantity=quantity))
    assert len(desk.tickets) == 1


# ---- cancelling


def test_an_entry_takes_its_exits_along(desk: Desk) -> None:
    order = bracket(desk)
    desk.client.cancel_order(order.order_id)
    order = now(desk, order)
    assert order.status is OrderStatus.CANCELLED
    assert {leg.status for leg in order.legs} == {OrderStatus.CANCELLED}
    assert [asked.id for asked in desk.gateway.asked("cancelOrder")] == [desk.tickets[0].order_id]


def test_a_cancel_has_happened_when_it_is_told(desk: Desk) -> None:
    desk.gateway.hold_cancels = True
    order = desk.rest()
    desk.client.cancel_order(order.order_id)
    found = now(desk, order)
    assert (found.status, found.raw_status) == (OrderStatus.ACCEPTED, "PendingCancel")
    desk.client.cancel_order(order.order_id)
    desk.gateway.fill(int(order.order_id), 4)
    assert now(desk, order).status is OrderStatus.PARTIALLY_FILLED
    desk.gateway.hold_cancels = False
    desk.gateway.settle()
    found = now(desk, order)
    assert (found.status, found.filled_quantity) == (OrderStatus.CANCELLED, 4)


def test_an_order_may_fill_while_it_is_being_cancelled(desk: Desk) -> None:
    desk.gateway.hold_cancels = True
    order = desk.rest()
    desk.client.cancel_order(order.order_id)
    desk.gateway.fill(int(order.order_id))
    assert now(desk, order).status is OrderStatus.FILLED


@pytest.mark.parametrize(
    ("code", "reason"), [(161, "not_cancelable"), (10147, "not_found"), (10148, "already_final"), (135, "not_found")]
)
def test_a_refused_cancel_leaves_the_order_as_it_was(desk: Desk, code: int, reason: str) -> None:
    order = desk.rest(time_in_force=TimeInForce.DAY)
    desk.gateway.faults.refuse("cancelOrder", code, "OrderId 1 cannot be cancelled, state: Submitted.")
    with refused(CODE.ORDER_REJECTED, reason=reason) as met:
        desk.client.cancel_order(order.order_id)
    assert not is_unknown(met.value)
    assert now(desk, order).status is OrderStatus.ACCEPTED
    desk.clock.turn(hours=7)
    assert now(desk, order).status is OrderStatus.EXPIRED  # nobody has cancelled it, or refused it


@pytest.mark.parametrize("fault", ["swallow", "never_answer"])
def test_a_cancel_that_is_not_answered_is_unknown(desk: Desk, fault: str) -> None:
    order = desk.rest()
    getattr(desk.gateway.faults, fault)("cancelOrder")
    with hasty("ANSWER"), pytest.raises(OutcomeUnknown):
        desk.client.cancel_order(order.order_id)
    assert now(desk, order).status is (OrderStatus.ACCEPTED if fault == "swallow" else OrderStatus.CANCELLED)


def test_an_order_of_another_client_is_left_alone(desk: Desk) -> None:
    ours = desk.rest()
    theirs = desk.gateway.place_as(9, "BUY", "AAPL", 5, orderType="LMT", lmtPrice="50", tif="GTC", orderRef="theirs")
    typed = desk.gateway.type_in("BUY", "AAPL", 5, orderType="LMT", lmtPrice="50", tif="GTC")
    assert theirs.order_id == desk.tickets[0].order_id  # whose number is one of ours
    for order, client in ((theirs, "client 9"), (typed, "client 0")):
        for act in (desk.client.cancel_order, lambda there: desk.client.modify_order(there, update(quantity=D(4)))):
            with refused(CODE.ORDER_REJECTED, reason="other_client") as met:
                act(str(order.perm_id))
            assert client in met.value.message
    assert (len(desk.tickets), desk.gateway.asked("cancelOrder")) == (1, [])
    assert {one.order_id for one in desk.client.get_open_orders()} == {
        ours.order_id,
        str(theirs.perm_id),
        str(typed.perm_id),
    }
    desk.gateway.cancel(theirs)
    assert desk.client.get_order_status(str(theirs.perm_id)).status is OrderStatus.CANCELLED
    assert now(desk, ours).status is OrderStatus.ACCEPTED


@pytest.mark.parametrize("there", ["1", "999", "7:1", "", "nobody's"])
def test_an_order_that_is_not_there(desk: Desk, there: str) -> None:
    desk.rest()
    for act in (
        desk.client.get_order_status,
        desk.client.cancel_order,
        lambda one: desk.client.modify_order(one, update(quantity=D(4))),
    ):
        with refused(CODE.ORDER_REJECTED, reason="not_found"):
            act(there)
    assert desk.gateway.asked("cancelOrder") == []
