"""A world for random schedules: many small accounts on one application, each with an exchange that keeps its own ledger
and outlives whatever happens to us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import inspect

from tests.conftest import Clock
from tests.orders.floor import D, Floor
from tests.services import connected
from trenddojo.brokers.manager import BrokerManager
from trenddojo.services import brokerage, leases
from trenddojo.services.orders import asking, engine
from trenddojo.store.database import Base, db, discard
from trenddojo.store.models import Account, AccountSnapshot, BrokerConnection, ChecklistItem, RiskSettings, User
from trenddojo.store.seats import Seat, SeatRole

Row = TypeVar("Row", bound=Base)


class MemoryLedger:
    """An exchange's ledger apart from our database."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def load(self) -> Mapping[str, str]:
        return dict(self.texts)

    def save(self, changed: Mapping[str, str]) -> None:
        self.texts.update(changed)

    def clear(self) -> None:
        self.texts.clear()


class World:
    """One application whose process can die and begin again; the exchanges' ledgers stay."""

    def __init__(self, app: Flask, clock: Clock, user: User) -> None:
        self.app, self.clock, self.user_id = app, clock, user.id
        self.ledgers: dict[UUID, MemoryLedger] = {}
        self.count = 0
        self.first: dict[str, UUID] = {}
        connected.furnish(app)
        self.begin_process()

    @property
    def manager(self) -> BrokerManager:
        found: BrokerManager = self.app.extensions[brokerage.EXTENSION]
        return found

    def begin_process(self) -> None:
        """A new process: another holder of the lease, and nothing in memory."""
        discard()
        before = self.app.extensions.get(leases.EXTENSION)
        if before is not None:
            before.release()
        self.app.extensions.pop(asking.EXTENSION, None)
        self.app.extensions.pop(engine.EXTENSION, None)
        brokerage.install(self.app, lambda: False, sleep=lambda _seconds: None)
        self.manager._ports = replace(self.manager._ports, ledger=self.ledger_of)
        self.manager._tools = replace(self.manager._tools, monotonic=lambda: self.clock().timestamp())

    def ledger_of(self, connection_id: UUID) -> MemoryLedger:
        """The memory of one exchange."""
        return self.ledgers.setdefault(connection_id, MemoryLedger())

    def floor(self, broker: str = "simulated", **settings: str) -> Floor:
        """A new account at a broker in mock mode, whose limits leave room: connected the first time, then copied."""
        self.count += 1
        if broker in self.first:
            return Floor(self.app, self.clock, self.manager, self._twin(self.first[broker]))
        sent = {
            "broker": broker,
            "mode": "mock",
            "name": f"{broker} {self.count}",
            "credentials": {"latency_ms": "0", "always_open": "on", **settings},
        }
        seat = connected.connect(self.manager, db.session.get_one(User, self.user_id), sent).seats[0]
        limits = db.session.get_one(RiskSettings, seat.account.id)
        limits.max_risk_per_trade = limits.max_risk_per_day = limits.max_risk_per_week = D(10)
        limits.daily_loss_limit, limits.max_position_value = D(10), D(100)
        limits.max_open_positions = limits.max_correlated_positions = 50
        for item in db.session.query(ChecklistItem).filter_by(account_id=seat.account.id):
            item.required = False
        db.session.commit()
        self.first[broker] = seat.account.id
        return Floor(self.app, self.clock, self.manager, seat)

    def _twin(self, account_id: UUID) -> Seat:
        """Another account like this one, on a connection of its own."""
        like = db.session.get_one(Account, account_id)
        connection = copied(db.session.get_one(BrokerConnection, like.connection_id), id=uuid4(), name=f"{self.count}")
        db.session.add(connection)
        db.session.flush()
        account = copied(like, id=uuid4(), connection_id=connection.id, name=f"{self.count}")
        db.session.add(account)
        db.session.flush()
        for kind in (RiskSettings, AccountSnapshot):
            db.session.add(copied(db.session.get_one(kind, like.id), account_id=account.id))
        db.session.commit()
        return Seat(db.session.get_one(User, self.user_id), account, SeatRole.OWNER)


def copied(row: Row, **changes: Any) -> Row:
    """A row with the same values under another key."""
    values = {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}
    return type(row)(**{**values, **changes})
