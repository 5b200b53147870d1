"""What the gateway itself makes of orders that its clients send: numbers, families, changes, cancels."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from tests.brokers.interactive_brokers.gateway import refusals
from tests.brokers.interactive_brokers.gateway.book import Book
from tests.brokers.interactive_brokers.gateway.instruments import Routed
from tests.brokers.interactive_brokers.gateway.matching import expiry
from tests.brokers.interactive_brokers.gateway.orders import Order
from tests.brokers.interactive_brokers.gateway.rules import Rules, check_change, check_prices, check_rest
from tests.brokers.interactive_brokers.gateway.tickets import Ticket
from tests.brokers.interactive_brokers.gateway.times import read


class Placing:
    """Numbers are counted for each client id."""

    def __init__(self, book: Book, rules: Rules, now: Callable[[], datetime]) -> None:
        self._book = book
        self._rules = rules
        self._now = now
        self._last: dict[int, int] = defaultdict(int)

    def next_id(self, client_id: int) -> int:
        return self._last[client_id] + 1

    def take_id(self, client_id: int) -> int:
        """A number that then is used."""
        self._last[client_id] += 1
        return self._last[client_id]

    def rewind(self) -> None:
        """Begin every client's numbers at 1 again."""
        self._last.clear()

    def find(self, client_id: int, order_id: int) -> Order | None:
        """A client's order by its number, the latest of them where numbers were used again."""
        mine = (one for one in reversed(self._book.orders) if (one.client_id, one.order_id) == (client_id, order_id))
        return next(mine, None)

    def place(self, client_id: int, ticket: Ticket) -> Order:
        """A new order or, under the number of one that is there, its change. Raises Refusal."""
        there = self.find(client_id, ticket.order_id)
        if there is not None and (there.is_open or not there.is_transmitted):
            self._change(there, ticket)
            return there
        if ticket.order_id <= self._last[client_id]:
            is_filled = there is not None and there.status == "Filled"
            raise refusals.not_modifiable() if is_filled else refusals.duplicate()
        order = self.enter(client_id, ticket)
        self._last[client_id] = ticket.order_id
        return order

    def enter(self, client_id: int, ticket: Ticket) -> Order:
        """A new order, whatever its number. Raises Refusal."""
        order = self.made(client_id, ticket)
        self._book.orders.append(order)
        if ticket.transmit:
            self._book.transmit(order)
        return order

    def made(self, client_id: int, ticket: Ticket) -> Order:
        """An order that is not in the book yet. Raises Refusal."""
        routed, account = self._rules.admitted(ticket)
        parent = self._parent(client_id, ticket)
        order = Order(
            client_id=client_id,
            order_id=ticket.order_id,
            ticket=ticket,
            routed=routed,
            account=account,
            created_at=self._now(),
            quantity=ticket.quantity,
            limit=ticket.limit,
            aux=ticket.aux,
            tif=ticket.tif,
            trail_percent=ticket.trail_percent,
            trail_stop=ticket.trail_stop,
            oca_group=ticket.terms["ocaGroup"],
            oca_type=int(ticket.terms["ocaType"] or 0),
            parent=parent,
        )
        self._set_expiry(order)
        return order

    def cancel(self, client_id: int, order_id: int) -> None:
        """Raises Refusal. An order that was never transmitted is gone at once."""
        order = self.find(client_id, order_id)
        if order is None:
            raise refusals.not_found(order_id)
        if not order.is_transmitted:
            self._book.end_cancelled(order)
        elif not order.is_open:
            raise refusals.not_cancellable(order_id, order.status)
        elif order.status == "PendingCancel":
            raise refusals.being_cancelled(order.perm_id)
        else:
            self._book.cancel(order)

    def cancel_all(self) -> None:
        """Everything of everybody."""
        for order in self._book.open_orders:
            if order.status != "PendingCancel":
                self._book.cancel(order)

    def _parent(self, client_id: int, ticket: Ticket) -> Order | None:
        if not ticket.parent_id:
            return None
        parent = self.find(client_id, ticket.parent_id)
        if parent is None or (parent.is_transmitted and not parent.is_open):
            raise refusals.no_such_order(ticket.parent_id)
        return parent

    def _change(self, order: Order, ticket: Ticket) -> None:
        """Take over what may change. Raises Refusal, and the order stays as it was."""
        routed = self._checked(order, ticket)
        kept = order.quantity, order.limit, order.aux, order.trail_percent, order.trail_stop
        order.quantity, order.limit, order.aux = ticket.quantity, ticket.limit, ticket.aux
        if order.type == "TRAIL":
            order.trail_percent, order.trail_stop = ticket.trail_percent, ticket.trail_stop or order.trail_stop
        try:
            if order.is_transmitted and order.parent is None:
                self._book.check_margin(order)
        except refusals.Refusal:
            order.quantity, order.limit, order.aux, order.trail_percent, order.trail_stop = kept
            raise
        order.ticket, order.tif, order.routed = ticket, ticket.tif, routed
        self._set_expiry(order)
        self._pass_on(order)

    def _checked(self, order: Order, ticket: Ticket) -> Routed:
        if self._rules.switches.read_only:
            raise refusals.read_only()
        routed = self._rules.instruments.one(ticket.wanted)
        check_change(order, ticket, routed)
        self._rules.check_quantity(ticket, routed.instrument)
        check_rest(order, ticket)
        check_prices(ticket, routed.instrument)
        return routed

    def _pass_on(self, order: Order) -> None:
        if order.is_transmitted:
            self._book.changed(order)
        elif order.ticket.transmit:
            self._book.transmit(order)

    def _set_expiry(self, order: Order) -> None:
        good_till = read(order.ticket.terms["goodTillDate"]) if order.tif == "GTD" else None
        order.expires_at = expiry(order, self._now(), good_till)
