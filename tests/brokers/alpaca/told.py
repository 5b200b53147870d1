"""Alpaca's documents as its reference shows them, made up: what tests answer with, and change one thing of."""

from __future__ import annotations

from typing import Any

PAPER, DATA = "https://paper-api.alpaca.markets/v2", "https://data.alpaca.markets"
KEYS = {"api_key": "PKCANARYKEY0123456789", "secret_key": "canary-secret-0123456789"}
ACCOUNT_ID = "e6fe16f3-64a4-4921-8928-cadf02f92f98"
ACCOUNT_NUMBER = "PA3CANARY0123"
ORDER_ID = "f67b51fb-b14c-4cbf-a793-f9e5b0014d26"
TARGET_ID = "a1fbfe96-7c8c-4f2d-9d35-5b1c5a6f0a11"
STOP_ID = "f3a8f3a9-2f8e-4a0e-8b0e-6f3a9d7c1b22"
AT = "2026-03-04T15:30:00.003000311Z"


def account(**changes: Any) -> dict[str, Any]:
    return {
        "id": ACCOUNT_ID, "account_number": ACCOUNT_NUMBER, "status": "ACTIVE", "crypto_status": "ACTIVE",
        "currency": "USD", "cash": "40000.25", "equity": "100000.5", "last_equity": "99000",
        "portfolio_value": "100000.5", "long_market_value": "65000.25", "short_market_value": "-5000",
        "position_market_value": "60000.25", "buying_power": "80000.5", "regt_buying_power": "80000.5",
        "non_marginable_buying_power": "40000.25", "options_buying_power": "40000.25", "initial_margin": "35000",
        "maintenance_margin": "21000", "last_maintenance_margin": "20000", "sma": "0", "multiplier": "2",
        "accrued_fees": "0", "pending_transfer_in": "0", "pending_transfer_out": "0",
        "created_at": "2024-01-02T15:00:00Z", "trading_blocked": False, "account_blocked": False,
        "transfers_blocked": False, "trade_suspended_by_user": False, "shorting_enabled": True,
        "options_approved_level": 2, "options_trading_level": 2, **changes,
    }  # fmt: skip


def order(**changes: Any) -> dict[str, Any]:
    """A limit order that works."""
    return {
        "id": ORDER_ID, "client_order_id": "bot-7-0001", "created_at": AT, "updated_at": AT, "submitted_at": AT,
        "filled_at": None, "expired_at": None, "canceled_at": None, "failed_at": None, "replaced_at": None,
        "replaced_by": None, "replaces": None, "asset_id": "b0b6dd9d-8b9b-48a9-ba46-b9d54906e415", "symbol": "AAPL",
        "asset_class": "us_equity", "notional": None, "qty": "10", "filled_qty": "0", "filled_avg_price": None,
        "order_class": "", "order_type": "limit", "type": "limit", "side": "buy", "position_intent": "buy_to_open",
        "time_in_force": "gtc", "limit_price": "189", "stop_price": None, "status": "new", "extended_hours": False,
        "legs": None, "trail_percent": None, "trail_price": None, "hwm": None, "subtag": None, "source": None,
        "expires_at": "2026-06-02T15:30:00.003000311Z", **changes,
    }  # fmt: skip


def bracket(**changes: Any) -> dict[str, Any]:
    """An entry with its exits, as POST and a nested GET answer it."""
    exits = {"side": "sell", "position_intent": "sell_to_close", "order_class": "bracket", "status": "held"}
    target = order(id=TARGET_ID, client_order_id="their-1", limit_price="200", **exits)
    stop = order(
        id=STOP_ID, client_order_id="their-2", type="stop", order_type="stop", limit_price=None, stop_price="180",
        **exits,
    )  # fmt: skip
    return order(**({"order_class": "bracket", "status": "pending_new", "legs": [target, stop]} | changes))


def several_legs(**changes: Any) -> dict[str, Any]:
    """An option order of several legs, placed elsewhere."""
    leg = order(symbol="AAPL260619C00200000", asset_class="us_option", order_class="mleg", ratio_qty="1")
    del leg["type"], leg["order_type"]
    return order(**({"order_class": "mleg", "symbol": "", "side": "", "asset_class": "", "legs": [leg, leg]} | changes))


