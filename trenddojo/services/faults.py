"""The one place where a broker's trouble gets its remedy, and where a connection's state is written."""

import logging
from datetime import datetime

from trenddojo.brokers.errors import REMEDIES, Act, BrokerError, BrokerErrorCode
from trenddojo.brokers.manager import Link
from trenddojo.brokers.registry import UnknownBroker, spec_of
from trenddojo.brokers.types import ConnectionStatus
from trenddojo.services import alerts, topics
from trenddojo.services.errors import ServiceError
from trenddojo.store import connections
from trenddojo.store.database import db
from trenddojo.store.models import BrokerConnection, ConnectionState

_log = logging.getLogger(__name__)

_MENDS_ITSELF = Act.RETRY | Act.RECONNECT | Act.REAUTHENTICATE
SAFE_DETAILS = ("broker_code", "field", "reason", "request_id", "status")


class Refused(ServiceError):
    """The broker refused, failed, or could not be asked: its code, a sentence with the next step, and safe details."""

    def __init__(self, error: BrokerError) -> None:
        step = next_step(error.broker, error.code)
        super().__init__(f"{error.message} {step}")
        self.code = error.code.value
        self.status = REMEDIES[error.code].status
        self.next_step = step
        self.details = {name: error.details[name] for name in SAFE_DETAILS if name in error.details}


def next_step(broker: str, code: BrokerErrorCode) -> str:
    """What the person does about an error: the broker's own advice, or what is usual for the code."""
    try:
        return spec_of(broker).next_step(code)
    except UnknownBroker:
        return REMEDIES[code].next_step


def lasts(code: BrokerErrorCode) -> bool:
    """Whether this is trouble of the connection, which is over when it answers again, and not of one request."""
    return bool(REMEDIES[code].acts & _MENDS_ITSELF)


def handle(link: Link, error: BrokerError, what: str, now: datetime) -> None:
    """Apply the remedy of an error that was met during `what`, a phrase such as "reading positions"; commits.

    What the manager itself does (asking again, connecting anew) is not repeated here.
    """
    acts = REMEDIES[error.code].acts
    if Act.LOG in acts:
        _log.warning("%s, connection %s, %s: %s %s", link.broker, link.connection_id, what, error.code, error.message)
    connection = connections.locked(link.connection_id)
    if connection is not None and connection.is_active:
        changed = lasts(error.code) and _mark(connection, error, now)
        if Act.NOTIFY in acts:
            _tell(connection, error, now)
        if changed:
            topics.bump(topics.connection(connection.id))
    db.session.commit()


def _mark(connection: BrokerConnection, error: BrokerError, now: datetime) -> bool:
    """Write the trouble down; whether it is another than before."""
    told = (connection.error_code, connection.error, connection.state)
    connection.error_code, connection.error = error.code.value, error.message
    if Act.REAUTHENTICATE in REMEDIES[error.code].acts:
        _move(connection, ConnectionState.SIGN_IN_DUE, now)
        connection.next_try_at = None
    return told != (connection.error_code, connection.error, connection.state)


def _tell(connection: BrokerConnection, error: BrokerError, now: datetime) -> None:
    alerts.ring(
        connection.user_id,
        _key(connection, error.code),
        error.code.value,
        f"{connection.name}: {error.message}",
        next_step(connection.broker, error.code),
        now=now,
        connection_id=connection.id,
        anew=not lasts(error.code),
    )


def observed(link: Link, status: ConnectionStatus, next_try_at: datetime | None, now: datetime) -> None:
    """Write down how a connection stands; once it is well again, its lasting troubles are over. Commits."""
    connection = connections.locked(link.connection_id)
    if connection is None or not connection.is_active:
        db.session.commit()
        return
    told = (connection.state, connection.error, connection.next_try_at)
    _move(connection, _state(connection, status), now)
    connection.checked_at, connection.next_try_at = now, next_try_at
    if connection.state is ConnectionState.CONNECTED:
        recovered(connection, now)
    elif status.error is not None:
        connection.error = status.error
    if told != (connection.state, connection.error, connection.next_try_at):
        topics.bump(topics.connection(connection.id))
    db.session.commit()


def recovered(connection: BrokerConnection, now: datetime) -> None:
    """A connection answers as it should: nothing of what lasted goes on, within the caller's transaction."""
    connection.error_code = connection.error = connection.next_try_at = None
    alerts.resolve([_key(connection, code) for code in BrokerErrorCode if lasts(code)], now)


def _state(connection: BrokerConnection, status: ConnectionStatus) -> ConnectionState:
    if status.is_connected:
        return ConnectionState.CONNECTED if status.is_healthy else ConnectionState.UNHEALTHY
    due = connection.state is ConnectionState.SIGN_IN_DUE
    return ConnectionState.SIGN_IN_DUE if due else ConnectionState.DOWN


def _move(connection: BrokerConnection, state: ConnectionState, now: datetime) -> None:
    if connection.state is not state:
        connection.state, connection.state_since = state, now


def _key(connection: BrokerConnection, code: BrokerErrorCode) -> str:
    return f"{connection.id}:{code}"
