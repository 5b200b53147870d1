"""The course of a trade: its position after each fill, and how it stood with the stops of that moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trenddojo.domain.legs import quantities_left
from trenddojo.domain.stops import Standing, StopChange, standing, stop_in_force
from trenddojo.domain.terms import Direction
from trenddojo.domain.trades import Position, replay
from trenddojo.services.books import Books
from trenddojo.services.split_records import in_units
from trenddojo.store.models import TradeStop


@dataclass(frozen=True, slots=True)
class Course:
    """A trade's positions and stops through time. `positions[i]` is how it was after its first `i` fills."""

    books: Books
    positions: tuple[Position, ...]
    changes: tuple[StopChange, ...]

    def position_at(self, at: datetime) -> Position:
        """The position at a time, fills of that very moment included."""
        return self.positions[sum(fill.at <= at for fill in self.books.position.fills)]

    def stops_at(self, at: datetime, *, before: bool = False) -> dict[int, Decimal | None]:
        """Each leg's stop at a time; `before` leaves the changes of that very moment out."""
        known = [change for change in self.changes if change.at < at] if before else self.changes
        return {leg: stop_in_force(known, leg, at) for leg in {change.leg for change in self.changes}}

    def standing_at(self, at: datetime, *, before: bool = False) -> Standing:
        """How the trade stood at a time, without a mark; `before` as in `stops_at`."""
        position = self.position_at(at)
        fx = position.fills[-1].fx if position.fills else self.books.fx
        return standing(position, self.stops_at(at, before=before), None, fx, self.books.commission)

    def nearest_stop_at(self, at: datetime) -> Decimal | None:
        """The stop that would be hit first at a time."""
        return self.nearest_stop(self.position_at(at), at)

    def nearest_stop(self, position: Position, at: datetime) -> Decimal | None:
        """The stop that would be hit first of what `position` holds, by the stops of a time; of a plan, its own."""
        stops, left = self.stops_at(at), quantities_left(position)
        relevant = [stop for leg, stop in stops.items() if stop is not None and (left.get(leg) or not left)]
        sign = position.direction.sign
        return max(relevant, key=lambda stop: sign * stop) if relevant else None


def course_of(books: Books, stops: Sequence[TradeStop]) -> Course:
    """Follow a trade through its fills and `stops`, which are as they were told and oldest first."""
    fills, trade = books.position.fills, books.trade
    positions = [_after(trade.direction, books, count) for count in range(len(fills) + 1)]
    told = in_units(trade, stops, books.position, books.splits, books.units)
    return Course(books, tuple(positions), tuple(StopChange(row.leg, row.at, row.new) for row in told))


def _after(direction: Direction, books: Books, count: int) -> Position:
    return replay(direction, books.instrument.multiplier, books.position.fills[:count])
