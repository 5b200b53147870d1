"""Waiting grows, is capped and jitters; reads are asked again as their remedy says and not for ever."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.brokers.fakes import error
from trenddojo.brokers.backoff import BackOff, Retrying
from trenddojo.brokers.errors import REMEDIES, Act, BrokerErrorCode

FAILURES = st.integers(1, 10_000)


@given(FAILURES, st.integers())
def test_the_wait_lies_between_nothing_and_the_ceiling(failures: int, seed: int) -> None:
    assert 0.0 <= BackOff().wait(failures, Random(seed)) <= BackOff().ceiling(failures) <= 300.0


@given(FAILURES)
def test_the_ceiling_doubles_until_the_cap(failures: int) -> None:
    back_off = BackOff(base=5.0, cap=300.0)
    assert back_off.ceiling(failures + 1) == min(300.0, 2 * back_off.ceiling(failures))


def test_the_first_ceiling_is_the_base() -> None:
    assert BackOff(base=5.0).ceiling(1) == 5.0


def test_the_jitter_is_full() -> None:
    random = Random(3)
    waits = [BackOff(base=8.0).wait(1, random) for _ in range(400)]
    assert min(waits) < 0.5
    assert max(waits) > 7.5
    assert 3.5 < sum(waits) / len(waits) < 4.5


@given(st.sampled_from(BrokerErrorCode))
def test_a_read_is_asked_again_only_by_its_remedy(code: BrokerErrorCode) -> None:
    wait = Retrying().wait(error(code), 1, 0.0)
    remedy = REMEDIES[code]
    assert (wait is not None) == (Act.RETRY in remedy.acts and remedy.wait_seconds <= Retrying().longest)
    assert wait in (None, REMEDIES[code].wait_seconds)


@given(st.sampled_from(BrokerErrorCode), st.integers(1, 10), st.floats(0, 100))
def test_waits_and_attempts_are_bounded(code: BrokerErrorCode, attempt: int, waited: float) -> None:
    wait = Retrying(attempts=3, longest=60.0).wait(error(code), attempt, waited)
    if wait is not None:
        assert attempt < 3
        assert waited + wait <= 60.0


@pytest.mark.parametrize(("attempt", "wait"), [(1, 1.0), (2, 2.0), (3, None)])
def test_each_wait_is_twice_the_one_before(attempt: int, wait: float | None) -> None:
    assert Retrying().wait(error(BrokerErrorCode.TIMEOUT), attempt, 0.0) == wait
