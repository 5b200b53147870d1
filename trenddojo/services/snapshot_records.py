"""How what a broker said becomes rows. A snapshot that is older in time never overwrites a newer one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from trenddojo.brokers.errors import BrokerError
from trenddojo.brokers.types import AccountInfo, MarketData, NoQuote, Order, Position
from trenddojo.domain.money import PRICE_PLACES, QUANTITY_PLACES, cents, rounded
from trenddojo.services import rate_records
from trenddojo.store import connections, snapshots
from trenddojo.store.database import Base, db
from trenddojo.store.models import AccountSnapshot, PositionSnapshot, Quote

UNKNOWN_SYMBOL = "The broker does not know this symbol."


@dataclass(frozen=True, slots=True)
class Reading:
    """All that a broker said of one account, asked at one time."""

    info: AccountInfo
    positions: Sequence[Position]
    orders: Sequence[Order]


def keep(account_id: UUID, found: Reading | BrokerError, now: datetime) -> bool:
    """Write one account's snapshot, asked at `now`; whether pages should look again.

    They should when a figure changed, and once a minute for the age that they show.
    """
    row = snapshots.fresh(account_id)
    if _is_newer(row, now):
        return False
    if isinstance(found, BrokerError):
        return _set(row, failed_at=now, error=found.message)
    before = row.taken_at
    changed = _set(row, **_figures(found.info), working_orders=[order_shown(one) for one in found.orders], error=None)
    changed |= _keep_positions(account_id, found.positions)
    rate_records.keep(account_id, found.info, now)
    row.taken_at = row.orders_taken_at = now
    row.failed_at = None
    return changed or before is None or _minute(before) != _minute(now)


def keep_first(account_id: UUID, info: AccountInfo, now: datetime) -> None:
    """Write what is known when a connection is made: the money. Positions and orders were not asked yet, which
    `orders_taken_at` tells by being empty. A snapshot that there is already stays."""
    row = snapshots.fresh(account_id)
    if row.taken_at is None:
        _set(row, **_figures(info), taken_at=now)


def keep_money(account_id: UUID, info: AccountInfo, now: datetime) -> None:
    """Write what was asked of the money alone, before an order; positions and orders keep their own age."""
    row = snapshots.fresh(account_id)
    if not _is_newer(row, now):
        _set(row, **_figures(info), taken_at=now)


def keep_quotes(
    connection_id: UUID, found: Mapping[str, MarketData | NoQuote | None] | BrokerError, now: datetime
) -> bool:
    """Write a connection's quotes, asked at `now`; whether a figure changed.

    A symbol without an answer keeps its old figures and says why; a symbol that is held becomes a watched one.
    """
    rows = {row.symbol: row for row in connections.quotes_of([connection_id])}
    if isinstance(found, BrokerError):
        return _count(_set(row, error=found.message) for row in rows.values() if not _is_newer(row, now)) > 0
    for symbol in found.keys() - rows.keys():
        rows[symbol] = Quote(connection_id=connection_id, symbol=symbol)
        db.session.add(rows[symbol])
    return _count(_keep_quote(rows[symbol], one, now) for symbol, one in found.items()) > 0


def _keep_quote(row: Quote, found: MarketData | NoQuote | None, now: datetime) -> bool:
    if _is_newer(row, now):
        return False
    row.taken_at = now
    if found is None:
        return _set(row, error=UNKNOWN_SYMBOL)
    if isinstance(found, NoQuote):
        return _set(row, error=found.why)
    return _set(
        row,
        bid=_price(found.bid),
        ask=_price(found.ask),
        last=_price(found.last),
        previous_close=_price(found.previous_close),
        volume=found.volume,
        at=found.at,
        is_delayed=found.is_delayed,
        error=None,
    )


def _keep_positions(account_id: UUID, found: Sequence[Position]) -> bool:
    """Make the positions those of `found`, all of them and no other."""
    rows = {row.symbol: row for row in snapshots.positions_of([account_id])}
    gone = rows.keys() - {one.symbol for one in found}
    for symbol in gone:
        db.session.delete(rows[symbol])
    return _count(_keep_position(account_id, rows.get(one.symbol), one) for one in found) + len(gone) > 0


def _keep_position(account_id: UUID, row: PositionSnapshot | None, found: Position) -> bool:
    figures = {
        "asset_type": found.asset_type,
        "quantity": rounded(found.quantity, QUANTITY_PLACES),
        "average_price": _price(found.average_price),
        "market_price": _price(found.market_price),
        "market_value": _money(found.market_value),
        "unrealised": _money(found.unrealised),
        "currency": found.currency,
    }
    if row is not None:
        return _set(row, **figures)
    db.session.add(PositionSnapshot(account_id=account_id, symbol=found.symbol, **figures))
    return True


def _figures(info: AccountInfo) -> dict[str, Any]:
    return {
        "currency": info.currency,
        "equity": cents(info.equity),
        "cash": cents(info.cash),
        "buying_power": cents(info.buying_power),
        "status": info.status,
    }


def order_shown(order: Order) -> dict[str, Any]:
    """A working order as pages and the API show it: decimals as text, times as ISO 8601 in UTC, legs within."""
    return {
        "order_id": order.order_id,
        "client_order_id": order.client_order_id,
        "symbol": order.symbol,
        "side": order.side.value,
        "type": order.order_type.value,
        "class": order.order_class.value,
        "time_in_force": order.time_in_force.value,
        "quantity": _text(order.quantity),
        "filled": _text(order.filled_quantity),
        "limit_price": _text(order.limit_price),
        "stop_price": _text(order.stop_price),
        "trail_amount": _text(order.trail_amount),
        "trail_percent": _text(order.trail_percent),
        "status": order.status.value,
        "raw_status": order.raw_status,
        "reason": order.reason,
        "submitted_at": order.submitted_at.isoformat(),
        "legs": [order_shown(leg) for leg in order.legs],
    }


def _set(row: Base, **values: Any) -> bool:
    """Set what differs; whether anything did."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)


def _count(changes: Iterable[bool]) -> int:
    """How many changed; unlike `any`, it looks at each."""
    return sum(changes)


def _is_newer(row: AccountSnapshot | Quote, now: datetime) -> bool:
    return row.taken_at is not None and row.taken_at > now


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _price(value: Decimal | None) -> Decimal | None:
    return None if value is None else rounded(value, PRICE_PLACES)


def _money(value: Decimal | None) -> Decimal | None:
    return None if value is None else cents(value)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
