"""When each account is followed: fast while its orders work or are in doubt, slowly otherwise, and when asked for."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

from flask import Flask, current_app

from trenddojo.brokers.errors import BrokerError
from trenddojo.brokers.manager import BrokerManager
from trenddojo.domain.terms import Mode
from trenddojo.services import snapshots
from trenddojo.services.connections import connection_of, require_active
from trenddojo.services.errors import Conflict
from trenddojo.services.faults import Refused
from trenddojo.services.orders import engine
from trenddojo.services.orders.desk import Desk, desk_of
from trenddojo.services.orders.nudges import nudges
from trenddojo.services.orders.passes import Passed
from trenddojo.store import connections, orders
from trenddojo.store.database import db, discard
from trenddojo.store.models import Account, BrokerConnection, ConnectionState, User
from trenddojo.store.seats import Seat

EXTENSION = "order_rounds"
_AT_ONCE = 32
_FAST = {Mode.MOCK: timedelta(seconds=1)}
_FAST_ELSEWHERE = timedelta(seconds=5)
_SLOW = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did: accounts asked, and those whose broker did not answer."""

    asked: int
    wrote: int
    failed: int


class Last:
    """When each account was last followed by this process; nothing of it has to outlive it."""

    def __init__(self) -> None:
        self._at: dict[UUID, datetime] = {}
        self._lock = Lock()

    def take(self, account_id: UUID, every: timedelta, now: datetime) -> bool:
        """Whether an account's turn has come, which is then taken."""
        with self._lock:
            before = self._at.get(account_id)
            if before is not None and before <= now < before + every:
                return False
            self._at[account_id] = now
            return True


def tick(manager: BrokerManager, now: datetime) -> Round:
    """Follow every account whose turn it is; those of one connection share it, and a slow one holds no other up."""
    links = {one.id: one.mode for one in connections.active() if one.state is ConnectionState.CONNECTED}
    accounts = connections.accounts_of(links)
    busy = orders.accounts_with_live([one.id for one in accounts])
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    due = [account.id for account in accounts if _is_due(app, account, account.id in busy, now)]
    discard()
    if not due:
        return Round(0, 0, 0)
    with ThreadPoolExecutor(min(_AT_ONCE, len(due)), thread_name_prefix="orders") as pool:
        passed = list(pool.map(lambda account_id: _followed(app, manager, account_id, now), due))
    return Round(len(due), sum(1 for one in passed if one and one.wrote), sum(1 for one in passed if one is None))


def _is_due(app: Flask, account: Account, is_busy: bool, now: datetime) -> bool:
    """Whether an account's broker said that something happened, or its turn has come."""
    fast = _FAST.get(account.mode or Mode.LIVE, _FAST_ELSEWHERE)
    is_nudged = nudges(app).take(*_key(account), now)
    return _last().take(account.id, timedelta() if is_nudged else fast if is_busy else _SLOW, now)


def _key(account: Account) -> tuple[UUID, str]:
    if account.connection_id is None or account.broker_account_id is None:
        raise TypeError("an account that is kept by hand has no orders at a broker")
    return account.connection_id, account.broker_account_id


def sync(manager: BrokerManager, seat: Seat, now: datetime) -> Passed:
    """Follow one account now ("Sync now"); ends the caller's transaction.

    Raises Conflict for an account that is kept by hand or where another process talks to the brokers, Refused where
    the broker could not be asked.
    """
    return follow(manager, desk_of(seat.account), now)


def follow(manager: BrokerManager, desk: Desk, now: datetime) -> Passed:
    """The same for a desk."""
    try:
        return engine.follow(manager, desk, now)
    except BrokerError as error:
        raise Refused(error) from error


def sync_now(manager: BrokerManager, user: User, connection_id: UUID, now: datetime) -> BrokerConnection:
    """Ask a broker for everything now: orders, fills and positions of each account, then figures and quotes.

    Raises NotFound for somebody else's connection, Conflict for one that was ended, Refused where the broker did.
    """
    require_active(connection_of(user, connection_id))
    try:
        passed = sync_connection(manager, connection_id, now)
    except Refused:
        snapshots.take(manager, connection_id, now)  # so that the panel says since when it could not be asked
        raise
    listed = {account_id: (one.held, one.open_orders) for account_id, one in passed.items()}
    return snapshots.sync(manager, user, connection_id, now, listed)


def sync_connection(manager: BrokerManager, connection_id: UUID, now: datetime) -> dict[UUID, Passed]:
    """Follow every account of a connection now. Raises as `sync` does."""
    desks = [desk_of(account) for account in connections.accounts_of([connection_id])]
    discard()
    return {desk.account_id: follow(manager, desk, now) for desk in desks}


def _followed(app: Flask, manager: BrokerManager, account_id: UUID, now: datetime) -> Passed | None:
    """One account in a thread of its own; None where its broker could not be asked, which the manager has told."""
    with app.app_context():
        try:
            account = db.session.get_one(Account, account_id)
            key, desk = _key(account), desk_of(account)
            passed = engine.follow(manager, desk, now)
        except (BrokerError, Conflict):
            discard()
            return None
        if not passed.is_whole:
            nudges(app).nudge(*key)
        return passed


def _last() -> Last:
    found = current_app.extensions.setdefault(EXTENSION, Last())
    if not isinstance(found, Last):
        raise TypeError("the rounds' memory was replaced by something else")
    return found
