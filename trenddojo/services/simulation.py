"""What a person may do to a simulated broker that nobody can do to a real one: let it fail, and begin again."""

from datetime import datetime
from uuid import UUID

from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.manager import BrokerManager, Link
from trenddojo.brokers.simulator.client import SimulatedClient
from trenddojo.domain.terms import Mode
from trenddojo.services import equity_histories, snapshots
from trenddojo.services.connections import connection_of, link_of, require_active
from trenddojo.services.errors import Conflict
from trenddojo.services.faults import Refused
from trenddojo.store import accounts, connections, simulator
from trenddojo.store.database import db, discard
from trenddojo.store.models import BrokerConnection, User


def error_of(manager: BrokerManager, connection: BrokerConnection) -> BrokerErrorCode | None:
    """The error that a connection is made to meet; None for a real one."""
    client = manager.simulator(connection.id) if connection.mode is Mode.MOCK else None
    return client.simulated_error if client else None


def simulate(
    manager: BrokerManager, user: User, connection_id: UUID, code: BrokerErrorCode | None, now: datetime
) -> BrokerConnection:
    """Let a simulated broker answer everything with this error until it is None, and ask it at once.

    Ends the caller's transaction. Raises NotFound, Conflict for a connection that is not simulated or was ended,
    Refused where it cannot be opened.
    """
    link = _link(user, connection_id)
    _client(manager, link).simulate_error(code)
    if code is None:
        _reopen(manager, link)
    snapshots.take(manager, connection_id, now)
    return connection_of(user, connection_id)


def reset(manager: BrokerManager, user: User, connection_id: UUID, now: datetime) -> BrokerConnection:
    """Forget every order, fill and position of a simulated account, which begins anew with its starting cash.

    Ends the caller's transaction. Raises as `simulate` does, and Conflict where the books hold trades or cash of the
    account: they would tell of what never was.
    """
    link = _link(user, connection_id)
    served = [one.id for one in connections.accounts_of([connection_id])]
    if any(accounts.has_records(one) for one in served):
        raise Conflict("The books hold trades or cash of this account. Connect another simulated one to begin anew.")
    discard()
    manager.disconnect(connection_id)
    simulator.clear(connection_id)
    equity_histories.forget(served)
    db.session.commit()
    _reopen(manager, link)
    return snapshots.sync(manager, user, connection_id, now)


def _link(user: User, connection_id: UUID) -> Link:
    connection = require_active(connection_of(user, connection_id))
    if connection.mode is not Mode.MOCK:
        raise Conflict("Only a simulated connection can be made to fail or reset.")
    link = link_of(connection)
    discard()
    return link


def _client(manager: BrokerManager, link: Link) -> SimulatedClient:
    found = manager.simulator(link.connection_id)
    if found is None:
        _reopen(manager, link)
        found = manager.simulator(link.connection_id)
    if found is None:
        raise Conflict("The simulated broker is not running in this process. Try again in a minute.")
    return found


def _reopen(manager: BrokerManager, link: Link) -> None:
    try:
        manager.connect(link)
    except BrokerError as error:
        raise Refused(error) from error
