"""Open positions that are one bet with each other, or in one sector, beside how many of them the limits allow."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from trenddojo.domain.budgets import Budget
from trenddojo.services.market.sessions import Bet, Correlations, plain
from trenddojo.store.models import Trade


@dataclass(frozen=True, slots=True)
class Concentration:
    """Open positions that count against one limit, and how many of them it allows.

    `name` is the sector, or the person's own group where it tells them all, else their symbols.
    """

    name: str
    positions: Budget


def correlated(
    held: Sequence[Trade], known: Correlations, sectors: Mapping[str, str], most: int
) -> tuple[Concentration, ...]:
    """Of every open position those that are one bet with it, the most first; alone only where it names a group."""
    bets = {trade.id: Bet.of(trade, sectors) for trade in held}
    found: dict[frozenset[UUID], str] = {}
    for trade in held:
        members = [one for one in held if one is trade or known.pair(bets[trade.id], bets[one.id]).are_one]
        if len(members) > 1 or plain(trade.correlation_group):
            found.setdefault(frozenset(one.id for one in members), _name_of(members))
    return _fullest_first(((name, len(members)) for members, name in found.items()), most)


def by_sector(held: Iterable[Trade], sectors: Mapping[str, str], most: int) -> tuple[Concentration, ...]:
    """How many positions are open in each sector, long or short, the most first; those without one are in none."""
    members: defaultdict[str, list[str]] = defaultdict(list)
    for trade in held:
        if name := sectors.get(trade.symbol):
            members[plain(name)].append(name)
    return _fullest_first(((names[0], len(names)) for names in members.values()), most)


def _fullest_first(counted: Iterable[tuple[str, int]], most: int) -> tuple[Concentration, ...]:
    ordered = sorted(counted, key=lambda one: (-one[1], one[0].casefold()))
    return tuple(Concentration(name, Budget(Decimal(count), Decimal(most))) for name, count in ordered)


def _name_of(members: Sequence[Trade]) -> str:
    """The group that all of them are in, as first written, else their symbols."""
    names = {plain(one.correlation_group) for one in members}
    if len(names) == 1 and (name := members[0].correlation_group.strip()):
        return name
    return ", ".join(sorted(one.symbol for one in members))
