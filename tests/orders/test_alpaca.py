"""The order engine at Alpaca: real HTTP to a local one, every fault that it can throw, judged on its own ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from flask import Flask
from requests import Session

from tests.brokers.contract.steps import until
from tests.conftest import Clock
from tests.orders.floor import D, tick
from tests.orders.pit import Pit, pit
from trenddojo.brokers.adapters.alpaca import fills, listing
from trenddojo.brokers.errors import BrokerError
from trenddojo.domain.order_states import OrderRole, OrderState
from trenddojo.domain.terms import ExitReason, TradeStatus
from trenddojo.services import equity_histories, snapshots
from trenddojo.services.faults import Refused
from trenddojo.services.orders import rounds
from trenddojo.services.orders.nudges import nudges
from trenddojo.services.orders.permits import Denied
from trenddojo.store import orders
from trenddojo.store.alerts import open_with_prefix
from trenddojo.store.database import discard
from trenddojo.store.models import Order, Trade, User

MOST_GETS = 8
"""Reads of the trading host in one pass."""


@pytest.fixture
def desk(app: Flask, clock: Clock, user: User) -> Iterator[Pit]:
    clock.now = clock.now.replace(hour=15)  # New York trades
    with pit(app, clock, user) as made:
        yield made


def resting(desk: Pit, symbol: str = "NVDA", **sent: Any) -> tuple[Trade, Order]:
    """A plan whose entry rests 3% below the market."""
    trade = desk.plan(symbol)
    return trade, desk.place(trade, limit_price=tick(desk.price(symbol) * D("0.97")), **sent)


def role(desk: Pit, trade: Trade, wanted: OrderRole) -> Order:
    """The newest order of this role that lives, or that there is."""
    found = [one for one in desk.orders(trade) if one.role is wanted]
    return next((one for one in reversed(found) if not one.state.is_final), found[-1])


def alerts(desk: Pit) -> set[str]:
    """The trades that stand without their stop."""
    return open_with_prefix(desk.seat.user.id, desk.account_id, "unprotected:")


def counted(desk: Pit) -> int:
    """A pass, and how many reads of the trading host it took."""
    before = desk.gets()
    desk.follow()
    return desk.gets() - before


# ---- from a plan to a closed trade


def test_a_plan_becomes_a_bracket_and_its_stop_closes_it(desk: Pit) -> None:
    trade = desk.plan()
    entry = desk.enter(trade)
    assert (entry.state, desk.theirs(entry).order_class) == (OrderState.FILLED, "bracket")
    assert desk.trade(trade).status is TradeStatus.ACTIVE
    desk.check_guarded()
    desk.venue.set_price("NVDA", trade.stop - 1)
    desk.follow()
    assert (desk.trade(trade).status, desk.trade(trade).exit_reason) == (TradeStatus.CLOSED, ExitReason.STOP_LOSS)
    assert desk.venue.open_orders == []
    desk.check_ledgers()


@pytest.mark.parametrize("wakes", [False, True])
def test_the_target_closes_it_and_takes_the_stop_along(desk: Pit, wakes: bool) -> None:
    desk.venue.stop_wakes = wakes
    trade = desk.plan()
    desk.enter(trade)
    desk.follow()
    assert desk.trade(trade).quantity == 10
    assert role(desk, trade, OrderRole.STOP).is_held is False  # beside a working target it guards
    desk.venue.set_price("NVDA", trade.target_1 + 1)
    desk.follow()
    desk.follow()
    assert (desk.trade(trade).status, desk.trade(trade).exit_reason) == (TradeStatus.CLOSED, ExitReason.TARGET)
    desk.check_ledgers()


def test_closing_ends_the_exits_before_it_sells(desk: Pit) -> None:
    trade = desk.plan()
    desk.enter(trade)
    desk.place(desk.trade(trade), role="exit")
    for _ in range(4):
        desk.turn(seconds=2)
        desk.follow()
    assert desk.trade(trade).status is TradeStatus.CLOSED
    assert desk.venue.open_orders == []
    desk.check_ledgers()


def test_moving_the_stop_replaces_the_brokers(desk: Pit) -> None:
    trade = desk.plan()
    desk.enter(trade)
    desk.follow()
    stop = role(desk, trade, OrderRole.STOP)
    higher = tick(trade.stop * D("1.01"))
    desk.replace(stop, stop_price=higher)
    desk.follow()
    assert desk.trade(trade).stop == D(higher)
    assert role(desk, trade, OrderRole.STOP).stop_price == D(higher)
    desk.check_guarded()
    desk.check_ledgers()


def test_a_stop_entry_keeps_its_exits_with_the_engine(desk: Pit) -> None:
    trade = desk.plan()
    desk.place(trade, order_type="stop", stop_price=tick(desk.price() * D("1.01")))
    desk.venue.set_price("NVDA", desk.price() * D("1.02"))
    for _ in range(3):
        desk.turn(seconds=2)
        desk.follow()
    assert desk.trade(trade).quantity == 10
    desk.check_guarded()
    desk.check_ledgers()


def test_a_fraction_of_a_share_gets_its_stops(desk: Pit) -> None:
    trade = desk.plan(quantity="10.5", lot="0.5")
    desk.enter(trade)
    for _ in range(3):
        desk.turn(seconds=2)
        desk.follow()
    desk.check_guarded()
    desk.check_ledgers()


# ---- row by row


@pytest.mark.parametrize("fault", ["lose_answer", "cut_body", "bad_gateway"])
def test_row_01_a_lost_answer_is_found_with_its_exits_in_the_same_pass(desk: Pit, fault: str) -> None:
    more = {"done": True} if fault == "bad_gateway" else {}
    getattr(desk.venue.faults, fault)("POST", "/v2/orders", **more)
    trade, order = resting(desk)
    assert desk.again(order).state is OrderState.UNKNOWN
    desk.turn(seconds=2)
    assert counted(desk) <= MOST_GETS
    assert desk.again(order).state is OrderState.ACCEPTED
    assert {one.role for one in desk.orders(trade)} == {OrderRole.ENTRY, OrderRole.STOP, OrderRole.TARGET}
    assert desk.posts() == 1
    desk.check_ledgers()


@pytest.mark.parametrize("fault", ["lose_request", "bad_gateway"])
def test_row_02_what_never_arrived_is_not_sent_again(desk: Pit, fault: str) -> None:
    getattr(desk.venue.faults, fault)("POST", "/v2/orders")
    _, order = resting(desk)
    for seconds in (2, 61, 61):
        desk.turn(seconds=seconds)
        assert counted(desk) <= MOST_GETS
    assert desk.again(order).state is OrderState.NEEDS_REVIEW
    assert (desk.posts(), desk.venue.orders) == (1, [])


def test_row_04_without_an_answer_nothing_is_inferred(desk: Pit) -> None:
    desk.venue.faults.lose_answer("POST", "/v2/orders")
    _, order = resting(desk)
    outage = desk.venue.faults.bad_gateway("GET", "/v2/", times=None)
    for _ in range(3):
        desk.turn(seconds=90)
        with pytest.raises(BrokerError):
            desk.follow()
        assert desk.again(order).state is OrderState.UNKNOWN
    outage.times = 0
    desk.follow()
    assert desk.again(order).state is OrderState.ACCEPTED
    desk.check_ledgers()


def test_a_page_of_a_proxys_proves_no_absence(desk: Pit) -> None:
    desk.venue.faults.lose_answer("POST", "/v2/orders")
    _, order = resting(desk)
    desk.venue.faults.refuse("GET", "by_client_order_id", 404, "<html>not found</html>", times=None)
    desk.venue.faults.mangle("GET", r"/v2/orders$", lambda _told: [])
    for _ in range(3):
        desk.turn(seconds=61)
        desk.follow()
    assert desk.again(order).state is OrderState.UNKNOWN


def test_row_05_a_duplicate_id_is_adopted(desk: Pit) -> None:
    from trenddojo.services.orders import engine
    from trenddojo.store.database import db

    desk.venue.faults.lose_answer("POST", "/v2/orders")
    _, order = resting(desk)
    waiting = desk.again(order)
    waiting.state, waiting.claimed_at = OrderState.CREATED, None  # as if the doubt had never been written down
    db.session.commit()
    engine.drive(desk.manager, desk.desk, desk.clock())
    assert desk.again(order).state is OrderState.ACCEPTED
    assert desk.posts() == 2
    desk.check_ledgers()


def test_row_12_a_fill_after_the_cancel(desk: Pit) -> None:
    desk.venue.hold_fills = True
    trade, order = resting(desk)
    there = desk.theirs(order).id
    desk.cancel(order)
    desk.follow()
    assert desk.again(order).state is OrderState.CANCELLED
    desk.turn(seconds=1)
    desk.venue.fill(there, 10)
    desk.turn(seconds=1)
    desk.follow()
    assert (desk.trade(trade).status, desk.trade(trade).quantity) == (TradeStatus.ACTIVE, 10)
    desk.follow()
    desk.check_guarded()


def test_row_13_a_refused_change_leaves_the_order_as_it_was(desk: Pit) -> None:
    _, order = resting(desk)
    before = desk.again(order).limit_price
    desk.venue.faults.refuse("PATCH", "", 422, {"code": 42210000, "message": "unable to replace order"})
    with pytest.raises(Refused):
        desk.replace(order, limit_price=tick(before * D("0.99")))
    order = desk.again(order)
    assert (order.state, order.pending_op, order.limit_price) == (OrderState.ACCEPTED, None, before)


@pytest.mark.parametrize("fault", ["lose_answer", "lose_request", "bad_gateway"])
def test_a_change_without_an_answer_is_resolved_by_asking(desk: Pit, fault: str) -> None:
    _, order = resting(desk)
    price = tick(desk.again(order).limit_price * D("0.99"))
    getattr(desk.venue.faults, fault)("PATCH", "")
    desk.replace(order, limit_price=price)
    for seconds in (2, 31, 31):
        desk.turn(seconds=seconds)
        desk.follow()
    live = [one for one in desk.orders() if one.role is OrderRole.ENTRY and not one.state.is_final]
    assert [one.limit_price for one in live] == [one.limit_price for one in desk.venue.open_orders if one.is_buy]
    assert all(one.pending_op is None for one in live)
    desk.check_ledgers()


def test_row_14_a_cancel_that_comes_too_late(desk: Pit) -> None:
    trade, order = resting(desk)
    desk.venue.fill(desk.theirs(order).id, 10)
    desk.cancel(order)
    desk.follow()
    assert desk.again(order).state is OrderState.FILLED
    assert desk.trade(trade).status is TradeStatus.ACTIVE
    desk.check_ledgers()


@pytest.mark.parametrize("path", [r"/v2/orders$", "/v2/account/activities", "/v2/positions"])
@pytest.mark.parametrize("fault", ["bad_gateway", "cut_body", "too_many"])
def test_row_20_a_snapshot_that_fails_changes_nothing(desk: Pit, path: str, fault: str) -> None:
    trade, _ = resting(desk)
    desk.venue.set_price("NVDA", desk.price() * D("0.965"))
    getattr(desk.venue.faults, fault)("GET", path, times=None)
    with pytest.raises(BrokerError):
        desk.follow()
    assert desk.trade(trade).status is TradeStatus.PENDING
    desk.venue.faults.clear()
    desk.turn(seconds=61)
    desk.follow()
    assert desk.trade(trade).status is TradeStatus.ACTIVE
    desk.check_ledgers()


def test_past_equity_is_the_jobs_alone(desk: Pit, user: User) -> None:
    asked = lambda: len(desk.venue.asked("GET", "/v2/account/portfolio/history"))  # noqa: E731
    rounds.sync_now(desk.manager, user, desk.desk.link.connection_id, desk.clock())
    assert asked() == 0
    for _ in range(3):
        snapshots.take_all(desk.manager, desk.clock())
        desk.turn(seconds=10)
    assert asked() == 1
    assert equity_histories.of_accounts([desk.account_id])[desk.account_id].points


def test_row_23_an_exit_that_was_cancelled_silently(desk: Pit) -> None:
    trade = desk.plan()
    desk.enter(trade)
    desk.follow()
    desk.venue.cancel_silently(desk.theirs(role(desk, trade, OrderRole.STOP)).id)
    desk.turn(seconds=2)
    assert counted(desk) <= MOST_GETS
    assert alerts(desk)


def test_row_24_a_second_pass_writes_nothing(desk: Pit) -> None:
    for symbol in ("NVDA", "AAPL"):
        desk.enter(desk.plan(symbol))
    resting(desk, "MSFT")
    desk.follow()
    for _ in range(2):
        desk.restart()
        desk.follow()
        assert not desk.follow().wrote
    desk.check_ledgers()


def test_row_26_two_fills_of_one_second_are_two(desk: Pit) -> None:
    desk.venue.hold_fills = desk.venue.same_instant = True
    trade, order = resting(desk)
    there, price = desk.theirs(order).id, desk.again(order).limit_price
    desk.venue.fill(there, 5, price)
    desk.venue.fill(there, 5, price)
    desk.follow()
    assert desk.trade(trade).quantity == 10
    desk.check_ledgers()


@pytest.mark.parametrize("minutes", [-7, 7])
def test_row_27_clocks_that_differ_by_minutes(desk: Pit, minutes: int) -> None:
    desk.venue.skew = timedelta(minutes=minutes)
    trade = desk.plan()
    desk.enter(trade)
    desk.turn(seconds=5)
    desk.follow()
    assert desk.trade(trade).quantity == 10
    desk.venue.set_price("NVDA", trade.stop - 1)
    desk.follow()
    assert desk.trade(trade).status is TradeStatus.CLOSED
    desk.check_ledgers()


def test_row_29_cancelling_a_half_filled_entry_protects_what_filled(desk: Pit) -> None:
    desk.venue.hold_fills = True
    trade, order = resting(desk)
    desk.venue.fill(desk.theirs(order).id, 4)
    desk.turn(seconds=2)
    desk.follow()
    assert alerts(desk)  # its exits sleep until all of it has filled, and no other may stand beside an open entry
    desk.cancel(order)
    for _ in range(4):
        desk.turn(seconds=2)
        desk.follow()
    assert desk.trade(trade).quantity == 4
    assert not alerts(desk)
    desk.check_guarded()
    desk.check_ledgers()


def test_a_fill_that_is_booked_late_is_asked_for(desk: Pit) -> None:
    trade, order = resting(desk)
    desk.venue.book_late(2)
    desk.venue.fill(desk.theirs(order).id, 10)
    for _ in range(4):
        desk.turn(seconds=2)
        assert counted(desk) <= MOST_GETS
    assert desk.trade(trade).quantity == 10
    desk.check_ledgers()


def test_refusals_are_told_in_words(desk: Pit) -> None:
    trade = desk.plan()
    body = {"code": 40310000, "message": "insufficient buying power", "buying_power": "1", "cost_basis": "2"}
    desk.venue.faults.refuse("POST", "", 403, body)
    with pytest.raises(Refused, match="Insufficient buying power"):
        desk.place(trade, order_type="market")
    assert role(desk, trade, OrderRole.ENTRY).error_code == "INSUFFICIENT_FUNDS"
    desk.venue.faults.too_many("POST", "/v2/orders")
    order = desk.place(desk.trade(trade), order_type="market")
    assert desk.again(order).state is OrderState.CREATED  # certainly not booked: it is tried again
    desk.turn(seconds=61)
    with pytest.raises(Denied):
        desk.place(desk.plan("AAPL"), order_type="market", quantity="100000")


# ---- many at once


def elsewhere(desk: Pit, count: int, symbol: str = "AAPL") -> None:
    """Somebody rests this many orders on the broker's own page."""
    key, secret = desk.venue.keys
    with Session() as http:
        http.headers.update({"APCA-API-KEY-ID": key, "APCA-API-SECRET-KEY": secret})
        for number in range(count):
            order = {
                "symbol": symbol, "qty": "1", "side": "buy", "type": "limit", "limit_price": "1",
                "time_in_force": "gtc", "client_order_id": f"elsewhere-{number}",
            }  # fmt: skip
            assert http.post(f"{desk.venue.base_url}/v2/orders", json=order).ok


