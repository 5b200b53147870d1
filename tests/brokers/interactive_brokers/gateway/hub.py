"""What comes on every connection, answered one message at a time: all of the gateway's work happens in turn."""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Condition, RLock

from tests.brokers.interactive_brokers.gateway.account_desk import AccountDesk
from tests.brokers.interactive_brokers.gateway.asked import Asked, read_asked
from tests.brokers.interactive_brokers.gateway.client import ApiClient
from tests.brokers.interactive_brokers.gateway.context import Context, Handler
from tests.brokers.interactive_brokers.gateway.data_desk import DataDesk
from tests.brokers.interactive_brokers.gateway.door import Door
from tests.brokers.interactive_brokers.gateway.faults import Faults
from tests.brokers.interactive_brokers.gateway.history_desk import HistoryDesk
from tests.brokers.interactive_brokers.gateway.messages import Message
from tests.brokers.interactive_brokers.gateway.order_desk import OrderDesk
from tests.brokers.interactive_brokers.gateway.profit_desk import ProfitDesk
from tests.brokers.interactive_brokers.gateway.reference_desk import ReferenceDesk
from tests.brokers.interactive_brokers.gateway.refusals import Refusal
from tests.brokers.interactive_brokers.gateway.telling import Teller
from tests.brokers.interactive_brokers.gateway.wire import Frames, Unreadable, fields_of

_BY_ITSELF = frozenset({"startApi", "reqIds", "reqManagedAccts", "reqCurrentTime", "reqMarketDataType"})
"""What the gateway answers without IBKR."""
_WARNINGS = 3
"""After so many warnings that it sends too much, a client is cut off."""


@dataclass
class Held:
    """An answer that is kept back."""

    client: ApiClient
    messages: Sequence[Message]
    after: int | None


