"""What was read of one statement, on disk: an SQLite file of its own beside the uploaded one.

A statement may have a million lines, and is read, looked at, compared and booked at different times. Its lines lie here
in between, so that reading writes nothing to the database that everybody works with, and booking takes them in the
order that it needs without holding them. The file holds no more than the statement does, and goes with it.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, date
from decimal import Decimal
from pathlib import Path

from trenddojo.domain.terms import AssetType, OptionRight
from trenddojo.statements.lines import (
    CashLine,
    Contract,
    FillLine,
    HeldLine,
    LabelLine,
    Refusal,
    Said,
    Skipped,
    SplitLine,
    SumKind,
    SumLine,
)

_TABLES = """
CREATE TABLE contracts (id INTEGER PRIMARY KEY, symbol TEXT, asset_type TEXT, currency TEXT, exchange TEXT,
    multiplier TEXT, expiry TEXT, strike TEXT, right TEXT,
    UNIQUE (symbol, asset_type, currency, exchange, multiplier, expiry, strike, right));
CREATE TABLE fills (line INTEGER, contract INTEGER, at TEXT, sequence INTEGER, is_dated INTEGER, side TEXT,
    quantity TEXT, price TEXT, fee TEXT, fx TEXT, key TEXT, account TEXT, effect TEXT, reason TEXT);
CREATE TABLE labels (line INTEGER, note TEXT, tags TEXT);
CREATE TABLE cash (line INTEGER, "on" TEXT, kind TEXT, amount TEXT, currency TEXT, note TEXT, key TEXT,
    account TEXT);
CREATE TABLE splits (line INTEGER, contract INTEGER, "on" TEXT, numerator TEXT, denominator TEXT, key TEXT,
    account TEXT);
CREATE TABLE held (line INTEGER, contract INTEGER, "on" TEXT, quantity TEXT, average TEXT, price TEXT, account TEXT);
CREATE TABLE sums (line INTEGER, kind TEXT, since TEXT, until TEXT, currency TEXT, amount TEXT, symbol TEXT,
    account TEXT);
CREATE TABLE refused (line INTEGER, reason TEXT, text TEXT, stage TEXT);
CREATE TABLE skipped (line INTEGER, reason TEXT);
"""

_BATCH = 5_000
"""Rows that wait in memory before they are written."""
_MOST_CONTRACTS = 20_000
"""Contracts whose number is remembered while reading."""

Row = tuple[object, ...]


class Spool:
    """One statement's lines on disk. Make it anew with `Spool.begin`, open it again with `Spool(path)`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db = sqlite3.connect(path)

    @classmethod
    def begin(cls, path: Path) -> "Spool":
        """An empty spool in place of what lay there."""
        path.unlink(missing_ok=True)
        spool = cls(path)
        spool._db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _TABLES)
        return spool

    @property
    def db(self) -> sqlite3.Connection:
        """The file's own database, for `statements.spooled`."""
        return self._db

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def take(self, lines: Iterable[Said]) -> Iterator[int]:
        """Keep lines as they are read; yields the line reached after each batch, for whoever shows progress."""
        writer = _Writer(self._db)
        for count, said in enumerate(lines, start=1):
            writer.add(said)
            if count % _BATCH == 0:
                writer.flush()
                yield said.line
        writer.flush()
        self._db.execute("UPDATE fills SET sequence = line * ?", (-1 if self._is_newest_first() else 1,))
        self._db.execute("CREATE INDEX fills_in_order ON fills (contract, at, sequence)")
        self._db.commit()

    def accounts(self) -> tuple[str, ...]:
        """The broker's names of the accounts that the statement tells of, in their order."""
        tables = ("fills", "cash", "splits", "held", "sums")
        query = " UNION ".join(f"SELECT account FROM {table}" for table in tables)  # noqa: S608 - our own names
        return tuple(name for (name,) in self._db.execute(f"{query} ORDER BY 1") if name)

    def said_of(self) -> Iterator[int]:
        """The lines that turned out to be something, in the file's order; the others hold titles and headers."""
        tables = ("fills", "labels", "cash", "splits", "held", "sums", "refused", "skipped")
        query = " UNION ".join(f"SELECT line FROM {table}" for table in tables)  # noqa: S608 - our own names
        return (line for (line,) in self._db.execute(f"{query} ORDER BY 1"))

    @property
    def tells_figures(self) -> bool:
        """Whether the statement tells positions or sums, which books can be set beside."""
        query = "SELECT EXISTS (SELECT 1 FROM held) OR EXISTS (SELECT 1 FROM sums)"
        return bool(self._db.execute(query).fetchone()[0])

    def held(self) -> Iterator[HeldLine]:
        """The positions that the statement says were held."""
        query = 'SELECT line, contract, "on", quantity, average, price, account FROM held ORDER BY line'
        for line, contract, on, quantity, average, price, account in self._db.execute(query):
            told = Decimal(quantity), _decimal(average), _decimal(price)
            yield HeldLine(line, self.contract(contract), date.fromisoformat(on), *told, account)

    def sums(self) -> Iterator[SumLine]:
        """The figures that the statement tells for a span of dates."""
        query = "SELECT line, kind, since, until, currency, amount, symbol, account FROM sums ORDER BY line"
        for line, kind, since, until, currency, amount, symbol, account in self._db.execute(query):
            span = date.fromisoformat(since), date.fromisoformat(until)
            yield SumLine(line, SumKind(kind), *span, currency, Decimal(amount), symbol, account)

    def contract(self, number: int) -> Contract:
        """What the rows call by this number."""
        query = "SELECT symbol, asset_type, currency, exchange, multiplier, expiry, strike, right FROM contracts"
        symbol, asset_type, currency, exchange, multiplier, expiry, strike, right = self._db.execute(
            query + " WHERE id = ?", (number,)
        ).fetchone()
        return Contract(
            symbol=symbol,
            asset_type=AssetType(asset_type),
            currency=currency,
            exchange=exchange,
            multiplier=Decimal(multiplier),
            expiry=date.fromisoformat(expiry) if expiry else None,
            strike=_decimal(strike or None),
            right=OptionRight(right) if right else None,
        )

    def _is_newest_first(self) -> bool:
        """Whether the file tells its fills backwards: more of its steps lead back in time than on.

        A file of one day without clock times has no steps; then fills that close before the others open tell it.
        """
        steps = "SELECT at, lag(at) OVER (ORDER BY rowid) AS was FROM fills"
        back, on = self._db.execute(f"SELECT sum(at < was), sum(at > was) FROM ({steps})").fetchone()  # noqa: S608
        if not back and not on:
            closing = "SELECT effect = 'close' AS ends, lag(effect = 'close') OVER alike AS ended FROM fills"
            turns = f"{closing} WINDOW alike AS (PARTITION BY contract ORDER BY rowid)"
            back, on = self._db.execute(f"SELECT sum(ended > ends), sum(ended < ends) FROM ({turns})").fetchone()  # noqa: S608
        return (back or 0) > (on or 0)


