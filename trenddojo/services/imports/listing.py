"""The imports of the accounts that a person may see, the latest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from trenddojo.services.errors import NotFound
from trenddojo.store import imports
from trenddojo.store.models import Import
from trenddojo.store.seats import Seat

PAGE = 30


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of imports, each with the name of whoever brought it; `older` is where the next page begins."""

    rows: Sequence[tuple[Import, str]]
    older: UUID | None


def listed(seats: Sequence[Seat], before: UUID | None = None, limit: int = PAGE) -> Listed:
    """The imports from the one `before` (None: the latest) backwards. Raises NotFound for one that is not theirs."""
    start = None
    if before is not None:
        found = imports.import_at(seats, before)
        if found is None:
            raise NotFound
        start = found[1]
    rows = imports.listed(seats, start, limit + 1)
    return Listed(rows[:limit], rows[limit - 1][0].id if len(rows) > limit else None)
