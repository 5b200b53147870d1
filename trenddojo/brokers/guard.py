"""The client that the rest of the house gets: one account of a connection, for one purpose, within every rule."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from trenddojo.brokers.base import BrokerClient, Unsubscribe
from trenddojo.brokers.connection import Connection
from trenddojo.brokers.errors import ALREADY_FINAL, BrokerError, BrokerErrorCode
from trenddojo.brokers.limits import OverLimit
from trenddojo.brokers.ports import Purpose, Withheld
from trenddojo.brokers.spec import Endpoint
from trenddojo.brokers.types import (
    AccountInfo,
    Balances,
    Bar,
    CashMoved,
    ConnectionStatus,
    EquityPoint,
    Execution,
    Executions,
    MarginInfo,
    MarketData,
    MarketHours,
    NoQuote,
    Order,
    OrderResponse,
    Position,
    RiskMetrics,
    Timeframe,
    ValidationResult,
)
from trenddojo.domain.orders import OrderRequest, OrderUpdate

_T = TypeVar("_T")
LIMIT_PATIENCE = 2.0
"""Seconds that a read waits for a place in the broker's limits."""


class GuardedClient(BrokerClient):
    """A client that connects with its first call, keeps the broker's limits, and asks for leave before each call.

    Reads are asked again by their error's remedy, no lock held meanwhile. What sends an order is asked exactly once,
    and waits for nothing but the connection. Every error of the broker's is told once; Withheld, which is all that
    may come before the broker was asked, is not.
    """

    def __init__(self, connection: Connection, account_id: str, purpose: Purpose) -> None:
        self.name = connection.spec.name
        self._connection, self._account_id, self._purpose = connection, account_id, purpose

    # ---- how it is asked

    def _read(
        self,
        what: str,
        endpoint: Endpoint | None,
        act: Callable[[BrokerClient], _T],
        expected: BrokerErrorCode | None = None,
    ) -> _T:
        """Ask again as often as the error's remedy says. An error with the `expected` code is for the caller alone."""
        tools, attempt, waited = self._connection.tools, 0, 0.0
        began = tools.monotonic()
        while True:
            attempt += 1
            try:
                return self._once(endpoint, act)
            except Withheld:
                raise
            except BrokerError as error:
                held_up = max(waited, tools.monotonic() - began)  # what was asked in vain may have taken its time
                wait = tools.retrying.wait(error, attempt, held_up)
                if wait is None:
                    if error.code is not expected:
                        self._connection.report(error, what)
                    raise
            tools.sleep(wait)
            waited += wait

    def _once(self, endpoint: Endpoint | None, act: Callable[[BrokerClient], _T]) -> _T:
        """Ask when there is a place in the limits, waiting a little for one; what protects reads from the reserve."""
        purpose = Purpose.PROTECT if self._purpose is Purpose.PROTECT else Purpose.READ
        waited = 0.0
        while True:
            try:
                return self._ask(purpose, endpoint, act)
            except OverLimit as error:
                wait = error.wait_seconds
                if waited + wait > LIMIT_PATIENCE:
                    raise
            self._connection.tools.sleep(wait)
            waited += wait

    def _order(self, what: str, purpose: Purpose, act: Callable[[BrokerClient], _T], expected: str | None = None) -> _T:
        """Ask once. An error whose reason is `expected` is for the caller alone."""
        try:
            return self._ask(purpose, Endpoint.ORDERS, act)
        except Withheld:
            raise
        except BrokerError as error:
            if expected is None or error.details.get("reason") != expected:
                self._connection.report(error, what)
            raise

    def _ask(self, purpose: Purpose, endpoint: Endpoint | None, act: Callable[[BrokerClient], _T]) -> _T:
        self._connection.permit(purpose)
        with self._connection.used(purpose, endpoint, self._account_id) as client:
            return act(client)

    def _sending(self) -> Purpose:
        if self._purpose is Purpose.READ:
            message = "This was opened to read only, and sends no order."
            raise Withheld(message, BrokerErrorCode.ORDER_REJECTED, self.name, {"reason": "not_allowed"})
        return self._purpose

    # ---- the connection

    def connect(self) -> None:
        """Connect now rather than with the first call."""
        self._read("connecting", None, lambda _client: None)

    def disconnect(self) -> None:
        """End the whole connection, for each of its accounts."""
        self._connection.drop()

    @property
    def is_connected(self) -> bool:
        """Whether the connection is there; asks nobody."""
        return self.get_connection_status().is_connected

    def get_connection_status(self) -> ConnectionStatus:
        """How the connection stood when it was last used or looked at; asks nobody."""
        now = self._connection.standing
        if now is not None:
            return now.status
        return ConnectionStatus(is_connected=False, is_healthy=False, error=None, since=self._connection.tools.clock())

    def list_accounts(self) -> tuple[str, ...]:
        """The ids of the accounts that the connection serves."""
        return self._read("listing the accounts", None, lambda client: client.list_accounts())

    def for_account(self, account_id: str) -> "GuardedClient":
        """The same for another account; an id that the connection does not serve is refused with the first call."""
        return GuardedClient(self._connection, account_id, self._purpose)

    # ---- the account

    def get_account_info(self) -> AccountInfo:
        """The account's figures now."""
        return self._read("reading the account", Endpoint.ACCOUNT, lambda client: client.get_account_info())

    def get_positions(self) -> list[Position]:
        """Everything that is held."""
        return self._read("reading positions", Endpoint.POSITIONS, lambda client: client.get_positions())

    def get_balances(self) -> Balances:
        """The account's money in parts."""
        return self._read("reading balances", Endpoint.ACCOUNT, lambda client: client.get_balances())

    def get_margin_requirements(self, symbol: str, quantity: Decimal) -> MarginInfo:
        """What `quantity` units would tie up at the present price."""
        return self._read(
            "reading margin", Endpoint.ACCOUNT, lambda client: client.get_margin_requirements(symbol, quantity)
        )

    def get_risk_metrics(self) -> RiskMetrics:
        """How the account is exposed now."""
        return self._read("reading exposure", Endpoint.ACCOUNT, lambda client: client.get_risk_metrics())

    def get_equity_history(self, days: int) -> list[EquityPoint]:
        """What the account was worth in the last `days` days."""
        return self._read("reading past equity", Endpoint.ACCOUNT, lambda client: client.get_equity_history(days))

    # ---- orders

    def validate_order(self, request: OrderRequest) -> ValidationResult:
        """What stands against an order, found without sending anything."""
        return self._read("checking an order", None, lambda client: client.validate_order(request))

    def place_order(self, request: OrderRequest) -> OrderResponse:
        """Send an order, once."""
        return self._order("placing an order", self._sending(), lambda client: client.place_order(request))

    def cancel_order(self, order_id: str) -> None:
        """Ask for an order's end; allowed whenever protecting is, whatever the client was opened for."""

        def cancel(client: BrokerClient) -> None:
            client.cancel_order(order_id)

        self._order("cancelling an order", Purpose.PROTECT, cancel, expected=ALREADY_FINAL)

    def modify_order(self, order_id: str, update: OrderUpdate) -> OrderResponse:
        """Change a working order, once."""
        return self._order("changing an order", self._sending(), lambda client: client.modify_order(order_id, update))

    def get_order_status(self, order_id: str) -> Order:
        """One order with its legs."""
        return self._read("reading an order", Endpoint.ORDERS, lambda client: client.get_order_status(order_id))

    def find_order(self, client_order_id: str) -> Order | None:
        """The order that carries our id, or None where the broker confirmed that it has none."""
        return self._read("looking for an order", Endpoint.ORDERS, lambda client: client.find_order(client_order_id))

    def get_open_orders(self) -> list[Order]:
        """Every order that still works or rests."""
        return self._read("reading working orders", Endpoint.ORDERS, lambda client: client.get_open_orders())

    def get_order_history(self, days: int = 30) -> list[Order]:
        """Every order submitted in the last `days` days, oldest first."""
        return self._read("reading past orders", Endpoint.ORDERS, lambda client: client.get_order_history(days))

    def get_executions(self, cursor: str | None = None) -> Executions:
        """The fills since `cursor`."""
        return self._read("reading fills", Endpoint.ORDERS, lambda client: client.get_executions(cursor))

    def get_executions_since(self, start: datetime) -> list[Execution]:
        """Every fill from `start` on."""
        return self._read("reading past fills", Endpoint.ORDERS, lambda client: client.get_executions_since(start))

    def get_cash_since(self, start: datetime) -> list[CashMoved]:
        """What moved cash apart from fills from `start` on."""
        return self._read("reading cash", Endpoint.ACCOUNT, lambda client: client.get_cash_since(start))

    def get_order_executions(self, order_id: str) -> list[Execution]:
        """The fills of one order."""
        return self._read("reading fills", Endpoint.ORDERS, lambda client: client.get_order_executions(order_id))

    # ---- the market

    def is_tradable(self, symbol: str) -> bool:
        """Whether the broker takes orders for a symbol at present."""
        return self._read("checking a symbol", Endpoint.MARKET, lambda client: client.is_tradable(symbol))

    def get_market_data(self, symbol: str) -> MarketData:
        """The quote of one symbol."""
        return self._read("reading a quote", Endpoint.MARKET, lambda client: client.get_market_data(symbol))

    def get_quotes(self, symbols: Sequence[str]) -> Mapping[str, MarketData | NoQuote]:
        """The quotes of several symbols."""
        return self._read("reading quotes", Endpoint.MARKET, lambda client: client.get_quotes(symbols))

    def get_bars(self, symbol: str, timeframe: Timeframe, start: datetime, end: datetime) -> list[Bar]:
        """The bars that begin in [start, end), oldest first. Whoever asks says what an unknown symbol means to them."""
        return self._read(
            "reading bars",
            Endpoint.MARKET,
            lambda client: client.get_bars(symbol, timeframe, start, end),
            expected=BrokerErrorCode.SYMBOL_NOT_FOUND,
        )

    def get_market_hours(self) -> MarketHours:
        """Whether the broker's main market is open, and when that changes."""
        return self._read("reading market hours", Endpoint.MARKET, lambda client: client.get_market_hours())

    def subscribe_to_market_data(self, symbol: str, callback: Callable[[MarketData], None]) -> Unsubscribe:
        """Call `callback` with each new quote until the answer is called, or until the connection is made anew."""
        return self._read(
            "subscribing to quotes", Endpoint.MARKET, lambda client: client.subscribe_to_market_data(symbol, callback)
        )
