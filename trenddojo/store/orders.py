"""Queries about orders. Whoever calls them holds a seat at the account, or follows it at its broker.

Those that every pass or every order asks are written once, with parameters: to build one costs as much as to run it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, and_, bindparam, exists, func, not_, or_, select, text
from sqlalchemy.orm import aliased

from trenddojo.domain.order_states import OrderRole, OrderState, SyncStatus
from trenddojo.domain.terms import AssetType, Side, TradeStatus
from trenddojo.store.database import db
from trenddojo.store.models import (
    Account,
    AccountSync,
    Execution,
    Instrument,
    Leg,
    Order,
    OrderAttempt,
    OrderEvent,
    PositionCheck,
    Trade,
)
from trenddojo.store.models.orders import ASKED
from trenddojo.store.seats import Seat

_ASKED = text(f"({ASKED})")
LIVE = tuple(state for state in OrderState if not state.is_final)
"""States of orders that may still come to something."""
_WORKING = tuple(state for state in OrderState if state.is_working)
_ADDING = tuple(role for role in OrderRole if role.adds_risk)
_ACCOUNT: BindParameter[UUID] = bindparam("account")
_TRADE: BindParameter[UUID] = bindparam("trade")
_ORDER: BindParameter[UUID] = bindparam("order")
_SYMBOL: BindParameter[str] = bindparam("symbol")
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_STATES: BindParameter[Any] = bindparam("states", expanding=True)
_ROLES: BindParameter[Any] = bindparam("roles", expanding=True)
_FRESH = {"populate_existing": True}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a list ends: its last order's time and id."""

    at: datetime
    id: UUID


def lock_account(account_id: UUID) -> Account:
    """Make this transaction the only one that changes the account's orders and books, and read it anew."""
    return db.session.get_one(Account, account_id, with_for_update=True, populate_existing=True)


def order_at(seats: Iterable[Seat], order_id: UUID) -> tuple[Seat, Order] | None:
    """The order and the seat at its account; None where none of `seats` may see it."""
    by_account = {seat.account.id: seat for seat in seats}
    found = by_id(order_id)
    return None if found is None or found.account_id not in by_account else (by_account[found.account_id], found)


def by_id(order_id: UUID) -> Order | None:
    """An order as the database has it now."""
    return db.session.get(Order, order_id, populate_existing=True)


_WITH_KEY = select(Order).where(Order.account_id == _ACCOUNT, Order.key == bindparam("key"))


def with_key(account_id: UUID, key: UUID) -> Order | None:
    """The order that a request with this key made."""
    return db.session.scalar(_WITH_KEY, {"account": account_id, "key": key})


_AT_BROKER = select(Order).where(Order.account_id == _ACCOUNT, Order.broker_order_id.in_(_IDS))


def at_broker(account_id: UUID, broker_order_ids: Collection[str]) -> dict[str, Order]:
    """The account's orders by the broker's id."""
    if not broker_order_ids:
        return {}
    found = db.session.scalars(_AT_BROKER, {"account": account_id, "ids": list(broker_order_ids)})
    return {str(order.broker_order_id): order for order in found}


_UNDER_OUR_ID = select(Order).where(Order.account_id == _ACCOUNT, Order.client_order_id.in_(_IDS))


def under_our_id(account_id: UUID, client_order_ids: Collection[str]) -> dict[str, Order]:
    """The account's orders by our own id."""
    if not client_order_ids:
        return {}
    found = db.session.scalars(_UNDER_OUR_ID, {"account": account_id, "ids": list(client_order_ids)})
    return {str(order.client_order_id): order for order in found}


_OF_TRADE = select(Order).where(Order.trade_id == _TRADE).order_by(Order.created_at, Order.id)


def of_trade(trade_id: UUID) -> Sequence[Order]:
    """A trade's orders, oldest first, each followed by its exits."""
    return db.session.scalars(_OF_TRADE, {"trade": trade_id}, execution_options=_FRESH).all()


def of_trades(trade_ids: Collection[UUID]) -> Sequence[Order]:
    """The orders of several trades, oldest first."""
    if not trade_ids:
        return ()
    query = select(Order).where(Order.trade_id.in_(trade_ids)).order_by(Order.created_at, Order.id)
    return db.session.scalars(query).all()


