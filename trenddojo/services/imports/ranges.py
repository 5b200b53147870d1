"""The average true range before a moment, in its units, from the bars of prices that an account sees."""

from datetime import datetime, timedelta
from decimal import Decimal

from trenddojo.domain.ranges import DAYS, average_true_range
from trenddojo.domain.splits import units_at
from trenddojo.domain.terms import Timeframe
from trenddojo.services.bars import known_bars
from trenddojo.services.imports.assumed_stops import Ranges
from trenddojo.services.imports.facts import Facts
from trenddojo.store.database import db
from trenddojo.store.models import Instrument
from trenddojo.store.seats import Seat

_SPAN = timedelta(days=3 * DAYS)
"""Long enough for so many trading days, holidays included."""


def of(seat: Seat) -> Ranges:
    """What an account knows of ranges; asked within a transaction."""

    def range_before(facts: Facts, at: datetime) -> Decimal | None:
        if not facts.has_bars or facts.instrument_id is None:
            return None
        instrument = db.session.get_one(Instrument, facts.instrument_id)
        units, told = units_at(facts.splits, at), known_bars(seat.account, instrument, at - _SPAN, at)
        days = [units.bar(bar) for bar in told if bar.timeframe is Timeframe.DAY and bar.end <= at]
        return average_true_range(days)

    return range_before
