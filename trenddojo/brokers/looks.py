"""Looking at many connections side by side, so that those that hang hold up nobody."""

from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Lock
from uuid import UUID


class Looks:
    """Runs one look at a connection at a time, and a few connections at once. Thread-safe.

    At most `places` looks run side by side. When none of them has ended within `lull` seconds, they are left to
    themselves, each in a thread of its own, and their places go to the next. A connection is not looked at again
    before its last look has ended. `most` bounds the threads.
    """

    def __init__(self, lull: float, places: int = 8, most: int = 256) -> None:
        self._lull, self._places = lull, places
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="brokers")
        self._lock = Lock()
        self._running: dict[UUID, Future[None]] = {}
        self._bugs: list[BaseException] = []
        self._is_closed = False

    def run(self, looks: Mapping[UUID, Callable[[], None]]) -> None:
        """Take these looks, in order; returns when all have ended but those that hang.

        Raises ExceptionGroup of what looks raised since the last time, once every look was taken.
        """
        waiting = deque(looks.items())
        fresh: set[Future[None]] = set()
        while waiting or fresh:
            while waiting and len(fresh) < self._places:
                fresh |= self._begun(*waiting.popleft())
            ended, still = wait(fresh, timeout=self._lull, return_when=FIRST_COMPLETED)
            fresh = still if ended else set()
        if bugs := self._raised():
            raise BaseExceptionGroup("looking at broker connections", bugs)

    def close(self) -> None:
        """Begin no more looks, also not for a run that is under way."""
        with self._lock:
            self._is_closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _begun(self, key: UUID, look: Callable[[], None]) -> set[Future[None]]:
        with self._lock:
            self._sweep()
            if self._is_closed or key in self._running:
                return set()
            future = self._running[key] = self._pool.submit(look)
            return {future}

    def _raised(self) -> list[BaseException]:
        with self._lock:
            self._sweep()
            bugs, self._bugs = self._bugs, []
            return bugs

    def _sweep(self) -> None:
        for key, future in tuple(self._running.items()):
            if future.done():
                del self._running[key]
                bug = None if future.cancelled() else future.exception()
                self._bugs += [bug] if bug is not None else []