@pytest.mark.parametrize("same_instant", [False, True])
def test_row_21_more_open_orders_than_a_page_holds(
    desk: Pit, same_instant: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 50)  # as 500 are, in a tenth of the time
    desk.venue.same_instant = same_instant
    elsewhere(desk, 70)
    _, order = resting(desk)
    desk.turn(seconds=2)
    assert counted(desk) <= MOST_GETS + 1
    assert len(orders.in_states(desk.account_id, OrderState.ACCEPTED)) == 73
    desk.turn(seconds=61)
    assert counted(desk) <= MOST_GETS + 1
    assert not desk.follow().wrote
    assert desk.again(order).state is OrderState.ACCEPTED
    desk.check_ledgers()


def test_a_flood_of_fills_is_read_a_page_a_pass(desk: Pit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fills, "PAGE", 20)
    desk.venue.hold_fills = True
    elsewhere(desk, 45)
    _, order = resting(desk)
    desk.follow()
    for one in desk.venue.open_orders:
        if one.parent is None:
            desk.venue.fill(one.id)
    passes = 0
    while not desk.follow().is_whole:
        desk.turn(seconds=2)
        passes += 1
    assert passes == 2
    desk.follow()
    assert desk.again(order).filled_quantity == 10
    for _ in range(2):
        desk.turn(seconds=2)
        assert counted(desk) <= MOST_GETS
    assert not desk.follow().wrote
    desk.check_ledgers()


