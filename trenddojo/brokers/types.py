"""What a broker reports. Money is in the account's currency, prices per unit in the instrument's; times are UTC-aware.

A field that a broker does not tell is None, never 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from trenddojo.domain.orders import OrderClass, OrderStatus, OrderType, TimeInForce
from trenddojo.domain.terms import AssetType, CashKind, Side
from trenddojo.domain.terms import Timeframe as Timeframe  # noqa: PLC0414 (told on, as a word of brokers too)


class SubmitStatus(StrEnum):
    """How an order that was just placed stands; `SUBMITTED` is the word for one that was accepted."""

    SUBMITTED = "submitted"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, status: OrderStatus) -> "SubmitStatus":
        """The word for an order's status."""
        if status in (OrderStatus.PENDING, OrderStatus.ACCEPTED, OrderStatus.REPLACED):
            return cls.SUBMITTED
        return cls(status.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountInfo:
    """An account at its broker. `buying_power` is what may be spent on new positions, leverage included.

    `rates` are what a unit of other currencies is worth in the account's, where the broker tells that with its figures.
    """

    account_id: str
    currency: str
    equity: Decimal
    cash: Decimal
    buying_power: Decimal
    is_paper: bool
    status: str
    as_of: datetime
    rates: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionStatus:
    """Whether a client is connected, whether the broker answers as it should, what is wrong, and since when."""

    is_connected: bool
    is_healthy: bool
    error: str | None
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamState:
    """Whether a broker's events come live, since when, and what is wrong. `is_over`: not tried again by itself.

    `is_cut_off`: what we talk to has lost the broker, so that asking is of no use either.
    """

    is_live: bool
    error: str | None
    since: datetime
    is_over: bool = False
    is_cut_off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What an account holds of a symbol. `quantity` is negative for a short, `average_price` what it was opened at."""

    symbol: str
    asset_type: AssetType
    quantity: Decimal
    average_price: Decimal
    market_price: Decimal | None
    market_value: Decimal | None
    unrealised: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Balances:
    """An account's money. `cash` is negative for a debit, `short_value` is negative."""

    currency: str
    cash: Decimal
    equity: Decimal
    buying_power: Decimal
    long_value: Decimal | None
    short_value: Decimal | None
    settled_cash: Decimal | None
    as_of: datetime


class Order(Struct, frozen=True, gc=False):  # a struct: a pass makes hundreds, in a fifth of a dataclass's time
    """An order at its broker. `raw_status` is the broker's own word, `legs` the exits that came with it.

    `updated_at` is by the broker's clock. `parent_id` and `replaces` name other orders of the broker's. `is_held` is an
    exit that sleeps until its entry has filled: it guards nothing yet. None: the broker does not say, so that what was
    known of it stays.
    """

    order_id: str
    client_order_id: str | None
    symbol: str
    side: Side
    order_type: OrderType
    order_class: OrderClass
    time_in_force: TimeInForce
    quantity: Decimal
    filled_quantity: Decimal
    average_fill_price: Decimal | None
    limit_price: Decimal | None
    stop_price: Decimal | None
    trail_amount: Decimal | None
    trail_percent: Decimal | None
    status: OrderStatus
    raw_status: str
    reason: str | None
    submitted_at: datetime
    updated_at: datetime
    parent_id: str | None = None
    replaces: str | None = None
    replaced_by: str | None = None
    is_held: bool | None = False
    extended_hours: bool = False
    legs: "tuple[Order, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderResponse:
    """The answer to an order that the broker took. `order` is the whole of it, its legs included."""

    order_id: str
    client_order_id: str | None
    symbol: str
    status: SubmitStatus
    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One fill. `commission` is None until the broker reports it; `root_id` is the same for a fill and its corrections,
    of which only the one with the highest `revision` counts."""

    execution_id: str
    order_id: str
    client_order_id: str | None
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    at: datetime
    commission: Decimal | None
    root_id: str
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Executions:
    """Fills since a cursor, oldest first, and the cursor to ask with next. Neighbouring answers may overlap.

    There are more where `is_whole` is False: ask again at once.
    """

    fills: tuple[Execution, ...]
    cursor: str
    is_whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CashMoved:
    """Cash that moved apart from fills, `amount` below zero for what went out; `key` is the broker's name of it.

    `kind` is None where it is none of those that are kept; `note` says in the broker's words what it was.
    """

    key: str
    on: date
    kind: CashKind | None
    amount: Decimal
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketData:
    """A quote. `at` is when the market made it; a delayed one says so."""

    symbol: str
    bid: Decimal | None
    ask: Decimal | None
    last: Decimal
    previous_close: Decimal | None
    volume: int | None
    at: datetime
    is_delayed: bool = False
    is_simulated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoQuote:
    """What stands in a quote's place where the broker knows the symbol and gives no price of it, and its reason."""

    symbol: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Open, high, low, close and volume of the interval that begins at `at`; prices adjusted for later splits."""

    at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityPoint:
    """What an account was worth at an instant, in its currency."""

    at: datetime
    equity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketHours:
    """Whether the market is open, and when it opens and closes next."""

    is_open: bool
    at: datetime
    next_open: datetime
    next_close: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationResult:
    """Whether an order could be sent: one sentence for each bad field, and sentences that do not stop it."""

    errors: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def is_valid(self) -> bool:
        """Whether nothing stands against it."""
        return not self.errors


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginInfo:
    """What a position would tie up: money to open it and money to keep it, for `quantity` units at `price`.

    `commission` is what opening it would cost, where the broker reckons that too.
    """

    symbol: str
    quantity: Decimal
    price: Decimal
    initial_margin: Decimal
    maintenance_margin: Decimal
    commission: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskMetrics:
    """How an account is exposed. `leverage` is gross exposure over equity, None without equity.

    `excess_liquidity` is what equity may lose before a margin call.
    """

    equity: Decimal
    gross_exposure: Decimal
    net_exposure: Decimal
    leverage: Decimal | None
    initial_margin: Decimal
    maintenance_margin: Decimal
    excess_liquidity: Decimal
    unrealised: Decimal
