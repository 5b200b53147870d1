"""The trading host's JSON documents: amounts are strings, what is unset is null."""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from tests.brokers.alpaca.venue import hours
from tests.brokers.alpaca.venue.account import Account, Configuration, Entry, Fill
from tests.brokers.alpaca.venue.assets import Asset
from tests.brokers.alpaca.venue.figures import Figures
from tests.brokers.alpaca.venue.orders import ZERO, Order
from tests.brokers.alpaca.venue.prices import Prices
from tests.brokers.alpaca.venue.times import NEW_YORK, eastern, exact, short
from trenddojo.brokers.simulator.sessions import Session

Document = dict[str, Any]


@lru_cache(1 << 12)
def text(value: Decimal | None, places: int = 9) -> str | None:
    """Without an exponent and without zeros at the end."""
    if value is None:
        return None
    shown = f"{round(value, places):f}"
    shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
    return "0" if shown == "-0" else shown


def order_document(order: Order, *, nested: bool = False) -> Document:
    """`legs` is null unless nested, and for an order without any."""
    legs = [order_document(leg) for leg in order.legs] if nested and order.legs else None
    return {
        "id": order.id,
        "client_order_id": order.client_order_id,
        "created_at": exact(order.submitted_at),
        "updated_at": exact(order.updated_at),
        "submitted_at": exact(order.submitted_at),
        "filled_at": exact(order.filled_at),
        "expired_at": exact(order.expired_at),
        "expires_at": exact(order.expires_at),
        "canceled_at": exact(order.canceled_at),
        "failed_at": exact(order.failed_at),
        "replaced_at": exact(order.replaced_at),
        "replaced_by": order.replaced_by,
        "replaces": order.replaces,
        "asset_id": order.asset_id,
        "symbol": order.symbol,
        "asset_class": order.asset_class,
        "notional": text(order.notional),
        "qty": text(order.qty),
        "filled_qty": text(order.filled_qty),
        "filled_avg_price": text(order.average_price),
        "order_class": order.order_class,
        "order_type": order.type,
        "type": order.type,
        "side": order.side,
        "position_intent": order.position_intent,
        "time_in_force": order.time_in_force,
        "limit_price": text(order.limit_price),
        "stop_price": text(order.stop_price),
        "status": order.status,
        "extended_hours": order.extended_hours,
        "legs": legs,
        "trail_percent": text(order.trail_percent),
        "trail_price": text(order.trail_price),
        "hwm": text(order.hwm),
        "subtag": None,
        "source": None,
    }


def account_document(account: Account, figures: Figures, now: datetime) -> Document:
    equity = text(figures.equity, 2)
    long_value, short_value = figures.long_value, figures.short_value
    return {
        "id": account.id,
        "account_number": account.number,
        "status": account.status,
        "crypto_status": "ACTIVE",
        "currency": "USD",
        "cash": text(figures.cash),
        "equity": equity,
        "last_equity": text(figures.equity_at(hours.previous_close(now)), 2),
        "portfolio_value": equity,
        "long_market_value": text(long_value),
        "short_market_value": text(short_value),
        "position_market_value": text(long_value - short_value),
        "buying_power": text(figures.buying_power, 2),
        "regt_buying_power": text(figures.buying_power, 2),
        "non_marginable_buying_power": text(figures.non_marginable_buying_power, 2),
        "options_buying_power": text(figures.non_marginable_buying_power, 2),
        "initial_margin": text(figures.initial_margin, 2),
        "maintenance_margin": text(figures.maintenance_margin, 2),
        "last_maintenance_margin": "0",
        "sma": equity,
        "multiplier": str(figures.multiplier),
        "accrued_fees": "0",
        "pending_transfer_in": "0",
        "pending_transfer_out": "0",
        "created_at": short(account.created_at),
        "trading_blocked": False,
        "account_blocked": False,
        "transfers_blocked": False,
        "trade_suspended_by_user": account.configuration.suspend_trade,
        "shorting_enabled": figures.multiplier > 1 and not account.configuration.no_shorting,
        "options_approved_level": 3,
        "options_trading_level": 3,
    }


def configuration_document(configuration: Configuration) -> Document:
    return asdict(configuration)


