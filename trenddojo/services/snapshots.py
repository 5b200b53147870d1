"""Snapshots: what brokers say of accounts and quotes, taken now and then, so that no page ever waits for a broker.

An account's snapshot is complete or it is not taken: after a question that failed, the old figures stay and say so.
No transaction is open while a broker is asked, and what was read is written under the lease of broker I/O.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from trenddojo.brokers.errors import REMEDIES, Act, BrokerError
from trenddojo.brokers.manager import BrokerManager, Link
from trenddojo.brokers.types import EquityPoint, MarketData, NoQuote, Order, Position
from trenddojo.services import equity_histories, leases, snapshot_records, topics
from trenddojo.services.all_connections import each_connected
from trenddojo.services.connections import connection_of, link_of, require_active
from trenddojo.services.errors import Conflict
from trenddojo.services.faults import Refused
from trenddojo.services.snapshot_records import Reading
from trenddojo.store import connections
from trenddojo.store.database import db, discard
from trenddojo.store.models import BrokerConnection, User


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one connection's snapshots: how many accounts were read, and what could not be."""

    accounts: int
    errors: tuple[BrokerError, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be asked of one connection: its accounts with their ids at the broker, and the symbols it watches.

    Past equity is asked of the accounts that are `due`.
    """

    link: Link
    accounts: Mapping[UUID, str]
    due: frozenset[UUID]
    watched: frozenset[str]
    token: int


@dataclass(frozen=True, slots=True)
class _Found:
    """What came of a plan: readings and past equity by account, and the quotes."""

    readings: Mapping[UUID, Reading | BrokerError]
    quotes: Mapping[str, MarketData | NoQuote | None] | BrokerError
    pasts: Mapping[UUID, Sequence[EquityPoint] | BrokerError]


Listed = Mapping[UUID, tuple[Sequence[Position], Sequence[Order]]]
"""What a broker has just listed of accounts: what each holds, and its open orders."""


def take(manager: BrokerManager, connection_id: UUID, now: datetime, listed: Listed | None = None) -> Taken:
    """Take the snapshots of one connection; what fails is kept with them and told in the answer.

    Of accounts that are `listed`, only the figures are asked.

    Ends the caller's transaction without keeping it. Raises Conflict where another process talks to the brokers.
    """
    return _carried_out(manager, _planned(connection_id), listed or {}, now)


def take_all(manager: BrokerManager, now: datetime) -> int:
    """Take the snapshots of every connection that answers, once a day with the past equity: how many were asked.

    They are asked at the same time, so that a slow one holds no other up; one that is down or unhealthy is left to the
    manager's monitor. Raises Conflict where another process talks to the brokers.
    """
    taken = each_connected(lambda one: _carried_out(manager, _planned(one, past_at=now), {}, now))
    return len(taken)


def sync(
    manager: BrokerManager, user: User, connection_id: UUID, now: datetime, listed: Listed | None = None
) -> BrokerConnection:
    """Ask the broker now ("Sync now"), but for what it has just `listed`: the connection with new snapshots.

    Raises NotFound for somebody else's connection, Conflict for one that was ended, Refused where the broker did.
    """
    require_active(connection_of(user, connection_id))
    taken = take(manager, connection_id, now, listed)
    if taken.errors:
        raise Refused(taken.errors[0])
    return connection_of(user, connection_id)


def _planned(connection_id: UUID, past_at: datetime | None = None) -> _Plan | None:
    """What is to be asked, None where the connection was ended; no transaction is open afterwards.

    Past equity is asked only with a time `past_at`, of the accounts of which it is due then.
    """
    discard()
    token = leases.keeper().token()
    if token is None:
        raise Conflict("Another process of this server talks to the brokers at the moment. Try again in a minute.")
    connection = connections.by_id(connection_id)
    plan = None if connection is None or not connection.is_active else _plan(connection, token, past_at)
    discard()
    return plan


def _plan(connection: BrokerConnection, token: int, past_at: datetime | None) -> _Plan:
    accounts = {one.id: str(one.broker_account_id) for one in connections.accounts_of([connection.id])}
    due = frozenset() if past_at is None else equity_histories.due(accounts, past_at)
    watched = frozenset(quote.symbol for quote in connections.quotes_of([connection.id]))
    return _Plan(link_of(connection), accounts, due, watched, token)


def _carried_out(manager: BrokerManager, plan: _Plan | None, listed: Listed, now: datetime) -> Taken:
    if plan is None:
        return Taken(0, ())
    found = _asked(manager, plan, listed)
    with _writing(plan) as connection:
        if connection is not None:
            _keep(connection, found, now)
    errors = [one for one in (*found.readings.values(), found.quotes) if isinstance(one, BrokerError)]
    return Taken(len(plan.accounts), tuple(errors))


def _asked(manager: BrokerManager, plan: _Plan, listed: Listed) -> _Found:
    """What the broker says; past equity last, without which a snapshot is complete."""
    readings: dict[UUID, Reading | BrokerError] = {}
    for account, there in plan.accounts.items():
        readings[account] = _gone(readings.values()) or _read(manager, plan.link, there, listed.get(account))
    quotes = _gone(readings.values()) or _quotes(manager, plan, readings)
    return _Found(readings, quotes, {} if _gone([*readings.values(), quotes]) else _pasts(manager, plan))


@contextmanager
def _writing(plan: _Plan) -> Iterator[BrokerConnection | None]:
    """A transaction in which this process still owns the brokers; the connection, or None where it was ended.

    Raises Conflict where another process has become the owner meanwhile, whose snapshots are newer than ours.
    """
    if not leases.owns(leases.BROKERS, plan.token):
        discard()
        raise Conflict("Another process of this server has taken over the brokers. Nothing was kept.")
    connection = connections.locked(plan.link.connection_id)
    yield connection if connection is not None and connection.is_active else None
    db.session.commit()


def _gone(answers: Iterable[object]) -> BrokerError | None:
    """The error after which asking on is of no use: the connection itself is down, or hangs."""
    errors = (found for found in answers if isinstance(found, BrokerError))
    return next((error for error in errors if Act.RECONNECT in REMEDIES[error.code].acts), None)


def _read(
    manager: BrokerManager, link: Link, account_id: str, listed: tuple[Sequence[Position], Sequence[Order]] | None
) -> Reading | BrokerError:
    try:
        client = manager.client_for(link, account_id)
        info = client.get_account_info()
        held, working = listed or (client.get_positions(), client.get_open_orders())
        return Reading(info, held, working)
    except BrokerError as error:
        return error


def _quotes(
    manager: BrokerManager, plan: _Plan, readings: Mapping[UUID, Reading | BrokerError]
) -> Mapping[str, MarketData | NoQuote | None] | BrokerError:
    """The quote of every symbol that is watched or held, None for those that the broker does not know."""
    held = {one.symbol for found in readings.values() if isinstance(found, Reading) for one in found.positions}
    symbols = sorted(plan.watched | held)
    if not symbols or not plan.accounts:
        return {}
    try:
        found = manager.client_for(plan.link, next(iter(plan.accounts.values()))).get_quotes(symbols)
    except BrokerError as error:
        return error
    return {symbol: found.get(symbol) for symbol in symbols}


def _pasts(manager: BrokerManager, plan: _Plan) -> dict[UUID, Sequence[EquityPoint] | BrokerError]:
    pasts: dict[UUID, Sequence[EquityPoint] | BrokerError] = {}
    for account, there in plan.accounts.items():
        if account in plan.due:
            pasts[account] = _gone(pasts.values()) or _past(manager, plan.link, there)
    return pasts


def _past(manager: BrokerManager, link: Link, account_id: str) -> Sequence[EquityPoint] | BrokerError:
    try:
        return manager.client_for(link, account_id).get_equity_history(equity_histories.DAYS)
    except BrokerError as error:
        return error


def _keep(connection: BrokerConnection, found: _Found, now: datetime) -> None:
    readings = found.readings
    changed = {account for account, one in readings.items() if snapshot_records.keep(account, one, now)}
    changed |= {account for account, one in found.pasts.items() if equity_histories.keep(account, one, now)}
    new_prices = snapshot_records.keep_quotes(connection.id, found.quotes, now)
    if readings and all(isinstance(one, Reading) for one in readings.values()):
        connection.last_sync = max(connection.last_sync or now, now)
    if changed or new_prices:
        topics.bump(topics.connection(connection.id), *map(topics.account, changed))
