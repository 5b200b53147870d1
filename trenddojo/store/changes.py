"""What a transaction does to a row, in values that JSON keeps exactly."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from trenddojo.domain.money import EXACT

SECRET = "(secret)"  # noqa: S105 - the word that stands for one
Pair = tuple[Any, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One row: whether it was there before and is there after, and its fields as (before, after)."""

    table: str
    row: str
    was: bool
    remains: bool
    fields: Mapping[str, Pair]

    @property
    def key(self) -> tuple[str, str]:
        """What tells the row from every other one."""
        return self.table, self.row

    @property
    def is_nothing(self) -> bool:
        """Whether all is as it was."""
        return not (self.was or self.remains) or (self.was and self.remains and not self.fields)

    @property
    def is_addition(self) -> bool:
        """Whether the row is new."""
        return self.remains and not self.was

    def then(self, later: "Change") -> "Change":
        """Both changes of one row as one."""
        names = {**self.fields, **later.fields}
        pairs = {name: (self._before(name, later), later._after(name, self)) for name in names}
        fields = {name: pair for name, pair in pairs.items() if differs(pair)}
        return Change(self.table, self.row, self.was, later.remains, fields)

    def _before(self, name: str, later: "Change") -> Any:
        if name in self.fields:
            return self.fields[name][0]
        return later.fields[name][0] if self.was and self.remains else None

    def _after(self, name: str, earlier: "Change") -> Any:
        if name in self.fields:
            return self.fields[name][1]
        return earlier.fields[name][1] if self.was and self.remains else None

    def as_json(self) -> dict[str, Any]:
        """The change as the audit log keeps it."""
        act = "changed" if self.was and self.remains else "added" if self.remains else "removed"
        fields = {name: list(pair) for name, pair in self.fields.items()}
        return {"table": self.table, "row": self.row, "act": act, "fields": fields}


def differs(pair: Pair) -> bool:
    """Whether a field changed. Of a secret that was replaced only that is known."""
    before, after = pair
    return bool(before != after or before == SECRET)


def merged(changes: Iterable[Change]) -> list[Change]:
    """One change for each row, in the order in which rows were first touched; rows that are as before are left out."""
    found: dict[tuple[str, str], Change] = {}
    for change in changes:
        found[change.key] = found[change.key].then(change) if change.key in found else change
    return [change for change in found.values() if not change.is_nothing]


def plain(value: Any) -> Any:
    """A value as JSON keeps it: decimals and times as text. Raises TypeError for what has no exact form."""
    match value:
        case Enum():
            return value.value
        case None | bool() | int() | str():
            return value
        case Decimal():
            return _digits(value)
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case Mapping():
            return {str(name): plain(one) for name, one in value.items()}
        case Sequence() if not isinstance(value, bytes | bytearray):
            return [plain(one) for one in value]
        case _:
            raise TypeError(f"{type(value).__name__} cannot be kept in the audit log")


def _digits(value: Decimal) -> str:
    """Plain digits without trailing zeros, the same however many places the column gave it."""
    text = f"{EXACT.plus(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
