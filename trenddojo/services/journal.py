"""The daily journal: what people wrote about a day, beside what the day brought."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4, uuid5

from trenddojo.domain.equity import DayChange, local_date
from trenddojo.services.errors import Forbidden, Invalid, NotFound
from trenddojo.services.inputs.journal import NewNoteInput, NoteInput
from trenddojo.store import accounts, days, journal
from trenddojo.store.database import db
from trenddojo.store.models import JournalNote, Trade
from trenddojo.store.seats import Seat, SeatRole

PAGE = 10
_MOST_CLOSED = 200
"""Closed trades that one page of days reads at most."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A note and who wrote it."""

    note: JournalNote
    author: str


@dataclass(frozen=True, slots=True)
class JournalDay:
    """One date of an account. `booked` and `gain` are what the day brought, `equity` what it ended with."""

    on: date
    entries: tuple[Entry, ...]
    closed: tuple[Trade, ...]
    booked: Decimal
    gain: Decimal
    equity: Decimal


@dataclass(frozen=True, slots=True)
class JournalPage:
    """Days of the journal, newest first; `older` is the date from which the next page goes back."""

    days: tuple[JournalDay, ...]
    older: date | None


def read_journal(seat: Seat, until: date, limit: int = PAGE) -> JournalPage:
    """The days up to `until` on which somebody wrote or something was booked; `until` itself in any case."""
    found = journal.days_with_matter(seat.account.id, until, limit + 1)
    dates = sorted({until, *found}, reverse=True)
    page = dates[:limit]
    return JournalPage(_days(seat, page), dates[limit] if len(dates) > limit else None)


def day_of(seat: Seat, on: date) -> JournalDay:
    """One date of the account."""
    return _days(seat, [on])[0]


def _days(seat: Seat, dates: list[date]) -> tuple[JournalDay, ...]:
    """Facts of `dates`, newest first: equity is walked back from the newest, so that it takes one sum."""
    account = seat.account
    equity = days.equity_before(account, dates[0] + timedelta(days=1))
    changes = {change.date: change for change in days.changes_between(account.id, dates[-1], dates[0])}
    entries, closed = _entries(seat, dates), _closed(seat, dates)
    ends: dict[date, Decimal] = {}
    steps = sorted(changes.values(), key=lambda change: change.date, reverse=True)
    for on in dates:
        while steps and steps[0].date > on:
            step = steps.pop(0)
            equity -= step.gain + step.deposits - step.withdrawals
        ends[on] = equity
    return tuple(
        JournalDay(
            on=on,
            entries=tuple(entries[on]),
            closed=tuple(closed[on]),
            booked=changes.get(on, DayChange(on)).booked,
            gain=changes.get(on, DayChange(on)).gain,
            equity=ends[on],
        )
        for on in dates
    )


def _entries(seat: Seat, dates: list[date]) -> defaultdict[date, list[Entry]]:
    found: defaultdict[date, list[Entry]] = defaultdict(list)
    for note, author in journal.notes_on(seat.account.id, dates):
        found[note.on].append(Entry(note, author))
    return found


def _closed(seat: Seat, dates: list[date]) -> defaultdict[date, list[Trade]]:
    found: defaultdict[date, list[Trade]] = defaultdict(list)
    for trade in journal.closed_on(seat.account.id, dates, _MOST_CLOSED):
        if trade.closed_on is not None:
            found[trade.closed_on].append(trade)
    return found


def note_of(seat: Seat, note_id: UUID) -> JournalNote:
    """One note of the account, deleted or not. Raises NotFound for another account's."""
    found = journal.note_at(seat.account.id, note_id)
    if found is None:
        raise NotFound
    return found


def may_edit(seat: Seat, note: JournalNote) -> bool:
    """Whether the person may change a note's words: only whoever wrote it."""
    return seat.may_trade and note.created_by == seat.user.id


def may_delete(seat: Seat, note: JournalNote) -> bool:
    """Whether the person may delete a note: whoever wrote it, and the account's owner."""
    return seat.may_trade and (note.created_by == seat.user.id or seat.role is SeatRole.OWNER)


def write_note(seat: Seat, entered: NewNoteInput, now: datetime) -> JournalNote:
    """Keep a note. Sent a second time with the same key, it finds the first.

    Raises Forbidden for somebody who may only look, Invalid for a date in the future.
    """
    if not seat.may_trade:
        raise Forbidden(f"You may read the journal of {seat.account.name}, but not write in it.")
    accounts.lock(seat.account)
    _check_date(seat, entered.on, now)
    note_id = uuid5(seat.account.id, f"note:{entered.key}") if entered.key else uuid4()
    if found := journal.note_at(seat.account.id, note_id):
        return found
    note = JournalNote(
        id=note_id,
        account_id=seat.account.id,
        on=entered.on,
        body=entered.body,
        created_at=now,
        updated_at=now,
        created_by=seat.user.id,
    )
    db.session.add(note)
    db.session.commit()
    return note


def change_note(seat: Seat, note_id: UUID, entered: NoteInput, now: datetime) -> JournalNote:
    """Change a note. Raises Forbidden for anybody but its author, NotFound for a deleted one, Invalid as above."""
    note = note_of(seat, note_id)
    if note.deleted_at is not None:
        raise NotFound
    if not may_edit(seat, note):
        raise Forbidden("Only whoever wrote a note may change it.")
    _check_date(seat, entered.on, now)
    note.on, note.body, note.updated_at = entered.on, entered.body, now
    db.session.commit()
    return note


def delete_note(seat: Seat, note_id: UUID, now: datetime) -> JournalNote:
    """Delete a note; it can be restored. Raises Forbidden or NotFound."""
    return _set_deleted(seat, note_id, now)


def restore_note(seat: Seat, note_id: UUID) -> JournalNote:
    """Bring a deleted note back. Raises Forbidden or NotFound."""
    return _set_deleted(seat, note_id, None)


def _set_deleted(seat: Seat, note_id: UUID, at: datetime | None) -> JournalNote:
    note = note_of(seat, note_id)
    if not may_delete(seat, note):
        raise Forbidden("Only whoever wrote a note, and the account's owner, may delete it.")
    note.deleted_at = at
    db.session.commit()
    return note


def _check_date(seat: Seat, on: date, now: datetime) -> None:
    if on > local_date(now, seat.zone):
        raise Invalid({"on": "This is in the future."})
