"""What the audit page shows."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from markupsafe import Markup

from trenddojo.security.chain import Verdict
from trenddojo.services.audit import Line
from trenddojo.store.models import Source
from trenddojo.web.audit import words
from trenddojo.web.format import moment

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHORT = 8

Shown = str | Markup


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field before and after, empty for nothing."""

    name: str
    before: Shown
    after: Shown


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A row that was added, changed or removed, or many that were added at once."""

    title: str
    act: str
    fields: tuple[FieldView, ...]
    note: str


@dataclass(frozen=True, slots=True)
class EntryView:
    """One act. `refused` marks one that was not let through."""

    seq: int
    at: datetime
    who: str
    where: str
    what: str
    subject: str
    account: str
    area: str
    facts: tuple[tuple[str, Shown], ...]
    changes: tuple[ChangeView, ...]
    hash: str
    refused: bool


@dataclass(frozen=True, slots=True)
class DayView:
    """The acts of one day of the reader's zone, the newest first."""

    on: date
    entries: tuple[EntryView, ...]


@dataclass(frozen=True, slots=True)
class ChainView:
    """What reading the whole chain found."""

    holds: bool
    sentence: str
    last_hash: str


def days(lines: Iterable[Line], accounts: Mapping[UUID, str], zone: ZoneInfo) -> tuple[DayView, ...]:
    """A page of entries by the day; `accounts` are names."""
    entries = (_entry(line, accounts, zone) for line in lines)
    return tuple(
        DayView(on, tuple(found)) for on, found in groupby(entries, lambda one: one.at.astimezone(zone).date())
    )


def chain(verdict: Verdict) -> ChainView:
    """The verdict in a sentence."""
    if verdict.broken is None:
        return ChainView(True, f"{verdict.entries:,} entries, chain intact.", verdict.last_hash)
    broken = verdict.broken
    return ChainView(False, f"The chain breaks at entry {broken.seq:,}. {broken.sentence}", "")


def _entry(line: Line, accounts: Mapping[UUID, str], zone: ZoneInfo) -> EntryView:
    entry = line.entry
    account = accounts.get(entry.account_id, "") if entry.account_id else ""
    return EntryView(
        seq=entry.seq,
        at=entry.at,
        who=entry.actor,
        where=_where(entry.source, line.address),
        what=words.act(entry.act),
        subject="" if entry.subject == entry.actor else entry.subject,
        account="" if account == entry.subject else account,
        area=words.AREAS[entry.area],
        facts=tuple((words.read(name), _value(value, zone)) for name, value in entry.detail.items()),
        changes=tuple(_change(change, zone, {str(entry.account_id), str(entry.actor_id)}) for change in entry.changes),
        hash=entry.hash,
        refused=entry.act.endswith(("_failed", "_refused")),
    )


def _where(source: Source, address: str) -> str:
    return f"{words.SOURCES[source]}, {address}" if address else words.SOURCES[source]


def _change(change: Mapping[str, Any], zone: ZoneInfo, said: set[str]) -> ChangeView:
    """A change as it is read; of an added or removed row without what is `said` above it, and what is empty."""
    pairs: Mapping[str, Sequence[Any]] = change.get("fields", {})
    if change["act"] != "changed":
        pairs = {name: pair for name, pair in pairs.items() if _is_told(pair) and not said.intersection(map(str, pair))}
    fields = (FieldView(words.read(name), *(_value(one, zone) for one in pair)) for name, pair in pairs.items())
    note = f"{change['rows']:,} rows, SHA-256 {change['sha256']}" if "rows" in change else ""
    return ChangeView(words.table(change["table"]), change["act"], tuple(fields), note)


def _is_told(pair: Sequence[Any]) -> bool:
    return any(value not in (None, "", [], {}) for value in pair)


def _value(value: Any, zone: ZoneInfo) -> Shown:
    """A value as it is read: times in the reader's zone, ids cut short, nothing as nothing."""
    match value:
        case None | "" | [] | {}:
            return ""
        case bool():
            return "yes" if value else "no"
        case str() if _MOMENT.fullmatch(value):
            return moment(datetime.fromisoformat(value), zone)
        case str() if _ID.fullmatch(value):
            return f"{value[:_SHORT]}…"
        case str() | int():
            return str(value)
        case list():
            return ", ".join(str(one) for one in value)
        case _:
            return json.dumps(value)
