"""How all fills of an instrument make trades, those of the books and those of a statement together.

First in, first out, from flat to flat, whatever order they arrived in. Trades that imports made follow from their fills
and are made anew where those change. Trades with something that people made are kept: they may gain fills, but none of
their own may leave them, and no two of them become one. What a statement tells to that effect is refused.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain
from types import MappingProxyType
from uuid import UUID

from trenddojo.domain.fills import Fill
from trenddojo.domain.round_trips import PART, RoundTrip, held_after, trips_from_flat
from trenddojo.domain.terms import ExitReason
from trenddojo.services.imports import expiring
from trenddojo.services.imports.cutting import Part
from trenddojo.services.imports.facts import Facts
from trenddojo.services.imports.ground import Ground
from trenddojo.services.imports.told import Told
from trenddojo.store.import_books import StoredFill, StoredTrade

_ROUNDS = 20
"""How often a course is cut anew before all that is new in it is refused."""


NONE: Mapping[str, Fill] = MappingProxyType({})
_NO_TRADES: frozenset[UUID] = frozenset()
"""One for all trips: there may be very many, and each empty set is an object of its own."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A fill as it was told, whole. `rows` are what the books have of it, none for a new one."""

    fill: Fill
    import_id: UUID | None
    reason: ExitReason | None
    rows: tuple[StoredFill, ...] = ()
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """What fills were told as, by their keys: `known` ones, and `new` ones, of which there may be very many."""

    known: dict[str, Entry]
    new: Mapping[str, Told]
    import_id: UUID

    def of(self, fill: Fill) -> Entry:
        """What a fill, or the part of one, was told as."""
        return self._at(fill.key) or self._whole(fill.key.removesuffix(PART))

    def _at(self, key: str) -> Entry | None:
        told = self.new.get(key)
        return self.known.get(key) if told is None else Entry(told.fill, self.import_id, told.reason, (), told)

    def _whole(self, key: str) -> Entry:
        found = self._at(key)
        if found is None:
            raise KeyError(key)
        return found


@dataclass(frozen=True, slots=True)
class Piece:
    """A trade as it has to be: its trip, what each part of it is from, and the kept trades that it holds fills of.

    `cut_anew` are the keys of fills that turn the position round at another quantity than in the books. `is_open`:
    something is held after the last fill.
    """

    trip: RoundTrip
    sources: Sources
    cut_anew: Collection[str]
    kept: frozenset[UUID]
    is_open: bool

    def entry(self, fill: Fill) -> Entry:
        """What a part of the trip was told as."""
        return self.sources.of(fill)

    @property
    def rows(self) -> Iterator[StoredFill]:
        """What the books have of it; of a fill that is cut anew all its parts."""
        for fill in self.trip.fills:
            entry = self.entry(fill)
            is_anew = entry.fill.key in self.cut_anew
            yield from (row for row in entry.rows if is_anew or row.key == fill.key)

    @property
    def new(self) -> list[Told]:
        """What of it the statement alone tells."""
        told = (self.entry(fill).told for fill in self.trip.fills)
        return [one for one in told if one is not None]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Trades that have to be written together: `pieces` take the place of `trades`, all between two moments."""

    pieces: tuple[Piece, ...]
    trades: frozenset[UUID]

    @property
    def size(self) -> int:
        """How many fills are written."""
        return sum(len(piece.trip.fills) for piece in self.pieces) or 1


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What has to be written, oldest first, and why lines are refused, by their row.

    `is_flat`: nothing is held at the end, whatever of the lines is refused, so that later fills arrange themselves.
    """

    clusters: tuple[Cluster, ...]
    refused: Mapping[int, str]
    is_flat: bool


class Unfit(ValueError):
    """Without what is taken out, a trade that people have worked on could not stand; the sentence says which."""


def arranged(
    facts: Facts, told: Sequence[Told], ground: Ground, begun: Mapping[str, Fill] = NONE, without: UUID | None = None
) -> Arrangement:
    """All fills of an instrument as trades, with what is newly `told`, and without what an import brought.

    `begun` are fills of this import that are in the books, by their keys, as the statement tells them. Raises Unfit
    where taking out takes fills away which a kept trade needs.
    """
    refused: dict[int, str] = {}
    stored, lost = list(_stored(facts, begun, without)), _losing(facts, without)
    bad: Mapping[int, str] = {}
    pieces: list[Piece] = []
    is_flat = True
    for count in range(_ROUNDS + 1):
        new = {one.fill.key: one for one in told if one.row not in refused}
        pieces = _pieces(Sources({one.fill.key: one for one in stored}, new, ground.import_id), facts, ground)
        is_flat = is_flat and _ends_flat(pieces)
        bad = _with_tied(_conflicts(pieces, facts), pieces)
        rows = {one.row: why for number, why in bad.items() for one in pieces[number].new}
        if not rows:
            break
        refused.update(
            dict.fromkeys((one.row for one in told), next(iter(rows.values()))) if count == _ROUNDS else rows
        )
    for number, why in bad.items():
        if lost & {row.trade_id for row in pieces[number].rows}:
            raise Unfit(why)
    fine = [piece for number, piece in enumerate(pieces) if number not in bad]
    return Arrangement(tuple(_clusters(fine, facts, lost)), refused, is_flat)


