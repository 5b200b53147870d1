"""Brackets, oto and oco at the venue."""

from decimal import Decimal
from typing import Any

import pytest

from tests.brokers.alpaca.venue.calls import Calls, a_bracket
from tests.brokers.alpaca.venue.venue import Venue

D = Decimal
OCO = {
    "type": "limit",
    "side": "sell",
    "time_in_force": "gtc",
    "order_class": "oco",
    "take_profit": {"limit_price": "200"},
    "stop_loss": {"stop_price": "180"},
}


def family(calls: Calls, placed: Any) -> tuple[str, ...]:
    """The states of the entry, the take-profit and the stop."""
    order = calls.order(placed["id"], nested=True)
    return order["status"], *(leg["status"] for leg in order["legs"])


def rows(calls: Calls, **query: Any) -> list[tuple[str, str]]:
    return [(order["type"], order["status"]) for order in calls.open_orders(**query)]


def test_exits_sleep_until_the_entry_has_wholly_filled(venue: Venue, calls: Calls) -> None:
    placed = calls.place(**a_bracket())
    assert [(leg["side"], leg["type"], leg["status"], leg["legs"]) for leg in placed["legs"]] == [
        ("sell", "limit", "held", None),
        ("sell", "stop", "held", None),
    ]
    assert calls.order(placed["id"])["legs"] is None
    assert family(calls, placed) == ("new", "held", "held")
    assert rows(calls) == [("limit", "new")]
    assert [len(order["legs"]) for order in calls.open_orders(nested="true")] == [2]
    venue.fill(placed["id"], "4", "189")
    assert family(calls, placed) == ("partially_filled", "held", "held")
    venue.fill(placed["id"])
    assert family(calls, placed) == ("filled", "new", "held")
    assert rows(calls) == rows(calls, nested="true") == [("limit", "new")]
    assert calls.ask("/v2/positions/AAPL")["qty_available"] == "0"


def test_a_stop_that_wakes(venue: Venue, calls: Calls) -> None:
    venue.stop_wakes = True
    placed = calls.place(**a_bracket())
    venue.set_price("AAPL", "188")
    assert family(calls, placed) == ("filled", "new", "new")
    assert sorted(rows(calls)) == [("limit", "new"), ("stop", "new")]


@pytest.mark.parametrize(("price", "ended"), [("200", ("filled", "canceled")), ("180", ("canceled", "filled"))])
def test_one_exit_ends_the_other(venue: Venue, calls: Calls, price: str, ended: tuple[str, str]) -> None:
    placed = calls.place(**a_bracket())
    venue.set_price("AAPL", "188")
    venue.set_price("AAPL", price)
    assert family(calls, placed) == ("filled", *ended)
    assert venue.positions == {}
    assert venue.cash == D(100_000) + (D(price) - 188) * 10


def test_the_stop_shrinks_with_the_take_profit(venue: Venue, calls: Calls) -> None:
    placed = calls.place(**a_bracket())
    venue.fill(placed["id"])
    profit, stop = placed["legs"]
    venue.fill(profit["id"], "4", "200")
    assert calls.order(stop["id"])["qty"] == "6"
    venue.set_price("AAPL", "179")
    assert family(calls, placed) == ("filled", "canceled", "filled")
    assert venue.positions == {}


def test_both_exits_can_fill_by_script(venue: Venue, calls: Calls) -> None:
    placed = calls.place(**a_bracket())
    venue.fill(placed["id"])
    for leg in placed["legs"]:
        venue.fill(leg["id"], "10", "190")
    assert venue.positions == {"AAPL": D(-10)}


@pytest.mark.parametrize("member", [0, 1, 2])
def test_cancelling_any_member_cancels_all(venue: Venue, calls: Calls, member: int) -> None:
    placed = calls.place(**a_bracket())
    venue.fill(placed["id"], "4", "189")
    calls.cancel([placed, *placed["legs"]][member]["id"])
    assert family(calls, placed) == ("canceled", "canceled", "canceled")
    assert venue.positions == {"AAPL": D(4)}


def test_a_silent_cancel_leaves_the_others(venue: Venue, calls: Calls) -> None:
    placed = calls.place(**a_bracket())
    venue.fill(placed["id"])
    venue.cancel_silently(placed["legs"][1]["id"])
    assert family(calls, placed) == ("filled", "new", "canceled")


