"""What a symbol means, over a real socket: the same thing in a quote, an order, a fill and a position, and for good."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.brokers.interactive_brokers.desk import Desk, refused, seated
from tests.brokers.interactive_brokers.gateway.instruments import Instrument
from tests.brokers.orders import D
from tests.conftest import Clock
from trenddojo.brokers.errors import BrokerErrorCode
from trenddojo.brokers.types import Timeframe
from trenddojo.domain.orders import OrderStatus, OrderType, StopLoss, TakeProfit
from trenddojo.domain.terms import AssetType

CODE = BrokerErrorCode
INSTRUMENTS = [
    ("AAPL", "AAPL", AssetType.STOCK, "SMART", "USD"),
    ("BRK.B", "BRK B", AssetType.STOCK, "SMART", "USD"),
    ("SAP", "SAP", AssetType.STOCK, "SMART", "USD"),
    ("SAP@IBIS/EUR", "SAP.EUR", AssetType.STOCK, "SMART", "EUR"),
    ("DUAL@NYSE/USD", "DUAL.NYSE", AssetType.STOCK, "SMART", "USD"),
    ("DUAL@LSEETF/USD", "DUAL.LSEETF", AssetType.STOCK, "SMART", "USD"),
    ("EUR/USD", "EUR.USD", AssetType.FOREX, "IDEALPRO", "USD"),
    ("USD/JPY", "USD.JPY", AssetType.FOREX, "IDEALPRO", "JPY"),
    ("BTC/USD", "BTC.USD", AssetType.CRYPTO, "PAXOS", "USD"),
    ("SPY261218C00500000", "SPY   261218C00500000", AssetType.OPTION, "SMART", "USD"),
    ("SPY261218P00500000", "SPY   261218P00500000", AssetType.OPTION, "SMART", "USD"),
    ("ESZ6@CME", "ESZ6", AssetType.FUTURE, "CME", "USD"),
]
"""How it is written, what the gateway's tests call it, its kind, where its orders go, and its currency."""
NAMES = {symbol: name for symbol, name, *_ in INSTRUMENTS}


@pytest.fixture
def rich(clock: Clock) -> Iterator[Desk]:
    with seated(clock, cash=D(100_000_000)) as made:
        yield made


def questions(desk: Desk) -> int:
    """How often it was asked what a symbol means."""
    return len(desk.gateway.asked("reqContractDetails"))


# ---- one thing under one name


@pytest.mark.parametrize(("symbol", "name", "kind", "exchange", "currency"), INSTRUMENTS, ids=NAMES)
def test_it_is_the_same_in_everything_that_is_told(
    rich: Desk, symbol: str, name: str, kind: AssetType, exchange: str, currency: str
) -> None:
    quote = rich.client.get_market_data(symbol)
    assert (quote.symbol, quote.last) == (symbol, rich.gateway.price(name))
    far = rich.gateway.instruments.named(name).min_tick * 4
    rests = rich.rest(symbol=symbol, limit_price=far, quantity=D(2))
    assert rests.symbol == symbol
    assert [one.symbol for one in rich.client.get_open_orders()] == [symbol]
    bought = rich.place(symbol=symbol, quantity=D(2))
    assert (bought.symbol, bought.status) == (symbol, OrderStatus.FILLED)
    found = rich.client.find_order(bought.client_order_id or "")
    assert found is not None
    assert found.symbol == symbol
    (fill,) = rich.client.get_executions().fills
    (held,) = rich.client.get_positions()
    assert (fill.symbol, fill.quantity, fill.price) == (symbol, 2, rich.gateway.price(name))
    assert (held.symbol, held.asset_type, held.quantity, held.currency) == (symbol, kind, 2, currency)
    assert {(one.wanted.con_id, one.wanted.exchange) for one in rich.tickets} == {
        (rich.gateway.instruments.named(name).con_id, exchange)
    }
    rich.restart()
    assert [one.symbol for one in rich.client.get_positions()] == [symbol]
    assert {one.symbol for one in rich.client.get_order_history()} == {symbol}
    assert [one.symbol for one in rich.client.get_executions().fills] == [symbol]


