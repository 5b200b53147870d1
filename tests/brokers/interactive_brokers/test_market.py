"""Quotes by lines of market data, past bars and hours, over a real socket."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from queue import Queue
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.brokers.interactive_brokers.desk import PATIENCE, Desk, aside, hasty, refused
from tests.brokers.interactive_brokers.gateway.switches import Access
from tests.brokers.interactive_brokers.gateway.wire import encoded
from tests.brokers.orders import D
from tests.brokers.subjects import CLOSED, OPEN
from trenddojo.brokers.adapters.interactive_brokers import bars, market, quotes
from trenddojo.brokers.errors import BrokerErrorCode, NotSent, is_not_sent
from trenddojo.brokers.types import Bar, MarketData, NoQuote, Timeframe

CODE = BrokerErrorCode
BID, ASK, LAST, CLOSE = "1", "2", "4", "9"


def without(desk: Desk, *ticks: str, price: str = "-1") -> None:
    """Lines tell this price for some ticks: -1 and 0 are the protocol's words for none."""

    def change(fields: tuple[object, ...]) -> tuple[object, ...]:
        return (*fields[:4], price, *fields[5:]) if str(fields[3]) in ticks else fields

    desk.gateway.faults.mangle("tickPrice", change, times=None)


# ---- quotes


def test_a_live_quote(desk: Desk) -> None:
    quote = desk.client.get_market_data("AAPL")
    assert (quote.symbol, quote.bid, quote.ask, quote.last) == ("AAPL", D("189.99"), D("190.01"), D("190"))
    assert (quote.volume, quote.at, quote.is_delayed, quote.is_simulated) == (1_234_500, OPEN, False, False)
    assert quote.previous_close
    assert [asked.fields[0] for asked in desk.gateway.asked("reqMarketDataType")] == ["3"]


def test_a_line_is_kept_and_tells_what_changes(desk: Desk) -> None:
    for price in ("190", "191.5", "188"):
        desk.gateway.set_price("AAPL", price)
        desk.heard()
        assert desk.client.get_market_data("AAPL").last == D(price)
    assert len(desk.gateway.asked("reqMktData")) == 1


def test_a_delayed_quote_says_so(desk: Desk) -> None:
    desk.gateway.access["AAPL"] = "delayed"
    quote = desk.client.get_market_data("AAPL")
    assert (quote.bid, quote.ask, quote.last, quote.is_delayed) == (D("189.99"), D("190.01"), 190, True)
    assert (quote.volume, quote.at) == (1_234_500, OPEN)
    assert not desk.client.get_market_data("MSFT").is_delayed


@pytest.mark.parametrize(
    ("access", "broker_code", "reason"),
    [
        ("none", "354", "no_market_data"),
        ("api_only", "10089", "no_market_data"),
        ("delayed_off", "10168", "no_market_data"),
        ("competing", "10197", "competing_session"),
    ],
)
def test_why_there_is_no_quote(desk: Desk, access: Access, broker_code: str, reason: str) -> None:
    desk.gateway.access["AAPL"] = access
    for _ in range(2):
        with refused(CODE.API_ERROR, broker_code=broker_code, reason=reason):
            desk.client.get_market_data("AAPL")
        assert desk.inbox.tickers == {}
    found = desk.client.get_quotes(["MSFT", "AAPL", "NVDA"])
    assert [type(found[symbol]) for symbol in ("MSFT", "AAPL", "NVDA")] == [MarketData, NoQuote, MarketData]
    desk.gateway.access.clear()
    assert isinstance(desk.client.get_quotes(["MSFT", "AAPL"])["AAPL"], MarketData)


def test_those_that_tell_nothing_are_waited_for_together(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "MOST_LINES", 3)
    symbols = ["AAPL", "MSFT", "NVDA", "KO", "SPY"]
    for symbol in symbols[:3]:
        desk.gateway.access[symbol] = "silent"
    desk.client.get_quotes(symbols[3:])
    waited: list[int] = []
    monkeypatch.setattr(quotes.Quotes, "tickers", counted(waited, quotes.Quotes.tickers))
    with hasty("QUOTE"):
        found = desk.client.get_quotes(symbols)
    assert waited == [3, 2]
    assert [symbol for symbol, one in found.items() if isinstance(one, NoQuote)] == symbols[:3]
    silent = found["AAPL"]
    assert isinstance(silent, NoQuote)
    assert silent.why.startswith("No price of AAPL has come.")


