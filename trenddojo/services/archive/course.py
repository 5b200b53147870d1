"""How far an import is."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

_EVERY = 1_000
"""Rows between two words."""


class Stage(StrEnum):
    """What becomes of an archive, one after the other."""

    WAITING = "waiting"
    READING = "reading"
    WRITING = "writing"
    RECKONING = "reckoning"


Tell = Callable[[Stage, int, int], None]
"""Takes a stage, and how many of its parts are done: rows, or while reckoning trades."""


@dataclass(slots=True)
class Course:
    """Counts what is done of a stage, and tells of it now and then. What `tell` raises ends the import."""

    tell: Tell = lambda _stage, _done, _total: None
    stage: Stage = Stage.WAITING
    done: int = 0
    total: int = 0
    _told: int = 0

    def begin(self, stage: Stage, total: int) -> None:
        """Another stage begins."""
        self.stage, self.done, self.total, self._told = stage, 0, total, 0
        self.tell(stage, 0, total)

    def step(self, count: int = 1) -> None:
        """So many more are done."""
        self.done += count
        if self.done - self._told >= _EVERY or self.stage is Stage.RECKONING:
            self._told = self.done
            self.tell(self.stage, self.done, self.total)
