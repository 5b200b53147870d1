"""The limits hold in every window, whoever asks when, and what protects always has room kept for it."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.brokers.fakes import World
from trenddojo.brokers.errors import BrokerErrorCode, NotSent
from trenddojo.brokers.limits import Limits, OverLimit, reserve_of
from trenddojo.brokers.ports import Purpose
from trenddojo.brokers.spec import Endpoint, RateLimits

ORDERS, ACCOUNT = Endpoint.ORDERS, Endpoint.ACCOUNT
PURPOSES = st.sampled_from(Purpose)
STEPS = st.lists(
    st.tuples(st.floats(0, 30, allow_nan=False), st.sampled_from(Endpoint), PURPOSES), min_size=1, max_size=120
)


class Asked:
    """Limits at a time that the test sets, and what they let through."""

    def __init__(self, rates: RateLimits) -> None:
        self.world = World(limits=rates)
        self.limits = Limits(self.world.spec, lambda: self.world.elapsed)
        self.passed: list[tuple[float, Endpoint, Purpose]] = []

    def ask(self, endpoint: Endpoint, purpose: Purpose) -> float:
        """0 when it passed, else the seconds to wait."""
        try:
            self.limits.enter(endpoint, purpose)
        except OverLimit as refusal:
            return refusal.wait_seconds
        self.passed.append((self.world.elapsed, endpoint, purpose))
        return 0.0

    def times(self, *endpoints: Endpoint) -> list[float]:
        return [at for at, endpoint, _purpose in self.passed if endpoint in (endpoints or tuple(Endpoint))]


def most_in_a_minute(times: Sequence[float]) -> int:
    return max((sum(1 for one in times if start <= one < start + 60) for start in times), default=0)


@given(STEPS, st.integers(1, 12), st.integers(1, 12), st.integers(1, 20))
def test_no_window_ever_holds_more_than_its_limit(
    steps: list[tuple[float, Endpoint, Purpose]], orders: int, otherwise: int, overall: int
) -> None:
    asked = Asked(RateLimits(by_endpoint={ORDERS: orders}, otherwise=otherwise, overall=overall))
    for later, endpoint, purpose in steps:
        asked.world.elapsed += later
        asked.ask(endpoint, purpose)
    assert most_in_a_minute(asked.times(ORDERS)) <= orders
    for endpoint in set(Endpoint) - {ORDERS}:
        assert most_in_a_minute(asked.times(endpoint)) <= otherwise
    assert most_in_a_minute(asked.times()) <= overall


@given(STEPS, st.integers(2, 12), st.integers(2, 20))
def test_others_never_take_the_reserve(steps: list[tuple[float, Endpoint, Purpose]], orders: int, overall: int) -> None:
    asked = Asked(RateLimits(otherwise=orders, overall=overall))
    for later, endpoint, purpose in steps:
        asked.world.elapsed += later
        asked.ask(endpoint, Purpose.TRADE if purpose is Purpose.PROTECT else purpose)
    assert most_in_a_minute(asked.times(ORDERS)) <= orders - reserve_of(orders)
    assert most_in_a_minute(asked.times()) <= overall - reserve_of(overall)
    assert asked.ask(ORDERS, Purpose.PROTECT) == 0.0


@given(st.floats(0, 1e7, allow_nan=False), st.lists(st.floats(0, 20), min_size=1, max_size=20), PURPOSES)
def test_after_the_wait_that_it_names_there_is_a_place(start: float, pauses: list[float], purpose: Purpose) -> None:
    asked = Asked(RateLimits(otherwise=2, overall=3))
    asked.world.elapsed = start
    for pause in pauses:
        asked.world.elapsed += pause
        wait = asked.ask(ORDERS, purpose)
        if wait:
            assert wait <= 60.01
            asked.world.elapsed += wait
            assert asked.ask(ORDERS, purpose) == 0.0


def test_an_order_is_refused_at_once_and_clearly() -> None:
    asked = Asked(RateLimits(by_endpoint={ORDERS: 200}))
    for _ in range(180):
        assert asked.ask(ORDERS, Purpose.TRADE) == 0.0
    asked.world.elapsed = 48.0
    with pytest.raises(NotSent, match=r"^Fake Broker takes 200 orders a minute; try again in 13 s\.$") as caught:
        asked.limits.enter(ORDERS, Purpose.TRADE)
    assert caught.value.code is BrokerErrorCode.RATE_LIMIT_EXCEEDED
    assert caught.value.details == {"retry_after": "13"}


def test_what_protects_passes_where_trading_is_refused_until_nothing_is_left() -> None:
    asked = Asked(RateLimits(otherwise=20))
    while not asked.ask(ORDERS, Purpose.TRADE):
        pass
    assert len(asked.passed) == 18
    assert [asked.ask(ORDERS, Purpose.PROTECT) for _ in range(2)] == [0.0, 0.0]
    assert asked.ask(ORDERS, Purpose.PROTECT) > 0


def test_the_overall_cap_names_itself_and_keeps_its_own_reserve() -> None:
    asked = Asked(RateLimits(otherwise=60, overall=10))
    for endpoint in (*Endpoint, *Endpoint, ACCOUNT):
        assert asked.ask(endpoint, Purpose.READ) == 0.0
    with pytest.raises(OverLimit, match=r"takes 10 requests a minute"):
        asked.limits.enter(ORDERS, Purpose.TRADE)
    assert asked.ask(ORDERS, Purpose.PROTECT) == 0.0


def test_endpoints_have_their_own_windows() -> None:
    asked = Asked(RateLimits(by_endpoint={ORDERS: 2}, otherwise=3))
    assert asked.ask(ORDERS, Purpose.READ) == 0.0
    assert asked.ask(ORDERS, Purpose.READ) > 0
    assert asked.ask(ACCOUNT, Purpose.READ) == 0.0


@pytest.mark.parametrize(("limit", "reserve"), [(1, 0), (2, 1), (10, 1), (50, 5), (200, 20)])
def test_the_reserve_is_a_tenth_and_never_everything(limit: int, reserve: int) -> None:
    assert reserve_of(limit) == reserve


@pytest.mark.parametrize(("told", "taken"), [(20, 18), (100, 90), (4, 3)])
def test_the_brokers_own_word_raises_and_lowers_every_limit(told: int, taken: int) -> None:
    asked = Asked(RateLimits(by_endpoint={ORDERS: 10, ACCOUNT: 5}, otherwise=5, overall=10))
    asked.limits.told(told)
    while not asked.ask(ORDERS, Purpose.TRADE):
        pass
    assert len(asked.passed) == taken
    asked.world.elapsed += 61
    while not asked.ask(ACCOUNT, Purpose.READ):
        pass
    assert len(asked.times(ACCOUNT)) == told // 2 - reserve_of(told // 2)
