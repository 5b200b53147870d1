"""The exchange: takes orders, changes and cancels them, and matches them with the present prices."""

from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID, uuid4

from tests.brokers.alpaca.venue import hours
from tests.brokers.alpaca.venue.account import Account, Fill
from tests.brokers.alpaca.venue.families import family, guards, is_exit, is_stop, root_of, siblings
from tests.brokers.alpaca.venue.intake import Ticket
from tests.brokers.alpaca.venue.making import Maker, first_status, inherit, is_routable
from tests.brokers.alpaca.venue.matching import is_marketable, is_triggered, trail
from tests.brokers.alpaca.venue.orders import ENDED, UNROUTED, WORKING, ZERO, Order
from tests.brokers.alpaca.venue.prices import Prices
from tests.brokers.alpaca.venue.refusals import illegal
from tests.brokers.alpaca.venue.replacing import Change
from tests.brokers.alpaca.venue.rules import Rules
from tests.brokers.alpaca.venue.switches import Switches
from tests.brokers.alpaca.venue.times import NEW_YORK, Timepiece

_IMMEDIATE = ("ioc", "fok")
_BELOW = (1 << 96) - 1


class Listener(Protocol):
    def __call__(self, event: str, order: Order, at: datetime, fill: Fill | None) -> None:
        """Told of every event, in order, while the book is locked."""


