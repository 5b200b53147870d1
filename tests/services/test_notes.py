from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from tests.conftest import NOW
from tests.services.recorded import instrument, plan, viewer_of
from trenddojo.domain.terms import NoteKind
from trenddojo.services import notes
from trenddojo.services.details import change_details
from trenddojo.services.errors import Forbidden, Invalid, NotFound
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.records import DetailsInput, NoteInput
from trenddojo.store import plans, timeline
from trenddojo.store.database import db
from trenddojo.store.models import Trade, TradeEvent, TradeNote
from trenddojo.store.seats import Seat


def add(seat: Seat, trade: Trade, body: str = "Held through the dip.", **more: Any) -> TradeNote:
    return notes.add_note(seat, trade, parse(NoteInput, {"body": body, **more}), NOW)


@pytest.mark.parametrize("kind", list(NoteKind))
def test_each_kind_of_note_is_kept(seat: Seat, kind: NoteKind) -> None:
    trade = plan(seat)
    row = add(seat, trade, "Line one\r\nline two", kind=kind.value)
    assert (row.kind, row.body, row.at, row.created_by) == (kind, "Line one\nline two", NOW, seat.user.id)


def test_the_same_key_writes_once(seat: Seat) -> None:
    trade = plan(seat)
    assert add(seat, trade, key="double-click").id == add(seat, trade, key="double-click").id
    assert len(timeline.notes_of(trade.id)) == 1


def test_an_edit_keeps_what_was_said(seat: Seat) -> None:
    trade = plan(seat)
    row = add(seat, trade, "First", kind="entry")
    notes.edit_note(seat, trade, row.id, parse(NoteInput, {"body": "First", "kind": "entry"}), NOW)
    assert timeline.events_of(trade.id) == []
    notes.edit_note(seat, trade, row.id, parse(NoteInput, {"body": "Second", "kind": "review"}), NOW)
    event = db.session.scalars(select(TradeEvent)).one()
    assert (event.detail["before"], event.detail["after"]) == (
        {"kind": "entry", "body": "First"},
        {"kind": "review", "body": "Second"},
    )


def test_a_note_is_deleted_and_restored(seat: Seat) -> None:
    trade = plan(seat)
    row = add(seat, trade)
    notes.delete_note(seat, trade, row.id, NOW)
    assert timeline.notes_of(trade.id) == []
    with pytest.raises(NotFound):
        notes.delete_note(seat, trade, row.id, NOW)
    notes.restore_note(seat, trade, row.id)
    assert timeline.notes_of(trade.id) == [row]
    with pytest.raises(NotFound):
        notes.restore_note(seat, trade, row.id)


def test_what_belongs_to_others_is_not_found(seat: Seat) -> None:
    trade, other = plan(seat), plan(seat, instrument("AMD"))
    row = add(seat, trade)
    for args in ((seat, other, row.id), (seat, trade, uuid4())):
        with pytest.raises(NotFound):
            notes.delete_note(*args, NOW)
        with pytest.raises(NotFound):
            notes.edit_note(*args, parse(NoteInput, {"body": "x"}), NOW)


def test_a_viewer_writes_nothing(seat: Seat) -> None:
    trade = plan(seat)
    row, viewer = add(seat, trade), viewer_of(seat)
    for act in (
        lambda: add(viewer, trade),
        lambda: notes.edit_note(viewer, trade, row.id, parse(NoteInput, {"body": "x"}), NOW),
        lambda: notes.delete_note(viewer, trade, row.id, NOW),
        lambda: notes.restore_note(viewer, trade, row.id),
        lambda: change_details(viewer, trade, DetailsInput(), NOW),
    ):
        with pytest.raises(Forbidden):
            act()


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("body", ""),
        ("body", "  "),
        ("body", "x" * 10_000),
        ("body", "a\x00b"),
        ("body", None),
        ("kind", "diary"),
        ("kind", ""),
    ],
)
def test_bad_notes_are_refused_by_their_field(field: str, bad: str | None) -> None:
    with pytest.raises(Invalid) as caught:
        parse(NoteInput, {"body": "x", field: bad})
    assert caught.value.fields.keys() == {field}


# --- Details ---


def test_details_are_changed_and_remembered(seat: Seat) -> None:
    trade = plan(seat)
    sent = {"setup": "Breakout", "quality": "4", "tags": "gap, weekly, gap", "market_condition": "uptrend"}
    change_details(seat, trade, parse(DetailsInput, sent), NOW)
    assert (trade.setup, trade.setup_quality, trade.tags) == ("Breakout", 4, ["gap", "weekly"])
    assert [setup.name for setup in plans.setups_of(seat.account.id)] == ["Breakout"]
    change_details(seat, trade, parse(DetailsInput, {**sent, "tags": ["weekly"], "quality": ""}), NOW)
    assert (trade.tags, trade.setup_quality) == (["weekly"], None)
    first, second = (
        event.detail
        for event in sorted(timeline.events_of(trade.id), key=lambda e: len(e.detail["after"]), reverse=True)
    )
    assert first["before"].keys() == {"setup", "quality", "tags", "market_condition"}
    assert second["before"] == {"quality": 4, "tags": ["gap", "weekly"]}


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("quality", "6"),
        ("quality", "0"),
        ("quality", "\u0664"),
        ("quality", "1e400"),
        ("setup", "x" * 10_000),
        ("label", "x" * 61),
        ("tags", ",".join(f"t{n}" for n in range(13))),
        ("tags", "x" * 31),
        ("tags", 5),
    ],
)
def test_bad_details_are_refused_by_their_field(field: str, bad: Any) -> None:
    with pytest.raises(Invalid) as caught:
        parse(DetailsInput, {field: bad})
    assert caught.value.fields.keys() == {field}
