"""What people ask of working orders: to end them, or to change them within the limits."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from trenddojo.brokers.errors import is_unknown
from trenddojo.brokers.manager import BrokerManager
from trenddojo.domain.order_states import OrderRole
from trenddojo.domain.stops import loosens
from trenddojo.services.errors import Conflict, Forbidden, Invalid, NotFound
from trenddojo.services.faults import Refused
from trenddojo.services.inputs.orders import ReplaceInput
from trenddojo.services.inputs.records import SHORTEST_REASON
from trenddojo.services.orders import engine, facts, permits
from trenddojo.services.orders.desk import desk_of
from trenddojo.services.orders.drafts import Draft
from trenddojo.services.orders.journal import tell
from trenddojo.services.orders.posting import posting, trade_of
from trenddojo.services.orders.sending import request_of
from trenddojo.services.orders.withdrawing import Change, alter, withdraw
from trenddojo.store import orders, trades
from trenddojo.store.models import Order, Trade
from trenddojo.store.seats import Seat

WAIT = "We don't know yet whether the broker has this order. We are asking; it can be cancelled once we know."


def cancel(manager: BrokerManager, seat: Seat, order: Order, now: datetime) -> Order:
    """Ask for an order's end; ends the caller's transaction. It has ended only when its state says so.

    Done twice, it asks again. Raises Forbidden, Conflict for an order that is unknown or has ended, Refused where the
    broker could not be asked or said no and the order goes on.
    """
    _require_trader(seat)
    if order.state.is_final:
        raise Conflict(f"This order has ended: it is {order.state.replace('_', ' ')}.")
    if order.state.is_unresolved:
        raise Conflict(WAIT)
    desk, order_id, by = desk_of(seat.account), order.id, seat.user.id
    error = withdraw(manager, desk, order_id, by, now)
    engine.drive(manager, desk, now)
    after = orders.by_id(order_id)
    if after is None:
        raise NotFound
    if error is not None and not after.state.is_final and after.pending_op is None:
        raise Refused(error)
    return after


def replace(manager: BrokerManager, seat: Seat, order: Order, change: ReplaceInput, now: datetime) -> Order:
    """Change a working order; ends the caller's transaction. Refused, it goes on as it was.

    The answer may be another order: some brokers put a new one in the place of the old. Raises Forbidden, Conflict for
    an order that is not working or waits for an answer, Invalid by the field, Denied where the change would take more
    risk than the limits allow, Refused where the broker said no or could not be asked.
    """
    _require_trader(seat)
    asked = {name: value for name, value in change.model_dump(exclude={"reason"}).items() if value is not None}
    _check_change(seat, order, asked, change.reason, now)
    desk, order_id, by = desk_of(seat.account), order.id, seat.user.id
    error = alter(manager, desk, order_id, Change(asked, by, change.reason), now)
    engine.drive(manager, desk, now)
    after = _newest(order_id)
    if error is None or is_unknown(error):
        return after
    raise Refused(error)


def _newest(order_id: UUID) -> Order:
    order = orders.by_id(order_id)
    if order is None:
        raise NotFound
    successor = orders.successor_of(order_id)
    return order if successor is None else _newest(successor.id)


# ---- what may be changed


def _check_change(seat: Seat, order: Order, asked: Mapping[str, Any], reason: str, now: datetime) -> None:
    if order.state.is_unresolved:
        raise Conflict(WAIT)
    if not order.state.is_working:
        raise Conflict(f"This order cannot be changed: it is {order.state.replace('_', ' ')}.")
    if order.pending_op is not None:
        raise Conflict("The broker has not answered what was asked of this order before. Wait a moment.")
    if "quantity" in asked and (order.filled_quantity or order.filled_before):
        raise Invalid({"quantity": "A partly filled order keeps its quantity: cancel it, then send one for the rest."})
    for name in asked:
        if name in facts.CHANGEABLE and name != "quantity" and getattr(order, name) is None:
            raise Invalid({name: f"A {order.order_type.replace('_', '-')} order has no such price."})
    trade = trade_of(order)
    if trade is not None and order.role is OrderRole.STOP and "stop_price" in asked:
        leg = next((one for one in trades.legs_of(trade.id) if one.number == (order.leg or 1)), None)
        is_looser = leg is not None and loosens(trade.direction, leg.stop, asked["stop_price"])
        if is_looser and len(reason) < SHORTEST_REASON:
            sentence = f"This loosens the stop. Type a reason of at least {SHORTEST_REASON} characters to do so."
            raise Invalid({"reason": sentence})
    if order.role.adds_risk:
        _check_risk(seat, order, asked, now)


def _check_risk(seat: Seat, order: Order, asked: Mapping[str, Any], now: datetime) -> None:
    """More risk than the order has now is new risk, and is checked like any."""
    trade = trade_of(order)
    if trade is None:
        return
    before, after = _draft(order, trade, {}), _draft(order, trade, asked)
    if after.stop is None:
        return
    was, would = permits.sized(seat, trade, before, now), permits.sized(seat, trade, after, now)
    if would.loss_at_stop <= was.loss_at_stop:
        return
    if found := permits.of_risk(seat, trade, after, now):
        evidence = [one.as_evidence() for one in found]
        tell(order, now, "replace_denied", evidence={"denials": evidence}, by=seat.user.id)
        post = posting(order.account_id, now)
        post.of(order)
        order_id = str(order.id)
        post.keep()
        raise permits.Denied(order_id, evidence)


def _draft(order: Order, trade: Trade, asked: Mapping[str, Any]) -> Draft:
    prices = {name: value for name, value in asked.items() if name in facts.CHANGEABLE}
    request = dataclasses.replace(request_of(order), **prices)
    leg = next((one for one in trades.legs_of(trade.id) if one.number == (order.leg or 1)), None)
    entry = request.limit_price or request.stop_price or (leg.planned_entry if leg else trade.planned_entry)
    return Draft(trade.id, order.role, order.leg, request, entry, leg.stop if leg else None)


def _require_trader(seat: Seat) -> None:
    if not seat.may_trade:
        raise Forbidden(f"You may look at {seat.account.name}, but not trade it.")
