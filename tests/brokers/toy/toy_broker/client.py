"""Toy over HTTP: every call is one request, and every answer goes through the mapping."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote as quoted

from tests.brokers.toy.toy_broker import mapping
from trenddojo.brokers.base import BrokerClient, Unsubscribe
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode, NotSent, OutcomeUnknown
from trenddojo.brokers.feed import Feed
from trenddojo.brokers.http import Wire
from trenddojo.brokers.spec import Building
from trenddojo.brokers.types import (
    AccountInfo,
    Balances,
    Bar,
    ConnectionStatus,
    Executions,
    MarginInfo,
    MarketData,
    MarketHours,
    Order,
    OrderResponse,
    Position,
    RiskMetrics,
    SubmitStatus,
    Timeframe,
    ValidationResult,
)
from trenddojo.brokers.validation import problems
from trenddojo.domain.orders import OrderRequest, OrderUpdate
from trenddojo.domain.terms import Mode

if TYPE_CHECKING:
    from trenddojo.brokers.spec import BrokerSpec

T = TypeVar("T")


class ToyClient(BrokerClient):
    """One account, one key."""

    def __init__(self, spec: BrokerSpec, building: Building) -> None:
        self.name = spec.name
        self._spec, self._building = spec, building
        self._address = building.settings["address"]
        self._wire = self._new_wire()
        self._account_id = ""
        self._since = building.clock()
        self._feed = Feed(self._polled, building.sleep)
        self._feed_wire = self._new_wire()  # the feed asks from a thread of its own

    def _new_wire(self) -> Wire:
        key = self._building.credentials["key"]
        return Wire(
            self.name,
            self._spec.label,
            self._spec.hosts[self._building.mode],
            self._building.transport,
            sleep=self._building.sleep,
            headers={"Authorization": f"Bearer {key}"},
            hidden=(key,),
        )

    # ---- the connection

    def connect(self) -> None:
        if self.is_connected:
            return
        info = self._read(self._wire, "account", mapping.account)
        if info.is_paper is not (self._building.mode is Mode.PAPER):
            message = "This key belongs to another environment."
            raise BrokerError(message, BrokerErrorCode.AUTHENTICATION_FAILED, self.name)
        self._account_id, self._since = info.account_id, self._building.clock()

    def disconnect(self) -> None:
        self._feed.stop()
        self._wire.close()
        if self.is_connected:
            self._account_id, self._since = "", self._building.clock()

    @property
    def is_connected(self) -> bool:
        return bool(self._account_id)

    def get_connection_status(self) -> ConnectionStatus:
        error = None
        if self.is_connected:
            try:
                self.get_market_hours()
            except BrokerError as met:
                error = met.message
        return ConnectionStatus(
            is_connected=self.is_connected,
            is_healthy=self.is_connected and error is None,
            error=error,
            since=self._since,
        )

    def list_accounts(self) -> tuple[str, ...]:
        self._require_connection()
        return (self._account_id,)

    def for_account(self, account_id: str) -> BrokerClient:
        if account_id != self._account_id:
            message = f"This key has no account {account_id}."
            raise BrokerError(message, BrokerErrorCode.AUTHENTICATION_FAILED, self.name)
        return self

    # ---- the account

    def get_account_info(self) -> AccountInfo:
        return self._get("account", mapping.account)

    def get_positions(self) -> list[Position]:
        return self._get("positions", _each(mapping.position))

    def get_balances(self) -> Balances:
        return self._get("balances", mapping.balances)

    def get_margin_requirements(self, symbol: str, quantity: Decimal) -> MarginInfo:
        return self._get(f"margin/{_part(symbol)}", mapping.margin, quantity=str(quantity))

    def get_risk_metrics(self) -> RiskMetrics:
        return self._get("risk", mapping.risk)

    # ---- orders

    def validate_order(self, request: OrderRequest) -> ValidationResult:
        errors = dict(problems(self._spec.capabilities, request).errors)
        if request.symbol not in self.get_quotes([request.symbol]):
            errors["symbol"] = "Toy does not know this symbol."
        return ValidationResult(errors=errors)

    def place_order(self, request: OrderRequest) -> OrderResponse:
        for sentence in problems(self._spec.capabilities, request).errors.values():
            raise BrokerError(sentence, BrokerErrorCode.ORDER_REJECTED, self.name)
        return _response(self._send("POST", "orders", mapping.order, mapping.sent(request)))

    def cancel_order(self, order_id: str) -> None:
        self._send("DELETE", f"orders/{_part(order_id)}", lambda _told: None)

    def modify_order(self, order_id: str, update: OrderUpdate) -> OrderResponse:
        return _response(self._send("PATCH", f"orders/{_part(order_id)}", mapping.order, mapping.change(update)))

    def get_order_status(self, order_id: str) -> Order:
        return self._get(f"orders/{_part(order_id)}", mapping.order)

    def find_order(self, client_order_id: str) -> Order | None:
        found = self._get("orders", _each(mapping.order), client_order_id=client_order_id)
        return found[0] if found else None

    def get_open_orders(self) -> list[Order]:
        return self._get("orders", _each(mapping.order))

    def get_order_history(self, days: int = 30) -> list[Order]:
        return self._get("orders", _each(mapping.order), days=str(days))

    def get_executions(self, cursor: str | None = None) -> Executions:
        return self._get("executions", mapping.executions, **({} if cursor is None else {"cursor": cursor}))

    # ---- the market

    def get_market_data(self, symbol: str) -> MarketData:
        found = self.get_quotes([symbol])
        if symbol not in found:
            raise BrokerError("Toy does not know this symbol.", BrokerErrorCode.SYMBOL_NOT_FOUND, self.name)
        return found[symbol]

    def get_quotes(self, symbols: Sequence[str]) -> dict[str, MarketData]:
        return self._get("quotes", _quotes, symbols=",".join(symbols))

    def get_bars(self, symbol: str, timeframe: Timeframe, start: datetime, end: datetime) -> list[Bar]:
        window = {"timeframe": timeframe.value, "start": start.isoformat(), "end": end.isoformat()}
        return self._get(f"bars/{_part(symbol)}", _each(mapping.bar), **window)

    def get_market_hours(self) -> MarketHours:
        return self._get("clock", mapping.hours)

    def subscribe_to_market_data(self, symbol: str, callback: Callable[[MarketData], None]) -> Unsubscribe:
        self.get_market_data(symbol)  # refuses what cannot be subscribed to
        return self._feed.subscribe(symbol, callback)

    def _polled(self, symbol: str) -> MarketData | None:
        try:
            return self._read(self._feed_wire, "quotes", _quotes, {"symbols": symbol}).get(symbol)
        except BrokerError:
            return None  # a quote that could not be had is no quote; the next second asks again

    # ---- how a call is answered

    def _require_connection(self) -> None:
        if not self.is_connected:
            raise NotSent("Not connected to Toy.", BrokerErrorCode.CONNECTION_FAILED, self.name)

    def _get(self, path: str, read: Callable[[Any], T], **params: str) -> T:
        self._require_connection()
        return self._read(self._wire, path, read, params)

    def _read(self, wire: Wire, path: str, read: Callable[[Any], T], params: Mapping[str, str] | None = None) -> T:
        answer = wire.get(f"{self._address}/{path}", params)
        if not answer.is_success:
            raise mapping.refusal(answer, self.name)
        try:
            return read(answer.data)
        except mapping.UNREADABLE as error:
            raise BrokerError("Toy's answer cannot be read.", BrokerErrorCode.API_ERROR, self.name) from error

    def _send(self, method: str, path: str, read: Callable[[Any], T], data: object = None) -> T:
        self._require_connection()
        answer = self._wire.send(method, f"{self._address}/{path}", data=data)
        if not answer.is_success:
            raise mapping.refusal(answer, self.name)
        try:
            return read(answer.data)
        except mapping.UNREADABLE as error:
            raise OutcomeUnknown("Toy's answer cannot be read.", BrokerErrorCode.API_ERROR, self.name) from error


def _each(read: Callable[[Any], T]) -> Callable[[Any], list[T]]:
    return lambda told: [read(one) for one in told]


def _quotes(told: Any) -> dict[str, MarketData]:
    return {symbol: mapping.quote(one) for symbol, one in told.items()}


def _part(text: str) -> str:
    return quoted(text, safe="")


def _response(order: Order) -> OrderResponse:
    status = SubmitStatus.of(order.status)
    return OrderResponse(
        order_id=order.order_id, client_order_id=order.client_order_id, symbol=order.symbol, status=status, order=order
    )
