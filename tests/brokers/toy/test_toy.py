"""A fifth broker by one folder and one line: it passes the contract, and its own requests are as they should be."""

from collections.abc import Iterator

import pytest

from tests.brokers.contract import *  # noqa: F403 - the checks
from tests.brokers.orders import D, a_limit
from tests.brokers.subjects import OPEN, Subject, building, simulated
from tests.brokers.toy.stub import KEY, toy_server, toy_subject
from tests.conftest import Clock
from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.building import build_client
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode, NotSent, OutcomeUnknown
from trenddojo.brokers.http import session
from trenddojo.brokers.registry import ADAPTERS, spec_of, specs
from trenddojo.brokers.simulator.client import SimulatedClient
from trenddojo.brokers.simulator.server import Server
from trenddojo.brokers.spec import BrokerSpec
from trenddojo.domain.orders import OrderRequest
from trenddojo.domain.terms import Mode


@pytest.fixture
def spec(monkeypatch: pytest.MonkeyPatch) -> BrokerSpec:
    monkeypatch.setitem(ADAPTERS, "toy", "tests.brokers.toy.toy_broker")
    return spec_of("toy")


@pytest.fixture
def clock() -> Clock:
    return Clock(OPEN)


@pytest.fixture
def server(clock: Clock) -> Iterator[Server]:
    with toy_server(clock) as serving:
        yield serving


@pytest.fixture(params=[Mode.MOCK, Mode.PAPER])
def subject(request: pytest.FixtureRequest, spec: BrokerSpec, server: Server, clock: Clock) -> Iterator[Subject]:
    made = simulated(spec) if request.param is Mode.MOCK else toy_subject(spec, server, clock)
    yield made
    made.client.disconnect()


@pytest.fixture
def client(spec: BrokerSpec, server: Server, clock: Clock) -> BrokerClient:
    return toy_subject(spec, server, clock).client


def a_client(spec: BrokerSpec, address: str, key: str = KEY) -> BrokerClient:
    settings, credentials = {"address": address}, {"key": key}
    parts = building(Mode.PAPER, Clock(OPEN), settings=settings, credentials=credentials, transport=session)
    return build_client(spec, parts)


def test_one_line_registers_it(spec: BrokerSpec) -> None:
    assert spec in specs()
    assert spec_of("toy_markets") is spec


def test_it_is_not_the_simulator(client: BrokerClient) -> None:
    assert not isinstance(client, SimulatedClient)


def test_the_form_says_what_is_wrong(spec: BrokerSpec) -> None:
    assert set(spec.problems(Mode.PAPER, {"key": "short", "address": "somewhere"})) == {"key", "address"}
    assert set(spec.problems(Mode.MOCK, {"starting_cash": "1000"})) == set()


def test_it_has_no_live_mode(spec: BrokerSpec) -> None:
    with pytest.raises(BrokerError):
        build_client(spec, building(Mode.LIVE, Clock(OPEN)))


def test_a_wrong_key_is_refused(spec: BrokerSpec, server: Server) -> None:
    stranger = a_client(spec, server.address, key="WRONGkeyWRONGkey")
    with pytest.raises(BrokerError) as met:
        stranger.connect()
    assert met.value.code is BrokerErrorCode.AUTHENTICATION_FAILED
    assert "WRONG" not in f"{met.value} {met.value.details}"
    assert not stranger.is_connected


def test_a_server_that_is_not_there(spec: BrokerSpec) -> None:
    lonely = a_client(spec, "http://127.0.0.1:9")
    with pytest.raises(NotSent) as met:
        lonely.connect()
    assert met.value.code is BrokerErrorCode.CONNECTION_FAILED


def test_no_host_but_the_modes_own_is_reached(spec: BrokerSpec) -> None:
    with pytest.raises(NotSent):
        a_client(spec, "http://localhost:9").connect()


def test_a_lost_answer_is_an_unknown_outcome_and_one_order(client: BrokerClient, server: Server) -> None:
    server.client.faults.lose_answer()
    request = a_request(client)
    with pytest.raises(OutcomeUnknown):
        client.place_order(request)
    assert client.find_order(request.client_order_id) is not None
    assert len(client.get_order_history()) == 1


def test_a_broker_that_fails_leaves_the_outcome_open(client: BrokerClient, server: Server) -> None:
    server.client.faults.refuse(BrokerErrorCode.API_ERROR, "place_order")
    request = a_request(client)
    with pytest.raises(OutcomeUnknown):
        client.place_order(request)
    assert client.find_order(request.client_order_id) is None


def test_too_many_requests_were_not_sent(client: BrokerClient, server: Server) -> None:
    server.client.faults.refuse(BrokerErrorCode.RATE_LIMIT_EXCEEDED, "place_order")
    with pytest.raises(NotSent) as met:
        client.place_order(a_request(client))
    assert met.value.code is BrokerErrorCode.RATE_LIMIT_EXCEEDED


def test_an_unhealthy_broker_shows_in_the_status(client: BrokerClient, server: Server) -> None:
    for _ in range(3):  # a read is asked three times
        server.client.faults.refuse(BrokerErrorCode.API_ERROR, "get_market_hours")
    status = client.get_connection_status()
    assert status.is_connected
    assert not status.is_healthy
    assert status.error
    assert client.get_connection_status().is_healthy


def a_request(client: BrokerClient) -> OrderRequest:
    price = round(client.get_market_data("AAPL").last / 2, 2)
    return a_limit(price, quantity=D(1))
