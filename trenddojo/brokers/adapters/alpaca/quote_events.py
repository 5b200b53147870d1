"""What is said on a connection to Alpaca's market data: the trades and quotes of the symbols that are wanted.

Sources: Alpaca, Market Data API: "WebSocket Stream" and "Real-time Stock Data".
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from threading import Lock
from types import MappingProxyType
from typing import Annotated, TypeAlias

from msgspec import DecodeError, Meta, Raw, Struct, field
from msgspec.json import Decoder, encode

from trenddojo.brokers.streams import StreamEnded, Talk

NAME = "Alpaca's stream of quotes"

_MOST_AT_ONCE = 400
"""Symbols in one request: of those above some 16 KB Alpaca has lost the rest (alpaca-trade-api-csharp, issue 763)."""
_SYNTAX, _SYMBOLS = 400, 405
_OVER: Mapping[int, str] = MappingProxyType(
    {
        402: "Alpaca does not accept these keys for its stream of quotes.",
        409: "Your plan at Alpaca does not include this stream of quotes. Choose another data feed.",
        410: "This data feed of Alpaca's has no trades and quotes.",
    }
)
"""Refusals that would be the same the next time."""
_TRIED_AGAIN: Mapping[int, str] = MappingProxyType(
    {
        404: f"{NAME} waited too long for our sign-in.",
        406: "Alpaca allows one connection for quotes, and another program has it, or our last one still counts.",
        407: f"{NAME} was taken in too slowly.",
        500: f"{NAME} has a fault at Alpaca's.",
    }
)
"""406 is one of these, because a connection that was lost counts for a minute or two (alpaca-trade-api-csharp,
issue 558)."""

_At = Annotated[datetime, Meta(tz=True)]


class Trade(Struct, frozen=True):
    """A trade of a symbol: the price per unit, and when it was made."""

    symbol: str = field(name="S")
    price: Decimal = field(name="p")
    at: _At = field(name="t")


class Quote(Struct, frozen=True):
    """The best bid and ask of a symbol per unit, 0 where there is none, and when they were made."""

    symbol: str = field(name="S")
    bid: Decimal = field(name="bp")
    ask: Decimal = field(name="ap")
    at: _At = field(name="t")


class _Success(Struct):
    msg: str = ""


class _Subscription(Struct):
    trades: list[str] = []
    quotes: list[str] = []


class _Error(Struct):
    code: int = 0


class _Kind(Struct):
    kind: str = field(name="T", default="")


Tick: TypeAlias = Trade | Quote
_Item: TypeAlias = Tick | _Success | _Subscription | _Error

_ITEMS, _KIND = Decoder(list[Raw]), Decoder(_Kind)
_READERS: Mapping[str, Decoder[_Item]] = MappingProxyType(
    {
        "t": Decoder(Trade),
        "q": Decoder(Quote),
        "success": Decoder(_Success),
        "subscription": Decoder(_Subscription),
        "error": Decoder(_Error),
    }
)
"""Everything else is passed over: halts, and the corrections and cancels that come with trades."""


class QuoteEvents(Talk):
    """Signs in and keeps the symbols that come those that are `wanted`, one request at a time.

    `on_ticks` takes the trades and quotes of one message, in their order. A symbol that Alpaca does not take is left
    out, without harm to the others, until another one has been let go.
    """

    def __init__(
        self, key: str, secret: str, wanted: Callable[[], Collection[str]], on_ticks: Callable[[Sequence[Tick]], None]
    ) -> None:
        self._sign_in = encode({"action": "auth", "key": key, "secret": secret}).decode()
        self._wanted, self._on_ticks = wanted, on_ticks
        self._lock = Lock()
        self._is_ready = False
        self._coming: frozenset[str] = frozenset()
        self._asked: frozenset[str] | None = None
        self._given_up: frozenset[str] = frozenset()
        self._at_once = _MOST_AT_ONCE

    @property
    def is_ready(self) -> bool:
        """Whether Alpaca has let us in."""
        return self._is_ready

    @property
    def left_out(self) -> frozenset[str]:
        """The wanted symbols that Alpaca did not take."""
        return self._given_up.intersection(self._wanted()) - self._coming

    @property
    def shortfall(self) -> str | None:
        """Which symbols are left out."""
        missing = sorted(self.left_out)
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        return f"{NAME} does not take {', '.join(missing[:3])}{more}: too many, or unknown." if missing else None

    def hear(self, message: str | bytes) -> Sequence[str]:
        """Take a message. Raises StreamEnded where Alpaca refuses, and for one that cannot be read."""
        try:
            items = _read(message)
        except (DecodeError, UnicodeDecodeError):
            raise StreamEnded(f"{NAME} brought what cannot be read.") from None
        replies = [text for item in items if not isinstance(item, Tick) for text in self._answered(item)]
        if ticks := [item for item in items if isinstance(item, Tick)]:
            self._on_ticks(ticks)
        return replies

    def more(self) -> Sequence[str]:
        """The next request, where what is wanted is not what comes, and none is under way."""
        with self._lock:
            return self._next_request()

    def _answered(self, item: _Success | _Subscription | _Error) -> Sequence[str]:
        with self._lock:
            if isinstance(item, _Success):
                if item.msg == "connected":
                    return (self._sign_in,)
                self._is_ready = self._is_ready or item.msg == "authenticated"
            elif isinstance(item, _Subscription):
                self._take_list(frozenset(item.trades) | frozenset(item.quotes))
            else:
                self._take_refusal(item.code)
            return self._next_request()

    def _take_list(self, coming: frozenset[str]) -> None:
        """What comes from now on. What was asked of a symbol in vain is not asked again until there is room."""
        asked, before = self._asked or frozenset(), self._coming
        self._coming, self._asked = coming, None
        if before - coming:
            self._given_up = frozenset()
        self._given_up |= (asked & coming) if asked <= before else (asked - coming)

    def _take_refusal(self, code: int) -> None:
        """Raises StreamEnded where it is not about the symbols of a request: they are asked for in smaller parts."""
        asked, self._asked = self._asked, None
        if code not in {_SYNTAX, _SYMBOLS} or not asked or asked <= self._coming:
            message = _OVER.get(code) or _TRIED_AGAIN.get(code) or f"{NAME} refuses what we say ({code})."
            raise StreamEnded(message, is_over=code in _OVER)
        if len(asked) > 1:
            self._at_once = max(1, len(asked) // 2)
        elif code == _SYMBOLS:
            self._given_up |= frozenset(self._wanted()) - self._coming
        else:
            self._given_up |= asked

    def _next_request(self) -> Sequence[str]:
        if not self._is_ready or self._asked is not None:
            return ()
        wanted = tuple(self._wanted())
        surplus = self._coming.difference(wanted) - self._given_up
        missing = [one for one in wanted if one not in self._coming and one not in self._given_up]
        if not surplus and not missing:
            return ()
        self._asked = surplus or frozenset(missing[: self._at_once])
        symbols = sorted(self._asked)
        action = "unsubscribe" if surplus else "subscribe"
        return (encode({"action": action, "trades": symbols, "quotes": symbols}).decode(),)


def _read(message: str | bytes) -> list[_Item]:
    """The items that are of use."""
    found = ((_READERS.get(_KIND.decode(raw).kind), raw) for raw in _ITEMS.decode(message))
    return [reader.decode(raw) for reader, raw in found if reader is not None]
