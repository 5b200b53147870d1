"""An account: its money by currency, what it holds, and what it made: the ledger that tests judge by."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from tests.brokers.interactive_brokers.gateway.instruments import Instrument
from tests.brokers.interactive_brokers.gateway.orders import ZERO, Fill


@dataclass(frozen=True)
class Holding:
    """A position; `quantity` is negative when short, `cost` what was paid, multiplier and commissions included.

    Of the cost, `fees` were commissions.
    """

    instrument: Instrument
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    fees: Decimal = ZERO

    @property
    def average(self) -> Decimal:
        """The cost of one, as the gateway tells it."""
        return round(self.cost / self.quantity, 8) if self.quantity else ZERO


@dataclass(frozen=True)
class Closed:
    """The profit of a part that was closed, after all its commissions, and these."""

    profit: Decimal
    fees: Decimal


@dataclass
class Account:
    """`cash` is what there is of every currency. A future costs nothing until it is closed."""

    id: str
    starting_cash: Decimal
    cash: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    holdings: dict[int, Holding] = field(default_factory=dict)
    realized: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all executions."""
        self.cash.clear()
        self.holdings.clear()
        self.realized.clear()
        self.cash["USD"] = self.starting_cash

    def held(self, instrument: Instrument) -> Decimal:
        """The position, negative when short."""
        holding = self.holdings.get(instrument.con_id)
        return holding.quantity if holding else ZERO

    def book(self, fill: Fill) -> Decimal | None:
        """Change money and position by an execution. What it realized, None where it only opened."""
        instrument = fill.order.instrument
        before = self.holdings.get(instrument.con_id, Holding(instrument))
        after, closed = _after(before, fill.signed, fill.price * instrument.multiplier, fill.commission)
        self._pay(fill, closed)
        if closed is not None:
            self.realized[instrument.currency] += closed.profit
        if after.quantity:
            self.holdings[instrument.con_id] = after
        else:
            self.holdings.pop(instrument.con_id, None)
        return None if closed is None else closed.profit

    def _pay(self, fill: Fill, closed: Closed | None) -> None:
        instrument = fill.order.instrument
        self.cash[instrument.currency] -= fill.commission
        if instrument.kind == "FUT":
            self.cash[instrument.currency] += ZERO if closed is None else closed.profit + closed.fees
            return
        self.cash[instrument.currency] -= fill.signed * fill.price * instrument.multiplier
        if instrument.kind == "CASH":
            self.cash[instrument.symbol] += fill.signed


def _after(before: Holding, change: Decimal, unit: Decimal, fee: Decimal) -> tuple[Holding, Closed | None]:
    """The position after a change at a unit price, and what became of the part that was closed."""
    instrument, rest = before.instrument, before.quantity + change
    if before.quantity * change >= 0:
        return Holding(instrument, rest, before.cost + change * unit + fee, before.fees + fee), None
    quantity = min(abs(change), abs(before.quantity)) * (1 if change > 0 else -1)
    share = -quantity / before.quantity
    closed = Closed(-quantity * unit - before.cost * share - fee, before.fees * share + fee)
    if rest * before.quantity < 0:
        return Holding(instrument, rest, rest * unit), closed
    return Holding(instrument, rest, before.cost * (1 - share), before.fees * (1 - share)), closed


Rate = Callable[[str], Decimal]
Price = Callable[[Instrument], Decimal]
