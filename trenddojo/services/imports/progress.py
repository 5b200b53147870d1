"""How far a stage is, written down now and then for whoever looks; and whether it was called off meanwhile."""

from collections.abc import Callable
from uuid import UUID

from trenddojo.domain.terms import ImportStatus
from trenddojo.services.ending import is_ending
from trenddojo.store import imports
from trenddojo.store.database import Unavailable

_EVERY_SECONDS = 0.4


class Stopped(Exception):
    """The import was discarded, is in other hands, or the process ends: leave it."""


class Teller:
    """Takes the progress of one stage. Raises Stopped where the import is not in `status` any more,
    and where the process ends."""

    def __init__(self, import_id: UUID, status: ImportStatus, monotonic: Callable[[], float]) -> None:
        self._import_id, self._status, self._monotonic = import_id, status, monotonic
        self._next = float("-inf")

    def __call__(self, done: int, total: int) -> None:
        """Write down that `done` of `total` are done, unless that was a moment ago."""
        if is_ending():
            raise Stopped
        now = self._monotonic()
        if now < self._next:
            return
        self._next = now + _EVERY_SECONDS
        try:
            is_ours = imports.advance(self._import_id, self._status, done, total)
        except Unavailable:
            return  # somebody else writes: the work itself need not wait for that
        if not is_ours:
            raise Stopped
