"""What rings without being asked: once for a condition, over with it, for whoever may trade the account."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask

from tests.conftest import NOW, Clock, make_user
from tests.orders.floor import floor
from tests.services import recorded
from tests.services.exposed import bought, mark, round_trip, settled
from tests.services.test_goals import put
from trenddojo.domain.terms import MemberRole
from trenddojo.services import alerts, goals, watching
from trenddojo.services.accounts import archive_account
from trenddojo.services.exposure import risk_board
from trenddojo.services.orders.permits import Denied
from trenddojo.store.database import db
from trenddojo.store.exposure import settings_of
from trenddojo.store.models import AccountMember, Alert, User
from trenddojo.store.seats import Seat

D = Decimal


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def look(minutes: int = 0) -> None:
    watching.watch_all(NOW + timedelta(minutes=minutes))


def open_of(user: User) -> dict[str, str]:
    """The codes of a person's open alerts, by the last parts of their keys."""
    found = (one for one in alerts.alerts_of(user, limit=100).alerts if one.resolved_at is None)
    return {one.key.split(":", 2)[2]: one.code for one in found}


def all_of(user: User) -> list[Alert]:
    return list(alerts.alerts_of(user, limit=100).alerts)


def only_risk(seat: Seat, *, positions: int = 100, **limits: str) -> None:
    """No limit but those given is near."""
    stored = settings_of(seat.account.id)
    stored.max_open_positions = positions
    stored.max_risk_per_week = stored.max_risk_per_day = stored.daily_loss_limit = D(10)
    for name, value in limits.items():
        setattr(stored, name, D(value))
    db.session.commit()


def test_nothing_to_tell_writes_nothing(seat: Seat) -> None:
    look()
    assert all_of(seat.user) == []


class TestLimits:
    def test_from_80_percent_on_once_and_over_below_75(self, seat: Seat) -> None:
        only_risk(seat, max_risk_per_day="1")
        bought(seat, "ONE", "158", "100", "95")  # 790 of 1,000
        look()
        assert open_of(seat.user) == {}
        two = bought(seat, "TWO", "2", "100", "95")
        assert risk_board(seat, NOW).today.used == D(800)
        look(1)
        look(2)
        assert open_of(seat.user) == {"limit:daily_risk:near": "LIMIT_NEAR"}
        (told,) = all_of(seat.user)
        assert (told.count, told.title) == (1, "Trend Core: risk today beyond 80% of the limit.")
        two.deleted_at = NOW
        settled(two, seat)
        look(3)
        assert open_of(seat.user) == {"limit:daily_risk:near": "LIMIT_NEAR"}  # 79%
        watching.watch_all(NOW + timedelta(days=1))
        assert open_of(seat.user) == {}
        assert all_of(seat.user)[0].resolved_at == NOW + timedelta(days=1)

    def test_at_the_limit_it_is_another_alert(self, seat: Seat) -> None:
        only_risk(seat, max_risk_per_day="1")
        bought(seat, "ONE", "170", "100", "95")
        look()
        bought(seat, "TWO", "30", "100", "95")
        look(1)
        assert open_of(seat.user) == {"limit:daily_risk:reached": "LIMIT_REACHED"}
        assert [one.code for one in all_of(seat.user)] == ["LIMIT_REACHED", "LIMIT_NEAR"]

    def test_after_its_end_it_rings_again(self, seat: Seat) -> None:
        only_risk(seat, daily_loss_limit="1")
        held = bought(seat, "ONE", "100", "100", "95", ago=3)
        for minute, price in enumerate(("91", "95", "90.5")):
            mark(held, seat, price, ago=0.01 - minute / 1000)
            settled(held, seat)
            look(minute)
        assert [(one.code, one.resolved_at is None) for one in all_of(seat.user)] == [
            ("LIMIT_NEAR", True), ("LIMIT_NEAR", False),
        ]  # fmt: skip

    def test_week_loss_and_positions(self, seat: Seat) -> None:
        only_risk(seat, max_risk_per_week="1", daily_loss_limit="0.5", positions=2)
        bought(seat, "ONE", "80", "100", "95")
        round_trip(seat, "LOST", "-500", entered=3, left=0)
        bought(seat, "OLD", "1", "100", "95", ago=40)
        look()
        assert open_of(seat.user) == {
            "limit:weekly_risk:near": "LIMIT_NEAR",
            "limit:daily_loss:reached": "LIMIT_REACHED",
            "limit:max_open_positions:reached": "LIMIT_REACHED",
        }

    def test_what_is_unknown_does_not_ring(self, seat: Seat) -> None:
        only_risk(seat)
        bought(seat, "BARE", "1000", "100", None)
        look()
        assert open_of(seat.user) == {}


def test_a_losing_streak_until_the_next_win(seat: Seat) -> None:
    only_risk(seat)
    for number in range(3):
        round_trip(seat, f"L{number}", "-1", entered=20, left=12 - number)
    look()
    assert open_of(seat.user) == {"streak": "LOSING_STREAK"}
    round_trip(seat, "L9", "-1", entered=20, left=5)
    look(1)
    assert all_of(seat.user)[0].count == 1
    round_trip(seat, "WON", "1", entered=20, left=4)
    look(2)
    assert open_of(seat.user) == {}


