"""What happens at the local gateway by itself: orders fill in parts, commissions come late, and lines are lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from random import Random

from tests.brokers.interactive_brokers.gateway import Gateway
from tests.brokers.interactive_brokers.gateway.families import waits
from tests.brokers.interactive_brokers.gateway.orders import Order

_ASKED = ("placeOrder", "cancelOrder", "reqAllOpenOrders", "reqCompletedOrders", "reqExecutions", "reqPositions")
_TOLD = ("openOrder", "orderStatus", "execDetails", "commissionReport")
_UNIT = Decimal(1)


class Weather:
    """A thread that is rough to a gateway from `turn` to `turn`; one time in four a storm outlasts its end a little."""

    def __init__(self, there: Gateway, chance: Random) -> None:
        self._there, self._chance = there, chance
        self._is_rough, self._pause = threading.Event(), threading.Event()
        threading.Thread(target=self._blow, daemon=True).start()

    def turn(self, *, is_rough: bool) -> None:
        """Begin a storm, or let it end."""
        if is_rough:
            self._is_rough.set()
        else:
            self._is_rough.clear()

    def _blow(self) -> None:
        while self._is_rough.wait():
            self._there.hold_fills = self._chance.random() < 0.7
            self._there.hold_cancels = self._chance.random() < 0.2
            self._there.commission_after = self._chance.choice([0, 1, 5, None])
            while self._is_rough.is_set():
                self._happen()
            for _ in range(self._chance.choice([0, 0, 0, 60])):
                self._happen()
            self._lull()

    def _lull(self) -> None:
        """While nobody looks something may fill; then all is told, and no fault is left."""
        for _ in range(self._chance.randrange(5)):
            self._fill()
        if self._chance.random() < 0.2:
            self._there.restart(rewind_ids=True)
        self._there.faults.clear()
        self._there.restore()
        self._there.hold_fills, self._there.hold_cancels = self._chance.random() < 0.5, False
        self._there.commission_after = 0
        self._there.release_commissions()
        self._there.settle()

    def _happen(self) -> None:
        self._pause.wait(self._chance.uniform(0.005, 0.035))
        there = self._there
        acts: list[Callable[[], object]] = [
            self._fill, self._move, there.release_commissions, there.settle, self._harm,
        ]  # fmt: skip
        self._chance.choices(acts, [20, 2, 2, 10, 0.7])[0]()

    def _fill(self) -> None:
        """Somebody takes the other side of an entry, or of what sells at the market, for all of it or for one unit."""
        if found := [one for one in self._working() if one.is_buy or one.type == "MKT"]:
            order = self._chance.choice(found)
            self._there.fill(order, self._chance.choice([_UNIT, order.remaining]), _price(order))

    def _move(self) -> None:
        """The market goes to an order's price and back, and fills all that it meets on its way."""
        if found := [one for one in self._working() if _price(one) is not None]:
            order, there = self._chance.choice(found), self._there
            before, holds = there.price(order.symbol), there.hold_fills
            there.hold_fills = False
            there.set_price(order.symbol, _price(order) or before)
            there.set_price(order.symbol, before)
            there.hold_fills = holds

    def _working(self) -> list[Order]:
        return [one for one in self._there.open_orders if one.is_working and not waits(one) and one.remaining]

    def _harm(self) -> None:
        """An accident, mostly one of the line that the next message comes on."""
        acts: list[Callable[[], object]] = [self._drop, self._restart, self._cut_off, self._fault, self._stutter]
        self._chance.choices(acts, [3, 1, 2, 8, 2])[0]()

    def _drop(self) -> None:
        self._there.drop_connections(abort=self._chance.random() < 0.5)

    def _restart(self) -> None:
        self._there.restart(rewind_ids=self._chance.random() < 0.5)

    def _cut_off(self) -> None:
        self._there.cut_off()
        self._pause.wait(self._chance.uniform(0.0, 0.2))
        self._there.restore(data_lost=self._chance.random() < 0.3, answers=self._chance.random() < 0.7)

    def _fault(self) -> None:
        """The line ends before, with or within the answer to one of the next messages; seldom no answer ever comes."""
        kind, faults = self._chance.choice(_ASKED), self._there.faults
        makes: list[Callable[[str], object]] = [
            faults.lose_answer, faults.lose_request, faults.cut, faults.garbage, faults.swallow, faults.never_answer,
        ]  # fmt: skip
        self._chance.choices(makes, [8, 8, 4, 2, 1, 1])[0](kind)

    def _stutter(self) -> None:
        self._there.faults.repeat(self._chance.choice(_TOLD))


def _price(order: Order) -> Decimal | None:
    """At what an order fills: its own price, the market's where it has none."""
    return order.limit or order.aux
