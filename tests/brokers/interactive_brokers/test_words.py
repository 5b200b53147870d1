"""The pure parts of the adapter: symbols, hours, codes, the state of lines, the pace of questions, order numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.brokers.subjects import MemoryLedger
from trenddojo.brokers.adapters.interactive_brokers import codes
from trenddojo.brokers.adapters.interactive_brokers.bars import Pacing, Request, bar, stretches
from trenddojo.brokers.adapters.interactive_brokers.heard import UNSET, Note, number
from trenddojo.brokers.adapters.interactive_brokers.hours import hours, sessions
from trenddojo.brokers.adapters.interactive_brokers.mapping import instant, root_of
from trenddojo.brokers.adapters.interactive_brokers.numbers import Numbers
from trenddojo.brokers.adapters.interactive_brokers.symbols import symbol_of, terms_of
from trenddojo.brokers.adapters.interactive_brokers.weather import Weather
from trenddojo.brokers.errors import BrokerErrorCode, NotSent
from trenddojo.brokers.types import Timeframe
from trenddojo.domain.nyse import NEW_YORK

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
"""A Tuesday, at ten in New York."""


# ---- symbols


@pytest.mark.parametrize(
    ("symbol", "terms"),
    [
        ("AAPL", {"secType": "STK", "symbol": "AAPL", "exchange": "SMART", "currency": "USD"}),
        ("BRK.B", {"secType": "STK", "symbol": "BRK B", "exchange": "SMART", "currency": "USD"}),
        ("SAP@IBIS/EUR", {"secType": "STK", "symbol": "SAP", "exchange": "SMART", "currency": "EUR",
                          "primaryExchange": "IBIS"}),
        ("META@NASDAQ", {"secType": "STK", "symbol": "META", "exchange": "SMART", "currency": "USD",
                         "primaryExchange": "NASDAQ"}),
        ("EUR/USD", {"secType": "CASH", "symbol": "EUR", "exchange": "IDEALPRO", "currency": "USD"}),
        ("BTC/USD", {"secType": "CRYPTO", "symbol": "BTC", "currency": "USD"}),
        ("SPY261218C00500000", {"secType": "OPT", "localSymbol": "SPY   261218C00500000", "exchange": "SMART",
                                "currency": "USD"}),
        ("ESZ6@CME", {"secType": "FUT", "localSymbol": "ESZ6", "exchange": "CME", "currency": ""}),
    ],
)  # fmt: skip
def test_a_symbol_means_these_terms(symbol: str, terms: dict[str, object]) -> None:
    assert terms_of(symbol) == terms


@pytest.mark.parametrize("symbol", ["", "aapl", "EUR/", "@IBIS", "A\x00B", "SAP@IBIS/EURO"])
def test_what_is_no_symbol_means_nothing(symbol: str) -> None:
    assert terms_of(symbol) is None


def contract(**fields: Any) -> SimpleNamespace:
    told = {"secType": "STK", "symbol": "AAPL", "currency": "USD", "exchange": "SMART", "primaryExchange": "",
            "localSymbol": ""}  # fmt: skip
    return SimpleNamespace(**(told | fields))


@pytest.mark.parametrize(
    ("told", "symbol"),
    [
        (contract(symbol="BRK B"), "BRK.B"),
        (contract(symbol="SAP", currency="EUR", exchange="IBIS"), "SAP@IBIS/EUR"),
        (contract(secType="CASH", symbol="EUR", exchange="IDEALPRO"), "EUR/USD"),
        (contract(secType="CRYPTO", symbol="BTC", exchange="PAXOS"), "BTC/USD"),
        (contract(secType="OPT", symbol="SPY", localSymbol="SPY   261218C00500000"), "SPY261218C00500000"),
        (contract(secType="FUT", symbol="ES", localSymbol="ESZ6", exchange="CME"), "ESZ6@CME"),
    ],
)
def test_a_contract_is_written_so_that_it_is_found_again(told: SimpleNamespace, symbol: str) -> None:
    assert symbol_of(told) == symbol
    assert terms_of(symbol) is not None


# ---- hours


def details(liquid: str, zone: str = "US/Eastern") -> SimpleNamespace:
    return SimpleNamespace(liquidHours=liquid, timeZoneId=zone)


def test_hours_are_read_in_the_instruments_own_zone() -> None:
    told = sessions("20260303:0930-20260303:1600;20260304:CLOSED;20260305:0930-1300", "US/Eastern")
    assert told == [
        (datetime(2026, 3, 3, 14, 30, tzinfo=UTC), datetime(2026, 3, 3, 21, 0, tzinfo=UTC)),
        (datetime(2026, 3, 5, 14, 30, tzinfo=UTC), datetime(2026, 3, 5, 18, 0, tzinfo=UTC)),
    ]


def test_an_open_market_closes_before_it_opens_again() -> None:
    told = hours(details("20260303:0930-20260303:1600;20260304:0930-20260304:1600"), NOW)
    assert told.is_open
    assert (told.next_close.hour, told.next_open) == (21, datetime(2026, 3, 4, 14, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("liquid", "zone"), [("", "US/Eastern"), ("20260303:0930-20260303:1600", "Mars/Olympus"), ("nonsense", "UTC")]
)
def test_what_is_not_understood_leaves_new_yorks_calendar(liquid: str, zone: str) -> None:
    told = hours(details(liquid, zone), NOW)
    assert told.is_open
    assert told.next_close == datetime(2026, 3, 3, 21, 0, tzinfo=UTC)
    assert told.next_open == datetime(2026, 3, 4, 14, 30, tzinfo=UTC)


# ---- numbers and times


@pytest.mark.parametrize("told", [UNSET, None, "", float("nan"), float("inf"), 9223372036854775807])
def test_a_number_that_was_not_set_is_none(told: float | None) -> None:
    assert number(told) is None


def test_a_correction_has_the_root_of_its_fill() -> None:
    assert root_of("0000e0d5.6571e3ae.01.01") == ("0000e0d5.6571e3ae.01", 1)
    assert root_of("0000e0d5.6571e3ae.01.02") == ("0000e0d5.6571e3ae.01", 2)
    assert root_of("odd") == ("odd", 0)


@pytest.mark.parametrize("text", ["20260303 10:00:00 US/Eastern", "20260303-15:00:00", "20260303  15:00:00"])
def test_an_instant_is_read_with_its_zone(text: str) -> None:
    assert instant(text) == NOW


# ---- codes


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (200, "No security definition has been found for the request", BrokerErrorCode.SYMBOL_NOT_FOUND),
        (201, "Order rejected - reason: insufficient margin", BrokerErrorCode.INSUFFICIENT_FUNDS),
        (201, "Order rejected - reason: No trading permissions.", BrokerErrorCode.ORDER_REJECTED),
        (201, "Order rejected - reason: the exchange is closed", BrokerErrorCode.MARKET_CLOSED),
        (110, "The price does not conform to the minimum price variation", BrokerErrorCode.ORDER_REJECTED),
        (162, "Historical Market Data Service error message:API historical data query pacing violation",
         BrokerErrorCode.RATE_LIMIT_EXCEEDED),
        (162, "Historical Market Data Service error message:No market data permissions", BrokerErrorCode.API_ERROR),
        (321, "Error validating request:-'bW' : cause - The API interface is currently in Read-Only mode.",
         BrokerErrorCode.ORDER_REJECTED),
        (326, "Unable to connect as the client id is already in use.", BrokerErrorCode.CONNECTION_FAILED),
        (10147, "OrderId 5 that needs to be cancelled is not found.", BrokerErrorCode.ORDER_REJECTED),
        (9999, "Something new", BrokerErrorCode.API_ERROR),
    ],
)  # fmt: skip
def test_a_code_is_one_of_ours(code: int, text: str, expected: BrokerErrorCode) -> None:
    found = codes.error(Note(code, text))
    assert (found.code, found.details["broker_code"], found.details["broker_message"]) == (expected, str(code), text)
    assert found.message
    assert "\n" not in found.message


@pytest.mark.parametrize("code", [399, 404, 2109, 2137, 2100, 10167])
def test_a_warning_ends_nothing(code: int) -> None:
    assert codes.is_note(code)
    assert not codes.refuses_order(code)


@pytest.mark.parametrize("code", [104, 105, 329, 161, 10147, 10148])
def test_a_refused_change_or_cancel_leaves_the_order(code: int) -> None:
    assert not codes.refuses_order(code)
    assert codes.refuses_change(code)


def test_a_code_that_is_not_listed_decides_nothing() -> None:
    assert not codes.refuses_order(10349)  # "Order TIF was set to DAY based on order preset", of an order that works
    assert not codes.is_note(10349)


@pytest.mark.parametrize("code", [103, 110, 200, 201, 203, 320, 321, 383, 434, 435, 460, 10243])
def test_a_listed_code_ends_the_order(code: int) -> None:
    assert codes.refuses_order(code)


# ---- the gateway's own lines


def test_a_lost_line_is_told_until_it_is_back() -> None:
    weather = Weather()
    assert weather.hear(1100, "Connectivity between IBKR and Trader Workstation has been lost.") is False
    assert weather.is_cut_off
    assert weather.trouble is not None
    assert weather.hear(2104, "Market data farm connection is OK:usfarm") is False
    assert weather.is_cut_off
    assert weather.hear(1102, "Connectivity has been restored - data maintained.") is True
    assert (weather.trouble, weather.data_losses) == (None, 0)


def test_lost_data_has_to_be_subscribed_to_again() -> None:
    weather = Weather()
    weather.hear(1100, "lost")
    assert weather.hear(1101, "restored - data lost") is True
    assert (weather.is_cut_off, weather.data_losses) == (False, 1)


def test_a_broken_farm_is_named_until_it_is_well() -> None:
    weather = Weather()
    weather.hear(2103, "Market data farm connection is broken:usfarm")
    weather.hear(2105, "HMDS data farm connection is broken:ushmds")
    assert weather.trouble is not None
    assert "usfarm, ushmds" in weather.trouble
    assert not weather.is_cut_off
    weather.hear(2104, "Market data farm connection is OK:usfarm")
    weather.hear(2106, "HMDS data farm connection is OK:ushmds")
    assert weather.trouble is None


# ---- order numbers


def test_numbers_rise_although_the_gateway_begins_anew() -> None:
    ledger = MemoryLedger()
    assert list(Numbers(ledger).take(3, 41)) == [41, 42, 43]
    again = Numbers(ledger)
    assert list(again.take(1, 1)) == [44]
    assert list(again.take(1, 100)) == [100]


# ---- past bars


def test_one_request_asks_for_no_more_than_it_may() -> None:
    asked = list(stretches(SimpleNamespace(conId=1, secType="STK"), Timeframe.HOUR, NOW - timedelta(days=70), NOW))
    assert [one.span for one in asked] == ["31 D", "31 D", "11 D"]
    assert (asked[-1].until, asked[-1].size, asked[-1].what) == ("20260303-15:00:00", "1 hour", "TRADES")


def test_the_pace_of_questions_is_kept() -> None:
    now = [0.0]
    pacing = Pacing(lambda: now[0])
    for _ in range(60):
        pacing.enter()
    with pytest.raises(NotSent) as met:
        pacing.enter()
    assert (met.value.code, met.value.details["retry_after"]) == (BrokerErrorCode.RATE_LIMIT_EXCEEDED, "601")
    now[0] = 600.0
    pacing.enter()


def test_the_same_question_is_not_asked_twice_at_once() -> None:
    now = [0.0]
    pacing = Pacing(lambda: now[0])
    request = Request(1, "20260303-15:00:00", "1 D", "1 min", "TRADES")
    assert pacing.answered(request) is None
    pacing.keep(request, [])
    now[0] = 14.0
    assert pacing.answered(request) == []
    now[0] = 15.0
    assert pacing.answered(request) is None


@pytest.mark.parametrize(
    ("told", "at"),
    [("20260303", datetime(2026, 3, 3, 5, 0, tzinfo=UTC)), ("1772550000", NOW)],
)
def test_a_bar_begins_where_its_date_says(told: str, at: datetime) -> None:
    made = bar(SimpleNamespace(date=told, open=1.1, high=1.3, low=1.0, close=1.2, volume=-1), NEW_YORK)
    assert (made.at, made.volume) == (at, 0)
