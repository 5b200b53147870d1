"""Queries of imports about the books: what is there of an instrument, and rows written and removed in bulk.

Whoever calls them holds a seat at the account. Rows pass the audit log by: who writes them notes what was written.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, cast
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import Select, Table, delete, func, insert, or_, select

from trenddojo.domain.equity import local_date
from trenddojo.domain.fills import FIRST_LEG
from trenddojo.domain.terms import Direction, ExitReason, Side, TradeStatus
from trenddojo.store.audit import UNAUDITED
from trenddojo.store.database import Base, db
from trenddojo.store.models import (
    AccountDay,
    Attachment,
    CashMovement,
    ChecklistResponse,
    ExchangeRate,
    Execution,
    Import,
    Instrument,
    Leg,
    Mark,
    Order,
    PriceBar,
    Trade,
    TradeDayRow,
    TradeEvent,
    TradeNote,
    TradeStop,
)

LABELLED = "labelled"
"""The event of a trade that a statement brought words for: which import and fill, the note's id, and the tags."""
SPLIT = "split"
"""The event of a trade that follows from a split that it lived through, and so does the stop named after it."""
CHANGED = "a change by hand"
_ROWS = 1_000
"""Rows that are handed to the database, or taken from it, at once."""
_CHUNK = 400
"""Values named in one query: below what SQLite takes as parameters."""


class StoredFill(NamedTuple):
    """A fill of the books with its trade, deleted or not."""

    id: UUID
    trade_id: UUID
    key: str
    at: datetime
    sequence: int
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_estimated: bool
    fx: Decimal
    leg: int | None
    stop: Decimal | None
    exit_reason: ExitReason | None
    order_id: UUID | None
    import_id: UUID | None
    root_id: str | None
    revision: int
    created_by: UUID
    created_at: datetime
    deleted_at: datetime | None
    trade_deleted_at: datetime | None

    @property
    def counts(self) -> bool:
        """Whether it is part of the books."""
        return self.deleted_at is None and self.trade_deleted_at is None


class StoredTrade(NamedTuple):
    """A trade of the books, as far as imports ask."""

    id: UUID
    import_id: UUID | None
    direction: Direction
    opened_at: datetime | None
    closed_on: date | None
    review: str


_FILLS = select(*(getattr(Execution, name) for name in StoredFill._fields[:-1]), Trade.deleted_at).join(
    Trade, Trade.id == Execution.trade_id
)
_UNLIKE = frozenset({"id", "key", "at", "sequence"})
"""The columns whose values are each fill's own."""
_ORDER = (Execution.at, Execution.sequence, Execution.key)


def imports_of(account_id: UUID) -> Sequence[Import]:
    """Every import of an account."""
    return db.session.scalars(select(Import).where(Import.account_id == account_id)).all()


def currencies_with_rates() -> set[str]:
    """Every currency of which rates are kept."""
    found = set(db.session.scalars(select(ExchangeRate.base_currency).distinct()))
    return found | set(db.session.scalars(select(ExchangeRate.quote_currency).distinct()))


def instruments_traded(account_id: UUID, symbol: str) -> Sequence[Instrument]:
    """What an account has traded under a symbol."""
    traded = select(Trade.instrument_id).where(Trade.account_id == account_id, Trade.symbol == symbol)
    return db.session.scalars(select(Instrument).where(Instrument.id.in_(traded)).order_by(Instrument.id)).all()


def fills_of(
    account_id: UUID, instrument_id: UUID, since: datetime | None = None, until: datetime | None = None
) -> list[StoredFill]:
    """Every fill of an instrument on an account in order, deleted ones too, from one moment on and before another."""
    query = _FILLS.where(Trade.account_id == account_id, Trade.instrument_id == instrument_id)
    if since is not None:
        query = query.where(Execution.account_id == account_id, Execution.at >= since)
    if until is not None:
        query = query.where(Execution.account_id == account_id, Execution.at < until)
    return list(_shared(_streamed(query)))


def _streamed(query: Select[*tuple[Any, ...]]) -> Iterable[Sequence[Any]]:
    return db.session.execute(query.order_by(*_ORDER), execution_options={"yield_per": _ROWS})


def _shared(rows: Iterable[Sequence[Any]]) -> Iterator[StoredFill]:
    """Fills, of which there may be very many: what comes again in a column is one object."""
    seen: list[dict[Any, Any] | None] = [None if name in _UNLIKE else {} for name in StoredFill._fields]
    for row in rows:
        pairs = zip(row, seen, strict=True)
        yield StoredFill._make(value if known is None else known.setdefault(value, value) for value, known in pairs)


def fills_between(
    account_id: UUID, instrument_id: UUID, since: datetime, until: datetime | None, *, of_many: bool
) -> Iterator[StoredFill]:
    """The same from one moment to another, both included.

    Of an instrument with very many they are found by their time, `of_many`; else by its trades, which are fewer than
    what else the account traded meanwhile.
    """
    query = _FILLS.where(Trade.account_id == account_id, Trade.instrument_id == instrument_id, Execution.at >= since)
    if of_many:
        query = query.where(Execution.account_id == account_id)
    if until is not None:
        query = query.where(Execution.at <= until)
    return map(StoredFill._make, _streamed(query))


