"""What an exchange refuses before it takes an order or a change, each with a sentence and what it is about."""

from decimal import Decimal
from typing import NoReturn

from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.simulator.holdings import Holding
from trenddojo.brokers.simulator.orders import AT_ONCE, AUCTIONS, Ticket
from trenddojo.brokers.spec import Capabilities
from trenddojo.brokers.validation import problems
from trenddojo.domain.orders import OrderClass, OrderRequest, OrderType, OrderUpdate
from trenddojo.domain.terms import Side


class Checks:
    """The refusals of one account's broker; every method raises BrokerError or passes."""

    def __init__(self, broker: str, capabilities: Capabilities) -> None:
        self._broker = broker
        self._can = capabilities

    def refuse(self, message: str, code: BrokerErrorCode = BrokerErrorCode.ORDER_REJECTED, **details: str) -> NoReturn:
        """Refuse with a sentence."""
        raise BrokerError(message, code, self._broker, details)

    def form(self, request: OrderRequest) -> None:
        """What can be said of an order by itself: the first of its problems."""
        for field, sentence in problems(self._can, request).errors.items():
            self.refuse(sentence, field=field)

    def is_exit(self, request: OrderRequest, holding: Holding) -> bool:
        """Whether an order closes what is held, which it may not exceed; otherwise it opens."""
        closable = holding.closable_by(request.side)
        if not closable:
            self._opening(request)
            return False
        if request.order_class in (OrderClass.BRACKET, OrderClass.OTO):
            self.refuse("An order with attached exits must open a position, and this one closes.", field="side")
        self._held(request.quantity, closable)
        return True

    def is_open(self, ticket: Ticket) -> None:
        """An order that can still be cancelled or changed."""
        if not ticket.is_open:
            self.refuse(f"The order has already ended: {ticket.status}.", reason="already_final")

    def update(self, ticket: Ticket, update: OrderUpdate, holding: Holding) -> None:
        """What can be said of a change by itself, by the order that it is for, and by what is held."""
        self.form(_as_simple(ticket, update))
        if update.time_in_force in AT_ONCE | AUCTIONS:
            self.refuse("A working order cannot become one for an instant.", field="time_in_force")
        if ticket.triggered_at is not None and (name := _trigger_changed(update)):
            self.refuse("The stop has already been triggered.", field=name)
        if update.quantity is not None:
            self._new_quantity(ticket, update.quantity, holding)

    def _opening(self, request: OrderRequest) -> None:
        if request.order_class is OrderClass.OCO:
            self.refuse("A pair of exits needs a position to close.", field="is_oco")
        if request.side is Side.SELL and not self._can.allows_short:
            self.refuse("There is nothing to sell, and short selling is not allowed here.", field="side")

    def _held(self, quantity: Decimal, closable: Decimal) -> None:
        if quantity > closable:
            sentence = f"Only {closable.normalize():f} are held. One order cannot turn a position round."
            self.refuse(sentence, field="quantity")

    def _new_quantity(self, ticket: Ticket, quantity: Decimal, holding: Holding) -> None:
        if ticket.filled:
            self.refuse("The quantity of a partly filled order cannot be changed.", field="quantity")
        if ticket.awake != ticket.quantity:
            self.refuse("An exit that waits for its entry has the entry's quantity.", field="quantity")
        if ticket.is_exit:
            self._held(quantity, holding.closable_by(ticket.side))


def _as_simple(ticket: Ticket, update: OrderUpdate) -> OrderRequest:
    """The order after the change as if it were sent alone; the stop price of a trailing stop is the market's."""
    own_stop = None if ticket.order_type is OrderType.TRAILING_STOP else ticket.stop_price
    return OrderRequest(
        symbol=ticket.symbol,
        side=ticket.side,
        quantity=ticket.quantity if update.quantity is None else update.quantity,
        order_type=ticket.order_type,
        client_order_id=ticket.client_order_id,
        time_in_force=update.time_in_force or ticket.time_in_force,
        limit_price=ticket.limit_price if update.limit_price is None else update.limit_price,
        stop_price=own_stop if update.stop_price is None else update.stop_price,
        trail_amount=ticket.trail_amount if update.trail_amount is None else update.trail_amount,
        trail_percent=ticket.trail_percent if update.trail_percent is None else update.trail_percent,
    )


def _trigger_changed(update: OrderUpdate) -> str:
    """The field of a change that moves a trigger, or nothing."""
    names = ("stop_price", "trail_amount", "trail_percent")
    return next((name for name in names if getattr(update, name) is not None), "")
