"""Closing a trade: one exit of everything that is held."""

from datetime import datetime
from uuid import uuid4

from trenddojo.services.errors import Conflict
from trenddojo.services.fills import record_fill
from trenddojo.services.inputs.closing import CloseInput
from trenddojo.services.inputs.records import FillInput, FillKind
from trenddojo.services.records import begin
from trenddojo.store import fills
from trenddojo.store.models import Execution, Trade
from trenddojo.store.seats import Seat


def close_trade(seat: Seat, trade: Trade, close: CloseInput, now: datetime) -> Execution:
    """Record the exit of all that the trade holds; the same key again finds the first record.

    Raises Conflict where nothing is held, and as `record_fill`.
    """
    begin(seat, trade)
    key = close.key or uuid4().hex
    first = fills.fill_with_key(trade, key)
    if first is None and not trade.quantity:
        raise Conflict("Nothing is held, so there is nothing to close.")
    leaving = FillInput.model_construct(
        kind=FillKind.EXIT,
        quantity=trade.quantity,
        price=close.price,
        fee=close.fee,
        fx=close.fx,
        exit_reason=close.exit_reason,
        at=close.at,
        key=key,
    )
    return record_fill(seat, trade, leaving, now)
