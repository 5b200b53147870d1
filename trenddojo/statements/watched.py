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
    _end: int | None

    @classmethod
    def of(cls, path: Path, heed: Heed, end: int | None = None) -> "Watched":
        """`path`, watched; with `end` the file is over after so many bytes."""
        found = cls(path)
        found._heed, found._end = heed, end
        return found

    def open(self, mode: str = "r", *_: Any, **how: Any) -> IO[Any]:  # type: ignore[override]
        """The file, to be read: as bytes, or as text in an encoding."""
        binary = io.BufferedReader(_Told(self, self._heed, self._end))
        return binary if "b" in mode else io.TextIOWrapper(binary, **how)


class _Told(io.RawIOBase):
    """A file's bytes, read one block after the other."""

    def __init__(self, path: Path, heed: Heed, end: int | None) -> None:
        self._file = io.FileIO(path)
        self._heed, self._end, self._at = heed, end, 0

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        block = memoryview(into)
        if self._end is not None:
            block = block[: max(self._end - self._at, 0)]
        count = self._file.readinto(block) or 0
        self._at += count
        self._heed(self._at)
        return count

    def close(self) -> None:
        self._file.close()
        super().close()
