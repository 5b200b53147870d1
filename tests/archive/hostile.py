"""Archives that somebody changed: what they hold, how they are packed, what they say of themselves."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

Files = dict[str, bytes]


def unpacked(archive: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def packed(files: Mapping[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", how) as out:
        for name, content in files.items():
            out.writestr(name, content)
    return into.getvalue()


def told(files: Files, **changed: Any) -> Files:
    """The files with a table of contents that fits to them, but for what is `changed` in it."""
    manifest = json.loads(files["manifest.json"])
    listed = {}
    for name, content in files.items():
        if name != "manifest.json":
            rows = content.count(b"\n") if name.startswith("json/") else None
            listed[name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(), "rows": rows}
    return {**files, "manifest.json": json.dumps({**manifest, "files": listed, **changed}).encode()}


def with_file(archive: bytes, name: str, content: bytes) -> bytes:
    return packed(told({**unpacked(archive), name: content}))


def with_rows(archive: bytes, table: str, change: Callable[[list[dict[str, Any]]], Any]) -> bytes:
    """The archive with the rows of a table changed in place, and everything it says of itself right."""
    files = unpacked(archive)
    name = f"json/{table}.jsonl"
    rows = [json.loads(line) for line in files[name].splitlines()]
    change(rows)
    return packed(told({**files, name: b"".join(json.dumps(row).encode() + b"\n" for row in rows)}))
