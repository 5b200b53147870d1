"""Lists, activities, the account's history, assets, time and market data."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.brokers.alpaca.venue.calls import Calls, a_bracket
from tests.brokers.alpaca.venue.venue import Venue
from tests.conftest import Clock

D = Decimal
LIMIT = {"type": "limit", "limit_price": "180", "time_in_force": "gtc", "qty": "1"}


def ids(rows: Any) -> list[str]:
    return [row["id"] for row in rows]


def test_orders_are_listed_newest_first_in_pages(calls: Calls) -> None:
    placed = ids(calls.place(**LIMIT) for _ in range(5))
    assert ids(calls.open_orders()) == placed[::-1]
    assert ids(calls.open_orders(direction="asc", limit=2)) == placed[:2]
    assert ids(calls.open_orders(direction="asc", after_order_id=placed[1])) == placed[2:]
    assert ids(calls.open_orders(before_order_id=placed[1])) == placed[:1]
    second = calls.order(placed[1])["submitted_at"]
    assert ids(calls.open_orders(direction="asc", after=second)) == placed[2:]
    assert ids(calls.open_orders(until=second)) == placed[:1]
    assert ids(calls.open_orders(after=second[:26] + "Z", direction="asc")) == placed[1:]


def test_the_edges_of_a_list(calls: Calls) -> None:
    for limit in ("0", "501", "many"):
        assert calls.refusal("GET", "/v2/orders", limit=limit)[0] == 422
    for query in ({"after": "yesterday"}, {"status": "dead"}, {"before_order_id": "1"}):
        assert calls.refusal("GET", "/v2/orders", **query)[0] == 422
    order = calls.place(**LIMIT)
    assert calls.refusal("GET", "/v2/orders", after_order_id=order["id"], after="2026-01-01")[0] == 422


def test_fifty_are_usual_and_five_hundred_the_most(venue: Venue, calls: Calls) -> None:
    venue.same_instant = True
    placed = ids(calls.place(**LIMIT) for _ in range(60))
    assert ids(calls.open_orders()) == placed[:9:-1]
    assert ids(calls.open_orders(limit=500, direction="asc")) == placed
    assert calls.open_orders(after=calls.order(placed[0])["submitted_at"]) == []


def test_flat_and_nested_lists(calls: Calls) -> None:
    simple, bracket = calls.place(**LIMIT), calls.place(**a_bracket())
    legs = ids(bracket["legs"])
    assert ids(calls.ask("/v2/orders", status="all")) == [*legs[::-1], bracket["id"], simple["id"]]
    nested = calls.ask("/v2/orders", status="all", nested="true", limit=2)
    assert ids(nested) == [bracket["id"], simple["id"]]
    assert ids(nested[0]["legs"]) == legs
    assert nested[1]["legs"] is None
    calls.cancel(simple["id"])
    assert ids(calls.ask("/v2/orders", status="closed")) == [simple["id"]]
    assert ids(calls.open_orders(symbols="MSFT,TSLA")) == []
    assert ids(calls.open_orders(symbols="AAPL,TSLA", side="buy")) == [bracket["id"]]


def test_fills_are_activities(venue: Venue, calls: Calls) -> None:
    placed = calls.place(**LIMIT | {"qty": "10"})
    venue.fill(placed["id"], "4", "180")
    venue.fill(placed["id"])
    last, first = calls.ask("/v2/account/activities/FILL")
    assert (first["type"], first["qty"], first["cum_qty"], first["leaves_qty"], first["order_status"]) == (
        "partial_fill", "4", "4", "6", "partially_filled"
    )  # fmt: skip
    assert (last["type"], last["cum_qty"], last["leaves_qty"], last["order_status"]) == ("fill", "10", "0", "filled")
    assert first["id"].startswith("20260303100000000::")
    assert first["order_id"] == placed["id"]
    assert ids(calls.ask("/v2/account/activities", activity_types="FILL,DIV", direction="asc", page_size=1)) == [
        first["id"]
    ]
    after = {"after": first["transaction_time"], "direction": "asc"}
    assert ids(calls.ask("/v2/account/activities/FILL", **after)) == [last["id"]]
    assert calls.ask("/v2/account/activities/FILL", until=first["transaction_time"]) == []


def test_activities_come_in_pages(venue: Venue, calls: Calls, clock: Clock) -> None:
    for _ in range(5):
        calls.place(qty="1")
        clock.turn(seconds=1)
    rows: list[Any] = []
    query: dict[str, Any] = {"direction": "asc", "page_size": 2}
    while page := calls.ask("/v2/account/activities/FILL", **query):
        rows += page
        query["page_token"] = page[-1]["id"]
    assert [row["id"] for row in rows] == [fill.id for fill in venue.fills]
    assert len(calls.ask("/v2/account/activities", date="2026-03-03")) == 5
    assert calls.ask("/v2/account/activities", date="2026-03-04") == []
    assert calls.refusal("GET", "/v2/account/activities", page_size=101)[0] == 422


def test_a_fill_is_booked_late(venue: Venue, calls: Calls) -> None:
    venue.book_late(2)
    calls.place()
    assert [len(calls.ask("/v2/account/activities/FILL")) for _ in range(4)] == [0, 0, 1, 1]
    assert calls.ask("/v2/positions/AAPL")["qty"] == "10"


def test_other_activities_move_the_cash(venue: Venue, calls: Calls) -> None:
    venue.post("DIV", "12.5", symbol="AAPL", qty=D(10), per_share_amount=D("1.25"))
    (row,) = calls.ask("/v2/account/activities", category="non_trade_activity")
    assert (row["activity_type"], row["net_amount"], row["date"]) == ("DIV", "12.5", "2026-03-03")
    assert calls.ask("/v2/account")["cash"] == "100012.5"


def test_the_history_of_the_account(venue: Venue, calls: Calls, clock: Clock) -> None:
    calls.place(symbol="MSFT")
    clock.turn(days=2)
    told = calls.ask("/v2/account/portfolio/history", period="1W", timeframe="1D")
    assert len(told["timestamp"]) == len(told["equity"]) == len(told["profit_loss"]) == 5
    assert told["equity"][0] == told["base_value"] == 100_000
    assert told["equity"][-1] != 100_000
    assert D(str(told["equity"][-1])) == D(calls.ask("/v2/account")["last_equity"])
    assert calls.refusal("GET", "/v2/account/portfolio/history", period="soon")[0] == 422
    assert len(calls.ask("/v2/account/portfolio/history", period="1D", timeframe="1H")["equity"]) > 1


def test_assets(calls: Calls) -> None:
    asset = calls.ask("/v2/assets/AAPL")
    assert calls.ask(f"/v2/assets/{asset['id']}") == asset
    assert (asset["class"], asset["status"], asset["fractionable"]) == ("us_equity", "active", True)
    assert calls.ask("/v2/assets/BTC%2FUSD")["min_order_size"] == calls.ask("/v2/assets/BTCUSD")["min_order_size"]
    assert {row["class"] for row in calls.ask("/v2/assets")} == {"us_equity"}
    assert len(calls.ask("/v2/assets", asset_class="crypto")) == 2


def test_clock_and_calendar(calls: Calls, clock: Clock) -> None:
    told = calls.ask("/v2/clock")
    assert told["is_open"] is True
    assert told["timestamp"] == "2026-03-03T10:00:00.000000311-05:00"
    assert (told["next_open"], told["next_close"]) == ("2026-03-04T09:30:00-05:00", "2026-03-03T16:00:00-05:00")
    clock.now = datetime(2026, 3, 7, 15, tzinfo=UTC)
    assert calls.ask("/v2/clock")["next_open"] == "2026-03-09T09:30:00-04:00"
    days = calls.ask("/v2/calendar", start="2026-11-25", end="2026-11-29")
    assert [(day["date"], day["close"]) for day in days] == [("2026-11-25", "16:00"), ("2026-11-27", "13:00")]
    assert (days[1]["session_close"], days[1]["settlement_date"]) == ("1700", "2026-11-30")


def test_latest_prices_are_numbers(calls: Calls) -> None:
    quotes = calls.ask("/v2/stocks/quotes/latest", symbols="AAPL,MSFT,ZZTOP", feed="iex")["quotes"]
    assert set(quotes) == {"AAPL", "MSFT"}
    assert (quotes["AAPL"]["bp"], quotes["AAPL"]["ap"]) == (189.99, 190.01)
    assert calls.ask("/v2/stocks/AAPL/trades/latest")["trade"]["p"] == 190
    assert calls.ask("/v2/stocks/bars/latest", symbols="MSFT")["bars"]["MSFT"]["t"] == "2026-03-03T14:59:00Z"
    snapshot = calls.ask("/v2/stocks/snapshots", symbols="MSFT")["MSFT"]
    assert snapshot["dailyBar"]["t"] == "2026-03-03T05:00:00Z"
    assert snapshot["prevDailyBar"]["t"] == "2026-03-02T05:00:00Z"
    assert calls.ask("/v2/stocks/AAPL/snapshot")["latestTrade"]["p"] == 190
    coins = calls.ask("/v1beta3/crypto/us/snapshots", symbols="BTC/USD,ETH/USD")["snapshots"]
    assert set(coins) == {"BTC/USD", "ETH/USD"}
    assert calls.refusal("GET", "/v2/stocks/ZZTOP/quotes/latest")[:2] == (404, None)


def test_bars_come_in_pages(calls: Calls) -> None:
    asked = {"symbols": "MSFT,AAPL", "timeframe": "1Day", "start": "2026-02-20", "end": "2026-03-03T15:00:00Z"}
    whole = calls.ask("/v2/stocks/bars", **asked)
    assert whole["next_page_token"] is None
    assert [len(bars) for bars in whole["bars"].values()] == [8, 8]
    pages: dict[str, list[Any]] = {}
    token: str | None = ""
    while token is not None:
        page = calls.ask("/v2/stocks/bars", **asked, limit=3, page_token=token)
        for symbol, bars in page["bars"].items():
            pages.setdefault(symbol, []).extend(bars)
        token = page["next_page_token"]
    assert pages == whole["bars"]


@pytest.mark.parametrize(
    ("timeframe", "count"), [("1Min", 391), ("15Min", 27), ("1Hour", 8), ("1Day", 1), ("1Week", 1)]
)
def test_bars_of_every_length(calls: Calls, timeframe: str, count: int) -> None:
    start, end = "2026-03-02T00:00:00-05:00", "2026-03-03T14:30:00Z"
    bars = calls.ask("/v2/stocks/MSFT/bars", timeframe=timeframe, start=start, end=end)["bars"]
    times = [bar["t"] for bar in bars]
    assert times == sorted(set(times))
    assert len(bars) == count + (timeframe == "1Day")
    assert all(bar["l"] <= min(bar["o"], bar["c"]) <= max(bar["o"], bar["c"]) <= bar["h"] for bar in bars)


def test_what_the_data_host_refuses(venue: Venue, calls: Calls, clock: Clock) -> None:
    assert calls.refusal("GET", "/v2/stocks/bars", symbols="AAPL", timeframe="2Day") == (
        400, None, "invalid timeframe: 2Day"
    )  # fmt: skip
    assert calls.refusal("GET", "/v2/stocks/snapshots", symbols="AAPL", feed="mine")[0] == 400
    delayed = {"symbols": "AAPL", "feed": "delayed_sip"}
    assert calls.ask("/v2/stocks/snapshots", **delayed)["AAPL"]
    assert calls.refusal("GET", "/v2/stocks/bars", **delayed, timeframe="1Day")[2] == "invalid feed: delayed_sip"
    old = {"symbols": "AAPL", "timeframe": "1Day", "start": "2026-03-01", "feed": "sip"}
    assert calls.refusal("GET", "/v2/stocks/bars", **old)[2].startswith("subscription does not permit")
    before = (clock.now - timedelta(minutes=16)).isoformat()
    assert calls.ask("/v2/stocks/bars", **old, end=before)["bars"]["AAPL"]
    venue.sip_allowed = True
    assert calls.ask("/v2/stocks/bars", **old)["bars"]["AAPL"]


def test_splits_adjust_bars(calls: Calls) -> None:
    """AVGO splits three for one on 2 January 2026, in the simulated market."""
    asked = {"timeframe": "1Day", "start": "2025-12-30", "end": "2026-01-06"}
    raw = calls.ask("/v2/stocks/AVGO/bars", **asked)["bars"]
    adjusted = calls.ask("/v2/stocks/AVGO/bars", **asked, adjustment="split")["bars"]
    assert [bar["t"][:10] for bar in raw] == ["2025-12-30", "2025-12-31", "2026-01-02", "2026-01-05"]
    assert raw[2:] == adjusted[2:]
    assert raw[1]["c"] / adjusted[1]["c"] == pytest.approx(3, abs=0.001)
    assert adjusted[1]["v"] == raw[1]["v"] * 3
