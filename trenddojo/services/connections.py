"""Connections to brokers: made, tried, given other keys, ended. Only their owner sees them.

A broker is asked with no transaction open: what a person sent is tried first, and written down once it was accepted.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from trenddojo.brokers.errors import BrokerError
from trenddojo.brokers.manager import BrokerManager, Link
from trenddojo.brokers.registry import spec_of
from trenddojo.brokers.types import AccountInfo
from trenddojo.domain.terms import Role
from trenddojo.services import audit, connection_records, credentials, topics
from trenddojo.services.connection_forms import Draft, drafted, redrafted
from trenddojo.services.errors import FORM, Conflict, Forbidden, Invalid, NotFound
from trenddojo.services.faults import Refused
from trenddojo.services.inputs.brokers import ConnectInput
from trenddojo.store import connections
from trenddojo.store.areas import Area
from trenddojo.store.database import db, discard
from trenddojo.store.models import BrokerConnection, User
from trenddojo.store.seats import Seat

MOST_WATCHED = 50


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection that was made, what the broker said of its accounts, and the owner's seats at them."""

    connection: BrokerConnection
    accounts: tuple[AccountInfo, ...]
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """What a test found: every account that these credentials open, and which of them are connected already."""

    accounts: tuple[AccountInfo, ...]
    known: frozenset[str]


def connections_of(user: User) -> Sequence[BrokerConnection]:
    """The person's connections that they have not ended, by name."""
    return connections.of_user(user.id)


def count_of(user: User) -> int:
    """How many connections the person has not ended."""
    return connections.count(user.id)


def connection_of(user: User, connection_id: UUID) -> BrokerConnection:
    """One of the person's connections, ended or not. Raises NotFound for somebody else's."""
    found = connections.by_id(connection_id)
    if found is None or found.user_id != user.id:
        raise NotFound
    return found


def link_of(connection: BrokerConnection) -> Link:
    """What the manager knows a connection by."""
    settings = {name: str(value) for name, value in connection.settings.items()}
    return Link(connection.id, connection.user_id, connection.broker, connection.mode, settings)


def active_links() -> list[Link]:
    """Everybody's connections that have not been ended, for the monitor."""
    return [link_of(one) for one in connections.active()]


def check_all(manager: BrokerManager) -> int:
    """Let the manager look at every connection, and connect anew what is down: how many there are.

    Pages hear of those whose live events stand otherwise than at the last look.
    """
    links = active_links()
    discard()
    manager.check(links)
    topics.bump(*(topics.connection(one) for one in manager.changed_streams()))
    db.session.commit()
    return len(links)


def connect(manager: BrokerManager, user: User, entered: ConnectInput, now: datetime) -> Connected:
    """Try a connection out, then keep it, with an account for each of the broker's.

    The same person, broker, mode and name is the same connection: its credentials are replaced, and it is active again
    if it was ended; accounts that it did not have are added, and none is taken away. Ends the caller's transaction.
    Positions, orders and quotes come with the next snapshot. Raises Forbidden for a person who may only look, Invalid
    as `connection_forms.drafted` does and for accounts that the connection does not serve, Refused where the broker
    did, KeyMissing without a master key.
    """
    _may_connect(user)
    draft = drafted(entered)
    found = connections.named(user.id, draft.spec.name, draft.mode, draft.name)
    link = draft.link(found.id if found else uuid4(), user.id)
    known = connections.known_ids(link.connection_id)
    served = _tried(manager, link, draft)
    infos = _chosen(served, entered)
    _check_same(served, known)
    connection, seats = connection_records.keep(user, draft, link.connection_id, infos, now)
    _begin_anew(manager, draft.link(connection.id, connection.user_id))
    return Connected(connection, infos, seats)


def test(manager: BrokerManager, user: User, entered: ConnectInput) -> Tried:
    """What the broker would say; nothing is kept. Raises as `connect` does, whatever accounts are asked for."""
    _may_connect(user)
    draft = drafted(entered)
    found = connections.named(user.id, draft.spec.name, draft.mode, draft.name)
    known = connections.accounts_of([found.id]) if found else []
    numbers = frozenset(str(one.broker_account_id) for one in known)
    return Tried(_tried(manager, draft.link(found.id if found else uuid4(), user.id), draft), numbers)


