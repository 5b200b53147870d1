"""Makes an archive, a piece at a time: no more of it is in memory than a few hundred rows.

The pieces are a ZIP whose files come one after another; the table of contents comes last, because the digests of the
others stand in it. A download that breaks off has none, so that nobody takes a half for a whole.
"""

import csv
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from trenddojo.services import attachments
from trenddojo.services.archive import manifest
from trenddojo.services.archive.contents import contents
from trenddojo.services.archive.fields import Field, cells, json_line
from trenddojo.services.archive.manifest import File, Manifest, csv_name, json_name
from trenddojo.services.archive.owned import kept_pictures, rows_in
from trenddojo.store.archive import snapshot
from trenddojo.store.database import db
from trenddojo.store.models import User
from trenddojo.store.schema import revision

Row = Mapping[str, Any]
_ROWS = 500
_BLOCK = 1 << 16
_PUBLIC = 0o644 << 16


def archive_of(owner: User, now: datetime) -> Iterator[bytes]:
    """The archive of everything that a person owns, in pieces, as the database stands when the first is asked for."""
    schema = revision(db.engine)
    with snapshot():
        person = db.session.get_one(User, owner.id)
        packing = _Packing(now)
        for name, content in contents().items():
            yield from packing.table(name, content.fields, partial(rows_in, person, name))
        for picture in kept_pictures(person):
            yield from packing.picture(picture.id, picture.media_type.value.partition("/")[2])
        yield from packing.end(schema)


class _Sink(io.RawIOBase):
    """What was written and not taken yet."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def taken(self) -> bytes:
        told = b"".join(self._pieces)
        self._pieces.clear()
        return told


class _Packing:
    """A ZIP on its way out. Each method yields what is ready."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w")
        self._files: dict[str, File] = {}

    def table(self, name: str, fields: tuple[Field, ...], rows: Callable[[], Iterator[Row]]) -> Iterator[bytes]:
        """A table's two files, read twice rather than kept."""
        yield from self._file(json_name(name), map(json_line, rows()), has_rows=True)
        yield from self._file(csv_name(name), _csv(fields, rows()))

    def picture(self, picture_id: UUID, kind: str) -> Iterator[bytes]:
        """A picture as it lies on the disk; nothing where its file is gone."""
        folder = attachments.folder()
        if folder and folder.place(picture_id).is_file():
            pieces = _blocks(folder.place(picture_id))
            yield from self._file(f"pictures/{picture_id}.{kind}", pieces, packed=zipfile.ZIP_STORED)

    def end(self, schema: str) -> Iterator[bytes]:
        """The table of contents, and the ZIP's own."""
        whole = Manifest(manifest.FORMAT, manifest.VERSION, self._now, schema, dict(self._files))
        yield from self._file(manifest.NAME, iter([manifest.written(whole)]))
        self._zip.close()
        yield self._sink.taken()

    def _file(
        self, name: str, pieces: Iterator[bytes], *, has_rows: bool = False, packed: int = zipfile.ZIP_DEFLATED
    ) -> Iterator[bytes]:
        digest, size, count = hashlib.sha256(), 0, 0
        told = zipfile.ZipInfo(name, self._now.timetuple()[:6])
        told.compress_type, told.external_attr = packed, _PUBLIC
        with self._zip.open(told, "w", force_zip64=True) as file:
            while batch := list(islice(pieces, _ROWS)):
                block = b"".join(batch)
                digest.update(block)
                file.write(block)
                size, count = size + len(block), count + len(batch)
                if ready := self._sink.taken():
                    yield ready
        self._files[name] = File(size, digest.hexdigest(), count if has_rows else None)


def _csv(fields: tuple[Field, ...], rows: Iterator[Row]) -> Iterator[bytes]:
    """A table for spreadsheets, in UTF-8 with the mark that they know it by."""
    line = io.StringIO()
    writer = csv.writer(line)
    writer.writerow(field.name for field in fields)
    yield line.getvalue().encode("utf-8-sig")
    for row in rows:
        line.seek(0)
        line.truncate()
        writer.writerow(cells(row, fields))
        yield line.getvalue().encode()


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block
