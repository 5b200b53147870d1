"""The owner of every broker connection: who may ask which broker for what, and how connections are kept alive.

A connection that the monitor is given is kept connected. Any other is let go of, its decrypted credentials with it,
once nobody has used it for a while.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from datetime import datetime
from functools import partial
from random import Random
from threading import Lock
from typing import TYPE_CHECKING
from uuid import UUID

from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.connection import NOT_OURS, Connection
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.guard import GuardedClient
from trenddojo.brokers.looks import Looks
from trenddojo.brokers.ports import Link, Ports, Purpose, Withheld
from trenddojo.brokers.registry import spec_of
from trenddojo.brokers.spec import Operator
from trenddojo.brokers.tools import Tools
from trenddojo.brokers.types import AccountInfo, ConnectionStatus, StreamState

if TYPE_CHECKING:
    from requests import Session

    from trenddojo.brokers.simulator.client import SimulatedClient

__all__ = ["BrokerManager", "Link", "Ports", "Purpose"]


class BrokerManager:
    """The connections of one process. Thread-safe.

    `clock` tells UTC-aware time, `monotonic` seconds for waits and limits, `sleep` takes seconds. `transport` makes a
    session that neither retries nor reads the environment; what the operator set there is `operator`. A caller waits
    `patience_seconds` for a connection that is in use; the monitor waits `slow_seconds` for a look before it goes on
    without it.
    """

    def __init__(
        self,
        ports: Ports,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
        random: Random,
        transport: Callable[[], Session] | None = None,
        operator: Operator | None = None,
        idle_seconds: float = 900.0,
        patience_seconds: float = 5.0,
        slow_seconds: float = 1.0,
    ) -> None:
        self._ports, self._idle_seconds = ports, idle_seconds
        self._tools = Tools(
            clock=clock,
            monotonic=monotonic,
            sleep=sleep,
            random=random,
            transport=transport or _session,
            patience=patience_seconds,
            operator=operator or Operator(),
        )
        self._lock = Lock()
        self._connections: dict[UUID, Connection] = {}
        self._streams: dict[UUID, StreamState | None] = {}
        self._looks = Looks(slow_seconds)

    def try_out(self, link: Link, credentials: Mapping[str, str]) -> tuple[AccountInfo, ...]:
        """Connect with these credentials, read every account, and let go; nothing is kept or told to a port.

        A connection of this link's to a broker that admits one at a time waits meanwhile. Raises BrokerError.
        """
        spec = spec_of(link.broker)
        Connection(link, spec, self._ports, self._tools).permit(Purpose.READ)
        forgetful = _Forgetful()
        client = self._tools.client(spec, link, credentials=credentials, ledger=forgetful, tokens=forgetful)
        held = self._connections.get(link.connection_id) if spec.admits_one else None
        with held.aside() if held else nullcontext():
            try:
                client.connect()
                return tuple(client.for_account(one).get_account_info() for one in client.list_accounts())
            finally:
                with suppress(BrokerError):
                    client.disconnect()

    def connect(self, link: Link) -> tuple[AccountInfo, ...]:
        """Connect with the credentials of now, in place of whatever there was, and read every account.

        Raises BrokerError; the monitor goes on trying unless the credentials are of no use.
        """
        connection = self._connection(link)
        connection.permit(Purpose.READ)
        accounts = connection.open()
        return tuple(GuardedClient(connection, one, Purpose.READ).get_account_info() for one in accounts)

    def disconnect(self, connection_id: UUID) -> None:
        """Let go of a connection and its credentials, at the latest when the call that now uses it ends."""
        connection = self._connections.get(connection_id)
        if connection is not None:
            connection.drop()

    def client_for(self, link: Link, account_id: str, purpose: Purpose = Purpose.READ) -> BrokerClient:
        """The client of one account of the broker's, which connects with its first call and keeps every rule.

        Raises BrokerError where the purpose is not allowed now.
        """
        connection = self._connection(link)
        connection.permit(purpose)
        return GuardedClient(connection, account_id, purpose)

    def status(self, connection_id: UUID) -> ConnectionStatus | None:
        """How a connection stands; None where nothing is held. Asks nobody."""
        connection = self._connections.get(connection_id)
        now = connection.standing if connection else None
        return now.status if now else None

    def stream(self, connection_id: UUID) -> StreamState | None:
        """How a connection's live events stand; None where nothing is held, or the broker has none. Asks nobody."""
        connection = self._connections.get(connection_id)
        client = connection.client if connection else None
        return client.stream_state if client else None

    def changed_streams(self) -> list[UUID]:
        """The connections whose live events stand otherwise than when this was last called. Asks nobody."""
        before, self._streams = self._streams, {key: self.stream(key) for key in tuple(self._connections)}
        return [key for key, state in self._streams.items() if state != before.get(key)]

    def check(self, links: Sequence[Link]) -> None:
        """The monitor: look at each of these, connect anew what is down or unhealthy and due, let go of idle others.

        Returns when every look has ended but those that hang, which go on by themselves. Raises BrokerError where
        another process talks to the brokers, and ExceptionGroup of the bugs that looks met, after the last look.
        """
        if not self._ports.owns():
            self._let_go_of_all()
            raise Withheld(NOT_OURS, BrokerErrorCode.CONNECTION_FAILED, "", {"reason": "not_owner"})
        wanted = {link.connection_id for link in links}
        idle = {
            key: one.drop
            for key, one in tuple(self._connections.items())
            if key not in wanted and one.client is not None and one.idle_seconds > self._idle_seconds
        }
        first_the_well = sorted(links, key=self._is_troubled)
        self._looks.run({**{link.connection_id: partial(self._look, link) for link in first_the_well}, **idle})

    def simulator(self, connection_id: UUID) -> SimulatedClient | None:
        """The simulated exchange behind a connection in mock mode, to make things go wrong; None for any other."""
        from trenddojo.brokers.simulator.client import SimulatedClient  # noqa: PLC0415 - only where it is used

        connection = self._connections.get(connection_id)
        client = connection.client if connection else None
        return client if isinstance(client, SimulatedClient) else None

    def close(self) -> None:
        """Let go of every connection, and look at none any more."""
        self._let_go_of_all()
        self._looks.close()

    def _connection(self, link: Link) -> Connection:
        with self._lock:
            found = self._connections.get(link.connection_id)
            if found is None:
                found = Connection(link, spec_of(link.broker), self._ports, self._tools)
                self._connections[link.connection_id] = found
        if (found.link.user_id, found.link.broker, found.link.mode) != (link.user_id, link.broker, link.mode):
            raise ValueError(f"connection {link.connection_id} has another person, broker or mode")
        found.link = link
        return found

    def _look(self, link: Link) -> None:
        self._connection(link).look()

    def _is_troubled(self, link: Link) -> bool:
        status = self.status(link.connection_id)
        return status is None or not status.is_healthy

    def _let_go_of_all(self) -> None:
        self._looks.run({key: one.drop for key, one in tuple(self._connections.items())})


class _Forgetful:
    """What a client that is only tried out keeps: nothing that outlives it."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def load(self) -> Mapping[str, str]:
        return self._texts

    read = load

    def save(self, changed: Mapping[str, str]) -> None:
        self._texts.update(changed)

    def clear(self) -> None:
        self._texts.clear()

    def write(self, tokens: Mapping[str, str]) -> None:
        self._texts = dict(tokens)


def _session() -> Session:
    from trenddojo.brokers.http import session  # noqa: PLC0415 - only where a broker is reached by HTTP

    return session()
