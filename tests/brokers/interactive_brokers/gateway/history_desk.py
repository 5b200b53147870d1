"""Historical bars. Source: IBKR's "TWS API: Historical Bars" and "Historical Data Limitations"."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from tests.brokers.alpaca.venue.hours import SESSIONS
from tests.brokers.interactive_brokers.gateway.asked import Asked
from tests.brokers.interactive_brokers.gateway.client import ApiClient
from tests.brokers.interactive_brokers.gateway.context import Context, Handler
from tests.brokers.interactive_brokers.gateway.instruments import Routed
from tests.brokers.interactive_brokers.gateway.messages import historical_data
from tests.brokers.interactive_brokers.gateway.refusals import invalid, no_history
from tests.brokers.interactive_brokers.gateway.tickets import read_wanted
from tests.brokers.interactive_brokers.gateway.times import ZONE, duration, read, span, stamped
from tests.brokers.interactive_brokers.gateway.wire import Value
from trenddojo.brokers.types import Bar, Timeframe

_SIZES = {"1 min": Timeframe.MINUTE, "1 hour": Timeframe.HOUR, "1 day": Timeframe.DAY}
_TRADES = ("TRADES", "ADJUSTED_LAST", "AGGTRADES")
_QUOTES = ("MIDPOINT", "BID", "ASK")
_SAME, _BURST, _LONG = timedelta(seconds=15), timedelta(seconds=2), timedelta(minutes=10)
_MOST_IN_A_BURST, _MOST = 6, 60


@dataclass(frozen=True)
class Request:
    """What was asked for; `until` is empty for now."""

    routed: Routed
    until: str
    size: str
    duration: str
    what: str
    is_epoch: bool

    @property
    def label(self) -> str:
        kind = "Last" if self.what in _TRADES else self.what.title()
        return f"{self.routed.instrument.symbol}@{self.routed.exchange} {kind}"


class HistoryDesk:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._past: deque[tuple[datetime, Request]] = deque(maxlen=_MOST + 1)

    def handlers(self) -> dict[str, Handler]:
        return {"reqHistoricalData": self._request, "cancelHistoricalData": self._cancel}

    def _request(self, client: ApiClient, asked: Asked) -> None:
        request = self._read(asked)
        self._check_pace(request)
        now = self._context.now()
        end = min(read(request.until), now) if request.until else now
        start = _start(request, end)
        timeframe = _SIZES[request.size]
        bars = self._context.market.bars(request.routed.instrument, timeframe, start, end)
        if not bars:
            raise no_history(f"HMDS query returned no data: {request.label}")
        span = stamped(start), stamped(end)
        client.tell(historical_data(asked.id, span, (_told(bar, request, timeframe) for bar in bars)))

    def _cancel(self, client: ApiClient, asked: Asked) -> None:
        """Every request has been answered by now, so that there is none to cancel."""
        self._context.clients.tell(
            client, asked.id, 366, f"No historical data query found for ticker id:{asked.id}"
        )  # fmt: skip

    def _read(self, asked: Asked) -> Request:
        fields = asked.rest()
        routed = self._context.instruments.one(read_wanted(fields))
        fields.skip()
        until, size, length = fields.text(), fields.text(), fields.text()
        fields.skip()
        what, form = fields.text(), fields.integer()
        request = Request(routed, until, size, length, what, is_epoch=form == 2)
        if size not in _SIZES:
            raise invalid(f"Historical data bar size setting is invalid: {size}")
        if what not in (*_TRADES, *_QUOTES) or (what in _TRADES and routed.instrument.kind == "CASH"):
            raise no_history(f"No historical market data for {request.label}")
        return request

    def _check_pace(self, request: Request) -> None:
        """Raises Refusal where too much is asked, if the gateway counts."""
        if not self._context.switches.history_pacing:
            return
        now = self._context.now()
        same = [at for at, one in self._past if one == request and now - at < _SAME]
        alike = [at for at, one in self._past if one.routed == request.routed and now - at < _BURST]
        recent = [at for at, _ in self._past if now - at < _LONG]
        if same or len(alike) >= _MOST_IN_A_BURST - 1 or len(recent) >= _MOST:
            raise no_history("Historical data request pacing violation")
        self._past.append((now, request))


def _start(request: Request, end: datetime) -> datetime:
    """Days are counted as sessions, the one that runs among them."""
    count, unit = duration(request.duration)
    if unit != "D":
        return end - span(count, unit)
    sessions = list(SESSIONS.between(end - timedelta(days=count * 2 + 7), end))
    return sessions[-min(count, len(sessions))].open


def _told(bar: Bar, request: Request, timeframe: Timeframe) -> tuple[Value, ...]:
    if request.what in _TRADES:
        traded: tuple[Value, ...] = Decimal(bar.volume), round((bar.high + bar.low) / 2, 4), max(1, bar.volume // 100)
    else:
        traded = (-1, -1, -1)
    return (_date(bar.at, request, timeframe), bar.open, bar.high, bar.low, bar.close, *traded)


def _date(at: datetime, request: Request, timeframe: Timeframe) -> str:
    """Days are always dates."""
    if timeframe is Timeframe.DAY:
        return f"{at.astimezone(ZONE):%Y%m%d}"
    return str(int(at.timestamp())) if request.is_epoch else stamped(at)