def trades_at(trade_ids: Collection[UUID]) -> list[StoredTrade]:
    """Some trades, those left out that are deleted."""
    query = select(*(getattr(Trade, name) for name in StoredTrade._fields)).where(Trade.deleted_at.is_(None))
    rows = (row for part in parts_of(trade_ids) for row in db.session.execute(query.where(Trade.id.in_(part))))
    return [StoredTrade._make(row) for row in rows]


def kept_keys(account_id: UUID, keys: Collection[str]) -> dict[str, str]:
    """Which of these keys fills of the account have, deleted ones too, each with its trade's symbol."""
    found = {}
    for part in parts_of(keys):
        query = select(Execution.key, Trade.symbol).join(Trade, Trade.id == Execution.trade_id)
        found.update(
            dict(db.session.execute(query.where(Execution.account_id == account_id, Execution.key.in_(part))).all())
        )
    return found


def marks_of(account_id: UUID, instrument_id: UUID) -> Sequence[tuple[Decimal, datetime, Decimal]]:
    """Every price typed for an instrument on an account, with its time and rate, oldest first."""
    query = select(Mark.price, Mark.at, Mark.fx).where(
        Mark.account_id == account_id, Mark.instrument_id == instrument_id
    )
    return [(price, at, fx) for price, at, fx in db.session.execute(query.order_by(Mark.at, Mark.id))]


def has_bars(instrument_id: UUID) -> bool:
    """Whether any bar of an instrument is known."""
    return (
        db.session.scalar(select(PriceBar.instrument_id).where(PriceBar.instrument_id == instrument_id).limit(1))
        is not None
    )


# ---- what people did since


def hand_made(trade_ids: Collection[UUID]) -> dict[UUID, str]:
    """What people or orders added to trades that imports made, in a few words; the others are left out."""
    found: dict[UUID, str] = {}
    for part in parts_of(trade_ids):
        for trade_id, what in worked_on(part):
            found.setdefault(trade_id, what)
    return found


def worked_on(ids: Sequence[UUID]) -> Iterator[tuple[UUID, str]]:
    """The same of a few hundred trades, each thing by itself."""
    brought = {(event.trade_id, event.detail["note"]) for event in labels_of(ids)}
    for note_id, trade_id in db.session.execute(
        select(TradeNote.id, TradeNote.trade_id).where(TradeNote.trade_id.in_(ids))
    ):
        if (trade_id, str(note_id)) not in brought:
            yield trade_id, "a note"
    events = select(TradeEvent.trade_id).where(TradeEvent.trade_id.in_(ids), TradeEvent.kind.not_in((LABELLED, SPLIT)))
    yield from ((one, CHANGED) for one in db.session.scalars(events))
    yield from ((one, "a picture") for one in _trades_in(Attachment, ids))
    yield from ((one, "a leg") for one in _trades_in(Leg, ids, Leg.number > 1))
    yield from ((one, "a stop") for one in placed_stops(ids))
    yield from ((one, "an order") for one in _trades_in(Order, ids))
    yield from ((one, "a checklist") for one in _trades_in(ChecklistResponse, ids))
    yield from ((one, "a fill of its own") for one in _trades_in(Execution, ids, Execution.import_id.is_(None)))
    labelled = or_(Trade.setup != "", Trade.setup_quality.is_not(None), Trade.market_condition != "", Trade.label != "",
                   Trade.timeframe != "", Trade.correlation_group != "")  # fmt: skip
    yield from ((one, "a label") for one in db.session.scalars(select(Trade.id).where(Trade.id.in_(ids), labelled)))


def placed_stops(ids: Sequence[UUID]) -> Sequence[UUID]:
    """Of a few hundred trades those with a stop that neither a rule assumed nor a split made of one that it did."""
    splits = db.session.scalars(select(TradeEvent.id).where(TradeEvent.trade_id.in_(ids), TradeEvent.kind == SPLIT))
    followed = [uuid5(event_id, f"stop {FIRST_LEG}") for event_id in splits]
    return _trades_in(TradeStop, ids, TradeStop.is_assumed.is_(False), TradeStop.id.not_in(followed))


def _trades_in(table: Any, ids: Sequence[UUID], *conditions: Any) -> Sequence[UUID]:
    return db.session.scalars(select(table.trade_id).where(table.trade_id.in_(ids), *conditions)).all()


def labels_of(trade_ids: Collection[UUID]) -> list[TradeEvent]:
    """What statements wrote about trades."""
    found: list[TradeEvent] = []
    for part in parts_of(trade_ids):
        query = select(TradeEvent).where(TradeEvent.trade_id.in_(part), TradeEvent.kind == LABELLED)
        found += db.session.scalars(query.order_by(TradeEvent.at, TradeEvent.id))
    return found


