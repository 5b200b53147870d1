"""Files that tell how far they are read, to whoever reads them: a file may be gone through more than once, and for
minutes, before anything is said of its lines."""

import io
from collections.abc import Callable
from pathlib import Path, PosixPath
from typing import IO, Any

Heed = Callable[[int], None]
"""Takes the bytes that were read, counted anew each time that the file is opened. What it raises ends the reading."""


class Watched(PosixPath):
    """The path of such a file, made by `of`: all that takes a path can read it, and need not know."""

    _heed: Heed

    @classmethod
    def of(cls, path: Path, heed: Heed) -> "Watched":
        """`path`, watched."""
        found = cls(path)
        found._heed = heed
        return found

    def open(self, mode: str = "r", *_: Any, **how: Any) -> IO[Any]:  # type: ignore[override]
        """The file, to be read: as bytes, or as text in an encoding."""
        binary = io.BufferedReader(_Told(self, self._heed))
        return binary if "b" in mode else io.TextIOWrapper(binary, **how)


class _Told(io.RawIOBase):
    """A file's bytes, read one block after the other."""

    def __init__(self, path: Path, heed: Heed) -> None:
        self._file = io.FileIO(path)
        self._heed, self._at = heed, 0

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        count = self._file.readinto(into) or 0
        self._at += count
        self._heed(self._at)
        return count

    def close(self) -> None:
        self._file.close()
        super().close()
