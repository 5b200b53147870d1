"""The contract: connecting, leaving, and the accounts of a connection."""

from collections.abc import Callable

import pytest

from tests.brokers.contract.steps import (
    assert_aware,
)
from tests.brokers.orders import D
from tests.brokers.subjects import Subject
from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.errors import BrokerError, OutcomeUnknown
from trenddojo.domain.orders import (
    OrderRequest,
    OrderUpdate,
)


def test_it_carries_the_registered_name(subject: Subject) -> None:
    assert subject.client.name == subject.spec.name


def test_connecting_twice_and_leaving_twice_is_once(subject: Subject) -> None:
    subject.client.connect()
    assert subject.client.is_connected
    subject.client.disconnect()
    subject.client.disconnect()
    assert not subject.client.is_connected
    subject.client.connect()
    assert subject.client.is_connected


def test_the_status_says_how_it_stands_and_never_raises(subject: Subject) -> None:
    for client, is_connected in ((subject.fresh(), False), (subject.client, True)):
        status = client.get_connection_status()
        assert (status.is_connected, status.is_healthy) == (is_connected, is_connected)
        assert_aware(status)
    subject.client.disconnect()
    assert not subject.client.get_connection_status().is_connected


CALLS: dict[str, Callable[[BrokerClient, OrderRequest], object]] = {
    "list_accounts": lambda client, _: client.list_accounts(),
    "get_account_info": lambda client, _: client.get_account_info(),
    "get_positions": lambda client, _: client.get_positions(),
    "get_balances": lambda client, _: client.get_balances(),
    "get_margin_requirements": lambda client, _: client.get_margin_requirements("AAPL", D(1)),
    "get_risk_metrics": lambda client, _: client.get_risk_metrics(),
    "place_order": lambda client, order: client.place_order(order),
    "cancel_order": lambda client, _: client.cancel_order("1"),
    "modify_order": lambda client, _: client.modify_order("1", OrderUpdate(client_order_id="x", quantity=D(1))),
    "get_order_status": lambda client, _: client.get_order_status("1"),
    "find_order": lambda client, _: client.find_order("1"),
    "get_open_orders": lambda client, _: client.get_open_orders(),
    "get_order_history": lambda client, _: client.get_order_history(),
    "get_executions": lambda client, _: client.get_executions(),
    "get_market_data": lambda client, _: client.get_market_data("AAPL"),
    "get_quotes": lambda client, _: client.get_quotes(["AAPL"]),
    "get_market_hours": lambda client, _: client.get_market_hours(),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_nothing_is_answered_without_a_connection(
    subject: Subject, call: Callable[[BrokerClient, OrderRequest], object]
) -> None:
    order = subject.order()
    subject.client.disconnect()
    with pytest.raises(BrokerError) as met:
        call(subject.client, order)
    assert not isinstance(met.value, OutcomeUnknown)
    assert met.value.broker == subject.spec.name
    subject.client.connect()
    assert subject.client.find_order(order.client_order_id) is None


def test_every_account_has_its_client(subject: Subject) -> None:
    accounts = subject.client.list_accounts()
    assert accounts
    assert len(set(accounts)) == len(accounts)
    for account_id in accounts:
        assert subject.client.for_account(account_id).get_account_info().account_id == account_id


def test_no_other_account_has_one(subject: Subject) -> None:
    with pytest.raises(BrokerError):
        subject.client.for_account("nobody's")
