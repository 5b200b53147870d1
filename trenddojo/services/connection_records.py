"""How a connection that its broker accepted becomes rows: the connection, an account for each of the broker's, and the
symbols to watch."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from trenddojo.brokers.types import AccountInfo
from trenddojo.domain.equity import local_date
from trenddojo.domain.money import cents
from trenddojo.domain.terms import AccountType, Mode
from trenddojo.services import accounts, alerts, credentials, faults, snapshot_records, topics
from trenddojo.services.connection_forms import Draft
from trenddojo.store import connections
from trenddojo.store.accounts import lock_owner
from trenddojo.store.database import db
from trenddojo.store.models import Account, BrokerConnection, ConnectionState, User
from trenddojo.store.seats import Seat, SeatRole


def keep(
    user: User, draft: Draft, new_id: UUID, infos: Sequence[AccountInfo], now: datetime
) -> tuple[BrokerConnection, tuple[Seat, ...]]:
    """The connection of this person, broker, mode and name, made under `new_id` or brought up to date; commits."""
    lock_owner(user)
    found = connections.named(user.id, draft.spec.name, draft.mode, draft.name)
    connection = found or _new(user, draft, new_id, now)
    renew(connection, draft, now)
    is_one_of_many = len(infos) > 1 or bool(connections.known_ids(connection.id))
    seats = tuple(_seat(user, connection, info, is_one_of_many, now) for info in infos)
    if found is None:
        connections.watch(connection.id, draft.spec.watched)
    topics.bump(topics.connection(connection.id), *(topics.account(seat.account.id) for seat in seats))
    db.session.commit()
    return connection, seats


def renew(connection: BrokerConnection, draft: Draft, now: datetime) -> None:
    """Other credentials, which the broker has just accepted, within the caller's transaction."""
    credentials.keep(connection, draft.secrets, now)
    connection.settings, connection.is_active = dict(draft.settings), True
    connection.state, connection.state_since = ConnectionState.CONNECTED, now
    connection.checked_at = now
    faults.recovered(connection, now)


def end(connection: BrokerConnection, now: datetime) -> None:
    """No credentials, no troubles, no more questions, within the caller's transaction; accounts and books stay."""
    credentials.forget(connection)
    connection.is_active = False
    connection.state, connection.state_since = ConnectionState.DISCONNECTED, now
    connection.error_code = connection.error = connection.next_try_at = None
    alerts.resolve_connection(connection.id, now)
    topics.bump(topics.connection(connection.id))


def _new(user: User, draft: Draft, new_id: UUID, now: datetime) -> BrokerConnection:
    connection = BrokerConnection(
        id=new_id,
        user_id=user.id,
        broker=draft.spec.name,
        mode=draft.mode,
        name=draft.name,
        is_paper=draft.mode is not Mode.LIVE,
        settings=dict(draft.settings),
        state=ConnectionState.CONNECTING,
        state_since=now,
        created_at=now,
    )
    db.session.add(connection)
    db.session.flush()
    return connection


def _seat(user: User, connection: BrokerConnection, info: AccountInfo, is_one_of_many: bool, now: datetime) -> Seat:
    account = connections.account_at(connection.id, info.account_id)
    if account is None:
        account = _account(user, connection, info, is_one_of_many, now)
        accounts.equip(account)
    account.archived_at = None
    snapshot_records.keep_first(account.id, info, now)
    return Seat(user, account, SeatRole.OWNER)


def _account(
    user: User, connection: BrokerConnection, info: AccountInfo, is_one_of_many: bool, now: datetime
) -> Account:
    equity = cents(info.equity)
    return Account(
        owner_id=user.id,
        name=f"{connection.name} {info.account_id}" if is_one_of_many else connection.name,
        broker=connection.broker,
        account_type=AccountType.LIVE if connection.mode is Mode.LIVE else AccountType.PAPER,
        mode=connection.mode,
        connection_id=connection.id,
        broker_account_id=info.account_id,
        base_currency=info.currency,
        time_zone=user.time_zone,
        opened_on=local_date(now, ZoneInfo(user.time_zone)),
        starting_balance=equity,
        balance=equity,
        equity=equity,
        created_at=now,
    )
