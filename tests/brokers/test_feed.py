"""Quotes by polling: only new ones are told, each to its own subscribers, and the thread goes with the last of them."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.brokers.contract.steps import until
from tests.brokers.subjects import OPEN
from trenddojo.brokers.feed import Feed
from trenddojo.brokers.types import MarketData


class Quotes:
    """A market that stands still until it is moved; counts how often it was asked."""

    def __init__(self) -> None:
        self.second = 0
        self.is_silent = False
        self.asked: list[str] = []
        self.slept: list[float] = []

    def __call__(self, symbol: str) -> MarketData | None:
        self.asked.append(symbol)
        if self.is_silent:
            return None
        at = OPEN + timedelta(seconds=self.second)
        return MarketData(symbol=symbol, bid=None, ask=None, last=Decimal(10), previous_close=None, volume=None, at=at)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        time.sleep(0.001)

    def rounds(self, count: int = 3) -> None:
        """Wait until everybody was asked some times more."""
        goal = len(self.slept) + count
        until(lambda: len(self.slept) >= goal)


@pytest.fixture
def quotes() -> Quotes:
    return Quotes()


@pytest.fixture
def feed(quotes: Quotes) -> Iterator[Feed]:
    made = Feed(quotes, quotes.sleep)
    yield made
    made.stop()
    until(lambda: not threads())


def threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "quotes"]


def test_only_new_quotes_are_told(feed: Feed, quotes: Quotes) -> None:
    told: list[MarketData] = []
    feed.subscribe("AAPL", told.append)
    quotes.rounds()
    assert len(told) == 1
    quotes.second = 1
    quotes.rounds()
    assert [quote.at for quote in told] == [OPEN, OPEN + timedelta(seconds=1)]
    assert set(quotes.slept) == {1.0}


def test_no_quote_is_not_told(feed: Feed, quotes: Quotes) -> None:
    told: list[MarketData] = []
    quotes.is_silent = True
    feed.subscribe("AAPL", told.append)
    quotes.rounds()
    assert told == []
    quotes.is_silent = False
    until(lambda: len(told) == 1)


def test_each_subscriber_has_its_own_symbol_and_end(feed: Feed, quotes: Quotes) -> None:
    apples: list[MarketData] = []
    softs: list[MarketData] = []
    leave = feed.subscribe("AAPL", apples.append)
    feed.subscribe("MSFT", softs.append)
    until(lambda: bool(apples and softs))
    leave()
    quotes.rounds()
    quotes.second = 1
    until(lambda: len(softs) == 2)
    assert [quote.symbol for quote in apples] == ["AAPL"]
    assert {quote.symbol for quote in softs} == {"MSFT"}


def test_one_thread_that_ends_with_the_last_and_comes_again(feed: Feed) -> None:
    ends = [feed.subscribe("AAPL", lambda _quote: None) for _ in range(3)]
    assert len(threads()) == 1
    for end in ends:
        end()
        end()
    until(lambda: not threads())
    told: list[MarketData] = []
    feed.subscribe("AAPL", told.append)
    until(lambda: len(told) == 1)
