"""A trading floor for tests of the order engine: an account at the simulated exchange, and both of their ledgers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import select

from tests.conftest import Clock
from tests.services import connected
from trenddojo.brokers.manager import BrokerManager
from trenddojo.brokers.simulator.client import SimulatedClient
from trenddojo.brokers.simulator.exchange import Exchange
from trenddojo.brokers.types import Order as Told
from trenddojo.domain.order_states import OrderState
from trenddojo.domain.orders import OrderRequest, OrderType
from trenddojo.domain.terms import Side
from trenddojo.services import plans
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.orders import OrderInput, ReplaceInput
from trenddojo.services.inputs.plans import PlanInput
from trenddojo.services.orders import changing, engine, placing
from trenddojo.services.orders.desk import Desk, desk_of
from trenddojo.services.orders.passes import Passed
from trenddojo.store import orders as stored
from trenddojo.store import trades
from trenddojo.store.database import db, discard
from trenddojo.store.models import Execution, Order, RiskSettings, Trade, User
from trenddojo.store.seats import Seat

D = Decimal
SYMBOL = "NVDA"


@dataclass
class Floor:
    """One person, one account, one simulated broker, one clock."""

    app: Flask
    clock: Clock
    manager: BrokerManager
    seat: Seat

    def __post_init__(self) -> None:
        self.account_id = self.seat.account.id
        self._desk: tuple[BrokerManager, Desk] | None = None

    # ---- what people do

    def plan(self, symbol: str = SYMBOL, **sent: Any) -> Trade:
        """A plan around the market's price: its stop 5% away, its target 10%, unless said otherwise."""
        price = self.price(symbol)
        direction = sent.get("direction", "long")
        sign = 1 if direction == "long" else -1
        usual = {
            "symbol": symbol, "direction": direction, "entry": tick(price), "quantity": "10",
            "stop": tick(price * (1 - sign * D("0.05"))), "target_1": tick(price * (1 + sign * D("0.10"))),
        }  # fmt: skip
        return plans.plan_trade(self.seat, parse(PlanInput, {**usual, **sent}), self.clock(), uuid4())

    def place(self, trade: Trade, key: UUID | None = None, **sent: Any) -> Order:
        """Send an order."""
        asked = parse(OrderInput, sent)
        return placing.place(self.manager, self.seat, trade, asked, key=key or uuid4(), now=self.clock())

    def enter(self, trade: Trade, **sent: Any) -> Order:
        """Buy at the market, with exits, and follow the fill."""
        order = self.place(trade, order_type="market", **sent)
        self.follow()
        return self.again(order)

    def cancel(self, order: Order) -> Order:
        return changing.cancel(self.manager, self.seat, order, self.clock())

    def replace(self, order: Order, **sent: Any) -> Order:
        return changing.replace(self.manager, self.seat, order, parse(ReplaceInput, sent), self.clock())

    # ---- what the house does

    def follow(self) -> Passed:
        """One pass, and what it leads to."""
        return engine.follow(self.manager, self.desk, self.clock())

    def turn(self, **by: float) -> None:
        """Let time pass, and the market with it."""
        self.clock.turn(**by)

    @property
    def desk(self) -> Desk:
        """Where the account's orders go, read once for each process."""
        if self._desk is None or self._desk[0] is not self.manager:
            self._desk = self.manager, desk_of(self.seat.account)
        return self._desk[1]

    # ---- the broker's side

    @property
    def client(self) -> SimulatedClient:
        """The simulated broker behind the connection, connected."""
        connection = self.desk.link.connection_id
        discard()
        found = self.manager.simulator(connection)
        if found is None:
            self.manager.connect(self.desk.link)
            found = self.manager.simulator(connection)
        assert found is not None
        return found

    def exchange(self) -> Exchange:
        """The exchange as its ledger has it now, read past every fault."""
        client = self.client
        exchange = client._exchange or client._opened()
        exchange.advance(self.clock())
        return exchange

    def cancel_elsewhere(self, order: Order) -> None:
        """Somebody cancels an order on the broker's own page."""
        there = str(order.broker_order_id)
        self.client.cancel_order(there)

    def place_elsewhere(self, **request: Any) -> None:
        """Somebody places an order on the broker's own page."""
        usual = {"symbol": SYMBOL, "side": Side.BUY, "quantity": D(1), "order_type": OrderType.MARKET}
        self.client.place_order(OrderRequest(**{**usual, "client_order_id": f"elsewhere-{uuid4().hex}", **request}))

    def at_broker(self) -> list[Told]:
        """Every order that the broker has, legs among them."""
        return [one for top in self.exchange().orders() for one in (top, *top.legs)]

    def working_at_broker(self) -> list[Told]:
        return [one for one in self.at_broker() if not one.status.is_final]

    def position(self, symbol: str = SYMBOL) -> Decimal:
        held = {one.symbol: one.quantity for one in self.exchange().positions(self.clock())}
        return held.get(symbol, D(0))

    def price(self, symbol: str = SYMBOL) -> Decimal:
        return self.client._market.price(symbol, self.clock())

    # ---- our side

    def orders(self, trade: Trade | None = None) -> list[Order]:
        found = stored.of_trade(trade.id) if trade else stored.listed([self.seat], limit=10_000)
        return list(found)

    def again(self, order: Order) -> Order:
        found = stored.by_id(order.id)
        assert found is not None
        return found

    def trade(self, trade: Trade) -> Trade:
        return db.session.get_one(Trade, trade.id, populate_existing=True)

    def books(self) -> dict[str, Decimal]:
        """What our executions add up to, by symbol."""
        held: defaultdict[str, Decimal] = defaultdict(Decimal)
        for fill, symbol in self.fills():
            held[symbol] += fill.quantity if fill.side is Side.BUY else -fill.quantity
        return {symbol: quantity for symbol, quantity in held.items() if quantity}

    def fills(self) -> list[tuple[Execution, str]]:
        """Every fill of an order that counts, with its symbol."""
        query = (
            select(Execution, Order.symbol)
            .join(Order, Order.id == Execution.order_id)
            .where(Order.account_id == self.account_id, Execution.deleted_at.is_(None))
        )
        return [(fill, symbol) for fill, symbol in db.session.execute(query)]

    def check_ledgers(self) -> None:
        """Nothing lost, nothing doubled: every order of the broker's is one of ours, and so is every fill."""
        there = self.at_broker()
        theirs = {one.order_id: one for one in there if not _came_and_went(one)}
        ours = {one.broker_order_id: one for one in self.orders() if one.broker_order_id}
        assert theirs.keys() <= ours.keys()
        assert ours.keys() <= {one.order_id for one in there}
        told = [one.client_order_id for one in theirs.values()]
        assert len(told) == len(set(told))
        for order_id, order in theirs.items():
            assert ours[order_id].filled_quantity == order.filled_quantity, order
        fills = {fill.execution_id for fill in self.exchange().executions()}
        kept = {fill.key.partition("#")[0] for fill, _ in self.fills()}
        assert kept == fills
        held = {one.symbol: one.quantity for one in self.exchange().positions(self.clock()) if one.quantity}
        assert self.books() == held


