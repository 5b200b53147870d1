"""What the search over notes may be asked."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator

from trenddojo.domain.terms import NoteKind
from trenddojo.services.inputs.base import Input
from trenddojo.services.inputs.kinds import is_blank, text
from trenddojo.services.inputs.types import OptionalId

MOST_WORDS = 8


class NotesIn(StrEnum):
    """Where notes stand: in the journal, or with a trade, there at one time of its life or at any."""

    JOURNAL = "journal"
    TRADES = "trades"
    ENTRY = "entry"
    MANAGEMENT = "management"
    EXIT = "exit"
    REVIEW = "review"


class NotesQuery(Input):
    """Words that a note has to have all, the account and kind it is of, and the last note of the page before."""

    q: Annotated[str, text(0, 200)] = ""
    account: OptionalId = None
    kind: Annotated[NotesIn | None, BeforeValidator(lambda value: None if is_blank(value) else value)] = None
    before: OptionalId = None

    def problems(self) -> Mapping[str, str]:
        """Too many words."""
        return {"q": f"At most {MOST_WORDS} words."} if len(self.words) > MOST_WORDS else {}

    @property
    def words(self) -> Sequence[str]:
        """The words, each once, in small letters."""
        return list(dict.fromkeys(self.q.lower().split()))

    @property
    def in_journal(self) -> bool:
        """Whether notes of the journal are meant."""
        return self.kind in (None, NotesIn.JOURNAL)

    @property
    def kinds(self) -> Sequence[NoteKind]:
        """Which notes about trades are meant."""
        if self.kind in (None, NotesIn.TRADES):
            return list(NoteKind)
        return [kind for kind in NoteKind if self.kind == kind.value]
