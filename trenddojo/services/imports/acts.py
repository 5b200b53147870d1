"""What a person does with a statement that is here: answer, import, assume stops, try again, undo, discard."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from trenddojo.domain.terms import ImportStatus
from trenddojo.services.errors import Conflict, Invalid, NotFound
from trenddojo.services.imports import asking, columns, jottings, looking
from trenddojo.services.imports.uploads import folder, may_bring
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.imports import ImportOptions
from trenddojo.statements import registry
from trenddojo.statements.formats.mapped import MAPPED
from trenddojo.store import imports
from trenddojo.store.database import db
from trenddojo.store.models import Import
from trenddojo.store.seats import Seat

_S = ImportStatus
ANSWERED_IN = (_S.RECEIVED, _S.READY, _S.FAILED)
DISCARDED_IN = (_S.RECEIVED, _S.READING, _S.READY, _S.FAILED, _S.UNDONE)
UNDONE_IN = (_S.DONE, _S.FAILED)
CHANGED = "It changed meanwhile. Look at it again."


def import_of(seats: Sequence[Seat], import_id: UUID) -> tuple[Seat, Import]:
    """An import and the seat at its account. Raises NotFound where it is not theirs to see."""
    found = imports.import_at(seats, import_id)
    if found is None:
        raise NotFound
    return found


def answer(seat: Seat, import_id: UUID, format_name: str, said: ImportOptions, now: datetime) -> Import:
    """Say how a statement is to be read; it is read anew, unless something is still open.

    Raises Conflict where it is past that, and Invalid for a format that is not known.
    """
    row = _in(seat, import_id, ANSWERED_IN)
    if imports.has_brought(row.id):
        raise Conflict("It is partly in the books. Go on with it, or undo it first.")
    row.format = _format(row, format_name)
    if row.format == MAPPED.name:
        columns.check(said)
    row.options = {**_kept(row), **said.as_json}
    if (head := looking.head(row)) is not None:
        asking.remember(seat.user.id, row, head, now)
    return _read(row)


def _format(row: Import, chosen: str) -> str:
    """The chosen format, else the present one. Raises Invalid for one that is not read."""
    if chosen in ("", row.format):
        return row.format
    if all(one.name != chosen for one in registry.FORMATS):
        raise Invalid({"format": "Choose one of the formats."})
    return chosen


def _kept(row: Import) -> dict[str, Any]:
    """The options that no form of the reading asks for."""
    return {name: value for name, value in row.options.items() if name == "since"}


def take(seat: Seat, import_id: UUID, assumed: Mapping[str, Any]) -> Import:
    """Let what was looked at be written to the books, with the stop and the expiries to assume.

    Pressed twice, it is done once. Raises Conflict where it was not looked at yet, and Invalid.
    """
    row = _in(seat, import_id, (_S.READY, _S.BOOKING, _S.DONE))
    if row.status is not _S.READY:
        db.session.commit()
        return row
    chosen = parse(ImportOptions, {**row.options, **assumed})
    row.options = chosen.as_json
    return _move(row, _S.BOOKING)


def assume(seat: Seat, import_id: UUID, rule: Mapping[str, Any] | None) -> Import:
    """Let the trades of an import whose stop nobody placed have one by another rule, or by none.

    Pressed twice, it is done once. Raises Conflict where it is not in the books, and Invalid.
    """
    row = _in(seat, import_id, (_S.DONE, _S.BOOKING))
    said = parse(ImportOptions, {**row.options, "stop_rule": rule}).as_json
    if row.status is _S.BOOKING:
        if not jottings.is_assuming(row.counts) or said != row.options:
            raise Conflict(CHANGED)
        db.session.commit()
        return row
    row.options = said
    return _move(row, _S.BOOKING, jottings.ASSUMING)


def again(seat: Seat, import_id: UUID) -> Import:
    """Try what failed again, from where it was. Pressed twice, it is done once. Raises Conflict."""
    row = _in(seat, import_id, (_S.FAILED, _S.RECEIVED, *imports.AT_WORK))
    if row.status is not _S.FAILED:
        db.session.commit()
        return row
    return _move(row, _S.BOOKING) if imports.has_brought(row.id) else _read(row)


def undo(seat: Seat, import_id: UUID) -> Import:
    """Let all that an import brought be taken out again. Pressed twice, it is done once. Raises Conflict."""
    row = _in(seat, import_id, (*UNDONE_IN, _S.UNDOING, _S.UNDONE))
    if row.status not in UNDONE_IN:
        db.session.commit()
        return row
    return _move(row, _S.UNDOING)


def discard(seat: Seat, import_id: UUID) -> None:
    """Forget an import that is not in the books, and its file; reading that is under way stops.

    Raises Conflict where something of it is, or was.
    """
    row = _in(seat, import_id, DISCARDED_IN)
    if imports.has_brought(row.id, deleted=True):
        raise Conflict("Something of it was written to the books: its record stays.")
    db.session.delete(row)
    db.session.commit()  # the row goes first: a folder that stays behind is found by the clearing
    place = folder()
    with place.alone(import_id) as is_idle:
        if is_idle:  # else whoever reads it finds that the row is gone, and takes the folder away
            place.remove(import_id)


def _in(seat: Seat, import_id: UUID, states: Sequence[ImportStatus]) -> Import:
    """An import as nobody else changes it, in one of some states. Raises Forbidden, NotFound and Conflict."""
    may_bring(seat)
    row = imports.lock(import_id)
    if row is None or row.account_id != seat.account.id:
        raise NotFound
    if row.status not in states:
        raise Conflict(CHANGED)
    return row


def _read(row: Import) -> Import:
    """Put it in line to be read, unless something is still to be said of it."""
    row.counts = jottings.only_accounts(row.counts)
    return _move(row, _S.RECEIVED if asking.wanted(row) else _S.READING)


def _move(row: Import, status: ImportStatus, phase: str = "") -> Import:
    row.status, row.done, row.total, row.error = status, 0, 0, ""
    row.counts = jottings.with_phase(row.counts, phase) if phase else jottings.figures(row.counts)
    db.session.commit()
    return row
