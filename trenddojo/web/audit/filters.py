"""The filter row of the audit page: links to the same page with one answer changed."""

from collections.abc import Mapping
from typing import Any

from trenddojo.services.audit import Choices
from trenddojo.services.errors import NotFound
from trenddojo.services.inputs.audit import AuditQuery
from trenddojo.web.addresses import Address, Filter
from trenddojo.web.audit import words
from trenddojo.web.format import full_day

ANSWERS = ("person", "account", "area", "from", "to")
"""What an address of the page may ask for."""


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
    return Filter("Date", f"{since} {until}".strip(), address.with_(from_=None, to=None))
