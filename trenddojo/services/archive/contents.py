"""What an archive holds: every table of the database is either in it, or named here with the reason why not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from trenddojo.domain import money
from trenddojo.domain.terms import Mode, Timeframe
from trenddojo.services.archive.fields import Field, fields_of
from trenddojo.store import models
from trenddojo.store.database import Base
from trenddojo.store.models.trades import DERIVED

PEOPLE = "people"
TEXT = Annotated[str, msgspec.Meta(max_length=1000)]
INSTANT = Annotated[datetime, msgspec.Meta(tz=True)]
OWN, MARKET = "own", "market"
"""Whose prices the bars of an account are: its own, as of a demo, or those of its market."""


@dataclass(frozen=True, slots=True)
class Content:
    """One table of an archive, which is the part of `model` that concerns its owner.

    `is_whole`: its rows are those of the model, but for some columns; else it has a form of its own. `filled` are
    columns that are not in it, with what they hold until they are recomputed or begin anew.
    """

    name: str
    model: type[Base]
    fields: tuple[Field, ...]
    filled: Mapping[str, object] = field(default_factory=dict)
    is_whole: bool = False


_TOLD = {"broker_order_id", "broker_sync_status", "broker_fill_price", "broker_commission"}
"""Columns of a trade that come from its orders: nothing recomputes them until its broker tells something new."""
_OUTCOME = [
    column.name
    for column in models.Trade.__table__.columns
    if column.info == DERIVED and column.name not in _TOLD and column.name != "sort_at"
]
_SORTED = "sort_at"

_LEFT: Mapping[type[Base], Mapping[str, object]] = {
    models.Account: {"balance": None, "equity": None, "open_trades": 0},
    models.Instrument: {"identity": None},
    models.Trade: dict.fromkeys((*_OUTCOME, _SORTED)),
    models.Order: {"send_until": None, "claimed_at": None, "claimed_token": None},
    models.OrderAttempt: {"token": 0},
}
"""Columns that follow from others, or that only a running process needs, with what stands there at first.

None of a column that may not be empty: the import says what (`bringing`).
"""

_MODELS: tuple[type[Base], ...] = (
    models.Account,
    models.RiskSettings,
    models.Instrument,
    models.Setup,
    models.Tag,
    models.ChecklistItem,
    models.Import,
    models.ImportMapping,
    models.StockSplit,
    models.CashMovement,
    models.Goal,
    models.JournalNote,
    models.Mark,
    models.Trade,
    models.Leg,
    models.TradeStop,
    models.TradeNote,
    models.TradeEvent,
    models.TradeTag,
    models.ChecklistResponse,
    models.Order,
    models.OrderAttempt,
    models.OrderEvent,
    models.Execution,
    models.Attachment,
    models.ExchangeRate,
    models.SavedView,
    models.Reconciliation,
)
"""In an order in which each table refers to earlier ones only, or to itself."""

NOT_IN_IT: Mapping[str, str] = {
    "account_members": "Seats of others are given anew: who they are is known to their own installation.",
    "account_days": "Recomputed from trades and cash.",
    "account_snapshots": "What a broker said last; it is asked again.",
    "account_syncs": "How far a connection was followed; a new one begins anew.",
    "alerts": "What is wrong at the moment; it rings again where it is still so.",
    "api_tokens": "Secrets.",
    "audit_log": "The evidence of one installation, chained by hashes, which no other one can vouch for.",
    "broker_credentials": "Secrets.",
    "equity_histories": "What a broker said last; it is asked again.",
    "idempotency_keys": "Answers to requests of one installation.",
    "jobs": "How one installation runs.",
    "leases": "How one installation runs.",
    "position_checks": "How books and broker compared; a new connection begins anew.",
    "position_snapshots": "What a broker said last; it is asked again.",
    "quotes": "What a broker said last; it is asked again.",
    "report_days": "Recomputed from closed trades.",
    "report_totals": "Recomputed from closed trades.",
    "simulator_records": "The memory of a simulated exchange, which ends with its connection.",
    "topics": "What open pages watch.",
    "trade_days": "Recomputed from fills and prices.",
}
"""Tables that are not in an archive, each with the reason."""

OTHERWISE = {"users": PEOPLE, "broker_connections": "connections", "bars": "bars"}
"""Tables of which an archive has a part, in a form of its own."""


@cache
def contents() -> Mapping[str, Content]:
    """The tables of an archive by name, in the order in which they are written and read."""
    found = (_people(), _connections(), *map(_whole, _MODELS), _bars())
    return {one.name: one for one in found}


def _whole(model: type[Base]) -> Content:
    table = model.__table__
    left = _LEFT.get(model, {})
    fields = fields_of(model.metadata.tables[model.__tablename__], left, models.User.__tablename__)
    if model is models.Trade:
        fields = tuple(_tags(one) if one.name == "tags" else one for one in fields)
    filled = {name: value for name, value in left.items() if value is not None or table.columns[name].nullable}
    return Content(model.__tablename__, model, fields, filled, is_whole=True)


def _tags(one: Field) -> Field:
    return Field(one.name, list[TEXT], default=one.default)


def _people() -> Content:
    """The owner with what they may change about themselves; of others the name."""
    optional = (Field(name, TEXT, is_needed=False, default=None) for name in ("email", "time_zone", "currency"))
    return Content(PEOPLE, models.User, (Field("id", TEXT), Field("name", TEXT), *optional))


def _connections() -> Content:
    """Which connections accounts belong to; nothing that signs in."""
    fields = (Field("id", UUID), Field("broker", TEXT), Field("mode", Mode), Field("name", TEXT))
    return Content("connections", models.BrokerConnection, (*fields, Field("created_at", INSTANT)))


def _bars() -> Content:
    """The bars of what an account trades, as far as it sees them; once for each account."""
    prices = tuple(Field(name, Decimal, places=money.PRICE_PLACES) for name in ("open", "high", "low", "close"))
    keys = (
        Field("account_id", UUID, goes_to="accounts"),
        Field("of", Literal["own", "market"]),
        Field("instrument_id", UUID, goes_to="instruments"),
        Field("timeframe", Timeframe),
        Field("start", INSTANT),
    )
    volume = Field("volume", Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)], is_needed=False, default=None)
    told = (volume, Field("source", TEXT), Field("fetched_at", INSTANT))
    return Content("bars", models.PriceBar, (*keys, *prices, *told))