class Hub:
    """`log` is every message that came, oldest first."""

    def __init__(self, context: Context, teller: Teller, faults: Faults) -> None:
        self.lock = RLock()
        self.heard = Condition()
        self.log: list[Asked] = []
        self._is_stopped = False
        self._served: set[ApiClient] = set()
        self._context = context
        self._teller = teller
        self._faults = faults
        self._held: list[Held] = []
        self._waiting: list[tuple[ApiClient, Asked]] = []
        self.door = Door(context)
        self.accounts = AccountDesk(context)
        self.data = DataDesk(context)
        self.profits = ProfitDesk(context)
        self.orders = OrderDesk(context)
        desks = (self.accounts, self.data, self.profits, self.orders, HistoryDesk(context), ReferenceDesk(context))
        self._handlers: dict[str, Handler] = {}
        for desk in desks:
            self._handlers |= desk.handlers()

    # --- connections

    def serve(self, connection: socket.socket) -> None:
        """Answer what comes on a connection, until it ends."""
        client = ApiClient(connection, self._faults.sent)
        with self.lock:
            if self._is_stopped:
                return
            self._served.add(client)
            self._context.clients.all.append(client)
        try:
            self._read_all(client)
        finally:
            with self.lock:
                client.is_gone = True
                self._served.discard(client)
                self._context.clients.ended(client)

    def stop(self) -> None:
        """End every connection, those among them that were hung up and whose clients have not noticed."""
        with self.lock:
            self._is_stopped = True
            for client in self._served:
                client.end()

    def _read_all(self, client: ApiClient) -> None:
        frames, pace = Frames(), Pace()
        while data := _received(client.socket):
            frames.feed(data)
            try:
                self._read(client, frames, pace)
            except Unreadable:
                client.hang_up()

    def _read(self, client: ApiClient, frames: Frames, pace: Pace) -> None:
        with self.lock:
            if not self.door.greet(client, frames):
                return
        while not client.is_gone and (payload := frames.take()) is not None:
            with self.lock:
                self._check_pace(client, pace)
                self._take(client, fields_of(payload))

    def _check_pace(self, client: ApiClient, pace: Pace) -> None:
        limit = self._context.switches.message_rate
        if limit is None or not pace.exceeds(limit):
            return
        text = f"Max rate of messages per second has been exceeded:max={limit} rec={limit + 1} ({pace.warnings})"
        self._context.clients.tell(client, -1, 100, text)
        client.flush()
        if pace.warnings >= _WARNINGS:
            client.hang_up()

    # --- messages

    def _take(self, client: ApiClient, fields: list[str]) -> None:
        try:
            asked = read_asked(fields, -1 if client.id is None else client.id, client.version)
        except Refusal as refusal:
            self._context.clients.tell(client, -1, refusal.code, refusal.text)
            client.flush()
            return
        self.log.append(asked)
        with self.heard:
            self.heard.notify_all()
        if client.id is None and asked.kind != "startApi":
            return
        if self._teller.is_cut_off and asked.kind not in _BY_ITSELF:
            self._waiting.append((client, asked))
        elif not client.is_gone:
            self._answer(client, asked)

    def _answer(self, client: ApiClient, asked: Asked) -> None:
        self._teller.count_message()
        self.turn()
        held = [one for one in self._held if one.client is client and one.after is not None]
        line = _Line(self, client)
        fault = self._faults.take(asked)
        if fault is None:
            line.answer(self._done(client, asked))
        else:
            fault.play(line, asked, lambda: self._done(client, asked))
        self._context.clients.flush()
        self._count_down(held)

    def _done(self, client: ApiClient, asked: Asked) -> list[Message]:
        """Do what is asked and what follows from it, and give what its client is to be told."""
        try:
            self._do(client, asked)
        except Refusal as refusal:
            self._context.clients.tell(client, asked.id, refusal.code, refusal.text)
        self._happen()
        return client.taken()

    def _do(self, client: ApiClient, asked: Asked) -> None:
        if asked.kind == "startApi":
            self.door.start(client, asked, is_cut_off=self._teller.is_cut_off)
        elif asked.kind in self._handlers:
            self._handlers[asked.kind](client, asked)
        else:
            raise Refusal(505, f"Fatal Error: Unknown message id: {asked.kind}")

    # --- what happens by itself

    def turn(self) -> None:
        """Let happen what is due, and tell everybody."""
        self._happen()
        self._context.clients.flush()

    def _happen(self) -> None:
        if self._teller.is_cut_off:
            return
        self._context.book.settle()
        moved, self._teller.moved = self._teller.moved, []
        for fill in moved:
            self.accounts.moved(fill.order.account, fill.order.instrument)
        self.accounts.refresh()
        self.data.tell_news()
        self.profits.tell_news()

    # --- answers that are kept back

    def hold(self, held: Held) -> None:
        self._held.append(held)

    def release(self) -> None:
        """Send every answer that is kept back."""
        for held in self._held:
            held.client.tell(*held.messages)
        self._held.clear()
        self._context.clients.flush()

    def _count_down(self, held: Iterable[Held]) -> None:
        for one in held:
            assert one.after is not None
            one.after -= 1
            if one.after <= 0 and one in self._held:
                self._held.remove(one)
                one.client.tell(*one.messages)
        self._context.clients.flush()

    def take_up(self, *, answers: bool) -> None:
        """The line to IBKR is back: what was asked in between is done now, or lost."""
        waiting, self._waiting = self._waiting, []
        for client, asked in waiting if answers else ():
            if not client.is_gone:
                self._answer(client, asked)


class Pace:
    """How many messages one connection sends."""

    def __init__(self) -> None:
        self.warnings = 0
        self._at: deque[float] = deque()

    def exceeds(self, limit: int) -> bool:
        """Whether one more is too much for a second; counting begins anew with each warning."""
        now = time.monotonic()
        while self._at and now - self._at[0] >= 1:
            self._at.popleft()
        self._at.append(now)
        if len(self._at) <= limit:
            return False
        self._at.clear()
        self.warnings += 1
        return True


@dataclass(frozen=True)
class _Line:
    """The connection that a message came on, for a fault to be played on."""

    hub: Hub
    client: ApiClient

    def answer(self, messages: Iterable[Message]) -> None:
        self.client.tell(*messages)

    def raw(self, data: bytes) -> None:
        self.hub._context.clients.flush()
        self.client.send(data)

    def hang_up(self, *, abort: bool = False) -> None:
        self.hub._context.clients.flush()
        self.client.hang_up(abort=abort)

    def hold(self, messages: Sequence[Message], after: int | None) -> None:
        self.hub.hold(Held(self.client, messages, after))

    def refuse(self, request_id: int, code: int, text: str) -> None:
        self.hub._context.clients.tell(self.client, request_id, code, text)


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except OSError:
        return b""
