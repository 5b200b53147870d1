"""Orders one by one: their types and times, what is told of them, and how they end."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.brokers.interactive_brokers.gateway.caller import OPEN_ORDER, ORDER_STATUS, Caller
from tests.brokers.interactive_brokers.gateway.library import Trader
from tests.brokers.interactive_brokers.gateway.venue import Gateway
from tests.brokers.subjects import CLOSED
from tests.conftest import Clock

D = Decimal


def test_a_market_order_fills_at_once(trader: Trader, there: Gateway) -> None:
    trade = trader.place(orderRef="ours-1")
    trader.until(lambda: trade.fills and trade.fills[0].commissionReport.execId)
    assert (trade.orderStatus.status, trade.orderStatus.avgFillPrice, trade.orderStatus.remaining) == ("Filled", 190, 0)
    (fill,) = trade.fills
    assert (fill.execution.side, fill.execution.shares, fill.execution.orderRef) == ("BOT", 10, "ours-1")
    assert (fill.execution.acctNumber, fill.execution.exchange) == ("DU1234567", "NASDAQ")
    assert fill.execution.time == datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
    assert (fill.commissionReport.commission, fill.commissionReport.currency) == (1, "USD")
    assert there.positions == {"AAPL": D(10)}
    assert there.cash == D(100_000) - 1900 - 1


def test_what_happens_is_told_in_order(caller: Caller, there: Gateway) -> None:
    there.place_as(7, "BUY", "AAPL", 10)
    assert caller.until(OPEN_ORDER)[0] == "5"
    assert [caller.hear()[0] for _ in range(6)] == ["3", "11", "5", "3", "3", "59"]


ORDERS: dict[str, tuple[dict[str, Any], str, str]] = {
    "a limit": ({"order_type": "LMT", "lmtPrice": 180}, "Submitted", "180"),
    "a marketable limit": ({"order_type": "LMT", "lmtPrice": 195}, "Filled", "190"),
    "a stop": ({"order_type": "STP", "auxPrice": 200}, "PreSubmitted", "200"),
    "a stop that has been touched": ({"order_type": "STP", "auxPrice": 189}, "Filled", "190"),
    "a stop limit": ({"order_type": "STP LMT", "auxPrice": 200, "lmtPrice": 201}, "PreSubmitted", "200.5"),
    "a trail by an amount": ({"order_type": "TRAIL", "auxPrice": 5}, "PreSubmitted", "195"),
    "a trail by percent": ({"order_type": "TRAIL", "trailingPercent": 10}, "PreSubmitted", "209"),
    "a trail from a stop": ({"order_type": "TRAIL", "auxPrice": 50, "trailStopPrice": 192}, "PreSubmitted", "192"),
    "for the day": ({"order_type": "LMT", "lmtPrice": 180, "tif": "GTC"}, "Submitted", "180"),
    "filled or killed": ({"order_type": "LMT", "lmtPrice": 190, "tif": "FOK"}, "Filled", "190"),
}  # fmt: skip


@pytest.mark.parametrize("told", ORDERS.values(), ids=ORDERS)
def test_every_type_waits_for_its_price(trader: Trader, there: Gateway, told: tuple[dict[str, Any], str, str]) -> None:
    terms, status, price = told
    trade = trader.place(**terms)
    assert trade.orderStatus.status == status
    there.set_price("AAPL", price)
    trader.ended(trade, "Filled")
    assert there.fills[0].price == D("190" if status == "Filled" else price)


def test_a_trailing_stop_follows_the_market(trader: Trader, there: Gateway) -> None:
    trade = trader.place("SELL", 10, "TRAIL", trailingPercent=10)
    for price, stop in (("190", "171"), ("200", "180"), ("185", "180")):
        there.set_price("AAPL", price)
        assert there.orders[0].trail_stop == D(stop)
        (open_trade,) = trader.ask("reqAllOpenOrders")
        assert open_trade.order.permId == trade.orderStatus.permId
    there.set_price("AAPL", "179.99")
    trader.ended(trade, "Filled")
    assert there.positions == {"AAPL": D(-10)}


def test_a_stop_limit_may_be_touched_and_not_fill(trader: Trader, there: Gateway) -> None:
    trade = trader.place("SELL", 10, "STP LMT", auxPrice=185, lmtPrice=184)
    there.set_price("AAPL", "183")
    trader.ended(trade, "Submitted")
    there.set_price("AAPL", "184.5")
    trader.ended(trade, "Filled")
    assert there.fills[0].price == D("184.5")


@pytest.mark.parametrize("tif", ["IOC", "FOK"])
def test_what_must_be_at_once_ends_at_once(trader: Trader, there: Gateway, tif: str) -> None:
    trade = trader.rest(tif=tif)
    trader.ended(trade, "Cancelled")
    trader.heard(202)
    assert there.open_orders == []


def test_an_order_of_the_day_ends_with_it(trader: Trader, there: Gateway, clock: Clock) -> None:
    day, good = trader.rest(), trader.rest(tif="GTC")
    until = trader.rest(tif="GTD", goodTillDate="20260306 12:00:00 US/Eastern")
    clock.turn(hours=6, minutes=1)
    there.settle()
    trader.ended(day, "Cancelled")
    assert 202 not in trader.codes
    assert there.orders[0].completed == "Expired"
    clock.turn(days=3)
    there.settle()
    trader.ended(until, "Cancelled")
    assert [order.perm_id for order in there.open_orders] == [good.orderStatus.permId]


@pytest.mark.parametrize(("terms", "at"), [
    ({"order_type": "MOC"}, datetime(2026, 3, 3, 20, 59, 30, tzinfo=UTC)),
    ({"order_type": "LOC", "lmtPrice": 195}, datetime(2026, 3, 3, 20, 59, 30, tzinfo=UTC)),
    ({"tif": "OPG"}, datetime(2026, 3, 4, 14, 30, 10, tzinfo=UTC)),
    ({"order_type": "LMT", "lmtPrice": 195, "tif": "OPG"}, datetime(2026, 3, 4, 14, 30, 10, tzinfo=UTC)),
])  # fmt: skip
def test_auctions_fill_at_their_hour(
    trader: Trader, there: Gateway, clock: Clock, terms: dict[str, Any], at: datetime
) -> None:
    trade = trader.place(**terms)
    assert trade.orderStatus.status == "PreSubmitted"
    there.settle()
    assert there.fills == []
    clock.now = at
    there.settle()
    trader.ended(trade, "Filled")


def test_nothing_fills_while_the_market_is_closed(trader: Trader, there: Gateway, clock: Clock) -> None:
    clock.now = CLOSED
    trade = trader.place()
    trader.heard(399)
    assert "2026-03-09 09:30:00 US/Eastern" in trader.texts[-1]
    assert there.orders[0].status == "PreSubmitted"
    clock.now = datetime(2026, 3, 9, 13, 30, tzinfo=UTC)
    there.settle()
    trader.ended(trade, "Filled")


def test_outside_regular_hours_only_who_wants_it_trades(trader: Trader, there: Gateway, clock: Clock) -> None:
    clock.now = datetime(2026, 3, 3, 22, 0, tzinfo=UTC)
    inside = trader.place("BUY", 10, "LMT", lmtPrice=195)
    outside = trader.place("BUY", 10, "LMT", lmtPrice=195, outsideRth=True)
    trader.ended(outside, "Filled")
    assert there.orders[0].status == "PreSubmitted"
    assert inside.orderStatus.permId


def test_only_limits_trade_outside_regular_hours(trader: Trader, there: Gateway) -> None:
    trader.send(trader.order("BUY", 10, "STP", auxPrice=250, outsideRth=True))
    trader.heard(2109)
    assert there.open_orders


def test_a_partial_fill(trader: Trader, there: Gateway) -> None:
    trade = trader.place("BUY", 300, "LMT", lmtPrice=180)
    there.fill(trade.orderStatus.permId, 100, "180")
    trader.until(lambda: trade.orderStatus.filled == 100)
    assert (trade.orderStatus.status, trade.orderStatus.remaining) == ("Submitted", 200)
    there.fill(there.orders[0], "200", "179")
    trader.ended(trade, "Filled")
    trader.until(lambda: len(trade.fills) == 2 and trade.fills[1].commissionReport.execId)
    assert trade.orderStatus.avgFillPrice == pytest.approx(179.3333, abs=1e-4)
    assert [fill.commissionReport.commission for fill in trade.fills] == [1, 0.5]
    assert [fill.execution.cumQty for fill in trade.fills] == [100, 300]


@pytest.mark.parametrize(("quantity", "price", "commission"), [
    (100, "25", "1.0000"), (1000, "25", "5.0000"), (1000, "0.25", "2.5000"), (10, "0.20", "0.0200"),
])  # fmt: skip
def test_commissions(there: Gateway, quantity: int, price: str, commission: str) -> None:
    there.set_price("F", price)
    there.place_as(9, "BUY", "F", quantity)
    assert there.fills[0].commission == D(commission)


def test_commissions_may_come_late(trader: Trader, there: Gateway) -> None:
    there.commission_after = 2
    trade = trader.place()
    trader.ended(trade, "Filled")
    assert trade.fills[0].commissionReport.execId == ""
    trader.ask("reqCurrentTime")
    assert not there.fills[0].is_reported
    trader.ask("reqCurrentTime")
    trader.until(lambda: trade.fills[0].commissionReport.execId)


def test_commissions_may_wait_for_their_release(trader: Trader, there: Gateway) -> None:
    there.commission_after = None
    trade = trader.place()
    trader.ended(trade, "Filled")
    assert trader.ask("reqExecutions")[0].commissionReport.execId == ""
    there.release_commissions()
    trader.until(lambda: trade.fills[0].commissionReport.commission == 1)


def test_a_profit_is_reported_with_its_commission(trader: Trader, there: Gateway) -> None:
    trader.place()
    there.set_price("AAPL", "200")
    trade = trader.place("SELL")
    trader.until(lambda: trade.fills and trade.fills[0].commissionReport.execId)
    assert trade.fills[0].commissionReport.realizedPNL == 98
    assert there.positions == {}


def test_a_correction_replaces_a_fill(trader: Trader, there: Gateway) -> None:
    trade = trader.place("BUY", 10, "LMT", lmtPrice=180)
    fill = there.fill(trade.orderStatus.permId, price="180")
    corrected = there.correct(fill, price="179")
    assert (fill.exec_id[-6:], corrected.exec_id[-6:]) == (".01.01", ".01.02")
    assert there.fills == [corrected]
    assert there.cash == D(100_000) - 1790 - 1
    trader.until(lambda: len(trader.ib.fills()) == 2)
    assert len(trader.ask("reqExecutions")) == 2


def test_a_fill_may_come_after_a_cancel(trader: Trader, there: Gateway) -> None:
    there.hold_cancels = True
    trade = trader.rest()
    trader.cancel(trade)
    trader.until(lambda: there.orders[0].status == "PendingCancel")
    there.fill(there.orders[0], 4, "150")
    there.hold_cancels = False
    there.settle()
    trader.ended(trade, "Cancelled")
    there.fill(there.orders[0], 2, "150")
    trader.until(lambda: trade.orderStatus.filled == 6)
    assert (trade.orderStatus.status, there.positions) == ("Cancelled", {"AAPL": D(6)})


def test_orders_may_be_refused_or_cancelled_later(trader: Trader, there: Gateway) -> None:
    refused, ended = trader.rest(), trader.rest()
    there.reject(refused.orderStatus.permId, "halted")
    trader.heard(201)
    trader.until(lambda: refused.orderStatus.status == "Inactive")
    there.cancel(ended.orderStatus.permId, "margin")
    trader.ended(ended, "Cancelled")
    assert [order.completed for order in there.orders] == ["Rejected by System: halted", "Cancelled by System: margin"]


def test_acceptance_may_wait(trader: Trader, there: Gateway) -> None:
    there.hold_acceptance = True
    trade = trader.send(trader.order())
    assert trader.ask("reqAllOpenOrders") == []
    assert (trade.orderStatus.permId, there.orders[0].status) == (0, "PendingSubmit")
    there.hold_acceptance = False
    there.settle()
    trader.ended(trade, "Filled")


def test_statuses_tell_it_all(caller: Caller, there: Gateway) -> None:
    order = there.place_as(7, "BUY", "AAPL", 10, orderType="LMT", lmtPrice="150", orderRef="ours")
    assert caller.until(OPEN_ORDER)[1] == "1"
    status = ["1", "Submitted", "0", "10", "0", str(order.perm_id), "0", "0", "7", "", "0"]
    assert caller.until(ORDER_STATUS)[1:] == status
