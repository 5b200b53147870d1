"""The script of faults: what meets which call, and what is booked nevertheless."""

from datetime import timedelta

import pytest

from tests.brokers.orders import D
from tests.brokers.subjects import Subject, simulated
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode, NotSent, OutcomeUnknown
from trenddojo.brokers.registry import spec_of
from trenddojo.brokers.simulator.client import SimulatedClient
from trenddojo.brokers.simulator.faults import Faults, error_met
from trenddojo.brokers.types import Execution
from trenddojo.domain.orders import OrderType, OrderUpdate


@pytest.fixture
def subject() -> Subject:
    return simulated(spec_of("alpaca"))


@pytest.fixture
def faults(subject: Subject) -> Faults:
    assert isinstance(subject.client, SimulatedClient)
    return subject.client.faults


def fills_of(subject: Subject, *orders: int) -> tuple[Execution, ...]:
    """The fills of as many market orders, a minute apart."""
    for quantity in orders:
        subject.client.place_order(subject.order(quantity=D(quantity)))
        subject.clock.turn(minutes=1)
    return subject.client.get_executions().fills


def test_a_refusal_books_nothing_and_is_used_up(subject: Subject, faults: Faults) -> None:
    faults.refuse(BrokerErrorCode.MARGIN_CALL, "place_order")
    subject.client.get_account_info()
    with pytest.raises(BrokerError) as met:
        subject.client.place_order(subject.order())
    assert met.value.code is BrokerErrorCode.MARGIN_CALL
    assert not isinstance(met.value, OutcomeUnknown)
    assert subject.client.get_order_history() == []
    assert subject.client.place_order(subject.order()).order_id


def test_a_time_out_before_acceptance_books_nothing(subject: Subject, faults: Faults) -> None:
    faults.time_out("place_order")
    request = subject.order()
    with pytest.raises(OutcomeUnknown):
        subject.client.place_order(request)
    assert subject.client.find_order(request.client_order_id) is None


def test_a_lost_answer_leaves_the_order_booked(subject: Subject, faults: Faults) -> None:
    faults.lose_answer()
    request = subject.order()
    with pytest.raises(OutcomeUnknown) as met:
        subject.client.place_order(request)
    assert met.value.code is BrokerErrorCode.TIMEOUT
    assert subject.client.find_order(request.client_order_id) is not None
    subject.restart()
    assert subject.client.find_order(request.client_order_id) is not None
    with pytest.raises(BrokerError) as again:
        subject.client.place_order(request)
    assert again.value.details["reason"] == "duplicate_client_order_id"


def test_a_lost_answer_to_a_cancel_and_to_a_change(subject: Subject, faults: Faults) -> None:
    request = subject.order(order_type=OrderType.LIMIT, limit_price=subject.far_below())
    order = subject.client.place_order(request).order
    faults.lose_answer("modify_order")
    update = OrderUpdate(client_order_id="ours-changed", limit_price=subject.far_below() - 1)
    with pytest.raises(OutcomeUnknown):
        subject.client.modify_order(order.order_id, update)
    changed = subject.client.find_order("ours-changed")
    assert changed is not None
    faults.lose_answer("cancel_order")
    with pytest.raises(OutcomeUnknown):
        subject.client.cancel_order(changed.order_id)
    assert subject.client.get_open_orders() == []


def test_a_read_that_times_out_is_no_unknown_outcome(subject: Subject, faults: Faults) -> None:
    faults.time_out()
    with pytest.raises(BrokerError) as met:
        subject.client.get_positions()
    assert met.value.code is BrokerErrorCode.TIMEOUT
    assert not isinstance(met.value, OutcomeUnknown)
    assert subject.client.get_positions() == []


def test_faults_meet_calls_in_order(subject: Subject, faults: Faults) -> None:
    faults.refuse(BrokerErrorCode.API_ERROR, "get_positions")
    faults.refuse(BrokerErrorCode.RATE_LIMIT_EXCEEDED)
    faults.refuse(BrokerErrorCode.MARKET_CLOSED)
    met = []
    for call in (subject.client.get_balances, subject.client.get_positions, subject.client.get_risk_metrics):
        with pytest.raises(BrokerError) as error:
            call()
        met.append(error.value.code)
    assert met == ["RATE_LIMIT_EXCEEDED", "API_ERROR", "MARKET_CLOSED"]


def test_cleared_faults_meet_nothing(subject: Subject, faults: Faults) -> None:
    faults.refuse(BrokerErrorCode.API_ERROR)
    faults.duplicate_events()
    faults.late_commission(reads=5, seconds=60)
    faults.clear()
    (fill,) = fills_of(subject, 1)
    assert fill.commission is not None


def test_duplicated_events(subject: Subject, faults: Faults) -> None:
    whole = fills_of(subject, 1, 2)
    faults.duplicate_events()
    told = subject.client.get_executions().fills
    assert [fill.execution_id for fill in told] == [fill.execution_id for fill in whole for _ in range(2)]
    assert subject.client.get_executions().fills == whole


def test_reordered_events(subject: Subject, faults: Faults) -> None:
    whole = fills_of(subject, 1, 2)
    faults.reorder_events()
    assert subject.client.get_executions().fills == whole[::-1]
    assert subject.client.get_executions().fills == whole


def test_an_event_fault_waits_for_fills(subject: Subject, faults: Faults) -> None:
    faults.duplicate_events()
    assert subject.client.get_executions().fills == ()
    subject.client.place_order(subject.order())
    subject.clock.turn(minutes=1)
    told = subject.client.get_executions().fills
    assert len(told) == 2 * len({fill.execution_id for fill in told}) > 0


def test_a_commission_that_comes_some_reads_later_is_told_by_the_same_cursor(subject: Subject, faults: Faults) -> None:
    whole = fills_of(subject, 1, 2)
    faults.late_commission(reads=2)
    first = subject.client.get_executions()
    assert {fill.commission for fill in first.fills} == {None}
    second = subject.client.get_executions(first.cursor)
    assert {fill.commission for fill in second.fills} == {None}
    assert subject.client.get_executions(second.cursor).fills == whole


def test_a_commission_that_comes_some_seconds_later(subject: Subject, faults: Faults) -> None:
    (early,) = fills_of(subject, 1)
    faults.late_commission(seconds=300)
    subject.clock.now = early.at + timedelta(seconds=299)
    assert [fill.commission for fill in subject.client.get_executions().fills] == [None]
    subject.clock.now = early.at + timedelta(seconds=300)
    assert subject.client.get_executions().fills == (early,)


@pytest.mark.parametrize(
    ("code", "operation", "kind"),
    [
        (BrokerErrorCode.CONNECTION_FAILED, "place_order", NotSent),
        (BrokerErrorCode.RATE_LIMIT_EXCEEDED, "place_order", NotSent),
        (BrokerErrorCode.TIMEOUT, "place_order", OutcomeUnknown),
        (BrokerErrorCode.API_ERROR, "cancel_order", OutcomeUnknown),
        (BrokerErrorCode.TIMEOUT, "get_positions", BrokerError),
        (BrokerErrorCode.MARGIN_CALL, "place_order", BrokerError),
    ],
)
def test_a_code_says_how_much_is_certain(code: BrokerErrorCode, operation: str, kind: type[BrokerError]) -> None:
    assert type(error_met(code, operation, "alpaca")) is kind
