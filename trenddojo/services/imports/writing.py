"""Clusters of trades written to the books: each within a transaction, and only if the books are as they were read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from itertools import starmap, zip_longest
from uuid import UUID

from trenddojo.domain.fills import Fill
from trenddojo.domain.marks import Mark
from trenddojo.domain.round_trips import PART
from trenddojo.services import books, fills
from trenddojo.services.audit import note
from trenddojo.services.imports import assumed_stops, labelling, outside
from trenddojo.services.imports.arranging import Cluster, Piece
from trenddojo.services.imports.facts import Facts
from trenddojo.services.imports.ground import Ground
from trenddojo.services.imports.rows import Maker, Rows
from trenddojo.store import accounts, import_books, trades
from trenddojo.store.areas import Area
from trenddojo.store.database import db, discard, reading
from trenddojo.store.import_books import StoredFill
from trenddojo.store.models import Account, Execution, Leg, Trade
from trenddojo.store.seats import Seat
from trenddojo.store.splits import splits_of

_Place = tuple[datetime, int, str]


class Moved(Exception):
    """Somebody changed the books of an instrument since they were read: read them again."""


@dataclass(frozen=True, slots=True)
class Work:
    """Some clusters of one instrument, beside the facts that they follow from, and the import that is taken out."""

    facts: Facts
    clusters: Sequence[Cluster]
    instrument_id: UUID
    labels: Sequence[labelling.Label] = ()
    without: UUID | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is to be written: the rows of `made` trades, each with its work, and trips of kept ones to be `joined`."""

    works: Sequence[Work]
    rows: Rows
    made: Sequence[tuple[Work, UUID, Piece]]
    joined: Sequence[tuple[Maker, Piece]]


def prepare(seat: Seat, ground: Ground, works: Sequence[Work], ranges: assumed_stops.Ranges) -> Prepared:
    """Compute all rows, holding no lock: others write meanwhile."""
    rows, made, joined = Rows(), list[tuple[Work, UUID, Piece]](), list[tuple[Maker, Piece]]()
    with reading():
        for work in works:
            maker = Maker(ground, work.facts, seat.account, work.instrument_id, ranges, rows)
            for piece in (piece for cluster in work.clusters for piece in cluster.pieces):
                if piece.kept:
                    joined.append((maker, piece))
                else:
                    made.append((work, maker.add(piece), piece))
        discard()
    return Prepared(works, rows, made, joined)


def write(seat: Seat, ground: Ground, prepared: Prepared) -> set[date]:
    """Write what was prepared, in a transaction that the caller commits; returns the dates whose days must follow.

    Raises Moved, and then the caller rolls back.
    """
    accounts.lock(seat.account)
    touched: set[date] = set()
    labels: list[labelling.Label] = []
    for work in prepared.works:
        _check(ground, work, seat.account)
        labels += [*labelling.carried(_made(work)), *work.labels]
        touched |= _clear(work, seat)
        outside.follow(seat.account, work.facts, work.clusters)
    for maker, piece in prepared.joined:  # first, for a made one may be open, and of one instrument only one is
        touched |= _join(seat, maker, piece)
        db.session.flush()
    prepared.rows.put()
    touched |= {row["on"] for row in prepared.rows.days}
    for work, trade_id, piece in prepared.made:
        if work.facts.has_bars or _lived_through_a_split(work.facts, piece):
            trade = db.session.get_one(Trade, trade_id)
            touched |= books.settle_trade(books.open_books(trade, seat.account), seat)
    touched |= labelling.put(seat, labels)
    _tell(ground, prepared)
    return touched


def _check(ground: Ground, work: Work, account: Account) -> None:
    """Whether the books are as they were read, between the first and the last moment of what is written."""
    facts, clusters = work.facts, work.clusters
    if _marks(ground, work) != facts.marks or tuple(splits_of(account, work.instrument_id)) != facts.splits:
        raise Moved
    places = _places(clusters, facts)
    if not places:
        return
    first, last = min(places), None if _is_open(clusters) else max(places)
    span = first[0], last and last[0]
    now = import_books.fills_between(ground.account_id, work.instrument_id, *span, of_many=facts.is_part)
    both = (_others(rows, first, last, ground) for rows in (facts.fills, now))  # one by one: there may be very many
    if any(before != after for before, after in zip_longest(*both)) or import_books.hand_made(_made(work)):
        raise Moved


def _marks(ground: Ground, work: Work) -> tuple[Mark, ...]:
    return tuple(starmap(Mark, import_books.marks_of(ground.account_id, work.instrument_id)))