_EXTERNAL_EXITS = (
    select(Order)
    .where(
        Order.account_id == _ACCOUNT,
        Order.role == OrderRole.EXTERNAL,
        Order.trade_id.is_(None),
        Order.symbol == _SYMBOL,
        Order.side == bindparam("side"),
        Order.state.in_(LIVE),
    )
    .order_by(Order.created_at, Order.id)
)


def external_exits(account_id: UUID, symbol: str, side: Side) -> Sequence[Order]:
    """Live orders that were placed elsewhere, belong to no trade, and would close a position in `symbol`."""
    return db.session.scalars(_EXTERNAL_EXITS, {"account": account_id, "symbol": symbol, "side": side}).all()


_LEGS_OF = select(Order).where(Order.parent_id == _ORDER).order_by(Order.created_at, Order.id)


def legs_of(order_id: UUID) -> Sequence[Order]:
    """The exits that came with an order, oldest first."""
    return db.session.scalars(_LEGS_OF, {"order": order_id}).all()


def successor_of(order_id: UUID) -> Order | None:
    """The order that took the place of another."""
    return db.session.scalar(select(Order).where(Order.replaces_id == order_id))


def live(account_id: UUID) -> Sequence[Order]:
    """The account's orders that may still come to something, oldest first."""
    query = select(Order).where(Order.account_id == account_id, Order.state.in_(LIVE))
    return db.session.scalars(query.order_by(Order.created_at, Order.id)).all()


def live_with_trades(account_id: UUID) -> list[tuple[Order, Trade | None]]:
    """The account's orders that may still come to something, oldest first, each with its trade."""
    query = (
        select(Order, Trade)
        .outerjoin(Trade, Trade.id == Order.trade_id)
        .where(Order.account_id == account_id, Order.state.in_(LIVE))
        .order_by(Order.created_at, Order.id)
    )
    return [(order, trade) for order, trade in db.session.execute(query)]


_IN_STATES = (
    select(Order).where(Order.account_id == _ACCOUNT, Order.state.in_(_STATES)).order_by(Order.created_at, Order.id)
)


def in_states(account_id: UUID, *states: OrderState) -> Sequence[Order]:
    """The account's orders in one of these states, oldest first."""
    return db.session.scalars(_IN_STATES, {"account": account_id, "states": states}).all()


def accounts_with_live(account_ids: Collection[UUID]) -> set[UUID]:
    """Which of these accounts have orders that may still come to something."""
    query = select(Order.account_id).where(Order.account_id.in_(account_ids), Order.state.in_(LIVE)).distinct()
    return set(db.session.scalars(query))


_ENTRIES_WITH_LEGS = (
    select(Order, Leg)
    .join(Leg, and_(Leg.trade_id == Order.trade_id, Leg.number == func.coalesce(Order.leg, 1)))
    .where(Order.account_id == _ACCOUNT, Order.state.in_(LIVE), Order.role.in_(_ADDING))
    .order_by(Order.created_at, Order.id)
)


def entries_with_legs(account_id: UUID) -> Sequence[tuple[Order, Leg]]:
    """The account's orders that may still add risk, each with the leg of its trade that it fills."""
    return [(order, leg) for order, leg in db.session.execute(_ENTRIES_WITH_LEGS, {"account": account_id})]


_TRACKED = (
    "id",
    "version",
    "state",
    "client_order_id",
    "broker_order_id",
    "parent_id",
    "order_class",
    "quantity",
    "limit_price",
    "stop_price",
    "trail_amount",
    "trail_percent",
    "raw_status",
    "is_held",
    "needs_legs",
    "pending_op",
    "filled_quantity",
    "filled_before",
    "broker_filled",
    "broker_updated_at",
    "missing_since",
    "claimed_at",
    "claimed_token",
    "created_at",
    "submitted_at",
)
"""The columns that a pass compares with what the broker says."""
_COLUMNS = Order.__table__.c
_MINE = select(*(_COLUMNS[name] for name in _TRACKED)).where(_COLUMNS.account_id == _ACCOUNT)
_LIVE_ROWS, _ASKED_ROWS = _MINE.where(_COLUMNS.state.in_(LIVE)), _MINE.where(_ASKED)


