"""A broker's live events, kept coming: one connection at a time, made anew by itself when it is lost.

What is said on a connection is a `Talk`, which does no I/O; a `Stream` carries talks out in a thread of its own.
"""

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from threading import Event, Lock, Thread

from trenddojo.brokers.backoff import BackOff
from trenddojo.brokers.types import StreamState
from trenddojo.brokers.websocket import Line, Patience, StreamEnded, open_line

__all__ = ["RECONNECTING", "Patience", "Stream", "StreamEnded", "Talk"]

RECONNECTING = BackOff(base=1.0, cap=60.0)

_logger = logging.getLogger(__name__)


class Talk(ABC):
    """What is said on one connection. `more` may be called from another thread than everything else."""

    @property
    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the server has let us in and tells us what happens."""

    @property
    def shortfall(self) -> str | None:
        """What does not come although the stream is live, as a sentence."""
        return None

    def opening(self) -> Sequence[str]:
        """What to send once connected."""
        return ()

    @abstractmethod
    def hear(self, message: str | bytes) -> Sequence[str]:
        """Take a message, and answer what to send in reply. Raises StreamEnded where the server refuses."""

    def more(self) -> Sequence[str]:
        """What to send now, unasked; nothing as long as it is not ready."""
        return ()


@dataclass(slots=True)
class _Call:
    """A talk on its connection. `ready_at` is when it became ready, in seconds of the stream's own clock."""

    line: Line
    talk: Talk
    ready_at: float | None = None


