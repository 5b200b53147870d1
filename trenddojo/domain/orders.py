"""What is asked of a broker: an order, a change of one, and the words that describe how it fares."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

from trenddojo.domain.money import EXACT
from trenddojo.domain.terms import Side


def is_pair(symbol: str) -> bool:
    """Whether a symbol is a pair of currencies, such as BTC/USD, which trades around the clock."""
    return "/" in symbol


class OrderType(StrEnum):
    """How an order finds its price."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TRAILING_STOP = "trailing_stop"


class TimeInForce(StrEnum):
    """How long an order works: for the session, until cancelled, at once in part or whole, or in one auction."""

    DAY = "day"
    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    OPG = "opg"
    """In the opening auction only."""
    CLS = "cls"
    """In the closing auction only."""


class OrderClass(StrEnum):
    """Whether an order stands alone, opens a position with its exits, or is a pair of exits."""

    SIMPLE = "simple"
    BRACKET = "bracket"
    """An entry with a stop-loss and a take-profit, which begin to work once it is filled."""
    OTO = "oto"
    """An entry with one exit."""
    OCO = "oco"
    """Two exits of a held position: the limit of the order itself and its stop-loss; one cancels the other."""


class OrderStatus(StrEnum):
    """What a broker says of an order, reduced to what every broker can say."""

    PENDING = "pending"
    """Received, not yet accepted."""
    ACCEPTED = "accepted"
    """Working, or resting until it may work: a held leg, a stop not yet triggered, a closed market."""
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    REPLACED = "replaced"
    UNKNOWN = "unknown"
    """The broker used a word that nobody has mapped."""

    @property
    def is_final(self) -> bool:
        """Whether nothing but a late fill can still come."""
        return self in _FINAL


_FINAL = {
    OrderStatus.FILLED, OrderStatus.CANCELLED, OrderStatus.REJECTED, OrderStatus.EXPIRED, OrderStatus.REPLACED
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLoss:
    """The protective exit of an entry; with `limit_price` it is a stop-limit. Prices per unit."""

    stop_price: Decimal
    limit_price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeProfit:
    """The exit of an entry at a gain. Price per unit."""

    limit_price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """An order as it is to be sent: prices per unit in the instrument's currency, `quantity` in units and positive.

    `client_order_id` is ours, unique on the account for ever. Of the two trails exactly one is given with a trailing
    stop: an amount per unit, or percent points of the price. Exits attached to the order live until cancelled.
    `extended_hours` lets a limit order work before and after the regular session too.
    """

    symbol: str
    side: Side
    quantity: Decimal
    order_type: OrderType
    client_order_id: str
    time_in_force: TimeInForce = TimeInForce.DAY
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None
    stop_loss: StopLoss | None = None
    take_profit: TakeProfit | None = None
    is_oco: bool = False
    extended_hours: bool = False

    @property
    def order_class(self) -> OrderClass:
        """What the attached exits make of it."""
        if self.is_oco:
            return OrderClass.OCO
        attached = (self.stop_loss is not None) + (self.take_profit is not None)
        return (OrderClass.SIMPLE, OrderClass.OTO, OrderClass.BRACKET)[attached]

    @property
    def fingerprint(self) -> str:
        """What tells this order from any other one, as `fingerprint` gives it for a broker's answer too."""
        return fingerprint(
            self.symbol,
            self.side,
            self.order_type,
            quantity=self.quantity,
            limit_price=self.limit_price,
            stop_price=self.stop_price,
        )


def fingerprint(
    symbol: str,
    side: Side,
    order_type: OrderType,
    *,
    quantity: Decimal,
    limit_price: Decimal | None,
    stop_price: Decimal | None,
) -> str:
    """SHA-256 over what an order was sent with and its broker repeats, the same however many zeros a number has.

    The stop of a trailing order is the market's and left out.
    """
    stop = None if order_type is OrderType.TRAILING_STOP else stop_price
    numbers = ["" if one is None else f"{EXACT.plus(one).normalize(EXACT):f}" for one in (quantity, limit_price, stop)]
    return sha256("|".join((symbol, side, order_type, *numbers)).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUpdate:
    """What to change of a working order; None leaves a field as it is. `client_order_id` names the replacement."""

    client_order_id: str
    quantity: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None
    time_in_force: TimeInForce | None = None
