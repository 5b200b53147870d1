"""What Alpaca's documents become, and that a document of another form is an error which says what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import responses

from tests.brokers.alpaca import told
from tests.brokers.alpaca.told import DATA, PAPER
from tests.brokers.orders import an_order
from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.errors import BrokerError, BrokerErrorCode, OutcomeUnknown
from trenddojo.brokers.types import Order, Timeframe
from trenddojo.domain.orders import OrderClass, OrderStatus, OrderType, OrderUpdate, StopLoss, TakeProfit, TimeInForce
from trenddojo.domain.terms import AssetType, Side

D = Decimal


def without(document: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != name}


# ---- what is read


def test_an_account(client: BrokerClient) -> None:
    info, balances = client.get_account_info(), client.get_balances()
    assert (info.account_id, info.equity, info.cash, info.buying_power) == (
        told.ACCOUNT_ID, D("100000.5"), D("40000.25"), D("80000.5")
    )  # fmt: skip
    assert (balances.long_value, balances.short_value, balances.settled_cash) == (D("65000.25"), D(-5000), None)
    assert told.ACCOUNT_NUMBER not in repr((info, balances))


def test_a_bracket_with_its_sleeping_exits(client: BrokerClient, alpaca: responses.RequestsMock) -> None:
    alpaca.get(f"{PAPER}/orders/{told.ORDER_ID}", json=told.bracket())
    order = client.get_order_status(told.ORDER_ID)
    assert (order.order_class, order.status, order.raw_status) == (
        OrderClass.BRACKET,
        OrderStatus.PENDING,
        "pending_new",
    )
    assert [(leg.order_type, leg.is_held, leg.parent_id) for leg in order.legs] == [
        (OrderType.LIMIT, True, order.order_id),
        (OrderType.STOP, True, order.order_id),
    ]
    assert order.submitted_at == datetime(2026, 3, 4, 15, 30, 0, 3000, tzinfo=UTC)


def test_a_stop_beside_a_working_target_guards(client: BrokerClient, alpaca: responses.RequestsMock) -> None:
    filled = told.bracket(status="filled", filled_qty="10", filled_avg_price="189")
    alpaca.get(f"{PAPER}/orders/{told.ORDER_ID}", json=filled)
    alpaca.get(f"{PAPER}/orders/{told.STOP_ID}", json=filled["legs"][1])
    assert [leg.is_held for leg in client.get_order_status(told.ORDER_ID).legs] == [False, False]
    assert client.get_order_status(told.STOP_ID).is_held is None  # alone, it does not say


def test_every_field_of_an_order_has_its_place(client: BrokerClient, alpaca: responses.RequestsMock) -> None:
    document = told.order(
        created_at="2026-03-04T15:29:59Z", submitted_at="2026-03-04T15:30:00Z", updated_at="2026-03-04T15:31:00Z",
        type="stop_limit", qty="10", filled_qty="4", filled_avg_price="188.5", limit_price="189", stop_price="187",
        trail_price="1.25", trail_percent="2.5", status="partially_filled", replaces="before", replaced_by="after",
        extended_hours=True,
    )  # fmt: skip
    alpaca.get(f"{PAPER}/orders/{told.ORDER_ID}", json=document)
    assert client.get_order_status(told.ORDER_ID) == Order(
        order_id=told.ORDER_ID,
        client_order_id="bot-7-0001",
        symbol="AAPL",
        side=Side.BUY,
        order_type=OrderType.STOP_LIMIT,
        order_class=OrderClass.SIMPLE,
        time_in_force=TimeInForce.GTC,
        quantity=D(10),
        filled_quantity=D(4),
        average_fill_price=D("188.5"),
        limit_price=D(189),
        stop_price=D(187),
        trail_amount=D("1.25"),
        trail_percent=D("2.5"),
        status=OrderStatus.PARTIALLY_FILLED,
        raw_status="partially_filled",
        reason=None,
        submitted_at=datetime(2026, 3, 4, 15, 30, tzinfo=UTC),
        updated_at=datetime(2026, 3, 4, 15, 31, tzinfo=UTC),
        replaces="before",
        replaced_by="after",
        extended_hours=True,
    )


@pytest.mark.parametrize(
    ("word", "filled", "status"),
    [
        ("pending_new", "0", OrderStatus.PENDING), ("accepted", "0", OrderStatus.PENDING),
        ("pending_review", "0", OrderStatus.PENDING), ("accepted_for_bidding", "0", OrderStatus.ACCEPTED),
        ("new", "0", OrderStatus.ACCEPTED), ("stopped", "0", OrderStatus.ACCEPTED),
        ("suspended", "0", OrderStatus.ACCEPTED), ("done_for_day", "0", OrderStatus.ACCEPTED),
        ("done_for_day", "4", OrderStatus.PARTIALLY_FILLED), ("calculated", "4", OrderStatus.PARTIALLY_FILLED),
        ("calculated", "10", OrderStatus.FILLED), ("pending_cancel", "0", OrderStatus.ACCEPTED),
        ("pending_cancel", "4", OrderStatus.PARTIALLY_FILLED), ("pending_replace", "0", OrderStatus.ACCEPTED),
        ("partially_filled", "4", OrderStatus.PARTIALLY_FILLED), ("filled", "10", OrderStatus.FILLED),
        ("canceled", "4", OrderStatus.CANCELLED), ("expired", "0", OrderStatus.EXPIRED),
        ("rejected", "0", OrderStatus.REJECTED), ("replaced", "0", OrderStatus.REPLACED),
        ("invented_tomorrow", "0", OrderStatus.UNKNOWN),
    ],
)  # fmt: skip
def test_every_status(
    client: BrokerClient, alpaca: responses.RequestsMock, word: str, filled: str, status: OrderStatus
) -> None:
    alpaca.get(f"{PAPER}/orders/{told.ORDER_ID}", json=told.order(status=word, filled_qty=filled))
    order = client.get_order_status(told.ORDER_ID)
    assert (order.status, order.raw_status, order.filled_quantity) == (status, word, D(filled))


def test_a_list_leaves_out_what_has_no_form_here(client: BrokerClient, alpaca: responses.RequestsMock) -> None:
    strange = told.order(id="a0000000-0000-4000-8000-000000000001", type="pegged")
    amount = told.order(id="a0000000-0000-4000-8000-000000000002", notional="500.25", qty=None, filled_qty="2.5")
    alpaca.get(
        f"{PAPER}/orders",
        json=[told.order(), told.several_legs(id="a0000000-0000-4000-8000-000000000003"), strange, amount],
    )
    found = client.get_open_orders()
    assert [(one.order_id[:2], one.quantity) for one in found] == [("f6", D(10)), ("a0", D("2.5"))]


def test_positions(client: BrokerClient, alpaca: responses.RequestsMock) -> None:
    bare = told.position(current_price=None, market_value=None, unrealized_pl=None)
    alpaca.get(
        f"{PAPER}/positions",
        json=[
            told.position(qty="-10", side="short"),
            told.position(symbol="BTCUSD", asset_class="crypto", qty="0.123456789"),
            told.position(symbol="AAPL260619C00200000", asset_class="us_option"),
            bare,
        ],
    )
    short, coin, option, unpriced = client.get_positions()
    assert (short.quantity, short.average_price, short.unrealised) == (D(-10), D("188.51"), D("-0.1"))
    assert (coin.symbol, coin.asset_type, coin.quantity) == ("BTC/USD", AssetType.CRYPTO, D("0.123456789"))
    assert option.asset_type is AssetType.OPTION
    assert (unpriced.market_price, unpriced.market_value, unpriced.unrealised) == (None, None, None)


def test_fills(client: BrokerClient, alpaca: responses.RequestsMock) -> None:
    coin = told.fill(id="20260304103000009::1", symbol="BTC/USD", side="sell", qty="0.1")
    short = told.fill(id="20260304103000010::1", side="sell_short")
    alpaca.get(f"{PAPER}/account/activities/FILL", json=[short, coin, told.fill()])
    first, second, third = client.get_executions().fills
    assert (first.execution_id, first.quantity, first.price, first.commission) == (
        told.fill()["id"], D(10), D("188.51"), D(0)
    )  # fmt: skip
    assert (second.side, second.commission, third.side) == (Side.SELL, None, Side.SELL)


def test_hours_and_equity(client: BrokerClient, alpaca: responses.RequestsMock) -> None:
    alpaca.get(f"{PAPER}/clock", json=told.clock())
    alpaca.get(f"{PAPER}/account/portfolio/history", json=told.equity_curve())
    hours = client.get_market_hours()
    assert (hours.is_open, hours.next_close) == (True, datetime(2026, 3, 4, 21, 0, tzinfo=UTC))
    assert [point.equity for point in client.get_equity_history(30)] == [D("99000.25"), D("100000.5")]


def test_equity_begins_with_the_first_money(client: BrokerClient, alpaca: responses.RequestsMock) -> None:
    days = [1772600400 + 86400 * number for number in range(6)]
    curve = told.equity_curve(timestamp=days, equity=[None, 0, 0.0, "500.10", None, 0])
    sent = alpaca.get(f"{PAPER}/account/portfolio/history", json=curve)
    told_by_day = [(point.at, point.equity) for point in client.get_equity_history(90)]
    assert told_by_day == [
        (datetime.fromtimestamp(days[3], UTC), D("500.10")), (datetime.fromtimestamp(days[5], UTC), D(0))
    ]  # fmt: skip
    assert "period=90D&timeframe=1D" in str(sent.calls[0].request.url)


@pytest.mark.parametrize("curve", [{"timestamp": [], "equity": []}, {"equity": [0, None, 0]}])
def test_without_money_there_is_no_equity(
    client: BrokerClient, alpaca: responses.RequestsMock, curve: dict[str, Any]
) -> None:
    alpaca.get(f"{PAPER}/account/portfolio/history", json=told.equity_curve(**curve))
    assert client.get_equity_history(90) == []


@pytest.mark.parametrize(
    "curve", [{"equity": [1]}, {"equity": ["NaN", 1, 2]}, {"timestamp": [1, 2, 10**15]}, {"timestamp": [-1, 2, 3]}]
)
def test_equity_that_does_not_add_up_is_an_error(
    client: BrokerClient, alpaca: responses.RequestsMock, curve: dict[str, Any]
) -> None:
    alpaca.get(f"{PAPER}/account/portfolio/history", json=told.equity_curve(**curve))
    with pytest.raises(BrokerError) as met:
        client.get_equity_history(90)
    assert met.value.code is BrokerErrorCode.API_ERROR


def test_quotes_of_shares_and_coins(client: BrokerClient, alpaca: responses.RequestsMock) -> None:
    stocks = alpaca.get(
        f"{DATA}/v2/stocks/snapshots",
        json={
            "AAPL": told.snapshot(),
            "MSFT": told.snapshot(latestTrade=None, latestQuote={"t": told.AT, "bp": 0, "ap": 0}),
            "NEW": {},
        },
    )
    alpaca.get(f"{DATA}/v1beta3/crypto/us/snapshots", json={"snapshots": {"BTC/USD": told.snapshot()}})
    found = client.get_quotes(["AAPL", "MSFT", "NEW", "GONE", "BTC/USD"])
    assert set(found) == {"AAPL", "MSFT", "BTC/USD"}
    apple = found["AAPL"]
    assert (apple.bid, apple.ask, apple.last) == (D("188.5"), D("188.52"), D("188.505"))
    assert (apple.previous_close, apple.volume, apple.is_delayed) == (D("190.25"), 2_500_000, False)
    assert (found["MSFT"].bid, found["MSFT"].last) == (None, D("188.4"))  # the last minute stands in for a trade
    assert "feed=iex" in str(stocks.calls[0].request.url)


def test_one_symbol_that_is_none_hides_no_other(client: BrokerClient, alpaca: responses.RequestsMock) -> None:
    alpaca.get(f"{DATA}/v2/stocks/snapshots", json={"message": "invalid symbol: NOSUCH"}, status=400)
    alpaca.get(f"{DATA}/v2/stocks/snapshots", json={"AAPL": told.snapshot()})
    assert set(client.get_quotes(["AAPL", "NOSUCH"])) == {"AAPL"}


def test_bars_over_several_pages(client: BrokerClient, alpaca: responses.RequestsMock) -> None:
    first = alpaca.get(f"{DATA}/v2/stocks/bars", json=told.bars(token="next"))
    second = alpaca.get(f"{DATA}/v2/stocks/bars", json=told.bars())
    start = datetime(2026, 3, 3, tzinfo=UTC)
    found = client.get_bars("AAPL", Timeframe.DAY, start, start + timedelta(days=3))
    assert [(bar.at.day, bar.low, bar.volume) for bar in found] == [(3, D("188.05"), 1200)] * 2
    assert "adjustment=split" in str(first.calls[0].request.url)
    assert "page_token=next" in str(second.calls[0].request.url)


@pytest.mark.parametrize(
    ("changes", "quantity", "initial", "kept"),
    [
        ({}, D(10), D(500), D(300)),
        ({"margin_requirement_long": "80"}, D(10), D(800), D(800)),
        ({}, D(-10), D(1000), D(1000)),
        ({"marginable": False}, D(10), D(1000), D(1000)),
        ({"margin_requirement_long": None}, D(10), D(500), D(300)),
    ],
)
def test_margin_by_the_assets_own_requirement(
    client: BrokerClient, alpaca: responses.RequestsMock, changes: dict[str, Any], quantity: D, initial: D, kept: D
) -> None:
    alpaca.get(f"{PAPER}/assets/AAPL", json=told.asset(**changes))
    alpaca.get(f"{DATA}/v2/stocks/snapshots", json={"AAPL": told.snapshot(latestTrade={"t": told.AT, "p": 100})})
    found = client.get_margin_requirements("AAPL", quantity)
    assert (found.initial_margin, found.maintenance_margin) == (initial, kept)


def test_risk(client: BrokerClient, alpaca: responses.RequestsMock) -> None:
    alpaca.get(f"{PAPER}/positions", json=[told.position()])
    found = client.get_risk_metrics()
    assert (found.gross_exposure, found.net_exposure) == (D("70000.25"), D("60000.25"))
    assert (found.excess_liquidity, found.unrealised) == (D("79000.5"), D("-0.1"))


# ---- what is sent

SENT: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "market": ({}, {"type": "market", "qty": "10", "time_in_force": "day"}),
    "fraction": ({"quantity": D("1.500000000")}, {"qty": "1.500000000"}),
    "stop-limit": (
        {"order_type": OrderType.STOP_LIMIT, "stop_price": D("190.10"), "limit_price": D("190.20")},
        {"type": "stop_limit", "stop_price": "190.10", "limit_price": "190.20"},
    ),
    "trail in percent": (
        {"order_type": OrderType.TRAILING_STOP, "trail_percent": D("1.5")}, {"trail_percent": "1.5"}
    ),
    "trail in money": (
        {"order_type": OrderType.TRAILING_STOP, "trail_amount": D("2"), "time_in_force": TimeInForce.GTC},
        {"trail_price": "2", "time_in_force": "gtc"},
    ),
    "at the open": ({"time_in_force": TimeInForce.OPG}, {"time_in_force": "opg"}),
    "extended": (
        {"order_type": OrderType.LIMIT, "limit_price": D(189), "extended_hours": True},
        {"extended_hours": True, "limit_price": "189"},
    ),
    "bracket": (
        {"order_type": OrderType.LIMIT, "limit_price": D(189), "stop_loss": StopLoss(stop_price=D(180)),
         "take_profit": TakeProfit(limit_price=D(200))},
        {"order_class": "bracket", "stop_loss": {"stop_price": "180"}, "take_profit": {"limit_price": "200"}},
    ),
    "oto": (
        {"stop_loss": StopLoss(stop_price=D(180), limit_price=D("179.5"))},
        {"order_class": "oto", "stop_loss": {"stop_price": "180", "limit_price": "179.5"}},
    ),
    "oco": (
        {"order_type": OrderType.LIMIT, "limit_price": D(200), "side": Side.SELL, "is_oco": True,
         "stop_loss": StopLoss(stop_price=D(180)), "time_in_force": TimeInForce.GTC},
        {"order_class": "oco", "type": "limit", "side": "sell", "take_profit": {"limit_price": "200"},
         "stop_loss": {"stop_price": "180"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "document"), SENT.values(), ids=SENT)
def test_every_kind_of_order_as_it_is_sent(
    client: BrokerClient, alpaca: responses.RequestsMock, asked: dict[str, Any], document: dict[str, Any]
) -> None:
    sent = alpaca.post(f"{PAPER}/orders", json=told.order(client_order_id="ours"))
    client.place_order(an_order(client_order_id="ours", **asked))
    import json

    body = json.loads(sent.calls[0].request.body or "")
    assert document.items() <= body.items()
    assert body["client_order_id"] == "ours"
    if body.get("order_class") == "oco":
        assert "limit_price" not in body


def test_a_change_as_it_is_sent(client: BrokerClient, alpaca: responses.RequestsMock) -> None:
    import json

    after = told.order(id="a0000000-0000-4000-8000-000000000009", replaces=told.ORDER_ID, limit_price="188")
    sent = alpaca.patch(f"{PAPER}/orders/{told.ORDER_ID}", json=after)
    answer = client.modify_order(told.ORDER_ID, OrderUpdate(client_order_id="new", limit_price=D(188)))
    assert json.loads(sent.calls[0].request.body or "") == {"client_order_id": "new", "limit_price": "188"}
    assert answer.order.replaces == told.ORDER_ID


def test_another_order_than_ours_is_no_answer(client: BrokerClient, alpaca: responses.RequestsMock) -> None:
    alpaca.post(f"{PAPER}/orders", json=told.order(client_order_id="somebody's"))
    with pytest.raises(OutcomeUnknown):
        client.place_order(an_order(client_order_id="ours"))


# ---- a changed or missing field is an error that says which

READ: dict[str, tuple[str, Callable[[], Any], Callable[[BrokerClient], object], tuple[str, ...]]] = {
    "account": (
        f"{PAPER}/account", told.account, lambda client: client.get_account_info(),
        ("id", "account_number", "status", "currency", "cash", "equity", "buying_power", "long_market_value",
         "short_market_value", "initial_margin", "maintenance_margin", "multiplier", "trading_blocked"),
    ),
    "order": (
        f"{PAPER}/orders/{told.ORDER_ID}", told.order, lambda client: client.get_order_status(told.ORDER_ID),
        ("id", "client_order_id", "created_at", "submitted_at", "updated_at", "replaced_by", "replaces", "qty",
         "filled_qty", "filled_avg_price", "order_class", "time_in_force", "limit_price", "stop_price", "status",
         "legs", "symbol", "side", "type"),
    ),
    "position": (
        f"{PAPER}/positions", lambda: [told.position()], lambda client: client.get_positions(),
        ("symbol", "asset_class", "qty", "avg_entry_price", "current_price"),
    ),
    "fill": (
        f"{PAPER}/account/activities/FILL", lambda: [told.fill()], lambda client: client.get_executions(),
        ("id", "transaction_time", "price", "qty", "side", "symbol", "order_id"),
    ),
    "clock": (
        f"{PAPER}/clock", told.clock, lambda client: client.get_market_hours(),
        ("timestamp", "is_open", "next_open", "next_close"),
    ),
}  # fmt: skip
CASES = [(kind, field) for kind, (_, _, _, fields) in READ.items() for field in fields]


@pytest.mark.parametrize(("kind", "field"), CASES)
def test_a_field_that_is_missing_is_named(
    client: BrokerClient, alpaca: responses.RequestsMock, kind: str, field: str
) -> None:
    url, made, ask, _ = READ[kind]
    document = made()
    cut = [without(document[0], field)] if isinstance(document, list) else without(document, field)
    alpaca.upsert(responses.GET, url, json=cut)
    with pytest.raises(BrokerError, match=field) as met:
        ask(client)
    assert met.value.code is BrokerErrorCode.API_ERROR


@pytest.mark.parametrize("value", ["ten", "NaN", "Infinity", "sNaN", [], {}, True, ""])
def test_an_amount_that_is_none_is_no_zero(client: BrokerClient, alpaca: responses.RequestsMock, value: Any) -> None:
    alpaca.upsert(responses.GET, f"{PAPER}/account", json=told.account(cash=value))
    with pytest.raises(BrokerError) as met:
        client.get_account_info()
    assert met.value.code is BrokerErrorCode.API_ERROR


def test_a_time_without_a_zone_is_none(client: BrokerClient, alpaca: responses.RequestsMock) -> None:
    alpaca.get(f"{PAPER}/clock", json=told.clock(timestamp="2026-03-04T10:30:00"))
    with pytest.raises(BrokerError, match="timestamp"):
        client.get_market_hours()


def test_more_fields_than_are_known_are_no_error(client: BrokerClient, alpaca: responses.RequestsMock) -> None:
    alpaca.upsert(responses.GET, f"{PAPER}/account", json=told.account(invented={"tomorrow": [1.5]}))
    assert client.get_account_info().equity == D("100000.5")


def test_the_answer_to_an_order_that_cannot_be_read_leaves_it_open(
    client: BrokerClient, alpaca: responses.RequestsMock
) -> None:
    alpaca.post(f"{PAPER}/orders", json=without(told.order(client_order_id="ours"), "status"))
    with pytest.raises(OutcomeUnknown, match="status"):
        client.place_order(an_order(client_order_id="ours"))
