"""Whatever a file holds, it is refused line by line or as a whole, and nothing else is raised."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given as each
from hypothesis import settings
from hypothesis import strategies as st

from tests.statements.formats import given
from tests.statements.formats.examples import EXAMPLES, MAPPED, MAPPED_COLUMNS
from trenddojo.statements import registry
from trenddojo.statements.format import DateOrder, Format, Unreadable
from trenddojo.statements.lines import CashLine, FillLine, Refusal, Said, SplitLine
from trenddojo.statements.spool import Spool

ALL = {**EXAMPLES, "mapped": MAPPED}
every = pytest.mark.parametrize("name", ALL)
_BOOKED = (FillLine, CashLine, SplitLine)
_USUAL = {"Type": "Side", "B/S": "Side", "Filled Qty": "Filled", "Filled Avg Price": "Avg Price"}
"""What columns of a broker's other layout are called in sentences."""
_EVIL = [
    '=cmd|" /C calc"!A0',
    "+1+1",
    "@SUM(A1)",
    "-",
    "NaN",
    "Infinity",
    "1e999",
    "9" * 400,
    "-0",
    "\ufeff",
    "\u202e",
    "２０２４",
    "99/99/9999",
    "00/00/0000",
    "2024-02-30",
    "T" * 300,
    "1 " * 200,
    "(((",
    "' OR 1=1 --",
    "<script>",
    "",
]


def how(name: str) -> given.Options:
    if name == "mapped":
        return given.options(columns=MAPPED_COLUMNS, order=DateOrder.DAY_FIRST)
    return given.options()


def said(name: str, content: str | bytes) -> list[Said]:
    """What is said of a file, one refusal for one that cannot be read; a spool keeps all of it."""
    try:
        lines = given.read(registry.named(name), content, how(name))
    except Unreadable as reason:
        return [Refusal(0, str(reason), "")]
    with TemporaryDirectory() as folder, Spool.begin(Path(folder) / "spool") as spool:
        list(spool.take(lines))
    return lines


@every
def test_an_empty_file_is_unreadable(name: str) -> None:
    for content in (b"", b"\n\n  \n", b"\xef\xbb\xbf"):
        with pytest.raises(Unreadable):
            given.read(registry.named(name), content, how(name))


@every
def test_what_is_no_text_is_unreadable(name: str) -> None:
    for content in (b"PK\x03\x04" + bytes(500), b"%PDF-1.7 " + bytes(range(256))):
        with pytest.raises(Unreadable):
            given.read(registry.named(name), content, how(name))


@every
def test_a_missing_column_is_named(name: str) -> None:
    """Every column that a format needs, one after the other; those that it can do without change no more than fees."""
    lines = ALL[name].splitlines()
    found = registry.named(name)
    for column in _needed(found):
        content = "\n".join(line.replace(column, "Somewhat") if _is_header(line) else line for line in lines)
        with pytest.raises(Unreadable, match=_USUAL.get(column, column)):
            given.read(found, content, how(name))


@every
@settings(max_examples=60, deadline=None)
@each(data=st.data())
def test_a_cell_that_is_not_what_it_should_be_raises_nothing(name: str, data: st.DataObject) -> None:
    rows = list(csv.reader(ALL[name].splitlines(), delimiter=";" if name == "mapped" else ","))
    row = data.draw(st.integers(0, len(rows) - 1).filter(lambda at: bool(rows[at])))
    cell = data.draw(st.integers(0, len(rows[row]) - 1))
    rows[row][cell] = data.draw(st.sampled_from(_EVIL) | st.text(max_size=40))
    said(name, _written(rows, ";" if name == "mapped" else ","))


@every
@settings(max_examples=30, deadline=None)
@each(data=st.data())
def test_a_file_that_was_cut_or_damaged_raises_nothing(name: str, data: st.DataObject) -> None:
    content = ALL[name].encode()
    start = data.draw(st.integers(0, len(content)))
    length = data.draw(st.integers(0, 200))
    said(name, content[:start] + data.draw(st.binary(max_size=20)) + content[start + length :])


@every
def test_zero_bytes_are_refused_by_line(name: str) -> None:
    lines = ALL[name].splitlines()
    booked = [one for one in said(name, ALL[name]) if isinstance(one, _BOOKED)]
    at = booked[0].line
    damaged = [*lines[: at - 1], lines[at - 1][:5] + "\0" + lines[at - 1][5:], *lines[at:]]
    refused = [one for one in said(name, "\n".join(damaged)) if isinstance(one, Refusal) and one.line == at]
    assert "zero bytes" in refused[0].reason


@every
def test_a_quote_that_is_never_closed_swallows_nothing(name: str) -> None:
    before = [one for one in said(name, ALL[name]) if isinstance(one, _BOOKED)]
    after = [one for one in said(name, ALL[name] + '"never closed\n') if isinstance(one, _BOOKED)]
    assert after == before


def test_a_formula_is_no_number() -> None:
    content = EXAMPLES["tradervue"].replace(",100,150.25,", ",=50+50,150.25,")
    assert given.refusal(said("tradervue", content)) == "Quantity: “=50+50” is not a number."


def _needed(found: Format) -> list[str]:
    return {
        "ibkr_flex": ["Symbol", "Quantity", "TradePrice", "DateTime"],
        "ibkr_activity": ["Symbol", "Quantity", "T. Price", "Date/Time"],
        "schwab_transactions": ["Date", "Action", "Symbol", "Quantity", "Price", "Amount"],
        "schwab_lots": ["Symbol", "Closed Date", "Opened Date", "Quantity", "Proceeds Per Share", "Cost Per Share"],
        "thinkorswim": ["DESCRIPTION", "AMOUNT", "BALANCE", "Exec Time", "Net Price"],
        "tradestation": ["Entered", "Order Status", "Type", "Symbol", "Qty Filled", "Filled Price"],
        "webull": ["Symbol", "Side", "Filled Time", "Avg Price"],
        "webull_bare": ["Symbol", "B/S", "Filled Qty", "Filled Avg Price", "Filled Time"],
        "tradervue": ["Date", "Time", "Symbol", "Quantity", "Price", "Side"],
        "tradervue_trades": ["Open Datetime", "Close Datetime", "Symbol", "Side", "Volume", "Gross P&L"],
        "mapped": ["Ausführung", "Wertpapier", "Menge", "Kurs", "Gebühr"],
    }[found.name]


def _is_header(line: str) -> bool:
    return "Symbol" in line or "DESCRIPTION" in line or "Wertpapier" in line


def _written(rows: list[list[str]], delimiter: str) -> str:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue()
