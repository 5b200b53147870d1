"""The stops of trades from history assumed anew after their import: by another rule, by none, or by the same one once
the bars that it needs are there.

Nothing but stops changes, and what follows from them: every trade is as if the rule had been chosen before the import.
A stop that somebody placed stays, and so does its trade. Trades are written some at a time, and the account's days
follow at the end: until then they tell of before. Called again, it does what is left: a trade that is as the rule says
is passed over.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from trenddojo.domain.round_trips import RoundTrip
from trenddojo.services import books, split_records
from trenddojo.services.audit import note
from trenddojo.services.books import Books, Records
from trenddojo.services.errors import Forbidden
from trenddojo.services.imports import assumed_stops, ranges
from trenddojo.services.imports.assumed_stops import Assumed
from trenddojo.services.imports.booking import CHUNK, keep_totals, recompute
from trenddojo.services.imports.counts import Progress
from trenddojo.services.imports.facts import Facts, terms_of
from trenddojo.services.imports.rows import moves
from trenddojo.services.imports.stop_counts import StopCounts, counted
from trenddojo.services.imports.turns import Turns
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.imports import ImportOptions
from trenddojo.store import accounts, import_stops
from trenddojo.store.areas import Area
from trenddojo.store.database import discard, reading
from trenddojo.store.import_stops import Anew, Held, Made
from trenddojo.store.models import Import
from trenddojo.store.seats import Seat

DATES = 120
"""Dates whose days are computed in one transaction: other results may want all totals summed anew, once in each."""


def assume(import_: Import, seat: Seat, tell: Progress) -> StopCounts:
    """Let the stops that nobody placed be those of the rule in the import's options; without one there are none.

    Raises Forbidden for somebody who may only look.
    """
    if not seat.may_trade:
        raise Forbidden(f"You may look at {seat.account.name}, but not assume stops there.")
    return _Assuming(import_, seat).run(tell)


class _Assuming:
    def __init__(self, import_: Import, seat: Seat) -> None:
        self._id, self._rule = import_.id, parse(ImportOptions, import_.options).stop_rule
        self._seat, self._turns, self._range_before = seat, Turns(), ranges.of(seat)

    def run(self, tell: Progress) -> StopCounts:
        keep_totals(self._seat)
        with reading():
            made = import_stops.made_by(self._id)
            discard()
        done = 0
        for portion in _portions(made):
            with self._turns.turn():
                self._write([one.id for one in portion])
            done += len(portion)
            tell(done, len(made))
        for _ in recompute(self._seat, self._turns, {one.closed_on for one in made if one.closed_on}, DATES):
            tell(done, len(made))
        with reading():
            counts = counted(self._id, self._rule, self._seat)
            discard()
        return counts

    def _write(self, trade_ids: Sequence[UUID]) -> None:
        account = self._seat.account
        accounts.lock(account)
        facts: dict[UUID, Facts] = {}
        found = (self._anew(one, facts) for one in import_stops.held(self._id, trade_ids))
        changes = [one for one in found if one is not None]
        if changes:
            self._put(changes)
            self._tell(changes)

    def _anew(self, held: Held, known: dict[UUID, Facts]) -> Anew | None:
        """What a trade's stops have to be; None where they are."""
        of = held.instrument
        if of.id not in known:
            known[of.id] = terms_of(self._seat.account, of, has_bars=held.has_bars)
        found = self._assumed(held, known[of.id])
        stop_of = {one.fill.key: one.stop for one in found}
        stops = {row.id: stop_of.get(row.key) for row in held.executions}
        rule, by = self._rule, held.executions[0].created_by
        rows = moves(held.trade.id, rule, found, by) if rule else []
        if _are(held, {(row["id"], row["reason"]) for row in rows}, stops):
            return None
        last = next((one.stop for one in reversed(found) if one.stop is not None), None)
        return Anew(held, rows, last, stops)

    def _assumed(self, held: Held, facts: Facts) -> list[Assumed]:
        if self._rule is None:
            return []
        direction = held.trade.direction
        entries = (books.as_fill(row) for row in held.executions if row.side is direction.entry_side)
        trip = RoundTrip(direction, tuple(entries), is_whole=True)
        return list(assumed_stops.assumed(self._rule, trip, facts, self._seat.zone, self._range_before))

    def _put(self, changes: Sequence[Anew]) -> None:
        if self._seat.account.has_splits:
            for one in changes:
                self._take_splits_back(one.held)
        import_stops.put(changes)
        for one in changes:
            self._settle(one.held)

    def _take_splits_back(self, held: Held) -> None:
        """What splits made of stops that go; it is made of the others when the trade is settled."""
        found = self._books(held)
        split_records.follow(held.trade, held.legs, found.position, (), self._seat.user.id)

    def _settle(self, held: Held) -> None:
        found = self._books(held)
        if found.lived_through:
            books.settle_trade(books.open_books(held.trade, self._seat.account), self._seat)
        else:
            books.settle_stops(found, self._seat.zone)

    def _books(self, held: Held) -> Books:
        records = Records(held.instrument, held.executions, held.legs, held.is_marked)
        return books.books_of(held.trade, self._seat.account, records)

    def _tell(self, changes: Sequence[Anew]) -> None:
        """Say in the audit log what was assumed: of so many stops their number and hash."""
        rows, digest = [row for one in changes for row in one.moves], sha256()
        for row in rows:
            digest.update("|".join(map(str, (row["trade_id"], row["at"].isoformat(), row["new"]))).encode())
        note(
            "assume stops",
            Area.TRADING,
            self._seat.account.name,
            account_id=self._seat.account.id,
            statement=str(self._id),
            rule=assumed_stops.words(self._rule) if self._rule else "None.",
            trades=len(changes),
            stops=len(rows),
            sha256=digest.hexdigest(),
        )


def _are(held: Held, moved: set[tuple[UUID, str]], stops: Mapping[UUID, Decimal | None]) -> bool:
    """Whether a trade has these moves of its stop, and its fills these stops."""
    known = {(row.id, row.reason) for row in held.stops if row.is_assumed}
    return known == moved and all(row.stop == stops[row.id] for row in held.executions)


def _portions(made: Iterable[Made]) -> Iterator[list[Made]]:
    """About as many trades at a time as a transaction takes, by their fills."""
    portion: list[Made] = []
    for one in made:
        if portion and sum(each.fills for each in portion) + one.fills > CHUNK:
            yield portion
            portion = []
        portion.append(one)
    if portion:
        yield portion
