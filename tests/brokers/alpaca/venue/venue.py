"""A local Alpaca with one account, for tests: real HTTP and websockets, and a ledger of its own to judge by.

with alpaca_venue(clock) as venue:
    venue.set_price("AAPL", "190")
    venue.faults.lose_answer("POST", "^/v2/orders$")
    client = connect(venue.base_url, *venue.keys)
    ...
    assert venue.positions == {"AAPL": Decimal(10)}
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from email.utils import format_datetime
from threading import Condition, RLock
from typing import Any
from uuid import uuid4

from tests.brokers.alpaca.venue.account import Account, Entry, Fill
from tests.brokers.alpaca.venue.account_api import AccountApi
from tests.brokers.alpaca.venue.activities import Activities
from tests.brokers.alpaca.venue.assets import Assets
from tests.brokers.alpaca.venue.book import Book
from tests.brokers.alpaca.venue.data_api import DataApi, is_data
from tests.brokers.alpaca.venue.faults import Faults
from tests.brokers.alpaca.venue.figures import Figures
from tests.brokers.alpaca.venue.keys import KEYS, LIVE_KEYS, check_keys
from tests.brokers.alpaca.venue.market_data import MarketData, quote_document, trade_document
from tests.brokers.alpaca.venue.orders import Order
from tests.brokers.alpaca.venue.orders_api import OrdersApi
from tests.brokers.alpaca.venue.prices import Prices
from tests.brokers.alpaca.venue.rates import Rates
from tests.brokers.alpaca.venue.refusals import Refusal
from tests.brokers.alpaca.venue.routes import Routes
from tests.brokers.alpaca.venue.rules import Rules
from tests.brokers.alpaca.venue.server import HttpServer
from tests.brokers.alpaca.venue.streams import Streams
from tests.brokers.alpaca.venue.switches import Switches
from tests.brokers.alpaca.venue.times import Timepiece, short
from tests.brokers.alpaca.venue.wire import Asked, Reply

STARTING_CASH = Decimal(100_000)


class Venue(Switches):
    """Alpaca as one account sees it. Everything may be called from any thread.

    `account` is the ledger, `requests` all that was asked, oldest first, `faults` what goes wrong by script, `streams`
    the websockets.
    """

    def __init__(
        self, clock: Callable[[], datetime], *, live: bool, keys: tuple[str, str], cash: Decimal = STARTING_CASH
    ) -> None:
        super().__init__()
        self.is_live = live
        self.keys = keys
        self.oauth_token: str | None = None
        self.requests: list[Asked] = []
        self.faults = Faults()
        self.assets = Assets()
        self._lock = RLock()
        self._heard = Condition()
        self._time = Timepiece(clock, self)
        self.prices = Prices(self._time.now)
        self.account = Account(str(uuid4()), "912345678" if live else "PA3VENUE0001", self._time.now(), cash)
        self.activities = Activities(self.account)
        self.data = MarketData(self.prices)
        self.streams = Streams(keys, self.data, self.prices, self._time.now)
        rules = Rules(self.account, self.prices, self.assets)
        self.book = Book(self.account, self.prices, rules, self._time, self, self._tell)
        now = self._time.now
        self._trading = Routes(
            *AccountApi(self.account, self.prices, self.assets, self.activities, now).routes(),
            *OrdersApi(self.account, self.book, self.prices, self.assets, now).routes(),
        )
        self._market = DataApi(self.data, self, self._time.now)
        self._rates = Rates(self, self._time.now)
        self._server = HttpServer(
            self._arrived, self._answer, self._headers, self.faults, self.streams.is_stream, self.streams.serve
        )

    # --- where it is

    @property
    def base_url(self) -> str:
        """Of the trading host, without /v2."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def data_url(self) -> str:
        """Of the data host, which is the same server."""
        return self.base_url

    @property
    def stream_url(self) -> str:
        """Of the order events."""
        return f"ws://127.0.0.1:{self._server.server_port}/stream"

    @property
    def data_stream_url(self) -> str:
        """Of the market data, without the feed's name."""
        return f"ws://127.0.0.1:{self._server.server_port}/v2"

    # --- what tests see

    @property
    def orders(self) -> list[Order]:
        """Every order and leg that ever was, oldest first."""
        with self._lock:
            return list(self.account.orders.values())

    @property
    def open_orders(self) -> list[Order]:
        with self._lock:
            return list(self.account.open_orders.values())

    @property
    def fills(self) -> list[Fill]:
        with self._lock:
            return list(self.account.fills)

    @property
    def positions(self) -> dict[str, Decimal]:
        """What is held of each symbol, negative when short."""
        with self._lock:
            return {symbol: holding.qty for symbol, holding in self.account.holdings.items()}

    @property
    def cash(self) -> Decimal:
        return self.account.cash

    @property
    def figures(self) -> Figures:
        """Equity, buying power and the like."""
        return Figures(self.account, self.prices)

    def order(self, order_id: str) -> Order:
        """By the venue's id or the client's. Raises KeyError."""
        with self._lock:
            return self.account.orders.get(order_id) or self.account.by_client_id[order_id]

    def asked(self, method: str, path: str = "") -> list[Asked]:
        """The requests so far of a method whose path begins like this."""
        return [asked for asked in list(self.requests) if asked.method == method and asked.path.startswith(path)]

    def wait_for(self, is_so: Callable[[], object], seconds: float = 10) -> bool:
        """Until something is so of the requests; False where it does not come in time."""
        with self._heard:
            return bool(self._heard.wait_for(is_so, seconds))

    # --- what tests make happen

    def set_price(self, symbol: str, price: Decimal | str) -> None:
        """Fix a symbol's price, and let happen what follows."""
        with self._lock:
            self.prices.fix(symbol, Decimal(price))
            self.streams.tick(symbol)
            self.book.settle()

    def settle(self) -> None:
        """Let happen what is due, as before every request."""
        with self._lock:
            self.book.settle()

    def fill(self, order_id: str, quantity: Decimal | str | None = None, price: Decimal | str | None = None) -> Fill:
        """Execute an order, all of the rest at the present price unless told, in whatever state it is."""
        with self._lock:
            qty, at = (None if value is None else Decimal(value) for value in (quantity, price))
            return self.book.fill(self.order(order_id), qty, at)

    def expire(self, order_id: str) -> None:
        with self._lock:
            self.book.expire(self.order(order_id))

    def reject(self, order_id: str) -> None:
        """Refuse an order that was accepted before."""
        with self._lock:
            self.book.reject(self.order(order_id))

    def cancel_silently(self, order_id: str) -> None:
        """End one order without its family and without an event."""
        with self._lock:
            self.book.cancel_silently(self.order(order_id))

    def book_late(self, reads: int) -> None:
        """The next fill is among the activities only after so many further reads of them."""
        with self._lock:
            self.activities.book_late(reads)

    def post(self, activity_type: str, net_amount: Decimal | str, **fields: Any) -> Entry:
        """A dividend, a fee, a deposit: an activity that is no trade and moves the cash."""
        with self._lock:
            return self.account.post(activity_type, Decimal(net_amount), self._time.now(), **fields)

    def push_quote(self, symbol: str, bid: Decimal | str, ask: Decimal | str) -> None:
        """A quote in the market data stream, whatever the price is."""
        self.streams.push("quotes", symbol, quote_document(symbol, Decimal(bid), Decimal(ask), self._time.now()))

    def push_trade(self, symbol: str, price: Decimal | str, size: int = 100) -> None:
        """A trade in the market data stream."""
        self.streams.push("trades", symbol, trade_document(symbol, Decimal(price), self._time.now(), size))

    def push_bar(self, symbol: str, **bar: float) -> None:
        """A minute in the market data stream: o, h, l, c, v, n, vw."""
        self.streams.push("bars", symbol, {"t": short(self._time.now().replace(second=0, microsecond=0))} | bar)

    def drop_connections(self) -> None:
        """Cut all connections, HTTP's and websockets'."""
        self._server.drop_all()

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self.streams.close()
        self._server.stop()

    # --- answering

    def _arrived(self, asked: Asked) -> None:
        with self._heard:
            self.requests.append(asked)
            self._heard.notify_all()

    def _answer(self, asked: Asked) -> Reply:
        with self._lock, self._time.held():
            try:
                self._rates.count(asked.path)
                check_keys(asked, self.keys, self.oauth_token, is_live=self.is_live)
                status, document = self._called(asked)
            except Refusal as refusal:
                status, document = refusal.status, dict(refusal.body)
        return Reply(status, document)

    def _headers(self, reply: Reply) -> dict[str, str]:
        """What every answer carries; a gateway's has the date alone."""
        date = {"Date": format_datetime(self._time.now(), usegmt=True)}
        return date if reply.text is not None else date | {"X-Request-ID": uuid4().hex} | self._rates.headers()

    def _called(self, asked: Asked) -> tuple[int, object]:
        self.book.settle()
        if is_data(asked.path):
            return self._market.answer(asked.method, asked.path, asked.query)
        return self._trading.answer(asked.method, asked.path, asked.query, asked.document())

    def _tell(self, event: str, order: Order, at: datetime, fill: Fill | None) -> None:
        if fill is not None:
            self.activities.filled(fill)
        self.streams.tell(event, order, at, fill, self.account.held(order.symbol))


@contextmanager
def alpaca_venue(
    clock: Callable[[], datetime],
    *,
    live: bool = False,
    keys: tuple[str, str] | None = None,
    cash: Decimal = STARTING_CASH,
) -> Iterator[Venue]:
    """An Alpaca on this machine, where `keys` open one account, until the block ends."""
    venue = Venue(clock, live=live, keys=keys or (LIVE_KEYS if live else KEYS), cash=cash)
    venue.start()
    try:
        yield venue
    finally:
        venue.stop()
