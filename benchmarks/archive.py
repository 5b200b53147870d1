"""What an archive of a million rows costs in memory and time, on its way out and in.

Run: .venv/bin/python -m benchmarks.archive [TRADES]
Each step runs in a process of its own; told is the most memory that it took over what the application had before. A
closed trade has five rows: itself, a leg, a stop and two fills. The goal is 200 MB.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import seed

if TYPE_CHECKING:
    from flask import Flask

GOAL_MB = 200
TRADES = 200_000
STEPS = ("seed", "out", "in")


def _app(database: Path) -> Flask:
    from trenddojo.config import load
    from trenddojo.factory import create_app

    terms = {
        "SECRET_KEY": "of a benchmark, thrown away with its folder",
        "DATABASE_URL": f"sqlite:///{database}",
        "FLASK_RUN_FROM_CLI": "true",
    }
    app = create_app(load(terms), lambda: seed.NOW)
    app.furnish()
    return app


def _run(step: str, folder: Path, trades: int) -> None:
    from sqlalchemy import func, select

    from trenddojo.services.archive.bringing import bring
    from trenddojo.services.archive.writing import archive_of
    from trenddojo.store.database import Base, db
    from trenddojo.store.models import Execution
    from trenddojo.store.people import user_by_email

    file = folder / "archive.zip"
    app = _app(folder / ("second.db" if step == "in" else "first.db"))
    if step == "seed":
        seed.fill(app, trades)
        return
    with app.app_context():
        if step == "in":
            Base.metadata.create_all(db.engine)
            seed.own_seat(1)
            db.session.commit()
        person = user_by_email(seed.EMAIL)
        assert person is not None
        _forget_most()
        idle, started = _most(), time.perf_counter()
        if step == "out":
            with file.open("wb") as into:
                for piece in archive_of(person, seed.NOW):
                    into.write(piece)
            told = f"{file.stat().st_size / 1e6:,.0f} MB"
        else:
            with file.open("rb") as sent:
                brought = bring(person, sent, seed.NOW)
            told = f"{sum(brought.rows.values()):,} rows, {db.session.scalar(select(func.count(Execution.id))):,} fills"
    took = time.perf_counter() - started
    print(f"{step:6} {(_most() - idle) / 1000:8.0f} MB over idle {took:9.1f} s  {told}", flush=True)


def _forget_most() -> None:
    """Count from here on. Source: Linux, proc_pid_clear_refs(5)."""
    Path("/proc/self/clear_refs").write_text("5")


def _most() -> int:
    """The most memory that this process has had since, in KB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) if found else 0


def main() -> None:
    trades = sys.argv[1] if len(sys.argv) > 1 else str(TRADES)
    with tempfile.TemporaryDirectory() as folder:
        for step in STEPS:
            subprocess.run([sys.executable, "-m", __spec__.name, "--one", step, folder, trades], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        _run(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
