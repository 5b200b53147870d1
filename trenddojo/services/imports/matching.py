"""Which fills of a statement the books have already: each of theirs is at most one of the statement's.

By the broker's own name where there is one, else by content, counted: of two equal fills in the file and one in the
books one is new. What people typed has its time to the minute at best, and their price may be rounded: there the day
decides, and the price as far as it was typed. What was deleted since stays so, unless a person had typed it: who puts
typed trades away makes room for the statement.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import time
from decimal import Decimal
from uuid import UUID

from trenddojo.domain.equity import local_date
from trenddojo.domain.fills import Fill
from trenddojo.domain.money import ONE, PRICE_PLACES, ZERO, exactly, rounded
from trenddojo.domain.round_trips import PART
from trenddojo.services.imports import details
from trenddojo.services.imports.ground import Ground
from trenddojo.services.imports.match import Match
from trenddojo.services.imports.told import CONTENT, Told, content_key
from trenddojo.store.import_books import StoredFill

_NOON = time(12)
_FEWEST = 2
"""Places of a price that a person types at least."""


def matched(told: Iterable[Told], stored: Sequence[StoredFill], ground: Ground, identity: str) -> list[Match]:
    """Every fill of one instrument that the statement tells of, in order, beside the books' own."""
    named = list(_named(keyed(told, ground.source.family, identity)))
    found = _Found(stored, ground)
    found.by_key([one.told for one in named if one.is_open])
    for rule in (found.at_their_moments, found.on_their_days, found.as_typed, found.as_typed_together):
        if left := [one.told for one in named if one.is_open and one.told.row not in found.same]:
            rule(left)
    for number, one in enumerate(named):  # in place: there may be very many
        if one.told.row in found.same:
            named[number] = replace(one, same=found.same[one.told.row])
    return _in_between(details.compared(named, found.left(), ground), ground.import_id)


def keyed(told: Iterable[Told], family: str, identity: str) -> Iterator[Told]:
    """Fills in the order of time with keys: of equal ones without a name each with its number among them."""
    equals: Counter[tuple[object, ...]] = Counter()
    moment = None
    for one in told:
        if one.fill.at != moment:
            moment = one.fill.at
            equals.clear()
        if one.fill.key:
            yield one
        else:
            yield replace(one, fill=replace(one.fill, key=content_key(family, identity, one, equals[one.content])))
            equals[one.content] += 1


def _named(told: Iterable[Told]) -> Iterator[Match]:
    """Fills with keys, each key once."""
    first: dict[str, Told] = {}
    for one in told:
        key = one.fill.key
        if key not in first:
            first[key] = one
            yield Match(one)
        elif first[key].content == one.content:
            yield Match(one, twice=first[key].line)
        else:
            yield Match(
                one, why_not=f"Its execution id is that of line {first[key].line} already, which says otherwise."
            )


class _Found:
    """The books' fills that are not taken yet. Each rule looks at what those before it left."""

    def __init__(self, stored: Sequence[StoredFill], ground: Ground) -> None:
        self.same: dict[int, StoredFill] = {}
        self._ground, self._stored = ground, stored
        self._taken: set[str] = set()

    def by_key(self, told: Iterable[Told]) -> None:
        """By the name that both have."""
        by_key = {row.key: row for row in self._stored}
        for one in told:
            if (row := by_key.get(one.fill.key)) is not None:
                self._take(one, row)

    def at_their_moments(self, told: Iterable[Told]) -> None:
        """By content, to the moment."""
        rows = _by(self.left(), lambda row: (row.side, row.quantity, row.price, row.at))
        for one in told:
            self._first(one, rows.get(one.content, ()))

    def on_their_days(self, told: Iterable[Told]) -> None:
        """By content, where one of the two has but a date."""
        rows = _by(self.left(), lambda row: (row.side, row.quantity, row.price, self._day(row)))
        for one in told:
            fill = one.fill
            same = rows.get((fill.side, fill.quantity, fill.price, self._day(fill)), ())
            self._first(one, (row for row in same if one.is_dated or self._is_dated(row)))

    def as_typed(self, told: Iterable[Told]) -> None:
        """By what a person typed: the day, and the price as far as it was typed."""
        rows = _by(self._typed(), lambda row: (row.side, row.quantity, self._day(row)))
        for one in told:
            fill = one.fill
            same = rows.get((fill.side, fill.quantity, self._day(fill)), ())
            self._first(one, (row for row in same if _is_near(row.price, fill.price)))

    def as_typed_together(self, told: Sequence[Told]) -> None:
        """What a person typed as one where the statement tells several of a day, one after the other."""
        rows = _by(self._typed(), lambda row: (row.side, self._day(row)))
        days: defaultdict[tuple[object, ...], list[Told]] = defaultdict(list)
        for one in told:
            days[one.fill.side, self._day(one.fill)].append(one)
        for key, typed in rows.items():
            for row in typed:
                left = [one for one in days.get(key, ()) if one.row not in self.same and self._may_be(one, row)]
                for one in _run_of(left, row):
                    self._take(one, row)

    def left(self) -> Iterator[StoredFill]:
        """What the books have beside the fills that were found."""
        rows = (row for row in _whole(self._stored) if row.key not in self._taken)
        return (row for row in rows if row.counts or row.import_id is not None)

    def _typed(self) -> Iterator[StoredFill]:
        return (row for row in self.left() if row.import_id is None and row.order_id is None and row.root_id is None)

    def _first(self, told: Told, rows: Iterable[StoredFill]) -> None:
        for row in rows:
            if row.key not in self._taken and self._may_be(told, row):
                self._take(told, row)
                return

    def _take(self, told: Told, row: StoredFill) -> None:
        self.same[told.row] = row
        self._taken.add(row.key)

    def _may_be(self, told: Told, row: StoredFill) -> bool:
        """Two names of the same broker are two fills."""
        if not self._ground.may_tell_the_same(row.import_id):
            return False
        has_name = not told.fill.key.startswith(CONTENT)
        return not (has_name and self._has_name(row))

    def _has_name(self, row: StoredFill) -> bool:
        if row.import_id is not None:
            own = self._ground.sources[row.import_id].family == self._ground.source.family
            return own and not row.key.startswith(CONTENT)
        is_told = row.root_id is not None or row.order_id is not None
        return is_told and self._ground.source.family in ("", self._ground.broker)

    def _day(self, one: StoredFill | Fill) -> object:
        return local_date(one.at, self._ground.zone)

    def _is_dated(self, row: StoredFill) -> bool:
        return row.at.astimezone(self._ground.zone).time() == _NOON


