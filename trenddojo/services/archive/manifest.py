"""An archive's table of contents: what made it, and each of its files with size and digest."""

from datetime import datetime
from typing import Annotated

import msgspec

NAME = "manifest.json"
FORMAT, VERSION = "trenddojo-archive", 1
"""The version rises when a reader of the one before could no longer read it."""
LARGEST = 16 << 20

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**62)]


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of the archive: its bytes unpacked, their SHA-256 in hex, and of a table its rows."""

    bytes: _Count
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    rows: _Count | None = None


class Manifest(msgspec.Struct, frozen=True):
    """The file `manifest.json`. `schema` is the database's migration; `files` are all others, by their names."""

    format: str
    version: int
    created_at: Annotated[datetime, msgspec.Meta(tz=True)]
    schema: str
    files: dict[str, File]


def written(manifest: Manifest) -> bytes:
    """The file's content, made to be read by people too."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def json_name(table: str) -> str:
    """The file of a table's rows that an import reads."""
    return f"json/{table}.jsonl"


def csv_name(table: str) -> str:
    """The file of the same rows for spreadsheets."""
    return f"csv/{table}.csv"
