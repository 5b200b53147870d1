"""The stops of 5,000 trades from a statement are assumed after it was booked: by a rule, by another one, by none.

Run: .venv/bin/python -m benchmarks.assumed_stops [fills]
Printed are seconds by the clock and at work, those of the longest transaction, and megabytes over what booking needed.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from benchmarks import imports as brought
from benchmarks.pages import application
from benchmarks.seed import NOW, fill
from trenddojo.services.imports import assuming
from trenddojo.services.imports.booking import book
from trenddojo.services.imports.turns import Turns
from trenddojo.statements.spool import Spool
from trenddojo.store.database import db
from trenddojo.store.models import Account, Import, User
from trenddojo.store.seats import Seat, SeatRole

FILLS = 18_200
"""About 5,000 trades."""
RULES: tuple[tuple[str, dict[str, str] | None], ...] = (
    ("percent", {"kind": "percent", "value": "8"}),
    ("the same again", {"kind": "percent", "value": "8"}),
    ("fixed risk", {"kind": "fixed_risk", "value": "500"}),
    ("none", None),
)


class Timed(Turns):
    """Keeps the seconds of the longest turn."""

    longest = 0.0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn as ever, and see how long it takes."""
        with super().turn():
            begun = time.perf_counter()
            yield
        Timed.longest = max(Timed.longest, time.perf_counter() - begun)


def main() -> None:
    """Book the statement, follow each rule, and print what it took."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else FILLS
    assuming.Turns = Timed  # type: ignore[misc]
    with tempfile.TemporaryDirectory() as name:
        app = application(Path(name) / "stops.db")
        user_id = fill(app, 1_000)
        with app.app_context(), Spool.begin(Path(name) / "spool") as spool:
            for _ in spool.take(brought.lines(count)):
                pass
            account, user = db.session.scalars(select(Account)).one(), db.session.get_one(User, user_id)
            seat, row = Seat(user, account, SeatRole.OWNER), brought._statement(account.id, user_id)
            taken, counts = brought._measured(lambda: book(row, seat, spool, NOW, brought._silent))
            print(f"{count} fills, {counts.trades_made} trades\n{'seconds':18}{'clock':>8}{'at work':>9}{'longest':>9}")
            print(f"{'booking':18}{taken.clock:8.1f}{taken.work:9.1f}")
            before = brought._memory()
            for label, rule in RULES:
                _follow(label, rule, row, seat)
            print(f"memory: {brought._memory() - before:.0f} MB more")


def _follow(label: str, rule: dict[str, Any] | None, row: Import, seat: Seat) -> None:
    row.options = {"stop_rule": rule} if rule else {}
    db.session.commit()
    Timed.longest = 0.0
    taken, _ = brought._measured(lambda: assuming.assume(row, seat, brought._silent))
    print(f"{label:18}{taken.clock:8.1f}{taken.work:9.1f}{Timed.longest:9.2f}", flush=True)


if __name__ == "__main__":
    main()
