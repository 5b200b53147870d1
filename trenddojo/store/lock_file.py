"""A lock beside a file, such as an SQLite database, which the system lets go of with the process, however that ends.

Whoever holds it knows that no other process on this machine owns anything in it, and need not wait for a
lease to run out that a killed one has left. It is advisory, by flock (https://man7.org/linux/man-pages/man2/flock.2.html).
"""

import fcntl
import os
from pathlib import Path


class LockFile:
    """The lock of one file, held from the first success until `release`."""

    def __init__(self, file: str) -> None:
        self._path = Path(f"{file}.owner")
        self._held: int | None = None

    def acquire(self) -> bool:
        """Whether this process has the lock, or gets it now. Never waits."""
        if self._held is not None:
            return True
        opened = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(opened)
            return False
        self._held = opened
        return True

    def release(self) -> None:
        """Let another process have it."""
        if self._held is not None:
            os.close(self._held)
            self._held = None
