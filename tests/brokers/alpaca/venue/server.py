"""The HTTP server: keep-alive, a thread a connection, each answer in one write. Websockets come to the same port."""

import socket
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread, current_thread
from typing import Any

from tests.brokers.alpaca.venue.faults import Faults
from tests.brokers.alpaca.venue.wire import Asked, Reply, read_request

_POLL = 0.01


class HttpServer(ThreadingHTTPServer):
    """Tells `arrived` of every request and answers with what `answer` returns; websockets are given to `take_over`."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        arrived: Callable[[Asked], None],
        answer: Callable[[Asked], Reply],
        headers: Callable[[Reply], dict[str, str]],
        faults: Faults,
        is_websocket: Callable[[str], bool],
        take_over: Callable[[socket.socket], None],
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.arrived = arrived
        self.answer = answer
        self.headers = headers
        self.faults = faults
        self._is_websocket = is_websocket
        self._take_over = take_over
        self._lock = Lock()
        self._sockets: set[socket.socket] = set()
        self._workers: set[Thread] = set()
        self._thread = Thread(target=self.serve_forever, args=(_POLL,), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End every connection, and wait for the threads."""
        self.shutdown()
        self._thread.join()
        self.faults.close()
        with self._lock:
            sockets, workers = list(self._sockets), list(self._workers)
        for one in sockets:
            _shut(one)
        for worker in workers:
            worker.join()
        self.server_close()

    def drop_all(self) -> None:
        """Cut every connection that is open now."""
        with self._lock:
            sockets = list(self._sockets)
        for one in sockets:
            _shut(one)

    def process_request(self, request: Any, client_address: Any) -> None:
        worker = Thread(target=self._work, args=(request, client_address), daemon=True)
        with self._lock:
            self._sockets.add(request)
            self._workers.add(worker)
        worker.start()

    def _work(self, request: socket.socket, client_address: Any) -> None:
        try:
            first = request.recv(256, socket.MSG_PEEK).decode("latin-1").split(" ", 2)
            if len(first) > 1 and first[0] == "GET" and self._is_websocket(first[1].partition("?")[0]):
                self._take_over(request)
            else:
                self.process_request_thread(request, client_address)
        except OSError:
            self.shutdown_request(request)
        finally:
            with self._lock:
                self._sockets.discard(request)
                self._workers.discard(current_thread())

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone is no error."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: HttpServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        length = int(self.headers["Content-Length"] or 0)
        asked = read_request(self.command, self.path, dict(self.headers.items()), self.rfile.read(length))
        self.server.arrived(asked)
        fault = self.server.faults.take(asked)
        if fault is None:
            self.send(b"".join(self.encoded(self.server.answer(asked))))
        else:
            fault.play(self, lambda: self.server.answer(asked))

    do_POST = do_PATCH = do_DELETE = do_PUT = do_GET  # noqa: N815 - the names are http.server's

    def send(self, data: bytes) -> None:
        self.wfile.write(data)

    def encoded(self, reply: Reply) -> tuple[bytes, bytes]:
        return reply.encoded(self.server.headers(reply))

    def hang_up(self) -> None:
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged."""


def _shut(one: socket.socket) -> None:
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it has ended by itself
