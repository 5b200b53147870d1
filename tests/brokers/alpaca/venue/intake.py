"""What a client asks for when it places an order, read and checked for what needs no account to know."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.brokers.alpaca.venue.refusals import illegal, missing, unreadable

LONGEST_ID = 128
TYPES = ("market", "limit", "stop", "stop_limit", "trailing_stop")
_TIMES = ("day", "gtc", "opg", "cls", "ioc", "fok")
_CLASSES = ("", "bracket", "oco", "oto")
_NAMED = {"type": TYPES, "side": ("buy", "sell"), "time_in_force": _TIMES}
_COMPLEX_ENTRIES = ("market", "limit")


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """An order as asked for. `take_profit` is a limit price, `stop_loss` a stop price and perhaps a limit price."""

    symbol: str
    side: str
    type: str
    time_in_force: str
    order_class: str
    client_order_id: str | None
    qty: Decimal | None
    notional: Decimal | None
    limit_price: Decimal | None
    stop_price: Decimal | None
    trail_price: Decimal | None
    trail_percent: Decimal | None
    extended_hours: bool
    take_profit: Decimal | None
    stop_loss: Decimal | None
    stop_loss_limit: Decimal | None

    @property
    def is_fractional(self) -> bool:
        return self.qty is None or self.qty != self.qty.to_integral_value()

    @property
    def is_buy(self) -> bool:
        return self.side == "buy"


def read_ticket(body: object) -> Ticket:
    """Raises Refusal."""
    if not isinstance(body, Mapping):
        raise unreadable()
    symbol = word(body, "symbol")
    if not symbol:
        raise missing("symbol is required")
    order_class = word(body, "order_class") or ""
    take_profit, stop_loss = _exit(body, "take_profit"), _exit(body, "stop_loss")
    ticket = Ticket(
        symbol=symbol,
        side=_named(body, "side"),
        type=_named(body, "type"),
        time_in_force=_named(body, "time_in_force"),
        order_class="" if order_class == "simple" else order_class,
        client_order_id=word(body, "client_order_id") or None,
        qty=number(body, "qty"),
        notional=number(body, "notional"),
        limit_price=number(body, "limit_price"),
        stop_price=number(body, "stop_price"),
        trail_price=number(body, "trail_price"),
        trail_percent=number(body, "trail_percent"),
        extended_hours=_flag(body, "extended_hours"),
        take_profit=number(take_profit, "limit_price"),
        stop_loss=number(stop_loss, "stop_price"),
        stop_loss_limit=number(stop_loss, "limit_price"),
    )
    _check_quantity(ticket)
    _check_family(ticket, has_take_profit=bool(take_profit), has_stop_loss=bool(stop_loss))
    _check_prices(ticket)
    check_client_id(ticket.client_order_id)
    return ticket


def number(body: Mapping[str, Any], name: str) -> Decimal | None:
    """A string or a number as a decimal."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise unreadable()
    try:
        read = Decimal(value)
    except InvalidOperation:
        raise unreadable() from None
    if not read.is_finite():
        raise unreadable()
    return read


