"""What an import stands on: its account's terms and what is known of every import there, read once and then at hand.

Booking computes outside of any transaction, so that others may write meanwhile; nothing here asks the database again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from trenddojo.domain.money import FX_PLACES, ONE, rounded
from trenddojo.domain.rates import ECB, HUBS, RateTable
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.imports import ImportOptions, StopRule
from trenddojo.statements import registry
from trenddojo.store import import_books, rates
from trenddojo.store.models import Import
from trenddojo.store.rates import source_of
from trenddojo.store.seats import Seat

_JOURNALS = frozenset({"", "mapped", "tradervue"})
"""Families that tell of any broker's fills: theirs may be the same as a broker's own."""
_SAME_BROKER = frozenset({"schwab", "thinkorswim"})
"""Families that tell of one broker's fills, each by names of its own."""


@dataclass(frozen=True, slots=True)
class Source:
    """One import of an account, as far as its fills say so later: whose names they have, and what it assumed."""

    format: str
    family: str
    stop_rule: StopRule | None
    expires: bool
    created_by: UUID


@dataclass(frozen=True, slots=True)
class Ground:
    """One import's account. `sources` are all imports of the account by their ids."""

    import_id: UUID
    account_id: UUID
    broker: str
    currency: str
    zone: ZoneInfo
    opened_on: date
    account_name: str
    options: ImportOptions
    source: Source
    sources: Mapping[UUID, Source]
    rates: RateTable
    now: datetime

    def fx(self, currency: str, told: Decimal | None, on: date) -> Decimal | None:
        """What one `currency` was worth in the account's: as the statement says, else as the rates of that date."""
        if currency == self.currency:
            return ONE
        if told is not None and told > 0:
            return rounded(told, FX_PLACES) or None
        found = self.rates.at(currency, self.currency, on, source_of(self.account_id))
        return None if found is None else (rounded(found.rate, FX_PLACES) or None)

    def key(self, told: str) -> str:
        """How a fill's own name is kept: a broker's as its connection tells it, any other with its family."""
        return told if self.source.family in ("", self.broker) else f"{self.source.family}:{told}"

    def may_tell_the_same(self, import_id: UUID | None) -> bool:
        """Whether another import, or None for what no import brought, can tell of fills that this one tells of."""
        if import_id is None:
            return True
        both = {self.sources[import_id].family, self.source.family}
        return self.is_of_same_broker(import_id) or bool(_JOURNALS & both)

    def is_of_same_broker(self, import_id: UUID | None) -> bool:
        """Whether another import, or the account's own broker for None, tells of the same broker's fills."""
        both = {self.broker if import_id is None else self.sources[import_id].family, self.source.family}
        return len(both) == 1 or both <= _SAME_BROKER


def ground_of(import_: Import, seat: Seat, now: datetime) -> Ground:
    """Read what an import stands on, in the caller's transaction."""
    account = seat.account
    sources = {one.id: _source(one, account.broker) for one in import_books.imports_of(account.id)}
    told = rates.within(_currencies(account.base_currency), {ECB, source_of(account.id)}, date.min, date.max)
    return Ground(
        import_id=import_.id,
        account_id=account.id,
        broker=account.broker,
        currency=account.base_currency,
        zone=seat.zone,
        opened_on=account.opened_on,
        account_name=account.name,
        options=parse(ImportOptions, import_.options),
        source=sources[import_.id],
        sources=sources,
        rates=RateTable(told),
        now=now,
    )


def _currencies(base: str) -> set[str]:
    return {base, *HUBS, *import_books.currencies_with_rates()}


def _source(one: Import, broker: str) -> Source:
    options = parse(ImportOptions, one.options)
    return Source(one.format, _family(one.format, broker), options.stop_rule, options.expire_options, one.created_by)


def _family(name: str, broker: str) -> str:
    """The family of a format; what a broker told through its connection is its own."""
    if name == BROKER_API:
        return broker
    return next((one.family for one in registry.FORMATS if one.name == name), "")


BROKER_API = "broker_api"
"""The format of what an account's own broker was asked for."""
