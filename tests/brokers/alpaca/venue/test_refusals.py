"""What the venue says no to, and how."""

from typing import Any

import pytest

from tests.brokers.alpaca.venue.calls import Calls, a_body
from tests.brokers.alpaca.venue.venue import Venue
from tests.conftest import Clock

UNKNOWN = "3c0f5b5e-0000-4000-8000-00000000dead"
LIMIT = {"type": "limit", "limit_price": "180", "time_in_force": "gtc"}
MISSING, ILLEGAL, FORBIDDEN = (422, 40010001), (422, 42210000), (403, 40310000)


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({"type": "limit"}, MISSING, "limit orders require a limit price"),
        ({"limit_price": "1"}, MISSING, "market orders require no stop or limit price"),
        ({"type": "limit", "limit_price": "0"}, MISSING, "limit price must be > 0"),
        ({"type": "stop"}, MISSING, "stop orders require a stop price"),
        ({"type": "trailing_stop"}, MISSING, "trailing stop orders must specify one of trail_percent or trail_price"),
        ({"qty": None}, MISSING, "qty or notional is required"),
        ({"notional": "10"}, MISSING, "only one of qty or notional is accepted"),
        ({"qty": "-10"}, MISSING, "qty must be > 0"),
        ({"qty": "0"}, MISSING, "qty must be > 0"),
        ({"side": "sell_short"}, MISSING, "invalid side"),
        ({"client_order_id": "x" * 129}, MISSING, "client_order_id must be no more than 128 characters"),
        ({"type": "limit", "limit_price": "290.123"}, ILLEGAL,
         "invalid limit_price 290.123. sub-penny increment does not fulfill minimum pricing criteria"),
        ({"side": "sell", "type": "stop", "stop_price": "190"}, ILLEGAL, "stop price must be less than current price"),
        ({"type": "stop", "stop_price": "189"}, ILLEGAL, "stop price must be greater than current price"),
        ({"qty": "1.5", "time_in_force": "gtc"}, ILLEGAL, "fractional orders must be DAY orders"),
        ({"qty": "1.5", "side": "sell"}, ILLEGAL, "fractional orders cannot be sold short"),
        ({"extended_hours": True}, ILLEGAL, "extended hours order must be DAY or GTC limit orders"),
        ({"symbol": "NOSUCHSYMBOL"}, ILLEGAL, 'asset "NOSUCHSYMBOL" not found'),
        ({"qty": "0.001"}, FORBIDDEN, "cost basis must be >= minimal amount of order 1"),
        ({"qty": "2000"}, FORBIDDEN, "insufficient buying power"),
    ],
)  # fmt: skip
def test_an_order_is_refused(
    venue: Venue, calls: Calls, fields: dict[str, Any], code: tuple[int, int], message: str
) -> None:
    assert calls.refused(**fields) == (*code, message)
    assert venue.orders == []


def test_a_body_that_cannot_be_read(venue: Venue, calls: Calls) -> None:
    answer = calls.post(venue.base_url + "/v2/orders", data="{not json")
    assert (answer.status_code, answer.json()["code"]) == (400, 40010000)
    assert calls.refused(qty=True)[:2] == calls.refused(qty="ten")[:2] == (400, 40010000)
    assert calls.refusal("POST", "/v2/orders", [])[:2] == (400, 40010000)


def test_keys(venue: Venue, calls: Calls) -> None:
    calls.headers["APCA-API-KEY-ID"] = "PKNOBODY"
    assert calls.refusal("GET", "/v2/account") == (401, 40110000, "request is not authorized")
    calls.headers["APCA-API-KEY-ID"] = "AKLIVE"
    assert calls.refusal("GET", "/v2/account") == (403, None, "forbidden.")
    del calls.headers["APCA-API-KEY-ID"]
    assert calls.refusal("GET", "/v2/account") == (403, None, "forbidden.")
    assert calls.refusal("GET", "/v2/stocks/AAPL/snapshot") == (403, None, "forbidden.")
    calls.ask("/v1beta3/crypto/us/latest/trades", symbols="BTC/USD")
    venue.oauth_token = "token"
    calls.headers["Authorization"] = "Bearer token"
    calls.ask("/v2/account")


def test_a_client_id_is_taken_once_for_ever(calls: Calls) -> None:
    placed = calls.place(**LIMIT, client_order_id="ours-1")
    calls.cancel(placed["id"])
    assert calls.refused(client_order_id="ours-1") == (*MISSING, "client_order_id must be unique")


def test_what_is_not_there(calls: Calls) -> None:
    for method in ("GET", "DELETE"):
        assert calls.refusal(method, f"/v2/orders/{UNKNOWN}") == (404, 40410000, "order not found")
        assert calls.refusal(method, "/v2/orders/1") == (*MISSING, "order_id is missing")
    assert calls.refusal("PATCH", f"/v2/orders/{UNKNOWN}", {"qty": "1"})[0] == 404
    find = "/v2/orders:by_client_order_id"
    assert calls.refusal("GET", find, client_order_id="never") == (404, 40410000, "order not found")
    assert calls.refusal("GET", "/v2/assets/NOSUCHSYMBOL") == (404, 40410000, "asset not found for NOSUCHSYMBOL")
    assert calls.refusal("GET", "/v2/nothing")[0] == 404


