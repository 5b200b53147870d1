"""What the page of exchange rates shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from trenddojo.domain.rates import ECB
from trenddojo.services.rate_files import ImportedRates
from trenddojo.store.rates import Known, source_of
from trenddojo.store.seats import Seat


@dataclass(frozen=True, slots=True)
class Source:
    """Who tells rates, and of which pairs; `id` is for the page's anchors."""

    id: str
    name: str
    pairs: tuple[Known, ...]


def sources(known: Iterable[Known], seats: Sequence[Seat]) -> list[Source]:
    """The ECB, then the brokers by the accounts that they told rates for."""
    names = {source_of(seat.account.id): f"The broker of {seat.account.name}" for seat in seats}
    names[ECB] = "European Central Bank"
    by_source = groupby(known, key=lambda one: one.source)
    found = [Source(source, names[source], tuple(pairs)) for source, pairs in by_source]
    return sorted(found, key=lambda one: (one.id != ECB, one.name))


def told(done: ImportedRates) -> str:
    """What an import did, in a sentence or two."""
    span = f"{done.first} to {done.last}" if done.first != done.last else f"{done.first}"
    if not done.added + done.changed:
        return f"Nothing new: all {done.known:,} rates of {span} were known."
    changed = f" {done.changed:,} changed." if done.changed else ""
    known = f" {done.known:,} were known." if done.known else ""
    return f"{done.added:,} rates of {done.currencies} currencies added, {span}.{changed}{known}"
