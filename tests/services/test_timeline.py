from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.conftest import NOW, make_user
from tests.services.recorded import START, add, books, correct, day, enter, leave, mark, move, plan
from trenddojo.domain.terms import MemberRole
from trenddojo.services import fills, notes, plans
from trenddojo.services.courses import course_of
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.records import NoteInput
from trenddojo.services.timeline import Changed, Chapter, Filled, Planned, StopMoved, Story, Written, story_of
from trenddojo.store import trades
from trenddojo.store.database import db
from trenddojo.store.models import AccountMember, Trade
from trenddojo.store.seats import Seat, SeatRole

D = Decimal


def told(seat: Seat, trade: Trade) -> Story:
    return story_of(books(seat, trade))


def only(story: Story, kind: type[Any]) -> list[Any]:
    return [item for item in story.items if isinstance(item, kind)]


def pyramid(seat: Seat) -> Trade:
    """48 and 24 bought, 24 sold at the first target, the stop raised three times."""
    trade = plan(seat, entry="187", stop="175.40", quantity="48", target_1=D("212.40"), target_2=D(234))
    enter(seat, trade, "48", "187.20", day(1))
    move(seat, trade, "181.60", day(15))
    add(seat, trade, "199.75", "191.25", "24", day(20))
    enter(seat, trade, "24", "199.85", day(20.1))
    move(seat, trade, "191.25", day(20.2), leg="1", reason="with the add")
    leave(seat, trade, "24", "212.40", day(35), exit_reason="target")
    mark(seat, trade, "218.30", day(40))
    move(seat, trade, "204.10", day(41))
    return trade


def test_the_story_is_told_newest_first(seat: Seat) -> None:
    trade = pyramid(seat)
    notes.add_note(seat, trade, parse(NoteInput, {"body": "Reports tonight."}), day(45))
    kinds = [type(item) for item in told(seat, trade).items]
    assert kinds == [Written, StopMoved, Filled, StopMoved, Filled, Planned, StopMoved, Filled, Planned]


def test_each_item_tells_its_effect(seat: Seat) -> None:
    story = told(seat, pyramid(seat))
    sold, second, first = only(story, Filled)
    assert (first.is_entry, first.is_first, first.risk, first.booked) == (True, True, D("566.40"), None)
    assert (second.is_first, second.risk) == (False, D("206.40"))
    assert (sold.is_entry, sold.booked, sold.risk) == (False, D("604.80"), None)
    last, with_add, raised = only(story, StopMoved)
    assert (raised.heat_before, raised.heat) == (D("566.40"), D("268.80"))
    assert (with_add.heat_before, with_add.heat, with_add.if_stopped) == (D("475.20"), D("12.00"), D("-12.00"))
    assert (with_add.legs, with_add.reason) == ((1,), "with the add")
    assert (last.heat, last.if_stopped, last.legs, last.old) == (0, D("1112.40"), (1, 2), (D("191.25"),))
    assert last.if_stopped_r is not None
    assert round(last.if_stopped_r, 2) == D("1.44")


def test_slippage_is_counted_in_the_risk_that_was_opened_or_closed(seat: Seat) -> None:
    rows = told(seat, pyramid(seat)).slippages
    assert [(row.step, row.planned, row.amount) for row in rows] == [
        ("Entry", D(187), D("-9.60")),
        ("Add", D("199.75"), D("-2.40")),
        ("Target 1", D("212.40"), D(0)),
    ]
    assert [round(row.r, 3) for row in rows if row.r is not None] == [D("-0.017"), D("-0.012"), D(0)]


def test_an_exit_at_the_stop_is_held_against_the_stop_of_its_moment(seat: Seat) -> None:
    trade = plan(seat, direction="short", stop="105")
    enter(seat, trade, "10", "99", day(1))
    move(seat, trade, "103", day(2))
    leave(seat, trade, "10", "103.50", day(3), exit_reason="trailing_stop")
    entry, stop = told(seat, trade).slippages
    assert (entry.amount, stop.step, stop.planned, stop.amount) == (D("-10.00"), "Stop", 103, D("-5.00"))
    assert stop.r is not None
    assert round(stop.r, 3) == D("-0.083")


