"""Search over every note that a person may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from trenddojo.services.errors import Invalid
from trenddojo.services.inputs.notes import NotesQuery
from trenddojo.store.note_search import Found, Wanted, notes_found, place_of
from trenddojo.store.seats import Seat

PAGE = 30


@dataclass(frozen=True, slots=True)
class FoundPage:
    """Notes, the newest first; `after` is the last of them where there are more."""

    notes: Sequence[Found]
    after: UUID | None


def search(seats: Sequence[Seat], query: NotesQuery, limit: int = PAGE) -> FoundPage:
    """The notes on the accounts of `seats` that have every word.

    Raises Invalid for an account or place that is none of theirs.
    """
    ids = [seat.account.id for seat in seats if query.account in (None, seat.account.id)]
    if query.account and not ids:
        raise Invalid({"account": "There is no such account among yours."})
    before = place_of(ids, query.before) if query.before else None
    if query.before and before is None:
        raise Invalid({"before": "There is no such note. Begin the search anew."})
    found = notes_found(ids, Wanted(query.words, query.in_journal, query.kinds, before, limit + 1))
    return FoundPage(found[:limit], found[limit - 1].id if len(found) > limit else None)
