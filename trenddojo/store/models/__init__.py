"""The tables. Importing this package registers all of them."""

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
from trenddojo.store.models.people import ApiToken, IdempotencyKey, User
from trenddojo.store.models.trades import (
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


def register() -> None:
    """Importing the models is what makes the tables known; this gives whoever needs that something to call."""


__all__ = [
    "Account",
    "AccountDay",
    "AccountMember",
    "ApiToken",
    "CashMovement",
    "ChecklistItem",
    "ChecklistResponse",
    "Execution",
    "IdempotencyKey",
    "Instrument",
    "JournalNote",
    "Leg",
    "Mark",
    "RiskSettings",
    "Setup",
    "Tag",
    "Trade",
    "TradeDayRow",
    "TradeEvent",
    "TradeNote",
    "TradeStop",
    "TradeTag",
    "User",
    "register",
]