def counted(seen: list[int], tickers: Any) -> Any:
    """The same, with the number of contracts of each call kept."""

    def call(lines: quotes.Quotes, contracts: Sequence[Any], seconds: float) -> Any:
        seen.append(len(contracts))
        return tickers(lines, contracts, seconds)

    return call


def test_two_who_ask_for_what_is_not_subscribed_are_both_told(desk: Desk) -> None:
    desk.client.is_tradable("AAPL")
    desk.gateway.access["AAPL"] = "none"
    desk.gateway.faults.hold("reqMktData")

    def ask() -> None:
        with refused(CODE.API_ERROR, reason="no_market_data"):
            desk.client.get_market_data("AAPL")

    with aside(ask) as first:
        assert desk.gateway.wait_for(lambda: desk.gateway.asked("reqMktData"))
        with aside(ask) as second:
            while len(desk.inbox._waiting) < 2:
                threading.Event().wait(0.001)
            desk.gateway.release()
            first()
            second()


def test_a_line_that_another_session_takes_is_opened_anew(desk: Desk) -> None:
    desk.client.get_market_data("AAPL")
    (number,) = desk.inbox.tickers
    desk.gateway.send_raw(encoded((4, 2, number, 10197, "No market data during competing live session", "")))
    desk.heard()
    with refused(CODE.API_ERROR, reason="competing_session"):
        desk.client.get_market_data("AAPL")
    assert desk.client.get_market_data("AAPL").last == 190


@pytest.mark.parametrize("code", [10090, 10091, 10167, 2188])
def test_a_part_that_is_not_subscribed_takes_nothing_from_the_rest(desk: Desk, code: int) -> None:
    desk.client.get_market_data("AAPL")
    (number,) = desk.inbox.tickers
    desk.gateway.send_raw(encoded((4, 2, number, code, "Part of requested market data is not subscribed.", "")))
    desk.gateway.set_price("AAPL", "191")
    desk.heard()
    assert desk.client.get_market_data("AAPL").last == 191
    assert len(desk.gateway.asked("reqMktData")) == 1


def test_a_line_that_tells_nothing(desk: Desk) -> None:
    desk.gateway.access["AAPL"] = "silent"
    with hasty("QUOTE"), refused(CODE.API_ERROR, reason="no_market_data") as met:
        desk.client.get_market_data("AAPL")
    assert "No price of AAPL" in met.value.message


def test_forex_is_quoted_by_its_middle(desk: Desk) -> None:
    desk.gateway.set_price("EUR.USD", "1.085")
    quote = desk.client.get_market_data("EUR/USD")
    assert (quote.bid, quote.ask, quote.last) == (D("1.08495"), D("1.08505"), D("1.085"))
    assert quote.volume is None
    assert quote.at == OPEN  # no trade, no time of one: ours


@pytest.mark.parametrize("price", ["-1", "0", "0.0"])
def test_where_nothing_trades_the_last_close_counts(desk: Desk, price: str) -> None:
    without(desk, BID, ASK, LAST, price=price)
    quote = desk.client.get_market_data("AAPL")
    assert (quote.bid, quote.ask, quote.last) == (None, None, quote.previous_close)


def test_one_side_of_a_market_is_no_middle(desk: Desk) -> None:
    without(desk, BID, LAST)
    quote = desk.client.get_market_data("AAPL")
    assert (quote.bid, quote.ask, quote.last) == (None, D("190.01"), quote.previous_close)


def test_a_market_without_any_price(desk: Desk) -> None:
    without(desk, BID, ASK, LAST, CLOSE)
    with hasty("QUOTE"), refused(CODE.API_ERROR, reason="no_market_data"):
        desk.client.get_market_data("AAPL")


