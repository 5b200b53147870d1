"""One connection to the gateway, from its handshake on: what its client subscribed to, and what it is to be told."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.brokers.interactive_brokers.gateway.lines import Line
from tests.brokers.interactive_brokers.gateway.messages import Message

_SECONDS = 5.0
"""How long a client may take to read what it is sent, before it counts as gone."""
_ABORT = struct.pack("ii", 1, 0)


@dataclass
class Subscriptions:
    """By request id, where there is one. `told` is what was told of each last."""

    positions: bool = False
    positions_multi: dict[int, str] = field(default_factory=dict)
    account: str | None = None
    accounts_multi: dict[int, str] = field(default_factory=dict)
    summaries: dict[int, tuple[tuple[str, ...], frozenset[str]]] = field(default_factory=dict)
    profits: dict[int, tuple[str, int]] = field(default_factory=dict)
    lines: dict[int, Line] = field(default_factory=dict)
    told: dict[tuple[object, ...], object] = field(default_factory=dict)


class ApiClient:
    """`id` is None until it has started the API. Everything but reading happens under the gateway's lock."""

    def __init__(self, connection: socket.socket, filtered: Callable[[Message], bytes]) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        timeout = struct.pack("ll", int(_SECONDS), 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeout)
        self.socket = connection
        self.id: int | None = None
        self.is_greeted = False
        """Whether it has said that it speaks this protocol."""
        self.version = 0
        """What was agreed on, 0 before."""
        self.is_gone = False
        self.data_type = 1
        self.binds_orders = False
        self.subscribed = Subscriptions()
        self._filtered = filtered
        self._outbox: list[Message] = []

    @property
    def is_ready(self) -> bool:
        return self.id is not None and not self.is_gone

    def tell(self, *messages: Message) -> None:
        """Told with the next `flush`, in order."""
        if not self.is_gone:
            self._outbox.extend(messages)

    def taken(self) -> list[Message]:
        """What is to be told, which then is not."""
        outbox, self._outbox = self._outbox, []
        return outbox

    def flush(self, *, is_silent: bool = False) -> None:
        data = b"".join(self._filtered(message) for message in self.taken())
        if data and not is_silent:
            self.send(data)

    def send(self, data: bytes) -> None:
        """Bytes as they are."""
        if self.is_gone:
            return
        try:
            self.socket.sendall(data)
        except OSError:
            self.hang_up()

    def hang_up(self, *, abort: bool = False) -> None:
        """Close the connection after what was sent, or with `abort` reset it."""
        if self.is_gone:
            return
        self.is_gone = True
        self._outbox.clear()
        if abort:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        self._shut(socket.SHUT_RD if abort else socket.SHUT_WR)  # the reader closes it, which resets it then

    def end(self) -> None:
        """Have its reader come to the end."""
        self._shut(socket.SHUT_RDWR)

    def _shut(self, how: int) -> None:
        try:
            self.socket.shutdown(how)
        except OSError:
            return  # it has ended by itself