def position(**changes: Any) -> dict[str, Any]:
    return {
        "asset_id": "b0b6dd9d-8b9b-48a9-ba46-b9d54906e415", "symbol": "AAPL", "exchange": "NASDAQ",
        "asset_class": "us_equity", "asset_marginable": True, "qty": "10", "qty_available": "0",
        "avg_entry_price": "188.51", "side": "long", "market_value": "1885", "cost_basis": "1885.1",
        "unrealized_pl": "-0.1", "unrealized_plpc": "-0.0000530475836826", "unrealized_intraday_pl": "-0.1",
        "unrealized_intraday_plpc": "-0.0000530475836826", "current_price": "188.5", "lastday_price": "190",
        "change_today": "-0.0078947368421053", **changes,
    }  # fmt: skip


def fill(**changes: Any) -> dict[str, Any]:
    return {
        "id": "20260304103000008::6957b7dc-0673-4a87-b0e9-5f1050efd0d8", "activity_type": "FILL",
        "transaction_time": "2026-03-04T15:30:00.008Z", "type": "fill", "price": "188.51", "qty": "10", "side": "buy",
        "symbol": "AAPL", "leaves_qty": "0", "order_id": ORDER_ID, "cum_qty": "10", "order_status": "filled", **changes,
    }  # fmt: skip


def clock(**changes: Any) -> dict[str, Any]:
    return {
        "timestamp": "2026-03-04T10:30:00.123456789-05:00", "is_open": True,
        "next_open": "2026-03-05T09:30:00-05:00", "next_close": "2026-03-04T16:00:00-05:00", **changes,
    }  # fmt: skip


def asset(**changes: Any) -> dict[str, Any]:
    return {
        "id": "b0b6dd9d-8b9b-48a9-ba46-b9d54906e415", "class": "us_equity", "exchange": "NASDAQ", "symbol": "AAPL",
        "name": "Apple Inc.", "status": "active", "tradable": True, "marginable": True, "shortable": True,
        "easy_to_borrow": True, "fractionable": True, "maintenance_margin_requirement": 30,
        "margin_requirement_long": "30", "margin_requirement_short": "100",
        "attributes": ["fractional_eh_enabled", "has_options"], **changes,
    }  # fmt: skip


def equity_curve(**changes: Any) -> dict[str, Any]:
    return {
        "timestamp": [1772600400, 1772686800, 1772773200], "equity": [99000.25, None, 100000.5],
        "profit_loss": [0, None, 1000.25], "profit_loss_pct": [0, None, 0.0101], "base_value": 99000.25,
        "timeframe": "1D", "cashflow": {}, **changes,
    }  # fmt: skip


def snapshot(**changes: Any) -> dict[str, Any]:
    bar = {"t": "2026-03-04T15:29:00Z", "o": 188.1, "h": 188.9, "l": 188.05, "c": 188.4, "v": 1200, "n": 31}
    trade = {"t": "2026-03-04T15:30:01.123456789Z", "p": 188.505, "s": 100, "x": "V", "i": 7, "c": ["@"], "z": "C"}
    sides = {"bp": 188.5, "bs": 100, "bx": "V", "ap": 188.52, "as": 200, "ax": "V"}
    return {
        "latestTrade": trade, "latestQuote": {"t": "2026-03-04T15:30:01.2Z", "c": ["R"], "z": "C", **sides},
        "minuteBar": bar, "dailyBar": {**bar, "v": 2500000}, "prevDailyBar": {**bar, "c": 190.25}, **changes,
    }  # fmt: skip


def bars(symbol: str = "AAPL", token: str | None = None) -> dict[str, Any]:
    bar = {"o": 188.1, "h": 188.9, "l": 188.05, "c": 188.4, "v": 1200, "n": 31, "vw": 188.3}
    days = ("2026-03-02T05:00:00Z", "2026-03-03T05:00:00Z")
    return {"bars": {symbol: [{"t": day, **bar} for day in days]}, "next_page_token": token}