def test_the_longest_unused_lines_go_first(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotes, "MOST_LINES", 3)
    for symbol in ("AAPL", "MSFT", "NVDA", "AAPL", "KO", "SPY", "AAPL"):
        assert desk.client.get_market_data(symbol).symbol == symbol
    opened = [asked.id for asked in desk.gateway.asked("reqMktData")]
    assert len(opened) == 5
    assert [asked.id for asked in desk.gateway.asked("cancelMktData")] == [opened[1], opened[2]]
    assert sorted(desk.inbox.tickers) == sorted([opened[0], *opened[3:]])
    assert desk.client.get_market_data("MSFT").symbol == "MSFT"
    desk.heard()
    assert not desk.inbox.notes or {note.code for note in desk.inbox.notes} <= {2104, 2106, 2158}


def test_what_the_gateway_itself_has_too_many_of(desk: Desk) -> None:
    desk.gateway.faults.refuse("reqMktData", 101, "Max number of tickers has been reached")
    with refused(CODE.RATE_LIMIT_EXCEEDED, broker_code="101"):
        desk.client.get_market_data("AAPL")


def test_lines_are_opened_anew_on_another_connection(desk: Desk) -> None:
    desk.client.get_market_data("AAPL")
    desk.client.disconnect()
    desk.client.connect()
    desk.gateway.set_price("AAPL", "192")
    assert desk.client.get_market_data("AAPL").last == 192
    assert len(desk.gateway.asked("reqMktData")) == 2


# ---- quotes as they change


@contextmanager
def watching(desk: Desk, symbol: str) -> Iterator[Queue[MarketData]]:
    """A client that is told of a symbol; asks a thousand times a second."""
    desk.client.disconnect()
    client = desk.client = desk.fresh(sleep=lambda _seconds: threading.Event().wait(0.001))
    client.connect()
    told: Queue[MarketData] = Queue()
    unsubscribe = client.subscribe_to_market_data(symbol, told.put)
    try:
        yield told
    finally:
        unsubscribe()


def test_what_changes_is_told_until_nobody_wants_it(desk: Desk) -> None:
    with watching(desk, "AAPL") as told:
        assert told.get(timeout=PATIENCE).last == 190
        desk.gateway.set_price("AAPL", "191")
        while (quote := told.get(timeout=PATIENCE)).last == 190:
            pass  # bid and ask come before it
        assert quote.last == 191
        assert len(desk.gateway.asked("reqMktData")) == 1
    for thread in threading.enumerate():
        if thread.name == "quotes":
            thread.join(PATIENCE)
    desk.gateway.set_price("AAPL", "192")
    desk.heard()
    assert all(one.last != 192 for one in list(told.queue))


def test_who_watches_is_told_again_once_the_data_is_back(desk: Desk) -> None:
    with watching(desk, "AAPL") as told:
        assert told.get(timeout=PATIENCE).last == 190
        desk.gateway.cut_off()
        desk.gateway.restore(data_lost=True)
        desk.gateway.set_price("AAPL", "195")
        while told.get(timeout=PATIENCE).last != 195:
            pass


def test_who_watches_waits_while_there_is_no_price(desk: Desk) -> None:
    with watching(desk, "AAPL") as told:
        told.get(timeout=PATIENCE)
        desk.gateway.access["AAPL"] = "none"
        desk.gateway.cut_off()
        desk.gateway.restore(data_lost=True)
        asked = len(desk.gateway.asked("reqMktData"))
        assert desk.gateway.wait_for(lambda: len(desk.gateway.asked("reqMktData")) > asked + 2)
        desk.gateway.access.clear()
        desk.gateway.set_price("AAPL", "197")
        while told.get(timeout=PATIENCE).last != 197:
            pass


def test_who_leaves_is_told_nothing(desk: Desk) -> None:
    with watching(desk, "AAPL") as told:
        told.get(timeout=PATIENCE)
        desk.client.disconnect()
        for thread in threading.enumerate():
            if thread.name == "quotes":
                thread.join(PATIENCE)
                assert not thread.is_alive()


