"""A gateway on a Tuesday, half an hour after the opening in New York, where AAPL costs 190."""

from collections.abc import Iterator

import pytest

from tests.brokers.interactive_brokers.gateway.caller import Caller, calling
from tests.brokers.interactive_brokers.gateway.library import Loop, Trader, trading
from tests.brokers.interactive_brokers.gateway.venue import Gateway, gateway
from tests.brokers.subjects import OPEN
from tests.conftest import Clock


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.stop()


@pytest.fixture
def clock() -> Clock:
    return Clock(OPEN)


@pytest.fixture
def there(clock: Clock) -> Iterator[Gateway]:
    with gateway(clock) as made:
        made.set_price("AAPL", "190")
        yield made


@pytest.fixture
def trader(loop: Loop, there: Gateway) -> Iterator[Trader]:
    with trading(loop, there) as made:
        yield made


@pytest.fixture
def caller(there: Gateway) -> Iterator[Caller]:
    with calling(there) as made:
        yield made


@pytest.fixture
def caller_of_8(there: Gateway) -> Iterator[Caller]:
    """Beside the trader, who is client 7."""
    with calling(there, 8) as made:
        yield made
