"""Fills of a trade."""

from uuid import UUID

from trenddojo.services import fills
from trenddojo.services.closing import close_trade as close
from trenddojo.services.errors import NotFound
from trenddojo.services.inputs.closing import CloseInput
from trenddojo.store.fills import fill_at
from trenddojo.store.models import Execution, Trade
from trenddojo.web import deps
from trenddojo.web.api import finding
from trenddojo.web.api.inputs import FillBody, FillChange
from trenddojo.web.api.operations import Group
from trenddojo.web.api.outputs.trades import FillOut, RecordedFill, TradeOut
from trenddojo.web.api.outputs.whole import whole_trade

group = Group("Fills")


@group.post("/trades/<uuid:trade_id>/fills")
def record_fill(trade_id: UUID, body: FillBody) -> RecordedFill:
    """Record what was bought or sold.

    An entry freezes its leg's stop of that moment; an exit leaves the oldest entries first. Without a fee the account's
    own rates estimate it.
    """
    seat, trade = finding.trade(trade_id)
    return _recorded(fills.record_fill(seat, trade, body, deps.now()), trade)


@group.patch("/trades/<uuid:trade_id>/fills/<uuid:fill_id>")
def correct_fill(trade_id: UUID, fill_id: UUID, body: FillChange) -> RecordedFill:
    """Correct a fill to what really was.

    The history keeps what it said before, and everything that follows from it is recomputed.
    """
    seat, trade = finding.trade(trade_id)
    fill = fill_at(trade, fill_id)
    if fill is None:
        raise NotFound
    return _recorded(fills.correct_fill(seat, trade, fill_id, body.applied_to(fill), deps.now()), trade)


@group.delete("/trades/<uuid:trade_id>/fills/<uuid:fill_id>")
def delete_fill(trade_id: UUID, fill_id: UUID) -> TradeOut:
    """Take a fill out of its trade.

    It is refused where the other fills could not stand without it. It can be brought back in the browser.
    """
    seat, trade = finding.trade(trade_id)
    fills.delete_fill(seat, trade, fill_id, deps.now())
    return whole_trade(trade)


@group.post("/trades/<uuid:trade_id>/close")
def close_trade(trade_id: UUID, body: CloseInput) -> RecordedFill:
    """Record the exit of everything that is held."""
    seat, trade = finding.trade(trade_id)
    return _recorded(close(seat, trade, body, deps.now()), trade)


def _recorded(fill: Execution, trade: Trade) -> RecordedFill:
    return RecordedFill(fill=FillOut.model_validate(fill), trade=whole_trade(trade))
