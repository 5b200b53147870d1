"""The audit log as the API answers it."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from trenddojo.services.audit import Line
from trenddojo.store.areas import Area
from trenddojo.store.models import Source
from trenddojo.web.api.outputs.base import Output


class FactOut(Output):
    """Something that an act told beside its changes; what is not text is told as JSON."""

    name: str
    value: str


class FieldOut(Output):
    """A field before and after an act, null for nothing; what is not text is told as JSON, a secret as `(secret)`."""

    name: str
    before: str | None
    after: str | None


class ChangeOut(Output):
    """A row that an act added, changed or removed.

    Of many rows that one act added to a table, `rows` is their number and `sha256` covers them all.
    """

    table: str
    row: str | None
    act: str
    fields: list[FieldOut]
    rows: int
    sha256: str | None


class AuditEntryOut(Output):
    """One act. `actor_id` is null for the server's user, for jobs and for strangers; `address` is empty if unknown.

    `hash` is SHA-256 over everything in the entry and the hash of the entry before it.
    """

    seq: int
    at: datetime
    actor_id: UUID | None
    actor: str
    source: Source
    address: str
    area: Area
    act: str
    subject: str
    account_id: UUID | None
    detail: list[FactOut]
    changes: list[ChangeOut]
    hash: str


class AuditPage(Output):
    """Acts, the newest first; `next` is the address of the page that follows, null at the end."""

    items: list[AuditEntryOut]
    next: str | None


def entry_out(line: Line) -> AuditEntryOut:
    """An entry as its reader may see it."""
    entry = line.entry
    apart = {"address", "detail", "changes"}
    return AuditEntryOut(
        **{name: getattr(entry, name) for name in AuditEntryOut.model_fields if name not in apart},
        address=line.address,
        detail=[FactOut(name=name, value=_text(value) or "") for name, value in entry.detail.items()],
        changes=[_change(change) for change in entry.changes],
    )


def _change(change: dict[str, Any]) -> ChangeOut:
    pairs = change.get("fields", {}).items()
    return ChangeOut(
        table=change["table"],
        row=change.get("row"),
        act=change["act"],
        fields=[FieldOut(name=name, before=_text(pair[0]), after=_text(pair[1])) for name, pair in pairs],
        rows=change.get("rows", 1),
        sha256=change.get("sha256"),
    )


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)
