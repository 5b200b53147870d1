"""Placing, filling, changing and cancelling at the venue."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.brokers.alpaca.venue.calls import Calls
from tests.brokers.alpaca.venue.venue import Venue, alpaca_venue
from tests.conftest import Clock

D = Decimal
SATURDAY = datetime(2026, 3, 7, 15, 0, tzinfo=UTC)
EVENING = datetime(2026, 3, 3, 23, 0, tzinfo=UTC)
"""18:00 in New York."""
LIMIT = {"type": "limit", "limit_price": "180", "time_in_force": "gtc"}


def test_a_market_order_is_answered_pending_and_then_filled(venue: Venue, calls: Calls) -> None:
    placed = calls.place(client_order_id="ours-1")
    assert (placed["status"], placed["order_class"], placed["legs"], placed["filled_qty"]) == (
        "pending_new",
        "",
        None,
        "0",
    )
    order = calls.order(placed["id"])
    assert (order["status"], order["filled_qty"], order["filled_avg_price"]) == ("filled", "10", "190")
    assert order["filled_at"].endswith("Z")
    assert len(order["submitted_at"]) == len("2026-03-03T15:00:00.000000311Z")
    assert calls.ask("/v2/orders:by_client_order_id", client_order_id="ours-1") == order
    assert (venue.positions, venue.cash) == ({"AAPL": D(10)}, D(98_100))
    (position,) = calls.ask("/v2/positions")
    assert (position["qty"], position["avg_entry_price"], position["side"]) == ("10", "190", "long")
    account = calls.ask("/v2/account")
    assert account["cash"] == "98100"
    assert account["equity"] == account["portfolio_value"] == "100000"
    assert account["buying_power"] == "198100"


def test_a_limit_rests_until_the_price_comes(venue: Venue, calls: Calls) -> None:
    placed = calls.place(**LIMIT)
    assert calls.order(placed["id"])["status"] == "new"
    assert calls.ask("/v2/account")["buying_power"] == "198200"
    venue.set_price("AAPL", "179.5")
    assert calls.order(placed["id"])["filled_avg_price"] == "179.5"


def test_nothing_is_routed_or_filled_while_the_market_is_closed(venue: Venue, calls: Calls, clock: Clock) -> None:
    clock.now = EVENING
    market, limit = calls.place(), calls.place(**LIMIT)
    assert market["status"] == limit["status"] == calls.order(market["id"])["status"] == "accepted"
    assert market["expires_at"].startswith("2026-03-04T21:00:00")
    assert calls.refusal("PATCH", f"/v2/orders/{limit['id']}", {"limit_price": "181"})[2].endswith(
        "sent to exchange yet"
    )
    clock.turn(hours=16)
    assert calls.order(market["id"])["status"] == "filled"
    assert calls.order(limit["id"])["status"] == "new"


def test_day_orders_expire_after_the_close(venue: Venue, calls: Calls, clock: Clock) -> None:
    day = calls.place(**LIMIT | {"time_in_force": "day"})
    gtc = calls.place(**LIMIT)
    clock.turn(hours=7)
    assert calls.order(day["id"])["status"] == "expired"
    assert calls.order(day["id"])["expired_at"] is not None
    assert calls.order(gtc["id"])["status"] == "new"
    clock.turn(days=90)
    assert calls.order(gtc["id"])["status"] == "expired"


def test_extended_hours_fill_from_four_to_eight(venue: Venue, calls: Calls, clock: Clock) -> None:
    clock.now = EVENING
    placed = calls.place(type="limit", limit_price="191", extended_hours=True)
    assert placed["status"] == "pending_new"
    assert calls.order(placed["id"])["status"] == "filled"
    clock.turn(hours=3)
    late = calls.place(type="limit", limit_price="191", extended_hours=True)
    assert calls.order(late["id"])["status"] == "accepted"
    clock.turn(hours=7, minutes=5)
    assert calls.order(late["id"])["status"] == "filled"


def test_immediate_orders_end_at_once(calls: Calls) -> None:
    for time_in_force in ("ioc", "fok"):
        low = calls.place(**LIMIT | {"time_in_force": time_in_force})
        assert calls.order(low["id"])["status"] == "canceled"
        high = calls.place(type="limit", limit_price="191", time_in_force=time_in_force)
        assert calls.order(high["id"])["status"] == "filled"


def test_auctions(venue: Venue, calls: Calls, clock: Clock) -> None:
    assert calls.refused(time_in_force="opg")[0] == 422
    closing = calls.place(time_in_force="cls")
    assert calls.order(closing["id"])["status"] == "new"
    clock.now = EVENING - timedelta(hours=2)
    assert calls.order(closing["id"])["status"] == "filled"
    assert calls.refused(time_in_force="cls")[0] == 422
    clock.turn(hours=3)
    opening, high = calls.place(time_in_force="opg"), calls.place(type="limit", limit_price="100", time_in_force="opg")
    clock.now = datetime(2026, 3, 4, 14, 30, 20, tzinfo=UTC)
    assert calls.order(opening["id"])["status"] == "filled"
    assert calls.order(high["id"])["status"] == "new"
    clock.turn(minutes=1)
    assert calls.order(high["id"])["status"] == "expired"


def test_a_stop_triggers_at_its_price(venue: Venue, calls: Calls) -> None:
    calls.place()
    stop = calls.place(side="sell", type="stop", stop_price="185")
    venue.set_price("AAPL", "185.01")
    assert calls.order(stop["id"])["status"] == "new"
    venue.set_price("AAPL", "184.9")
    assert calls.order(stop["id"])["filled_avg_price"] == "184.9"
    assert venue.positions == {}


def test_a_stop_limit_waits_for_its_limit(venue: Venue, calls: Calls) -> None:
    calls.place()
    stop = calls.place(side="sell", type="stop_limit", stop_price="185", limit_price="184")
    venue.set_price("AAPL", "180")
    assert calls.order(stop["id"])["status"] == "new"
    venue.set_price("AAPL", "184.5")
    assert calls.order(stop["id"])["status"] == "filled"


def test_a_trailing_stop_follows(venue: Venue, calls: Calls) -> None:
    calls.place()
    stop = calls.place(side="sell", type="trailing_stop", trail_percent="10")
    assert (stop["hwm"], stop["stop_price"]) == ("190", "171")
    venue.set_price("AAPL", "200")
    order = calls.order(stop["id"])
    assert (order["hwm"], order["stop_price"], order["status"]) == ("200", "180", "new")
    venue.set_price("AAPL", "180")
    assert calls.order(stop["id"])["status"] == "filled"


def test_notional_and_fractional_orders(venue: Venue, calls: Calls) -> None:
    notional = calls.place(qty=None, notional="95")
    order = calls.order(notional["id"])
    assert (order["qty"], order["notional"], order["filled_qty"], order["status"]) == (None, "95", "0.5", "filled")
    calls.place(qty="0.25")
    assert venue.positions == {"AAPL": D("0.75")}


def test_a_short_sale(venue: Venue, calls: Calls) -> None:
    placed = calls.place(side="sell")
    assert placed["position_intent"] == "sell_to_open"
    (position,) = calls.ask("/v2/positions")
    assert (position["qty"], position["side"], position["qty_available"]) == ("-10", "short", "-10")
    assert [fill["side"] for fill in calls.ask("/v2/account/activities/FILL")] == ["sell_short"]
    assert calls.place()["position_intent"] == "buy_to_close"
    assert venue.positions == {}


def test_a_cancel_is_a_request(venue: Venue, calls: Calls) -> None:
    placed = calls.place(**LIMIT)
    calls.cancel(placed["id"])
    assert venue.order(placed["id"]).status == "pending_cancel"
    order = calls.order(placed["id"])
    assert (order["status"], order["canceled_at"] is not None) == ("canceled", True)
    assert calls.refusal("DELETE", f"/v2/orders/{placed['id']}") == (
        422, 42210000, 'order is already in "canceled" state'
    )  # fmt: skip


def test_a_fill_can_win_against_a_cancel(venue: Venue, calls: Calls) -> None:
    venue.hold_cancels = True
    placed = calls.place(**LIMIT)
    calls.cancel(placed["id"])
    assert calls.order(placed["id"])["status"] == "pending_cancel"
    assert calls.refusal("DELETE", f"/v2/orders/{placed['id']}")[2] == "order pending cancel"
    venue.fill(placed["id"], "4", "180")
    assert calls.order(placed["id"])["status"] == "pending_cancel"
    venue.fill(placed["id"])
    assert calls.order(placed["id"])["status"] == "filled"


def test_all_orders_are_cancelled_row_by_row(venue: Venue, calls: Calls) -> None:
    assert calls.told(calls.call("DELETE", "/v2/orders"), 207) == []
    ids = {calls.place(**LIMIT)["id"] for _ in range(3)}
    rows = calls.told(calls.call("DELETE", "/v2/orders"), 207)
    assert rows == [{"id": row["id"], "status": 200} for row in rows]
    assert {row["id"] for row in rows} == ids
    assert calls.open_orders() == []


def test_a_replace_makes_a_new_order(venue: Venue, calls: Calls) -> None:
    placed = calls.place(**LIMIT, client_order_id="ours-1")
    changed = calls.change(placed["id"], limit_price="181", qty="12", client_order_id="ours-2")
    assert (changed["replaces"], changed["status"], changed["qty"]) == (placed["id"], "pending_new", "12")
    old, new = calls.order(placed["id"]), calls.order(changed["id"])
    assert (old["status"], old["replaced_by"], old["replaced_at"] is not None) == ("replaced", new["id"], True)
    assert (new["status"], new["limit_price"], new["client_order_id"]) == ("new", "181", "ours-2")
    assert [order["id"] for order in calls.open_orders()] == [new["id"]]
    assert calls.refusal("PATCH", f"/v2/orders/{old['id']}", {"qty": "1"})[2] == 'order is already in "replaced" state'


@pytest.mark.parametrize(
    ("counting", "quantities"), [("rest", ("8", "0")), ("carried", ("12", "4")), ("anew", ("12", "0"))]
)
def test_the_quantity_of_a_half_filled_order_that_is_replaced(
    venue: Venue, calls: Calls, counting: str, quantities: tuple[str, str]
) -> None:
    venue.replaced_quantity = counting  # type: ignore[assignment]
    placed = calls.place(**LIMIT)
    venue.fill(placed["id"], "4")
    changed = calls.change(placed["id"], qty="12")
    assert (changed["qty"], changed["filled_qty"]) == quantities
    assert calls.order(placed["id"])["filled_qty"] == "4"


def test_a_replacement_may_be_rejected_alone(venue: Venue, calls: Calls) -> None:
    venue.replacements_fail = True
    placed = calls.place(**LIMIT)
    changed = calls.change(placed["id"], limit_price="181")
    assert changed["status"] == "pending_new"
    assert calls.order(changed["id"])["status"] == "rejected"
    assert calls.order(placed["id"])["status"] == "new"


def test_a_position_is_closed_by_a_market_order(venue: Venue, calls: Calls) -> None:
    calls.place()
    half = calls.told(calls.call("DELETE", "/v2/positions/AAPL", percentage="50"), 200)
    assert (half["qty"], half["side"], half["type"]) == ("5", "sell", "market")
    calls.told(calls.call("DELETE", "/v2/positions/AAPL"), 200)
    assert venue.positions == {}
    assert calls.refusal("DELETE", "/v2/positions/AAPL") == (404, 40410000, "position does not exist")
    assert calls.refusal("GET", "/v2/positions/AAPL")[0] == 404


def test_all_positions_are_closed_with_their_exits(venue: Venue, calls: Calls) -> None:
    calls.place()
    calls.place(side="sell", type="limit", limit_price="250", time_in_force="gtc")
    (row,) = calls.told(calls.call("DELETE", "/v2/positions"), 207)
    assert (row["status"], row["body"]["available"]) == (403, "0")
    (row,) = calls.told(calls.call("DELETE", "/v2/positions", cancel_orders="true"), 207)
    assert (row["status"], row["body"]["side"]) == (200, "sell")
    assert (venue.positions, venue.open_orders) == ({}, [])


def test_coins_trade_around_the_clock(venue: Venue, calls: Calls, clock: Clock) -> None:
    clock.now = SATURDAY
    venue.set_price("BTC/USD", "60000")
    placed = calls.place(symbol="BTC/USD", qty="0.5", time_in_force="gtc")
    assert calls.order(placed["id"])["status"] == "filled"
    assert calls.ask("/v2/positions/BTC%2FUSD")["symbol"] == "BTCUSD"
    assert calls.refused(symbol="BTC/USD", qty="1", side="sell", time_in_force="gtc") == (
        403, 40310000, "insufficient balance for BTC (requested: 1, available: 0.5)"
    )  # fmt: skip
    assert calls.refused(symbol="BTC/USD", qty="1", time_in_force="day")[2] == "invalid crypto time_in_force"


def test_what_tests_script(venue: Venue, calls: Calls) -> None:
    venue.hold_fills = True
    placed = calls.place()
    assert calls.order(placed["id"])["status"] == "new"
    venue.fill(placed["id"], "3", "189")
    order = calls.order(placed["id"])
    assert (order["status"], order["filled_qty"], order["filled_avg_price"]) == ("partially_filled", "3", "189")
    venue.cancel_silently(placed["id"])
    assert calls.order(placed["id"])["status"] == "canceled"
    venue.fill(placed["id"], "2", "188")
    late = calls.order(placed["id"])
    assert (late["status"], late["filled_qty"], late["filled_avg_price"]) == ("canceled", "5", "188.6")
    other, third = calls.place(), calls.place()
    venue.expire(other["id"])
    venue.reject(third["id"])
    assert [calls.order(one["id"])["status"] for one in (other, third)] == ["expired", "rejected"]


def test_a_skewed_clock_and_one_instant(venue: Venue, calls: Calls) -> None:
    first, second = calls.place(**LIMIT), calls.place(**LIMIT)
    assert first["submitted_at"] < second["submitted_at"]
    venue.same_instant = True
    third, fourth = calls.place(**LIMIT), calls.place(**LIMIT)
    assert third["submitted_at"] == fourth["submitted_at"]
    venue.skew = timedelta(minutes=-5)
    answer = calls.call("GET", "/v2/clock")
    assert answer.headers["Date"] == "Tue, 03 Mar 2026 14:55:00 GMT"
    assert answer.json()["timestamp"].startswith("2026-03-03T09:55:00")


def test_live_has_another_account_and_other_keys(clock: Clock) -> None:
    with alpaca_venue(clock, live=True) as venue, Calls(venue) as calls:
        assert calls.ask("/v2/account")["account_number"].isdigit()
        calls.headers["APCA-API-KEY-ID"] = "PKPAPER"
        assert calls.refusal("GET", "/v2/account") == (403, None, "forbidden.")
