"""Alpaca through its REST API and its streams: one account, one pair of keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import quote as quoted

from trenddojo.brokers.adapters.alpaca import cash, fills, mapping, shapes
from trenddojo.brokers.adapters.alpaca.assets import Assets
from trenddojo.brokers.adapters.alpaca.keys import KEY, SECRET, require_environment, require_keys
from trenddojo.brokers.adapters.alpaca.listing import every_order
from trenddojo.brokers.adapters.alpaca.live import Live
from trenddojo.brokers.adapters.alpaca.market import FREE_FEED, Market, equity
from trenddojo.brokers.adapters.alpaca.places import places
from trenddojo.brokers.adapters.alpaca.refusals import PENDING_CANCEL
from trenddojo.brokers.adapters.alpaca.rest import Rest
from trenddojo.brokers.base import BrokerClient, Unsubscribe
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode, NotSent, OutcomeUnknown
from trenddojo.brokers.http import Wire
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
    Order,
    OrderResponse,
    Position,
    RiskMetrics,
    StreamState,
    Timeframe,
    ValidationResult,
)
from trenddojo.domain.money import ZERO
from trenddojo.domain.orders import is_pair
from trenddojo.domain.terms import Mode

if TYPE_CHECKING:
    from trenddojo.brokers.spec import BrokerSpec, Building
    from trenddojo.domain.orders import OrderRequest, OrderUpdate

_SIMPLE = ("", "simple")
_AROUND = timedelta(minutes=1)
"""How far before an order's submission its fills are looked for: clocks differ."""


