"""One broker's fills told at two levels of detail: order by order and execution by execution, or as closed lots.

Their names and sizes differ, so that nothing finds one among the others. What is left after all that is found, of an
instrument's day and side, is therefore compared as a whole with what the books have left of it at another level: the
same quantity for the same money is known already, and anything else is refused. Never do both go into the books.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from trenddojo.domain.equity import local_date
from trenddojo.domain.fills import Fill
from trenddojo.domain.money import ZERO, exactly
from trenddojo.domain.round_trips import PART
from trenddojo.domain.terms import Side
from trenddojo.services.imports.ground import BROKER_API, Ground
from trenddojo.services.imports.match import Match
from trenddojo.services.imports.told import CONTENT
from trenddojo.store.import_books import StoredFill

_LOTS = frozenset({"schwab_lots", "tradervue_trades"})
"""Formats that tell averages and closed lots instead of fills."""
_NOBODYS = frozenset({"", "mapped"})
"""Families that do not say whose fills they tell: two of those may be two brokers'."""
_TOLD_BY_NAMES = frozenset({"interactive_brokers"})
"""Families of which executions have ids, and orders numbers or none."""
_SAME = 100
"""Prices at two levels are rounded, or after fees: the money is the same within one part of so many."""


class _Names(Enum):
    """What a broker calls fills by at a level."""

    NONE = "none"
    NUMBERS = "numbers"
    IDS = "ids"


class _Level(NamedTuple):
    family: str
    is_lots: bool
    names: _Names


_Set = tuple[date, Side]


def compared(found: Sequence[Match], left: Iterable[StoredFill], ground: Ground) -> list[Match]:
    """The fills of one instrument, those known or refused that the books tell of at another level of detail.

    `left` are the books' fills that are none of them.
    """
    stored = {} if ground.source.family in _NOBODYS else _stored(left, ground)
    if not stored:
        return list(found)
    told: defaultdict[tuple[_Set, _Level], list[Match]] = defaultdict(list)
    for one in found:
        if one.is_open:
            told[_set(one.told.fill, ground), _own_level(one.told.fill.key, ground)].append(one)
    judged: dict[int, Match] = {}
    for (which, level), several in told.items():
        others = [row for at, rows in stored.get(which, {}).items() if at != level for row in rows]
        if others:
            judged.update((one.told.row, one) for one in _judged(several, others, ground))
    return [judged.get(one.told.row, one) for one in found]


def _stored(left: Iterable[StoredFill], ground: Ground) -> dict[_Set, dict[_Level, list[StoredFill]]]:
    """What the books have of the same broker, by day and side, and by level."""
    stored: dict[_Set, dict[_Level, list[StoredFill]]] = {}
    for row in left:
        level = _level_of(row, ground)
        if level is not None:
            stored.setdefault(_set(row, ground), {}).setdefault(level, []).append(row)
    return stored


def _judged(told: Sequence[Match], others: Sequence[StoredFill], ground: Ground) -> Iterable[Match]:
    ours, theirs = _sums(one.told.fill for one in told), _sums(others)
    day = f"{_set(told[0].told.fill, ground)[0]:%Y-%m-%d}"
    if ours[0] == theirs[0] and abs(ours[1] - theirs[1]) * _SAME <= abs(theirs[1]):
        within = f"The books have that day's {_fills(len(others))} at another level of detail, of the same sum."
        return [replace(one, within=within) for one in told]
    did = "bought" if told[0].told.fill.side is Side.BUY else "sold"
    why = (
        f"On {day} the books have {theirs[0].normalize():f} {did} at another level of detail, and this file tells of "
        f"{ours[0].normalize():f}: both would count twice. Undo the import that brought the other, or leave this out."
    )
    return [replace(one, why_not=why) for one in told]


def _fills(number: int) -> str:
    return "one fill" if number == 1 else f"{number:,} fills"


@exactly
def _sums(fills: Iterable[Fill | StoredFill]) -> tuple[Decimal, Decimal]:
    """The quantity and the money of several fills, without the multiplier."""
    pairs = [(fill.quantity, fill.quantity * fill.price) for fill in fills]
    return sum((one for one, _ in pairs), ZERO), sum((money for _, money in pairs), ZERO)


def _set(fill: Fill | StoredFill, ground: Ground) -> _Set:
    return local_date(fill.at, ground.zone), fill.side


# ---- levels


def _own_level(key: str, ground: Ground) -> _Level:
    return _level(ground.source.family, ground.source.format, key)


def _level_of(row: StoredFill, ground: Ground) -> _Level | None:
    """At which level the books tell of a fill; None where it is not the same broker's, or this very import's."""
    if row.import_id == ground.import_id or not ground.is_of_same_broker(row.import_id):
        return None
    if row.import_id is not None:
        source = ground.sources[row.import_id]
        return _level(source.family, source.format, row.key)
    is_told = row.root_id is not None or row.order_id is not None
    return _level(ground.broker, BROKER_API, row.key) if is_told else None


def _level(family: str, format_name: str, key: str) -> _Level:
    """Where a format names some of its fills only, their names tell no level: IBKR's do, and those of a connection."""
    is_told = family in _TOLD_BY_NAMES or format_name == BROKER_API
    return _Level(family, format_name in _LOTS, _names(key) if is_told else _Names.NONE)


def _names(key: str) -> _Names:
    if key.startswith(CONTENT):
        return _Names.NONE
    name = key.removesuffix(PART).rpartition(":")[2]
    return _Names.NUMBERS if name.isdigit() else _Names.IDS
