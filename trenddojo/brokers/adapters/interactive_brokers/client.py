"""One account at Interactive Brokers, through a gateway: TWS or IB Gateway on a machine of the operator's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from trenddojo.brokers.adapters.interactive_brokers import acts, checks, limits, mapping, sending
from trenddojo.brokers.adapters.interactive_brokers.codes import NAME
from trenddojo.brokers.adapters.interactive_brokers.families import Families
from trenddojo.brokers.adapters.interactive_brokers.heard import FillTold, OrderTold, number
from trenddojo.brokers.adapters.interactive_brokers.line import Line
from trenddojo.brokers.adapters.interactive_brokers.loop import shared
from trenddojo.brokers.adapters.interactive_brokers.market import Market
from trenddojo.brokers.adapters.interactive_brokers.session import Session
from trenddojo.brokers.adapters.interactive_brokers.symbols import asset_type
from trenddojo.brokers.base import BrokerClient, Unsubscribe
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.types import (
    AccountInfo,
    Balances,
    Bar,
    ConnectionStatus,
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
    SubmitStatus,
    Timeframe,
    ValidationResult,
)
from trenddojo.brokers.validation import problems
from trenddojo.domain.terms import Mode

if TYPE_CHECKING:
    from trenddojo.brokers.spec import BrokerSpec, Building
    from trenddojo.domain.orders import OrderRequest, OrderUpdate


class InteractiveBrokersClient(BrokerClient):
    """An account of a sign-in; the clients of several share the connection."""

    def __init__(
        self,
        spec: BrokerSpec,
        building: Building,
        session: Session | None = None,
        market: Market | None = None,
        account: str | None = None,
    ) -> None:
        self.name, self._spec, self._building = spec.name, spec, building
        self._session = session or Session(building)
        self._chosen = account
        self._market = market or Market(self._session, building)

    # ---- the connection

    def connect(self) -> None:
        """Connect to the gateway, prove that it is signed in to the mode's accounts, and learn what they have."""
        self._session.connect()

    def disconnect(self) -> None:
        """Let go of the connection."""
        self._market.stop()
        self._session.disconnect()

    @property
    def is_connected(self) -> bool:
        """Whether the connection to the gateway stands."""
        return self._session.is_connected

    def get_connection_status(self) -> ConnectionStatus:
        """Whether the gateway answers, by its clock. One that has lost IBKR mends by itself."""
        if not self.is_connected:
            return ConnectionStatus(is_connected=False, is_healthy=False, error=None, since=self._session.since)
        error = None
        try:
            self._session.ask(lambda line: line.time(limits.PROBE), limits.PROBE)
        except BrokerError as met:
            error = met.message
        return ConnectionStatus(
            is_connected=self.is_connected, is_healthy=error is None, error=error, since=self._session.since
        )

    @property
    def stream_state(self) -> StreamState | None:
        """How the gateway's own lines stand: what it tells comes by the connection itself."""
        if not self.is_connected:
            return None
        is_cut_off = self._session.is_cut_off
        return StreamState(
            is_live=not is_cut_off, error=self._session.trouble, since=self._session.since, is_cut_off=is_cut_off
        )

    def subscribe_to_order_events(self, callback: Callable[[str], None]) -> Unsubscribe:
        """Tell of every order, fill and commission, and of each time that the gateway's line to IBKR is back."""
        return self._session.listen(callback)

    def list_accounts(self) -> tuple[str, ...]:
        """The accounts of the sign-in."""
        return self._session.accounts

    def for_account(self, account_id: str) -> BrokerClient:
        """The client of one of them. Raises BrokerError for another."""
        if account_id not in self._session.accounts:
            message = "The gateway is signed in to other accounts than before."
            raise BrokerError(message, BrokerErrorCode.AUTHENTICATION_FAILED, NAME)
        return InteractiveBrokersClient(self._spec, self._building, self._session, self._market, account_id)

    # ---- the account

    def get_account_info(self) -> AccountInfo:
        """The account's figures, which the gateway tells when they change, and every three minutes."""
        told, is_paper = self._figures(), self._building.mode is Mode.PAPER
        return mapping.account(told, self._building.clock(), self._session.values(), is_paper=is_paper)

    def get_positions(self) -> list[Position]:
        """Everything that is held. Prices are told of the first account of a sign-in only."""
        told = self._session.ask(lambda line: line.positions(limits.ASK))
        marks, rates = self._session.marks(), mapping.rates(self._account, self._session.values())
        held = [one for one in told if one.account == self._account and one.quantity]
        self._session.instruments.learn([one.contract for one in held])
        found = (
            mapping.position(
                one,
                self._symbol(one.contract),
                marks.get((one.account, one.contract.conId)),
                rates.get(one.contract.currency),
            )
            for one in held
        )
        return [one for one in found if one is not None]

    def get_balances(self) -> Balances:
        """The account's money."""
        return mapping.balances(self._figures(), self._building.clock())

    def get_margin_requirements(self, symbol: str, quantity: Decimal) -> MarginInfo:
        """What a position would tie up, as IBKR itself reckons it for a market order that is not sent."""
        price = self._market.quote(symbol).last
        order = shared().library.an_order(sending.what_if(quantity, self._account))
        contract = self._market.contract(symbol)
        (place,) = self._session.numbers(1)
        told = self._session.ask(lambda line: line.what_if(place, contract, order, limits.ASK))
        return MarginInfo(
            symbol=symbol,
            quantity=quantity,
            price=price,
            initial_margin=self._margin(told.initMarginChange),
            maintenance_margin=self._margin(told.maintMarginChange),
            commission=number(told.commission),
        )

    def get_risk_metrics(self) -> RiskMetrics:
        """How the account is exposed."""
        return mapping.risk(self._figures(), self.get_positions())

    # ---- orders

    def validate_order(self, request: OrderRequest) -> ValidationResult:
        """What stands against an order: its form, its symbol, and the grid of its prices."""
        self._here()
        errors = {**problems(self._spec.capabilities, request).errors}
        try:
            tick = self._session.instruments.tick(request.symbol)
        except BrokerError as error:
            if error.code is not BrokerErrorCode.SYMBOL_NOT_FOUND:
                raise
            return ValidationResult(errors={**errors, "symbol": error.message})
        errors = {**checks.off_grid(request, tick), **errors}
        is_open = self._market.hours(request.symbol).is_open
        warnings = () if is_open else ("The market is closed: the order rests until it opens.",)
        return ValidationResult(errors=errors, warnings=warnings)

    def place_order(self, request: OrderRequest) -> OrderResponse:
        """Send the order with its exits, once, under numbers that were never used."""
        with checks.unsent():
            orders = self._outgoing(request)
        told = self._session.send(lambda line: acts.place(line, orders))
        with checks.sent():
            (found,) = self._families(told)
            return _response(found)

    def cancel_order(self, order_id: str) -> None:
        """Ask for an order's end, by this client's number for it."""
        with checks.unsent():
            told = self._own(order_id)
        self._session.send(lambda line: acts.cancel(line, told))

    def modify_order(self, order_id: str, update: OrderUpdate) -> OrderResponse:
        """Send a working order again, changed. It keeps its id."""
        checks.require_quantity(update)
        with checks.unsent():
            told = self._own(order_id)
            is_child = bool(told.order.parentId) and self._works(told.order.parentId)
            terms = {**sending.changed(told.order, update, is_child=is_child), "orderId": told.number}
            contract, order = self._market.contract(self._symbol(told.contract)), shared().library.an_order(terms)
        self._session.send(lambda line: acts.change(line, told, contract, order))
        with checks.sent():
            return _response(self._chosen_of(self._told(), lambda one: one.perm_id == told.perm_id)[0])

    def get_order_status(self, order_id: str) -> Order:
        """One order with its exits."""
        found = self._sought(lambda one: mapping.identity(one) == order_id)
        if not found:
            raise _not_found()
        return found[0]

    def find_order(self, client_order_id: str) -> Order | None:
        """The order that carries our reference, among those that work, those that ended today, and today's fills.

        Raises BrokerError (API_ERROR) where more than one does, or fills alone: a person has to look.
        """
        found = self._sought(lambda one: _reference(one) == client_order_id)
        if len(found) == 1:
            return found[0]
        fills, _ = self._asked_fills()
        if found or any(one.execution.orderRef == client_order_id for one in fills):
            message = f"Several things at IBKR carry the reference {client_order_id}. Look at them in TWS."
            raise BrokerError(message, BrokerErrorCode.API_ERROR, NAME, {"reason": "ambiguous_reference"})
        return None

    def get_open_orders(self) -> list[Order]:
        """Every order that works or rests, of whichever client of the gateway."""
        told = self._session.ask(_open_orders)
        return [
            one
            for one in self._families(self._mine(told))
            if any(not each.status.is_final for each in (one, *one.legs))
        ]

    def get_order_history(self, days: int = 30) -> list[Order]:
        """Every order that works, and those that ended since midnight: IBKR tells of none that ended before."""
        self._session.ask(lambda line: line.completed_orders(limits.ASK))
        start = self._building.clock() - timedelta(days=days)
        found = [one for one in self._families(self._told()) if one.submitted_at >= start]
        return sorted(found, key=lambda one: one.submitted_at)

    def get_executions(self, cursor: str | None = None) -> Executions:
        """Every fill since midnight, because what one cost may come long after it."""
        fills, costs = self._asked_fills()
        told = [mapping.execution(one, self._symbol(one.contract), costs.get(one.execution.execId)) for one in fills]
        told.sort(key=lambda one: (one.at, one.execution_id))
        return Executions(fills=tuple(told), cursor=self._building.clock().isoformat())

    # ---- the market

    def is_tradable(self, symbol: str) -> bool:
        """Whether IBKR knows the instrument."""
        return self._market.is_known(symbol)

    def get_market_data(self, symbol: str) -> MarketData:
        """The quote of one symbol, live where it is subscribed, delayed where not."""
        return self._market.quote(symbol)

    def get_quotes(self, symbols: Sequence[str]) -> Mapping[str, MarketData | NoQuote]:
        """The quotes of several symbols, without those that IBKR does not know."""
        self._here()
        return self._market.quotes([symbol for symbol in symbols if self._market.is_known(symbol)])

    def get_bars(self, symbol: str, timeframe: Timeframe, start: datetime, end: datetime) -> list[Bar]:
        """The bars of the regular session that begin in [start, end), oldest first."""
        return self._market.bars(symbol, timeframe, start, end)

    def get_market_hours(self) -> MarketHours:
        """The sessions of US shares, as the gateway tells them."""
        return self._market.hours()

    def subscribe_to_market_data(self, symbol: str, callback: Callable[[MarketData], None]) -> Unsubscribe:
        """Quotes by the symbol's line of market data, once a second where they change."""
        return self._market.subscribe(symbol, callback)

    # ---- within

    def _outgoing(self, request: OrderRequest) -> list[acts.Sending]:
        """An order and its exits as they are to be sent. Raises BrokerError where something stands against it."""
        self._here()
        checks.require_none(problems(self._spec.capabilities, request).errors)
        contract, library = self._market.contract(request.symbol), shared().library
        checks.require_none(checks.off_grid(request, self._session.instruments.known_tick(request.symbol)))
        self._require_new(request.client_order_id)
        members = sending.family(request, self._account)
        numbers = self._session.numbers(len(members))
        parent = {"parentId": numbers[0]}
        return [
            (place, contract, library.an_order({**one.terms, **(parent if one.is_child else {}), "orderId": place}))
            for place, one in zip(numbers, members, strict=True)
        ]

    @property
    def _account(self) -> str:
        return self._chosen or self._session.accounts[0]

    def _here(self) -> None:
        """Raises NotSent without a connection."""
        self._session.accounts  # noqa: B018 - it raises

    def _figures(self) -> mapping.Figures:
        return mapping.Figures.of(self._account, self._session.values())

    def _symbol(self, contract: Any) -> str:
        return self._session.instruments.symbol(contract)

    def _margin(self, told: str) -> Decimal:
        found = number(told)
        if found is None:
            raise BrokerError("IBKR does not say what this would tie up.", BrokerErrorCode.API_ERROR, NAME)
        return abs(found)

    def _asked_fills(self) -> tuple[list[FillTold], Any]:
        """The account's fills of today that count, and what each cost."""
        self._session.ask(lambda line: line.refresh_fills(limits.ASK))
        fills, costs = self._session.fills()
        mine = [one for one in mapping.roots(fills) if one.execution.acctNumber == self._account]
        self._session.instruments.learn([one.contract for one in mine])
        return [one for one in mine if asset_type(one.contract)], costs

    def _sought(self, is_it: Callable[[OrderTold], bool]) -> list[Order]:
        """The orders of the account, exits among them, that are meant: open first, so that none ends in between."""
        self._session.ask(lambda line: line.open_orders(limits.ASK))
        self._session.ask(lambda line: line.completed_orders(limits.ASK))
        return self._chosen_of(self._told(), is_it)

    def _chosen_of(self, told: Sequence[OrderTold], is_it: Callable[[OrderTold], bool]) -> list[Order]:
        wanted = {mapping.identity(one) for one in told if is_it(one)}
        every = [each for one in self._families(told) for each in (one, *one.legs)]
        return [one for one in every if one.order_id in wanted]

    def _told(self) -> list[OrderTold]:
        """Every order of the account's that IBKR has, as far as it was told."""
        return [one for one in self._mine(self._session.orders()) if one.is_known]

    def _mine(self, told: Iterable[OrderTold]) -> list[OrderTold]:
        """Those of this account, for instruments that this house has a form for."""
        return [one for one in told if one.order.account in ("", self._account) and asset_type(one.contract)]

    def _families(self, told: Sequence[OrderTold]) -> list[Order]:
        """Orders with their exits."""
        self._session.instruments.learn([one.contract for one in told])
        fills, _ = self._session.fills()
        return Families(told, mapping.roots(fills), self._symbol, self._session.seen, self._is_over).orders()

    def _is_over(self, contract: Any) -> bool:
        """Whether the market of an instrument is closed."""
        return not self._market.hours(self._symbol(contract)).is_open

    def _own(self, order_id: str) -> OrderTold:
        """An order that works, and that this client may change. Raises BrokerError."""
        self._session.ask(lambda line: line.open_orders(limits.ASK))
        told = next((one for one in self._told() if mapping.identity(one) == order_id), None)
        if told is None:
            raise _not_found()
        if told.completed is not None or told.status in ("Filled", "Cancelled", "ApiCancelled"):
            raise BrokerError("The order has ended.", BrokerErrorCode.ORDER_REJECTED, NAME, {"reason": "already_final"})
        if told.client_id != self._session.place.client_id or told.number <= 0:
            message = f"The order belongs to client {told.client_id} of the gateway. Change it there, or in TWS."
            raise BrokerError(message, BrokerErrorCode.ORDER_REJECTED, NAME, {"reason": "other_client"})
        return told

    def _works(self, place: int) -> bool:
        """Whether the order of this number still works."""
        mine = (one for one in self._session.orders() if one.client_id == self._session.place.client_id)
        return any(one.number == place and one.status not in ("Filled", "Cancelled") for one in mine)

    def _require_new(self, reference: str) -> None:
        """IBKR takes the same reference twice: it is up to us that none is."""
        if any(_reference(one) == reference for one in self._session.orders()):
            message = "An order with this reference is at IBKR already."
            raise BrokerError(message, BrokerErrorCode.ORDER_REJECTED, NAME, {"reason": "duplicate_client_order_id"})


async def _open_orders(line: Line) -> list[OrderTold]:
    return [one.copy() for one in await line.open_orders(limits.ASK)]


def _reference(told: OrderTold) -> str:
    return str((told.completed or told.order).orderRef)


def _response(order: Order) -> OrderResponse:
    return OrderResponse(
        order_id=order.order_id,
        client_order_id=order.client_order_id,
        symbol=order.symbol,
        status=SubmitStatus.of(order.status),
        order=order,
    )


def _not_found() -> BrokerError:
    message = "IBKR has no such order, among those that work and those that ended today."
    return BrokerError(message, BrokerErrorCode.ORDER_REJECTED, NAME, {"reason": "not_found"})
