"""Queries for what an account has at risk: few of them, because the ticket asks at every keystroke."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, exists, select
from sqlalchemy.orm import aliased

from trenddojo.domain.fills import Fill
from trenddojo.domain.splits import in_last_units
from trenddojo.domain.terms import Direction, TradeStatus
from trenddojo.store.database import db
from trenddojo.store.models import Account, Execution, Instrument, RiskSettings, Trade
from trenddojo.store.splits import splits_by_instrument
from trenddojo.store.trades import latest_results

_RESULTS_AT_ONCE = 20


def settings_of(account_id: UUID) -> RiskSettings:
    """An account's limits as stored; every account has them from its creation on."""
    return db.session.get_one(RiskSettings, account_id)


_ACCOUNT: BindParameter[UUID] = bindparam("account")
_HELD_AND_WORKING = (
    select(Trade, Instrument)
    .join(Instrument, Instrument.id == Trade.instrument_id)
    .where(
        Trade.account_id == _ACCOUNT,
        Trade.status.in_((TradeStatus.ACTIVE, TradeStatus.PENDING)),
        Trade.deleted_at.is_(None),
    )
)


def held_and_working(account_id: UUID) -> list[tuple[Trade, Instrument]]:
    """The account's active and pending trades with what they trade, oldest first."""
    # Ordered here: to spare itself sorting these few, SQLite would walk all the account's trades in their order.
    rows = db.session.execute(_HELD_AND_WORKING, {"account": account_id})
    found = [(trade, instrument) for trade, instrument in rows]
    return sorted(found, key=lambda pair: (pair[0].sort_at, pair[0].id))


_COLUMNS = (
    Execution.key,
    Execution.at,
    Execution.sequence,
    Execution.side,
    Execution.quantity,
    Execution.price,
    Execution.fee,
    Execution.fee_estimated,
    Execution.fx,
    Execution.leg,
    Execution.stop,
)
_FILLS = (
    select(Execution.trade_id, Trade.direction, Trade.instrument_id, *_COLUMNS)
    .join(Trade, Trade.id == Execution.trade_id)
    .where(
        Trade.account_id == _ACCOUNT,
        Trade.status == TradeStatus.ACTIVE,
        Trade.deleted_at.is_(None),
        Execution.deleted_at.is_(None),
    )
)
_LATER = aliased(Execution)


def fills_of_open_trades(account: Account, since: datetime | None = None) -> dict[UUID, list[Fill]]:
    """The fills of every active trade of an account, by trade, in no particular order and in the units of now.

    With `since`, of those trades alone that have one from then on: the others may have very many.
    """
    query = _FILLS
    if since is not None:
        lately = _LATER.trade_id == Trade.id, _LATER.at >= since, _LATER.deleted_at.is_(None)
        query = query.where(exists().where(*lately))
    found: defaultdict[UUID, list[Fill]] = defaultdict(list)
    traded: dict[UUID, tuple[Direction, UUID]] = {}
    for trade_id, direction, instrument_id, *values in db.session.execute(query, {"account": account.id}):
        found[trade_id].append(Fill(*values))
        traded[trade_id] = direction, instrument_id
    splits = splits_by_instrument(account)
    for trade_id, (direction, instrument_id) in traded.items():
        if instrument_id in splits:
            found[trade_id] = in_last_units(direction, found[trade_id], splits[instrument_id])[0]
    return dict(found)


def results_backwards(account_id: UUID) -> Iterator[Decimal]:
    """Net P&L of the account's closed trades, the last closed first, read only as far as the caller goes."""
    seen, limit = 0, _RESULTS_AT_ONCE
    while True:
        results = latest_results(account_id, limit)
        yield from results[seen:]
        if len(results) < limit:
            return
        seen, limit = limit, limit * 4
