"""What is found wrong with an order before it is sent."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.brokers.orders import D, a_limit, an_order
from trenddojo.brokers.registry import spec_of, specs
from trenddojo.brokers.spec import Capabilities
from trenddojo.brokers.validation import problems
from trenddojo.domain.orders import OrderClass, OrderType, StopLoss, TakeProfit, TimeInForce
from trenddojo.domain.terms import AssetType, Side

EVERYTHING = spec_of("simulated").capabilities
ALPACA = spec_of("alpaca").capabilities
SCHWAB = spec_of("schwab").capabilities
NOTHING = Capabilities(
    asset_types=frozenset({AssetType.STOCK}),
    order_types=frozenset({OrderType.MARKET}),
    times_in_force=frozenset({TimeInForce.DAY}),
    order_classes=frozenset({OrderClass.SIMPLE}),
)


def stop(price: str, limit: str | None = None) -> StopLoss:
    return StopLoss(stop_price=D(price), limit_price=None if limit is None else D(limit))


def target(price: str) -> TakeProfit:
    return TakeProfit(limit_price=D(price))


@pytest.mark.parametrize("quantity", ["-10", "0", "NaN", "Infinity", "-0.5"])
@pytest.mark.parametrize("spec", specs(), ids=lambda spec: spec.name)
def test_a_quantity_must_be_above_zero(spec: Any, quantity: str) -> None:
    found = problems(spec.capabilities, an_order(quantity=D(quantity)))
    assert found.errors == {"quantity": "Invalid order quantity"}
    assert not found.is_valid


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"order_type": OrderType.LIMIT, "limit_price": D(150)},
        {"order_type": OrderType.STOP, "stop_price": D(150)},
        {"order_type": OrderType.STOP_LIMIT, "stop_price": D(150), "limit_price": D(151)},
        {"order_type": OrderType.TRAILING_STOP, "trail_amount": D("1.5")},
        {"order_type": OrderType.TRAILING_STOP, "trail_percent": D(2)},
        {"stop_loss": stop("140")},
        {"stop_loss": stop("140", "139"), "take_profit": target("170")},
        {"order_type": OrderType.LIMIT, "limit_price": D(150), "stop_loss": stop("140"), "take_profit": target("170")},
        {"side": Side.SELL, "order_type": OrderType.LIMIT, "limit_price": D(170), "stop_loss": stop("140"),
         "is_oco": True},
        {"side": Side.BUY, "order_type": OrderType.LIMIT, "limit_price": D(140), "stop_loss": stop("170"),
         "is_oco": True},
        {"side": Side.SELL, "stop_loss": stop("170"), "take_profit": target("140")},
    ],
)  # fmt: skip
def test_a_sound_order_meets_nothing(changes: dict[str, Any]) -> None:
    found = problems(EVERYTHING, an_order(**changes))
    assert found.errors == {}
    assert found.is_valid


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"order_type": OrderType.LIMIT}, "limit_price"),
        ({"limit_price": D(150)}, "limit_price"),
        ({"order_type": OrderType.LIMIT, "limit_price": D(0)}, "limit_price"),
        ({"order_type": OrderType.LIMIT, "limit_price": D("NaN")}, "limit_price"),
        ({"order_type": OrderType.STOP}, "stop_price"),
        ({"order_type": OrderType.LIMIT, "limit_price": D(150), "stop_price": D(140)}, "stop_price"),
        ({"order_type": OrderType.STOP_LIMIT, "limit_price": D(150)}, "stop_price"),
        ({"order_type": OrderType.TRAILING_STOP}, "trail_amount"),
        ({"order_type": OrderType.TRAILING_STOP, "trail_amount": D(1), "trail_percent": D(1)}, "trail_amount"),
        ({"order_type": OrderType.TRAILING_STOP, "trail_amount": D(-1)}, "trail_amount"),
        ({"order_type": OrderType.TRAILING_STOP, "trail_percent": D(100)}, "trail_percent"),
        ({"trail_amount": D(1)}, "trail_amount"),
        ({"order_type": OrderType.LIMIT, "limit_price": D("1.0000001")}, "limit_price"),
        ({"order_type": OrderType.STOP, "stop_price": D(150), "time_in_force": TimeInForce.IOC}, "time_in_force"),
        ({"order_type": OrderType.TRAILING_STOP, "trail_amount": D(1), "stop_loss": stop("140")}, "order_type"),
        ({"stop_loss": stop("0")}, "stop_loss"),
        ({"take_profit": target("-1")}, "take_profit"),
        ({"time_in_force": TimeInForce.IOC, "stop_loss": stop("140")}, "time_in_force"),
        ({"is_oco": True, "stop_loss": stop("140")}, "order_type"),
        ({"is_oco": True, "order_type": OrderType.LIMIT, "limit_price": D(150)}, "stop_loss"),
        ({"is_oco": True, "order_type": OrderType.LIMIT, "limit_price": D(140), "stop_loss": stop("150"),
          "take_profit": target("130")}, "take_profit"),
    ],
)  # fmt: skip
def test_a_missing_or_needless_price_is_told_by_its_field(changes: dict[str, Any], field: str) -> None:
    assert field in problems(EVERYTHING, an_order(**changes)).errors


@given(st.permutations([D(90), D(100), D(110)]), st.sampled_from(Side))
def test_a_brackets_prices_rise_with_a_buy_and_fall_with_a_sale(prices: list[Decimal], side: Side) -> None:
    stop_price, entry, take = prices
    request = a_limit(
        entry, side=side, stop_loss=StopLoss(stop_price=stop_price), take_profit=TakeProfit(limit_price=take)
    )
    is_in_order = stop_price < entry < take if side is Side.BUY else stop_price > entry > take
    assert problems(EVERYTHING, request).is_valid is is_in_order


def test_equal_prices_are_on_the_wrong_side() -> None:
    assert "stop_loss" in problems(EVERYTHING, a_limit(D(100), stop_loss=stop("100"))).errors


def test_a_market_entrys_exits_are_held_against_each_other() -> None:
    assert "take_profit" in problems(EVERYTHING, an_order(stop_loss=stop("150"), take_profit=target("140"))).errors


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"order_type": OrderType.LIMIT, "limit_price": D(1)}, "order_type"),
        ({"time_in_force": TimeInForce.GTC}, "time_in_force"),
        ({"stop_loss": stop("140")}, "stop_loss"),
        ({"quantity": D("1.5")}, "quantity"),
    ],
)
def test_what_a_broker_lacks_is_refused(changes: dict[str, Any], field: str) -> None:
    assert list(problems(NOTHING, an_order(**changes)).errors) == [field]


def test_schwab_has_no_immediate_or_cancel() -> None:
    found = problems(SCHWAB, an_order(time_in_force=TimeInForce.IOC))
    assert found.errors == {"time_in_force": "The broker has no IOC orders."}
    assert problems(SCHWAB, an_order(time_in_force=TimeInForce.FOK)).is_valid


def test_alpaca_holds_no_exits_with_a_stop_entry() -> None:
    request = an_order(order_type=OrderType.STOP, stop_price=D(150), stop_loss=stop("140"))
    assert problems(ALPACA, request).errors == {"order_type": "The broker takes no exits with a stop order."}
    assert problems(EVERYTHING, request).is_valid


@pytest.mark.parametrize(
    ("quantity", "changes", "is_valid"),
    [
        ("0.123456789", {}, True),
        ("0.1234567891", {}, False),
        ("1.5", {"time_in_force": TimeInForce.GTC}, False),
        ("1.5", {"stop_loss": stop("140")}, False),
        ("1.5", {"order_type": OrderType.TRAILING_STOP, "trail_amount": D(1)}, False),
        ("2.000", {"time_in_force": TimeInForce.GTC}, True),
        ("1.5", {"symbol": "BTC/USD", "time_in_force": TimeInForce.GTC}, True),
        ("1E+30", {}, True),
    ],
)
def test_alpacas_fractions_are_simple_day_orders(quantity: str, changes: dict[str, Any], is_valid: bool) -> None:
    assert problems(ALPACA, an_order(quantity=D(quantity), **changes)).is_valid is is_valid


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"time_in_force": TimeInForce.DAY}, "time_in_force"),
        ({"order_type": OrderType.STOP, "stop_price": D(1)}, "order_type"),
        ({"stop_loss": StopLoss(stop_price=D(1))}, "stop_loss"),
        ({}, None),
    ],
)
def test_a_pair_of_currencies_has_rules_of_its_own(changes: dict[str, Any], field: str | None) -> None:
    can = spec_of("alpaca").capabilities
    request = an_order(**({"symbol": "BTC/USD", "time_in_force": TimeInForce.GTC} | changes))
    assert list(problems(can, request).errors)[:1] == ([] if field is None else [field])
    assert problems(can, an_order(**({"symbol": "AAPL"} | changes))).is_valid
