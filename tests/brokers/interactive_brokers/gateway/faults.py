"""What goes wrong on the way, by script.

A fault is of a kind of message that clients send ("placeOrder", "reqPositions", "*") or, for `drop` and `mangle`, of
one that the gateway sends ("openOrder", "openOrderEnd"). The one that was added first is played first.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Protocol

from tests.brokers.interactive_brokers.gateway.asked import Asked
from tests.brokers.interactive_brokers.gateway.messages import Message
from tests.brokers.interactive_brokers.gateway.wire import frame

GARBAGE = b"\xff\xfe\x00GARBAGE\x00"
Do = Callable[[], Sequence[Message]]
Where = Callable[[Asked], bool]
Change = Callable[[tuple[Any, ...]], Iterable[Any]]


class Line(Protocol):
    """The connection that a message came on."""

    def answer(self, messages: Iterable[Message]) -> None:
        """Send messages."""

    def raw(self, data: bytes) -> None:
        """Send bytes as they are."""

    def hang_up(self, *, abort: bool = False) -> None: ...

    def hold(self, messages: Sequence[Message], after: int | None) -> None:
        """Send messages after so many more have come, None until `release`."""

    def refuse(self, request_id: int, code: int, text: str) -> None: ...


Play = Callable[[Line, Asked, Do], None]


@dataclass
class Fault:
    """Played on the next `times` messages that it fits; None is on all."""

    kind: str
    times: int | None
    play: Play
    where: Where

    def fits(self, asked: Asked) -> bool:
        return self.times != 0 and self.kind in (asked.kind, "*") and self.where(asked)


@dataclass
class Filter:
    """What becomes of messages of a name on their way out; `change` returns None for nothing."""

    name: str
    times: int | None
    change: Callable[[Message], bytes | None]

    def fits(self, message: Message) -> bool:
        return self.times != 0 and self.name in (message.name, "*")


@dataclass
class Faults:
    """A script."""

    _lock: Lock = field(default_factory=Lock)
    _faults: list[Fault] = field(default_factory=list)
    _filters: list[Filter] = field(default_factory=list)

    # --- the connection ends

    def lose_answer(
        self, kind: str, times: int | None = 1, *, abort: bool = False, where: Where | None = None
    ) -> Fault:
        """It is done, and the connection ends without an answer; with `abort` by a reset."""

        def play(line: Line, _asked: Asked, do: Do) -> None:
            do()
            line.hang_up(abort=abort)

        return self._add(kind, times, play, where)

    def lose_request(
        self, kind: str, times: int | None = 1, *, abort: bool = False, where: Where | None = None
    ) -> Fault:
        """The connection ends before anything is done."""
        return self._add(kind, times, lambda line, _asked, _do: line.hang_up(abort=abort), where)

    def cut(self, kind: str, times: int | None = 1, where: Where | None = None) -> Fault:
        """It is done; of the answer, all but the last frame's second half arrives before the connection ends."""

        def play(line: Line, _asked: Asked, do: Do) -> None:
            *whole, last = do()
            line.answer(whole)
            data = last.encoded()
            line.raw(data[: len(data) // 2])
            line.hang_up()

        return self._add(kind, times, play, where)

    # --- the connection stays

    def swallow(self, kind: str, times: int | None = 1, where: Where | None = None) -> Fault:
        """Nothing is done, and nothing answered."""
        return self._add(kind, times, lambda _line, _asked, _do: None, where)

    def never_answer(self, kind: str, times: int | None = 1, where: Where | None = None) -> Fault:
        """It is done, and its answer never comes."""

        def play(_line: Line, _asked: Asked, do: Do) -> None:
            do()

        return self._add(kind, times, play, where)

    def delay(self, kind: str, messages: int, times: int | None = 1, where: Where | None = None) -> Fault:
        """It is done; the answer comes once so many further messages of the client's have been answered."""
        return self._add(kind, times, lambda line, _asked, do: line.hold(do(), messages), where)

    def hold(self, kind: str, times: int | None = 1, where: Where | None = None) -> Fault:
        """It is done; the answer comes with `gateway.release()`."""
        return self._add(kind, times, lambda line, _asked, do: line.hold(do(), None), where)

    def refuse(self, kind: str, code: int, text: str, times: int | None = 1, where: Where | None = None) -> Fault:
        """Nothing is done but to answer an error."""
        return self._add(kind, times, lambda line, asked, _do: line.refuse(asked.id, code, text), where)

    def garbage(self, kind: str, data: bytes = GARBAGE, times: int | None = 1, where: Where | None = None) -> Fault:
        """It is done; instead of the answer comes a frame that is not of the protocol."""

        def play(line: Line, _asked: Asked, do: Do) -> None:
            do()
            line.raw(frame(data))

        return self._add(kind, times, play, where)

    def wrong_length(self, kind: str, times: int | None = 1, where: Where | None = None) -> Fault:
        """It is done; the answer begins with a length that is far too large, and nobody can tell what follows."""

        def play(line: Line, _asked: Asked, do: Do) -> None:
            line.raw(b"\x7f" + b"".join(message.encoded() for message in do())[1:])

        return self._add(kind, times, play, where)

    # --- single messages on their way out

    def drop(self, name: str, times: int | None = 1) -> Filter:
        """A message that the gateway sends is lost."""
        return self._filter(Filter(name, times, lambda _message: None))

    def mangle(self, name: str, change: Change, times: int | None = 1) -> Filter:
        """A message's fields, the first of which is its number, go through `change`."""
        return self._filter(Filter(name, times, lambda message: Message(name, tuple(change(message.fields))).encoded()))

    def repeat(self, name: str, times: int | None = 1) -> Filter:
        """A message is sent twice."""
        return self._filter(Filter(name, times, lambda message: message.encoded() * 2))

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()
            self._filters.clear()

    def take(self, asked: Asked) -> Fault | None:
        """The fault for a message, used up by one."""
        with self._lock:
            fault = next((fault for fault in self._faults if fault.fits(asked)), None)
            if fault is not None and fault.times is not None:
                fault.times -= 1
            return fault

    def sent(self, message: Message) -> bytes:
        """What of a message goes out."""
        with self._lock:
            found = next((one for one in self._filters if one.fits(message)), None)
            if found is None:
                return message.encoded()
            if found.times is not None:
                found.times -= 1
            return found.change(message) or b""

    def _add(self, kind: str, times: int | None, play: Play, where: Where | None) -> Fault:
        fault = Fault(kind, times, play, where or (lambda _asked: True))
        with self._lock:
            self._faults.append(fault)
        return fault

    def _filter(self, made: Filter) -> Filter:
        with self._lock:
            self._filters.append(made)
        return made
