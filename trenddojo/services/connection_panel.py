"""What pages and the API show of connections and broker accounts: stored snapshots with their age, never a question."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from trenddojo.brokers.registry import spec_of
from trenddojo.brokers.spec import BrokerSpec
from trenddojo.services import equity_histories
from trenddojo.services.connections import connections_of
from trenddojo.services.equity_histories import PastEquity
from trenddojo.services.errors import NotFound
from trenddojo.store import connections, snapshots
from trenddojo.store.models import Account, AccountSnapshot, BrokerConnection, PositionSnapshot, Quote, User
from trenddojo.store.seats import Seat


@dataclass(frozen=True, slots=True)
class AccountPanel:
    """A broker account as it was last seen. `age` is that of the figures; None before the first ones. `past` is what it
    was worth in the last 90 days; None where its broker has told nothing."""

    account: Account
    snapshot: AccountSnapshot | None
    positions: tuple[PositionSnapshot, ...]
    age: timedelta | None
    past: PastEquity | None

    @property
    def is_complete(self) -> bool:
        """Whether positions and orders were ever asked: before that, none listed does not mean none held."""
        return self.snapshot is not None and self.snapshot.orders_taken_at is not None


@dataclass(frozen=True, slots=True)
class ConnectionPanel:
    """A connection with all that it is shown with."""

    connection: BrokerConnection
    spec: BrokerSpec
    accounts: tuple[AccountPanel, ...]
    quotes: tuple[Quote, ...]


def panel(user: User, connection: BrokerConnection, now: datetime) -> ConnectionPanel:
    """One of the person's connections. Raises NotFound for somebody else's."""
    if connection.user_id != user.id:
        raise NotFound
    return _panels([connection], now)[0]


def panels(user: User, now: datetime) -> list[ConnectionPanel]:
    """All of the person's connections that they have not ended, by name; five queries however many there are."""
    return _panels(connections_of(user), now)


def account_panel(seat: Seat, now: datetime) -> AccountPanel:
    """A broker account as everybody with a seat may see it, whoever's the connection is.

    Raises NotFound for an account that is kept by hand.
    """
    if seat.account.connection_id is None:
        raise NotFound
    return _account_panels([seat.account], now)[0]


def _panels(found: Sequence[BrokerConnection], now: datetime) -> list[ConnectionPanel]:
    ids = [one.id for one in found]
    accounts: dict[UUID | None, list[AccountPanel]] = defaultdict(list)
    for one in _account_panels(connections.accounts_of(ids), now):
        accounts[one.account.connection_id].append(one)
    quotes: dict[UUID, list[Quote]] = defaultdict(list)
    for quote in connections.quotes_of(ids):
        quotes[quote.connection_id].append(quote)
    return [ConnectionPanel(one, spec_of(one.broker), tuple(accounts[one.id]), tuple(quotes[one.id])) for one in found]


def _account_panels(accounts: Collection[Account], now: datetime) -> list[AccountPanel]:
    ids = [one.id for one in accounts]
    last, pasts, held = snapshots.of_accounts(ids), equity_histories.of_accounts(ids), defaultdict(list)
    for position in snapshots.positions_of(ids):
        held[position.account_id].append(position)
    return [
        AccountPanel(one, last.get(one.id), tuple(held[one.id]), _age(last.get(one.id), now), pasts.get(one.id))
        for one in accounts
    ]


def _age(snapshot: AccountSnapshot | None, now: datetime) -> timedelta | None:
    return None if snapshot is None or snapshot.taken_at is None else max(now - snapshot.taken_at, timedelta())
