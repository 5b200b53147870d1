"""Moving somebody's archive from one installation to another, each with a database of its own."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from flask import Flask

from tests.conftest import Clock, CompiledTemplates, make_user, serving, settings
from trenddojo.domain.terms import Role
from trenddojo.services.archive.bringing import Brought, bring
from trenddojo.services.archive.writing import archive_of
from trenddojo.store.models import User
from trenddojo.store.people import user_by_email

T = TypeVar("T")


def made(owner: User, clock: Clock) -> bytes:
    """A person's archive."""
    return b"".join(archive_of(owner, clock()))


def data_files(archive: bytes) -> dict[str, bytes]:
    """The files of an archive but for the one that says when it was made."""
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist() if name != "manifest.json"}


class Elsewhere:
    """Another installation, empty but for the person who brings the archive."""

    def __init__(self, url: str, empty: Path, templates: CompiledTemplates, clock: Clock, pictures: Path) -> None:
        self._url, self._empty, self._templates, self._clock, self._pictures = url, empty, templates, clock, pictures

    @contextmanager
    def running(self) -> Iterator[Flask]:
        file = settings(self._url).sqlite_path
        if file is not None and not Path(file).exists():
            shutil.copy(self._empty, file)
        with serving(self._url, self._clock, self._templates, ATTACHMENTS_PATH=str(self._pictures)) as application:
            yield application

    def bring(self, archive: bytes, email: str, then: Callable[[User, Brought], T]) -> T:
        """Bring an archive in as the own of an admin with this e-mail, and answer what `then` makes of it."""
        with self.running():
            person = user_by_email(email) or make_user(email, "Marta Lind", Role.ADMIN)
            brought = bring(person, io.BytesIO(archive), self._clock())
            return then(person, brought)
