"""A trading floor at the local gateway: the whole stack over a real socket, and the gateway's ledger to judge by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask import Flask

from tests.brokers.interactive_brokers.gateway import Gateway, gateway
from tests.brokers.interactive_brokers.gateway.orders import Order as Theirs
from tests.conftest import Clock
from tests.orders.floor import D, Floor, loosened
from tests.orders.pit import seconds
from tests.services import connected
from trenddojo.services import leases
from trenddojo.services.orders import asking
from trenddojo.store.database import discard
from trenddojo.store.models import User


@dataclass
class Ring(Floor):
    """The account's broker is a gateway; what has a name of Floor's asks the gateway, not the simulated exchange."""

    gateway: Gateway = field(kw_only=True)

    def price(self, symbol: str = "NVDA") -> Decimal:
        return self.gateway.price(symbol)

    def position(self, symbol: str = "NVDA") -> Decimal:
        return self.gateway.positions.get(symbol, D(0))

    def theirs(self, order: Any) -> Theirs:
        """The gateway's side of an order of ours."""
        return self.gateway.order(int(str(self.again(order).broker_order_id)))

    def placed(self) -> int:
        """How many orders were sent, exits among them."""
        return len(self.gateway.asked("placeOrder"))

    def restart(self) -> None:
        """Another process: nothing in memory."""
        link = self.desk.link
        discard()
        self.manager.close()
        leases.keeper().release()
        self.app.extensions.pop(asking.EXTENSION, None)
        self.manager = connected.furnish(self.app, seconds(self.clock))
        self.manager.connect(link)

    def reconnect(self) -> None:
        """The monitor's look after the connection was lost."""
        link = self.desk.link
        discard()
        self.manager.connect(link)

    def check_ledgers(self) -> None:
        """Nothing lost, nothing doubled: every order and fill of the gateway's is ours once, and no other is."""
        self.gateway.settle()
        theirs = {str(one.perm_id): one for one in self.gateway.orders if one.perm_id}
        ours = {str(one.broker_order_id): one for one in self.orders() if one.broker_order_id}
        assert theirs.keys() == ours.keys()
        for order_id, order in theirs.items():
            assert ours[order_id].filled_quantity + ours[order_id].filled_before == order.filled, order
        assert {fill.key.partition("#")[0] for fill, _ in self.fills()} == {fill.exec_id for fill in self.gateway.fills}
        assert self.books() == self.gateway.positions

    def check_guarded(self, symbol: str = "NVDA", *, awake: bool = False) -> None:
        """What is held has stops of its full size at the gateway, `awake` alone or all that there are."""
        stops = [one for one in self.gateway.open_orders if one.symbol == symbol and one.type.startswith("STP")]
        counted = [one for one in stops if not awake or one.parent is None or one.parent.status == "Filled"]
        assert sum((one.remaining for one in counted), D(0)) == abs(self.position(symbol))


@contextmanager
def ring(app: Flask, clock: Clock, user: User, **switches: Any) -> Iterator[Ring]:
    """A floor at a gateway of its own."""
    with gateway(clock, **switches) as made:
        manager = connected.furnish(
            app,
            seconds(clock),
            **connected.INTEGRATIONS,
            production=False,
            enable_live_trading=made.is_live,
        )
        credentials = {"host": "127.0.0.1", "port": str(made.port), "client_id": "7"}
        sent = {
            "broker": "interactive_brokers",
            "mode": "live" if made.is_live else "paper",
            "credentials": credentials,
        }
        seat = connected.connect(manager, user, sent).seats[0]
        loosened(seat)
        clock.turn(seconds=1)
        found = Ring(app, clock, manager, seat, gateway=made)
        found.follow()
        try:
            yield found
        finally:
            manager.close()
