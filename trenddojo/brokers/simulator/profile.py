"""A broker's ways as data, for the simulated exchange to behave like it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from trenddojo.domain.commissions import Commission
from trenddojo.domain.orders import OrderStatus


class IdFormat(StrEnum):
    """How a broker's order ids look."""

    UUID = "uuid"
    INTEGER = "integer"
    """Rising whole numbers, one after another."""
    LONG_INTEGER = "long_integer"
    """Thirteen digits."""
    NAMED = "named"
    """SIM-000001."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How one broker differs from the next, apart from its abilities (`Capabilities`).

    `words` are its own for the statuses it tells, `held_word` the one for an accepted exit that waits for its entry,
    `commission` estimates one order in USD. `leverage` makes equity buying power. `exits_wait_for_all` keeps the exits
    of an entry asleep until it is wholly filled; otherwise they grow with its fills. `replaces_with_new_id` ends a
    changed order as replaced and makes a new one.
    """

    commission: Commission
    account_id: str = "MOCK123456"
    starting_cash: Decimal = Decimal(100_000)
    leverage: Decimal = Decimal(2)
    latency_seconds: float = 0.1
    daily_volatility: Decimal = Decimal("0.02")
    id_format: IdFormat = IdFormat.NAMED
    words: Mapping[OrderStatus, str] = field(default_factory=dict)
    held_word: str = "held"
    exits_wait_for_all: bool = False
    replaces_with_new_id: bool = False

    def word(self, status: OrderStatus) -> str:
        """The broker's own word for a status."""
        return self.words.get(status, status.value)
