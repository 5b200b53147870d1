"""How the demo's trader enters: stop orders with a limit, adds to what works, and now and then a chase."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from trenddojo.domain.fills import FIRST_LEG
from trenddojo.domain.money import ONE, ZERO, cents
from trenddojo.services.demo.desk import Desk, Order
from trenddojo.services.demo.holding import Holding
from trenddojo.services.demo.market import Listing
from trenddojo.services.demo.story import LegPlan, Plan

_A_DAY: Final = 2
_LIMIT: Final = Decimal("0.1")
"""How far beyond its trigger an entry may fill, in units of its risk; of an add in average ranges."""
_SMALLEST_RISK: Final = Decimal("0.2")
"""Percent points of equity below which an entry is not worth its while."""
_DIVISIBLE, _IN_PARTS = 30, 0.15
"""The quantity from which on an order may fill in parts, and how often one does."""
_RISK_OF_ADD: Final = Decimal("0.50")
_CHASES: Final = (35, 96)
"""The trades, counted, from which on the next gap beyond a limit is chased."""


class Entries:
    """The mornings. `adds` holds the triggers at which open trades are to grow."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._chases = list(_CHASES)
        self.adds: dict[Listing, Decimal] = {}

    def enter(self, number: int, orders: list[Order]) -> list[Order]:
        """Fill what trades in a session's morning; returns the orders that did not fill."""
        desk, today = self._desk, self._desk.sessions[number]
        entered, waiting, at = 0, [], today.at(9, 36)
        self._scale_in(number, today.at(9, 33, desk.clock.randint(0, 59)))
        for order in orders:
            at += timedelta(minutes=desk.clock.randint(3, 25), seconds=desk.clock.randint(0, 59))
            if at > desk.now or entered == _A_DAY or not self._fill(order, number, at):
                waiting.append(order)
            else:
                entered += 1
        return waiting

    def _fill(self, order: Order, number: int, at: datetime) -> bool:
        """Whether the order filled: its trigger traded, its limit was not passed, and the rules allow a size."""
        desk, signal = self._desk, order.signal
        bar, way = desk.bar(signal.listing, number), signal.direction.sign
        if way * (bar.best(signal.direction) - signal.entry) < 0 or desk.ledger.of(signal.listing):
            return False
        slip = Decimal(int(5 * desk.chance(signal.listing.symbol, number, "entry"))) / 100
        price = max(way * bar.open, way * signal.entry + slip) * way
        beyond = way * (price - signal.entry) / signal.unit_risk
        if beyond <= _LIMIT:
            return self._open(desk.planned(order, number, signal.entry), number, at, price)
        return beyond < ONE and self._chase(order, number, at, price)

    def _chase(self, order: Order, number: int, at: datetime, price: Decimal) -> bool:
        """Beyond the limit nothing fills, but twice a year the trader pays up."""
        desk = self._desk
        if not self._chases or len(desk.ledger.holdings) < self._chases[0]:
            return False
        plan = replace(desk.planned(order, number, price), quality=2)
        if not self._open(plan, number, at, price):
            return False
        self._chases.pop(0)
        desk.telling.chased(desk.ledger.holdings[-1], at, abs(price - order.signal.entry))
        return True

    def _open(self, plan: Plan, number: int, at: datetime, price: Decimal) -> bool:
        desk = self._desk
        if plan.sizing.loss_at_stop * 100 < _SMALLEST_RISK * desk.ledger.equity:
            return False
        holding = Holding.begun(len(desk.ledger.holdings) + 1, plan, number)
        holding.best = price
        desk.ledger.holdings.append(holding)
        self._buy(holding, FIRST_LEG, at, price, plan.sizing.quantity)
        desk.telling.planned(holding)
        return True

    def _buy(self, holding: Holding, leg: int, at: datetime, price: Decimal, quantity: Decimal) -> None:
        """Enter, sometimes in two fills of one order, of which the first carries its fee."""
        in_parts = quantity >= _DIVISIBLE and self._desk.chance(holding.number, leg) < _IN_PARTS
        first = quantity * 6 // 10 if in_parts else quantity
        holding.enter(leg, at, first, price)
        if first < quantity:
            holding.enter(leg, at + timedelta(seconds=41), quantity - first, price, fee=ZERO)

    def _scale_in(self, number: int, at: datetime) -> None:
        """Fill the adds that were drawn up the evening before and trade at their trigger."""
        desk, adds = self._desk, self.adds
        self.adds = {}
        for listing, trigger in adds.items():
            holding, bar = desk.ledger.of(listing), desk.bar(listing, number)
            if holding is None or at > desk.now or holding.better(bar.best(holding.direction), trigger) < 0:
                continue
            way = holding.direction.sign
            self._add(holding, number, at, trigger, max(way * bar.open, way * trigger) * way)

    def _add(self, holding: Holding, number: int, at: datetime, trigger: Decimal, price: Decimal) -> None:
        """A second leg of a quarter to a half of the first, with its own stop beyond the first one's entry."""
        desk = self._desk
        reach = desk.chart(holding.listing, number - 1).range
        stop = cents(trigger - holding.direction.sign * reach * 3 / 2)
        if holding.better(price, trigger) > _LIMIT * reach or holding.better(stop, holding.entry) <= 0:
            return
        quantity = self._size_of_add(holding, number, price, trigger, stop)
        if not quantity:
            return
        drawn_up = at - timedelta(minutes=2)
        leg = LegPlan(FIRST_LEG + 1, drawn_up, trigger, quantity, stop)
        holding.begin_leg(leg)
        self._buy(holding, leg.number, at, price, quantity)
        desk.telling.added(holding, leg)

    def _size_of_add(self, holding: Holding, number: int, price: Decimal, trigger: Decimal, stop: Decimal) -> Decimal:
        add = replace(holding.plan.signal, entry=trigger, stop=stop)
        allowed = self._desk.ledger.size(add, price, _RISK_OF_ADD, self._desk.sessions[number]).allowed
        first = holding.legs[0].quantity
        quantity = min(allowed, first // 2)
        return quantity if quantity >= first // 4 else ZERO
