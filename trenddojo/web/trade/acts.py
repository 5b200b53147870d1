"""Acts on an open trade: record a fill, move a stop, add a leg, type a price, write a note; and what they would do."""

from collections.abc import Mapping
from typing import TypeVar
from uuid import UUID

from flask import Response, render_template, request, url_for
from flask_login import login_required

from trenddojo.domain.figures import price, quantity
from trenddojo.services.books import open_books
from trenddojo.services.errors import Invalid
from trenddojo.services.faults import Refused
from trenddojo.services.fills import record_fill as record
from trenddojo.services.inputs import Input, parse
from trenddojo.services.inputs.records import (
    ExitIdea,
    FillInput,
    FillKind,
    LegInput,
    MarkInput,
    NoteInput,
    StopInput,
)
from trenddojo.services.legs import add_leg as add
from trenddojo.services.marks import record_mark as mark
from trenddojo.services.notes import add_note as write
from trenddojo.services.orders.moving import WAITS, move
from trenddojo.web import forms
from trenddojo.web.deps import manager, now
from trenddojo.web.htmx import fragment, go
from trenddojo.web.trade.answers import refused
from trenddojo.web.trade.blueprint import address, found, room
from trenddojo.web.trade.rows import after_exit, after_stop

_T = TypeVar("_T", bound=Input)


@room.post("/<uuid:trade_id>/fills")
@login_required  # type: ignore[untyped-decorator]
def record_fill(trade_id: UUID) -> Response:
    """Record an entry or an exit."""
    seat, trade = found(trade_id)
    panel = FillKind.EXIT if request.form.get("kind") == FillKind.EXIT else FillKind.ENTRY
    try:
        fill = record(seat, trade, forms.read(FillInput, seat.zone, kind=panel), now())
    except Invalid as error:
        return refused(seat, trade, panel, error)
    told = "Entry" if panel is FillKind.ENTRY else "Exit"
    undo = url_for("trade.delete_fill", trade_id=trade_id, fill_id=fill.id)
    return go(address(trade), f"{told} of {quantity(fill.quantity)} at {price(fill.price)} recorded.", undo=undo)


@room.post("/<uuid:trade_id>/stop")
@login_required  # type: ignore[untyped-decorator]
def move_stop(trade_id: UUID) -> Response:
    """Move the stop of a leg, or of all."""
    seat, trade = found(trade_id)
    panel = "had" if request.form.get("from_entry") else "stop"
    try:
        moved = move(manager(), seat, trade, forms.read(StopInput, seat.zone), now())
    except Invalid as error:
        return refused(*found(trade_id), panel, error)
    except Refused as error:
        return go(url_for("trade.show", trade_id=trade_id), error.message)
    if moved.note == WAITS:
        return go(url_for("trade.show", trade_id=trade_id), WAITS)
    if panel == "had":
        return go(url_for("trade.show", trade_id=trade_id), f"It had its stop at {price(moved.price)}.")
    override = " Kept as an override." if moved.is_override else ""
    toast = f"Stop moved to {price(moved.price)}.{override} {moved.note}".strip()
    return go(url_for("trade.show", trade_id=trade_id), toast)


@room.post("/<uuid:trade_id>/legs")
@login_required  # type: ignore[untyped-decorator]
def add_leg(trade_id: UUID) -> Response:
    """Plan an add; its entry is recorded next."""
    seat, trade = found(trade_id)
    try:
        leg = add(seat, trade, forms.read(LegInput), now())
    except Invalid as error:
        return refused(seat, trade, "leg", error)
    undo = url_for("trade.remove_leg", trade_id=trade_id, number=leg.number)
    return go(
        url_for("trade.show", trade_id=trade_id, act="entry", _anchor="entry"), f"Leg {leg.number} planned.", undo=undo
    )


@room.post("/<uuid:trade_id>/prices")
@login_required  # type: ignore[untyped-decorator]
def record_price(trade_id: UUID) -> Response:
    """Type the last price."""
    seat, trade = found(trade_id)
    try:
        row = mark(seat, trade, forms.read(MarkInput, seat.zone), now())
    except Invalid as error:
        return refused(seat, trade, "mark", error)
    undo = url_for("trade.remove_price", trade_id=trade_id, mark_id=row.id)
    from_dashboard = request.form.get("back") == "dashboard"
    home = url_for("dashboard.index") if from_dashboard else address(trade)
    return go(home, f"{trade.symbol} at {price(row.price)} noted.", undo=undo)


@room.post("/<uuid:trade_id>/notes")
@login_required  # type: ignore[untyped-decorator]
def add_note(trade_id: UUID) -> Response:
    """Write a note."""
    seat, trade = found(trade_id)
    try:
        note = write(seat, trade, forms.read(NoteInput), now())
    except Invalid as error:
        return refused(seat, trade, "note", error)
    undo = url_for("trade.delete_note", trade_id=trade_id, note_id=note.id)
    return go(address(trade), "Note saved.", undo=undo)


@room.get("/<uuid:trade_id>/stop/after")
@login_required  # type: ignore[untyped-decorator]
def stop_after(trade_id: UUID) -> Response:
    """What the stop that is being typed would do."""
    seat, trade = found(trade_id)
    after = after_stop(open_books(trade, seat.account), _typed(StopInput, request.args))
    return fragment(render_template("trade/_after.html", id="stop-after", after=after, typed=True))


@room.get("/<uuid:trade_id>/exit/after")
@login_required  # type: ignore[untyped-decorator]
def exit_after(trade_id: UUID) -> Response:
    """What the exit that is being typed would do."""
    seat, trade = found(trade_id)
    after = after_exit(open_books(trade, seat.account), _typed(ExitIdea, request.args))
    return fragment(render_template("trade/_after.html", id="exit-after", after=after, typed=True))


def _typed(model: type[_T], sent: Mapping[str, str]) -> _T | None:
    """What stands in a form so far, or None while it makes no sense yet."""
    try:
        return parse(model, {name: sent[name] for name in sent if name in model.model_fields and name != "at"})
    except Invalid:
        return None
