"""A statement that was looked at is written to the books, in short transactions between which others write.

Each instrument is compared with the books anew and computed without a lock; what follows is written only if the books
still are as they were read. Trades are whole after every transaction. The account's days follow at the end, date by
date: until then they tell of before. Begun again after a stop it finds what it wrote, and goes on.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from trenddojo.services import topics
from trenddojo.services.errors import Conflict, Forbidden
from trenddojo.services.imports import cutting, opening, ranges, splitting
from trenddojo.services.imports.arranging import Cluster
from trenddojo.services.imports.cash_lines import CashReader, row_of
from trenddojo.services.imports.contracts import Group, grouped, made
from trenddojo.services.imports.counting import Tally
from trenddojo.services.imports.counts import Counts, Progress
from trenddojo.services.imports.courses import Course, course_of
from trenddojo.services.imports.ground import Ground, ground_of
from trenddojo.services.imports.labelling import Label
from trenddojo.services.imports.portions import PORTION, portions
from trenddojo.services.imports.stop_counts import counted
from trenddojo.services.imports.stretches import Cuts, cuts_of
from trenddojo.services.imports.turns import Turns
from trenddojo.services.imports.writing import Moved, Work, prepare, write
from trenddojo.statements import spooled
from trenddojo.statements.lines import CashLine, Contract
from trenddojo.statements.spool import Spool
from trenddojo.statements.spooled import Spooled, Verdict
from trenddojo.store import accounts, days, import_books, report_totals
from trenddojo.store.database import db, discard, reading
from trenddojo.store.models import CashMovement, Import
from trenddojo.store.seats import Seat

CHUNK = 500
"""Fills that are written in one transaction, unless one trade has more."""
DATES = 30
"""Dates whose days are computed in one transaction."""
_TRIES = 5


def book(import_: Import, seat: Seat, spool: Spool, now: datetime, tell: Progress) -> Counts:
    """Write what is new to the books, in portions; called again, it goes on where it was.

    Raises Forbidden for somebody who may only look, and Conflict where the books never hold still.
    """
    if not seat.may_trade:
        raise Forbidden(f"You may look at {seat.account.name}, but not import there.")
    return _Booking(import_, seat, spool, now).run(tell)


class _Booking:
    def __init__(self, import_: Import, seat: Seat, spool: Spool, now: datetime) -> None:
        with reading():
            self._ground: Ground = ground_of(import_, seat, now)
            self._resumed = import_books.has_brought(import_.id)
            discard()
        self._seat, self._spool = seat, spool
        self._tally = Tally(self._ground)
        self._touched: set[date] = set()
        self._turns = Turns()

    def run(self, tell: Progress) -> Counts:
        spool = self._spool
        total = sum(spooled.count_of(spool, table) for table in ("fills", "cash"))
        keep_totals(self._seat)
        for done in self._written():
            tell(done, total)
        opens_on = opening.follow(self._ground.import_id, self._seat)
        for _ in recompute(self._seat, self._turns, None if self._resumed else self._touched):
            tell(total, total)
        with reading():
            self._tally.trades_made, self._tally.trades_joined = import_books.made_and_joined(self._ground.import_id)
            stops = counted(self._ground.import_id, self._ground.source.stop_rule, self._seat)
            discard()
        counts = self._tally.counts(spooled.count_of(spool, "skipped"))
        return replace(counts, opens_on=opens_on, **stops._asdict())

    def _written(self) -> Iterator[int]:
        done = 0
        self._judge(list(splitting.bring(self._spool, self._ground, self._seat, self._ground.now)))
        waiting: list[Course] = []
        for group in grouped(spooled.contracts_of_fills(self._spool), self._ground):
            if cuts := self._cuts(group):
                for size in self._in_stretches(group, cuts):
                    done += size
                    yield done
                continue
            waiting.append(self._course(group))
            done += waiting[-1].size
            if _is_enough(waiting):
                self._flush(waiting)
                yield done
        self._flush(waiting)
        yield done
        cash = CashReader(self._ground)
        for portion in portions(spooled.cash(self._spool), PORTION):
            self._cash(cash, portion)
            done += len(portion)
            yield done

    def _in_stretches(self, group: Group, cuts: Cuts) -> Iterator[int]:
        """Write an instrument stretch by stretch; yields the size of each."""
        since = None
        while True:
            size, since = self._write_alone(self._course(group, cuts, since), cuts, since)
            yield size
            if since is None:
                return

    def _cuts(self, group: Group) -> Cuts:
        return cuts_of(self._spool, group, self._ground, self._seat)

    def _course(self, group: Group, cuts: Cuts = (), since: datetime | None = None) -> Course:
        return course_of(self._spool, group, self._ground, self._seat, cuts=cuts, since=since)

    def _flush(self, waiting: list[Course]) -> None:
        """Write the small ones together, and each large one in portions; then none waits any more."""
        large = [one for one in waiting if _size(one) >= CHUNK]
        small = [one for one in waiting if _size(one) < CHUNK]
        waiting.clear()
        try:
            self._write([(one, one.clusters, one.labels) for one in small])
        except Moved:
            discard()
            for one in small:
                self._write_alone(one)
        else:
            for one in small:
                self._count(one)
        while large:
            self._write_alone(large.pop(0))

    def _write_alone(
        self, course: Course, cuts: Cuts = (), since: datetime | None = None
    ) -> tuple[int, datetime | None]:
        """Write an instrument in portions of whole trades; one that others changed meanwhile is compared anew.

        A stretch of it is then cut anew too, for of its trades some are written. Returns how many lines it has, and
        where the next stretch begins.
        """
        group = course.group
        for _ in range(_TRIES):
            if self._is_written(course):
                self._count(course)
                return course.size, course.until
            del course  # it may be as large as the next
            course = self._course(group, cuts and self._cuts(group), since)
        raise Conflict(f"The trades in {course.facts.symbol} change all the time. Import again when it is calm.")

    def _is_written(self, course: Course) -> bool:
        """Write it; False where its books moved meanwhile."""
        try:
            for clusters in portions_of(course.clusters):
                self._write([(course, clusters, ())])
            for labels in portions(iter(course.labels), PORTION):
                self._write([(course, (), labels)])
        except Moved:
            discard()
            return False
        return True

    def _write(self, parts: Sequence[tuple[Course, Sequence[Cluster], Sequence[Label]]]) -> None:
        todo = [part for part in parts if part[1] or part[2]]
        if not todo:
            return
        ids = self._instruments([course for course, _, _ in todo])
        works = [Work(one.facts, of, ids[one.group.contract], labels) for one, of, labels in todo]
        prepared = prepare(self._seat, self._ground, works, ranges.of(self._seat))
        with self._turns.turn():
            self._touched |= write(self._seat, self._ground, prepared)

    def _instruments(self, courses: Sequence[Course]) -> dict[Contract, UUID]:
        """What is traded, made where nobody has traded it."""
        known = {one.group.contract: one.facts.instrument_id for one in courses if one.facts.instrument_id}
        lacking = [one for one in courses if one.facts.instrument_id is None]
        if lacking:
            with self._turns.turn():
                known |= {one.group.contract: made(one.group, self._ground).id for one in lacking}
        return known

    def _cash(self, cash: CashReader, portion: list[Spooled[CashLine]]) -> None:
        with self._turns.turn():
            accounts.lock(self._seat.account)
            judged = list(cash.judged(portion))
            rows = [row_of(movement, self._ground) for _, movement in judged if movement is not None]
            import_books.put(CashMovement, rows)
        self._touched |= {row["on"] for row in rows}
        self._judge([verdict for verdict, _ in judged])

    def _count(self, course: Course) -> None:
        self._tally.add(course)
        spooled.refuse(self._spool, course.verdicts)

    def _judge(self, verdicts: Sequence[Verdict]) -> None:
        self._tally.judge(verdicts)
        spooled.refuse(self._spool, verdicts)


def _size(course: Course) -> int:
    return sum(cluster.size for cluster in course.clusters) + len(course.labels)


def _is_enough(waiting: Sequence[Course]) -> bool:
    """Whether so much waits that it is written; what is known holds memory too."""
    return sum(_size(one) for one in waiting) >= CHUNK or sum(one.size for one in waiting) >= cutting.AT_ONCE


def portions_of(clusters: Sequence[Cluster]) -> Iterator[list[Cluster]]:
    """Clusters in order, about as many fills at a time as a transaction takes."""
    portion: list[Cluster] = []
    for cluster in clusters:
        portion.append(cluster)
        if sum(one.size for one in portion) >= CHUNK:
            yield portion
            portion = []
    yield portion


def keep_totals(seat: Seat) -> None:
    """Begin an account's totals before there is much to sum up."""
    accounts.lock(seat.account)
    if not report_totals.is_kept(seat.account.id):
        days.recompute(seat.account, None)
    db.session.commit()


def recompute(seat: Seat, turns: Turns, dates: Collection[date] | None, at_once: int = DATES) -> Iterator[int]:
    """Recompute an account's days, all of them for None, so many `at_once`; yields how many dates are done."""
    if dates is None:
        with reading():
            dates = import_books.dates_of(seat.account.id)
            discard()
    ordered = sorted(dates)
    for start in range(0, max(len(ordered), 1), at_once):
        with turns.turn():
            accounts.lock(seat.account)
            days.recompute(seat.account, ordered[start : start + at_once])
            topics.bump(topics.account(seat.account.id))
        yield start
