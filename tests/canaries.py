"""Canaries: secrets that are known again in whatever they turn up in, and where to look for them."""

from __future__ import annotations

import itertools
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from trenddojo.store.database import Base, db

_PART = 16
_ARGUMENT = re.compile(r"<(?:(\w+)[^:<>]*:)?(\w+)>")
_NO_PAGES = {"static", "api.call"}
_MOST_PATHS = 60


@dataclass(frozen=True)
class Canary:
    """A secret for the place `where`. Either end of it gives it away, so that half a secret is found too."""

    where: str

    @property
    def text(self) -> str:
        """The secret: characters that every encoding changes, between two ends of hex digits that most leave alone."""
        return f"{self._head}<&'\"%/+= ?é>{self._tail}"

    @property
    def signs(self) -> Iterator[str]:
        """What a text that holds it contains, folded: in the clear, quoted, escaped, in hex, or in base64."""
        for end in (self._head, self._tail):
            yield end
            yield end.encode().hex()
            yield from (_within_base64(end.encode(), shift).casefold() for shift in range(3))

    @property
    def _head(self) -> str:
        return sha256(f"head of {self.where}".encode()).hexdigest()[:_PART]

    @property
    def _tail(self) -> str:
        return sha256(f"tail of {self.where}".encode()).hexdigest()[:_PART]


def _within_base64(data: bytes, shift: int) -> str:
    """The characters that base64 of anything gives for `data`, if it begins `shift` bytes into a group of three."""
    encoded = b64encode(bytes(shift) + data).decode().rstrip("=")
    return encoded[(0, 2, 3)[shift] : len(encoded) - (1 if (shift + len(data)) % 3 else 0)]


def spotted(canaries: Iterable[Canary], seen: Mapping[str, str]) -> list[str]:
    """Which canary turned up where."""
    signs = [(canary.where, tuple(canary.signs)) for canary in canaries]
    found = []
    for place, text in seen.items():
        folded = text.casefold()
        found += [f"{where} in {place}" for where, any_of in signs if any(sign in folded for sign in any_of)]
    return found


# ---- where to look


def page_paths(app: Flask, ids: Sequence[str], words: Mapping[str, str]) -> list[str]:
    """An address for every page that there is; where it takes an id, one for each of `ids`."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and _is_page(rule)]
    return list(itertools.chain.from_iterable(filled(rule.rule, ids, words) for rule in rules))


def form_paths(app: Flask, room: str, ids: Sequence[str], words: Mapping[str, str]) -> list[str]:
    """The same for every form that a room takes."""
    rules = [rule for rule in app.url_map.iter_rules(None) if "POST" in (rule.methods or ())]
    mine = [rule for rule in rules if rule.endpoint.split(".")[0] == room]
    return list(itertools.chain.from_iterable(filled(rule.rule, ids, words) for rule in mine))


def _is_page(rule: Rule) -> bool:
    return rule.endpoint not in _NO_PAGES


def filled(pattern: str, ids: Sequence[str], words: Mapping[str, str]) -> list[str]:
    """`pattern` with its arguments filled in every way: ids with each of `ids`, words by their names."""
    arguments = [(found.group(0), found.group(1), found.group(2)) for found in _ARGUMENT.finditer(pattern)]
    choices = [ids if kind == "uuid" else [words.get(name, "1")] for _, kind, name in arguments]
    paths = []
    for chosen in itertools.islice(itertools.product(*choices), _MOST_PATHS):
        path = pattern
        for (argument, _, _), value in zip(arguments, chosen, strict=True):
            path = path.replace(argument, value, 1)
        paths.append(path)
    return paths


def database_texts() -> dict[str, str]:
    """Everything that the database holds, a text for each table."""
    found = {}
    for table in Base.metadata.sorted_tables:
        rows = db.session.execute(select(table)).all()
        found[f"table {table.name}"] = "\n".join(_plain(value) for row in rows for value in row)
    db.session.rollback()
    return found


def _plain(value: Any) -> str:
    return value.decode("latin-1") + value.hex() if isinstance(value, bytes) else f"{value} {value!r}"
