"""The file of refused lines: in the statement's shape, safe in a spreadsheet, and readable again."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from tests.services.brought import TRADERVUE, bring, looked_at, say, worked
from trenddojo.services.imports import looking, report
from trenddojo.store.models import Import
from trenddojo.store.seats import Seat

ACTIVITY = """Statement,Header,Field Name,Field Value
Statement,Data,BrokerName,Interactive Brokers LLC
Statement,Data,Period,"March 2, 2026 - March 31, 2026"
Account Information,Header,Field Name,Field Value
Account Information,Data,Account,U1234567
Account Information,Data,Base Currency,USD
Trades,Header,DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price,\
C. Price,Proceeds,Comm/Fee,Basis,Realized P/L,MTM P/L,Code
Trades,Data,Order,Stocks,USD,AAPL,"2026-03-02, 10:30:00",100,150.25,151,-15025,-1,15026,0,75,O
Trades,Data,Order,Stocks,USD,MSFT,"2026-03-03, 10:30:00",ten,400.25,401,-4002.5,-1,4003.5,0,7.5,O
Trades,Data,Order,Stocks,USD,AAPL,"2026-03-05, 15:10:00",-100,155.75,156,15575,-1,-15026,548,-25,C
"""


def text_of(row: Import) -> str:
    path = looking.refused_file(row)
    assert path is not None
    return path.read_text("utf-8-sig")


def test_sections_keep_their_headers(app: Flask, seat: Seat) -> None:
    row = bring(seat, ACTIVITY, "U1234567.csv").row
    assert row.format.startswith("ibkr")
    if row.status == "received":
        say(seat, row, zone="America/New_York")
    row = worked(row.id)
    assert (row.counts["fills_new"], row.counts["lines_refused"]) == (2, 1), row.error
    text = text_of(row)
    assert "Trades,Header,DataDiscriminator" in text
    assert "MSFT" in text
    assert "AAPL" not in text
    mended = bring(seat, text.replace(",ten,", ",10,"), "mended.csv").row
    assert mended.format == row.format
    if mended.status == "received":
        say(seat, mended, zone="America/New_York")
    done = worked(mended.id)
    assert (done.counts["fills_new"], done.counts["lines_refused"]) == (1, 0), done.error


def test_nothing_refused_is_no_file(app: Flask, seat: Seat) -> None:
    row = looked_at(seat, TRADERVUE.replace("forty", "40"))
    assert looking.refused_file(row) is None
    assert row.counts["lines_refused"] == 0


def test_formulas_are_marked_as_text_and_numbers_stay(app: Flask, seat: Seat) -> None:
    row = looked_at(
        seat,
        "Date,Time,Symbol,Quantity,Price,Side\n"
        "2026-03-12,12:00:00,\"=cmd|' /C calc'!A0\",-40,-410.10,S\n"
        "2026-03-12,12:00:00,@SUM(A1),+x,--,S\n",
    )
    rows = list(csv.DictReader(StringIO(text_of(row))))
    assert [one["Symbol"] for one in rows] == ["'=cmd|' /C calc'!A0", "'@SUM(A1)"]
    assert [one["Quantity"] for one in rows] == ["-40", "'+x"]
    assert [one["Price"] for one in rows] == ["-410.10", "--"]
    assert [one["Refused line"] for one in rows] == ["2", "3"]


def test_lines_in_quotes_and_short_ones_stand_under_their_columns(app: Flask, seat: Seat) -> None:
    row = looked_at(
        seat,
        'Date,Time,Symbol,Quantity,Price,Side,Note\n2026-03-12,12:00:00,MSFT,forty,"410",S,"two\nlines"\n2026-03-13,bad\n',
    )
    first, second = csv.DictReader(StringIO(text_of(row)))
    assert (first["Note"], first["Refused line"]) == ("two\nlines", "2")
    assert (second["Time"], second["Refused line"]) == ("bad", "4")
    assert second["Why it was refused"]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_its_delimiter_is_the_statements(app: Flask, seat: Seat, delimiter: str) -> None:
    row = looked_at(seat, TRADERVUE.replace(",", delimiter))
    assert text_of(row).splitlines()[0].count(delimiter) == 7


@given(st.text(max_size=30))
def test_no_cell_begins_a_formula(cell: str) -> None:
    safe = report._safe(cell)
    assert safe in (cell, f"'{cell}")
    if safe == cell and cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
        assert not any(letter.isalpha() and letter not in "eE" for letter in cell)
        assert cell[0] in "+-"


def test_a_file_that_is_gone_is_told(app: Flask, seat: Seat, tmp_path: Path) -> None:
    row = bring(seat).row
    for file in (tmp_path / "imports").rglob("file"):
        file.unlink()
    say(seat, row, zone="America/New_York")
    assert "not on this server any more" in worked(row.id).error