@pytest.mark.parametrize("symbol", NAMES)
def test_what_is_held_is_told_by_one_unit(rich: Desk, symbol: str) -> None:
    rich.place(symbol=symbol, quantity=D(3))
    (fill,) = rich.client.get_executions().fills
    instrument = rich.gateway.instruments.named(NAMES[symbol])
    holding = rich.gateway.accounts["DU1234567"].holdings[instrument.con_id]
    (held,) = rich.client.get_positions()
    price = rich.gateway.price(NAMES[symbol])
    assert held.average_price == round(holding.average / instrument.multiplier, 6)
    paid = fill.price + (fill.commission or D(0)) / 3 / instrument.multiplier  # what it cost to buy is in it
    assert abs(held.average_price - paid) < D("0.000002")
    rate = round(rich.gateway._market.rate(instrument.currency), 5)
    value = price * 3 * instrument.multiplier
    assert held.market_price == price
    assert held.market_value == value * rate  # in the account's currency
    assert held.unrealised == round(value - holding.cost, 2) * rate
    risk = rich.client.get_risk_metrics()
    assert (risk.net_exposure, risk.unrealised) == (held.market_value, held.unrealised)


@pytest.mark.parametrize("symbol", NAMES)
@pytest.mark.parametrize("quantity", [3, -3])
def test_what_it_would_tie_up(rich: Desk, symbol: str, quantity: int) -> None:
    margin = rich.client.get_margin_requirements(symbol, D(quantity))
    initial, maintenance = rich.gateway.figures().change_with(
        rich.gateway.instruments.named(NAMES[symbol]), D(quantity)
    )
    assert (margin.symbol, margin.quantity, margin.price) == (symbol, quantity, rich.gateway.price(NAMES[symbol]))
    assert (margin.initial_margin, margin.maintenance_margin) == (round(initial, 2), round(maintenance, 2))
    assert rich.gateway.orders == []


def test_rates_of_other_currencies_come_with_the_accounts_figures(rich: Desk) -> None:
    assert rich.client.get_account_info().rates == {}
    rich.place(symbol="SAP@IBIS/EUR")
    rich.restart()
    assert rich.client.get_account_info().rates == {"EUR": round(rich.gateway._market.rate("EUR"), 5)}


def test_without_a_rate_nothing_is_told_in_the_accounts_currency(rich: Desk) -> None:
    rich.gateway.faults.mangle(
        "updateAccountValue", lambda fields: (*fields[:3], "", *fields[4:]) if fields[2] == "ExchangeRate" else fields,
        times=None,
    )  # fmt: skip
    rich.restart()
    for symbol, is_told in (("AAPL", True), ("SAP@IBIS/EUR", False)):
        rich.place(symbol=symbol)
        held = next(one for one in rich.client.get_positions() if one.symbol == symbol)
        assert held.market_price == rich.gateway.price(NAMES[symbol])
        assert (held.market_value is not None, held.unrealised is not None) == (is_told, is_told)


# ---- what a symbol does not mean


@pytest.mark.parametrize("symbol", ["NOSUCH", "SAP@NASDAQ/EUR", "XXX/USD", "EUR/XYZ", "SPY261218C00501000", "ESH9@CME"])
def test_what_nobody_knows(desk: Desk, symbol: str) -> None:
    with refused(CODE.SYMBOL_NOT_FOUND, broker_code="200"):
        desk.client.get_market_data(symbol)
    with refused(CODE.SYMBOL_NOT_FOUND):
        desk.client.get_bars(symbol, Timeframe.DAY, desk.clock.now, desk.clock.now)
    with refused(CODE.SYMBOL_NOT_FOUND):
        desk.place(symbol=symbol)
    with refused(CODE.SYMBOL_NOT_FOUND):
        desk.client.get_margin_requirements(symbol, D(1))
    assert not desk.client.is_tradable(symbol)
    assert "symbol" in desk.client.validate_order(desk.order(symbol=symbol)).errors
    assert desk.tickets == []
    assert desk.ledger.texts == {}  # neither a number was used, nor a meaning learned


@pytest.mark.parametrize("symbol", ["aapl", "A\x00B", "SAP@IBIS/EURO", "EUR/", "", "A" * 400 + "!"])
def test_what_is_no_symbol_is_not_asked_for(desk: Desk, symbol: str) -> None:
    with refused(CODE.SYMBOL_NOT_FOUND):
        desk.client.get_market_data(symbol)
    assert not desk.client.is_tradable(symbol)
    assert questions(desk) == 0


