"""What the simulated exchange's server answers to each path: broker calls out of texts, and their answers as JSON."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields as fields_of
from dataclasses import is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec.structs import asdict

from trenddojo.brokers.errors import BrokerErrorCode
from trenddojo.brokers.simulator.client import SimulatedClient
from trenddojo.brokers.simulator.faults import Fault, FaultKind
from trenddojo.brokers.types import Order, Timeframe
from trenddojo.domain.orders import OrderRequest, OrderType, OrderUpdate, StopLoss, TakeProfit, TimeInForce
from trenddojo.domain.terms import Side

Fields = Mapping[str, Any]
Call = Callable[[SimulatedClient, str, Fields], object]
"""(client, what the path names, the fields of query and body) -> what is told."""

UNREADABLE = (KeyError, ValueError, TypeError, ArithmeticError)
"""What reading a malformed request raises."""


def call_for(method: str, path: str) -> tuple[Call, str] | None:
    """The call that a request stands for and what its path names, or None."""
    for verb, pattern, call in _CALLS:
        if verb == method and (match := re.fullmatch(pattern, path)):
            return call, "".join(match.groups())
    return None


def as_json(told: object) -> bytes:
    """What is told; amounts are strings, and an order's status is the broker's own word."""
    return json.dumps(told, default=_plain).encode()


def _plain(value: object) -> object:
    if isinstance(value, Order):
        told = asdict(value)
        return told | {"status": told.pop("raw_status")}
    if not is_dataclass(value):
        return value.isoformat() if isinstance(value, datetime) else str(value)
    return {one.name: getattr(value, one.name) for one in fields_of(value)}


def fault(fields: Fields) -> Fault:
    """A line of the script. Raises ValueError or KeyError for what is none."""
    code = BrokerErrorCode(fields.get("code", BrokerErrorCode.TIMEOUT))
    return Fault(FaultKind(fields["kind"]), fields.get("operation"), code)


def _orders(client: SimulatedClient, fields: Fields) -> list[Order]:
    if "client_order_id" in fields:
        found = client.find_order(fields["client_order_id"])
        return [] if found is None else [found]
    return client.get_order_history(int(fields["days"])) if "days" in fields else client.get_open_orders()


def _bars(client: SimulatedClient, symbol: str, fields: Fields) -> object:
    start, end = (datetime.fromisoformat(fields[name]) for name in ("start", "end"))
    return client.get_bars(symbol, Timeframe(fields["timeframe"]), start, end)


_CALLS: tuple[tuple[str, str, Call], ...] = (
    ("GET", "/account", lambda client, _name, _fields: client.get_account_info()),
    ("GET", "/balances", lambda client, _name, _fields: client.get_balances()),
    ("GET", "/positions", lambda client, _name, _fields: client.get_positions()),
    ("GET", "/risk", lambda client, _name, _fields: client.get_risk_metrics()),
    ("GET", "/margin/(.+)", lambda client, name, it: client.get_margin_requirements(name, Decimal(it["quantity"]))),
    ("GET", "/orders", lambda client, _name, fields: _orders(client, fields)),
    ("POST", "/orders", lambda client, _name, fields: client.place_order(_request(fields)).order),
    ("GET", "/orders/(.+)", lambda client, name, _fields: client.get_order_status(name)),
    ("PATCH", "/orders/(.+)", lambda client, name, fields: client.modify_order(name, _update(fields)).order),
    ("DELETE", "/orders/(.+)", lambda client, name, _fields: client.cancel_order(name)),
    ("GET", "/executions", lambda client, _name, fields: client.get_executions(fields.get("cursor"))),
    ("GET", "/quotes", lambda client, _name, fields: client.get_quotes(fields["symbols"].split(","))),
    ("GET", "/bars/(.+)", _bars),
    ("GET", "/clock", lambda client, _name, _fields: client.get_market_hours()),
    ("POST", "/faults", lambda client, _name, fields: client.faults.add(fault(fields))),
    ("DELETE", "/faults", lambda client, _name, _fields: client.faults.clear()),
)


def _request(fields: Fields) -> OrderRequest:
    stop, target = fields.get("stop_loss"), fields.get("take_profit")
    return OrderRequest(
        symbol=str(fields["symbol"]),
        side=Side(fields["side"]),
        quantity=Decimal(fields["quantity"]),
        order_type=OrderType(fields["order_type"]),
        client_order_id=str(fields["client_order_id"]),
        time_in_force=TimeInForce(fields["time_in_force"]),
        **_amounts(fields, "limit_price", "stop_price", "trail_amount", "trail_percent"),
        stop_loss=None if stop is None else StopLoss(**_amounts(stop, "stop_price", "limit_price")),
        take_profit=None if target is None else TakeProfit(**_amounts(target, "limit_price")),
        is_oco=bool(fields.get("is_oco")),
    )


def _update(fields: Fields) -> OrderUpdate:
    until = fields.get("time_in_force")
    return OrderUpdate(
        client_order_id=str(fields["client_order_id"]),
        **_amounts(fields, "quantity", "limit_price", "stop_price", "trail_amount", "trail_percent"),
        time_in_force=None if until is None else TimeInForce(until),
    )


def _amounts(fields: Fields, *names: str) -> dict[str, Any]:
    return {name: Decimal(fields[name]) for name in names if fields.get(name) is not None}
