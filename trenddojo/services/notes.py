"""What people write about a trade."""

from datetime import datetime
from uuid import UUID, uuid4

from trenddojo.services.errors import NotFound
from trenddojo.services.inputs.records import NoteInput
from trenddojo.services.records import begin, id_of, tell
from trenddojo.store import timeline
from trenddojo.store.database import db
from trenddojo.store.models import Trade, TradeNote
from trenddojo.store.seats import Seat


def add_note(seat: Seat, trade: Trade, note: NoteInput, now: datetime) -> TradeNote:
    """Keep a note, of any trade in any state; the same key again finds the first. Raises Forbidden."""
    begin(seat, trade)
    note_id = id_of(trade, "note", note.key)
    if note_id and (first := db.session.get(TradeNote, note_id)):
        return first
    row = TradeNote(
        id=note_id or uuid4(), trade_id=trade.id, kind=note.kind, body=note.body, at=now, created_by=seat.user.id
    )
    db.session.add(row)
    db.session.commit()
    return row


def edit_note(seat: Seat, trade: Trade, note_id: UUID, note: NoteInput, now: datetime) -> TradeNote:
    """Change a note's words or kind; what it said before is kept in the trade's history. Raises NotFound, Forbidden."""
    begin(seat, trade)
    row = _existing(trade, note_id)
    before, after = _told(row.kind, row.body), _told(note.kind, note.body)
    if before != after:
        row.kind, row.body = note.kind, note.body
        tell(seat, trade, now, "note_edited", note=str(row.id), before=before, after=after)
    db.session.commit()
    return row


def delete_note(seat: Seat, trade: Trade, note_id: UUID, now: datetime) -> TradeNote:
    """Put a note away; `restore_note` brings it back. Raises NotFound, Forbidden."""
    begin(seat, trade)
    row = _existing(trade, note_id)
    row.deleted_at = now
    db.session.commit()
    return row


def restore_note(seat: Seat, trade: Trade, note_id: UUID) -> TradeNote:
    """Bring a deleted note back. Raises NotFound, Forbidden."""
    begin(seat, trade)
    row = _existing(trade, note_id, deleted=True)
    row.deleted_at = None
    db.session.commit()
    return row


def _existing(trade: Trade, note_id: UUID, *, deleted: bool = False) -> TradeNote:
    row = timeline.note_at(trade, note_id, deleted=deleted)
    if row is None:
        raise NotFound
    return row


def _told(kind: str, body: str) -> dict[str, str]:
    return {"kind": str(kind), "body": body}
