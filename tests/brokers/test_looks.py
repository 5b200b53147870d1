"""Looks side by side: bounded, one for each connection at a time, left behind when they hang, and closed for good."""

from __future__ import annotations

import threading
from uuid import uuid4

import pytest

from tests.brokers.fakes import Gate
from trenddojo.brokers.looks import Looks


def test_a_key_is_not_begun_again_while_its_look_runs() -> None:
    looks, key, gate, others = Looks(lull=0.01), uuid4(), Gate(), []
    looks.run({key: gate})
    looks.run({key: lambda: others.append("again"), uuid4(): lambda: others.append("other")})
    assert others == ["other"]
    gate.open()
    looks.close()


def test_no_more_run_at_once_than_there_are_places() -> None:
    at_work, most, lock = 0, 0, threading.Lock()

    def look() -> None:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        with lock:
            at_work -= 1

    looks = Looks(lull=20, places=3)
    looks.run({uuid4(): look for _ in range(200)})
    looks.close()
    assert 1 <= most <= 3


def test_places_of_those_that_hang_go_to_the_next() -> None:
    looks, gates, done = Looks(lull=0.01, places=2), [Gate() for _ in range(10)], threading.Event()
    looks.run({**{uuid4(): gate for gate in gates}, uuid4(): done.set})
    assert done.wait(20)
    for gate in gates:
        gate.open()
    looks.close()


def test_a_bug_of_a_look_that_was_left_behind_is_raised_the_next_time() -> None:
    looks, gate, ended = Looks(lull=0.01), Gate(), threading.Event()

    def look() -> None:
        gate()
        ended.set()
        raise KeyError("late")

    looks.run({uuid4(): look})
    gate.open()
    assert ended.wait(20)
    looks.close()
    looks._pool.shutdown(wait=True)
    with pytest.raises(ExceptionGroup) as caught:
        looks.run({})
    assert [str(one) for one in caught.value.exceptions] == ["'late'"]
    looks.run({})


def test_after_closing_nothing_begins() -> None:
    looks, begun = Looks(lull=20), []
    looks.close()
    looks.run({uuid4(): lambda: begun.append(1)})
    assert begun == []
