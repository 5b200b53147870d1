"""Pictures on trades and days: kept, shown, deleted, and cleared away.

The file is written first and its row after it, so that a crash between leaves a file that nobody knows, which `clear`
takes away, and never a row without its file. A deleted picture keeps its file for a week, so that it can come back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO
from uuid import UUID, uuid4

from trenddojo.domain.equity import local_date
from trenddojo.domain.terms import MediaType
from trenddojo.runtime import runtime
from trenddojo.services import pictures
from trenddojo.services.errors import Forbidden, Invalid, NotFound
from trenddojo.services.forgetting import forget
from trenddojo.services.pictures import Picture
from trenddojo.store import accounts, attachments
from trenddojo.store.attachment_files import Folder, Written, id_of
from trenddojo.store.database import db, discard
from trenddojo.store.models import Attachment, Trade
from trenddojo.store.seats import Seat, SeatRole

FIELD = "files"
"""The field by which pictures are sent, and refused."""
MOST_AT_ONCE = 10
_MB = 1_000_000
_CAN_COME_BACK = timedelta(days=7)
"""How long after its deletion a picture can be restored."""
_HALF_WAY = timedelta(days=1)
"""How old a file without a row has to be before it counts as left behind."""
_BATCH = 200
_NAME = 120


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent: what it was called, and what is in it."""

    name: str
    file: IO[bytes]


@dataclass(frozen=True, slots=True)
class Target:
    """What pictures are attached to: a trade of the account, or one of its days."""

    trade_id: UUID | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Cleared:
    """What was cleared away: pictures deleted long enough ago, and files that nobody knew."""

    pictures: int
    files: int


def of_trade(trade: Trade) -> Target:
    """The trade, to attach something to it."""
    return Target(trade_id=trade.id)


def of_day(seat: Seat, on: date, now: datetime) -> Target:
    """A day, to attach something to it. Raises NotFound for one to come."""
    if on > local_date(now, seat.zone):
        raise NotFound("This day is still to come.")
    return Target(on=on)


def folder() -> Folder | None:
    """The folder of pictures; None where the installation has none."""
    path = runtime().config.attachments_path
    return Folder(path) if path else None


def may_delete(seat: Seat, attachment: Attachment) -> bool:
    """Whether the person may delete a picture: of a trade whoever trades, of a day who attached it and the owner."""
    is_theirs = attachment.created_by == seat.user.id or seat.role is SeatRole.OWNER
    return seat.may_trade and (is_theirs or attachment.trade_id is not None)


def attach(seat: Seat, target: Target, uploads: Sequence[Upload], now: datetime) -> list[Attachment]:
    """Keep pictures, each of them once however often it is sent; those before a refused one are kept.

    Raises Forbidden for somebody who may only look, Invalid with a sentence for what cannot be kept.
    """
    if not seat.may_trade:
        raise Forbidden(f"You may look at {seat.account.name}, but not add to it.")
    kept_in = folder()
    if kept_in is None:
        raise Invalid({FIELD: "Pictures have no place on this server. Its operator has to set ATTACHMENTS_PATH."})
    if not uploads:
        raise Invalid({FIELD: "Choose a picture first."})
    if len(uploads) > MOST_AT_ONCE:
        raise Invalid({FIELD: f"At most {MOST_AT_ONCE} pictures at once."})
    discard()  # the database must not wait while pictures are drawn
    moments = (now + timedelta(microseconds=number) for number in range(len(uploads)))  # which keeps their order
    return [_attach(seat, target, upload, kept_in, at) for upload, at in zip(uploads, moments, strict=True)]


def _attach(seat: Seat, target: Target, upload: Upload, kept_in: Folder, now: datetime) -> Attachment:
    _check_size(upload)
    file_id = uuid4()
    try:
        with pictures.opened(upload.file) as picture:
            written = kept_in.write(file_id, picture.write, picture.write_small)
            row = _row(file_id, target, upload.name, picture, written)
    except pictures.Unfit as unfit:
        raise Invalid({FIELD: f"{_called(upload.name)}: {unfit}" if upload.name else str(unfit)}) from None
    kept = False
    try:
        found = _keep(seat, row, now)
        kept = found is row
    finally:
        if not kept:
            kept_in.remove(file_id)
    return found