class _Writer:
    """Rows gathered by table, and written together."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._rows: dict[str, list[Row]] = {}
        self._contracts: dict[Contract, int] = {}

    def add(self, said: Said) -> None:
        table, row = self._row(said)
        self._rows.setdefault(table, []).append(row)

    def flush(self) -> None:
        for table, rows in self._rows.items():
            marks = ", ".join("?" * len(rows[0]))
            self._db.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own names
        self._rows = {}

    def _row(self, said: Said) -> tuple[str, Row]:
        match said:
            case FillLine():
                return "fills", self._fill(said)
            case LabelLine():
                return "labels", (said.line, said.note, "\n".join(said.tags))
            case CashLine():
                return "cash", (said.line, said.on.isoformat(), said.kind.value, str(said.amount), said.currency,
                                said.note, said.key, said.account)  # fmt: skip
            case SplitLine():
                return "splits", (said.line, self._contract(said.contract), said.on.isoformat(), str(said.numerator),
                                  str(said.denominator), said.key, said.account)  # fmt: skip
            case HeldLine():
                return "held", (said.line, self._contract(said.contract), said.on.isoformat(), str(said.quantity),
                                _text(said.average_price), _text(said.price), said.account)  # fmt: skip
            case SumLine():
                return "sums", (said.line, said.kind.value, said.since.isoformat(), said.until.isoformat(),
                                said.currency, str(said.amount), said.symbol, said.account)  # fmt: skip
            case Refusal():
                return "refused", (said.line, said.reason, said.text, "reading")
            case Skipped():
                return "skipped", (said.line, said.reason)

    def _fill(self, said: FillLine) -> Row:
        return (
            said.line,
            self._contract(said.contract),
            said.at.astimezone(UTC).isoformat(),
            None,
            said.is_dated,
            said.side.value,
            str(said.quantity),
            str(said.price),
            _text(said.fee),
            _text(said.fx),
            said.key,
            said.account,
            said.effect.value if said.effect else "",
            said.reason.value if said.reason else "",
        )

    def _contract(self, one: Contract) -> int:
        known = self._contracts.get(one)
        if known is None:
            if len(self._contracts) >= _MOST_CONTRACTS:
                self._contracts.clear()
            known = self._contracts[one] = self._number(one)
        return known

    def _number(self, one: Contract) -> int:
        row = (one.symbol, one.asset_type.value, one.currency, one.exchange, str(one.multiplier),
               one.expiry.isoformat() if one.expiry else "", _text(one.strike) or "",
               one.right.value if one.right else "")  # fmt: skip
        names = "symbol, asset_type, currency, exchange, multiplier, expiry, strike, right"
        self._db.execute(f"INSERT OR IGNORE INTO contracts ({names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)  # noqa: S608
        where = " AND ".join(f"{name} = ?" for name in names.split(", "))
        found: int = self._db.execute(f"SELECT id FROM contracts WHERE {where}", row).fetchone()[0]  # noqa: S608
        return found


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
