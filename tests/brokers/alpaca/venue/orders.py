"""An order in the venue's book."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

ZERO = Decimal(0)
ENDED = frozenset({"filled", "canceled", "expired", "rejected", "replaced"})
UNROUTED = frozenset({"accepted", "pending_new"})
WORKING = frozenset({"new", "partially_filled"})


@dataclass(eq=False, kw_only=True)
class Order:
    """One order or leg. `number` counts the book's orders, `parent` and `legs` are the family's."""

    number: int
    id: str
    client_order_id: str
    symbol: str
    asset_id: str
    asset_class: str
    side: str
    type: str
    time_in_force: str
    order_class: str
    position_intent: str
    status: str
    submitted_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    qty: Decimal | None = None
    notional: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_price: Decimal | None = None
    trail_percent: Decimal | None = None
    hwm: Decimal | None = None
    extended_hours: bool = False
    filled_qty: Decimal = ZERO
    filled_value: Decimal = ZERO
    filled_at: datetime | None = None
    expired_at: datetime | None = None
    canceled_at: datetime | None = None
    failed_at: datetime | None = None
    replaced_at: datetime | None = None
    replaces: str | None = None
    replaced_by: str | None = None
    is_triggered: bool = False
    parent: "Order | None" = None
    legs: "list[Order]" = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.status not in ENDED

    @property
    def is_buy(self) -> bool:
        return self.side == "buy"

    @property
    def opens(self) -> bool:
        """Whether it opens a position."""
        return self.position_intent.endswith("_open")

    @property
    def is_complex(self) -> bool:
        return self.order_class != ""

    @property
    def average_price(self) -> Decimal | None:
        return round(self.filled_value / self.filled_qty, 9) if self.filled_qty else None

    def rest(self, price: Decimal) -> Decimal:
        """What is not filled yet; a notional order buys what its amount pays for."""
        if self.qty is not None:
            return self.qty - self.filled_qty
        assert self.notional is not None
        return round((self.notional - self.filled_value) / price - Decimal("5e-10"), 9)
