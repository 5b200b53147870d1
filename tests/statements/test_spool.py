"""What was read of a statement, kept on disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from trenddojo.domain.terms import AssetType, CashKind, ExitReason, OptionRight, Side
from trenddojo.statements.lines import (
    CashLine,
    Contract,
    Effect,
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
from trenddojo.statements.spool import Spool

D = Decimal
AT = datetime(2024, 1, 5, 9, 30, tzinfo=UTC)
STOCK = Contract("AAPL", currency="USD")
OPTION = Contract("AAPL", AssetType.OPTION, "USD", "", D(100), date(2024, 1, 19), D("187.5"), OptionRight.CALL)
FILL = FillLine(1, STOCK, AT, False, Side.BUY, D("100"), D("150.2500"), D("1.0035"), D("0.92"), "x1", "U1", Effect.OPEN)


def taken(folder: Path, lines: list[Said]) -> sqlite3.Connection:
    path = folder / "statement.spool"
    with Spool.begin(path) as spool:
        list(spool.take(lines))
    return sqlite3.connect(path)


def test_every_kind_of_line_is_kept_exactly(tmp_path: Path) -> None:
    lines: list[Said] = [
        FILL,
        replace(FILL, line=2, contract=OPTION, fee=None, fx=None, effect=None, reason=ExitReason.EXPIRED),
        LabelLine(2, "a note", ("one", "two")),
        CashLine(3, date(2024, 1, 5), CashKind.FEE, D("0.10"), "USD", "data", "k", "U1"),
        SplitLine(4, STOCK, date(2024, 6, 10), D(10), D(1), "k", "U1"),
        HeldLine(5, STOCK, date(2024, 6, 10), D(-5), None, D("1.50"), "U1"),
        SumLine(6, SumKind.CASH, date(2024, 1, 1), date(2024, 1, 31), "USD", D("-1.0"), "", "U1"),
        Refusal(7, "why", "=text"),
        Skipped(8, "a total"),
    ]
    with closing(taken(tmp_path, lines)) as db:
        first, second = db.execute("SELECT quantity, price, fee, fx, at, reason, contract FROM fills").fetchall()
        assert first[:6] == ("100", "150.2500", "1.0035", "0.92", AT.isoformat(), "")
        assert second[2:6] == (None, None, AT.isoformat(), "expired")
        assert db.execute(
            "SELECT strike, expiry, right, multiplier FROM contracts WHERE id = ?", second[6:]
        ).fetchone() == (
            "187.5",
            "2024-01-19",
            OptionRight.CALL.value,
            "100",
        )
        assert db.execute("SELECT note, tags FROM labels").fetchall() == [("a note", "one\ntwo")]
        assert db.execute("SELECT amount, kind FROM cash").fetchall() == [("0.10", "fee")]
        assert db.execute("SELECT numerator, denominator FROM splits").fetchall() == [("10", "1")]
        assert db.execute("SELECT quantity, average, price FROM held").fetchall() == [("-5", None, "1.50")]
        assert db.execute("SELECT amount, kind FROM sums").fetchall() == [("-1.0", "cash")]
        assert db.execute("SELECT line, reason, text FROM refused").fetchall() == [(7, "why", "=text")]
        assert db.execute("SELECT line, reason FROM skipped").fetchall() == [(8, "a total")]


def test_an_instrument_is_kept_once(tmp_path: Path) -> None:
    with closing(taken(tmp_path, [replace(FILL, line=line) for line in range(1, 50)])) as db:
        assert db.execute("SELECT count(*) FROM contracts").fetchone() == (1,)
        assert db.execute("SELECT count(*) FROM fills").fetchone() == (49,)


def order(db: sqlite3.Connection) -> list[int]:
    return [line for (line,) in db.execute("SELECT line FROM fills ORDER BY at, sequence")]


def test_fills_of_one_moment_keep_the_order_of_the_file(tmp_path: Path) -> None:
    later = replace(FILL, at=AT + timedelta(hours=1))
    with closing(taken(tmp_path, [FILL, replace(FILL, line=2), replace(later, line=3), replace(later, line=4)])) as db:
        assert order(db) == [1, 2, 3, 4]


def test_a_file_that_begins_with_the_newest_is_turned(tmp_path: Path) -> None:
    later = replace(FILL, at=AT + timedelta(hours=1))
    with closing(taken(tmp_path, [later, replace(later, line=2), replace(FILL, line=3), replace(FILL, line=4)])) as db:
        assert order(db) == [4, 3, 2, 1]


def test_a_file_of_one_day_is_turned_where_its_closing_fills_come_first(tmp_path: Path) -> None:
    day = [replace(FILL, line=at, effect=Effect.CLOSE if at in (1, 3) else None) for at in range(1, 5)]
    with closing(taken(tmp_path, day)) as db:
        assert order(db) == [4, 3, 2, 1]
    with closing(taken(tmp_path, [replace(one, line=5 - one.line) for one in reversed(day)])) as db:
        assert order(db) == [1, 2, 3, 4]


def test_it_begins_anew_in_place_of_what_lay_there(tmp_path: Path) -> None:
    taken(tmp_path, [FILL]).close()
    with closing(taken(tmp_path, [Skipped(1, "a total")])) as db:
        assert db.execute("SELECT count(*) FROM fills").fetchone() == (0,)


def test_lines_are_taken_as_they_come_and_progress_is_told(tmp_path: Path) -> None:
    came = 0

    def lines() -> Iterator[Said]:
        nonlocal came
        for came in range(1, 12_001):
            yield Skipped(came, "a total")

    with Spool.begin(tmp_path / "statement.spool") as spool:
        reached = []
        for line in spool.take(lines()):
            assert line == came
            reached.append(line)
    assert reached == [5_000, 10_000]
