"""The tickets that a request becomes, and the one that a change leaves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from trenddojo.brokers.simulator.ids import Ids
from trenddojo.brokers.simulator.market import Market
from trenddojo.brokers.simulator.orders import Ticket
from trenddojo.domain.money import ZERO
from trenddojo.domain.orders import (
    OrderClass,
    OrderRequest,
    OrderStatus,
    OrderType,
    OrderUpdate,
    StopLoss,
    TakeProfit,
    TimeInForce,
)
from trenddojo.domain.terms import Side

REPLACED = "It was replaced."
_OPENING = timedelta(minutes=1)
"""How long the opening auction takes."""
_CLOSING = timedelta(microseconds=1)
"""How long the closing auction takes."""


@dataclass(frozen=True, slots=True)
class Opener:
    """Makes tickets with fresh numbers and ids."""

    market: Market
    ids: Ids
    next_number: Callable[[], int]

    def opened(self, request: OrderRequest, now: datetime, reserved: Decimal) -> tuple[Ticket, ...]:
        """The order and its attached exits; `reserved` is 0 for one that closes what is held."""
        number = self.next_number()
        is_trail = request.order_type is OrderType.TRAILING_STOP
        since, expires_at = self.span(request.time_in_force, now)
        order = Ticket(
            order_id=self.ids.order(number),
            client_order_id=request.client_order_id,
            number=number,
            rank=number,
            symbol=request.symbol,
            side=request.side,
            order_type=request.order_type,
            order_class=request.order_class,
            time_in_force=request.time_in_force,
            quantity=request.quantity,
            awake=request.quantity,
            is_exit=not reserved,
            reserved=reserved,
            submitted_at=now,
            updated_at=now,
            since=since,
            expires_at=expires_at,
            limit_price=request.limit_price,
            stop_price=request.stop_price,
            trail_amount=request.trail_amount,
            trail_percent=request.trail_percent,
            best=self.market.price(request.symbol, now) if is_trail else None,
            best_at=now if is_trail else None,
            extended_hours=request.extended_hours,
        )
        return order, *self._legs(request, order)

    def span(self, time_in_force: TimeInForce, now: datetime) -> tuple[datetime, datetime | None]:
        """From when, and until when, an order that is sent now works.

        A day order has the present session or else the next, one for the open the first minute of the next, and one for
        the close the last instant before it.
        """
        sessions = self.market.sessions()
        if time_in_force is TimeInForce.OPG:
            opening = sessions.next_after(now).open
            return opening, opening + _OPENING
        session = sessions.session_at(now) or sessions.next_after(now)
        if time_in_force is TimeInForce.CLS:
            return max(now, session.close - _CLOSING), session.close
        return now, session.close if time_in_force is TimeInForce.DAY else None

    def changed(self, ticket: Ticket, update: OrderUpdate, now: datetime) -> Ticket:
        """The order under its old id, and in its old place, after a change."""
        quantity = ticket.quantity if update.quantity is None else update.quantity
        in_force = ticket.time_in_force if update.time_in_force is None else update.time_in_force
        since, expires_at = max(now, ticket.since), ticket.expires_at
        if update.time_in_force is not None:
            since, expires_at = self.span(in_force, now)
        after = replace(
            ticket,
            quantity=quantity,
            awake=ticket.awake if update.quantity is None else quantity,
            time_in_force=in_force,
            expires_at=expires_at,
            limit_price=_new(update.limit_price, ticket.limit_price),
            stop_price=_new(update.stop_price, ticket.stop_price),
            trail_amount=_new(update.trail_amount, ticket.trail_amount),
            trail_percent=_new(update.trail_percent, ticket.trail_percent),
            since=since,
            updated_at=now,
        )
        if ticket.is_exit:
            return after
        return replace(after, reserved=self.reserved(after, now))

    def reserved(self, order: OrderRequest | Ticket, now: datetime) -> Decimal:
        """The price at which a unit of an opening order counts against buying power.

        A buy counts at its limit, or else its stop, or else the ask; a short at the highest of those and the last
        price.
        """
        quote = self.market.quote(order.symbol, now)
        named = order.stop_price if order.limit_price is None else order.limit_price
        if order.side is Side.SELL:
            return quote.last if named is None else max(named, quote.last)
        if named is not None:
            return named
        return quote.last if quote.ask is None else quote.ask

    def successor(self, ticket: Ticket, changed: Ticket, client_order_id: str) -> tuple[Ticket, Ticket]:
        """The old order as replaced, and the new one for what it had not filled."""
        now = changed.updated_at
        new = replace(
            changed,
            order_id=self.ids.order(changed.rank),
            client_order_id=client_order_id,
            number=changed.rank,
            quantity=changed.left,
            awake=changed.awake - changed.filled,
            filled=ZERO,
            paid=ZERO,
            charged=ZERO,
            status=OrderStatus.ACCEPTED,
            submitted_at=now,
            replaces=ticket.order_id,
        )
        old = replace(ticket, status=OrderStatus.REPLACED, reason=REPLACED, updated_at=now, replaced_by=new.order_id)
        return old, new

    def _legs(self, request: OrderRequest, order: Ticket) -> Iterator[Ticket]:
        """The take-profit, then the stop-loss. Those of a held position are awake; those of an entry sleep."""
        for attached in (request.take_profit, request.stop_loss):
            if attached is not None:
                yield self._leg(order, attached)

    def _leg(self, order: Ticket, attached: TakeProfit | StopLoss) -> Ticket:
        number = self.next_number()
        is_pair = order.order_class is OrderClass.OCO
        stop_price = attached.stop_price if isinstance(attached, StopLoss) else None
        return replace(
            order,
            order_id=self.ids.order(number),
            client_order_id=self.ids.client(number),
            number=number,
            rank=number,
            side=order.side if is_pair else _opposite(order.side),
            order_type=_leg_type(attached),
            time_in_force=TimeInForce.GTC,
            awake=order.quantity if is_pair else ZERO,
            is_exit=True,
            reserved=ZERO,
            expires_at=None,
            limit_price=attached.limit_price,
            stop_price=stop_price,
            parent_id=order.order_id,
        )


def _new(value: Decimal | None, old: Decimal | None) -> Decimal | None:
    return old if value is None else value


def _opposite(side: Side) -> Side:
    return Side.SELL if side is Side.BUY else Side.BUY


def _leg_type(attached: TakeProfit | StopLoss) -> OrderType:
    if isinstance(attached, TakeProfit):
        return OrderType.LIMIT
    return OrderType.STOP if attached.limit_price is None else OrderType.STOP_LIMIT
