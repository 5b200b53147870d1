"""Goals: judged from the records, set by whoever may trade, kept apart from other accounts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import NOW
from tests.services import recorded
from tests.services.exposed import bought, mark, round_trip, settled
from tests.services.reported import report
from trenddojo.domain.goals import GoalState, Stretch
from trenddojo.services import goals, journal
from trenddojo.services.errors import Conflict, Forbidden, NotFound
from trenddojo.services.goals import Progress
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.goals import GoalInput, NewGoalInput
from trenddojo.services.inputs.journal import NewNoteInput
from trenddojo.store.database import db
from trenddojo.store.models import Goal
from trenddojo.store.seats import Seat

D = Decimal
NOVEMBER = Stretch(date(2026, 11, 1), date(2026, 11, 30))


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def wanted(kind: str, target: str, period: str = "month", **more: Any) -> NewGoalInput:
    return parse(NewGoalInput, {"kind": kind, "target": target, "period": period, **more})


def put(seat: Seat, kind: str, target: str, period: str = "month", *, since: date = date(2026, 9, 15)) -> Goal:
    goal = goals.set_goal(seat, wanted(kind, target, period), NOW)
    goal.starts_on = since
    db.session.commit()
    return goal


def only(seat: Seat) -> Progress:
    (found,) = goals.goals_of(seat, NOW)
    return found


def told(found: Progress) -> list[tuple[int, Decimal | None, str]]:
    return [(one.stretch.since.month, one.value, one.state.value) for one in found.periods]


def write(seat: Seat, *days: str) -> None:
    for number, day in enumerate(days):
        entered = parse(NewNoteInput, {"on": day, "body": "Quiet."})
        journal.write_note(seat, entered, NOW + timedelta(seconds=number))


class TestJudged:
    """September is over and empty unless something was done; October and November hold what each test does."""

    def test_money_is_what_equity_gained(self, seat: Seat) -> None:
        put(seat, "gain_money", "300")
        round_trip(seat, "WON", "450", entered=50, left=40)  # 10 October
        round_trip(seat, "LOST", "-100", entered=9, left=3)
        held = bought(seat, "HELD", "10", "100", "95", ago=2)
        mark(held, seat, "120")
        settled(held, seat)
        assert told(only(seat)) == [(11, D("100.00"), "open"), (10, D("450.00"), "reached"), (9, D(0), "missed")]
        assert (only(seat).reached, len(only(seat).past)) == (1, 2)

    def test_percent_is_the_reports_return(self, seat: Seat) -> None:
        put(seat, "gain_percent", "0.4")
        round_trip(seat, "ONE", "450", entered=15, left=10)
        round_trip(seat, "TWO", "-30", entered=9, left=3)
        shown = report(seat, NOVEMBER.since, NOVEMBER.until).span
        assert shown is not None
        assert shown.ratio is not None
        assert only(seat).now.value == shown.ratio * 100
        assert only(seat).now.state is GoalState.REACHED

    def test_r_is_of_the_trades_closed_in_the_period(self, seat: Seat) -> None:
        put(seat, "result_r", "3")
        round_trip(seat, "OCT", "100", entered=50, left=40)  # 50 at risk: 2R
        round_trip(seat, "NOV", "200", entered=50, left=3)
        round_trip(seat, "BARE", "500", entered=50, left=3, stop=None)
        assert told(only(seat)) == [(11, D(4), "reached"), (10, D(2), "missed"), (9, D(0), "missed")]

    def test_drawdown_is_missed_as_soon_as_it_is_deeper(self, seat: Seat) -> None:
        put(seat, "drawdown", "1")
        round_trip(seat, "OCT", "-500", entered=50, left=40)
        round_trip(seat, "NOV", "-1500", entered=9, left=3)
        round_trip(seat, "BACK", "2000", entered=9, left=1)
        found = only(seat)
        assert [(one.stretch.since.month, one.state.value) for one in found.periods] == [
            (11, "missed"), (10, "reached"), (9, "reached"),
        ]  # fmt: skip
        assert found.now.value is not None
        assert round(found.now.value, 6) == round(D(150_000) / 99_500, 6)

    def test_losses_are_counted_within_the_period_breakevens_skipped(self, seat: Seat) -> None:
        put(seat, "losses_in_a_row", "2")
        for number, left in enumerate((22, 21, 20, 17, 16)):  # 28 to 30 October, 2 and 3 November
            round_trip(seat, f"L{number}", "0" if left == 21 else "-10", entered=30, left=left)
        assert told(only(seat)) == [(11, D(2), "open"), (10, D(2), "reached"), (9, D(0), "reached")]
        round_trip(seat, "L9", "-10", entered=30, left=2)
        assert told(only(seat))[0] == (11, D(3), "missed")

    def test_loosened_stops_count_once_a_move(self, seat: Seat) -> None:
        put(seat, "stops_loosened", "1")
        held = bought(seat, "HELD", "10", "100", "95", ago=30)
        october = NOW - timedelta(days=20)
        recorded.move(seat, held, "94", october, reason="A wide day.")
        recorded.move(seat, held, "96", NOW)
        assert [one[:2] for one in told(only(seat))] == [(11, D(0)), (10, D(1)), (9, D(0))]
        recorded.move(seat, held, "95", NOW, reason="A wide day.")
        assert told(only(seat))[0] == (11, D(1), "open")
        recorded.move(seat, held, "94", NOW, reason="A wide day.")
        assert told(only(seat))[0] == (11, D(2), "missed")

    def test_days_with_a_note_by_the_week(self, seat: Seat) -> None:
        put(seat, "journal_days", "2", "week", since=date(2026, 11, 9))
        write(seat, "2026-11-10", "2026-11-10", "2026-11-15", "2026-11-16")
        assert [(one.value, one.state.value) for one in only(seat).periods] == [(D(1), "open"), (D(2), "reached")]
        note = journal.write_note(seat, parse(NewNoteInput, {"on": "2026-11-17", "body": "x"}), NOW)
        assert only(seat).now.state is GoalState.REACHED
        journal.delete_note(seat, note.id, NOW)
        assert only(seat).now.value == D(1)

    def test_a_corrected_record_corrects_the_past(self, seat: Seat) -> None:
        put(seat, "gain_money", "300")
        trade = round_trip(seat, "WON", "450", entered=50, left=40)
        trade.deleted_at = NOW
        settled(trade, seat)
        assert told(only(seat))[1] == (10, D(0), "missed")

    def test_no_more_than_twelve_periods_and_none_before_it_was_set(self, seat: Seat) -> None:
        goal = put(seat, "gain_money", "300", since=date(2020, 1, 1))
        assert len(only(seat).periods) == goals.MOST_PERIODS
        goal.starts_on = date(2026, 11, 19)
        db.session.commit()
        assert [one.stretch for one in only(seat).periods] == [NOVEMBER]
        assert only(seat).past == ()


class TestSetting:
    def test_one_goal_for_one_key(self, seat: Seat) -> None:
        first = goals.set_goal(seat, wanted("result_r", "3", key="key-00001"), NOW)
        assert goals.set_goal(seat, wanted("result_r", "9", key="key-00001"), NOW).id == first.id
        assert first.starts_on == date(2026, 11, 19)
        assert len(goals.goals_of(seat, NOW)) == 1

    def test_changed_ended_and_gone_on(self, seat: Seat) -> None:
        goal = put(seat, "result_r", "3")
        goals.change_goal(seat, goal.id, parse(GoalInput, {"kind": "drawdown", "target": "4", "period": "year"}))
        assert (goal.kind, goal.period, goal.target) == ("drawdown", "year", D("4.00"))
        goals.end_goal(seat, goal.id, NOW)
        later = NOW + timedelta(days=400)
        (found,) = goals.goals_of(seat, later)
        assert [one.stretch.since.year for one in found.periods] == [2026]
        assert found.now.is_over
        with pytest.raises(Conflict):
            goals.end_goal(seat, goal.id, NOW)
        with pytest.raises(Conflict):
            goals.change_goal(seat, goal.id, wanted("result_r", "1"))
        goals.resume_goal(seat, goal.id)
        assert [one.stretch.since.year for one in goals.goals_of(seat, later)[0].periods] == [2027, 2026]

    def test_there_is_a_most(self, seat: Seat) -> None:
        for _ in range(goals.MOST_GOALS):
            goal = goals.set_goal(seat, wanted("result_r", "3"), NOW)
        with pytest.raises(Conflict, match="at most 20"):
            goals.set_goal(seat, wanted("result_r", "3"), NOW)
        goals.end_goal(seat, goal.id, NOW)
        goals.set_goal(seat, wanted("result_r", "3"), NOW)

    def test_who_may_only_look_may_not(self, seat: Seat) -> None:
        goal, viewer = put(seat, "result_r", "3"), recorded.viewer_of(seat)
        assert len(goals.goals_of(viewer, NOW)) == 1
        for act in (
            lambda: goals.set_goal(viewer, wanted("result_r", "3"), NOW),
            lambda: goals.change_goal(viewer, goal.id, wanted("result_r", "3")),
            lambda: goals.end_goal(viewer, goal.id, NOW),
            lambda: goals.resume_goal(viewer, goal.id),
        ):
            with pytest.raises(Forbidden):
                act()

    def test_another_accounts_goal_is_not_there(self, seat: Seat) -> None:
        goal, other = put(seat, "result_r", "3"), recorded.stranger()
        assert goals.goals_of(other, NOW) == []
        for act in (
            lambda: goals.goal_of(other, goal.id),
            lambda: goals.change_goal(other, goal.id, wanted("result_r", "9")),
            lambda: goals.end_goal(other, goal.id, NOW),
            lambda: goals.resume_goal(other, goal.id),
        ):
            with pytest.raises(NotFound):
                act()


def test_habits(seat: Seat) -> None:
    for number, result in enumerate(("10", "10", "0", "10", "-10", "-10")):
        round_trip(seat, f"T{number}", result, entered=20, left=10 - number)
    write(seat, "2026-11-16", "2026-11-17", "2026-11-18")
    found = goals.habits_of(seat, NOW)
    assert (found.trades.longest_wins, found.trades.longest_losses) == (3, 2)
    assert (found.trades.wins_now, found.trades.losses_now, found.noted_now) == (0, 2, 3)