def test_an_expired_entry_takes_its_exits_along(venue: Venue, calls: Calls) -> None:
    placed = calls.place(**a_bracket())
    venue.expire(placed["id"])
    assert family(calls, placed) == ("expired", "canceled", "canceled")


def test_the_exits_of_a_day_expire_with_it(venue: Venue, calls: Calls) -> None:
    placed = calls.place(**a_bracket(time_in_force="day"))
    venue.fill(placed["id"])
    venue.expire(placed["legs"][1]["id"])
    assert family(calls, placed) == ("filled", "new", "expired")


def test_members_are_replaced_by_price_only(venue: Venue, calls: Calls) -> None:
    placed = calls.place(**a_bracket())
    entry = calls.change(placed["id"], limit_price="188")
    assert family(calls, entry) == ("new", "held", "held")
    assert calls.refusal("PATCH", f"/v2/orders/{entry['id']}", {"qty": "5"})[:2] == (422, 42210000)
    venue.fill(entry["id"])
    stop = calls.change(placed["legs"][1]["id"], stop_price="185")
    assert (stop["status"], stop["replaces"]) == ("held", placed["legs"][1]["id"])
    assert family(calls, entry) == ("filled", "new", "held")
    venue.set_price("AAPL", "184")
    assert family(calls, entry) == ("filled", "canceled", "filled")


def test_an_oto_has_one_exit_that_wakes(venue: Venue, calls: Calls) -> None:
    placed = calls.place(type="market", order_class="oto", stop_loss={"stop_price": "180", "limit_price": "179"})
    (leg,) = calls.order(placed["id"], nested=True)["legs"]
    assert (leg["type"], leg["status"], leg["stop_price"], leg["limit_price"]) == ("stop_limit", "new", "180", "179")


@pytest.mark.parametrize(("price", "states"), [("200", ("filled", "canceled")), ("180", ("canceled", "filled"))])
def test_an_oco_is_a_pair(venue: Venue, calls: Calls, price: str, states: tuple[str, str]) -> None:
    calls.place()
    placed = calls.place(**OCO)
    assert (placed["limit_price"], placed["legs"][0]["stop_price"]) == ("200", "180")
    assert family(calls, placed) == ("new", "held")
    assert calls.ask("/v2/positions/AAPL")["qty_available"] == "0"
    venue.set_price("AAPL", price)
    assert family(calls, placed) == states
    assert venue.positions == {}


def test_a_short_bracket(venue: Venue, calls: Calls) -> None:
    placed = calls.place(
        side="sell", order_class="bracket", take_profit={"limit_price": "180"}, stop_loss={"stop_price": "200"}
    )
    assert venue.positions == {"AAPL": D(-10)}
    venue.set_price("AAPL", "201")
    assert family(calls, placed) == ("filled", "canceled", "filled")
    assert venue.positions == {}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"take_profit": None}, "bracket orders require take_profit.limit_price"),
        ({"stop_loss": {}}, "bracket orders require stop_loss.stop_price"),
        ({"take_profit": {"limit_price": "179"}}, "take_profit.limit_price must be > stop_loss.stop_price"),
        ({"stop_loss": {"stop_price": "189"}}, "stop_loss.stop_price must be <= base_price - 0.01"),
        ({"time_in_force": "ioc"}, "bracket orders must be DAY or GTC orders"),
        ({"type": "stop", "limit_price": None, "stop_price": "195"}, "bracket orders must be market or limit orders"),
        ({"extended_hours": True}, "bracket orders do not support extended hours"),
        ({"qty": "1.5"}, "fractional orders must be simple orders"),
        ({"order_class": "oto"}, "oto orders require exactly one of take_profit or stop_loss"),
        ({"order_class": "mleg"}, "mleg orders are not supported"),
    ],
)
def test_a_family_that_is_none(calls: Calls, fields: dict[str, Any], message: str) -> None:
    status, code, told = calls.refused(**a_bracket(**fields))
    assert (status, told) == (422, message)
    assert code in (40010001, 42210000)


def test_who_opens_and_who_ends(calls: Calls) -> None:
    assert calls.refused(**OCO)[2] == "oco orders must be exit orders"
    calls.place()
    bracket = a_bracket(side="sell", take_profit={"limit_price": "170"}, stop_loss={"stop_price": "210"})
    assert calls.refused(**bracket)[2] == "bracket orders must be entry orders"
