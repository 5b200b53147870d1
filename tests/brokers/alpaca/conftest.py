"""A client whose Alpaca is mocked, answer by answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from tests.brokers.alpaca import told
from tests.brokers.subjects import OPEN, building
from tests.conftest import Clock
from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.building import build_client
from trenddojo.brokers.http import session
from trenddojo.brokers.registry import spec_of
from trenddojo.domain.terms import Mode


@pytest.fixture
def alpaca() -> Iterator[responses.RequestsMock]:
    """Alpaca's paper host, which so far answers for the account alone."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(f"{told.PAPER}/account", json=told.account())
        yield mock


@pytest.fixture
def client(alpaca: responses.RequestsMock) -> BrokerClient:
    """A client that is connected to it."""
    parts = building(Mode.PAPER, Clock(OPEN), credentials=told.KEYS, settings={}, transport=session)
    made = build_client(spec_of("alpaca"), parts)
    made.connect()
    return made
