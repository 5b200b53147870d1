"""The contract: placing, finding, changing and cancelling orders."""

import pytest

from tests.brokers.contract.steps import (
    UNKNOWN_SYMBOL,
    assert_same,
    assert_well_typed,
    bought,
    check_taken,
    resting,
    settled,
)
from tests.brokers.orders import D
from tests.brokers.subjects import Subject
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode, OutcomeUnknown
from trenddojo.brokers.types import SubmitStatus
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


def test_an_accepted_order_is_submitted_and_rests(subject: Subject) -> None:
    request = subject.order(order_type=OrderType.LIMIT, limit_price=subject.far_below(), time_in_force=TimeInForce.GTC)
    response = subject.client.place_order(request)
    assert response.status is SubmitStatus.SUBMITTED
    assert (response.symbol, response.client_order_id) == ("AAPL", request.client_order_id)
    order = subject.client.get_order_status(response.order_id)
    assert_same(order, request)
    assert order.status in (OrderStatus.PENDING, OrderStatus.ACCEPTED)
    assert [one.order_id for one in subject.client.get_open_orders()] == [order.order_id]
    assert [one.order_id for one in subject.client.get_order_history()] == [order.order_id]
    assert_well_typed(order)


def test_the_brokers_own_word_is_kept(subject: Subject) -> None:
    order = resting(subject)
    subject.client.cancel_order(order.order_id)
    ended = settled(subject, order.order_id)
    assert ended.raw_status
    assert order.raw_status
    assert ended.raw_status != order.raw_status
    words = subject.spec.profile
    assert order.raw_status in (words.word(OrderStatus.PENDING), words.word(OrderStatus.ACCEPTED))
    assert ended.raw_status == words.word(OrderStatus.CANCELLED)


def test_a_market_order_fills_while_the_market_is_open(subject: Subject) -> None:
    filled = bought(subject)
    assert filled.status is OrderStatus.FILLED
    assert filled.filled_quantity == filled.quantity == 10
    assert filled.average_fill_price is not None
    assert subject.client.get_open_orders() == []
    assert_well_typed(filled)


def test_an_order_is_found_by_our_id(subject: Subject) -> None:
    order = resting(subject)
    assert order.client_order_id is not None
    found = subject.client.find_order(order.client_order_id)
    assert found is not None
    assert found.order_id == order.order_id
    assert subject.client.find_order("ours-never") is None


def test_our_id_is_taken_once_for_ever(subject: Subject) -> None:
    order = resting(subject)
    subject.client.cancel_order(order.order_id)
    settled(subject, order.order_id)
    again = subject.order(client_order_id=order.client_order_id)
    with pytest.raises(BrokerError) as met:
        subject.client.place_order(again)
    assert not isinstance(met.value, OutcomeUnknown)
    assert met.value.code is BrokerErrorCode.ORDER_REJECTED
    assert met.value.details["reason"] == "duplicate_client_order_id"
    assert len(subject.client.get_order_history()) == 1


def test_no_order_of_that_id(subject: Subject) -> None:
    with pytest.raises(BrokerError) as met:
        subject.client.get_order_status("3c0f5b5e-0000-4000-8000-00000000dead")
    assert met.value.code is BrokerErrorCode.ORDER_REJECTED
    assert met.value.details["reason"] == "not_found"


@pytest.mark.parametrize("quantity", ["-10", "0"])
def test_a_refused_order_is_not_booked(subject: Subject, quantity: str) -> None:
    request = subject.order(quantity=D(quantity))
    with pytest.raises(BrokerError) as met:
        subject.client.place_order(request)
    assert not isinstance(met.value, OutcomeUnknown)
    assert met.value.code is BrokerErrorCode.ORDER_REJECTED
    assert subject.client.get_order_history() == []


def test_an_order_for_an_unknown_symbol_is_refused(subject: Subject) -> None:
    with pytest.raises(BrokerError) as met:
        subject.client.place_order(subject.order(symbol=UNKNOWN_SYMBOL))
    assert met.value.code is BrokerErrorCode.SYMBOL_NOT_FOUND
    assert subject.client.get_order_history() == []


def test_an_order_beyond_the_buying_power_is_refused(subject: Subject) -> None:
    with pytest.raises(BrokerError) as met:
        subject.client.place_order(subject.order(quantity=D(1_000_000)))
    assert met.value.code is BrokerErrorCode.INSUFFICIENT_FUNDS
    assert subject.client.get_positions() == []


def test_a_cancelled_order_works_no_more(subject: Subject) -> None:
    order = resting(subject)
    subject.client.cancel_order(order.order_id)
    assert settled(subject, order.order_id).status is OrderStatus.CANCELLED
    assert subject.client.get_open_orders() == []
    with pytest.raises(BrokerError):
        subject.client.cancel_order(order.order_id)


