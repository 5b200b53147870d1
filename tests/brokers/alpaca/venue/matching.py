"""Whether an order fills at a price."""

from decimal import ROUND_HALF_UP, Decimal

from tests.brokers.alpaca.venue.orders import Order

_CENT = Decimal("0.01")


def trail(order: Order, price: Decimal) -> bool:
    """Let a trailing stop follow the market. Whether it moved."""
    if order.type != "trailing_stop" or order.is_triggered:
        return False
    if order.hwm is not None and (price >= order.hwm if order.is_buy else price <= order.hwm):
        return False
    order.hwm = price
    away = order.trail_price if order.trail_price is not None else price * (order.trail_percent or 0) / 100
    order.stop_price = (price + away if order.is_buy else price - away).quantize(_CENT, ROUND_HALF_UP)
    return True


def is_triggered(order: Order, price: Decimal) -> bool:
    """Whether a stop has been touched; an order without one always is."""
    if order.is_triggered or order.type in ("market", "limit"):
        return True
    assert order.stop_price is not None
    return price >= order.stop_price if order.is_buy else price <= order.stop_price


def is_marketable(order: Order, price: Decimal) -> bool:
    """Whether a touched order trades at the price."""
    if order.limit_price is None:
        return True
    return price <= order.limit_price if order.is_buy else price >= order.limit_price
