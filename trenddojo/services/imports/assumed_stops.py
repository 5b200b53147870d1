"""Stops that a rule assumes for trades from history, which tell none: so that their results can be told in R.

Nobody placed them. They are marked as assumed wherever they are kept, and the stop that a person enters takes their
place.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from trenddojo.domain.equity import local_date
from trenddojo.domain.fills import Fill
from trenddojo.domain.money import HUNDRED, PRICE_PLACES, ZERO, exactly, rounded
from trenddojo.domain.round_trips import RoundTrip
from trenddojo.domain.terms import Direction
from trenddojo.services.imports.facts import Facts
from trenddojo.services.inputs.imports import StopKind, StopRule

Ranges = Callable[[Facts, datetime], Decimal | None]
"""The average true range over the 14 days before a moment, in the instrument's currency; None where bars lack."""

_WORDS = {
    StopKind.PERCENT: "Assumed by an import: {}% from the entry.",
    StopKind.ATR: "Assumed by an import: {} average true ranges from the entry.",
    StopKind.FIXED_RISK: "Assumed by an import: {} at risk.",
}


@dataclass(frozen=True, slots=True)
class Assumed:
    """The stop of an entry, and whether the leg's stop moved there with it."""

    fill: Fill
    stop: Decimal | None
    moved: bool


def words(rule: StopRule) -> str:
    """What the history of a trade says of such a stop."""
    return _WORDS[rule.kind].format(f"{rule.value.normalize():f}")


def assumed(rule: StopRule, trip: RoundTrip, facts: Facts, zone: tzinfo, ranges: Ranges) -> Iterator[Assumed]:
    """The stop of every entry, in order.

    A fixed risk is that of the whole trade, shared by the value of its entries. By the other rules an entry keeps the
    stop of one before it on the same day, unless that would be at or beyond its price.
    """
    distance_of = _Distances(rule, trip, facts, ranges)
    stop: Decimal | None = None
    day = None
    for fill in (one for one in trip.fills if one.leg is not None):
        on = local_date(fill.at, zone)
        is_kept = on == day and rule.kind is not StopKind.FIXED_RISK and _guards(trip.direction, stop, fill.price)
        now = stop if is_kept else _stop(trip.direction, fill.price, distance_of(fill))
        yield Assumed(fill, now, now is not None and now != stop)
        stop, day = stop if now is None else now, on


class _Distances:
    def __init__(self, rule: StopRule, trip: RoundTrip, facts: Facts, ranges: Ranges) -> None:
        self._rule, self._facts, self._ranges = rule, facts, ranges
        entries = [fill for fill in trip.fills if fill.leg is not None]
        self._value = sum((fill.quantity * fill.price * fill.fx for fill in entries), ZERO) * facts.multiplier

    @exactly
    def __call__(self, fill: Fill) -> Decimal | None:
        match self._rule.kind:
            case StopKind.PERCENT:
                return fill.price * self._rule.value / HUNDRED
            case StopKind.ATR:
                found = self._ranges(self._facts, fill.at)
                return None if found is None else found * self._rule.value
            case StopKind.FIXED_RISK:
                return fill.price * self._rule.value / self._value if self._value else None


def _stop(direction: Direction, price: Decimal, distance: Decimal | None) -> Decimal | None:
    """A stop above zero and on the losing side; None where the rule leads to none."""
    if distance is None:
        return None
    stop = rounded(price - direction.sign * distance, PRICE_PLACES)
    return stop if stop > 0 and _guards(direction, stop, price) else None


def _guards(direction: Direction, stop: Decimal | None, price: Decimal) -> bool:
    return stop is not None and direction.sign * (price - stop) > 0
