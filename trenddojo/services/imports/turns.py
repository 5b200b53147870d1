"""Turns at writing. SQLite has one writer, and who waits for it only looks again every tenth of a second
(https://www.sqlite.org/src/file/src/main.c, sqliteDefaultBusyCallback): work that writes again at once starves them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from trenddojo.store.database import db

FREE = 0.11
"""Seconds for which the database is left to others between two turns."""
HELD = 0.4
"""Seconds of writing after which the database is left: whoever waits does not wait much longer than that."""


class Turns:
    """One piece of work's turns. Between them it may compute, which counts as leaving the database to others."""

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._monotonic, self._sleep = monotonic, sleep
        self._held, self._ended = 0.0, float("-inf")
        self._is_shared = db.engine.dialect.name == "sqlite"

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and commit what is written inside."""
        if self._is_shared and self._held >= HELD:
            self._sleep(max(self._ended + FREE - self._monotonic(), 0))
            self._held = 0.0
        begun = self._monotonic()
        yield
        db.session.commit()
        self._ended = self._monotonic()
        self._held += self._ended - begun
