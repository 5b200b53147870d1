"""The closed trades of a period, each with its books, course and answers, and the prices that their account sees."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from trenddojo.domain.bars import Bar
from trenddojo.domain.splits import PLAIN, Units, units_at
from trenddojo.domain.stop_moves import Run
from trenddojo.domain.terms import Direction, ExitReason
from trenddojo.domain.trades import Position
from trenddojo.services.bars import finest_bars
from trenddojo.services.books import Books, as_fill, position_of
from trenddojo.services.courses import Course, course_of
from trenddojo.services.split_records import in_units
from trenddojo.store import discipline as stored
from trenddojo.store.discipline import Recorded
from trenddojo.store.models import Account, ChecklistResponse, Instrument, Leg, Trade, TradeStop
from trenddojo.store.seats import Seat
from trenddojo.store.splits import splits_by_instrument, splits_of

MOST = 1_000
"""The trades that one report reads at most, the last closed ones; it says so where there are more."""

STOPS = frozenset((ExitReason.STOP_LOSS, ExitReason.TRAILING_STOP))


@dataclass(frozen=True, slots=True)
class Subject:
    """The trade that a row is about, as it is named and linked to."""

    id: UUID
    symbol: str
    direction: Direction
    setup: str
    closed_on: date
    r: Decimal | None


@dataclass(frozen=True, slots=True)
class Case:
    """One closed trade. `stops` are in the units of its end, without what a split alone moved."""

    course: Course
    legs: Sequence[Leg]
    stops: Sequence[TradeStop]
    answers: Sequence[ChecklistResponse]

    @property
    def trade(self) -> Trade:
        """Its row."""
        return self.course.books.trade

    @property
    def position(self) -> Position:
        """Its books."""
        return self.course.books.position

    @property
    def subject(self) -> Subject:
        """How rows name it."""
        trade, closed_on = self.trade, self.trade.closed_on
        if closed_on is None:
            raise ValueError("Only a closed trade is a case.")
        return Subject(trade.id, trade.symbol, trade.direction, trade.setup, closed_on, trade.r)


@dataclass(slots=True)
class Prices:
    """The finest bars of instruments as an account sees them, each read once, from `since` to `until`."""

    account: Account
    since: datetime
    until: datetime
    _known: dict[tuple[UUID, Units], Sequence[Bar]] = field(default_factory=dict)

    def of(self, instrument: Instrument, units: Units = PLAIN) -> Sequence[Bar]:
        """An instrument's bars in order, in `units`."""
        if (instrument.id, units) not in self._known:
            bars = finest_bars(self.account, instrument, self.since, self.until, units)
            self._known[instrument.id, units] = bars
        return self._known[instrument.id, units]

    def beside(self, instrument: Instrument, at: datetime) -> Sequence[Bar]:
        """An instrument's bars in order, in the units of a moment."""
        splits = splits_of(self.account, instrument.id)
        return self.of(instrument, units_at(splits, at) if splits else PLAIN)

    def run(self, case: Case) -> Run:
        """A closed trade with the prices beside it."""
        trade, books = case.trade, case.course.books
        stopped = frozenset(row.key for row in books.executions if row.exit_reason in STOPS)
        return Run(case.position, stopped, trade.target_2 or trade.target_1, self.of(books.instrument, books.units))


def cases_of(seat: Seat, since: date, until: date) -> tuple[list[Case], int]:
    """The account's trades closed in a period, in order of closing, and how many there are: the last 1,000 at most."""
    found, count = stored.closed_with_records(seat.account.id, since, until, MOST)
    return list(_cases(seat, found)), count


def _cases(seat: Seat, found: Sequence[Recorded]) -> Iterator[Case]:
    known = splits_by_instrument(seat.account)
    for one in found:
        trade, executions, splits = one.trade, tuple(one.executions), known.get(one.instrument.id, ())
        told = map(as_fill, executions)
        position, units = position_of(trade.direction, one.instrument.multiplier, told, splits)
        legs = tuple(one.legs)
        books = Books(trade, seat.account, one.instrument, executions, position, legs, (), None, splits, units)
        yield Case(course_of(books, one.stops), legs, in_units(trade, one.stops, position, splits, units), one.answers)


def first_moment(cases: Sequence[Case], begins: datetime) -> datetime:
    """When the first of the trades opened, if that was before a period `begins`."""
    return min((begins, *(case.position.fills[0].at for case in cases)))
