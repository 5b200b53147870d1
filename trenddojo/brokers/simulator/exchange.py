"""The simulated exchange: one account's orders against a market. Time is handed in, and nothing is read or written.

What happens to an order depends on the orders and the market alone, never on when or how often anybody asks. Times
never run backwards: an earlier one than the last counts as the last.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from trenddojo.brokers.errors import BrokerErrorCode
from trenddojo.brokers.simulator import figures, past, restoring
from trenddojo.brokers.simulator.book import Book, Rules
from trenddojo.brokers.simulator.checks import Checks
from trenddojo.brokers.simulator.families import relatives
from trenddojo.brokers.simulator.ids import Ids
from trenddojo.brokers.simulator.ledger import Ledger
from trenddojo.brokers.simulator.market import Market
from trenddojo.brokers.simulator.opening import Opener
from trenddojo.brokers.simulator.orders import AT_ONCE, Ticket, told
from trenddojo.brokers.simulator.profile import Profile
from trenddojo.brokers.spec import Capabilities
from trenddojo.brokers.types import Balances, EquityPoint, Execution, MarginInfo, Order, Position, RiskMetrics
from trenddojo.domain.money import ZERO, cents, exactly
from trenddojo.domain.orders import OrderRequest, OrderStatus, OrderUpdate

NOT_AT_ONCE = "The rest could not be filled at once."


class Exchange:
    """One account. `connection` makes its ids its own; `broker` is the name that its errors carry.

    Methods that change or look at the account at a time first let everything happen that is due by then.
    """

    def __init__(
        self,
        market: Market,
        profile: Profile,
        capabilities: Capabilities,
        account_id: str,
        *,
        currency: str = "USD",
        connection: str = "",
        broker: str = "simulated",
    ) -> None:
        self.account_id = account_id
        self.currency = currency
        self._market = market
        self._profile = profile
        self._rules = Rules(capabilities.fraction_places, profile.exits_wait_for_all)
        ids = Ids(connection or account_id, profile.id_format)
        self._ledger = Ledger(ids, profile.commission, cents(profile.starting_cash))
        self._checks = Checks(broker, capabilities)
        self._opener = Opener(market, ids, self._ledger.next_number)
        self._books: dict[str, Book] = {}
        self._clock: datetime | None = None

    @classmethod
    def restored(
        cls,
        market: Market,
        profile: Profile,
        capabilities: Capabilities,
        texts: Mapping[str, str],
        account_id: str,
        *,
        currency: str = "USD",
        connection: str = "",
        broker: str = "simulated",
    ) -> "Exchange":
        """An exchange that goes on where the one that gave the texts stood; a new one without any.

        Raises ValueError, TypeError or LookupError for texts that no exchange gave.
        """
        exchange = cls(
            market, profile, capabilities, account_id, currency=currency, connection=connection, broker=broker
        )
        if texts:
            marks = restoring.restore(exchange._ledger, texts)
            exchange._resume(marks)
        return exchange

    def changed(self) -> dict[str, str]:
        """The texts by key that have changed since the last call: what `restored` needs, together with the others."""
        return restoring.changed(self._ledger, self._books.values())

    # ---- time and orders

    @exactly
    def advance(self, now: datetime) -> None:
        """Let everything happen that is due up to and including `now`."""
        self._advanced(now)

    @exactly
    def submit(self, request: OrderRequest, now: datetime) -> Order:
        """Take an order. Raises BrokerError where it is refused, and then keeps nothing of it."""
        now = self._advanced(now)
        self._check(request, now)
        is_exit = self._checks.is_exit(request, self._ledger.held(request.symbol))
        reserved = ZERO if is_exit else self._opener.reserved(request, now)
        self._check_funds(cents(request.quantity * reserved), now)
        tickets = self._opener.opened(request, now, reserved)
        book = self._books.setdefault(request.symbol, self._book(request.symbol, now))
        book.put(*tickets)
        self._settle(book, now)
        if request.time_in_force in AT_ONCE:
            self._end_rest(book, tickets[0].order_id, now)
        return self._told(tickets[0].order_id)

    @exactly
    def cancel(self, order_id: str, now: datetime) -> None:
        """End an order, with its attached exits as the broker does it. Raises BrokerError where it has ended."""
        now = self._advanced(now)
        ticket = self._open_ticket(order_id)
        book = self._books[ticket.symbol]
        family = relatives(ticket, book.open.values()) if self._profile.exits_wait_for_all else []
        book.end(ticket, OrderStatus.CANCELLED, now, None)
        for other in family:
            if other.order_id in book.open:
                book.end(other, OrderStatus.CANCELLED, now, None)

    @exactly
    def replace(self, order_id: str, update: OrderUpdate, now: datetime) -> Order:
        """Change a working order. Raises BrokerError where that is refused; the order then goes on as it was."""
        now = self._advanced(now)
        ticket = self._open_ticket(order_id)
        self._checks.update(ticket, update, self._ledger.held(ticket.symbol))
        if self._profile.replaces_with_new_id:
            self._check_client_id(update.client_order_id)
        after = self._opener.changed(ticket, update, now)
        self._check_funds(figures.value_reserved([after]) - figures.value_reserved([ticket]), now)
        after = replace(after, rank=self._ledger.next_number())
        book = self._books[ticket.symbol]
        others = relatives(ticket, book.open.values())
        if self._profile.replaces_with_new_id:
            old, after = self._opener.successor(ticket, after, update.client_order_id)
            book.put(old)
        book.put(after, *_following(ticket, after, update, others))
        self._settle(book, now)
        return self._told(after.order_id)

    # ---- what it tells

    def order(self, order_id: str) -> Order | None:
        """One order with its legs, as of the last time that the exchange was brought to."""
        return self._told(order_id) if order_id in self._ledger.tickets else None

    def by_client_id(self, cid: str) -> Order | None:
        """The order that carries a client's id."""
        ticket = self._ledger.by_client_id(cid)
        return None if ticket is None else self._told(ticket.order_id)

    def orders(self) -> list[Order]:
        """Every order ever taken, legs within their parents, in the order of submission."""
        return [self._told(one.order_id) for one in self._ledger.tickets.values() if one.parent_id is None]

    def open_orders(self) -> list[Order]:
        """Every order that has not ended, legs within their parents; by itself, a leg whose parent has ended."""
        tickets = self._ledger.tickets
        opened = sorted(self._open(), key=lambda one: one.number)
        is_top = (one.parent_id is None or not tickets[one.parent_id].is_open for one in opened)
        return [self._told(one.order_id) for one, top in zip(opened, is_top, strict=True) if top]

    def executions(self, since: int = 0) -> list[Execution]:
        """The fills, oldest first, without the first `since`."""
        return self._ledger.executions[since:]

    @exactly
    def positions(self, now: datetime) -> list[Position]:
        """Everything that is held, by symbol, at the prices of `now`."""
        return self._figures(self._advanced(now)).positions(self.currency)

    @exactly
    def balances(self, now: datetime) -> Balances:
        """The account's money at the prices of `now`."""
        now = self._advanced(now)
        return self._figures(now).balances(self.currency, now)

    @exactly
    def risk(self, now: datetime) -> RiskMetrics:
        """How the account is exposed at the prices of `now`."""
        return self._figures(self._advanced(now)).risk()

    @exactly
    def equity_history(self, days: int, now: datetime) -> list[EquityPoint]:
        """What the account was worth at the closes of the last `days` days and is worth at `now`, oldest first.

        It begins with the close before the first fill; empty before there is one.
        """
        now = self._advanced(now)
        ledger, start = self._ledger, now - timedelta(days=days)
        places = self._rules.fraction_places
        return past.equity(self._market, ledger.executions, cash=ledger.cash, places=places, start=start, now=now)

    @exactly
    def margin(self, symbol: str, quantity: Decimal, now: datetime) -> MarginInfo:
        """What `quantity` units, negative for a short, would tie up. Raises BrokerError for an unknown symbol."""
        self._check_symbol(symbol)
        return figures.margin(symbol, quantity, self._market.price(symbol, now), self._profile.leverage)

    # ---- within

    def _resume(self, marks: Iterable[restoring.Mark]) -> None:
        """Open the books where they stood."""
        for mark in marks:
            book = self._books[mark.symbol] = self._book(mark.symbol, mark.clock)
            book.spent = mark.spent
            self._clock = mark.clock if self._clock is None else max(mark.clock, self._clock)
        for ticket in self._ledger.tickets.values():
            if ticket.is_open:
                self._books[ticket.symbol].open[ticket.order_id] = ticket

    def _advanced(self, now: datetime) -> datetime:
        """Bring every book to `now`, or to the last time if that was later, and return that."""
        now = now if self._clock is None else max(now, self._clock)
        for book in self._books.values():
            book.advance(now)
        self._ledger.tell()
        self._clock = now
        return now

    def _settle(self, book: Book, now: datetime) -> None:
        """Let happen at once what an order's arrival or change makes possible."""
        book.advance(now)
        self._ledger.tell()

    def _end_rest(self, book: Book, order_id: str, now: datetime) -> None:
        if order_id in book.open:
            book.end(book.open[order_id], OrderStatus.CANCELLED, now, NOT_AT_ONCE)

    def _book(self, symbol: str, clock: datetime) -> Book:
        return Book(symbol, self._market, self._ledger, self._rules, clock)

    def _open(self) -> Iterator[Ticket]:
        return (ticket for book in self._books.values() for ticket in book.open.values())

    def _open_ticket(self, order_id: str) -> Ticket:
        ticket = self._ledger.tickets.get(order_id)
        if ticket is None:
            self._checks.refuse("There is no such order.", reason="not_found")
        self._checks.is_open(ticket)
        return ticket

    def _check(self, request: OrderRequest, now: datetime) -> None:
        self._checks.form(request)
        self._check_symbol(request.symbol)
        self._check_client_id(request.client_order_id)
        if request.time_in_force in AT_ONCE and self._market.sessions().session_at(now) is None:
            message = "The market is closed, and this order is for the instant."
            self._checks.refuse(message, BrokerErrorCode.MARKET_CLOSED)

    def _check_symbol(self, symbol: str) -> None:
        if not self._market.knows(symbol):
            self._checks.refuse(f"{symbol} is not traded here.", BrokerErrorCode.SYMBOL_NOT_FOUND, field="symbol")

    def _check_client_id(self, client_order_id: str) -> None:
        if self._ledger.by_client_id(client_order_id) is not None:
            self._checks.refuse("There is an order with this client id.", reason="duplicate_client_order_id")

    def _check_funds(self, cost: Decimal, now: datetime) -> None:
        """Refuse what costs more than there is buying power; what closes a position costs nothing."""
        if cost > 0 and cost > (available := self._figures(now).buying_power):
            message = f"The order needs {cost} {self.currency} of buying power, and {available} is left."
            code = BrokerErrorCode.INSUFFICIENT_FUNDS
            self._checks.refuse(message, code, needed=str(cost), available=str(available))

    def _figures(self, now: datetime) -> figures.Figures:
        held = self._ledger.holdings
        prices = {symbol: self._market.price(symbol, now) for symbol, holding in held.items() if holding.quantity}
        reserved = figures.value_reserved(self._open())
        return figures.Figures(self._ledger.cash, figures.valued(held, prices), self._profile.leverage, reserved)

    def _told(self, order_id: str) -> Order:
        ticket = self._ledger.tickets[order_id]
        return told(ticket, self._ledger.legs_of(ticket), self._profile)


def _following(before: Ticket, after: Ticket, update: OrderUpdate, others: Iterable[Ticket]) -> Iterator[Ticket]:
    """The legs of a changed order, under its new id and with its new quantity."""
    for leg in others:
        if leg.parent_id == before.order_id:
            quantity = leg.quantity if update.quantity is None else leg.filled + update.quantity
            awake = quantity if leg.awake == leg.quantity else leg.awake
            moved = replace(leg, parent_id=after.order_id, quantity=quantity, awake=awake)
            if moved != leg:
                yield replace(moved, updated_at=after.updated_at)
