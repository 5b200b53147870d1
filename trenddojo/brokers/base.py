"""The interface that every broker is used through: synchronous, typed, and the same for all of them.

A client belongs to one connection and, of its accounts, answers for one. Calls raise `BrokerError` and nothing else:
a list is complete or the call raises, so that "could not ask" never looks like "nothing there". No call that sends an
order is ever repeated by a client. Clients are used by one thread at a time; the manager sees to that.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
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
    StreamState,
    Timeframe,
    ValidationResult,
)
from trenddojo.domain.orders import OrderRequest, OrderUpdate

Unsubscribe = Callable[[], None]


class BrokerClient(ABC):
    """One account of one connection to a broker. `name` is the broker's name in the registry."""

    name: str

    # ---- the connection

    @abstractmethod
    def connect(self) -> None:
        """Sign in, and prove that the environment is the one of the mode.

        Raises BrokerError, and is then not connected.
        """

    @abstractmethod
    def disconnect(self) -> None:
        """Let go of the connection; does nothing when there is none. Orders at the broker go on working."""

    @property
    @abstractmethod
    def is_connected(self) -> bool:
        """Whether `connect` succeeded and nothing has been seen to end it."""

    @abstractmethod
    def get_connection_status(self) -> ConnectionStatus:
        """How the connection stands; asks the broker where that is cheap. Never raises: `error` says what is wrong."""

    @property
    def told_limit(self) -> int | None:
        """How many requests a minute the broker says that it takes of this connection; None where it does not say."""
        return None

    @property
    def stream_state(self) -> StreamState | None:
        """How the broker's live events stand; None for a broker without, or where nobody has subscribed."""
        return None

    def subscribe_to_order_events(self, callback: Callable[[str], None]) -> Unsubscribe:
        """Call `callback` with an account's id whenever the broker says that something became of an order of its.

        It is called from a thread of the client's, also when events may have been missed, until the answer is called or
        the client disconnects. What became of the order is to be asked. A broker without such events never calls.
        """
        del callback
        return lambda: None

    @abstractmethod
    def list_accounts(self) -> tuple[str, ...]:
        """The ids of the accounts that the connection serves, at least one."""

    @abstractmethod
    def for_account(self, account_id: str) -> "BrokerClient":
        """The client of another account of the same connection. Raises BrokerError for an id that it does not serve."""

    # ---- the account

    @abstractmethod
    def get_account_info(self) -> AccountInfo:
        """The account's figures now."""

    @abstractmethod
    def get_positions(self) -> list[Position]:
        """Everything that is held."""

    @abstractmethod
    def get_balances(self) -> Balances:
        """The account's money in parts."""

    @abstractmethod
    def get_margin_requirements(self, symbol: str, quantity: Decimal) -> MarginInfo:
        """What `quantity` units (negative for a short) would tie up at the present price."""

    @abstractmethod
    def get_risk_metrics(self) -> RiskMetrics:
        """How the account is exposed now."""

    def get_equity_history(self, days: int) -> list[EquityPoint]:
        """What the account was worth in the last `days` days, oldest first; empty where the broker keeps no record."""
        del days
        return []

    # ---- orders

    @abstractmethod
    def validate_order(self, request: OrderRequest) -> ValidationResult:
        """What stands against an order, found without sending anything."""

    @abstractmethod
    def place_order(self, request: OrderRequest) -> OrderResponse:
        """Send an order, once.

        Raises NotSent where it is certain that nothing left, OutcomeUnknown where the broker may have it, and any
        other BrokerError where the broker refused it. An error whose code is no refusal (`errors.PROVES_NOTHING`)
        counts as unknown, and one too many requests (429) as not sent.
        """

    @abstractmethod
    def cancel_order(self, order_id: str) -> None:
        """Ask for an order's end. It has ended only when its status says so. Raises BrokerError where it cannot be."""

    @abstractmethod
    def modify_order(self, order_id: str, update: OrderUpdate) -> OrderResponse:
        """Change a working order; the answer may carry a new id. Refused, the order goes on as it was."""

    @abstractmethod
    def get_order_status(self, order_id: str) -> Order:
        """One order with its legs. Raises BrokerError (ORDER_REJECTED, detail `reason` = `not_found`) for none."""

    @abstractmethod
    def find_order(self, client_order_id: str) -> Order | None:
        """The order that carries our id, or None where the broker confirmed that it has none."""

    @abstractmethod
    def get_open_orders(self) -> list[Order]:
        """Every order that still works or rests, legs within their parents."""

    @abstractmethod
    def get_order_history(self, days: int = 30) -> list[Order]:
        """Every order submitted in the last `days` days, whatever became of it, oldest first."""

    @abstractmethod
    def get_executions(self, cursor: str | None = None) -> Executions:
        """The fills since `cursor`; without one the latest, all of them where they are few."""

    def get_executions_since(self, start: datetime) -> list[Execution]:
        """Every fill from `start` on, oldest first, for bringing an account's past into the books.

        An adapter whose broker tells its fills in parts asks for all of them.
        """
        return [fill for fill in self.get_executions().fills if fill.at >= start]

    def get_cash_since(self, start: datetime) -> list[CashMoved]:
        """What moved cash apart from fills from `start` on, oldest first.

        An adapter whose broker tells that does so; of the others a statement has to be brought (docs/IMPORTS.md).
        """
        return []

    def get_order_executions(self, order_id: str) -> list[Execution]:
        """The fills of one order, oldest first, for when its quantity tells of more than the cursor brought.

        An adapter whose broker can be asked for one order's fills does so instead.
        """
        return [fill for fill in self.get_executions().fills if fill.order_id == order_id]

    # ---- the market

    def is_tradable(self, symbol: str) -> bool:
        """Whether the broker takes orders for a symbol at present: one that it knows, unless it tells more."""
        try:
            self.get_market_data(symbol)
        except BrokerError as error:
            if error.code is BrokerErrorCode.SYMBOL_NOT_FOUND:
                return False
            raise
        return True

    @abstractmethod
    def get_market_data(self, symbol: str) -> MarketData:
        """The quote of one symbol."""

    @abstractmethod
    def get_quotes(self, symbols: Sequence[str]) -> Mapping[str, MarketData | NoQuote]:
        """The quotes of several symbols, or why one has none; those that the broker does not know are left out."""

    @abstractmethod
    def get_bars(self, symbol: str, timeframe: Timeframe, start: datetime, end: datetime) -> list[Bar]:
        """The bars that begin in [start, end), oldest first."""

    @abstractmethod
    def get_market_hours(self) -> MarketHours:
        """Whether the broker's main market is open, and when that changes."""

    @abstractmethod
    def subscribe_to_market_data(self, symbol: str, callback: Callable[[MarketData], None]) -> Unsubscribe:
        """Call `callback` with each new quote, from a thread of the client's, until the answer is called."""