def test_nobody_watches_what_is_not_subscribed(desk: Desk) -> None:
    desk.gateway.access["AAPL"] = "none"
    with refused(CODE.API_ERROR):
        desk.client.subscribe_to_market_data("AAPL", lambda _quote: None)


# ---- past bars


def bars_of(desk: Desk, start: datetime, end: datetime, timeframe: Timeframe, symbol: str = "AAPL") -> list[Bar]:
    found = desk.client.get_bars(symbol, timeframe, start, end)
    assert [one.at for one in found] == sorted({one.at for one in found})
    assert all(start <= one.at < end for one in found)
    assert all(one.low <= min(one.open, one.close) <= max(one.open, one.close) <= one.high for one in found)
    return found


def test_bars_of_days_begin_at_midnight_in_new_york(desk: Desk) -> None:
    start, end = datetime(2026, 2, 23, 5, tzinfo=UTC), datetime(2026, 3, 3, 5, tzinfo=UTC)
    found = bars_of(desk, start, end, Timeframe.DAY)
    assert [one.at for one in found] == [
        datetime(2026, 2, 23, 5, tzinfo=UTC) + timedelta(days=day) for day in (0, 1, 2, 3, 4, 7)
    ]
    later = bars_of(desk, start + timedelta(seconds=1), OPEN, Timeframe.DAY)
    assert later[:-1] == found[1:]
    assert later[-1].at == end
    (asked, _) = desk.gateway.asked("reqHistoricalData")
    assert asked.fields[13:19] == ["20260303-05:00:00", "1 day", "9 D", "1", "TRADES", "2"]


def test_the_clock_changes_in_march(desk: Desk) -> None:
    desk.clock.now = datetime(2026, 3, 11, 15, tzinfo=UTC)
    desk.restart()
    found = bars_of(desk, datetime(2026, 3, 5, tzinfo=UTC), desk.clock.now, Timeframe.DAY)
    assert {one.at.hour for one in found if one.at < datetime(2026, 3, 8, tzinfo=UTC)} == {5}
    assert {one.at.hour for one in found if one.at > datetime(2026, 3, 8, tzinfo=UTC)} == {4}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_the_stretch_may_be_told_in_any_zone(desk: Desk, zone: str) -> None:
    end = OPEN.astimezone(ZoneInfo(zone))
    found = bars_of(desk, end - timedelta(hours=20), end, Timeframe.HOUR)
    assert [f"{one.at:%d %H:%M}" for one in found] == ["02 19:30", "02 20:30", "03 14:30"]


