"""Splits of what a trade holds: recorded, taken out, brought back."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import Response, request, url_for
from flask_login import login_required

from trenddojo.domain.figures import price, quantity
from trenddojo.services import splits
from trenddojo.services.errors import Invalid
from trenddojo.services.inputs.splits import FractionInput, SplitInput
from trenddojo.services.split_fractions import pay_fraction as pay
from trenddojo.store.models import StockSplit
from trenddojo.store.seats import Seat
from trenddojo.store.trades import instrument_of
from trenddojo.web import forms
from trenddojo.web.deps import now
from trenddojo.web.forms import Form
from trenddojo.web.htmx import go
from trenddojo.web.trade.answers import refused
from trenddojo.web.trade.blueprint import address, found, room
from trenddojo.web.trade.panels import new_key

_FIELDS = ("on", "numerator", "denominator")


def proposed() -> dict[str, Form]:
    """The form as an address fills it in: the reconciliation knows the ratio."""
    given = {name: request.args[name] for name in _FIELDS if name in request.args}
    return {"split": Form({**given, "key": new_key()})} if given else {}


@room.post("/<uuid:trade_id>/splits")
@login_required  # type: ignore[untyped-decorator]
def record_split(trade_id: UUID) -> Response:
    """Record a split of what the trade holds."""
    seat, trade = found(trade_id)
    try:
        row = splits.record_split(seat, instrument_of(trade), forms.read(SplitInput), now())
    except Invalid as error:
        return refused(*found(trade_id), "split", error)
    undo = url_for("trade.delete_split", trade_id=trade_id, split_id=row.id)
    return go(address(trade), f"{splits.name_of(row)} recorded.", undo=undo)


@room.post("/<uuid:trade_id>/splits/<uuid:split_id>/delete")
@login_required  # type: ignore[untyped-decorator]
def delete_split(trade_id: UUID, split_id: UUID) -> Response:
    """Take a split out of the books."""
    undo = url_for("trade.restore_split", trade_id=trade_id, split_id=split_id)
    return _done(trade_id, split_id, splits.delete_split, "deleted", undo)


@room.post("/<uuid:trade_id>/splits/<uuid:split_id>/restore")
@login_required  # type: ignore[untyped-decorator]
def restore_split(trade_id: UUID, split_id: UUID) -> Response:
    """Bring a deleted split back."""
    return _done(trade_id, split_id, splits.restore_split, "restored", "")


@room.post("/<uuid:trade_id>/fraction")
@login_required  # type: ignore[untyped-decorator]
def pay_fraction(trade_id: UUID) -> Response:
    """Record what was paid in cash for the fraction that a split left."""
    seat, trade = found(trade_id)
    try:
        fill = pay(seat, trade, forms.read(FractionInput), now())
    except Invalid as error:
        return refused(*found(trade_id), "fraction", error)
    undo = url_for("trade.delete_fill", trade_id=trade_id, fill_id=fill.id)
    return go(address(trade), f"Exit of {quantity(fill.quantity)} at {price(fill.price)} recorded.", undo=undo)


def _done(
    trade_id: UUID,
    split_id: UUID,
    act: Callable[[Seat, UUID, datetime], StockSplit],
    done: str,
    undo: str,
) -> Response:
    seat, trade = found(trade_id)
    home = address(trade)
    try:
        row = act(seat, splits.split_of(seat, trade, split_id).id, now())
    except Invalid as error:
        return go(home, f"Not {done}. {error.message}")
    return go(home, f"{splits.name_of(row)} {done}.", undo=undo)
