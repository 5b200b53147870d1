"""The folder of pictures: files under random ids, readable by the server's own user alone, and never by address."""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from uuid import UUID

Write = Callable[[IO[bytes]], None]
_SMALL, _HALF = ".small", ".part"


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written: its bytes, and their SHA-256 in hex."""

    size: int
    sha256: str


class Folder:
    """The folder at a path, made with its first file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def place(self, file_id: UUID, *, small: bool = False) -> Path:
        """Where a picture lies, whether it is there or not."""
        return self._path / file_id.hex[:2] / f"{file_id.hex}{_SMALL if small else ''}"

    def has(self, file_id: UUID) -> bool:
        """Whether a picture is there, with its small one."""
        return self.place(file_id).is_file() and self.place(file_id, small=True).is_file()

    def write(self, file_id: UUID, whole: Write, small: Write) -> Written:
        """Write a picture and its small one, both on the disk for good when this returns."""
        place = self.place(file_id)
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.parent.mkdir(mode=0o700, exist_ok=True)
        _put(self.place(file_id, small=True), small)
        _put(place, whole)
        _keep(place.parent)
        with place.open("rb") as file:
            return Written(place.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())

    def remove(self, file_id: UUID) -> None:
        """Take a picture and its small one away, if they are there."""
        for small in (False, True):
            self.place(file_id, small=small).unlink(missing_ok=True)

    def lying(self, until: float) -> Iterator[Path]:
        """The files that were last written before a time, in seconds since 1970."""
        for path in self._path.glob("[0-9a-f][0-9a-f]/*"):
            if path.stat().st_mtime < until:
                yield path


def id_of(path: Path) -> UUID | None:
    """Whose file it is; None where its name is none of ours, such as a half-written one's."""
    try:
        return UUID(hex=path.name.removesuffix(_SMALL))
    except ValueError:
        return None


def _put(place: Path, write: Write) -> None:
    """The whole file or none: written beside its place, and moved there once it is on the disk."""
    half = place.with_name(f"{place.name}{_HALF}")
    try:
        with os.fdopen(os.open(half, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600), "w+b") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        half.replace(place)
    finally:
        half.unlink(missing_ok=True)


def _keep(folder: Path) -> None:
    """Make the names in a folder outlive a loss of power."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
