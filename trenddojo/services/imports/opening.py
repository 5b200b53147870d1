"""The account's opening day follows its history: an import of what is older moves it to the first day that it brings.

The import keeps from which day to which it moved it. Taken out again, it gives the day back, as far as nothing else is
older. Moves follow one another, each from where the one before it led: where one between others is taken out, the
next begins where it had begun.
"""

from datetime import date
from uuid import UUID

from trenddojo.services.imports import jottings
from trenddojo.services.imports.jottings import Move
from trenddojo.store import accounts, days, import_books
from trenddojo.store.database import db
from trenddojo.store.models import Import
from trenddojo.store.seats import Seat


def follow(import_id: UUID, seat: Seat) -> date | None:
    """Let the account open on the first day that an import brought, if that is earlier: the day it moved to.

    In a transaction of its own; called again, it says the same.
    """
    row = _locked(import_id, seat)
    move = jottings.move_of(row.counts)
    first = import_books.first_brought(import_id, seat.zone)
    if move is None and first is not None and first < seat.account.opened_on:
        move = Move(seat.account.opened_on, first)
        row.counts = jottings.with_move(row.counts, move)
        seat.account.opened_on = first
    db.session.commit()
    return move.to if move else None


def take_back(import_id: UUID, seat: Seat) -> None:
    """Undo what `follow` did, once nothing of the import is in the books; in a transaction of its own.

    A day that a person has set since stays.
    """
    row = _locked(import_id, seat)
    move = jottings.move_of(row.counts)
    if move is not None:
        row.counts = jottings.with_move(row.counts, None)
        others = [one for one in import_books.imports_of(seat.account.id) if one.id != import_id]
        if seat.account.opened_on == move.to:
            _give_back(move, seat, others)
        else:
            _join(move, others)
    db.session.commit()


def _locked(import_id: UUID, seat: Seat) -> Import:
    accounts.lock(seat.account)
    return db.session.get_one(Import, import_id, with_for_update=True, populate_existing=True)


def _give_back(move: Move, seat: Seat, others: list[Import]) -> None:
    """The day before the move, or the first on which anything is left; the import that this is of has it from now."""
    account = seat.account
    account.opened_on = min(move.since, days.first_change(account.id) or move.since)
    if account.opened_on < move.since:
        rest = Move(move.since, account.opened_on)
        unmoved = (one for one in others if jottings.move_of(one.counts) is None)
        heir = next((one for one in unmoved if import_books.first_brought(one.id, seat.zone) == rest.to), None)
        if heir is not None:
            heir.counts = jottings.with_move(heir.counts, rest)


def _join(move: Move, others: list[Import]) -> None:
    for one in others:
        after = jottings.move_of(one.counts)
        if after is not None and after.since == move.to:
            one.counts = jottings.with_move(one.counts, Move(move.since, after.to))
            return
