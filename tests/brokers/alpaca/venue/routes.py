"""The trading host's calls by method and path."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from tests.brokers.alpaca.venue.refusals import not_found

Answer = tuple[int, object]
Query = Mapping[str, str]
ONE = "([^/]+)"
"""A part of a path that names something."""


@dataclass(frozen=True)
class Call:
    """A request's query and body, and what its path names."""

    query: Query
    body: object
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.names[0]


Route = tuple[str, str, Callable[[Call], Answer]]


class Routes:
    """The first that fits is called."""

    def __init__(self, *routes: Route) -> None:
        self._routes = [(method, re.compile("/v2" + path), call) for method, path, call in routes]

    def answer(self, method: str, path: str, query: Query, body: object) -> Answer:
        """Raises Refusal."""
        for verb, pattern, call in self._routes:
            found = pattern.fullmatch(path)
            if verb == method and found:
                return call(Call(query, body, tuple(unquote(part) for part in found.groups())))
        raise not_found("endpoint not found.")
