"""How many trades of an import have a stop that was assumed, and of how many its rule knows too few bars."""

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from trenddojo.services.imports import ranges
from trenddojo.services.imports.facts import terms_of
from trenddojo.services.inputs.imports import StopKind, StopRule
from trenddojo.store import import_books, import_stops
from trenddojo.store.database import db
from trenddojo.store.models import Instrument
from trenddojo.store.seats import Seat


class StopCounts(NamedTuple):
    """Trades that an import made, as its counts keep them; `stops_without_bars` is 0 of a rule that needs no bars."""

    stops_assumed: int
    stops_without_bars: int


def counted(import_id: UUID, rule: StopRule | None, seat: Seat) -> StopCounts:
    """Count them as the books are now, in the caller's transaction."""
    assumed = import_stops.stops_of(import_id).assumed
    asks = rule is not None and rule.kind is StopKind.ATR
    return StopCounts(assumed, len(_without_bars(import_id, seat)) if asks else 0)


def _without_bars(import_id: UUID, seat: Seat) -> set[UUID]:
    lacking = set(_lacking(import_id, seat))
    return lacking - import_stops.with_placed_stops(lacking)


def _lacking(import_id: UUID, seat: Seat) -> Iterator[UUID]:
    """The trades with an entry that has no stop because bars lack, some of them several times."""
    range_before, facts = ranges.of(seat), None
    for one in import_stops.entries_without(import_id):
        if facts is None or facts.instrument_id != one.instrument_id:
            instrument = db.session.get_one(Instrument, one.instrument_id)
            facts = terms_of(seat.account, instrument, has_bars=import_books.has_bars(instrument.id))
        if range_before(facts, one.at) is None:
            yield one.trade_id
