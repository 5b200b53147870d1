"""One trade of the demo year while it lives: its fills, legs, stops, prices and notes as they come."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from trenddojo.domain.commissions import account_fees
from trenddojo.domain.fills import FIRST_LEG, Fill
from trenddojo.domain.legs import quantities_left
from trenddojo.domain.marks import Mark, open_profit
from trenddojo.domain.money import ONE, ZERO, cents, exactly
from trenddojo.domain.stops import stop_outcome
from trenddojo.domain.terms import Direction, ExitReason, NoteKind, Side, TradeStatus
from trenddojo.domain.trades import Position, in_r, replay
from trenddojo.services.demo.market import Listing
from trenddojo.services.demo.story import Exit, LegPlan, Note, Plan, StopMove, Story

FEE_PER_ORDER: Final = ONE
COMMISSION: Final = account_fees(ZERO, FEE_PER_ORDER)


@dataclass(slots=True)
class Holding:
    """A trade while it lives, the `number`th of the account. `best` is its most favourable close so far."""

    number: int
    plan: Plan
    position: Position
    best: Decimal
    entered_on: int
    stops: dict[int, Decimal] = field(default_factory=dict)
    legs: list[LegPlan] = field(default_factory=list)
    exits: list[Exit] = field(default_factory=list)
    moves: list[StopMove] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    leaves_late: bool = False

    @classmethod
    def begun(cls, number: int, plan: Plan, session: int) -> "Holding":
        """A trade without a fill yet, in the session of that number, with its first leg and stop."""
        signal = plan.signal
        holding = cls(number, plan, replay(signal.direction, ONE, ()), signal.entry, session)
        holding.begin_leg(LegPlan(FIRST_LEG, plan.planned_at, signal.entry, plan.sizing.quantity, signal.stop))
        return holding

    @property
    def direction(self) -> Direction:
        """Which way it gains."""
        return self.plan.signal.direction

    @property
    def listing(self) -> Listing:
        """What it trades."""
        return self.plan.signal.listing

    @property
    def opened_at(self) -> datetime:
        """Its first fill's time."""
        return self.position.fills[0].at

    def entered_at(self, leg: int) -> datetime:
        """A leg's first fill's time."""
        return next(entry.fill.at for entry in self.position.entries if entry.fill.leg == leg)

    @property
    def entry(self) -> Decimal:
        """Its first fill's price."""
        return self.position.fills[0].price

    @property
    def has_taken_target(self) -> bool:
        """Whether a part of it was sold at its first target."""
        return any(exit_.reason is ExitReason.TARGET for exit_ in self.exits)

    @property
    def open_profit(self) -> Decimal:
        """Open P&L at its last mark, in cents."""
        return cents(open_profit(self.position, self.marks[-1] if self.marks else None))

    @property
    def r(self) -> Decimal:
        """Net P&L so far, at the last mark, in units of its initial risk."""
        found = in_r(self.position.realised + self.open_profit, self.position.initial_risk)
        assert found is not None  # noqa: S101 - every entry here has a stop on its right side
        return found

    @property
    def left(self) -> dict[int, Decimal]:
        """What each leg still holds; legs that hold nothing are left out."""
        return {number: quantity for number, quantity in quantities_left(self.position).items() if quantity}

    @property
    def is_open(self) -> bool:
        """Whether anything is left of it."""
        return not self.position.is_closed

    @exactly
    def value(self) -> Decimal:
        """Gross value of what is open at its last mark, else at entry."""
        prices = (self.marks[-1].price if self.marks else lot.fill.price for lot in self.position.lots)
        return sum((lot.quantity * price for lot, price in zip(self.position.lots, prices, strict=True)), ZERO)

    def heat(self) -> Decimal:
        """What it loses against its entries if its stops are hit."""
        return stop_outcome(self.position, dict(self.stops), ONE, COMMISSION).heat

    def better(self, price: Decimal, level: Decimal) -> Decimal:
        """How far `price` is on the gaining side of `level`."""
        return self.direction.sign * (price - level)

    def begin_leg(self, leg: LegPlan) -> None:
        """Plan the first or a further leg, with its own stop."""
        self.legs.append(leg)
        self.set_stop(leg.number, leg.planned_at, leg.stop)

    def enter(self, leg: int, at: datetime, quantity: Decimal, price: Decimal, *, fee: Decimal = FEE_PER_ORDER) -> Fill:
        """Fill a leg, whose stop of now is frozen with the fill."""
        bare = self._fill(at, self.direction.entry_side, quantity, price)
        return self._book(replace(bare, fee=fee, leg=leg, stop=self.stops[leg]))

    def leave(self, leg: int | None, at: datetime, quantity: Decimal, price: Decimal) -> Fill:
        """Fill an exit, of one leg or of the oldest."""
        return self._book(replace(self._fill(at, self.direction.exit_side, quantity, price), leg=leg))

    def _fill(self, at: datetime, side: Side, quantity: Decimal, price: Decimal) -> Fill:
        return Fill(
            key=f"demo-{self.number:04d}-{len(self.position.fills) + 1}",
            at=at,
            sequence=0,
            side=side,
            quantity=quantity,
            price=price,
            fee=FEE_PER_ORDER,
            fee_estimated=False,
            fx=ONE,
        )

    def _book(self, fill: Fill) -> Fill:
        self.position = self.position.with_fill(fill)
        return fill

    def set_stop(self, leg: int, at: datetime, price: Decimal, reason: str = "", *, is_override: bool = False) -> None:
        """Set or move a leg's stop."""
        self.moves.append(StopMove(leg, at, self.stops.get(leg), price, reason, is_override))
        self.stops[leg] = price

    def note(self, kind: NoteKind, at: datetime, body: str) -> None:
        """Write something down about it."""
        self.notes.append(Note(kind, at, body))

    def story(self) -> Story:
        """The trade as it stands."""
        return Story(
            plan=self.plan,
            status=TradeStatus.ACTIVE if self.is_open else TradeStatus.CLOSED,
            legs=tuple(self.legs),
            fills=self.position.fills,
            exits=tuple(self.exits),
            moves=tuple(self.moves),
            notes=tuple(sorted(self.notes, key=lambda note: note.at)),
            marks=tuple(self.marks),
            tags=tuple(self.tags),
        )
