"""An exchange at hand for tests, and short words for orders and moments."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from tests.brokers.simulator.scripted import FIRST_OPEN, TableMarket
from trenddojo.brokers.errors import BrokerError
from trenddojo.brokers.simulator.exchange import Exchange
from trenddojo.brokers.simulator.profile import Profile
from trenddojo.brokers.spec import Capabilities
from trenddojo.domain.commissions import FREE
from trenddojo.domain.orders import (
    OrderClass,
    OrderRequest,
    OrderType,
    OrderUpdate,
    StopLoss,
    TakeProfit,
    TimeInForce,
)
from trenddojo.domain.terms import AssetType, Side

D = Decimal
EVERYTHING = Capabilities(
    asset_types=frozenset(AssetType),
    order_types=frozenset(OrderType),
    times_in_force=frozenset(TimeInForce),
    order_classes=frozenset(OrderClass),
    entries_with_exits=frozenset(OrderType) - {OrderType.TRAILING_STOP},
)
_numbers = count(1)


def exchange(market: TableMarket, capabilities: Capabilities = EVERYTHING, **profile: Any) -> Exchange:
    return Exchange(market, Profile(**{"commission": FREE, **profile}), capabilities, "MOCK123456")


def at(minute: float = 0, second: float = 0, day: int = 0) -> datetime:
    """A moment, counted from the open of a session."""
    return FIRST_OPEN + timedelta(days=day, minutes=minute, seconds=second)


def order(side: str, quantity: object, order_type: str = "market", **more: Any) -> OrderRequest:
    """An order for AAA; prices may be texts, `stop` and `target` are its exits, `tif` is its time in force."""
    prices = {name: D(more.pop(name)) for name in list(more) if name.endswith(("_price", "_amount", "_percent"))}
    stop, target = more.pop("stop", None), more.pop("target", None)
    return OrderRequest(
        symbol=more.pop("symbol", "AAA"),
        side=Side(side),
        quantity=D(str(quantity)),
        order_type=OrderType(order_type),
        client_order_id=more.pop("cid", None) or f"c{next(_numbers)}",
        time_in_force=TimeInForce(more.pop("tif", "gtc")),
        stop_loss=None if stop is None else StopLoss(stop_price=D(stop)),
        take_profit=None if target is None else TakeProfit(limit_price=D(target)),
        **prices,
        **more,
    )


def update(**changes: Any) -> OrderUpdate:
    return OrderUpdate(client_order_id=changes.pop("cid", None) or f"u{next(_numbers)}", **changes)


def fills(exchange_: Exchange) -> list[tuple[str, str, str, datetime]]:
    """Side, quantity, price and time of every fill."""
    return [(one.side.value, f"{one.quantity:f}", f"{one.price:.2f}", one.at) for one in exchange_.executions()]


def refusal(call: Any, *given: Any) -> BrokerError:
    """The error that a call raises."""
    try:
        call(*given)
    except BrokerError as error:
        return error
    raise AssertionError("It was not refused.")
