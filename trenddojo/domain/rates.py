"""Exchange rates by date: what one currency was worth in another, with the date and the source that say so.

A rate of a date holds until the next one that is known: markets have days off, and sources miss days. What nobody told
is None and never 1, except that a currency is always worth itself.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from trenddojo.domain.money import ONE, exactly

ECB = "ecb"
"""The source of the reference rates that the European Central Bank publishes; what it tells is of one euro."""
HUBS = ("EUR", "USD")
"""The currencies over which a cross is made, in this order."""


@dataclass(frozen=True, slots=True)
class DatedRate:
    """What `source` said on a date: one unit of `base` is worth `rate` of `quote`."""

    source: str
    base: str
    quote: str
    on: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class FoundRate:
    """A rate as it was found, unrounded: of a cross the older of its two dates; `over` is the currency between.

    A currency in itself has no source.
    """

    rate: Decimal
    on: date
    source: str = ""
    over: str = ""


class RateTable:
    """Rates in memory, looked up by date. Rates of different sources are never crossed with each other."""

    def __init__(self, rates: Iterable[DatedRate]) -> None:
        ordered: defaultdict[tuple[str, str, str], dict[date, Decimal]] = defaultdict(dict)
        for one in rates:
            ordered[one.source, one.base, one.quote][one.on] = one.rate
        self._dates = {key: sorted(told) for key, told in ordered.items()}
        self._rates = ordered

    def at(self, base: str, quote: str, on: date, own: str = "") -> FoundRate | None:
        """What one `base` was worth in `quote` on a date, by the ECB or by the source `own`.

        Of all ways that lead there the one with the newest date counts; of equal dates the own source's before the
        ECB's, and within a source direct before inverse before a cross (rule 54 of docs/NUMBERS.md).
        """
        if base == quote:
            return FoundRate(ONE, on)
        ways = [way for source in dict.fromkeys((own, ECB)) for way in self._ways(source, base, quote, on)]
        return max(ways, key=lambda way: way.on, default=None)  # of equal ones the first

    def _ways(self, source: str, base: str, quote: str, on: date) -> Iterator[FoundRate]:
        yield from self._known(source, base, quote, on)
        for hub in HUBS:
            if hub not in (base, quote):
                yield from self._cross(source, base, hub, quote, on)

    def _known(self, source: str, base: str, quote: str, on: date) -> Iterator[FoundRate]:
        """Direct, then inverse."""
        if (told := self._last(source, base, quote, on)) is not None:
            yield FoundRate(told[1], told[0], source)
        if (told := self._last(source, quote, base, on)) is not None:
            yield FoundRate(_inverse(told[1]), told[0], source)

    @exactly
    def _cross(self, source: str, base: str, hub: str, quote: str, on: date) -> list[FoundRate]:
        first = max(self._known(source, base, hub, on), key=lambda way: way.on, default=None)
        second = max(self._known(source, hub, quote, on), key=lambda way: way.on, default=None)
        if first is None or second is None:
            return []
        return [FoundRate(first.rate * second.rate, min(first.on, second.on), source, hub)]

    def _last(self, source: str, base: str, quote: str, on: date) -> tuple[date, Decimal] | None:
        key = source, base, quote
        dates = self._dates.get(key, [])
        place = bisect_right(dates, on)
        return (dates[place - 1], self._rates[key][dates[place - 1]]) if place else None


@exactly
def _inverse(rate: Decimal) -> Decimal:
    return ONE / rate
