"""The folder of statements: one of its own for each import, readable by the server's own user alone.

What is being sent lies under `incoming`, on the same disk, and is moved into its import's folder when it is all there.
"""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import UUID, uuid4

from trenddojo.store.lock_file import LockFile

_INCOMING = "incoming"


class NoRoom(OSError):
    """The disk is full."""


@contextmanager
def _telling() -> Iterator[None]:
    """A disk that is full, by its name."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise NoRoom(error.errno, error.strerror) from error
        raise


class Incoming:
    """A file on its way in: written to disk and digested as it comes; gone when it is closed, unless it was kept."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder / uuid4().hex
        self._file: IO[bytes] = os.fdopen(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b")
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        """Take the next bytes. Raises NoRoom."""
        self._digest.update(data)
        self.size += len(data)
        with _telling():
            return self._file.write(data)

    @property
    def sha256(self) -> str:
        """The digest of what came so far, in hex."""
        return self._digest.hexdigest()

    def keep(self, place: Path) -> None:
        """Move the file to its place, on the disk for good when this returns. Raises NoRoom."""
        with _telling():
            self._file.flush()
            os.fsync(self._file.fileno())
        self._path.replace(place)
        self.close()

    def seek(self, offset: int, whence: int = 0) -> int:
        """As of any file: whoever parses a request goes back to its begin."""
        return self._file.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        """As of any file."""
        return self._file.read(size)

    def close(self) -> None:
        """Let go of it; what was not kept is gone."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def __del__(self) -> None:
        self.close()


class Folder:
    """The folder at a path, made with its first file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def incoming(self) -> Incoming:
        """A new file on its way in."""
        return Incoming(self._path / _INCOMING)

    def of(self, import_id: UUID) -> Path:
        """One import's own folder, whether it is there or not."""
        return self._path / str(import_id)

    def file(self, import_id: UUID) -> Path:
        """The file as it was sent."""
        return self.of(import_id) / "file"

    def spool(self, import_id: UUID) -> Path:
        """What was read of it."""
        return self.of(import_id) / "spool"

    def refused(self, import_id: UUID) -> Path:
        """The lines that were refused, as a file to mend."""
        return self.of(import_id) / "refused.csv"

    def make(self, import_id: UUID) -> None:
        """Make an import's own folder."""
        self.of(import_id).mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def alone(self, import_id: UUID) -> Iterator[bool]:
        """Whether nobody else, in whatever process, works on an import until the end; a killed one lets go of it."""
        self.make(import_id)
        lock = LockFile(str(self.of(import_id) / "work"))
        try:
            yield lock.acquire()
        finally:
            lock.release()

    def remove(self, import_id: UUID) -> None:
        """Take an import's folder away, if it is there."""
        shutil.rmtree(self.of(import_id), ignore_errors=True)

    def lying(self, until: float) -> Iterator[tuple[Path, UUID | None]]:
        """What lies unchanged since a time, in seconds since 1970, with whose folder it is."""
        for path in [*self._path.glob("*"), *(self._path / _INCOMING).glob("*")]:
            if path.name != _INCOMING and path.stat().st_mtime < until:
                yield path, _id_of(path)


def clear(path: Path) -> None:
    """Take a folder or a file away."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _id_of(path: Path) -> UUID | None:
    try:
        return UUID(path.name) if path.is_dir() else None
    except ValueError:
        return None
