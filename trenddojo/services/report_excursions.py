"""How far the trades of a report went against and for their traders while they ran (rule 51 of docs/NUMBERS.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from trenddojo.services.inputs.reports import ReportQuery
from trenddojo.services.scopes import Scope
from trenddojo.store.courses import count_between, courses_between

MOST = 400
"""Trades that a picture holds: the last closed."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A closed trade's extremes and its result, in R."""

    trade_id: UUID
    symbol: str
    closed_on: date
    mae_r: Decimal
    mfe_r: Decimal
    r: Decimal


@dataclass(frozen=True, slots=True)
class Courses:
    """The last trades whose course is known, newest first; of `trades` in all, `unknown` have no prices or no R."""

    shown: Sequence[Ran]
    trades: int
    unknown: int


def courses_of(scope: Scope, query: ReportQuery, since: date, until: date) -> Courses:
    """The courses of the trades closed between two dates that the query asks for."""
    ids = [seat.account.id for seat in scope.seats]
    rows = courses_between(ids, since, until, query.filter, MOST)
    trades, known = count_between(ids, since, until, query.filter)
    return Courses([Ran(*row) for row in rows], trades, trades - known)
