"""The bell: the same trouble rings once, and everybody hears their own only."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from flask import Flask

from tests.conftest import NOW, make_user
from trenddojo.services import alerts, topics
from trenddojo.services.errors import NotFound
from trenddojo.store.database import db
from trenddojo.store.models import Alert, User


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def ring(user: User, key: str = "trouble", *, minutes: int = 0, title: str = "Something", anew: bool = False) -> None:
    moment = NOW + timedelta(minutes=minutes)
    alerts.ring(user.id, key, "TIMEOUT", title, "Wait.", now=moment, anew=anew)
    db.session.commit()


def read(user: User, moment: datetime = NOW) -> None:
    alerts.mark_read(user, moment)


def only(user: User) -> Alert:
    (found,) = alerts.alerts_of(user).alerts
    return found


class TestRing:
    def test_the_first_time(self, user: User) -> None:
        ring(user)
        found = only(user)
        assert (found.count, found.first_at, found.last_at) == (1, NOW, NOW)
        assert alerts.unread(user) == 1

    def test_again_it_is_counted_and_says_the_newest(self, user: User) -> None:
        ring(user)
        ring(user, minutes=5, title="Something else")
        found = only(user)
        assert (found.count, found.title) == (2, "Something else")
        assert (found.first_at, found.last_at) == (NOW, NOW + timedelta(minutes=5))
        assert alerts.unread(user) == 1

    def test_what_lasts_and_was_read_stays_read(self, user: User) -> None:
        ring(user)
        read(user)
        ring(user, minutes=1)
        assert alerts.unread(user) == 0

    def test_what_happens_anew_rings_anew(self, user: User) -> None:
        ring(user, anew=True)
        read(user)
        ring(user, minutes=1, anew=True)
        assert alerts.unread(user) == 1

    def test_after_its_end_it_is_another_alert(self, user: User) -> None:
        ring(user)
        alerts.resolve(["trouble"], NOW)
        ring(user, minutes=1)
        assert [one.count for one in alerts.alerts_of(user).alerts] == [1, 1]

    def test_the_same_key_of_somebody_else_is_theirs(self, user: User) -> None:
        other = make_user("pia@example.org", "Pia")
        ring(user)
        ring(other)
        assert (only(user).count, only(other).count) == (1, 1)

    def test_threads_at_once_make_one(self, app: Flask, user: User) -> None:
        user_id, ready = user.id, Barrier(5)
        db.session.commit()

        def shout() -> None:
            with app.app_context():
                ready.wait()
                alerts.ring(user_id, "trouble", "TIMEOUT", "Something", "Wait.", now=NOW)
                db.session.commit()

        threads = [Thread(target=shout) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert only(user).count == 5

    def test_the_pulse_is_told(self, user: User) -> None:
        ring(user)
        assert topics.changed_since(user, 0) == (1, [topics.alerts(user.id)])


class TestResolve:
    def test_it_no_longer_rings(self, user: User) -> None:
        ring(user)
        alerts.resolve(["trouble"], NOW)
        db.session.commit()
        assert alerts.unread(user) == 0
        assert only(user).resolved_at == NOW

    def test_others_go_on(self, user: User) -> None:
        ring(user)
        ring(user, "other")
        alerts.resolve(["trouble", "never rung"], NOW)
        assert alerts.unread(user) == 1

    def test_nothing_to_resolve_is_no_news(self, user: User) -> None:
        alerts.resolve(["never rung"], NOW)
        assert topics.present() == 0


class TestRead:
    def test_all(self, user: User) -> None:
        ring(user)
        ring(user, "other")
        read(user)
        assert alerts.unread(user) == 0

    def test_one(self, user: User) -> None:
        ring(user)
        ring(user, "other", minutes=1)
        newest = alerts.alerts_of(user).alerts[0]
        alerts.mark_read(user, NOW, newest.id)
        assert [one.read_at is None for one in alerts.alerts_of(user).alerts] == [False, True]

    def test_somebody_elses_stays(self, user: User) -> None:
        other = make_user("pia@example.org", "Pia")
        ring(other)
        read(user)
        with pytest.raises(NotFound):
            alerts.mark_read(user, NOW, only(other).id)
        assert alerts.unread(other) == 1

    def test_read_before_it_stays_as_it_was_read(self, user: User) -> None:
        ring(user)
        read(user)
        version = topics.present()
        read(user, NOW + timedelta(hours=1))
        assert only(user).read_at == NOW
        assert topics.present() == version


class TestPages:
    def test_all_of_them_once_newest_first(self, user: User) -> None:
        for number in range(7):
            ring(user, f"trouble {number}", minutes=number // 2)  # some at the same moment
        seen, before = [], None
        while True:
            page = alerts.alerts_of(user, before, limit=2)
            seen += page.alerts
            if page.next is None:
                break
            before = page.next
        assert len({one.id for one in seen}) == len(seen) == 7
        assert [one.last_at for one in seen] == sorted((one.last_at for one in seen), reverse=True)

    def test_exactly_one_page_has_no_next(self, user: User) -> None:
        ring(user)
        ring(user, "other")
        assert alerts.alerts_of(user, limit=2).next is None

    def test_others_are_not_there(self, user: User) -> None:
        other = make_user("pia@example.org", "Pia")
        ring(other)
        assert not alerts.alerts_of(user).alerts
        for before in (only(other).id, uuid4()):
            with pytest.raises(NotFound):
                alerts.alerts_of(user, before)