class AlpacaClient(BrokerClient):
    """The account that a pair of keys opens."""

    def __init__(self, spec: BrokerSpec, building: Building) -> None:
        self.name = spec.name
        self._building = building
        key, secret = building.credentials.get(KEY, ""), building.credentials.get(SECRET, "")
        require_keys(key, secret, building.mode, self.name)
        try:
            where = places(building.mode, building.operator)
        except ValueError as error:
            self._refuse(str(error), BrokerErrorCode.CONNECTION_FAILED)
        self._wire = Wire(
            self.name,
            spec.label,
            where.hosts,
            building.transport,
            sleep=building.sleep,
            headers={"APCA-API-KEY-ID": key, "APCA-API-SECRET-KEY": secret},
            hidden=(key, secret),
            random=building.random,
            monotonic=building.monotonic,
        )
        feed = building.settings.get("feed", "") or FREE_FEED
        self._rest = Rest(self._wire, where, self.name)
        self._assets = Assets(self._rest, spec.capabilities, building.clock, self.name)
        self._market = Market(self._rest, self._assets, feed, building.clock)
        self._live = Live(building, where, feed, key, secret)
        self._account: shapes.Account | None = None
        self._since = building.clock()

    # ---- the connection

    def connect(self) -> None:
        """Ask for the account, which proves keys and environment."""
        if self.is_connected:
            return
        account = self._rest.get("account", shapes.ACCOUNT)
        self._wire.hide(account.account_number)
        require_environment(account.account_number, self._building.mode, self.name)
        self._account, self._since = account, self._building.clock()

    def disconnect(self) -> None:
        """End the streams, and let go of open connections."""
        self._live.stop()
        self._rest.close()
        if self.is_connected:
            self._account, self._since = None, self._building.clock()

    @property
    def is_connected(self) -> bool:
        """Whether the account was seen."""
        return self._account is not None

    def get_connection_status(self) -> ConnectionStatus:
        """Whether Alpaca answers, by its clock."""
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
        """The one account of the keys."""
        return (self._here().id,)

    def for_account(self, account_id: str) -> BrokerClient:
        """This client, for its own account. Raises BrokerError for any other: keys that were changed open another."""
        if account_id != self._here().id:
            self._refuse("These keys open another account than before.", BrokerErrorCode.AUTHENTICATION_FAILED)
        return self

    @property
    def told_limit(self) -> int | None:
        """What Alpaca's headers say: 200 a minute, or more by the plan."""
        return self._rest.limit

    @property
    def stream_state(self) -> StreamState | None:
        """How Alpaca's order events stand."""
        return self._live.state

    def subscribe_to_order_events(self, callback: Callable[[str], None]) -> Unsubscribe:
        """Tell of every event of `trade_updates`, and of each time that the stream is there again."""
        account_id = self._here().id
        return self._live.subscribe_to_orders(lambda: callback(account_id))

    # ---- the account

    def get_account_info(self) -> AccountInfo:
        """The account's figures now."""
        told = self._asked_account()
        return mapping.account(told, self._now(), is_paper=self._building.mode is Mode.PAPER)

    def get_positions(self) -> list[Position]:
        """Everything that is held."""
        currency = self._here().currency
        return [mapping.position(one, currency) for one in self._rest.get("positions", shapes.POSITIONS)]

    def get_balances(self) -> Balances:
        """The account's money in parts."""
        return mapping.balances(self._asked_account(), self._now())

    def get_margin_requirements(self, symbol: str, quantity: Decimal) -> MarginInfo:
        """What a position would tie up, by the asset's requirement and the latest price."""
        account = self._here()
        asset = self._assets.require(symbol)
        return mapping.margin(asset, account.multiplier, quantity, self._market.quote(symbol).last)

    def get_risk_metrics(self) -> RiskMetrics:
        """How the account is exposed now."""
        account = self._asked_account()
        return mapping.risk(account, sum((one.unrealised or ZERO for one in self.get_positions()), ZERO))

    def get_equity_history(self, days: int) -> list[EquityPoint]:
        """The account's equity by day."""
        self._here()
        return mapping.equity_curve(equity(self._rest, f"{days}D"))

    # ---- orders

    def validate_order(self, request: OrderRequest) -> ValidationResult:
        """What stands against an order: its form, and what Alpaca says of the asset."""
        account = self._here()
        errors = self._assets.problems(request, account, self._held)
        warnings = () if request.extended_hours or is_pair(request.symbol) else self._closed()
        return ValidationResult(errors=errors, warnings=warnings)

    def place_order(self, request: OrderRequest) -> OrderResponse:
        """POST the order, once."""
        self._here()
        for field, sentence in self._assets.form_problems(request).items():
            raise BrokerError(sentence, BrokerErrorCode.ORDER_REJECTED, self.name, {"field": field})
        told = self._rest.send("POST", "orders", shapes.ORDER, mapping.sent(request))
        if told.client_order_id != request.client_order_id:
            message = "Alpaca answered with another order than the one that was sent."
            raise OutcomeUnknown(message, BrokerErrorCode.API_ERROR, self.name)
        self._live.answered(told)
        return mapping.response(told)

    def cancel_order(self, order_id: str) -> None:
        """DELETE the order: a request, of which the order's status tells the end. One that is asked for is enough."""
        self._here()
        try:
            self._rest.send("DELETE", f"orders/{_part(order_id)}")
        except BrokerError as error:
            if error.details.get("reason") != PENDING_CANCEL:
                raise

    def modify_order(self, order_id: str, update: OrderUpdate) -> OrderResponse:
        """PATCH the order: a new one takes its place."""
        self._here()
        told = self._rest.send("PATCH", f"orders/{_part(order_id)}", shapes.ORDER, mapping.change(update))
        self._live.answered(told)
        return mapping.response(told)

    def get_order_status(self, order_id: str) -> Order:
        """One order with its legs."""
        self._here()
        return mapping.order(self._rest.get(f"orders/{_part(order_id)}", shapes.ORDER, {"nested": "true"}))

    def find_order(self, client_order_id: str) -> Order | None:
        """The order that carries our id, with its legs, which need a question of their own."""
        self._here()
        params = {"client_order_id": client_order_id}
        found = self._rest.find("orders:by_client_order_id", shapes.ORDER, params)
        if found is None or found.order_class in _SIMPLE or found.legs:
            return None if found is None else mapping.order(found)
        return self.get_order_status(found.id)

    def get_open_orders(self) -> list[Order]:
        """Every order that works or rests."""
        self._here()
        return mapping.orders(every_order(self._rest, {"status": "open"}))

    def get_order_history(self, days: int = 30) -> list[Order]:
        """Every order of the last `days` days, by Alpaca's clock."""
        self._here()
        start = fills.instant(self._now() - timedelta(days=days))
        return mapping.orders(every_order(self._rest, {"status": "all", "after": start}))

    def get_executions(self, cursor: str | None = None) -> Executions:
        """A page of fills; without a cursor the newest."""
        self._here()
        if cursor is None:
            newest = {"direction": "desc", "page_size": str(fills.PAGE)}
            page = self._rest.get("account/activities/FILL", shapes.FILLS, newest)[::-1]
            return _executions(page, fills.first_cursor(page, self._now()), is_whole=True)
        place = self._cursor(cursor)
        page = self._rest.get("account/activities/FILL", shapes.FILLS, place.params)
        return _executions(page, place.following(page), is_whole=not fills.is_full(page))

    def get_executions_since(self, start: datetime) -> list[Execution]:
        """Every fill from `start` on."""
        self._here()
        told = self._fills(fills.Cursor(start - _AROUND))
        return [mapping.execution(one) for one in told if one.transaction_time >= start]

    def get_cash_since(self, start: datetime) -> list[CashMoved]:
        """Deposits, withdrawals, dividends, interest, fees, and what else moved cash."""
        self._here()
        return cash.since(self._rest, start)

    def get_order_executions(self, order_id: str) -> list[Execution]:
        """The fills of one order, which Alpaca tells among all others of its time."""
        order = self.get_order_status(order_id)
        found: list[Execution] = []
        left = order.filled_quantity
        for one in self._fills(fills.Cursor(order.submitted_at - _AROUND)):
            if one.order_id == order_id:
                found.append(mapping.execution(one))
                left -= one.qty
            if left <= 0:
                break
        return found

    # ---- the market

    def is_tradable(self, symbol: str) -> bool:
        """Whether Alpaca lists the asset as active and tradable, as it did within the last hours."""
        self._here()
        return self._assets.is_tradable(symbol)

    def get_market_data(self, symbol: str) -> MarketData:
        """The quote of one symbol."""
        self._here()
        return self._market.quote(symbol)

    def get_quotes(self, symbols: Sequence[str]) -> dict[str, MarketData]:
        """The quotes of several symbols."""
        self._here()
        return self._market.quotes(symbols)

    def get_bars(self, symbol: str, timeframe: Timeframe, start: datetime, end: datetime) -> list[Bar]:
        """The bars that begin in [start, end)."""
        self._here()
        return self._market.bars(symbol, timeframe, start, end)

    def get_market_hours(self) -> MarketHours:
        """Alpaca's clock."""
        self._here()
        return mapping.hours(self._rest.get("clock", shapes.CLOCK))

    def subscribe_to_market_data(self, symbol: str, callback: Callable[[MarketData], None]) -> Unsubscribe:
        """Quotes by the data stream, of which all subscribers share one socket."""
        return self._live.subscribe_to_quotes(symbol, callback, self.get_market_data(symbol))

    # ---- within

    def _here(self) -> shapes.Account:
        if self._account is None:
            raise NotSent("Not connected to Alpaca.", BrokerErrorCode.CONNECTION_FAILED, self.name)
        return self._account

    def _asked_account(self) -> shapes.Account:
        self._here()
        self._account = self._rest.get("account", shapes.ACCOUNT)
        return self._account

    def _now(self) -> datetime:
        """Alpaca's time where it told one."""
        return self._rest.told_at or self._building.clock()

    def _held(self, symbol: str) -> Decimal:
        return next((one.quantity for one in self.get_positions() if one.symbol == symbol), ZERO)

    def _closed(self) -> tuple[str, ...]:
        with suppress(BrokerError):
            if self.get_market_hours().is_open:
                return ()
        return ("The market is closed: the order rests until it opens.",)

    def _cursor(self, text: str) -> fills.Cursor:
        try:
            return fills.Cursor.read(text)
        except ValueError:
            self._refuse("This is no cursor of Alpaca's.", BrokerErrorCode.API_ERROR)

    def _fills(self, place: fills.Cursor) -> Iterator[shapes.Fill]:
        while True:
            page = self._rest.get("account/activities/FILL", shapes.FILLS, place.params)
            yield from page
            if not fills.is_full(page):
                return
            place = place.following(page)

    def _refuse(self, message: str, code: BrokerErrorCode) -> NoReturn:
        raise BrokerError(message, code, self.name)


def _executions(page: Sequence[shapes.Fill], cursor: fills.Cursor, *, is_whole: bool) -> Executions:
    told = sorted(map(mapping.execution, page), key=lambda one: one.at)
    return Executions(fills=tuple(told), cursor=cursor.text, is_whole=is_whole)


def _part(text: str) -> str:
    return quoted(text, safe="")
