"""The checklist of an account: written, ordered, archived."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.conftest import NOW, make_seat, make_user
from trenddojo.services import checklist
from trenddojo.services.errors import Forbidden, Invalid, NotFound
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.checklist import ItemInput, NewItemInput
from trenddojo.store.models import ChecklistItem
from trenddojo.store.seats import Seat, SeatRole


def add(seat: Seat, text: str, **more: object) -> ChecklistItem:
    return checklist.add_item(seat, parse(NewItemInput, {"text": text, **more}))


def texts(seat: Seat) -> list[str]:
    return [item.text for item in checklist.items_of(seat)]


def test_items_stand_in_the_order_in_which_they_were_added(seat: Seat) -> None:
    add(seat, "First", required="1")
    add(seat, "Second")
    assert [(item.text, item.required) for item in checklist.items_of(seat)] == [("First", True), ("Second", False)]


def test_items_move_by_one_place_and_not_beyond_the_ends(seat: Seat) -> None:
    one, two, three = (add(seat, text) for text in ("One", "Two", "Three"))
    checklist.move_item(seat, three.id, -1)
    assert texts(seat) == ["One", "Three", "Two"]
    checklist.move_item(seat, one.id, -1)
    checklist.move_item(seat, two.id, 1)
    assert texts(seat) == ["One", "Three", "Two"]
    checklist.move_item(seat, one.id, 1)
    assert texts(seat) == ["Three", "One", "Two"]


def test_an_archived_item_comes_back_where_it_was(seat: Seat) -> None:
    one = add(seat, "One")
    add(seat, "Two")
    checklist.archive_item(seat, one.id, NOW)
    assert texts(seat) == ["Two"]
    checklist.move_item(seat, one.id, 1)
    checklist.restore_item(seat, one.id)
    assert texts(seat) == ["One", "Two"]


def test_an_item_changes(seat: Seat) -> None:
    item = add(seat, "One", required=True)
    checklist.change_item(seat, item.id, parse(ItemInput, {"text": "  Better  "}))
    assert (item.text, item.required) == ("Better", False)


def test_a_repeated_request_adds_one(seat: Seat) -> None:
    assert add(seat, "One", key="0123456789abcdef").id == add(seat, "One", key="0123456789abcdef").id
    assert texts(seat) == ["One"]


def test_a_checklist_ends_somewhere(seat: Seat) -> None:
    for number in range(checklist.MOST_ITEMS):
        add(seat, f"Item {number}")
    with pytest.raises(Invalid, match="at most 30"):
        add(seat, "One more")


@pytest.mark.parametrize("text", ["", "   ", "x" * 161, "x" * 10_000, "two\nlines", "\x00", None, 5])
def test_bad_text_is_named(text: object) -> None:
    with pytest.raises(Invalid) as refused:
        parse(NewItemInput, {"text": text})
    assert list(refused.value.fields) == ["text"]


def test_others_items_are_unknown(seat: Seat) -> None:
    theirs = add(make_seat(make_user("pia@example.org", "Pia"), "Hers"), "Secret")
    for item_id in (theirs.id, uuid4()):
        with pytest.raises(NotFound):
            checklist.move_item(seat, item_id, 1)
        with pytest.raises(NotFound):
            checklist.archive_item(seat, item_id, NOW)


def test_only_the_owner_writes_it(seat: Seat) -> None:
    item = add(seat, "One")
    trader = Seat(make_user("pia@example.org", "Pia"), seat.account, SeatRole.TRADER)
    for act in (
        lambda: add(trader, "Mine"),
        lambda: checklist.change_item(trader, item.id, parse(ItemInput, {"text": "Mine"})),
        lambda: checklist.move_item(trader, item.id, 1),
        lambda: checklist.archive_item(trader, item.id, NOW),
        lambda: checklist.restore_item(trader, item.id),
    ):
        with pytest.raises(Forbidden):
            act()
    assert texts(trader) == ["One"]
