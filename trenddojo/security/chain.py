"""The chain of the audit log: each entry's hash covers the entry before, so that no past entry can change unnoticed.

What a chain cannot tell is that its newest entries were taken off the end: keep a hash elsewhere and look for it later.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

GENESIS = hashlib.sha256(b"TrendDojo audit log").hexdigest()
"""What stands before the first entry."""

FIRST = 1
"""The number of the first entry; the others follow without a gap."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it is sealed: its number, every other column as JSON has it, and the two hashes in hex."""

    seq: int
    fields: Mapping[str, Any]
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Break:
    """The first place at which the chain does not hold, and a sentence that says how."""

    seq: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many entries hold, the last one's hash, and the break that ended the reading, if there is one.

    `has_anchor` tells whether a hash that was noted earlier is still among the entries.
    """

    entries: int
    last_hash: str
    broken: Break | None
    has_anchor: bool


def sealed(seq: int, fields: Mapping[str, Any], previous_hash: str) -> str:
    """The hash of an entry, SHA-256 in hex. Raises TypeError and ValueError for what JSON cannot hold."""
    return digest({**fields, "seq": seq, "previous_hash": previous_hash})


def digest(value: Any) -> str:
    """SHA-256 in hex of a value's canonical form. Raises TypeError and ValueError for what JSON cannot hold."""
    return hashlib.sha256(canonical(value)).hexdigest()


def canonical(value: Any) -> bytes:
    """JSON that is the same for the same value: keys in order, no blanks, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def verify(entries: Iterable[Entry], anchor: str = "") -> Verdict:
    """Read a whole chain from its first entry on, up to the first break."""
    count, last, has_anchor = 0, GENESIS, False
    for entry in entries:
        if broken := _break(entry, FIRST + count, last):
            return Verdict(count, last, broken, has_anchor)
        count, last = count + 1, entry.hash
        has_anchor = has_anchor or last == anchor
    return Verdict(count, last, None, has_anchor)


def _break(entry: Entry, expected: int, previous_hash: str) -> Break | None:
    if entry.seq != expected:
        return Break(expected, f"Entry {expected} is missing: entry {entry.seq} comes in its place.")
    if entry.previous_hash != previous_hash:
        return Break(entry.seq, f"Entry {entry.seq} does not follow the entry before it.")
    if entry.hash != sealed(entry.seq, entry.fields, entry.previous_hash):
        return Break(entry.seq, f"Entry {entry.seq} was changed after it was written.")
    return None
