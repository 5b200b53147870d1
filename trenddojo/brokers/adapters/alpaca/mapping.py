"""Alpaca's words and ours: the only place that knows both."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from itertools import dropwhile
from typing import Any

from trenddojo.brokers.adapters.alpaca import shapes
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.types import (
    AccountInfo,
    Balances,
    Bar,
    EquityPoint,
    Execution,
    MarginInfo,
    MarketData,
    MarketHours,
    Order,
    OrderResponse,
    Position,
    RiskMetrics,
    SubmitStatus,
)
from trenddojo.domain.money import HUNDRED, ONE, ZERO, exactly
from trenddojo.domain.orders import OrderClass, OrderRequest, OrderStatus, OrderType, OrderUpdate, TimeInForce, is_pair
from trenddojo.domain.terms import AssetType, Side

NAME = "alpaca"
WORDS = {
    "pending_new": OrderStatus.PENDING,
    "accepted": OrderStatus.PENDING,
    "pending_review": OrderStatus.PENDING,
    "accepted_for_bidding": OrderStatus.ACCEPTED,
    "new": OrderStatus.ACCEPTED,
    "held": OrderStatus.ACCEPTED,
    "stopped": OrderStatus.ACCEPTED,
    "suspended": OrderStatus.ACCEPTED,
    "done_for_day": OrderStatus.ACCEPTED,
    "calculated": OrderStatus.ACCEPTED,
    "pending_cancel": OrderStatus.ACCEPTED,
    "pending_replace": OrderStatus.ACCEPTED,
    "partially_filled": OrderStatus.PARTIALLY_FILLED,
    "filled": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELLED,
    "expired": OrderStatus.EXPIRED,
    "rejected": OrderStatus.REJECTED,
    "replaced": OrderStatus.REPLACED,
}
HELD = "held"
"""The word for an exit that waits for its entry, or for the other exit of a pair."""
_WORKING = (OrderStatus.PENDING, OrderStatus.ACCEPTED)
_SIDES = {one.value: one for one in Side}
_TYPES = {one.value: one for one in OrderType}
_TIMES = {one.value: one for one in TimeInForce}
_CLASSES = {"": OrderClass.SIMPLE, **{one.value: one for one in OrderClass}}
_ASSETS = {"us_equity": AssetType.STOCK, "us_option": AssetType.OPTION, "crypto": AssetType.CRYPTO}
_MONIES = ("USDT", "USDC", "USD", "BTC")
_HALF, _LEAST_LONG = Decimal(50), Decimal(30)
"""Reg T's initial margin and FINRA's maintenance, in percent of the value."""
_log = logging.getLogger(__name__)


# ---- orders


def orders(told: Iterable[shapes.Order]) -> list[Order]:
    """The orders of a list. What this house has no form for, such as several option legs in one, is left out."""
    found = []
    for one in told:
        try:
            found.append(order(one))
        except BrokerError as error:
            _log.warning("An order at Alpaca is left out: %s", error.message)
    return found


def order(told: shapes.Order, parent: shapes.Order | None = None) -> Order:
    """An order with its legs. A status that is not listed is unknown, and its word kept.

    Raises BrokerError (API_ERROR) for a kind of order that this house has no form for.
    """
    side, order_type = _SIDES.get(told.side or ""), _TYPES.get(told.type or "")
    order_class, time_in_force = _CLASSES.get(told.order_class), _TIMES.get(told.time_in_force)
    if not told.symbol or side is None or order_type is None or order_class is None or time_in_force is None:
        raise _formless(told)
    return Order(  # by position, which makes a list of 500 in a fifth of the time; in the order of its fields
        told.id,
        told.client_order_id,
        told.symbol,
        side,
        order_type,
        order_class,
        time_in_force,
        told.filled_qty if told.qty is None else told.qty,  # an order for an amount of money has none
        told.filled_qty,
        told.filled_avg_price,
        told.limit_price,
        told.stop_price,
        told.trail_price,
        told.trail_percent,
        _status(told),
        told.status,
        None,
        told.submitted_at or told.created_at,
        told.updated_at or told.created_at,
        None if parent is None else parent.id,
        told.replaces,
        told.replaced_by,
        _is_held(told, parent),
        told.extended_hours,
        tuple([order(leg, told) for leg in told.legs]) if told.legs else (),
    )


def _formless(told: shapes.Order) -> BrokerError:
    """The error for an order of a kind that this house has no form for: it names the field and its word."""
    known = {"symbol": told.symbol, "side": told.side in _SIDES, "type": told.type in _TYPES}
    known |= {"order_class": told.order_class in _CLASSES, "time_in_force": told.time_in_force in _TIMES}
    field = next(name for name, is_known in known.items() if not is_known)
    message = f"An order's {field} is {getattr(told, field) or 'missing'}, which TrendDojo has no form for."
    return BrokerError(message, BrokerErrorCode.API_ERROR, NAME, {"field": field})


def _status(told: shapes.Order) -> OrderStatus:
    """Alpaca's word, and whether anything has filled, where the word does not say: `pending_cancel` for one."""
    status = WORDS.get(told.status, OrderStatus.UNKNOWN)
    if not told.filled_qty or status not in _WORKING:
        return status
    is_done = told.status == "calculated" and told.filled_qty == told.qty
    return OrderStatus.FILLED if is_done else OrderStatus.PARTIALLY_FILLED