def word(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise unreadable()
    return value


def check_client_id(client_order_id: str | None) -> None:
    if client_order_id is not None and len(client_order_id) > LONGEST_ID:
        raise missing(f"client_order_id must be no more than {LONGEST_ID} characters")


def check_stock_price(name: str, price: Decimal | None) -> None:
    """Two decimals from a dollar on, four below."""
    if price is not None and price != round(price, 2 if price >= 1 else 4):
        raise illegal(
            f"invalid {name} {price.normalize():f}. sub-penny increment does not fulfill minimum pricing criteria"
        )


def check_price_fields(
    order_type: str, limit: Decimal | None, stop: Decimal | None, *, trails: int = 0, is_oco: bool = False
) -> None:
    """Which prices a type wants and which it must not have."""
    wants_limit, wants_stop = order_type in ("limit", "stop_limit") and not is_oco, order_type in ("stop", "stop_limit")
    if order_type == "market" and (limit is not None or stop is not None):
        raise missing("market orders require no stop or limit price")
    if order_type == "stop_limit" and (limit is None or stop is None):
        raise missing("stop limit orders require both stop and limit price")
    for name, price, is_wanted in (("limit", limit, wants_limit), ("stop", stop, wants_stop)):
        if price is None and is_wanted:
            raise missing(f"{order_type} orders require a {name} price")
        if price is not None and not is_wanted and not is_oco:
            raise missing(f"{order_type.replace('_', ' ')} orders require no {name} price")
        if price is not None and price <= 0:
            raise missing(f"{name} price must be > 0")
    if order_type == "trailing_stop" and trails != 1:
        raise missing("trailing stop orders must specify one of trail_percent or trail_price")
    if order_type != "trailing_stop" and trails:
        raise missing("trail_price and trail_percent are for trailing stop orders only")


def _named(body: Mapping[str, Any], name: str) -> str:
    value = word(body, name)
    if not value:
        raise missing(f"{name} is required")
    if value not in _NAMED[name]:
        raise missing(f"invalid {name}")
    return value


def _flag(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise unreadable()
    return bool(value)


def _exit(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    if value is not None and not isinstance(value, Mapping):
        raise unreadable()
    return value or {}


def _check_quantity(ticket: Ticket) -> None:
    if ticket.qty is None and ticket.notional is None:
        raise missing("qty or notional is required")
    if ticket.qty is not None and ticket.notional is not None:
        raise missing("only one of qty or notional is accepted")
    for name, value, places in (("qty", ticket.qty, 9), ("notional", ticket.notional, 2)):
        if value is not None and value <= 0:
            raise missing(f"{name} must be > 0")
        if value is not None and value != round(value, places):
            raise illegal(f"{name} value must be limited to {places} decimal places")


def _check_family(ticket: Ticket, *, has_take_profit: bool, has_stop_loss: bool) -> None:
    kind = ticket.order_class
    if kind not in _CLASSES:
        raise illegal(f"{kind} orders are not supported") if kind == "mleg" else missing("invalid order_class")
    if not kind:
        if has_take_profit or has_stop_loss:
            raise missing("simple orders require no take_profit or stop_loss")
        return
    wanted = ("take_profit",) * has_take_profit + ("stop_loss",) * has_stop_loss if kind == "oto" else None
    if wanted is not None and len(wanted) != 1:
        raise missing("oto orders require exactly one of take_profit or stop_loss")
    for name, field, value in (("take_profit", "limit_price", ticket.take_profit),
                               ("stop_loss", "stop_price", ticket.stop_loss)):  # fmt: skip
        if value is None and name in (wanted or ("take_profit", "stop_loss")):
            raise missing(f"{kind} orders require {name}.{field}")
        if value is not None and value <= 0:
            raise missing(f"{name}.{field} must be > 0")
    _check_complex(ticket)


def _check_complex(ticket: Ticket) -> None:
    kind = ticket.order_class
    if ticket.type not in (("limit",) if kind == "oco" else _COMPLEX_ENTRIES):
        raise illegal(f"{kind} orders must be {'limit' if kind == 'oco' else 'market or limit'} orders")
    if ticket.time_in_force not in ("day", "gtc"):
        raise illegal(f"{kind} orders must be DAY or GTC orders")
    if ticket.extended_hours:
        raise illegal(f"{kind} orders do not support extended hours")


def _check_prices(ticket: Ticket) -> None:
    trails = [value for value in (ticket.trail_price, ticket.trail_percent) if value is not None]
    check_price_fields(
        ticket.type, ticket.limit_price, ticket.stop_price, trails=len(trails), is_oco=ticket.order_class == "oco"
    )
    if any(value <= 0 for value in trails):
        raise missing("trail must be > 0")
    if ticket.extended_hours and (ticket.type != "limit" or ticket.time_in_force not in ("day", "gtc")):
        raise illegal("extended hours order must be DAY or GTC limit orders")
