"""What a page or a program looks at of an import: its head, its lines with their verdicts, who brought it."""

from itertools import islice
from pathlib import Path

from trenddojo.runtime import runtime
from trenddojo.services.imports import asking, verdicts
from trenddojo.services.imports.verdicts import PreviewLine
from trenddojo.statements.format import Head
from trenddojo.statements.lines import Refusal
from trenddojo.statements.spool import Spool
from trenddojo.store import import_stops, imports, people
from trenddojo.store.import_files import Folder
from trenddojo.store.import_stops import Stops
from trenddojo.store.models import Import


def head(import_: Import) -> Head | None:
    """The beginning of its file; None where that is not on this server."""
    place = _place()
    path = place.file(import_.id) if place else None
    return asking.head_at(path) if path is not None and path.is_file() else None


def preview(import_: Import, limit: int, offset: int) -> list[PreviewLine]:
    """Some of its lines with their verdicts; none where what was read is not on this server."""
    path = spool_of(import_)
    if path is None:
        return []
    with Spool(path) as spool:
        return verdicts.preview(spool, limit, offset)


def refused(import_: Import, limit: int, offset: int) -> list[Refusal]:
    """Some of the lines that were refused; none where what was read is not on this server."""
    path = spool_of(import_)
    if path is None:
        return []
    with Spool(path) as spool:
        return list(islice(verdicts.refusals(spool), offset, offset + limit))


def spool_of(import_: Import) -> Path | None:
    """Where what was read lies, once it was compared with the books."""
    place = _place()
    path = place.spool(import_.id) if place and "fills_new" in import_.counts else None
    return path if path is not None and path.is_file() else None


def tells_figures(import_: Import) -> bool:
    """Whether it tells what books can be set beside: positions, cash or sums."""
    path = spool_of(import_)
    if path is None:
        return False
    with Spool(path) as spool:
        return spool.tells_figures


def refused_file(import_: Import) -> Path | None:
    """The file of refused lines; None where there is none."""
    place = _place()
    path = place.refused(import_.id) if place else None
    return path if path is not None and path.is_file() else None


def stops_of(import_: Import) -> Stops:
    """Whose the stops of the trades are that it made."""
    return import_stops.stops_of(import_.id)


def has_brought(import_: Import) -> bool:
    """Whether anything of it is in the books."""
    return imports.has_brought(import_.id)


def brought_by(import_: Import) -> str:
    """The name of whoever brought it."""
    person = people.user_by_id(import_.created_by)
    return person.name if person else ""


def _place() -> Folder | None:
    path = runtime().config.imports_path
    return Folder(path) if path else None
