"""What is sent: our orders in the protocol's words. Source: IBKR, "Available order types" and "Order"."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from trenddojo.brokers.adapters.interactive_brokers.heard import number
from trenddojo.domain.money import ZERO
from trenddojo.domain.orders import OrderRequest, OrderType, OrderUpdate, StopLoss, TimeInForce
from trenddojo.domain.terms import Side

STOP, TARGET = "-S", "-T"
"""What the references of an order's exits end with."""
_TYPES: Mapping[OrderType, str] = MappingProxyType(
    {
        OrderType.MARKET: "MKT",
        OrderType.LIMIT: "LMT",
        OrderType.STOP: "STP",
        OrderType.STOP_LIMIT: "STP LMT",
        OrderType.TRAILING_STOP: "TRAIL",
    }
)
_AT_THE_CLOSE: Mapping[str, str] = MappingProxyType({"MKT": "MOC", "LMT": "LOC"})
_REDUCE = 2
"""A pair of exits: what one fills, the other shrinks by, and only one is at the market at a time."""
_OPPOSITE: Mapping[str, str] = MappingProxyType({"BUY": "SELL", "SELL": "BUY"})

Terms = dict[str, object]
"""Fields of an order, by the protocol's names."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One order to send: its fields without its number. `is_child` hangs it to the first of its family."""

    terms: Terms
    is_child: bool = False


def family(request: OrderRequest, account: str) -> list[Outgoing]:
    """An order and its exits, in the order in which they are sent: nothing works before the last has arrived."""
    first = _main(request, account)
    if request.is_oco and request.stop_loss is not None:
        return _pair(request, request.stop_loss, first)
    exits = _exits(request, first)
    orders = [Outgoing(first), *(Outgoing(one, is_child=True) for one in exits)]
    return [
        replace(one, terms={**one.terms, "transmit": place == len(orders)}) for place, one in enumerate(orders, start=1)
    ]


def what_if(quantity: Decimal, account: str) -> Terms:
    """A market order that is only asked about; a negative quantity is sold."""
    action = "BUY" if quantity > 0 else "SELL"
    return {
        "action": action, "totalQuantity": plain(abs(quantity)), "orderType": "MKT", "tif": "DAY", "account": account,
        "whatIf": True,
    }  # fmt: skip


def changed(order: Any, update: OrderUpdate, *, is_child: bool) -> Terms:
    """A working order as it is to go on: only what we set ourselves, because a gateway's echo is full of its own.

    `is_child` while its entry is there; later its family's number would be refused (135).
    """
    kept: Terms = {
        name: getattr(order, name)
        for name in ("action", "orderType", "tif", "account", "orderRef", "outsideRth", "ocaGroup", "ocaType")
    }
    numbers: Terms = {name: number(getattr(order, name)) for name in _prices(order, update)}
    parent = {"parentId": order.parentId} if is_child else {}
    return {
        **kept,
        **{name: value for name, value in numbers.items() if value is not None},
        "totalQuantity": number(order.totalQuantity),
        **parent,
        **_changes(order.orderType, update),
        "transmit": True,
    }


_PRICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "MKT": (), "MOC": (), "LMT": ("lmtPrice",), "LOC": ("lmtPrice",), "STP": ("auxPrice",),
        "STP LMT": ("lmtPrice", "auxPrice"),
    }
)  # fmt: skip
"""The prices that belong to a type."""


def _prices(order: Any, update: OrderUpdate) -> tuple[str, ...]:
    """Those to keep. Of a trailing stop exactly one may be sent, and the gateway tells both, one of them as 0."""
    if order.orderType != "TRAIL":
        return _PRICES[order.orderType]
    if update.trail_amount is not None or update.trail_percent is not None:
        return ()
    return ("auxPrice",) if number(order.trailingPercent) is None else ("trailingPercent",)


def _changes(order_type: str, update: OrderUpdate) -> Terms:
    stop = update.trail_amount if order_type == "TRAIL" else update.stop_price
    found = {
        "totalQuantity": update.quantity,
        "lmtPrice": update.limit_price,
        "auxPrice": stop,
        "trailingPercent": update.trail_percent,
        "tif": update.time_in_force and _time(update.time_in_force),
    }
    return {name: value for name, value in found.items() if value is not None}


def _main(request: OrderRequest, account: str) -> Terms:
    order_type = _TYPES[request.order_type]
    is_last = request.time_in_force is TimeInForce.CLS
    return {
        "action": "BUY" if request.side is Side.BUY else "SELL",
        "totalQuantity": plain(request.quantity),
        "orderType": _AT_THE_CLOSE[order_type] if is_last else order_type,
        "tif": _time(request.time_in_force),
        "account": account,
        "orderRef": request.client_order_id,
        "outsideRth": request.extended_hours,
        **_set(
            lmtPrice=request.limit_price,
            auxPrice=request.stop_price or request.trail_amount,
            trailingPercent=request.trail_percent,
        ),
    }


def _time(time_in_force: TimeInForce) -> str:
    """The auction at the close is a type of its own there, good for the day."""
    return "DAY" if time_in_force is TimeInForce.CLS else time_in_force.value.upper()


def _exits(request: OrderRequest, entry: Terms) -> list[Terms]:
    profit = (
        [] if request.take_profit is None else [_exit(entry, TARGET, "LMT", lmtPrice=request.take_profit.limit_price)]
    )
    return profit + ([] if request.stop_loss is None else [_stop(entry, request.stop_loss)])


def _stop(entry: Terms, stop: StopLoss) -> Terms:
    order_type = "STP" if stop.limit_price is None else "STP LMT"
    return _exit(entry, STOP, order_type, auxPrice=stop.stop_price, lmtPrice=stop.limit_price)


def _exit(entry: Terms, ending: str, order_type: str, **prices: Decimal | None) -> Terms:
    return {
        "action": _OPPOSITE[str(entry["action"])],
        "totalQuantity": entry["totalQuantity"],
        "orderType": order_type,
        "tif": "GTC",
        "account": entry["account"],
        "orderRef": f"{entry['orderRef']}{ending}",
        **_set(**prices),
    }


def _pair(request: OrderRequest, loss: StopLoss, target: Terms) -> list[Outgoing]:
    """Two exits of what is held, neither of which hangs to the other."""
    stop = {**_stop(target, loss), "action": target["action"], "tif": target["tif"]}
    group = {"ocaGroup": request.client_order_id, "ocaType": _REDUCE, "transmit": True}
    return [Outgoing({**one, **group}) for one in (target, stop)]


def _set(**amounts: Decimal | None) -> Terms:
    return {name: plain(amount) for name, amount in amounts.items() if amount is not None}


def plain(amount: Decimal) -> Decimal:
    """The same number, written without an exponent."""
    return Decimal(f"{amount:f}") if amount else ZERO