def _ends_flat(pieces: Sequence[Piece]) -> bool:
    """Whether nothing is held after the last fill, an expiry that nobody told of left aside."""
    return not pieces or not (pieces[-1].is_open or expiring.is_assumed(pieces[-1].trip.fills[-1].key))


def held_then(
    facts: Facts,
    told: Iterable[Told],
    part: Part,
    before: Decimal,
    *,
    begun: Mapping[str, Fill] = NONE,
    without: UUID | None = None,
) -> Decimal:
    """What is held after one part of the past, beginning with what was held `before` it; the rest as `arranged`."""
    since, until = part
    splits = (one for one in facts.splits if (since is None or one.at >= since) and (until is None or one.at < until))
    fills = chain((one.fill for one in _stored(facts, begun, without)), (one.fill for one in told))
    return held_after(fills, splits, before)


def _losing(facts: Facts, without: UUID | None) -> frozenset[UUID]:
    """The trades that lose fills. Raises Unfit where one that people have worked on would lose all."""
    if without is None:
        return frozenset()
    rows = [row for row in facts.fills if row.counts]
    losing = frozenset(row.trade_id for row in rows if row.import_id == without)
    left = {row.trade_id for row in rows if row.import_id != without}
    for trade_id in losing - left:
        if what := (facts.hands or {}).get(trade_id):
            opened = facts.trade(trade_id).opened_at
            raise Unfit(f"The {facts.symbol} trade of {opened:%Y-%m-%d} has {what}, which would be lost.")
    return losing


def _stored(facts: Facts, begun: Mapping[str, Fill], without: UUID | None) -> Iterator[Entry]:
    """The books' fills, the parts of one that turned a position round together again: the second may be missing where
    booking was stopped between the two trades."""
    rows = {row.key: row for row in facts.fills if row.counts}
    for row in rows.values():
        if expiring.is_assumed(row.key) or (without is not None and row.import_id == without):
            continue
        if _is_second_part(row, rows, facts):
            continue
        rest = rows.get(row.key + PART)
        parts = (row, rest) if rest is not None and _is_second_part(rest, rows, facts) else (row,)
        whole = begun.get(row.key) if rest is None and not facts.is_anchor(row) else None
        fill = _joined(parts) if whole is None else replace(whole, key=row.key, sequence=row.sequence)
        yield Entry(fill, row.import_id, row.exit_reason or parts[-1].exit_reason, parts)


def _is_second_part(row: StoredFill, rows: Mapping[str, StoredFill], facts: Facts) -> bool:
    first = rows.get(row.key.removesuffix(PART)) if row.key.endswith(PART) else None
    return first is not None and not facts.is_anchor(row) and not facts.is_anchor(first)


def _joined(parts: Sequence[StoredFill]) -> Fill:
    first, *others = parts
    whole = sum((part.quantity for part in others), first.quantity)
    fee = sum((part.fee for part in others), first.fee)
    return Fill(first.key, first.at, first.sequence, first.side, whole, first.price, fee, first.fee_estimated, first.fx)


def _pieces(sources: Sources, facts: Facts, ground: Ground) -> list[Piece]:
    fills = chain((one.fill for one in sources.known.values()), (one.fill for one in sources.new.values()))
    found = trips_from_flat(fills, facts.splits)
    trips = list(found.closed)
    is_open = found.open is not None
    if found.open is not None:
        last = _expired(found.open, sources, facts, ground)
        is_open = last is None
        trips.append(last or found.open)
    cut_anew = _cut_anew(trips, sources) if sources.known else frozenset()
    last_one = len(trips) - 1
    return [_piece(trip, sources, cut_anew, facts, is_open and n == last_one) for n, trip in enumerate(trips)]


def _expired(trip: RoundTrip, sources: Sources, facts: Facts, ground: Ground) -> RoundTrip | None:
    """What is held after all fills with the exit that its expiry was; None unless it expired."""
    import_id = expiring.expires(facts.expiry, (sources.of(fill).import_id for fill in trip.fills), ground)
    if import_id is None or facts.expiry is None:
        return None
    fill = expiring.expiry_of(trip, facts.expiry, facts, ground)
    sources.known[fill.key] = Entry(fill, import_id, ExitReason.EXPIRED)
    return replace(trip, fills=(*trip.fills, fill))


def _cut_anew(trips: Iterable[RoundTrip], sources: Sources) -> frozenset[str]:
    """The fills whose parts in the books are not those that they have to be."""
    parts: defaultdict[str, set[tuple[str, Decimal]]] = defaultdict(set)
    for fill in (fill for trip in trips for fill in trip.fills):
        entry = sources.of(fill)
        if entry.rows and not _is_one(fill, entry):
            parts[entry.fill.key].add((fill.key, fill.quantity))
    return frozenset(
        key
        for key, have_to_be in parts.items()
        if {(row.key, row.quantity) for row in sources.known[key].rows} != have_to_be
    )