def test_a_filled_order_is_not_changed(calls: Calls) -> None:
    placed = calls.place()
    for method in ("PATCH", "DELETE"):
        told = calls.refusal(method, f"/v2/orders/{placed['id']}", {"qty": "1"})
        assert told == (*ILLEGAL, 'order is already in "filled" state')


def test_an_unrouted_order_is_not_replaced(venue: Venue, calls: Calls) -> None:
    venue.hold_routing = True
    placed = calls.place(**LIMIT)
    assert calls.refusal("PATCH", f"/v2/orders/{placed['id']}", {"limit_price": "181"}) == (
        *ILLEGAL, "unable to replace order, order isn't sent to exchange yet"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"qty": "-1"}, "qty must be > 0"),
        ({"qty": "1.5"}, "qty of fractional orders cannot be replaced"),
        ({"limit_price": "180.001"}, "invalid limit_price 180.001. sub-penny increment"),
        ({"stop_price": "180"}, "limit orders require no stop price"),
        ({"qty": "5000"}, "insufficient buying power"),
    ],
)
def test_a_change_is_refused(calls: Calls, fields: dict[str, Any], message: str) -> None:
    placed = calls.place(**LIMIT)
    assert calls.refusal("PATCH", f"/v2/orders/{placed['id']}", fields)[2].startswith(message)
    assert calls.order(placed["id"])["status"] == "new"


def test_shares_that_are_tied_up(calls: Calls) -> None:
    calls.place()
    exit_ = calls.place(side="sell", type="limit", limit_price="250", qty="7", time_in_force="gtc")
    answer = calls.call("POST", "/v2/orders", a_body(side="sell"))
    assert answer.json() == {
        "available": "3",
        "code": 40310000,
        "existing_qty": "10",
        "held_for_orders": "7",
        "message": "insufficient qty available for order (requested: 10, available: 3)",
        "related_orders": [exit_["id"]],
        "symbol": "AAPL",
    }


def test_wash_trades(calls: Calls) -> None:
    calls.place()
    stop = calls.place(side="sell", type="stop", stop_price="150", time_in_force="gtc")
    for fields in ({}, LIMIT):
        answer = calls.call("POST", "/v2/orders", a_body(**fields))
        assert (answer.status_code, answer.json()["existing_order_id"]) == (403, stop["id"])
        assert answer.json()["message"] == "potential wash trade detected. use complex orders"
    calls.place(order_class="oto", take_profit={"limit_price": "250"})


def test_limits_wash_only_where_they_cross(calls: Calls) -> None:
    calls.place()
    calls.place(side="sell", type="limit", limit_price="200", time_in_force="gtc")
    calls.place(type="limit", limit_price="199")
    assert calls.refused(type="limit", limit_price="200")[0] == 403


def test_one_direction_at_a_time(calls: Calls) -> None:
    calls.place(type="limit", limit_price="180")
    assert calls.refused(side="sell", type="limit", limit_price="200") == (
        *FORBIDDEN, "cannot open a short sell while a long buy order is open"
    )  # fmt: skip


def test_what_an_asset_or_the_user_forbids(venue: Venue, calls: Calls) -> None:
    venue.assets.change("GME", tradable=False)
    venue.assets.change("TSLA", shortable=False, fractionable=False)
    venue.assets.change("AMD", status="inactive")
    assert calls.refused(symbol="GME")[2] == 'asset "GME" is not tradable'
    assert calls.refused(symbol="AMD")[2] == 'asset "AMD" is not active'
    assert calls.refused(symbol="TSLA", side="sell")[2] == 'asset "TSLA" cannot be sold short'
    assert calls.refused(symbol="TSLA", qty="0.5")[2] == "requested asset is not fractionable"
    calls.told(calls.call("PATCH", "/v2/account/configurations", {"no_shorting": True}), 200)
    assert calls.refused(side="sell") == (*FORBIDDEN, "account is not allowed to short")
    calls.told(calls.call("PATCH", "/v2/account/configurations", {"suspend_trade": True}), 200)
    assert calls.refused() == (*FORBIDDEN, "new orders are rejected by user request")
    assert calls.ask("/v2/account")["trade_suspended_by_user"] is True


def test_the_limit_of_requests(venue: Venue, calls: Calls, clock: Clock) -> None:
    assert calls.call("GET", "/v2/clock").headers["X-RateLimit-Remaining"] == "199"
    venue.rate_limit = 2
    left = [calls.call("GET", "/v2/clock").headers["X-RateLimit-Remaining"] for _ in range(2)]
    assert left == ["1", "0"]
    answer = calls.call("GET", "/v2/clock")
    assert (answer.status_code, answer.json()) == (429, {"code": 42910000, "message": "rate limit exceeded"})
    assert int(answer.headers["X-RateLimit-Reset"]) == int(clock.now.timestamp()) + 60
    clock.turn(minutes=1)
    assert calls.call("GET", "/v2/clock").status_code == 200