@pytest.mark.parametrize(("hour", "minute"), [(16, 0), (13, 0), (21, 30)])
def test_minutes_of_two_sessions(desk: Desk, hour: int, minute: int) -> None:
    desk.clock.now = datetime(2026, 3, 3, hour, minute, tzinfo=UTC)
    desk.restart()
    start = datetime(2026, 3, 2, 20, 30, tzinfo=UTC)
    end = min(desk.clock.now, start + timedelta(hours=24))
    found = bars_of(desk, start, end, Timeframe.MINUTE)
    opening, close = datetime(2026, 3, 3, 14, 30, tzinfo=UTC), datetime(2026, 3, 2, 21, 0, tzinfo=UTC)
    assert [one.at for one in found if one.at < close] == [start + timedelta(minutes=n) for n in range(30)]
    today = max(0, int((end - opening).total_seconds()) // 60)
    assert [one.at for one in found if one.at >= close] == [opening + timedelta(minutes=n) for n in range(today)]


@pytest.mark.parametrize("days", [2, 4, 6])
def test_hours_of_several_sessions(desk: Desk, days: int) -> None:
    desk.clock.now = datetime(2026, 3, 6, 16, 0, tzinfo=UTC)  # a Friday
    desk.restart()
    start = desk.clock.now - timedelta(days=days)
    found = bars_of(desk, start, desk.clock.now, Timeframe.HOUR)
    wanted = desk.gateway._market.bars(desk.gateway.instruments.named("AAPL"), Timeframe.HOUR, start, desk.clock.now)
    assert [one.at for one in found] == [one.at for one in wanted if one.at >= start]


def test_a_long_stretch_is_asked_in_parts(desk: Desk) -> None:
    found = bars_of(desk, OPEN - timedelta(days=40), OPEN, Timeframe.HOUR)
    assert len({one.at.date() for one in found}) == 28
    assert [asked.fields[15] for asked in desk.gateway.asked("reqHistoricalData")] == ["31 D", "11 D"]


@pytest.mark.parametrize(
    ("symbol", "what"),
    [("EUR/USD", "MIDPOINT"), ("BTC/USD", "AGGTRADES"), ("ESZ6@CME", "TRADES"), ("SPY261218C00500000", "TRADES")],
)
def test_what_bars_are_made_of(desk: Desk, symbol: str, what: str) -> None:
    assert bars_of(desk, OPEN - timedelta(days=5), OPEN, Timeframe.HOUR, symbol)
    (asked,) = desk.gateway.asked("reqHistoricalData")
    assert what in asked.fields


def test_no_data_is_an_empty_list(desk: Desk) -> None:
    desk.gateway.faults.refuse(
        "reqHistoricalData", 162, "Historical Market Data Service error message:HMDS query returned no data: AAPL@SMART"
    )
    assert desk.client.get_bars("AAPL", Timeframe.DAY, OPEN - timedelta(days=5), OPEN) == []


def test_an_empty_stretch_asks_nobody(desk: Desk) -> None:
    assert desk.client.get_bars("AAPL", Timeframe.DAY, OPEN, OPEN) == []
    assert desk.gateway.asked("reqHistoricalData") == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Historical Market Data Service error message:Historical data request pacing violation",
         CODE.RATE_LIMIT_EXCEEDED),
        ("Historical Market Data Service error message:No market data permissions for NYSE STK", CODE.API_ERROR),
    ],
)  # fmt: skip
def test_other_reasons_are_no_empty_list(desk: Desk, text: str, code: BrokerErrorCode) -> None:
    desk.gateway.faults.refuse("reqHistoricalData", 162, text)
    with refused(code, broker_code="162"):
        desk.client.get_bars("AAPL", Timeframe.DAY, OPEN - timedelta(days=5), OPEN)


def test_bars_that_do_not_come(desk: Desk) -> None:
    desk.gateway.faults.never_answer("reqHistoricalData")
    with hasty("BARS"), refused(CODE.TIMEOUT):
        desk.client.get_bars("AAPL", Timeframe.DAY, OPEN - timedelta(days=5), OPEN)
    assert bars_of(desk, OPEN - timedelta(days=5), OPEN, Timeframe.DAY)


def test_the_gateways_pace(desk: Desk) -> None:
    desk.gateway.history_pacing = True
    for days in range(1, 6):
        bars_of(desk, OPEN - timedelta(days=days), OPEN, Timeframe.DAY)
    with refused(CODE.RATE_LIMIT_EXCEEDED) as met:
        desk.client.get_bars("AAPL", Timeframe.DAY, OPEN - timedelta(days=9), OPEN)
    assert is_not_sent(met.value)


def test_our_own_pace(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bars, "_MOST", 3)
    seconds = [1000.0]
    desk.client.disconnect()
    desk.client = desk.fresh(monotonic=lambda: seconds[0])
    desk.client.connect()

    def asked(days: int) -> int:
        bars_of(desk, OPEN - timedelta(days=days), OPEN, Timeframe.DAY)
        return len(desk.gateway.asked("reqHistoricalData"))

    assert [asked(5), asked(5), asked(6), asked(7), asked(7)] == [1, 1, 2, 3, 3]  # the same is not asked twice
    with refused(CODE.RATE_LIMIT_EXCEEDED, retry_after="601") as met:
        asked(8)
    assert isinstance(met.value, NotSent)
    assert len(desk.gateway.asked("reqHistoricalData")) == 3
    seconds[0] += 600
    assert asked(8) == 4
    seconds[0] += 15
    assert asked(8) == 5


