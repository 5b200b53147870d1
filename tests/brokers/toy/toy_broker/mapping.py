"""Toy's words and ours: the only place that knows both."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.http import Answer
from trenddojo.brokers.types import (
    AccountInfo,
    Balances,
    Bar,
    Execution,
    Executions,
    MarginInfo,
    MarketData,
    MarketHours,
    Order,
    Position,
    RiskMetrics,
)
from trenddojo.domain.orders import OrderClass, OrderRequest, OrderStatus, OrderType, OrderUpdate, TimeInForce
from trenddojo.domain.terms import AssetType, Side

Told = Mapping[str, Any]

WORDS = {
    "received": OrderStatus.PENDING,
    "live": OrderStatus.ACCEPTED,
    "part": OrderStatus.PARTIALLY_FILLED,
    "done": OrderStatus.FILLED,
    "withdrawn": OrderStatus.CANCELLED,
    "refused": OrderStatus.REJECTED,
    "lapsed": OrderStatus.EXPIRED,
    "superseded": OrderStatus.REPLACED,
}
HELD = "held"
"""Toy's word for an exit that waits for its entry."""

_CODES = {
    "AUTHENTICATION_FAILED": BrokerErrorCode.AUTHENTICATION_FAILED,
    "INSUFFICIENT_FUNDS": BrokerErrorCode.INSUFFICIENT_FUNDS,
    "MARGIN_CALL": BrokerErrorCode.MARGIN_CALL,
    "MARKET_CLOSED": BrokerErrorCode.MARKET_CLOSED,
    "ORDER_REJECTED": BrokerErrorCode.ORDER_REJECTED,
    "SYMBOL_NOT_FOUND": BrokerErrorCode.SYMBOL_NOT_FOUND,
}

UNREADABLE = (KeyError, TypeError, ValueError, ArithmeticError)
"""What reading an answer of another shape raises."""


def refusal(answer: Answer[Any], broker: str) -> BrokerError:
    """The error that a refused request (4xx) means."""
    told: Told = answer.data if isinstance(answer.data, dict) else {}
    code = _CODES.get(str(told.get("code")), BrokerErrorCode.UNKNOWN)
    details = {name: str(value) for name, value in told.get("details", {}).items()}
    return BrokerError(
        str(told.get("message", "Toy refused this.")), code, broker, details | {"http": str(answer.status)}
    )


def order(told: Told) -> Order:
    """An order. A word that is not listed is an unknown status, and kept."""
    word = told["status"]
    return Order(
        order_id=told["order_id"],
        client_order_id=told["client_order_id"],
        symbol=told["symbol"],
        side=Side(told["side"]),
        order_type=OrderType(told["order_type"]),
        order_class=OrderClass(told["order_class"]),
        time_in_force=TimeInForce(told["time_in_force"]),
        quantity=Decimal(told["quantity"]),
        filled_quantity=Decimal(told["filled_quantity"]),
        average_fill_price=_amount(told["average_fill_price"]),
        limit_price=_amount(told["limit_price"]),
        stop_price=_amount(told["stop_price"]),
        trail_amount=_amount(told["trail_amount"]),
        trail_percent=_amount(told["trail_percent"]),
        status=OrderStatus.ACCEPTED if word == HELD else WORDS.get(word, OrderStatus.UNKNOWN),
        raw_status=word,
        reason=told["reason"],
        submitted_at=_instant(told["submitted_at"]),
        updated_at=_instant(told["updated_at"]),
        parent_id=told["parent_id"],
        replaces=told["replaces"],
        replaced_by=told["replaced_by"],
        is_held=word == HELD,
        legs=tuple(order(leg) for leg in told["legs"]),
    )


def sent(request: OrderRequest) -> dict[str, Any]:
    """An order as Toy wants it: amounts as strings, and nothing that is not given."""
    asked: dict[str, Any] = {
        "symbol": request.symbol,
        "side": request.side,
        "quantity": str(request.quantity),
        "order_type": request.order_type,
        "client_order_id": request.client_order_id,
        "time_in_force": request.time_in_force,
        **_texts(limit_price=request.limit_price, stop_price=request.stop_price),
    }
    if request.stop_loss is not None:
        exit_ = request.stop_loss
        asked["stop_loss"] = _texts(stop_price=exit_.stop_price, limit_price=exit_.limit_price)
    if request.take_profit is not None:
        asked["take_profit"] = _texts(limit_price=request.take_profit.limit_price)
    return asked


def change(update: OrderUpdate) -> dict[str, Any]:
    """A change as Toy wants it."""
    amounts = _texts(quantity=update.quantity, limit_price=update.limit_price, stop_price=update.stop_price)
    until = {} if update.time_in_force is None else {"time_in_force": update.time_in_force}
    return {"client_order_id": update.client_order_id, **amounts, **until}


def executions(told: Told) -> Executions:
    """Fills and the cursor after them."""
    return Executions(fills=tuple(_execution(one) for one in told["fills"]), cursor=told["cursor"])


def _execution(told: Told) -> Execution:
    return Execution(
        execution_id=told["execution_id"],
        order_id=told["order_id"],
        client_order_id=told["client_order_id"],
        symbol=told["symbol"],
        side=Side(told["side"]),
        quantity=Decimal(told["quantity"]),
        price=Decimal(told["price"]),
        at=_instant(told["at"]),
        commission=_amount(told["commission"]),
        root_id=told["root_id"],
        revision=told["revision"],
    )


def account(told: Told) -> AccountInfo:
    """An account."""
    return AccountInfo(
        account_id=told["account_id"],
        currency=told["currency"],
        is_paper=told["is_paper"],
        status=told["status"],
        as_of=_instant(told["as_of"]),
        **_amounts(told, "equity", "cash", "buying_power"),
    )


def balances(told: Told) -> Balances:
    """An account's money."""
    names = ("cash", "equity", "buying_power", "long_value", "short_value", "settled_cash")
    return Balances(currency=told["currency"], as_of=_instant(told["as_of"]), **_amounts(told, *names))


def position(told: Told) -> Position:
    """A position."""
    names = ("quantity", "average_price", "market_price", "market_value", "unrealised")
    return Position(
        symbol=told["symbol"],
        asset_type=AssetType(told["asset_type"]),
        currency=told["currency"],
        **_amounts(told, *names),
    )


def margin(told: Told) -> MarginInfo:
    """What a position would tie up."""
    names = ("quantity", "price", "initial_margin", "maintenance_margin")
    return MarginInfo(symbol=told["symbol"], **_amounts(told, *names))


def risk(told: Told) -> RiskMetrics:
    """An account's exposure."""
    return RiskMetrics(**_amounts(told, *told))


def quote(told: Told) -> MarketData:
    """A quote."""
    return MarketData(
        symbol=told["symbol"],
        volume=told["volume"],
        at=_instant(told["at"]),
        is_simulated=told["is_simulated"],
        **_amounts(told, "bid", "ask", "last", "previous_close"),
    )


def bar(told: Told) -> Bar:
    """A bar."""
    return Bar(at=_instant(told["at"]), volume=told["volume"], **_amounts(told, "open", "high", "low", "close"))


def hours(told: Told) -> MarketHours:
    """The market's hours."""
    instants = {name: _instant(told[name]) for name in ("at", "next_open", "next_close")}
    return MarketHours(is_open=told["is_open"], **instants)


def _amounts(told: Told, *names: str) -> dict[str, Any]:
    return {name: _amount(told[name]) for name in names}


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _texts(**amounts: Decimal | None) -> dict[str, str]:
    return {name: str(amount) for name, amount in amounts.items() if amount is not None}


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
