"""IBKR's side: orders that were transmitted are accepted, matched with the present prices, cancelled and expired."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Protocol

from tests.brokers.interactive_brokers.gateway import sessions
from tests.brokers.interactive_brokers.gateway.account import Account
from tests.brokers.interactive_brokers.gateway.executions import Executions
from tests.brokers.interactive_brokers.gateway.families import CANCEL, children, join, peers, reduced, waits
from tests.brokers.interactive_brokers.gateway.figures import Figures
from tests.brokers.interactive_brokers.gateway.matching import (
    is_limited,
    is_marketable,
    is_tradable,
    is_triggered,
    proper_status,
    trail,
)
from tests.brokers.interactive_brokers.gateway.orders import Fill, Order
from tests.brokers.interactive_brokers.gateway.prices import Market
from tests.brokers.interactive_brokers.gateway.refusals import Refusal, too_dear
from tests.brokers.interactive_brokers.gateway.rules import check_crowd
from tests.brokers.interactive_brokers.gateway.switches import Switches
from tests.brokers.interactive_brokers.gateway.times import ZONE

_IMMEDIATE = ("IOC", "FOK")
_ONLY_REGULAR = (
    "Order Event Warning:Attribute 'Outside Regular Trading Hours' is ignored based on the order type and destination. "
    "PlaceOrder is now being processed."
)
_LOCATE = (
    "Shares for this order are not immediately available for short sale. The order will be held while we attempt to "
    "locate the shares."
)


class Listener(Protocol):
    """Told of everything that becomes of orders, in order."""

    def order(self, order: Order) -> None:
        """It was accepted, changed or moved."""

    def error(self, order: Order, code: int, text: str) -> None: ...

    def fill(self, fill: Fill) -> None:
        """It was executed; what it means to the order is told next."""

    def filled(self, fill: Fill) -> None:
        """The order was told: position, figures and commission may follow."""


class Book:
    """Not thread-safe: the gateway locks it. `orders` has every order that ever was, oldest first."""

    def __init__(
        self,
        accounts: dict[str, Account],
        market: Market,
        switches: Switches,
        now: Callable[[], datetime],
        listener: Listener,
    ) -> None:
        self.accounts = accounts
        self.orders: list[Order] = []
        self.executions = Executions(accounts)
        self._market = market
        self._switches = switches
        self._now = now
        self._tell = listener
        self._perm_ids = count(1_640_000_001)

    @property
    def open_orders(self) -> list[Order]:
        return [order for order in self.orders if order.is_open]

    def figures(self, account: str) -> Figures:
        return Figures(self.accounts[account], self._market.price, self._market.rate)

    # --- what clients ask for

    def transmit(self, order: Order) -> None:
        """Send an order on to IBKR: a child together with what was held back of its family."""
        family = [order.parent, *children(order.parent, self.orders)] if order.parent else [order]
        for one in family:
            if not one.is_transmitted:
                one.status = "PendingSubmit"
                if not self._switches.hold_acceptance:
                    self._accept(one)

    def check_margin(self, order: Order) -> None:
        """Raises Refusal where the account cannot bear what would be held."""
        figures = self.figures(order.account)
        change = order.remaining if order.is_buy else -order.remaining
        wanted = figures.initial_with(order.instrument, change)
        if wanted > figures.initial and wanted > figures.equity:
            raise too_dear(figures.equity, wanted)

    def cancel(self, order: Order) -> None:
        """Ask for an order's end; it comes with the next `settle`, or at once where IBKR does not have it yet."""
        if order.perm_id:
            self._move(order, "PendingCancel")
        else:
            self._end(order, "ApiCancelled", "Cancelled by Trader")

    def changed(self, order: Order) -> None:
        """An order's terms were changed: what holds it may be gone, or new."""
        if order.is_working and not order.why_held:
            order.status = proper_status(order, self._now())
        if order.status != "PendingSubmit":
            self._tell.order(order)

    # --- what happens by itself

    def settle(self) -> None:
        """Let happen what is due: acceptances, cancels, expiries, fills."""
        now = self._now()
        for order in self.open_orders:
            if order.is_open:
                self._settle(order, now)

    def _settle(self, order: Order, now: datetime) -> None:
        if order.status == "PendingSubmit":
            if not self._switches.hold_acceptance:
                self._accept(order)
        elif order.status == "PendingCancel":
            if not self._switches.hold_cancels:
                self.end_cancelled(order)
        elif order.expires_at is not None and order.expires_at <= now:
            self.expire(order)
        elif order.why_held == "locate":
            self._release(order, now)
        if order.is_working and not order.why_held:
            self._match(order, now)

    def _match(self, order: Order, now: datetime) -> None:
        price = self._market.price(order.instrument)
        if not waits(order):
            trail(order, price)
            if is_tradable(order, now) and not self._switches.hold_fills:
                self._try(order, price)
        status = proper_status(order, now)
        if order.is_working and order.status != status:
            self._move(order, status)

    def _try(self, order: Order, price: Decimal) -> None:
        order.is_triggered = is_triggered(order, price)
        if order.is_triggered and is_marketable(order, price):
            self.fill(order, order.remaining, price)
        elif order.tif in _IMMEDIATE:
            self.end_cancelled(order)

    # --- accepting

    def _accept(self, order: Order) -> None:
        """Give it its permanent id, or refuse it, which comes as an error first and as a status afterwards."""
        order.perm_id = next(self._perm_ids)
        join(order)
        try:
            check_crowd(order, [one for one in self.open_orders if one.perm_id and one is not order])
            if order.parent is None:
                self.check_margin(order)
        except Refusal as refusal:
            self.reject(order, refusal.code, refusal.text)
            return
        now = self._now()
        self._hold_short_sale(order)
        if not order.why_held:
            order.status = proper_status(order, now)
        if not waits(order):
            trail(order, self._market.price(order.instrument))
        self._tell.order(order)
        self._warn(order, now)

    def _hold_short_sale(self, order: Order) -> None:
        status = self._switches.hard_to_borrow.get(order.symbol)
        held = self.accounts[order.account].held(order.instrument)
        if status is None or order.is_buy or order.parent is not None or held >= order.quantity:
            return
        order.status, order.why_held = status, "locate"
        self._tell.error(order, 404, _LOCATE)

    def _release(self, order: Order, now: datetime) -> None:
        """Shares were found for a short sale."""
        if order.symbol not in self._switches.hard_to_borrow:
            order.why_held = ""
            self._move(order, proper_status(order, now))

    def _warn(self, order: Order, now: datetime) -> None:
        if order.outside_rth and not is_limited(order):
            self._tell.error(order, 2109, _ONLY_REGULAR)
        if sessions.is_open(order.instrument, now, extended=order.outside_rth) or order.parent is not None:
            return
        opens = sessions.next_open(order.instrument, now).astimezone(ZONE)
        what = f"{order.action} {order.quantity:f} {order.instrument.symbol} {order.instrument.trading_class}"
        until = f"{opens:%Y-%m-%d %H:%M:%S} US/Eastern"
        text = f"Order Message:\n{what}\nWarning: Your order will not be placed at the exchange until {until}."
        self._tell.error(order, 399, text)

    # --- ending

    def reject(self, order: Order, code: int, text: str) -> None:
        """Refuse an order that is IBKR's already, and with it its children."""
        reason = text.partition("reason:")[2] or text
        self._tell.error(order, code, text)
        self._end(order, "Inactive", f"Rejected by System: {reason}")
        for child in children(order, self.orders):
            self.end_cancelled(child, "Parent order was rejected")

    def end_cancelled(self, order: Order, reason: str = "") -> None:
        """Cancel an order for good, and with it its children."""
        self._tell.error(order, 202, f"Order Canceled - reason:{reason}")
        self._end(order, "Cancelled", f"Cancelled by System: {reason}" if reason else "Cancelled by Trader")
        self._end_children(order)

    def expire(self, order: Order) -> None:
        """End an order by time: there is no status of its own for it."""
        self._end(order, "Cancelled", "Expired")
        self._end_children(order)

    def _end_children(self, order: Order) -> None:
        for child in children(order, self.orders):
            if child.is_open or not child.is_transmitted:
                self.end_cancelled(child)

    def _end(self, order: Order, status: str, completed: str) -> None:
        order.ended_at, order.completed = self._now(), completed
        self._move(order, status)

    def _move(self, order: Order, status: str) -> None:
        order.status = status
        self._tell.order(order)

    # --- filling

    def fill(self, order: Order, quantity: Decimal, price: Decimal) -> Fill:
        """Execute an order, in whatever state it is; an ended one keeps its status."""
        fill = self.executions.execute(order, quantity, price, self._now())
        self._tell.fill(fill)
        if order.is_open and not order.remaining:
            self._end(order, "Filled", f"Filled Size: {order.filled:f}")
        else:
            self._tell.order(order)
        self._tell.filled(fill)
        self._follow(order, quantity)
        return fill

    def correct(self, fill: Fill, quantity: Decimal, price: Decimal) -> Fill:
        """Another execution takes a fill's place, as IBKR does when an exchange corrects itself."""
        new = self.executions.correct(fill, quantity, price)
        self._tell.fill(new)
        self._tell.order(fill.order)
        self._tell.filled(new)
        return new

    def _follow(self, order: Order, quantity: Decimal) -> None:
        """What a fill means to the OCA group and to the children."""
        for peer in peers(order, self.orders):
            if order.status == "Filled" or order.oca_type == CANCEL:
                self.end_cancelled(peer)
                continue
            peer.quantity = reduced(peer, quantity)
            self._tell.order(peer) if peer.remaining else self.end_cancelled(peer)
        if order.status == "Filled":
            for child in children(order, self.orders):
                if child.is_working:
                    self._settle(child, self._now())
