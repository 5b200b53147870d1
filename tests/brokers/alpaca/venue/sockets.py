"""A websocket of the venue's: reads and writes documents, and can play dead."""

import json
import socket
from collections.abc import Iterator
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any

import msgpack
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.sync.server import ServerConnection

from tests.brokers.alpaca.venue.times import read_nanoseconds

_OPENING = 10.0
_BILLION = 1_000_000_000


class Connection(ServerConnection):
    """Sends nothing while `is_silent`, no pong either; the end of the connection is still told."""

    is_silent = False

    def send_data(self) -> None:
        if not self.is_silent:
            super().send_data()
        elif b"" in self.protocol.data_to_send():
            shut(self.socket, socket.SHUT_WR)


class Peer:
    """Somebody at the other end. What is sent goes through a queue, so that a slow reader delays nobody."""

    def __init__(self, connection: Connection, *, is_binary: bool) -> None:
        assert connection.request is not None
        self.connection = connection
        self.path = connection.request.path.partition("?")[0]
        self._is_packed = connection.request.headers.get("Content-Type") == "application/msgpack"
        self._is_binary = is_binary
        self._outgoing: SimpleQueue[str | bytes | None] = SimpleQueue()
        self._writer = Thread(target=self._write, daemon=True)
        self.is_authorized = False
        self.wanted: dict[str, set[str]] = {}
        """What the peer subscribed to, by channel."""

    def send(self, document: Any) -> None:
        self._outgoing.put(self._encoded(document))

    def messages(self) -> Iterator[Any]:
        """What the peer says, until the connection ends; what is no document is None."""
        self._writer.start()
        try:
            while True:
                yield _decoded(self.connection.recv())
        except ConnectionClosed:
            return
        finally:
            self._outgoing.put(None)
            self._writer.join()

    def hang_up(self) -> None:
        """End after what is still to be sent."""
        self._outgoing.put(None)

    def _write(self) -> None:
        try:
            while (message := self._outgoing.get()) is not None:
                self.connection.send(message)
        except ConnectionClosed:
            return
        self.connection.close()

    def _encoded(self, document: Any) -> str | bytes:
        if self._is_packed:
            return msgpack.packb(_with_timestamps(document))
        text = json.dumps(document, separators=(",", ":"))
        return text.encode() if self._is_binary else text


def opened(sock: socket.socket, protocol: ServerProtocol, server: "Closing", refusal: int | None) -> Connection | None:
    """Shake hands, or refuse to."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection = Connection(sock, protocol, server, ping_interval=None, close_timeout=1)  # type: ignore[arg-type]

    def refuse(connection: ServerConnection, _request: Request) -> Response | None:
        return None if refusal is None else connection.respond(refusal, f'{{"message": "{refusal}"}}')

    connection.handshake(refuse, timeout=_OPENING)
    if connection.protocol.state.name == "OPEN":
        return connection
    close(connection)
    return None


def close(connection: Connection) -> None:
    """End it, and wait for the thread that reads."""
    connection.close_socket()
    connection.recv_events_thread.join()


def shut(sock: socket.socket, how: int = socket.SHUT_RDWR) -> None:
    try:
        sock.shutdown(how)
    except OSError:
        return  # it has ended by itself


class Closing:
    """What the websockets library wants to know of its server."""

    def __init__(self) -> None:
        self.socket_closed = Event()


def _decoded(message: str | bytes) -> Any:
    try:
        return json.loads(message)
    except ValueError:
        pass
    try:
        return msgpack.unpackb(message) if isinstance(message, bytes) else None
    except (ValueError, msgpack.UnpackException):
        return None


def _with_timestamps(document: Any) -> Any:
    """Market data's times are MessagePack's own."""
    if not isinstance(document, list):
        return document
    return [
        row | {"t": msgpack.Timestamp(*divmod(read_nanoseconds(row["t"]), _BILLION))} if "t" in row else row
        for row in document
    ]
