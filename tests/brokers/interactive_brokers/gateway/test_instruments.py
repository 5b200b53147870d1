"""What the gateway tells of instruments, and how they are found."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.brokers.interactive_brokers.gateway.instruments import share
from tests.brokers.interactive_brokers.gateway.library import Trader
from tests.brokers.interactive_brokers.gateway.venue import Gateway
from tests.conftest import Clock


def contract(trader: Trader, **terms: Any) -> Any:
    return trader.loop.call(lambda: trader.lib.Contract(**terms))


def found(trader: Trader, **terms: Any) -> list[Any]:
    return list(trader.ask("reqContractDetails", contract(trader, **terms)))


FOUND: dict[str, tuple[dict[str, Any], int]] = {
    "a share": ({"symbol": "MSFT", "secType": "STK", "exchange": "SMART", "currency": "USD"}, 272093),
    "a fund": ({"symbol": "SPY", "secType": "STK", "exchange": "ARCA", "currency": "USD"}, 756733),
    "a class of shares": ({"symbol": "BRK B", "secType": "STK", "exchange": "SMART", "currency": "USD"}, 72063691),
    "a share by its listing": (
        {"symbol": "DUAL", "secType": "STK", "exchange": "SMART", "currency": "USD", "primaryExchange": "LSEETF"},
        900002,
    ),
    "a share in euros": ({"symbol": "SAP", "secType": "STK", "exchange": "SMART", "currency": "EUR"}, 14204),
    "a share at its exchange": ({"symbol": "SAP", "secType": "STK", "exchange": "IBIS", "currency": ""}, 14204),
    "a pair": ({"symbol": "EUR", "secType": "CASH", "exchange": "IDEALPRO", "currency": "USD"}, 12087792),
    "a coin": ({"symbol": "BTC", "secType": "CRYPTO", "currency": "USD"}, 479624278),
    "an option": (
        {"symbol": "SPY", "secType": "OPT", "exchange": "SMART", "lastTradeDateOrContractMonth": "20261218",
         "strike": 500.0, "right": "C", "multiplier": "100"},
        700000001,
    ),
    "an option by month": (
        {"symbol": "SPY", "secType": "OPT", "exchange": "SMART", "lastTradeDateOrContractMonth": "202612",
         "strike": 500.0, "right": "PUT"},
        700000002,
    ),
    "an option by its local symbol": (
        {"localSymbol": "SPY   261218C00500000", "secType": "OPT", "exchange": "SMART"}, 700000001
    ),
    "a future": ({"symbol": "ES", "secType": "FUT", "exchange": "CME", "lastTradeDateOrContractMonth": "202612"},
                 649180695),
    "a future by its local symbol": ({"localSymbol": "ESZ6", "secType": "FUT", "exchange": "CME"}, 649180695),
    "anything by its id": ({"conId": 265598}, 265598),
    "an id by an exchange": ({"conId": 265598, "exchange": "SMART"}, 265598),
}  # fmt: skip


@pytest.mark.parametrize("told", FOUND.values(), ids=FOUND)
def test_one_is_found(trader: Trader, told: tuple[dict[str, Any], int]) -> None:
    terms, con_id = told
    (details,) = found(trader, **terms)
    assert details.contract.conId == con_id


NOT_FOUND: list[dict[str, Any]] = [
    {"symbol": "NOSUCH", "secType": "STK", "exchange": "SMART", "currency": "USD"},
    {"symbol": "AAPL", "secType": "STK", "exchange": "SMART", "currency": "EUR"},
    {"symbol": "AAPL", "secType": "STK", "exchange": "CME", "currency": "USD"},
    {"symbol": "BRK.B", "secType": "STK", "exchange": "SMART", "currency": "USD"},
    {"symbol": "ES", "secType": "FUT", "exchange": "CME", "lastTradeDateOrContractMonth": "202603"},
    {"symbol": "SPY", "secType": "OPT", "exchange": "SMART", "strike": 501.0},
    {"symbol": "SPY", "secType": "OPT", "exchange": "SMART", "multiplier": "10"},
    {"conId": 1},
    {"secType": "STK"},
]


@pytest.mark.parametrize("terms", NOT_FOUND)
def test_none_is_found(trader: Trader, terms: dict[str, Any]) -> None:
    assert found(trader, **terms) == []
    assert trader.codes == [200]


def test_several_are_found(trader: Trader) -> None:
    two = found(trader, symbol="DUAL", secType="STK", exchange="SMART", currency="USD")
    assert {details.contract.primaryExchange for details in two} == {"NYSE", "LSEETF"}
    futures = found(trader, symbol="ES", secType="FUT", exchange="CME")
    assert [details.contract.localSymbol for details in futures] == ["ESU6", "ESZ6"]
    exchanges = found(trader, symbol="AAPL", secType="STK", currency="USD")
    assert len(exchanges) > 10
    assert {details.contract.conId for details in exchanges} == {265598}


def test_a_contract_is_qualified(trader: Trader) -> None:
    stock = trader.stock("BRK B")
    assert trader.ask("qualifyContracts", stock) == [stock]
    assert (stock.conId, stock.primaryExchange, stock.exchange, stock.localSymbol) == (
        72063691, "NYSE", "SMART", "BRK B",
    )  # fmt: skip
    assert trader.ask("qualifyContracts", trader.stock("DUAL")) in ([], [None])


def test_what_is_told_of_a_share(trader: Trader) -> None:
    (details,) = found(trader, symbol="AAPL", secType="STK", exchange="SMART", currency="USD")
    told = {
        "minTick": 0.01, "minSize": 0.0001, "sizeIncrement": 0.0001, "suggestedSizeIncrement": 100,
        "timeZoneId": "US/Eastern", "longName": "APPLE INC", "stockType": "COMMON", "priceMagnifier": 1,
    }  # fmt: skip
    assert {name: getattr(details, name) for name in told} == told
    assert details.validExchanges.startswith("SMART,")
    assert len(details.marketRuleIds.split(",")) == len(details.validExchanges.split(","))


def test_what_is_told_of_a_derivative(trader: Trader) -> None:
    (option,) = found(trader, conId=700000001)
    assert (option.contract.lastTradeDateOrContractMonth, option.contract.strike) == ("20261218", 500)
    assert (option.contract.right, option.contract.multiplier) == ("C", "100")
    assert (option.underConId, option.underSymbol, option.underSecType) == (756733, "SPY", "STK")
    (future,) = found(trader, conId=649180695)
    assert (future.contractMonth, future.contract.multiplier, future.minTick) == ("202612", "50", 0.25)
    assert future.timeZoneId == "US/Central"


def test_hours_are_told_for_six_days(trader: Trader, clock: Clock) -> None:
    clock.now = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)  # Thanksgiving is the next day, and an early close follows
    (details,) = found(trader, conId=265598)
    assert details.liquidHours.split(";") == [
        "20261125:0930-20261125:1600", "20261126:CLOSED", "20261127:0930-20261127:1300", "20261128:CLOSED",
        "20261129:CLOSED", "20261130:0930-20261130:1600",
    ]  # fmt: skip
    assert details.tradingHours.split(";")[0] == "20261125:0400-20261125:2000"
    sessions = details.liquidSessions()
    assert sessions[0].start.astimezone(UTC) == datetime(2026, 11, 25, 14, 30, tzinfo=UTC)
    assert len(sessions) == 3


@pytest.mark.parametrize(("con_id", "first"), [
    (12087792, "20260302:1715-20260303:1700"), (649180695, "20260302:1615-20260303:1600"),
    (479624278, "20260303:0000-20260303:2359"), (14204, "20260303:0900-20260303:1730"),
])  # fmt: skip
def test_every_kind_has_its_hours(trader: Trader, con_id: int, first: str) -> None:
    (details,) = found(trader, conId=con_id)
    assert details.liquidHours.split(";")[0] == first
    assert details.liquidSessions()


@pytest.mark.parametrize(("rule", "steps"), [
    (26, [(0, 0.01)]), (109, [(0, 0.01), (3, 0.05)]), (2344, [(0, 0.005), (50, 0.01), (100, 0.02)]),
])  # fmt: skip
def test_market_rules(trader: Trader, rule: int, steps: list[tuple[float, float]]) -> None:
    told = trader.ask("reqMarketRule", rule)
    assert [(one.lowEdge, one.increment) for one in told] == steps


def test_a_tick_depends_on_the_price(trader: Trader, there: Gateway) -> None:
    there.set_price("SAP.EUR", "120")
    sap = trader.stock("SAP", "SMART", "EUR")
    refused = trader.order("BUY", 1, "LMT", lmtPrice=100.01)
    trader.send(refused, sap)
    trader.heard(110)
    trader.send(trader.order("BUY", 1, "LMT", lmtPrice=99.99), sap)
    trader.until(lambda: there.orders)
    trader.send(trader.order("BUY", 1, "LMT", lmtPrice=49.995), sap)
    trader.until(lambda: len(there.orders) == 2)


def test_symbols_that_match(trader: Trader) -> None:
    told = trader.ask("reqMatchingSymbols", "sap")
    assert [(one.contract.symbol, one.contract.primaryExchange) for one in told] == [("SAP", "NYSE"), ("SAP", "IBIS")]


def test_tests_may_add_and_change_instruments(trader: Trader, there: Gateway) -> None:
    there.instruments.add(share(900100, "ZZNEW", "NASDAQ", "NEW CORP", source="AAPL"))
    there.instruments.change("AAPL", zone="Mars/Olympus")
    assert trader.ask("qualifyContracts", trader.stock("ZZNEW"))
    (details,) = found(trader, conId=900100)
    assert details.contract.localSymbol == "ZZNEW"