def _check_size(upload: Upload) -> None:
    most = runtime().config.attachment_bytes
    if upload.file.seek(0, 2) > most:
        raise Invalid({FIELD: f"{_called(upload.name)}: At most {most // _MB} MB, please."})
    upload.file.seek(0)


def _row(file_id: UUID, target: Target, name: str, picture: Picture, written: Written) -> Attachment:
    return Attachment(
        id=file_id,
        trade_id=target.trade_id,
        on=target.on,
        name=_called(name),
        media_type=picture.media_type,
        size=written.size,
        width=picture.drawn.width,
        height=picture.drawn.height,
        sha256=written.sha256,
    )


def _called(name: str) -> str:
    """The file's name without its folder and ending, as far as it can be shown."""
    plain = "".join(character for character in name if character.isprintable())
    return Path(plain.replace("\\", "/")).stem[:_NAME] or "picture"


def _keep(seat: Seat, row: Attachment, now: datetime) -> Attachment:
    """Write the row of a file that is there; or find the one of the same picture, and have no need of it."""
    accounts.lock(seat.account)
    row.account_id = seat.account.id
    if same := attachments.same_at(row):
        discard()
        return same
    most = runtime().config.attachments_bytes
    if attachments.bytes_of(seat.account.id) + row.size > most:
        raise Invalid({FIELD: f"The pictures of {seat.account.name} would take more than {most // _MB:,} MB."})
    row.created_by, row.created_at = seat.user.id, now
    db.session.add(row)
    db.session.commit()
    return row


def file_of(attachment: Attachment, *, small: bool) -> tuple[Path, MediaType]:
    """Where a picture lies, and how it is encoded. Raises NotFound where its file is not on this server."""
    kept_in = folder()
    place = kept_in.place(attachment.id, small=small) if kept_in else None
    if place is None or not place.is_file():
        raise NotFound("The file of this picture is not on this server.")
    return place, MediaType.WEBP if small else attachment.media_type


def attachment_of(seats: Sequence[Seat], attachment_id: UUID, *, deleted: bool = False) -> tuple[Seat, Attachment]:
    """A picture and the seat at its account. Raises NotFound where it is not theirs to see."""
    found = attachments.attachment_at(seats, attachment_id, deleted=deleted)
    if found is None:
        raise NotFound
    return found


def delete(seat: Seat, attachment: Attachment, now: datetime) -> Attachment:
    """Delete a picture; it can be restored for a week. Raises Forbidden."""
    return _set_deleted(seat, attachment, now)


def restore(seat: Seat, attachment: Attachment) -> Attachment:
    """Bring a deleted picture back. Raises Forbidden."""
    return _set_deleted(seat, attachment, None)


def _set_deleted(seat: Seat, attachment: Attachment, at: datetime | None) -> Attachment:
    if not may_delete(seat, attachment):
        raise Forbidden("You may look at this picture, but not delete it.")
    attachment.deleted_at = at
    db.session.commit()
    return attachment


def clear(now: datetime) -> Cleared:
    """Take away pictures that were deleted a week ago, and files without a row that are a day old."""
    kept_in = folder()
    if kept_in is None:
        return Cleared(0, 0)
    gone = forget(lambda: attachments.deleted_before(now - _CAN_COME_BACK, _BATCH), kept_in.remove)
    return Cleared(gone, _clear_unknown(kept_in, now))


def _clear_unknown(kept_in: Folder, now: datetime) -> int:
    lying = [(path, id_of(path)) for path in kept_in.lying((now - _HALF_WAY).timestamp())]
    known = attachments.known({file_id for _, file_id in lying if file_id})
    discard()
    unknown = [path for path, file_id in lying if file_id not in known]
    for path in unknown:
        path.unlink(missing_ok=True)
    return len(unknown)


def missing() -> int:
    """How many pictures lack their file on this server."""
    kept_in = folder()
    return sum(not (kept_in and kept_in.has(file_id)) for file_id in attachments.present())