def rotate_keys(
    manager: BrokerManager, user: User, connection_id: UUID, sent: Mapping[str, str], now: datetime
) -> BrokerConnection:
    """Other credentials for a connection, tried out first: the old ones stay where the broker refuses them.

    Ends the caller's transaction. Raises NotFound, Forbidden, Conflict for a connection that was ended, Invalid for bad
    fields and for keys of other accounts, Refused, KeyMissing.
    """
    _may_connect(user)
    connection = require_active(connection_of(user, connection_id))
    draft = redrafted(connection, sent)
    link, known = draft.link(connection.id, user.id), connections.known_ids(connection.id)
    _check_same(_tried(manager, link, draft), known)
    connection = require_active(connections.locked(connection_id))
    connection_records.renew(connection, draft, now)
    topics.bump(topics.connection(connection_id))
    db.session.commit()
    _begin_anew(manager, link)
    return connection


def reconnect(manager: BrokerManager, user: User, connection_id: UUID) -> BrokerConnection:
    """Connect now, without waiting for the monitor ("Try now").

    Ends the caller's transaction. Raises NotFound, Conflict for a connection that was ended, Refused.
    """
    link = link_of(require_active(connection_of(user, connection_id)))
    discard()
    try:
        manager.connect(link)
    except BrokerError as error:
        raise _refused(link, error) from error
    return connection_of(user, connection_id)


def disconnect(manager: BrokerManager, user: User, connection_id: UUID, now: datetime) -> BrokerConnection:
    """End a connection and forget its credentials; orders at the broker go on working, accounts and books stay.

    Done twice, it does nothing more. Raises NotFound.
    """
    connection_of(user, connection_id)
    connection = connections.locked(connection_id)
    if connection is not None and connection.is_active:
        connection_records.end(connection, now)
    db.session.commit()
    manager.disconnect(connection_id)
    return connection_of(user, connection_id)


def watch(user: User, connection_id: UUID, symbol: str) -> None:
    """Show a symbol's quotes from the next snapshot on, which also tells whether the broker knows it.

    Raises NotFound, Conflict for a connection that was ended, Invalid where too many are watched.
    """
    connection_of(user, connection_id)
    require_active(connections.locked(connection_id))
    watched = {quote.symbol for quote in connections.quotes_of([connection_id])}
    if symbol not in watched and len(watched) >= MOST_WATCHED:
        raise Invalid({"symbol": f"At most {MOST_WATCHED} symbols. Remove one first."})
    connections.watch(connection_id, [symbol])
    topics.bump(topics.connection(connection_id))
    db.session.commit()


def unwatch(user: User, connection_id: UUID, symbol: str) -> None:
    """Show a symbol no longer; one that is held comes back with the next snapshot. Raises NotFound."""
    connection_of(user, connection_id)
    connections.unwatch(connection_id, symbol)
    topics.bump(topics.connection(connection_id))
    db.session.commit()


def require_active(connection: BrokerConnection | None) -> BrokerConnection:
    """`connection`, unless it was ended, which raises Conflict."""
    if connection is None or not connection.is_active:
        raise Conflict("This connection was ended. Connect it again first.")
    return connection


def _may_connect(user: User) -> None:
    if user.role is Role.VIEWER:
        raise Forbidden("You may look at accounts, but not connect a broker.")


def _tried(manager: BrokerManager, link: Link, draft: Draft) -> tuple[AccountInfo, ...]:
    if draft.secrets:
        credentials.vault()  # without a key the broker need not be asked, and making the vault takes a while
    discard()
    try:
        return manager.try_out(link, {**draft.lent, **draft.secrets})
    except BrokerError as error:
        raise _refused(link, error) from error


def _refused(link: Link, error: BrokerError) -> Refused:
    """What the person is told, and the audit log."""
    audit.record("broker_refused", Area.BROKERS, spec_of(link.broker).label, code=error.code, mode=link.mode)
    return Refused(error)


def _chosen(served: tuple[AccountInfo, ...], entered: ConnectInput) -> tuple[AccountInfo, ...]:
    wanted = entered.wanted
    if wanted is None:
        return served
    there = [one.account_id for one in served]
    if missing := [one for one in wanted if one not in there]:
        field = "account" if entered.account else "accounts"
        raise Invalid({field: f"These credentials serve {', '.join(there)}, and not {', '.join(missing)}."})
    return tuple(one for one in served if one.account_id in wanted)


def _check_same(infos: Sequence[AccountInfo], known: set[str]) -> None:
    """The books of one account never go on with the figures of another."""
    if known and known.isdisjoint(one.account_id for one in infos):
        raise Invalid({FORM: "These credentials open another account. Give the connection another name to keep both."})


def _begin_anew(manager: BrokerManager, link: Link) -> None:
    """Connect with what was just kept. The broker accepted it a moment ago: if it fails now, the monitor goes on."""
    discard()
    with suppress(BrokerError):  # the manager has told the faults
        manager.connect(link)
