"""A fill of a statement beside what the books have of it."""

from dataclasses import dataclass

from trenddojo.services.imports.told import Told
from trenddojo.store.import_books import StoredFill


@dataclass(frozen=True, slots=True)
class Match:
    """A fill of the statement with its key, and the row of the books that it is; None for a new one.

    `why_not` refuses it: its name is another fill's, or the books tell of its day otherwise. `within` says of which
    fills together it is a part or the sum.
    """

    told: Told
    same: StoredFill | None = None
    why_not: str = ""
    twice: int = 0
    within: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it still may be new."""
        return self.same is None and not (self.why_not or self.twice or self.within)
