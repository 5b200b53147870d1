"""The download of refused lines, mended and brought again: exactly the mended lines come in."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask

from tests.services.brought import TRADERVUE, bring, looked_at, say, worked
from trenddojo.services.imports import acts, looking
from trenddojo.statements.formats.mapped import MAPPED
from trenddojo.store.database import db
from trenddojo.store.models import Execution, Import
from trenddojo.store.seats import Seat

_D = Decimal
COLUMNS = {"date": "When", "symbol": "What", "quantity": "Pieces", "price": "For"}
UNKNOWN = """When,What,Pieces,For,Remark
2026-03-02,AAPL,100,"1,150.25",one
2026-03-02,AAPL,100,"1,150.25",one
2026-03-05,AAPL,-200,forty,"of two
lines"
2026-03-09,MSFT,4O,400.10,=SUM(A1)
2026-03-13,MSFT,-40,410.60,
"""


def refused_of(row: Import) -> str:
    path = looking.refused_file(row)
    assert path is not None
    return path.read_text(encoding="utf-8-sig")


def booked(seat: Seat, row: Import) -> Import:
    acts.take(seat, row.id, {})
    return worked(row.id)


def fills() -> list[tuple[str, Decimal, Decimal]]:
    db.session.rollback()
    rows = db.session.scalars(db.select(Execution).where(Execution.deleted_at.is_(None)))
    return sorted((one.side.value, one.quantity, one.price) for one in rows)


def written(text: str, how: str) -> bytes:
    return {
        "as it is": text.encode(),
        "with semicolons": text.replace(",", ";").encode(),
        "in UTF-16": text.encode("utf-16"),
        "with Windows' ends": text.replace("\n", "\r\n").encode("utf-8-sig"),
    }[how]


@pytest.mark.parametrize("how", ["as it is", "with semicolons", "in UTF-16", "with Windows' ends"])
def test_the_mended_line_alone_is_new(app: Flask, seat: Seat, how: str) -> None:
    first = booked(seat, looked_at(seat, written(TRADERVUE, how)))
    assert (first.counts["fills_new"], first.counts["lines_refused"]) == (4, 1)
    mended = bring(seat, refused_of(first).replace("forty", "40"), "mended.csv").row
    assert mended.status == "reading"  # how the first one was read is remembered
    found = worked(mended.id)
    assert [found.counts[name] for name in ("fills_new", "fills_known", "lines_refused")] == [1, 0, 0]
    booked(seat, found)
    assert fills() == [
        ("buy", _D(40), _D("400.10")), ("buy", _D(100), _D("150.25")),
        ("sell", _D(40), _D("410.10")), ("sell", _D(40), _D("410.60")), ("sell", _D(100), _D("155.75")),
    ]  # fmt: skip


def test_of_a_table_with_columns_of_ones_own_as_well(app: Flask, seat: Seat) -> None:
    row = bring(seat, UNKNOWN).row
    say(seat, row, MAPPED.name, zone="America/New_York", columns=COLUMNS)
    first = booked(seat, worked(row.id))
    assert (first.counts["fills_new"], first.counts["lines_refused"]) == (3, 2)
    text = refused_of(first).replace("forty", "1160.5").replace("4O", "40")
    found = worked(bring(seat, text, "mended.csv").row.id)
    assert [found.counts[name] for name in ("fills_new", "fills_known", "lines_refused")] == [2, 0, 0]
    booked(seat, found)
    again = worked(bring(seat, text + "\n", "again.csv").row.id)
    assert [again.counts[name] for name in ("fills_new", "fills_known")] == [0, 2]
    assert len(fills()) == 5


def test_one_that_was_mended_halfway_keeps_the_rest_refused(app: Flask, seat: Seat) -> None:
    row = bring(seat, UNKNOWN).row
    say(seat, row, MAPPED.name, zone="America/New_York", columns=COLUMNS)
    first = booked(seat, worked(row.id))
    found = worked(bring(seat, refused_of(first).replace("4O", "40"), "half.csv").row.id)
    assert [found.counts[name] for name in ("fills_new", "fills_known", "lines_refused")] == [1, 0, 1]
    booked(seat, found)
    last = worked(bring(seat, refused_of(found).replace("forty", "1160.5"), "rest.csv").row.id)
    assert [last.counts[name] for name in ("fills_new", "fills_known", "lines_refused")] == [1, 0, 0]
