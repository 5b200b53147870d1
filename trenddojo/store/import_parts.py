"""Queries about the many fills of one instrument: how they lie in time, and what of them belongs together."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased

from trenddojo.domain.round_trips import PART
from trenddojo.store.database import db
from trenddojo.store.import_books import parts_of
from trenddojo.store.models import Execution, Trade

_AT_ONCE = 1_000
"""Rows that are held at a time."""


def count_of(account_id: UUID, instrument_id: UUID) -> int:
    """How many fills an instrument has on an account, deleted ones too."""
    return db.session.scalar(_of(select(func.count()), account_id, instrument_id)) or 0


def moments_of(account_id: UUID, instrument_id: UUID) -> Iterator[datetime]:
    """When they were, in no order."""
    return (at for (at,) in _rows(_of(select(Execution.at), account_id, instrument_id)))


def spans_of_trades(account_id: UUID, instrument_id: UUID) -> Iterator[tuple[datetime, datetime]]:
    """The first and the last fill of each trade that counts."""
    query = _of(select(func.min(Execution.at), func.max(Execution.at)), account_id, instrument_id)
    counting = query.where(Execution.deleted_at.is_(None), Trade.deleted_at.is_(None))
    return ((first, last) for first, last in _rows(counting.group_by(Execution.trade_id)))


def spans_of_turns(account_id: UUID, instrument_id: UUID) -> Iterator[tuple[datetime, datetime]]:
    """The two parts of one fill that turned the position round, where somebody moved one of them in time."""
    rest = aliased(Execution)
    query = _of(select(Execution.at, rest.at), account_id, instrument_id)
    torn = query.join(rest, (rest.account_id == account_id) & (rest.key == Execution.key + PART))
    return (_span(one, other) for one, other in _rows(torn.where(rest.at != Execution.at)))


def moments_of_keys(account_id: UUID, keys: Collection[str]) -> dict[str, datetime]:
    """When the fills of an account with these keys were, deleted ones too."""
    found: dict[str, datetime] = {}
    for part in parts_of(keys):
        query = select(Execution.key, Execution.at).where(Execution.account_id == account_id, Execution.key.in_(part))
        found.update((key, at) for key, at in db.session.execute(query))
    return found


def reach_out(trade_ids: Collection[UUID], since: datetime | None, until: datetime | None) -> bool:
    """Whether any fill that counts of some trades is before one moment, or not before another."""
    beyond = [Execution.at < since] if since is not None else []
    beyond += [Execution.at >= until] if until is not None else []
    if not beyond:
        return False
    query = select(Execution.id).where(Execution.deleted_at.is_(None), or_(*beyond)).limit(1)
    return any(db.session.scalar(query.where(Execution.trade_id.in_(part))) for part in parts_of(trade_ids))


def _of(query: Select[*tuple[Any, ...]], account_id: UUID, instrument_id: UUID) -> Select[*tuple[Any, ...]]:
    joined = query.select_from(Execution).join(Trade, Trade.id == Execution.trade_id)
    return joined.where(Trade.account_id == account_id, Trade.instrument_id == instrument_id)


def _rows(query: Select[*tuple[Any, ...]]) -> Iterator[Any]:
    return iter(db.session.execute(query.execution_options(yield_per=_AT_ONCE)))


def _span(one: datetime, other: datetime) -> tuple[datetime, datetime]:
    return min(one, other), max(one, other)
