"""What the checks are made of."""

import time
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal

import pytest
from msgspec import structs

from tests.brokers.orders import D
from tests.brokers.subjects import Subject
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.types import Execution, Order
from trenddojo.domain.orders import (
    OrderRequest,
    OrderType,
    TimeInForce,
)

UNKNOWN_SYMBOL = "NOSUCHSYMBOL"


def resting(subject: Subject) -> Order:
    """A limit order that does not fill."""
    price = subject.far_below()
    request = subject.order(order_type=OrderType.LIMIT, limit_price=price, time_in_force=TimeInForce.GTC)
    return subject.client.place_order(request).order


def bought(subject: Subject) -> Order:
    """A market order that has filled."""
    response = subject.client.place_order(subject.order())
    return settled(subject, response.order_id)


def settled(subject: Subject, order_id: str) -> Order:
    """The order once it has ended, within ten minutes of the broker's time."""
    for _ in range(10):
        order = subject.client.get_order_status(order_id)
        if order.status.is_final:
            return order
        subject.clock.turn(minutes=1)
    raise AssertionError(f"{order} does not end")


def check_taken(subject: Subject, request: OrderRequest, is_able: bool) -> None:
    """The broker takes the order, or names what it cannot do in advance, refuses it, and books nothing."""
    assert subject.client.validate_order(request).is_valid is is_able
    if is_able:
        assert subject.client.place_order(request).symbol == request.symbol
        assert subject.client.find_order(request.client_order_id) is not None
        return
    with pytest.raises(BrokerError) as met:
        subject.client.place_order(request)
    assert met.value.code is BrokerErrorCode.ORDER_REJECTED
    assert subject.client.find_order(request.client_order_id) is None


def added(fills: tuple[Execution, ...], order: Order) -> Decimal:
    return sum((fill.quantity for fill in fills if fill.order_id == order.order_id), D(0))


def until(is_so: Callable[[], bool]) -> None:
    for _ in range(500):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError("it does not come")


def assert_same(order: Order, request: OrderRequest) -> None:
    """What was asked for is what is booked."""
    for name in ("symbol", "side", "quantity", "order_type", "client_order_id", "time_in_force", "limit_price",
                 "stop_price", "order_class"):  # fmt: skip
        assert getattr(order, name) == getattr(request, name), name


def assert_well_typed(*values: object) -> None:
    """Amounts are Decimal and finite, times aware."""
    for value in values:
        for name, part in _parts(value):
            assert not isinstance(part, float), name
            if isinstance(part, Decimal):
                assert part.is_finite(), name
        assert_aware(value)


def assert_aware(value: object) -> None:
    for name, part in _parts(value):
        if isinstance(part, datetime):
            assert part.utcoffset() is not None, name


def _parts(value: object) -> list[tuple[str, object]]:
    """The fields of a record, by name."""
    if isinstance(value, Order):
        return list(structs.asdict(value).items())
    assert is_dataclass(value)
    return [(one.name, getattr(value, one.name)) for one in fields(value)]