def test_a_symbol_of_several_instruments_says_how_to_write_each(desk: Desk) -> None:
    with refused(CODE.SYMBOL_NOT_FOUND, reason="ambiguous", choices="DUAL@LSEETF/USD, DUAL@NYSE/USD") as met:
        desk.client.get_market_data("DUAL")
    assert "DUAL@LSEETF/USD, DUAL@NYSE/USD" in met.value.message
    with refused(CODE.SYMBOL_NOT_FOUND, reason="ambiguous"):
        desk.place(symbol="DUAL")
    assert desk.tickets == []
    con_ids = []
    for choice in met.value.details["choices"].split(", "):
        desk.place(symbol=choice, quantity=D(1))
        con_ids.append(desk.tickets[-1].wanted.con_id)
    assert con_ids == [900002, 900001]
    assert sorted(one.symbol for one in desk.client.get_positions()) == ["DUAL@LSEETF/USD", "DUAL@NYSE/USD"]


def test_the_listing_alone_will_do(desk: Desk) -> None:
    assert desk.place(symbol="DUAL@NYSE", quantity=D(1)).symbol == "DUAL@NYSE"
    assert [one.symbol for one in desk.client.get_positions()] == ["DUAL@NYSE"]


# ---- for good


def test_what_a_symbol_meant_is_kept(desk: Desk) -> None:
    desk.client.get_market_data("AAPL")
    assert questions(desk) == 1
    kept = json.loads(desk.ledger.texts["contract:AAPL"])
    assert (kept["conId"], kept["exchange"], kept["primaryExchange"]) == (265598, "SMART", "NASDAQ")
    desk.restart()
    assert desk.client.get_market_data("AAPL").last == 190
    desk.place()
    assert desk.tickets[-1].wanted.con_id == 265598
    assert questions(desk) == 1


def test_another_instrument_of_the_same_symbol_changes_nothing(desk: Desk) -> None:
    desk.client.get_market_data("AAPL")
    twin = desk.gateway.instruments.named("AAPL")
    desk.gateway.instruments.add(Instrument(con_id=900009, symbol="AAPL", kind="STK", listing="LSE", source="KO",
                                            exchanges=twin.exchanges, rule=twin.rule))  # fmt: skip
    with refused(CODE.SYMBOL_NOT_FOUND, reason="ambiguous"):
        desk.elsewhere().get_market_data("AAPL")
    desk.restart()
    desk.clock.turn(hours=7)
    assert desk.client.is_tradable("AAPL")
    assert desk.client.get_bars("AAPL", Timeframe.DAY, desk.clock.now, desk.clock.now) == []
    desk.place()
    assert {one.wanted.con_id for one in desk.tickets} == {265598}


def test_a_symbol_is_asked_for_once(desk: Desk) -> None:
    for _ in range(3):
        desk.client.get_market_data("AAPL")
        desk.client.get_margin_requirements("AAPL", D(1))
        desk.client.validate_order(desk.order())
    assert questions(desk) == 1


# ---- what others have done


def foreign(desk: Desk, name: str, **terms: str) -> int:
    """An order of another client; its permanent id."""
    return desk.gateway.place_as(9, "BUY", name, 5, **({"orderType": "LMT", "lmtPrice": "50"} | terms)).perm_id


def test_a_share_of_another_currency_is_written_out(desk: Desk) -> None:
    foreign(desk, "SAP.EUR", tif="GTC")
    for _ in range(2):
        (order,) = desk.client.get_open_orders()
        assert order.symbol == "SAP@IBIS/EUR"
    assert questions(desk) == 1
    desk.restart()
    assert [one.symbol for one in desk.client.get_open_orders()] == ["SAP@IBIS/EUR"]
    assert questions(desk) == 1
    assert desk.client.get_market_data("SAP@IBIS/EUR").last == desk.gateway.price("SAP.EUR")


def test_wherever_it_was_executed_it_is_the_same_share(desk: Desk) -> None:
    desk.gateway.fill(foreign(desk, "SAP.EUR"))
    desk.gateway.faults.mangle(
        "execDetails", lambda fields: (*fields[:10], "GETTEX2", *fields[11:]), times=None
    )  # by SMART it may go anywhere
    desk.restart()
    assert [one.symbol for one in desk.client.get_executions().fills] == ["SAP@IBIS/EUR"]
    assert [one.symbol for one in desk.client.get_positions()] == ["SAP@IBIS/EUR"]
    assert [one.symbol for one in desk.client.get_order_history()] == ["SAP@IBIS/EUR"]


