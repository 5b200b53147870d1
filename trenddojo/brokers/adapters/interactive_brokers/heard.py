"""What a gateway has told of orders, fills and quotes: mutable while the loop's thread hears, and copied on leaving it.

Numbers are floats as the protocol has them; one that was not set arrives as the largest double, and is None.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

UNSET = 1.7976931348623157e308
"""The largest double: the protocol's word for a number that nobody set."""
_UNSET_LONG = 9223372036854775807
ENDED = ("Filled", "Cancelled", "ApiCancelled", "Inactive")
"""The words for an order that works no more, though one that is inactive may work again."""


def number(told: float | str | Decimal | None) -> Decimal | None:
    """A number of the protocol's, None for one that is not set or is none."""
    if told is None or told == "":
        return None
    found = Decimal(str(told))
    return found if found.is_finite() and abs(found) < _UNSET_LONG else None


@dataclass(slots=True)
class Note:
    """A message of the gateway's about a request or an order."""

    code: int
    text: str


@dataclass(slots=True)
class OrderTold:
    """One order: what `openOrder`, `orderStatus` or `completedOrder` told last, and every note about it.

    `number` is the order's id within its client, 0 where it is not told; `perm_id` is the one that IBKR gave it, 0
    before the first answer. `filled` is what `orderStatus` told, `echoes` how often the order itself was told.
    """

    number: int
    client_id: int
    contract: Any
    order: Any
    perm_id: int = 0
    status: str = ""
    filled: float = 0.0
    average: float = 0.0
    why_held: str = ""
    completed: Any = None
    """The order as it was told of its end; it carries no number, and as its quantity what was left."""
    ending: str = ""
    """How it ended, in IBKR's words, such as "Rejected by System: ..."."""
    notes: list[Note] = field(default_factory=list)
    echoes: int = 0
    is_listed: bool = False
    """Whether it was among the open orders when they were told last, or was told of since."""
    is_cancel_asked: bool = False

    @property
    def is_known(self) -> bool:
        """Whether IBKR has it, as told: not one that was never answered, nor one that worked and is told no more."""
        has_ended = self.completed is not None or self.status in ENDED
        return bool(self.perm_id) and (self.is_listed or has_ended)

    def copy(self) -> OrderTold:
        """The same, which goes on as it is: what it holds of the protocol is replaced, never changed."""
        return replace(self, notes=list(self.notes))


@dataclass(frozen=True, slots=True)
class FillTold:
    """One execution with its contract."""

    contract: Any
    execution: Any


@dataclass(frozen=True, slots=True)
class Holding:
    """A position of one account."""

    account: str
    contract: Any
    quantity: float
    average_cost: float


@dataclass(frozen=True, slots=True)
class Marked:
    """A position as the portfolio values it."""

    price: float
    value: float
    unrealised: float


@dataclass(slots=True)
class Ticker:
    """What a line of market data has told so far, by the number of the tick.

    `kind` 1 is live, 2 frozen, 3 and 4 delayed. `note` is why it does not come. Source: IBKR, "Available Tick Types".
    """

    prices: dict[int, float] = field(default_factory=dict)
    sizes: dict[int, float] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)
    kind: int = 1
    note: Note | None = None
