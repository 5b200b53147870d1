"""A simulated exchange's ledger in a SQLite file: what was saved is on the disk before `save` returns."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path


class FileLedger:
    """A LedgerStore of its own file; used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, check_same_thread=False)
        self._database.execute("PRAGMA synchronous = FULL")
        with self._database:
            self._database.execute("CREATE TABLE IF NOT EXISTS ledger (key TEXT PRIMARY KEY, text TEXT NOT NULL)")

    def load(self) -> Mapping[str, str]:
        """Everything that was saved."""
        return dict(self._database.execute("SELECT key, text FROM ledger"))

    def save(self, changed: Mapping[str, str]) -> None:
        """Keep these texts, all or none; they replace what stood under their keys."""
        with self._database:
            self._database.executemany("INSERT OR REPLACE INTO ledger VALUES (?, ?)", changed.items())

    def clear(self) -> None:
        """Forget everything."""
        with self._database:
            self._database.execute("DELETE FROM ledger")

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()
