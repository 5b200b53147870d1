"""The one way to a broker over a websocket: only to the hosts of the mode, without proxies, telling no secret."""

import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from socket import create_connection
from ssl import SSLError
from threading import Event
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from trenddojo.brokers.hosts import LOOPBACK

_LARGEST_MESSAGE = 4 * 2**20
"""Bytes; a longer message ends the connection."""
_LISTENS = 3
"""How often a silence is looked at before it is too long."""
_REFUSED_FOR_GOOD = frozenset({401, 402, 403})
"""What an upgrade is refused with that is the same the next time."""

_frames = logging.getLogger(f"{__name__}.frames")
_frames.setLevel(logging.WARNING)  # below that the library writes down what is sent, keys and all


class StreamEnded(Exception):
    """A connection is over; `message` is a plain sentence without secrets. `is_over`: it would be the same again."""

    def __init__(self, message: str, *, is_over: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.is_over = is_over


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds: to connect in, to be let in, without a sign of life, until a connection has proven good, to close in."""

    opening: float = 10.0
    ready: float = 15.0
    stale: float = 45.0
    settled: float = 60.0
    closing: float = 1.0


class Line:
    """An open connection. `next` is for one thread, `say` and `close` are for any."""

    def __init__(self, name: str, connection: ClientConnection, stale: float) -> None:
        self._name, self._connection, self._stale = name, connection, stale
        self._silences = 0
        self._pong: Event | None = None

    def next(self) -> str | bytes | None:
        """The next message, or None where a while has passed without one.

        Raises StreamEnded where the connection is lost, and where neither a message nor a pong came for too long.
        """
        try:
            message = self._connection.recv(timeout=self._stale / _LISTENS)
        except TimeoutError:
            self._mind_silence()
            return None
        except ConnectionClosed:
            raise self._lost() from None
        self._silences = 0
        return message

    def say(self, texts: Sequence[str]) -> None:
        """Send texts. Raises StreamEnded where the connection is lost."""
        try:
            for text in texts:
                self._connection.send(text)
        except ConnectionClosed:
            raise self._lost() from None

    def close(self) -> None:
        """Take leave of the server, within the time for it; does nothing on a connection that is lost."""
        self._connection.close()

    def _mind_silence(self) -> None:
        """Ask for a sign of life at the first silence, and for another when it came."""
        if self._pong is not None and self._pong.is_set():
            self._silences, self._pong = 0, None
        self._silences += 1
        if self._silences >= _LISTENS:
            raise StreamEnded(f"{self._name} has been silent for {self._stale:g} seconds.")
        if self._pong is None:
            self._pong = self._asked()

    def _asked(self) -> Event:
        """What is set once a pong has come."""
        try:
            return self._connection.ping()
        except ConnectionClosed:
            raise self._lost() from None

    def _lost(self) -> StreamEnded:
        return StreamEnded(f"The connection to {self._name} was lost.")


@contextmanager
def open_line(name: str, url: str, hosts: Collection[str], patience: Patience) -> Iterator[Line]:
    """A connection to one of `hosts`, closed at the end. Raises StreamEnded where there is none.

    The TCP connection is made here, to the host that was checked: with one in hand the library asks no proxy, and
    follows no redirect to another host.
    """
    address = _permitted(name, url, hosts)
    with ExitStack() as stack:
        try:
            socket = stack.enter_context(create_connection(address, patience.opening))
            socket.settimeout(None)  # the library keeps times of its own
            opening = connect(
                url,
                sock=socket,
                proxy=None,
                open_timeout=patience.opening,
                ping_interval=None,  # a line asks for signs of life itself: messages are some, too
                close_timeout=patience.closing,
                max_size=_LARGEST_MESSAGE,
                logger=_frames,
            )
            connection = stack.enter_context(opening)
        except (OSError, EOFError, ValueError, WebSocketException) as error:
            raise _refusal(name, error) from None
        yield Line(name, connection, patience.stale)


def _permitted(name: str, url: str, hosts: Collection[str]) -> tuple[str, int]:
    """Host and port, of the mode and with nobody who could read along. Raises StreamEnded, for good."""
    with suppress(ValueError):
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "wss" else 80)
        is_private = parts.scheme == "wss" or (parts.scheme == "ws" and host in LOOPBACK)
        if is_private and host in hosts and parts.username is None and not parts.fragment:
            return host, port
        message = f"{name} is not reached at {parts.scheme}://{host} in this mode. Nothing was sent."
        raise StreamEnded(message, is_over=True)
    raise StreamEnded(f"The address of {name} cannot be read. Nothing was sent.", is_over=True)


def _refusal(name: str, error: Exception) -> StreamEnded:
    """What an opening that failed means, without the error's own text: it may repeat what the server said."""
    if isinstance(error, InvalidStatus):
        status = error.response.status_code
        if status in _REFUSED_FOR_GOOD:
            return StreamEnded(f"{name} is not open to these keys ({status}).", is_over=True)
        return StreamEnded(f"{name} does not open at the moment ({status}).")
    if isinstance(error, TimeoutError):
        return StreamEnded(f"{name} did not answer in time.")
    if isinstance(error, SSLError):
        return StreamEnded(f"{name} has no private connection: its certificate or its TLS fails.")
    if isinstance(error, OSError):
        return StreamEnded(f"{name} cannot be reached.")
    return StreamEnded(f"{name} did not open as a websocket does.")