def _by(
    rows: Iterable[StoredFill], key: Callable[[StoredFill], tuple[object, ...]]
) -> dict[tuple[object, ...], list[StoredFill]]:
    found: defaultdict[tuple[object, ...], list[StoredFill]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


def _whole(stored: Sequence[StoredFill]) -> Iterator[StoredFill]:
    """Fills as they were told: the parts of one that turned a position round together."""
    parts = {row.key: row for row in stored}
    for row in stored:
        first = row.key.removesuffix(PART)
        if row.key.endswith(PART) and first in parts:
            continue
        rest = parts.get(row.key + PART)
        yield row if rest is None else row._replace(quantity=row.quantity + rest.quantity)


def _is_near(typed: Decimal, told: Decimal) -> bool:
    """Whether a price is the told one as far as it was typed."""
    places = _places(typed)
    return rounded(told, places) == rounded(typed, places)


@exactly
def _run_of(told: Sequence[Told], row: StoredFill) -> Sequence[Told]:
    """The first of several fills that follow one another and are a typed one together; none where there are none."""
    whole = value = ZERO
    start = 0
    for end, one in enumerate(told, start=1):
        whole += one.fill.quantity
        value += one.fill.quantity * one.fill.price
        while whole > row.quantity:
            first, start = told[start].fill, start + 1
            whole -= first.quantity
            value -= first.quantity * first.price
        if whole == row.quantity and _is_within_a_tick(row.price, value / whole):
            return told[start:end]
    return ()


def _is_within_a_tick(typed: Decimal, average: Decimal) -> bool:
    """Whether an average is a typed price, give or take one of the last place that it was typed to."""
    return abs(typed - average) <= ONE.scaleb(-_places(typed))


def _places(typed: Decimal) -> int:
    """The places of a price that count as typed, from two to six."""
    exponent = typed.normalize().as_tuple().exponent
    return min(max(_FEWEST, -exponent if isinstance(exponent, int) else 0), PRICE_PLACES)


def _in_between(found: list[Match], own: UUID) -> list[Match]:
    """New fills beside known ones of the same moment keep the place that the file gives them."""
    result: list[Match] = []
    moment: list[Match] = []
    for one in [*found, None]:
        if one is None or (moment and one.told.fill.at != moment[0].told.fill.at):
            result += _placed(moment, own)
            moment = []
        if one is not None:
            moment.append(one)
    return result


def _placed(moment: list[Match], own: UUID) -> list[Match]:
    """The place of a new one is counted from the known one before it, of those before the first from that.

    What this very import has booked is as new as the rest.
    """
    same = ((number, one.same) for number, one in enumerate(moment))
    known = {number: row.sequence for number, row in same if row is not None and row.import_id != own}
    if not known:
        return moment
    placed = []
    for number, one in enumerate(moment):
        before = max((other for other in known if other < number), default=min(known))
        at_it = replace(one.told.fill, sequence=known[before] + number - before)
        placed.append(one if number in known else replace(one, told=replace(one.told, fill=at_it)))
    return placed
