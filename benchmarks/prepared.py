"""A server that answers Alpaca's documents as they were prepared: python -m benchmarks.prepared prints its port.

One thread a connection, one send an answer. An order is echoed with its client's id; nothing is kept.
"""

import json
import re
import socket
import threading
from uuid import uuid4

from tests.brokers.alpaca import told

LISTED = 500
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_ID = re.compile(rb'"client_order_id": ?"([^"]+)"')


def _document(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


ACCOUNT, CLOCK, ORDER = _document(told.account()), _document(told.clock()), _document(told.order())
ORDERS = _document([told.order(id=str(uuid4()), client_order_id=f"bench-{number}") for number in range(LISTED)])


def answer(head: bytes, body: bytes) -> bytes:
    """The document for a request."""
    if head.startswith(b"POST"):
        found = _ID.search(body)
        return ORDER.replace(b"bot-7-0001", found[1] if found else b"")
    asked = head.partition(b"\r\n")[0]
    if b"/orders" in asked:
        return b"[]" if b"after" in asked else ORDERS  # nothing comes after all of them
    return CLOCK if b"/clock" in head else ACCOUNT


def serve(connection: socket.socket) -> None:
    """Answer one connection's requests until it ends."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    waiting = b""
    while True:
        while b"\r\n\r\n" not in waiting:
            if not (part := connection.recv(65536)):
                return
            waiting += part
        head, _, rest = waiting.partition(b"\r\n\r\n")
        found = _LENGTH.search(head)
        length = int(found[1]) if found else 0
        while len(rest) < length:
            rest += connection.recv(65536)
        document = answer(head, rest[:length])
        waiting = rest[length:]
        lines = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(document)
        connection.sendall(lines + document)


def main() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()
