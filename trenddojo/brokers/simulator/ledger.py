"""An account's state: orders, positions, cash and fills, and which of their texts have changed.

Cash moves with each fill by minus its signed quantity times price, rounded half to even to cents, and by minus its
commission. Commissions are by order: each fill is charged what the order's commission so far, rounded half to even to
cents, has grown by, so that a minimum is charged once. Prices and quantities are never rounded.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from trenddojo.brokers.simulator.holdings import Holding
from trenddojo.brokers.simulator.ids import Ids
from trenddojo.brokers.simulator.orders import Ticket, direction
from trenddojo.brokers.types import Execution
from trenddojo.domain.commissions import Commission
from trenddojo.domain.money import cents
from trenddojo.domain.orders import OrderStatus

ACCOUNT = "account"
ORDER = "order:"
FILL = "fills:"


@dataclass(frozen=True, slots=True)
class _Fill:
    ticket: Ticket
    quantity: Decimal
    price: Decimal
    at: datetime
    commission: Decimal


class Ledger:
    """The books of one account. `numbers` counts the orders and ranks given out."""

    def __init__(self, ids: Ids, commission: Commission, cash: Decimal) -> None:
        self.cash = cash
        self.numbers = 0
        self.tickets: dict[str, Ticket] = {}
        self.holdings: dict[str, Holding] = {}
        self.executions: list[Execution] = []
        self.touched = {ACCOUNT}
        self._by_client: dict[str, str] = {}
        self._legs: dict[str, dict[str, None]] = {}
        self._ids = ids
        self._commission = commission
        self._untold: list[_Fill] = []

    def next_number(self) -> int:
        """A number that was never given before."""
        self.numbers += 1
        self.touched.add(ACCOUNT)
        return self.numbers

    def put(self, ticket: Ticket) -> None:
        """Keep an order as it now is."""
        if ticket.parent_id is not None:
            self._legs.setdefault(ticket.parent_id, {})[ticket.order_id] = None
        self.tickets[ticket.order_id] = ticket
        self._by_client[ticket.client_order_id] = ticket.order_id
        self.touched |= {ACCOUNT, ORDER + ticket.order_id}

    def by_client_id(self, client_order_id: str) -> Ticket | None:
        """The order that carries a client's id."""
        order_id = self._by_client.get(client_order_id)
        return None if order_id is None else self.tickets[order_id]

    def legs_of(self, ticket: Ticket) -> Iterator[Ticket]:
        """The orders that came attached to one, oldest first."""
        legs = (self.tickets[order_id] for order_id in self._legs.get(ticket.order_id, ()))
        return (leg for leg in legs if leg.parent_id == ticket.order_id)

    def held(self, symbol: str) -> Holding:
        """What is held of a symbol, which may be nothing."""
        return self.holdings.get(symbol, Holding())

    def hold(self, symbol: str, holding: Holding, paid_out: Decimal) -> None:
        """Make a split's change: what is then held, and the cash paid instead of a fraction."""
        self.holdings[symbol] = holding
        self.cash += cents(paid_out)
        self.touched.add(ACCOUNT)

    def fill(self, ticket: Ticket, quantity: Decimal, price: Decimal, at: datetime) -> Ticket:
        """Book a fill, and return the order as it then is."""
        filled, paid = ticket.filled + quantity, ticket.paid + quantity * price
        charged = cents(self._commission(filled, paid / filled))
        signed = direction(ticket.side) * quantity
        self.cash -= cents(signed * price) + charged - ticket.charged
        self.holdings[ticket.symbol] = self.held(ticket.symbol).after(signed, price)
        self._untold.append(_Fill(ticket, quantity, price, at, charged - ticket.charged))
        status = OrderStatus.FILLED if filled == ticket.quantity else OrderStatus.PARTIALLY_FILLED
        after = replace(ticket, filled=filled, paid=paid, charged=charged, status=status, updated_at=at)
        self.put(after)
        return after

    def tell(self) -> None:
        """Turn the fills since the last call into executions: by time, whichever symbol was looked at first."""
        for fill in sorted(self._untold, key=lambda one: (one.at, one.ticket.symbol)):
            number = len(self.executions)
            self.executions.append(self._execution(fill, self._ids.execution(number + 1)))
            self.touched.add(f"{FILL}{number}")
        self._untold.clear()

    def _execution(self, fill: _Fill, execution_id: str) -> Execution:
        return Execution(
            execution_id=execution_id,
            order_id=fill.ticket.order_id,
            client_order_id=fill.ticket.client_order_id,
            symbol=fill.ticket.symbol,
            side=fill.ticket.side,
            quantity=fill.quantity,
            price=fill.price,
            at=fill.at,
            commission=fill.commission,
            root_id=execution_id,
        )
