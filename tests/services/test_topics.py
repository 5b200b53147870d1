"""The pulse: nothing missed, nothing of others."""

from __future__ import annotations

from threading import Event, Thread
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import event

from tests.conftest import NOW, make_seat, make_user
from trenddojo.domain.terms import MemberRole, Mode
from trenddojo.services import topics
from trenddojo.store.database import db, reading
from trenddojo.store.models import AccountMember, BrokerConnection, ConnectionState, User
from trenddojo.store.seats import Seat


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def say(*names: str) -> None:
    topics.bump(*names)
    db.session.commit()


def make_connection(owner: User) -> UUID:
    connection = BrokerConnection(
        user_id=owner.id, broker="simulated", mode=Mode.MOCK, name="Sim", is_paper=True, settings={},
        state=ConnectionState.CONNECTED, state_since=NOW, created_at=NOW,
    )  # fmt: skip
    db.session.add(connection)
    db.session.commit()
    return connection.id


class TestChangedSince:
    def test_nothing_ever_happened(self, user: User) -> None:
        assert topics.changed_since(user, 0) == (0, [])
        assert topics.present() == 0

    def test_only_what_came_after(self, user: User) -> None:
        say(topics.JOBS)
        assert topics.changed_since(user, 0) == (1, [topics.JOBS])
        assert topics.changed_since(user, 1) == (1, [])
        say(topics.alerts(user.id))
        assert topics.changed_since(user, 1) == (2, [topics.alerts(user.id)])
        assert topics.present() == 2

    def test_a_name_that_changed_twice_is_told_once(self, user: User) -> None:
        for _ in range(3):
            say(topics.JOBS)
        assert topics.changed_since(user, 1) == (3, [topics.JOBS])

    def test_oldest_first(self, user: User) -> None:
        say(topics.alerts(user.id))
        say(topics.JOBS)
        assert topics.changed_since(user, 0)[1] == [topics.alerts(user.id), topics.JOBS]

    def test_several_names_at_once_have_one_version(self, user: User) -> None:
        say(topics.JOBS, topics.alerts(user.id), topics.JOBS)
        assert topics.changed_since(user, 0) == (1, [topics.alerts(user.id), topics.JOBS])

    def test_no_name_is_no_news(self, user: User) -> None:
        say()
        assert topics.present() == 0

    def test_a_version_from_the_future_begins_anew(self, user: User) -> None:
        say(topics.JOBS)
        assert topics.changed_since(user, 99) == (1, [topics.JOBS])

    def test_what_was_not_committed_is_not_told(self, user: User) -> None:
        topics.bump(topics.JOBS)
        db.session.rollback()
        assert topics.changed_since(user, 0) == (0, [])


class TestWhoSees:
    def test_own_connections_only(self, user: User) -> None:
        other = make_user("pia@example.org", "Pia")
        mine, theirs = make_connection(user), make_connection(other)
        say(topics.connection(mine), topics.connection(theirs), topics.connection(uuid4()))
        assert topics.changed_since(user, 0)[1] == [topics.connection(mine)]
        assert topics.changed_since(other, 0)[1] == [topics.connection(theirs)]

    def test_accounts_with_a_seat(self, user: User, seat: Seat) -> None:
        other = make_user("pia@example.org", "Pia")
        shared, private = make_seat(other, "Shared").account.id, make_seat(other, "Private").account.id
        db.session.add(AccountMember(account_id=shared, user_id=user.id, role=MemberRole.VIEWER))
        db.session.commit()
        say(*map(topics.account, (seat.account.id, shared, private)))
        assert set(topics.changed_since(user, 0)[1]) == {topics.account(seat.account.id), topics.account(shared)}

    def test_own_alerts_only(self, user: User) -> None:
        say(topics.alerts(make_user("pia@example.org", "Pia").id))
        assert topics.changed_since(user, 0) == (1, [])


def test_without_news_it_is_one_query(user: User) -> None:
    say(topics.JOBS)
    user_id = user.id
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    with reading():
        assert topics.changed_since(user, 1) == (1, [])
    assert len(asked) == 1
    assert user_id


def test_versions_appear_in_their_order(app: Flask, user: User) -> None:
    """A transaction that takes its version later also commits later, so that no page passes over the earlier one."""
    topics.bump(topics.JOBS)
    begun, done = Event(), Event()
    other_name = topics.alerts(user.id)

    def later() -> None:
        with app.app_context():
            begun.set()
            say(other_name)
            done.set()

    thread = Thread(target=later)
    thread.start()
    begun.wait()
    assert not done.wait(0.2)
    db.session.commit()
    thread.join()
    assert topics.changed_since(user, 0) == (2, [topics.JOBS, other_name])
