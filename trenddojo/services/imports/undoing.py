"""A statement is taken out of the books again: its fills and cash, the trades that follow from these alone, and what it
wrote about others. Trades that it joined are made anew from what is left.

What people have done since is never taken out with it: where a trade that they worked on would lose all its fills, or
could not stand without those of the statement, the whole is refused before anything is changed. Instruments and tags
that it brought stay: they are nobody's books.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from uuid import UUID

from trenddojo.domain.money import ZERO
from trenddojo.services.errors import Conflict, Forbidden
from trenddojo.services.imports import labelling, opening, ranges, splitting
from trenddojo.services.imports.arranging import Arrangement, Unfit, arranged, held_then
from trenddojo.services.imports.booking import portions_of, recompute
from trenddojo.services.imports.counts import Counts, Progress
from trenddojo.services.imports.cutting import Part, is_enough, parts
from trenddojo.services.imports.facts import Facts, facts_of
from trenddojo.services.imports.ground import ground_of
from trenddojo.services.imports.stretches import cuts_of_books
from trenddojo.services.imports.turns import Turns
from trenddojo.services.imports.writing import Moved, Work, prepare, write
from trenddojo.store import accounts, import_books, import_removal
from trenddojo.store.database import db, discard, reading
from trenddojo.store.models import Import, Instrument, TradeEvent
from trenddojo.store.seats import Seat

_PORTION = 500
"""Movements of cash, and labels, that are taken out in one transaction."""
_TRIES = 5


def undo(import_: Import, seat: Seat, now: datetime, tell: Progress) -> Counts:
    """Take out what an import brought, in portions; called again, it goes on where it was.

    The counts tell what was taken out. Raises Forbidden for somebody who may only look, and Conflict where what people
    did since cannot stand without it.
    """
    if not seat.may_trade:
        raise Forbidden(f"You may look at {seat.account.name}, but not take an import out there.")
    return _Undoing(import_, seat, now).run(tell)


class _Undoing:
    def __init__(self, import_: Import, seat: Seat, now: datetime) -> None:
        with reading():
            self._ground = ground_of(import_, seat, now)
            self._instruments = import_removal.instruments_brought(import_.id)
            discard()
        self._id, self._seat = self._ground.import_id, seat
        self._turns = Turns()

    def run(self, tell: Progress) -> Counts:
        for instrument_id in self._instruments:
            for _ in self._stretches(instrument_id):
                pass
        with reading():
            if why := import_removal.edited_label(self._id):
                raise Conflict(
                    f"The note that it wrote about a trade in {why} was changed since. Delete that note first."
                )
            brought = import_removal.brought(self._id)
            made, joined = import_books.made_and_joined(self._id)
            discard()
        self._labels()
        for done, instrument_id in enumerate(self._instruments, start=1):
            self._take_out(instrument_id)
            tell(done, len(self._instruments))
        cash = self._cash()
        splitting.take_out(self._ground, self._seat, self._ground.now)
        for _ in recompute(self._seat, self._turns, None):
            tell(len(self._instruments), len(self._instruments))
        opening.take_back(self._id, self._seat)
        return Counts(fills_new=brought, trades_made=made, trades_joined=joined, cash_new=cash)

    def _stretches(self, instrument_id: UUID) -> Iterator[tuple[Facts, Arrangement]]:
        """What is left of an instrument, from flat to flat, as trades. Raises Conflict where it cannot be."""
        with reading():
            put_away = import_removal.worked_on_though_deleted(self._id, instrument_id)
            symbol = db.session.get_one(Instrument, instrument_id).symbol
            discard()
        if put_away:
            raise Conflict(f"A deleted {symbol} trade has {put_away}, which would be lost.")
        facts, held = None, ZERO
        for part in parts(cuts_of_books(self._ground, instrument_id), None):
            later = self._facts(instrument_id, part)
            held = held_then(later, (), part, held, without=self._id)
            facts = later if facts is None else facts.with_later(later)
            if part[1] is None or (not held and is_enough(0, len(facts.fills))):
                yield facts, self._arranged(facts)
                facts = None

    def _facts(self, instrument_id: UUID, part: Part) -> Facts:
        with reading():
            facts = facts_of(self._seat.account, db.session.get_one(Instrument, instrument_id), part)
            discard()
        return facts

    def _arranged(self, facts: Facts) -> Arrangement:
        try:
            return arranged(facts, (), self._ground, without=self._id)
        except Unfit as why:
            raise Conflict(f"This import cannot be taken out. {why}") from None

    def _take_out(self, instrument_id: UUID) -> None:
        for _ in range(_TRIES):
            try:
                for facts, arrangement in self._stretches(instrument_id):
                    self._write(instrument_id, facts, arrangement)
            except Moved:
                discard()
            else:
                with self._turns.turn():
                    accounts.lock(self._seat.account)
                    import_removal.remove_deleted(self._id, instrument_id)
                    import_removal.disown(self._id, instrument_id)
                return
        raise Conflict("The trades change all the time. Take the import out when it is calm.")

    def _write(self, instrument_id: UUID, facts: Facts, arrangement: Arrangement) -> None:
        for clusters in portions_of(arrangement.clusters):
            work = Work(facts, clusters, instrument_id, without=self._id)
            prepared = prepare(self._seat, self._ground, [work], ranges.of(self._seat))
            with self._turns.turn():
                write(self._seat, self._ground, prepared)

    def _labels(self) -> None:
        events: Sequence[TradeEvent] | None = None
        while events is None or events:
            with self._turns.turn():
                accounts.lock(self._seat.account)
                events = import_removal.labels_brought(self._id, self._seat.account.id, _PORTION)
                labelling.take_off(events)

    def _cash(self) -> int:
        count = 0
        while found := self._some_cash():
            with self._turns.turn():
                accounts.lock(self._seat.account)
                import_books.remove_cash([movement_id for movement_id, _ in found])
            count += len(found)
        return count

    def _some_cash(self) -> Sequence[tuple[UUID, date]]:
        with reading():
            found = import_removal.cash_brought(self._id, _PORTION)
            discard()
        return found
