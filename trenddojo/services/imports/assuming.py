"""The stops of trades from history assumed anew after their import: by another rule, by none, or by the same one once
the bars that it needs are there.

Nothing but stops changes, and what follows from them: every trade is as if the rule had been chosen before the import.
A stop that somebody placed stays, and so does its trade. Trades are taken by the day on which they closed, so many in
a transaction, at the end of which the account's days are right too. Called again, it does what is left: a trade that
is as the rule says is passed over.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from trenddojo.domain.round_trips import RoundTrip
from trenddojo.services import books, split_records, topics
from trenddojo.services.audit import note
from trenddojo.services.errors import Forbidden
from trenddojo.services.imports import assumed_stops, ranges
from trenddojo.services.imports.assumed_stops import Assumed
from trenddojo.services.imports.booking import CHUNK, DATES, keep_totals
from trenddojo.services.imports.counts import Progress
from trenddojo.services.imports.facts import Facts, terms_of
from trenddojo.services.imports.rows import moves
from trenddojo.services.imports.stop_counts import StopCounts, counted
from trenddojo.services.imports.turns import Turns
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.imports import ImportOptions
from trenddojo.store import accounts, days, import_stops
from trenddojo.store.areas import Area
from trenddojo.store.database import db, discard, reading
from trenddojo.store.import_stops import Anew, Held, Made
from trenddojo.store.models import Import, Instrument
from trenddojo.store.seats import Seat


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
            days.recompute(account, self._put(changes))
            self._tell(changes)
            topics.bump(topics.account(account.id))

    def _anew(self, held: Held, known: dict[UUID, Facts]) -> Anew | None:
        """What a trade's stops have to be; None where they are."""
        instrument_id = held.trade.instrument_id
        if instrument_id not in known:
            known[instrument_id] = terms_of(self._seat.account, db.session.get_one(Instrument, instrument_id))
        found = self._assumed(held, known[instrument_id])
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

    def _put(self, changes: Sequence[Anew]) -> set[date]:
        """Write other stops, and what follows from them; the dates whose days have to follow."""
        if self._seat.account.has_splits:
            for one in changes:
                self._take_splits_back(one.held)
        import_stops.put(changes)
        return {on for one in changes for on in self._settle(one.held)}

    def _take_splits_back(self, held: Held) -> None:
        """What splits made of stops that go; it is made of the others when the trade is settled."""
        found = books.books_of(held.trade, self._seat.account, held.executions, held.legs)
        split_records.follow(held.trade, held.legs, found.position, (), self._seat.user.id)

    def _settle(self, held: Held) -> set[date]:
        trade, account = held.trade, self._seat.account
        found = books.books_of(trade, account, held.executions, held.legs)
        if found.lived_through:
            return books.settle_trade(books.open_books(trade, account), self._seat)
        books.settle_stops(found, self._seat.zone)
        return {trade.closed_on} if trade.closed_on else set()

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
    """About as many trades at a time as a transaction takes, by their fills and by the days on which they closed."""
    portion: list[Made] = []
    fills, dates = 0, set[date | None]()
    for one in made:
        if portion and (fills + one.fills > CHUNK or len(dates | {one.closed_on}) > DATES):
            yield portion
            portion, fills, dates = [], 0, set()
        portion.append(one)
        fills += one.fills
        dates.add(one.closed_on)
    if portion:
        yield portion
