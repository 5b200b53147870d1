"""What a journal wrote about its trades, put on those that the fills of its lines belong to.

The trade's history keeps which import and fill a label came with: so it moves along when trades are made anew, comes
once however often the file is brought, and goes with its import.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from trenddojo.domain.terms import NoteKind
from trenddojo.store import import_books, plans
from trenddojo.store.database import db
from trenddojo.store.import_books import LABELLED
from trenddojo.store.models import Execution, Tag, Trade, TradeEvent, TradeNote, TradeTag
from trenddojo.store.seats import Seat


@dataclass(frozen=True, slots=True)
class Label:
    """What an import wrote about the trade of a fill, by the fill's key."""

    import_id: UUID
    key: str
    body: str
    tags: tuple[str, ...]


def carried(trade_ids: Collection[UUID]) -> list[Label]:
    """The labels of trades that are about to be made anew."""
    found = []
    for event in import_books.labels_of(trade_ids):
        note = db.session.get(TradeNote, UUID(event.detail["note"])) if event.detail["note"] else None
        body = "" if note is None else note.body
        found.append(Label(UUID(event.detail["import"]), event.detail["fill"], body, tuple(event.detail["tags"])))
    return found


def put(seat: Seat, labels: Iterable[Label]) -> set[date]:
    """Put labels on their trades, each once; returns the dates on which those closed. The caller commits."""
    touched = set()
    for label in labels:
        fill = import_books.fill_with_key(seat.account.id, label.key)
        if fill is not None and (on := _put(seat, label, fill)) is not None:
            touched.add(on)
    return touched


def is_there(account_id: UUID, label: Label) -> bool:
    """Whether the trade of a fill says already what a label says, by another import or a person."""
    fill = import_books.fill_with_key(account_id, label.key)
    if fill is None or db.session.get(TradeEvent, _event_id(account_id, label)) is not None:
        return False
    trade = db.session.get_one(Trade, fill.trade_id)
    says_it = not label.body or import_books.has_note(trade.id, label.body)
    return says_it and not _lacking(label, trade)


def _event_id(account_id: UUID, label: Label) -> UUID:
    return uuid5(account_id, f"label:{label.import_id}:{label.key}")


def _lacking(label: Label, trade: Trade) -> list[str]:
    """The tags that a trade does not have yet."""
    known = {one.casefold() for one in trade.tags}
    return [name for name in label.tags if name.casefold() not in known]


def _put(seat: Seat, label: Label, fill: Execution) -> date | None:
    event_id = _event_id(seat.account.id, label)
    trade = db.session.get(Trade, fill.trade_id)
    if trade is None or trade.deleted_at is not None:
        return None
    if db.session.get(TradeEvent, event_id) is not None:
        return None
    note_id = _note(seat, label, fill, trade)
    tags = _lacking(label, trade)
    if note_id is None and not tags:
        return None
    _tag(seat, trade, tags)
    detail = {"import": str(label.import_id), "fill": label.key, "note": note_id and str(note_id), "tags": tags}
    by = fill.created_by
    db.session.add(TradeEvent(id=event_id, trade_id=trade.id, at=fill.at, kind=LABELLED, detail=detail, created_by=by))
    db.session.flush()
    return trade.closed_on if tags else None


def _note(seat: Seat, label: Label, fill: Execution, trade: Trade) -> UUID | None:
    """The note with the label's words; None where it has none, or another line has said the same."""
    if not label.body or import_books.has_note(trade.id, label.body):
        return None
    note_id = uuid5(seat.account.id, f"note:{label.import_id}:{label.key}")
    by = fill.created_by
    note = TradeNote(id=note_id, trade_id=trade.id, kind=NoteKind.ENTRY, body=label.body, at=fill.at, created_by=by)
    db.session.add(note)
    return note_id


def _tag(seat: Seat, trade: Trade, names: list[str]) -> None:
    """Put more tags on a trade, each as the account first wrote it."""
    known = {tag.name.casefold(): tag for tag in plans.tags_of(seat.account.id)} if names else {}
    for folded, name in {name.casefold(): name for name in names}.items():
        tag = known.get(folded) or Tag(account_id=seat.account.id, name=name)
        db.session.add(tag)
        db.session.flush()
        db.session.add(TradeTag(trade_id=trade.id, tag_id=tag.id))
        trade.tags = [*trade.tags, tag.name]


def take_off(events: Iterable[TradeEvent]) -> None:
    """Take labels off again; the caller commits."""
    for event in events:
        _take_off(event)


def _take_off(event: TradeEvent) -> None:
    trade = db.session.get_one(Trade, event.trade_id)
    if event.detail["note"] and (note := db.session.get(TradeNote, UUID(event.detail["note"]))):
        db.session.delete(note)
    gone = {name.casefold() for name in event.detail["tags"]}
    for tag in plans.tags_of(trade.account_id):
        if tag.name.casefold() in gone and (row := db.session.get(TradeTag, (trade.id, tag.id))):
            db.session.delete(row)
    trade.tags = [name for name in trade.tags if name.casefold() not in gone]
    db.session.delete(event)
