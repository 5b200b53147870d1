"""Orders that tests send, told by what matters in them."""

from decimal import Decimal
from typing import Any

from trenddojo.domain.orders import OrderRequest, OrderType
from trenddojo.domain.terms import Side

D = Decimal


def an_order(**changes: Any) -> OrderRequest:
    """A market order to buy ten shares of AAPL for the day, with some fields changed."""
    told: dict[str, Any] = {
        "symbol": "AAPL",
        "side": Side.BUY,
        "quantity": D(10),
        "order_type": OrderType.MARKET,
        "client_order_id": "order-1",
    }
    return OrderRequest(**(told | changes))


def a_limit(price: Decimal, **changes: Any) -> OrderRequest:
    """A limit order like that one."""
    return an_order(order_type=OrderType.LIMIT, limit_price=price, **changes)
