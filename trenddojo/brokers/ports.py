"""What the manager is handed: whom it serves, what for, and the few things of the house that it may ask or tell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from trenddojo.brokers.errors import BrokerError, NotSent
from trenddojo.brokers.spec import LedgerStore, TokenStore
from trenddojo.brokers.types import ConnectionStatus
from trenddojo.domain.terms import Mode


class Purpose(StrEnum):
    """What a client is wanted for."""

    READ = "read"
    PROTECT = "protect"
    """To cancel, or to send an order that only reduces a position: nobody is ever locked into one."""
    TRADE = "trade"


@dataclass(frozen=True, slots=True)
class Link:
    """A person's connection to a broker. `settings` are the fields that are no secret; the rest never changes."""

    connection_id: UUID
    user_id: UUID
    broker: str
    mode: Mode
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The rest of the house as the manager sees it. Every port may be called from several threads at once, and none
    is called while a connection is locked, except `secrets`, `ledger` and `tokens`, which a client is built from.

    `secrets` answers decrypted credentials; where there are none, or they do not open, it raises BrokerError
    (AUTHENTICATION_FAILED), and the connection then waits for new ones. `owns` is whether this process may talk to
    brokers at all. `allows` answers nothing, or the sentence why a mode may not be used for a purpose now.

    `on_state` is told of a connection after every look of the monitor's and at every change: how it stands, and when
    it is tried next. Not connected and without a next try, it waits for a person. `on_fault` is told once of every
    error of a broker's with the name of the call that met it. `on_event` is told that something became of an order of
    an account, by its id at the broker, from a thread that must not be held up. None of them may raise: an order's
    answer may be on its way back to whoever sent it.
    """

    secrets: Callable[[UUID], Mapping[str, str]]
    ledger: Callable[[UUID], LedgerStore]
    tokens: Callable[[UUID], TokenStore]
    owns: Callable[[], bool]
    on_state: Callable[[Link, ConnectionStatus, datetime | None], None]
    on_fault: Callable[[Link, BrokerError, str], None]
    on_event: Callable[[Link, str], None]
    allows: Callable[[Link, Purpose], str]


class Withheld(NotSent):
    """The broker was not asked at all, by a rule of our own: not allowed, busy, over a limit, waiting for its turn.

    It is no fault of the broker's: nobody but the caller is told.
    """
