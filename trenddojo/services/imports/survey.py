"""The dry run: every line of a statement is new, known or refused, and nothing is written to the books."""

from collections.abc import Iterator, Sequence

from trenddojo.domain.splits import Split
from trenddojo.services.imports import splitting
from trenddojo.services.imports.cash_lines import CashReader
from trenddojo.services.imports.contracts import Group, grouped
from trenddojo.services.imports.counting import Tally
from trenddojo.services.imports.counts import Counts, Progress
from trenddojo.services.imports.courses import Course, course_of
from trenddojo.services.imports.ground import Ground, ground_of
from trenddojo.services.imports.portions import PORTION, portions
from trenddojo.services.imports.stretches import cuts_of
from trenddojo.statements import spooled
from trenddojo.statements.spool import Spool
from trenddojo.statements.spooled import Verdict
from trenddojo.store.database import discard, reading
from trenddojo.store.models import Import
from trenddojo.store.seats import Seat


def survey(import_: Import, seat: Seat, spool: Spool, tell: Progress) -> Counts:
    """Compare a statement with the books; the verdicts go into the spool.

    Ends the transaction that it was called in. `tell` counts lines.
    """
    with reading():
        ground = ground_of(import_, seat, import_.created_at)
        discard()
    spooled.begin_verdicts(spool)
    tally = Tally(ground)
    total = sum(spooled.count_of(spool, table) for table in ("fills", "cash", "splits", "labels"))
    for done in _judged(spool, ground, seat, tally):
        tell(done, total)
    spooled.end_verdicts(spool)
    return tally.counts(spooled.count_of(spool, "skipped"))


def _judged(spool: Spool, ground: Ground, seat: Seat, tally: Tally) -> Iterator[int]:
    """Judge all lines; yields how many were, with no transaction open."""
    done = 0
    for verdicts in _verdicts(spool, ground, seat, tally):
        spooled.put_verdicts(spool, verdicts)
        done += len(verdicts)
        yield done


def _verdicts(spool: Spool, ground: Ground, seat: Seat, tally: Tally) -> Iterator[list[Verdict]]:
    splits = splitting.told(spool, ground)
    for group in grouped(spooled.contracts_of_fills(spool), ground):
        for course in _courses(spool, group, ground, seat, splits.get(group.contract, ())):
            tally.add(course)
            yield from portions(course.verdicts, PORTION)
            del course  # before the next one is read
    cash = CashReader(ground)
    for portion in portions(spooled.cash(spool), PORTION):
        with reading():
            judged = list(cash.judged(portion))
            discard()
        tally.cash(judged)
        yield [verdict for verdict, _ in judged]
    with reading():
        of_splits = splitting.surveyed(spool, ground)
        discard()
    tally.judge(of_splits)
    yield of_splits


def _courses(spool: Spool, group: Group, ground: Ground, seat: Seat, splits: Sequence[Split]) -> Iterator[Course]:
    """One instrument, stretch by stretch."""
    cuts = cuts_of(spool, group, ground, seat)
    since = None
    while True:
        course = course_of(spool, group, ground, seat, splits=splits, cuts=cuts, since=since)
        since = course.until
        yield course
        del course
        if since is None:
            return