def tracked(account_id: UUID) -> list[dict[str, Any]]:
    """The account's orders that a pass has questions about: live ones, those whose exits are unknown, and those of
    which the broker tells more fills than it has shown. Plain rows: a thousand of them are read at every pass."""
    found = [row for query in (_LIVE_ROWS, _ASKED_ROWS) for row in db.session.execute(query, {"account": account_id})]
    rows = {row.id: dict(zip(_TRACKED, row, strict=True)) for row in found}
    return sorted(rows.values(), key=lambda row: (row["created_at"], row["id"]))


_FILLED = select(Order.broker_filled, Order.filled_quantity, Order.filled_before).where(
    Order.account_id == _ACCOUNT, _ASKED
)


def lacks_fills(account_id: UUID) -> bool:
    """Whether the broker tells of fills on the account that are not booked."""
    rows = db.session.execute(_FILLED, {"account": account_id})
    return any(row.broker_filled > row.filled_quantity + row.filled_before for row in rows)


_KNOWN_IDS = select(Order.broker_order_id).where(Order.account_id == _ACCOUNT, Order.broker_order_id.in_(_IDS))


def known_ids(account_id: UUID, broker_order_ids: Collection[str]) -> set[str]:
    """Which of these ids of the broker's are ours already."""
    found = db.session.scalars(_KNOWN_IDS, {"account": account_id, "ids": list(broker_order_ids)})
    return {str(one) for one in found}


def listed(
    seats: Iterable[Seat],
    *,
    states: Collection[OrderState] = (),
    trade_id: UUID | None = None,
    symbol: str | None = None,
    before: Place | None = None,
    limit: int = 50,
) -> Sequence[Order]:
    """Orders that these seats may see, newest first; those before `before`."""
    query = select(Order).where(Order.account_id.in_([seat.account.id for seat in seats]))
    if states:
        query = query.where(Order.state.in_(states))
    if trade_id is not None:
        query = query.where(Order.trade_id == trade_id)
    if symbol:
        query = query.where(Order.symbol == symbol)
    if before is not None:
        same = and_(Order.created_at == before.at, Order.id < before.id)
        query = query.where(or_(Order.created_at < before.at, same))
    return db.session.scalars(query.order_by(Order.created_at.desc(), Order.id.desc()).limit(limit)).all()


def counts(seats: Iterable[Seat], *, symbol: str | None = None) -> dict[OrderState, int]:
    """How many orders these seats may see, by state; of one symbol, if asked."""
    query = select(Order.state, func.count()).where(Order.account_id.in_([seat.account.id for seat in seats]))
    if symbol:
        query = query.where(Order.symbol == symbol)
    return dict(db.session.execute(query.group_by(Order.state)).all())


def events_of(order_ids: Collection[UUID]) -> Sequence[OrderEvent]:
    """What happened to these orders, in time."""
    query = select(OrderEvent).where(OrderEvent.order_id.in_(order_ids))
    return db.session.scalars(query.order_by(OrderEvent.at, OrderEvent.order_id, OrderEvent.number)).all()


def attempts_of(order_id: UUID) -> Sequence[OrderAttempt]:
    """The requests that were made about an order, oldest first."""
    query = select(OrderAttempt).where(OrderAttempt.order_id == order_id).order_by(OrderAttempt.number)
    return db.session.scalars(query).all()


_NEWEST_ATTEMPT = (
    select(OrderAttempt).where(OrderAttempt.order_id == _ORDER).order_by(OrderAttempt.number.desc()).limit(1)
)


def open_attempt(order_id: UUID) -> OrderAttempt | None:
    """The newest request about an order."""
    return db.session.scalar(_NEWEST_ATTEMPT, {"order": order_id})


def sync_of(account_id: UUID) -> AccountSync | None:
    """How far the account has been followed."""
    return db.session.get(AccountSync, account_id, populate_existing=True)


_CHECKS = select(PositionCheck).where(PositionCheck.account_id == _ACCOUNT)


def checks_of(account_id: UUID) -> dict[str, PositionCheck]:
    """The symbols of which the account holds something outside of our books, or otherwise than they say."""
    found = db.session.scalars(_CHECKS, {"account": account_id}, execution_options=_FRESH)
    return {row.symbol: row for row in found}


def held_outside(account_ids: Collection[UUID]) -> Sequence[PositionCheck]:
    """What these accounts hold outside of our books, by symbol."""
    query = select(PositionCheck).where(PositionCheck.account_id.in_(account_ids), PositionCheck.outside != 0)
    return db.session.scalars(query.order_by(PositionCheck.symbol, PositionCheck.account_id)).all()


