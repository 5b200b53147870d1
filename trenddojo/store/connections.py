"""Broker connections, the accounts they serve, and the quotes they watch."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import delete, func, select

from trenddojo.domain.terms import Mode
from trenddojo.store.database import db
from trenddojo.store.models import Account, BrokerConnection, Quote


def by_id(connection_id: UUID) -> BrokerConnection | None:
    """The connection with this id, as the database has it now."""
    return db.session.get(BrokerConnection, connection_id, populate_existing=True)


def locked(connection_id: UUID) -> BrokerConnection | None:
    """The connection, which nobody else writes until this transaction ends; rows may still be tied to it."""
    lock = {"key_share": True}
    return db.session.get(BrokerConnection, connection_id, with_for_update=lock, populate_existing=True)


def named(user_id: UUID, broker: str, mode: Mode, name: str) -> BrokerConnection | None:
    """The one connection of a person's with this broker, mode and name, ended or not."""
    query = select(BrokerConnection).where(BrokerConnection.user_id == user_id, BrokerConnection.broker == broker)
    return db.session.scalar(query.where(BrokerConnection.mode == mode, BrokerConnection.name == name))


def of_user(user_id: UUID) -> Sequence[BrokerConnection]:
    """A person's connections that they have not ended, by name."""
    query = select(BrokerConnection).where(BrokerConnection.user_id == user_id, BrokerConnection.is_active.is_(True))
    return db.session.scalars(query.order_by(BrokerConnection.name, BrokerConnection.id)).all()


def count(user_id: UUID) -> int:
    """How many connections a person has not ended."""
    mine = (BrokerConnection.user_id == user_id, BrokerConnection.is_active.is_(True))
    return db.session.execute(select(func.count()).select_from(BrokerConnection).where(*mine)).scalar_one()


def active() -> Sequence[BrokerConnection]:
    """Everybody's connections that have not been ended."""
    query = select(BrokerConnection).where(BrokerConnection.is_active.is_(True))
    return db.session.scalars(query.order_by(BrokerConnection.created_at, BrokerConnection.id)).all()


def accounts_of(connection_ids: Collection[UUID]) -> Sequence[Account]:
    """The accounts that these connections serve, by name, without archived ones."""
    query = select(Account).where(Account.connection_id.in_(connection_ids), Account.archived_at.is_(None))
    return db.session.scalars(query.order_by(Account.name, Account.id)).all()


def account_at(connection_id: UUID, broker_account_id: str) -> Account | None:
    """The account that stands for one account at the broker, archived or not."""
    query = select(Account).where(Account.connection_id == connection_id)
    return db.session.scalar(query.where(Account.broker_account_id == broker_account_id))


def known_ids(connection_id: UUID) -> set[str]:
    """The broker's ids of the accounts that a connection was made for, archived ones included."""
    query = select(Account.broker_account_id).where(Account.connection_id == connection_id)
    return {one for one in db.session.scalars(query) if one is not None}


def quotes_of(connection_ids: Collection[UUID]) -> Sequence[Quote]:
    """What these connections watch, by symbol."""
    query = select(Quote).where(Quote.connection_id.in_(connection_ids))
    return db.session.scalars(query.order_by(Quote.symbol, Quote.connection_id)).all()


def watch(connection_id: UUID, symbols: Collection[str]) -> None:
    """Watch these symbols too."""
    watched = {quote.symbol for quote in quotes_of([connection_id])}
    db.session.add_all(Quote(connection_id=connection_id, symbol=one) for one in sorted(set(symbols) - watched))


def unwatch(connection_id: UUID, symbol: str) -> None:
    """Watch a symbol no longer."""
    db.session.execute(delete(Quote).where(Quote.connection_id == connection_id, Quote.symbol == symbol))
