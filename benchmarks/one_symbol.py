"""200,000 fills of one symbol are brought, brought again, and taken out: how much memory each takes.

Run: .venv/bin/python -m benchmarks.one_symbol [traded|held|bought] [fills]
`traded` is flat again after a few fills; `held` never is, so that all of it is one trade, and of `bought` nothing is
sold. Memory is the most that the process had in each stage, over what it had before the file was read (VmHWM, proc(5)).
The goal is 200 MB.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select

from benchmarks.hostile_statements import GOAL_MB
from benchmarks.imports import FILLS, lines, silent, statement
from benchmarks.pages import application
from benchmarks.seed import NOW, fill
from trenddojo.domain.terms import Side
from trenddojo.services.imports.booking import book
from trenddojo.services.imports.survey import survey
from trenddojo.services.imports.undoing import undo
from trenddojo.statements.lines import FillLine
from trenddojo.statements.spool import Spool
from trenddojo.store.database import db
from trenddojo.store.models import Account, User
from trenddojo.store.seats import Seat, SeatRole

HELD = Decimal(1_000)


def told(kind: str, count: int) -> Iterator[FillLine]:
    """Fills of ten years, scaled in and out of, beside so many that are never sold."""
    for number, one in enumerate(lines(count, symbols=1)):
        held = replace(one, quantity=HELD) if kind == "held" and number == 0 else one
        yield replace(held, side=Side.BUY) if kind == "bought" else held


def _memory(name: str) -> float:
    """A line of the process's status, in MB."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(name))


def _stage(name: str, idle: float, act: Callable[[], object]) -> None:
    Path("/proc/self/clear_refs").write_text("5")
    start = time.perf_counter()
    act()
    print(f"{name:28} {_memory('VmHWM') - idle:7.0f} MB {time.perf_counter() - start:8.1f} s", flush=True)


def main() -> None:
    """Bring, bring again and take out, and print what it took."""
    kind = sys.argv[1] if len(sys.argv) > 1 else "traded"
    count = int(sys.argv[2]) if len(sys.argv) > 2 else FILLS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        app = application(folder / "one.db")
        user_id = fill(app, 100)
        with app.app_context(), Spool.begin(folder / "spool") as spool:
            for _ in spool.take(told(kind, count)):
                pass
            user, account = db.session.get_one(User, user_id), db.session.scalars(select(Account)).one()
            seat = Seat(user, account, SeatRole.OWNER)
            rows = [statement(account.id, user_id) for _ in range(2)]
            idle = _memory("VmRSS")
            print(f"{count} fills, {kind}; the goal is {GOAL_MB} MB")
            for row, which in zip(rows, ("", ", again"), strict=True):
                _stage(f"survey{which}", idle, lambda row=row: survey(row, seat, spool, silent))  # type: ignore[misc]
                _stage(f"booking{which}", idle, lambda row=row: book(row, seat, spool, NOW, silent))  # type: ignore[misc]
            _stage("taking out", idle, lambda: undo(rows[0], seat, NOW, silent))


if __name__ == "__main__":
    main()
