"""One holder at a time, whatever the number of processes and threads, and a token that tells an old one apart."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask

from tests.conftest import NOW, Clock
from trenddojo.services import leases
from trenddojo.services.leases import LeaseKeeper
from trenddojo.store.database import db

TTL = timedelta(seconds=30)
LATER = NOW + TTL


@pytest.fixture
def database_url(both_databases: str) -> str:
    return both_databases


def take(holder: str, after: timedelta = timedelta(0)) -> int | None:
    return leases.acquire("work", holder, TTL, NOW + after)


class TestAcquire:
    def test_the_first_one_holds_it_and_others_wait(self, app: Flask) -> None:
        assert take("a") == 1
        assert take("b") is None
        assert take("b", TTL - timedelta(microseconds=1)) is None

    def test_the_holder_goes_on_with_the_same_token(self, app: Flask) -> None:
        assert take("a") == 1
        assert take("a", timedelta(seconds=20)) == 1
        assert take("b", timedelta(seconds=40)) is None

    def test_a_new_holder_has_a_higher_token(self, app: Flask) -> None:
        assert [take("a"), take("b", TTL), take("a", 2 * TTL)] == [1, 2, 3]

    def test_other_leases_are_their_own(self, app: Flask) -> None:
        assert take("a") == 1
        assert leases.acquire("other", "b", TTL, NOW) == 1

    def test_of_many_threads_one_gets_it(self, app: Flask) -> None:
        tokens: list[int | None] = []
        ready = Barrier(6)

        def ask(holder: str) -> None:
            with app.app_context():
                ready.wait()
                tokens.append(take(holder))

        threads = [Thread(target=ask, args=(f"holder {number}",)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(tokens, key=str) == [1, None, None, None, None, None]


class TestRenewAndRelease:
    def test_renewed_while_it_lasts(self, app: Flask) -> None:
        token = take("a")
        assert token is not None
        assert leases.renew("work", token, TTL, NOW + timedelta(seconds=29))
        assert take("b", timedelta(seconds=40)) is None

    def test_not_renewed_once_it_ran_out(self, app: Flask) -> None:
        token = take("a")
        assert token is not None
        assert not leases.renew("work", token, TTL, LATER)

    def test_not_renewed_once_somebody_else_has_it(self, app: Flask) -> None:
        old = take("a")
        take("b", TTL)
        assert old is not None
        assert not leases.renew("work", old, TTL, LATER)

    def test_released_it_is_free_at_once(self, app: Flask) -> None:
        token = take("a")
        assert token is not None
        leases.release("work", token, NOW)
        assert take("b") == 2

    def test_an_old_holder_releases_nothing(self, app: Flask) -> None:
        old = take("a")
        take("b", TTL)
        assert old is not None
        leases.release("work", old, LATER)
        assert take("c", TTL) is None

    def test_the_newest_token_owns(self, app: Flask) -> None:
        old, new = take("a"), take("b", TTL)
        assert old is not None
        assert new is not None
        assert (leases.owns("work", old), leases.owns("work", new)) == (False, True)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []
    acquire = leases.acquire

    def count(name: str, holder: str, *rest: object, **options: object) -> int | None:
        asked.append(holder)
        return acquire(name, holder, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(leases, "acquire", count)
    return asked


class TestKeeper:
    def test_cheap_to_ask(self, app: Flask, clock: Clock, counted: list[str]) -> None:
        keeper = LeaseKeeper(app, "work", "a", clock, TTL)
        assert all(keeper.owns() for _ in range(100))
        clock.turn(seconds=14)
        assert keeper.owns()
        assert counted == ["a"]

    def test_renewed_when_half_its_time_has_passed(self, app: Flask, clock: Clock, counted: list[str]) -> None:
        first, second = (LeaseKeeper(app, "work", holder, clock, TTL) for holder in "ab")
        for _ in range(8):
            assert first.owns()
            assert not second.owns()
            clock.turn(seconds=15)
        assert counted.count("a") == 8

    def test_a_silent_holder_is_followed_by_another(self, app: Flask, clock: Clock) -> None:
        first, second = (LeaseKeeper(app, "work", holder, clock, TTL) for holder in "ab")
        old = first.token()
        assert not second.owns()
        clock.turn(seconds=30)
        assert second.owns()
        assert not first.owns()
        assert old is not None
        assert not leases.owns("work", old)

    def test_released_the_next_one_has_it_after_a_moment(self, app: Flask, clock: Clock) -> None:
        first, second = (LeaseKeeper(app, "work", holder, clock, TTL) for holder in "ab")
        assert first.owns()
        assert not second.owns()
        first.release()
        clock.turn(seconds=2)
        assert second.owns()

    def test_somebody_elses_lease_is_not_asked_for_all_the_time(
        self, app: Flask, clock: Clock, counted: list[str]
    ) -> None:
        LeaseKeeper(app, "work", "a", clock, TTL).token()
        second = LeaseKeeper(app, "work", "b", clock, TTL)
        assert not any(second.owns() for _ in range(50))
        assert counted == ["a", "b"]

    def test_asking_leaves_the_callers_transaction_alone(self, app: Flask, clock: Clock) -> None:
        LeaseKeeper(app, "work", "a", clock, TTL).owns()
        assert not db.session().in_transaction()

    def test_the_application_has_one(self, furnished: Flask) -> None:
        assert leases.keeper().owns()
        with furnished.test_request_context():
            assert leases.keeper().token() == 1
