"""The search over notes: every word, every alphabet, and only what one may see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from tests.conftest import NOW, make_seat
from tests.services.recorded import instrument, plan, stranger, viewer_of
from tests.services.test_journal import write
from trenddojo.services import journal, notes
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.notes import NotesQuery
from trenddojo.services.inputs.records import NoteInput
from trenddojo.services.note_search import search
from trenddojo.store.database import db
from trenddojo.store.models import Trade
from trenddojo.store.seats import Seat


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def note(seat: Seat, trade: Trade, body: str, ago: int = 0, kind: str = "management") -> None:
    notes.add_note(seat, trade, parse(NoteInput, {"body": body, "kind": kind}), NOW - timedelta(minutes=ago))


def found(*seats: Seat, limit: int = 30, **asked: str) -> list[str]:
    return [one.body for one in search(seats, parse(NotesQuery, asked), limit).notes]


def test_notes_of_both_kinds_are_found_newest_first(seat: Seat) -> None:
    note(seat, plan(seat), "Base broke out", ago=50)
    write(seat, "2026-11-18", "Broke my rule")
    assert found(seat) == ["Broke my rule", "Base broke out"]
    assert found(seat, q="broke") == ["Broke my rule", "Base broke out"]
    assert found(seat, q="broke out") == ["Base broke out"]
    assert found(seat, q="out BASE base") == ["Base broke out"]
    assert found(seat, q="broke nothing") == []


@pytest.mark.parametrize(
    ("body", "word", "is_found"),
    [
        ("100% sure", "100%", True),
        ("1000 sure", "100%", False),
        ("a_b", "a_b", True),
        ("axb", "a_b", False),
        ("a/b \\ c", "a/b", True),
        ("a/b \\ c", "\\", True),
        ('it\'s "so"', "it's", True),
        ("x'; DROP TABLE users; --", "drop", True),
        ("ÉCLAIR über Ζεύς", "éclair", True),
        ("ÉCLAIR über Ζεύς", "ÜBER", True),
        ("ÉCLAIR über Ζεύς", "ζεύς", True),
        ("éclair", "eclair", False),
    ],
)
def test_words_are_taken_as_typed_in_small_or_capital_letters(seat: Seat, body: str, word: str, is_found: bool) -> None:
    write(seat, "2026-11-18", body)
    note(seat, plan(seat), body)
    assert found(seat, q=word) == [body] * 2 * is_found


def test_kinds_and_accounts_narrow_it(seat: Seat) -> None:
    other = make_seat(seat.user, "Second")
    write(seat, "2026-11-18", "journal")
    for kind in ("entry", "management", "exit", "review"):
        note(seat, plan(seat, instrument(kind.upper())), kind, kind=kind)
    write(other, "2026-11-18", "elsewhere")
    assert len(found(seat, other)) == 6
    assert found(seat, other, account=str(other.account.id)) == ["elsewhere"]
    assert sorted(found(seat, other, kind="journal")) == ["elsewhere", "journal"]
    assert sorted(found(seat, kind="trades")) == ["entry", "exit", "management", "review"]
    assert found(seat, kind="review") == ["review"]


def test_pages_have_neither_gap_nor_repetition(seat: Seat) -> None:
    trade = plan(seat)
    for number in range(7):
        note(seat, trade, f"trade {number}", ago=number // 2)  # some at the same moment
        write(seat, "2026-11-18", f"journal {number}")
    everything, seen, before = found(seat), [], ""
    while True:
        page = search([seat], parse(NotesQuery, {"before": before}), 3)
        seen += [one.body for one in page.notes]
        if page.after is None:
            break
        before = str(page.after)
    assert len(everything) == 14
    assert seen == everything


def test_a_page_goes_on_from_a_note_that_was_deleted_meanwhile(seat: Seat) -> None:
    for number in range(4):
        write(seat, "2026-11-18", f"{number}")
    page = search([seat], NotesQuery(), 2)
    assert page.after is not None
    journal.delete_note(seat, page.after, NOW)
    assert found(seat, before=str(page.after)) == ["1", "0"]


def test_what_is_deleted_is_not_found(seat: Seat) -> None:
    trade, gone = plan(seat), plan(seat, instrument("AMD"))
    written = write(seat, "2026-11-18", "journal")
    row = notes.add_note(seat, trade, parse(NoteInput, {"body": "note"}), NOW)
    note(seat, gone, "of a deleted trade")
    gone.deleted_at = NOW
    db.session.commit()
    journal.delete_note(seat, written.id, NOW)
    notes.delete_note(seat, trade, row.id, NOW)
    assert found(seat) == []


def test_only_what_one_may_see_is_found(seat: Seat) -> None:
    theirs = stranger()
    write(theirs, "2026-11-18", "secret journal")
    note(theirs, plan(theirs), "secret trade")
    mine = write(seat, "2026-11-18", "mine")
    assert found(seat) == ["mine"]
    assert found(seat, q="secret") == []
    assert found(viewer_of(seat)) == ["mine"]
    assert found() == []
    for asked in ({"account": str(theirs.account.id)}, {"before": str(search([theirs], NotesQuery()).notes[0].id)}):
        with pytest.raises(Invalid) as refused:
            found(seat, **asked)
        assert refused.value.fields.keys() == asked.keys()
    with pytest.raises(Invalid):
        found(theirs, before=str(mine.id))


def test_the_author_is_named(seat: Seat) -> None:
    write(seat, "2026-11-18", "x")
    (one,) = search([seat], NotesQuery()).notes
    assert (one.author, one.author_id) == ("Marta Lind", seat.user.id)


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        *(("q", bad) for bad in ("x" * 201, "a\x00b", "1 2 3 4 5 6 7 8 9", ["a"])),
        *(("account", bad) for bad in ("x", "1e400", "٤")),
        *(("kind", bad) for bad in ("diary", "JOURNAL", "\x00")),
        ("before", "x"),
    ],
)
def test_bad_questions_name_their_field(field: str, bad: object) -> None:
    with pytest.raises(Invalid) as refused:
        parse(NotesQuery, {field: bad})
    assert refused.value.fields.keys() == {field}


def test_people_without_accounts_find_nothing(app: Flask) -> None:
    assert found() == []
