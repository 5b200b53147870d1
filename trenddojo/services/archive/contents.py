"""What an archive holds: every table of the database is either in it, or named here with the reason why not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from sqlalchemy import Table

from trenddojo.domain.terms import Mode
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

NOT_IN_IT: Mapping[str, str] = {
    "account_members": "Seats of others are given anew: who they are is known to their own installation.",
    "account_days": "Recomputed from trades and cash.",
    "account_snapshots": "What a broker said last; it is asked again.",
    "account_syncs": "How far a connection was followed; a new one begins anew.",
    "alerts": "What is wrong at the moment; it rings again where it is still so.",
    "api_tokens": "Secrets.",
    "audit_log": "The evidence of one installation, chained by hashes, which no other one can vouch for.",
    "bar_coverage": "What a connection was asked; a new one is asked anew.",
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
"""Tables that are not in an archive, each with the reason. Every other one is, without being named anywhere."""

OTHERWISE = {"users": PEOPLE, "broker_connections": "connections", "bars": "bars"}
"""Tables of which an archive has a part, in a form of its own."""


@cache
def contents() -> Mapping[str, Content]:
    """The tables of an archive by name, in the order in which they are written and read."""
    found = (_people(), _connections(), *map(_whole, _models()), _bars())
    return {one.name: one for one in found}


def tables() -> list[Table]:
    """The tables whose rows are in an archive as they are."""
    return [table_of(one.model) for one in contents().values() if one.is_whole]


def table_of(model: type[Base]) -> Table:
    """The table of a model."""
    return model.metadata.tables[model.__tablename__]


def _models() -> Iterator[type[Base]]:
    """The models of all tables that are not told of otherwise, each after those that it refers to."""
    by_table = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
    told = {*NOT_IN_IT, *OTHERWISE}
    return (by_table[table] for table in Base.metadata.sorted_tables if table.name not in told)


def _whole(model: type[Base]) -> Content:
    table = model.__table__
    left = _LEFT.get(model, {})
    fields = fields_of(table_of(model), left, models.User.__tablename__)
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
    told = fields_of(table_of(models.PriceBar), {"realm"}, models.User.__tablename__)
    seen = (Field("account_id", UUID, goes_to="accounts"), Field("of", Literal["own", "market"]))
    return Content("bars", models.PriceBar, (*seen, *told))
