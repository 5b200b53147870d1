"""A client at the local gateway, with what its connection keeps, and what tests of it share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

import pytest

from tests.brokers.interactive_brokers.gateway import Gateway, gateway
from tests.brokers.interactive_brokers.gateway.tickets import Ticket
from tests.brokers.interactive_brokers.subject import built_from
from tests.brokers.orders import D, an_order
from tests.brokers.subjects import MemoryLedger
from tests.conftest import Clock
from trenddojo.brokers.adapters.interactive_brokers import limits
from trenddojo.brokers.adapters.interactive_brokers.client import InteractiveBrokersClient
from trenddojo.brokers.adapters.interactive_brokers.inbox import Inbox
from trenddojo.brokers.building import build_client
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.registry import spec_of
from trenddojo.brokers.types import Order
from trenddojo.domain.orders import OrderRequest, OrderType, OrderUpdate, StopLoss, TakeProfit, TimeInForce

SPEC = spec_of("interactive_brokers")
PATIENCE = 10.0
"""Seconds after which something that should have happened has not."""

T = TypeVar("T")


@dataclass
class Desk:
    """`client` is connected. `ledger` is what its connection keeps over a restart."""

    gateway: Gateway
    clock: Clock
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    client: InteractiveBrokersClient = field(init=False)
    _made: list[InteractiveBrokersClient] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.client = self.fresh()

    def fresh(self, **changes: Any) -> InteractiveBrokersClient:
        """Another client of the same connection, not connected."""
        made = build_client(SPEC, built_from(self.gateway, self.clock, **({"ledger": self.ledger} | changes)))
        assert isinstance(made, InteractiveBrokersClient)
        self._made.append(made)
        return made

    def elsewhere(self) -> InteractiveBrokersClient:
        """The client of another connection to the same gateway, which has kept nothing."""
        settings = {"host": "127.0.0.1", "port": str(self.gateway.port), "client_id": "8"}
        made = self.fresh(ledger=MemoryLedger(), settings=settings)
        made.connect()
        return made

    def restart(self) -> None:
        """Go on with another client, as after a restart."""
        self.client.disconnect()
        self.client = self.fresh()
        self.client.connect()

    def leave(self) -> None:
        for one in self._made:
            one.disconnect()

    @property
    def inbox(self) -> Inbox:
        """What the connection has heard."""
        line = self.client._session._line
        assert line is not None
        return line.inbox

    @property
    def tickets(self) -> list[Ticket]:
        """Every order and change that was sent, oldest first."""
        return [asked.ticket for asked in self.gateway.asked("placeOrder")]

    def order(self, **changes: Any) -> OrderRequest:
        """A market order to buy ten shares of AAPL, under a reference that was never used."""
        return an_order(**({"client_order_id": f"ours-{next(self._numbers)}"} | changes))

    def place(self, **changes: Any) -> Order:
        return self.client.place_order(self.order(**changes)).order

    def rest(self, **changes: Any) -> Order:
        """A limit order far below the market."""
        resting = {"order_type": OrderType.LIMIT, "limit_price": D(100), "time_in_force": TimeInForce.GTC}
        return self.place(**(resting | changes))

    def heard(self) -> None:
        """All that the gateway has said until now has been heard: its messages come in order."""
        assert self.client.get_connection_status().is_healthy


def update(**changes: Any) -> OrderUpdate:
    """A change of an order."""
    return OrderUpdate(client_order_id="ours-changed", **changes)


def bracket(desk: Desk, **changes: Any) -> Order:
    """An entry that rests, with its stop and its target."""
    exits = {"stop_loss": StopLoss(stop_price=D(90)), "take_profit": TakeProfit(limit_price=D(250))}
    return desk.rest(**(exits | changes))


@contextmanager
def seated(clock: Clock, **made: Any) -> Iterator[Desk]:
    """A connected client of a gateway that is made like this, where AAPL costs 190."""
    with gateway(clock, **made) as there:
        there.set_price("AAPL", "190")
        desk = Desk(there, clock)
        try:
            desk.client.connect()
            yield desk
        finally:
            desk.leave()


@contextmanager
def hasty(*names: str, seconds: float = 0.1) -> Iterator[None]:
    """Within, these of the limits are short: what a gateway does not answer is soon given up.

    What it does answer has to come within them too, on a machine that is busy with other tests.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setattr(limits, name, seconds)
        yield


@contextmanager
def patient(*names: str) -> Iterator[None]:
    """Within, these of the limits are never met: who waits for one of them fails by another."""
    with hasty(*names, seconds=600.0):
        yield


@contextmanager
def refused(code: BrokerErrorCode, **details: str) -> Iterator[pytest.ExceptionInfo[BrokerError]]:
    """Within, a BrokerError of this code is raised, which has these details."""
    with pytest.raises(BrokerError) as met:
        yield met
    assert met.value.code is code, met.value.message
    assert {name: met.value.details.get(name) for name in details} == details
    assert met.value.broker == "interactive_brokers"


@contextmanager
def aside(act: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """Do something in another thread; the answer waits for what came of it."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(act)
        yield lambda: future.result(PATIENCE)
