"""Adds to an open trade: further legs, each with its own plan and stop (rule 9 of docs/NUMBERS.md)."""

from datetime import datetime
from uuid import UUID, uuid4

from trenddojo.domain.plans import check_plan
from trenddojo.domain.terms import TradeStatus
from trenddojo.services.errors import Conflict, Invalid, NotFound
from trenddojo.services.inputs.records import LegInput
from trenddojo.services.records import begin, conclude, exact, id_of, tell
from trenddojo.store import fills, trades
from trenddojo.store.database import db
from trenddojo.store.models import Leg, Trade, TradeStop
from trenddojo.store.seats import Seat


def add_leg(seat: Seat, trade: Trade, add: LegInput, now: datetime) -> Leg:
    """Plan an add; its fills are recorded onto it. The same key again finds the first.

    Raises Invalid for a stop on the wrong side, Conflict where the trade is not open, Forbidden.
    """
    begin(seat, trade)
    leg_id = id_of(trade, "leg", add.key)
    if leg_id and (first := db.session.get(Leg, leg_id)):
        return first
    if trade.status is not TradeStatus.ACTIVE:
        raise Conflict("Only an open trade can be added to.")
    if problems := check_plan(trade.direction, add.entry, add.stop):
        raise Invalid(problems)
    leg = Leg(
        id=leg_id, number=next_number(trade), planned_entry=add.entry, planned_quantity=add.quantity, stop=add.stop
    )
    attach(trade, leg, now, seat.user.id)
    conclude(seat, trade)
    return leg


def next_number(trade: Trade) -> int:
    """The number of the leg that would come next."""
    return max((leg.number for leg in trades.legs_of(trade.id)), default=0) + 1


def attach(trade: Trade, leg: Leg, at: datetime, by: UUID) -> None:
    """Make `leg` one of the trade's from `at` on, its stop the first of its own."""
    leg.id, leg.trade_id, leg.created_at = leg.id or uuid4(), trade.id, at
    db.session.add(leg)
    if leg.stop is not None:
        db.session.add(TradeStop(trade_id=trade.id, leg=leg.number, at=at, old=None, new=leg.stop, created_by=by))


def remove_leg(seat: Seat, trade: Trade, number: int, now: datetime) -> None:
    """Take back an add that was never filled; what it was stays in the trade's history.

    Raises NotFound, Conflict once it was filled or for the trade's only leg, and Forbidden.
    """
    begin(seat, trade)
    leg = fills.leg_at(trade, number)
    if leg is None:
        raise NotFound
    if number == 1 or fills.is_filled(leg):
        raise Conflict(f"Leg {number} stays: only an add that was never filled can be removed.")
    amounts = {name: exact(getattr(leg, name)) for name in ("planned_entry", "planned_quantity", "stop")}
    tell(seat, trade, now, "leg_removed", leg=number, before=amounts)
    for change in trades.stops_of(trade.id):
        if change.leg == number:
            db.session.delete(change)
    db.session.delete(leg)
    conclude(seat, trade)