def _is_held(told: shapes.Order, parent: shapes.Order | None) -> bool | None:
    """Whether an exit sleeps; None where a leg that is told without its family does not say.

    The stop beside a working target is `held` too, and guards: only an entry that has not wholly filled lets it sleep.
    """
    if told.status != HELD or told.order_class == OrderClass.OCO:
        return False
    return None if parent is None else parent.status != "filled"


def response(told: shapes.Order) -> OrderResponse:
    """The answer to an order that was taken."""
    found = order(told)
    return OrderResponse(
        order_id=found.order_id,
        client_order_id=found.client_order_id,
        symbol=found.symbol,
        status=SubmitStatus.of(found.status),
        order=found,
    )


def sent(request: OrderRequest) -> dict[str, Any]:
    """An order as Alpaca wants it: amounts as strings, and nothing that is not given.

    The limit of a pair of exits is its take-profit. Source: Alpaca, "Placing orders: OCO orders".
    """
    stop, target = request.stop_loss, request.take_profit
    limit = None if request.is_oco else request.limit_price
    profit = request.limit_price if request.is_oco else None if target is None else target.limit_price
    asked: dict[str, Any] = {
        "symbol": request.symbol,
        "side": request.side.value,
        "type": request.order_type.value,
        "time_in_force": request.time_in_force.value,
        "client_order_id": request.client_order_id,
        **_texts(
            qty=request.quantity,
            limit_price=limit,
            stop_price=request.stop_price,
            trail_price=request.trail_amount,
            trail_percent=request.trail_percent,
        ),
    }
    if request.order_class is not OrderClass.SIMPLE:
        asked["order_class"] = request.order_class.value
    if profit is not None:
        asked["take_profit"] = _texts(limit_price=profit)
    if stop is not None:
        asked["stop_loss"] = _texts(stop_price=stop.stop_price, limit_price=stop.limit_price)
    return asked | ({"extended_hours": True} if request.extended_hours else {})


def change(update: OrderUpdate) -> dict[str, Any]:
    """A change as Alpaca wants it; `trail` is in the unit that the order's trail has."""
    trail = update.trail_percent if update.trail_amount is None else update.trail_amount
    amounts = _texts(qty=update.quantity, limit_price=update.limit_price, stop_price=update.stop_price, trail=trail)
    until = {} if update.time_in_force is None else {"time_in_force": update.time_in_force.value}
    return {"client_order_id": update.client_order_id, **amounts, **until}


def execution(told: shapes.Fill) -> Execution:
    """A fill. Shares and options cost no commission at Alpaca; what crypto costs is booked at the day's end."""
    return Execution(
        execution_id=told.id,
        order_id=told.order_id,
        client_order_id=None,
        symbol=told.symbol,
        side=Side.BUY if told.side.startswith("buy") else Side.SELL,
        quantity=told.qty,
        price=told.price,
        at=told.transaction_time,
        commission=None if is_pair(told.symbol) else ZERO,
        root_id=told.id,
    )


# ---- the account


def account(told: shapes.Account, as_of: datetime, *, is_paper: bool) -> AccountInfo:
    """An account. Its id is the opaque one: the number that is printed on statements is never kept."""
    return AccountInfo(
        account_id=told.id,
        currency=told.currency,
        equity=told.equity,
        cash=told.cash,
        buying_power=told.buying_power,
        is_paper=is_paper,
        status=told.status,
        as_of=as_of,
    )


def balances(told: shapes.Account, as_of: datetime) -> Balances:
    """An account's money."""
    return Balances(
        currency=told.currency,
        cash=told.cash,
        equity=told.equity,
        buying_power=told.buying_power,
        long_value=told.long_market_value,
        short_value=told.short_market_value,
        settled_cash=None,
        as_of=as_of,
    )


