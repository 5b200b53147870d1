"""Our Alpaca client beside the official SDK on one local server: placing an order, and listing 500.

Run: .venv/bin/python -m benchmarks.alpaca
The server is a process of its own that answers prepared documents, so that what differs is the client. `requests` used
bare and the standard library's http.client are the floors: they send and read the same, and parse JSON.
"""

import http.client
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import requests
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import OrderSide, QueryOrderStatus
from alpaca.trading.enums import TimeInForce as TheirTimeInForce
from alpaca.trading.requests import GetOrdersRequest, LimitOrderRequest

from tests.brokers.alpaca import told
from tests.brokers.subjects import MemoryLedger, MemoryTokens
from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.building import build_client
from trenddojo.brokers.http import session
from trenddojo.brokers.registry import spec_of
from trenddojo.brokers.spec import Building, Operator
from trenddojo.domain.orders import OrderRequest, OrderType, TimeInForce
from trenddojo.domain.terms import Mode, Side

LISTED = 500
WARM_UP = 30
PLACED, LISTS = 400, 60
PLACING_LIMIT, LISTING_LIMIT = 0.7, 0.4
NUMBERS = count(1)

Call = Callable[[], object]


@contextmanager
def server() -> Iterator[int]:
    """The server's port."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.prepared"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def ours(port: int) -> BrokerClient:
    """Our client, connected."""
    address = f"http://127.0.0.1:{port}"
    building = Building(
        connection="bench",
        mode=Mode.PAPER,
        credentials=told.KEYS,
        settings={},
        clock=lambda: datetime.now(UTC),
        sleep=time.sleep,
        transport=session,
        ledger=MemoryLedger(),
        tokens=MemoryTokens(),
        operator=Operator(variables={"ALPACA_BASE_URL": address, "ALPACA_DATA_URL": address}, is_production=False),
    )
    client = build_client(spec_of("alpaca"), building)
    client.connect()
    return client


def placers(port: int) -> Mapping[str, Call]:
    """The same order, placed by each."""
    client, bare, plain = ours(port), requests.Session(), http.client.HTTPConnection("127.0.0.1", port)
    theirs = TradingClient(*told.KEYS.values(), paper=True, url_override=f"http://127.0.0.1:{port}")
    headers = {"APCA-API-KEY-ID": told.KEYS["api_key"], "APCA-API-SECRET-KEY": told.KEYS["secret_key"]}
    bare.headers.update(headers)

    def fields() -> dict[str, str]:
        return {
            "symbol": "AAPL", "qty": "10", "side": "buy", "type": "limit", "limit_price": "189",
            "time_in_force": "gtc", "client_order_id": f"bench-{next(NUMBERS)}",
        }  # fmt: skip

    def by_us() -> object:
        request = OrderRequest(
            symbol="AAPL", side=Side.BUY, quantity=Decimal(10), order_type=OrderType.LIMIT, limit_price=Decimal(189),
            time_in_force=TimeInForce.GTC, client_order_id=f"bench-{next(NUMBERS)}",
        )  # fmt: skip
        return client.place_order(request)

    def by_them() -> object:
        request = LimitOrderRequest(
            symbol="AAPL", qty=10, side=OrderSide.BUY, limit_price=189, time_in_force=TheirTimeInForce.GTC,
            client_order_id=f"bench-{next(NUMBERS)}",
        )  # fmt: skip
        return theirs.submit_order(request)

    def by_requests() -> object:
        return bare.post(f"http://127.0.0.1:{port}/v2/orders", json=fields(), timeout=10).json()

    def by_http_client() -> object:
        body = json.dumps(fields())
        plain.request("POST", "/v2/orders", body, {**headers, "Content-Type": "application/json"})
        return json.loads(plain.getresponse().read())

    return {"ours": by_us, "alpaca-py": by_them, "requests": by_requests, "http.client": by_http_client}


def listers(port: int) -> Mapping[str, Call]:
    """The same list of open orders, read by each."""
    client, bare, plain = ours(port), requests.Session(), http.client.HTTPConnection("127.0.0.1", port)
    theirs = TradingClient(*told.KEYS.values(), paper=True, url_override=f"http://127.0.0.1:{port}")
    asked = GetOrdersRequest(status=QueryOrderStatus.OPEN, limit=LISTED)
    path = f"/v2/orders?status=open&limit={LISTED}"

    def by_http_client() -> object:
        plain.request("GET", path)
        return json.loads(plain.getresponse().read())

    return {
        "ours": client.get_open_orders,
        "alpaca-py": lambda: theirs.get_orders(asked),
        "requests": lambda: bare.get(f"http://127.0.0.1:{port}{path}", timeout=10).json(),
        "http.client": by_http_client,
    }


def medians(calls: Mapping[str, Call], times: int) -> dict[str, float]:
    """The median of each, in milliseconds, taken in turn so that all meet the same machine."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(WARM_UP + times):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            if number >= WARM_UP:
                taken[name].append((time.perf_counter() - began) * 1000)
    return {name: statistics.median(found) for name, found in taken.items()}


def report(title: str, found: Mapping[str, float], limit: float) -> bool:
    """Print a table of medians and ratios; answers whether ours is within the limit."""
    print(f"\n{title}")
    for name, median in found.items():
        print(f"  {name:12} {median:8.3f} ms   {median / found['alpaca-py']:5.2f} of alpaca-py")
    ratio = found["ours"] / found["alpaca-py"]
    print(f"  ours is {ratio:.2f} of alpaca-py (limit {limit})")
    return ratio <= limit


def main() -> Any:
    with server() as port:
        placed = report("Placing one order", medians(placers(port), PLACED), PLACING_LIMIT)
        listed = report(f"Listing {LISTED} orders", medians(listers(port), LISTS), LISTING_LIMIT)
    return 0 if placed and listed else 1


if __name__ == "__main__":
    raise SystemExit(main())
