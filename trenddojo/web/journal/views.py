"""What the journal shows."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from trenddojo.services.journal import Entry, JournalDay, JournalPage, may_delete, may_edit
from trenddojo.store.models import Trade
from trenddojo.store.seats import Seat

_SHOWN_TRADES = 12
"""Closed trades that a day names; the rest is counted."""


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note, and what the person who looks may do with it."""

    id: str
    body: str
    author: str
    at: datetime
    is_changed: bool
    may_edit: bool
    may_delete: bool


@dataclass(frozen=True, slots=True)
class ClosedRow:
    """A trade whose last exit fell on the day, with its whole result."""

    id: str
    symbol: str
    result: Decimal
    r: Decimal | None


@dataclass(frozen=True, slots=True)
class DayCard:
    """One date of the account: what it brought, and what was written. Money is in the account's currency."""

    on: date
    is_today: bool
    booked: Decimal
    gain: Decimal
    equity: Decimal
    closed: tuple[ClosedRow, ...]
    more_closed: int
    notes: tuple[NoteRow, ...]


def days(page: JournalPage, seat: Seat, today: date) -> list[DayCard]:
    """The days of a page as the person at `seat` sees them."""
    return [card(day, seat, today) for day in page.days]


def card(day: JournalDay, seat: Seat, today: date) -> DayCard:
    """One of them."""
    return DayCard(
        on=day.on,
        is_today=day.on == today,
        booked=day.booked,
        gain=day.gain,
        equity=day.equity,
        closed=tuple(_closed(trade) for trade in day.closed[:_SHOWN_TRADES]),
        more_closed=max(0, len(day.closed) - _SHOWN_TRADES),
        notes=tuple(_note(entry, seat) for entry in day.entries),
    )


def _closed(trade: Trade) -> ClosedRow:
    return ClosedRow(str(trade.id), trade.symbol, trade.realised, trade.r)


def _note(entry: Entry, seat: Seat) -> NoteRow:
    note = entry.note
    return NoteRow(
        id=str(note.id),
        body=note.body,
        author=entry.author,
        at=note.created_at,
        is_changed=note.updated_at != note.created_at,
        may_edit=may_edit(seat, note),
        may_delete=may_delete(seat, note),
    )
