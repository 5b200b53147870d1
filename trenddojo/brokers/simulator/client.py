"""The simulated exchange as a broker: an account of its own for each connection, on the one market that all share."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from threading import RLock
from typing import TypeVar

from trenddojo.brokers.base import BrokerClient, Unsubscribe
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode, NotSent
from trenddojo.brokers.feed import Feed
from trenddojo.brokers.simulator.exchange import Exchange
from trenddojo.brokers.simulator.faults import Faults, error_met
from trenddojo.brokers.simulator.fields import is_always_open, profile_with
from trenddojo.brokers.simulator.market import Market, SimulatedMarket, UnknownSymbol
from trenddojo.brokers.simulator.sessions import AlwaysOpen, NyseSessions, Sessions
from trenddojo.brokers.spec import BrokerSpec, Building
from trenddojo.brokers.types import (
    AccountInfo,
    Balances,
    Bar,
    ConnectionStatus,
    EquityPoint,
    Execution,
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

MARKET_SEED = 7
"""Everybody's simulated market is the same one."""

UNKNOWN_SYMBOL = "The broker does not know this symbol."

_FIELDS = {BrokerErrorCode.INSUFFICIENT_FUNDS: "quantity", BrokerErrorCode.MARKET_CLOSED: "time_in_force"}
"""The field that a refusal is about which names none; else it is our id, which was used before."""

_T = TypeVar("_T")


