"""A note of the daily journal as it is written."""

from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.types import Day, OptionalDay, OptionalId, OptionalKey, Prose


class NoteInput(Input):
    """What somebody wrote about one day of an account."""

    on: Day
    body: Prose


class NewNoteInput(NoteInput):
    """A new note; `key` makes that a repeated request keeps it once."""

    key: OptionalKey = None


class JournalQuery(Input):
    """Which part of the journal is asked for: from a date backwards."""

    on: OptionalDay = None


class DayQuery(Input):
    """Of which account a day is asked for; of the one at hand without."""

    account: OptionalId = None
