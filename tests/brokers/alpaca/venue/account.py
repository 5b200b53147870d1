"""The one account: its orders, what it holds, its money, and what happened to it: the ledger that tests judge by."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from tests.brokers.alpaca.venue.families import guards, root_of
from tests.brokers.alpaca.venue.orders import ZERO, Order
from tests.brokers.alpaca.venue.times import NEW_YORK

_SHORT_COLLAR = Decimal("1.03")
_CHEAP = Decimal(50)
_LARGEST_UNMARGINED = Decimal(2000)
"""Below this equity there is no margin."""
CRYPTO = "crypto"


@dataclass(frozen=True, kw_only=True)
class Fill:
    """One execution. `signed` is the change of the position."""

    id: str
    execution_id: str
    at: datetime
    order_id: str
    order_status: str
    symbol: str
    side: str
    qty: Decimal
    price: Decimal
    cum_qty: Decimal
    leaves_qty: Decimal

    @property
    def signed(self) -> Decimal:
        return self.qty if self.side == "buy" else -self.qty

    @property
    def activity_type(self) -> str:
        return "FILL"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An activity that is not a trade. It changes the cash by `net_amount`."""

    id: str
    at: datetime
    activity_type: str
    net_amount: Decimal
    description: str = ""
    status: str = "executed"
    symbol: str | None = None
    qty: Decimal | None = None
    per_share_amount: Decimal | None = None


@dataclass(frozen=True)
class Holding:
    """A position; `qty` is negative when short, `average` what it was opened at."""

    qty: Decimal
    average: Decimal

    @property
    def cost(self) -> Decimal:
        return self.qty * self.average

    def after(self, change: Decimal, price: Decimal) -> "Holding":
        qty = self.qty + change
        if self.qty * change >= 0:
            return Holding(qty, (self.cost + change * price) / qty)
        return Holding(qty, self.average if qty * self.qty > 0 else price)


@dataclass
class Configuration:
    suspend_trade: bool = False
    no_shorting: bool = False
    fractional_trading: bool = True
    ptp_no_exception_entry: bool = False
    trade_confirm_email: str = "all"
    max_margin_multiplier: str = "4"
    max_options_trading_level: int | None = None


@dataclass
class Account:
    """Amounts in USD. `orders` has every order that ever was, oldest first."""

    id: str
    number: str
    created_at: datetime
    starting_cash: Decimal
    cash: Decimal = field(init=False)
    configuration: Configuration = field(default_factory=Configuration)
    orders: dict[str, Order] = field(default_factory=dict)
    open_orders: dict[str, Order] = field(default_factory=dict)
    by_client_id: dict[str, Order] = field(default_factory=dict)
    holdings: dict[str, Holding] = field(default_factory=dict)
    fills: list[Fill] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    status: str = "ACTIVE"

    def __post_init__(self) -> None:
        self.cash = self.starting_cash

    def held(self, symbol: str) -> Decimal:
        """The position, negative when short."""
        return self.holdings[symbol].qty if symbol in self.holdings else ZERO

    def book(self, order: Order, qty: Decimal, price: Decimal) -> None:
        """Change cash and position by an execution."""
        change = qty if order.is_buy else -qty
        holding = self.holdings.get(order.symbol, Holding(ZERO, ZERO)).after(change, price)
        self.cash -= change * price
        if holding.qty:
            self.holdings[order.symbol] = holding
        else:
            del self.holdings[order.symbol]

    def post(self, activity_type: str, net_amount: Decimal, at: datetime, **fields: object) -> Entry:
        """Something that happens to the cash and is no trade."""
        day = f"{at.astimezone(NEW_YORK):%Y%m%d}000000000::{uuid4()}"
        entry = Entry(id=day, at=at, activity_type=activity_type, net_amount=net_amount, **fields)  # type: ignore[arg-type]
        self.entries.append(entry)
        self.cash += net_amount
        return entry

    def exits(self, symbol: str) -> list[Order]:
        """The open orders that would close the position, sleeping ones of entries that have not filled left out."""
        return [
            order for order in self.open_orders.values() if order.symbol == symbol and not order.opens and guards(order)
        ]

    def held_for_orders(self, symbol: str, without: Order | None = None) -> Decimal:
        """What open exits tie up: a family's exits tie up the same shares once."""
        by_family: dict[str, Decimal] = {}
        for order in self.exits(symbol):
            family = root_of(order)
            if order.qty is not None and (without is None or family is not root_of(without)):
                by_family[family.id] = max(by_family.get(family.id, ZERO), order.qty - order.filled_qty)
        return sum(by_family.values(), ZERO)

    def available(self, symbol: str, without: Order | None = None) -> Decimal:
        """What could be sold of a position, or bought back of a short one; never negative."""
        return max(ZERO, abs(self.held(symbol)) - self.held_for_orders(symbol, without))


def cost(order_type: str, *, is_buy: bool, limit: Decimal | None, stop: Decimal | None, price: Decimal) -> Decimal:
    """What a unit of an opening order reserves: a limit its price, others the market's or the stop and a collar."""
    if not is_buy:
        return max(limit or ZERO, _SHORT_COLLAR * price)
    if limit is not None:
        return limit
    base = stop or price
    return base * (Decimal("1.04") if base < _CHEAP else Decimal("1.025"))


def order_cost(order: Order, price: Decimal) -> Decimal:
    """What an open order reserves. One that closes a position, none."""
    if not order.opens or order.parent is not None:
        return ZERO
    if order.notional is not None:
        return order.notional - order.filled_value
    unit = cost(order.type, is_buy=order.is_buy, limit=order.limit_price, stop=order.stop_price, price=price)
    return unit * order.rest(price)


def has_margin(equity: Decimal) -> bool:
    return equity >= _LARGEST_UNMARGINED
