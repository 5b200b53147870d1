"""Websocket servers on this machine whose side of the talk the test itself speaks."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from queue import Queue
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.sync.server import ServerConnection, serve

LONG = 10.0
"""Seconds after which something that should have happened has not."""

_log = logging.getLogger(__name__)
_log.setLevel(logging.CRITICAL)  # what the other end logs is for no test to look at


class Peer:
    """The server's end of a connection."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection

    def hear(self) -> Any:
        """The next message, which is JSON."""
        return json.loads(self._connection.recv(LONG))

    def say(self, message: object, *, is_binary: bool = False) -> None:
        text = json.dumps(message)
        self._connection.send(text.encode() if is_binary else text)

    def send(self, message: str | bytes) -> None:
        self._connection.send(message)

    def close(self) -> None:
        self._connection.close()

    def hears_nothing(self) -> bool:
        """Whether the other end closes it without a further word."""
        try:
            self._connection.recv(LONG)
        except ConnectionClosed:
            return True
        return False

    def is_closed(self) -> bool:
        """Whether the other end has closed it, or does so before long."""
        return self._connection.wait_closed(LONG)

    @property
    def close_code(self) -> int | None:
        return self._connection.close_code


class Server:
    """Takes connections, of which each next one may be `refused` with a status, for the test to speak on."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.refused: deque[int] = deque()
        self.away: str | None = None
        self.upgrades = 0
        self.on_upgrade: Callable[[], None] = lambda: None
        self._peers: Queue[Peer] = Queue()
        self._server = serve(
            self._hold, "127.0.0.1", 0, ssl=tls, process_request=self._judge, close_timeout=0.2, logger=_log
        )
        self.port = self._server.socket.getsockname()[1]
        self.url = f"{'ws' if tls is None else 'wss'}://127.0.0.1:{self.port}/stream"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def peer(self) -> Peer:
        """The next connection."""
        return self._peers.get(timeout=LONG)

    def has_more(self) -> bool:
        return not self._peers.empty()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join(LONG)

    def _hold(self, connection: ServerConnection) -> None:
        self._peers.put(Peer(connection))
        connection.wait_closed()

    def _judge(self, connection: ServerConnection, _request: Request) -> Response | None:
        self.upgrades += 1
        self.on_upgrade()
        if not self.refused:
            return None
        response = connection.respond(HTTPStatus(self.refused.popleft()), "no")
        if self.away is not None:
            response.headers["Location"] = self.away
        return response


@contextmanager
def a_server(tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    made = Server(tls)
    try:
        yield made
    finally:
        made.stop()


def a_certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS for this machine, and the file by which it is trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    trusted, secret = folder / "certificate.pem", folder / "key.pem"
    trusted.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, secret)
    return context, trusted


@contextmanager
def a_dead_server() -> Iterator[tuple[str, Queue[socket.socket]]]:
    """A server that upgrades connections and then neither reads nor writes, pongs included; its address, and a queue of
    its connections."""
    listener = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []
    upgraded: Queue[socket.socket] = Queue()

    def serve_all() -> None:
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            held.append(connection)
            protocol = ServerProtocol()
            protocol.receive_data(connection.recv(65536))
            (request,) = protocol.events_received()
            assert isinstance(request, Request)
            protocol.send_response(protocol.accept(request))
            connection.sendall(b"".join(protocol.data_to_send()))
            upgraded.put(connection)

    thread = threading.Thread(target=serve_all, daemon=True)
    thread.start()
    try:
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/stream", upgraded
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(LONG)
        for one in held:
            one.close()