# ---- live events


def test_an_event_brings_the_next_pass(desk: Pit) -> None:
    connection = desk.desk.link.connection_id
    discard()
    until(lambda: (state := desk.manager.stream(connection)) is not None and state.is_live)
    trade, order = resting(desk)
    wanted = Event()
    nudges(desk.app).wake = wanted.set
    desk.venue.fill(desk.theirs(order).id)
    assert wanted.wait(20)
    desk.turn(seconds=1)
    rounds.tick(desk.manager, desk.clock())
    assert desk.trade(trade).quantity == 10


def test_a_symbol_that_is_not_traded_now_is_denied_before_it_is_sent(desk: Pit) -> None:
    desk.venue.assets.change("MSFT", tradable=False)
    with pytest.raises(Denied, match="does not trade MSFT"):
        desk.place(desk.plan("MSFT"), order_type="market")
    desk.venue.faults.bad_gateway("GET", "/v2/assets", times=None)
    with pytest.raises(Denied, match="cannot be checked"):
        desk.place(desk.plan("AAPL"), order_type="market")
    assert desk.posts() == 0


def test_a_pair_of_currencies_is_said_to_have_no_stop(desk: Pit) -> None:
    trade = desk.plan("BTC/USD", quantity="0.5", asset_type="crypto")
    order = desk.place(trade, order_type="market", time_in_force="gtc")
    for _ in range(2):
        desk.turn(seconds=2)
        desk.follow()
    assert desk.trade(trade).quantity == D("0.5")
    assert (desk.theirs(order).order_class, len(desk.orders(trade))) == ("", 1)
    assert alerts(desk)  # the plan has one, and Alpaca takes none
    desk.check_ledgers()


@pytest.mark.parametrize("minutes", [0, -7, 7])
def test_what_was_traded_elsewhere_just_after_connecting_is_booked(
    app: Flask, clock: Clock, user: User, minutes: int
) -> None:
    clock.now = clock.now.replace(hour=15)
    with pit(app, clock, user, timedelta(minutes=minutes)) as desk:
        desk.turn(seconds=5)
        key, secret = desk.venue.keys
        order = {"symbol": "KO", "qty": "3", "side": "buy", "type": "market", "time_in_force": "day"}
        headers = {"APCA-API-KEY-ID": key, "APCA-API-SECRET-KEY": secret}
        with Session() as http:
            assert http.post(f"{desk.venue.base_url}/v2/orders", json=order, headers=headers).ok
        _, waits = resting(desk)
        desk.venue.cancel_silently(desk.theirs(waits).id)  # so that past orders are asked for
        for _ in range(3):
            desk.turn(seconds=5)
            desk.follow()
        assert desk.position("KO") == desk.books().get("KO") == 3
