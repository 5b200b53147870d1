"""The broker manager within this application: its ports are the vault, the store, the lease, the modes and the faults.

The manager calls its ports from threads of its own, so each port brings an application context, and with it a database
session that is its own and ends with it.
"""

import logging
import os
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from random import Random
from uuid import UUID

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from trenddojo.brokers.errors import BrokerError, BrokerErrorCode
from trenddojo.brokers.manager import BrokerManager, Link, Ports, Purpose
from trenddojo.brokers.registry import spec_of, specs
from trenddojo.brokers.spec import Operator
from trenddojo.brokers.types import ConnectionStatus
from trenddojo.config import Config
from trenddojo.runtime import runtime
from trenddojo.security.vault import VaultError
from trenddojo.services import audit, credentials, faults, leases, modes, operator_keys
from trenddojo.services.errors import ServiceError
from trenddojo.services.orders.nudges import nudges
from trenddojo.store import connections, simulator
from trenddojo.store.areas import Area
from trenddojo.store.database import db
from trenddojo.store.lock_file import LockFile
from trenddojo.store.origin import acting_beside, of_job

EXTENSION = "brokers"
_log = logging.getLogger(__name__)


def install(
    app: Flask,
    is_unlocked: Callable[[], bool],
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    """Give `app` its manager and its hold on broker I/O; nothing is asked or opened yet.

    `is_unlocked` tells whether the person of the present request has unlocked live trading.
    """
    with app.app_context():
        clock, config = runtime().clock, runtime().config
    database = config.sqlite_path
    lock = LockFile(database) if database else None
    keeper = leases.LeaseKeeper(app, leases.BROKERS, _holder(), clock, lock=lock)
    app.extensions[leases.EXTENSION] = keeper
    app.extensions[modes.EXTENSION] = is_unlocked
    house = _House(app, clock)
    app.extensions[EXTENSION] = BrokerManager(
        house.ports(keeper),
        clock=clock,
        monotonic=monotonic,
        sleep=sleep,
        random=Random(),
        operator=_operator(config),
    )


def misset(config: Config) -> list[str]:
    """What is wrong with the operator's variables for brokers, one sentence each."""
    problems = [spec.misset(_operator(config)) for spec in specs()]
    return [f"{name} {sentence}" for found in problems for name, sentence in found.items()]


def _operator(config: Config) -> Operator:
    return Operator(variables=config.variables, is_production=config.production)


def close(app: Flask) -> None:
    """Let go of every connection, and of the lease, so that the next process need not wait for its end."""
    app.extensions[EXTENSION].close()
    app.extensions[leases.EXTENSION].release()


def _holder() -> str:
    """A name that no other process has, also not one of another host or of an earlier life of this one."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def _by_the_house() -> AbstractContextManager[None]:
    """The manager's own threads act for the house; in a request it is whoever asks."""
    return acting_beside(of_job("brokers"))


class _House:
    """What the manager may ask of the house and tell it."""

    def __init__(self, app: Flask, clock: Callable[[], datetime]) -> None:
        self._app, self._clock = app, clock

    def ports(self, keeper: leases.LeaseKeeper) -> Ports:
        return Ports(
            secrets=self.secrets,
            ledger=lambda connection_id: StoredLedger(self._app, connection_id),
            tokens=lambda connection_id: StoredTokens(self._app, connection_id, self._clock),
            owns=keeper.owns,
            on_state=self.on_state,
            on_fault=self.on_fault,
            on_event=self.on_event,
            allows=self.allows,
        )

    def secrets(self, connection_id: UUID) -> Mapping[str, str]:
        with self._app.app_context(), _by_the_house():
            try:
                opened = credentials.reveal(connection_id)
            except (ServiceError, VaultError) as error:
                found = connections.by_id(connection_id)
                broker = "unknown" if found is None else found.broker
                raise BrokerError(str(error), BrokerErrorCode.AUTHENTICATION_FAILED, broker) from None
            connection = connections.by_id(connection_id)
            if connection is None:
                return opened
            if opened:
                audit.record("credentials_opened", Area.BROKERS, connection.name)
            return {**operator_keys.standing_in(spec_of(connection.broker), connection.mode), **opened}

    def allows(self, link: Link, purpose: Purpose) -> str:
        with self._app.app_context():
            return modes.allowed(runtime().config, link.mode, purpose, modes.is_unlocked())

    def on_state(self, link: Link, status: ConnectionStatus, next_try_at: datetime | None) -> None:
        self._tell(lambda: faults.observed(link, status, next_try_at, self._clock()))

    def on_event(self, link: Link, account_id: str) -> None:
        nudges(self._app).nudge(link.connection_id, account_id)

    def on_fault(self, link: Link, error: BrokerError, what: str) -> None:
        self._tell(lambda: faults.handle(link, error, what, self._clock()))

    def _tell(self, write: Callable[[], None]) -> None:
        """Write down, or log that it could not be: whoever asked the broker gets their answer all the same."""
        with self._app.app_context(), _by_the_house():
            try:
                write()
            except SQLAlchemyError:
                db.session.rollback()
                _log.exception("What the brokers reported could not be written down.")


class StoredLedger:
    """A simulated exchange's memory in the database; each call is a transaction of its own."""

    def __init__(self, app: Flask, connection_id: UUID) -> None:
        self._app, self._connection_id = app, connection_id

    def load(self) -> Mapping[str, str]:
        """Everything that was saved."""
        with self._app.app_context():
            return simulator.load(self._connection_id)

    def save(self, changed: Mapping[str, str]) -> None:
        """Keep these texts, all or none."""
        with self._app.app_context():
            simulator.save(self._connection_id, changed)
            db.session.commit()

    def clear(self) -> None:
        """Forget everything."""
        with self._app.app_context():
            simulator.clear(self._connection_id)
            db.session.commit()


class StoredTokens:
    """A connection's tokens, encrypted with its other credentials."""

    def __init__(self, app: Flask, connection_id: UUID, clock: Callable[[], datetime]) -> None:
        self._app, self._connection_id, self._clock = app, connection_id, clock

    def read(self) -> Mapping[str, str]:
        """The tokens and the fields that they are kept with; empty before the first sign-in."""
        with self._app.app_context():
            try:
                return credentials.reveal(self._connection_id)
            except credentials.CredentialsMissing:
                return {}

    def write(self, tokens: Mapping[str, str]) -> None:
        """Keep these in place of the tokens of the same names; committed before this returns."""
        with self._app.app_context(), _by_the_house():
            connection = connections.locked(self._connection_id)
            if connection is not None and connection.is_active:
                credentials.keep(connection, {**self.read(), **tokens}, self._clock())
            db.session.commit()
