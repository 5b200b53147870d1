"""An order in the gateway's book, and its executions."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from tests.brokers.interactive_brokers.gateway.instruments import Instrument, Routed
from tests.brokers.interactive_brokers.gateway.tickets import Ticket

ZERO = Decimal(0)
ENDED = frozenset({"Filled", "Cancelled", "ApiCancelled"})
STOPS = frozenset({"STP", "STP LMT", "TRAIL"})
CLOSING = frozenset({"MOC", "LOC"})


@dataclass(eq=False, kw_only=True)
class Fill:
    """One execution. A correction replaces the fill with the same `exec_id` up to its last part."""

    exec_id: str
    order: "Order"
    at: datetime
    quantity: Decimal
    price: Decimal
    cumulative: Decimal
    average: Decimal
    commission: Decimal
    realized: Decimal | None
    is_reported: bool = False
    """Whether its commission has been told."""
    is_replaced: bool = False

    @property
    def symbol(self) -> str:
        return self.order.instrument.name

    @property
    def signed(self) -> Decimal:
        """The change of the position."""
        return self.quantity if self.order.is_buy else -self.quantity

    @property
    def root(self) -> str:
        return self.exec_id.rpartition(".")[0]


@dataclass(eq=False, kw_only=True)
class Order:
    """One order. `perm_id` is 0 until it is accepted, `status` empty until it is transmitted.

    `quantity` and the prices follow changes; `completed` is how an ended one is told afterwards.
    """

    client_id: int
    order_id: int
    ticket: Ticket
    routed: Routed
    account: str
    created_at: datetime
    quantity: Decimal
    limit: Decimal | None
    aux: Decimal | None
    tif: str
    trail_percent: Decimal | None = None
    trail_stop: Decimal | None = None
    oca_group: str = ""
    oca_type: int = 0
    parent: "Order | None" = None
    perm_id: int = 0
    status: str = ""
    why_held: str = ""
    filled: Decimal = ZERO
    filled_value: Decimal = ZERO
    last_price: Decimal = ZERO
    commission: Decimal = ZERO
    is_triggered: bool = False
    expires_at: datetime | None = None
    ended_at: datetime | None = None
    completed: str = ""
    fills: list[Fill] = field(default_factory=list)

    @property
    def instrument(self) -> Instrument:
        return self.routed.instrument

    @property
    def symbol(self) -> str:
        return self.instrument.name

    @property
    def ref(self) -> str:
        return self.ticket.ref

    @property
    def action(self) -> str:
        return self.ticket.action

    @property
    def type(self) -> str:
        return self.ticket.type

    @property
    def is_buy(self) -> bool:
        return self.ticket.is_buy

    @property
    def outside_rth(self) -> bool:
        return self.ticket.outside_rth

    @property
    def is_transmitted(self) -> bool:
        return self.status != ""

    @property
    def is_open(self) -> bool:
        """Whether it may still work; a parked one may."""
        return self.is_transmitted and self.status not in ENDED and self.ended_at is None

    @property
    def is_working(self) -> bool:
        return self.status in ("PreSubmitted", "Submitted")

    @property
    def remaining(self) -> Decimal:
        return max(ZERO, self.quantity - self.filled)

    @property
    def average(self) -> Decimal:
        """Rounded as the gateway tells it."""
        return round(self.filled_value / self.filled, 8) if self.filled else ZERO

    @property
    def stop(self) -> Decimal | None:
        """The price that triggers it."""
        return self.trail_stop if self.type == "TRAIL" else self.aux
