"""A statement of 200,000 fills is booked beside people at work, and measured against a bare insert of the same rows.

Run: .venv/bin/python -m benchmarks.imports [fills]
The bare insert writes the fills, trades, legs and days that the import made into an empty database with the same tables
and indexes, in one transaction. Pages are asked and cash is recorded in the same process, one after the other, before
the import and while it runs. Memory is the most that the process had, over what it had before the file was read.
"""

import resource
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from flask import Flask
from sqlalchemy import create_engine, event, insert, select

from benchmarks.pages import application, browser
from benchmarks.seed import NOW, fill
from trenddojo.domain.terms import CashKind, ImportStatus, Side
from trenddojo.services.cash import record_cash
from trenddojo.services.imports.booking import book
from trenddojo.services.imports.survey import survey
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.cash import NewCashInput
from trenddojo.statements.lines import Contract, FillLine
from trenddojo.statements.spool import Spool
from trenddojo.store.database import Base, db, prepare
from trenddojo.store.models import Account, Execution, Import, Leg, Trade, TradeDayRow, User
from trenddojo.store.seats import Seat, SeatRole

FILLS = 200_000
SYMBOLS = 200
DAYS = 3_640
PAGES = ("/trades", "/")
WHILE_IDLE = 20
T = TypeVar("T")
_TABLES = (Trade, Leg, Execution, TradeDayRow)


def lines(count: int, symbols: int = SYMBOLS) -> Iterator[FillLine]:
    """Fills of ten years: scale-ins, partial exits, and turns."""
    rng, at = Random(1), NOW - timedelta(days=DAYS + 5)
    held = dict.fromkeys(range(symbols), 0)
    for number in range(count):
        at += timedelta(days=DAYS) / count
        symbol = rng.randrange(symbols)
        quantity = rng.choice((100, 100, 100, 200))
        buys = held[symbol] <= 0 or (held[symbol] < 500 and rng.random() < 0.35)
        held[symbol] += quantity if buys else -quantity
        price, side = Decimal(rng.randint(1000, 30000)) / 100, Side.BUY if buys else Side.SELL
        of = Contract(f"T{symbol}", currency="USD")
        yield FillLine(number + 2, of, at, False, side, Decimal(quantity), price, Decimal("1.05"), key=f"X{number:07}")


class People(threading.Thread):
    """Asks for pages and records cash, until told to stop; `waits` are seconds, by what was done."""

    def __init__(self, app: Flask, user_id: UUID, account_id: UUID) -> None:
        super().__init__(daemon=True)
        self._app, self._client, self._user, self._account = app, browser(app, user_id), user_id, account_id
        self.waits: dict[str, list[float]] = {name: [] for name in (*PAGES, "record cash")}
        self.is_over = threading.Event()

    def run(self) -> None:
        while not self.is_over.is_set():
            self.once()

    def once(self) -> None:
        """One round of everything."""
        for page in PAGES:
            self._timed(page, lambda page=page: self._client.get(page))  # type: ignore[misc]
        self._timed("record cash", self._record)

    def _timed(self, name: str, act: object) -> None:
        start = time.perf_counter()
        act()  # type: ignore[operator]
        self.waits[name].append(time.perf_counter() - start)

    def _record(self) -> None:
        with self._app.app_context():
            user, account = db.session.get_one(User, self._user), db.session.get_one(Account, self._account)
            told = {"on": NOW.date().isoformat(), "kind": CashKind.DEPOSIT.value, "amount": "1.00"}
            record_cash(Seat(user, account, SeatRole.OWNER), parse(NewCashInput, told), NOW)


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _shown(waits: dict[str, list[float]]) -> str:
    def one(found: list[float]) -> str:
        ordered = sorted(found)
        middle, last = statistics.median(ordered), ordered[int(len(ordered) * 0.95)]
        return f"{middle * 1000:7.0f} {last * 1000:7.0f} {ordered[-1] * 1000:7.0f}"

    return "".join(f"    {name:14}{one(found)}\n" for name, found in waits.items() if found)


def _other_account(user_id: UUID) -> UUID:
    first = db.session.scalars(select(Account).where(Account.owner_id == user_id)).one()
    copied = (
        "owner_id",
        "base_currency",
        "time_zone",
        "opened_on",
        "starting_balance",
        "balance",
        "equity",
        "created_at",
    )
    other = Account(name="Beside", **{name: getattr(first, name) for name in copied})
    db.session.add(other)
    db.session.commit()
    return other.id


