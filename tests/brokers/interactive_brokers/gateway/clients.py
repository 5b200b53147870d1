"""Who is connected, and under which client id."""

from collections.abc import Iterator

from tests.brokers.interactive_brokers.gateway.client import ApiClient
from tests.brokers.interactive_brokers.gateway.messages import error
from tests.brokers.interactive_brokers.gateway.orders import Order
from tests.brokers.interactive_brokers.gateway.switches import Switches


class Clients:
    """`all` are the open connections, those that have not started the API among them."""

    def __init__(self, switches: Switches) -> None:
        self.all: list[ApiClient] = []
        self.waiting: list[tuple[ApiClient, int]] = []
        """Who waits to be let in, and under which id."""
        self._switches = switches
        self._dead: set[int] = set()

    @property
    def ready(self) -> list[ApiClient]:
        return [client for client in self.all if client.is_ready]

    def is_taken(self, client_id: int) -> bool:
        return client_id in self._dead or any(client.id == client_id for client in self.ready)

    def ended(self, client: ApiClient) -> None:
        """A connection is gone; its id is free again unless the gateway keeps it."""
        if client in self.all:
            self.all.remove(client)
            if client.id is not None and self._switches.keeps_dead_clients:
                self._dead.add(client.id)

    def forget(self) -> None:
        """Free the ids of dead clients."""
        self._dead.clear()

    def hearing(self, order: Order) -> Iterator[ApiClient]:
        """Whoever is told of an order: its own client, and the master."""
        ids = {order.client_id, self._switches.master_client_id}
        return (client for client in self.ready if client.id in ids)

    def owning(self, order: Order) -> Iterator[ApiClient]:
        return (client for client in self.ready if client.id == order.client_id)

    def tell(self, client: ApiClient, request_id: int, code: int, text: str) -> None:
        client.tell(error(request_id, code, text, client.version))

    def announce(self, code: int, text: str) -> None:
        """A system message to everybody."""
        for client in self.ready:
            self.tell(client, -1, code, text)

    def flush(self) -> None:
        for client in list(self.all):
            client.flush(is_silent=self._switches.is_silent)
