"""Queries about the stops of trades that an import made: whose they are, and how assumed ones are written in bulk.

Whoever calls them holds a seat at the account. Rows pass the audit log by: who writes them notes what was written.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, delete, exists, select, update
from sqlalchemy.orm.attributes import set_committed_value

from trenddojo.domain.terms import TradeStatus
from trenddojo.store import import_books
from trenddojo.store.audit import UNAUDITED
from trenddojo.store.database import Base, db
from trenddojo.store.models import Execution, Instrument, Leg, Mark, PriceBar, Trade, TradeStop

_BEGUN = Trade.status.in_((TradeStatus.ACTIVE, TradeStatus.CLOSED))


class Stops(NamedTuple):
    """How many trades have a stop that was assumed, none at all, and one that somebody placed."""

    assumed: int
    none: int
    placed: int


def stops_of(import_id: UUID) -> Stops:
    """Whose the stops of the trades are that an import made and that count."""
    counting = Trade.import_id == import_id, Trade.deleted_at.is_(None), _BEGUN
    having = select(TradeStop.trade_id).join(Trade, Trade.id == TradeStop.trade_id).where(*counting).distinct()
    placed = with_placed_stops(db.session.scalars(having.where(TradeStop.is_assumed.is_(False))).all())
    assumed = set(db.session.scalars(having.where(TradeStop.is_assumed))) - placed
    whole = db.session.scalar(select(db.func.count()).select_from(Trade).where(*counting)) or 0
    return Stops(len(assumed), whole - len(assumed) - len(placed), len(placed))


def with_placed_stops(trade_ids: Collection[UUID]) -> set[UUID]:
    """The trades with a stop that somebody placed."""
    return {one for part in import_books.parts_of(trade_ids) for one in import_books.placed_stops(part)}


class Made(NamedTuple):
    """A trade that an import made, deleted or not: the day that it closed on, None while it is open, and how many fills
    it has."""

    id: UUID
    closed_on: date | None
    fills: int


def made_by(import_id: UUID) -> list[Made]:
    """The trades that an import made, by instrument."""
    count = db.func.count(Execution.id)
    query = select(Trade.id, Trade.closed_on, count).join(Execution, Execution.trade_id == Trade.id)
    its = query.where(Trade.import_id == import_id, _BEGUN, Execution.deleted_at.is_(None))
    return [Made(*row) for row in db.session.execute(its.group_by(Trade.id).order_by(Trade.instrument_id, Trade.id))]


class Bare(NamedTuple):
    """An entry without a stop."""

    trade_id: UUID
    instrument_id: UUID
    at: datetime


def entries_without(import_id: UUID) -> Sequence[Bare]:
    """The entries without a stop of trades that an import made and that count, by instrument."""
    query = select(Trade.id, Trade.instrument_id, Execution.at).join(Execution, Execution.trade_id == Trade.id)
    its = query.where(Trade.import_id == import_id, _BEGUN, Trade.deleted_at.is_(None), Execution.deleted_at.is_(None))
    bare = its.where(Execution.leg.is_not(None), Execution.stop.is_(None))
    return [Bare(*row) for row in db.session.execute(bare.order_by(Trade.instrument_id, Execution.at))]


# ---- written


@dataclass(frozen=True, slots=True)
class Held:
    """A trade with its records: what it trades, the fills that count in their order, its legs, and every move of its
    stops. `has_bars`, `is_marked`: prices are known of it, and some were typed."""

    trade: Trade
    instrument: Instrument
    has_bars: bool
    is_marked: bool
    executions: Sequence[Execution]
    legs: Sequence[Leg]
    stops: Sequence[TradeStop]


def held(import_id: UUID, trade_ids: Collection[UUID]) -> list[Held]:
    """Some of an import's trades, as far as they still are, without those whose stop somebody placed."""
    wanted = import_books.parts_of(set(trade_ids) - with_placed_stops(trade_ids))
    return [one for part in wanted for one in _held(import_id, part)]


def _held(import_id: UUID, ids: list[UUID]) -> Iterator[Held]:
    fills = _by_trade(Execution, ids, Execution.at, Execution.sequence, Execution.key)
    legs = _by_trade(Leg, ids, Leg.number)
    stops = _by_trade(TradeStop, ids, TradeStop.at, TradeStop.id)
    bars = exists().where(PriceBar.instrument_id == Instrument.id)
    marks = exists().where(Mark.instrument_id == Instrument.id, Mark.account_id == Trade.account_id)
    query = select(Trade, Instrument, bars, marks).join(Instrument, Instrument.id == Trade.instrument_id)
    its = query.where(Trade.id.in_(ids), Trade.import_id == import_id).order_by(Trade.id)
    for trade, instrument, has_bars, is_marked in db.session.execute(its).all():
        counting = [row for row in fills[trade.id] if row.deleted_at is None]
        if counting:
            yield Held(trade, instrument, has_bars, is_marked, counting, legs[trade.id], stops[trade.id])


def _by_trade(table: Any, ids: list[UUID], *order: Any) -> defaultdict[UUID, list[Any]]:
    found: defaultdict[UUID, list[Any]] = defaultdict(list)
    for row in db.session.scalars(select(table).where(table.trade_id.in_(ids)).order_by(*order)):
        found[row.trade_id].append(row)
    return found


@dataclass(frozen=True, slots=True)
class Anew:
    """A trade whose stops are to be others: the rows of `moves` in place of those assumed before, the stop of its first
    leg, and of each of its fills by id."""

    held: Held
    moves: Sequence[Mapping[str, Any]]
    stop: Decimal | None
    stops: Mapping[UUID, Decimal | None]


def put(changes: Sequence[Anew]) -> None:
    """Write other assumed stops; the caller settles what follows from them, and commits."""
    db.session.flush()
    for part in import_books.parts_of({one.held.trade.id for one in changes}):
        assumed = TradeStop.trade_id.in_(part), TradeStop.is_assumed
        db.session.execute(
            delete(TradeStop).where(*assumed), execution_options={UNAUDITED: True, "synchronize_session": False}
        )
    moves = {row["id"]: row for one in changes for row in one.moves}
    import_books.put(TradeStop, list(moves.values()))
    for row in (row for one in changes for row in one.held.stops if row.id in moves):
        _tell(row, moves[row.id])
    _put(Execution, [(row, one.stops[row.id]) for one in changes for row in one.held.executions])
    _put(Leg, [(one.held.legs[0], one.stop) for one in changes])


def _tell(row: Base, values: Mapping[str, Any]) -> None:
    """Let a row at hand tell what was written past the session."""
    for name, value in values.items():
        set_committed_value(row, name, value)


def _put(table: type[Base], stops: Sequence[tuple[Execution | Leg, Decimal | None]]) -> None:
    """Write rows' stops past the session, and let those at hand tell the same."""
    changed = [(row, stop) for row, stop in stops if row.stop != stop]
    if not changed:
        return
    core = cast(Table, table.__table__)
    statement = update(core).where(core.c.id == bindparam("of_row")).values(stop=bindparam("its_stop"))
    rows = [{"of_row": row.id, "its_stop": stop} for row, stop in changed]
    db.session.execute(statement, rows, execution_options={UNAUDITED: True})
    for row, stop in changed:
        _tell(row, {"stop": stop})
