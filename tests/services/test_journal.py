"""The daily journal: notes beside what a day brought."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from uuid import uuid4

import pytest

from tests.conftest import NOW, make_seat, make_user
from tests.services.exposed import bought, mark, round_trip, settled
from trenddojo.services import journal
from trenddojo.services.errors import Forbidden, Invalid, NotFound
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.journal import NewNoteInput, NoteInput
from trenddojo.store import days
from trenddojo.store.models import JournalNote
from trenddojo.store.seats import Seat, SeatRole

TODAY = date(2026, 11, 19)
_moments = (NOW + timedelta(seconds=number) for number in count())


def write(seat: Seat, on: str, body: str = "Quiet.", **more: str) -> JournalNote:
    return journal.write_note(seat, parse(NewNoteInput, {"on": on, "body": body, **more}), next(_moments))


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def test_a_day_shows_its_notes_and_what_it_brought(seat: Seat) -> None:
    write(seat, "2026-11-18", "Sold too early.")
    write(seat, "2026-11-18", "On second thought, by plan.")
    write(seat, "2026-11-10", "Before.")
    trade = round_trip(seat, "NVDA", "150", entered=4, left=1)
    held = bought(seat, "AMD", "10", "50", "45", ago=2)
    mark(held, seat, "53")
    settled(held, seat)
    page = journal.read_journal(seat, TODAY)
    assert [day.on.day for day in page.days] == [19, 18, 10]
    today, closing, before = page.days
    assert (today.entries, today.closed, today.booked, today.gain) == ((), (), Decimal(0), Decimal(30))
    assert [entry.note.body for entry in closing.entries] == ["Sold too early.", "On second thought, by plan."]
    assert [entry.author for entry in closing.entries] == ["Marta Lind"] * 2
    assert [found.id for found in closing.closed] == [trade.id]
    assert closing.booked == 150
    assert [day.equity for day in page.days] == [100_180, 100_150, 100_000]
    assert before.booked == 0


def test_pages_go_back_by_date_without_gap_or_repetition(seat: Seat) -> None:
    for day in (1, 3, 4, 9, 12, 15):
        write(seat, f"2026-10-{day:02}")
    seen, until = [], TODAY
    while True:
        page = journal.read_journal(seat, until, limit=3)
        assert len(page.days) <= 3
        seen += [day.on for day in page.days]
        if page.older is None:
            break
        until = page.older
    assert seen == [TODAY, *(date(2026, 10, day) for day in (15, 12, 9, 4, 3, 1))]


def test_equity_is_that_of_each_days_end(seat: Seat) -> None:
    for number in range(8):
        round_trip(seat, f"S{number}", str(10 * number - 35), entered=20 - number, left=19.5 - 2 * number)
    for day in journal.read_journal(seat, TODAY, limit=50).days:
        assert day.equity == days.equity_before(seat.account, day.on + timedelta(days=1))


def test_a_repeated_request_keeps_one_note(seat: Seat) -> None:
    first = write(seat, "2026-11-18", key="0123456789abcdef")
    assert write(seat, "2026-11-18", key="0123456789abcdef").id == first.id
    assert [len(day.entries) for day in journal.read_journal(seat, TODAY).days] == [0, 1]


def test_a_note_changes_and_moves(seat: Seat) -> None:
    note = write(seat, "2026-11-18")
    journal.change_note(seat, note.id, parse(NoteInput, {"on": "2026-11-17", "body": "Loud.\r\nVery."}), NOW)
    assert (note.on, note.body) == (date(2026, 11, 17), "Loud.\nVery.")


def test_a_deleted_note_can_be_restored(seat: Seat) -> None:
    note = write(seat, "2026-11-18")
    journal.delete_note(seat, note.id, NOW)
    assert [day.on for day in journal.read_journal(seat, TODAY).days] == [TODAY]
    with pytest.raises(NotFound):
        journal.change_note(seat, note.id, parse(NoteInput, {"on": "2026-11-17", "body": "x"}), NOW)
    journal.restore_note(seat, note.id)
    assert len(journal.read_journal(seat, TODAY).days) == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("on", value) for value in ("", "yesterday", "2026-02-30", "9999-12-31", "٢٠٢٦-01-01", "x" * 10_000)),
        *(("body", value) for value in ("", " \n ", "x" * 10_000, "\x00", None)),
    ],
)
def test_bad_input_names_its_field(field: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        parse(NewNoteInput, {"on": "2026-11-18", "body": "Quiet.", field: value})
    assert list(refused.value.fields) == [field]


def test_tomorrow_has_no_notes(seat: Seat) -> None:
    with pytest.raises(Invalid) as refused:
        write(seat, "2026-11-20")
    assert refused.value.fields == {"on": "This is in the future."}


def test_words_belong_to_whoever_wrote_them(seat: Seat) -> None:
    trader = Seat(make_user("pia@example.org", "Pia"), seat.account, SeatRole.TRADER)
    mine, hers = write(seat, "2026-11-18"), write(trader, "2026-11-18")
    changed = parse(NoteInput, {"on": "2026-11-18", "body": "Changed."})
    for person, note in ((seat, hers), (trader, mine)):
        with pytest.raises(Forbidden):
            journal.change_note(person, note.id, changed, NOW)
    with pytest.raises(Forbidden):
        journal.delete_note(trader, mine.id, NOW)
    journal.delete_note(seat, hers.id, NOW)
    assert hers.deleted_at == NOW


def test_viewers_only_read(seat: Seat) -> None:
    note = write(seat, "2026-11-18")
    viewer = Seat(seat.user, seat.account, SeatRole.VIEWER)
    assert len(journal.read_journal(viewer, TODAY).days) == 2
    for act in (lambda: write(viewer, "2026-11-18"), lambda: journal.delete_note(viewer, note.id, NOW)):
        with pytest.raises(Forbidden):
            act()


def test_others_notes_are_unknown(seat: Seat) -> None:
    theirs = write(make_seat(make_user("pia@example.org", "Pia"), "Hers"), "2026-11-18")
    for note_id in (theirs.id, uuid4()):
        with pytest.raises(NotFound):
            journal.delete_note(seat, note_id, NOW)
