"""The pyramiding ledger: what each leg of a trade brought, and the adds together beside the first leg alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from trenddojo.domain.legs import Leg, legs
from trenddojo.domain.money import ZERO
from trenddojo.domain.trades import Position, in_r, replay
from trenddojo.services.discipline.cases import Case, Subject


@dataclass(frozen=True, slots=True)
class LegLine:
    """One leg: its average entry for show, and its own risk, result and R, those of its FIFO lots (rule 21)."""

    number: int
    entry: Decimal | None
    quantity: Decimal
    risk: Decimal | None
    realised: Decimal
    r: Decimal | None


@dataclass(frozen=True, slots=True)
class Pyramid:
    """A trade's legs, in the order in which they opened. The adds' risk is None where one of them has none."""

    legs: tuple[LegLine, ...]

    @property
    def first(self) -> LegLine:
        """The leg that the trade began with."""
        return self.legs[0]

    @property
    def adds_realised(self) -> Decimal:
        """What the adds brought together."""
        return sum((leg.realised for leg in self.legs[1:]), ZERO)

    @property
    def adds_risk(self) -> Decimal | None:
        """What the adds risked together."""
        risks = [leg.risk for leg in self.legs[1:] if leg.risk is not None]
        return sum(risks, ZERO) if len(risks) == len(self.legs) - 1 else None

    @property
    def adds_r(self) -> Decimal | None:
        """Their result in units of their risk, once all of them are closed."""
        return in_r(self.adds_realised, self.adds_risk) if all(leg.r is not None for leg in self.legs[1:]) else None


@dataclass(frozen=True, slots=True)
class PyramidTrade:
    """A closed trade with several legs."""

    subject: Subject
    pyramid: Pyramid


@dataclass(frozen=True, slots=True)
class Pyramids:
    """The closed trades with several legs, the last closed first, and what adds and first legs brought in all."""

    trades: tuple[PyramidTrade, ...]
    first_realised: Decimal
    adds_realised: Decimal
    adds_risk: Decimal
    helped: int

    @property
    def adds_r(self) -> Decimal | None:
        """What all adds brought in units of what they risked; None without any risk."""
        return in_r(self.adds_realised, self.adds_risk or None)


def pyramid_of(position: Position) -> Pyramid | None:
    """The legs of a trade, if it has several."""
    found = legs(position)
    return Pyramid(tuple(_line(position, leg) for leg in found)) if len(found) > 1 else None


def _line(position: Position, leg: Leg) -> LegLine:
    entries = [lot.fill for lot in position.entries if lot.fill.leg == leg.number]
    entry = replay(position.direction, position.multiplier, entries).average_entry
    return LegLine(leg.number, entry, leg.entered, leg.initial_risk, leg.realised, leg.r)


def pyramids(cases: Iterable[Case]) -> Pyramids:
    """The ledger of a period's closed trades."""
    made = ((case.subject, pyramid_of(case.position)) for case in cases)
    found = tuple(PyramidTrade(subject, pyramid) for subject, pyramid in made if pyramid is not None)[::-1]
    return Pyramids(
        trades=found,
        first_realised=sum((one.pyramid.first.realised for one in found), ZERO),
        adds_realised=sum((one.pyramid.adds_realised for one in found), ZERO),
        adds_risk=sum((one.pyramid.adds_risk or ZERO for one in found), ZERO),
        helped=sum(one.pyramid.adds_realised > 0 for one in found),
    )
