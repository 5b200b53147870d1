"""The trading host's calls about orders and positions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from tests.brokers.alpaca.venue.account import Account
from tests.brokers.alpaca.venue.assets import Asset, Assets
from tests.brokers.alpaca.venue.book import Book
from tests.brokers.alpaca.venue.documents import Document, order_document, position_document
from tests.brokers.alpaca.venue.families import family
from tests.brokers.alpaca.venue.figures import Figures
from tests.brokers.alpaca.venue.intake import Ticket, read_ticket
from tests.brokers.alpaca.venue.listing import orders_listed, read_id
from tests.brokers.alpaca.venue.orders import Order
from tests.brokers.alpaca.venue.prices import Prices
from tests.brokers.alpaca.venue.refusals import Refusal, missing, not_found
from tests.brokers.alpaca.venue.replacing import read_change
from tests.brokers.alpaca.venue.routes import ONE, Answer, Call, Query, Route
from tests.brokers.alpaca.venue.wire import is_yes


@dataclass(frozen=True)
class OrdersApi:
    """Each call is made while the venue is locked, after the book was settled. All raise Refusal."""

    account: Account
    book: Book
    prices: Prices
    assets: Assets
    now: Callable[[], datetime]

    def routes(self) -> tuple[Route, ...]:
        return (
            ("POST", "/orders", self.place),
            ("GET", "/orders", self.get_orders),
            ("GET", "/orders:by_client_order_id", self.find_order),
            ("GET", f"/orders/{ONE}", self.get_order),
            ("PATCH", f"/orders/{ONE}", self.replace_order),
            ("DELETE", "/orders", self.cancel_orders),
            ("DELETE", f"/orders/{ONE}", self.cancel_order),
            ("GET", "/positions", self.get_positions),
            ("GET", f"/positions/{ONE}", self.get_position),
            ("DELETE", "/positions", self.close_positions),
            ("DELETE", f"/positions/{ONE}", self.close_position),
        )

    # --- orders

    def place(self, call: Call) -> Answer:
        return 200, self._placed(read_ticket(call.body))

    def get_orders(self, call: Call) -> Answer:
        return 200, orders_listed(self.account.orders, call.query)

    def get_order(self, call: Call) -> Answer:
        return 200, order_document(self._order(call.name), nested=is_yes(call.query, "nested"))

    def find_order(self, call: Call) -> Answer:
        client_order_id = call.query.get("client_order_id")
        if not client_order_id:
            raise missing("client_order_id is missing")
        if client_order_id not in self.account.by_client_id:
            raise not_found("order not found")
        return 200, order_document(self.account.by_client_id[client_order_id])

    def replace_order(self, call: Call) -> Answer:
        new = self.book.replace(self._order(call.name), read_change(call.body))
        told = order_document(new, nested=True)
        self.book.settle()
        return 200, told | ({"status": "pending_new", "failed_at": None} if new.status == "rejected" else {})

    def cancel_order(self, call: Call) -> Answer:
        self.book.cancel(self._order(call.name))
        return 204, None

    def cancel_orders(self, _call: Call) -> Answer:
        shown = [order for order in self.account.open_orders.values() if not _is_asleep(order)]
        return 207, [self._cancelled(order) for order in shown]

    # --- positions

    def get_positions(self, _call: Call) -> Answer:
        return 200, [self._position(symbol) for symbol in self.account.holdings]

    def get_position(self, call: Call) -> Answer:
        return 200, self._position(self._held(call.name).symbol)

    def close_position(self, call: Call) -> Answer:
        return 200, self._closed(self._held(call.name), call.query)

    def close_positions(self, call: Call) -> Answer:
        if is_yes(call.query, "cancel_orders"):
            self.cancel_orders(call)
            self.book.finish_cancels()
        rows = []
        for symbol in list(self.account.holdings):
            try:
                status, body = 200, self._closed(self._held(symbol), {})
            except Refusal as refusal:
                status, body = refusal.status, dict(refusal.body)
            rows.append({"symbol": symbol.replace("/", ""), "status": status, "body": body})
        return 207, rows

    # --- parts

    def _order(self, order_id: str) -> Order:
        order = self.account.orders.get(read_id(order_id))
        if order is None:
            raise not_found("order not found")
        return order

    def _placed(self, ticket: Ticket) -> Document:
        told = order_document(self.book.submit(ticket), nested=True)
        self.book.settle()
        return told

    def _cancelled(self, order: Order) -> Document:
        try:
            self.book.cancel(order)
        except Refusal as refusal:
            return {"id": order.id, "status": refusal.status, "body": dict(refusal.body)}
        return {"id": order.id, "status": 200}

    def _held(self, name: str) -> Asset:
        asset = self.assets.find(name)
        if asset is None or asset.symbol not in self.account.holdings:
            raise not_found("position does not exist")
        return asset

    def _position(self, symbol: str) -> Document:
        asset = self.assets.find(symbol)
        assert asset is not None
        return position_document(self.account, Figures(self.account, self.prices), self.prices, asset, self.now())

    def _closed(self, asset: Asset, query: Query) -> Document:
        held = self.account.held(asset.symbol)
        qty = abs(held)
        if query.get("qty"):
            qty = _amount(query, "qty")
        elif query.get("percentage"):
            qty = round(qty * _amount(query, "percentage") / 100 - Decimal("5e-10"), 9)
        body = {
            "symbol": asset.symbol,
            "qty": str(qty),
            "side": "sell" if held > 0 else "buy",
            "type": "market",
            "time_in_force": "gtc" if asset.is_crypto else "day",
        }
        return self._placed(read_ticket(body))


def _is_asleep(order: Order) -> bool:
    """Whether it is held by an open order, whose cancel takes it along."""
    return order.status == "held" and any(one.is_open and one.status != "held" for one in family(order))


def _amount(query: Query, name: str) -> Decimal:
    try:
        return Decimal(query[name])
    except InvalidOperation:
        raise missing(f"invalid {name}") from None