def _came_and_went(told: Told) -> bool:
    """An order placed elsewhere that ended without a fill: nobody need ever have seen it."""
    is_ours = (told.client_order_id or "").startswith("td-") or told.parent_id is not None
    return not is_ours and told.status.is_final and not told.filled_quantity


def tick(price: Decimal) -> str:
    return f"{price:.2f}"


def floor(app: Flask, clock: Clock, user: User, broker: str = "simulated", **settings: str) -> Floor:
    """A floor at one of the simulated brokers, whose limits leave room for what tests do."""
    manager = connected.furnish(app)
    sent = {"broker": broker, "mode": "mock", "credentials": {"latency_ms": "0", "always_open": "on", **settings}}
    made = connected.connect(manager, user, sent)
    seat = made.seats[0]
    loosened(seat)
    clock.turn(seconds=1)
    return Floor(app, clock, manager, seat)


def loosened(seat: Seat) -> None:
    """Give an account limits that leave room for what tests do, and a checklist that asks for nothing."""
    limits = db.session.get_one(RiskSettings, seat.account.id)
    limits.max_risk_per_trade = limits.max_risk_per_day = limits.max_risk_per_week = limits.daily_loss_limit = D(10)
    limits.max_position_value, limits.max_open_positions, limits.max_correlated_positions = D(100), 50, 50
    db.session.commit()
    from trenddojo.store.models import ChecklistItem

    for item in db.session.query(ChecklistItem).filter_by(account_id=seat.account.id):
        item.required = False
    db.session.commit()


__all__ = ["SYMBOL", "D", "Floor", "OrderState", "floor", "tick", "timedelta", "trades"]
