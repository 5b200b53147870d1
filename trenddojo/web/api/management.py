"""What is done with a trade between its fills: stops, prices, adds, notes."""

from uuid import UUID

from trenddojo.services import legs, marks, notes
from trenddojo.services.inputs.records import LegInput, MarkInput, NoteInput, StopInput
from trenddojo.services.orders import moving
from trenddojo.web import deps
from trenddojo.web.api import finding
from trenddojo.web.api.operations import Group
from trenddojo.web.api.outputs.trades import LegOut, MarkOut, MovedStop, NoteOut, PlannedLeg, RecordedMark
from trenddojo.web.api.outputs.whole import whole_trade

group = Group("Managing a trade")


@group.post("/trades/<uuid:trade_id>/stop")
def move_stop(trade_id: UUID, body: StopInput) -> MovedStop:
    """Move the stop.

    Of one leg, or without `leg` of every leg that holds something. A move that loosens a stop needs a reason of at
    least five characters. A stop that works at the trade's broker is replaced there, and is the trade's once the broker
    has confirmed it; `warning` says where it has not yet. With `from_entry` it is the stop that a closed trade had
    from its entry on, where none was told or one was only assumed.
    """
    seat, trade = finding.trade(trade_id)
    moved = moving.move(deps.manager(), seat, trade, body, deps.now())
    return MovedStop(is_override=moved.is_override, warning=moved.note, trade=whole_trade(finding.trade(trade_id)[1]))


@group.post("/trades/<uuid:trade_id>/mark")
def record_mark(trade_id: UUID, body: MarkInput) -> RecordedMark:
    """Tell a price of the trade's instrument.

    Open P&L follows it. Without `at` it is the price of now.
    """
    seat, trade = finding.trade(trade_id)
    mark = marks.record_mark(seat, trade, body, deps.now())
    return RecordedMark(mark=MarkOut.model_validate(mark), trade=whole_trade(trade))


@group.post("/trades/<uuid:trade_id>/legs")
def add_leg(trade_id: UUID, body: LegInput) -> PlannedLeg:
    """Plan an add to an open trade.

    It is a further leg with its own stop; record its fills with the leg's number.
    """
    seat, trade = finding.trade(trade_id)
    leg = legs.add_leg(seat, trade, body, deps.now())
    return PlannedLeg(leg=LegOut.model_validate(leg), trade=whole_trade(trade))


@group.post("/trades/<uuid:trade_id>/notes")
def add_note(trade_id: UUID, body: NoteInput) -> NoteOut:
    """Write a note about a trade, in any state of its life."""
    seat, trade = finding.trade(trade_id)
    return NoteOut.model_validate(notes.add_note(seat, trade, body, deps.now()))