def _is_one(fill: Fill, entry: Entry) -> bool:
    """Whether a fill is one, in the books and in its trip: there may be very many of those."""
    return len(entry.rows) == 1 and (entry.rows[0].key, entry.rows[0].quantity) == (fill.key, fill.quantity)


def _piece(trip: RoundTrip, sources: Sources, cut_anew: Collection[str], facts: Facts, is_open: bool) -> Piece:
    piece = Piece(trip, sources, cut_anew, _NO_TRADES, is_open)
    kept = frozenset(row.trade_id for row in piece.rows if facts.is_anchor(row)) if facts.trades else _NO_TRADES
    return replace(piece, kept=kept) if kept else piece


# ---- what cannot be


def _conflicts(pieces: Sequence[Piece], facts: Facts) -> dict[int, str]:
    """Why trips cannot be, by their number."""
    where: defaultdict[UUID, list[int]] = defaultdict(list)
    for number, piece in enumerate(pieces):
        for trade_id in piece.kept:
            where[trade_id].append(number)
    bad: dict[int, str] = {}
    for trade_id, numbers in where.items():
        why = _why_not(facts.trade(trade_id), [pieces[number] for number in numbers], facts)
        if why:
            bad.update(dict.fromkeys(numbers, why))
    return bad


def _with_tied(bad: Mapping[int, str], pieces: Sequence[Piece]) -> Mapping[int, str]:
    """Beside the trips that cannot be, those that share a trade with one of them: written without it, they would take
    the trade's other fills out of the books."""
    if not bad:
        return bad
    trades = [{row.trade_id for row in piece.rows} for piece in pieces]
    where: defaultdict[UUID, list[int]] = defaultdict(list)
    for number, ids in enumerate(trades):
        for trade_id in ids:
            where[trade_id].append(number)
    found, todo = dict(bad), list(bad)
    while todo:
        number = todo.pop()
        tied = {other for trade_id in trades[number] for other in where.pop(trade_id, ())} - found.keys()
        found.update(dict.fromkeys(tied, found[number]))
        todo += tied
    return found


def _why_not(trade: StoredTrade, holding: Sequence[Piece], facts: Facts) -> str:
    """Why a kept trade cannot have its fills in these trips; empty where it can."""
    which = f"the {facts.symbol} trade of {trade.opened_at:%Y-%m-%d}" if trade.opened_at else f"a {facts.symbol} trade"
    if len(holding) > 1:
        return f"It would divide {which}, which people have worked on."
    if len(holding[0].kept) > 1:
        return f"It would join {which} with another that people have worked on."
    if holding[0].trip.direction is not trade.direction:
        return f"It would turn {which} round, which people have worked on."
    return ""


# ---- what has to be written


def _clusters(pieces: Iterable[Piece], facts: Facts, lost: Collection[UUID]) -> Iterator[Cluster]:
    """Trips that are not in the books as they have to be, together with those that share a trade and all between them;
    trades that lost all their fills before."""
    if not facts.trades:
        yield from (Cluster((piece,), _NO_TRADES) for piece in pieces)
        return
    found: list[tuple[int, Cluster]] = []
    first: dict[UUID, int] = {}
    live = _live(facts)
    tied = [(piece, frozenset(row.trade_id for row in piece.rows) or _NO_TRADES) for piece in pieces]
    times = Counter(trade_id for _, trades in tied for trade_id in trades)
    for number, (piece, trades) in enumerate(tied):
        if _stands(piece, trades, live) and times[next(iter(trades))] == 1:
            continue
        since = min((first.setdefault(trade_id, number) for trade_id in trades), default=number)
        start = len(found)
        while start and found[start - 1][0] >= since:
            start -= 1
        mine = _together([*(one for _, one in found[start:]), Cluster((piece,), trades)])
        found[start:] = [(number, mine)]
    for trade_id in set(lost) - first.keys():
        yield Cluster((), frozenset({trade_id}))  # first, for one of them may be open, and so may what follows
    yield from (cluster for _, cluster in found)


def _together(clusters: Sequence[Cluster]) -> Cluster:
    if len(clusters) == 1:
        return clusters[0]
    pieces = tuple(piece for one in clusters for piece in one.pieces)
    return Cluster(pieces, frozenset().union(*(one.trades for one in clusters)))


def _live(facts: Facts) -> dict[UUID, set[tuple[str, Decimal]]]:
    live: defaultdict[UUID, set[tuple[str, Decimal]]] = defaultdict(set)
    for row in facts.fills:
        if row.counts:
            live[row.trade_id].add((row.key, row.quantity))
    return live


def _stands(piece: Piece, trades: Collection[UUID], live: Mapping[UUID, set[tuple[str, Decimal]]]) -> bool:
    """Whether the books have a trip already as it has to be."""
    if len(trades) != 1:
        return False
    return live[next(iter(trades))] == {(fill.key, fill.quantity) for fill in piece.trip.fills}
