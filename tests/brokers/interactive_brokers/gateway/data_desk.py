"""Market data: streams and snapshots, live or delayed, and the reasons why there is none.

Source: IBKR's "TWS API: Market Data Types" and its message codes.
"""

from tests.brokers.interactive_brokers.gateway.asked import Asked
from tests.brokers.interactive_brokers.gateway.client import ApiClient
from tests.brokers.interactive_brokers.gateway.context import Context, Handler
from tests.brokers.interactive_brokers.gateway.instruments import Routed
from tests.brokers.interactive_brokers.gateway.lines import DELAYED, DELAYED_FROZEN, LIVE, Line
from tests.brokers.interactive_brokers.gateway.messages import end_of, market_data_type, tick_request_parameters
from tests.brokers.interactive_brokers.gateway.refusals import Refusal, invalid
from tests.brokers.interactive_brokers.gateway.tickets import read_wanted

_MOST_LINES = 100
_NOT_SUBSCRIBED = "Requested market data is not subscribed."
_REFUSALS = {
    "none": (354, f"{_NOT_SUBSCRIBED} Check API status by selecting the Account menu then under Management choose "
             "Market Data Subscription Manager and/or availability of delayed data."),
    "api_only": (10089, "Requested market data requires additional subscription for API. See link in 'Market Data "
                 "Connections' dialog for more details."),
    "delayed_off": (10168, f"{_NOT_SUBSCRIBED} Delayed market data is not enabled."),
    "competing": (10197, "No market data during competing live session"),
}  # fmt: skip
_DELAYED_FOLLOWS = 10167, f"{_NOT_SUBSCRIBED} Displaying delayed market data."


class DataDesk:
    def __init__(self, context: Context) -> None:
        self._context = context

    def handlers(self) -> dict[str, Handler]:
        return {
            "reqMarketDataType": self._set_type,
            "reqMktData": self._request,
            "cancelMktData": self._cancel,
        }

    def _set_type(self, client: ApiClient, asked: Asked) -> None:
        kind = asked.rest().integer()
        if not LIVE <= kind <= DELAYED_FROZEN:
            raise invalid(f"Invalid market data type: {kind}")
        client.data_type = kind

    def _request(self, client: ApiClient, asked: Asked) -> None:
        fields = asked.rest()
        routed = self._context.instruments.one(read_wanted(fields))
        if fields.flag():
            fields.skip(3)
        fields.skip()
        self._check_room(client, asked.id)
        line = Line(asked.id, routed, fields.flag(), self._kind(client, asked, routed))
        line.is_silent = self._context.switches.access.get(routed.instrument.name) == "silent"
        client.subscribed.lines[asked.id] = line
        self._open(client, line)

    @staticmethod
    def _check_room(client: ApiClient, request_id: int) -> None:
        if request_id in client.subscribed.lines:
            raise Refusal(322, "Error processing request.-'bN' : cause - Duplicate ticker id")
        if len(client.subscribed.lines) >= _MOST_LINES:
            raise Refusal(101, "Max number of tickers has been reached")

    def _kind(self, client: ApiClient, asked: Asked, routed: Routed) -> int:
        """What the client gets: live data where it is entitled to them. Raises Refusal."""
        access = self._context.switches.access.get(routed.instrument.name, "live")
        if access in _REFUSALS:
            raise Refusal(*_REFUSALS[access])
        if access != "delayed":
            return LIVE
        if client.data_type not in (DELAYED, DELAYED_FROZEN):
            raise Refusal(*_REFUSALS["none"])
        self._context.clients.tell(client, asked.id, *_DELAYED_FOLLOWS)
        return DELAYED

    def _open(self, client: ApiClient, line: Line) -> None:
        if line.is_silent:
            return
        client.tell(market_data_type(line.request_id, line.kind))
        client.tell(tick_request_parameters(line.request_id, line.routed.instrument.min_tick))
        self._tell(client, line)
        if line.is_snapshot:
            client.tell(end_of("tickSnapshotEnd", 1, line.request_id))
            del client.subscribed.lines[line.request_id]

    def _cancel(self, client: ApiClient, asked: Asked) -> None:
        if client.subscribed.lines.pop(asked.id, None) is None:
            raise Refusal(300, f"Can't find EId with tickerId:{asked.id}")

    def tell_news(self) -> None:
        """Every tick that has moved, on every line."""
        for client in self._context.clients.ready:
            for line in client.subscribed.lines.values():
                if not line.is_silent:
                    self._tell(client, line)

    def lose(self) -> None:
        """Forget all lines: their clients have to ask anew."""
        for client in self._context.clients.ready:
            client.subscribed.lines.clear()

    def _tell(self, client: ApiClient, line: Line) -> None:
        quote = self._context.market.quote(line.routed.instrument)
        client.tell(*line.news(quote, self._context.now()))
