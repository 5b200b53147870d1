"""The official SDK against the venue: it finds nothing amiss."""

import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime
from threading import Thread
from typing import Any

import pytest

from tests.brokers.alpaca.venue.calls import Calls
from tests.brokers.alpaca.venue.venue import Venue
from tests.conftest import Clock

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it imports what websockets has deprecated
    from alpaca.common.exceptions import APIError
    from alpaca.data.enums import DataFeed
    from alpaca.data.historical import CryptoHistoricalDataClient, StockHistoricalDataClient
    from alpaca.data.live import StockDataStream
    from alpaca.data.requests import (
        CryptoLatestQuoteRequest,
        StockBarsRequest,
        StockLatestBarRequest,
        StockLatestQuoteRequest,
        StockLatestTradeRequest,
        StockSnapshotRequest,
    )
    from alpaca.data.timeframe import TimeFrame
    from alpaca.trading import stream as trading_stream
    from alpaca.trading.client import TradingClient
    from alpaca.trading.enums import OrderClass, OrderSide, OrderStatus, QueryOrderStatus, TimeInForce
    from alpaca.trading.models import Order, TradeActivity
    from alpaca.trading.requests import (
        GetAssetsRequest,
        GetCalendarRequest,
        GetOrderByIdRequest,
        GetOrdersRequest,
        GetPortfolioHistoryRequest,
        LimitOrderRequest,
        MarketOrderRequest,
        ReplaceOrderRequest,
        StopLossRequest,
        TakeProfitRequest,
    )


@pytest.fixture
def trading(venue: Venue) -> Iterator[TradingClient]:
    client = TradingClient(*venue.keys, paper=True, url_override=venue.base_url)
    yield client
    client._session.close()


@pytest.fixture
def stocks(venue: Venue) -> Iterator[StockHistoricalDataClient]:
    client = StockHistoricalDataClient(*venue.keys, url_override=venue.data_url)
    yield client
    client._session.close()


def a_bracket(**changes: Any) -> LimitOrderRequest:
    told = {
        "symbol": "AAPL",
        "qty": 10,
        "side": OrderSide.BUY,
        "time_in_force": TimeInForce.GTC,
        "limit_price": 189,
        "order_class": OrderClass.BRACKET,
        "client_order_id": "bot-7-0001",
        "take_profit": TakeProfitRequest(limit_price=200),
        "stop_loss": StopLossRequest(stop_price=180),
    }
    return LimitOrderRequest(**(told | changes))


def a_market_order(**changes: Any) -> MarketOrderRequest:
    told = {"symbol": "AAPL", "qty": 10, "side": OrderSide.BUY, "time_in_force": TimeInForce.DAY}
    return MarketOrderRequest(**(told | changes))


def test_a_bracket_from_its_placing_to_its_end(venue: Venue, trading: TradingClient) -> None:
    placed = trading.submit_order(a_bracket())
    assert placed.status is OrderStatus.PENDING_NEW
    assert [leg.status for leg in placed.legs] == [OrderStatus.HELD] * 2
    (listed,) = trading.get_orders(GetOrdersRequest(status=QueryOrderStatus.OPEN, nested=True))
    assert (listed.id, listed.status, len(listed.legs)) == (placed.id, OrderStatus.NEW, 2)
    assert trading.get_order_by_client_id("bot-7-0001").id == placed.id

    changed = trading.replace_order_by_id(placed.id, ReplaceOrderRequest(limit_price=189.5))
    assert changed.replaces == placed.id
    old = trading.get_order_by_id(placed.id)
    assert (old.status, old.replaced_by) == (OrderStatus.REPLACED, changed.id)

    venue.set_price("AAPL", "189")
    whole = trading.get_order_by_id(changed.id, GetOrderByIdRequest(nested=True))
    assert (whole.status, whole.filled_avg_price) == (OrderStatus.FILLED, "189")
    assert [leg.status for leg in whole.legs] == [OrderStatus.NEW, OrderStatus.HELD]
    trading.cancel_order_by_id(whole.legs[0].id)
    assert trading.get_orders() == []


def test_positions(venue: Venue, trading: TradingClient) -> None:
    trading.submit_order(a_market_order())
    position = trading.get_open_position("AAPL")
    assert (position.qty, position.avg_entry_price) == ("10", "190")
    assert [one.asset_id for one in trading.get_all_positions()] == [position.asset_id]
    assert isinstance(trading.close_position("AAPL"), Order)
    assert venue.positions == {}
    trading.submit_order(a_market_order())
    (closed,) = trading.close_all_positions(cancel_orders=True)
    assert (closed.status, closed.body.side) == (200, OrderSide.SELL)
    trading.submit_order(a_bracket())
    (cancelled,) = {row.status for row in trading.cancel_orders()}
    assert cancelled == 200


