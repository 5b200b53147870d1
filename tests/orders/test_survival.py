"""What the engine must survive: the table of the order engine's rules, row by row, on the exchange's own ledger.

Rows 15 to 19 are about a broker's own protocol (IBKR's statuses, order ids and client ids, streams) and come with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from tests.orders.floor import D, Floor, tick
from tests.services import connected
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.types import Executions
from trenddojo.domain.order_states import AttemptKind, AttemptOutcome, OrderRole, OrderState
from trenddojo.domain.orders import OrderType, TimeInForce
from trenddojo.domain.terms import ExitReason, Side, TradeStatus
from trenddojo.services import leases
from trenddojo.services.errors import Conflict
from trenddojo.services.faults import Refused
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.orders import ReviewInput
from trenddojo.services.orders import engine, reviews, sending
from trenddojo.services.orders.intents import new_order
from trenddojo.services.orders.journal import begin
from trenddojo.services.orders.permits import Denied
from trenddojo.store import alerts, orders
from trenddojo.store.database import db, discard
from trenddojo.store.models import Order, OrderAttempt, Trade


class Died(BaseException):
    """The process is gone."""


def resting(floor: Floor, symbol: str = "NVDA", **sent: Any) -> tuple[Trade, Order]:
    """A plan whose entry rests 3% below the market."""
    trade = floor.plan(symbol)
    return trade, floor.place(trade, limit_price=tick(floor.price(symbol) * D("0.97")), **sent)


def unknown(floor: Floor, symbol: str = "NVDA") -> tuple[Trade, Order]:
    """A plan whose entry the broker took and whose answer was lost."""
    floor.client.faults.lose_answer()
    return resting(floor, symbol)


def state(floor: Floor, order: Order) -> OrderState:
    return floor.again(order).state


def new_process(floor: Floor) -> None:
    """Another owner of the brokers, with nothing in memory."""
    discard()
    keeper = leases.keeper()
    keeper.release()
    keeper.holder = uuid4().hex
    floor._desk = None


def attempts(order: Order) -> list[OrderAttempt]:
    return list(orders.attempts_of(order.id))


# ---- 1 to 6: sent once


def test_row_01_a_lost_answer_is_found_and_adopted(sim: Floor) -> None:
    _, order = unknown(sim)
    assert (order.state, order.reason[:13]) == (OrderState.UNKNOWN, "We don't know")
    assert len(sim.at_broker()) == 3  # the entry and its exits
    sim.follow()
    assert state(sim, order) is OrderState.ACCEPTED
    assert {one.role for one in orders.legs_of(order.id)} == {OrderRole.STOP, OrderRole.TARGET}
    sim.check_ledgers()


@pytest.mark.parametrize("code", [BrokerErrorCode.API_ERROR, BrokerErrorCode.TIMEOUT, BrokerErrorCode.UNKNOWN])
def test_row_02_one_post_for_each_attempt(sim: Floor, code: BrokerErrorCode) -> None:
    sim.client.faults.refuse(code, "place_order")
    _, order = resting(sim)
    for _ in range(3):
        sim.turn(seconds=5)
        sim.follow()
    assert [(one.kind, one.outcome) for one in attempts(order)] == [(AttemptKind.SUBMIT, AttemptOutcome.UNKNOWN)]
    assert sim.at_broker() == []


@pytest.mark.parametrize("nth", range(1, 6))
@pytest.mark.parametrize("moment", ["before_commit", "after_commit"])
def test_row_03_killed_at_every_step(sim: Floor, nth: int, moment: str) -> None:
    sim.follow()
    trade = sim.plan()
    price = tick(sim.price() * D("0.97"))
    with suppress(Died), dying(nth, moment):
        sim.place(trade, limit_price=price)
    db.session.remove()
    sim.seat = replace(sim.seat, account=orders.lock_account(sim.account_id))
    discard()
    written = {order.client_order_id for order in sim.orders()}
    assert {one.client_order_id for one in sim.at_broker() if one.parent_id is None} <= written
    new_process(sim)
    for seconds in (1, 61, 61, 61):
        sim.turn(seconds=seconds)
        sim.follow()
    assert len([one for one in sim.at_broker() if one.parent_id is None]) <= 1
    assert not any(order.state.is_unresolved for order in sim.orders())
    sim.check_ledgers()


@contextmanager
def dying(nth: int, moment: str) -> Iterator[None]:
    """The process dies around its nth commit from now."""
    left = nth

    def count(_session: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Died

    event.listen(db.session.session_factory, moment, count)
    try:
        yield
    finally:
        event.remove(db.session.session_factory, moment, count)


def test_row_04_without_an_answer_nothing_is_inferred(sim: Floor) -> None:
    _, order = unknown(sim)
    for _ in range(4):
        sim.turn(seconds=90)
        for _ in range(3):
            sim.client.faults.refuse(BrokerErrorCode.API_ERROR, "get_open_orders")
        with pytest.raises(BrokerError):
            sim.follow()
        assert state(sim, order) is OrderState.UNKNOWN
        sim.client.faults.clear()
    sim.follow()
    assert state(sim, order) is OrderState.ACCEPTED


def test_row_05_a_duplicate_id_is_looked_up_and_adopted(sim: Floor) -> None:
    _, order = unknown(sim)
    order = sim.again(order)
    order.state = OrderState.CREATED  # as if the unknown had never been written down
    order.claimed_at = None
    db.session.commit()
    engine.drive(sim.manager, sim.desk, sim.clock())
    assert state(sim, order) is OrderState.ACCEPTED
    sim.check_ledgers()


def test_row_06_double_click_and_two_tabs(sim: Floor) -> None:
    trade, key, price = sim.plan(), uuid4(), tick(sim.price() * D("0.97"))
    first = sim.place(trade, key=key, limit_price=price)
    assert sim.place(sim.trade(trade), key=key, limit_price=price).id == first.id
    with pytest.raises(Conflict, match="has an entry order already"):
        sim.place(sim.trade(trade), limit_price=price)
    assert len([one for one in sim.at_broker() if one.parent_id is None]) == 1


def test_row_06_two_people_close_at_once(sim: Floor) -> None:
    trade = sim.plan()
    sim.enter(trade)
    for _ in range(8):
        sim.client.faults.refuse(BrokerErrorCode.API_ERROR, "get_executions")
    sim.place(sim.trade(trade), role="exit")  # has filled, and its fill is not booked yet
    assert sim.trade(trade).quantity == 10
    with pytest.raises(Conflict, match="has an exit order already"):
        sim.place(sim.trade(trade), role="exit")
    sim.client.faults.clear()
    sim.follow()
    assert (sim.trade(trade).status, sim.position()) == (TradeStatus.CLOSED, 0)
    sim.check_ledgers()


def test_row_06_an_exit_that_was_written_down_waits_for_the_fills_of_another(sim: Floor) -> None:
    trade = sim.plan()
    sim.enter(trade)
    for _ in range(12):
        sim.client.faults.refuse(BrokerErrorCode.API_ERROR, "get_executions")
    first = sim.place(sim.trade(trade), role="exit")
    request = replace(sending.request_of(sim.again(first)), client_order_id="")
    second = new_order(sim.desk, request, OrderRole.EXIT, key=uuid4(), by=sim.seat.user.id, now=sim.clock())
    second.trade_id = trade.id  # written down at the same moment, by somebody who saw the position open
    begin(second, sim.clock(), "created")
    db.session.commit()
    engine.drive(sim.manager, sim.desk, sim.clock())
    assert state(sim, second) is OrderState.CREATED
    sim.client.faults.clear()
    sim.follow()
    assert (state(sim, second), sim.position()) == (OrderState.CANCELLED, 0)
    sim.check_ledgers()


# ---- 7 to 12: owners and fills


def test_row_07_one_owner(sim: Floor) -> None:
    desk = sim.desk
    connected.owned_by_another(sim.app)
    trade = sim.plan()
    with pytest.raises(Conflict, match="Another process"):
        sim.place(trade, limit_price="10")
    assert desk.token != leases.keeper().token()
    assert sim.at_broker() == []


def test_row_08_a_fill_before_the_submits_answer(sim: Floor) -> None:
    sim.client.faults.lose_answer()
    trade = sim.plan()
    order = sim.place(trade, order_type="market")
    assert (order.state, order.filled_quantity) == (OrderState.UNKNOWN, 0)
    waiting = sim.again(order)
    waiting.state = OrderState.SUBMITTING  # its answer is still on its way
    waiting.claimed_at = sim.clock()
    db.session.commit()
    sim.follow()
    assert orders.fills_of(order.id) == []  # buffered: the cursor stays before it
    waiting = sim.again(order)
    waiting.state = OrderState.UNKNOWN
    db.session.commit()
    sim.follow()
    sim.follow()
    assert sim.again(order).filled_quantity == 10
    sim.check_ledgers()


def test_row_09_the_same_fill_told_twice(sim: Floor) -> None:
    sim.client.faults.duplicate_events()
    trade = sim.plan()
    sim.enter(trade)
    sim.follow()
    assert sim.trade(trade).quantity == sim.position() == 10
    sim.check_ledgers()


def test_row_10_only_the_newest_of_a_root_counts(sim: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    trade = sim.plan()
    sim.enter(trade)
    known = sim.client.get_executions().fills[0]
    corrected = replace(known, execution_id=f"{known.execution_id}.01", revision=1, price=known.price + 1)
    late = replace(known, execution_id=f"{known.execution_id}.00", revision=0, price=known.price + 9)
    told = Executions(fills=(corrected, late), cursor="1")
    monkeypatch.setattr(type(sim.client), "get_executions", lambda _self, _cursor=None: told)
    sim.follow()
    fills = orders.fills_of(orders.of_trade(trade.id)[0].id)
    assert [(fill.key, fill.price) for fill in fills] == [(corrected.execution_id, known.price + 1)]
    assert sim.trade(trade).average_entry == known.price + 1


def test_row_11_a_late_commission_is_set_once(app: Any, clock: Any, user: Any) -> None:
    from tests.orders.floor import floor

    desk = floor(app, clock, user, "interactive_brokers")
    desk.client.faults.late_commission(reads=2)
    trade = desk.plan()
    order = desk.place(trade, order_type="market")
    assert (desk.again(order).filled_quantity, desk.again(order).commission) == (10, None)
    assert desk.trade(trade).broker_commission is None
    for _ in range(3):
        desk.turn(seconds=1)
        desk.follow()
    assert desk.again(order).commission == desk.trade(trade).broker_commission == D("1")
    assert desk.trade(trade).fees == D("1.00")


class TestRow12LateFills:
    def fill(self, floor: Floor, order: Order, quantity: str, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
        """The broker tells of a fill that it had kept to itself."""
        order = floor.again(order)
        from trenddojo.brokers.types import Execution

        told = Execution(
            execution_id=uuid4().hex,
            order_id=str(order.broker_order_id),
            client_order_id=order.client_order_id,
            symbol=order.symbol,
            side=order.side,
            quantity=D(quantity),
            price=changes.pop("price", D("100")),
            at=changes.pop("at", floor.clock() - timedelta(seconds=5)),
            commission=D(0),
            root_id=uuid4().hex,
        )
        monkeypatch.setattr(
            type(floor.client), "get_executions", lambda _self, _cursor=None: Executions(fills=(told,), cursor="9")
        )
        floor.follow()
        monkeypatch.undo()

    def test_a_cancelled_plan_becomes_active(self, sim: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
        trade, order = resting(sim)
        sim.cancel(order)
        assert sim.trade(trade).status is TradeStatus.CANCELLED
        self.fill(sim, order, "10", monkeypatch)
        assert (state(sim, order), sim.again(order).filled_quantity) == (OrderState.CANCELLED, 10)
        assert (sim.trade(trade).status, sim.trade(trade).quantity) == (TradeStatus.ACTIVE, 10)

    def test_after_the_trade_was_flat_it_opens_another(self, sim: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
        trade = sim.plan()
        entry = sim.enter(trade)
        sim.turn(seconds=60)
        sim.place(sim.trade(trade), role="exit")
        assert sim.trade(trade).status is TradeStatus.CLOSED
        sim.turn(seconds=60)
        self.fill(sim, entry, "4", monkeypatch)
        other = db.session.scalars(db.select(Trade).where(Trade.id != trade.id, Trade.symbol == "NVDA")).one()
        assert (sim.trade(trade).status, other.status, other.quantity) == (TradeStatus.CLOSED, TradeStatus.ACTIVE, 4)
        assert "after the trade" in other.review

    def test_before_it_was_flat_the_trade_is_open_again(self, sim: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
        trade = sim.plan()
        entry = sim.enter(trade)
        between = sim.clock() + timedelta(seconds=30)
        sim.turn(seconds=60)
        sim.place(sim.trade(trade), role="exit")
        self.fill(sim, entry, "4", monkeypatch, at=between)
        assert (sim.trade(trade).status, sim.trade(trade).quantity) == (TradeStatus.ACTIVE, 4)

    def test_through_zero_is_cut_in_two(self, sim: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
        trade = sim.plan()
        sim.enter(trade)
        stop = next(one for one in sim.orders(trade) if one.role is OrderRole.STOP)
        self.fill(sim, stop, "15", monkeypatch, at=sim.clock())
        turned = db.session.scalars(db.select(Trade).where(Trade.id != trade.id, Trade.symbol == "NVDA")).one()
        assert (sim.trade(trade).status, sim.trade(trade).exit_reason) == (TradeStatus.CLOSED, ExitReason.STOP_LOSS)
        assert (turned.direction.value, turned.quantity, sim.again(stop).filled_quantity) == ("short", 5, 15)


# ---- 13, 14: changes and cancels


def test_row_13_a_refused_change_leaves_the_order_as_it_was(sim: Floor) -> None:
    _, order = resting(sim)
    before = sim.again(order).limit_price
    sim.client.faults.refuse(BrokerErrorCode.ORDER_REJECTED, "modify_order")
    with pytest.raises(Refused):
        sim.replace(order, limit_price=tick(before * D("0.999")))
    order = sim.again(order)
    assert (order.state, order.pending_op, order.limit_price) == (OrderState.ACCEPTED, None, before)


def test_row_14_a_cancel_of_what_has_ended_is_resolved_by_asking(sim: Floor) -> None:
    trade, order = resting(sim)
    sim.cancel_elsewhere(order)
    sim.cancel(order)
    assert state(sim, order) is OrderState.CANCELLED
    assert sim.trade(trade).status is TradeStatus.CANCELLED


@pytest.mark.parametrize("kind", ["lose_answer", "time_out"])
def test_row_14_an_unanswered_cancel_is_followed(sim: Floor, kind: str) -> None:
    _, order = resting(sim)
    getattr(sim.client.faults, kind)("cancel_order")
    sim.client.faults.refuse(BrokerErrorCode.API_ERROR, "get_order_status")
    sim.cancel(order)
    for _ in range(3):
        sim.turn(seconds=40)
        sim.follow()
    assert sim.again(order).pending_op is None
    expected = OrderState.CANCELLED if kind == "lose_answer" else OrderState.ACCEPTED
    assert state(sim, order) is expected
    sim.check_ledgers()


# ---- 20 to 29


@pytest.mark.parametrize("call", ["get_open_orders", "get_executions", "get_positions"])
def test_row_20_a_failed_call_changes_nothing(sim: Floor, call: str) -> None:
    trade, order = resting(sim)
    sim.follow()
    sim.cancel_elsewhere(order)
    written = count_writes()
    for _ in range(4):
        sim.client.faults.refuse(BrokerErrorCode.API_ERROR, call)
    with pytest.raises(BrokerError), written as statements:
        sim.follow()
    assert [one for one in statements if "orders" in one or "executions" in one] == []
    assert (state(sim, order), sim.trade(trade).status) == (OrderState.ACCEPTED, TradeStatus.PENDING)


@contextmanager
def count_writes() -> Iterator[list[str]]:
    found: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.lstrip().split(" ", 1)[0].upper() in ("INSERT", "UPDATE", "DELETE"):
            found.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_row_21_more_than_five_hundred_open_orders(sim: Floor) -> None:
    price = D(tick(sim.price() * D("0.90")))
    sim.follow()
    for _ in range(520):
        sim.place_elsewhere(order_type=OrderType.LIMIT, limit_price=price, time_in_force=TimeInForce.GTC)
    first = sim.follow()
    assert (first.wrote, first.calls <= 8) == (True, True)
    assert len(orders.live(sim.account_id)) == 520
    second = sim.follow()
    assert (second.wrote, second.calls) == (False, 3)
    assert {order.state for order in orders.live(sim.account_id)} == {OrderState.ACCEPTED}


def test_row_22_a_replace_never_adds_to_what_was_authorised(alpaca: Floor) -> None:
    trade = alpaca.plan(quantity="60000", entry=tick(alpaca.price() * D("1.003")))
    order = alpaca.place(trade, with_exits=False)
    assert alpaca.again(order).state is OrderState.PARTIALLY_FILLED  # as much as the minute's volume gives
    with pytest.raises(Exception, match="keeps its quantity"):
        alpaca.replace(alpaca.again(order), quantity="70000")
    after = alpaca.replace(alpaca.again(order), limit_price=tick(alpaca.price() * D("1.01")))
    for _ in range(240):
        alpaca.turn(minutes=1)
        alpaca.follow()
    chain = [alpaca.again(order), alpaca.again(after)]
    assert chain[0].state is OrderState.REPLACED
    assert chain[1].replaces_id == order.id
    assert sum(one.filled_quantity for one in chain) <= 60000
    alpaca.check_ledgers()


@pytest.mark.parametrize("which", [OrderRole.STOP, OrderRole.TARGET])
def test_row_23_no_exit_works_without_a_position(sim: Floor, which: OrderRole) -> None:
    trade = sim.plan()
    sim.enter(trade)
    sim.place_elsewhere(side=Side.SELL, quantity=D(10))
    for _ in range(3):
        sim.turn(seconds=1)
        sim.follow()
    assert sim.trade(trade).status is TradeStatus.CLOSED
    assert [one for one in sim.working_at_broker() if one.symbol == "NVDA"] == []
    assert {one.state for one in sim.orders(trade) if one.role is which} == {OrderState.CANCELLED}


def test_row_24_restarted_twice_the_second_pass_writes_nothing(sim: Floor) -> None:
    sim.enter(sim.plan())
    resting(sim, "AAPL")
    new_process(sim)
    sim.follow()
    with count_writes() as statements:
        assert not sim.follow().wrote
    assert statements == []
    sim.check_ledgers()


def test_row_25_account_and_mode_never_change(sim: Floor) -> None:
    _, order = resting(sim)
    for column, value in (("mode", "live"), ("account_id", uuid4().hex)):
        with pytest.raises(Exception, match=r"fixed from birth|FOREIGN KEY"):
            db.session.execute(
                db.text(f"UPDATE orders SET {column} = :value WHERE id = :id"), {"value": value, "id": order.id.hex}
            )
        discard()


def test_row_26_identical_fills_of_one_second_are_two(sim: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    trade, order = resting(sim)
    row = TestRow12LateFills()
    at = sim.clock()
    row.fill(sim, order, "4", monkeypatch, at=at)
    row.fill(sim, order, "4", monkeypatch, at=at)
    assert sim.again(order).filled_quantity == sim.trade(trade).quantity == 8


def test_row_27_our_clock_is_minutes_off(sim: Floor) -> None:
    trade = sim.plan()
    sim.client.faults.lose_answer()
    order = sim.place(trade, order_type="market")
    sim.clock.turn(minutes=-7)
    sim.follow()
    sim.clock.turn(minutes=7)
    sim.follow()
    assert (state(sim, order), sim.trade(trade).quantity) == (OrderState.FILLED, 10)
    sim.check_ledgers()


def test_row_28_the_disk_is_full_after_the_broker_accepted(sim: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    from trenddojo.services.orders import sending

    def full(*_given: Any) -> None:
        raise OperationalError("UPDATE orders", {}, Exception("database or disk is full"))

    trade = sim.plan()
    with monkeypatch.context() as broken:
        broken.setattr(sending, "answered", full)
        with pytest.raises(OperationalError):
            sim.place(trade, limit_price=tick(sim.price() * D("0.97")))
    discard()
    order = sim.orders(trade)[0]
    assert order.state is OrderState.SUBMITTING
    sim.turn(seconds=31)
    sim.follow()
    sim.follow()
    assert state(sim, order) is OrderState.ACCEPTED
    sim.check_ledgers()


def test_row_28_the_exchanges_own_ledger_cannot_be_written(sim: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    from trenddojo.services.brokerage import StoredLedger

    def full(*_given: Any) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    trade = sim.plan()
    sim.follow()
    with monkeypatch.context() as broken:
        broken.setattr(StoredLedger, "save", full)
        order = sim.place(trade, limit_price=tick(sim.price() * D("0.97")))
    assert order.state is OrderState.UNKNOWN
    for seconds in (1, 61, 61):
        sim.turn(seconds=seconds)
        sim.follow()
    assert state(sim, order) is OrderState.NEEDS_REVIEW
    assert alerts.open_with(sim.seat.account.owner_id, f"review:{order.id}") is not None
    reviews.decide(
        sim.seat, sim.again(order), parse(ReviewInput, {"verdict": "ended", "reason": "not there"}), sim.clock()
    )
    assert state(sim, order) is OrderState.CANCELLED


class TestRow29Protection:
    def stops(self, floor: Floor, trade: Trade) -> list[Order]:
        return [
            one
            for one in floor.orders(trade)
            if one.role is OrderRole.STOP and one.state.is_working and not one.is_held
        ]

    def is_told(self, floor: Floor, trade: Trade) -> bool:
        return alerts.open_with(floor.seat.account.owner_id, f"unprotected:{trade.id}") is not None

    def test_a_stop_entry_gets_its_exits_from_the_engine(self, alpaca: Floor) -> None:
        price = alpaca.price()
        trade = alpaca.plan(entry=tick(price * D("1.001")))
        order = alpaca.place(trade, order_type="stop", stop_price=tick(price * D("1.001")))
        assert alpaca.again(order).keeps_exits
        for _ in range(400):
            alpaca.turn(minutes=3)
            alpaca.follow()
            if alpaca.again(order).state is OrderState.FILLED:
                break
        assert alpaca.trade(trade).quantity == alpaca.position() == 10
        working = [one for one in alpaca.working_at_broker() if one.symbol == "NVDA"]
        assert {one.order_type for one in working} == {OrderType.LIMIT, OrderType.STOP}
        assert not self.is_told(alpaca, trade)

    @pytest.mark.parametrize("arrived", [True, False])
    def test_an_exit_of_which_nobody_knows_leaves_no_one_in_the_dark(self, sim: Floor, arrived: bool) -> None:
        trade = sim.plan()
        sim.enter(trade)
        if arrived:
            sim.client.faults.lose_answer()
        else:
            sim.client.faults.refuse(BrokerErrorCode.TIMEOUT, "place_order")
        sim.place(sim.trade(trade), role="exit")  # its stop and target were ended first
        assert self.is_told(sim, trade)
        for _ in range(3):
            sim.turn(seconds=61)
            sim.follow()
        assert not self.is_told(sim, trade)
        if arrived:
            assert sim.trade(trade).status is TradeStatus.CLOSED
        else:  # confirmed not to be there, it is a person's to decide, and what is held is guarded meanwhile
            (stop,) = self.stops(sim, trade)
            assert stop.quantity == sim.position() == 10
        sim.check_ledgers()

    def test_cancelling_a_half_filled_entry_protects_what_filled(self, alpaca: Floor) -> None:
        trade = alpaca.plan(quantity="60000", entry=tick(alpaca.price() * D("1.003")))
        order = alpaca.place(trade)
        assert alpaca.again(order).state is OrderState.PARTIALLY_FILLED  # as much as the minute's volume gives
        held = alpaca.trade(trade).quantity
        assert sum(one.left for one in self.stops(alpaca, trade)) == held  # while its exits sleep
        alpaca.cancel(alpaca.again(order))
        alpaca.follow()
        assert sum(one.left for one in self.stops(alpaca, trade)) == alpaca.trade(trade).quantity
        assert not self.is_told(alpaca, trade)

    def test_a_stop_that_others_cancelled_is_told_and_mended(self, sim: Floor) -> None:
        trade = sim.plan()
        sim.enter(trade)
        stop = self.stops(sim, trade)[0]
        sim.cancel_elsewhere(stop)
        sim.follow()
        assert self.is_told(sim, trade)
        assert self.stops(sim, trade) == []  # not put back without asking
        engine.protect(sim.manager, sim.desk, trade.id, sim.seat.user.id, sim.clock())
        assert sum(one.left for one in self.stops(sim, trade)) == 10
        assert not self.is_told(sim, trade)

    def test_an_entry_without_exits_is_told(self, sim: Floor) -> None:
        trade = sim.plan()
        sim.enter(trade, with_exits=False)
        assert self.is_told(sim, trade)

    def test_moving_a_stop_waits_for_the_broker(self, sim: Floor) -> None:
        from trenddojo.services.inputs.records import StopInput
        from trenddojo.services.orders import moving

        trade = sim.plan()
        sim.enter(trade)
        old, new = sim.trade(trade).stop, D(tick(sim.price() * D("0.97")))
        sim.client.faults.time_out("modify_order")
        moved = moving.move(sim.manager, sim.seat, sim.trade(trade), parse(StopInput, {"price": f"{new}"}), sim.clock())
        assert (moved.note, sim.trade(trade).stop) == (moving.WAITS, old)
        sim.turn(seconds=61)
        sim.follow()
        assert self.stops(sim, trade)[0].pending_op is None
        moving.move(sim.manager, sim.seat, sim.trade(trade), parse(StopInput, {"price": f"{new}"}), sim.clock())
        assert sim.trade(trade).stop == new
        assert {one.stop_price for one in sim.working_at_broker() if one.order_type is OrderType.STOP} == {new}

    def test_closing_ends_the_legs_first(self, sim: Floor) -> None:
        trade = sim.plan()
        sim.enter(trade)
        sim.turn(seconds=60)
        order = sim.place(sim.trade(trade), role="exit")
        assert (state(sim, order), sim.trade(trade).exit_reason) == (OrderState.FILLED, ExitReason.MANUAL)
        assert sim.working_at_broker() == []
        assert sim.position() == 0

    def test_a_part_taken_off_leaves_the_rest_guarded(self, sim: Floor) -> None:
        trade = sim.plan()
        sim.enter(trade)
        sim.turn(seconds=60)
        sim.place(sim.trade(trade), role="scale_out", quantity="4", order_type="market")
        sim.follow()
        assert sim.trade(trade).quantity == sim.position() == sum(one.left for one in self.stops(sim, trade)) == 6


# ---- risk


def test_denials_name_rule_figure_and_limit_and_are_kept(sim: Floor) -> None:
    trade = sim.plan(quantity="10")
    with pytest.raises(Denied) as refused:
        sim.place(trade, quantity="20000", limit_price=tick(sim.price() * D("0.97")))
    denial = {one["rule"]: one for one in refused.value.details["denials"]}
    assert refused.value.code == BrokerErrorCode.RISK_LIMIT_EXCEEDED
    assert denial["position_value"]["limit"] == "100.0%"
    kept = sim.orders(trade)[0]
    assert (kept.state, sim.at_broker()) == (OrderState.DENIED, [])
    assert sim.trade(trade).status is TradeStatus.PLANNING


def test_unknown_facts_deny(sim: Floor) -> None:
    sim.follow()
    trade = sim.plan()
    sim.turn(seconds=120)
    for _ in range(4):
        sim.client.faults.refuse(BrokerErrorCode.API_ERROR, "get_account_info")
    with pytest.raises(Denied, match="Buying power cannot be checked"):
        sim.place(trade, limit_price=tick(sim.price() * D("0.97")))


def test_a_symbol_that_is_not_traded_is_denied(sim: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    trade = sim.plan()

    def unknown_symbol(*_given: Any) -> None:
        raise BrokerError("No such symbol.", BrokerErrorCode.SYMBOL_NOT_FOUND, "simulated")

    monkeypatch.setattr(type(sim.client), "get_market_data", unknown_symbol)
    with pytest.raises(Denied) as refused:
        sim.place(trade)
    assert refused.value.code == BrokerErrorCode.SYMBOL_NOT_FOUND


def test_positions_that_differ_twice_hold_new_risk_until_somebody_accepts(sim: Floor) -> None:
    trade = sim.plan("AAPL")
    sim.enter(trade)
    held = sim.trade(trade)
    fill = orders.fills_of(sim.orders(trade)[0].id)[0]
    fill.deleted_at = sim.clock()  # our books lose a fill
    db.session.commit()
    from trenddojo.services.orders.posting import posting

    post = posting(sim.account_id, sim.clock())
    post.rebook(held)
    post.keep()
    sim.follow()
    sync = orders.sync_of(sim.account_id)
    assert sync is not None
    assert sync.held_at is None  # a single pass may have come between two facts
    sim.follow()
    with pytest.raises(Denied, match="are held"):
        sim.place(sim.plan(), limit_price=tick(sim.price() * D("0.97")))
    reviews.accept_position(sim.seat, "AAPL", sim.clock())
    assert resting(sim)[1].state is OrderState.ACCEPTED


def test_outside_the_session_day_waits_and_ioc_is_refused(app: Any, clock: Any, user: Any) -> None:
    from tests.orders.floor import floor

    clock.turn(hours=8)
    desk = floor(app, clock, user, always_open="")
    trade = desk.plan()
    with pytest.raises(Denied) as refused:
        desk.place(trade, time_in_force="ioc")
    assert refused.value.code == BrokerErrorCode.MARKET_CLOSED
    order = desk.place(trade, time_in_force="day", limit_price=tick(desk.price() * D("0.97")))
    assert order.state is OrderState.ACCEPTED
    assert "waits until it opens" in orders.events_of([order.id])[0].evidence["notice"]


def test_an_order_placed_elsewhere_waits_for_an_unresolved_submit(sim: Floor) -> None:
    sim.follow()
    sim.client.faults.time_out("place_order")
    resting(sim)
    price = D(tick(sim.price("AAPL") * D("0.9")))
    sim.place_elsewhere(symbol="AAPL", order_type=OrderType.LIMIT, limit_price=price, time_in_force=TimeInForce.GTC)
    sim.follow()
    assert [one.role for one in sim.orders() if one.symbol == "AAPL"] == []
    for seconds in (61, 61, 1):
        sim.turn(seconds=seconds)
        sim.follow()
    assert [one.role for one in sim.orders() if one.symbol == "AAPL"] == [OrderRole.EXTERNAL]


def test_another_order_under_our_id_needs_review(sim: Floor) -> None:
    sim.follow()
    sim.client.faults.time_out("place_order")
    _, order = resting(sim)
    ours = str(order.client_order_id)
    sim.place_elsewhere(
        symbol="AAPL", client_order_id=ours, order_type=OrderType.LIMIT, limit_price=D(5), time_in_force=TimeInForce.GTC
    )
    sim.follow()
    assert state(sim, order) is OrderState.NEEDS_REVIEW


def test_reducing_orders_pass_limits_and_holds(sim: Floor) -> None:
    trade = sim.plan()
    sim.enter(trade)
    sync = orders.sync_of(sim.account_id)
    assert sync is not None
    sync.held_at, sync.held_reason = sim.clock(), "AAPL: not what the broker holds."
    db.session.commit()
    sim.turn(seconds=5)
    assert sim.place(sim.trade(trade), role="exit").state is OrderState.FILLED


def test_a_proven_not_sent_order_is_tried_again_for_a_minute(sim: Floor) -> None:
    from trenddojo.brokers.simulator.faults import Fault, FaultKind

    sim.follow()
    sim.client.faults.add(Fault(FaultKind.TIME_OUT, "place_order", BrokerErrorCode.CONNECTION_FAILED))
    _, order = resting(sim)
    assert order.state is OrderState.CREATED
    sim.turn(seconds=3)
    sim.follow()
    assert state(sim, order) is OrderState.ACCEPTED
    assert [one.outcome for one in attempts(order)] == [AttemptOutcome.NOT_SENT, AttemptOutcome.ACCEPTED]
    assert len([one for one in sim.at_broker() if one.parent_id is None]) == 1
