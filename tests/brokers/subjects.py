"""What the contract suite is run on: a client in an environment that can be turned, and built anew as by a restart."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from requests import Session

from tests.brokers.orders import an_order
from tests.conftest import Clock
from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.building import build_client
from trenddojo.brokers.spec import BrokerSpec, Building
from trenddojo.domain.orders import OrderRequest
from trenddojo.domain.terms import Mode

OPEN = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
"""A Tuesday, half an hour after the opening in New York."""
CLOSED = datetime(2026, 3, 7, 15, 0, tzinfo=UTC)
"""The Saturday after."""


class MemoryLedger:
    """A LedgerStore without a file."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.saves = 0

    def load(self) -> Mapping[str, str]:
        return dict(self.texts)

    def save(self, changed: Mapping[str, str]) -> None:
        self.texts.update(changed)
        self.saves += 1

    def clear(self) -> None:
        self.texts.clear()


class MemoryTokens:
    """A TokenStore without a vault."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def read(self) -> Mapping[str, str]:
        return dict(self.kept)

    def write(self, tokens: Mapping[str, str]) -> None:
        self.kept = dict(tokens)


@dataclass
class Subject:
    """A connected client of one broker and mode.

    `clock` is the broker's time, `fresh` makes another client of the same connection, not yet connected, as after a
    restart. What the broker has booked is the same for both.
    """

    spec: BrokerSpec
    mode: Mode
    clock: Clock
    fresh: Callable[[], BrokerClient]
    client: BrokerClient = field(init=False)
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.client = self.fresh()
        self.client.connect()

    def restart(self) -> None:
        """Go on with a new client."""
        self.client.disconnect()
        self.client = self.fresh()
        self.client.connect()

    def order(self, **changes: Any) -> OrderRequest:
        """A market order under a client id that was never used."""
        return an_order(**({"client_order_id": f"ours-{next(self.numbers)}"} | changes))

    def far_below(self, symbol: str = "AAPL") -> Decimal:
        """A price that the market does not come near, on everybody's grid."""
        return round(self.client.get_market_data(symbol).last / 2, 2)

    def far_above(self, symbol: str = "AAPL") -> Decimal:
        """The same on the other side."""
        return round(self.client.get_market_data(symbol).last * 2, 2)


def building(mode: Mode, clock: Clock, **changes: Any) -> Building:
    """All that a client is built from, in memory, and never sleeping."""
    parts: dict[str, Any] = {
        "connection": "9d2b6f0a-0000-4000-8000-000000000001",
        "mode": mode,
        "credentials": {},
        "settings": {"starting_cash": "100000"},
        "clock": clock,
        "sleep": lambda _seconds: None,
        "transport": Session,
        "ledger": MemoryLedger(),
        "tokens": MemoryTokens(),
    }
    return Building(**(parts | changes))


def simulated(spec: BrokerSpec) -> Subject:
    """A broker's mock mode."""
    clock = Clock(OPEN)
    built_from = building(Mode.MOCK, clock)
    return Subject(spec=spec, mode=Mode.MOCK, clock=clock, fresh=lambda: build_client(spec, built_from))
