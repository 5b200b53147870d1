"""What an act was about, read from the rows that it changed."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from trenddojo.store import audit_log
from trenddojo.store.areas import Area
from trenddojo.store.database import Base
from trenddojo.store.models import (
    Account,
    AccountMember,
    AccountSync,
    ApiToken,
    Attachment,
    BrokerConnection,
    BrokerCredential,
    CashMovement,
    ChecklistItem,
    ChecklistResponse,
    Execution,
    Goal,
    Import,
    Instrument,
    JournalNote,
    Leg,
    Mark,
    Order,
    PositionCheck,
    Reconciliation,
    RiskSettings,
    Sector,
    Setup,
    StockSplit,
    Tag,
    Trade,
    TradeNote,
    TradeStop,
    User,
)

_OF_TRADE = Leg | Execution | TradeStop | TradeNote | ChecklistResponse
_OF_ACCOUNT = (
    AccountMember
    | AccountSync
    | Attachment
    | CashMovement
    | ChecklistItem
    | Goal
    | Import
    | JournalNote
    | Mark
    | Order
    | PositionCheck
    | Reconciliation
    | RiskSettings
    | Sector
    | Setup
    | StockSplit
    | Tag
    | Trade
)


def area_of(rows: Iterable[Base]) -> Area:
    """The area that names an act: of those that it touched, the first."""
    touched = {row.__audit__ for row in rows}
    return next(area for area in Area if area in touched)


def accounts_of(rows: Iterable[Base]) -> set[UUID]:
    """The accounts that an act concerns."""
    return {found for row in rows if (found := _account_of(row)) is not None}


def _account_of(row: Base) -> UUID | None:
    if isinstance(row, Account):
        return row.id
    if isinstance(row, _OF_ACCOUNT):
        return row.account_id
    return audit_log.related(row, Trade, row.trade_id).account_id if isinstance(row, _OF_TRADE) else None


def subject_of(rows: Sequence[Base]) -> str:
    """What an act was about in words: its trade, else the first row of its area."""
    if not rows:
        return ""
    area = area_of(rows)
    among = [row for row in rows if row.__audit__ is area]
    return _words(next((row for row in among if isinstance(row, Trade | _OF_TRADE)), among[0]))


def _words(row: Base) -> str:
    match row:
        case Trade():
            return f"{row.symbol} {row.direction}"
        case Account() | BrokerConnection() | User() | ApiToken() | Setup() | Tag() | Import():
            return row.name
        case Mark() | StockSplit():
            return audit_log.related(row, Instrument, row.instrument_id).symbol
        case Order():
            return f"{row.symbol} {row.role.label} order"
        case Instrument() | PositionCheck() | Sector():
            return row.symbol
        case Attachment() if row.trade_id:
            return _words(audit_log.related(row, Trade, row.trade_id))
        case BrokerCredential():
            return audit_log.related(row, BrokerConnection, row.connection_id).name
        case _ if isinstance(row, _OF_TRADE):
            return _words(audit_log.related(row, Trade, row.trade_id))
        case _ if isinstance(row, _OF_ACCOUNT):
            return audit_log.related(row, Account, row.account_id).name
        case _:
            raise TypeError(f"{type(row).__name__} has no words in the audit log")
