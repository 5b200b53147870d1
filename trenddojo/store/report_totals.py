"""The sums of an account's closed trades over its whole life, by breakdown and name."""

from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, select

from trenddojo.domain.statistics import Runs, Tally
from trenddojo.store.database import db
from trenddojo.store.models import AccountDay, ReportDay, ReportTotal
from trenddojo.store.upserts import put

Key = tuple[str, str]
"""A breakdown and a name in it."""
ALL, BIN = "all", "bin"
"""Beside the breakdowns of `domain.breakdowns`: all trades, and those with R by the number of its bin."""
_FIELDS = [field.name for field in fields(Tally)]
_KEYS = ("account_id", "breakdown", "name")


def written(tally: Tally) -> list[Any]:
    """A tally as JSON keeps it: its fields in order, decimals as text, exact and the same for equal ones."""
    values = (getattr(tally, name) for name in _FIELDS)
    return [_text(value) if isinstance(value, Decimal) else value for value in values]


def _text(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def read(told: list[Any]) -> Tally:
    """The tally that was written."""
    values: list[Any] = [Decimal(value) if isinstance(value, str) else value for value in told]
    return Tally(*values)


def is_kept(account_id: UUID) -> bool:
    """Whether the account's totals are kept, which they are from its first recomputation on."""
    return db.session.get(ReportTotal, (account_id, ALL, "")) is not None


def totals_of(account_id: UUID, breakdowns: Collection[str] | None = None) -> dict[Key, Tally]:
    """The sums under each name of some breakdowns, or of all."""
    query = select(ReportTotal.breakdown, ReportTotal.name, ReportTotal.tally).where(
        ReportTotal.account_id == account_id
    )
    if breakdowns is not None:
        query = query.where(ReportTotal.breakdown.in_(breakdowns))
    return {(breakdown, name): read(told) for breakdown, name, told in db.session.execute(query)}


def put_totals(account_id: UUID, totals: Mapping[Key, Tally], *, anew: bool = False) -> None:
    """Write sums, `anew` in place of all; a name that no trade is left under goes."""
    here = ReportTotal.account_id == account_id
    gone = [key for key, tally in totals.items() if not tally.trades and key != (ALL, "")]
    if anew:
        db.session.execute(delete(ReportTotal).where(here))
    for breakdown, name in () if anew else gone:
        db.session.execute(
            delete(ReportTotal).where(here, ReportTotal.breakdown == breakdown, ReportTotal.name == name)
        )
    rows = [
        {"account_id": account_id, "breakdown": key[0], "name": key[1], "tally": written(tally)}
        for key, tally in totals.items()
        if key not in gone
    ]
    put(ReportTotal, _KEYS, rows)


class ClosingDay(NamedTuple):
    """What the trades closed on a date brought, without their tallies by breakdown."""

    on: date
    trades: int
    net: Decimal
    with_r: int
    sum_r: Decimal
    best_r: Decimal | None
    worst_r: Decimal | None
    best: str
    worst: str
    holding_days: int
    runs: list[int]


def closing_days(account_id: UUID) -> list[ClosingDay]:
    """Every date on which trades were closed, in order."""
    query = (
        select(
            ReportDay.on,
            AccountDay.wins + AccountDay.losses + AccountDay.breakevens,
            AccountDay.net,
            AccountDay.with_r,
            AccountDay.sum_r,
            AccountDay.best_r,
            AccountDay.worst_r,
            ReportDay.best,
            ReportDay.worst,
            ReportDay.holding_days,
            ReportDay.runs,
        )
        .join(AccountDay, (AccountDay.account_id == ReportDay.account_id) & (AccountDay.on == ReportDay.on))
        .where(ReportDay.account_id == account_id)
        .order_by(ReportDay.on)
    )
    return [ClosingDay._make(row) for row in db.session.execute(query)]


def closing_span(account_id: UUID) -> tuple[date | None, date | None]:
    """The first and the last date on which trades were closed."""
    query = select(func.min(ReportDay.on), func.max(ReportDay.on)).where(ReportDay.account_id == account_id)
    first, last = db.session.execute(query).one()
    return first, last


def runs_of(days: Collection[ClosingDay]) -> Runs:
    """The runs of all days one after the other."""
    return sum((Runs(*day.runs) for day in days), Runs())
