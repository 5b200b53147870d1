"""A broker whose answers and failures a test decides, with keys and several accounts, in paper and live mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NoReturn

from tests.conftest import NOW
from trenddojo.brokers.adapters.simulated import SPEC as SIMULATED
from trenddojo.brokers.base import BrokerClient, Unsubscribe
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.spec import BrokerSpec, Building, CredentialField, FieldKind, RateLimits, SignIn
from trenddojo.brokers.types import (
    AccountInfo,
    Bar,
    ConnectionStatus,
    EquityPoint,
    Executions,
    MarketData,
    NoQuote,
    Order,
    Position,
)
from trenddojo.domain.orders import OrderClass, OrderStatus, OrderType, TimeInForce
from trenddojo.domain.terms import AssetType, Mode, Side, Timeframe

KEYS = {"api_key": "AKFAKE000001", "secret_key": "canary-secret-9f2c", "region": "eu"}


def info(account_id: str = "F-1", equity: str = "50000.00", currency: str = "USD") -> AccountInfo:
    amount = Decimal(equity)
    return AccountInfo(
        account_id=account_id, currency=currency, equity=amount, cash=amount, buying_power=2 * amount, is_paper=True,
        status="ACTIVE", as_of=NOW,
    )  # fmt: skip


def position(symbol: str = "NVDA", quantity: str = "10", price: str = "100") -> Position:
    return Position(
        symbol=symbol, asset_type=AssetType.STOCK, quantity=Decimal(quantity), average_price=Decimal(price),
        market_price=Decimal(price), market_value=Decimal(quantity) * Decimal(price), unrealised=Decimal(0),
        currency="USD",
    )  # fmt: skip


def quote(symbol: str, last: str = "100.00") -> MarketData:
    price = Decimal(last)
    return MarketData(
        symbol=symbol, bid=price - 1, ask=price + 1, last=price, previous_close=price, volume=7, at=NOW
    )  # fmt: skip


def order(order_id: str = "o-1", **changes: Any) -> Order:
    usual: dict[str, Any] = {
        "order_id": order_id, "client_order_id": "c-1", "symbol": "NVDA", "side": Side.BUY,
        "order_type": OrderType.LIMIT, "order_class": OrderClass.SIMPLE, "time_in_force": TimeInForce.GTC,
        "quantity": Decimal(10), "filled_quantity": Decimal(0), "average_fill_price": None,
        "limit_price": Decimal("99.50"), "stop_price": None, "trail_amount": None, "trail_percent": None,
        "status": OrderStatus.ACCEPTED, "raw_status": "new", "reason": None, "submitted_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    return Order(**{**usual, **changes})


def past(*amounts: str) -> list[EquityPoint]:
    """Equity by day, the last an hour ago."""
    first = NOW - timedelta(days=len(amounts) - 1, hours=1)
    return [EquityPoint(at=first + timedelta(days=day), equity=Decimal(one)) for day, one in enumerate(amounts)]


@dataclass
class World:
    """What the broker says now; a call that is named in `failures` raises, one in `before` does something first."""

    accounts: dict[str, AccountInfo] = field(default_factory=lambda: {"F-1": info()})
    positions: list[Position] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    quotes: dict[str, MarketData | NoQuote] = field(default_factory=dict)
    past: list[EquityPoint] = field(default_factory=list)
    bars: dict[tuple[str, Timeframe], list[Bar]] = field(default_factory=dict)
    failures: dict[str, BrokerError] = field(default_factory=dict)
    before: dict[str, Callable[[], None]] = field(default_factory=dict)
    keys: list[str] = field(default_factory=lambda: [KEYS["secret_key"]])
    asked: list[str] = field(default_factory=list)
    made: list[Building] = field(default_factory=list)

    def fail(self, call: str, code: BrokerErrorCode, message: str = "The broker says no.", **details: str) -> None:
        self.failures[call] = BrokerError(message, code, "fake", details)

    def ask(self, call: str) -> None:
        self.asked.append(call)
        if call in self.before:
            self.before[call]()
        if call in self.failures:
            raise self.failures[call]


world = World()


def begin_anew() -> World:
    """A world in which all is well."""
    fresh = World()
    world.__dict__.update(fresh.__dict__)
    return world


def _not_asked(*_given: object) -> NoReturn:
    raise AssertionError("nobody should ask this")


class FakeClient(BrokerClient):
    name = "fake"

    def __init__(self, building: Building, account_id: str = "") -> None:
        self._building, self._account_id = building, account_id
        self._is_open = False
        world.made.append(building)

    def connect(self) -> None:
        world.ask("connect")
        if self._building.credentials.get("secret_key") not in world.keys:
            raise BrokerError("The keys are not right.", BrokerErrorCode.AUTHENTICATION_FAILED, "fake")
        self._is_open = True

    def disconnect(self) -> None:
        self._is_open = False

    @property
    def is_connected(self) -> bool:
        return self._is_open

    def get_connection_status(self) -> ConnectionStatus:
        return ConnectionStatus(is_connected=self._is_open, is_healthy=self._is_open, error=None, since=NOW)

    def list_accounts(self) -> tuple[str, ...]:
        return tuple(world.accounts)

    def for_account(self, account_id: str) -> BrokerClient:
        self._account_id = account_id
        return self

    def get_account_info(self) -> AccountInfo:
        world.ask("get_account_info")
        world.ask(f"get_account_info {self._account_id}")
        return world.accounts[self._account_id]

    def get_equity_history(self, days: int) -> list[EquityPoint]:
        world.ask("get_equity_history")
        world.ask(f"get_equity_history {self._account_id} {days}")
        return list(world.past)

    def get_positions(self) -> list[Position]:
        world.ask("get_positions")
        return list(world.positions)

    def get_open_orders(self) -> list[Order]:
        world.ask("get_open_orders")
        return list(world.orders)

    def get_quotes(self, symbols: Sequence[str]) -> dict[str, MarketData | NoQuote]:
        world.ask("get_quotes")
        return {symbol: world.quotes[symbol] for symbol in symbols if symbol in world.quotes}

    def subscribe_to_market_data(self, symbol: str, callback: Callable[[MarketData], None]) -> Unsubscribe:
        _not_asked(symbol)

    def get_bars(self, symbol: str, timeframe: Timeframe, start: datetime, end: datetime) -> list[Bar]:
        world.ask(f"get_bars {symbol} {timeframe} {start:%Y-%m-%d} {end:%Y-%m-%d}")
        world.ask(f"get_bars {symbol}")
        return [one for one in world.bars.get((symbol, timeframe), []) if start <= one.at < end]

    def get_order_history(self, days: int = 30) -> list[Order]:
        world.ask("get_order_history")
        return list(world.orders)

    def get_executions(self, cursor: str | None = None) -> Executions:
        world.ask("get_executions")
        return Executions(fills=(), cursor="0")

    get_balances = get_margin_requirements = get_risk_metrics = validate_order = _not_asked
    place_order = cancel_order = modify_order = get_order_status = find_order = _not_asked
    get_market_data = get_market_hours = _not_asked


_TRADED = frozenset({Mode.PAPER, Mode.LIVE})
SPEC = BrokerSpec(
    name="fake",
    label="Fake",
    sign_in=SignIn.FIELDS,
    sign_in_label="API keys",
    modes=frozenset(Mode),
    capabilities=SIMULATED.capabilities,
    profile=SIMULATED.profile,
    aliases=("fk",),
    fields=(
        CredentialField(name="api_key", label="Key", message="Enter the key as shown.", pattern=r"[A-Z0-9]{8,20}"),
        CredentialField(name="secret_key", label="Secret", message="Enter the secret.", kind=FieldKind.SECRET),
        CredentialField(
            name="region", label="Region", message="eu or us.", pattern="eu|us", default="us", is_setting=True
        ),
        *SIMULATED.fields,
    ),
    limits=RateLimits(otherwise=10_000),
    watched=("SPY", "QQQ"),
    build=FakeClient,
)
