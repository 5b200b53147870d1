"""What is heard, in our words: the only place that knows both. Source: IBKR, "Order status", "Account value tags"."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trenddojo.brokers.adapters.interactive_brokers.codes import CANCELLED, NAME, refuses_order
from trenddojo.brokers.adapters.interactive_brokers.heard import FillTold, Holding, Marked, OrderTold, number
from trenddojo.brokers.adapters.interactive_brokers.sending import STOP, TARGET
from trenddojo.brokers.adapters.interactive_brokers.symbols import asset_type
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.types import AccountInfo, Balances, Execution, Order, Position, RiskMetrics
from trenddojo.domain.money import ONE, ZERO, exactly
from trenddojo.domain.orders import OrderClass, OrderStatus, OrderType, TimeInForce
from trenddojo.domain.terms import Side

_TYPES: Mapping[str, OrderType] = MappingProxyType(
    {
        "MKT": OrderType.MARKET, "MOC": OrderType.MARKET, "LMT": OrderType.LIMIT, "LOC": OrderType.LIMIT,
        "STP": OrderType.STOP, "STP LMT": OrderType.STOP_LIMIT, "TRAIL": OrderType.TRAILING_STOP,
    }
)  # fmt: skip
_AT_THE_CLOSE = ("MOC", "LOC")
_TIMES: Mapping[str, TimeInForce] = MappingProxyType({"": TimeInForce.DAY, **{one.upper(): one for one in TimeInForce}})
_WORDS: Mapping[str, OrderStatus] = MappingProxyType(
    {
        "PendingSubmit": OrderStatus.PENDING, "ApiPending": OrderStatus.PENDING,
        "PreSubmitted": OrderStatus.ACCEPTED, "Submitted": OrderStatus.ACCEPTED,
        "PendingCancel": OrderStatus.ACCEPTED, "ApiCancelled": OrderStatus.CANCELLED,
        "Cancelled": OrderStatus.CANCELLED, "Filled": OrderStatus.FILLED, "Inactive": OrderStatus.REJECTED,
    }
)  # fmt: skip
_LOCATING = 404
_SIDES: Mapping[str, Side] = MappingProxyType({"BUY": Side.BUY, "SELL": Side.SELL, "BOT": Side.BUY, "SLD": Side.SELL})


# ---- fills


def roots(fills: Mapping[str, FillTold]) -> list[FillTold]:
    """The fills that count: of a fill and its corrections only the newest. Source: IBKR, "Execution: execId"."""
    newest: dict[str, FillTold] = {}
    for told in fills.values():
        root, revision = root_of(told.execution.execId)
        known = newest.get(root)
        if known is None or revision > root_of(known.execution.execId)[1]:
            newest[root] = told
    return list(newest.values())


def root_of(execution_id: str) -> tuple[str, int]:
    """What a fill and its corrections have in common, and the number of the correction: the last part of the id."""
    root, dot, last = execution_id.rpartition(".")
    return (root, int(last)) if dot and last.isdecimal() else (execution_id, 0)


def execution(told: FillTold, symbol: str, report: Any) -> Execution:
    """A fill. `report` is what it cost, None until that is known, which is not the same as nothing."""
    fill = told.execution
    root, revision = root_of(fill.execId)
    return Execution(
        execution_id=fill.execId,
        order_id=str(fill.permId),
        client_order_id=fill.orderRef or None,
        symbol=symbol,
        side=_SIDES[fill.side],
        quantity=_need(fill.shares, "shares"),
        price=_need(fill.price, "price"),
        at=fill.time,
        commission=None if report is None else _commission(report.commission),
        root_id=root,
        revision=revision,
    )


def _commission(told: float) -> Decimal | None:
    found = number(told)
    return None if found is None or found == -1 else found


# ---- orders


@dataclass(frozen=True, slots=True)
class Seen:
    """When an order was first seen by us, and when it last changed: the protocol does not tell."""

    first: datetime
    last: datetime


def order(
    told: OrderTold,
    symbol: str,
    fills: Iterable[FillTold],
    seen: Seen,
    *,
    is_over: bool,
    parent: OrderTold | None = None,
) -> Order:
    """An order without its exits. `is_over`: its market has closed, which is how an order for the day ends.

    Raises BrokerError (API_ERROR) for a kind of order that this house has no form for.
    """
    its, terms = list(fills), told.completed or told.order
    order_type, time_in_force = _TYPES.get(terms.orderType), _TIMES.get(terms.tif)
    if order_type is None or time_in_force is None or terms.action not in _SIDES:
        raise _formless(terms)
    filled, average = _filled(told, its)
    quantity = _quantity(told, filled)
    return Order(
        order_id=identity(told),
        client_order_id=terms.orderRef or None,
        symbol=symbol,
        side=_SIDES[terms.action],
        order_type=order_type,
        order_class=OrderClass.SIMPLE,
        time_in_force=TimeInForce.CLS if terms.orderType in _AT_THE_CLOSE else time_in_force,
        quantity=quantity,
        filled_quantity=filled,
        average_fill_price=average,
        limit_price=number(terms.lmtPrice) if order_type in (OrderType.LIMIT, OrderType.STOP_LIMIT) else None,
        stop_price=_stop_price(terms, order_type),
        trail_amount=_trail_amount(terms) if order_type is OrderType.TRAILING_STOP else None,
        trail_percent=number(terms.trailingPercent) if order_type is OrderType.TRAILING_STOP else None,
        status=status(told, quantity, filled, is_over=is_over),
        raw_status=told.status,
        reason=reason(told),
        submitted_at=seen.first,
        updated_at=max([seen.last, *(one.execution.time for one in its)]),
        parent_id=None if parent is None else identity(parent),
        is_held=_sleeps(told, parent),
        extended_hours=bool(terms.outsideRth),
    )


def identity(told: OrderTold) -> str:
    """The order's permanent id; one that has none yet is known by its number within its client."""
    return str(told.perm_id) if told.perm_id else f"{told.client_id}:{told.number}"


