"""The contract: quotes, bars and hours."""

import time
from datetime import timedelta

import pytest

from tests.brokers.contract.steps import (
    UNKNOWN_SYMBOL,
    assert_well_typed,
    until,
)
from tests.brokers.subjects import CLOSED, Subject
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.types import MarketData, Timeframe


def test_a_quote(subject: Subject) -> None:
    quote = subject.client.get_market_data("AAPL")
    assert quote.symbol == "AAPL"
    assert quote.bid is not None
    assert quote.ask is not None
    assert 0 < quote.bid <= quote.ask
    assert_well_typed(quote)


def test_an_unknown_symbol_has_none(subject: Subject) -> None:
    with pytest.raises(BrokerError) as met:
        subject.client.get_market_data(UNKNOWN_SYMBOL)
    assert met.value.code is BrokerErrorCode.SYMBOL_NOT_FOUND
    assert set(subject.client.get_quotes(["AAPL", UNKNOWN_SYMBOL, "MSFT"])) == {"AAPL", "MSFT"}
    assert subject.client.get_quotes([UNKNOWN_SYMBOL]) == {}
    assert subject.client.get_quotes([]) == {}


@pytest.mark.parametrize(("timeframe", "days"), [(Timeframe.DAY, 30), (Timeframe.HOUR, 4), (Timeframe.MINUTE, 1)])
def test_bars_are_whole_and_in_order(subject: Subject, timeframe: Timeframe, days: int) -> None:
    end = subject.clock()
    start = end - timedelta(days=days)
    bars = subject.client.get_bars("AAPL", timeframe, start, end)
    assert bars
    assert [bar.at for bar in bars] == sorted({bar.at for bar in bars})
    assert all(start <= bar.at < end for bar in bars)
    assert all(bar.low <= min(bar.open, bar.close) and max(bar.open, bar.close) <= bar.high for bar in bars)
    assert_well_typed(*bars)
    with pytest.raises(BrokerError) as met:
        subject.client.get_bars(UNKNOWN_SYMBOL, timeframe, start, end)
    assert met.value.code is BrokerErrorCode.SYMBOL_NOT_FOUND


def test_market_hours(subject: Subject) -> None:
    hours = subject.client.get_market_hours()
    assert hours.is_open
    assert hours.at < hours.next_close < hours.next_open
    subject.clock.now = CLOSED
    hours = subject.client.get_market_hours()
    assert not hours.is_open
    assert hours.at < hours.next_open < hours.next_close
    assert_well_typed(hours)


def test_quotes_are_told_until_nobody_wants_them(subject: Subject) -> None:
    told: list[MarketData] = []
    unsubscribe = subject.client.subscribe_to_market_data("AAPL", told.append)
    until(lambda: len(told) >= 1)
    assert {quote.symbol for quote in told} == {"AAPL"}
    unsubscribe()
    unsubscribe()
    time.sleep(0.05)
    known = len(told)
    subject.clock.turn(minutes=5)
    time.sleep(0.05)
    assert len(told) == known


def test_nobody_can_subscribe_to_an_unknown_symbol(subject: Subject) -> None:
    with pytest.raises(BrokerError):
        subject.client.subscribe_to_market_data(UNKNOWN_SYMBOL, lambda _quote: None)
