"""Tells clients what becomes of orders: each message to whom it concerns, in the order in which things happen."""

from dataclasses import dataclass

from tests.brokers.interactive_brokers.gateway.client import ApiClient
from tests.brokers.interactive_brokers.gateway.clients import Clients
from tests.brokers.interactive_brokers.gateway.messages import (
    Message,
    commission_report,
    error,
    exec_details,
    order_status,
)
from tests.brokers.interactive_brokers.gateway.order_messages import open_order
from tests.brokers.interactive_brokers.gateway.orders import Fill, Order
from tests.brokers.interactive_brokers.gateway.switches import Switches
from tests.brokers.interactive_brokers.gateway.times import stamped

_UNASKED = -1


@dataclass
class Pending:
    """A commission that is not told yet, and after how many messages it is to be."""

    fill: Fill
    messages: int | None


class Teller:
    """`moved` are the fills since somebody looked at positions.

    While the gateway is cut off from IBKR it learns nothing of orders, and tells all of it afterwards.
    """

    def __init__(self, clients: Clients, switches: Switches) -> None:
        self.moved: list[Fill] = []
        self.is_cut_off = False
        self._backlog: list[tuple[ApiClient, Message]] = []
        self._clients = clients
        self._switches = switches
        self._pending: list[Pending] = []

    def order(self, order: Order) -> None:
        if not order.is_transmitted or order.status == "PendingSubmit":
            return
        for client in self._clients.hearing(order):
            self._say(client, open_order(order, client.version), order_status(order))
            if order.status == "Filled":
                self._say(client, order_status(order))  # the last status comes more than once, as in life

    def error(self, order: Order, code: int, text: str) -> None:
        for client in self._clients.owning(order):
            self._say(client, error(order.order_id, code, text, client.version))

    def fill(self, fill: Fill) -> None:
        time = stamped(fill.at, self._switches.times)
        for client in self._clients.hearing(fill.order):
            self._say(client, exec_details(_UNASKED, fill, time, client.version))

    def filled(self, fill: Fill) -> None:
        self.moved.append(fill)
        pending = Pending(fill, self._switches.commission_after)
        self._report(pending) if pending.messages == 0 else self._pending.append(pending)

    def count_message(self) -> None:
        """One more message has come: commissions that waited for it are reported."""
        for pending in self._pending:
            if pending.messages is not None:
                pending.messages -= 1
        self._release([one for one in self._pending if one.messages == 0])

    def release_commissions(self) -> None:
        self._release(list(self._pending))

    def catch_up(self) -> None:
        """Tell what happened while the gateway was cut off."""
        self.is_cut_off = False
        backlog, self._backlog = self._backlog, []
        for client, message in backlog:
            client.tell(message)

    def _say(self, client: ApiClient, *messages: Message) -> None:
        if self.is_cut_off:
            self._backlog += [(client, message) for message in messages]
        else:
            client.tell(*messages)

    def _release(self, due: list[Pending]) -> None:
        for pending in due:
            self._pending.remove(pending)
            self._report(pending)

    def _report(self, pending: Pending) -> None:
        pending.fill.is_reported = True
        for client in self._clients.hearing(pending.fill.order):
            self._say(client, commission_report(pending.fill))