def base_reference(reference: str) -> str:
    """The reference of the order that an exit came with; its own where it came alone."""
    return reference.removesuffix(STOP).removesuffix(TARGET)


def status(told: OrderTold, quantity: Decimal, filled: Decimal, *, is_over: bool) -> OrderStatus:
    """IBKR's word, and what else was told of the order: there is no word for expired, and two for refused."""
    if filled and filled >= quantity:
        return OrderStatus.FILLED
    found = _WORDS.get(told.status, OrderStatus.UNKNOWN)
    if told.status == "Inactive":
        return OrderStatus.PENDING if _may_revive(told) else OrderStatus.REJECTED
    if not told.perm_id and is_refused(told):
        return OrderStatus.REJECTED
    if found is OrderStatus.CANCELLED:
        return _ended(told, filled, is_over=is_over)
    return OrderStatus.PARTIALLY_FILLED if found is OrderStatus.ACCEPTED and filled else found


def reason(told: OrderTold) -> str | None:
    """What IBKR last said of it."""
    return told.notes[-1].text if told.notes else told.ending or None


def is_refused(told: OrderTold) -> bool:
    """Whether a code ended it: one that is about a change or a cancel does not."""
    return any(refuses_order(one.code) for one in told.notes)


def _may_revive(told: OrderTold) -> bool:
    """An order that waits for shares to sell short, or that nobody gave a reason for, is parked."""
    is_locating = told.why_held == "locate" or any(one.code == _LOCATING for one in told.notes)
    return told.completed is None and (is_locating or not is_refused(told))


def _ended(told: OrderTold, filled: Decimal, *, is_over: bool) -> OrderStatus:
    ending = told.ending.lower()
    was_refused = any(refuses_order(one.code) and one.code != CANCELLED for one in told.notes)
    if ending.startswith("rejected") or (was_refused and not filled):
        return OrderStatus.REJECTED
    is_days = told.order.tif in ("", "DAY", "OPG")
    if "expired" in ending or (is_days and is_over and not told.is_cancel_asked):
        return OrderStatus.EXPIRED
    return OrderStatus.CANCELLED


