"""The way in: handshake, version, client id, and what everybody is told at first.

Source: IBKR's "TWS API: Connection" and EClient.
"""

import re

from tests.brokers.interactive_brokers.gateway.asked import Asked
from tests.brokers.interactive_brokers.gateway.client import ApiClient
from tests.brokers.interactive_brokers.gateway.context import Context
from tests.brokers.interactive_brokers.gateway.messages import managed_accounts, next_valid_id
from tests.brokers.interactive_brokers.gateway.times import stamped
from tests.brokers.interactive_brokers.gateway.wire import Frames, Unreadable, encoded

_GREETING = b"API\0"
_VERSIONS = re.compile(r"v(\d+)\.\.(\d+)")
_LEAST = 157
_NOTICES = (
    (2104, "Market data farm connection is OK:usfarm"),
    (2106, "HMDS data farm connection is OK:ushmds"),
    (2158, "Sec-def data farm connection is OK:secdefil"),
)
_BROKEN = 2110, "Connectivity between TWS and server is broken. It will be restored automatically."
_IN_USE = 326, "Unable connect as the client id is already in use. Retry with a unique client id."


class Door:
    def __init__(self, context: Context) -> None:
        self._context = context

    def greet(self, client: ApiClient, frames: Frames) -> bool:
        """Whether the handshake is done. Raises Unreadable for one of another protocol, or of no common version."""
        if not client.is_greeted:
            client.is_greeted = frames.prefix(_GREETING)
        if client.is_greeted and not client.version and (payload := frames.take()) is not None:
            client.version = self._agreed(payload)
            if not self._context.switches.is_silent:
                client.send(encoded((client.version, stamped(self._context.now()))))
        return client.version > 0

    def _agreed(self, payload: bytes) -> int:
        """The highest version that both sides know."""
        told = _VERSIONS.match(payload.decode("ascii", "replace"))
        if told is None:
            raise Unreadable(payload)
        version = min(int(told[2]), self._context.switches.server_version)
        if version < max(int(told[1]), _LEAST):
            raise Unreadable(payload)
        return version

    def start(self, client: ApiClient, asked: Asked, *, is_cut_off: bool) -> None:
        """startApi: let a client in under an id that nobody has."""
        client_id = asked.rest().integer()
        if self._context.clients.is_taken(client_id):
            self._context.clients.tell(client, -1, *_IN_USE)
            client.flush(is_silent=self._context.switches.is_silent)
            client.hang_up()
        elif self._context.switches.login == "hung":
            self._context.clients.waiting.append((client, client_id))
        else:
            self._let_in(client, client_id, is_cut_off=is_cut_off)

    def let_in_all(self) -> None:
        """Whoever waits for somebody to sign in."""
        waiting, self._context.clients.waiting = self._context.clients.waiting, []
        for client, client_id in waiting:
            self._let_in(client, client_id, is_cut_off=False)

    def _let_in(self, client: ApiClient, client_id: int, *, is_cut_off: bool) -> None:
        client.id = client_id
        client.tell(managed_accounts(self._context.accounts))
        client.tell(next_valid_id(self._context.placing.next_id(client_id)))
        for notice in (_BROKEN,) if is_cut_off else _NOTICES:
            self._context.clients.tell(client, -1, *notice)
