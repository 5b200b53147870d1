"""Money of an account in another currency: each day's change at that day's rate, what stands at the rate of a date.

So what was earned is what it was worth when it was earned, and a sum over days of any period is the sum of its parts.
What the currency itself did to the capital meanwhile is in no change: equity converted on two dates differs by it too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from trenddojo.domain.equity import DayChange
from trenddojo.domain.money import cents, exactly
from trenddojo.domain.rates import FoundRate, RateTable


@dataclass(frozen=True, slots=True)
class ConvertedChanges:
    """Changes in the other currency, in cents; `unknown` are the dates without a rate, whose changes are not there."""

    changes: tuple[DayChange, ...]
    unknown: tuple[date, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every date had a rate."""
        return not self.unknown


@dataclass(frozen=True, slots=True)
class Conversion:
    """From `base` to `quote` by dated rates; `own` names the source that counts beside the ECB."""

    rates: RateTable
    base: str
    quote: str
    own: str = ""

    def at(self, on: date) -> FoundRate | None:
        """The rate that holds on a date, None where nobody told one."""
        return self.rates.at(self.base, self.quote, on, self.own)

    def amount(self, value: Decimal, on: date) -> Decimal | None:
        """An amount of a date, such as a trade's result on the date of its last exit, in cents of the other currency.

        None without a rate; nothing is nothing in any currency.
        """
        found = self.at(on)
        if found is None:
            return None if value else cents(value)
        return converted(value, found.rate)

    def changes(self, given: Iterable[DayChange]) -> ConvertedChanges:
        """Each date's change at the rate of that date, its parts rounded one by one."""
        done, unknown = [], []
        for change in given:
            found = self.at(change.date)
            if found is not None:
                done.append(_change(change, found.rate))
            elif change != DayChange(change.date):
                unknown.append(change.date)
        return ConvertedChanges(tuple(done), tuple(unknown))


@exactly
def converted(value: Decimal, rate: Decimal) -> Decimal:
    """`value` at a rate, in cents, half to even."""
    return cents(value * rate)


def _change(change: DayChange, rate: Decimal) -> DayChange:
    return DayChange(
        date=change.date,
        deposits=converted(change.deposits, rate),
        withdrawals=converted(change.withdrawals, rate),
        other=converted(change.other, rate),
        booked=converted(change.booked, rate),
        open_change=converted(change.open_change, rate),
        gross_change=converted(change.gross_change, rate),
        traded=converted(change.traded, rate),
        opened=change.opened,
        closed=change.closed,
    )
