"""Which accounts are to be followed at once, because their brokers said that something became of an order.

A nudge is only a hint: what happened is asked by an ordinary pass, so that the same fill is never booked from two
sources. Nudges are bounded, because each costs a pass of requests that the broker counts.
"""

from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

from flask import Flask

EXTENSION = "order_nudges"
AT_MOST, WITHIN = 20, timedelta(seconds=30)
"""How many passes an account's nudges may cause, in any stretch of time this long."""

Key = tuple[UUID, str]
"""A connection, and an account's id at its broker."""


class Nudges:
    """The nudges of one process. Thread-safe. `wake` is called with each, from the thread that brought it."""

    def __init__(self) -> None:
        self.wake: Callable[[], None] = lambda: None
        self._lock = Lock()
        self._waiting: set[Key] = set()
        self._taken: defaultdict[Key, deque[datetime]] = defaultdict(lambda: deque(maxlen=AT_MOST))

    def nudge(self, connection_id: UUID, account_id: str) -> None:
        """Something became of an order of this account."""
        with self._lock:
            self._waiting.add((connection_id, account_id))
        self.wake()

    def take(self, connection_id: UUID, account_id: str, now: datetime) -> bool:
        """Whether an account was nudged and may be followed for it now; one that may not yet goes on waiting."""
        key = (connection_id, account_id)
        with self._lock:
            taken = self._taken[key]
            if key not in self._waiting or (len(taken) == AT_MOST and taken[0] <= now < taken[0] + WITHIN):
                return False
            self._waiting.discard(key)
            taken.append(now)
            return True


def nudges(app: Flask) -> Nudges:
    """The nudges of an application."""
    found = app.extensions.setdefault(EXTENSION, Nudges())
    if not isinstance(found, Nudges):
        raise TypeError("the nudges were replaced by something else")
    return found
