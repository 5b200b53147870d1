"""What the demo's trader has before him: the sessions and their prices, his books, his notebook, the time."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Final

from trenddojo.services.demo.ledger import Ledger
from trenddojo.services.demo.market import Bar, Chart, Listing, Session, bars, market_condition
from trenddojo.services.demo.signals import Signal
from trenddojo.services.demo.story import Plan
from trenddojo.services.demo.telling import Telling

WARM_UP: Final = 60
"""Sessions that charts have before the year begins."""

_RISK_BY_QUALITY: Final = {5: Decimal("0.85"), 4: Decimal("0.80"), 3: Decimal("0.75"), 2: Decimal("0.75")}
"""Percent points of equity."""


@dataclass(frozen=True, slots=True)
class Order:
    """A signal that waits for the next session, when it was drawn up, and how the market stood then."""

    signal: Signal
    planned_at: datetime
    condition: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Sessions are named by their number; nothing that would happen after `now` happens.

    `clock` decides only at which minute something happens. What happens is left to `chance`, which does not know dates,
    so that the year takes the same course whenever it is loaded.
    """

    seed: int
    sessions: list[Session]
    now: datetime
    clock: Random
    telling: Telling
    ledger: Ledger = field(default_factory=Ledger)

    def chance(self, *of: object) -> float:
        """A number from 0 to below 1 that is the same for the same seed and subject."""
        return Random(f"{self.seed}:{of}").random()

    @property
    def _count(self) -> int:
        return WARM_UP + len(self.sessions)

    def bar(self, listing: Listing, number: int) -> Bar:
        """A listing's prices of a session."""
        return bars(self.seed, listing, self._count)[WARM_UP + number]

    def chart(self, listing: Listing, number: int) -> Chart:
        """A listing as it looked at the close of a session."""
        return Chart(listing, bars(self.seed, listing, self._count)[: WARM_UP + number + 1])

    def condition(self, number: int) -> str:
        """How the market stood at the close of a session."""
        return market_condition(self.seed, self._count, WARM_UP + number)

    def planned(self, order: Order, number: int, entry: Decimal) -> Plan:
        """An order as a plan, sized for an entry at that price with the account as it is now."""
        signal = order.signal
        risk_percent = _RISK_BY_QUALITY[signal.quality]
        sizing = self.ledger.size(signal, entry, risk_percent, self.sessions[number])
        return Plan(signal, order.planned_at, risk_percent, sizing, signal.quality, order.condition)
