"""An entry that fills while its instrument is open already: its plan becomes a leg of the position that it adds to.

An account has one position in an instrument. Whether it was opened elsewhere or by another plan meanwhile, what fills
now belongs to it, and the stop that was planned, with the orders that work for it, guards it there.
"""

from datetime import datetime

from trenddojo.domain.order_states import OrderRole
from trenddojo.domain.terms import TradeStatus
from trenddojo.services import legs
from trenddojo.services.orders import journal
from trenddojo.services.orders.posting import Posting
from trenddojo.services.records import tell
from trenddojo.store import orders, trades
from trenddojo.store.database import db
from trenddojo.store.models import Leg, Order, Trade


def joins(order: Order, own: Trade, held: Trade) -> bool:
    """Whether an order's fills, the first of its trade, add to what is held of another."""
    is_same_way = own.direction is held.direction and order.side is held.direction.entry_side
    return order.role is OrderRole.ENTRY and is_same_way


def join(posting: Posting, order: Order, own: Trade, held: Trade, at: datetime) -> None:
    """Make the plan of `own` a leg of `held`, with all orders that still work for it; the plan itself is over."""
    leg = _leg(own, held, at)
    for one in _moving(order, own):
        one.trade_id, one.leg = held.id, leg.number
        if one.role is OrderRole.ENTRY:
            one.role = OrderRole.SCALE_IN
        journal.tell(one, posting.now, "joined", evidence={"leg": leg.number})
    own.status = TradeStatus.CANCELLED
    tell(posting.seat, own, posting.now, "joined", position=str(held.id), leg=leg.number)
    posting.touch(own)
    posting.rebook(held)
    db.session.flush()


def _leg(own: Trade, held: Trade, at: datetime) -> Leg:
    planned = trades.legs_of(own.id)[0]
    amounts = {name: getattr(planned, name) for name in ("planned_entry", "planned_quantity", "stop")}
    leg = Leg(number=legs.next_number(held), **amounts)
    legs.attach(held, leg, at, own.created_by)
    return leg


def _moving(order: Order, own: Trade) -> list[Order]:
    """The order that filled, its exits, and whatever of the plan is not over."""
    found = orders.of_trade(own.id)
    return [one for one in found if order.id in (one.id, one.parent_id) or not one.state.is_final]
