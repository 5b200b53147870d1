"""`python -m trenddojo.development`: the secrets and the database path of a local copy, made once.

They stay in the ignored instance folder, readable by their owner only. Production never reads them.
"""

import os
import secrets
from pathlib import Path

from trenddojo.config import DEVELOPMENT_FILE


def prepare(path: Path = DEVELOPMENT_FILE) -> bool:
    """Write `path` (mode 0600) unless it exists; returns whether it was written."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(_contents(path.parent.resolve() / "trenddojo.db"))
    return True


def _contents(database: Path) -> str:
    return (
        "# Made by `make run` for this copy only. Delete it to start over; never use it in production.\n"
        "TRENDDOJO_ENV=development\n"
        f"SECRET_KEY={secrets.token_hex(32)}\n"
        f"BROKER_ENCRYPTION_KEY={secrets.token_hex(32)}\n"
        f"DATABASE_URL=sqlite:///{database}\n"
    )


if __name__ == "__main__":
    prepare()
