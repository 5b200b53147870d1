"""A client that speaks the protocol by hand: for what no library would send, and for messages as they are."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from tests.brokers.interactive_brokers.gateway.venue import Gateway
from tests.brokers.interactive_brokers.gateway.wire import Frames, Value, encoded, fields_of, frame

ERROR, NEXT_ID, ACCOUNTS, ORDER_STATUS, OPEN_ORDER, TIME = 4, 9, 15, 3, 5, 49
_SECONDS = 5.0


class Closed(Exception):
    """The gateway has ended the connection."""


class Caller:
    """A connection, from its TCP handshake on."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=_SECONDS)
        self._frames = Frames()

    def greet(self, versions: str = "v157..176") -> list[str]:
        """The handshake: the version that was agreed on, and the time."""
        self.socket.sendall(b"API\0" + frame(versions.encode()))
        return self.hear()

    def start(self, client_id: int = 7) -> None:
        """Be let in. Raises Closed."""
        self.send(71, 2, client_id, "")
        self.until(NEXT_ID)

    def send(self, *fields: Value) -> None:
        self.socket.sendall(encoded(fields))

    def hear(self) -> list[str]:
        """The next message. Raises Closed, and TimeoutError where nothing comes."""
        while (payload := self._frames.take()) is None:
            data = self._received()
            if not data:
                raise Closed
            self._frames.feed(data)
        return fields_of(payload)

    def until(self, number: int) -> list[str]:
        """The next message with that number."""
        while (fields := self.hear())[0] != str(number):
            pass
        return fields

    def error(self) -> tuple[int, int, str]:
        """The next error: about what, its code and its text."""
        fields = self.until(ERROR)
        return int(fields[2]), int(fields[3]), fields[4]

    def is_closed(self) -> bool:
        """Whether the gateway ends the connection, whatever else it says before."""
        try:
            while True:
                self.hear()
        except Closed:
            return True

    def says_nothing(self) -> bool:
        """Whether nothing comes for a moment."""
        self.socket.settimeout(0.05)
        try:
            self.hear()
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(_SECONDS)
        return False

    def _received(self) -> bytes:
        try:
            return self.socket.recv(65536)
        except ConnectionResetError:
            return b""


@contextmanager
def calling(there: Gateway, client_id: int | None = 7, versions: str = "v157..176") -> Iterator[Caller]:
    """A caller that was let in, or with no id only has the handshake behind it."""
    caller = Caller(there.port)
    try:
        caller.greet(versions)
        if client_id is not None:
            caller.start(client_id)
        yield caller
    finally:
        caller.socket.close()
