"""Statements are worked off: read and compared, booked, given other stops, taken out again.

Each is worked on by one process at a time, whoever comes first, and gone on with by the next one after a kill: a stage
leaves what it did in the spool or in the books, and called again does the rest. One that broke off several times
without getting any further fails, so that it does not keep the others waiting.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from trenddojo.brokers.manager import BrokerManager
from trenddojo.domain.terms import ImportStatus
from trenddojo.runtime import runtime
from trenddojo.services.errors import ServiceError
from trenddojo.services.imports import asking, broker, jottings, reading, report, uploads
from trenddojo.services.imports.assuming import assume
from trenddojo.services.imports.booking import book
from trenddojo.services.imports.counts import Progress
from trenddojo.services.imports.progress import Stopped, Teller
from trenddojo.services.imports.survey import survey
from trenddojo.services.imports.undoing import undo
from trenddojo.statements.format import Unreadable, Unsettled
from trenddojo.statements.spool import Spool
from trenddojo.store import imports, people
from trenddojo.store.database import db, discard
from trenddojo.store.import_files import Folder
from trenddojo.store.models import Import, Source
from trenddojo.store.origin import Actor, Origin, acting
from trenddojo.store.seats import Seat, seat_at

_S = ImportStatus
_MOST_TRIES = 5
BROKE_OFF = "It broke off several times. The server's log says why; try it again, or undo it."
NOBODY = "Whoever brought it may not import into this account any more."


def work_off(manager: BrokerManager, now: datetime) -> int:
    """Work on whatever waits, the first first: how many."""
    if runtime().config.imports_path is None:
        return 0
    waiting = imports.waiting()
    discard()
    return sum(work(import_id, manager, now) for import_id in waiting)


def work(import_id: UUID, manager: BrokerManager | None, now: datetime) -> bool:
    """Do the stage that an import is in, to its end; whether that was ours to do."""
    place = uploads.folder()
    with place.alone(import_id) as is_ours:
        if is_ours:
            _go_on(import_id, place, manager, now)
    return is_ours


@dataclass(frozen=True, slots=True)
class _Stage:
    """What a stage works with. Rows are read anew after each commit."""

    row: Import
    seat: Seat
    place: Folder
    manager: BrokerManager | None
    now: datetime
    tell: Progress


def _go_on(import_id: UUID, place: Folder, manager: BrokerManager | None, now: datetime) -> None:
    row = imports.lock(import_id)
    if row is None or row.status not in imports.AT_WORK:
        discard()
        if row is None:
            place.remove(import_id)
        return
    status, seat = row.status, _seat_of(row)
    if seat is None or not _may_try(row):
        _fail(import_id, status, BROKE_OFF if seat else NOBODY, now)
        return
    stage = _Stage(row, seat, place, manager, now, Teller(import_id, status, time.monotonic))
    with acting(Origin(Source.JOB, "imports", Actor(seat.user.id, seat.user.name))):
        _run(import_id, status, stage)


def _seat_of(row: Import) -> Seat | None:
    """The seat of whoever brought it, if they may still import."""
    person = people.user_by_id(row.created_by)
    seat = seat_at(person, row.account_id) if person is not None and person.is_active else None
    return seat if seat is not None and seat.may_trade else None


def _may_try(row: Import) -> bool:
    """Count another try, those that got further not; whether there are some left. Commits."""
    counts = jottings.begun(row.counts)
    is_further = row.done > counts.get(jottings.GOT_TO, 0)
    tries = 1 if is_further else counts.get(jottings.TRIES, 0) + 1
    if tries > _MOST_TRIES:
        return False
    furthest = max(row.done, counts.get(jottings.GOT_TO, 0))
    row.counts = {**counts, jottings.TRIES: tries, jottings.GOT_TO: furthest}
    db.session.commit()
    return True


def _run(import_id: UUID, status: ImportStatus, stage: _Stage) -> None:
    try:
        _STAGES[status](stage)
    except Stopped:
        discard()
        if imports.by_id(import_id) is None:
            stage.place.remove(import_id)
        discard()
    except Unsettled as error:
        discard()
        with suppress(Stopped):
            open_ = {jottings.WANTS: [error.need.value]}
            _end(import_id, status, _S.RECEIVED, open_, error=str(error))
    except (Unreadable, ServiceError) as error:
        discard()
        with suppress(Stopped):
            _fail(import_id, status, str(error), stage.now)


def _fail(import_id: UUID, status: ImportStatus, error: str, now: datetime) -> None:
    """Say why a stage could not be done. What could not be undone, or given other stops, stays imported."""
    row = imports.by_id(import_id)
    if row is not None and jottings.is_assuming(row.counts):
        _end(import_id, status, _S.DONE, jottings.with_phase(row.counts, jottings.ASSUMING), error=error)
    elif status is _S.UNDOING:
        _end(import_id, status, _S.DONE, error=error)
    else:
        _end(import_id, status, _S.FAILED, error=error, finished_at=now)


# ---- the stages


def _read(stage: _Stage) -> None:
    row, place = stage.row, stage.place
    import_id, said = row.id, asking.options_of(row)
    spool_path = place.spool(import_id)
    _fill_spool(stage)
    discard()
    with Spool(spool_path) as spool:
        names = spool.accounts() if row.sha256 else ()
        found = {jottings.ACCOUNTS: list(names)} if len(names) > 1 else {}
        if found and said.account not in names:
            _end(import_id, _S.READING, _S.RECEIVED, found)
            return
        _end(import_id, _S.READING, _S.READING, {**row.counts, **found, jottings.PHASE: jottings.COMPARING})
        counts = survey(row, stage.seat, spool, stage.tell)
        refused = report.write(spool, place, import_id, stage.tell)
    _end(import_id, _S.READING, _S.READY, {**found, **counts.as_json, jottings.REFUSED: refused})


def _fill_spool(stage: _Stage) -> None:
    row, seat, place = stage.row, stage.seat, stage.place
    said, found = asking.options_of(row), asking.format_of(row)
    if found is None:
        raise Unreadable("Say first which format it has.")
    import_id, options = row.id, reading.options_for(said, seat)
    if found is broker.FORMAT:
        reading.read_broker(stage.manager, seat, said.since, place.spool(import_id), stage.tell)
        return
    discard()
    reading.read_file(found, place.file(import_id), options, place.spool(import_id), stage.tell)


def _write(stage: _Stage) -> None:
    (_assume if jottings.is_assuming(stage.row.counts) else _book)(stage)


def _assume(stage: _Stage) -> None:
    import_id, counts = stage.row.id, jottings.figures(stage.row.counts)
    stops = assume(stage.row, stage.seat, stage.tell)
    _end(import_id, _S.BOOKING, _S.DONE, {**counts, **stops._asdict()})


def _book(stage: _Stage) -> None:
    import_id = stage.row.id
    with _spool_of(stage) as spool:
        counts = book(stage.row, stage.seat, spool, stage.now, stage.tell)
        discard()
        refused = report.write(spool, stage.place, import_id, stage.tell)
    row = imports.by_id(import_id)
    move = jottings.move_of(row.counts) if row else None
    kept = jottings.with_move({**counts.as_json, jottings.REFUSED: refused}, move)
    discard()
    _end(import_id, _S.BOOKING, _S.DONE, kept, finished_at=stage.now)


def _spool_of(stage: _Stage) -> Spool:
    """What was read. Raises Unreadable where that is not on this server any more."""
    place = stage.place.spool(stage.row.id)
    if not place.is_file():
        raise Unreadable(reading.MISSING)
    return Spool(place)


def _undo(stage: _Stage) -> None:
    import_id = stage.row.id
    undo(stage.row, stage.seat, stage.now, stage.tell)
    discard()
    _end(import_id, _S.UNDOING, _S.UNDONE, undone_at=stage.now)
    stage.place.remove(import_id)


_STAGES: Mapping[ImportStatus, Callable[[_Stage], None]] = {_S.READING: _read, _S.BOOKING: _write, _S.UNDOING: _undo}


def _end(
    import_id: UUID, was: ImportStatus, status: ImportStatus, counts: Mapping[str, Any] | None = None, **columns: Any
) -> None:
    """Move an import on, if it still is where it was. Raises Stopped."""
    row = imports.lock(import_id)
    if row is None or row.status is not was:
        raise Stopped
    row.status, row.done, row.total = status, 0, 0
    row.counts = jottings.figures(row.counts) if counts is None else dict(counts)
    for name, value in columns.items():
        setattr(row, name, value)
    db.session.commit()
