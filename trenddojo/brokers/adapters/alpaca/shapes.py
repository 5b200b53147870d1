"""Alpaca's documents as it sends them: a field that is missing or of another kind is an error, one more is not.

Trading amounts are JSON strings, market data numbers; both are read exactly. Source: Alpaca's Trading API v2 and Market
Data API v2, reference.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct, field
from msgspec.json import Decoder

from trenddojo.domain.money import ZERO

Instant = Annotated[datetime, Meta(tz=True)]
Seconds = Annotated[int, Meta(ge=0, le=253_402_300_799)]
"""Since 1970, to the end of the year 9999."""


def _check(*amounts: Decimal | None) -> None:
    """A text such as "NaN" makes a Decimal, and is no amount. Raises ValueError, which refuses the document."""
    for amount in amounts:
        if amount is not None and not amount.is_finite():
            raise ValueError(f"{amount} is no amount")


class Account(Struct, frozen=True):
    """An account; amounts in `currency`."""

    id: str
    account_number: str
    status: str
    currency: str
    cash: Decimal
    equity: Decimal
    buying_power: Decimal
    long_market_value: Decimal
    short_market_value: Decimal
    initial_margin: Decimal
    maintenance_margin: Decimal
    multiplier: Decimal
    trading_blocked: bool
    account_blocked: bool
    shorting_enabled: bool

    def __post_init__(self) -> None:
        _check(self.cash, self.equity, self.buying_power, self.long_market_value, self.short_market_value)
        _check(self.initial_margin, self.maintenance_margin, self.multiplier)


class Position(Struct, frozen=True):
    """What is held of a symbol; `qty` is negative for a short."""

    symbol: str
    asset_class: str
    qty: Decimal
    avg_entry_price: Decimal
    current_price: Decimal | None
    market_value: Decimal | None
    unrealized_pl: Decimal | None

    def __post_init__(self) -> None:
        _check(self.qty, self.avg_entry_price, self.current_price, self.market_value, self.unrealized_pl)


class Order(Struct, frozen=True, kw_only=True, gc=False):
    """An order, its fields in Alpaca's order, which is read fastest.

    Those of several legs (`mleg`) have no symbol, side or type of their own.
    """

    id: str
    client_order_id: str
    created_at: Instant
    updated_at: Instant | None
    submitted_at: Instant | None
    replaced_by: str | None
    replaces: str | None
    symbol: str | None = None
    qty: Decimal | None
    filled_qty: Decimal
    filled_avg_price: Decimal | None
    order_class: str
    type: str | None = None
    side: str | None = None
    time_in_force: str
    limit_price: Decimal | None
    stop_price: Decimal | None
    status: str
    extended_hours: bool
    legs: "tuple[Order, ...] | None"
    trail_percent: Decimal | None
    trail_price: Decimal | None

    def __post_init__(self) -> None:
        # Written out, because it is run for each order of every list.
        is_sound = (
            self.filled_qty.is_finite()
            and (self.qty is None or self.qty.is_finite())
            and (self.filled_avg_price is None or self.filled_avg_price.is_finite())
            and (self.limit_price is None or self.limit_price.is_finite())
            and (self.stop_price is None or self.stop_price.is_finite())
            and (self.trail_price is None or self.trail_price.is_finite())
            and (self.trail_percent is None or self.trail_percent.is_finite())
        )
        if not is_sound:
            raise ValueError("An amount of the order is none")


class Fill(Struct, frozen=True):
    """A fill among an account's activities; the time part of `id` is Eastern."""

    id: str
    transaction_time: Instant
    price: Decimal
    qty: Decimal
    side: str
    symbol: str
    order_id: str

    def __post_init__(self) -> None:
        _check(self.price, self.qty)


class Activity(Struct, frozen=True):
    """What moved cash or units apart from fills; `date` is of the day that it counts from."""

    id: str
    activity_type: str
    date: date
    net_amount: Decimal = ZERO
    qty: Decimal | None = None
    symbol: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        _check(self.net_amount, self.qty)


class Clock(Struct, frozen=True):
    """The market's clock; `is_open` is about regular hours."""

    timestamp: Instant
    is_open: bool
    next_open: Instant
    next_close: Instant


class Asset(Struct, frozen=True):
    """What can be traded; margin requirements in percent of the value."""

    symbol: str
    status: str
    tradable: bool
    marginable: bool
    shortable: bool
    fractionable: bool
    asset_class: str = field(name="class")
    maintenance_margin_requirement: Decimal | None = None
    margin_requirement_long: Decimal | None = None
    margin_requirement_short: Decimal | None = None

    def __post_init__(self) -> None:
        _check(self.maintenance_margin_requirement, self.margin_requirement_long, self.margin_requirement_short)


class EquityCurve(Struct, frozen=True):
    """Parallel lists of an account's past: seconds since 1970, and equity, None where it is not known."""

    timestamp: tuple[Seconds, ...]
    equity: tuple[Decimal | None, ...]

    def __post_init__(self) -> None:
        _check(*self.equity)
        if len(self.timestamp) != len(self.equity):
            raise ValueError(f"{len(self.timestamp)} times have {len(self.equity)} amounts of equity")


class Trade(Struct, frozen=True):
    """A trade of the market's: time and price."""

    t: Instant
    p: Decimal


class Quote(Struct, frozen=True):
    """Bid and ask; 0 for none."""

    t: Instant
    bp: Decimal
    ap: Decimal


class Bar(Struct, frozen=True):
    """Open, high, low, close and volume; crypto has fractions of a volume."""

    t: Instant
    o: Decimal
    h: Decimal
    l: Decimal  # noqa: E741 - Alpaca's name
    c: Decimal
    v: Decimal


class Snapshot(Struct, frozen=True):
    """What is known of a symbol now; any of it may be missing."""

    latest_trade: Trade | None = field(name="latestTrade", default=None)
    latest_quote: Quote | None = field(name="latestQuote", default=None)
    minute_bar: Bar | None = field(name="minuteBar", default=None)
    daily_bar: Bar | None = field(name="dailyBar", default=None)
    previous_bar: Bar | None = field(name="prevDailyBar", default=None)


class CryptoSnapshots(Struct, frozen=True):
    """Crypto's answer has a wrapper, the one for stocks has none."""

    snapshots: dict[str, Snapshot]


class Bars(Struct, frozen=True):
    """A page of bars by symbol."""

    bars: dict[str, tuple[Bar, ...]] | None
    next_page_token: str | None


ACCOUNT = Decoder(Account)
POSITIONS = Decoder(tuple[Position, ...])
ORDER = Decoder(Order)
ORDERS = Decoder(tuple[Order, ...])
FILLS = Decoder(tuple[Fill, ...])
ACTIVITIES = Decoder(tuple[Activity, ...])
CLOCK = Decoder(Clock)
ASSET = Decoder(Asset)
EQUITY_CURVE = Decoder(EquityCurve)
STOCK_SNAPSHOTS = Decoder(dict[str, Snapshot])
CRYPTO_SNAPSHOTS = Decoder(CryptoSnapshots)
BARS = Decoder(Bars)
