"""Orders: placed, changed, cancelled, and asked for."""

from collections.abc import Iterable

from tests.brokers.interactive_brokers.gateway import refusals
from tests.brokers.interactive_brokers.gateway.asked import Asked
from tests.brokers.interactive_brokers.gateway.client import ApiClient
from tests.brokers.interactive_brokers.gateway.context import Context, Handler
from tests.brokers.interactive_brokers.gateway.fields import Fields
from tests.brokers.interactive_brokers.gateway.messages import (
    commission_report,
    end_of,
    exec_details,
    order_bound,
    order_status,
)
from tests.brokers.interactive_brokers.gateway.order_messages import completed_order, open_order
from tests.brokers.interactive_brokers.gateway.orders import Fill, Order
from tests.brokers.interactive_brokers.gateway.times import midnight, read, stamped
from tests.brokers.interactive_brokers.gateway.what_if import state_of

_TWS = 0
"""The client id of what was typed into TWS itself."""


class OrderDesk:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._book = context.book
        self._placing = context.placing

    def handlers(self) -> dict[str, Handler]:
        return {
            "placeOrder": self._place,
            "cancelOrder": self._cancel,
            "reqGlobalCancel": self._cancel_all,
            "reqOpenOrders": self._own_open_orders,
            "reqAllOpenOrders": self._all_open_orders,
            "reqAutoOpenOrders": self._auto_open_orders,
            "reqCompletedOrders": self._completed_orders,
            "reqExecutions": self._executions,
        }

    def _place(self, client: ApiClient, asked: Asked) -> None:
        assert client.id is not None
        if not asked.ticket.what_if:
            self._placing.place(client.id, asked.ticket)
            return
        order = self._placing.made(client.id, asked.ticket)
        self._book.check_margin(order)
        client.tell(open_order(order, client.version, state_of(order, self._book, self._context.market)))

    def _cancel(self, client: ApiClient, asked: Asked) -> None:
        assert client.id is not None
        self._placing.cancel(client.id, asked.id)

    def _cancel_all(self, _client: ApiClient, _asked: Asked) -> None:
        self._placing.cancel_all()

    # --- asked for

    def _own_open_orders(self, client: ApiClient, _asked: Asked) -> None:
        """Client 0 takes over what was typed into TWS, by numbers of its own."""
        self._check_readable()
        if client.id == _TWS:
            for order in self._book.open_orders:
                self.bind(client, order)
        self._tell_open(client, (one for one in self._book.open_orders if one.client_id == client.id))

    def _all_open_orders(self, client: ApiClient, _asked: Asked) -> None:
        self._check_readable()
        self._tell_open(client, self._book.open_orders)

    def _auto_open_orders(self, client: ApiClient, asked: Asked) -> None:
        if client.id != _TWS:
            raise refusals.invalid("Only the default client (i.e 0) can auto bind orders.")
        client.binds_orders = asked.rest().flag()

    def bind(self, client: ApiClient, order: Order) -> None:
        """Give a client that is number 0 the right to change an order of TWS's."""
        if order.client_id == _TWS and order.order_id == 0:
            order.order_id = self._placing.take_id(_TWS)
            client.tell(order_bound(order))

    def typed_number(self) -> int:
        """The number of an order that is typed into TWS: none, unless client 0 takes over all that is."""
        is_bound = any(client.id == _TWS and client.binds_orders for client in self._context.clients.ready)
        return self._placing.take_id(_TWS) if is_bound else 0

    def _completed_orders(self, client: ApiClient, asked: Asked) -> None:
        """Those that ended since midnight; with `apiOnly`, none that was typed into TWS."""
        self._check_readable()
        only_api = asked.rest().flag()
        start = midnight(self._context.now())
        for order in self._book.orders:
            if order.ended_at is None or order.ended_at < start or not order.perm_id:
                continue
            if not (only_api and order.client_id == _TWS):
                client.tell(completed_order(order, stamped(order.ended_at), client.version))
        client.tell(end_of("completedOrdersEnd"))

    def _executions(self, client: ApiClient, asked: Asked) -> None:
        found = self._wanted(asked.rest())
        reports = [commission_report(fill) for fill in found if fill.is_reported]
        for fill in found:
            client.tell(exec_details(asked.id, fill, self._stamped(fill), client.version))
            if fill.is_reported and not self._context.switches.commissions_last:
                client.tell(commission_report(fill))
        client.tell(end_of("execDetailsEnd", 1, asked.id))
        if self._context.switches.commissions_last:
            client.tell(*reports)

    def _wanted(self, fields: Fields) -> list[Fill]:
        """The executions since midnight that a filter lets through."""
        client_id, account, time, symbol, kind, exchange, side = (
            fields.integer(), fields.text(), fields.text(), fields.text(), fields.text(), fields.text(), fields.text(),
        )  # fmt: skip
        start = max(midnight(self._context.now()), read(time)) if time else midnight(self._context.now())
        return [
            fill
            for fill in self._book.executions.fills
            if fill.at >= start
            and client_id in (0, fill.order.client_id)
            and account in ("", fill.order.account)
            and symbol in ("", fill.order.instrument.symbol)
            and kind in ("", fill.order.instrument.kind)
            and exchange in ("", fill.order.routed.exchange)
            and side in ("", fill.order.action)
        ]

    def _tell_open(self, client: ApiClient, orders: Iterable[Order]) -> None:
        for order in orders:
            if order.status != "PendingSubmit":
                client.tell(open_order(order, client.version), order_status(order))
        client.tell(end_of("openOrderEnd", 1))

    def _check_readable(self) -> None:
        """A read-only gateway refuses to tell of orders, and the end of the list never comes."""
        if self._context.switches.read_only:
            raise refusals.read_only()

    def _stamped(self, fill: Fill) -> str:
        return stamped(fill.at, self._context.switches.times)