@pytest.mark.parametrize(("direction", "there", "away"), [("long", "120", "119.99"), ("short", "80", "80.01")])
def test_a_price_at_its_target(seat: Seat, direction: str, there: str, away: str) -> None:
    only_risk(seat)
    stop = "95" if direction == "long" else "105"
    trade = recorded.plan(seat, direction=direction, stop=stop, target_1=D(there), target_2=None)
    recorded.enter(seat, trade, "10", "100", NOW - timedelta(days=3))
    look()
    assert open_of(seat.user) == {}
    recorded.mark(seat, trade, there)
    look(1)
    assert open_of(seat.user) == {f"target:{trade.id}:1": "TARGET_REACHED"}
    assert all_of(seat.user)[0].trade_id == trade.id
    recorded.mark(seat, trade, away, NOW + timedelta(minutes=2))
    look(3)
    assert open_of(seat.user) == {}


class TestGoals:
    def test_reached_or_missed_once_a_period(self, seat: Seat) -> None:
        only_risk(seat)
        earn, keep = put(seat, "gain_money", "100"), put(seat, "stops_loosened", "0")
        look()
        assert open_of(seat.user) == {}
        held = bought(seat, "HELD", "1", "100", "95", ago=4)
        recorded.move(seat, held, "94", NOW, reason="A wide day.")
        round_trip(seat, "WON", "150", entered=9, left=3)
        look(1)
        look(2)
        assert set(open_of(seat.user).values()) == {"GOAL_REACHED", "GOAL_MISSED"}
        titles = {one.title for one in all_of(seat.user)}
        assert titles == {
            "Trend Core: goal reached. Earn 100.00 USD a month.", "Trend Core: goal missed. Loosen no stop in a month.",
        }  # fmt: skip
        watching.watch_all(NOW + timedelta(days=20))
        assert open_of(seat.user) == {}
        assert len(all_of(seat.user)) == 2
        assert {earn.id, keep.id} == {one.goal.id for one in goals.goals_of(seat, NOW)}

    def test_an_ended_goal_is_silent(self, seat: Seat) -> None:
        only_risk(seat)
        goal = put(seat, "gain_money", "100")
        round_trip(seat, "WON", "150", entered=9, left=3)
        goals.end_goal(seat, goal.id, NOW)
        look()
        assert open_of(seat.user) == {}


class TestRules:
    def test_the_third_loosened_stop_within_thirty_days(self, seat: Seat) -> None:
        only_risk(seat)
        held = bought(seat, "HELD", "10", "100", "95", ago=50)
        for number, days in enumerate((31, 20, 10)):
            moment = NOW - timedelta(days=days)
            recorded.move(seat, held, str(94 - number), moment, reason="A wide day.")
        look()
        assert open_of(seat.user) == {}
        recorded.move(seat, held, "90", NOW, reason="A wide day.")
        look(1)
        assert open_of(seat.user) == {"rule:stop": "RULE_BROKEN"}
        watching.watch_all(NOW + timedelta(days=11))
        assert open_of(seat.user) == {}

    def test_the_third_order_that_a_limit_denied(self, app: Flask, clock: Clock, user: User) -> None:
        desk = floor(app, clock, user)
        only_risk(desk.seat)
        trade = desk.plan()
        for number in range(3):
            with pytest.raises(Denied):
                desk.place(trade, quantity="20000", order_type="market")
            look(number)
            assert ("rule:position_value" in open_of(user)) is (number == 2)


def test_whoever_may_trade_is_told_and_nobody_else(app: Flask, seat: Seat) -> None:
    only_risk(seat, max_risk_per_day="1")
    trader, other = make_user("pia@example.org", "Pia"), recorded.stranger()
    viewer = recorded.viewer_of(seat)
    db.session.add(AccountMember(account_id=seat.account.id, user_id=trader.id, role=MemberRole.TRADER))
    db.session.commit()
    bought(seat, "ONE", "170", "100", "95")
    look()
    for person, is_told in ((seat.user, True), (trader, True), (viewer.user, False), (other.user, False)):
        assert bool(open_of(person)) is is_told
    late = make_user("late@example.org", "Late")
    db.session.add(AccountMember(account_id=seat.account.id, user_id=late.id, role=MemberRole.TRADER))
    db.session.commit()
    look(1)
    assert open_of(late)
    assert all_of(seat.user)[0].count == 1


def test_an_account_that_is_put_away_is_silent(seat: Seat) -> None:
    only_risk(seat)
    for number in range(3):
        round_trip(seat, f"L{number}", "-1", entered=20, left=12 - number)
    look()
    assert open_of(seat.user)
    archive_account(seat, NOW)
    assert open_of(seat.user) == {}
    look(1)
    assert open_of(seat.user) == {}
