"""Plans that a broker's order ended, in the discipline report: when they were skipped, and whose prices they see."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.orders.floor import D, Floor
from tests.orders.test_booking import found_elsewhere, let_it_fill
from tests.orders.test_survival import resting
from trenddojo.domain.bars import Bar
from trenddojo.domain.paper import PaperState
from trenddojo.domain.terms import Timeframe, TradeStatus
from trenddojo.services import plans, price_history
from trenddojo.services.bars import REAL
from trenddojo.services.discipline.report import discipline
from trenddojo.services.discipline.skipped import Skipped
from trenddojo.store import trades
from trenddojo.store.database import db
from trenddojo.store.models import Trade


def skipped(sim: Floor) -> Skipped:
    return discipline(sim.seat, None, None, sim.clock()).skipped


def keep(sim: Floor, plan: Trade, realm: str) -> None:
    """An hour that trades at the plan's entry, and the next at its target."""
    assert plan.target_1 is not None
    start = sim.clock().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    at_entry = Bar(Timeframe.HOUR, start, *[plan.planned_entry] * 4)
    at_target = replace(at_entry, start=start + timedelta(hours=1), high=plan.target_1)
    price_history.put(trades.instrument_of(plan), realm, "told", [at_entry, at_target], sim.clock())
    db.session.commit()


def test_a_cancelled_entry_order_skips_its_plan_and_only_the_exchanges_own_prices_follow_it(sim: Floor) -> None:
    plan, entry = resting(sim)
    sim.cancel(sim.again(entry))
    sim.turn(seconds=2)
    sim.follow()
    plan = sim.trade(plan)
    assert plan.status is TradeStatus.CANCELLED
    (found,) = skipped(sim).plans
    assert found.skipped_at == sim.again(entry).ended_at
    assert found.paper is not None
    assert found.paper.state is PaperState.NO_BARS

    keep(sim, plan, REAL)
    assert skipped(sim).no_bars == 1
    keep(sim, plan, str(sim.seat.account.connection_id))
    sim.turn(hours=4)
    (found,) = skipped(sim).plans
    assert found.paper is not None
    assert (found.paper.state, found.paper.entry) == (PaperState.TARGET, plan.planned_entry)
    assert found.paper.r is not None
    assert found.paper.r > D(1)


def test_a_plan_that_joined_a_position_was_not_skipped(sim: Floor) -> None:
    plan, entry = resting(sim)
    sim.place_elsewhere(quantity=D(3))
    sim.follow()
    assert found_elsewhere(sim).id != plan.id
    let_it_fill(sim, sim.again(entry))
    assert sim.trade(plan).status is TradeStatus.CANCELLED
    assert skipped(sim).plans == ()


def test_a_plan_is_skipped_when_its_order_has_ended_too(sim: Floor) -> None:
    plan, entry = resting(sim)
    plans.cancel_plan(sim.seat, sim.trade(plan), sim.clock())
    told = sim.clock()
    sim.turn(minutes=1)
    sim.cancel(sim.again(entry))
    sim.turn(seconds=2)
    sim.follow()
    (found,) = skipped(sim).plans
    assert found.skipped_at == sim.again(entry).ended_at
    assert found.skipped_at > told