def test_wherever_it_was_sent_it_is_the_same_share(desk: Desk) -> None:
    foreign(desk, "SAP.EUR", tif="GTC")
    desk.gateway.faults.mangle("openOrder", lambda fields: (*fields[:9], "FWB", *fields[10:]), times=None)
    desk.restart()
    assert [one.symbol for one in desk.client.get_open_orders()] == ["SAP@IBIS/EUR"]


@pytest.mark.parametrize("kind", ["CFD", "BAG", "WAR", "BOND", "FUND", "IND", "FOP"])
def test_kinds_that_this_house_has_no_form_for_are_left_out(desk: Desk, kind: str) -> None:
    other = Instrument(con_id=900010, symbol="AAPL", kind=kind, listing="SMART", exchanges="SMART", source="AAPL")
    desk.gateway.instruments.change("AAPL", symbol="APPLE")  # so that the name is free
    desk.gateway.instruments.add(other)
    rests, filled = (desk.gateway.place_as(9, "BUY", other.name, 5, orderType="LMT", lmtPrice="50") for _ in range(2))
    desk.gateway.fill(filled)
    assert {one.instrument.kind for one in desk.gateway.orders} == {kind}
    assert desk.client.get_open_orders() == []
    assert desk.client.get_order_history() == []
    assert desk.client.get_executions().fills == ()
    assert desk.client.get_positions() == []
    with refused(CODE.ORDER_REJECTED, reason="not_found"):
        desk.client.get_order_status(str(rests.perm_id))


@pytest.mark.parametrize(
    "other",
    [
        Instrument(con_id=900011, symbol="SAP", kind="OPT", listing="DTB", exchanges="DTB", currency="EUR",
                   local_symbol="C SAP DEC 26 100", source="KO", multiplier=Decimal(100)),
        Instrument(con_id=900012, symbol="DAX", kind="FUT", listing="EUREX", exchanges="EUREX", currency="EUR",
                   local_symbol="FDAX 20261218 M", source="KO"),
    ],
    ids=["an option of the Eurex", "a future with a long name"],
)  # fmt: skip
def test_what_cannot_be_asked_for_spoils_no_list(desk: Desk, other: Instrument) -> None:
    desk.gateway.instruments.add(other)
    perm_id = foreign(desk, other.name, tif="DAY")
    desk.gateway.cancel(perm_id)
    (order,) = desk.client.get_order_history()
    assert (order.order_id, order.status) == (str(perm_id), OrderStatus.CANCELLED)
    assert order.symbol


def test_an_ambiguous_share_of_others_spoils_no_list(desk: Desk) -> None:
    desk.gateway.cancel(foreign(desk, "DUAL.LSEETF"))
    (order,) = desk.client.get_order_history()
    assert order.status is OrderStatus.CANCELLED


# ---- the grid of prices


@pytest.mark.parametrize(
    ("symbol", "good", "bad"),
    [("AAPL", "100.01", "100.005"), ("SAP@IBIS/EUR", "40.005", "40.002"), ("EUR/USD", "1.00005", "1.00002"),
     ("BTC/USD", "20000.25", "20000.10"), ("ESZ6@CME", "4000.25", "4000.1")],
)  # fmt: skip
def test_prices_are_on_the_instruments_own_grid(rich: Desk, symbol: str, good: str, bad: str) -> None:
    def errors(price: str) -> set[str]:
        order = rich.order(symbol=symbol, order_type=OrderType.LIMIT, limit_price=D(price))
        return set(rich.client.validate_order(order).errors)

    assert (errors(good), errors(bad)) == (set(), {"limit_price"})


@pytest.mark.parametrize(
    ("stop", "target", "fields"),
    [
        (StopLoss(stop_price=D("90.005")), TakeProfit(limit_price=D(250)), {"stop_loss"}),
        (StopLoss(stop_price=D(90), limit_price=D("89.001")), None, {"stop_loss"}),
        (StopLoss(stop_price=D(90)), TakeProfit(limit_price=D("250.001")), {"take_profit"}),
        (StopLoss(stop_price=D(90)), TakeProfit(limit_price=D(250)), set()),
    ],
)
def test_so_are_those_of_exits(desk: Desk, stop: StopLoss, target: TakeProfit | None, fields: set[str]) -> None:
    assert set(desk.client.validate_order(desk.order(stop_loss=stop, take_profit=target)).errors) == fields
