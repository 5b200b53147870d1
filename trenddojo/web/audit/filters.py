"""The filter row of the audit page: links to the same page with one answer changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from trenddojo.services.audit import Choices
from trenddojo.services.errors import NotFound
from trenddojo.services.inputs.audit import AuditQuery
from trenddojo.web.audit import words
from trenddojo.web.format import full_day

_ANSWERS = ("person", "account", "area", "from", "to")


@dataclass(frozen=True, slots=True)
class Address:
    """The page's path, and what its query says without the place in it."""

    path: str
    asked: Mapping[str, str]

    @classmethod
    def of(cls, path: str, sent: Mapping[str, str]) -> "Address":
        """The address of a request, without blank answers."""
        return cls(path, {name: value for name, value in sent.items() if name in _ANSWERS and value.strip()})

    def with_(self, **changed: Any) -> str:
        """The page with some answers changed; None takes one away. `from_` stands for `from`."""
        answers = {**self.asked, **{name.rstrip("_"): value for name, value in changed.items()}}
        query = urlencode({name: value for name, value in answers.items() if value is not None})
        return f"{self.path}?{query}" if query else self.path

    def but(self, *names: str) -> list[tuple[str, str]]:
        """What a form for other answers has to carry along as hidden fields."""
        return [(name, value) for name, value in self.asked.items() if name not in names]


@dataclass(frozen=True, slots=True)
class Filter:
    """One chip: with a `value` its cross clears it, else it opens a menu of `options`."""

    label: str
    value: str
    clear: str
    options: Sequence[tuple[str, str]]


def chips(address: Address, query: AuditQuery, choices: Choices) -> list[Filter]:
    """Area, person and account. Raises NotFound for a person or account that is not the reader's to ask for."""
    return [
        _chip(address, "Area", "area", query.area, words.AREAS),
        _chip(address, "Person", "person", query.person, choices.people),
        _chip(address, "Account", "account", query.account, choices.accounts),
    ]


def _chip(address: Address, label: str, name: str, chosen: Any, choices: Mapping[Any, str]) -> Filter:
    if chosen is not None and chosen not in choices:
        raise NotFound
    value = "" if chosen is None else choices[chosen]
    options = [(address.with_(**{name: str(key)}), text) for key, text in choices.items()]
    return Filter(label, value, address.with_(**{name: None}), options)


def dates(address: Address, query: AuditQuery) -> Filter:
    """The chip of the first and last day."""
    since = f"from {full_day(query.since)}" if query.since else ""
    until = f"to {full_day(query.until)}" if query.until else ""
    return Filter("Date", f"{since} {until}".strip(), address.with_(from_=None, to=None), ())
