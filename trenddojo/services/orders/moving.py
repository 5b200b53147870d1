"""Moving a stop: at the broker first where one works there, and in the books once the broker confirms it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from trenddojo.brokers.errors import is_unknown
from trenddojo.brokers.manager import BrokerManager
from trenddojo.domain.order_states import OrderRole
from trenddojo.domain.orders import OrderType
from trenddojo.services.books import open_books
from trenddojo.services.errors import Conflict, Invalid
from trenddojo.services.faults import Refused
from trenddojo.services.inputs.records import SHORTEST_REASON, StopInput
from trenddojo.services.orders import engine
from trenddojo.services.orders.desk import desk_of
from trenddojo.services.orders.withdrawing import Change, alter
from trenddojo.services.records import begin
from trenddojo.services.stops import StopMove, checked, move_stop
from trenddojo.services.stops_had import tell_stop_had
from trenddojo.store import orders
from trenddojo.store.models import Order, Trade
from trenddojo.store.seats import Seat

WAITS = "The broker has not confirmed it yet: the stop is where it was until it does."


@dataclass(frozen=True, slots=True)
class StopMoved:
    """A stop that was moved, or asked to be; `note` says what the person should know of it."""

    price: Decimal
    is_override: bool
    note: str


def move(manager: BrokerManager, seat: Seat, trade: Trade, stop: StopInput, now: datetime) -> StopMoved:
    """Move the stop of one leg, or of every leg that holds something; ends the caller's transaction.

    Where stops of the trade work at its broker, those are replaced, and the trade's stop changes when the broker
    confirms. Raises as `stops.move_stop` does, and Refused where the broker said no: then it is where it was. What a
    stop had been is told as `stops_had.tell_stop_had` says.
    """
    if stop.from_entry:
        tell_stop_had(seat, trade, stop)
        return StopMoved(stop.price, is_override=False, note="")
    working = _working(trade, stop.leg)
    if not working:
        moved = move_stop(seat, trade, stop, now)
        _protect(manager, seat, now)
        return StopMoved(moved.price, moved.is_override, moved.warning)
    checked_move = _checked(seat, trade, stop)
    desk, by = desk_of(seat.account), seat.user.id
    changes = [(one.id, Change({"stop_price": stop.price}, by, stop.reason)) for one in working]
    errors = [error for order_id, change in changes if (error := alter(manager, desk, order_id, change, now))]
    engine.drive(manager, desk, now)
    refused = [error for error in errors if not is_unknown(error)]
    if refused:
        raise Refused(refused[0])
    note = WAITS if errors or _is_waiting([order_id for order_id, _ in changes]) else checked_move.warning
    return StopMoved(stop.price, checked_move.is_override, note)


def _working(trade: Trade, leg: int | None) -> list[Order]:
    """The stops of a trade that its broker holds at a fixed price."""
    return [
        one
        for one in orders.of_trade(trade.id)
        if one.role is OrderRole.STOP
        and one.state.is_working
        and one.order_type is not OrderType.TRAILING_STOP
        and leg in (None, one.leg or 1)
    ]


def _checked(seat: Seat, trade: Trade, stop: StopInput) -> StopMove:
    """The rules of a stop's move: the right side, and a reason where it loosens."""
    begin(seat, trade)
    if stop.at is not None:
        raise Invalid({"at": "The broker holds this stop: it moves now."})
    found = checked(open_books(trade, seat.account), stop)
    if found.is_override and len(stop.reason) < SHORTEST_REASON:
        sentence = f"This loosens the stop. Type a reason of at least {SHORTEST_REASON} characters to do so."
        raise Invalid({"reason": sentence})
    if any(one.pending_op is not None for one in _working(trade, stop.leg)):
        raise Conflict("The broker has not answered the last change of this stop. Wait a moment.")
    return found


def _is_waiting(order_ids: list[UUID]) -> bool:
    found = [orders.by_id(order_id) for order_id in order_ids]
    return any(one is not None and one.pending_op is not None for one in found)


def _protect(manager: BrokerManager, seat: Seat, now: datetime) -> None:
    """On an account at a broker a stop that moved in the books may be one that the engine owes there."""
    if seat.account.mode is not None:
        engine.drive(manager, desk_of(seat.account), now)