def test_the_account(trading: TradingClient) -> None:
    account = trading.get_account()
    assert account.account_number.startswith("PA")
    assert (account.cash, account.buying_power, account.pattern_day_trader) == ("100000", "200000", None)
    configuration = trading.get_account_configurations()
    configuration.no_shorting = True
    assert trading.set_account_configurations(configuration).no_shorting is True
    assert trading.get_portfolio_history(GetPortfolioHistoryRequest(period="1W")).equity


def test_time_and_assets(trading: TradingClient) -> None:
    clock = trading.get_clock()
    assert clock.is_open
    assert clock.timestamp < clock.next_close < clock.next_open
    calendar = trading.get_calendar(GetCalendarRequest(start=date(2026, 3, 2), end=date(2026, 3, 6)))
    assert len(calendar) == 5
    asset = trading.get_asset("AAPL")
    assert trading.get_asset(asset.id) == asset
    assert trading.get_asset("BTCUSD").min_order_size > 0
    assert asset in trading.get_all_assets(GetAssetsRequest())


def test_activities(calls: Calls, trading: TradingClient) -> None:
    trading.submit_order(a_market_order())
    account_id = calls.ask("/v2/account")["id"]
    (fill,) = calls.ask("/v2/account/activities/FILL")
    assert TradeActivity(account_id=account_id, **fill).qty == 10


def test_refusals_are_its_errors(trading: TradingClient) -> None:
    trading.submit_order(a_bracket())
    with pytest.raises(APIError) as met:
        trading.submit_order(a_bracket())
    assert (met.value.status_code, met.value.code) == (422, 40010001)
    with pytest.raises(APIError) as met:
        trading.submit_order(a_market_order(qty=5000))
    assert (met.value.status_code, met.value.message) == (403, "insufficient buying power")


def test_market_data(stocks: StockHistoricalDataClient) -> None:
    both = ["AAPL", "MSFT"]
    assert stocks.get_stock_latest_quote(StockLatestQuoteRequest(symbol_or_symbols=both))["AAPL"].ask_price == 190.01
    assert stocks.get_stock_latest_trade(StockLatestTradeRequest(symbol_or_symbols="AAPL"))["AAPL"].price == 190
    assert stocks.get_stock_latest_bar(StockLatestBarRequest(symbol_or_symbols="MSFT"))["MSFT"].volume > 0
    snapshot = stocks.get_stock_snapshot(StockSnapshotRequest(symbol_or_symbols=both))["MSFT"]
    assert snapshot.daily_bar.timestamp == datetime(2026, 3, 3, 5, tzinfo=UTC)
    asked = StockBarsRequest(
        symbol_or_symbols=both, timeframe=TimeFrame.Day, start=datetime(2026, 2, 20, tzinfo=UTC), feed=DataFeed.IEX
    )
    bars = stocks.get_stock_bars(asked)
    assert {symbol: len(rows) for symbol, rows in bars.data.items()} == {"AAPL": 8, "MSFT": 8}


def test_coins(venue: Venue) -> None:
    client = CryptoHistoricalDataClient(url_override=venue.data_url)
    quotes = client.get_crypto_latest_quote(CryptoLatestQuoteRequest(symbol_or_symbols="BTC/USD"))
    assert 0 < quotes["BTC/USD"].bid_price < quotes["BTC/USD"].ask_price
    client._session.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_stream_of_orders(venue: Venue, trading: TradingClient, clock: Clock) -> None:
    stream = trading_stream.TradingStream(*venue.keys, url_override=venue.stream_url)
    told: list[Any] = []

    async def keep(update: Any) -> None:
        told.append(update)
        if len(told) == 3:
            await stream.stop_ws()

    stream.subscribe_trade_updates(keep)
    thread = Thread(target=stream.run)
    thread.start()
    assert venue.streams.wait_for(lambda streams: bool(streams.listeners))
    trading.submit_order(a_market_order())
    thread.join(10)
    assert [update.event for update in told] == ["pending_new", "new", "fill"]
    assert told[-1].qty == 10
    assert told[-1].order.status is OrderStatus.FILLED


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_stream_of_quotes(venue: Venue) -> None:
    stream = StockDataStream(*venue.keys, url_override=f"{venue.data_stream_url}/iex")
    told: list[Any] = []

    async def keep(quote: Any) -> None:
        told.append(quote)
        await stream.stop_ws()

    stream.subscribe_quotes(keep, "AAPL")
    thread = Thread(target=stream.run)
    thread.start()
    assert venue.streams.wait_for(lambda streams: bool(streams.subscribers("quotes", "AAPL")))
    venue.push_quote("AAPL", "189.5", "190.5")
    thread.join(10)
    assert (told[0].bid_price, told[0].timestamp.replace(microsecond=0)) == (
        189.5,
        datetime(2026, 3, 3, 15, tzinfo=UTC),
    )
