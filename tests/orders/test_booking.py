"""Which trade a fill belongs to when orders from elsewhere, or another plan, stand in the same instrument."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from tests.orders.floor import SYMBOL, D, Floor, tick
from tests.orders.test_survival import resting
from trenddojo.brokers.manager import Purpose
from trenddojo.brokers.types import Execution as ToldFill
from trenddojo.domain.order_states import OrderRole, OrderState, SyncStatus
from trenddojo.domain.orders import OrderUpdate
from trenddojo.domain.terms import Direction, Side, TradeStatus
from trenddojo.services.orders import booking, exits, facts
from trenddojo.services.orders.posting import posting
from trenddojo.store import orders, timeline, trades
from trenddojo.store.database import db, discard
from trenddojo.store.models import Order, Trade


def let_it_fill(sim: Floor, order: Order) -> None:
    """At the broker, move a resting limit to where the market is."""
    there, price = str(order.broker_order_id), sim.price()
    limit = price * (D("1.01") if order.side is Side.BUY else D("0.99"))
    discard()
    sim.client.modify_order(there, OrderUpdate(client_order_id="", limit_price=D(tick(limit))))
    sim.turn(seconds=1)
    sim.follow()


def found_elsewhere(sim: Floor) -> Trade:
    return next(one for one in trades.open_trades(sim.account_id) if one.review)


def filled(sim: Floor, order: Order, side: Side, quantity: int, minutes: int) -> ToldFill:
    """A fill of an order, so many minutes after now."""
    at, name = sim.clock() + timedelta(minutes=minutes), f"{order.broker_order_id}-{minutes}"
    return ToldFill(
        execution_id=name, order_id=str(order.broker_order_id), client_order_id=None, symbol=SYMBOL, side=side,
        quantity=D(quantity), price=D(100), at=at, commission=D(0), root_id=name,
    )  # fmt: skip


def test_an_entry_that_fills_into_an_open_position_becomes_a_leg_of_it(sim: Floor) -> None:
    plan, entry = resting(sim)
    sim.place_elsewhere(quantity=D(3))
    sim.follow()
    held = found_elsewhere(sim)
    stop = trades.legs_of(plan.id)[0].stop
    let_it_fill(sim, sim.again(entry))

    held, plan = sim.trade(held), sim.trade(plan)
    assert (held.quantity, plan.quantity, plan.status) == (D(13), D(0), TradeStatus.CANCELLED)
    assert [(leg.number, leg.stop) for leg in trades.legs_of(held.id)] == [(1, None), (2, stop)]
    assert (plan.broker_order_id, plan.broker_sync_status) == (None, None)
    assert held.broker_sync_status is SyncStatus.SYNCED
    assert (sim.again(entry).role, sim.again(entry).leg) == (OrderRole.SCALE_IN, 2)
    guards = [one for one in sim.orders(held) if one.role is OrderRole.STOP and one.state.is_working]
    assert [(one.leg, one.left) for one in guards] == [(2, D(10))]
    assert exits.standing_of(held, sim.seat.account).is_safe
    assert [one.kind for one in timeline.events_of(plan.id)][-1] == "joined"
    assert not sim.follow().wrote


def test_what_an_entry_holds_beyond_a_position_the_other_way_is_its_own(sim: Floor) -> None:
    plan, entry = resting(sim)
    post = posting(sim.account_id, sim.clock())
    sold = foreign(sim, "sold", Side.SELL)
    booking.book(post, [filled(sim, sold, Side.SELL, 3, 1)], by_id(sold))
    booking.book(post, [filled(sim, entry, Side.BUY, 10, 2)], by_id(entry))
    post.keep()
    assert positions(sim) == {(Direction.LONG, plan.id): D(7)}
    assert sim.trade(plan).status is TradeStatus.ACTIVE


def test_a_fill_that_came_before_the_position_begins_it_anew(sim: Floor) -> None:
    plan, entry = resting(sim)
    post = posting(sim.account_id, sim.clock())
    bought = [filled(sim, entry, Side.BUY, 6, 2), filled(sim, entry, Side.BUY, 4, 3)]
    booking.book(post, bought, by_id(entry))
    post.keep()
    post = posting(sim.account_id, sim.clock())
    sold = foreign(sim, "sold", Side.SELL)
    booking.book(post, [filled(sim, sold, Side.SELL, 3, 1)], by_id(sold))
    post.keep()
    assert positions(sim) == {(Direction.LONG, plan.id): D(7)}
    assert sum((fill.quantity for fill, _ in sim.fills()), D(0)) == D(13)


def test_a_replaced_order_waits_for_no_exits(alpaca: Floor) -> None:
    _, entry = resting(alpaca)
    there = alpaca.client.get_order_status(str(entry.broker_order_id))
    post = posting(alpaca.account_id, alpaca.clock())
    order = alpaca.again(entry)
    for leg in orders.legs_of(order.id):
        leg.parent_id = None  # they are its successor's
    order.state, order.needs_legs = OrderState.REPLACED, True
    db.session.flush()
    facts.absorb_legs(post, order, replace(there, legs=()))
    assert not order.needs_legs


def test_a_trail_that_was_changed_at_the_broker_is_followed(sim: Floor) -> None:
    plan = sim.plan()
    sim.enter(plan, with_exits=False)
    order = sim.place(sim.trade(plan), role="exit", order_type="trailing_stop", trail_percent="8")
    there = str(sim.again(order).broker_order_id)
    discard()
    sim.desk.client(sim.manager, Purpose.PROTECT).modify_order(
        there, OrderUpdate(client_order_id="", trail_percent=D(6))
    )
    sim.follow()
    assert sim.again(order).trail_percent == D(6)
    assert not sim.follow().wrote


def foreign(sim: Floor, name: str, side: Side) -> Order:
    """A row for an order that was placed elsewhere."""
    fill = ToldFill(
        execution_id=name, order_id=name, client_order_id=None, symbol=SYMBOL, side=side, quantity=D(3), price=D(100),
        at=sim.clock(), commission=D(0), root_id=name,
    )  # fmt: skip
    return facts.nameless(posting(sim.account_id, sim.clock()), fill)


def by_id(order: Order) -> dict[str, Order]:
    return {str(order.broker_order_id): order}


def positions(sim: Floor) -> dict[tuple[Direction, object], D]:
    return {(one.direction, one.id): one.quantity for one in trades.open_trades(sim.account_id)}
