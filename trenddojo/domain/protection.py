"""What of a position has no working stop: leg by leg, what is held against what guards it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from trenddojo.domain.money import ZERO


@dataclass(frozen=True, slots=True)
class Held:
    """What a leg holds, in units, and the stop that was planned for it; None for none."""

    leg: int
    quantity: Decimal
    stop: Decimal | None


@dataclass(frozen=True, slots=True)
class Guard:
    """A stop that works: how many units it would still close, of which leg. A sleeping one guards nothing.

    `is_family` is one that the broker keeps in step with its entry or its target.
    """

    order_id: UUID
    leg: int
    quantity: Decimal
    is_family: bool


@dataclass(frozen=True, slots=True)
class Protection:
    """How a position stands: units without a stop by leg, guards that have nothing left to close, and by how many units
    the others together would close more than is held."""

    missing: Mapping[int, Decimal]
    idle: tuple[Guard, ...]
    kept: tuple[Guard, ...]
    excess: Decimal

    @property
    def unguarded(self) -> Decimal:
        """All units that a planned stop should guard and none does."""
        return sum(self.missing.values(), ZERO)

    @property
    def is_complete(self) -> bool:
        """Whether every unit with a planned stop is guarded."""
        return not self.missing


def protection_of(held: Iterable[Held], guards: Iterable[Guard]) -> Protection:
    """Set guards against what is held.

    A guard covers its own leg first and what it has left over any other: a stop closes whatever is held. What guards
    more than all that is held is idle as a whole where the position stays guarded without it, the broker's own last.
    """
    wanted = {one.leg: one.quantity for one in held if one.stop is not None and one.quantity > 0}
    total = sum((one.quantity for one in held if one.quantity > 0), ZERO)
    kept, idle = _needed(sorted(guards, key=lambda one: (not one.is_family, -one.quantity)), total)
    covered = sum((one.quantity for one in kept), ZERO)
    return Protection(_missing(wanted, kept), tuple(idle), tuple(kept), max(ZERO, covered - total))


def _needed(guards: list[Guard], total: Decimal) -> tuple[list[Guard], list[Guard]]:
    kept: list[Guard] = []
    idle: list[Guard] = []
    covered = ZERO
    for guard in guards:
        if covered >= total:
            idle.append(guard)
        else:
            kept.append(guard)
            covered += guard.quantity
    return kept, idle


def _missing(wanted: Mapping[int, Decimal], guards: Iterable[Guard]) -> dict[int, Decimal]:
    by_leg: defaultdict[int, Decimal] = defaultdict(Decimal)
    for guard in guards:
        by_leg[guard.leg] += guard.quantity
    missing = {leg: quantity - by_leg[leg] for leg, quantity in wanted.items() if quantity > by_leg[leg]}
    spare = sum((max(ZERO, quantity - wanted.get(leg, ZERO)) for leg, quantity in by_leg.items()), ZERO)
    for leg in sorted(missing):
        used = min(spare, missing[leg])
        spare -= used
        missing[leg] -= used
    return {leg: quantity for leg, quantity in missing.items() if quantity}
