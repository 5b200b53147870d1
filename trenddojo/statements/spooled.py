"""What of a spool goes into the books: its contracts and lines as booking needs them, and verdicts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Generic, TypeVar

from trenddojo.domain.terms import CashKind, ExitReason, Side
from trenddojo.statements.lines import CashLine, Contract, Effect, FillLine, LabelLine, Line, Refusal, SplitLine
from trenddojo.statements.spool import Spool

_VERDICTS = """
DROP TABLE IF EXISTS verdicts;
CREATE TABLE verdicts (line INTEGER, kind TEXT, row INTEGER, verdict TEXT, detail TEXT);
"""
_INDEX = "CREATE INDEX IF NOT EXISTS verdicts_in_order ON verdicts (line, kind, row)"
_FILL = """SELECT rowid, sequence, line, contract, at, is_dated, side, quantity, price, fee, fx, key, account, effect,
    reason FROM fills"""
_CASH = 'SELECT rowid, line, "on", kind, amount, currency, note, key, account FROM cash'
_SPLIT = 'SELECT rowid, line, contract, "on", numerator, denominator, key, account FROM splits'
_LABEL = "SELECT rowid, line, note, tags FROM labels"
_AT_ONCE = 500
"""Contracts named in one query."""
REFUSED = "refused"
_NEVER = "~"
"""Later than any moment."""
_REFUSED_BY_READING = "SELECT line, reason, text FROM refused ORDER BY line"
_ALL_REFUSED = """SELECT line, reason, text FROM refused
    UNION ALL SELECT line, detail, '' FROM verdicts WHERE verdict = 'refused' ORDER BY 1"""
T = TypeVar("T", bound=Line)


@dataclass(frozen=True, slots=True)
class Spooled(Generic[T]):
    """A line with its number within its kind, and its place among lines of one moment."""

    row: int
    said: T
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a line: `kind` is fill, cash, split or label, `row` its number there."""

    line: int
    kind: str
    row: int
    verdict: str
    detail: str = ""


def contracts_of_fills(spool: Spool) -> list[tuple[int, Contract]]:
    """Every contract that has fills, with its number."""
    found = spool.db.execute("SELECT DISTINCT contract FROM fills ORDER BY contract").fetchall()
    return [(number, spool.contract(number)) for (number,) in found]


def most_traded(spool: Spool) -> tuple[str, int]:
    """Of which instrument there are the most fills, and how many; whatever its lines say of exchange and currency."""
    query = """SELECT symbol, count(*) AS fills FROM fills JOIN contracts ON contracts.id = contract
        GROUP BY symbol, expiry, strike, right ORDER BY fills DESC LIMIT 1"""
    found: tuple[str, int] | None = spool.db.execute(query).fetchone()
    return found or ("", 0)