def test_an_exit_by_hand_has_no_plan(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", day(1))
    leave(seat, trade, "10", "103", day(2))
    assert [row.step for row in told(seat, trade).slippages] == ["Entry"]


def test_without_valid_risk_slippage_has_no_r(seat: Seat) -> None:
    trade = plan(seat, target_1=D(110))
    enter(seat, trade, "10", "94", day(1))
    leave(seat, trade, "10", "109", day(2), exit_reason="target")
    assert [(row.amount, row.r) for row in told(seat, trade).slippages] == [(D("60.00"), None), (D("-10.00"), None)]


def test_fills_of_one_moment_stay_in_their_order(seat: Seat) -> None:
    trade = plan(seat)
    for kind, amount, price in (("in", "10", "100"), ("out", "4", "101"), ("out", "6", "102")):
        (enter if kind == "in" else leave)(seat, trade, amount, price, START)
    story = told(seat, trade)
    assert [item.execution.price for item in only(story, Filled)] == [102, 101, 100]
    assert isinstance(story.items[-1], Planned)


def test_corrections_and_moves_of_the_plan_are_told(seat: Seat) -> None:
    trade = plan(seat)
    plans.mark_placed(seat, trade, day(1))
    fill = enter(seat, trade, "10", "100", day(2))
    correct(seat, trade, fill, price="101")
    fills.delete_fill(seat, trade, fill.id, NOW)
    fills.restore_fill(seat, trade, fill.id, NOW)
    kinds = [item.kind for item in only(told(seat, trade), Changed)]
    assert sorted(kinds) == ["fill_corrected", "fill_deleted", "fill_restored", "placed"]


def test_a_chapter_holds_its_own_kind(seat: Seat) -> None:
    trade = pyramid(seat)
    notes.add_note(seat, trade, parse(NoteInput, {"body": "Reports tonight."}), day(45))
    story = told(seat, trade)
    assert {type(item) for item in story.of(Chapter.FILLS)} == {Filled}
    assert {type(item) for item in story.of(Chapter.STOPS)} == {StopMoved}
    assert {type(item) for item in story.of(Chapter.NOTES)} == {Written}
    assert story.of(Chapter.ALL) == story.items


def test_everybody_who_appears_is_named(seat: Seat) -> None:
    trade = plan(seat)
    other = make_user("trader@example.org", "Tom Rader")
    db.session.add(AccountMember(account_id=seat.account.id, user_id=other.id, role=MemberRole.TRADER))
    enter(Seat(other, seat.account, SeatRole.TRADER), trade, "10", "100", day(1))
    assert set(told(seat, trade).names.values()) == {"Marta Lind", "Tom Rader"}


def test_a_move_before_anything_is_held_has_no_effect_in_money(seat: Seat) -> None:
    trade = plan(seat)
    fill = enter(seat, trade, "10", "100", day(3))
    move(seat, trade, "97", day(4))
    correct(seat, trade, fill, at=day(5).isoformat())
    (moved,) = only(told(seat, trade), StopMoved)
    assert (moved.heat, moved.if_stopped) == (None, None)


def test_the_course_follows_positions_and_the_nearest_stop(seat: Seat) -> None:
    trade = pyramid(seat)
    course = course_of(books(seat, trade), trades.stops_of(trade.id))
    quantities = [course.position_at(day(n)).quantity for n in (0, 1, 20.1, 35)]
    assert quantities == [0, 48, 72, 48]
    assert [course.nearest_stop_at(day(n)) for n in (0, 1, 15, 20, 20.1, 41)] == [
        D("175.40"),
        D("175.40"),
        D("181.60"),
        D("181.60"),
        D("191.25"),
        D("204.10"),
    ]
    assert course.stops_at(day(15), before=True)[1] == D("175.40")


def test_once_flat_no_stop_is_near(seat: Seat) -> None:
    trade = plan(seat)
    enter(seat, trade, "10", "100", day(1))
    leave(seat, trade, "10", "103", day(2))
    assert course_of(books(seat, trade), trades.stops_of(trade.id)).nearest_stop_at(day(3)) is None
