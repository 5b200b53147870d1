"""Paper and live are never mixed up: hosts, keys and accounts."""

from __future__ import annotations

from typing import Any

import pytest
import responses

from tests.brokers.alpaca import told
from tests.brokers.subjects import OPEN, building
from tests.conftest import Clock
from trenddojo.brokers.adapters.alpaca.places import places
from trenddojo.brokers.building import build_client
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.http import session
from trenddojo.brokers.registry import spec_of
from trenddojo.brokers.spec import Operator
from trenddojo.domain.terms import Mode

AUTH = BrokerErrorCode.AUTHENTICATION_FAILED


def developer(**variables: str) -> Operator:
    return Operator(variables=variables, is_production=False)


def test_alpacas_own_hosts_by_mode() -> None:
    paper, live = places(Mode.PAPER, Operator()), places(Mode.LIVE, Operator())
    assert (paper.trading, live.trading) == ("https://paper-api.alpaca.markets", "https://api.alpaca.markets")
    assert (paper.order_events, live.order_events) == (
        "wss://paper-api.alpaca.markets/stream", "wss://api.alpaca.markets/stream"
    )  # fmt: skip
    assert paper.data == live.data == "https://data.alpaca.markets"
    assert paper.quote_events == "wss://stream.data.alpaca.markets"
    assert "api.alpaca.markets" not in paper.hosts
    assert "paper-api.alpaca.markets" not in live.hosts


def test_on_a_developers_machine_everything_may_be_local() -> None:
    here = places(Mode.PAPER, developer(ALPACA_BASE_URL="http://127.0.0.1:8080/v2", ALPACA_DATA_URL="http://[::1]:81"))
    assert here.trading == "http://127.0.0.1:8080"
    assert (here.order_events, here.quote_events) == ("ws://127.0.0.1:8080/stream", "ws://[::1]:81")
    assert here.hosts == {"127.0.0.1", "::1"}
    moved = places(Mode.LIVE, developer(ALPACA_STREAM_URL="ws://localhost:9/stream"))
    assert (moved.order_events, moved.quote_events) == ("ws://localhost:9/stream", "ws://localhost:9")
    assert moved.trading == "https://api.alpaca.markets"


@pytest.mark.parametrize("mode", [Mode.PAPER, Mode.LIVE])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALPACA_BASE_URL", "https://evil.example.com"),
        ("ALPACA_BASE_URL", "http://127.0.0.1:80"),
        ("ALPACA_BASE_URL", "http://paper-api.alpaca.markets"),
        ("ALPACA_BASE_URL", "https://me:secret@paper-api.alpaca.markets"),
        ("ALPACA_DATA_URL", "data.alpaca.markets"),
        ("ALPACA_STREAM_URL", "https://paper-api.alpaca.markets/stream"),
        ("ALPACA_STREAM_URL", "wss://alpaca.markets.example.com/stream"),
    ],
)
def test_in_production_the_hosts_are_alpacas(mode: Mode, name: str, value: str) -> None:
    operator = Operator(variables={name: value})
    assert list(spec_of("alpaca").misset(operator)) == [name]
    with pytest.raises(ValueError, match=name):
        places(mode, operator)


def test_a_host_of_the_other_mode_is_refused() -> None:
    operator = Operator(variables={"ALPACA_BASE_URL": "https://paper-api.alpaca.markets"})
    assert spec_of("alpaca").misset(operator) == {}
    assert places(Mode.PAPER, operator).trading == "https://paper-api.alpaca.markets"
    with pytest.raises(ValueError, match="names paper-api"):
        places(Mode.LIVE, operator)
    with pytest.raises(BrokerError, match="names paper-api") as met:
        made(Mode.LIVE, {"api_key": "AKX12345", "secret_key": "s" * 20}, operator=operator)
    assert met.value.code is BrokerErrorCode.CONNECTION_FAILED


def made(mode: Mode, keys: dict[str, str], **changes: Any) -> Any:
    parts = building(mode, Clock(OPEN), credentials=keys, settings={}, transport=session, **changes)
    return build_client(spec_of("alpaca"), parts)


@pytest.mark.parametrize(("mode", "key"), [(Mode.LIVE, "PKX12345"), (Mode.PAPER, "AKX12345")])
def test_a_key_of_the_other_environment_is_never_sent(mode: Mode, key: str) -> None:
    with responses.RequestsMock(), pytest.raises(BrokerError, match="begins with") as met:
        made(mode, {"api_key": key, "secret_key": "s" * 20})
    assert met.value.code is AUTH


@pytest.mark.parametrize(
    ("mode", "key", "host", "number"),
    [
        (Mode.LIVE, "AKX12345", "api.alpaca.markets", told.ACCOUNT_NUMBER),
        (Mode.LIVE, "CKX12345", "api.alpaca.markets", "PA37ABCDEFGH"),
        (Mode.PAPER, "CKX12345", "paper-api.alpaca.markets", "912345678"),
    ],
)
def test_an_account_of_the_other_environment_is_refused(mode: Mode, key: str, host: str, number: str) -> None:
    client = made(mode, {"api_key": key, "secret_key": "s" * 20})
    with responses.RequestsMock() as mock:
        mock.get(f"https://{host}/v2/account", json=told.account(account_number=number))
        with pytest.raises(BrokerError, match="open an account for") as met:
            client.connect()
    assert (met.value.code, client.is_connected) == (AUTH, False)
    assert number not in str(met.value)


def test_keys_that_open_another_account_than_before() -> None:
    client = made(Mode.PAPER, told.KEYS)
    with responses.RequestsMock() as mock:
        mock.get(f"{told.PAPER}/account", json=told.account())
        client.connect()
    assert client.for_account(told.ACCOUNT_ID) is client
    with pytest.raises(BrokerError, match="another account") as met:
        client.for_account("d0000000-0000-4000-8000-00000000dead")
    assert met.value.code is AUTH


@pytest.mark.parametrize("missing", ["api_key", "secret_key"])
def test_a_missing_key(missing: str) -> None:
    with pytest.raises(BrokerError, match="missing") as met:
        made(Mode.PAPER, {**told.KEYS, missing: ""})
    assert met.value.code is AUTH