def statement(account_id: UUID, user_id: UUID) -> Import:
    """An import of a file that was read."""
    row = Import(
        account_id=account_id, name="file.csv", size=1, sha256="", status=ImportStatus.READY, options={},
        created_by=user_id, created_at=NOW,
    )  # fmt: skip
    db.session.add(row)
    db.session.commit()
    return row


class Taken(NamedTuple):
    """Seconds by the clock, and seconds of the processor for this process."""

    clock: float
    work: float


def _measured(act: Callable[[], T]) -> tuple[Taken, T]:
    clock, work = time.perf_counter(), time.process_time()
    found = act()
    return Taken(time.perf_counter() - clock, time.process_time() - work), found


def _brought(import_id: UUID) -> dict[Any, list[dict[str, Any]]]:
    """The rows that an import made, by table."""
    made = select(Trade.id).where(Trade.import_id == import_id)
    found = {}
    for table in _TABLES:
        columns = table.__table__
        is_own = "import_id" in columns.c
        where = columns.c.import_id == import_id if is_own else columns.c.trade_id.in_(made)
        found[table] = [dict(row._mapping) for row in db.session.execute(select(columns).where(where))]
    db.session.rollback()
    return found


def _bare(folder: Path, rows: dict[Any, list[dict[str, Any]]]) -> None:
    """Insert rows into an empty database."""
    engine = create_engine(f"sqlite:///{folder / 'bare.db'}")
    prepare(engine)
    event.listen(engine, "connect", _without_others)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        for table, made in rows.items():
            connection.execute(insert(table.__table__), made)


def _without_others(connection: Any, _record: Any) -> None:
    """The rows' accounts and instruments are not there."""
    connection.execute("PRAGMA foreign_keys=OFF")


def silent(_done: int, _total: int) -> None:
    """Tells nobody."""


def main() -> None:
    """Bring the statement in, and print what it took."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else FILLS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        app = application(folder / "imports.db")
        user_id = fill(app, 1_000)
        with app.app_context():
            account_id = db.session.scalars(select(Account.id)).one()
            beside = _other_account(user_id)
        people = People(app, user_id, beside)
        people.once()  # what is made with the first request
        before = _memory()
        with app.app_context(), Spool.begin(folder / "spool") as spool:
            for _ in spool.take(lines(count)):
                pass
            user, account = db.session.get_one(User, user_id), db.session.get_one(Account, account_id)
            seat, row = Seat(user, account, SeatRole.OWNER), statement(account_id, user_id)
            surveyed, _ = _measured(lambda: survey(row, seat, spool, silent))
            booked, counts = _measured(lambda: book(row, seat, spool, NOW, silent))
            memory = _memory() - before
            found = _brought(row.id)
            bare, _ = _measured(lambda: _bare(folder, found))
        rows = {table.__tablename__: len(made) for table, made in found.items()}
        print(f"{count} fills, {counts.trades_made} trades; rows: {rows}\n")
        print(f"{'seconds':24}{'by the clock':>14}{'at work':>10}")
        for stage, taken in (("survey", surveyed), ("booking", booked), ("bare insert", bare)):
            print(f"{stage:24}{taken.clock:14.1f}{taken.work:10.1f}")
        print(f"{'booking / bare insert':24}{booked.clock / bare.clock:14.1f}{booked.work / bare.work:10.1f}")
        print(f"memory: {memory:.0f} MB more", flush=True)
        _beside(app, folder, count, people)


def _beside(app: Flask, folder: Path, count: int, people: People) -> None:
    """Bring a tenth of it once more, into the other account, while people are at work."""
    people.waits = {name: [] for name in people.waits}
    for _ in range(WHILE_IDLE):
        people.once()
    idle, people.waits = people.waits, {name: [] for name in people.waits}
    with app.app_context(), Spool.begin(folder / "again") as spool:
        for _ in spool.take(lines(count // 10)):
            pass
        user = db.session.get_one(User, people._user)
        account = db.session.scalars(select(Account).where(Account.id == people._account)).one()
        seat, row = Seat(user, account, SeatRole.OWNER), statement(account.id, user.id)
        people.start()
        book(row, seat, spool, NOW, silent)
        people.is_over.set()
        people.join()
    print(
        "\nmilliseconds: median, 95th percentile, longest\n  idle\n"
        + _shown(idle)
        + "  while booking\n"
        + _shown(people.waits)
    )


if __name__ == "__main__":
    main()