# ---- executions


_FILLS_WITH = select(Execution).where(
    Execution.account_id == _ACCOUNT,
    or_(
        Execution.key.in_(bindparam("keys", expanding=True)), Execution.root_id.in_(bindparam("roots", expanding=True))
    ),
)


def fills_with(account_id: UUID, keys: Collection[str], roots: Collection[str]) -> Sequence[Execution]:
    """The account's executions with these keys, or of these roots."""
    return db.session.scalars(_FILLS_WITH, {"account": account_id, "keys": list(keys), "roots": list(roots)}).all()


_FILLS_OF = (
    select(Execution)
    .where(Execution.order_id == _ORDER, Execution.deleted_at.is_(None))
    .order_by(Execution.at, Execution.sequence, Execution.key)
)


def fills_of(order_id: UUID) -> Sequence[Execution]:
    """The fills of an order that count, oldest first."""
    return db.session.scalars(_FILLS_OF, {"order": order_id}).all()


_NO_OPTION = Trade.instrument_id == Instrument.id, Instrument.asset_type != AssetType.OPTION
"""An option has its underlying's symbol in the books, and is not what a broker calls by it."""
_LEDGER = select(Trade.symbol, Trade.direction, Trade.quantity).where(
    Trade.account_id == _ACCOUNT, Trade.status == TradeStatus.ACTIVE, *_NO_OPTION
)


def ledger(account_id: UUID) -> dict[str, Decimal]:
    """What the account holds by our books, in units by symbol, negative for a short: all its open trades but those of
    options, deleted ones too, because money that moved does not come back. Closed trades are flat."""
    held: defaultdict[str, Decimal] = defaultdict(Decimal)
    for symbol, direction, quantity in db.session.execute(_LEDGER, {"account": account_id}):
        held[symbol] += direction.sign * quantity
    return {symbol: quantity for symbol, quantity in held.items() if quantity}


_OPEN_TRADES = select(Trade).where(Trade.account_id == _ACCOUNT, Trade.status == TradeStatus.ACTIVE)
_NAMED = Trade.symbol == _SYMBOL, Trade.deleted_at.is_(None), *_NO_OPTION
_OPEN_TRADE_NAMED = _OPEN_TRADES.where(*_NAMED).order_by(Trade.opened_at)


def open_trade_named(account_id: UUID, symbol: str) -> Trade | None:
    """The account's open trade in what its broker calls `symbol`."""
    return db.session.scalars(_OPEN_TRADE_NAMED, {"account": account_id, "symbol": symbol}).first()


_HAS_ORDERS = or_(exists().where(Order.trade_id == Trade.id), Trade.broker_sync_status == SyncStatus.IMPORTED)
_WITH_ORDERS = _OPEN_TRADES.where(_HAS_ORDERS).order_by(Trade.sort_at, Trade.id)
_ONE_WITH_ORDERS = _WITH_ORDERS.where(Trade.id == _TRADE)


def trades_with_orders(account_id: UUID, only: UUID | None = None) -> Sequence[Trade]:
    """The account's open trades that an order was sent for or that were imported, oldest first; of those one, if
    asked."""
    if only is None:
        return db.session.scalars(_WITH_ORDERS, {"account": account_id}).all()
    return db.session.scalars(_ONE_WITH_ORDERS, {"account": account_id, "trade": only}).all()


_PARENT = aliased(Order)
_WAITS = and_(_PARENT.role.in_(_ADDING), _PARENT.state.in_(LIVE))
_WITHOUT_POSITION = (
    select(Order)
    .join(Trade, Trade.id == Order.trade_id)
    .outerjoin(_PARENT, _PARENT.id == Order.parent_id)
    .where(
        Order.account_id == _ACCOUNT,
        Order.state.in_(_WORKING),
        Order.role.in_(_ROLES),
        Order.pending_op.is_(None),
        Trade.quantity == 0,
        or_(Order.parent_id.is_(None), not_(_WAITS)),
    )
    .order_by(Order.created_at, Order.id)
)


def exits_without_position(account_id: UUID, roles: Collection[OrderRole]) -> Sequence[Order]:
    """Working orders in these roles whose trade holds nothing, but for exits that wait for an entry which lives."""
    return db.session.scalars(_WITHOUT_POSITION, {"account": account_id, "roles": list(roles)}).all()
