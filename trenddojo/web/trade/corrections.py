"""Corrections: fills, notes, adds and prices that were recorded wrongly, each change with its way back."""

from uuid import UUID

from flask import Response, url_for
from flask_login import login_required

from trenddojo.services import fills, notes
from trenddojo.services.errors import FORM, Invalid, NotFound
from trenddojo.services.inputs.records import FillCorrection, FillKind, NoteInput
from trenddojo.services.legs import remove_leg as remove
from trenddojo.services.marks import remove_mark
from trenddojo.store import fills as stored
from trenddojo.store import timeline
from trenddojo.store.models import Execution, Trade
from trenddojo.store.seats import Seat
from trenddojo.web import forms, frame
from trenddojo.web.deps import now
from trenddojo.web.htmx import go
from trenddojo.web.trade.answers import SECTION
from trenddojo.web.trade.blueprint import address, found, room
from trenddojo.web.trade.page import page_of
from trenddojo.web.trade.panels import local, plain, plain_price


@room.get("/<uuid:trade_id>/fills/<uuid:fill_id>/edit")
@login_required  # type: ignore[untyped-decorator]
def edit_fill(trade_id: UUID, fill_id: UUID) -> str:
    """The form of a fill as it is recorded."""
    seat, trade = found(trade_id)
    execution = stored.fill_at(trade, fill_id)
    if execution is None:
        raise NotFound
    return _fill_page(seat, trade, execution, forms.Form(_recorded(seat, execution)))


@room.post("/<uuid:trade_id>/fills/<uuid:fill_id>/edit")
@login_required  # type: ignore[untyped-decorator]
def correct_fill(trade_id: UUID, fill_id: UUID) -> Response | tuple[str, int]:
    """Correct a fill."""
    seat, trade = found(trade_id)
    try:
        fills.correct_fill(seat, trade, fill_id, forms.read(FillCorrection, seat.zone), now())
    except Invalid as error:
        execution = stored.fill_at(trade, fill_id)
        if execution is None:
            raise NotFound from None
        return _fill_page(seat, trade, execution, forms.again(error.fields)), 422
    return go(address(trade), "Fill corrected. What it said before is in the timeline.")


@room.post("/<uuid:trade_id>/fills/<uuid:fill_id>/delete")
@login_required  # type: ignore[untyped-decorator]
def delete_fill(trade_id: UUID, fill_id: UUID) -> Response:
    """Take a fill out of the trade."""
    seat, trade = found(trade_id)
    try:
        fills.delete_fill(seat, trade, fill_id, now())
    except Invalid as error:
        return go(address(trade), f"Not deleted. {error.fields[FORM]}")
    return go(address(trade), "Fill deleted.", undo=url_for("trade.restore_fill", trade_id=trade_id, fill_id=fill_id))


@room.post("/<uuid:trade_id>/fills/<uuid:fill_id>/restore")
@login_required  # type: ignore[untyped-decorator]
def restore_fill(trade_id: UUID, fill_id: UUID) -> Response:
    """Bring a deleted fill back."""
    seat, trade = found(trade_id)
    try:
        fills.restore_fill(seat, trade, fill_id, now())
    except Invalid as error:
        return go(address(trade), f"Not restored. {error.fields[FORM]}")
    return go(address(trade), "Fill restored.")


@room.post("/<uuid:trade_id>/legs/<int(max=100):number>/remove")
@login_required  # type: ignore[untyped-decorator]
def remove_leg(trade_id: UUID, number: int) -> Response:
    """Take back an add that was never filled."""
    seat, trade = found(trade_id)
    remove(seat, trade, number, now())
    return go(address(trade), f"Leg {number} removed.")


@room.post("/<uuid:trade_id>/prices/<uuid:mark_id>/remove")
@login_required  # type: ignore[untyped-decorator]
def remove_price(trade_id: UUID, mark_id: UUID) -> Response:
    """Take back a price that was typed by mistake."""
    seat, trade = found(trade_id)
    remove_mark(seat, trade, mark_id, now())
    return go(address(trade), "Price removed.")


@room.get("/<uuid:trade_id>/notes/<uuid:note_id>/edit")
@login_required  # type: ignore[untyped-decorator]
def edit_note(trade_id: UUID, note_id: UUID) -> str:
    """The form of a note as it is written."""
    seat, trade = found(trade_id)
    note = timeline.note_at(trade, note_id)
    if note is None:
        raise NotFound
    return _note_page(seat, trade, note_id, forms.Form({"kind": note.kind.value, "body": note.body}))


@room.post("/<uuid:trade_id>/notes/<uuid:note_id>/edit")
@login_required  # type: ignore[untyped-decorator]
def change_note(trade_id: UUID, note_id: UUID) -> Response | tuple[str, int]:
    """Change a note."""
    seat, trade = found(trade_id)
    try:
        notes.edit_note(seat, trade, note_id, forms.read(NoteInput), now())
    except Invalid as error:
        return _note_page(seat, trade, note_id, forms.again(error.fields)), 422
    return go(address(trade), "Note saved.")


@room.post("/<uuid:trade_id>/notes/<uuid:note_id>/delete")
@login_required  # type: ignore[untyped-decorator]
def delete_note(trade_id: UUID, note_id: UUID) -> Response:
    """Put a note away."""
    seat, trade = found(trade_id)
    notes.delete_note(seat, trade, note_id, now())
    return go(address(trade), "Note deleted.", undo=url_for("trade.restore_note", trade_id=trade_id, note_id=note_id))


@room.post("/<uuid:trade_id>/notes/<uuid:note_id>/restore")
@login_required  # type: ignore[untyped-decorator]
def restore_note(trade_id: UUID, note_id: UUID) -> Response:
    """Bring a deleted note back."""
    seat, trade = found(trade_id)
    notes.restore_note(seat, trade, note_id)
    return go(address(trade), "Note restored.")


def _recorded(seat: Seat, execution: Execution) -> dict[str, str]:
    """A fill as its form shows it; an estimated fee stays blank, so that it is estimated anew."""
    return {
        "quantity": plain(execution.quantity),
        "price": plain_price(execution.price),
        "at": local(execution.at, seat.zone),
        "fee": "" if execution.fee_estimated else plain(execution.fee),
        "fx": plain(execution.fx),
        "leg": str(execution.leg or ""),
        "exit_reason": execution.exit_reason.value if execution.exit_reason else "",
    }


def _fill_page(seat: Seat, trade: Trade, execution: Execution, form: forms.Form) -> str:
    is_exit = fills.kind_of(trade, execution) is FillKind.EXIT
    page = page_of(seat, trade, now())
    return frame.page(
        "trade/fill.html", nav=SECTION, about=seat.account, page=page, form=form, fill_id=execution.id, is_exit=is_exit
    )


def _note_page(seat: Seat, trade: Trade, note_id: UUID, form: forms.Form) -> str:
    return frame.page(
        "trade/note.html", nav=SECTION, about=seat.account, page=page_of(seat, trade, now()), form=form, note_id=note_id
    )
