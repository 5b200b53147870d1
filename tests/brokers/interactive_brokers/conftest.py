"""A client at a gateway, on a Tuesday half an hour after the opening in New York, where AAPL costs 190."""

from collections.abc import Iterator

import pytest

from tests.brokers.interactive_brokers.desk import Desk, seated
from tests.brokers.subjects import OPEN
from tests.conftest import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock(OPEN)


@pytest.fixture
def desk(clock: Clock) -> Iterator[Desk]:
    with seated(clock) as made:
        yield made