def position(told: shapes.Position, currency: str) -> Position:
    """A position; crypto is named as its orders name it."""
    is_pair = told.asset_class == "crypto"
    return Position(
        symbol=pair(told.symbol) if is_pair else told.symbol,
        asset_type=_ASSETS.get(told.asset_class, AssetType.STOCK),
        quantity=told.qty,
        average_price=told.avg_entry_price,
        market_price=told.current_price,
        market_value=told.market_value,
        unrealised=told.unrealized_pl,
        currency=currency,
    )


def pair(symbol: str) -> str:
    """A crypto symbol with its slash: positions say BTCUSD where orders say BTC/USD."""
    if is_pair(symbol):
        return symbol
    money = next((one for one in _MONIES if symbol.endswith(one) and symbol != one), "")
    return f"{symbol.removesuffix(money)}/{money}" if money else symbol


@exactly
def risk(told: shapes.Account, unrealised: Decimal) -> RiskMetrics:
    """How an account is exposed."""
    gross = told.long_market_value + abs(told.short_market_value)
    return RiskMetrics(
        equity=told.equity,
        gross_exposure=gross,
        net_exposure=told.long_market_value + told.short_market_value,
        leverage=gross / told.equity if told.equity > 0 else None,
        initial_margin=told.initial_margin,
        maintenance_margin=told.maintenance_margin,
        excess_liquidity=told.equity - told.maintenance_margin,
        unrealised=unrealised,
    )


@exactly
def margin(told: shapes.Asset, multiplier: Decimal, quantity: Decimal, price: Decimal) -> MarginInfo:
    """What a position ties up, by the asset's own requirement where Alpaca tells one.

    Half of the value is needed to open (Reg T), all of it where the account or the asset has no margin. Source: Alpaca,
    "Margin and short selling".
    """
    own = told.margin_requirement_long if quantity > 0 else told.margin_requirement_short
    kept = own if own is not None else told.maintenance_margin_requirement
    has_margin = told.marginable and multiplier > ONE
    percent = max(_LEAST_LONG, kept or ZERO) if has_margin else HUNDRED
    initial = max(_HALF, percent) if has_margin else HUNDRED
    value = abs(quantity) * price
    return MarginInfo(
        symbol=told.symbol,
        quantity=quantity,
        price=price,
        initial_margin=value * initial / HUNDRED,
        maintenance_margin=value * percent / HUNDRED,
    )


def equity_curve(told: shapes.EquityCurve) -> list[EquityPoint]:
    """An account's past equity; left out are instants of which it is not known, and those before it held any money."""
    known = ((at, one) for at, one in zip(told.timestamp, told.equity, strict=True) if one is not None)
    funded = dropwhile(lambda point: not point[1], known)
    return [EquityPoint(at=datetime.fromtimestamp(at, UTC), equity=one) for at, one in funded]


# ---- the market


def hours(told: shapes.Clock) -> MarketHours:
    """The hours of the regular session."""
    return MarketHours(
        is_open=told.is_open,
        at=told.timestamp.astimezone(UTC),
        next_open=told.next_open.astimezone(UTC),
        next_close=told.next_close.astimezone(UTC),
    )


def quote(symbol: str, told: shapes.Snapshot, *, is_delayed: bool) -> MarketData | None:
    """What a symbol stands at; None where nothing of it was ever traded."""
    bars = [one for one in (told.minute_bar, told.daily_bar, told.previous_bar) if one is not None]
    if told.latest_trade is None and not bars:
        return None
    last, at = (bars[0].c, bars[0].t) if told.latest_trade is None else (told.latest_trade.p, told.latest_trade.t)
    offered = told.latest_quote
    return MarketData(
        symbol=symbol,
        bid=None if offered is None else offered.bp or None,
        ask=None if offered is None else offered.ap or None,
        last=last,
        previous_close=None if told.previous_bar is None else told.previous_bar.c,
        volume=None if told.daily_bar is None else int(told.daily_bar.v),
        at=at,
        is_delayed=is_delayed,
    )


def bar(told: shapes.Bar) -> Bar:
    """A bar."""
    return Bar(at=told.t, open=told.o, high=told.h, low=told.l, close=told.c, volume=int(told.v))


# ---- words


def _texts(**amounts: Decimal | None) -> dict[str, str]:
    return {name: f"{amount:f}" for name, amount in amounts.items() if amount is not None}
