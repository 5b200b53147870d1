"""An account at its broker as plain values, which outlive the transaction that they were read in."""

from dataclasses import dataclass
from uuid import UUID

from trenddojo.brokers.base import BrokerClient
from trenddojo.brokers.manager import BrokerManager, Link, Purpose
from trenddojo.brokers.registry import spec_of
from trenddojo.brokers.spec import BrokerSpec
from trenddojo.domain.terms import Mode
from trenddojo.services import leases
from trenddojo.services.connections import link_of, require_active
from trenddojo.services.errors import Conflict
from trenddojo.store import connections
from trenddojo.store.database import discard
from trenddojo.store.models import Account

MANUAL = "This account is kept by hand: place the order with your broker, and record what it filled."
ELSEWHERE = "Another process of this server talks to the brokers at the moment. Try again in a minute."


@dataclass(frozen=True, slots=True)
class Desk:
    """Where an account's orders go. `there` is its id at the broker; `token` fences off earlier owners of brokers."""

    account_id: UUID
    owner_id: UUID
    mode: Mode
    link: Link
    there: str
    token: int

    @property
    def spec(self) -> BrokerSpec:
        """The account's broker."""
        return spec_of(self.link.broker)

    def client(self, manager: BrokerManager, purpose: Purpose = Purpose.READ) -> BrokerClient:
        """The account's client for one purpose. Raises BrokerError where that is not allowed now."""
        return manager.client_for(self.link, self.there, purpose)


def desk_of(account: Account) -> Desk:
    """The desk of an account. Ends the caller's transaction: whether this process owns the brokers is asked, and where
    need be renewed, in one of its own.

    Raises Conflict for an account that is kept by hand, a connection that was ended, or where another process talks to
    the brokers.
    """
    if account.connection_id is None or account.mode is None:
        raise Conflict(MANUAL)
    link = link_of(require_active(connections.by_id(account.connection_id)))
    values = account.id, account.owner_id, account.mode, link, str(account.broker_account_id)
    discard()
    token = leases.keeper().token()
    if token is None:
        raise Conflict(ELSEWHERE)
    return Desk(*values, token)
