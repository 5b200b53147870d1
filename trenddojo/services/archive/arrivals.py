"""Archives on their way in: sent by a person, brought in by a job, one at a time, while whoever sent it may watch.

They live in the memory of the server's one process. When that ends, an archive under way leaves nothing behind, and is
sent again.
"""

import shutil
import tempfile
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import IO
from uuid import UUID

from flask import current_app

from trenddojo.domain.terms import Role
from trenddojo.services.archive.bad import BadArchive
from trenddojo.services.archive.bringing import FIELD, VIEWERS, Brought, bring
from trenddojo.services.archive.course import Stage
from trenddojo.services.archive.reading import opened
from trenddojo.services.ending import is_ending
from trenddojo.services.errors import Conflict, Forbidden, Invalid, ServiceError
from trenddojo.store import people
from trenddojo.store.models import Source, User
from trenddojo.store.origin import Actor, Origin, acting

_EXTENSION = "archives_arriving"
JOB = "archives"
BROKE_OFF = "It broke off; the server's log says why. Nothing was brought in."
NOBODY = "Whoever sent it may not bring anything in any more."
UNDER_WAY = "An archive of yours is on its way in. Wait for it."


@dataclass(frozen=True, slots=True)
class Arrival:
    """An archive that somebody sent, by its file's name: `done` of `total` of a stage, until it brought something or
    ended with `error`."""

    name: str
    stage: Stage = Stage.WAITING
    done: int = 0
    total: int = 0
    brought: Brought | None = None
    error: str = ""

    @property
    def is_over(self) -> bool:
        """Whether it came to an end, good or bad."""
        return self.brought is not None or bool(self.error)


class Stopped(Exception):
    """The process is about to end."""


class Arrivals:
    """The arrivals of one process, by person. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[UUID, Arrival] = {}
        self._files: OrderedDict[UUID, IO[bytes]] = OrderedDict()

    def add(self, user_id: UUID, name: str, file: IO[bytes]) -> None:
        """Let a file wait for its turn. Raises Conflict while the person's last one is under way."""
        with self._lock:
            if user_id in self._known and not self._known[user_id].is_over:
                raise Conflict(UNDER_WAY)
            self._known[user_id], self._files[user_id] = Arrival(name), file

    def of(self, user_id: UUID) -> Arrival | None:
        """The person's last one."""
        with self._lock:
            return self._known.get(user_id)

    def take(self) -> tuple[UUID, IO[bytes]] | None:
        """The one that has waited longest, and whose it is."""
        with self._lock:
            return self._files.popitem(last=False) if self._files else None

    def move(self, user_id: UUID, stage: Stage, done: int, total: int) -> None:
        """It got this far."""
        with self._lock:
            self._known[user_id] = replace(self._known[user_id], stage=stage, done=done, total=total)

    def end(self, user_id: UUID, *, brought: Brought | None = None, error: str = "") -> None:
        """It is over."""
        with self._lock:
            self._known[user_id] = replace(self._known[user_id], brought=brought, error=error)

    def forget(self, user_id: UUID) -> None:
        """The person has seen how it ended."""
        with self._lock:
            if user_id in self._known and self._known[user_id].is_over:
                del self._known[user_id]


def arrivals() -> Arrivals:
    """The arrivals of the running application."""
    found = current_app.extensions.setdefault(_EXTENSION, Arrivals())
    if not isinstance(found, Arrivals):
        raise TypeError("the arrivals were replaced by something else")
    return found


def send(user: User, name: str, sent: IO[bytes]) -> None:
    """Let an archive that a person sent wait for the job, in a file of its own.

    Raises Forbidden for a person who may only look, Conflict while another of theirs is under way, and Invalid for a
    file that is none of TrendDojo's at first sight.
    """
    if user.role is Role.VIEWER:
        raise Forbidden(VIEWERS)
    try:
        with opened(sent):
            pass
    except BadArchive as error:
        raise Invalid({FIELD: f"{error} Nothing was brought in."}) from None
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the job closes it
    sent.seek(0)
    shutil.copyfileobj(sent, file)
    try:
        arrivals().add(user.id, name, file)
    except Conflict:
        file.close()
        raise


def work_off(now: datetime) -> int:
    """Bring in all that waits: how many."""
    waiting, count = arrivals(), 0
    while taken := waiting.take():
        count += 1
        with taken[1] as file:
            _bring(waiting, taken[0], file, now)
    return count


def _bring(waiting: Arrivals, user_id: UUID, file: IO[bytes], now: datetime) -> None:
    def tell(stage: Stage, done: int, total: int) -> None:
        if is_ending():
            raise Stopped
        waiting.move(user_id, stage, done, total)

    person, brought, error = people.user_by_id(user_id), None, BROKE_OFF
    try:
        if person is None or not person.is_active:
            error = NOBODY
            return
        with acting(Origin(Source.JOB, JOB, Actor(person.id, person.name))):
            brought, error = bring(person, file, now, tell=tell), ""
    except ServiceError as refusal:
        error = refusal.message
    except Stopped:
        return
    finally:
        waiting.end(user_id, brought=brought, error=error)