def _filled(told: OrderTold, fills: list[FillTold]) -> tuple[Decimal, Decimal | None]:
    """What has filled, and at which average: from fills, or from the order where they are of another day."""
    by_fills = sum((_need(one.execution.shares, "shares") for one in fills), ZERO)
    by_order = number(told.filled) or ZERO
    if told.completed is not None:
        by_order = max(by_order, number(told.completed.filledQuantity) or ZERO)
    if by_fills >= by_order:
        return by_fills, _average(fills, by_fills)
    return by_order, number(told.average) or None


@exactly
def _average(fills: list[FillTold], filled: Decimal) -> Decimal | None:
    paid = sum((Decimal(str(one.execution.shares)) * Decimal(str(one.execution.price)) for one in fills), ZERO)
    return round(paid / filled, 6) if filled else None


def _quantity(told: OrderTold, filled: Decimal) -> Decimal:
    """What was ordered. Of an order that has ended only what was left is told, unless it was seen while it worked."""
    if told.completed is None or told.number or told.echoes:
        return _need(told.order.totalQuantity, "totalQuantity")
    if told.status == "Filled":
        return filled
    return filled + (number(told.completed.totalQuantity) or ZERO)


def _stop_price(terms: Any, order_type: OrderType) -> Decimal | None:
    if order_type is OrderType.TRAILING_STOP:
        return number(terms.trailStopPrice) or None
    return number(terms.auxPrice) if order_type in (OrderType.STOP, OrderType.STOP_LIMIT) else None


def _trail_amount(terms: Any) -> Decimal | None:
    return None if number(terms.trailingPercent) is not None else number(terms.auxPrice)


def _sleeps(told: OrderTold, parent: OrderTold | None) -> bool:
    return told.why_held == "child" or (parent is not None and parent.status != "Filled")


def _formless(terms: Any) -> BrokerError:
    message = f"An order's type is {terms.orderType} {terms.tif}, which TrendDojo has no form for."
    return BrokerError(message, BrokerErrorCode.API_ERROR, NAME, {"field": "order_type"})


# ---- accounts


@dataclass(frozen=True, slots=True)
class Figures:
    """An account's values by tag, in its base currency."""

    account: str
    currency: str
    by_tag: Mapping[str, str]

    @classmethod
    def of(cls, account: str, values: Mapping[tuple[str, str, str], str]) -> "Figures":
        """The figures of one account among all that was told. Raises BrokerError where its equity was not."""
        told = {(tag, currency): value for (one, tag, currency), value in values.items() if one == account}
        currency = next((currency for tag, currency in told if tag == "NetLiquidation"), "")
        if not currency:
            raise BrokerError("The gateway has not told the account's figures.", BrokerErrorCode.API_ERROR, NAME)
        return cls(account, currency, {tag: value for (tag, one), value in told.items() if one in (currency, "")})

    def need(self, tag: str) -> Decimal:
        """A figure that every account has. Raises BrokerError (API_ERROR)."""
        found = self.find(tag)
        if found is None:
            raise BrokerError(f"The gateway does not tell {tag}.", BrokerErrorCode.API_ERROR, NAME, {"field": tag})
        return found

    def find(self, tag: str) -> Decimal | None:
        """A figure, None where it is not told."""
        return _figure(self.by_tag.get(tag, ""))


def rates(account: str, values: Mapping[tuple[str, str, str], str]) -> Mapping[str, Decimal | None]:
    """What a unit of each currency that the account has to do with is worth in its own."""
    told = {(tag, currency): value for (one, tag, currency), value in values.items() if one == account}
    own = {currency: ONE for tag, currency in told if tag == "NetLiquidation"}
    return {currency: _figure(value) for (tag, currency), value in told.items() if tag == "ExchangeRate"} | own


