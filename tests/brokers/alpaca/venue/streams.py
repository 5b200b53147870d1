"""The websockets: order events at /stream, market data at /v2/{feed}. Nothing is replayed."""

import socket
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from threading import Condition
from typing import Any

from websockets.server import ServerProtocol

from tests.brokers.alpaca.venue.account import Fill
from tests.brokers.alpaca.venue.documents import Document, order_document, text
from tests.brokers.alpaca.venue.market_data import MarketData, quote_document, trade_document
from tests.brokers.alpaca.venue.orders import Order
from tests.brokers.alpaca.venue.prices import Prices
from tests.brokers.alpaca.venue.sockets import Closing, Peer, close, opened, shut
from tests.brokers.alpaca.venue.times import exact

ORDERS = "/stream"
FEEDS = {"/v2/iex": "iex", "/v2/sip": "sip", "/v2/delayed_sip": "delayed_sip", "/v2/test": "test",
         "/v1beta3/crypto/us": "us"}  # fmt: skip
CHANNELS = {"trades": "t", "quotes": "q", "bars": "b", "updatedBars": "u", "dailyBars": "d", "statuses": "s",
            "lulds": "l"}  # fmt: skip
_TRADE_UPDATES = "trade_updates"
_ALWAYS = "FAKEPACA"


