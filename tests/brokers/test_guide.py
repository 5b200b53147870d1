"""The broker guide's own tests: a mock connection, a simulated failure, a bad quantity, and a good order."""

from decimal import Decimal

import pytest

from tests.brokers.orders import a_limit, an_order
from tests.brokers.subjects import OPEN, building
from tests.conftest import Clock
from trenddojo.brokers.building import build_client
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.registry import spec_of, specs
from trenddojo.brokers.simulator.client import SimulatedClient
from trenddojo.domain.terms import Mode


@pytest.fixture(params=[spec.name for spec in specs()])
def client(request: pytest.FixtureRequest) -> SimulatedClient:
    made = build_client(spec_of(request.param), building(Mode.MOCK, Clock(OPEN)))
    assert isinstance(made, SimulatedClient)
    return made


def test_it_connects_in_mock_mode(client: SimulatedClient) -> None:
    assert not client.is_connected
    client.connect()
    assert client.is_connected
    info = client.get_account_info()
    assert info.account_id == "MOCK123456"
    assert (info.cash, info.buying_power) == (Decimal(100_000), Decimal(200_000))


def test_a_failed_connection_raises_and_is_none(client: SimulatedClient) -> None:
    client.simulate_error(BrokerErrorCode.CONNECTION_FAILED)
    with pytest.raises(BrokerError) as met:
        client.connect()
    assert met.value.code is BrokerErrorCode.CONNECTION_FAILED
    assert not client.is_connected


def test_an_invalid_quantity_is_refused(client: SimulatedClient) -> None:
    client.connect()
    with pytest.raises(BrokerError, match=r"^Invalid order quantity$"):
        client.place_order(an_order(quantity=Decimal(-10)))


def test_a_valid_limit_order_is_submitted(client: SimulatedClient) -> None:
    client.connect()
    response = client.place_order(a_limit(Decimal("1.50")))
    assert response.order_id
    assert response.status == "submitted"
    assert response.symbol == "AAPL"
