"""Files of statements are taken away when nothing needs them any more; docs/IMPORTS.md says when.

The record of an import stays with what it brought; only its file, what was read of it and the refused lines go.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from trenddojo.runtime import runtime
from trenddojo.services.forgetting import forget
from trenddojo.store import import_files, imports
from trenddojo.store.database import discard
from trenddojo.store.import_files import Folder

KEPT = timedelta(days=30)
"""How long a file stays after its import is done; and how long an import waits for somebody to go on with it."""
_HALF_WAY = timedelta(days=1)
"""How old a file without a row has to be before it counts as left behind."""
_BATCH = 100


@dataclass(frozen=True, slots=True)
class Cleared:
    """What was cleared away: imports that nobody went on with, and files that nothing needs."""

    imports: int
    files: int


def clear(now: datetime) -> Cleared:
    """Forget imports that waited too long, and take away files that nothing needs."""
    path = runtime().config.imports_path
    if path is None:
        return Cleared(0, 0)
    place = Folder(path)
    return Cleared(_forget(place, now), _take_away(place, now))


def _forget(place: Folder, now: datetime) -> int:
    gone = forget(lambda: imports.left_alone(now - KEPT, _BATCH), place.remove)
    discard()
    return gone


def _take_away(place: Folder, now: datetime) -> int:
    lying = list(place.lying((now - _HALF_WAY).timestamp()))
    needed = imports.needing_files({found for _, found in lying if found}, now - KEPT)
    discard()
    gone = [path for path, import_id in lying if import_id not in needed]
    for path in gone:
        import_files.clear(path)
    return len(gone)


def is_there(import_id: UUID) -> bool:
    """Whether the file of an import is on this server."""
    path = runtime().config.imports_path
    return path is not None and Folder(path).file(import_id).is_file()
