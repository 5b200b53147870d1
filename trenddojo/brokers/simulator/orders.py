"""An order as the simulated exchange keeps it, and as it tells it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trenddojo.brokers.simulator.profile import Profile
from trenddojo.brokers.types import Order
from trenddojo.domain.money import HUNDRED, ONE, PRICE_PLACES, ZERO, exactly, rounded
from trenddojo.domain.orders import OrderClass, OrderStatus, OrderType, TimeInForce
from trenddojo.domain.terms import Side

STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})
"""The types that sleep until their price is touched."""
AT_ONCE = frozenset({TimeInForce.IOC, TimeInForce.FOK})
"""Fills at the instant of its arrival or not at all."""
AUCTIONS = frozenset({TimeInForce.OPG, TimeInForce.CLS})
"""Fills at the open or the close of a session or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One order. Quantities are in units, prices per unit; times are the market's.

    `awake` is how much of `quantity` may fill by now, what has filled included: all of it but for an attached exit,
    which wakes with its entry. `rank` is its place among orders of one price, `since` when it began to look at the
    market as it stands, or will begin to. `best` is the extreme that a trailing stop has seen up to `best_at`. `paid`
    and `charged` add up its fills' prices times quantities, exactly, and their commissions. `reserved` is the price at
    which what is left of an opening order counts against buying power.
    """

    order_id: str
    client_order_id: str
    number: int
    rank: int
    symbol: str
    side: Side
    order_type: OrderType
    order_class: OrderClass
    time_in_force: TimeInForce
    quantity: Decimal
    awake: Decimal
    is_exit: bool
    reserved: Decimal
    submitted_at: datetime
    updated_at: datetime
    since: datetime
    expires_at: datetime | None
    filled: Decimal = ZERO
    paid: Decimal = ZERO
    charged: Decimal = ZERO
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None
    best: Decimal | None = None
    best_at: datetime | None = None
    triggered_at: datetime | None = None
    trigger_price: Decimal | None = None
    status: OrderStatus = OrderStatus.ACCEPTED
    reason: str | None = None
    parent_id: str | None = None
    replaces: str | None = None
    replaced_by: str | None = None
    extended_hours: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return not self.status.is_final

    @property
    def left(self) -> Decimal:
        """What has not filled."""
        return self.quantity - self.filled

    @property
    def working(self) -> Decimal:
        """What may fill now."""
        return self.awake - self.filled if self.is_open else ZERO

    @property
    def sleeps(self) -> bool:
        """Whether it is a stop that has not been triggered."""
        return self.order_type in STOPS and self.triggered_at is None

    @property
    def is_entry(self) -> bool:
        """Whether exits are attached to it that wait for its fills."""
        return self.parent_id is None and self.order_class in (OrderClass.BRACKET, OrderClass.OTO)

    @property
    def family(self) -> str:
        """The id that it shares with the orders which came with it."""
        return self.parent_id or self.order_id


def direction(side: Side) -> int:
    """+1 for a buy, -1 for a sell."""
    return 1 if side is Side.BUY else -1


def tick(price: Decimal) -> Decimal:
    """A computed price on the market's grid: 2 decimal places from 1 on, 4 below."""
    return rounded(price, 2 if price >= ONE else 4)


def further(sign: int, best: Decimal, price: Decimal) -> Decimal:
    """The extreme that a trailing stop of direction `sign` follows, once it has seen `price`: highs for a sell."""
    return min(best, price) if sign > 0 else max(best, price)


@exactly
def trail_level(ticket: Ticket, best: Decimal) -> Decimal:
    """Where a trailing stop is triggered once the market has been at `best`."""
    gap = best * (ticket.trail_percent or ZERO) / HUNDRED if ticket.trail_amount is None else ticket.trail_amount
    return tick(best + direction(ticket.side) * gap)


@exactly
def _average_price(ticket: Ticket) -> Decimal:
    return rounded(ticket.paid / ticket.filled, PRICE_PLACES)


def told(ticket: Ticket, legs: Iterable[Ticket], profile: Profile) -> Order:
    """The order as the broker of `profile` tells it, with its legs."""
    stop_price = ticket.stop_price
    if stop_price is None and ticket.best is not None:
        stop_price = trail_level(ticket, ticket.best)
    is_held = ticket.status is OrderStatus.ACCEPTED and not ticket.working
    return Order(
        order_id=ticket.order_id,
        client_order_id=ticket.client_order_id,
        symbol=ticket.symbol,
        side=ticket.side,
        order_type=ticket.order_type,
        order_class=ticket.order_class,
        time_in_force=ticket.time_in_force,
        quantity=ticket.quantity,
        filled_quantity=ticket.filled,
        average_fill_price=_average_price(ticket) if ticket.filled else None,
        limit_price=ticket.limit_price,
        stop_price=stop_price,
        trail_amount=ticket.trail_amount,
        trail_percent=ticket.trail_percent,
        status=ticket.status,
        raw_status=profile.held_word if is_held else profile.word(ticket.status),
        is_held=is_held,
        reason=ticket.reason,
        submitted_at=ticket.submitted_at,
        updated_at=ticket.updated_at,
        parent_id=ticket.parent_id,
        replaces=ticket.replaces,
        replaced_by=ticket.replaced_by,
        extended_hours=ticket.extended_hours,
        legs=tuple(told(leg, (), profile) for leg in legs),
    )
