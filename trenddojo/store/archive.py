"""Queries of the archive: everything that a person owns, row by row, and what an import meets that is here already."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Row,
    Select,
    Table,
    UniqueConstraint,
    and_,
    case,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from trenddojo.domain.rates import ECB
from trenddojo.store.audit import UNAUDITED
from trenddojo.store.database import db, discard, reading
from trenddojo.store.models import (
    Account,
    Attachment,
    BrokerConnection,
    ExchangeRate,
    Execution,
    Instrument,
    JournalNote,
    Order,
    PriceBar,
    Trade,
    TradeNote,
    User,
)

_AT_ONCE = 1_000
_OF_NO_ACCOUNT = (User.__tablename__, Instrument.__tablename__, BrokerConnection.__tablename__)
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


@dataclass(frozen=True, slots=True)
class Estate:
    """What a person owns, in some tables: those of their accounts, and of themselves."""

    owner: User
    tables: Sequence[Table]

    def rows(self, table: Table, names: Sequence[str]) -> Iterator[Row[Any]]:
        """The rows of a table, some of their columns each, in the order of their keys."""
        query = select(*(table.columns[name] for name in names)).where(self._has(table))
        return _streamed(query.order_by(*table.primary_key.columns))

    def writers(self) -> set[UUID]:
        """Everybody who is named in a row of the tables."""
        found: set[UUID] = set()
        for table in self.tables:
            for column in table.columns:
                if any(key.column.table.name == User.__tablename__ for key in column.foreign_keys):
                    query = select(column).where(self._has(table), column.is_not(None)).distinct()
                    found.update(db.session.scalars(query))
        return found

    def _has(self, table: Table) -> ColumnElement[bool]:
        """Whether a row belongs to the person. Raises TypeError for a table whose rows belong to nobody."""
        columns, accounts = table.columns, select(Account.id).where(Account.owner_id == self.owner.id)
        match table.name:
            case Account.__tablename__:
                return columns["owner_id"] == self.owner.id
            case Instrument.__tablename__:
                return or_(*(columns["id"].in_(traded) for traded in self._traded()))
            case ExchangeRate.__tablename__:
                shared = and_(columns["source"] == ECB, columns["quote_currency"].in_(_currencies(self.owner)))
                return or_(columns["account_id"].in_(accounts), shared)
            case _ if "account_id" in columns:
                return columns["account_id"].in_(accounts)
            case _ if "user_id" in columns:
                return columns["user_id"] == self.owner.id
            case _:
                above = _above(table)
                return above.parent.in_(select(above.column).where(self._has(above.column.table)))

    def _traded(self) -> Iterator[Select[tuple[UUID]]]:
        """The instruments that each table tells of."""
        for table in self.tables:
            if "instrument_id" in table.columns:
                yield select(table.columns["instrument_id"]).where(self._has(table))


def _above(table: Table) -> ForeignKey:
    """The key by which the rows of a table belong to those of another, and so to an account."""
    for column in table.columns:
        for key in column.foreign_keys:
            if not column.nullable and key.column.table.name not in _OF_NO_ACCOUNT:
                return key
    raise TypeError(f"nobody owns a row of {table.name}")


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


def bars_of(account: Account, realms: Sequence[str], names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The bars of what an account trades in some realms, some of their columns each; of the same bar in several, the
    one of the first of them."""
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
        if row[: len(key)] != last:
            last = tuple(row[: len(key)])
            yield tuple(row[len(key) :])


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


def known(table: Table, keys: Sequence[Sequence[Any]], columns: Sequence[str] = ()) -> set[tuple[Any, ...]]:
    """Which of some keys are there already: primary ones, or those of some columns."""
    key, found = [table.columns[name] for name in columns or table.primary_key.columns.keys()], set[tuple[Any, ...]]()
    for start in range(0, len(keys), _CHUNK // len(key)):
        chunk = keys[start : start + _CHUNK // len(key)]
        same = or_(*(and_(*(column == value for column, value in zip(key, one, strict=True))) for one in chunk))
        found.update(tuple(row) for row in db.session.execute(select(*key).where(same)))
    return found


def uniques(table: Table) -> list[list[str]]:
    """The columns of each of a table's keys, the primary one first."""
    others = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    return [one.columns.keys() for one in (table.primary_key, *others)]


def homes(table: Table, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The accounts that rows of a table belong to, by the rows' ids."""
    at, source = table, select(table.columns["id"]).select_from(table)
    while "account_id" not in at.columns:
        above = _above(at)
        at, source = above.column.table, source.join(above.column.table, above.column == above.parent)
    ordered, found = list(ids), dict[UUID, UUID]()
    for start in range(0, len(ordered), _CHUNK):
        query = source.add_columns(at.columns["account_id"]).where(
            table.columns["id"].in_(ordered[start : start + _CHUNK])
        )
        found.update((row_id, account_id) for row_id, account_id in db.session.execute(query))
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
