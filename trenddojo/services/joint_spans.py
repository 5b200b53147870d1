"""Equity of several accounts together, over one span of dates and in one currency (rules 55 and 57 of NUMBERS.md)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from trenddojo.domain.conversion import Conversion
from trenddojo.domain.equity import DayChange
from trenddojo.domain.money import ZERO
from trenddojo.services.spans import Span, beginning_of, span_between
from trenddojo.store.models import Account

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Part:
    """One account's part of a joint span, converted."""

    account_id: UUID
    starting: Decimal
    changes: tuple[DayChange, ...]


def parts_of(
    accounts: Iterable[Account], conversions: Mapping[UUID, Conversion], since: date, until: date
) -> tuple[list[Part], set[UUID]]:
    """The parts of the accounts, and the accounts that lack a rate on a day when they had or brought something."""
    made = {account.id: _part(account, conversions[account.id], since, until) for account in accounts}
    return [part for part in made.values() if part], {key for key, part in made.items() if part is None}


def joined(parts: Iterable[Part], since: date, until: date) -> Span:
    """The parts as one span."""
    listed = list(parts)
    changes = sorted((change for part in listed for change in part.changes), key=lambda change: change.date)
    return Span(since, until, sum((part.starting for part in listed), ZERO), tuple(changes))


def _part(account: Account, conversion: Conversion, since: date, until: date) -> Part | None:
    own, beginning = span_between(account, since, until), beginning_of(account)
    changes = conversion.changes(own.changes)
    late = since < beginning <= until
    capital = conversion.amount(own.starting, beginning if late else since - _DAY)
    if capital is None or not changes.is_whole:
        return None
    if late:  # what an account begins with comes in on that day
        return Part(account.id, ZERO, (DayChange(beginning, deposits=capital), *changes.changes))
    return Part(account.id, ZERO if beginning > until else capital, changes.changes)
