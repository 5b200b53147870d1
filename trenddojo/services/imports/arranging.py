"""How all fills of an instrument make trades, those of the books and those of a statement together.

First in, first out, from flat to flat, whatever order they arrived in. Trades that imports made follow from their fills
and are made anew where those change. Trades with something that people made are kept: they may gain fills, but none of
their own may leave them, and no two of them become one. What a statement tells to that effect is refused.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

from trenddojo.domain.fills import Fill
from trenddojo.domain.round_trips import PART, RoundTrip, trips_from_flat
from trenddojo.domain.terms import ExitReason
from trenddojo.services.imports import expiring
from trenddojo.services.imports.facts import Facts
from trenddojo.services.imports.ground import Ground
from trenddojo.services.imports.told import Told
from trenddojo.store.import_books import StoredFill, StoredTrade

_ROUNDS = 20
"""How often a course is cut anew before all that is new in it is refused."""


NONE: Mapping[str, Fill] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Entry:
    """A fill as it was told, whole. `rows` are what the books have of it, none for a new one."""

    fill: Fill
    import_id: UUID | None
    reason: ExitReason | None
    rows: tuple[StoredFill, ...] = ()
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A trade as it has to be: its trip, what each part of it is from, and the kept trades that it holds fills of.

    `cut_anew` are the keys of fills that turn the position round at another quantity than in the books. `is_open`:
    something is held after the last fill.
    """

    trip: RoundTrip
    entries: Mapping[str, Entry]
    cut_anew: Collection[str]
    kept: frozenset[UUID]
    is_open: bool

    def entry(self, fill: Fill) -> Entry:
        """What a part of the trip was told as."""
        return self.entries.get(fill.key) or self.entries[fill.key.removesuffix(PART)]

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


@dataclass(slots=True)
class Cluster:
    """Trades that have to be written together: `pieces` take the place of `trades`, all between two moments."""

    pieces: list[Piece] = field(default_factory=list)
    trades: set[UUID] = field(default_factory=set)

    def and_then(self, later: "Cluster") -> "Cluster":
        """This one with what a later one writes, too."""
        self.pieces += later.pieces
        self.trades |= later.trades
        return self

    @property
    def size(self) -> int:
        """How many fills are written."""
        return sum(len(piece.trip.fills) for piece in self.pieces) or 1


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What has to be written, oldest first, and why lines are refused, by their row."""

    clusters: tuple[Cluster, ...]
    refused: Mapping[int, str]


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
    for count in range(_ROUNDS + 1):
        entries = stored + [_new(one, ground) for one in told if one.row not in refused]
        pieces = _pieces(entries, facts, ground)
        bad = _conflicts(pieces, facts)
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
    return Arrangement(tuple(_clusters(fine, facts, lost)), refused)


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


def _new(told: Told, ground: Ground) -> Entry:
    return Entry(told.fill, ground.import_id, told.reason, (), told)


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
    first = parts[0]
    whole = sum((part.quantity for part in parts), Decimal(0))
    fee = sum((part.fee for part in parts), Decimal(0))
    return Fill(first.key, first.at, first.sequence, first.side, whole, first.price, fee, first.fee_estimated, first.fx)


def _pieces(entries: Sequence[Entry], facts: Facts, ground: Ground) -> list[Piece]:
    by_key = {entry.fill.key: entry for entry in entries}
    found = trips_from_flat((entry.fill for entry in entries), facts.splits)
    trips = list(found.closed)
    is_open = found.open is not None
    if found.open is not None:
        last = _expired(found.open, by_key, facts, ground)
        is_open = last is None
        trips.append(last or found.open)
    cut_anew = _cut_anew(trips, by_key)
    last_one = len(trips) - 1
    return [_piece(trip, by_key, cut_anew, facts, is_open and n == last_one) for n, trip in enumerate(trips)]


def _expired(trip: RoundTrip, by_key: dict[str, Entry], facts: Facts, ground: Ground) -> RoundTrip | None:
    """What is held after all fills with the exit that its expiry was; None unless it expired."""
    sources = (by_key.get(fill.key) or by_key[fill.key.removesuffix(PART)] for fill in trip.fills)
    import_id = expiring.expires(facts.expiry, (one.import_id for one in sources), ground)
    if import_id is None or facts.expiry is None:
        return None
    fill = expiring.expiry_of(trip, facts.expiry, facts, ground)
    by_key[fill.key] = Entry(fill, import_id, ExitReason.EXPIRED)
    return replace(trip, fills=(*trip.fills, fill))


def _cut_anew(trips: Iterable[RoundTrip], by_key: Mapping[str, Entry]) -> frozenset[str]:
    """The fills whose parts in the books are not those that they have to be."""
    parts: defaultdict[str, set[tuple[str, Decimal]]] = defaultdict(set)
    for fill in (fill for trip in trips for fill in trip.fills):
        key = fill.key if fill.key in by_key else fill.key.removesuffix(PART)
        if by_key[key].rows:
            parts[key].add((fill.key, fill.quantity))
    return frozenset(
        key for key, have_to_be in parts.items() if {(row.key, row.quantity) for row in by_key[key].rows} != have_to_be
    )


def _piece(
    trip: RoundTrip, by_key: Mapping[str, Entry], cut_anew: Collection[str], facts: Facts, is_open: bool
) -> Piece:
    piece = Piece(trip, by_key, cut_anew, frozenset(), is_open)
    kept = frozenset(row.trade_id for row in piece.rows if facts.is_anchor(row)) if facts.trades else frozenset()
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
    found: list[tuple[int, Cluster]] = []
    first: dict[UUID, int] = {}
    live = _live(facts)
    tied = [(piece, {row.trade_id for row in piece.rows}) for piece in pieces]
    times = Counter(trade_id for _, trades in tied for trade_id in trades)
    for number, (piece, trades) in enumerate(tied):
        if _stands(piece, trades, live) and times[next(iter(trades))] == 1:
            continue
        since = min((first.setdefault(trade_id, number) for trade_id in trades), default=number)
        mine = Cluster([piece], trades)
        while found and found[-1][0] >= since:
            mine = found.pop()[1].and_then(mine)
        found.append((number, mine))
    for trade_id in set(lost) - first.keys():
        yield Cluster([], {trade_id})  # first, for one of them may be open, and so may what follows
    yield from (cluster for _, cluster in found)


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
