"""What one order's fill or end does to those that came with it: pure functions that return the orders changed.

Exits wake with their entry: all at once when it has wholly filled, or with each of its fills. A fill of one exit
reduces the other by as much, down to its end. An entry that ends half filled leaves exits for the part where they grow
with the fills, and none where they wait for the whole.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from trenddojo.brokers.simulator.holdings import Holding
from trenddojo.brokers.simulator.orders import Ticket
from trenddojo.domain.orders import OrderStatus

SIBLING_FILLED = "The other exit was filled."
ENTRY_ENDED = "The entry that it belongs to has ended."
POSITION_CLOSED = "There is no position left to close."


def ended(ticket: Ticket, status: OrderStatus, at: datetime, reason: str | None) -> Ticket:
    """The order after its end."""
    return replace(ticket, status=status, reason=reason, updated_at=at)


def relatives(ticket: Ticket, tickets: Iterable[Ticket]) -> list[Ticket]:
    """The others of `tickets` that came with an order."""
    return [one for one in tickets if one.family == ticket.family and one.order_id != ticket.order_id]


def after_fill(ticket: Ticket, part: Decimal, others: Iterable[Ticket], waits: bool) -> list[Ticket]:
    """The changed relatives of an order of which `part` has just filled."""
    if ticket.is_entry:
        if not waits:
            return [_woken(leg, leg.awake + part, ticket.updated_at) for leg in others]
        is_whole = ticket.status is OrderStatus.FILLED
        return [_woken(leg, leg.quantity, ticket.updated_at) for leg in others] if is_whole else []
    return [_reduced(other, part, ticket.updated_at) for other in others if not other.is_entry]


def after_end(ticket: Ticket, others: Iterable[Ticket], waits: bool) -> list[Ticket]:
    """The changed exits of an order that has ended before it was wholly filled."""
    if ticket.parent_id is not None:
        return []
    is_kept = ticket.is_entry and not waits
    return [_settled(leg, ticket.updated_at) if is_kept else _orphaned(leg, ticket.updated_at) for leg in others]


def without_position(tickets: Iterable[Ticket], holding: Holding, at: datetime) -> list[Ticket]:
    """The exits that have nothing left to close: ended, or put to sleep where more of their entry may fill."""
    every = list(tickets)
    entries = {one.order_id for one in every if one.is_entry}
    idle = [one for one in every if one.is_exit and one.working and not holding.closable_by(one.side)]
    return [_idle(exit_, exit_.parent_id in entries, at) for exit_ in idle]


def _woken(leg: Ticket, awake: Decimal, at: datetime) -> Ticket:
    return replace(leg, awake=awake, since=at, updated_at=at)


def _reduced(exit_: Ticket, by: Decimal, at: datetime) -> Ticket:
    if exit_.left <= by:
        return ended(exit_, OrderStatus.CANCELLED, at, SIBLING_FILLED)
    awake = max(exit_.filled, exit_.awake - by)
    return replace(exit_, quantity=exit_.quantity - by, awake=awake, updated_at=at)


def _settled(leg: Ticket, at: datetime) -> Ticket:
    """An exit whose entry will not fill further: for what is in, if anything."""
    if leg.working:
        return replace(leg, quantity=leg.awake, updated_at=at)
    if leg.filled:
        return replace(ended(leg, OrderStatus.FILLED, at, None), quantity=leg.filled)
    return _orphaned(leg, at)


def _orphaned(leg: Ticket, at: datetime) -> Ticket:
    return ended(leg, OrderStatus.CANCELLED, at, ENTRY_ENDED)


def _idle(exit_: Ticket, may_wake: bool, at: datetime) -> Ticket:
    left = exit_.left - exit_.working
    if not may_wake or not left:
        return ended(exit_, OrderStatus.CANCELLED, at, POSITION_CLOSED)
    return replace(exit_, quantity=exit_.filled + left, awake=exit_.filled, updated_at=at)
