"""Alpaca's order events: a knock on the door when something happened. What became of an order is asked over HTTP.

So an event that comes before the answer to its order is lost to nobody, and nothing is booked twice.
Source: Alpaca, Trading API: Websocket streaming.
"""

from collections.abc import Callable, Collection, Container, Sequence
from datetime import datetime
from random import Random

from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder, encode

from trenddojo.brokers.streams import Patience, Stream, StreamEnded, Talk

NAME = "Alpaca's stream of orders"

_AUTHORIZATION, _LISTENING, _UPDATES = "authorization", "listening", "trade_updates"
_IDLE = frozenset({"pending_new", "accepted", "held", "pending_cancel", "pending_replace", "calculated"})
"""Events on the way to others, of which nothing follows."""
_NEW = "new"
"""An order works: no news where its own answer has told of it."""
_LISTEN = encode({"action": "listen", "data": {"streams": [_UPDATES]}}).decode()


class _Message(Struct):
    stream: str = ""
    data: Raw = Raw(b"{}")


class _Authorization(Struct):
    status: str = ""
    action: str = ""


class _Order(Struct, frozen=True):
    id: str = ""


class _Update(Struct):
    event: str = ""
    order: _Order = _Order()


class _Listening(Struct):
    streams: list[str] = []


_MESSAGE = Decoder(_Message)
_AUTHORIZED = Decoder(_Authorization)
_HEARD = Decoder(_Listening)
_UPDATE = Decoder(_Update)


class OrderEvents(Talk):
    """Signs in, listens to the account's order events, and calls `on_event` for each that something follows from.

    `answered` are the ids of orders that were placed here, of which the answer has told that they work. Frames may be
    text or binary, as Alpaca's paper host sends them.
    """

    def __init__(
        self, key: str, secret: str, on_event: Callable[[], None], answered: Container[str] = frozenset()
    ) -> None:
        self._sign_in = encode({"action": "auth", "key": key, "secret": secret}).decode()
        self._on_event, self._answered = on_event, answered
        self._is_listening = False

    @property
    def is_ready(self) -> bool:
        """Whether Alpaca has confirmed that it tells us of orders."""
        return self._is_listening

    def opening(self) -> Sequence[str]:
        """The sign-in: Alpaca does not speak first here."""
        return (self._sign_in,)

    def hear(self, message: str | bytes) -> Sequence[str]:
        """Take a message. Raises StreamEnded, for good where the keys are refused, and for one that cannot be read."""
        try:
            is_news, asked = self._read(message)
        except (DecodeError, UnicodeDecodeError):
            raise StreamEnded(f"{NAME} brought what cannot be read.") from None
        if is_news:
            self._on_event()
        return asked

    def _read(self, message: str | bytes) -> tuple[bool, Sequence[str]]:
        """Whether a message tells that something became of an order, and what to send in reply."""
        heard = _MESSAGE.decode(message)
        if heard.stream == _AUTHORIZATION:
            return False, self._let_in(_AUTHORIZED.decode(heard.data))
        if heard.stream == _LISTENING:
            if _UPDATES not in _HEARD.decode(heard.data).streams:
                raise StreamEnded(f"{NAME} brings none at the moment.")
            self._is_listening = True
        return heard.stream == _UPDATES and not self._is_idle(heard.data), ()

    def _is_idle(self, update: Raw) -> bool:
        """Whether nothing follows from an event; of one in another form that is not known."""
        try:
            found = _UPDATE.decode(update)
        except DecodeError:
            return False
        return found.event in _IDLE or (found.event == _NEW and found.order.id in self._answered)

    def _let_in(self, answer: _Authorization) -> Sequence[str]:
        if answer.status == "authorized":
            return (_LISTEN,)
        if answer.action == "listen":  # the sign-in was lost on the way: it says nothing of the keys
            raise StreamEnded(f"{NAME} wants a sign-in first.")
        raise StreamEnded("Alpaca does not accept these keys for its stream of orders.", is_over=True)


def order_stream(
    url: str,
    hosts: Collection[str],
    key: str,
    secret: str,
    on_event: Callable[[], None],
    *,
    answered: Container[str] = frozenset(),
    clock: Callable[[], datetime],
    random: Random,
    patience: Patience | None = None,
) -> Stream:
    """The order events of the account that the keys are of, not started.

    `on_event` is called from the stream's thread: for each event, and where events may have been missed, because Alpaca
    repeats none. It must not raise, and should be quick.
    """
    return Stream(
        NAME,
        url,
        hosts,
        lambda: OrderEvents(key, secret, on_event, answered),
        clock=clock,
        on_ready=on_event,
        random=random,
        patience=patience,
    )