def asset_document(asset: Asset) -> Document:
    is_easy, is_crypto = asset.easy_to_borrow, asset.is_crypto
    told = {
        "id": asset.id,
        "class": asset.asset_class,
        "exchange": asset.exchange,
        "symbol": asset.symbol,
        "name": asset.name,
        "status": asset.status,
        "tradable": asset.tradable,
        "marginable": asset.marginable,
        "shortable": asset.shortable,
        "easy_to_borrow": is_easy,
        "fractionable": asset.fractionable,
        "maintenance_margin_requirement": 30 if asset.marginable else 100,
        "margin_requirement_long": "30" if asset.marginable else "100",
        "margin_requirement_short": "30" if asset.marginable else "100",
        "borrow_status": "easy_to_borrow" if is_easy else "hard_to_borrow",
        "attributes": list(asset.attributes),
    }
    coin = {"min_order_size": "0.000012", "min_trade_increment": "0.000000001", "price_increment": "0.01"}
    return told | coin if is_crypto else told


def position_document(account: Account, figures: Figures, prices: Prices, asset: Asset, now: datetime) -> Document:
    holding, price = account.holdings[asset.symbol], prices.price(asset.symbol)
    last_close, since = prices.previous_close(asset.symbol), hours.previous_close(now)
    value, gain = holding.qty * price, holding.qty * price - holding.cost
    before = figures.held_at(asset.symbol, since) * last_close
    today = value - before - figures.spent_since(asset.symbol, since)
    return {
        "asset_id": asset.id,
        "symbol": asset.symbol.replace("/", ""),
        "exchange": asset.exchange,
        "asset_class": asset.asset_class,
        "asset_marginable": asset.marginable,
        "qty": text(holding.qty),
        "qty_available": text(account.available(asset.symbol) * (1 if holding.qty > 0 else -1)),
        "avg_entry_price": text(holding.average),
        "side": "long" if holding.qty > 0 else "short",
        "market_value": text(value),
        "cost_basis": text(holding.cost),
        "unrealized_pl": text(gain),
        "unrealized_plpc": text(_share(gain, abs(holding.cost)), 16),
        "unrealized_intraday_pl": text(today),
        "unrealized_intraday_plpc": text(_share(today, abs(value - today)), 16),
        "current_price": text(price),
        "lastday_price": text(last_close),
        "change_today": text(_share(price - last_close, last_close), 16),
    }


def activity_document(activity: Fill | Entry) -> Document:
    return fill_document(activity) if isinstance(activity, Fill) else _entry_document(activity)


def fill_document(fill: Fill) -> Document:
    return {
        "id": fill.id,
        "activity_type": "FILL",
        "transaction_time": short(fill.at),
        "type": "partial_fill" if fill.leaves_qty else "fill",
        "price": text(fill.price),
        "qty": text(fill.qty),
        "side": fill.side,
        "symbol": fill.symbol,
        "leaves_qty": text(fill.leaves_qty),
        "order_id": fill.order_id,
        "cum_qty": text(fill.cum_qty),
        "order_status": fill.order_status,
    }


def clock_document(now: datetime) -> Document:
    session, following = hours.SESSIONS.session_at(now), hours.SESSIONS.next_after(now)
    return {
        "timestamp": eastern(now, digits=True),
        "is_open": session is not None,
        "next_open": eastern(following.open),
        "next_close": eastern((session or following).close),
    }


def calendar_row(session: Session, settlement: Session) -> Document:
    opened, close = session.open.astimezone(NEW_YORK), session.close.astimezone(NEW_YORK)
    return {
        "date": session.day.isoformat(),
        "open": f"{opened:%H:%M}",
        "close": f"{close:%H:%M}",
        "session_open": "0400",
        "session_close": f"{hours.dusk(session).astimezone(NEW_YORK):%H%M}",
        "settlement_date": settlement.day.isoformat(),
    }


def _entry_document(entry: Entry) -> Document:
    told = {
        "id": entry.id,
        "activity_type": entry.activity_type,
        "date": entry.at.astimezone(NEW_YORK).date().isoformat(),
        "net_amount": text(entry.net_amount),
        "description": entry.description,
        "status": entry.status,
    }
    extras = {"symbol": entry.symbol, "qty": text(entry.qty), "per_share_amount": text(entry.per_share_amount)}
    return told | {name: value for name, value in extras.items() if value is not None}


def _share(part: Decimal, whole: Decimal) -> Decimal:
    return part / whole if whole else ZERO