class Streams:
    """Switches: `refuse_upgrade` a status for the next handshakes, `refuse_auth`, `is_binary` frames, `symbol_limit`,
    `insufficient_subscription`, `tick_on_subscribe` (the present quote and trade follow a subscription)."""

    def __init__(self, keys: tuple[str, str], data: MarketData, prices: Prices, now: Callable[[], datetime]) -> None:
        self.refuse_upgrade: int | None = None
        self.refuse_auth = False
        self.is_binary = True
        self.symbol_limit: int | None = 30
        self.insufficient_subscription = False
        self.tick_on_subscribe = False
        self.received: list[Any] = []
        """Every message of a client's, oldest first."""
        self._keys = keys
        self._data = data
        self._prices = prices
        self._now = now
        self._peers: list[Peer] = []
        self._changed = Condition()
        self._closing = Closing()
        self._is_silent = False

    # --- what tests make happen

    def wait_for(self, is_so: Callable[["Streams"], bool], seconds: float = 10) -> bool:
        """Until something is so of the connections; False where it does not come in time."""
        with self._changed:
            return self._changed.wait_for(lambda: is_so(self), seconds)

    @property
    def listeners(self) -> list[Peer]:
        """Who is told of orders."""
        with self._changed:
            return [peer for peer in self._peers if _TRADE_UPDATES in peer.wanted.get("streams", ())]

    def subscribers(self, channel: str, symbol: str) -> list[Peer]:
        """Who is told of a symbol's trades, quotes or bars."""
        with self._changed:
            return [peer for peer in self._peers if {symbol, "*"} & peer.wanted.get(channel, set())]

    @property
    def connected(self) -> list[Peer]:
        with self._changed:
            return list(self._peers)

    def drop(self) -> None:
        """Cut all sockets."""
        for peer in self.connected:
            shut(peer.connection.socket)

    def go_silent(self, is_silent: bool = True) -> None:
        """Send nothing any more, no pong either, to those who are connected and those who will be."""
        self._is_silent = is_silent
        for peer in self.connected:
            peer.connection.is_silent = is_silent

    def push(self, channel: str, symbol: str, document: Document) -> None:
        """Market data for whoever subscribed."""
        for peer in self.subscribers(channel, symbol):
            peer.send([{"T": CHANNELS[channel], "S": symbol} | document])

    def push_error(self, code: int, message: str) -> None:
        """An error for all who are connected to market data."""
        for peer in self.connected:
            if peer.path in FEEDS:
                peer.send([_error(code, message)])

    def tick(self, symbol: str) -> None:
        """The present trade, quote and minute."""
        now, price = self._now(), self._prices.price(symbol)
        minute = {"t": exact(now.replace(second=0, microsecond=0)), "v": 100, "n": 1}
        self.push("trades", symbol, trade_document(symbol, price, now))
        self.push("quotes", symbol, self._data.quote(symbol, now))
        self.push("bars", symbol, minute | dict.fromkeys(("o", "h", "l", "c", "vw"), float(price)))

    # --- what the venue makes happen

    def is_stream(self, path: str) -> bool:
        return path == ORDERS or path in FEEDS

    def serve(self, sock: socket.socket) -> None:
        """Talk with a client until its connection ends."""
        try:
            connection = opened(sock, ServerProtocol(), self._closing, self.refuse_upgrade)
        except TimeoutError:
            sock.close()
            return
        if connection is None:
            return
        connection.is_silent = self._is_silent
        peer = Peer(connection, is_binary=self.is_binary)
        self._change(lambda: self._peers.append(peer))
        try:
            self._talk(peer)
        finally:
            self._change(lambda: self._peers.remove(peer))
            close(connection)

    def tell(self, event: str, order: Order, at: datetime, fill: Fill | None, held: Decimal) -> None:
        """An order event for all listeners."""
        listeners = self.listeners
        if not listeners:
            return
        told: Document = {"event": event, "timestamp": exact(at), "order": order_document(order)}
        if fill is not None:
            told |= {"execution_id": fill.execution_id, "price": text(fill.price), "qty": text(fill.qty)}
            told["position_qty"] = text(held)
        for peer in listeners:
            peer.send({"stream": _TRADE_UPDATES, "data": told})

    def close(self) -> None:
        """No handshake succeeds any more, and all connections end."""
        self._closing.socket_closed.set()
        self.drop()

    # --- talking

    def _change(self, what: Callable[[], object]) -> None:
        with self._changed:
            what()
            self._changed.notify_all()

    def _talk(self, peer: Peer) -> None:
        answer = self._about_orders if peer.path == ORDERS else self._about_market
        if peer.path in FEEDS:
            peer.send([{"T": "success", "msg": "connected"}])
        for message in peer.messages():
            self._change(lambda message=message: self.received.append(message))
            answer(peer, message if isinstance(message, dict) else {})

    def _is_authorized(self, message: Document) -> bool:
        old = message.get("data") or {}
        shown = message.get("key") or old.get("key_id"), message.get("secret") or old.get("secret_key")
        return shown == self._keys and not self.refuse_auth

    def _about_orders(self, peer: Peer, message: Document) -> None:
        action = message.get("action")
        if action in ("auth", "authenticate"):
            peer.is_authorized = self._is_authorized(message)
            status = "authorized" if peer.is_authorized else "unauthorized"
            peer.send({"stream": "authorization", "data": {"status": status, "action": "authenticate"}})
        elif action == "listen" and peer.is_authorized:
            streams = [name for name in (message.get("data") or {}).get("streams", []) if name == _TRADE_UPDATES]
            peer.send({"stream": "listening", "data": {"streams": streams}})
            self._change(lambda: peer.wanted.update(streams=set(streams)))
        else:
            peer.send({"stream": "listening", "data": {"error": "required authentication"}})

    def _about_market(self, peer: Peer, message: Document) -> None:
        action = message.get("action")
        if action == "auth":
            self._authenticate(peer, message)
        elif action not in ("subscribe", "unsubscribe"):
            peer.send([_error(400, "invalid syntax")])
        elif not peer.is_authorized:
            peer.send([_error(401, "not authenticated")])
        else:
            self._subscribe(peer, message, is_more=action == "subscribe")

    def _authenticate(self, peer: Peer, message: Document) -> None:
        others = [one for one in self.connected if one.path in FEEDS and one.is_authorized and one is not peer]
        if peer.is_authorized:
            peer.send([_error(403, "already authenticated")])
        elif not self._is_authorized(message):
            peer.send([_error(402, "auth failed")])
            peer.hang_up()
        elif others:
            peer.send([_error(406, "connection limit exceeded")])
            peer.hang_up()
        elif self.insufficient_subscription:
            peer.send([_error(409, "insufficient subscription")])
            peer.hang_up()
        else:
            self._change(lambda: setattr(peer, "is_authorized", True))
            peer.send([{"T": "success", "msg": "authenticated"}])

    def _subscribe(self, peer: Peer, message: Document, *, is_more: bool) -> None:
        wanted = {channel: set(peer.wanted.get(channel, ())) for channel in CHANNELS}
        for channel in CHANNELS:
            named = set(message.get(channel) or ())
            wanted[channel] = wanted[channel] | named if is_more else wanted[channel] - named
        symbols = set().union(*wanted.values()) - {"*"}
        if self.symbol_limit is not None and len(symbols) > self.symbol_limit:
            peer.send([_error(405, "symbol limit exceeded")])
            return
        peer.send([{"T": "subscription"} | {channel: sorted(names) for channel, names in wanted.items()}])
        self._change(lambda: peer.wanted.update(wanted))
        new = {name for channel in CHANNELS for name in message.get(channel) or ()} if is_more else set()
        for symbol in sorted(new):
            self._first_tick(peer, symbol)

    def _first_tick(self, peer: Peer, symbol: str) -> None:
        if symbol == _ALWAYS and peer.path == "/v2/test":
            price, now = Decimal("133.85"), self._now()
            self.push("trades", symbol, trade_document(symbol, price, now))
            self.push("quotes", symbol, quote_document(symbol, price, price + 1, now))
        elif self.tick_on_subscribe and self._data.knows(symbol):
            self.tick(symbol)


def _error(code: int, message: str) -> Document:
    return {"T": "error", "code": code, "msg": message}
