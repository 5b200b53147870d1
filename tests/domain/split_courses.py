"""Trades that were split while they ran, and a slow and obvious recomputation of them, split by split.

Amounts are Fractions. At a split every open lot is made over into the new units at once, with the money that it cost.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from random import Random

from tests.domain.given import at, buy, mark, sell
from tests.oracle import round_to
from trenddojo.domain.fills import Fill
from trenddojo.domain.marks import Mark
from trenddojo.domain.splits import Split
from trenddojo.domain.terms import Direction, Side

RATIOS = ((2, 1), (3, 1), (4, 1), (7, 1), (3, 2), (5, 4), (21, 20), (1, 10), (1, 3), (1, 7), (1, 30), (2, 3))


@dataclass
class Lot:
    """What is open of an entry: units, and what one of them cost or brought in base currency, fee included."""

    quantity: Fraction
    price: Fraction
    cash: Fraction


@dataclass
class Course:
    """A trade by hand: what it booked and holds after each of its events."""

    direction: Direction
    lots: deque[Lot]
    exact: Fraction = Fraction(0)
    mark: Fraction | None = None

    @property
    def held(self) -> Fraction:
        return sum((lot.quantity for lot in self.lots), Fraction(0))

    @property
    def realised(self) -> Decimal:
        return round_to(self.exact, 2)

    @property
    def open_profit(self) -> Decimal:
        sign = self.direction.sign
        values = (lot.quantity * (sign * (self.mark or lot.price) + lot.cash) for lot in self.lots)
        return round_to(sum(values, Fraction(0)), 2)

    @property
    def gross(self) -> Decimal:
        return round_to(sum((lot.quantity * (self.mark or lot.price) for lot in self.lots), Fraction(0)), 2)

    def enter(self, fill: Fill) -> None:
        sign = -1 if fill.side is Side.BUY else 1
        price, quantity = Fraction(fill.price), Fraction(fill.quantity)
        cash = sign * price - Fraction(fill.fee) / quantity
        if fill.side is self.direction.entry_side:
            self.lots.append(Lot(quantity, price * Fraction(fill.fx), cash * Fraction(fill.fx)))
            return
        while quantity:
            lot = self.lots[0]
            part = min(quantity, lot.quantity)
            self.exact += part * (lot.cash + cash * Fraction(fill.fx))
            lot.quantity -= part
            quantity -= part
            if not lot.quantity:
                self.lots.popleft()

    def split(self, split: Split) -> None:
        """What is held in all has 9 places afterwards, and is divided as before."""
        held = self.held
        if not held:
            return
        after = Fraction(round_to(held * split.numerator / split.denominator, 9)) or Fraction(1, 10**9)
        for lot in self.lots:
            lot.quantity, lot.price, lot.cash = (
                lot.quantity * after / held,
                lot.price * held / after,
                lot.cash * held / after,
            )
        self.mark = None if self.mark is None else self.mark * held / after


@dataclass(frozen=True)
class Told:
    """A trade as it was told: everything in the units of its own moment."""

    direction: Direction
    events: tuple[Fill | Mark | Split, ...]

    @property
    def fills(self) -> list[Fill]:
        return [one for one in self.events if isinstance(one, Fill)]

    @property
    def marks(self) -> list[Mark]:
        return [one for one in self.events if isinstance(one, Mark)]

    @property
    def splits(self) -> list[Split]:
        return [one for one in self.events if isinstance(one, Split)]

    def by_hand(self) -> Iterator[tuple[datetime, Course]]:
        """The course after each event: always the same object, as it is then."""
        course = Course(self.direction, deque())
        for event in self.events:
            match event:
                case Fill():
                    course.enter(event)
                case Mark():
                    course.mark = Fraction(event.price) * Fraction(event.fx)
                case Split():
                    course.split(event)
            yield event.at, course

    def initial_risk(self) -> Decimal | None:
        entries = [fill for fill in self.fills if fill.side is self.direction.entry_side]
        risks = [
            self.direction.sign * (Fraction(fill.price) - Fraction(fill.stop)) * Fraction(fill.quantity)
            for fill in entries
            if fill.stop is not None
        ]
        known = len(risks) == len(entries) and all(risk > 0 for risk in risks)
        return (round_to(sum(risks, Fraction(0)), 2) or None) if known else None


def told(seed: int, ratios: Sequence[tuple[int, int]] = RATIOS) -> Told:
    """A random trade of up to a dozen events, one an hour; prices are such that half cents are common."""
    rng = Random(seed)
    direction = rng.choice((Direction.LONG, Direction.SHORT))
    course, events = Course(direction, deque()), list[Fill | Mark | Split]()
    enter, leave = (buy, sell) if direction is Direction.LONG else (sell, buy)
    for number in range(rng.randint(2, 12)):
        if number and not course.held:
            break
        hours, choice = number / 24, rng.random()
        if not number or choice < 0.25:
            price = Decimal(rng.randint(1, 4000)).scaleb(-3)
            stop = f"{price - direction.sign * Decimal(rng.randint(1, 900)).scaleb(-3)}" if rng.random() < 0.9 else None
            fee = rng.choice(("0", "0", "0.01", "0.005", "1.0035"))
            size = f"{rng.randint(1, 12)}"
            event = enter(size, f"{price}", rng.randint(1, 3), day=hours, key=f"{number:02}", fee=fee, stop=stop)
        elif choice < 0.5:
            event = Split(at(hours), *rng.choice(ratios))
        elif choice < 0.65:
            event = mark(f"{Decimal(rng.randint(1, 4000)).scaleb(-3)}", hours)
        else:
            size = f"{_part(rng, course.held)}"
            leg = rng.choice((None, 1, 2))
            price = f"{Decimal(rng.randint(1, 4000)).scaleb(-3)}"
            event = leave(size, price, leg, day=hours, key=f"{number:02}", fee=rng.choice(("0", "0.01")))
        events.append(event)
        _apply(course, event)
    return Told(direction, tuple(events))


def _apply(course: Course, event: Fill | Mark | Split) -> None:
    if isinstance(event, Fill):
        course.enter(event)
    elif isinstance(event, Split):
        course.split(event)


def _part(rng: Random, held: Fraction) -> Decimal:
    """Half, a third or all of what is held, in the places that a quantity has."""
    share = held * rng.choice((Fraction(1, 2), Fraction(1, 3), Fraction(1)))
    part = (Decimal(share.numerator) / Decimal(share.denominator)).quantize(Decimal("1e-9"), ROUND_FLOOR)
    return part if part > 0 else Decimal(held.numerator) / Decimal(held.denominator)


def just_after(moment: datetime) -> datetime:
    return moment + timedelta(microseconds=1)
