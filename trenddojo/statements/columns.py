"""Columns found by their names, never by their position: brokers change both, but names less often."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from trenddojo.statements.format import Unreadable

Aliases = Mapping[str, Sequence[str]]
"""Our name of a field, and the names that its column goes by, the usual one first."""

_NOISE = re.compile(r"[^\w$%#/]+")


def folded(name: str) -> str:
    """A column's name without case, spaces and punctuation: "Fees & Comm" and "fees_&_comm" are one."""
    return _NOISE.sub("", name.casefold().replace("_", " "))


@lru_cache(maxsize=1_024)
def _folded(names: tuple[str, ...]) -> tuple[str, ...]:
    """A field's names folded, once for all headers: they are ours, or a person's, and never the file's."""
    return tuple(map(folded, names))


def has_all(cells: Iterable[str], names: Iterable[str]) -> bool:
    """Whether a header has every one of these columns."""
    return {folded(one) for one in names} <= {folded(cell) for cell in cells}


class Columns:
    """Where each field stands in a header. Raises Unreadable where a needed one is missing, and names it.

    `places` are the indices of the fields that the header has.
    """

    def __init__(self, header: Sequence[str], aliases: Aliases, needed: Iterable[str]) -> None:
        places: dict[str, int] = {}
        for index, cell in enumerate(header):
            places.setdefault(folded(cell), index)
        found = {
            field: next((places[one] for one in _folded(tuple(names)) if one in places), None)
            for field, names in aliases.items()
        }
        self.places: Mapping[str, int] = {field: place for field, place in found.items() if place is not None}
        self._aliases = aliases
        self.require(needed)

    def require(self, needed: Iterable[str]) -> None:
        """Raises Unreadable where a needed field's column is missing, and names it."""
        if missing := [self._aliases[field][0] for field in needed if field not in self.places]:
            raise Unreadable("The file lacks " + _named(missing) + ".")

    def __contains__(self, field: str) -> bool:
        return field in self.places

    def get(self, cells: Sequence[str], field: str) -> str:
        """The field's cell in a row; empty where the row or the table lacks it."""
        place = self.places.get(field)
        return cells[place] if place is not None and place < len(cells) else ""


def _named(columns: list[str]) -> str:
    quoted = [f"“{one}”" for one in columns]
    return f"the column {quoted[0]}" if len(quoted) == 1 else "the columns " + ", ".join(quoted)