class SimulatedClient(BrokerClient):
    """A connection to a simulated account, which lives in `building.ledger` and behaves as `spec.profile` says.

    `faults` scripts what goes wrong. Several threads may use it: a lock lets them in one after another.
    """

    def __init__(self, spec: BrokerSpec, building: Building, seed: int = MARKET_SEED) -> None:
        self.name = spec.name
        self.faults = Faults(spec.name)
        self._spec = spec
        self._building = building
        self._profile = profile_with(spec.profile, building.settings)
        self._latency = self._profile.latency_seconds
        self._market = _market(seed, self._profile.daily_volatility, is_always_open(building.settings))
        self._exchange: Exchange | None = None
        self._error: BrokerErrorCode | None = None
        self._is_open = False
        self._since = building.clock()
        self._lock = RLock()
        self._feed = Feed(self._quote_now, building.sleep)

    # ---- the connection

    def simulate_error(self, code: BrokerErrorCode | None) -> None:
        """Let `connect` and every call meet this error, and the connection look down, until None is given."""
        with self._lock:
            self._error = code
            self._since = self._building.clock()

    @property
    def simulated_error(self) -> BrokerErrorCode | None:
        """The error that everything meets now."""
        return self._error

    def connect(self) -> None:
        """Open the account, as it was left if it ever was open."""
        self._building.sleep(self._latency)
        with self._lock:
            self._refuse_if_simulated("connect")
            if self._is_open:
                return
            with self.faults.around("connect"):
                self._exchange = self._opened()
                self._is_open, self._since = True, self._building.clock()

    def disconnect(self) -> None:
        """Leave; the exchange works on."""
        self._feed.stop()
        with self._lock:
            if self._is_open:
                self._is_open, self._since = False, self._building.clock()

    @property
    def is_connected(self) -> bool:
        """Whether it is open and no error is simulated."""
        return self._is_open and self._error is None

    def get_connection_status(self) -> ConnectionStatus:
        """The state as this process knows it: nothing is asked."""
        with self._lock:
            error = None if self._error is None else error_met(self._error, "connect", self.name).message
            return ConnectionStatus(
                is_connected=self.is_connected, is_healthy=self.is_connected, error=error, since=self._since
            )

    def list_accounts(self) -> tuple[str, ...]:
        """The one account of the connection."""
        return self._ask("list_accounts", lambda _exchange, _now: (self._profile.account_id,))

    def for_account(self, account_id: str) -> BrokerClient:
        """This client, for its own account. Raises BrokerError for any other."""
        if account_id != self._profile.account_id:
            message = f"This connection has no account {account_id}."
            raise BrokerError(message, BrokerErrorCode.AUTHENTICATION_FAILED, self.name)
        return self

    # ---- the account

    def get_account_info(self) -> AccountInfo:
        """The account's figures at the market's present prices."""
        balances = self._ask("get_account_info", Exchange.balances)
        return AccountInfo(
            account_id=self._profile.account_id,
            currency=balances.currency,
            equity=balances.equity,
            cash=balances.cash,
            buying_power=balances.buying_power,
            is_paper=True,
            status="ACTIVE",
            as_of=balances.as_of,
        )

    def get_positions(self) -> list[Position]:
        """Everything that is held, at the market's present prices."""
        return self._ask("get_positions", Exchange.positions)

    def get_balances(self) -> Balances:
        """The account's money in parts."""
        return self._ask("get_balances", Exchange.balances)

    def get_margin_requirements(self, symbol: str, quantity: Decimal) -> MarginInfo:
        """What `quantity` units (negative for a short) would tie up at the present price."""
        return self._ask("get_margin_requirements", lambda exchange, now: exchange.margin(symbol, quantity, now))

    def get_risk_metrics(self) -> RiskMetrics:
        """How the account is exposed now."""
        return self._ask("get_risk_metrics", Exchange.risk)

    def get_equity_history(self, days: int) -> list[EquityPoint]:
        """What the account was worth at each close since it first traded, and is worth now."""
        return self._ask("get_equity_history", lambda exchange, now: exchange.equity_history(days, now))

    # ---- orders

    def validate_order(self, request: OrderRequest) -> ValidationResult:
        """What the exchange would refuse the order for now; a closed market is a warning."""
        return self._ask("validate_order", lambda _exchange, now: self._validated(request, now))

    def _validated(self, request: OrderRequest, now: datetime) -> ValidationResult:
        errors = dict(problems(self._spec.capabilities, request).errors)
        if not self._market.knows(request.symbol):
            errors["symbol"] = UNKNOWN_SYMBOL
        if not errors:
            errors = self._refused(request, now)
        is_open = self._market.sessions().session_at(now) is not None
        warnings = () if is_open else ("The market is closed: the order rests until it opens.",)
        return ValidationResult(errors=errors, warnings=warnings)

    def _refused(self, request: OrderRequest, now: datetime) -> dict[str, str]:
        """What the exchange says, tried on a copy from the ledger of which nothing is kept."""
        try:
            self._opened().submit(request, now)
        except BrokerError as error:
            return {error.details.get("field") or _FIELDS.get(error.code, "client_order_id"): error.message}
        return {}

    def place_order(self, request: OrderRequest) -> OrderResponse:
        """Submit an order; it is in the ledger before this returns."""
        return self._response(self._ask("place_order", lambda exchange, now: exchange.submit(request, now)))

    def cancel_order(self, order_id: str) -> None:
        """End an order. Raises BrokerError where it has ended before."""
        self._ask("cancel_order", lambda exchange, now: exchange.cancel(order_id, now))

    def modify_order(self, order_id: str, update: OrderUpdate) -> OrderResponse:
        """Change a working order; refused, it goes on as it was."""
        return self._response(self._ask("modify_order", lambda exchange, now: exchange.replace(order_id, update, now)))

    def _response(self, order: Order) -> OrderResponse:
        return OrderResponse(
            order_id=order.order_id,
            client_order_id=order.client_order_id,
            symbol=order.symbol,
            status=SubmitStatus.of(order.status),
            order=order,
        )

    def get_order_status(self, order_id: str) -> Order:
        """One order with its legs. Raises BrokerError (ORDER_REJECTED, detail `reason` = `not_found`) for none."""
        order = self._ask("get_order_status", lambda exchange, _now: exchange.order(order_id))
        if order is None:
            details = {"reason": "not_found", "order_id": order_id}
            raise BrokerError("There is no such order.", BrokerErrorCode.ORDER_REJECTED, self.name, details)
        return order

    def find_order(self, client_order_id: str) -> Order | None:
        """The order that carries our id, or None."""
        return self._ask("find_order", lambda exchange, _now: exchange.by_client_id(client_order_id))

    def get_open_orders(self) -> list[Order]:
        """Every order that still works or rests, legs within their parents."""
        return self._ask("get_open_orders", lambda exchange, _now: exchange.open_orders())

    def get_order_history(self, days: int = 30) -> list[Order]:
        """Every order submitted in the last `days` days, oldest first."""
        return self._ask("get_order_history", lambda exchange, now: _since(exchange.orders(), now, days))

    def get_executions(self, cursor: str | None = None) -> Executions:
        """The fills since `cursor`. It never passes a fill whose commission was not told, so that it is told again."""
        first = self._position(cursor)
        fills, told = self._ask("get_executions", lambda exchange, now: self._told(exchange.executions(first), now))
        return Executions(fills=told, cursor=str(first + _settled(fills, told)))

    def _told(self, fills: list[Execution], now: datetime) -> tuple[list[Execution], tuple[Execution, ...]]:
        return fills, self.faults.told(tuple(fills), now)

    def _position(self, cursor: str | None) -> int:
        if cursor is None:
            return 0
        if not cursor.isdecimal():
            raise BrokerError("This is no cursor.", BrokerErrorCode.API_ERROR, self.name, {"cursor": cursor})
        return int(cursor)

    # ---- the market

    def get_market_data(self, symbol: str) -> MarketData:
        """The quote of one symbol."""
        return self._ask("get_market_data", lambda _exchange, now: self._market.quote(symbol, now))

    def get_quotes(self, symbols: Sequence[str]) -> dict[str, MarketData]:
        """The quotes of the symbols that the market knows."""
        known = [symbol for symbol in symbols if self._market.knows(symbol)]
        return self._ask(
            "get_quotes", lambda _exchange, now: {symbol: self._market.quote(symbol, now) for symbol in known}
        )

    def get_bars(self, symbol: str, timeframe: Timeframe, start: datetime, end: datetime) -> list[Bar]:
        """The bars that begin in [start, end), oldest first, as far as time has come."""
        return self._ask("get_bars", lambda _exchange, now: self._market.bars(symbol, timeframe, start, min(end, now)))

    def get_market_hours(self) -> MarketHours:
        """Whether the simulated market is open, and when that changes."""
        return self._ask("get_market_hours", lambda _exchange, now: _hours(self._market.sessions(), now))

    def subscribe_to_market_data(self, symbol: str, callback: Callable[[MarketData], None]) -> Unsubscribe:
        """Tell each new quote, asked for once a second; disconnecting ends it too. `callback` must not raise."""
        self.get_market_data(symbol)  # refuses what cannot be subscribed to
        return self._feed.subscribe(symbol, callback)

    def _quote_now(self, symbol: str) -> MarketData | None:
        return self._market.quote(symbol, self._building.clock()) if self.is_connected else None

    # ---- how a call is answered

    def _ask(self, operation: str, work: Callable[[Exchange, datetime], _T]) -> _T:
        """Bring the exchange up to now, let it work, and keep what changed before the answer leaves."""
        self._building.sleep(self._latency)
        with self._lock:
            self._refuse_if_simulated(operation)
            if not self._is_open:
                raise NotSent("Not connected.", BrokerErrorCode.CONNECTION_FAILED, self.name)
            with self.faults.around(operation):
                return self._worked(work)

    def _refuse_if_simulated(self, operation: str) -> None:
        if self._error is not None:
            raise error_met(self._error, operation, self.name)

    def _worked(self, work: Callable[[Exchange, datetime], _T]) -> _T:
        exchange = self._exchange or self._opened()
        self._exchange = None  # until it is kept: what the ledger refused has not happened
        now = self._building.clock()
        exchange.advance(now)
        try:
            return work(exchange, now)
        except UnknownSymbol as error:
            raise BrokerError(UNKNOWN_SYMBOL, BrokerErrorCode.SYMBOL_NOT_FOUND, self.name) from error
        finally:
            self._keep(exchange)

    def _keep(self, exchange: Exchange) -> None:
        if changed := exchange.changed():
            self._building.ledger.save(changed)
        self._exchange = exchange

    def _opened(self) -> Exchange:
        """The account as the ledger holds it, or a new one where that is empty."""
        texts = self._building.ledger.load()
        try:
            return Exchange.restored(
                self._market,
                self._profile,
                self._spec.capabilities,
                texts,
                self._profile.account_id,
                connection=self._building.connection,
                broker=self.name,
            )
        except (ValueError, TypeError, LookupError) as error:
            message = "The simulated account's records cannot be read."
            raise BrokerError(message, BrokerErrorCode.API_ERROR, self.name) from error


@cache
def _market(seed: int, volatility: Decimal, is_always_open: bool) -> Market:
    """One for all clients of a process: it holds nothing but what it has worked out."""
    return SimulatedMarket(seed, volatility, AlwaysOpen() if is_always_open else NyseSessions())


def _since(orders: list[Order], now: datetime, days: int) -> list[Order]:
    first = now - timedelta(days=days)
    return sorted((one for one in orders if one.submitted_at >= first), key=lambda one: one.submitted_at)


def _settled(fills: Sequence[Execution], told: Sequence[Execution]) -> int:
    """How many of `fills` come before the first that was told without its commission."""
    unknown = {fill.execution_id for fill in told if fill.commission is None}
    return next((index for index, fill in enumerate(fills) if fill.execution_id in unknown), len(fills))


def _hours(sessions: Sessions, now: datetime) -> MarketHours:
    session = sessions.session_at(now)
    after = sessions.next_after(now)
    closing = after if session is None else session
    return MarketHours(is_open=session is not None, at=now, next_open=after.open, next_close=closing.close)
