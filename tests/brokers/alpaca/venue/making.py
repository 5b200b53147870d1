"""Making orders: an entry with its legs, and what takes another's place."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from tests.brokers.alpaca.venue import hours
from tests.brokers.alpaca.venue.account import CRYPTO, Account
from tests.brokers.alpaca.venue.assets import Asset
from tests.brokers.alpaca.venue.intake import Ticket
from tests.brokers.alpaca.venue.orders import Order
from tests.brokers.alpaca.venue.switches import Switches


class Maker:
    """Every order that it makes is booked as open."""

    def __init__(self, account: Account, switches: Switches) -> None:
        self._account = account
        self._switches = switches

    def make(self, at: datetime, **fields: Any) -> Order:
        number = len(self._account.orders) + 1
        order = Order(number=number, id=str(uuid4()), submitted_at=at, updated_at=at, **fields)
        self._account.orders[order.id] = self._account.by_client_id[order.client_order_id] = order
        self._account.open_orders[order.id] = order
        return order

    def entry(self, ticket: Ticket, asset: Asset, intent: str, at: datetime) -> Order:
        """What a ticket asks for, without its legs. An oco's own price is its take-profit's."""
        order = self.make(
            at,
            client_order_id=ticket.client_order_id or str(uuid4()),
            symbol=asset.symbol,
            asset_id=asset.id,
            asset_class=asset.asset_class,
            side=ticket.side,
            type=ticket.type,
            time_in_force=ticket.time_in_force,
            order_class=ticket.order_class,
            position_intent=intent,
            status="pending_new",
            expires_at=hours.expiry(ticket.time_in_force, at, extended=ticket.extended_hours),
            qty=ticket.qty,
            notional=ticket.notional,
            limit_price=ticket.take_profit if ticket.order_class == "oco" else ticket.limit_price,
            stop_price=ticket.stop_price,
            trail_price=ticket.trail_price,
            trail_percent=ticket.trail_percent,
            extended_hours=ticket.extended_hours,
        )
        order.status = first_status(order, at)
        return order

    def add_legs(self, order: Order, ticket: Ticket) -> None:
        """The take-profit, then the stop-loss."""
        if ticket.order_class in ("bracket", "oto") and ticket.take_profit is not None:
            order.legs.append(self._leg(order, "limit", ticket.take_profit, None))
        if ticket.stop_loss is not None and ticket.order_class:
            kind = "stop" if ticket.stop_loss_limit is None else "stop_limit"
            order.legs.append(self._leg(order, kind, ticket.stop_loss_limit, ticket.stop_loss))

    def _leg(self, order: Order, kind: str, limit: Decimal | None, stop: Decimal | None) -> Order:
        side = order.side if order.order_class == "oco" else "sell" if order.is_buy else "buy"
        is_awake = order.order_class == "oco" and self._switches.stop_wakes
        return self.make(
            order.submitted_at,
            client_order_id=str(uuid4()),
            symbol=order.symbol,
            asset_id=order.asset_id,
            asset_class=order.asset_class,
            side=side,
            type=kind,
            time_in_force=order.time_in_force,
            order_class=order.order_class,
            position_intent=f"{side}_to_close",
            status=order.status if is_awake else "held",
            expires_at=order.expires_at,
            qty=order.qty,
            limit_price=limit,
            stop_price=stop,
            parent=order,
        )


def first_status(order: Order, at: datetime) -> str:
    """What is answered to who places it: while it cannot work, it is accepted, but not sent on."""
    return "pending_new" if is_routable(order, at) else "accepted"


def is_routable(order: Order, at: datetime) -> bool:
    """Whether there is trading for it: around the clock, in extended or in regular hours."""
    if order.asset_class == CRYPTO or hours.is_open(at):
        return True
    return order.extended_hours and hours.is_extended(at)


def inherit(old: Order, new: Order) -> None:
    """Put the new order into the old one's place in the family."""
    if old.parent is not None:
        old.parent.legs[old.parent.legs.index(old)] = new
    new.legs, old.legs = old.legs, []
    for leg in new.legs:
        leg.parent = new