def fills(
    spool: Spool,
    contracts: Sequence[tuple[int, Contract]],
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[Spooled[FillLine]]:
    """The fills of some contracts by time, from one moment on and before another; those of one moment in the file's
    chronological order."""
    by_number = dict(contracts)
    begin, end = _text(since) or "", _text(until) or _NEVER
    where = f" WHERE {_of(contracts)} AND at >= ? AND at < ? ORDER BY at, sequence, rowid"
    for row in spool.db.execute(_FILL + where, (begin, end)):
        yield _fill(row, by_number[row[3]])


def moments_of_fills(spool: Spool, contracts: Sequence[tuple[int, Contract]]) -> Iterator[datetime]:
    """When the fills of some contracts were."""
    return (datetime.fromisoformat(at) for (at,) in spool.db.execute(f"SELECT at FROM fills WHERE {_of(contracts)}"))  # noqa: S608


def spans_of_fills(spool: Spool, contracts: Sequence[tuple[int, Contract]]) -> Iterator[tuple[datetime, datetime]]:
    """The first and the last moment of all that has one name, and of all that one line tells."""
    query = f"SELECT min(at) AS a, max(at) AS b FROM fills WHERE {_of(contracts)}"  # noqa: S608 - numbers of our own
    for by in ("AND key != '' GROUP BY key", "GROUP BY line"):
        for first, last in spool.db.execute(f"{query} {by} HAVING a < b"):
            yield datetime.fromisoformat(first), datetime.fromisoformat(last)


def count_of_fills(spool: Spool, contracts: Sequence[tuple[int, Contract]]) -> int:
    """How many fills some contracts have."""
    found: int = spool.db.execute(f"SELECT count(*) FROM fills WHERE {_of(contracts)}").fetchone()[0]  # noqa: S608
    return found


def _of(contracts: Sequence[tuple[int, Contract]]) -> str:
    """Numbers of our own, as a condition."""
    return f"contract IN ({', '.join(str(number) for number, _ in contracts)})"


def _text(at: datetime | None) -> str | None:
    """A moment as the spool has it."""
    return None if at is None else at.astimezone(UTC).isoformat()


def count_of(spool: Spool, table: str) -> int:
    """How many lines of a kind there are; `table` is one of the spool's own."""
    found: int = spool.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - our own names
    return found


def cash(spool: Spool) -> Iterator[Spooled[CashLine]]:
    """Cash in the file's order."""
    return map(_cash, spool.db.execute(_CASH + " ORDER BY line, rowid"))


def splits(spool: Spool) -> Iterator[Spooled[SplitLine]]:
    """Splits by date."""
    for row in spool.db.execute(_SPLIT + ' ORDER BY "on", line').fetchall():
        yield _split(row, spool)


def labels_at(spool: Spool, lines: Sequence[int]) -> list[Spooled[LabelLine]]:
    """The labels of some lines, in the file's order."""
    if not spool.db.execute("SELECT 1 FROM labels LIMIT 1").fetchone():
        return []
    found = list[Spooled[LabelLine]]()
    for start in range(0, len(lines), _AT_ONCE):
        part = ", ".join(map(str, sorted(lines)[start : start + _AT_ONCE]))
        found += map(_label, spool.db.execute(f"{_LABEL} WHERE line IN ({part}) ORDER BY line, rowid"))
    return found


def begin_verdicts(spool: Spool) -> None:
    """Forget what was said of the lines before."""
    spool.db.executescript(_VERDICTS + "CREATE INDEX IF NOT EXISTS labels_by_line ON labels (line);")


def put_verdicts(spool: Spool, said: Iterable[Verdict]) -> None:
    """Keep verdicts; `end_verdicts` makes them readable."""
    rows = ((one.line, one.kind, one.row, one.verdict, one.detail) for one in said)
    spool.db.executemany("INSERT INTO verdicts VALUES (?, ?, ?, ?, ?)", rows)


def end_verdicts(spool: Spool) -> None:
    """All lines have their verdict."""
    spool.db.execute(_INDEX)
    spool.db.commit()


def refuse(spool: Spool, said: Iterable[Verdict]) -> None:
    """Of these verdicts those that refuse take the place of what was said before."""
    rows = [(one.detail, one.line, one.kind, one.row) for one in said if one.verdict == REFUSED]
    if rows:
        change = "UPDATE verdicts SET verdict = 'refused', detail = ? WHERE line = ? AND kind = ? AND row = ?"
        spool.db.executemany(change, rows)
        spool.db.commit()


def verdicts(spool: Spool, limit: int, offset: int) -> list[tuple[Line, Verdict]]:
    """Some lines with their verdicts, in the file's order."""
    query = "SELECT line, kind, row, verdict, detail FROM verdicts ORDER BY line, kind, row LIMIT ? OFFSET ?"
    found = [Verdict(*row) for row in spool.db.execute(query, (limit, offset))]
    return [(_said(spool, one), one) for one in found]


def refused(spool: Spool) -> Iterator[Refusal]:
    """Every line that reading or the survey refused, by line."""
    is_surveyed = spool.db.execute("SELECT 1 FROM sqlite_master WHERE name = 'verdicts'").fetchone()
    for line, reason, text in spool.db.execute(_ALL_REFUSED if is_surveyed else _REFUSED_BY_READING):
        yield Refusal(line, reason, text)


def _said(spool: Spool, one: Verdict) -> Line:
    db, at = spool.db, " WHERE rowid = ?"
    match one.kind:
        case "fill":
            row = db.execute(_FILL + at, (one.row,)).fetchone()
            return _fill(row, spool.contract(row[3])).said
        case "cash":
            return _cash(db.execute(_CASH + at, (one.row,)).fetchone()).said
        case "split":
            return _split(db.execute(_SPLIT + at, (one.row,)).fetchone(), spool).said
        case _:
            return _label(db.execute(_LABEL + at, (one.row,)).fetchone()).said


def _fill(row: tuple[object, ...], contract: Contract) -> Spooled[FillLine]:
    number, sequence, line, _, at, dated, side, quantity, price, fee, fx, key, account, effect, reason = row
    said = FillLine(
        line=int(str(line)),
        contract=contract,
        at=datetime.fromisoformat(str(at)),
        is_dated=bool(dated),
        side=Side(str(side)),
        quantity=Decimal(str(quantity)),
        price=Decimal(str(price)),
        fee=_decimal(fee),
        fx=_decimal(fx),
        key=str(key),
        account=str(account),
        effect=Effect(str(effect)) if effect else None,
        reason=ExitReason(str(reason)) if reason else None,
    )
    return Spooled(int(str(number)), said, int(str(sequence)))


def _cash(row: tuple[object, ...]) -> Spooled[CashLine]:
    number, line, on, kind, amount, currency, note, key, account = row
    words = str(currency), str(note), str(key), str(account)
    said = CashLine(int(str(line)), date.fromisoformat(str(on)), CashKind(str(kind)), Decimal(str(amount)), *words)
    return Spooled(int(str(number)), said)


def _split(row: tuple[object, ...], spool: Spool) -> Spooled[SplitLine]:
    number, line, contract, on, numerator, denominator, key, account = row
    ratio = Decimal(str(numerator)), Decimal(str(denominator))
    of = spool.contract(int(str(contract)))
    said = SplitLine(int(str(line)), of, date.fromisoformat(str(on)), *ratio, str(key), str(account))
    return Spooled(int(str(number)), said)


def _label(row: tuple[object, ...]) -> Spooled[LabelLine]:
    number, line, note, tags = row
    said = LabelLine(int(str(line)), str(note), tuple(str(tags).split("\n")) if tags else ())
    return Spooled(int(str(number)), said)


def _decimal(text: object) -> Decimal | None:
    return None if text is None else Decimal(str(text))
