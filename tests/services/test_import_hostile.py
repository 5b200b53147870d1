"""Hostile files: whatever is in them, a sentence or a preview comes of it, and nothing is lost or broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.services.brought import TRADERVUE, bring, looked_at, say, worked
from trenddojo.domain.terms import ImportStatus
from trenddojo.services.errors import Invalid
from trenddojo.services.imports import acts, looking, reading
from trenddojo.statements.spool import Spool
from trenddojo.statements.spooled import count_of
from trenddojo.statements.texts import TOO_MANY_LINES
from trenddojo.store.seats import Seat

HEAD = "Date,Time,Symbol,Quantity,Price,Side\n"
GOOD = "2026-03-02,10:30:00,AAPL,100,150.25,B\n"
COLUMNS = {"date": "Date", "symbol": "Symbol", "quantity": "Quantity", "price": "Price"}
FILES = {
    "a million columns": HEAD + "a," * 1_000_000 + "\n" + GOOD,
    "a million columns in the header": "Date," * 1_000_000 + "\n" + GOOD,
    "one endless line": "a" * 3_000_000,
    "NUL bytes": HEAD + GOOD + "\0\0\0\n" + GOOD.replace("AAPL", "A\0PL"),
    "UTF-16": ("\ufeff" + HEAD + GOOD).encode("utf-16-le"),
    "UTF-16 cut in half": ("\ufeff" + HEAD + GOOD).encode("utf-16-le")[:-1],
    "formulas": HEAD + GOOD.replace("AAPL", '"=HYPERLINK(""http://x"",""y"")"'),
    "an open quote": HEAD + '2026-03-02,10:30:00,"AAPL,100,150.25,B\n' + GOOD * 3,
    "quoted line ends": HEAD + '2026-03-02,10:30:00,"AA\nPL",100,150.25,B\n' + GOOD,
    "three orders of dates": HEAD
    + GOOD
    + GOOD.replace("2026-03-02", "03/02/2026")
    + GOOD.replace("2026-03-02", "2.3.26"),
    "numbers of a thousand digits": HEAD + GOOD.replace("100", "1" * 1000) + GOOD.replace("150.25", "1e999999"),
    "no number": HEAD + GOOD.replace("100", "NaN") + GOOD.replace("100", "Infinity") + GOOD.replace("100", "-0"),
    "years beyond time": HEAD + GOOD.replace("2026", "9999") + GOOD.replace("2026", "0001"),
    "only a header": HEAD,
    "letters of everywhere": HEAD + GOOD.replace("AAPL", "ÄÖ漢字🚀") + GOOD,
    "half a letter": HEAD.encode() + b"2026-03-02,10:30:00,\xed\xa0\x80,100,150.25,B\n",
    "carriage returns alone": (HEAD + GOOD).replace("\n", "\r"),
    "XML that is none": "<FlexQueryResponse><Trade",
    "XML that grows": '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    "<FlexQueryResponse>&b;</FlexQueryResponse>",
}


@pytest.mark.parametrize("name", FILES)
def test_it_ends_in_a_sentence_or_a_preview(app: Flask, seat: Seat, name: str) -> None:
    assert len(end_of(seat, FILES[name])) > 5


def end_of(seat: Seat, content: str | bytes) -> str:
    """What becomes of a file, looked at on the way."""
    try:
        row = bring(seat, content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content).row
    except Invalid as refused:
        return refused.message
    import_id, name = row.id, row.format or "mapped"
    if row.status is ImportStatus.RECEIVED:
        row = say(seat, row, name, zone="America/New_York", **({"columns": COLUMNS} if name == "mapped" else {}))
    row = worked(import_id)
    assert row.status in (ImportStatus.READY, ImportStatus.FAILED, ImportStatus.RECEIVED)
    assert row.error or row.status is ImportStatus.READY
    looking.head(row)
    looking.preview(row, 50, 0)
    looking.refused(row, 50, 0)
    if row.status is ImportStatus.READY:
        acts.take(seat, import_id, {})
        row = worked(import_id)
        assert row.status is ImportStatus.DONE, row.error
        acts.undo(seat, import_id)
        assert worked(import_id).status is ImportStatus.UNDONE
    return row.status


def test_what_is_mostly_nonsense_is_refused_as_a_whole(app: Flask, seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_REFUSED", 3)
    row = bring(seat, HEAD + "x,y,z\n" * 5 + GOOD).row
    say(seat, row, zone="America/New_York")
    row = worked(row.id)
    assert row.status is ImportStatus.FAILED
    assert row.error.startswith("4 lines and more cannot be read, which is most of it. One is line 5: ")
    few = bring(seat, HEAD + GOOD * 6 + "x,y,z\n" * 5).row
    assert worked(few.id).counts["lines_refused"] == 5


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_of_too_many_lines_is_not_gone_through(
    app: Flask, seat: Seat, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setattr(reading, "MOST_LINES", 5)
    row = bring(seat, (HEAD + GOOD * 3).replace("\n", end)).row
    say(seat, row, zone="America/New_York")
    assert worked(row.id).counts["fills_new"] == 3
    row = worked(bring(seat, (HEAD + GOOD + "\n" * 3).replace("\n", end)).row.id)
    assert (row.status, row.error) == (ImportStatus.FAILED, TOO_MANY_LINES)


def test_what_is_too_much_at_once_is_brought_in_parts(app: Flask, seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST", {"contracts": (2, "instruments")})
    monkeypatch.setattr(reading, "MOST_FILLS_OF_ONE", 2)
    few = HEAD + GOOD * 2 + GOOD.replace("AAPL", "MSFT") * 2
    assert looked_at(seat, few).counts["fills_new"] == 4
    for more, error in (
        (GOOD, f"It tells more than 2 fills of AAPL. {reading.IN_PARTS}"),
        (GOOD.replace("AAPL", "NVDA"), f"It tells of more than 2 instruments. {reading.IN_PARTS}"),
    ):
        row = worked(bring(seat, few + more).row.id)
        assert (row.status, row.error) == (ImportStatus.FAILED, error)


def test_every_bound_is_on_a_table_of_the_spool(tmp_path: Path) -> None:
    with Spool.begin(tmp_path / "spool") as spool:
        assert {table: count_of(spool, table) for table in reading.MOST} == dict.fromkeys(reading.MOST, 0)


def test_a_long_file_that_begins_badly_is_read(app: Flask, seat: Seat) -> None:
    """What cannot be read may all stand first: an account's futures, say."""
    row = bring(seat, HEAD + "x,y,z\n" * 2_000 + GOOD + "\n" * 2_000).row
    say(seat, row, zone="America/New_York")
    row = worked(row.id)
    assert (row.status, row.error) == (ImportStatus.READY, "")
    assert (row.counts["fills_new"], row.counts["lines_refused"]) == (1, 2_000)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_put_into_a_statement(app: Flask, seat: Seat, data: st.DataObject) -> None:
    content = bytearray(TRADERVUE.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content)))
        content[place:place] = data.draw(st.binary(max_size=12))
    end_of(seat, bytes(content))
