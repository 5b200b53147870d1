"""What goes wrong on the way, by script."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Event, Lock
from typing import Any, Protocol

from tests.brokers.alpaca.venue.wire import Asked, Reply

BAD_GATEWAY = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>502 Bad Gateway</body>\r\n</html>\r\n"
FORBIDDEN = "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>nginx</body>\r\n</html>\r\n"
TOO_MANY = {"code": 42910000, "message": "rate limit exceeded"}


class Line(Protocol):
    """The connection that a request came on."""

    def send(self, data: bytes) -> None:
        """Raises OSError where nobody listens any more."""

    def encoded(self, reply: Reply) -> tuple[bytes, bytes]:
        """Head and body, with the headers that every answer has."""

    def hang_up(self) -> None:
        """Close it after what was sent."""


Do = Callable[[], Reply]
Play = Callable[[Line, Do], None]


@dataclass
class Fault:
    """Played on the next `times` requests that it fits; None is on all."""

    method: str
    path: re.Pattern[str]
    times: int | None
    play: Play

    def fits(self, asked: Asked) -> bool:
        return self.times != 0 and self.method in (asked.method, "*") and bool(self.path.search(asked.path))


class Faults:
    """A script; the fault that was added first is played first. `path` is a regular expression, `method` may be "*"."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._faults: list[Fault] = []
        self._events: list[Event] = []
        self._closed = False

    def lose_answer(self, method: str, path: str, times: int | None = 1) -> Fault:
        """The request is done, and the connection ends without an answer."""

        def play(line: Line, do: Do) -> None:
            do()
            line.hang_up()

        return self._add(method, path, times, play)

    def lose_request(self, method: str, path: str, times: int | None = 1) -> Fault:
        """The connection ends before anything is done."""
        return self._add(method, path, times, lambda line, _do: line.hang_up())

    def refuse(
        self,
        method: str,
        path: str,
        status: int,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        times: int | None = 1,
    ) -> Fault:
        """Answer this instead of doing it; a text is sent as HTML, anything else as JSON."""

        def play(line: Line, _do: Do) -> None:
            text = body if isinstance(body, str) else None
            reply = Reply(status, None if text is not None else body, text, dict(headers or {}))
            _send(line, reply)

        return self._add(method, path, times, play)

    def bad_gateway(
        self, method: str, path: str, status: int = 502, *, done: bool = False, times: int | None = 1
    ) -> Fault:
        """A gateway's HTML instead of the answer; with `done`, the request was done behind it."""

        def play(line: Line, do: Do) -> None:
            if done:
                do()
            _send(line, Reply(status, text=BAD_GATEWAY))

        return self._add(method, path, times, play)

    def too_many(
        self, method: str = "*", path: str = "", retry_after: str | None = None, times: int | None = 1
    ) -> Fault:
        """429, with Retry-After where given."""
        headers = {} if retry_after is None else {"Retry-After": retry_after}
        return self.refuse(method, path, 429, TOO_MANY, headers, times)

    def forbid(self, method: str = "*", path: str = "", times: int | None = 1) -> Fault:
        """The gateway's 403 as HTML."""
        return self.refuse(method, path, 403, FORBIDDEN, times=times)

    def redirect(self, method: str, path: str, location: str, status: int = 302, times: int | None = 1) -> Fault:
        return self.refuse(method, path, status, "", {"Location": location}, times)

    def cut_body(self, method: str, path: str, times: int | None = 1) -> Fault:
        """The request is done; of the answer, half of the body arrives."""

        def play(line: Line, do: Do) -> None:
            head, body = line.encoded(do())
            line.send(head + body[: len(body) // 2])
            line.hang_up()

        return self._add(method, path, times, play)

    def drip(self, method: str, path: str, seconds: float, released: Event, times: int | None = 1) -> Fault:
        """The body arrives one byte every so many seconds, until released."""

        def play(line: Line, do: Do) -> None:
            head, body = line.encoded(do())
            line.send(head)
            for place in range(len(body)):
                released.wait(seconds)
                line.send(body[place : place + 1])

        return self._add(method, path, times, play, released)

    def hang(self, method: str, path: str, released: Event, *, done: bool = True, times: int | None = 1) -> Fault:
        """No answer until released; the request is done before, or with `done` false after that."""

        def play(line: Line, do: Do) -> None:
            reply = do() if done else None
            released.wait()
            if not self._closed:
                _send(line, reply or do())

        return self._add(method, path, times, play, released)

    def mangle(self, method: str, path: str, change: Callable[[Any], Any], times: int | None = None) -> Fault:
        """The answer's document goes through `change`, which returns what is sent instead."""

        def play(line: Line, do: Do) -> None:
            reply = do()
            reply.document = change(reply.document)
            _send(line, reply)

        return self._add(method, path, times, play)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def take(self, asked: Asked) -> Fault | None:
        """The fault for a request, used up by one."""
        with self._lock:
            fault = next((fault for fault in self._faults if fault.fits(asked)), None)
            if fault is not None and fault.times is not None:
                fault.times -= 1
            return fault

    def close(self) -> None:
        """Release all that waits."""
        with self._lock:
            self._closed = True
            for event in self._events:
                event.set()

    def _add(self, method: str, path: str, times: int | None, play: Play, *events: Event) -> Fault:
        fault = Fault(method, re.compile(path), times, play)
        with self._lock:
            self._faults.append(fault)
            self._events.extend(events)
        return fault


def _send(line: Line, reply: Reply) -> None:
    line.send(b"".join(line.encoded(reply)))
