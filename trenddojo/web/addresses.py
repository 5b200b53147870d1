"""The addresses that lead from one view of a list to another: the same questions with one answer changed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Address:
    """A list's path, and what its query says without the place in it."""

    path: str
    asked: Mapping[str, str]

    @classmethod
    def of(cls, path: str, sent: Mapping[str, str], known: Collection[str]) -> "Address":
        """The address of a request: of the `known` answers those that are not blank."""
        return cls(path, {name: value for name, value in sent.items() if name in known and value.strip()})

    def with_(self, **changed: Any) -> str:
        """The first page with some answers changed; None takes one away. `from_` stands for `from`."""
        answers = {**self.asked, **{name.rstrip("_"): value for name, value in changed.items()}}
        query = urlencode({name: value for name, value in answers.items() if value is not None})
        return f"{self.path}?{query}" if query else self.path

    def but(self, *names: str) -> list[tuple[str, str]]:
        """What a form for other answers has to carry along as hidden fields."""
        return [(name, value) for name, value in self.asked.items() if name not in names]


@dataclass(frozen=True, slots=True)
class Filter:
    """One chip of a filter row: with a `value` its cross clears it; else it opens a menu of `options`, or a form."""

    label: str
    value: str
    clear: str
    options: Sequence[tuple[str, str]] = ()
