"""A venue on a Tuesday, half an hour after the opening in New York, where AAPL costs 190."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.brokers.alpaca.venue.calls import Calls
from tests.brokers.alpaca.venue.venue import Venue, alpaca_venue
from tests.conftest import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 3, 3, 15, 0, tzinfo=UTC))


@pytest.fixture
def venue(clock: Clock) -> Iterator[Venue]:
    with alpaca_venue(clock) as venue:
        venue.set_price("AAPL", "190")
        yield venue


@pytest.fixture
def calls(venue: Venue) -> Iterator[Calls]:
    with Calls(venue) as calls:
        yield calls
