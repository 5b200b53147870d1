"""The stop that a closed trade had from its entry on, told afterwards: where none was noted, or one was assumed."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from trenddojo.domain.figures import price as shown
from trenddojo.domain.terms import Direction, TradeStatus
from trenddojo.services import books, split_records
from trenddojo.services.books import Books, open_books
from trenddojo.services.errors import Conflict, Invalid
from trenddojo.services.fills import give_stops
from trenddojo.services.inputs.records import StopInput
from trenddojo.services.records import begin, conclude
from trenddojo.store import trades
from trenddojo.store.database import db
from trenddojo.store.models import Trade, TradeStop
from trenddojo.store.seats import Seat


def may_be_told(trade: Trade, stops: Sequence[TradeStop]) -> bool:
    """Whether a trade is closed and nobody has placed a stop of it: its stops are assumed, or were told so before."""
    if trade.status is not TradeStatus.CLOSED:
        return False
    followed = split_records.stop_ids(trade)
    return all(row.is_assumed or row.id in followed or _is_told(row) for row in stops)


def tell_stop_had(seat: Seat, trade: Trade, stop: StopInput) -> None:
    """Let a closed trade have had a stop from its entry on, in the units of then, instead of what was assumed.

    Every entry freezes it, and R follows. Raises Invalid where it is not on the losing side of the entry, Conflict
    where the trade is not closed or somebody placed a stop of it, Forbidden.
    """
    begin(seat, trade)
    if not may_be_told(trade, trades.stops_of(trade.id)):
        raise Conflict("Only a closed trade whose stop nobody placed can be told the stop it had.")
    before = open_books(trade, seat.account)
    _check_side(before, stop)
    _put(before, stop, seat)
    books.settle_trade(open_books(trade, seat.account), seat)
    after = open_books(trade, seat.account)
    give_stops(after, {row.id for row in after.executions})
    conclude(seat, trade)


def _check_side(before: Books, stop: StopInput) -> None:
    entry, direction = before.executions[0].price, before.trade.direction
    if direction.sign * (entry - stop.price) <= 0:
        side = "below" if direction is Direction.LONG else "above"
        raise Invalid({"price": f"A stop of this trade is {side} its entry of {shown(entry)}."})


def _put(before: Books, stop: StopInput, seat: Seat) -> None:
    """One stop of each leg in place of all; what splits made of those is taken back, and follows anew."""
    trade, at = before.trade, before.executions[0].at
    split_records.follow(trade, before.legs, before.position, (), seat.user.id)
    for row in trades.stops_of(trade.id):
        db.session.delete(row)
    db.session.flush()
    for leg in before.legs:
        leg.stop = stop.price
        row = TradeStop(
            id=_id_of(trade.id, leg.number), trade_id=trade.id, leg=leg.number, at=at, new=stop.price,
            reason=stop.reason, created_by=seat.user.id,
        )  # fmt: skip
        db.session.add(row)
    db.session.flush()


def _is_told(row: TradeStop) -> bool:
    return row.id == _id_of(row.trade_id, row.leg)


def _id_of(trade_id: UUID, leg: int) -> UUID:
    return uuid5(trade_id, f"stop {leg} it had")
