"""What the gateway says, field by field, in the order in which EDecoder reads it.

Source: IBKR's "EWrapper Interface Reference" and the decoders of both Python libraries.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tests.brokers.interactive_brokers.gateway.account import Holding
from tests.brokers.interactive_brokers.gateway.instruments import RULES, Instrument, Routed
from tests.brokers.interactive_brokers.gateway.orders import Fill, Order
from tests.brokers.interactive_brokers.gateway.wire import UNSET_DOUBLE, Value, encoded

_ADVANCED_REJECT, _SIZES_AS_DECIMALS, _SUGGESTED_SIZE, _ISSUER, _PRICE_REVISION = 166, 164, 163, 176, 178
_ORDER_TYPES = "ACTIVETIM,AD,ADJUST,ALERT,ALLOC,AON,GTC,GTD,IOC,LMT,LOC,MKT,MOC,OCA,OPG,STP,STPLMT,TRAIL,WHATIF"


@dataclass(frozen=True)
class Message:
    """One message, by the name that its receiver gives it."""

    name: str
    fields: tuple[Value, ...]

    def encoded(self) -> bytes:
        return encoded(self.fields)


def error(request_id: int, code: int, text: str, version: int) -> Message:
    fields: tuple[Value, ...] = (4, 2, request_id, code, text)
    return Message("error", (*fields, "") if version >= _ADVANCED_REJECT else fields)


def managed_accounts(accounts: Sequence[str]) -> Message:
    return Message("managedAccounts", (15, 1, ",".join(accounts)))


def next_valid_id(order_id: int) -> Message:
    return Message("nextValidId", (9, 1, order_id))


def current_time(seconds: int) -> Message:
    return Message("currentTime", (49, 1, seconds))


def end_of(name: str, *fields: Value) -> Message:
    """The message that ends a list."""
    return Message(name, (_ENDS[name], *fields))


_ENDS = {
    "contractDetailsEnd": 52, "openOrderEnd": 53, "accountDownloadEnd": 54, "execDetailsEnd": 55,
    "tickSnapshotEnd": 57, "positionEnd": 62, "accountSummaryEnd": 64, "positionMultiEnd": 72,
    "accountUpdateMultiEnd": 74, "completedOrdersEnd": 102,
}  # fmt: skip


# --- instruments


def contract(instrument: Instrument, exchange: str) -> tuple[Value, ...]:
    """A contract as most messages have it."""
    return (
        instrument.con_id, instrument.symbol, instrument.kind, instrument.expiry, instrument.strike, instrument.right,
        multiplier(instrument), exchange, instrument.currency, instrument.local_symbol, instrument.trading_class,
    )  # fmt: skip


def multiplier(instrument: Instrument) -> str:
    return f"{instrument.multiplier:f}" if instrument.kind in ("OPT", "FUT") else ""


def contract_details(
    request_id: int, routed: Routed, hours: tuple[str, str], under: Instrument | None, version: int
) -> Message:
    """`hours` are the trading and the liquid ones."""
    is_old = version < _SIZES_AS_DECIMALS
    one = routed.instrument
    head: tuple[Value, ...] = (10, 8, request_id) if is_old else (10, request_id)
    fields = (
        *head, one.symbol, one.kind, one.expiry, one.strike, one.right, routed.exchange, one.currency,
        one.local_symbol, one.trading_class, one.trading_class, one.con_id, one.min_tick,
        *(("100",) if is_old else ()), multiplier(one), _ORDER_TYPES, one.exchanges, 1, one.under_con_id,
        one.long_name, one.listing, one.expiry[:6], "", "", "", one.zone, *hours, "", "", 0, 1,
        under.symbol if under else "", under.kind if under else "",
        ",".join([str(one.rule)] * len(one.exchanges.split(","))), one.expiry, one.stock_type,
    )  # fmt: skip
    return Message("contractDetails", (*fields, *_sizes(one, version)))


def _sizes(one: Instrument, version: int) -> tuple[Value, ...]:
    suggested = Decimal(100) if one.kind == "STK" else one.size_increment
    if version == _SUGGESTED_SIZE:
        return (suggested,)
    return () if version < _SIZES_AS_DECIMALS else (one.min_size, one.size_increment, suggested)


def market_rule(rule: int) -> Message:
    pairs = RULES[rule]
    return Message("marketRule", (93, rule, len(pairs), *(value for pair in pairs for value in pair)))


def symbol_samples(request_id: int, found: Sequence[Instrument], version: int) -> Message:
    newer = version >= _ISSUER
    told = (
        (one.con_id, one.symbol, one.kind, one.listing, one.currency, 0, *((one.long_name, "") if newer else ()))
        for one in found
    )
    return Message("symbolSamples", (79, request_id, len(found), *(value for one in told for value in one)))


# --- orders and executions


def order_status(order: Order) -> Message:
    parent_id = order.parent.order_id if order.parent else 0
    fields = (
        3, order.order_id, order.status, order.filled, order.remaining, order.average, order.perm_id, parent_id,
        order.last_price, order.client_id, order.why_held, 0,
    )  # fmt: skip
    return Message("orderStatus", fields)


def exec_details(request_id: int, fill: Fill, time: str, version: int) -> Message:
    order = fill.order
    fields = (
        11, request_id, order.order_id, *contract(order.instrument, _executed_at(order)), fill.exec_id, time,
        order.account, _executed_at(order), "BOT" if order.is_buy else "SLD", fill.quantity, fill.price,
        order.perm_id, order.client_id, 0, fill.cumulative, fill.average, order.ref, "", "", "", 2,
    )  # fmt: skip
    return Message("execDetails", (*fields, 0) if version >= _PRICE_REVISION else fields)


def _executed_at(order: Order) -> str:
    return order.instrument.listing if order.routed.exchange == "SMART" else order.routed.exchange


def commission_report(fill: Fill) -> Message:
    realized = UNSET_DOUBLE if fill.realized is None else fill.realized
    currency = fill.order.instrument.currency
    return Message(
        "commissionReport", (59, 1, fill.exec_id, fill.commission, currency, realized, UNSET_DOUBLE, "")
    )  # fmt: skip


def order_bound(order: Order) -> Message:
    return Message("orderBound", (100, order.perm_id, order.client_id, order.order_id))


# --- accounts


def account_value(account: str, tag: str, value: str, currency: str) -> Message:
    return Message("updateAccountValue", (6, 2, tag, value, currency, account))


def account_time(time: str) -> Message:
    return Message("updateAccountTime", (8, 1, time))


def account_update_multi(request_id: int, account: str, tag: str, value: str, currency: str) -> Message:
    return Message("accountUpdateMulti", (73, 1, request_id, account, "", tag, value, currency))


def account_summary(request_id: int, account: str, tag: str, value: str, currency: str) -> Message:
    return Message("accountSummary", (63, 1, request_id, account, tag, value, currency))


def portfolio(account: str, holding: Holding, price: Decimal, unrealized: Decimal) -> Message:
    """A portfolio's contract has its listing as primary exchange, and no exchange."""
    one = holding.instrument
    value = holding.quantity * price * one.multiplier
    fields = (
        7, 8, *contract(one, one.listing), holding.quantity, price, value, holding.average, unrealized, 0, account,
    )  # fmt: skip
    return Message("updatePortfolio", fields)


