"""The discipline report from records: each figure by hand on a few trades, periods, seats, and the demo year."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import event

from tests.conftest import NOW
from tests.services.recorded import add, day, enter, instrument, leave, move, plan
from tests.services.test_bars import told
from trenddojo.domain.paper import PaperState
from trenddojo.domain.samples import t_quantile
from trenddojo.domain.stop_moves import Knowledge
from trenddojo.domain.terms import ExitReason
from trenddojo.services import plans, price_history
from trenddojo.services.bars import REAL
from trenddojo.services.discipline import cases
from trenddojo.services.discipline.report import Discipline, discipline
from trenddojo.services.discipline.stop_moves import MoveKind
from trenddojo.store.database import db
from trenddojo.store.models import ChecklistItem, ChecklistResponse, Instrument, Trade
from trenddojo.store.seats import Seat

D = Decimal
REASON = "Sits right on the round number."


def report(seat: Seat, since: date | None = None, until: date | None = None) -> Discipline:
    return discipline(seat, since, until, NOW)


def prices(of: Instrument, first: int, *closes: str) -> None:
    """A day each from so many days after the plan on, each a point up and down about its close."""
    shapes = [(close, str(D(close) + 1), str(D(close) - 1), close) for close in closes]
    price_history.put(of, REAL, "alpaca", told(first, *shapes), NOW)


def closed(seat: Seat, symbol: str, price: str, *, reason: str = "manual", **more: object) -> Trade:
    """Ten bought at 100 on day 1 and sold on day 4, with a risk of 50."""
    trade = plan(seat, instrument(symbol), **more)
    enter(seat, trade, "10", "100", day(1))
    leave(seat, trade, "10", price, day(4), exit_reason=reason)
    return trade


def override(seat: Seat, of: Instrument) -> Trade:
    """Bought at 100 with a stop at 95, loosened to 90 on day 2 and stopped out there on day 4."""
    trade = plan(seat, of)
    enter(seat, trade, "10", "100", day(1))
    move(seat, trade, "90", day(2), reason=REASON)
    leave(seat, trade, "10", "90", day(4), exit_reason="stop_loss")
    return trade


class TestStops:
    def test_an_override_is_costed_and_its_move_attributed(self, app: Flask, seat: Seat):
        of = instrument()
        trade = override(seat, of)
        prices(of, 1, "100", "100", "95", "90", "90")
        got = report(seat)
        (cost,) = got.overrides.moves
        assert (cost.subject.id, cost.old, cost.new, cost.reason) == (trade.id, (D(95),), D(90), REASON)
        assert (cost.effect.amount, cost.effect.r) == (D("50.00"), D(1))  # 50 lost at 95, 100 at 90
        assert (got.overrides.total.sum_r, got.overrides.total.known) == (1, 1)
        (moved,) = got.moves.moves
        assert (moved.kind, moved.effect.r) == (MoveKind.LOOSENED, D(-1))
        tightened, loosened = got.moves.groups
        assert (tightened.count, loosened.count, loosened.hurt, loosened.sum_r) == (0, 1, 1, -1)

    def test_without_prices_they_are_counted_and_have_no_figure(self, app: Flask, seat: Seat):
        override(seat, instrument())
        got = report(seat)
        assert [one.effect.knowledge for one in (*got.moves.moves, *got.overrides.moves)] == [Knowledge.NO_BARS] * 2
        assert (got.overrides.total.known, got.overrides.total.no_bars, got.overrides.total.sum_r) == (0, 1, 0)
        assert (got.moves.groups[1].no_bars, got.moves.groups[1].mean_r) == (1, None)
        assert got.moves.whole.no_bars == 1

    def test_prices_of_another_world_tell_nothing(self, app: Flask, seat: Seat):
        of = instrument()
        override(seat, of)
        price_history.put(of, str(uuid4()), "simulated", told(1, *[("95", "96", "94", "95")] * 5), NOW)
        assert report(seat).overrides.total.no_bars == 1

    def test_every_move_has_its_own_old_stop_and_all_together_the_first(self, app: Flask, seat: Seat):
        """95 to 98 to 101, stopped at 101; the price then fell below all three."""
        of = instrument()
        trade = plan(seat, of)
        enter(seat, trade, "10", "100", day(1))
        move(seat, trade, "98", day(2))
        move(seat, trade, "101", day(3))
        leave(seat, trade, "10", "101", day(5), exit_reason="trailing_stop")
        prices(of, 1, "100", "104", "105", "105", "102", "98.50", "95.50")
        got = report(seat)
        assert [one.effect.amount for one in got.moves.moves] == [D("30.00"), D("60.00")]  # the latest first
        assert got.moves.groups[0].sum_r == D("1.8")
        assert (got.moves.whole.count, got.moves.whole.sum_r) == (1, D("1.2"))

    def test_moves_of_several_legs_in_one_act_are_one(self, app: Flask, seat: Seat):
        of = instrument()
        trade = plan(seat, of)
        enter(seat, trade, "10", "100", day(1))
        add(seat, trade, "106", "101", "5", day(2))
        enter(seat, trade, "5", "106", day(2.1), leg=2)
        move(seat, trade, "104", day(3))
        leave(seat, trade, "15", "104", day(5), exit_reason="trailing_stop")
        prices(of, 1, "100", "106", "107", "107", "105", "101.50", "97", "95.50")
        (moved,) = report(seat).moves.moves
        assert (moved.legs, moved.old) == ((1, 2), (D(95), D(101)))
        assert moved.effect.amount == D("105.00")  # 10 x (104 - 95) + 5 x (104 - 101)

    def test_of_several_old_stops_the_nearest_ends_the_trade(self, app: Flask, seat: Seat):
        """Two legs at 95 and 101 are loosened to 90: rule 24 ends the whole trade at 101, in fact it left at 90."""
        of = instrument()
        trade = plan(seat, of)
        enter(seat, trade, "10", "100", day(1))
        add(seat, trade, "106", "101", "5", day(2))
        enter(seat, trade, "5", "106", day(2.1), leg=2)
        move(seat, trade, "90", day(3), reason=REASON)
        leave(seat, trade, "15", "90", day(5), exit_reason="stop_loss")
        prices(of, 1, "100", "106", "107", "101.50", "90", "90")
        got = report(seat)
        assert got.overrides.moves[0].old == (D(95), D(101))
        assert got.overrides.moves[0].effect.amount == D("165.00")  # 15 x (101 - 90)
        # Either leg at its own: 95 was jumped over, so that it would have left at the open of 90.
        assert got.moves.moves[0].effect.amount == D("-55.00")  # 5 x (90 - 101)

    def test_open_trades_are_not_judged(self, app: Flask, seat: Seat):
        trade = plan(seat, instrument())
        enter(seat, trade, "10", "100", day(1))
        move(seat, trade, "98", day(2))
        assert report(seat).moves.moves == ()


def skip(seat: Seat, of: Instrument, at: float) -> Trade:
    trade = plan(seat, of, target_1=D(110))
    plans.cancel_plan(seat, trade, day(at))
    return trade


class TestSkipped:
    def test_they_are_followed_beside_the_taken(self, app: Flask, seat: Seat):
        won, lost, far, dark = (instrument(name) for name in ("WON", "LOST", "FAR", "DARK"))
        prices(won, 1, "98", "100", "104", "109.50")
        prices(lost, 1, "98", "100", "95.50")
        prices(far, 1, "120", "120")
        for of in (won, lost, far, dark):
            skip(seat, of, 1)
        closed(seat, "TAKEN", "110")
        got = report(seat).skipped
        states = {one.symbol: one.paper.state for one in got.plans if one.paper}
        assert states == {
            "WON": PaperState.TARGET,
            "LOST": PaperState.STOPPED,
            "FAR": PaperState.NOT_ENTERED,
            "DARK": PaperState.NO_BARS,
        }
        assert (got.ended, got.sum_r, got.mean_r) == (2, D(1), D("0.5"))
        assert (got.open, got.not_entered, got.no_bars, got.without_stop) == (0, 1, 1, 0)
        assert (got.taken, got.taken_r) == (1, D(2))

    def test_the_period_is_that_of_skipping(self, app: Flask, seat: Seat):
        skip(seat, instrument(), 1)
        assert report(seat, since=day(3).date()).skipped.plans == ()
        assert len(report(seat, since=day(1).date(), until=day(1).date()).skipped.plans) == 1

    def test_a_plan_without_a_stop_is_counted_apart(self, app: Flask, seat: Seat):
        trade = skip(seat, instrument(), 1)
        trade.planned_stop = None
        db.session.commit()
        got = report(seat).skipped
        assert (got.without_stop, got.ended, got.plans[0].paper) == (1, 0, None)


class TestSlippage:
    def test_entries_by_setup_and_exits_by_reason(self, app: Flask, seat: Seat):
        """Planned at 100 with a stop at 95: bought at 101 (risk 60), stopped at 94.40."""
        trade = plan(seat, instrument("ONE"), setup="Breakout")
        enter(seat, trade, "10", "101", day(1))
        leave(seat, trade, "10", "94.40", day(4), exit_reason="stop_loss")
        closed(seat, "TWO", "104", setup="Breakout")
        got = report(seat).slipped
        (breakout,) = got.by_setup
        assert (breakout.name, breakout.fills, breakout.amount) == ("Breakout", 2, D("-10.00"))
        assert (breakout.mean_r, breakout.worst_r) == (D("-0.0833333335"), D("-0.166666667"))
        (stopped,) = got.by_reason  # an exit by hand has no plan
        assert (stopped.name, stopped.mean_r) == (ExitReason.STOP_LOSS, D("-0.1"))
        assert [slip.slippage.step for slip in got.worst] == ["Entry", "Stop"]


class TestChecklist:
    def answer(self, seat: Seat, trade: Trade, item: ChecklistItem, checked: bool) -> None:
        row = ChecklistResponse(trade_id=trade.id, item_id=item.id, text=item.text, required=False, checked=checked)
        db.session.add(row)
        db.session.commit()

    def test_each_item_is_scored_by_outcome(self, app: Flask, seat: Seat):
        item = ChecklistItem(account_id=seat.account.id, text="Trend is up", required=False, position=0)
        db.session.add(item)
        db.session.flush()
        for number, (price, checked) in enumerate((("110", True), ("105", True), ("95", False), ("100", False))):
            self.answer(seat, closed(seat, f"S{number}", price), item, checked)
        closed(seat, "NONE", "120")
        got = report(seat).scores
        (scored,) = got.items
        assert got.unanswered == 1
        assert (scored.text, scored.ticked.trades, scored.unticked.trades) == ("Trend is up", 2, 2)
        assert (scored.ticked.win_rate, scored.unticked.win_rate) == (1, 0)
        assert (scored.ticked.mean_r, scored.unticked.mean_r) == (D("1.5"), D("-0.5"))
        assert scored.difference is not None
        assert scored.difference.mean == 2
        reach = t_quantile(2) * (0.25 + 0.25) ** 0.5  # 2, 1 and -1, 0: variances of a half, two trades each
        assert float(scored.difference.low or 0) == pytest.approx(2 - reach)
        assert scored.is_few

    def test_far_results_of_few_trades_are_few(self, app: Flask, seat: Seat):
        item = ChecklistItem(account_id=seat.account.id, text="Trend is up", required=False, position=0)
        db.session.add(item)
        db.session.flush()
        for number, (price, checked) in enumerate((("110", True), ("110", True), ("95", False), ("95", False))):
            self.answer(seat, closed(seat, f"S{number}", price), item, checked)
        (scored,) = report(seat).scores.items
        assert scored.difference is not None
        assert (scored.difference.low, scored.difference.spans_zero, scored.is_few) == (3, False, True)


class TestSizing:
    def test_drift_is_risk_taken_over_risk_planned(self, app: Flask, seat: Seat):
        closed(seat, "EXACT", "104", bound_by="risk_per_trade")
        late = plan(seat, instrument("LATE"))
        enter(seat, late, "10", "101.50", day(1))
        leave(seat, late, "10", "104", day(4))
        got = report(seat).drifts
        assert [(one.subject.symbol, one.planned_risk, one.risk, one.ratio) for one in got.trades] == [
            ("LATE", D("50.00"), D("65.00"), D("1.3")),
            ("EXACT", D("50.00"), D("50.00"), D(1)),
        ]
        assert (got.mean_ratio, got.over, got.left_out) == (D("1.15"), 1, 0)
        assert float(got.spread or 0) == pytest.approx(0.2121320343)
        assert [(bound.cap, bound.trades, bound.mean_ratio) for bound in got.bounds] == [
            ("", 1, D("1.3")),
            ("risk_per_trade", 1, D(1)),
        ]

    def test_an_add_that_never_filled_was_not_planned_risk_taken(self, app: Flask, seat: Seat):
        trade = plan(seat, instrument())
        enter(seat, trade, "10", "100", day(1))
        add(seat, trade, "106", "101", "4", day(2))
        leave(seat, trade, "10", "104", day(4))
        (drift,) = report(seat).drifts.trades
        assert (drift.planned_quantity, drift.planned_risk, drift.ratio) == (10, D("50.00"), 1)

    def test_a_trade_without_a_planned_stop_is_left_out(self, app: Flask, seat: Seat):
        trade = closed(seat, "ONE", "104")
        for stop in cases.cases_of(seat, day(0).date(), NOW.date())[0][0].stops:
            db.session.delete(stop)
        db.session.commit()
        got = report(seat).drifts
        assert (got.trades, got.left_out, got.mean_ratio) == ((), 1, None)
        assert trade.initial_risk == D("50.00")


class TestPyramids:
    def test_the_adds_beside_the_first_leg(self, app: Flask, seat: Seat):
        trade = plan(seat, instrument())
        enter(seat, trade, "10", "100", day(1))
        add(seat, trade, "106", "101", "4", day(2))
        enter(seat, trade, "4", "106", day(2.1), leg=2)
        leave(seat, trade, "14", "103", day(5))
        closed(seat, "FLAT", "104")
        got = report(seat).pyramids
        (one,) = got.trades
        assert [(leg.number, leg.entry, leg.risk, leg.realised, leg.r) for leg in one.pyramid.legs] == [
            (1, D(100), D("50.00"), D("30.00"), D("0.6")),
            (2, D(106), D("20.00"), D("-12.00"), D("-0.6")),
        ]
        assert (got.first_realised, got.adds_realised, got.adds_risk, got.adds_r) == (30, -12, 20, D("-0.6"))
        assert got.helped == 0


def test_nothing_at_all(app: Flask, seat: Seat):
    got = report(seat)
    assert (got.trades, got.counted, got.is_cut) == (0, 0, False)
    assert (got.moves.moves, got.overrides.moves, got.skipped.plans, got.scores.items) == ((), (), (), ())
    assert (got.slipped.entries.mean_r, got.drifts.mean_ratio, got.pyramids.adds_r) == (None, None, None)


def test_the_number_of_queries_does_not_grow_with_the_trades(app: Flask, seat: Seat):
    def queries() -> int:
        seen: list[str] = []
        count = lambda _c, _cursor, statement, *_more: seen.append(statement)  # noqa: E731
        db.session.expire_all()
        event.listen(db.engine, "before_cursor_execute", count)
        report(seat)
        event.remove(db.engine, "before_cursor_execute", count)
        return len(seen)

    of = instrument()
    prices(of, 1, *["100"] * 9)
    override(seat, of)
    few = queries()
    for number in range(6):
        closed(seat, f"S{number}", "104")
    assert queries() == few
