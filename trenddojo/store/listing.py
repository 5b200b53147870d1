"""The trades list: 30 rows at a time, from any place, at the same cost however many trades there are.

Pages are found by keyset: a place is the sort value and id of a row, and the next page begins beyond it in the index of
that order (account, value, id). Each account, and each status where one was asked for, is its own limited query over
its own index, and the parts are merged. Rows without a sort value come last both ways, as a second phase of the order.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import product
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, null, select, tuple_, union_all

from trenddojo.domain.equity import start_of
from trenddojo.domain.terms import Direction, ExitReason, TradeStatus
from trenddojo.store.database import db
from trenddojo.store.models import Tag, Trade, TradeTag
from trenddojo.store.seats import Seat

PAGE = 30


class Sort(StrEnum):
    """What the list can be ordered by."""

    OPENED = "opened"
    CLOSED = "closed"
    SYMBOL = "symbol"
    PNL = "pnl"
    R = "r"


class Result(StrEnum):
    """How a trade stands: its P&L above or below zero, open P&L included."""

    WINS = "wins"
    LOSSES = "losses"


@dataclass(frozen=True, slots=True)
class Filters:
    """Which trades are listed. Empty fields filter nothing; `statuses` are alternatives, all the others add up.

    `query` is how the symbol begins, in any case. `since` and `until` are local dates of each account, both included,
    of closing where the list is ordered by closing, else of opening (of a plan: of planning).
    """

    statuses: tuple[TradeStatus, ...] = ()
    direction: Direction | None = None
    setup: str = ""
    tag: str = ""
    query: str = ""
    result: Result | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """The order of the list; ids break ties in the same direction."""

    by: Sort = Sort.OPENED
    descending: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """A row's place in an order: its sort value, None where it has none, and its id."""

    value: Any
    id: UUID


class Row(NamedTuple):
    """One trade of the list. Money is in its account's base currency, prices in the instrument's."""

    id: UUID
    account_id: UUID
    symbol: str
    direction: Direction
    status: TradeStatus
    setup: str
    setup_quality: int | None
    tags: list[str]
    planned_entry: Decimal
    planned_stop: Decimal | None
    planned_quantity: Decimal
    sort_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    closed_on: date | None
    quantity: Decimal
    entered_quantity: Decimal
    average_entry: Decimal | None
    average_exit: Decimal | None
    exit_reason: ExitReason | None
    stop: Decimal | None
    last_price: Decimal | None
    pnl: Decimal | None
    r: Decimal | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list in its order. `before` and `after` are the places whence the neighbouring pages begin."""

    rows: Sequence[Row]
    before: Place | None
    after: Place | None


# Columns of the table and not of the class: rows are plain tuples, and no object is tracked for a change.
_T = Trade.__table__.c
_COLUMNS = [_T[name] for name in Row._fields]
_SORT = {
    Sort.OPENED: _T.sort_at,
    Sort.CLOSED: _T.closed_at,
    Sort.SYMBOL: _T.symbol,
    Sort.PNL: _T.pnl,
    Sort.R: _T.r,
}
_NULLABLE = {Sort.CLOSED, Sort.PNL, Sort.R}


def trades_listed(
    seats: Sequence[Seat],
    filters: Filters,
    order: Order,
    place: Place | None = None,
    *,
    backwards: bool = False,
    limit: int = PAGE,
) -> Page:
    """The page that begins after `place`, or with `backwards` ends before it; without a place the first one."""
    phases = _phases(filters, order, place, backwards)
    found = [Row._make(row) for row in _rows(seats, phases, limit + 1)]
    more, rows = len(found) > limit, found[:limit]
    if backwards:
        rows.reverse()
    first, last = (_place(rows[0], order), _place(rows[-1], order)) if rows else (None, None)
    ahead = place is not None if backwards else more
    behind = more if backwards else place is not None
    return Page(rows, before=first if behind else None, after=last if ahead else None)


def _place(row: Row, order: Order) -> Place:
    return Place(getattr(row, _SORT[order.by].name), row.id)


@dataclass(frozen=True, slots=True)
class _Phase:
    """The rows with a sort value, or those without one, from a place on, downwards or upwards."""

    filters: Filters
    by: Sort
    valued: bool
    down: bool
    place: Place | None


def _phases(filters: Filters, order: Order, place: Place | None, backwards: bool) -> Iterator[_Phase]:
    """What has to be walked: the rest of the phase that the place is in, then the other one where it follows."""
    kinds = [True, False] if order.by in _NULLABLE else [True]
    if backwards:
        kinds.reverse()
    here = kinds.index(place.value is not None) if place else 0
    down = order.descending is not backwards
    yield _Phase(filters, order.by, kinds[here], down, place)
    for valued in kinds[here + 1 :]:
        yield _Phase(filters, order.by, valued, down, None)


def _rows(seats: Sequence[Seat], phases: Iterable[_Phase], limit: int) -> Iterator[Any]:
    for phase in phases:
        query = _merged(seats, phase, limit)
        rows = db.session.execute(query).all() if query is not None else ()
        yield from rows
        limit -= len(rows)
        if not limit:
            return


def _merged(seats: Sequence[Seat], phase: _Phase, limit: int) -> Select[Any] | None:
    """One limited query over all parts, each part limited over its own index."""
    statuses = phase.filters.statuses or (None,)
    parts = [_part(seat, status, phase).limit(limit) for seat, status in product(seats, statuses)]
    if len(parts) < 2:
        return parts[0] if parts else None
    # SQLite takes no LIMIT in a term of a UNION, only in a subquery of one.
    merged = union_all(*(select(part.subquery()) for part in parts)).subquery()
    keys = [merged.c[_SORT[phase.by].name], merged.c.id] if phase.valued else [merged.c.id]
    return select(merged).order_by(*_directed(keys, phase)).limit(limit)


def _part(seat: Seat, status: TradeStatus | None, phase: _Phase) -> Select[Any]:
    few = phase.by is not Sort.OPENED and status not in (None, TradeStatus.CLOSED)
    value = _unindexed(_SORT[phase.by]) if few else _SORT[phase.by]
    keys = [value, _T.id] if phase.valued else [_T.id]
    query = select(*_COLUMNS).where(*_scope(seat, status, phase.filters, phase.by))
    if phase.by in _NULLABLE:
        query = query.where(value.is_not(None) if phase.valued else value.is_(None))
    if phase.place:
        query = query.where(_beyond(keys, phase.place, phase.down))
    return query.order_by(*_directed(keys, phase))


def _directed(keys: Iterable[ColumnElement[Any]], phase: _Phase) -> Iterator[ColumnElement[Any]]:
    return (key.desc() if phase.down else key for key in keys)


def _unindexed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The same value, for whose order no index offers itself.

    Where few trades of many are meant, those of one status other than closed, it is their status's index that finds
    them, and sorting the few is quick. SQLite would walk all trades in order instead, to pick those few.
    """
    return func.coalesce(column, null(), type_=column.type)


