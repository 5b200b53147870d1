"""A trading floor at the local Alpaca: the whole stack over real HTTP, and the venue's ledger to judge by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import Flask

from tests.brokers.alpaca.venue.orders import Order as Theirs
from tests.brokers.alpaca.venue.venue import Venue, alpaca_venue
from tests.conftest import Clock
from tests.orders.floor import D, Floor, loosened
from tests.services import connected
from trenddojo.brokers.adapters.alpaca.keys import KEY, SECRET
from trenddojo.brokers.adapters.alpaca.places import BASE, DATA
from trenddojo.services import leases
from trenddojo.services.orders import asking
from trenddojo.store.database import discard
from trenddojo.store.models import User


@dataclass
class Pit(Floor):
    """The account's broker is a venue; what has a name of Floor's asks the venue instead of the simulated exchange."""

    venue: Venue = field(kw_only=True)

    def price(self, symbol: str = "NVDA") -> Decimal:
        return self.venue.prices.price(symbol)

    def position(self, symbol: str = "NVDA") -> Decimal:
        return self.venue.positions.get(symbol, D(0))

    def theirs(self, order: Any) -> Theirs:
        """The venue's side of an order of ours."""
        return self.venue.order(str(self.again(order).broker_order_id))

    def gets(self) -> int:
        """How many reads of the trading host the venue has answered."""
        return len(self.venue.asked("GET", "/v2/")) - len(self.venue.asked("GET", "/v2/stocks"))

    def posts(self) -> int:
        return len(self.venue.asked("POST", "/v2/orders"))

    def restart(self) -> None:
        """Another process: nothing in memory."""
        link = self.desk.link
        discard()
        self.manager.close()
        leases.keeper().release()
        self.app.extensions.pop(asking.EXTENSION, None)
        self.manager = connected.furnish(self.app, seconds(self.clock))
        self.manager.connect(link)

    def check_ledgers(self) -> None:
        """Nothing lost, nothing doubled: every order and fill of the venue's is ours once, and no other is."""
        self.venue.settle()
        theirs = {one.id: one for one in self.venue.orders}
        ours = {str(one.broker_order_id): one for one in self.orders() if one.broker_order_id}
        assert theirs.keys() == ours.keys()
        for order_id, order in theirs.items():
            assert ours[order_id].filled_quantity + ours[order_id].filled_before == order.filled_qty, order
        assert {fill.key.partition("#")[0] for fill, _ in self.fills()} == {fill.id for fill in self.venue.fills}
        assert self.books() == {symbol: held for symbol, held in self.venue.positions.items() if held}

    def check_guarded(self, symbol: str = "NVDA") -> None:
        """What is held has a stop of its full size at the venue."""
        stops = [one for one in self.venue.open_orders if one.symbol == symbol and one.type.startswith("stop")]
        assert sum((one.qty - one.filled_qty for one in stops if one.qty), D(0)) == abs(self.position(symbol))


def seconds(clock: Clock) -> Callable[[], float]:
    """A monotonic clock that goes with the test's."""
    return lambda: clock().timestamp()


@contextmanager
def pit(app: Flask, clock: Clock, user: User, skew: timedelta = timedelta(), **venue: Any) -> Iterator[Pit]:
    """A floor at a venue of its own, whose clock is ahead by `skew`."""
    with alpaca_venue(clock, **venue) as made:
        made.skew = skew
        manager = connected.furnish(
            app,
            seconds(clock),
            **connected.INTEGRATIONS,
            production=False,
            enable_live_trading=made.is_live,
            variables={BASE: made.base_url, DATA: made.data_url},
        )
        key, secret = made.keys
        sent = {"broker": "alpaca", "mode": "paper", "credentials": {KEY: key, SECRET: secret}}
        seat = connected.connect(manager, user, sent).seats[0]
        loosened(seat)
        clock.turn(seconds=1)
        found = Pit(app, clock, manager, seat, venue=made)
        found.follow()
        try:
            yield found
        finally:
            manager.close()
