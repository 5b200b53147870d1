"""What an order is, by what was told of it: IBKR has several words for one thing, and one for several."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from trenddojo.brokers.adapters.interactive_brokers import mapping
from trenddojo.brokers.adapters.interactive_brokers.heard import UNSET, FillTold, Note, OrderTold
from trenddojo.brokers.adapters.interactive_brokers.mapping import Seen
from trenddojo.brokers.errors import BrokerError
from trenddojo.brokers.types import Order
from trenddojo.domain.orders import OrderStatus, OrderType, TimeInForce
from trenddojo.domain.terms import Side

D = Decimal
NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)


def terms(**changes: Any) -> SimpleNamespace:
    """A limit order for ten, as the protocol tells it."""
    told = {
        "action": "BUY", "totalQuantity": 10.0, "orderType": "LMT", "lmtPrice": 189.5, "auxPrice": 0.0, "tif": "GTC",
        "account": "DU1", "orderRef": "ours-1", "outsideRth": False, "ocaGroup": "", "parentId": 0,
        "trailingPercent": UNSET, "trailStopPrice": UNSET, "filledQuantity": UNSET,
    }  # fmt: skip
    return SimpleNamespace(**(told | changes))


def told(order: SimpleNamespace | None = None, **changes: Any) -> OrderTold:
    made = OrderTold(5, 7, SimpleNamespace(conId=1), order or terms(), 1001, "Submitted")
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def fill(quantity: float, price: float, execution_id: str = "a.01") -> FillTold:
    execution = SimpleNamespace(execId=execution_id, permId=1001, shares=quantity, price=price, time=NOW)
    return FillTold(SimpleNamespace(conId=1), execution)


def read(order: OrderTold, *fills: FillTold, is_over: bool = False, parent: OrderTold | None = None) -> Order:
    return mapping.order(order, "AAPL", fills, Seen(NOW, NOW), is_over=is_over, parent=parent)


def refused(code: int, text: str = "no") -> list[Note]:
    return [Note(code, text)]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"status": "PendingSubmit"}, OrderStatus.PENDING),
        ({"status": "ApiPending"}, OrderStatus.PENDING),
        ({"status": "PreSubmitted"}, OrderStatus.ACCEPTED),
        ({"status": "Submitted"}, OrderStatus.ACCEPTED),
        ({"status": "Submitted", "filled": 4.0}, OrderStatus.PARTIALLY_FILLED),
        ({"status": "PreSubmitted", "filled": 4.0}, OrderStatus.PARTIALLY_FILLED),
        ({"status": "PendingCancel"}, OrderStatus.ACCEPTED),
        ({"status": "PendingCancel", "filled": 4.0}, OrderStatus.PARTIALLY_FILLED),
        ({"status": "ApiCancelled"}, OrderStatus.CANCELLED),
        ({"status": "Cancelled"}, OrderStatus.CANCELLED),
        ({"status": "Cancelled", "notes": refused(202, "Order Canceled - reason:")}, OrderStatus.CANCELLED),
        ({"status": "Cancelled", "notes": refused(201)}, OrderStatus.REJECTED),
        ({"status": "Cancelled", "notes": refused(460)}, OrderStatus.REJECTED),
        ({"status": "Cancelled", "notes": refused(104)}, OrderStatus.CANCELLED),
        ({"status": "Cancelled", "notes": refused(201), "filled": 4.0}, OrderStatus.CANCELLED),
        ({"status": "Cancelled", "ending": "Rejected by System: no shares"}, OrderStatus.REJECTED),
        ({"status": "Cancelled", "ending": "Expired"}, OrderStatus.EXPIRED),
        ({"status": "Filled", "filled": 10.0}, OrderStatus.FILLED),
        ({"status": "Submitted", "filled": 10.0}, OrderStatus.FILLED),
        ({"status": "Inactive", "notes": refused(201)}, OrderStatus.REJECTED),
        ({"status": "Inactive", "why_held": "locate"}, OrderStatus.PENDING),
        ({"status": "Inactive", "notes": refused(404, "Order held while securities are located")}, OrderStatus.PENDING),
        ({"status": "ValidationError"}, OrderStatus.UNKNOWN),
        ({"status": "Invented"}, OrderStatus.UNKNOWN),
    ],
)
def test_every_status(changes: dict[str, Any], status: OrderStatus) -> None:
    found = read(told(**changes))
    assert (found.status, found.raw_status) == (status, changes["status"])


@pytest.mark.parametrize(
    ("tif", "is_over", "is_cancel_asked", "status"),
    [
        ("DAY", True, False, OrderStatus.EXPIRED),
        ("DAY", False, False, OrderStatus.CANCELLED),
        ("DAY", True, True, OrderStatus.CANCELLED),
        ("GTC", True, False, OrderStatus.CANCELLED),
    ],
)
def test_an_order_for_the_day_expires_at_its_end(
    tif: str, is_over: bool, is_cancel_asked: bool, status: OrderStatus
) -> None:
    order = told(terms(tif=tif), status="Cancelled", is_cancel_asked=is_cancel_asked)
    assert read(order, is_over=is_over).status is status


def test_what_has_filled_is_known_by_its_fills_or_by_the_order() -> None:
    found = read(told(), fill(3, 189.0, "a.01"), fill(1, 189.4, "b.01"))
    assert (found.filled_quantity, found.average_fill_price) == (D(4), D("189.1"))
    earlier = read(told(filled=6.0, average=188.25), fill(3, 189.0))
    assert (earlier.filled_quantity, earlier.average_fill_price) == (D(6), D("188.25"))


@pytest.mark.parametrize(
    ("status", "left", "filled", "quantity"),
    [("Filled", 0.0, 10.0, 10), ("Cancelled", 6.0, 4.0, 10), ("Cancelled", 10.0, UNSET, 10)],
)
def test_an_ended_order_tells_what_was_left(status: str, left: float, filled: float, quantity: int) -> None:
    ended = terms(totalQuantity=left, filledQuantity=filled)
    order = told(ended, status=status, completed=ended, number=0)
    assert read(order).quantity == D(quantity)


def test_one_that_was_seen_while_it_worked_keeps_its_quantity() -> None:
    ended = terms(totalQuantity=0.0, filledQuantity=10.0)
    assert read(told(terms(totalQuantity=10.0), status="Filled", completed=ended)).quantity == D(10)


def test_an_exit_sleeps_until_its_entry_has_filled() -> None:
    stop = told(terms(orderType="STP", auxPrice=180.0), status="PreSubmitted")
    assert read(stop, parent=told()).is_held is True
    assert read(stop, parent=told(status="Filled")).is_held is False
    assert read(stop).is_held is False
    assert read(told(why_held="child")).is_held is True


def test_the_prices_of_each_type() -> None:
    stop = read(told(terms(orderType="STP LMT", auxPrice=187.0)))
    assert (stop.order_type, stop.limit_price, stop.stop_price) == (OrderType.STOP_LIMIT, D("189.5"), D(187))
    trail = read(told(terms(orderType="TRAIL", auxPrice=2.5, trailStopPrice=185.0)))
    assert (trail.trail_amount, trail.trail_percent, trail.stop_price, trail.limit_price) == (
        D("2.5"),
        None,
        D(185),
        None,
    )
    percent = read(told(terms(orderType="TRAIL", trailingPercent=3.0, auxPrice=UNSET)))
    assert (percent.trail_amount, percent.trail_percent) == (None, D(3))
    last = read(told(terms(orderType="MOC", tif="DAY", action="SELL")))
    assert (last.order_type, last.time_in_force, last.side) == (OrderType.MARKET, TimeInForce.CLS, Side.SELL)


@pytest.mark.parametrize("changes", [{"orderType": "PEG MID"}, {"tif": "GTD"}, {"action": "SSHORT"}])
def test_a_kind_without_a_form_of_ours_is_told(changes: dict[str, str]) -> None:
    with pytest.raises(BrokerError):
        read(told(terms(**changes)))


def test_a_cost_that_is_not_known_yet_is_not_nothing() -> None:
    execution = SimpleNamespace(
        execId="a.01", permId=1001, orderRef="ours-1", side="SLD", shares=10.0, price=189.5, time=NOW
    )
    one = FillTold(SimpleNamespace(conId=1), execution)
    assert mapping.execution(one, "AAPL", None).commission is None
    assert mapping.execution(one, "AAPL", SimpleNamespace(commission=UNSET)).commission is None
    assert mapping.execution(one, "AAPL", SimpleNamespace(commission=-1.0)).commission is None
    paid = mapping.execution(one, "AAPL", SimpleNamespace(commission=1.25))
    assert (paid.commission, paid.side, paid.order_id) == (D("1.25"), Side.SELL, "1001")


def test_of_a_fill_and_its_corrections_the_newest_counts() -> None:
    every = {one.execution.execId: one for one in (fill(3, 1, "x.01.02"), fill(4, 1, "x.01.01"), fill(5, 1, "y.01.01"))}
    assert sorted(one.execution.execId for one in mapping.roots(every)) == ["x.01.02", "y.01.01"]