def _beyond(keys: Sequence[ColumnElement[Any]], place: Place, down: bool) -> ColumnElement[bool]:
    """Past a place, as one comparison of rows, which the index can seek."""
    values = [place.id] if len(keys) == 1 else [place.value, place.id]
    typed = (literal(value, key.type) for key, value in zip(keys, values, strict=True))
    left, right = tuple_(*keys), tuple_(*typed)
    return left < right if down else left > right


def _scope(seat: Seat, status: TradeStatus | None, filters: Filters, by: Sort) -> Iterator[ColumnElement[bool]]:
    yield _T.account_id == seat.account.id
    yield _T.deleted_at.is_(None)
    if status is not None:
        yield _status(status, by)
    if filters.direction is not None:
        yield _T.direction == filters.direction
    if filters.setup:
        yield _T.setup == filters.setup
    if filters.tag:
        yield _tagged(seat.account.id, filters.tag)
    if filters.query:
        yield from _begins(filters.query.upper())
    if filters.result is not None:
        yield _T.pnl > 0 if filters.result is Result.WINS else _T.pnl < 0
    yield from _within(seat, filters, _T.closed_at if by is Sort.CLOSED else _T.sort_at)


def _status(status: TradeStatus, by: Sort) -> ColumnElement[bool]:
    """The status; of closed trades, which are most, in a form that leaves the choice to the index of the order."""
    if status is TradeStatus.CLOSED and by is not Sort.OPENED:
        return _unindexed(_T.status) == status
    return _T.status == status


def _begins(text: str) -> Iterator[ColumnElement[bool]]:
    """A symbol that begins with `text`: bounds that an index can seek in any collation, and the condition itself."""
    yield _T.symbol >= text
    yield _T.symbol <= text + "z" * 32
    yield func.substr(_T.symbol, 1, len(text)) == text


def _tagged(account_id: UUID, name: str) -> ColumnElement[bool]:
    tag = select(Tag.id).where(Tag.account_id == account_id, Tag.name == name).scalar_subquery()
    return select(TradeTag.trade_id).where(TradeTag.trade_id == _T.id, TradeTag.tag_id == tag).exists()


def _within(seat: Seat, filters: Filters, column: ColumnElement[Any]) -> Iterator[ColumnElement[bool]]:
    if filters.since is not None:
        yield column >= start_of(filters.since, seat.zone)
    if filters.until is not None:
        yield column < start_of(filters.until + timedelta(days=1), seat.zone)