def position(account: str, holding: Holding) -> Message:
    fields = (61, 3, account, *contract(holding.instrument, holding.instrument.listing), holding.quantity)
    return Message("position", (*fields, holding.average))


def position_multi(request_id: int, account: str, holding: Holding) -> Message:
    fields = (71, 1, request_id, account, *contract(holding.instrument, holding.instrument.listing), holding.quantity)
    return Message("positionMulti", (*fields, holding.average, ""))


def pnl(request_id: int, daily: Decimal, unrealized: Decimal, realized: Decimal) -> Message:
    return Message("pnl", (94, request_id, daily, unrealized, realized))


def pnl_single(request_id: int, quantity: Decimal, unrealized: Decimal, value: Decimal) -> Message:
    return Message("pnlSingle", (95, request_id, quantity, unrealized, unrealized, 0, value))


# --- market data


def market_data_type(request_id: int, kind: int) -> Message:
    return Message("marketDataType", (58, 1, request_id, kind))


def tick_request_parameters(request_id: int, min_tick: Decimal) -> Message:
    return Message("tickReqParams", (81, request_id, min_tick, "9c0001", 3))


def tick_price(request_id: int, kind: int, price: Decimal, size: Decimal) -> Message:
    return Message("tickPrice", (1, 6, request_id, kind, price, size, 0))


def tick_size(request_id: int, kind: int, size: Decimal) -> Message:
    return Message("tickSize", (2, 6, request_id, kind, size))


def tick_string(request_id: int, kind: int, value: str) -> Message:
    return Message("tickString", (46, 6, request_id, kind, value))


def historical_data(request_id: int, span: tuple[str, str], bars: Iterable[tuple[Value, ...]]) -> Message:
    """Of every bar: date, open, high, low, close, volume, average, count."""
    told = list(bars)
    return Message("historicalData", (17, request_id, *span, len(told), *(value for bar in told for value in bar)))