def fill_with_key(account_id: UUID, key: str) -> Execution | None:
    """The fill of an account that was recorded under a key."""
    return db.session.scalar(select(Execution).where(Execution.account_id == account_id, Execution.key == key))


def has_note(trade_id: UUID, body: str) -> bool:
    """Whether a trade has a note of exactly these words."""
    same = TradeNote.trade_id == trade_id, TradeNote.body == body
    return db.session.scalar(select(TradeNote.id).where(*same).limit(1)) is not None


def days_of(trade_ids: Collection[UUID]) -> set[date]:
    """Every date that trades have days of, or closed on."""
    found: set[date] = set()
    for part in parts_of(trade_ids):
        found.update(db.session.scalars(select(TradeDayRow.on).where(TradeDayRow.trade_id.in_(part))))
        closed = select(Trade.closed_on).where(Trade.id.in_(part), Trade.closed_on.is_not(None))
        found.update(on for on in db.session.scalars(closed) if on is not None)
    return found


# ---- writing


def put(table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows, all with the same columns."""
    statement = insert(cast(Table, table.__table__))
    for start in range(0, len(rows), _ROWS):  # one trade may have very many
        db.session.execute(statement, rows[start : start + _ROWS], execution_options={UNAUDITED: True})


def remove_trades(trade_ids: Collection[UUID]) -> None:
    """Remove trades with all that belongs to them."""
    for part in parts_of(trade_ids):
        _delete(Trade, Trade.id.in_(part))


def remove_fills(fill_ids: Collection[UUID]) -> None:
    """Remove fills."""
    for part in parts_of(fill_ids):
        _delete(Execution, Execution.id.in_(part))


def remove_cash(movement_ids: Collection[UUID]) -> None:
    """Remove movements of cash."""
    for part in parts_of(movement_ids):
        _delete(CashMovement, CashMovement.id.in_(part))


def _delete(table: type[Base], where: Any) -> None:
    db.session.execute(delete(table).where(where), execution_options={UNAUDITED: True, "synchronize_session": False})


# ---- cash


def cash_with(account_id: UUID, keys: Collection[str]) -> dict[str, UUID | None]:
    """Which of these keys movements of the account have, deleted ones too, each with its import."""
    found: dict[str, UUID | None] = {}
    for part in parts_of(keys):
        query = select(CashMovement.key, CashMovement.import_id).where(CashMovement.key.in_(part))
        rows = db.session.execute(query.where(CashMovement.account_id == account_id))
        found.update({str(key): import_id for key, import_id in rows})
    return found


def cash_on(account_id: UUID, dates: Collection[date]) -> list[CashMovement]:
    """Every movement of some dates, deleted ones too, in the order in which they were recorded."""
    found: list[CashMovement] = []
    for part in parts_of(dates):
        query = select(CashMovement).where(CashMovement.account_id == account_id, CashMovement.on.in_(part))
        found += db.session.scalars(query.order_by(CashMovement.created_at, CashMovement.id))
    return found


# ---- what came of an import


def dates_of(account_id: UUID) -> list[date]:
    """Every date on which the account's days may have something to tell, in order."""
    columns = (
        (AccountDay.on, AccountDay.account_id),
        (TradeDayRow.on, TradeDayRow.account_id),
        (CashMovement.on, CashMovement.account_id),
    )
    found = {
        on for on_, whose in columns for on in db.session.scalars(select(on_).where(whose == account_id).distinct())
    }
    closed = select(Trade.closed_on).where(Trade.account_id == account_id, Trade.closed_on.is_not(None)).distinct()
    return sorted(found | {on for on in db.session.scalars(closed) if on is not None})


def first_brought(import_id: UUID, zone: ZoneInfo) -> date | None:
    """The first day of which an import brought fills or cash; None where it brought nothing."""
    at = db.session.scalar(select(func.min(Execution.at)).where(Execution.import_id == import_id))
    on = db.session.scalar(select(func.min(CashMovement.on)).where(CashMovement.import_id == import_id))
    return min((day for day in (on, at and local_date(at, zone)) if day is not None), default=None)


def has_brought(import_id: UUID) -> bool:
    """Whether anything in the books is from an import."""
    tables = (Execution, CashMovement)
    return any(db.session.scalar(select(one.id).where(one.import_id == import_id).limit(1)) for one in tables)


def made_and_joined(import_id: UUID) -> tuple[int, int]:
    """How many trades an import made, and in how many others it has fills."""
    brought = select(Execution.trade_id).where(Execution.import_id == import_id).distinct().subquery()
    whole = db.session.scalar(select(func.count()).select_from(brought)) or 0
    made = (
        select(func.count())
        .select_from(Trade)
        .where(Trade.import_id == import_id, Trade.status != TradeStatus.CANCELLED)
    )
    own = db.session.scalar(made.where(Trade.id.in_(select(brought.c.trade_id)))) or 0
    return own, whole - own


def parts_of(values: Collection[Any]) -> Iterator[list[Any]]:
    """Values in order, as many at a time as one query names."""
    ordered = sorted(values)
    return (ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK))
