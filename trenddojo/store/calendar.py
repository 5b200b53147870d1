"""What an account's days, and whole years of them, brought: read from its day rows, however many trades it has."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, extract, func, or_, select

from trenddojo.store.database import db
from trenddojo.store.models import AccountDay


class Sums(NamedTuple):
    """What a span of days brought.

    `booked` is what trades realised in it, `net` and `sum_r` the whole results of the `closed` trades whose last exit
    lies in it, of which `with_r` have an R (rule 41 of docs/NUMBERS.md).
    """

    booked: Decimal
    closed: int
    net: Decimal
    sum_r: Decimal
    with_r: int

    def plus(self, other: "Sums") -> "Sums":
        """Both together."""
        return Sums(
            self.booked + other.booked,
            self.closed + other.closed,
            self.net + other.net,
            self.sum_r + other.sum_r,
            self.with_r + other.with_r,
        )


NOTHING = Sums(Decimal(0), 0, Decimal(0), Decimal(0), 0)
_CLOSED = AccountDay.wins + AccountDay.losses + AccountDay.breakevens
_SUMMED: Sequence[ColumnElement[Any]] = (
    AccountDay.booked.expression,
    _CLOSED,
    AccountDay.net.expression,
    AccountDay.sum_r.expression,
    AccountDay.with_r.expression,
)
_HAS_SOMETHING = or_(AccountDay.booked != 0, _CLOSED > 0)
_YEAR = extract("year", AccountDay.on)


def days_between(account_id: UUID, since: date, until: date) -> dict[date, Sums]:
    """The dates of a span, both ends included, on which something was booked or closed."""
    query = select(AccountDay.on, *_SUMMED).where(
        AccountDay.account_id == account_id, AccountDay.on >= since, AccountDay.on <= until, _HAS_SOMETHING
    )
    return {on: Sums._make(sums) for on, *sums in db.session.execute(query)}


def years_of(account_id: UUID) -> Sequence[tuple[int, Sums]]:
    """Each year in which something was booked or closed, the first first."""
    summed = (func.sum(column) for column in _SUMMED)
    query = select(_YEAR, *summed).where(AccountDay.account_id == account_id, _HAS_SOMETHING)
    rows = db.session.execute(query.group_by(_YEAR).order_by(_YEAR))
    return [
        (int(year), Sums(booked, int(closed), net, r, int(with_r))) for year, booked, closed, net, r, with_r in rows
    ]
