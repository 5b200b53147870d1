"""The gateway's port: accepts connections, and gives what comes on each to whoever serves it."""

import socket
from collections.abc import Callable
from threading import Lock, Thread, current_thread

Serve = Callable[[socket.socket], None]
_HOST = "127.0.0.1"


class Server:
    """A thread for the port, and one for each connection, in which `serve` runs until it returns."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._lock = Lock()
        self._workers: set[Thread] = set()
        self._socket = _bound(0)
        self.port: int = self._socket.getsockname()[1]
        self._listener: Thread | None = None

    def listen(self) -> None:
        """Begin to accept connections; before, they are refused."""
        if self._listener is None:
            self._socket.listen(64)
            self._listener = Thread(target=self._accept, args=(self._socket,), daemon=True)
            self._listener.start()

    def refuse(self) -> None:
        """Refuse connections from now on, and keep the port."""
        self._close()
        self._socket = _bound(self.port)

    def move(self) -> None:
        """Listen on another port from now on."""
        self._close()
        self._socket = _bound(0)
        self.port = self._socket.getsockname()[1]
        self.listen()

    def stop(self) -> None:
        """Wait for all threads; their connections have ended."""
        self._close()
        with self._lock:
            workers = list(self._workers)
        for worker in workers:
            worker.join()

    def _close(self) -> None:
        if self._listener is not None:
            self._socket.shutdown(socket.SHUT_RDWR)
            self._listener.join()
            self._listener = None
        self._socket.close()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return  # it was closed
            worker = Thread(target=self._work, args=(connection,), daemon=True)
            with self._lock:
                self._workers.add(worker)
            worker.start()

    def _work(self, connection: socket.socket) -> None:
        try:
            self._serve(connection)
        finally:
            connection.close()
            with self._lock:
                self._workers.discard(current_thread())


def _bound(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((_HOST, port))
    return made
