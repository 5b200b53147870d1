"""Orders over a real socket: what is sent, what is refused, and what nobody knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.brokers.interactive_brokers.desk import Desk, bracket, hasty, patient, refused, update
from tests.brokers.interactive_brokers.gateway.asked import Asked
from tests.brokers.interactive_brokers.gateway.tickets import Ticket
from tests.brokers.orders import D
from tests.brokers.subjects import CLOSED
from trenddojo.brokers.errors import BrokerErrorCode, NotSent, OutcomeUnknown, is_not_sent, is_unknown
from trenddojo.brokers.types import Order, SubmitStatus
from trenddojo.domain.orders import (
    OrderClass,
    OrderStatus,
    OrderType,
    StopLoss,
    TakeProfit,
    TimeInForce,
)
from trenddojo.domain.terms import Side

CODE = BrokerErrorCode
LIMIT, STOP, STOP_LIMIT, TRAIL = OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP
PRICES = ("lmtPrice", "auxPrice", "trailingPercent", "trailStopPrice")


def prices(ticket: Ticket) -> tuple[str, ...]:
    return tuple(ticket.terms[name] for name in PRICES)


def now(desk: Desk, order: Order) -> Order:
    return desk.client.get_order_status(order.order_id)


# ---- how it is sent

FORMS: list[tuple[dict[str, Any], str, str, tuple[str, str, str, str]]] = [
    ({}, "MKT", "DAY", ("", "", "", "")),
    ({"time_in_force": TimeInForce.GTC}, "MKT", "GTC", ("", "", "", "")),
    ({"time_in_force": TimeInForce.IOC}, "MKT", "IOC", ("", "", "", "")),
    ({"time_in_force": TimeInForce.FOK}, "MKT", "FOK", ("", "", "", "")),
    ({"time_in_force": TimeInForce.OPG}, "MKT", "OPG", ("", "", "", "")),
    ({"time_in_force": TimeInForce.CLS}, "MOC", "DAY", ("", "", "", "")),
    ({"order_type": LIMIT, "limit_price": D("100.50")}, "LMT", "DAY", ("100.50", "", "", "")),
    ({"order_type": LIMIT, "limit_price": D("1E+2"), "time_in_force": TimeInForce.GTC}, "LMT", "GTC",
     ("100", "", "", "")),
    ({"order_type": LIMIT, "limit_price": D(100), "time_in_force": TimeInForce.CLS}, "LOC", "DAY", ("100", "", "", "")),
    ({"order_type": STOP, "stop_price": D("250.01")}, "STP", "DAY", ("", "250.01", "", "")),
    ({"order_type": STOP_LIMIT, "stop_price": D(250), "limit_price": D(251)}, "STP LMT", "DAY", ("251", "250", "", "")),
    ({"order_type": TRAIL, "trail_amount": D("2.50")}, "TRAIL", "DAY", ("", "2.50", "", "")),
    ({"order_type": TRAIL, "trail_percent": D("3.5")}, "TRAIL", "DAY", ("", "", "3.5", "")),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "order_type", "tif", "told"), FORMS)
@pytest.mark.parametrize("side", Side)
def test_every_type_is_sent_in_the_protocols_words_and_told_in_ours(
    desk: Desk, changes: dict[str, Any], order_type: str, tif: str, told: tuple[str, ...], side: Side
) -> None:
    if changes.get("time_in_force") is TimeInForce.OPG:
        desk.clock.now = CLOSED
        desk.restart()
    request = desk.order(side=side, quantity=D("1E+1"), **changes)
    order = desk.client.place_order(request).order
    (ticket,) = desk.tickets
    assert (ticket.action, ticket.terms["totalQuantity"], ticket.type, ticket.tif) == (
        "BUY" if side is Side.BUY else "SELL",
        "10",
        order_type,
        tif,
    )
    assert prices(ticket) == told
    assert (ticket.account, ticket.ref, ticket.transmit, ticket.parent_id, ticket.outside_rth, ticket.what_if) == (
        "DU1234567", request.client_order_id, True, 0, False, False,
    )  # fmt: skip
    assert (ticket.terms["ocaGroup"], ticket.wanted.con_id, ticket.wanted.exchange) == ("", 265598, "SMART")
    for name in ("client_order_id", "symbol", "side", "quantity", "order_type", "order_class", "time_in_force",
                 "limit_price", "trail_amount", "trail_percent"):  # fmt: skip
        assert getattr(order, name) == getattr(request, name), name
    if order_type != "TRAIL":
        assert order.stop_price == request.stop_price
    assert order.order_id == str(desk.gateway.order(request.client_order_id).perm_id)


@pytest.mark.parametrize("is_wanted", [True, False])
def test_extended_hours_are_asked_for(desk: Desk, is_wanted: bool) -> None:
    order = desk.rest(extended_hours=is_wanted)
    assert desk.tickets[0].outside_rth is is_wanted
    assert order.extended_hours is is_wanted
    desk.client.modify_order(order.order_id, update(limit_price=D(99)))
    assert desk.tickets[1].outside_rth is is_wanted


def test_a_bracket_is_sent_in_one_breath_and_works_from_its_last_on(desk: Desk) -> None:
    order = bracket(desk, time_in_force=TimeInForce.DAY)
    entry, target, stop = desk.tickets
    assert [one.transmit for one in desk.tickets] == [False, False, True]
    assert [one.order_id - entry.order_id for one in desk.tickets] == [0, 1, 2]
    assert [one.parent_id for one in desk.tickets] == [0, entry.order_id, entry.order_id]
    assert [one.action for one in desk.tickets] == ["BUY", "SELL", "SELL"]
    assert [one.type for one in desk.tickets] == ["LMT", "LMT", "STP"]
    assert [one.tif for one in desk.tickets] == ["DAY", "GTC", "GTC"]
    assert [one.ref for one in desk.tickets] == [f"{entry.ref}{ending}" for ending in ("", "-T", "-S")]
    assert [prices(one)[:2] for one in (entry, target, stop)] == [("100", ""), ("250", ""), ("", "90")]
    assert {one.account for one in desk.tickets} == {"DU1234567"}
    assert (order.order_class, order.parent_id) == (OrderClass.BRACKET, None)
    assert {(leg.order_type, leg.limit_price, leg.stop_price) for leg in order.legs} == {
        (LIMIT, D(250), None),
        (STOP, None, D(90)),
    }
    assert {(leg.parent_id, leg.is_held, leg.status, leg.order_class) for leg in order.legs} == {
        (order.order_id, True, OrderStatus.ACCEPTED, OrderClass.BRACKET)
    }
    assert [one.order_id for one in desk.client.get_open_orders()] == [order.order_id]


@pytest.mark.parametrize(
    ("exits", "types", "told"),
    [
        ({"take_profit": None}, ["LMT", "STP"], [("100", ""), ("", "90")]),
        ({"stop_loss": None}, ["LMT", "LMT"], [("100", ""), ("250", "")]),
        ({"stop_loss": StopLoss(stop_price=D(90), limit_price=D("89.5")), "take_profit": None}, ["LMT", "STP LMT"],
         [("100", ""), ("89.5", "90")]),
    ],
)  # fmt: skip
def test_one_exit_goes_along_as_well(
    desk: Desk, exits: dict[str, Any], types: list[str], told: list[tuple[str, str]]
) -> None:
    order = bracket(desk, **exits)
    assert [one.type for one in desk.tickets] == types
    assert [prices(one)[:2] for one in desk.tickets] == told
    assert [one.transmit for one in desk.tickets] == [False, True]
    assert (order.order_class, len(order.legs)) == (OrderClass.OTO, 1)


def test_a_short_entry_has_its_exits_on_the_other_side(desk: Desk) -> None:
    exits = {"stop_loss": StopLoss(stop_price=D(250)), "take_profit": TakeProfit(limit_price=D(150))}
    desk.place(side=Side.SELL, order_type=LIMIT, limit_price=D(240), **exits)
    assert [one.action for one in desk.tickets] == ["SELL", "BUY", "BUY"]


def test_exits_wake_when_their_entry_has_filled_and_end_together(desk: Desk) -> None:
    desk.gateway.hold_fills = True
    order = bracket(desk)
    desk.gateway.fill(int(order.order_id), 4)
    order = now(desk, order)
    assert (order.status, order.filled_quantity) == (OrderStatus.PARTIALLY_FILLED, 4)
    assert [leg.is_held for leg in order.legs] == [True, True]
    desk.gateway.fill(int(order.order_id), 6)
    order = now(desk, order)
    assert order.status is OrderStatus.FILLED
    assert [leg.is_held for leg in order.legs] == [False, False]
    stop = next(leg for leg in order.legs if leg.order_type is STOP)
    desk.gateway.fill(int(stop.order_id))
    order = now(desk, order)
    assert {leg.order_type: leg.status for leg in order.legs} == {
        STOP: OrderStatus.FILLED,
        LIMIT: OrderStatus.CANCELLED,
    }
    assert desk.client.get_open_orders() == []
    assert desk.client.get_positions() == []


def test_a_pair_of_exits_is_bound_by_its_group(desk: Desk) -> None:
    desk.place()
    request = desk.order(
        side=Side.SELL, order_type=LIMIT, limit_price=D(250), stop_loss=StopLoss(stop_price=D(90)), is_oco=True,
        time_in_force=TimeInForce.GTC,
    )  # fmt: skip
    order = desk.client.place_order(request).order
    target, stop = desk.tickets[1:]
    assert [(one.action, one.type, one.tif, one.transmit, one.parent_id) for one in (target, stop)] == [
        ("SELL", "LMT", "GTC", True, 0),
        ("SELL", "STP", "GTC", True, 0),
    ]
    assert {(one.terms["ocaGroup"], one.terms["ocaType"]) for one in (target, stop)} == {(request.client_order_id, "2")}
    assert (order.order_class, order.limit_price) == (OrderClass.OCO, 250)
    (leg,) = order.legs
    assert (leg.order_type, leg.stop_price, leg.is_held, leg.parent_id) == (STOP, 90, False, None)
    desk.gateway.fill(int(order.order_id), 4)
    order = now(desk, order)
    assert (order.filled_quantity, order.legs[0].quantity) == (4, 6)  # what one fills, the other shrinks by
    desk.gateway.fill(int(leg.order_id))
    order = now(desk, order)
    assert (order.status, order.legs[0].status) == (OrderStatus.CANCELLED, OrderStatus.FILLED)
    assert desk.client.get_positions() == []


# ---- what is not sent


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"quantity": D("0.5")}, "quantity"),
        ({"quantity": D("10.25")}, "quantity"),
        ({"symbol": "BTC/USD", "quantity": D("0.1")}, "quantity"),
        ({"quantity": D(0)}, "quantity"),
        ({"order_type": LIMIT}, "limit_price"),
        ({"order_type": LIMIT, "limit_price": D("100.005")}, "limit_price"),
        ({"order_type": STOP, "stop_price": D("250.001")}, "stop_price"),
        ({"stop_loss": StopLoss(stop_price=D("90.005"))}, "stop_loss"),
        ({"take_profit": TakeProfit(limit_price=D("250.005"))}, "take_profit"),
        ({"order_type": TRAIL, "trail_percent": D(3), "stop_loss": StopLoss(stop_price=D(90))}, "order_type"),
    ],
)
def test_what_cannot_be_an_order_does_not_leave(desk: Desk, changes: dict[str, Any], field: str) -> None:
    with refused(CODE.ORDER_REJECTED, field=field) as met:
        desk.place(**changes)
    assert not is_unknown(met.value)
    assert desk.tickets == []
    assert "last_order_number" not in desk.ledger.texts


def test_what_fails_before_it_is_sent_was_not_sent(desk: Desk) -> None:
    desk.gateway.faults.never_answer("reqContractDetails")
    with hasty("ASK"), pytest.raises(NotSent) as met:
        desk.place()
    assert met.value.code is CODE.TIMEOUT
    rests = desk.rest()
    for act in (desk.client.cancel_order, lambda there: desk.client.modify_order(there, update(quantity=D(5)))):
        desk.gateway.faults.never_answer("reqAllOpenOrders")
        with hasty("ASK"), pytest.raises(NotSent):
            act(rests.order_id)
    desk.gateway.faults.lose_request("reqAllOpenOrders")
    with pytest.raises(NotSent):
        desk.client.cancel_order(rests.order_id)
    assert (len(desk.tickets), desk.gateway.asked("cancelOrder")) == (1, [])


def test_a_reference_is_used_once(desk: Desk) -> None:
    order = desk.rest()
    for _ in range(2):
        with refused(CODE.ORDER_REJECTED, reason="duplicate_client_order_id"):
            desk.place(client_order_id=order.client_order_id)
        desk.restart()
    assert len(desk.tickets) == 1


# ---- what is refused

REFUSALS: list[tuple[int, str, BrokerErrorCode, dict[str, str]]] = [
    (103, "Duplicate order id", CODE.ORDER_REJECTED, {"reason": "duplicate_order_number"}),
    (109, "The price is out of the range defined by the Percentage setting", CODE.ORDER_REJECTED, {}),
    (110, "The price does not conform to the minimum price variation for this contract.", CODE.ORDER_REJECTED,
     {"reason": "price_increment", "field": "limit_price"}),
    (200, "No security definition has been found for the request", CODE.SYMBOL_NOT_FOUND, {"field": "symbol"}),
    (201, "Order rejected - reason:YOUR ORDER IS NOT ACCEPTED. INSUFFICIENT MARGIN", CODE.INSUFFICIENT_FUNDS, {}),
    (201, "Order rejected - reason:Available Funds are in sufficient", CODE.INSUFFICIENT_FUNDS, {}),
    (201, "Order rejected - reason:The exchange is closed.", CODE.MARKET_CLOSED, {}),
    (201, "Order rejected - reason:No trading permissions.", CODE.ORDER_REJECTED, {}),
    (203, "The security AAPL is not available or allowed for this account.", CODE.ORDER_REJECTED, {}),
    (320, "Error reading request. Unable to parse field", CODE.ORDER_REJECTED, {}),
    (321, "Error validating request.-'bN' : cause - The API interface is currently in Read-Only mode.",
     CODE.ORDER_REJECTED, {"reason": "read_only"}),
    (383, "The following order size exceeds the Size Limit", CODE.ORDER_REJECTED, {}),
    (388, "Order size does not conform to market rule", CODE.ORDER_REJECTED, {}),
    (434, "The order size cannot be zero.", CODE.ORDER_REJECTED, {"field": "quantity"}),
    (435, "You must specify an account.", CODE.ORDER_REJECTED, {}),
    (460, "No trading permissions.", CODE.ORDER_REJECTED, {}),
    (10243, "Fractional-sized order cannot be placed via API.", CODE.ORDER_REJECTED, {"field": "quantity"}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "text", "ours", "details"), REFUSALS)
def test_a_refusal_is_no_order(
    desk: Desk, code: int, text: str, ours: BrokerErrorCode, details: dict[str, str]
) -> None:
    desk.gateway.faults.refuse("placeOrder", code, text)
    with patient("ANSWER"), refused(ours, broker_code=str(code), broker_message=text, **details) as met:
        desk.place()
    assert not is_unknown(met.value)
    assert not is_not_sent(met.value)
    assert desk.client.get_order_history() == []
    assert desk.place().status is OrderStatus.FILLED


def test_ibkrs_own_refusals(desk: Desk) -> None:
    with refused(CODE.INSUFFICIENT_FUNDS, broker_code="201") as met:
        desk.place(quantity=D(100_000))
    assert "INITIAL MARGIN" in met.value.message
    for _ in range(2):
        (order,) = desk.client.get_order_history()
        assert order.status is OrderStatus.REJECTED
        assert "INITIAL MARGIN" in (order.reason or "")
        desk.restart()
    with refused(CODE.ORDER_REJECTED, reason="price_increment"):  # its steps are coarser above 3
        desk.rest(symbol="AAPL261218C00200000", limit_price=D("5.01"), quantity=D(1))


def test_an_accepted_order_may_be_refused_later(desk: Desk) -> None:
    order = desk.rest()
    desk.gateway.reject(int(order.order_id), "the stock is halted")
    for _ in range(2):
        order = now(desk, order)
        assert order.status is OrderStatus.REJECTED
        assert "halted" in (order.reason or "")
        desk.restart()


def test_a_warning_is_a_note_on_an_order_that_works(desk: Desk) -> None:
    desk.clock.now = CLOSED
    desk.restart()
    response = desk.client.place_order(desk.order())
    assert response.status is SubmitStatus.SUBMITTED
    order = now(desk, response.order)
    assert (order.status, order.raw_status) == (OrderStatus.ACCEPTED, "PreSubmitted")
    assert "will not be placed at the exchange until 2026-03-09 09:30:00" in (order.reason or "")


@pytest.mark.parametrize(
    ("status", "ours"), [("Inactive", OrderStatus.PENDING), ("PreSubmitted", OrderStatus.ACCEPTED)]
)
def test_a_short_sale_that_waits_for_shares_is_no_refusal(desk: Desk, status: str, ours: OrderStatus) -> None:
    desk.gateway.hard_to_borrow = {"AAPL": status}
    order = desk.place(side=Side.SELL)
    assert (order.status, order.raw_status) == (ours, status)
    assert "locate the shares" in (now(desk, order).reason or "")
    assert [one.order_id for one in desk.client.get_open_orders()] == [order.order_id]
    desk.restart()
    assert now(desk, order).status is ours
    desk.gateway.hard_to_borrow.clear()
    desk.gateway.settle()
    assert now(desk, order).status is OrderStatus.FILLED


# ---- a family of which one is refused


def the(ending: str) -> Callable[[Asked], bool]:
    """A member of a family, by what its reference ends with."""
    return lambda asked: asked.ticket.ref.endswith(ending)


def off_tick(desk: Desk, ending: str) -> None:
    desk.gateway.faults.refuse("placeOrder", 110, "The price does not conform", where=the(ending))


def test_without_its_last_a_family_is_taken_back(desk: Desk) -> None:
    off_tick(desk, "-S")
    with patient("ANSWER"), refused(CODE.ORDER_REJECTED, reason="price_increment") as met:
        bracket(desk)
    assert not is_unknown(met.value)
    entry, target, _ = desk.tickets
    desk.gateway.wait_for(lambda: len(desk.gateway.asked("cancelOrder")) == 2)  # the second may still be on its way
    assert [asked.id for asked in desk.gateway.asked("cancelOrder")] == [entry.order_id, target.order_id]
    assert {one.status for one in desk.gateway.orders} == {"Cancelled"}
    assert desk.client.get_open_orders() == desk.client.get_order_history() == []


def test_a_family_that_cannot_be_taken_back_is_unknown(desk: Desk) -> None:
    off_tick(desk, "-S")
    desk.gateway.faults.swallow("cancelOrder", times=None)
    with hasty("ANSWER"), pytest.raises(OutcomeUnknown):
        bracket(desk)
    assert desk.client.get_open_orders() == []


def test_without_its_target_the_rest_of_a_family_works(desk: Desk) -> None:
    off_tick(desk, "-T")
    with patient("ANSWER"):
        order = bracket(desk)
    assert order.status is OrderStatus.ACCEPTED
    assert [(leg.order_type, leg.status) for leg in order.legs] == [
        (LIMIT, OrderStatus.REJECTED),
        (STOP, OrderStatus.ACCEPTED),
    ]
    assert [leg.order_type for leg in now(desk, order).legs] == [STOP]
    assert [one.type for one in desk.gateway.open_orders] == ["LMT", "STP"]


def test_without_its_entry_nothing_of_a_family_works(desk: Desk) -> None:
    desk.gateway.faults.refuse("placeOrder", 201, "Order rejected - reason:no", where=lambda one: one.id == 1)
    with patient("ANSWER"), refused(CODE.ORDER_REJECTED, broker_code="201"):
        bracket(desk)
    assert desk.gateway.orders == []
    assert desk.client.get_order_history() == []


def test_a_pair_of_which_one_is_refused_says_so(desk: Desk) -> None:
    desk.place()
    off_tick(desk, "-S")
    order = desk.place(side=Side.SELL, order_type=LIMIT, limit_price=D(250), stop_loss=StopLoss(stop_price=D(90)),
                       is_oco=True)  # fmt: skip
    assert order.status is OrderStatus.ACCEPTED
    assert [one.type for one in desk.gateway.open_orders] == ["LMT"]


# ---- what nobody knows

LOST = [("lose_answer", {}), ("lose_answer", {"abort": True}), ("lose_request", {}), ("lose_request", {"abort": True}),
        ("garbage", {})]  # fmt: skip
ARRIVED = ("lose_answer", "garbage", "never_answer", "wrong_length")


@pytest.mark.parametrize(("fault", "more"), LOST)
def test_a_line_that_is_lost_while_sending_leaves_it_unknown(desk: Desk, fault: str, more: dict[str, bool]) -> None:
    desk.client.get_market_data("AAPL")
    getattr(desk.gateway.faults, fault)("placeOrder", **more)
    request = desk.order()
    with pytest.raises(OutcomeUnknown):
        desk.client.place_order(request)
    desk.restart()
    found = desk.client.find_order(request.client_order_id)
    assert (found is not None) is (fault in ARRIVED)
    assert len(desk.tickets) == 1


def test_an_order_that_was_answered_was_sent_whatever_comes_then(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    order = desk.rest()

    def lost() -> object:
        raise NotSent("Not connected to a gateway.", CODE.CONNECTION_FAILED, "interactive_brokers")

    with monkeypatch.context() as patch:
        patch.setattr(desk.client._session, "fills", lost)
        with pytest.raises(OutcomeUnknown):
            desk.rest()
        with pytest.raises(OutcomeUnknown):
            desk.client.modify_order(order.order_id, update(limit_price=D(99)))
    assert [one.limit_price for one in desk.client.get_open_orders()] == [99, 100]


@pytest.mark.parametrize("fault", ["swallow", "never_answer", "wrong_length"])
def test_an_order_that_is_not_answered_is_unknown(desk: Desk, fault: str) -> None:
    getattr(desk.gateway.faults, fault)("placeOrder")
    request = desk.order(order_type=LIMIT, limit_price=D(100))
    with hasty("ANSWER"), pytest.raises(OutcomeUnknown) as met:
        desk.client.place_order(request)
    assert met.value.code is CODE.TIMEOUT
    if fault == "wrong_length":
        desk.restart()
    found = desk.client.find_order(request.client_order_id)
    has_arrived = fault in ARRIVED
    assert (found is not None) is has_arrived
    assert len(desk.client.get_open_orders()) == len(desk.client.get_order_history()) == has_arrived
    if not has_arrived and fault == "swallow":
        with refused(CODE.ORDER_REJECTED, reason="duplicate_client_order_id"):
            desk.client.place_order(request)  # as long as this connection stands, it may still arrive
    assert len(desk.tickets) == 1


def test_an_order_that_is_accepted_late_is_found_then(desk: Desk) -> None:
    desk.gateway.hold_acceptance = True
    request = desk.order()
    with hasty("ANSWER"), pytest.raises(OutcomeUnknown):
        desk.client.place_order(request)
    assert desk.client.find_order(request.client_order_id) is None
    assert desk.client.get_order_history() == []
    desk.gateway.hold_acceptance = False
    desk.gateway.settle()
    found = desk.client.find_order(request.client_order_id)
    assert found is not None
    assert found.order_id == str(desk.gateway.order(request.client_order_id).perm_id)
