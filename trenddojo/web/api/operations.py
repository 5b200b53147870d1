"""How an operation of the API is declared: method, path, scope, and a typed function that says the rest.

The function's parameters are the ids in the path, `query` (an input read from the address) and `body` (an input read
from JSON) or `file` (the body as it is); its return type is the answer's model, None for an empty one; its docstring is
the description.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from inspect import getdoc
from typing import Any, get_type_hints

from trenddojo.domain.terms import TokenScope
from trenddojo.services.inputs import Input
from trenddojo.web.api.outputs.base import Output

Handler = Callable[..., Output | None]
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_ID = re.compile(r"<uuid:(\w+)>")


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path. `takes` is the model of its body, `asks` of its query, `gives` of its answer.

    `takes_file` says that the body is a file as it is. `bad_input` is the status of a refused field. What asks a broker
    takes no key, which would hold the database meanwhile; what sends something to one is keyed: its key is claimed and
    committed before it runs.
    """

    method: str
    path: str
    scope: TokenScope
    status: int
    group: str
    run: Handler
    takes: type[Input] | None
    asks: type[Input] | None
    gives: type[Output] | None
    asks_broker: bool = False
    is_keyed: bool = False
    bad_input: int = 422
    takes_file: bool = False

    @property
    def name(self) -> str:
        """Its name, unique in the API."""
        return self.run.__name__

    @property
    def shown_path(self) -> str:
        """The path as OpenAPI writes it, from the server's root: /api/trades/{trade_id}."""
        return "/api" + _PARAMETER.sub(r"{\1}", self.path)

    @property
    def ids(self) -> list[str]:
        """The ids in its path."""
        return _ID.findall(self.path)

    @property
    def words(self) -> list[str]:
        """What else its path names, as text."""
        return [name for name in _PARAMETER.findall(self.path) if name not in self.ids]

    @property
    def summary(self) -> str:
        """What it does, in a line."""
        return self._told[0].rstrip(".")

    @property
    def description(self) -> str:
        """What else is to be known of it, or nothing."""
        return self._told[2].strip()

    @property
    def _told(self) -> tuple[str, str, str]:
        return (getdoc(self.run) or "").partition("\n")

    @property
    def is_repeatable(self) -> bool:
        """Whether it makes something, so that a key keeps a repeated request from making it twice."""
        makes = self.method == "POST" and self.scope is not TokenScope.READ
        return (makes and not self.asks_broker and not self.takes_file) or self.is_keyed


class Group:
    """The operations of one resource, which register themselves by its decorators."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.operations: list[Operation] = []

    def get(self, path: str) -> Callable[[Handler], Handler]:
        """Something to look at."""
        return self._declare("GET", path, TokenScope.READ, 200)

    def post(self, path: str, scope: TokenScope = TokenScope.TRADE, status: int = 201) -> Callable[[Handler], Handler]:
        """Something to make, or with status 200 to do."""
        return self._declare("POST", path, scope, status)

    def ask(self, path: str, scope: TokenScope, bad_input: int = 422) -> Callable[[Handler], Handler]:
        """Something to ask a broker."""
        return self._declare("POST", path, scope, 200, asks_broker=True, bad_input=bad_input)

    def send(self, path: str) -> Callable[[Handler], Handler]:
        """Something to send through a broker, once for each key."""
        return self._declare("POST", path, TokenScope.TRADE, 201, asks_broker=True, is_keyed=True)

    def put(self, path: str, scope: TokenScope = TokenScope.TRADE) -> Callable[[Handler], Handler]:
        """Something to set as a whole."""
        return self._declare("PUT", path, scope, 200)

    def patch(
        self, path: str, scope: TokenScope = TokenScope.TRADE, *, asks_broker: bool = False
    ) -> Callable[[Handler], Handler]:
        """Some fields to change."""
        return self._declare("PATCH", path, scope, 200, asks_broker=asks_broker)

    def delete(
        self, path: str, scope: TokenScope = TokenScope.TRADE, *, asks_broker: bool = False
    ) -> Callable[[Handler], Handler]:
        """Something to take away."""
        return self._declare("DELETE", path, scope, 200, asks_broker=asks_broker)

    def _declare(
        self, method: str, path: str, scope: TokenScope, status: int, **how: Any
    ) -> Callable[[Handler], Handler]:
        def register(run: Handler) -> Handler:
            types: dict[str, Any] = get_type_hints(run)
            gives = types["return"] if types["return"] is not type(None) else None
            self.operations.append(
                Operation(
                    method=method,
                    path=path,
                    scope=scope,
                    status=status if gives else 204,
                    group=self.name,
                    run=run,
                    takes=types.get("body"),
                    asks=types.get("query"),
                    gives=gives,
                    takes_file="file" in types,
                    **how,
                )
            )
            return run

        return register