class Stream:
    """Keeps a broker's events coming, over a connection that is made anew with back-off until `stop`.

    `name` is for sentences, such as "Alpaca's stream of orders". `hosts` are the only ones that it reaches, over TLS
    unless they are this machine. `talk` makes what is said on each connection. `on_ready` is called each time that
    events begin to come: some may have been missed before. These two, and what `talk` makes, are called from the
    stream's thread and must not raise: what does ends the thread, as bugs do, and another makes the connection anew.
    """

    def __init__(
        self,
        name: str,
        url: str,
        hosts: Collection[str],
        talk: Callable[[], Talk],
        *,
        clock: Callable[[], datetime],
        on_ready: Callable[[], None] = lambda: None,
        random: Random | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        backoff: BackOff = RECONNECTING,
        patience: Patience | None = None,
    ) -> None:
        self._name, self._url, self._hosts, self._talk = name, url, frozenset(hosts), talk
        self._clock, self._on_ready, self._random = clock, on_ready, random or Random()
        self._monotonic, self._backoff, self._patience = monotonic, backoff, patience or Patience()
        self._lock = Lock()
        self._ending: Event | None = None
        self._thread: Thread | None = None
        self._call: _Call | None = None
        self._state = self._at_rest()

    def __repr__(self) -> str:
        return f"Stream({self._name}: {', '.join(sorted(self._hosts))})"

    @property
    def state(self) -> StreamState:
        """How it stands; `error` is why the last connection ended, or what does not come on the one that is live."""
        with self._lock:
            state, call = self._state, self._call
        return replace(state, error=call.talk.shortfall) if state.is_live and call is not None else state

    def start(self) -> None:
        """Begin. Does nothing while it runs, nor where it is over, until `stop` was called."""
        with self._lock:
            if self._ending is not None:
                return
            self._ending, self._state = Event(), self._at_rest()
            self._begin(self._ending)

    def _begin(self, ending: Event, failures: int = 0) -> None:
        """A thread for the stream, after that many failures; called with the lock held."""
        self._thread = Thread(target=self._run, args=(ending, self._thread, failures), name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, at once also between connections. May be called from any thread, and twice; waits for nobody.

        What is just being told is told to its end; nothing is told after it.
        """
        with self._lock:
            ending, call = self._ending, self._call
            self._ending = self._call = None
            self._state = self._at_rest()
        if ending is not None:
            ending.set()
        if call is not None:  # in a thread, because leave is taken by an exchange with the server
            Thread(target=call.line.close, name=f"{self._name}: end", daemon=True).start()

    def prompt(self) -> None:
        """Send what the present talk has `more` to say; may be called from any thread."""
        with self._lock:
            call = self._call
        if call is not None:
            with suppress(StreamEnded):  # the talk on the next connection says it
                call.line.say(call.talk.more())

    def _run(self, ending: Event, before: Thread | None, failures: int) -> None:
        if before is not None:  # where a broker allows one connection, it should have seen the end of the old one
            before.join(2.0 * self._patience.closing)
        if failures:
            ending.wait(self._backoff.wait(failures, self._random))
        is_proven = False
        try:
            self._keep_coming(ending)
            is_proven = True
        finally:
            if not is_proven:
                self._succeed(ending)

    def _succeed(self, ending: Event) -> None:
        """A bug ends this thread, and is told as that of any thread; another one goes on."""
        if self._is_tried_again(ending, StreamEnded(f"What came by {self._name} could not be taken in.")):
            with self._lock:
                self._begin(ending, failures=1)

    def _keep_coming(self, ending: Event) -> None:
        failures = 0
        while not ending.is_set():
            end, was_good = self._attempt(ending)
            failures = 1 if was_good else failures + 1
            if not self._is_tried_again(ending, end):
                return
            ending.wait(self._backoff.wait(failures, self._random))

    def _attempt(self, ending: Event) -> tuple[StreamEnded, bool]:
        """One connection from its opening to its end: why it ended, and whether it had proven good before."""
        call: _Call | None = None
        try:
            with open_line(self._name, self._url, self._hosts, self._patience) as line:
                call = _Call(line, self._talk())
                end = self._converse(ending, call)
        except StreamEnded as refusal:
            end = refusal
        return end, call is not None and self._was_good(call)

    def _converse(self, ending: Event, call: _Call) -> StreamEnded:
        """Talk until it ends, and answer why: a refusal that is raised would look to the server like our failure."""
        with self._lock:
            if self._ending is ending:
                self._call = call
        began = self._monotonic()
        try:
            if not ending.is_set():
                call.line.say(call.talk.opening())
            while not ending.is_set():
                message = call.line.next()
                if message is not None and not ending.is_set():
                    call.line.say(call.talk.hear(message))
                self._look_whether_ready(ending, call, began)
        except StreamEnded as end:
            return end
        return StreamEnded(f"{self._name} was stopped.")

    def _look_whether_ready(self, ending: Event, call: _Call, began: float) -> None:
        if call.ready_at is not None:
            return
        now = self._monotonic()
        if call.talk.is_ready:
            call.ready_at = now
            self._tell_ready(ending)
        elif now - began >= self._patience.ready:
            raise StreamEnded(f"{self._name} did not let us in within {self._patience.ready:g} seconds.")

    def _was_good(self, call: _Call) -> bool:
        """Whether it was ready for long enough to count as one that works."""
        return call.ready_at is not None and self._monotonic() - call.ready_at >= self._patience.settled

    def _tell_ready(self, ending: Event) -> None:
        with self._lock:
            if self._ending is not ending:
                return
            self._state = StreamState(is_live=True, error=None, since=self._clock())
        _logger.info("%s is live.", self._name)
        self._on_ready()

    def _is_tried_again(self, ending: Event, end: StreamEnded) -> bool:
        """Take note of an end; answers whether to connect anew."""
        with self._lock:
            if self._ending is not ending:
                return False
            before, self._call = self._state, None
            since = self._clock() if before.is_live or end.is_over else before.since
            self._state = StreamState(is_live=False, error=end.message, since=since, is_over=end.is_over)
        _logger.log(logging.WARNING if end.is_over else logging.INFO, "%s", end.message)
        return not end.is_over

    def _at_rest(self) -> StreamState:
        return StreamState(is_live=False, error=None, since=self._clock())
