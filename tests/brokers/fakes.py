"""A broker that does as it is told: every call is noted, and answers what the test has laid down for it."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID, uuid4

from trenddojo.brokers.base import BrokerClient, Unsubscribe
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.manager import BrokerManager, Link, Ports, Purpose
from trenddojo.brokers.simulator.profile import Profile
from trenddojo.brokers.spec import BrokerSpec, Building, Capabilities, RateLimits, SignIn
from trenddojo.brokers.types import (
    AccountInfo,
    Balances,
    Bar,
    ConnectionStatus,
    Executions,
    MarginInfo,
    MarketData,
    MarketHours,
    Order,
    OrderResponse,
    Position,
    RiskMetrics,
    SubmitStatus,
    Timeframe,
    ValidationResult,
)
from trenddojo.domain.commissions import FREE
from trenddojo.domain.orders import OrderClass, OrderRequest, OrderStatus, OrderType, OrderUpdate, TimeInForce
from trenddojo.domain.terms import Mode, Side

START = datetime(2026, 11, 19, 14, 30, tzinfo=UTC)
ACCOUNTS = ("A1", "A2")
SECRET = "canary-7f3a"

READS: dict[str, Callable[[BrokerClient], Any]] = {
    "get_account_info": lambda client: client.get_account_info(),
    "get_positions": lambda client: client.get_positions(),
    "get_balances": lambda client: client.get_balances(),
    "get_margin_requirements": lambda client: client.get_margin_requirements("SPY", Decimal(1)),
    "get_risk_metrics": lambda client: client.get_risk_metrics(),
    "validate_order": lambda client: client.validate_order(request()),
    "get_order_status": lambda client: client.get_order_status("1"),
    "find_order": lambda client: client.find_order("mine"),
    "get_open_orders": lambda client: client.get_open_orders(),
    "get_order_history": lambda client: client.get_order_history(),
    "get_executions": lambda client: client.get_executions(),
    "get_market_data": lambda client: client.get_market_data("SPY"),
    "get_quotes": lambda client: client.get_quotes(["SPY"]),
    "get_bars": lambda client: client.get_bars("SPY", Timeframe.DAY, START, START),
    "get_market_hours": lambda client: client.get_market_hours(),
    "subscribe_to_market_data": lambda client: client.subscribe_to_market_data("SPY", lambda _quote: None),
}
WRITES: dict[str, Callable[[BrokerClient], Any]] = {
    "place_order": lambda client: client.place_order(request()),
    "modify_order": lambda client: client.modify_order("1", OrderUpdate(client_order_id="mine-2")),
    "cancel_order": lambda client: client.cancel_order("1"),
}


def request() -> OrderRequest:
    return OrderRequest(
        symbol="SPY", side=Side.BUY, quantity=Decimal(1), order_type=OrderType.MARKET, client_order_id="mine"
    )


def error(code: BrokerErrorCode, kind: type[BrokerError] = BrokerError) -> BrokerError:
    return kind(f"It said {code}.", code, "fake")


class Gate:
    """A call that meets it stays until it is opened; `met` says that one has come."""

    def __init__(self) -> None:
        self.met, self._opened = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.met.set()
        assert self._opened.wait(20), "nobody opened the gate"

    def open(self) -> None:
        self._opened.set()


class Secrets(dict[str, str]):
    """Decrypted credentials that a weak reference can be had of."""


class FakeClient(BrokerClient):
    """Does what its world has planned for each call: raise an error, run a function, or answer as usual."""

    name = "fake"

    def __init__(self, world: World, building: Building) -> None:
        self.world, self.building = world, building
        self.key = UUID(building.connection)
        self.at_work = 0
        self._is_connected = False

    def _meet(self, call: str) -> None:
        self.at_work += 1
        try:
            assert self.at_work == 1, "a client is used by one thread at a time"
            self.world.calls[self.key].append(call)
            planned = self.world.plans[self.key, call]
            what = planned[0] if len(planned) == 1 else planned.popleft() if planned else None
            if isinstance(what, BaseException):
                raise what
            if what is not None:
                what()
        finally:
            self.at_work -= 1

    def connect(self) -> None:
        self._meet("connect")
        self._is_connected = True

    def disconnect(self) -> None:
        if self._is_connected:
            self._meet("disconnect")
        self._is_connected = False

    @property
    def is_connected(self) -> bool:
        return self._is_connected

    def get_connection_status(self) -> ConnectionStatus:
        self._meet("get_connection_status")
        wrong = self.world.unwell.get(self.key)
        return ConnectionStatus(
            is_connected=self._is_connected, is_healthy=wrong is None, error=wrong, since=self.world.clock()
        )

    def list_accounts(self) -> tuple[str, ...]:
        self._meet("list_accounts")
        return ACCOUNTS

    def for_account(self, account_id: str) -> BrokerClient:
        if account_id not in ACCOUNTS:
            raise error(BrokerErrorCode.AUTHENTICATION_FAILED)
        return self

    def get_account_info(self) -> AccountInfo:
        self._meet("get_account_info")
        return AccountInfo(
            account_id="A1",
            currency="USD",
            equity=Decimal(1),
            cash=Decimal(1),
            buying_power=Decimal(2),
            is_paper=True,
            status="ACTIVE",
            as_of=self.world.clock(),
        )

    def get_positions(self) -> list[Position]:
        self._meet("get_positions")
        return []

    def get_balances(self) -> Balances:
        self._meet("get_balances")
        return Balances(
            currency="USD",
            cash=Decimal(1),
            equity=Decimal(1),
            buying_power=Decimal(2),
            long_value=None,
            short_value=None,
            settled_cash=None,
            as_of=self.world.clock(),
        )

    def get_margin_requirements(self, symbol: str, quantity: Decimal) -> MarginInfo:
        self._meet("get_margin_requirements")
        return MarginInfo(
            symbol=symbol, quantity=quantity, price=Decimal(1), initial_margin=Decimal(1), maintenance_margin=Decimal(1)
        )

    def get_risk_metrics(self) -> RiskMetrics:
        self._meet("get_risk_metrics")
        one = Decimal(1)
        return RiskMetrics(
            equity=one,
            gross_exposure=one,
            net_exposure=one,
            leverage=one,
            initial_margin=one,
            maintenance_margin=one,
            excess_liquidity=one,
            unrealised=one,
        )

    def validate_order(self, request: OrderRequest) -> ValidationResult:
        self._meet("validate_order")
        return ValidationResult()

    def place_order(self, request: OrderRequest) -> OrderResponse:
        self._meet("place_order")
        return _response()

    def cancel_order(self, order_id: str) -> None:
        self._meet("cancel_order")

    def modify_order(self, order_id: str, update: OrderUpdate) -> OrderResponse:
        self._meet("modify_order")
        return _response()

    def get_order_status(self, order_id: str) -> Order:
        self._meet("get_order_status")
        return _order()

    def find_order(self, client_order_id: str) -> Order | None:
        self._meet("find_order")
        return None

    def get_open_orders(self) -> list[Order]:
        self._meet("get_open_orders")
        return []

    def get_order_history(self, days: int = 30) -> list[Order]:
        self._meet("get_order_history")
        return []

    def get_executions(self, cursor: str | None = None) -> Executions:
        self._meet("get_executions")
        return Executions(fills=(), cursor="0")

    def get_market_data(self, symbol: str) -> MarketData:
        self._meet("get_market_data")
        return MarketData(
            symbol=symbol, bid=None, ask=None, last=Decimal(1), previous_close=None, volume=None, at=self.world.clock()
        )

    def get_quotes(self, symbols: Sequence[str]) -> dict[str, MarketData]:
        self._meet("get_quotes")
        return {}

    def get_bars(self, symbol: str, timeframe: Timeframe, start: datetime, end: datetime) -> list[Bar]:
        self._meet("get_bars")
        return []

    def get_market_hours(self) -> MarketHours:
        self._meet("get_market_hours")
        return MarketHours(is_open=True, at=self.world.clock(), next_open=START, next_close=START)

    def subscribe_to_market_data(self, symbol: str, callback: Callable[[MarketData], None]) -> Unsubscribe:
        self._meet("subscribe_to_market_data")
        return lambda: None


def _order() -> Order:
    return Order(
        order_id="1",
        client_order_id="mine",
        symbol="SPY",
        side=Side.BUY,
        order_type=OrderType.MARKET,
        order_class=OrderClass.SIMPLE,
        time_in_force=TimeInForce.DAY,
        quantity=Decimal(1),
        filled_quantity=Decimal(0),
        average_fill_price=None,
        limit_price=None,
        stop_price=None,
        trail_amount=None,
        trail_percent=None,
        status=OrderStatus.ACCEPTED,
        raw_status="new",
        reason=None,
        submitted_at=START,
        updated_at=START,
    )


def _response() -> OrderResponse:
    order = _order()
    return OrderResponse(
        order_id=order.order_id, client_order_id="mine", symbol="SPY", status=SubmitStatus.SUBMITTED, order=order
    )


class _Kept:
    def read(self) -> Mapping[str, str]:
        return {}

    load = read

    def save(self, changed: Mapping[str, str]) -> None:
        pass

    write = save

    def clear(self) -> None:
        pass


@dataclass
class World:
    """A broker with its plans, a manager's ports with what they were told, and the time."""

    limits: RateLimits = field(default_factory=RateLimits)
    elapsed: float = 0.0
    slept: list[float] = field(default_factory=list)
    calls: dict[UUID, list[str]] = field(default_factory=lambda: defaultdict(list))
    plans: dict[tuple[UUID, str], deque[Any]] = field(default_factory=lambda: defaultdict(deque))
    unwell: dict[UUID, str] = field(default_factory=dict)
    clients: list[FakeClient] = field(default_factory=list)
    keys: dict[UUID, dict[str, str]] = field(default_factory=dict)
    asked_secrets: list[UUID] = field(default_factory=list)
    is_owner: bool = True
    forbidden: dict[Purpose, str] = field(default_factory=dict)
    states: list[tuple[UUID, ConnectionStatus, datetime | None]] = field(default_factory=list)
    faults: list[tuple[UUID, BrokerErrorCode, str]] = field(default_factory=list)
    events: list[tuple[Link, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.spec = BrokerSpec(
            name="fake",
            label="Fake Broker",
            sign_in=SignIn.FIELDS,
            sign_in_label="Connect",
            modes=frozenset({Mode.PAPER, Mode.LIVE}),
            capabilities=Capabilities(
                asset_types=frozenset(), order_types=frozenset(), times_in_force=frozenset(), order_classes=frozenset()
            ),
            profile=Profile(commission=FREE),
            limits=self.limits,
            build=self.build,
        )

    def build(self, building: Building) -> BrokerClient:
        client = FakeClient(self, building)
        self.clients.append(client)
        return client

    def clock(self) -> datetime:
        return START + timedelta(seconds=self.elapsed)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.elapsed += seconds

    def plan(self, link: Link, call: str, *what: Any) -> None:
        """What the next calls meet, one after the other; the last stays."""
        self.plans[link.connection_id, call] = deque(what)

    def count(self, link: Link, call: str) -> int:
        return self.calls[link.connection_id].count(call)

    def secrets(self, connection_id: UUID) -> Mapping[str, str]:
        self.asked_secrets.append(connection_id)
        return Secrets(self.keys.get(connection_id, {"key": SECRET}))

    def ports(self) -> Ports:
        return Ports(
            on_event=lambda link, account_id: self.events.append((link, account_id)),
            secrets=self.secrets,
            ledger=lambda _id: _Kept(),
            tokens=lambda _id: _Kept(),
            owns=lambda: self.is_owner,
            on_state=lambda link, status, next_try: self.states.append((link.connection_id, status, next_try)),
            on_fault=lambda link, met, what: self.faults.append((link.connection_id, met.code, what)),
            allows=lambda _link, purpose: self.forbidden.get(purpose, ""),
        )

    def manager(self, **more: Any) -> BrokerManager:
        return BrokerManager(
            self.ports(),
            clock=self.clock,
            monotonic=lambda: self.elapsed,
            sleep=self.sleep,
            random=Random(7),
            **{"patience_seconds": 0.05, "slow_seconds": 20.0, **more},
        )


def link(broker: str = "fake", mode: Mode = Mode.PAPER) -> Link:
    return Link(uuid4(), uuid4(), broker, mode, {})