def other_rates(told: Mapping[str, Decimal | None], own: str) -> dict[str, Decimal]:
    """The rates of other currencies than the account's; IBKR's word BASE for all of them together is none."""
    return {
        code: rate for code, rate in told.items() if code not in (own, "BASE", "") and rate is not None and rate > 0
    }


def account(
    told: Figures, as_of: datetime, values: Mapping[tuple[str, str, str], str], *, is_paper: bool
) -> AccountInfo:
    """An account; `values` hold the rates of other currencies.

    "AccountReady" is false just after the nightly reset, when figures are not to be trusted.
    """
    is_ready = told.by_tag.get("AccountReady", "true") != "false"
    return AccountInfo(
        account_id=told.account,
        currency=told.currency,
        equity=told.need("NetLiquidation"),
        cash=told.need("TotalCashValue"),
        buying_power=told.need("BuyingPower"),
        is_paper=is_paper,
        status="active" if is_ready else "not ready",
        as_of=as_of,
        rates=other_rates(rates(told.account, values), told.currency),
    )


def balances(told: Figures, as_of: datetime) -> Balances:
    """An account's money; long and short values are not told apart by IBKR."""
    return Balances(
        currency=told.currency,
        cash=told.need("TotalCashValue"),
        equity=told.need("NetLiquidation"),
        buying_power=told.need("BuyingPower"),
        long_value=None,
        short_value=None,
        settled_cash=told.find("SettledCash"),
        as_of=as_of,
    )


@exactly
def risk(told: Figures, held: Iterable[Position]) -> RiskMetrics:
    """How an account is exposed."""
    equity, gross = told.need("NetLiquidation"), told.need("GrossPositionValue")
    positions = list(held)
    return RiskMetrics(
        equity=equity,
        gross_exposure=gross,
        net_exposure=sum((one.market_value or ZERO for one in positions), ZERO),
        leverage=gross / equity if equity > 0 else None,
        initial_margin=told.need("InitMarginReq"),
        maintenance_margin=told.need("MaintMarginReq"),
        excess_liquidity=told.need("ExcessLiquidity"),
        unrealised=sum((one.unrealised or ZERO for one in positions), ZERO),
    )


@exactly
def position(told: Holding, symbol: str, marked: Marked | None, rate: Decimal | None) -> Position | None:
    """A position; None for a kind that this house has no form for. IBKR's average cost is of a whole contract.

    `rate` is what a unit of the contract's currency is worth in the account's, None where that is not told.
    """
    kind = asset_type(told.contract)
    if kind is None:
        return None
    multiplier = number(told.contract.multiplier) or ONE
    value, unrealised = (None, None) if marked is None else (number(marked.value), number(marked.unrealised))
    return Position(
        symbol=symbol,
        asset_type=kind,
        quantity=_need(told.quantity, "position"),
        average_price=round(_need(told.average_cost, "avgCost") / multiplier, 6),
        market_price=None if marked is None else number(marked.price),
        market_value=None if value is None or rate is None else value * rate,
        unrealised=None if unrealised is None or rate is None else unrealised * rate,
        currency=told.contract.currency,
    )


# ---- words

_WHEN = re.compile(r"(\d{8})[ -]+(\d\d:\d\d:\d\d)(?: (\S+))?")


def instant(text: str) -> datetime | None:
    """A time as the protocol writes it; without a zone it is UTC. None for another text."""
    found = _WHEN.fullmatch(text.strip())
    if found is None:
        return None
    try:
        zone = ZoneInfo(found[3]) if found[3] else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return None
    return datetime.strptime(f"{found[1]} {found[2]}", "%Y%m%d %H:%M:%S").replace(tzinfo=zone).astimezone(UTC)


def _figure(text: str) -> Decimal | None:
    try:
        return number(text)
    except ArithmeticError:
        return None


def _need(told: float, field: str) -> Decimal:
    found = number(told)
    if found is None:
        raise BrokerError(f"The gateway told no {field}.", BrokerErrorCode.API_ERROR, NAME, {"field": field})
    return found
