"""What a report costs: of a whole life however many trades it had, and of some trades beside fetching them.

Run: .venv/bin/python -m benchmarks.reports [CLOSED_TRADES]
Both histories have the same days and differ in trades alone. Without an argument the large one has a million, which
takes some minutes to make.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import seed
from benchmarks.closed_trades import multiply
from trenddojo.application import Application
from trenddojo.config import load
from trenddojo.factory import create_app
from trenddojo.services import books
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.reports import ReportQuery
from trenddojo.services.measures import measures
from trenddojo.services.report_intervals import report_intervals
from trenddojo.services.reports import Performance, performance
from trenddojo.services.scopes import Scope
from trenddojo.store.closed_columns import closed_columns
from trenddojo.store.database import db
from trenddojo.store.models import User
from trenddojo.store.seats import Seat, seats_of

FEW, FILTERED, MANY = 1_000, 100_000, 1_000_000
WHOLE_LIMIT, FILTERED_LIMIT = 1.5, 2.0
ROUNDS = 9
SETTINGS = {"TRENDDOJO_ENV": "development", "SECRET_KEY": "s" * 40, "FLASK_RUN_FROM_CLI": "true"}


class House:
    """An application on a database of one account with so many closed trades."""

    def __init__(self, path: Path, closed: int) -> None:
        config = load({**SETTINGS, "DATABASE_URL": f"sqlite:///{path}"}, None)
        self.app: Application = create_app(config)
        self.person_id = seed.fill(self.app, FEW)
        with self.app.app_context():
            multiply(closed // FEW)
            books.settle_all(self.seat())
            db.session.commit()

    def seat(self) -> Seat:
        """The person at the account."""
        return seats_of(db.session.get_one(User, self.person_id))[0]


def report(seat: Seat, **asked: str) -> Performance:
    """The report on the whole life, with everything that a page shows of it."""
    scope, query = Scope.of(seat), parse(ReportQuery, {"period": "all", **asked})
    found = performance(scope, query, seed.NOW)
    report_intervals(scope, query, found)
    measures(scope, found)
    if found.span:
        found.span.largest_drawdown, [month.span and month.span.ratio for month in found.months]
    return found


def whole(few: House, many: House) -> tuple[float, float, int]:
    """Median seconds of the whole life's report over many and over few trades, in turn; and how many were counted."""
    taken: dict[House, list[float]] = {few: [], many: []}
    counted = 0
    for _ in range(ROUNDS):
        for house, times in taken.items():
            with house.app.app_context():
                seat = house.seat()
                times.append(timed(lambda: report(seat)))  # noqa: B023 - called at once
                counted = report(seat).tally.trades
    return statistics.median(taken[many]), statistics.median(taken[few]), counted


def filtered(house: House) -> tuple[float, float, int]:
    """Median seconds of a filtered report, and of fetching its trades into arrays; and how many they are."""
    reports, fetches = [], []
    with house.app.app_context():
        seat = house.seat()
        only = parse(ReportQuery, {"direction": "long"}).filter
        first, last = Scope.of(seat).within(None, None, seed.NOW)
        for _ in range(ROUNDS):
            reports.append(timed(lambda: report(seat, direction="long")))
            fetches.append(timed(lambda: closed_columns([seat.account.id], first, last, only)))
        counted = report(seat, direction="long").tally.trades
    return statistics.median(reports), statistics.median(fetches), counted


def timed(act: Callable[[], object]) -> float:
    """Seconds that something takes."""
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def line(what: str, first: float, second: float, limit: float) -> str:
    """One row of the table."""
    return f"{what:<54}{first * 1000:>9.1f}{second * 1000:>11.1f}{first / second:>8.2f}{limit:>8.1f}"


def main() -> None:
    """Print both ratios."""
    closed = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
    print(f"{'':<54}{'ms':>9}{'beside ms':>11}{'ratio':>8}{'limit':>8}")
    with tempfile.TemporaryDirectory() as folder:
        some = House(Path(folder, "some.db"), min(FILTERED, closed))
        report_time, fetch_time, counted = filtered(some)
        print(line(f"filtered, {counted:,} trades, beside fetching them", report_time, fetch_time, FILTERED_LIMIT))
        few, many = House(Path(folder, "few.db"), FEW), House(Path(folder, "many.db"), closed)
        large, small, counted = whole(few, many)
        print(line(f"whole life, {counted:,} trades, beside {FEW:,}", large, small, WHOLE_LIMIT))


if __name__ == "__main__":
    main()
