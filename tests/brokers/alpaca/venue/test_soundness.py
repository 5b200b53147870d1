"""Whatever is asked of the venue, and by however many at once, its ledger adds up."""

import threading
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from tests.brokers.alpaca.venue.calls import Calls, a_body, a_bracket
from tests.brokers.alpaca.venue.venue import Venue, alpaca_venue
from tests.conftest import Clock

D = Decimal
ENTRIES: list[dict[str, Any]] = [
    {},
    {"side": "sell"},
    {"type": "limit", "limit_price": "188", "time_in_force": "gtc"},
    {"side": "sell", "type": "limit", "limit_price": "193"},
    {"side": "sell", "type": "stop", "stop_price": "184", "time_in_force": "gtc"},
    {"side": "sell", "type": "trailing_stop", "trail_price": "2"},
    {"qty": None, "notional": "500"},
    {"type": "limit", "limit_price": "191", "time_in_force": "ioc"},
    {"order_class": "oto", "stop_loss": {"stop_price": "183"}},
    a_bracket(take_profit={"limit_price": "194"}, stop_loss={"stop_price": "185"}),
]


def steps(venue: Venue, calls: Calls, clock: Clock, random: Random) -> list[Callable[[], object]]:
    def anything() -> str:
        return random.choice(venue.orders).id if venue.orders else "none"

    def fill() -> None:
        order = venue.order(anything()) if venue.orders else None
        if order and order.is_open and order.status != "held" and order.qty and order.rest(D(1)) >= 2:
            venue.fill(order.id, "1")

    return [
        *[lambda entry=entry: calls.call("POST", "/v2/orders", a_body(**entry)) for entry in ENTRIES],
        lambda: calls.call("DELETE", f"/v2/orders/{anything()}"),
        lambda: calls.call("PATCH", f"/v2/orders/{anything()}", {"limit_price": str(random.randint(184, 196))}),
        lambda: calls.call("PATCH", f"/v2/orders/{anything()}", {"qty": str(random.randint(1, 20))}),
        lambda: calls.call("DELETE", "/v2/positions/AAPL"),
        lambda: calls.call("GET", "/v2/account"),
        lambda: calls.call("GET", "/v2/orders", status="all", nested="true", limit=500),
        lambda: venue.set_price("AAPL", D(random.randint(1820, 1980)) / 10),
        lambda: venue.set_price("AAPL", D(random.randint(1820, 1980)) / 10),
        lambda: clock.turn(minutes=random.choice([1, 1, 5, 30, 24 * 60])),
        fill,
    ]


@pytest.mark.parametrize("seed", range(6))
def test_the_ledger_adds_up(venue: Venue, calls: Calls, clock: Clock, seed: int) -> None:
    random = Random(seed)
    venue.stop_wakes = bool(seed % 2)
    for _ in range(150):
        random.choice(steps(venue, calls, clock, random))()
    venue.settle()
    held: dict[str, Decimal] = defaultdict(Decimal)
    by_order: dict[str, Decimal] = defaultdict(Decimal)
    for fill in venue.fills:
        held[fill.symbol] += fill.signed
        by_order[fill.order_id] += fill.qty
    assert venue.positions == {symbol: qty for symbol, qty in held.items() if qty}
    assert venue.cash == 100_000 - sum(fill.signed * fill.price for fill in venue.fills)
    for order in venue.orders:
        assert order.filled_qty == by_order[order.id]
        assert order.qty is None or order.filled_qty <= order.qty
        assert (order.status == "filled") <= (order.qty in (None, order.filled_qty))
        assert order.parent is None or order.parent.status not in ("canceled", "expired") or not order.is_open
    assert set(venue.open_orders) == {order for order in venue.orders if order.is_open}
    assert len(calls.ask("/v2/account/activities/FILL", date="2026-03-03")) <= len(venue.fills)


def test_one_order_for_one_client_id_however_many_ask(venue: Venue) -> None:
    def place(_: int) -> int:
        with Calls(venue) as calls:
            return calls.call("POST", "/v2/orders", a_body(client_order_id="ours-1")).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(place, range(16)))
    assert statuses == [200] + [422] * 15
    assert len(venue.orders) == len(venue.fills) == 1
    assert len(venue.asked("POST")) == 16


def test_nothing_is_left_running(clock: Clock) -> None:
    before = set(threading.enumerate())
    with alpaca_venue(clock) as venue, Calls(venue) as calls:
        calls.ask("/v2/clock")
        assert set(threading.enumerate()) != before
    assert set(threading.enumerate()) == before
