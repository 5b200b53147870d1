"""Queries of the archive: everything that a person owns, row by row, and what an import meets that is here already."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Table, and_, case, func, insert, or_, select, text, update

from trenddojo.domain.rates import ECB
from trenddojo.store.audit import UNAUDITED
from trenddojo.store.database import Base, db, discard, reading
from trenddojo.store.models import (
    Account,
    Attachment,
    BrokerConnection,
    ExchangeRate,
    Execution,
    ImportMapping,
    Instrument,
    JournalNote,
    Mark,
    Order,
    PriceBar,
    SavedView,
    StockSplit,
    Trade,
    TradeNote,
    User,
)

_AT_ONCE = 1_000
_CHUNK = 400
"""Ids named in one query: below what SQLite takes as parameters."""


@contextmanager
def snapshot() -> Iterator[None]:
    """All queries inside see the database as it was at the first of them; nothing is written, and nobody waits."""
    discard()
    with reading():
        if db.engine.dialect.name == "postgresql":
            db.session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        try:
            yield
        finally:
            discard()


def _streamed(query: Select[Any]) -> Iterator[Row[Any]]:
    with db.session.execute(query.execution_options(yield_per=_AT_ONCE)) as found:
        yield from found


# ---- what a person owns


def accounts_of(owner_id: UUID) -> Sequence[Account]:
    """A person's accounts, archived ones included, by id."""
    return db.session.scalars(select(Account).where(Account.owner_id == owner_id).order_by(Account.id)).all()


def rows_of(owner: User, model: type[Base], names: Sequence[str]) -> Iterator[Row[Any]]:
    """The rows of a table that belong to a person, some of their columns each, in the order of their keys."""
    table = model.metadata.tables[model.__tablename__]
    query = select(*(table.columns[name] for name in names)).where(_belongs(owner, table))
    return _streamed(query.order_by(*table.primary_key.columns))


def _belongs(owner: User, table: Table) -> ColumnElement[bool]:
    accounts = select(Account.id).where(Account.owner_id == owner.id)
    columns = table.columns
    match table.name:
        case Account.__tablename__:
            return columns["owner_id"] == owner.id
        case SavedView.__tablename__ | ImportMapping.__tablename__:
            return columns["user_id"] == owner.id
        case Instrument.__tablename__:
            traded = select(Trade.instrument_id).where(Trade.account_id.in_(accounts))
            return or_(
                columns["id"].in_(traded),
                columns["id"].in_(select(Mark.instrument_id).where(Mark.account_id.in_(accounts))),
                columns["id"].in_(select(StockSplit.instrument_id).where(StockSplit.account_id.in_(accounts))),
            )
        case ExchangeRate.__tablename__:
            return or_(
                columns["account_id"].in_(accounts),
                and_(columns["source"] == ECB, columns["quote_currency"].in_(_currencies(owner))),
            )
        case _ if "account_id" in columns:
            return columns["account_id"].in_(accounts)
        case _ if "trade_id" in columns:
            return columns["trade_id"].in_(select(Trade.id).where(Trade.account_id.in_(accounts)))
        case _:
            return columns["order_id"].in_(select(Order.id).where(Order.account_id.in_(accounts)))


def _currencies(owner: User) -> set[str]:
    """What the person's accounts and totals are in, and the dollar, over which rates are made."""
    return {"USD", owner.currency or "USD", *(account.base_currency for account in accounts_of(owner.id))}


def connections_of(owner_id: UUID) -> Sequence[BrokerConnection]:
    """The connections that a person's accounts belong to, by id."""
    used = select(Account.connection_id).where(Account.owner_id == owner_id)
    return db.session.scalars(
        select(BrokerConnection).where(BrokerConnection.id.in_(used)).order_by(BrokerConnection.id)
    ).all()


def names_of(ids: Collection[UUID]) -> list[tuple[UUID, str]]:
    """Some people and what they are called, by id."""
    query = select(User.id, User.name).where(User.id.in_(ids)).order_by(User.id)
    return [(user_id, name) for user_id, name in db.session.execute(query)]