def test_an_order_that_is_not_there_cannot_be_cancelled(subject: Subject) -> None:
    with pytest.raises(BrokerError):
        subject.client.cancel_order("3c0f5b5e-0000-4000-8000-00000000dead")


def test_a_changed_order_works_at_its_new_price_only(subject: Subject) -> None:
    order = resting(subject)
    price = subject.far_below() - 1
    response = subject.client.modify_order(
        order.order_id, OrderUpdate(client_order_id="ours-changed", limit_price=price)
    )
    (open_order,) = subject.client.get_open_orders()
    assert open_order.order_id == response.order_id
    assert open_order.limit_price == price
    assert open_order.quantity == order.quantity
    if response.order_id != order.order_id:
        assert subject.client.get_order_status(order.order_id).status is OrderStatus.REPLACED
        assert open_order.replaces == order.order_id


def test_a_refused_change_leaves_the_order_as_it_was(subject: Subject) -> None:
    order = resting(subject)
    with pytest.raises(BrokerError):
        subject.client.modify_order(order.order_id, OrderUpdate(client_order_id="ours-changed", quantity=D(-1)))
    (open_order,) = subject.client.get_open_orders()
    assert (open_order.order_id, open_order.quantity) == (order.order_id, order.quantity)


def test_what_has_ended_cannot_be_changed(subject: Subject) -> None:
    filled = bought(subject)
    with pytest.raises(BrokerError):
        subject.client.modify_order(filled.order_id, OrderUpdate(client_order_id="ours-changed", limit_price=D(1)))


@pytest.mark.parametrize("order_type", OrderType)
def test_the_types_that_it_names_are_taken_and_no_others(subject: Subject, order_type: OrderType) -> None:
    prices = {
        OrderType.LIMIT: {"limit_price": subject.far_below()},
        OrderType.STOP: {"stop_price": subject.far_above()},
        OrderType.STOP_LIMIT: {"stop_price": subject.far_above(), "limit_price": subject.far_above()},
        OrderType.TRAILING_STOP: {"trail_percent": D(50)},
    }
    request = subject.order(quantity=D(1), order_type=order_type, **prices.get(order_type, {}))
    check_taken(subject, request, order_type in subject.spec.capabilities.order_types)


@pytest.mark.parametrize("time_in_force", TimeInForce)
def test_the_times_that_it_names_are_taken_and_no_others(subject: Subject, time_in_force: TimeInForce) -> None:
    if time_in_force is TimeInForce.OPG:
        subject.clock.turn(hours=22)  # before the next morning's opening
    price = subject.far_below()
    request = subject.order(quantity=D(1), order_type=OrderType.LIMIT, limit_price=price, time_in_force=time_in_force)
    check_taken(subject, request, time_in_force in subject.spec.capabilities.times_in_force)


@pytest.mark.parametrize("order_class", [OrderClass.OTO, OrderClass.BRACKET])
def test_exits_come_with_their_entry(subject: Subject, order_class: OrderClass) -> None:
    low, high = subject.far_below(), subject.far_above()
    request = subject.order(
        order_type=OrderType.LIMIT,
        limit_price=low,
        stop_loss=StopLoss(stop_price=low - 5),
        take_profit=TakeProfit(limit_price=high) if order_class is OrderClass.BRACKET else None,
    )
    is_able = order_class in subject.spec.capabilities.order_classes
    check_taken(subject, request, is_able)
    if is_able:
        order = subject.client.find_order(request.client_order_id)
        assert order is not None
        assert order.order_class is order_class
        assert len(order.legs) == 1 + (order_class is OrderClass.BRACKET)
        assert {leg.side for leg in order.legs} == {Side.SELL}
        assert [one.order_id for one in subject.client.get_open_orders()] == [order.order_id]
        subject.client.cancel_order(order.order_id)
        assert {leg.status for leg in settled(subject, order.order_id).legs} == {OrderStatus.CANCELLED}


def test_a_check_sends_nothing(subject: Subject) -> None:
    sound, bad = subject.order(), subject.order(quantity=D(-10))
    assert subject.client.validate_order(sound).is_valid
    assert "quantity" in subject.client.validate_order(bad).errors
    assert "symbol" in subject.client.validate_order(subject.order(symbol=UNKNOWN_SYMBOL)).errors
    assert subject.client.get_order_history() == []


def test_the_history_reaches_back_as_far_as_asked(subject: Subject) -> None:
    first = resting(subject)
    subject.clock.turn(days=10)
    second = resting(subject)
    assert [one.order_id for one in subject.client.get_order_history(30)] == [first.order_id, second.order_id]
    assert [one.order_id for one in subject.client.get_order_history(5)] == [second.order_id]
