"""The one thread that talks to gateways: it owns the event loop and the library, and everyone else asks it to act."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from trenddojo.brokers.adapters.interactive_brokers.library import Library, load

T = TypeVar("T")
_START_SECONDS = 20.0
_GRACE = 2.0
"""Seconds that a caller waits beyond an act's own limit, for a loop that is busy with others."""


class Loop:
    """A thread with an event loop of its own, from its making until `stop`. What it runs is limited in time."""

    def __init__(self) -> None:
        self._ready: Future[Library] = Future()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._main, name="interactive-brokers", daemon=True)
        self._thread.start()
        self.library = self._ready.result(_START_SECONDS)

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._thread.is_alive()

    def run(self, act: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T:
        """Run `act` on the loop, and wait for it. Raises TimeoutError after `seconds`, and what `act` raises.

        What timed out is cancelled, and leaves nothing behind on the loop.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("the loop's own thread would wait for itself")
        asked = asyncio.run_coroutine_threadsafe(_limited(act, seconds), self._loop)
        try:
            return asked.result(seconds + _GRACE)
        except TimeoutError as error:
            asked.cancel()
            raise TimeoutError(f"no answer within {seconds:g} s") from error

    def stop(self) -> None:
        """End the thread; what is waited for on it is cancelled."""
        if self.is_alive:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_START_SECONDS)

    def _main(self) -> None:
        asyncio.set_event_loop(
            self._loop
        )  # before the import: ib_insync asks for the thread's loop, not the running one
        try:
            self._ready.set_result(load())
        except ImportError as error:
            self._loop.close()
            self._ready.set_exception(error)
            return
        try:
            self._loop.run_forever()
        finally:
            self._close()

    def _close(self) -> None:
        left = asyncio.all_tasks(self._loop)
        for one in left:
            one.cancel()
        if left:
            self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()


async def _limited(act: Callable[[], Awaitable[T]], seconds: float) -> T:
    return await asyncio.wait_for(act(), seconds)


_guard = threading.Lock()
_shared: Loop | None = None


def shared() -> Loop:
    """The process's one loop, begun when it is first asked for, and anew should it have ended."""
    global _shared  # noqa: PLW0603 - one per process, as the library wants it
    with _guard:
        if _shared is None or not _shared.is_alive:
            _shared = Loop()
        return _shared
