"""Prices that a person knows: on manual accounts open P&L follows what was typed last, never a simulator."""

from datetime import datetime
from uuid import UUID, uuid4

from trenddojo.services.errors import FORM, Invalid, NotFound
from trenddojo.services.inputs.records import MarkInput
from trenddojo.services.records import begin, conclude, exact, happened, id_of, rate_to_base, said, tell
from trenddojo.store import trades
from trenddojo.store.database import db
from trenddojo.store.models import Mark, Trade
from trenddojo.store.seats import Seat


def record_mark(seat: Seat, trade: Trade, mark: MarkInput, now: datetime) -> Mark:
    """Keep a price of the trade's instrument, and recompute every trade of the account that was open then.

    The same key again finds the first. Raises Invalid for a time outside the trade (rule 25 of docs/NUMBERS.md) or a
    missing rate, Forbidden.
    """
    begin(seat, trade)
    mark_id = id_of(trade, "mark", mark.key)
    if mark_id and (first := db.session.get(Mark, mark_id)):
        return first
    at = happened(mark.at, now)
    _check_within(seat, trade, at)
    row = Mark(
        id=mark_id or uuid4(),
        account_id=trade.account_id,
        instrument_id=trade.instrument_id,
        at=at,
        price=mark.price,
        fx=rate_to_base(seat.account, trades.instrument_of(trade), mark.fx),
        created_by=seat.user.id,
    )
    db.session.add(row)
    conclude(seat, *trades.trades_during(trade.account_id, trade.instrument_id, at))
    return row


def remove_mark(seat: Seat, trade: Trade, mark_id: UUID, now: datetime) -> None:
    """Take back a price that was typed by mistake; what it was stays in the trade's history.

    Raises NotFound and Forbidden.
    """
    begin(seat, trade)
    row = db.session.get(Mark, mark_id)
    if row is None or (row.account_id, row.instrument_id) != (trade.account_id, trade.instrument_id):
        raise NotFound
    tell(seat, trade, now, "price_removed", before={"price": exact(row.price), "at": row.at.isoformat()})
    affected = trades.trades_during(trade.account_id, trade.instrument_id, row.at)
    db.session.delete(row)
    conclude(seat, *affected)


def _check_within(seat: Seat, trade: Trade, at: datetime) -> None:
    if trade.opened_at is None:
        raise Invalid({FORM: "Nothing is held yet, so there is nothing to value."})
    if at < trade.opened_at:
        raise Invalid({"at": f"The trade began later, on {said(trade.opened_at, seat)}."})
    if trade.closed_at is not None and at > trade.closed_at:
        raise Invalid({"at": f"The trade was closed before that, on {said(trade.closed_at, seat)}."})
