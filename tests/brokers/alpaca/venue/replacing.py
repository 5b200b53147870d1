"""A change of an order, which makes a new one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

from tests.brokers.alpaca.venue.account import order_cost
from tests.brokers.alpaca.venue.intake import check_client_id, check_price_fields, check_stock_price, number, word
from tests.brokers.alpaca.venue.orders import ENDED, UNROUTED, ZERO, Order
from tests.brokers.alpaca.venue.prices import Prices
from tests.brokers.alpaca.venue.refusals import illegal, missing, unreadable
from tests.brokers.alpaca.venue.rules import Rules, check_stop

_COPIED = (
    "symbol", "asset_id", "asset_class", "side", "type", "time_in_force", "order_class", "position_intent",
    "expires_at", "qty", "limit_price", "stop_price", "trail_price", "trail_percent", "hwm", "extended_hours",
    "is_triggered", "parent",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is to be different; None leaves a field as it is."""

    qty: Decimal | None
    time_in_force: str | None
    limit_price: Decimal | None
    stop_price: Decimal | None
    trail: Decimal | None
    client_order_id: str | None

    def check(self, order: Order, rules: Rules, prices: Prices, counting: str) -> None:
        """Raises Refusal."""
        _check_state(order)
        rules.check_client_id(self.client_order_id)
        check_client_id(self.client_order_id)
        self._check_fields(order)
        new = replace(order, **self.fields(order, counting))
        trails = int(new.trail_price is not None or new.trail_percent is not None)
        stop = None if order.type == "trailing_stop" else new.stop_price
        check_price_fields(order.type, new.limit_price, stop, trails=trails)
        if self.stop_price is not None:
            check_stop(new, prices.price(order.symbol))
        if new.qty is not None and new.qty <= new.filled_qty:
            raise illegal("qty must be greater than the filled quantity")
        self._check_means(order, new, rules, prices)

    def fields(self, order: Order, counting: str) -> dict[str, Any]:
        """The new order's fields."""
        told: dict[str, Any] = {name: getattr(order, name) for name in _COPIED}
        changes = {name: getattr(self, name) for name in ("time_in_force", "limit_price", "stop_price")}
        told |= {name: value for name, value in changes.items() if value is not None}
        if self.trail is not None:
            told["trail_price" if order.trail_price is not None else "trail_percent"] = self.trail
            told["hwm"] = None
        told["client_order_id"] = self.client_order_id or str(uuid4())
        told["status"] = "held" if order.status == "held" else "pending_new"
        told |= self._quantity(order, counting)
        return told

    def _quantity(self, order: Order, counting: str) -> dict[str, Any]:
        assert order.qty is not None
        if counting == "carried":
            return {
                "qty": self.qty or order.qty, "filled_qty": order.filled_qty, "filled_value": order.filled_value
            }  # fmt: skip
        rest = (self.qty or order.qty) - order.filled_qty
        is_anew = counting == "anew" and self.qty is not None
        return {"qty": self.qty if is_anew else rest, "filled_qty": ZERO, "filled_value": ZERO}

    def _check_fields(self, order: Order) -> None:
        if order.notional is not None:
            raise illegal("notional orders cannot be replaced")
        if self.qty is not None:
            assert order.qty is not None
            if order.is_complex and self.qty != order.qty:
                raise illegal(f"qty of {order.order_class} orders cannot be replaced")
            if self.qty <= 0:
                raise missing("qty must be > 0")
            if order.qty % 1 or self.qty % 1:
                raise illegal("qty of fractional orders cannot be replaced")
        if order.is_complex and self.time_in_force not in (None, order.time_in_force):
            raise illegal(f"time_in_force of {order.order_class} orders cannot be replaced")
        if self.trail is not None and (order.type != "trailing_stop" or self.trail <= 0):
            raise missing("trail is for trailing stop orders and must be > 0")
        if order.asset_class == "us_equity":
            check_stock_price("limit_price", self.limit_price)
            check_stock_price("stop_price", self.stop_price)

    def _check_means(self, order: Order, new: Order, rules: Rules, prices: Prices) -> None:
        """A buy must be paid for, a sale be held."""
        if order.opens:
            price, is_crypto = prices.price(order.symbol), order.asset_class == "crypto"
            rules.check_buying_power(order_cost(new, price), is_crypto=is_crypto, released=order_cost(order, price))
        elif order.parent is None and new.qty is not None:
            wanted = new.qty - new.filled_qty
            if wanted > rules.account.available(order.symbol, without=order):
                raise rules.insufficient(order.symbol, wanted)


def read_change(body: object) -> Change:
    """Raises Refusal."""
    if not isinstance(body, Mapping):
        raise unreadable()
    time_in_force = word(body, "time_in_force")
    if time_in_force not in (None, "day", "gtc", "opg", "cls", "ioc", "fok"):
        raise missing("invalid time_in_force")
    return Change(
        qty=number(body, "qty"),
        time_in_force=time_in_force,
        limit_price=number(body, "limit_price"),
        stop_price=number(body, "stop_price"),
        trail=number(body, "trail"),
        client_order_id=word(body, "client_order_id") or None,
    )


def _check_state(order: Order) -> None:
    if order.status in ENDED:
        raise illegal(f'order is already in "{order.status}" state')
    if order.status in UNROUTED:
        raise illegal("unable to replace order, order isn't sent to exchange yet")
    if order.status in ("pending_cancel", "pending_replace"):
        raise illegal(f"order {order.status.replace('_', ' ')}")
