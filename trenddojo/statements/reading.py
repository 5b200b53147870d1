"""What all readers of tables share: the header found by its names, and each record said, refused or skipped."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from trenddojo.statements.columns import Aliases, Columns, folded
from trenddojo.statements.format import Head, Unreadable
from trenddojo.statements.lines import Refusal, Said
from trenddojo.statements.tables import Row
from trenddojo.statements.values import BadValue, day

Records = Iterator[Row | Refusal]
Group = tuple[Row, ...]
"""Records that say one thing together: the legs of a spread, the two halves of a split."""

_SHOWN = 2_000
"""Characters of a refused line that are kept."""
_MOST_TITLES = 40
"""Records before the header."""

dated = lru_cache(maxsize=4_096)(day)
"""`values.day`, which remembers: a file has many lines of one date."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table in a file: what stood above it, its columns, and its records, of which the header is none."""

    titles: tuple[Row, ...]
    columns: Columns
    records: Records


def header_in(head: Head, aliases: Aliases, needed: Iterable[str]) -> int | None:
    """Which of a file's first rows is a header with these fields; None where none is."""
    wanted = _wanted(aliases, needed)
    return next((place for place, cells in enumerate(head.rows) if _is_header(cells, wanted)), None)


def is_header(cells: Sequence[str], aliases: Aliases, needed: Iterable[str]) -> bool:
    """Whether a row is a header with these fields."""
    return _is_header(cells, _wanted(aliases, needed))


def has_columns(head: Head, aliases: Aliases, needed: Iterable[str]) -> bool:
    """Whether one of a file's first rows is a header with these fields."""
    return header_in(head, aliases, needed) is not None


def table(records: Records, aliases: Aliases, needed: Iterable[str]) -> Table:
    """The table of a file, below its titles. Raises Unreadable, and names the columns that no row among the first has.

    A record above the header that is no row is among the table's records, to be told like any other.
    """
    wanted = _wanted(aliases, needed)
    titles, broken = list[Row](), list[Row | Refusal]()
    for record in records:
        if isinstance(record, Refusal):
            broken.append(record)
        elif _is_header(record.cells, wanted):
            return Table(tuple(titles), Columns(record.cells, aliases, needed), chain(broken, records))
        else:
            titles.append(record)
        if len(titles) + len(broken) >= _MOST_TITLES:
            break
    widest = max(titles, key=lambda row: _filled(row.cells), default=None)
    Columns(widest.cells if widest else (), aliases, needed)
    raise Unreadable("The file has no header.")


def _wanted(aliases: Aliases, needed: Iterable[str]) -> list[frozenset[str]]:
    return [frozenset(map(folded, aliases[field])) for field in needed]


def _is_header(cells: Iterable[str], wanted: list[frozenset[str]]) -> bool:
    names = {folded(cell) for cell in cells}
    return all(names & one for one in wanted)


def _filled(cells: Iterable[str]) -> int:
    return sum(bool(cell) for cell in cells)


def only_cell(row: Row) -> str:
    """The text of a row that has one cell only, such as a section's title; else empty."""
    filled = [cell for cell in row.cells if cell]
    return filled[0] if len(filled) == 1 else ""


def tags_in(text: str) -> tuple[str, ...]:
    """The tags of a cell, with commas between them; each once."""
    return tuple(dict.fromkeys(tag.strip() for tag in text.split(",") if tag.strip()))


def refused(row: Row, reason: str) -> Refusal:
    """A record as one that cannot be read."""
    return Refusal(row.line, reason, row.text[:_SHOWN])


def told(records: Iterable[Row | Refusal], say: Callable[[Row], Sequence[Said]]) -> Iterator[Said]:
    """What each record says; one with a bad value is refused as a whole."""
    for record in records:
        if isinstance(record, Refusal):
            yield record
            continue
        try:
            yield from say(record)
        except BadValue as reason:
            yield refused(record, str(reason))


def told_together(groups: Iterable[Group | Refusal], say: Callable[[Group], Sequence[Said]]) -> Iterator[Said]:
    """The same of records that belong together: a bad value in one refuses them all."""
    for group in groups:
        if isinstance(group, Refusal):
            yield group
            continue
        try:
            yield from say(group)
        except BadValue as reason:
            yield from (refused(row, str(reason)) for row in group)
