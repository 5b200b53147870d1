"""Statements come in: kept as they were sent, recognised, and put in line to be read.

The file is kept first and its row after it, so that a crash between leaves a folder that nobody knows, which `clearing`
takes away, and never a row without its file.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID, uuid4

from trenddojo.domain.terms import ImportStatus
from trenddojo.runtime import runtime
from trenddojo.services.errors import Forbidden, Invalid
from trenddojo.services.imports import asking, broker
from trenddojo.services.inputs.imports import ImportOptions
from trenddojo.statements.format import Unreadable
from trenddojo.store import accounts, imports
from trenddojo.store.database import db, discard
from trenddojo.store.import_files import Folder, Incoming
from trenddojo.store.models import Import
from trenddojo.store.seats import Seat

FIELD = "file"
"""The field by which statements are sent, and refused."""
NO_PLACE = "Statements have no place on this server. Its operator has to set IMPORTS_PATH."
_NAME = 120


@dataclass(frozen=True, slots=True)
class Received:
    """An import, and whether it is of now: the same file again leads to the one that is there."""

    row: Import
    is_new: bool


def folder() -> Folder:
    """The folder of statements. Raises Invalid where the installation has none."""
    path = runtime().config.imports_path
    if path is None:
        raise Invalid({FIELD: NO_PLACE})
    return Folder(path)


def may_bring(seat: Seat) -> None:
    """Raises Forbidden for somebody who may only look."""
    if not seat.may_trade:
        raise Forbidden(f"You may look at {seat.account.name}, but not import into it.")


def receive(seat: Seat, name: str, sent: Incoming, now: datetime) -> Received:
    """Keep a statement that was sent whole, and read it as soon as nothing is left to say of it.

    Raises Forbidden, and Invalid for what is no text.
    """
    may_bring(seat)
    place = folder()
    row = Import(id=uuid4(), account_id=seat.account.id, name=called(name), size=sent.size, sha256=sent.sha256)
    row.created_by, row.created_at = seat.user.id, now
    if same := imports.same_as(row):
        return Received(same, is_new=False)
    discard()  # the database must not wait while the file is moved and looked at
    kept = False
    try:
        place.make(row.id)
        sent.keep(place.file(row.id))
        found = _begin(seat, row, _recognised(row.name, place.file(row.id)))
        kept = found is row
    finally:
        if not kept:
            place.remove(row.id)
    return Received(found, is_new=kept)


def _recognised(name: str, path: Path) -> asking.Recognised:
    try:
        return asking.recognise(path)
    except Unreadable as error:
        raise Invalid({FIELD: f"{name}: {error}"}) from None


def _begin(seat: Seat, row: Import, found: asking.Recognised) -> Import:
    """Write the row of a file that is there; or find the one of the same file, which came at the same moment."""
    accounts.lock(seat.account)
    if same := imports.same_as(row):
        discard()
        return same
    row.format, row.options = asking.remembered(seat.user.id, found)
    row.counts = {}
    row.status = ImportStatus.RECEIVED if asking.wanted(row) else ImportStatus.READING
    db.session.add(row)
    db.session.commit()
    return row


def called(name: str) -> str:
    """The file's name without its folder, as far as it can be shown."""
    plain = "".join(character for character in name if character.isprintable())
    return Path(plain.replace("\\", "/")).name[:_NAME] or "statement"


def ask_broker(seat: Seat, since: date, now: datetime, import_id: UUID | None = None) -> Import:
    """Put an account's past in line to be asked of its broker; with the same `import_id` it is done once.

    Raises Forbidden, and Invalid where no broker serves the account or the day is to come.
    """
    may_bring(seat)
    folder()
    if not broker.can_tell(seat.account):
        raise Invalid({"account": f"{seat.account.name} is kept by hand: bring a statement instead."})
    if since > now.astimezone(seat.zone).date():
        raise Invalid({"since": "Must not be in the future."})
    accounts.lock(seat.account)
    if import_id is not None and (known := imports.by_id(import_id)) is not None:
        return known
    row = Import(
        id=import_id or uuid4(),
        account_id=seat.account.id,
        name=broker.FORMAT.title,
        size=0,
        sha256="",
        format=broker.FORMAT.name,
        options=ImportOptions(since=since).as_json,
        status=ImportStatus.READING,
        counts={},
        created_by=seat.user.id,
        created_at=now,
    )
    db.session.add(row)
    db.session.commit()
    return row
