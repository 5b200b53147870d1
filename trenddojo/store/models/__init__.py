"""The tables. Importing this package registers all of them."""

from typing import Any

from sqlalchemy import Connection, Table, event, text

from trenddojo.store import triggers
from trenddojo.store.database import Base
from trenddojo.store.models.accounts import (
    Account,
    AccountDay,
    AccountMember,
    CashMovement,
    ChecklistItem,
    Instrument,
    Mark,
    RiskSettings,
    Setup,
    Tag,
)
from trenddojo.store.models.bars import BarCoverage, PriceBar
from trenddojo.store.models.brokers import (
    AccountSnapshot,
    BrokerConnection,
    BrokerCredential,
    ConnectionState,
    EquityHistory,
    PositionSnapshot,
    Quote,
    SimulatorRecord,
)
from trenddojo.store.models.goals import Goal
from trenddojo.store.models.imports import Import, ImportMapping
from trenddojo.store.models.money import ExchangeRate
from trenddojo.store.models.orders import AccountSync, Order, OrderAttempt, OrderEvent, PositionCheck
from trenddojo.store.models.people import ApiToken, IdempotencyKey, SavedView, User
from trenddojo.store.models.reconciliations import Reconciliation
from trenddojo.store.models.reports import ReportDay, ReportTotal
from trenddojo.store.models.splits import StockSplit
from trenddojo.store.models.system import Alert, AuditEntry, Job, JobOutcome, Lease, Source, Topic
from trenddojo.store.models.trades import (
    Attachment,
    ChecklistResponse,
    Execution,
    JournalNote,
    Leg,
    Trade,
    TradeDayRow,
    TradeEvent,
    TradeNote,
    TradeStop,
    TradeTag,
)


def _add_triggers(table: Table, connection: Connection, **_: Any) -> None:
    for statement in triggers.statements(connection.dialect.name, table.name):
        connection.execute(text(statement))


for _table in Base.metadata.tables.values():
    event.listen(_table, "after_create", _add_triggers)


def register() -> None:
    """Importing the models is what makes the tables known; this gives whoever needs that something to call."""


__all__ = [
    "Account",
    "AccountDay",
    "AccountMember",
    "AccountSnapshot",
    "AccountSync",
    "Alert",
    "ApiToken",
    "Attachment",
    "AuditEntry",
    "BarCoverage",
    "BrokerConnection",
    "BrokerCredential",
    "CashMovement",
    "ChecklistItem",
    "ChecklistResponse",
    "ConnectionState",
    "EquityHistory",
    "ExchangeRate",
    "Execution",
    "Goal",
    "IdempotencyKey",
    "Import",
    "ImportMapping",
    "Instrument",
    "Job",
    "JobOutcome",
    "JournalNote",
    "Lease",
    "Leg",
    "Mark",
    "Order",
    "OrderAttempt",
    "OrderEvent",
    "PositionCheck",
    "PositionSnapshot",
    "PriceBar",
    "Quote",
    "Reconciliation",
    "ReportDay",
    "ReportTotal",
    "RiskSettings",
    "SavedView",
    "Setup",
    "SimulatorRecord",
    "Source",
    "StockSplit",
    "Tag",
    "Topic",
    "Trade",
    "TradeDayRow",
    "TradeEvent",
    "TradeNote",
    "TradeStop",
    "TradeTag",
    "User",
    "register",
]
