"""Turns at writing. SQLite has one writer, and who waits for it only looks again every tenth of a second
(https://www.sqlite.org/src/file/src/main.c, sqliteDefaultBusyCallback): work that writes again at once starves them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from trenddojo.store.database import db

FREE = 0.11
"""Seconds for which the database is left to others between two turns."""
AT_ONCE = 6
"""Turns that need no waiting: a small import is over before anybody starves."""


class Turns:
    """One piece of work's turns. Between them it may compute, which counts as leaving the database to others."""

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._monotonic, self._sleep = monotonic, sleep
        self._count, self._ended = 0, float("-inf")
        self._is_shared = db.engine.dialect.name == "sqlite"

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and commit what is written inside."""
        left = self._ended + FREE - self._monotonic()
        if self._is_shared and self._count >= AT_ONCE and left > 0:
            self._sleep(left)
        yield
        db.session.commit()
        self._count, self._ended = self._count + 1, self._monotonic()
