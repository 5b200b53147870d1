"""What an import knows while it brings an archive in, and how a row of it becomes one of the database."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from trenddojo.domain.terms import ImportStatus
from trenddojo.services.archive.contents import MARKET, Content
from trenddojo.services.archive.course import Course
from trenddojo.services.archive.fields import OWNER
from trenddojo.services.bars import brought_realm
from trenddojo.services.imports import jottings
from trenddojo.store.imports import AT_WORK
from trenddojo.store.models import User

Row = MutableMapping[str, Any]
UNDER_WAY = "It was under way when the archive was made, and its file did not come along."


@dataclass(frozen=True, slots=True)
class Arriving:
    """Whose the archive becomes. `people` are the names of those in it, `accounts` and `connections` its rows, by id;
    `instruments` are the ids here of those there. `course` is told how far it is."""

    user: User
    now: datetime
    people: dict[str, str] = field(default_factory=dict)
    connections: dict[UUID, Mapping[str, Any]] = field(default_factory=dict)
    accounts: dict[UUID, Mapping[str, Any]] = field(default_factory=dict)
    instruments: dict[UUID, UUID] = field(default_factory=dict)
    course: Course = field(default_factory=Course)

    def as_row(self, content: Content, told: Mapping[str, Any]) -> dict[str, Any]:
        """A row of the archive as one of the table."""
        row = {**told, **content.filled}
        for one in content.fields:
            if one.is_person and row[one.name] is not None:
                self._tell_writer(row, row[one.name])
                row[one.name] = self.user.id
        if "instrument_id" in row:
            row["instrument_id"] = self.instruments[row["instrument_id"]]
        return _completed(content.name, row)

    def _tell_writer(self, row: Row, person: str) -> None:
        """Where an event has room for it, it goes on saying whose act it was."""
        for room in ("detail", "evidence"):
            if person != OWNER and room in row:
                row[room] = {**row[room], "person": self.people[person]}

    def realm_of(self, bar: Mapping[str, Any]) -> str:
        """Whose prices a bar is from now on: never anybody else's."""
        account = self.accounts[bar["account_id"]]
        if bar["of"] != MARKET:
            return str(bar["account_id"])
        return str(account["connection_id"]) if account["mode"] == "mock" else brought_realm(bar["account_id"])


def _completed(table: str, row: dict[str, Any]) -> dict[str, Any]:
    if table == "accounts":
        row["balance"] = row["equity"] = row["starting_balance"]
    if table == "imports" and row["status"] in AT_WORK:
        is_booked = jottings.is_assuming(row["counts"])
        row["status"], row["error"] = ImportStatus.DONE if is_booked else ImportStatus.FAILED, UNDER_WAY
    if table == "trades":
        row["sort_at"] = row["planned_at"]
    return row
