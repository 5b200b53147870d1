"""What a file is, and what a person has to say of it before it is read."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from trenddojo.services.imports import broker, jottings
from trenddojo.services.inputs import parse
from trenddojo.services.inputs.imports import READ_BY, ImportOptions
from trenddojo.statements import registry
from trenddojo.statements.columns import folded
from trenddojo.statements.format import DateOrder, Format, Head, Need
from trenddojo.statements.formats.mapped import MAPPED
from trenddojo.statements.tables import head_of
from trenddojo.statements.values import BadValue, day
from trenddojo.store import imports
from trenddojo.store.models import Import

ADDED = ("Refused line", "Why it was refused")
"""The columns that a file of refused lines has more than the statement; they are read over."""
_FORMAT = "format"
_HOW = READ_BY - {"account", "since"}
"""What is remembered of how a person told us to read a kind of file."""
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}", re.ASCII)


class Wanted(StrEnum):
    """Something to be said, by the name of its option."""

    ZONE = "zone"
    DATE_ORDER = "date_order"
    COLUMNS = "columns"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Recognised:
    """A file's format, empty for none, and the digest of its header, by which its options are remembered."""

    format: str
    fingerprint: str


def recognise(path: Path) -> Recognised:
    """What a file is. Raises Unreadable for one that is no text."""
    found, head = registry.recognised(path)
    return Recognised(found.name if found else "", fingerprint_of(head))


def fingerprint_of(head: Head) -> str:
    """The digest of a header's columns, whatever their case and spaces."""
    return sha256("\n".join(folded(cell) for cell in header_of(head)).encode()).hexdigest()


def remembered(user_id: UUID, found: Recognised) -> tuple[str, dict[str, Any]]:
    """The format and the options of a file: what the person said of the last one with such a header, else its own."""
    known = imports.mapping(user_id, found.fingerprint)
    options = dict(known.options) if known else {}
    chosen = options.pop(_FORMAT, "")
    return (chosen if any(one.name == chosen for one in registry.FORMATS) else found.format), options


def remember(user_id: UUID, import_: Import, head: Head, now: datetime) -> None:
    """Let the next file with such a header need no answers; the caller commits."""
    how = {name: value for name, value in import_.options.items() if name in _HOW}
    imports.remember(user_id, fingerprint_of(head), {_FORMAT: import_.format, **how}, now)


def header_of(head: Head) -> tuple[str, ...]:
    """The row that names the columns: the first of those with the most cells that are not empty."""
    widest = max(head.rows, key=lambda row: sum(map(bool, row)), default=())
    return tuple(cell for cell in widest if cell not in ADDED)


def head_at(path: Path) -> Head:
    """The beginning of a file. Raises Unreadable."""
    return head_of(path)


def format_of(import_: Import) -> Format | None:
    """The format of an import; None while nothing recognised it, and for one that is read no longer."""
    known = (*registry.FORMATS, broker.FORMAT)
    return next((one for one in known if one.name == import_.format), None)


def options_of(import_: Import) -> ImportOptions:
    """What was said of it so far."""
    return parse(ImportOptions, import_.options)


def wanted(import_: Import) -> frozenset[Wanted]:
    """What still has to be said of it."""
    found, options = format_of(import_), options_of(import_)
    needs = ((found or MAPPED).needs) | set(map(Need, import_.counts.get(jottings.WANTS, ())))
    answers: Mapping[Need, Any] = {
        Need.ZONE: options.zone,
        Need.DATE_ORDER: options.date_order,
        Need.COLUMNS: options.columns,
    }
    open_ = {Wanted(need.value) for need in needs if not answers[need]}
    accounts = accounts_in(import_)
    return frozenset(open_ | ({Wanted.ACCOUNT} if accounts and options.account not in accounts else set()))


def accounts_in(import_: Import) -> tuple[str, ...]:
    """The broker's names of the accounts that the file holds, where reading found several."""
    return tuple(import_.counts.get(jottings.ACCOUNTS, ()))


@dataclass(frozen=True, slots=True)
class Reading:
    """How a date reads in one order."""

    order: DateOrder
    on: date


def first_date(head: Head) -> str:
    """The first date of the file's head as it stands there; empty where there is none."""
    cells = (cell for row in head.rows for cell in row)
    return next((found[0] for cell in cells if (found := _DATE.match(cell))), "")


def readings(text: str) -> list[Reading]:
    """How a date reads in each order in which it is one."""
    return list(_readings(text)) if text else []


def _readings(text: str) -> Iterator[Reading]:
    for order in DateOrder:
        try:
            yield Reading(order, day(text, "date", order))
        except BadValue:
            continue
