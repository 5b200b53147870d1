"""Who acts, and from where: set at the edge that an act comes in by, read when the act is written to the audit log."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from uuid import UUID

import click

from trenddojo.store.models import Source


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts: a person known here has an id, the server's user and strangers have none."""

    id: UUID | None
    name: str


NOBODY = Actor(None, "nobody")
HOUSE = Actor(None, "TrendDojo")
"""Who acts when a job does."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an act comes from, and who acts, as soon as that is known."""

    source: Source
    act: str
    actor: Actor
    address: str = ""


_origin: ContextVar[Origin | None] = ContextVar("origin", default=None)


def set_origin(origin: Origin | None) -> None:
    """What this thread does comes from `origin` until it is set again; None: from the process itself."""
    _origin.set(origin)


@contextmanager
def acting(origin: Origin) -> Iterator[None]:
    """What is done inside comes from `origin`."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


def of_job(name: str) -> Origin:
    """Where the acts of a recurring job come from."""
    return Origin(Source.JOB, name, HOUSE)


@contextmanager
def acting_beside(origin: Origin) -> Iterator[None]:
    """What is done inside comes from whoever called, or from `origin` in a thread that no request or job began."""
    with acting(_origin.get() or origin):
        yield


def name_actor(user_id: UUID, name: str) -> None:
    """Say who acts, once it is known. Kept as plain values: an entry is written when rows must not be read anew."""
    _origin.set(replace(current(), actor=Actor(user_id, name)))


def name_act(act: str) -> None:
    """Say more exactly what is being done, once it is known."""
    _origin.set(replace(current(), act=act))


def current() -> Origin:
    """Where what is done now comes from. Beside requests and jobs that is a command, or a script, on the server."""
    return _origin.get() or Origin(Source.COMMAND, _command(), _server_user())


def _command() -> str:
    """The command being run without the program's name, such as `user create`."""
    context = click.get_current_context(silent=True)
    return (context.command_path.partition(" ")[2] if context else "") or "script"


def _server_user() -> Actor:
    try:
        return Actor(None, getpass.getuser())
    except (KeyError, OSError):  # a container may run as a number that has no name
        return Actor(None, f"user {os.getuid()}")
