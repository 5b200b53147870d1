"""A local TWS or IB Gateway: see the package's own words on how to use it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.brokers.interactive_brokers.gateway.account import Account
from tests.brokers.interactive_brokers.gateway.asked import Asked
from tests.brokers.interactive_brokers.gateway.book import Book
from tests.brokers.interactive_brokers.gateway.clients import Clients
from tests.brokers.interactive_brokers.gateway.context import Context
from tests.brokers.interactive_brokers.gateway.faults import Faults
from tests.brokers.interactive_brokers.gateway.figures import Figures
from tests.brokers.interactive_brokers.gateway.hub import Hub
from tests.brokers.interactive_brokers.gateway.instruments import Instruments
from tests.brokers.interactive_brokers.gateway.orders import Fill, Order
from tests.brokers.interactive_brokers.gateway.placing import Placing
from tests.brokers.interactive_brokers.gateway.prices import Market
from tests.brokers.interactive_brokers.gateway.rules import Rules
from tests.brokers.interactive_brokers.gateway.server import Server
from tests.brokers.interactive_brokers.gateway.switches import Switches
from tests.brokers.interactive_brokers.gateway.telling import Teller
from tests.brokers.interactive_brokers.gateway.typed import typed_ticket
from tests.brokers.interactive_brokers.gateway.weather import SENTENCES

STARTING_CASH = Decimal(100_000)
PAPER_ACCOUNTS, LIVE_ACCOUNTS = ("DU1234567",), ("U1234567",)
Amount = Decimal | str | int
Which = Order | int | str
"""An order, by itself, its permanent id, or its orderRef."""


class Gateway(Switches):
    """The gateway as its operator and IBKR see it. Everything may be called from any thread.

    `faults` is what goes wrong by script, `accounts` the ledger by account id, `instruments` what is known and may be
    added to.
    """

    def __init__(
        self, clock: Callable[[], datetime], *, accounts: Sequence[str], cash: Decimal = STARTING_CASH, **switches: Any
    ) -> None:
        super().__init__(**switches)
        self.faults = Faults()
        self.instruments = Instruments()
        self.accounts = {account: Account(account, cash) for account in accounts}
        self._now: Callable[[], datetime] = lambda: clock().astimezone(UTC)
        self._market = Market(self._now, self.instruments)
        self._clients = Clients(self)
        self._teller = Teller(self._clients, self)
        self._book = Book(self.accounts, self._market, self, self._now, self._teller)
        rules = Rules(self.instruments, tuple(accounts), self)
        self._placing = Placing(self._book, rules, self._now)
        context = Context(
            tuple(accounts), self, self._now, self.instruments, self._market, self._clients, self._book, self._placing
        )
        self._hub = Hub(context, self._teller, self.faults)
        self._server = Server(self._hub.serve)

    # --- where it is

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def is_live(self) -> bool:
        """Whether any account is a real one."""
        return not all(account.startswith("D") for account in self.accounts)

    # --- what tests see

    @property
    def orders(self) -> list[Order]:
        """Every order that ever was, oldest first, those that were never transmitted among them."""
        with self._hub.lock:
            return list(self._book.orders)

    @property
    def open_orders(self) -> list[Order]:
        with self._hub.lock:
            return self._book.open_orders

    @property
    def fills(self) -> list[Fill]:
        """Every execution that stands, oldest first, corrections instead of what they correct."""
        with self._hub.lock:
            return [fill for fill in self._book.executions.fills if not fill.is_replaced]

    @property
    def positions(self) -> dict[str, Decimal]:
        """What is held of each instrument in all accounts together, by the name that tests use."""
        with self._hub.lock:
            found: dict[str, Decimal] = {}
            for account in self.accounts.values():
                for held in account.holdings.values():
                    found[held.instrument.name] = found.get(held.instrument.name, Decimal(0)) + held.quantity
            return {name: quantity for name, quantity in found.items() if quantity}

    @property
    def cash(self) -> Decimal:
        """In USD, of the first account."""
        return next(iter(self.accounts.values())).cash["USD"]

    def figures(self, account: str | None = None) -> Figures:
        """Equity, margins and the like, of the first account unless told."""
        return self._book.figures(account or next(iter(self.accounts)))

    def order(self, which: Which) -> Order:
        """The newest that fits. Raises KeyError."""
        if isinstance(which, Order):
            return which
        with self._hub.lock:
            found = [order for order in self._book.orders if which in (order.perm_id, order.ref)]
        if not found:
            raise KeyError(which)
        return found[-1]

    @property
    def clients(self) -> list[int]:
        """The ids of who is connected and let in."""
        with self._hub.lock:
            return sorted(client.id for client in self._clients.ready if client.id is not None)

    def asked(self, kind: str) -> list[Asked]:
        """What has come so far of a kind, by EClient's name for it."""
        return [asked for asked in list(self._hub.log) if asked.kind == kind]

    def wait_for(self, is_so: Callable[[], object], seconds: float = 10) -> bool:
        """Until something is so once a message has come; False where it does not come in time."""
        with self._hub.heard:
            return bool(self._hub.heard.wait_for(is_so, seconds))

    # --- prices and time

    def price(self, name: str) -> Decimal:
        """What an instrument costs now."""
        return self._market.price(self.instruments.named(name))

    def set_price(self, name: str, price: Amount) -> None:
        """Fix an instrument's price, and let happen what follows."""
        with self._hub.lock:
            self._market.fix(self.instruments.named(name), Decimal(price))
            self._hub.turn()

    def settle(self) -> None:
        """Let happen what is due, as before and after every message."""
        with self._hub.lock:
            self._hub.turn()

    # --- what IBKR does

    def fill(self, which: Which, quantity: Amount | None = None, price: Amount | None = None) -> Fill:
        """Execute an order, all of the rest at the present price unless told, in whatever state it is."""
        with self._hub.lock:
            order = self.order(which)
            much = order.remaining if quantity is None else Decimal(quantity)
            at = self._market.price(order.instrument) if price is None else Decimal(price)
            fill = self._book.fill(order, much, at)
            self._hub.turn()
            return fill

    def correct(self, fill: Fill, quantity: Amount | None = None, price: Amount | None = None) -> Fill:
        """Another execution takes a fill's place, under an id with a higher last part."""
        with self._hub.lock:
            much = fill.quantity if quantity is None else Decimal(quantity)
            new = self._book.correct(fill, much, fill.price if price is None else Decimal(price))
            self._hub.turn()
            return new

    def reject(self, which: Which, reason: str = "rejected by the exchange", code: int = 201) -> None:
        """Refuse an order that was accepted before."""
        with self._hub.lock:
            self._book.reject(self.order(which), code, f"Order rejected - reason:{reason}")
            self._hub.turn()

    def cancel(self, which: Which, reason: str = "") -> None:
        """End an order without having been asked."""
        with self._hub.lock:
            self._book.end_cancelled(self.order(which), reason)
            self._hub.turn()

    def expire(self, which: Which) -> None:
        with self._hub.lock:
            self._book.expire(self.order(which))
            self._hub.turn()

    def release_commissions(self) -> None:
        """Report every commission that is not told yet."""
        with self._hub.lock:
            self._teller.release_commissions()
            self._hub.turn()

    def type_in(self, action: str, name: str, quantity: Amount, **terms: Any) -> Order:
        """An order that a person types into TWS: it has client id and order id 0, until client 0 binds it.

        `terms` are fields of placeOrder, as orderType="LMT", lmtPrice="180", tif="GTC", account="DU1".
        """
        with self._hub.lock:
            return self._entered(0, self._hub.orders.typed_number(), action, name, quantity, terms)

    def place_as(self, client_id: int, action: str, name: str, quantity: Amount, **terms: Any) -> Order:
        """An order of another API client, who need not be connected."""
        return self._entered(client_id, self._placing.take_id(client_id), action, name, quantity, terms)

    def _entered(
        self, client_id: int, order_id: int, action: str, name: str, quantity: Amount, terms: dict[str, Any]
    ) -> Order:
        with self._hub.lock:
            ticket = typed_ticket(order_id, self.instruments.named(name), action, Decimal(quantity), terms)
            order = self._placing.enter(client_id, ticket)
            self._hub.turn()
            return order

    # --- what goes wrong with the lines

    def announce(self, code: int, text: str | None = None) -> None:
        """A system message to everybody, in the usual words unless told."""
        with self._hub.lock:
            self._clients.announce(code, SENTENCES[code] if text is None else text)
            self._clients.flush()

    def cut_off(self) -> None:
        """The gateway loses IBKR (1100): it learns nothing of orders, and what it is asked waits."""
        with self._hub.lock:
            self._hub.turn()
            self._teller.is_cut_off = True
            self.announce(1100)

    def restore(self, *, data_lost: bool = False, answers: bool = True) -> None:
        """The line to IBKR is back (1102, or 1101 with the market data lost): what was asked is done, or is lost."""
        with self._hub.lock:
            self.announce(1101 if data_lost else 1102)
            if data_lost:
                self._hub.data.lose()
            self._teller.catch_up()
            self._hub.turn()
            self._hub.take_up(answers=answers)

    def release(self) -> None:
        """Send all answers that a fault holds."""
        with self._hub.lock:
            self._hub.release()

    def let_in(self) -> None:
        """Somebody signs in: whoever waits is let in."""
        with self._hub.lock:
            self.login = "ready"
            self._hub.door.let_in_all()
            self._clients.flush()

    def forget_clients(self) -> None:
        """Free the ids of dead clients."""
        with self._hub.lock:
            self._clients.forget()

    def send_raw(self, data: bytes) -> None:
        """Bytes to everybody, whatever they are."""
        with self._hub.lock:
            for client in self._clients.all:
                client.send(data)

    def drop_connections(self, *, abort: bool = False) -> None:
        """Cut all connections; with `abort` by a reset."""
        with self._hub.lock:
            for client in list(self._clients.all):
                client.hang_up(abort=abort)
                self._clients.ended(client)

    def go_down(self) -> None:
        """As when it restarts: the connections end, and new ones are refused."""
        self._server.refuse()
        self.drop_connections()

    def come_up(self, *, rewind_ids: bool = False) -> None:
        """Be there again on the same port, with all orders; with `rewind_ids`, every client's numbers begin at 1."""
        with self._hub.lock:
            self._clients.forget()
            if rewind_ids:
                self._placing.rewind()
        self._server.listen()

    def restart(self, *, rewind_ids: bool = False) -> None:
        self.go_down()
        self.come_up(rewind_ids=rewind_ids)

    def move_port(self) -> int:
        """Listen on another port, tell everybody (1300), and drop the connections."""
        self._server.move()
        text = "TWS socket port has been reset and this connection is being dropped. Please reconnect on the new port"
        self.announce(1300, f"{text} - {self.port}")
        self.drop_connections()
        return self.port

    def start(self) -> None:
        self._server.listen()

    def stop(self) -> None:
        self._hub.stop()
        self._server.stop()


@contextmanager
def gateway(
    clock: Callable[[], datetime],
    *,
    live: bool = False,
    accounts: Sequence[str] | None = None,
    cash: Decimal = STARTING_CASH,
    **switches: Any,
) -> Iterator[Gateway]:
    """A gateway on this machine until the block ends, signed in to `accounts`. See `Switches` for the rest."""
    made = Gateway(clock, accounts=accounts or (LIVE_ACCOUNTS if live else PAPER_ACCOUNTS), cash=cash, **switches)
    made.start()
    try:
        yield made
    finally:
        made.stop()
