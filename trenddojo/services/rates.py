"""What a currency is worth in another on a date, and the means to convert an account's figures over a span."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from trenddojo.domain.conversion import Conversion
from trenddojo.domain.rates import ECB, HUBS, FoundRate, RateTable
from trenddojo.store import rates
from trenddojo.store.models import Account
from trenddojo.store.rates import Known, source_of
from trenddojo.store.seats import Seat


@dataclass(frozen=True, slots=True)
class Conversions:
    """The rates of a span, in memory: ask for the conversion of each account."""

    table: RateTable
    quote: str

    def of(self, account: Account) -> Conversion:
        """From the account's currency, by what its broker and the ECB told."""
        own = source_of(account.id) if account.mode is not None else ""
        return Conversion(self.table, account.base_currency, self.quote, own)


def conversions(accounts: Collection[Account], quote: str, since: date, until: date) -> Conversions:
    """What converts these accounts' figures into `quote` on any date of a span, read in one query.

    Where all of them are in `quote` already, nothing is read.
    """
    currencies = {account.base_currency for account in accounts}
    if currencies <= {quote}:
        return Conversions(RateTable(()), quote)
    sources = {ECB, *(source_of(account.id) for account in accounts if account.mode is not None)}
    return Conversions(RateTable(rates.within({*currencies, quote, *HUBS}, sources, since, until)), quote)


def rate_at(base: str, quote: str, on: date, account_id: UUID | None = None) -> FoundRate | None:
    """What one `base` was worth in `quote` on a date, by the ECB and, of an account, by its broker."""
    own = source_of(account_id) if account_id else ""
    table = RateTable(rates.within({base, quote, *HUBS}, {ECB, own}, on, on))
    return table.at(base, quote, on, own)


def known_rates(seats: Sequence[Seat]) -> list[Known]:
    """Every pair of currencies of which rates are kept, of the ECB and of the brokers of the accounts seen."""
    return rates.known({ECB, *(source_of(seat.account.id) for seat in seats)})