class Book:
    """Not thread-safe: the venue locks it."""

    def __init__(
        self, account: Account, prices: Prices, rules: Rules, time: Timepiece, switches: Switches, tell: Listener
    ) -> None:
        self.account = account
        self._prices = prices
        self._rules = rules
        self._time = time
        self._switches = switches
        self._tell = tell
        self._maker = Maker(account, switches)

    # --- what clients ask for

    def submit(self, ticket: Ticket) -> Order:
        """Raises Refusal. The order is routed and matched with the next `settle`."""
        at = self._time.stamp()
        asset, intent = self._rules.admitted(ticket, at)
        order = self._maker.entry(ticket, asset, intent, at)
        trail(order, self._prices.price(order.symbol))
        self._maker.add_legs(order, ticket)
        for one in family(order):
            self._tell(one.status, one, at, None)
        return order

    def cancel(self, order: Order) -> None:
        """Ask for a cancel. Raises Refusal where it comes too late."""
        if order.status in ENDED:
            raise illegal(f'order is already in "{order.status}" state')
        if order.status in ("pending_cancel", "pending_replace"):
            raise illegal(f"order {order.status.replace('_', ' ')}")
        self._move(order, "pending_cancel")

    def replace(self, order: Order, change: Change) -> Order:
        """A new order in the old one's place. Raises Refusal."""
        change.check(order, self._rules, self._prices, self._switches.replaced_quantity)
        at = self._time.stamp()
        new = self._maker.make(at, **change.fields(order, self._switches.replaced_quantity))
        if new.status != "held":
            new.status = first_status(new, at)
        if change.time_in_force is not None:
            new.expires_at = hours.expiry(new.time_in_force, at, extended=new.extended_hours)
        new.replaces = order.id
        if self._switches.replacements_fail:
            new.failed_at = at
            self._move(new, "rejected")
            return new
        order.replaced_at, order.replaced_by = at, new.id
        inherit(order, new)
        self._move(order, "replaced")
        self._tell(new.status, new, at, None)
        return new

    def settle(self) -> None:
        """Let happen what is due: cancels, expiries, routing, fills."""
        now = self._time.now()
        if not self._switches.hold_cancels:
            self.finish_cancels()
        for order in self._open():
            if order.expires_at is not None and order.expires_at <= now and order.is_open:
                self.expire(order)
        for order in self._open():
            if order.status in UNROUTED and not self._switches.hold_routing and is_routable(order, now):
                self._move(order, "new")
        if not self._switches.hold_fills:
            price = self._prices.table()
            for order in self._open():
                if self._may_trade(order, now):
                    self._match(order, price(order.symbol))

    def finish_cancels(self) -> None:
        """End what waits to be cancelled, each with its family."""
        for order in self._open():
            if order.status == "pending_cancel":
                for one in family(order):
                    self._end(one, "canceled")

    # --- what tests can make happen

    def fill(self, order: Order, qty: Decimal | None = None, price: Decimal | None = None) -> Fill:
        """Execute an order, in whatever state it is; an ended one keeps its status."""
        price = self._prices.price(order.symbol) if price is None else price
        return self._execute(order, order.rest(price) if qty is None else qty, price)

    def expire(self, order: Order) -> None:
        """End an order by time, and an entry's exits that were still asleep."""
        self._end(order, "expired")
        if order.parent is None and not is_exit(order):
            for leg in order.legs:
                self._end(leg, "canceled")

    def reject(self, order: Order) -> None:
        """Refuse an order that was taken before."""
        self._end(order, "rejected")
        for leg in order.legs:
            self._end(leg, "canceled")

    def cancel_silently(self, order: Order) -> None:
        """End this order alone, and tell no stream."""
        order.canceled_at = order.updated_at = self._time.stamp()
        order.status = "canceled"
        self.account.open_orders.pop(order.id, None)

    # --- moving orders

    def _open(self) -> list[Order]:
        return list(self.account.open_orders.values())

    def _move(self, order: Order, status: str, fill: Fill | None = None, event: str | None = None) -> None:
        order.status = status
        order.updated_at = fill.at if fill else self._time.stamp()
        if status in ENDED:
            self.account.open_orders.pop(order.id, None)
        self._tell(event or status, order, order.updated_at, fill)

    def _end(self, order: Order, status: str) -> None:
        if not order.is_open:
            return
        at = self._time.stamp()
        setattr(order, {"canceled": "canceled_at", "expired": "expired_at", "rejected": "failed_at"}[status], at)
        self._move(order, status)

    def _may_trade(self, order: Order, now: datetime) -> bool:
        if order.status not in WORKING and not (order.status == "held" and is_stop(order) and guards(order)):
            return False
        if order.time_in_force in ("opg", "cls"):
            return order.expires_at is not None and hours.is_auction(order.time_in_force, order.expires_at, now)
        return is_routable(order, now)

    def _match(self, order: Order, price: Decimal) -> None:
        if trail(order, price):
            order.updated_at = self._time.stamp()
        if is_triggered(order, price):
            self._trigger(order)
            if is_marketable(order, price):
                self._execute(order, order.rest(price), price)
        if order.time_in_force in _IMMEDIATE:
            self._end(order, "canceled")

    def _trigger(self, order: Order) -> None:
        """A stop is touched; a sleeping one takes the place of the exit beside it."""
        order.is_triggered = True
        if order.status == "held":
            for one in siblings(order):
                self._end(one, "canceled")
            self._move(order, "new")

    def _execute(self, order: Order, qty: Decimal, price: Decimal) -> Fill:
        at = self._time.stamp()
        is_short = not order.is_buy and self.account.held(order.symbol) <= 0
        order.filled_qty += qty
        order.filled_value += qty * price
        self.account.book(order, qty, price)
        leaves = ZERO if order.qty is None else max(ZERO, order.qty - order.filled_qty)
        status = order.status if not order.is_open else "partially_filled" if leaves else "filled"
        if leaves and order.status == "pending_cancel":
            status = order.status
        if status == "filled":
            order.filled_at = at
        execution_id = self._execution_id()
        number = execution_id if self._switches.shares_execution_ids else self._execution_id()
        fill = Fill(
            id=f"{at.astimezone(NEW_YORK):%Y%m%d%H%M%S}{at.microsecond // 1000:03d}::{number}",
            execution_id=execution_id,
            at=at,
            order_id=order.id,
            order_status=status,
            symbol=order.symbol,
            side="sell_short" if is_short else order.side,
            qty=qty,
            price=price,
            cum_qty=order.filled_qty,
            leaves_qty=leaves,
        )
        self.account.fills.append(fill)
        self._move(order, status, fill, "partial_fill" if leaves else "fill")
        self._follow(order)
        return fill

    def _execution_id(self) -> str:
        """Random, but in the order of the fills: activities of the same millisecond are sorted by it."""
        return str(UUID(int=(len(self.account.fills) + 1 << 96) | (uuid4().int & _BELOW)))

    def _follow(self, order: Order) -> None:
        """What a fill means to the family."""
        if order.status == "filled" and order is root_of(order) and not is_exit(order):
            for leg in order.legs:
                if leg.status == "held" and (
                    order.order_class == "oto" or not is_stop(leg) or self._switches.stop_wakes
                ):
                    self._move(leg, "new")
        for one in siblings(order):
            if order.status == "filled":
                self._end(one, "canceled")
            elif order.qty is not None:
                one.qty = one.filled_qty + order.qty - order.filled_qty
                one.updated_at = order.updated_at
