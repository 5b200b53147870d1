"""The data host's calls: stocks under /v2/stocks, coins under /v1beta3/crypto/us."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote

from tests.brokers.alpaca.venue.assets import CRYPTO
from tests.brokers.alpaca.venue.market_data import Document, MarketData, page, read_timeframe
from tests.brokers.alpaca.venue.refusals import Refusal
from tests.brokers.alpaca.venue.switches import Switches
from tests.brokers.alpaca.venue.times import NEW_YORK, read_instant

_FEEDS = ("iex", "sip", "delayed_sip", "otc", "boats", "overnight")
_HISTORICAL_FEEDS = ("iex", "sip", "otc", "boats")
_RECENT = timedelta(minutes=15)
_USUAL, _LARGEST = 1000, 10_000
_STOCKS, _COINS = "/v2/stocks", "/v1beta3/crypto/us"
_KINDS = {"trades": "trade", "quotes": "quote", "bars": "bar"}
Query = Mapping[str, str]
Answer = tuple[int, object]


def is_data(path: str) -> bool:
    return path.startswith((_STOCKS, "/v1beta3/", "/v1beta1/"))


def needs_keys(path: str) -> bool:
    return not path.startswith("/v1beta3/crypto/")


def refused(status: int, message: str) -> Refusal:
    """This host's refusals have no code."""
    return Refusal(status, None, message)


@dataclass(frozen=True)
class DataApi:
    """Raises Refusal."""

    data: MarketData
    switches: Switches
    now: Callable[[], datetime]

    def answer(self, method: str, path: str, query: Query) -> Answer:
        is_coins = path.startswith(_COINS)
        rest = path.removeprefix(_COINS if is_coins else _STOCKS)
        if method != "GET":
            raise refused(405, "method not allowed")
        if not is_coins:
            self._check_feed(query, is_latest=not rest.endswith("/bars"))
        if is_coins and rest.startswith("/latest/"):
            return 200, self._latest(rest.removeprefix("/latest/"), self._symbols(query, is_coins=True))
        if found := re.fullmatch("/(trades|quotes|bars)/latest", rest):
            return 200, self._latest(found[1], self._symbols(query))
        if rest == "/snapshots":
            told = {name: self.data.snapshot(name, self.now()) for name in self._symbols(query, is_coins=is_coins)}
            return 200, {"snapshots": told} if is_coins else told
        if rest == "/bars":
            bars, token = self._bars(query, sorted(self._symbols(query, is_coins=is_coins)))
            return 200, {"bars": bars, "next_page_token": token}
        return 200, self._of_one(rest, query)

    def _latest(self, kinds: str, symbols: list[str]) -> Document:
        if kinds not in _KINDS:
            raise refused(404, "endpoint not found.")
        tell = getattr(self.data, _KINDS[kinds])
        told = {symbol: tell(symbol, self.now()) for symbol in symbols}
        return {kinds: {symbol: value for symbol, value in told.items() if value is not None}}

    def _of_one(self, rest: str, query: Query) -> Document:
        found = re.fullmatch("/([^/]+)/(snapshot|bars|(trades|quotes|bars)/latest)", rest)
        if found is None:
            raise refused(404, "endpoint not found.")
        symbol, what = unquote(found[1]), found[2]
        if not self._is_known(symbol):
            raise refused(404, f"no data found for {symbol}" if what == "snapshot" else f"symbol not found: {symbol}")
        if what == "snapshot":
            return {"symbol": symbol} | self.data.snapshot(symbol, self.now())
        if what == "bars":
            bars, token = self._bars(query, [symbol])
            return {"symbol": symbol, "bars": bars.get(symbol), "next_page_token": token}
        kind = _KINDS[found[3]]
        return {"symbol": symbol, kind: getattr(self.data, kind)(symbol, self.now())}

    def _bars(self, query: Query, symbols: list[str]) -> tuple[Document, str | None]:
        now = self.now()
        limit = _limit(query)
        try:
            read_timeframe(query.get("timeframe", ""))
        except ValueError:
            raise refused(400, f"invalid timeframe: {query.get('timeframe', '')}") from None
        midnight = now.astimezone(NEW_YORK).replace(hour=0, minute=0, second=0, microsecond=0)
        start, end = _time(query, "start") or midnight, _time(query, "end") or now
        if end < start:
            raise refused(400, "end should not be before start")
        points = list(self._points(symbols, query, start, end))
        told, has_more = page(points, limit, _read_token(query))
        bars: Document = {}
        for symbol, point in told:
            bars.setdefault(symbol, []).append(point)
        return bars, _token(told[-1]) if has_more else None

    def _points(
        self, symbols: list[str], query: Query, start: datetime, end: datetime
    ) -> Iterator[tuple[str, Document]]:
        for symbol in symbols:
            adjustment = query.get("adjustment") or "raw"
            bars = self.data.bars(symbol, query["timeframe"], start, end, self.now(), adjustment)
            for bar in reversed(bars) if query.get("sort") == "desc" else bars:
                yield symbol, bar

    def _symbols(self, query: Query, *, is_coins: bool = False) -> list[str]:
        """The known ones of those asked for."""
        if not query.get("symbols"):
            raise refused(400, "symbols is required")
        names = dict.fromkeys(query["symbols"].split(","))
        return [name for name in names if self._is_known(name) and (name in CRYPTO) is is_coins]

    def _is_known(self, symbol: str) -> bool:
        return self.data.knows(symbol)

    def _check_feed(self, query: Query, *, is_latest: bool) -> None:
        feed = query.get("feed") or "iex"
        if feed not in (_FEEDS if is_latest else _HISTORICAL_FEEDS):
            raise refused(400, f"invalid feed: {feed}")
        end = None if is_latest else _time(query, "end")
        is_recent = end is None or end > self.now() - _RECENT
        if feed == "sip" and is_recent and not self.switches.sip_allowed:
            raise refused(403, "subscription does not permit querying recent SIP data")


def _limit(query: Query) -> int:
    limit = query.get("limit") or str(_USUAL)
    if not limit.isdigit() or not 1 <= int(limit) <= _LARGEST:
        raise refused(400, f"invalid limit: {limit}")
    return int(limit)


def _time(query: Query, name: str) -> datetime | None:
    try:
        return read_instant(query[name]) if query.get(name) else None
    except ValueError:
        raise refused(400, f"invalid {name}: {query[name]}") from None


def _token(point: tuple[str, Document]) -> str:
    return urlsafe_b64encode(f"{point[0]}|{point[1]['t']}".encode()).decode()


def _read_token(query: Query) -> tuple[str, str] | None:
    if not query.get("page_token"):
        return None
    try:
        symbol, _, at = urlsafe_b64decode(query["page_token"]).decode().partition("|")
    except (Error, UnicodeDecodeError):
        raise refused(400, "invalid page_token") from None
    return symbol, at