def _others(
    rows: Iterable[StoredFill], first: _Place, last: _Place | None, ground: Ground
) -> Iterator[StoredFill | str]:
    """What others brought, from one moment to another.

    What has its place before the first fill or after the last, at their moments, is of other trips. Those may be
    written already, which moves it to other trades, or cuts it anew: of such a fill it counts that it is there.
    """
    others = (row for row in rows if row.import_id != ground.import_id and row.at >= first[0])
    for row in (row for row in others if last is None or row.at <= last[0]):
        if _is_between(row, first, last):
            yield row
        elif not row.key.endswith(PART):
            yield row.key


def _is_between(row: StoredFill, first: _Place, last: _Place | None) -> bool:
    return first <= _place(row) and (last is None or _place(row) <= last)


def _places(clusters: Sequence[Cluster], facts: Facts) -> list[_Place]:
    """Where trips begin and end, and where the fills are of the trades in whose place they come."""
    pieces = [piece for cluster in clusters for piece in cluster.pieces]
    gone = {trade_id for cluster in clusters for trade_id in cluster.trades}
    places = [_place(fill) for piece in pieces for fill in (piece.trip.fills[0], piece.trip.fills[-1])]
    return places + [_place(row) for row in facts.fills if row.trade_id in gone]


def _place(fill: Fill | StoredFill) -> _Place:
    """Where a fill is in the order of all."""
    return fill.at, fill.sequence, fill.key


def _is_open(clusters: Sequence[Cluster]) -> bool:
    return any(piece.is_open for cluster in clusters for piece in cluster.pieces)


def _made(work: Work) -> list[UUID]:
    """The trades that are made anew."""
    return [one for cluster in work.clusters for one in cluster.trades if not work.facts.is_kept(one)]


def _clear(work: Work, seat: Seat) -> set[date]:
    """Take out the trades that are made anew, and of the kept ones the fills that may move."""
    made = _made(work)
    touched = import_books.days_of(made)
    import_books.remove_trades(made)
    kept = {one for cluster in work.clusters for one in cluster.trades} - set(made)
    moving = [row.id for row in work.facts.fills if row.trade_id in kept and row.counts and _may_move(row, work)]
    import_books.remove_fills(moving)
    db.session.expire_all()
    holding = {one for cluster in work.clusters for piece in cluster.pieces for one in piece.kept}
    for trade_id in kept - holding:
        touched |= books.settle_trade(books.open_books(db.session.get_one(Trade, trade_id), seat.account), seat)
    return touched


def _may_move(row: StoredFill, work: Work) -> bool:
    return not work.facts.is_anchor(row) or (work.without is not None and row.import_id == work.without)


def _join(seat: Seat, maker: Maker, piece: Piece) -> set[date]:
    """Put the fills of a trip that are not there yet into the kept trade that it is."""
    (trade_id,) = piece.kept
    trade = db.session.get_one(Trade, trade_id)
    legs = trades.legs_of(trade_id)
    rows = []
    for fill in piece.trip.fills:
        if not any(maker.facts.is_anchor(row) and row.key == fill.key for row in piece.entry(fill).rows):
            row = maker.fill_row(piece, fill, trade_id)
            if fill.leg is not None:
                leg = _leg_then(legs, fill)
                row |= {"leg": leg.number, "stop": fills.stop_then(leg, fill.at)}
            rows.append(row)
    import_books.put(Execution, rows)
    return books.settle_trade(books.open_books(trade, seat.account), seat)


def _leg_then(legs: Sequence[Leg], fill: Fill) -> Leg:
    """The leg that an entry of a kept trade belongs to: the last that was there by then, else the first."""
    there = [leg for leg in legs if leg.created_at <= fill.at]
    return there[-1] if there else legs[0]


def _lived_through_a_split(facts: Facts, piece: Piece) -> bool:
    first, last = piece.trip.fills[0].at, piece.trip.fills[-1].at
    return any(first < one.at and (piece.is_open or one.at <= last) for one in facts.splits)


def _tell(ground: Ground, prepared: Prepared) -> None:
    """Say in the audit log what was written: of so many rows their number and hash."""
    rows, digest = prepared.rows, sha256()
    for row in rows.fills:
        said = (row["key"], row["at"].isoformat(), row["side"], row["quantity"], row["price"], row["fee"], row["fx"])
        digest.update("|".join(map(str, said)).encode())
    removed = sum(len(_made(work)) for work in prepared.works)
    note(
        "import trades",
        Area.TRADING,
        ground.account_name,
        account_id=ground.account_id,
        statement=str(ground.import_id),
        fills=len(rows.fills),
        trades=len(rows.trades),
        trades_taken_out=removed,
        sha256=digest.hexdigest(),
    )