# ---- hours


def at(desk: Desk, *when: int) -> None:
    desk.clock.now = datetime(*when, tzinfo=UTC)
    desk.restart()


def test_hours_while_it_is_open(desk: Desk) -> None:
    hours = desk.client.get_market_hours()
    assert (hours.is_open, hours.at) == (True, OPEN)
    assert hours.next_close == datetime(2026, 3, 3, 21, 0, tzinfo=UTC)
    assert hours.next_open == datetime(2026, 3, 4, 14, 30, tzinfo=UTC)


def test_hours_on_a_weekend(desk: Desk) -> None:
    desk.clock.now = CLOSED
    desk.restart()
    hours = desk.client.get_market_hours()
    assert not hours.is_open
    assert hours.next_open == datetime(2026, 3, 9, 13, 30, tzinfo=UTC)
    assert hours.next_close == datetime(2026, 3, 9, 20, 0, tzinfo=UTC)


def test_hours_on_half_a_day(desk: Desk) -> None:
    at(desk, 2026, 11, 27, 15, 0)
    hours = desk.client.get_market_hours()
    assert (hours.is_open, hours.next_close) == (True, datetime(2026, 11, 27, 18, 0, tzinfo=UTC))
    assert hours.next_open == datetime(2026, 11, 30, 14, 30, tzinfo=UTC)
    at(desk, 2026, 11, 27, 18, 0)
    assert not desk.client.get_market_hours().is_open


def test_hours_around_a_holiday(desk: Desk) -> None:
    at(desk, 2026, 11, 26, 15, 0)
    hours = desk.client.get_market_hours()
    assert not hours.is_open
    assert hours.next_open == datetime(2026, 11, 27, 14, 30, tzinfo=UTC)


def test_hours_are_asked_for_anew_after_some_hours(desk: Desk) -> None:
    for _ in range(3):
        desk.client.get_market_hours()
    assert len(desk.gateway.asked("reqContractDetails")) == 1
    desk.clock.turn(hours=7)
    desk.client.get_market_hours()
    assert len(desk.gateway.asked("reqContractDetails")) == 2


def test_without_a_word_of_the_gateways_the_calendar_counts(desk: Desk) -> None:
    desk.gateway.faults.refuse("reqContractDetails", 200, "No security definition has been found for the request")
    hours = desk.client.get_market_hours()
    assert (hours.is_open, hours.next_close) == (True, datetime(2026, 3, 3, 21, 0, tzinfo=UTC))


def test_hours_that_nobody_tells_are_an_error(desk: Desk) -> None:
    for ask in (desk.client.get_market_hours, lambda: desk.client.validate_order(desk.order())):
        desk.gateway.faults.never_answer("reqContractDetails")
        with hasty("ASK"), refused(CODE.TIMEOUT):
            ask()


def test_a_zone_of_another_worlds_is_new_yorks(desk: Desk) -> None:
    desk.gateway.faults.mangle(
        "contractDetails", lambda fields: tuple("Mars/Olympus" if one == "US/Eastern" else one for one in fields),
        times=None,
    )  # fmt: skip
    (bar,) = bars_of(desk, OPEN - timedelta(hours=12), OPEN, Timeframe.DAY)
    assert bar.at == datetime(2026, 3, 3, 5, tzinfo=UTC)
    assert desk.client.get_market_hours().next_close == datetime(2026, 3, 3, 21, 0, tzinfo=UTC)


def test_a_closed_market_is_a_warning_for_its_own_instruments(desk: Desk) -> None:
    desk.clock.now = CLOSED
    desk.restart()
    assert desk.client.validate_order(desk.order()).warnings
    assert desk.client.validate_order(desk.order(symbol="BTC/USD")).warnings == ()
    at(desk, 2026, 3, 3, 10, 0)  # Xetra trades, New York sleeps
    assert desk.client.validate_order(desk.order(symbol="SAP@IBIS/EUR")).warnings == ()
    assert desk.client.validate_order(desk.order()).warnings
