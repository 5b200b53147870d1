"""Each order type and time in force against hand-worked figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.brokers.simulator.desk import EVERYTHING, D, at, exchange, fills, order, refusal, update
from tests.brokers.simulator.scripted import ScriptedMarket, flat
from trenddojo.brokers.errors import BrokerErrorCode
from trenddojo.brokers.simulator.profile import IdFormat
from trenddojo.domain.orders import OrderStatus, TimeInForce

# One minute that rises 10.00 -> 10.60 (at 20 s), falls to 9.40 (at 40 s) and comes back to 10.00.
SWING = ("10.00", "10.60", "9.40", "10.00")
CALM = flat("10.00", 4)
GAP_DOWN = [("8.00", "8.10", "7.90", "8.00"), *flat("8.00", 4)]
GAP_UP = [("12.00", "12.10", "11.90", "12.00"), *flat("12.00", 4)]


def swinging(volume: int = 100_000) -> ScriptedMarket:
    return ScriptedMarket({"AAA": [[SWING, *CALM]]}, volume)


# ---- market


def test_market_buy_inside_a_minute_pays_the_ask_of_that_instant() -> None:
    desk = exchange(swinging())
    placed = desk.submit(order("buy", 100), at(0, 10))  # half-way up: 10.30, and half of the spread of 0.10
    assert (placed.status, placed.raw_status) == (OrderStatus.FILLED, "filled")
    assert fills(desk) == [("buy", "100", "10.35", at(0, 10))]
    assert placed.average_fill_price == D("10.35")
    assert placed.submitted_at == placed.updated_at == at(0, 10)
    assert desk.balances(at(0, 10)).cash == D("98965.00")


def test_market_sell_gets_the_bid_but_never_below_the_minutes_low() -> None:
    desk = exchange(swinging())
    desk.submit(order("sell", 10), at(0, 10))
    desk.submit(order("sell", 10), at(0, 40))  # the low itself: the bid of 9.35 lies outside the minute
    assert [price for _, _, price, _ in fills(desk)] == ["10.25", "9.40"]


def test_market_order_sent_while_closed_rests_until_the_open() -> None:
    desk = exchange(ScriptedMarket({"AAA": [CALM, GAP_UP[:4]]}))
    placed = desk.submit(order("buy", 10, tif="day"), at(60))
    assert placed.status is OrderStatus.ACCEPTED
    desk.advance(at(0, 0, day=1))
    assert fills(desk) == [("buy", "10", "12.05", at(day=1))]


# ---- limit


def test_limit_fills_at_its_limit_at_the_microsecond_of_the_touch() -> None:
    desk = exchange(swinging())
    desk.submit(order("buy", 100, "limit", limit_price="9.70"), at(-5))
    desk.advance(at(0, 34.999999))
    assert fills(desk) == []
    desk.advance(at(0, 35))  # from 10.60 at 20 s down 0.06 a second: 9.70 at 35 s
    assert fills(desk) == [("buy", "100", "9.70", at(0, 35))]


def test_marketable_limit_pays_the_ask_up_to_its_limit() -> None:
    desk = exchange(swinging())
    desk.submit(order("buy", 1, "limit", limit_price="11.00"), at(0, 10))
    desk.submit(order("buy", 1, "limit", limit_price="10.32"), at(0, 10))
    assert [price for _, _, price, _ in fills(desk)] == ["10.35", "10.32"]


@pytest.mark.parametrize(
    ("side", "limit", "gap", "price"), [("buy", "9.00", GAP_DOWN, "8.00"), ("sell", "11.00", GAP_UP, "12.00")]
)
def test_limit_that_the_market_gaps_through_fills_at_the_better_open(side, limit, gap, price) -> None:
    desk = exchange(ScriptedMarket({"AAA": [flat("10.00", 5), gap]}))
    desk.submit(order(side, 100, "limit", limit_price=limit), at(1))
    desk.advance(at(1, day=1))
    assert fills(desk) == [(side, "100", price, at(day=1))]


def test_limit_not_reached_rests() -> None:
    desk = exchange(swinging())
    placed = desk.submit(order("buy", 100, "limit", limit_price="9.39"), at(0))
    desk.advance(at(0, 0, day=30))
    assert desk.order(placed.order_id) == placed
    assert [one.order_id for one in desk.open_orders()] == [placed.order_id]


# ---- stop, stop-limit


def test_stop_fills_where_it_is_touched() -> None:
    desk = exchange(swinging())
    desk.submit(order("buy", 100, "stop", stop_price="10.45"), at(-1))
    desk.submit(order("sell", 40, "stop", stop_price="9.70"), at(-1))
    desk.advance(at(1))
    assert fills(desk) == [("buy", "100", "10.45", at(0, 15)), ("sell", "40", "9.70", at(0, 35))]


@pytest.mark.parametrize(
    ("side", "stop", "gap", "price"), [("sell", "9", GAP_DOWN, "8.00"), ("buy", "11", GAP_UP, "12.00")]
)
def test_stop_that_the_market_gaps_through_slips_to_the_open(side, stop, gap, price) -> None:
    desk = exchange(ScriptedMarket({"AAA": [flat("10.00", 5), gap]}))
    desk.submit(order(side, 100, "stop", stop_price=stop), at(1))
    desk.advance(at(1, day=1))
    assert fills(desk) == [(side, "100", price, at(day=1))]


def test_stop_beyond_the_market_on_arrival_is_a_market_order() -> None:
    desk = exchange(swinging())
    desk.submit(order("sell", 5, "stop", stop_price="11"), at(0, 10))
    assert fills(desk) == [("sell", "5", "10.25", at(0, 10))]


def test_triggered_stop_without_room_goes_on_as_a_market_order() -> None:
    desk = exchange(swinging(volume=600))  # 60 a minute
    desk.submit(order("buy", 100, "stop", stop_price="10.45"), at(-1))
    desk.advance(at(3))
    assert fills(desk) == [
        ("buy", "60", "10.45", at(0, 15)),
        ("buy", "40", "10.00", at(1)),
    ]  # the ask is above the high


def test_stop_limit_rests_as_a_limit_once_triggered() -> None:
    desk = exchange(ScriptedMarket({"AAA": [flat("10.00", 5), [("8.00", "8.00", "8.60", "8.60"), *flat("8.60", 4)]]}))
    placed = desk.submit(order("sell", 100, "stop_limit", stop_price="9.00", limit_price="8.50"), at(1))
    desk.advance(at(0, 0, day=1))
    waiting = desk.order(placed.order_id)
    assert waiting.status is OrderStatus.ACCEPTED  # triggered at 8.00, below its limit
    assert waiting.updated_at == at(day=1)
    desk.advance(at(2, day=1))
    sold = fills(desk)[0]
    assert sold[:3] == ("sell", "100", "8.50")
    assert at(0, 20, day=1) < sold[3] < at(0, 40, day=1)


def test_stop_limit_with_one_price_fills_where_it_is_touched() -> None:
    desk = exchange(swinging())
    desk.submit(order("sell", 100, "stop_limit", stop_price="9.77", limit_price="9.77"), at(-1))
    desk.advance(at(1))
    assert [one[:3] for one in fills(desk)] == [("sell", "100", "9.77")]


# ---- trailing stop


def test_trailing_stop_follows_the_high_in_the_order_of_the_path() -> None:
    desk = exchange(swinging())
    placed = desk.submit(order("sell", 10, "trailing_stop", trail_amount="0.60"), at(0))
    assert placed.stop_price == D("9.40")
    desk.advance(at(1))  # high 10.60 first: triggered at 10.00, 10 s after the high
    assert fills(desk) == [("sell", "10", "10.00", at(0, 30))]
    assert desk.order(placed.order_id).stop_price == D("10.00")


def test_trailing_stop_does_not_see_a_high_that_comes_after_the_low() -> None:
    low_first = ("10.00", "9.41", "10.60", "10.05")
    desk = exchange(ScriptedMarket({"AAA": [[low_first, *flat("10.05", 4)]]}))
    placed = desk.submit(order("sell", 10, "trailing_stop", trail_amount="0.60"), at(0))
    desk.advance(at(1))
    assert fills(desk) == []
    assert desk.order(placed.order_id).stop_price == D("10.00")


def test_trailing_buy_by_percent_follows_the_low() -> None:
    desk = exchange(swinging())
    desk.submit(order("buy", 10, "trailing_stop", trail_percent="5"), at(0, 20))
    desk.advance(at(2))  # low 9.40 at 40 s: 9.87, of 0.03 a second: 15.667 s later
    bought = fills(desk)[0]
    assert bought[:3] == ("buy", "10", "9.87")
    assert bought[3] == at(0, 55.666667)


def test_trailing_stop_keeps_its_high_over_days_that_cannot_touch_it() -> None:
    rising = [("10.00", "10.00", "10.50", "10.50"), *flat("10.50", 4)]
    falling = [("10.20", "10.20", "9.00", "9.00"), *flat("9.00", 4)]
    desk = exchange(ScriptedMarket({"AAA": [flat("10.00", 5), rising, flat("10.50", 5), falling]}))
    desk.submit(order("sell", 10, "trailing_stop", trail_amount="1"), at(-1))
    desk.advance(at(10, day=3))
    assert [one[:3] for one in fills(desk)] == [("sell", "10", "9.50")]


def test_trailing_stop_does_not_see_what_was_before_it() -> None:
    desk = exchange(ScriptedMarket({"AAA": [[SWING, *CALM], flat("9.05", 5)]}))
    placed = desk.submit(order("sell", 10, "trailing_stop", trail_amount="1.50"), at(1))
    desk.advance(at(2, day=1))  # the 10.60 of the minute before would have put it at 9.10
    assert fills(desk) == []
    assert desk.order(placed.order_id).stop_price == D("8.50")


# ---- times in force


def test_day_order_expires_at_the_close_and_gtc_lives_on() -> None:
    desk = exchange(ScriptedMarket({"AAA": [CALM]}))
    day = desk.submit(order("buy", 1, "limit", limit_price="9", tif="day"), at(1))
    desk.submit(order("buy", 1, "limit", limit_price="9"), at(1))
    late = desk.submit(order("buy", 1, "limit", limit_price="9", tif="day"), at(4))  # closed: the next session's
    desk.advance(at(0, 0, day=1))
    ended = desk.order(day.order_id)
    assert (ended.status, ended.updated_at) == (OrderStatus.EXPIRED, at(4))
    assert desk.order(late.order_id).status is OrderStatus.ACCEPTED
    desk.advance(at(0, 0, day=5))
    assert desk.order(late.order_id).updated_at == at(4, day=1)
    assert len(desk.open_orders()) == 1


def test_ioc_takes_what_there_is_and_cancels_the_rest() -> None:
    desk = exchange(swinging(volume=600))
    placed = desk.submit(order("buy", 100, tif="ioc"), at(0, 10))
    assert (placed.status, placed.filled_quantity) == (OrderStatus.CANCELLED, 60)
    assert placed.reason == "The rest could not be filled at once."
    missed = desk.submit(order("buy", 100, "limit", limit_price="9", tif="ioc"), at(1))
    assert (missed.status, missed.filled_quantity) == (OrderStatus.CANCELLED, 0)


def test_fok_is_whole_or_nothing() -> None:
    desk = exchange(swinging(volume=600))
    assert desk.submit(order("buy", 61, tif="fok"), at(0, 10)).filled_quantity == 0
    assert desk.submit(order("buy", 60, tif="fok"), at(0, 10)).status is OrderStatus.FILLED


@pytest.mark.parametrize("tif", ["ioc", "fok"])
def test_order_for_an_instant_is_refused_while_closed(tif: str) -> None:
    error = refusal(exchange(swinging()).submit, order("buy", 1, tif=tif), at(-1))
    assert error.code is BrokerErrorCode.MARKET_CLOSED


# ---- parts and priority


def test_large_order_fills_in_parts_and_a_minimum_commission_is_charged_once() -> None:
    desk = exchange(swinging(volume=600), commission=lambda quantity, price: max(D(1), quantity * D("0.015")))
    placed = desk.submit(order("buy", 130), at(1))
    desk.advance(at(3))
    assert [one.quantity for one in desk.executions()] == [60, 60, 10]
    assert [one.commission for one in desk.executions()] == [D("1.00"), D("0.80"), D("0.15")]
    assert desk.order(placed.order_id).status is OrderStatus.FILLED
    assert desk.balances(at(3)).cash == D(100_000) - 1300 - D("1.95")


def test_better_price_fills_first_then_the_earlier_order() -> None:
    desk = exchange(ScriptedMarket({"AAA": [flat("10.00", 5), GAP_DOWN]}, volume=1000))
    limits = ["9.00", "9.50", "9.50"]
    ids = [desk.submit(order("buy", 60, "limit", limit_price=one), at(1)).order_id for one in limits]
    desk.advance(at(4, day=1))
    told = [(one.order_id, one.quantity, one.at) for one in desk.executions()]
    assert told == [
        (ids[1], 60, at(day=1)), (ids[2], 40, at(day=1)), (ids[2], 20, at(1, day=1)), (ids[0], 60, at(1, day=1))
    ]  # fmt: skip


# ---- refusals


@pytest.mark.parametrize("quantity", [0, -10])
def test_quantity_must_be_above_zero(quantity: int) -> None:
    error = refusal(exchange(swinging()).submit, order("buy", quantity), at(0))
    assert (error.message, error.code) == ("Invalid order quantity", BrokerErrorCode.ORDER_REJECTED)
    assert error.details["field"] == "quantity"


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (order("buy", "1.5"), "quantity"),
        (order("buy", 1, "limit"), "limit_price"),
        (order("buy", 1, limit_price="9"), "limit_price"),
        (order("sell", 1, "limit", limit_price="11", stop="9", is_oco=True), "is_oco"),
    ],
)
def test_form_is_refused_by_field(request_, field) -> None:
    desk = exchange(swinging())
    desk.changed()
    error = refusal(desk.submit, request_, at(0))
    assert (error.code, error.details["field"]) == (BrokerErrorCode.ORDER_REJECTED, field)
    assert desk.orders() == []
    assert desk.changed() == {}


def test_abilities_are_respected() -> None:
    some = replace(EVERYTHING, times_in_force=frozenset({TimeInForce.DAY}), allows_short=False)
    desk = exchange(swinging(), some)
    assert refusal(desk.submit, order("buy", 1), at(0)).details["field"] == "time_in_force"
    assert refusal(desk.submit, order("sell", 1, tif="day"), at(0)).details["field"] == "side"


def test_unknown_symbol_duplicate_id_and_funds() -> None:
    desk = exchange(swinging())
    unknown = refusal(desk.submit, order("buy", 1, symbol="ZZZ"), at(0))
    assert unknown.code is BrokerErrorCode.SYMBOL_NOT_FOUND
    desk.submit(order("buy", 1, cid="twice"), at(0))
    duplicate = refusal(desk.submit, order("buy", 1, cid="twice"), at(0))
    assert duplicate.details["reason"] == "duplicate_client_order_id"
    poor = refusal(desk.submit, order("buy", 20_000, "limit", limit_price="10"), at(0))
    assert poor.code is BrokerErrorCode.INSUFFICIENT_FUNDS


def test_buying_power_is_leverage_less_positions_and_opening_orders() -> None:
    desk = exchange(swinging())
    assert desk.balances(at(1)).buying_power == D(200_000)
    desk.submit(order("buy", 1000, "limit", limit_price="9"), at(1))
    assert desk.balances(at(1)).buying_power == D(191_000)
    desk.submit(order("buy", 2000), at(2))  # at 10.00: the ask is above the minute's high
    assert desk.balances(at(2)).buying_power == D(171_000)
    desk.submit(order("sell", 2000, "limit", limit_price="12"), at(2))  # an exit reserves nothing
    assert desk.balances(at(2)).buying_power == D(171_000)


def test_what_has_filled_of_an_order_reserves_nothing_more() -> None:
    desk = exchange(swinging(volume=600))
    desk.submit(order("buy", 100, "limit", limit_price="10"), at(1))
    assert desk.positions(at(1))[0].quantity == 60
    assert desk.balances(at(1)).buying_power == D(199_000)


def test_one_order_cannot_turn_a_position_round() -> None:
    desk = exchange(swinging())
    desk.submit(order("buy", 10), at(1))
    error = refusal(desk.submit, order("sell", 11), at(1))
    assert error.message == "Only 10 are held. One order cannot turn a position round."


def test_short_position_and_its_figures() -> None:
    desk = exchange(swinging())
    desk.submit(order("sell", 100), at(0, 10))  # 10.25
    (position,) = desk.positions(at(0, 20))  # 10.60
    assert (position.quantity, position.average_price) == (-100, D("10.25"))
    assert (position.market_value, position.unrealised) == (D("-1060.00"), D("-35.00"))
    balances, risk = desk.balances(at(0, 20)), desk.risk(at(0, 20))
    assert (balances.cash, balances.equity, balances.short_value) == (D("101025.00"), D("99965.00"), D("-1060.00"))
    assert (risk.gross_exposure, risk.net_exposure, risk.maintenance_margin) == (D(1060), D(-1060), D(318))
    assert desk.margin("AAA", D(-100), at(0, 20)).initial_margin == D(530)


# ---- cancel and replace


def test_cancel_and_what_has_ended() -> None:
    desk = exchange(swinging())
    placed = desk.submit(order("buy", 1, "limit", limit_price="9"), at(0))
    desk.cancel(placed.order_id, at(1))
    ended = desk.order(placed.order_id)
    assert (ended.status, ended.updated_at) == (OrderStatus.CANCELLED, at(1))
    assert refusal(desk.cancel, placed.order_id, at(1)).details["reason"] == "already_final"
    assert refusal(desk.replace, placed.order_id, update(), at(1)).details["reason"] == "already_final"
    assert refusal(desk.cancel, "nobody", at(1)).details["reason"] == "not_found"


def test_replace_under_the_same_id() -> None:
    desk = exchange(swinging())
    placed = desk.submit(order("buy", 1, "limit", limit_price="9", cid="first"), at(0))
    changed = desk.replace(placed.order_id, update(limit_price=D("9.70"), quantity=D(3)), at(0, 10))
    assert (changed.order_id, changed.client_order_id, changed.quantity) == (placed.order_id, "first", 3)
    desk.advance(at(1))
    assert fills(desk) == [("buy", "3", "9.70", at(0, 35))]


def test_replace_with_a_new_id_keeps_the_chain() -> None:
    desk = exchange(swinging(), replaces_with_new_id=True)
    placed = desk.submit(order("buy", 1, "limit", limit_price="9"), at(0))
    new = desk.replace(placed.order_id, update(limit_price=D("9.10"), cid="second"), at(1))
    old = desk.order(placed.order_id)
    assert (old.status, old.replaced_by) == (OrderStatus.REPLACED, new.order_id)
    assert (new.replaces, new.client_order_id, new.limit_price) == (old.order_id, "second", D("9.10"))
    assert desk.by_client_id("second") == new
    again = refusal(desk.replace, new.order_id, update(limit_price=D("9.20"), cid="second"), at(1))
    assert again.details["reason"] == "duplicate_client_order_id"


@pytest.mark.parametrize("new_id", [False, True])
def test_quantity_of_a_partly_filled_order_stays_and_the_chain_fills_what_was_asked(new_id: bool) -> None:
    desk = exchange(swinging(volume=600), replaces_with_new_id=new_id)
    placed = desk.submit(order("buy", 100, "limit", limit_price="10.00"), at(1))
    error = refusal(desk.replace, placed.order_id, update(quantity=D(80)), at(1, 5))
    assert error.details["field"] == "quantity"
    desk.replace(placed.order_id, update(limit_price=D("10.05")), at(1, 5))
    desk.advance(at(3))
    assert [one.quantity for one in desk.executions()] == [60, 40]
    assert desk.open_orders() == []


def test_replace_is_refused_by_field() -> None:
    desk = exchange(swinging())
    placed = desk.submit(order("buy", 1, "limit", limit_price="9"), at(0))
    assert refusal(desk.replace, placed.order_id, update(stop_price=D(8)), at(0)).details["field"] == "stop_price"
    assert refusal(desk.replace, placed.order_id, update(quantity=D(0)), at(0)).message == "Invalid order quantity"
    poor = refusal(desk.replace, placed.order_id, update(quantity=D(30_000)), at(0))
    assert poor.code is BrokerErrorCode.INSUFFICIENT_FUNDS
    assert desk.order(placed.order_id) == placed


# ---- ids


@pytest.mark.parametrize(
    ("id_format", "first"),
    [(IdFormat.INTEGER, "1"), (IdFormat.LONG_INTEGER, "1000000000001"), (IdFormat.NAMED, "SIM-000001")],
)
def test_ids_by_format(id_format: IdFormat, first: str) -> None:
    desk = exchange(swinging(), id_format=id_format)
    assert desk.submit(order("buy", 1), at(0)).order_id == first


def test_uuids_differ_between_orders_and_fills() -> None:
    desk = exchange(swinging(), id_format=IdFormat.UUID)
    placed = [desk.submit(order("buy", 1), at(0)).order_id for _ in range(2)]
    ids = {*placed, *(one.execution_id for one in desk.executions())}
    assert len(ids) == 4
    assert all(len(one) == 36 for one in ids)
