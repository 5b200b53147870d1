"""Orders over a real socket: what is sent, what is told of it, and everything that a gateway may make of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.brokers.interactive_brokers.desk import Desk, hasty, refused, seated
from tests.brokers.interactive_brokers.gateway.asked import Asked
from tests.brokers.interactive_brokers.gateway.switches import Times
from tests.brokers.interactive_brokers.gateway.tickets import Ticket
from tests.brokers.orders import D
from tests.brokers.subjects import CLOSED, OPEN, MemoryLedger
from tests.conftest import Clock
from trenddojo.brokers.errors import BrokerErrorCode, NotSent, OutcomeUnknown, is_not_sent, is_unknown
from trenddojo.brokers.types import Order, SubmitStatus
from trenddojo.domain.orders import (
    OrderClass,
    OrderStatus,
    OrderType,
    OrderUpdate,
    StopLoss,
    TakeProfit,
    TimeInForce,
)
from trenddojo.domain.terms import Side

CODE = BrokerErrorCode
LIMIT, STOP, STOP_LIMIT, TRAIL = OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP
PRICES = ("lmtPrice", "auxPrice", "trailingPercent", "trailStopPrice")
LONG_AGO = "1.7976931348623157e+308"


def prices(ticket: Ticket) -> tuple[str, ...]:
    return tuple(ticket.terms[name] for name in PRICES)


def update(**changes: Any) -> OrderUpdate:
    return OrderUpdate(client_order_id="ours-changed", **changes)


def now(desk: Desk, order: Order) -> Order:
    return desk.client.get_order_status(order.order_id)


def bracket(desk: Desk, **changes: Any) -> Order:
    """An entry that rests, with its stop and its target."""
    exits = {"stop_loss": StopLoss(stop_price=D(90)), "take_profit": TakeProfit(limit_price=D(250))}
    return desk.rest(**(exits | changes))


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
    begun = time.monotonic()
    with refused(ours, broker_code=str(code), broker_message=text, **details) as met:
        desk.place()
    assert time.monotonic() - begun < 3
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
    begun = time.monotonic()
    with refused(CODE.ORDER_REJECTED, reason="price_increment") as met:
        bracket(desk)
    assert time.monotonic() - begun < 3
    assert not is_unknown(met.value)
    entry, target, _ = desk.tickets
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
    with refused(CODE.ORDER_REJECTED, broker_code="201"):
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
    ("code", "reason"), [(161, "not_cancelable"), (10147, "not_found"), (10148, "not_cancelable"), (135, "not_found")]
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
        assert (stop.order_type, stop.parent_id) == (STOP, family.order_id)
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


@pytest.mark.parametrize("told", ["", "-1", LONG_AGO])
def test_a_cost_that_is_not_told_is_not_nothing(desk: Desk, told: str) -> None:
    desk.gateway.faults.mangle("commissionReport", lambda fields: (*fields[:3], told, *fields[4:]), times=None)
    desk.place()
    (fill,) = desk.client.get_executions().fills
    assert fill.commission in (None, 0 if told == "" else None)


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
    """A gateway that tells no zone is taken to be set to UTC; this one is not, and half a day of summer apart."""
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


def test_margin_that_is_not_told(desk: Desk) -> None:
    desk.client.get_market_data("AAPL")
    desk.gateway.faults.never_answer("placeOrder")
    with hasty("ASK"), refused(CODE.TIMEOUT):
        desk.client.get_margin_requirements("AAPL", D(10))
    assert desk.inbox._by_number == {}
    assert desk.client.get_margin_requirements("AAPL", D(10)).initial_margin == 570