def writers_in(owner: User, models: Collection[type[Base]]) -> set[UUID]:
    """Everybody who is named in a person's rows of some tables."""
    found: set[UUID] = set()
    for model in models:
        table = model.metadata.tables[model.__tablename__]
        for column in table.columns:
            if any(key.column.table.name == User.__tablename__ for key in column.foreign_keys):
                query = select(column).where(_belongs(owner, table), column.is_not(None)).distinct()
                found.update(db.session.scalars(query))
    return found


def bars_of(account: Account, realms: Sequence[str], names: Sequence[str]) -> Iterator[Row[Any]]:
    """The bars of what an account trades in some realms; of the same bar in several, the one of the first of them."""
    traded = select(Trade.instrument_id).where(Trade.account_id == account.id)
    place = case({realm: number for number, realm in enumerate(realms)}, value=PriceBar.realm)
    key = (PriceBar.instrument_id, PriceBar.timeframe, PriceBar.start)
    query = (
        select(*key, *(getattr(PriceBar, name) for name in names))
        .where(PriceBar.instrument_id.in_(traded), PriceBar.realm.in_(realms))
        .order_by(*key, place)
    )
    last: tuple[Any, ...] = ()
    for row in _streamed(query):
        if row[:3] != last:
            yield row
        last = row[:3]


def counts(owner_id: UUID) -> dict[str, int]:
    """How many rows of the main tables a person owns, deleted ones included, by the table's name."""
    accounts = select(Account.id).where(Account.owner_id == owner_id)
    found = {Account.__tablename__: len(accounts_of(owner_id))}
    for model in (Trade, Execution, Order, JournalNote, Attachment):
        query = select(func.count()).select_from(model).where(model.account_id.in_(accounts))
        found[model.__tablename__] = db.session.scalar(query) or 0
    notes = select(func.count()).select_from(TradeNote).join(Trade, Trade.id == TradeNote.trade_id)
    found[TradeNote.__tablename__] = db.session.scalar(notes.where(Trade.account_id.in_(accounts))) or 0
    return found


# ---- what an import meets


def known(table: Table, keys: Sequence[Sequence[Any]]) -> set[tuple[Any, ...]]:
    """Which of some primary keys are there already."""
    columns, found = tuple(table.primary_key.columns), set[tuple[Any, ...]]()
    for start in range(0, len(keys), _CHUNK // len(columns)):
        chunk = keys[start : start + _CHUNK // len(columns)]
        same = or_(*(and_(*(column == value for column, value in zip(columns, key, strict=True))) for key in chunk))
        found.update(tuple(row) for row in db.session.execute(select(*columns).where(same)))
    return found


def homes(table: Table, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The accounts that rows of a table belong to, by the rows' ids."""
    home = table.columns["account_id" if "account_id" in table.columns else "id"]
    ordered, found = list(ids), dict[UUID, UUID]()
    for start in range(0, len(ordered), _CHUNK):
        query = select(table.columns["id"], home).where(table.columns["id"].in_(ordered[start : start + _CHUNK]))
        found.update((row_id, account_id) for row_id, account_id in db.session.execute(query))
    return found


def traders_of(accounts: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """The instruments that each account trades, of some accounts."""
    found: dict[UUID, set[UUID]] = {account_id: set() for account_id in accounts}
    query = select(Trade.account_id, Trade.instrument_id).where(Trade.account_id.in_(accounts)).distinct()
    for account_id, instrument_id in db.session.execute(query):
        found[account_id].add(instrument_id)
    return found


def add(table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Write new rows past the audit log, which whoever calls tells of them; all have the same columns.

    Raises IntegrityError where one is there already, or refers to what is not there.
    """
    db.session.execute(insert(table), rows, execution_options={UNAUDITED: True})


def link(table: Table, rows: Sequence[tuple[UUID, dict[str, Any]]]) -> None:
    """Let rows that are new refer to others of their table."""
    for row_id, values in rows:
        statement = update(table).where(table.columns["id"] == row_id).values(values)
        db.session.execute(statement, execution_options={UNAUDITED: True})
