"""Past bars, within what the gateway takes of one program. Source: IBKR, "Historical data limitations"."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from trenddojo.brokers.adapters.interactive_brokers.codes import NAME
from trenddojo.brokers.errors import BrokerErrorCode, NotSent
from trenddojo.brokers.types import Bar, Timeframe

_MOST, _WINDOW = 60, 600.0
"""Requests in any ten minutes."""
_SAME = 15.0
"""Seconds within which the same request would be refused: its answer is kept as long."""
_SIZES: Mapping[Timeframe, str] = MappingProxyType(
    {Timeframe.MINUTE: "1 min", Timeframe.HOUR: "1 hour", Timeframe.DAY: "1 day"}
)
_SPANS: Mapping[Timeframe, timedelta] = MappingProxyType(
    {Timeframe.MINUTE: timedelta(days=1), Timeframe.HOUR: timedelta(days=30), Timeframe.DAY: timedelta(days=365)}
)
"""The longest stretch of one request."""
_KINDS: Mapping[str, str] = MappingProxyType({"CASH": "MIDPOINT", "CRYPTO": "AGGTRADES"})
"""Forex has no trades to make bars of."""
_DATE_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Request:
    """One request: a contract's bars of `size` for `span` up to `until`, by the protocol's words."""

    contract_id: int
    until: str
    span: str
    size: str
    what: str


class Pacing:
    """Keeps requests within the limits. `monotonic` tells seconds. Answers of the last seconds are kept."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._asked: deque[float] = deque()
        self._answers: dict[Request, tuple[float, list[Any]]] = {}

    def answered(self, request: Request) -> list[Any] | None:
        """The answer to the same request a moment ago."""
        now = self._monotonic()
        self._answers = {one: kept for one, kept in self._answers.items() if now - kept[0] < _SAME}
        found = self._answers.get(request)
        return None if found is None else found[1]

    def enter(self) -> None:
        """Take a place among the requests of ten minutes. Raises NotSent (RATE_LIMIT_EXCEEDED) where there is none."""
        now = self._monotonic()
        while self._asked and now - self._asked[0] >= _WINDOW:
            self._asked.popleft()
        if len(self._asked) >= _MOST:
            wait = str(int(_WINDOW - (now - self._asked[0])) + 1)
            message = "Interactive Brokers takes 60 requests for past prices in ten minutes."
            raise NotSent(message, BrokerErrorCode.RATE_LIMIT_EXCEEDED, NAME, {"retry_after": wait})
        self._asked.append(now)

    def keep(self, request: Request, answer: list[Any]) -> None:
        """What was answered."""
        self._answers[request] = (self._monotonic(), answer)


def stretches(contract: Any, timeframe: Timeframe, start: datetime, end: datetime) -> Iterator[Request]:
    """What to ask for the bars that begin in [start, end), oldest first, in stretches that one request may have.

    Days are counted as sessions, the one that runs at the end among them: a stretch of a day may be in two.
    """
    longest = _SPANS[timeframe]
    while start < end:
        until = min(start + longest, end)
        days = max(1, -(-(until - start) // timedelta(days=1)))
        yield Request(
            contract.conId,
            f"{until.astimezone(UTC):%Y%m%d-%H:%M:%S}",
            f"{days + 1} D" if days < _SPANS[Timeframe.DAY].days else "1 Y",
            _SIZES[timeframe],
            _KINDS.get(contract.secType, "TRADES"),
        )
        start = until


def bar(told: Any, zone: ZoneInfo) -> Bar:
    """A bar; one of a day begins at that day's midnight where the market is."""
    text = str(told.date)
    is_day = len(text) == _DATE_LENGTH
    at = (
        datetime.combine(_date(text), time(), zone).astimezone(UTC)
        if is_day
        else datetime.fromtimestamp(int(text), UTC)
    )
    prices = {name: Decimal(str(getattr(told, name))) for name in ("open", "high", "low", "close")}
    return Bar(at=at, volume=max(0, int(told.volume)), **prices)


def _date(text: str) -> date:
    return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()
